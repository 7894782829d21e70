package bundle

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	opa "github.com/open-policy-agent/opa/v1/bundle"
	"golang.org/x/crypto/ssh"
)

// keyID is what a signature calls a key that has no public part; OPA's own commands call theirs so too.
const keyID = "default"

// ErrNoKey says that a bundle is signed, and that there is no key to check the signature against.
var ErrNoKey = errors.New("it is signed, and no key was given to verify it")

type Signature struct {
	Algorithm string `json:"algorithm"` // RS256 and the like
	KeyID     string `json:"key_id"`    // the public key's SSH fingerprint, SHA256:<base64>, as other signatures name it; or a name
	Verified  bool   `json:"verified"`
}

// Algorithms are those that OPA signs and verifies bundles with.
var Algorithms = []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512"}

// Sign signs the bundle with the key in a file: a private key in PEM, or a shared secret for the HS algorithms. No algorithm
// is the usual one of the key's kind.
func (b *Bundle) Sign(keyFile, algorithm string) error {
	id := keyID
	if !strings.HasPrefix(algorithm, "HS") {
		// Any algorithm of a public key reads the file in the same way.
		key, err := opa.NewSigningConfig(keyFile, algorithm, "").GetPrivateKey()
		if err != nil {
			return fmt.Errorf("signing key %s: %w (expected a PEM private key, or a secret with --signing-alg HS256)", keyFile, err)
		}
		signer, ok := key.(crypto.Signer)
		if !ok {
			return fmt.Errorf("signing key %s: %T cannot sign", keyFile, key)
		}
		public, err := ssh.NewPublicKey(signer.Public())
		if err != nil {
			return fmt.Errorf("signing key %s: %w", keyFile, err)
		}
		id = ssh.FingerprintSHA256(public)
		if algorithm == "" {
			if algorithm, err = usual(signer.Public()); err != nil {
				return fmt.Errorf("signing key %s: %w", keyFile, err)
			}
		}
	}
	if err := b.opa.GenerateSignature(opa.NewSigningConfig(keyFile, algorithm, ""), id, true); err != nil {
		return fmt.Errorf("sign with %s: %w", keyFile, err)
	}
	return nil
}

// usual is the algorithm that is used with a kind of key.
func usual(key crypto.PublicKey) (string, error) {
	switch k := key.(type) {
	case *rsa.PublicKey:
		return "RS256", nil
	case *ecdsa.PublicKey:
		if name, ok := map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[k.Curve.Params().BitSize]; ok {
			return name, nil
		}
	}
	return "", fmt.Errorf("OPA has no algorithm for a %T; raci-check keygen --alg ecdsa-p256 creates a key that it can use", key)
}

// VerificationKey is a public key or certificate in PEM, or a shared secret.
type VerificationKey struct{ text []byte }

// NewVerificationKey makes a key of the content of its file.
func NewVerificationKey(content []byte) (*VerificationKey, error) {
	if len(bytes.TrimSpace(content)) == 0 {
		return nil, errors.New("the key is empty")
	}
	return &VerificationKey{content}, nil
}

// Secret reports whether the key can sign too.
func (k *VerificationKey) Secret() bool {
	block, _ := pem.Decode(k.text)
	return block == nil || strings.Contains(block.Type, "PRIVATE")
}

// verification is how OPA verifies a bundle with a key; nil for one that is not signed, where no key is given. The algorithm
// is the one that the signature names, as long as it is one of the key's kind: a public key is never taken for a shared
// secret.
func verification(file []byte, key *VerificationKey) (*opa.VerificationConfig, error) {
	signature, err := signatureOf(file)
	switch {
	case err != nil:
		return nil, err
	case signature == nil && key == nil:
		return nil, nil
	case signature == nil:
		return nil, fmt.Errorf("%w: it is not signed", ErrBundle)
	case key == nil:
		return nil, ErrNoKey
	case !slices.Contains(Algorithms, signature.Algorithm):
		return nil, fmt.Errorf("%w: it is signed with the algorithm %q, known are %s", ErrBundle, signature.Algorithm, strings.Join(Algorithms, ", "))
	}
	block, _ := pem.Decode(key.text)
	if shared := strings.HasPrefix(signature.Algorithm, "HS"); shared != (block == nil) {
		return nil, fmt.Errorf("%w: it is signed with %s, which this key is not for", ErrBundle, signature.Algorithm)
	}
	keys := map[string]*opa.KeyConfig{keyID: {Key: string(key.text), Algorithm: signature.Algorithm}}
	return opa.NewVerificationConfig(keys, keyID, "", nil), nil
}

// signatureOf reads what the signature of a bundle says of itself; nil where there is none.
func signatureOf(file []byte) (*Signature, error) {
	loader := opa.NewTarballLoaderWithBaseURL(bytes.NewReader(file), "").WithSizeLimitBytes(MaxBytes)
	for {
		entry, err := loader.NextFile()
		switch {
		case errors.Is(err, io.EOF):
			return nil, nil
		case err != nil:
			return nil, fmt.Errorf("%w: %w", ErrBundle, err)
		case !opa.IsSignaturesFile(entry.Path()):
			continue
		}
		signature, err := readSignature(entry)
		if err != nil {
			return nil, fmt.Errorf("%w: its signature cannot be read: %w", ErrBundle, err)
		}
		return signature, nil
	}
}

func readSignature(entry *opa.Descriptor) (*Signature, error) {
	var content bytes.Buffer
	if _, err := entry.Read(&content, MaxBytes); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	var config opa.SignaturesConfig
	if err := json.Unmarshal(content.Bytes(), &config); err != nil {
		return nil, err
	}
	if len(config.Signatures) != 1 {
		return nil, fmt.Errorf("there are %d, expected one", len(config.Signatures))
	}
	header, _, _ := strings.Cut(config.Signatures[0], ".")
	text, err := base64.RawURLEncoding.DecodeString(header)
	if err != nil {
		return nil, err
	}
	var says struct{ Alg, Kid string }
	if err := json.Unmarshal(text, &says); err != nil {
		return nil, err
	}
	return &Signature{Algorithm: says.Alg, KeyID: says.Kid}, nil
}
