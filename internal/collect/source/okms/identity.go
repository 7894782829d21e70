package okms

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"raci-check/internal/document"
	"raci-check/internal/safefile"
)

// maxPEM is the largest file of certificates or keys that is read, in bytes.
const maxPEM = 1 << 20

// identity is who asks, and whom it believes.
type identity struct {
	certificate tls.Certificate
	file        string         // of the certificate
	roots       *x509.CertPool // nil for those of the system
	rootsFile   string
}

func readIdentity(certFile, keyFile, rootsFile string) (identity, error) {
	who := identity{file: certFile, rootsFile: rootsFile}
	certificate, err := safefile.Read(certFile, maxPEM)
	private, wrong := readPrivate(keyFile)
	if err := errors.Join(err, wrong); err != nil {
		return who, err
	}
	if who.certificate, err = tls.X509KeyPair(certificate, private); err != nil {
		return who, &document.Error{File: certFile, Message: fmt.Sprintf("with the key %s: %s", keyFile, strings.TrimPrefix(err.Error(), "tls: "))}
	}
	if rootsFile == "" {
		return who, nil
	}
	roots, err := safefile.Read(rootsFile, maxPEM)
	if err != nil {
		return who, err
	}
	who.roots = x509.NewCertPool()
	if !who.roots.AppendCertsFromPEM(roots) {
		return who, &document.Error{File: rootsFile, Message: "it has no certificate in PEM"}
	}
	return who, nil
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
