package timestamp

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Query asks for a token over a message.
type Query struct {
	message []byte
	nonce   *big.Int // nil for none
	policy  asn1.ObjectIdentifier
}

// NewQuery asks for a token over a message, under a policy in dotted decimal; empty for the authority's own.
func NewQuery(message []byte, policy string) (*Query, error) {
	oid, err := ParsePolicy(policy)
	return &Query{message: message, policy: oid}, err
}

// WithNonce lets the reply be told from one to another request.
func (q *Query) WithNonce() (*Query, error) {
	nonce, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make nonce: %w", err)
	}
	fresh := *q
	fresh.nonce = nonce.Add(nonce, big.NewInt(1))
	return &fresh, nil
}

// ParsePolicy reads an object identifier in dotted decimal; nil for an empty one.
func ParsePolicy(text string) (asn1.ObjectIdentifier, error) {
	if text == "" {
		return nil, nil
	}
	var oid asn1.ObjectIdentifier
	for arc := range strings.SplitSeq(text, ".") {
		n, err := strconv.Atoi(arc)
		if err != nil || strconv.Itoa(n) != arc || n < 0 {
			return nil, fmt.Errorf("%q is not a policy: expected an object identifier such as 1.3.6.1.4.1.99999.1", text)
		}
		oid = append(oid, n)
	}
	if _, err := asn1.Marshal(oid); err != nil {
		return nil, fmt.Errorf("%q is not a policy: %w", text, err)
	}
	return oid, nil
}

// Marshal writes the query, TimeStampReq in DER. It asks for the authority's certificate: without it a token cannot be
// verified later.
func (q *Query) Marshal() ([]byte, error) {
	digest := sha256.Sum256(q.message)
	der, err := asn1.Marshal(struct {
		Version      int
		Imprint      imprint
		Policy       asn1.ObjectIdentifier `asn1:"optional"`
		Nonce        *big.Int              `asn1:"optional"`
		Certificates bool                  `asn1:"optional"`
	}{1, imprint{pkix.AlgorithmIdentifier{Algorithm: oidSHA256, Parameters: asn1.NullRawValue}, digest[:]}, q.policy, q.nonce, true})
	if err != nil {
		return nil, fmt.Errorf("encode time-stamp query: %w", err)
	}
	return der, nil
}

// Answers checks that the token answers this query.
func (q *Query) Answers(t *Token) error {
	switch {
	case q.nonce != nil && (t.nonce == nil || t.nonce.Cmp(q.nonce) != 0):
		return ErrNonce
	case q.policy != nil && q.policy.String() != t.Policy:
		return fmt.Errorf("%w: %s, requested %s", ErrPolicy, t.Policy, q.policy)
	}
	return t.Covers(q.message)
}

var errEmpty = errors.New("it is empty")

// Parse reads a reply or a bare token as a file has it, and answers the reply in DER with the token in it.
func Parse(content []byte) ([]byte, *Token, error) {
	if len(content) == 0 {
		return nil, nil, fmt.Errorf("%w: %w", ErrReply, errEmpty)
	}
	der, err := ReplyOf(content)
	if err != nil {
		return nil, nil, err
	}
	t, err := ParseReply(der)
	return der, t, err
}
