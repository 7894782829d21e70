// Package timestamp asks for and verifies time-stamp tokens (RFC 3161): a third party's signed word that some bytes existed at a
// time. It reads DER as the RFC has it for the transport by HTTP, and uses no network and no clock.
package timestamp

import (
	"bytes"
	"crypto"
	"crypto/sha1" // RFC 2634 names certificates by it; the chain is verified all the same
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// MaxReply is the largest reply that is read, in bytes: some twenty times what authorities send with all certificates.
const MaxReply = 256 << 10

// What can be wrong with a reply and its token.
var (
	ErrReply         = errors.New("not an RFC 3161 time-stamp reply in DER")
	ErrRejected      = errors.New("the authority issued no token")
	ErrToken         = errors.New("the token is not as RFC 3161 has it")
	ErrNoCertificate = errors.New("the token does not contain the certificate of its authority: ask for it (openssl ts -query -cert)")
	ErrUsage         = errors.New("the certificate is not one of a time-stamping authority")
	ErrSignature     = errors.New("the authority's signature on the token is not valid")
	ErrExpired       = errors.New("the authority's certificate had expired at the token's time")
	ErrNotYetValid   = errors.New("the authority's certificate was not valid yet at the token's time")
	ErrImprint       = errors.New("the token is about something else")
	ErrChain         = errors.New("the token's authority is not one of the given ones")
	ErrPolicy        = errors.New("the token was issued under another policy")
	ErrNonce         = errors.New("the reply does not answer this request: its nonce is another, or missing")
)

// Token is a time-stamp token that its own authority has signed, with a certificate that is for this and was valid then. Only
// Verify says whether that authority is trusted.
type Token struct {
	Time     time.Time     // UTC
	Accuracy time.Duration // to both sides of Time; 0 where the authority does not say
	Policy   string        // dotted decimal
	Serial   *big.Int
	// Authority is the subject of the certificate that signed.
	Authority string

	nonce        *big.Int // nil where there is none
	hash         crypto.Hash
	imprint      []byte
	certificate  *x509.Certificate
	certificates []*x509.Certificate
}

// The structures of RFC 3161, 5652 (CMS), 2634 and 5816, as far as they are read.
type (
	reply struct {
		Status status
		Token  asn1.RawValue `asn1:"optional"`
	}
	status struct {
		Status  int
		Text    []asn1.RawValue `asn1:"optional"`
		Failure asn1.BitString  `asn1:"optional"`
	}
	contentInfo struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	signedData struct {
		Version      int
		Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
		Content      encapsulated
		Certificates asn1.RawValue `asn1:"optional,tag:0"`
		Revocations  asn1.RawValue `asn1:"optional,tag:1"`
		Signers      []signerInfo  `asn1:"set"`
	}
	encapsulated struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,optional,tag:0"`
	}
	signerInfo struct {
		Version    int
		ID         asn1.RawValue
		Digest     pkix.AlgorithmIdentifier
		Signed     asn1.RawValue `asn1:"optional,tag:0"`
		Algorithm  pkix.AlgorithmIdentifier
		Signature  []byte
		NotCovered asn1.RawValue `asn1:"optional,tag:1"` // by the signature: never read
	}
	issuerAndSerial struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}
	attribute struct {
		Type   asn1.ObjectIdentifier
		Values asn1.RawValue
	}
	certificateID struct { // of the first version; its hash is SHA-1
		Hash   []byte
		Issuer asn1.RawValue `asn1:"optional"`
	}
	certificateIDv2 struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"` // SHA-256 where it is left out
		Hash      []byte
		Issuer    asn1.RawValue `asn1:"optional"`
	}
	signingCertificate[ID any] struct {
		Certificates []ID
		Policies     asn1.RawValue `asn1:"optional"`
	}
	imprint struct {
		Algorithm pkix.AlgorithmIdentifier
		Hash      []byte
	}
	info struct {
		Version    int
		Policy     asn1.ObjectIdentifier
		Imprint    imprint
		Serial     *big.Int
		Time       asn1.RawValue
		Accuracy   accuracy         `asn1:"optional"`
		Ordering   bool             `asn1:"optional"`
		Nonce      *big.Int         `asn1:"optional"`
		Authority  asn1.RawValue    `asn1:"optional,tag:0"`
		Extensions []pkix.Extension `asn1:"optional,tag:1"`
	}
	accuracy struct {
		Seconds int `asn1:"optional"`
		Millis  int `asn1:"optional,tag:0"`
		Micros  int `asn1:"optional,tag:1"`
	}
)

