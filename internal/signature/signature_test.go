package signature_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// pair makes a key pair in a folder and answers both, as read back.
func pair(t testing.TB, algorithm, name string) (signature.PrivateKey, signature.PublicKey) {
	t.Helper()
	key, err := signature.Generate(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), name)
	if err := key.WriteNew(file); err != nil {
		t.Fatal(err)
	}
	private, err := signature.ReadPrivate(file + ".key")
	if err != nil {
		t.Fatal(err)
	}
	public, err := signature.ReadPublic(file + ".pub")
	if err != nil {
		t.Fatal(err)
	}
	if public.Name != name || public.ID != private.Public().ID {
		t.Fatalf("read back %s %s, wanted %s %s", public.Name, public.ID, name, private.Public().ID)
	}
	return private, public
}

func signed(t testing.TB, payload string, keys ...signature.PrivateKey) *signature.Envelope {
	t.Helper()
	e := &signature.Envelope{PayloadType: "application/vnd.in-toto+json", Payload: []byte(payload)}
	for _, key := range keys {
		if err := e.Sign(key); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

func TestSignersAreNamed(t *testing.T) {
	preparer, preparerPublic := pair(t, "ed25519", "preparer")
	approver, approverPublic := pair(t, "ecdsa-p256", "approver")
	_, other := pair(t, "ed25519", "other")
	e := signed(t, "payload", preparer, approver)
	signers, err := e.Verify([]signature.PublicKey{other, approverPublic, preparerPublic})
	if err != nil || len(signers) != 2 || signers[0].Name != "approver" || signers[1].Name != "preparer" {
		t.Errorf("signed by %v, %v", signers, err)
	}
	if signers, err := e.Verify([]signature.PublicKey{other}); err != nil || len(signers) != 0 {
		t.Errorf("another key has signed: %v, %v", signers, err)
	}
	if err := e.Sign(preparer); !errors.Is(err, signature.ErrTwice) {
		t.Errorf("the same key signs twice: %v", err)
	}
}

// A name of a key is only a hint: a signature that names another key than made it is refused, and not called invalid.
func TestKeyIDIsHeldAgainstTheKey(t *testing.T) {
	signer, signerPublic := pair(t, "ed25519", "one")
	_, stranger := pair(t, "ed25519", "two")
	for _, id := range []string{stranger.ID, "", "x"} {
		e := signed(t, "payload", signer)
		e.Signatures[0].KeyID = id
		for _, keys := range [][]signature.PublicKey{{signerPublic}, {signerPublic, stranger}, {stranger, signerPublic}} {
			_, err := e.Verify(keys)
			// A signature that names one of the keys and was made by another is either, by which key comes first.
			mismatch := errors.Is(err, signature.ErrKeyID) || id == stranger.ID && errors.Is(err, signature.ErrInvalid)
			if !mismatch {
				t.Errorf("key id %q: %v", id, err)
			}
		}
	}
}

// verifier is a key as go-securesystemslib takes it, with nothing of ours in it.
type verifier struct{ key crypto.PublicKey }

func (v verifier) Verify(_ context.Context, data, sig []byte) error {
	valid := false
	switch key := v.key.(type) {
	case ed25519.PublicKey:
		valid = ed25519.Verify(key, data, sig)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(data)
		valid = ecdsa.VerifyASN1(key, sum[:], sig)
	}
	if !valid {
		return errors.New("invalid")
	}
	return nil
}

// KeyID is empty: the library makes the id itself, and passes over a signature that names another.
func (v verifier) KeyID() (string, error)   { return "", nil }
func (v verifier) Public() crypto.PublicKey { return v.key }

// An independent reader of DSSE accepts what is signed here, and refuses it with a byte changed.
func TestOtherVerifierAgrees(t *testing.T) {
	for _, algorithm := range signature.Algorithms {
		t.Run(algorithm, func(t *testing.T) {
			key, err := signature.Generate(algorithm)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(t.TempDir(), "key")
			if err := key.WriteNew(file); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(file + ".pub")
			if err != nil {
				t.Fatal(err)
			}
			block, _ := pem.Decode(content)
			public, err := x509.ParsePKIXPublicKey(block.Bytes)
			if err != nil {
				t.Fatal(err)
			}
			other, err := dsse.NewEnvelopeVerifier(verifier{public})
			if err != nil {
				t.Fatal(err)
			}
			encoded, err := signed(t, "payload é", key).Encode()
			if err != nil {
				t.Fatal(err)
			}
			var e dsse.Envelope
			if err := json.Unmarshal(encoded, &e); err != nil {
				t.Fatal(err)
			}
			if accepted, err := other.Verify(t.Context(), &e); err != nil || len(accepted) != 1 {
				t.Errorf("refused: %v, %v", accepted, err)
			}
			e.Payload = base64.StdEncoding.EncodeToString([]byte("payloae é"))
			if _, err := other.Verify(t.Context(), &e); err == nil {
				t.Error("the other verifier takes everything")
			}
		})
	}
}

func TestKeysAreNeverOverwritten(t *testing.T) {
	key, err := signature.Generate("ed25519")
	if err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{".key", ".pub"} {
		name := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(name+suffix, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := key.WriteNew(name); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s is there: %v", suffix, err)
		}
		files, err := filepath.Glob(name + "*")
		if err != nil {
			t.Fatal(err)
		}
		if content, err := os.ReadFile(name + suffix); err != nil || string(content) != "mine" || len(files) != 1 {
			t.Errorf("%s is there: now %q in %v, %v", suffix, content, files, err)
		}
	}
}

func TestPrivateKeysOfOthersAreRefused(t *testing.T) {
	key, err := signature.Generate("ed25519")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, "k")
	if err := key.WriteNew(name); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(name + ".key")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	content, err := os.ReadFile(name + ".key")
	if err != nil {
		t.Fatal(err)
	}
	put := func(file string, mode os.FileMode, data []byte) string {
		file = filepath.Join(dir, file)
		if err := errors.Join(os.WriteFile(file, data, 0o600), os.Chmod(file, mode)); err != nil {
			t.Fatal(err)
		}
		return file
	}
	block := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	pkcs8 := func(key any, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return block("PRIVATE KEY", der)
	}
	large := put("large.key", 0o600, content)
	if err := os.Truncate(large, 1<<30); err != nil { // most of it is a hole
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link.key")
	if err := os.Symlink(put("open.key", 0o640, content), link); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(dir, "pipe.key") // nobody writes to it: a reader that waits for that never ends
	if err := testhelp.Mkfifo(pipe); err != nil {
		t.Skip("no named pipes here")
	}
	for name, test := range map[string]struct{ file, says string }{
		"a group can read it":   {put("group.key", 0o640, content), "(mode 0640)"},
		"the world can read it": {put("world.key", 0o604, content), "(mode 0604)"},
		"a group can write it":  {put("write.key", 0o620, content), "(mode 0620)"},
		"a link to such":        {link, "(mode 0640)"},
		"a folder":              {dir, "not a regular file"},
		"a named pipe":          {pipe, "not a regular file"},
		"nothing there":         {filepath.Join(dir, "no.key"), "no such file"},
		"the key itself":        {string(content), "never given on the command line"},
		"a public key":          {put("public.key", 0o600, block("PUBLIC KEY", nil)), "has a PUBLIC KEY"},
		"an old form":           {put("sec1.key", 0o600, block("EC PRIVATE KEY", nil)), "openssl pkcs8 -topk8"},
		"an encrypted key":      {put("encrypted.key", 0o600, block("ENCRYPTED PRIVATE KEY", nil)), "openssl pkcs8 -topk8"},
		"another algorithm":     {put("rsa.key", 0o600, pkcs8(rsa.GenerateKey(rand.Reader, 2048))), "expected Ed25519 or ECDSA P-256"},
		"another curve":         {put("p384.key", 0o600, pkcs8(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))), "its curve is P-384"},
		"no key":                {put("no.pem", 0o600, []byte("hello")), "no PEM block"},
		"a broken key":          {put("broken.key", 0o600, block("PRIVATE KEY", []byte("x"))), "asn1"},
		"far too large a file":  {large, "larger than"},
		"two keys":              {put("two.key", 0o600, append(content, content...)), "has more than one"},
	} {
		_, err := signature.ReadPrivate(test.file)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v, wanted %q in it", name, err, test.says)
			continue
		}
		if body := strings.Split(string(content), "\n")[1]; strings.Contains(err.Error(), body) {
			t.Errorf("%s: the message shows the key", name)
		}
	}
}

