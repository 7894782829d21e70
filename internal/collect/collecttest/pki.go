package collecttest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"
)

var must = testhelp.Must

// Issuer is a certificate authority.
type Issuer struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Issued is a certificate with its key, and the files that hold them.
type Issued struct {
	tls.Certificate
	Cert, Key string
}

// NewIssuer makes a certificate authority.
func NewIssuer(t *testing.T, name string) *Issuer {
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
	return &Issuer{certificate, key}
}

// Issue makes a certificate for a host or a client, and writes it to files.
func (i *Issuer) Issue(t *testing.T, name string, change func(*x509.Certificate)) Issued {
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
	identity := Issued{Cert: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem")}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	must(t, os.WriteFile(identity.Cert, certPEM, 0o644))
	must(t, os.WriteFile(identity.Key, keyPEM, 0o600))
	identity.Certificate, err = tls.X509KeyPair(certPEM, keyPEM)
	must(t, err)
	return identity
}

// File writes the authority's certificate to a file.
func (i *Issuer) File(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	must(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: i.certificate.Raw}), 0o644))
	return name
}

// PKI is who is who in a test of mutual TLS.
type PKI struct {
	Authority *Issuer
	Server    Issued
	Client    Issued
	Revoked   map[string]bool // serial numbers
	Versions  [2]uint16       // of TLS that the server speaks
}

// NewPKI is a server and a client of one authority.
func NewPKI(t *testing.T) *PKI {
	authority := NewIssuer(t, "OKMS test CA")
	return &PKI{
		Authority: authority, Server: authority.Issue(t, "server", nil), Client: authority.Issue(t, "collector", nil),
		Revoked: map[string]bool{}, Versions: [2]uint16{tls.VersionTLS12, tls.VersionTLS13},
	}
}

var errRevoked = errors.New("the certificate is revoked")

// Config is of a server that wants a client certificate of the authority, not expired and not revoked.
func (p *PKI) Config() *tls.Config {
	roots := x509.NewCertPool()
	roots.AddCert(p.Authority.certificate)
	return &tls.Config{
		Certificates: []tls.Certificate{p.Server.Certificate}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots,
		MinVersion: p.Versions[0], MaxVersion: p.Versions[1],
		VerifyConnection: func(state tls.ConnectionState) error {
			if p.Revoked[state.PeerCertificates[0].SerialNumber.String()] {
				return errRevoked
			}
			return nil
		},
	}
}
