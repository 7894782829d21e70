// Package timestamptest is a time-stamping authority for tests. Another program's library writes its tokens, so that reader and
// writer do not share a mistake.
package timestamptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// At is the time of tokens where none is set: long ago, so that authorities' certificates have expired since.
var At = time.Date(2020, 6, 1, 12, 0, 0, 0, time.UTC)

// Policy is the one that tokens are issued under.
const Policy = "1.3.6.1.4.1.99999.1"

// Authority issues tokens. Its fields may be changed before it does.
type Authority struct {
	Root, Certificate *x509.Certificate
	Key               crypto.Signer
	Time              time.Time
	Accuracy          time.Duration
	OmitCertificate   bool // leave the certificate out, asked for or not
	OmitNonce         bool
	rootKey           crypto.Signer
}

// New makes an authority with a root of its own, valid in 2019 to 2021. change may change the template of its certificate.
func New(t testing.TB, change func(c *x509.Certificate)) *Authority {
	t.Helper()
	a := &Authority{Time: At, rootKey: newKey(t), Key: newKey(t)}
	root := template("Test root", 1)
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	a.Root = issue(t, root, root, a.rootKey, a.rootKey.Public())
	a.Certificate = a.Issue(t, change)
	return a
}

// Issue issues a certificate for the authority's key.
func (a *Authority) Issue(t testing.TB, change func(c *x509.Certificate)) *x509.Certificate {
	t.Helper()
	c := template("Test TSA", 2)
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.ExtraExtensions = []pkix.Extension{Usage(t, true, TimeStamping)}
	if change != nil {
		change(c)
	}
	return issue(t, c, a.Root, a.rootKey, a.Key.Public())
}

// The extended key usages of certificates.
var (
	TimeStamping = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 8}
	CodeSigning  = asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, 3}
)

// Usage is the extension of extended key usages.
func Usage(t testing.TB, critical bool, usages ...asn1.ObjectIdentifier) pkix.Extension {
	t.Helper()
	value, err := asn1.Marshal(usages)
	testhelp.Must(t, err)
	return pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 37}, Critical: critical, Value: value}
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	testhelp.Must(t, err)
	return key
}

func template(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, SerialNumber: big.NewInt(serial),
		NotBefore: time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2021, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

func issue(t testing.TB, c, parent *x509.Certificate, key crypto.Signer, public crypto.PublicKey) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, c, parent, public, key)
	testhelp.Must(t, err)
	issued, err := x509.ParseCertificate(der)
	testhelp.Must(t, err)
	return issued
}

// PEM is a certificate in PEM.
func PEM(c *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw})
}

// Reply is the reply with a token over a message.
func (a *Authority) Reply(t testing.TB, message []byte) []byte {
	t.Helper()
	digest := sha256.Sum256(message)
	reply, err := a.answer(&timestamp.Request{HashAlgorithm: crypto.SHA256, HashedMessage: digest[:], Certificates: true})
	testhelp.Must(t, err)
	return reply
}

// Rejection is a reply without a token.
func Rejection(t testing.TB) []byte {
	t.Helper()
	reply, err := timestamp.CreateErrorResponse(timestamp.Rejection, timestamp.UnacceptedPolicy)
	testhelp.Must(t, err)
	return reply
}

func (a *Authority) answer(request *timestamp.Request) ([]byte, error) {
	token := timestamp.Timestamp{
		HashAlgorithm: request.HashAlgorithm, HashedMessage: request.HashedMessage, Time: a.Time, Accuracy: a.Accuracy,
		Policy: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, AddTSACertificate: request.Certificates && !a.OmitCertificate,
	}
	if !a.OmitNonce {
		token.Nonce = request.Nonce
	}
	return token.CreateResponseWithOpts(a.Certificate, a.Key, crypto.SHA256)
}

// ServeHTTP answers queries as RFC 3161 has it for HTTP.
func (a *Authority) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/timestamp-query" {
		http.Error(w, "no query", http.StatusBadRequest)
		return
	}
	request, err := timestamp.ParseRequest(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	reply, err := a.answer(request)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/timestamp-reply")
	_, _ = w.Write(reply) // a client that has gone needs no answer
}