func TestFolderOfPublicKeys(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b", "a"} {
		key, err := signature.Generate("ed25519")
		if err != nil {
			t.Fatal(err)
		}
		if err := key.WriteNew(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := signature.ReadPublics([]string{dir})
	if err != nil || len(keys) != 2 || keys[0].Name != "a" || keys[1].Name != "b" {
		t.Errorf("%v, %v", keys, err)
	}
	if _, err := signature.ReadPublics([]string{dir, filepath.Join(dir, "a.pub")}); !errors.Is(err, signature.ErrKey) {
		t.Errorf("the same key twice: %v", err)
	}
	if _, err := signature.ReadPublics([]string{t.TempDir()}); !errors.Is(err, signature.ErrKey) {
		t.Errorf("no key: %v", err)
	}
	if _, err := signature.ReadPublics([]string{filepath.Join(dir, "a.key")}); !errors.Is(err, signature.ErrKey) {
		t.Errorf("a private key: %v", err)
	}
}

// Of each ECDSA signature a second valid one can be made without the key. It is neither written nor accepted.
func TestSecondFormOfASignature(t *testing.T) {
	key, public := pair(t, "ecdsa-p256", "approver")
	order := elliptic.P256().Params().N
	for i := range 20 {
		e := signed(t, fmt.Sprintf(`{"payload":%d}`, i), key)
		var p struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(e.Signatures[0].Sig, &p); err != nil || p.S.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
			t.Fatalf("%v: s is %x", err, p.S)
		}
		if valid, err := e.Verify([]signature.PublicKey{public}); err != nil || len(valid) != 1 {
			t.Fatalf("%v", err)
		}
		p.S.Sub(order, p.S)
		var err error
		if e.Signatures[0].Sig, err = asn1.Marshal(p); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Verify([]signature.PublicKey{public}); !errors.Is(err, signature.ErrUpper) {
			t.Errorf("the second form: %v", err)
		}
	}
}