var (
	oidSignedData    = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidTokenInfo     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidCertificate   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12} // RFC 2634
	oidCertificateV2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47} // RFC 5816
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidSHA384        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 2}
	oidSHA512        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 3}
	oidUsage         = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// hashOf is the hash of an algorithm; 0 for one that is not accepted. SHA-1 is not: two messages can be made that share one.
func hashOf(oid asn1.ObjectIdentifier) crypto.Hash {
	switch {
	case oid.Equal(oidSHA256):
		return crypto.SHA256
	case oid.Equal(oidSHA384):
		return crypto.SHA384
	case oid.Equal(oidSHA512):
		return crypto.SHA512
	default:
		return 0
	}
}

func sum(hash crypto.Hash, data []byte) []byte {
	h := hash.New()
	h.Write(data)
	return h.Sum(nil)
}

// algorithms are those that tokens may be signed with, by their identifier and hash. An identifier without a hash of its own
// takes that of the digest.
var algorithms = []struct {
	oid       asn1.ObjectIdentifier
	hash      crypto.Hash
	algorithm x509.SignatureAlgorithm
}{
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, crypto.SHA256, x509.SHA256WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, crypto.SHA384, x509.SHA384WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}, crypto.SHA512, x509.SHA512WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, crypto.SHA256, x509.SHA256WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, crypto.SHA384, x509.SHA384WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, crypto.SHA512, x509.SHA512WithRSA},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, crypto.SHA256, x509.SHA256WithRSAPSS},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, crypto.SHA384, x509.SHA384WithRSAPSS},
	{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 10}, crypto.SHA512, x509.SHA512WithRSAPSS},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, crypto.SHA256, x509.ECDSAWithSHA256},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, crypto.SHA384, x509.ECDSAWithSHA384},
	{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, crypto.SHA512, x509.ECDSAWithSHA512},
	{asn1.ObjectIdentifier{1, 3, 101, 112}, crypto.SHA512, x509.PureEd25519}, // RFC 8419
}

// unmarshal reads a value that fills the data.
func unmarshal(data []byte, into any) error {
	rest, err := asn1.Unmarshal(data, into)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes follow its end", len(rest))
	}
	return err
}

// ParseReply reads what an authority answers, TimeStampResp in DER, and checks all of its token that can be checked without
// knowing whom to trust.
func ParseReply(der []byte) (*Token, error) {
	var r reply
	if err := unmarshal(der, &r); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	}
	if r.Status.Status != granted && r.Status.Status != grantedWithMods {
		return nil, fmt.Errorf("%w: %s", ErrRejected, r.Status)
	}
	if len(r.Token.FullBytes) == 0 {
		return nil, fmt.Errorf("%w: the reply says %s and contains none", ErrRejected, r.Status)
	}
	return parseToken(r.Token.FullBytes)
}

// ReplyOf is the reply that contains a token: of a reply itself, and of a bare token, as openssl ts -reply -token_out writes it.
func ReplyOf(der []byte) ([]byte, error) {
	var bare contentInfo
	if unmarshal(der, &bare) != nil || !bare.Type.Equal(oidSignedData) {
		return der, nil
	}
	whole, err := asn1.Marshal(struct {
		Status struct{ Status int }
		Token  asn1.RawValue
	}{Token: asn1.RawValue{FullBytes: der}})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrReply, err)
	}
	return whole, nil
}

