// Package sigstore writes and reads Sigstore bundles, the form in which cosign and others verify one signature: a DSSE envelope,
// a hint to the key, and a time-stamp token. Only what raci-check sign puts into one is read.
package sigstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/raci-check/raci-check/internal/signature"
)

// MediaType names the version of the form: https://github.com/sigstore/protobuf-specs, sigstore_bundle.proto.
const MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"

// ErrBundle says that a file is no such bundle.
var ErrBundle = errors.New("not a Sigstore bundle as raci-check sign writes it")

// Bundle is one signature of an envelope with the reply of a time-stamping authority that contains its token.
type Bundle struct {
	envelope signature.Envelope
	Reply    []byte // RFC 3161 TimeStampResp in DER; nil for none
}

type bundle struct {
	MediaType string             `json:"mediaType"`
	Material  material           `json:"verificationMaterial"`
	Envelope  signature.Envelope `json:"dsseEnvelope"`
}

type material struct {
	PublicKey  publicKey   `json:"publicKey"`
	Timestamps *timestamps `json:"timestampVerificationData,omitempty"`
}

type publicKey struct {
	Hint string `json:"hint"` // the id of the key in the envelope
}

type timestamps struct {
	RFC3161 []timestampReply `json:"rfc3161Timestamps"`
}

type timestampReply struct {
	Reply []byte `json:"signedTimestamp"` // base64 in JSON
}

func Of(e *signature.Envelope, index int) *Bundle {
	return &Bundle{envelope: signature.Envelope{
		PayloadType: e.PayloadType, Payload: e.Payload, Signatures: []signature.Signature{e.Signatures[index]},
	}}
}

// Signature is what the bundle's token is about.
func (b *Bundle) Signature() []byte { return b.envelope.Signatures[0].Sig }

// Same reports whether both are of the same signature over the same content.
func (b *Bundle) Same(other *Bundle) bool {
	mine, theirs := b.envelope.Signatures[0], other.envelope.Signatures[0]
	return b.envelope.PayloadType == other.envelope.PayloadType && bytes.Equal(b.envelope.Payload, other.envelope.Payload) &&
		mine.KeyID == theirs.KeyID && bytes.Equal(mine.Sig, theirs.Sig)
}

// Encode writes the bundle in the only form that Decode reads: one line of JSON, with a final newline.
func (b *Bundle) Encode() ([]byte, error) {
	form := bundle{MediaType: MediaType, Material: material{PublicKey: publicKey{b.envelope.Signatures[0].KeyID}}, Envelope: b.envelope}
	if b.Reply != nil {
		form.Material.Timestamps = &timestamps{[]timestampReply{{b.Reply}}}
	}
	encoded, err := json.Marshal(form)
	if err != nil {
		return nil, fmt.Errorf("encode Sigstore bundle: %w", err)
	}
	return append(encoded, '\n'), nil
}

// Decode reads a bundle that Encode wrote; its signature is not verified. Other bytes that mean the same are refused, as those of
// an envelope are.
func Decode(data []byte) (*Bundle, error) {
	var form bundle
	if err := json.Unmarshal(data, &form); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	if len(form.Envelope.Signatures) != 1 {
		return nil, fmt.Errorf("%w: it has %d signatures, expected one", ErrBundle, len(form.Envelope.Signatures))
	}
	b := &Bundle{envelope: form.Envelope}
	if form.Material.Timestamps != nil {
		if n := len(form.Material.Timestamps.RFC3161); n != 1 {
			return nil, fmt.Errorf("%w: it has %d time-stamp tokens, expected one", ErrBundle, n)
		}
		b.Reply = form.Material.Timestamps.RFC3161[0].Reply
	}
	again, err := b.Encode()
	if err != nil {
		return nil, err
	}
	if at := signature.Difference(data, again); at > 0 {
		return nil, fmt.Errorf("%w: it differs at byte %d", ErrBundle, at)
	}
	return b, nil
}