// An envelope in the form of another program is read to say what it is, and never as what is relied on.
func TestOtherForms(t *testing.T) {
	key, public := pair(t, "ecdsa-p256", "approver")
	_, stranger := pair(t, "ed25519", "stranger")
	e := signed(t, `{"payload":"??>"}`, key)
	encoded, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	payload, sig := base64.URLEncoding.EncodeToString(e.Payload), base64.URLEncoding.EncodeToString(e.Signatures[0].Sig)
	for name, text := range map[string]string{
		"white space":              strings.Replace(string(encoded), ",", ", ", 1),
		"no final newline":         strings.TrimSpace(string(encoded)),
		"another order, no key id": `{"signatures":[{"sig":"` + sig + `"}],"payload":"` + payload + `","payloadType":"` + e.PayloadType + `","more":1}`,
	} {
		if _, err := signature.Decode([]byte(text)); !errors.Is(err, signature.ErrCanonical) {
			t.Errorf("%s: relied on: %v", name, err)
		}
		other, err := signature.DecodeAny([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if valid := other.Valid([]signature.PublicKey{stranger, public}); len(valid) != 1 || valid[0].Name != "approver" {
			t.Errorf("%s: signed by %v", name, valid)
		}
		other.Payload = append(other.Payload, ' ')
		if valid := other.Valid([]signature.PublicKey{stranger, public}); len(valid) != 0 {
			t.Errorf("%s: another payload is signed by %v", name, valid)
		}
	}
	for text, says := range map[string]string{
		"{}": "no payload",
		`{"payloadType":"a","payload":"YQ==","signatures":[]}`:          "no signature",
		`{"payloadType":"a","payload":"!","signatures":[{"sig":"YQ"}]}`: "illegal base64",
		`{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}`: "it is a Sigstore bundle; name the envelope beside it",
	} {
		if _, err := signature.DecodeAny([]byte(text)); !errors.Is(err, signature.ErrEnvelope) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
