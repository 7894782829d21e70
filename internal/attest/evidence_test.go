package attest_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/signature"
)

func TestSignedEvidence(t *testing.T) {
	key, err := signature.Generate("ecdsa-p256")
	if err != nil {
		t.Fatal(err)
	}
	public := key.Public()
	public.Name = "alice"
	other, err := signature.Generate("ed25519")
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := attest.SignEvidence("evidence/a.yaml", []byte("content"), key, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte("content"))
	digest := hex.EncodeToString(sum[:])
	keys := []signature.PublicKey{public}
	if by, err := attest.SignersOf("moved/a.yaml", digest, envelope, keys); err != nil || !slices.Equal(by, []string{"alice"}) {
		t.Errorf("signed by %v, %v", by, err)
	}
	spoiled := bytes.Replace(envelope, []byte(`"sig":"M`), []byte(`"sig":"N`), 1)
	for name, try := range map[string]func() ([]string, error){
		"another file": func() ([]string, error) { return attest.SignersOf("evidence/b.yaml", digest, envelope, keys) },
		"another content": func() ([]string, error) {
			return attest.SignersOf("evidence/a.yaml", strings.Repeat("0", 64), envelope, keys)
		},
		"another key": func() ([]string, error) {
			return attest.SignersOf("evidence/a.yaml", digest, envelope, []signature.PublicKey{other.Public()})
		},
		"a changed one": func() ([]string, error) { return attest.SignersOf("evidence/a.yaml", digest, spoiled, keys) },
		"another program's": func() ([]string, error) {
			_, err := attest.SignersOf("evidence/a.yaml", digest, append([]byte(" "), envelope...), keys)
			if !strings.Contains(err.Error(), "another program wrote this envelope; the signature of alice in it is valid") {
				t.Error(err)
			}
			return nil, err
		},
		"no envelope": func() ([]string, error) { return attest.SignersOf("evidence/a.yaml", digest, []byte("x"), keys) },
	} {
		if by, err := try(); !errors.Is(err, attest.ErrEvidence) {
			t.Errorf("%s: %v, %v", name, by, err)
		}
	}
}
