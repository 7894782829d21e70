package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

var (
	ErrEnvelope  = errors.New("not a DSSE envelope")
	ErrCanonical = errors.New("not the form that raci-check sign writes: another program wrote this envelope, or it was changed")
	ErrInvalid   = errors.New("the signature is not valid")
	ErrKeyID     = errors.New("the signature is valid, and its key id is not that of its key")
	ErrUpper     = errors.New("the signature is valid in another form")
	ErrTwice     = errors.New("this key has signed it already")
)

// FormError is an ErrCanonical that says where.
type FormError struct{ At int } // the first byte that differs, counted from 1

func (e *FormError) Error() string {
	return fmt.Sprintf("%v: it differs at byte %d", ErrCanonical, e.At)
}

func (e *FormError) Unwrap() error { return ErrCanonical }

// Envelope is a DSSE envelope (github.com/secure-systems-lab/dsse, v1.0): bytes, their type, and signatures over both.
type Envelope struct {
	PayloadType string      `json:"payloadType"`
	Payload     []byte      `json:"payload"` // base64 in JSON
	Signatures  []Signature `json:"signatures"`
}

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
	e, err := DecodeAny(data)
	if err != nil {
		return nil, err
	}
	canonical, err := e.Encode()
	if err != nil {
		return nil, err
	}
	if at := Difference(data, canonical); at > 0 {
		return nil, &FormError{at}
	}
	for i, s := range e.Signatures {
		if slices.ContainsFunc(e.Signatures[:i], func(other Signature) bool { return other.KeyID == s.KeyID }) {
			return nil, fmt.Errorf("%w: two signatures name the same key", ErrCanonical)
		}
	}
	return e, nil
}

// Difference is the first byte, counted from 1, in which two texts differ; 0 where they do not.
func Difference(a, b []byte) int {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	if at == len(a) && at == len(b) {
		return 0
	}
	return at + 1
}

// DecodeAny reads an envelope in any form that the specification allows, to say what another program has signed in it. What is
// relied on, Decode reads.
func DecodeAny(data []byte) (*Envelope, error) {
	var read struct {
		MediaType   string
		PayloadType string
		Payload     base64Text
		Signatures  []struct {
			KeyID string
			Sig   base64Text
		}
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrEnvelope, err)
	}
	if strings.Contains(read.MediaType, "sigstore.bundle") {
		return nil, fmt.Errorf("%w: it is a Sigstore bundle; name the envelope beside it", ErrEnvelope)
	}
	if read.PayloadType == "" || len(read.Payload) == 0 || len(read.Signatures) == 0 {
		return nil, fmt.Errorf("%w: it has no payload, or no signature", ErrEnvelope)
	}
	e := &Envelope{PayloadType: read.PayloadType, Payload: read.Payload}
	for _, s := range read.Signatures {
		e.Signatures = append(e.Signatures, Signature{KeyID: s.KeyID, Sig: s.Sig})
	}
	return e, nil
}

// base64Text is read from base64 with the alphabet of texts or of URLs.
type base64Text []byte

func (b *base64Text) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	content, err := base64.StdEncoding.DecodeString(strings.NewReplacer("-", "+", "_", "/").Replace(text))
	*b = content
	return err
}

// Valid answers those of the keys that have signed, whatever the envelope calls them.
func (e *Envelope) Valid(keys []PublicKey) []PublicKey {
	message := e.preAuthentication()
	var signed []PublicKey
	for _, key := range keys {
		if slices.ContainsFunc(e.Signatures, func(s Signature) bool { return key.verify(message, s.Sig) }) {
			signed = append(signed, key)
		}
	}
	return signed
}

// Foreign reads an envelope in the form of another program, and answers the names of those of the keys that have signed it.
func Foreign(data []byte, keys []PublicKey) (*Envelope, []string) {
	e, err := DecodeAny(data)
	if err != nil {
		return nil, nil
	}
	var names []string
	for _, key := range e.Valid(keys) {
		names = append(names, key.Name)
	}
	return e, names
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
	if ec, isEC := key.public.key.(*ecdsa.PublicKey); isEC {
		sig = lowerHalf(ec, sig)
	}
	e.Signatures = append(e.Signatures, Signature{KeyID: id, Sig: sig})
	return nil
}

// Verify answers those of the keys that have signed, in their order. A signature that names one of the keys and was not made by
// it is ErrInvalid; one that was made by a key and names another is ErrKeyID; one that could have been made of another without the key
// is ErrUpper. Signatures of other keys are passed over: nothing can be said of them.
func (e *Envelope) Verify(keys []PublicKey) ([]PublicKey, error) {
	message := e.preAuthentication()
	var signed []PublicKey
	for _, key := range keys {
		for i, s := range e.Signatures {
			switch named, valid := s.KeyID == key.ID, key.verify(message, s.Sig); {
			case named && valid && !key.isLower(s.Sig):
				return nil, fmt.Errorf("%w: signature %d, of %s, has the upper of two valid values for s: another program wrote it, or it was changed; nothing that was signed has changed. "+
					"raci-check accepts only the lower one, which raci-check sign writes: sign with it", ErrUpper, i+1, key.Name)
			case named && valid:
				signed = append(signed, key)
			case named:
				return nil, fmt.Errorf("%w: that of %s, the %d. one: the envelope or the signature was changed", ErrInvalid, key.Name, i+1)
			case valid:
				return nil, fmt.Errorf("%w: %s made signature %d, which is called %q: another program wrote the envelope, or changed that id; nothing that was signed has changed. "+
					"raci-check accepts only ids that raci-check sign writes: sign with it", ErrKeyID, key.Name, i+1, s.KeyID)
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

// isLower reports whether a valid signature is in the one form that is accepted.
func (k PublicKey) isLower(sig []byte) bool {
	key, isEC := k.key.(*ecdsa.PublicKey)
	return !isEC || bytes.Equal(lowerHalf(key, sig), sig)
}

// preAuthentication is what is signed, PAE in the specification: type and payload, each with its length.
func (e *Envelope) preAuthentication() []byte {
	return fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(e.PayloadType), e.PayloadType, len(e.Payload), e.Payload)
}
