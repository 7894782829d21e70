package attest

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/raci-check/raci-check/internal/signature"
)

// PreparedType is the predicate type of a statement about an evidence file: its signer has prepared the file. It says no more.
const PreparedType = "urn:raci-check:prepared:v1"

// ReleasedType is the predicate type of a statement about a list of checksums: its signer has released the files in it. A key that
// signs evidence does not vouch for programs.
const ReleasedType = "urn:raci-check:released:v1"

// ErrEvidence says that a signature of an evidence file does not hold.
var ErrEvidence = errors.New("the signature of this evidence is not accepted")

// Prepared is the predicate about an evidence file or a list: nothing beside its type.
type Prepared struct{}

// prepared is the statement about an evidence file.
func prepared(name, digest string) *Statement[Prepared] {
	return &Statement[Prepared]{
		Type: StatementType, Subject: []Resource{{Name: filepath.Base(name), Digest: sha(digest)}}, PredicateType: PreparedType,
	}
}

// released is the statement about a list of checksums.
func released(name, digest string) *Statement[Prepared] {
	s := prepared(name, digest)
	s.PredicateType = ReleasedType
	return s
}

// ErrChecksums says that a signature of a list of checksums does not hold.
var ErrChecksums = errors.New("the signature of this list is not accepted")

// ReleasersOf answers which of the keys have signed the list of checksums of that name and digest, as SignersOf does. Where the
// signature is not accepted, the error is ErrChecksums.
func ReleasersOf(name, digest string, envelope []byte, keys []signature.PublicKey) ([]string, error) {
	return signersOf(released(name, digest), envelope, keys, ErrChecksums)
}

// SignersOf answers which of the keys have signed the evidence file of that name and digest. An envelope that is about
// another content, that does not hold, or that none of the keys has signed is ErrEvidence.
func SignersOf(name, digest string, envelope []byte, keys []signature.PublicKey) ([]string, error) {
	return signersOf(prepared(name, digest), envelope, keys, ErrEvidence)
}

// signersOf answers which of the keys have signed a statement; refused is the error where they have not.
func signersOf(statement *Statement[Prepared], envelope []byte, keys []signature.PublicKey, refused error) ([]string, error) {
	e, err := signature.Decode(envelope)
	if errors.Is(err, signature.ErrCanonical) {
		if _, signers := signature.Foreign(envelope, keys); len(signers) > 0 {
			return nil, fmt.Errorf("%w: another program wrote this envelope; the signature of %s in it is valid: sign with raci-check sign", refused, strings.Join(signers, ", "))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", refused, err)
	}
	expected, err := json.Marshal(statement)
	if err != nil {
		return nil, fmt.Errorf("encode statement: %w", err)
	}
	if e.PayloadType != PayloadType || string(e.Payload) != string(expected) {
		return nil, fmt.Errorf("%w: it is about another file, or the file was changed or renamed since: get it as it was signed, or sign it again", refused)
	}
	signed, err := e.Verify(keys)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", refused, err)
	}
	if len(signed) == 0 {
		return nil, fmt.Errorf("%w: it is not signed by any of the given keys", refused)
	}
	names := make([]string, len(signed))
	for i, key := range signed {
		names[i] = key.Name
	}
	return names, nil
}
