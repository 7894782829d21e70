package timestamp

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

// Authorities are the certificates that tokens are trusted by.
type Authorities struct{ roots *x509.CertPool }

// ParseAuthorities reads certificates in PEM. Those of certification authorities are trusted, each by itself; others, such as
// that of the time-stamping authority in a file with its whole chain, are not.
func ParseAuthorities(text []byte) (*Authorities, error) {
	a := &Authorities{roots: x509.NewCertPool()}
	authorities, leaves := 0, 0
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it has a %q block; expected certificates in PEM", shortened(block.Type))
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", authorities+leaves+1, err)
		}
		if !certificate.IsCA {
			leaves++
			continue
		}
		authorities++
		a.roots.AddCert(certificate)
	}
	switch {
	case authorities+leaves == 0:
		return nil, errors.New("it has no certificate in PEM; openssl x509 -inform der converts one in DER")
	case authorities == 0:
		return nil, errors.New("none of its certificates is one of a certification authority: give that which issued the time-stamping authority's")
	}
	return a, nil
}

// Covers checks that the token is about a message.
func (t *Token) Covers(message []byte) error {
	if !bytes.Equal(t.imprint, sum(t.hash, message)) {
		return ErrImprint
	}
	return nil
}

// Verify checks that one of the authorities stands behind the token: by a chain of certificates that were all valid at the
// token's own time. A policy, in dotted decimal, must be the token's; empty for any. Revocation is not looked up.
func (t *Token) Verify(trusted *Authorities, policy string) error {
	if policy != "" && policy != t.Policy {
		return fmt.Errorf("%w: %s, expected %s", ErrPolicy, t.Policy, policy)
	}
	intermediates := x509.NewCertPool()
	for _, c := range t.certificates {
		intermediates.AddCert(c)
	}
	_, err := t.certificate.Verify(x509.VerifyOptions{
		Roots: trusted.roots, Intermediates: intermediates, CurrentTime: t.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	var invalid x509.CertificateInvalidError
	if errors.As(err, &invalid) && invalid.Reason == x509.Expired {
		if outside := validAt(invalid.Cert, t.Time); outside != nil {
			return outside
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrChain, t.Authority, err)
	}
	return nil
}

// Latest is the end of the time that the token vouches for: what it covers existed before.
func (t *Token) Latest() time.Time { return t.Time.Add(t.Accuracy) }
