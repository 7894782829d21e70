package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Errors of an envelope.
var (
	ErrEnvelope  = errors.New("not a DSSE envelope")
	ErrCanonical = errors.New("the envelope was changed after it was written")
	ErrInvalid   = errors.New("the signature is not valid")
	ErrTwice     = errors.New("this key has signed it already")
)

// Envelope is a DSSE envelope (github.com/secure-systems-lab/dsse, v1.0): bytes, their type, and signatures over both.
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"` // base64 in JSON
	Signatures  []Signature `json:"signatures"`
}

// Signature is one signature of an envelope.
type Signature struct {
	KeyID string `json:"keyid"` // ID of the public key: a hint, that is checked against the key that verifies
	Sig   []byte `json:"sig"`   // base64 in JSON
}

// Encode writes the envelope in the only form that Decode reads: one line of JSON, with a final newline.
func (e *Envelope) Encode() ([]byte, error) {
	encoded, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode envelope: %w", err)
	}
	return append(encoded, '\n'), nil
}

// Decode reads an envelope. Other bytes that mean the same are refused with ErrCanonical: nothing in a file that is kept as
// proof may change unseen, be it white space.
func Decode(data []byte) (*Envelope, error) {
	var e Envelope
	if err := json.Unmarshal(data, &e); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	if e.PayloadType == "" || len(e.Payload) == 0 || len(e.Signatures) == 0 {
		return nil, fmt.Errorf("%w: it has no payload, or no signature", ErrEnvelope)
	}
	canonical, err := e.Encode()
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(data, canonical) {
		at := 0
		for at < min(len(data), len(canonical)) && data[at] == canonical[at] {
			at++
		}
		return nil, fmt.Errorf("%w: it differs at byte %d from the form that sign writes", ErrCanonical, at+1)
	}
	for i, s := range e.Signatures {
		if slices.ContainsFunc(e.Signatures[:i], func(other Signature) bool { return other.KeyID == s.KeyID }) {
			return nil, fmt.Errorf("%w: two signatures name the same key", ErrCanonical)
		}
	}
	return &e, nil
}

// Sign adds a signature.
func (e *Envelope) Sign(key PrivateKey) error {
	id := key.public.ID
	if slices.ContainsFunc(e.Signatures, func(s Signature) bool { return s.KeyID == id }) {
		return ErrTwice
	}
	message, options := e.preAuthentication(), crypto.SignerOpts(crypto.Hash(0))
	if _, isEd25519 := key.public.key.(ed25519.PublicKey); !isEd25519 {
		sum := sha256.Sum256(message)
		message, options = sum[:], crypto.SHA256
	}
	sig, err := key.signer.Sign(rand.Reader, message, options)
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	e.Signatures = append(e.Signatures, Signature{KeyID: id, Sig: sig})
	return nil
}

// Verify answers those of the keys that have signed, in their order. A signature that names one of the keys, or was made by
// one, and does not hold as it stands is ErrInvalid. Signatures of other keys are passed over: nothing can be said of them.
func (e *Envelope) Verify(keys []PublicKey) ([]PublicKey, error) {
	message := e.preAuthentication()
	var signed []PublicKey
	for _, key := range keys {
		for i, s := range e.Signatures {
			switch named, valid := s.KeyID == key.ID, key.verify(message, s.Sig); {
			case named && valid:
				signed = append(signed, key)
			case named:
				return nil, fmt.Errorf("%w: that of %s, the %d. one: the envelope or the signature was changed", ErrInvalid, key.Name, i+1)
			case valid:
				return nil, fmt.Errorf("%w: the %d. one is of %s and names another key", ErrInvalid, i+1, key.Name)
			}
		}
	}
	return signed, nil
}

func (k PublicKey) verify(message, sig []byte) bool {
	switch key := k.key.(type) {
	case ed25519.PublicKey:
		return ed25519.Verify(key, message, sig)
	case *ecdsa.PublicKey:
		sum := sha256.Sum256(message)
		return ecdsa.VerifyASN1(key, sum[:], sig)
	default:
		return false
	}
}

// preAuthentication is what is signed, PAE in the specification: type and payload, each with its length.
func (e *Envelope) preAuthentication() []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(e.Payload), e.Payload)
}
