// Package signature signs bytes and verifies signatures: DSSE envelopes with Ed25519 and ECDSA P-256 keys in PEM files, as
// cosign and other tools read them. What the bytes mean is not its business.
package signature

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/safefile"
)

// ErrKey says that a key cannot be used.
var ErrKey = errors.New("cannot use this key")

// Algorithms are the names of the kinds of keys, the default first.
var Algorithms = []string{"ed25519", "ecdsa-p256"}

// The endings of the files of a key pair.
const (
	PrivateSuffix = ".key" // PKCS#8 PEM, mode 0600
	PublicSuffix  = ".pub" // PKIX PEM
)

// Far more bytes than a key has, and an envelope about a fleet of services.
const (
	maxKey      = 64 << 10
	maxEnvelope = 256 << 20
)

// PrivateKey signs.
type PrivateKey struct {
	signer crypto.Signer
	public PublicKey
}

// Public is the key that verifies what this one signs. It has no name.
func (k PrivateKey) Public() PublicKey { return k.public }

// PublicKey verifies.
type PublicKey struct {
	Name string // its file's name without .pub: what the holder is called in reports
	ID   string // its SSH fingerprint, SHA256:<base64>, which readers of DSSE such as cosign take for a key's id
	key  crypto.PublicKey
}

func Generate(algorithm string) (PrivateKey, error) {
	var (
		signer crypto.Signer
		err    error
	)
	switch algorithm {
	case "ed25519":
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa-p256":
		signer, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		err = fmt.Errorf("%w: %q is none of %s", ErrKey, algorithm, strings.Join(Algorithms, ", "))
	}
	if err != nil {
		return PrivateKey{}, fmt.Errorf("make key: %w", err)
	}
	return privateKey(signer)
}

func privateKey(signer crypto.Signer) (PrivateKey, error) {
	public, err := publicKey(signer.Public())
	return PrivateKey{signer, public}, err
}

func publicKey(key crypto.PublicKey) (PublicKey, error) {
	var wire []byte // RFC 4253, section 6.6
	field := func(value []byte) {
		wire = append(binary.BigEndian.AppendUint32(wire, uint32(len(value))), value...)
	}
	switch k := key.(type) {
	case ed25519.PublicKey: // RFC 8709
		field([]byte("ssh-ed25519"))
		field(k)
	case *ecdsa.PublicKey: // RFC 5656
		if k.Curve != elliptic.P256() {
			return PublicKey{}, fmt.Errorf("%w: its curve is %s; expected Ed25519 or ECDSA P-256", ErrKey, k.Curve.Params().Name)
		}
		point, err := k.Bytes()
		if err != nil {
			return PublicKey{}, fmt.Errorf("%w: %w", ErrKey, err)
		}
		field([]byte("ecdsa-sha2-nistp256"))
		field([]byte("nistp256"))
		field(point)
	default:
		return PublicKey{}, fmt.Errorf("%w: it is a %T; expected Ed25519 or ECDSA P-256", ErrKey, key)
	}
	sum := sha256.Sum256(wire)
	return PublicKey{ID: "SHA256:" + base64.RawStdEncoding.EncodeToString(sum[:]), key: key}, nil
}

// WriteNew writes a key pair, NAME.key and NAME.pub. A file that is there is never overwritten; where one of the two cannot be
// written, neither is left behind.
func (k PrivateKey) WriteNew(name string) error {
	private, err := x509.MarshalPKCS8PrivateKey(k.signer)
	if err != nil {
		return fmt.Errorf("encode private key: %w", err)
	}
	public, err := x509.MarshalPKIXPublicKey(k.public.key)
	if err != nil {
		return fmt.Errorf("encode public key: %w", err)
	}
	folder, base := filepath.Split(name)
	err = safefile.ReplaceAll(filepath.Clean(folder), []safefile.Change{
		{Path: base + PublicSuffix, After: pem.EncodeToMemory(&pem.Block{Type: publicBlock, Bytes: public})},
		{Path: base + PrivateSuffix, After: pem.EncodeToMemory(&pem.Block{Type: privateBlock, Bytes: private}), Mode: safefile.Private},
	})
	if err != nil {
		return fmt.Errorf("write key: %w", err)
	}
	return nil
}

// The kinds of PEM blocks.
const (
	privateBlock = "PRIVATE KEY"
	publicBlock  = "PUBLIC KEY"
)