// The states of a reply; those above the second have no token.
const (
	granted = iota
	grantedWithMods
)

var statusNames = []string{"granted", "granted with modifications", "rejection", "waiting", "revocation warning", "revocation notification"}

// failures are the reasons of a rejection by their bits.
var failures = map[int]string{
	0: "unknown algorithm", 2: "request not permitted or supported", 5: "wrong data format", 14: "its time source is not available",
	15: "policy not supported", 16: "extension not supported", 17: "additional information not understood", 25: "system failure",
}

func (s status) String() string {
	text := fmt.Sprintf("status %d", s.Status)
	if s.Status >= 0 && s.Status < len(statusNames) {
		text = statusNames[s.Status]
	}
	for bit := range s.Failure.BitLength {
		if s.Failure.At(bit) == 1 {
			reason, defined := failures[bit]
			if !defined {
				reason = fmt.Sprintf("failure %d", bit)
			}
			text += ", " + reason
		}
	}
	var words []string
	for _, line := range s.Text {
		words = append(words, string(line.Bytes))
	}
	if len(words) > 0 {
		text += fmt.Sprintf(": %q", shortened(strings.Join(words, " ")))
	}
	return text
}

// shortened keeps an authority's text to a line.
func shortened(text string) string {
	const most = 200
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}

func parseToken(der []byte) (*Token, error) {
	malformed := func(format string, args ...any) error {
		return fmt.Errorf("%w: %w", ErrToken, fmt.Errorf(format, args...))
	}
	var outer contentInfo
	if err := unmarshal(der, &outer); err != nil {
		return nil, malformed("%w", err)
	}
	if !outer.Type.Equal(oidSignedData) {
		return nil, malformed("its content type is %s, expected signed data", outer.Type)
	}
	var data signedData
	if err := unmarshal(outer.Content.Bytes, &data); err != nil {
		return nil, malformed("%w", err)
	}
	switch {
	case !data.Content.Type.Equal(oidTokenInfo):
		return nil, malformed("the signed content has type %s, expected %s", data.Content.Type, oidTokenInfo)
	case len(data.Signers) != 1:
		return nil, malformed("it has %d signatures, expected one", len(data.Signers))
	}
	var content []byte
	if err := unmarshal(data.Content.Content.Bytes, &content); err != nil {
		return nil, malformed("its content: %w", err)
	}
	t, err := parseInfo(content)
	if err != nil {
		return nil, malformed("%w", err)
	}
	signer := data.Signers[0]
	if !signer.Signed.IsCompound || len(data.Certificates.FullBytes) > 0 && !data.Certificates.IsCompound {
		return nil, malformed("its certificates and signed attributes are no sets")
	}
	if len(data.Certificates.Bytes) > 0 {
		if t.certificates, err = x509.ParseCertificates(data.Certificates.Bytes); err != nil {
			return nil, malformed("its certificates: %w", err)
		}
	}
	if t.certificate, err = signer.certificate(t.certificates); err != nil {
		return nil, err
	}
	t.Authority = t.certificate.Subject.String()
	if err := signer.verify(content, t.certificate); err != nil {
		return nil, err
	}
	if err := usage(t.certificate); err != nil {
		return nil, err
	}
	return t, validAt(t.certificate, t.Time)
}

// parseInfo reads TSTInfo, what the authority says.
func parseInfo(der []byte) (*Token, error) {
	var i info
	if err := unmarshal(der, &i); err != nil {
		return nil, err
	}
	if i.Version != 1 {
		return nil, fmt.Errorf("it has version %d, expected 1", i.Version)
	}
	for _, extension := range i.Extensions {
		if extension.Critical {
			return nil, fmt.Errorf("it has the critical extension %s, which is not supported", extension.Id)
		}
	}
	t := &Token{Policy: i.Policy.String(), Serial: i.Serial, nonce: i.Nonce, hash: hashOf(i.Imprint.Algorithm.Algorithm), imprint: i.Imprint.Hash}
	if t.hash == 0 {
		return nil, fmt.Errorf("its message imprint is not SHA-256, SHA-384 or SHA-512, but %s", i.Imprint.Algorithm.Algorithm)
	}
	var err error
	if t.Time, err = parseTime(i.Time); err != nil {
		return nil, err
	}
	t.Accuracy, err = i.Accuracy.duration()
	return t, err
}

