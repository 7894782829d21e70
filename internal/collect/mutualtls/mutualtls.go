// Package mutualtls has what the sources share that show a client certificate: its files, how connections use it, and what a
// failed handshake means.
package mutualtls

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/safefile"
)

// maxPEM is the largest file of certificates or keys that is read, in bytes.
const maxPEM = 1 << 20

var Options = []collect.Option{
	{Name: "cert", Usage: "`file` with the client certificate, in PEM", Required: true, Path: true},
	{Name: "key", Usage: "`file` with its private key, in PEM, that only its owner can read", Required: true, Path: true},
	{Name: "ca", Usage: "`file` with the CA certificates to trust for the server, in PEM (default: those of the system)", Path: true},
}

// Identity is who asks, and whom it believes. Without a certificate it shows none.
type Identity struct {
	Certificate tls.Certificate
	File        string         // of the certificate
	Roots       *x509.CertPool // nil for those of the system
	RootsFile   string
}

// Read reads the files that Options name.
func Read(values collect.Values) (Identity, error) {
	identity := Identity{File: values.Text("cert"), RootsFile: values.Text("ca")}
	keyFile := values.Text("key")
	certificate, err := safefile.Read(identity.File, maxPEM)
	private, wrong := readPrivate(keyFile)
	if err := errors.Join(err, wrong); err != nil {
		return identity, err
	}
	if identity.Certificate, err = tls.X509KeyPair(certificate, private); err != nil {
		return identity, &document.Error{File: identity.File, Message: fmt.Sprintf("with the key %s: %s", keyFile, strings.TrimPrefix(err.Error(), "tls: "))}
	}
	identity.Roots, err = readRoots(identity.RootsFile)
	return identity, err
}

// ReadTrust reads whom one believes that shows no certificate.
func ReadTrust(values collect.Values) (Identity, error) {
	identity := Identity{RootsFile: values.Text("ca")}
	var err error
	identity.Roots, err = readRoots(identity.RootsFile)
	return identity, err
}

// readRoots reads certificates of authorities; nil where no file is named.
func readRoots(name string) (*x509.CertPool, error) {
	if name == "" {
		return nil, nil
	}
	content, err := safefile.Read(name, maxPEM)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return nil, &document.Error{File: name, Message: "it has no certificate in PEM"}
	}
	return roots, nil
}

// readPrivate reads a private key that nobody but its owner can read.
func readPrivate(name string) ([]byte, error) {
	content, err := safefile.ReadSecret(name)
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	block, _ := pem.Decode(content)
	if block != nil && (block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED")) {
		return nil, &document.Error{File: name, Message: "the private key is encrypted: give one without a passphrase, in a file that only its owner can read"}
	}
	return content, nil
}

// Config is how connections are made: with the certificate, to servers that the identity's roots vouch for, or others where it has none.
func (i Identity) Config(defaultRoots *x509.CertPool) *tls.Config {
	return &tls.Config{
		RootCAs: cmp.Or(i.Roots, defaultRoots), MinVersion: tls.VersionTLS12,
		// It is shown to any server that the roots vouch for: one that knows another authority shall say so.
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &i.Certificate, nil },
	}
}

// Explained says what a person can do about a handshake that failed; nil for other errors.
func (i Identity) Explained(err error) error {
	var untrusted *tls.CertificateVerificationError
	leaf := i.Certificate.Leaf
	switch alert := httpget.Refused(err); {
	case alert != nil && leaf == nil:
		return fmt.Errorf("the server ended the connection (%w): does it accept requests without a client certificate?", alert)
	case alert != nil:
		return fmt.Errorf("the server does not accept the client certificate (%w): %s is of %q, issued by %q, valid from %s to %s; is it of this domain, and not revoked?",
			alert, i.File, leaf.Subject, leaf.Issuer, leaf.NotBefore.UTC().Format(time.RFC3339), leaf.NotAfter.UTC().Format(time.RFC3339))
	case errors.As(err, &untrusted):
		trusted := "the system's certificates"
		if i.RootsFile != "" {
			trusted = i.RootsFile
		}
		return fmt.Errorf("the server's certificate is not trusted, by %s: %w", trusted, untrusted.Err)
	}
	return nil
}

// ToCheck is what to look at where a server does not know the identity.
func (i Identity) ToCheck() string {
	if i.Certificate.Leaf == nil { // of a session, which has none
		return "check that the certificate is one of this domain, not expired and not revoked"
	}
	return fmt.Sprintf("check that %s is a certificate of this domain, not expired (it ends %s) and not revoked", i.File, i.Certificate.Leaf.NotAfter.UTC().Format(time.RFC3339))
}