// ReadPrivate reads a private key in PKCS#8 PEM from a regular file that nobody but its owner can read.
func ReadPrivate(name string) (PrivateKey, error) {
	block, err := readBlock(name, privateBlock)
	if err != nil {
		return PrivateKey{}, err
	}
	key, err := x509.ParsePKCS8PrivateKey(block)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("%s: %w: %w", name, ErrKey, err)
	}
	signer, signs := key.(crypto.Signer)
	if !signs {
		return PrivateKey{}, fmt.Errorf("%s: %w: it is a %T, which does not sign", name, ErrKey, key)
	}
	private, err := privateKey(signer)
	if err != nil {
		return PrivateKey{}, fmt.Errorf("%s: %w", name, err)
	}
	return private, nil
}

// ReadPublic reads a public key in PKIX PEM.
func ReadPublic(name string) (PublicKey, error) {
	block, err := readBlock(name, publicBlock)
	if err != nil {
		return PublicKey{}, err
	}
	key, err := x509.ParsePKIXPublicKey(block)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%s: %w: %w", name, ErrKey, err)
	}
	public, err := publicKey(key)
	if err != nil {
		return PublicKey{}, fmt.Errorf("%s: %w", name, err)
	}
	public.Name = strings.TrimSuffix(filepath.Base(name), PublicSuffix)
	return public, nil
}

// ReadPublics reads public keys from files and from folders of *.pub. No key comes twice.
func ReadPublics(names []string) ([]PublicKey, error) {
	files, err := PublicFiles(names)
	if err != nil {
		return nil, err
	}
	var keys []PublicKey
	from := map[string]string{}
	for _, file := range files {
		key, err := ReadPublic(file)
		if err != nil {
			return nil, err
		}
		if other, twice := from[key.ID]; twice {
			return nil, fmt.Errorf("%w: %s and %s are the same key", ErrKey, other, file)
		}
		keys, from[key.ID] = append(keys, key), file
	}
	return keys, nil
}

func PublicFiles(names []string) ([]string, error) {
	var files []string
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("read key: %w", err)
		}
		if !info.IsDir() {
			files = append(files, name)
			continue
		}
		matches, err := filepath.Glob(filepath.Join(escapeGlob(name), "*"+PublicSuffix))
		if err != nil {
			return nil, fmt.Errorf("read keys: %w", err)
		}
		if len(matches) == 0 {
			return nil, fmt.Errorf("%w: there is no *%s in the folder %s", ErrKey, PublicSuffix, name)
		}
		slices.Sort(matches)
		files = append(files, matches...)
	}
	return files, nil
}

// readBlock reads the only PEM block of a file, written as pem.Encode writes it, so that no byte of the file is without
// meaning. A private key is its owner's alone.
func readBlock(name, kind string) ([]byte, error) {
	if strings.Contains(name, "-----BEGIN") {
		return nil, fmt.Errorf("%w: a key is never given on the command line, where others can read it: name its file", ErrKey)
	}
	file, info, err := safefile.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := safefile.ReadAll(file, maxKey)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", name, ErrKey, err)
	}
	exposed := safefile.OwnerOnly(info)
	block, _ := pem.Decode(data)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%s: %w: it has no PEM block; expected a %s", name, ErrKey, kind)
	case block.Type != kind:
		return nil, fmt.Errorf("%s: %w: it has a %s, expected a %s%s", name, ErrKey, printable(block.Type), kind, remedies[block.Type])
	case kind == privateBlock && exposed != nil:
		return nil, fmt.Errorf("%s: %w: %w, and make a new key if they could have read it", name, ErrKey, exposed)
	case !bytes.Equal(data, pem.EncodeToMemory(block)):
		return nil, fmt.Errorf("%s: %w: it has more than one %s, or is not in the form of PEM; `openssl pkey` writes it again", name, ErrKey, kind)
	}
	return block.Bytes, nil
}

func ReadFile(name string) ([]byte, error) { return safefile.Read(name, maxEnvelope) }

// remedies say how to turn what people have into what is expected.
var remedies = map[string]string{
	"EC PRIVATE KEY":        "; openssl pkcs8 -topk8 -nocrypt converts it",
	"ENCRYPTED PRIVATE KEY": "; openssl pkcs8 -topk8 -nocrypt converts it",
	privateBlock:            "; to verify, use the public key, NAME.pub",
	publicBlock:             "; to sign, use the private key, NAME.key",
}

// printable keeps a long text from outside short.
func printable(text string) string {
	if len(text) > 40 {
		return text[:40] + "…"
	}
	return text
}

// escapeGlob makes the special characters of a folder's name plain.
func escapeGlob(name string) string {
	if runtime.GOOS == "windows" {
		return name
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}
