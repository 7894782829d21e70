package sigstore_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/sigstore"
	"github.com/raci-check/raci-check/internal/testhelp"
)

var must = testhelp.Must

func signed(t testing.TB) *signature.Envelope {
	t.Helper()
	e := &signature.Envelope{PayloadType: "application/vnd.in-toto+json", Payload: []byte(`{"a":1}`)}
	for _, algorithm := range signature.Algorithms {
		key, err := signature.Generate(algorithm)
		must(t, err)
		must(t, e.Sign(key))
	}
	return e
}

// A bundle has one signature, in the form of the specification, and is read as it was written.
func TestBundle(t *testing.T) {
	e := signed(t)
	for i := range e.Signatures {
		b := sigstore.Of(e, i)
		for _, reply := range [][]byte{nil, []byte("a reply")} {
			b.Reply = reply
			encoded, err := b.Encode()
			must(t, err)
			var form map[string]any
			must(t, json.Unmarshal(encoded, &form))
			envelope := form["dsseEnvelope"].(map[string]any)
			material := form["verificationMaterial"].(map[string]any)
			if form["mediaType"] != sigstore.MediaType || len(envelope["signatures"].([]any)) != 1 ||
				material["publicKey"].(map[string]any)["hint"] != e.Signatures[i].KeyID || (material["timestampVerificationData"] != nil) != (reply != nil) {
				t.Errorf("%s", encoded)
			}
			again, err := sigstore.Decode(encoded)
			must(t, err)
			if !again.Same(sigstore.Of(e, i)) || again.Same(sigstore.Of(e, 1-i)) || !bytes.Equal(again.Reply, reply) || !bytes.Equal(again.Signature(), e.Signatures[i].Sig) {
				t.Errorf("read back: %+v", again)
			}
		}
	}
}

// Whatever the bytes: no panic, and what is read is what would be written.
func FuzzDecode(f *testing.F) {
	e := signed(f)
	for _, reply := range [][]byte{nil, []byte("a reply")} {
		b := sigstore.Of(e, 1)
		b.Reply = reply
		content, err := b.Encode()
		must(f, err)
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := sigstore.Decode(data)
		if err != nil {
			return
		}
		if again, err := b.Encode(); err != nil || !bytes.Equal(again, data) {
			t.Errorf("read %q, which would be written %q: %v", data, again, err)
		}
	})
}

// Every byte counts: a changed bundle is refused, or is of another signature, or has another reply.
func TestEveryByteCounts(t *testing.T) {
	e := signed(t)
	b := sigstore.Of(e, 0)
	b.Reply = []byte("a reply")
	encoded, err := b.Encode()
	must(t, err)
	for i := range encoded {
		for _, other := range []byte{encoded[i] ^ 1, ' '} {
			changed := slices.Clone(encoded)
			if changed[i] = other; other == encoded[i] {
				continue
			}
			if again, err := sigstore.Decode(changed); err == nil && again.Same(b) && bytes.Equal(again.Reply, b.Reply) {
				t.Errorf("byte %d may be %q", i, other)
			}
		}
	}
	for _, text := range []string{
		"", "{}", "x", string(encoded) + "\n",
		`{"mediaType":"` + sigstore.MediaType + `","verificationMaterial":{"publicKey":{"hint":""},"timestampVerificationData":{"rfc3161Timestamps":[]}},"dsseEnvelope":{"payloadType":"a","payload":"YQ==","signatures":[{"keyid":"","sig":""}]}}` + "\n",
	} {
		if _, err := sigstore.Decode([]byte(text)); !errors.Is(err, sigstore.ErrBundle) {
			t.Errorf("%.30q: %v", text, err)
		}
	}
}