// parseTime reads GeneralizedTime as RFC 3161 restricts it: seconds, UTC by a Z, no zero at the end of a fraction.
func parseTime(value asn1.RawValue) (time.Time, error) {
	text := string(value.Bytes)
	const layout = "20060102150405.999999999Z"
	at, err := time.Parse(layout, text)
	if value.Class != asn1.ClassUniversal || value.Tag != asn1.TagGeneralizedTime || err != nil || at.Format(layout) != text {
		return at, fmt.Errorf("its time is %q, expected one in UTC such as 20261120093000Z", shortened(text))
	}
	return at, nil
}

func (a accuracy) duration() (time.Duration, error) {
	const day = 24 * 60 * 60
	if a.Seconds < 0 || a.Seconds > day || a.Millis < 0 || a.Millis > 999 || a.Micros < 0 || a.Micros > 999 {
		return 0, errors.New("its accuracy is out of range: seconds up to a day, and up to 999 milliseconds and microseconds")
	}
	return time.Duration(a.Seconds)*time.Second + time.Duration(a.Millis)*time.Millisecond + time.Duration(a.Micros)*time.Microsecond, nil
}

// certificate finds the signer's among those of the token.
func (s signerInfo) certificate(all []*x509.Certificate) (*x509.Certificate, error) {
	isSigner := func(c *x509.Certificate) bool {
		return s.ID.Class == asn1.ClassContextSpecific && s.ID.Tag == 0 && len(s.ID.Bytes) > 0 && bytes.Equal(c.SubjectKeyId, s.ID.Bytes)
	}
	var named issuerAndSerial
	if s.ID.Class == asn1.ClassUniversal {
		if err := unmarshal(s.ID.FullBytes, &named); err != nil {
			return nil, fmt.Errorf("%w: the name of its signer: %w", ErrToken, err)
		}
		isSigner = func(c *x509.Certificate) bool {
			return bytes.Equal(c.RawIssuer, named.Issuer.FullBytes) && c.SerialNumber.Cmp(named.Serial) == 0
		}
	}
	if i := slices.IndexFunc(all, isSigner); i >= 0 {
		return all[i], nil
	}
	return nil, ErrNoCertificate
}

// verify checks the signature over the content, and that what is signed names this very certificate (RFC 5816): another one of
// the same key must not take its place.
func (s signerInfo) verify(content []byte, certificate *x509.Certificate) error {
	values, err := s.attributes()
	if err != nil {
		return fmt.Errorf("%w: its signed attributes: %w", ErrToken, err)
	}
	hash := hashOf(s.Digest.Algorithm)
	if hash == 0 {
		return fmt.Errorf("%w: its digest is not SHA-256, SHA-384 or SHA-512, but %s", ErrToken, s.Digest.Algorithm)
	}
	var kind asn1.ObjectIdentifier
	var digest []byte
	if err := errors.Join(unmarshal(values[oidContentType.String()], &kind), unmarshal(values[oidMessageDigest.String()], &digest)); err != nil {
		return fmt.Errorf("%w: its signed attributes: %w", ErrToken, err)
	}
	if !kind.Equal(oidTokenInfo) {
		return fmt.Errorf("%w: what is signed has type %s, expected %s", ErrToken, kind, oidTokenInfo)
	}
	if !bytes.Equal(digest, sum(hash, content)) {
		return fmt.Errorf("%w: the signed digest is not that of its content", ErrSignature)
	}
	if err := namesCertificate(values, certificate); err != nil {
		return err
	}
	for _, a := range algorithms {
		if a.oid.Equal(s.Algorithm.Algorithm) && a.hash == hash {
			// The signature covers the attributes as a SET, which they are where they are not implicitly tagged.
			message := append([]byte{asn1.TagSet | 0x20}, s.Signed.FullBytes[1:]...)
			if err := certificate.CheckSignature(a.algorithm, message, s.Signature); err != nil {
				return fmt.Errorf("%w: %w", ErrSignature, err)
			}
			return nil
		}
	}
	return fmt.Errorf("%w: its signature algorithm %s with %s is not supported", ErrToken, s.Algorithm.Algorithm, hash)
}

