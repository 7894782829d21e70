package okms

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"raci-check/internal/collect"
	"raci-check/internal/document"
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
	certificate, err := collect.ReadFile(certFile, maxPEM)
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
	roots, err := collect.ReadFile(rootsFile, maxPEM)
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
	refuse := func(message string) ([]byte, error) { return nil, &document.Error{File: name, Message: message} }
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the private key: %w", err)
	case !info.Mode().IsRegular():
		return refuse("not a regular file")
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return refuse(fmt.Sprintf("others than its owner can use this private key (mode %04o): run chmod 600 on it", info.Mode().Perm()))
	}
	content, err := io.ReadAll(io.LimitReader(file, maxPEM))
	if err != nil {
		return nil, fmt.Errorf("read the private key: %w", err)
	}
	block, _ := pem.Decode(content)
	if block != nil && (block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED")) {
		return refuse("the private key is encrypted: give one without a passphrase, in a file that only its owner can read")
	}
	return content, nil
}
