package signature

import (
	"crypto/ecdsa"
	"encoding/asn1"
	"math/big"
)

// point is the ASN.1 form of an ECDSA signature (RFC 3279, section 2.2.3).
type point struct{ R, S *big.Int }

// lowerHalf is an ECDSA signature with the lower of s and n − s. Both are valid, and anybody can make one of the other without the
// key; only the lower is written and accepted, so that no byte of an envelope can be changed unseen. A text that is no such signature
// stays as it is.
func lowerHalf(key *ecdsa.PublicKey, sig []byte) []byte {
	var p point
	if rest, err := asn1.Unmarshal(sig, &p); err != nil || len(rest) > 0 {
		return sig
	}
	order := key.Params().N
	if half := new(big.Int).Rsh(order, 1); p.S.Sign() <= 0 || p.S.Cmp(half) <= 0 || p.S.Cmp(order) >= 0 {
		return sig
	}
	p.S.Sub(order, p.S)
	lower, err := asn1.Marshal(p)
	if err != nil {
		return sig
	}
	return lower
}