// attributes are the values of the signed attributes by type; each has one.
func (s signerInfo) attributes() (map[string][]byte, error) {
	values := map[string][]byte{}
	for rest := s.Signed.Bytes; len(rest) > 0; {
		var a attribute
		var err error
		if rest, err = asn1.Unmarshal(rest, &a); err != nil {
			return nil, err
		}
		if a.Values.Class != asn1.ClassUniversal || a.Values.Tag != asn1.TagSet {
			return nil, fmt.Errorf("%s has no set of values", a.Type)
		}
		name := a.Type.String()
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("there are two of %s", a.Type)
		}
		values[name] = a.Values.Bytes
	}
	for _, needed := range []asn1.ObjectIdentifier{oidContentType, oidMessageDigest} {
		if values[needed.String()] == nil {
			return nil, fmt.Errorf("there is no %s", needed)
		}
	}
	return values, nil
}

func namesCertificate(values map[string][]byte, certificate *x509.Certificate) error {
	var named []byte
	hash := crypto.SHA256
	if value := values[oidCertificateV2.String()]; value != nil {
		var s signingCertificate[certificateIDv2]
		if err := unmarshal(value, &s); err != nil || len(s.Certificates) == 0 {
			return fmt.Errorf("%w: it does not name its signer's certificate: %w", ErrToken, err)
		}
		if first := s.Certificates[0].Algorithm.Algorithm; first != nil {
			hash = hashOf(first)
		}
		named = s.Certificates[0].Hash
	} else if value := values[oidCertificate.String()]; value != nil {
		var s signingCertificate[certificateID]
		if err := unmarshal(value, &s); err != nil || len(s.Certificates) == 0 {
			return fmt.Errorf("%w: it does not name its signer's certificate: %w", ErrToken, err)
		}
		digest := sha1.Sum(certificate.Raw)
		if !bytes.Equal(digest[:], s.Certificates[0].Hash) {
			return fmt.Errorf("%w: it names another certificate than the one it contains", ErrToken)
		}
		return nil
	}
	if hash == 0 || !bytes.Equal(sum(hash, certificate.Raw), named) {
		return fmt.Errorf("%w: it names another certificate than the one it contains, or none", ErrToken)
	}
	return nil
}

// usage checks that the certificate is for time stamps and nothing else, and says so critically (RFC 3161, section 2.3).
func usage(c *x509.Certificate) error {
	critical := slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidUsage) && e.Critical })
	var reason string
	switch {
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageTimeStamping):
		reason = "its extended key usage is not timeStamping"
	case len(c.ExtKeyUsage)+len(c.UnknownExtKeyUsage) != 1:
		reason = "its extended key usage has more than timeStamping"
	case !critical:
		reason = "its extended key usage is not critical"
	case c.KeyUsage != 0 && c.KeyUsage&(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment) == 0:
		reason = "its key usage is not for signatures"
	default:
		return nil
	}
	return fmt.Errorf("%w: %s: %s", ErrUsage, c.Subject, reason)
}

func validAt(c *x509.Certificate, at time.Time) error {
	format := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	switch {
	case at.Before(c.NotBefore):
		return fmt.Errorf("%w: %s is valid from %s, the token says %s", ErrNotYetValid, c.Subject, format(c.NotBefore), format(at))
	case at.After(c.NotAfter):
		return fmt.Errorf("%w: %s was valid until %s, the token says %s", ErrExpired, c.Subject, format(c.NotAfter), format(at))
	}
	return nil
}
