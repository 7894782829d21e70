package signature_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/raci-check/raci-check/internal/signature"
)

// The key of the corpus is public for all to sign with: it proves nothing but that the reader reads.
const fuzzKey = "testdata/fuzz-key.pub"

// Whatever the bytes: no panic, what is read is what would be written, and nothing is accepted that the key did not sign.
func FuzzEnvelope(f *testing.F) {
	key, err := signature.ReadPublic(fuzzKey)
	if err != nil {
		f.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.dsse.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no envelopes to begin with: %v", err)
	}
	accepted := map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
		e, err := signature.Decode(content)
		if err != nil {
			f.Fatal(err)
		}
		signed, err := e.Verify([]signature.PublicKey{key})
		if err != nil || len(signed) != 1 {
			f.Fatalf("%s does not hold: %v", file, err)
		}
		accepted[e.PayloadType+"\x00"+string(e.Payload)] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := signature.Decode(data)
		if err != nil {
			return
		}
		if again, err := e.Encode(); err != nil || !bytes.Equal(again, data) {
			t.Errorf("read %q, which would be written %q: %v", data, again, err)
		}
		signed, err := e.Verify([]signature.PublicKey{key})
		if err == nil && len(signed) > 0 && !accepted[e.PayloadType+"\x00"+string(e.Payload)] {
			t.Errorf("accepted what was never signed: %q", data)
		}
	})
}
