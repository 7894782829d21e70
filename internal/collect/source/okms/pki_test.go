package okms

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"raci-check/internal/testhelp"
)

var must = testhelp.Must

// issuer is a certificate authority.
type issuer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// issued is a certificate with its key, and the files that hold them.
type issued struct {
	tls.Certificate
	cert, key string
}

func newIssuer(t *testing.T, name string) *issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().AddDate(-10, 0, 0), NotAfter: time.Now().AddDate(10, 0, 0), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, key.Public(), key)
	must(t, err)
	certificate, err := x509.ParseCertificate(der)
	must(t, err)
	return &issuer{certificate, key}
}

// issue makes a certificate for a host or a client, and writes it to files.
func (i *issuer) issue(t *testing.T, name string, change func(*x509.Certificate)) issued {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	must(t, err)
	form := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: time.Now().AddDate(1, 0, 0),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if change != nil {
		change(form)
	}
	der, err := x509.CreateCertificate(rand.Reader, form, i.certificate, key.Public(), i.key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	folder := t.TempDir()
	one := issued{cert: filepath.Join(folder, "cert.pem"), key: filepath.Join(folder, "key.pem")}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	must(t, os.WriteFile(one.cert, certPEM, 0o644))
	must(t, os.WriteFile(one.key, keyPEM, 0o600))
	one.Certificate, err = tls.X509KeyPair(certPEM, keyPEM)
	must(t, err)
	return one
}

// file writes the authority's certificate to a file.
func (i *issuer) file(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.certificate.Raw}), 0o644))
	return name
}

// pki is who is who in a test.
type pki struct {
	authority *issuer
	server    issued
	client    issued
	revoked   map[string]bool // serial numbers
	versions  [2]uint16       // of TLS that the server speaks
}

func newPKI(t *testing.T) *pki {
	authority := newIssuer(t, "OKMS test CA")
	return &pki{
		authority: authority, server: authority.issue(t, "server", nil), client: authority.issue(t, "collector", nil),
		revoked: map[string]bool{}, versions: [2]uint16{tls.VersionTLS12, tls.VersionTLS13},
	}
}

var errRevoked = errors.New("the certificate is revoked")

// serve starts a server that wants a client certificate of the authority, not expired and not revoked.
func (p *pki) serve(server *httptest.Server) {
	roots := x509.NewCertPool()
	roots.AddCert(p.authority.certificate)
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{p.server.Certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots,
		MinVersion: p.versions[0], MaxVersion: p.versions[1],
		VerifyConnection: func(state tls.ConnectionState) error {
			if p.revoked[state.PeerCertificates[0].SerialNumber.String()] {
				return errRevoked
			}
			return nil
		},
	}
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
}
