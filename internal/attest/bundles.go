package attest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/sigstore"
	"github.com/raci-check/raci-check/internal/timestamp"
)

// BundleSuffix ends the name of a Sigstore bundle.
const BundleSuffix = ".sigstore.json"

// MaxBundles is how many signatures of an envelope have a bundle.
const MaxBundles = 100

// BundleName is the file with the Sigstore bundle of a signature, counted from 0, of the envelope in a file. It is called as the
// envelope is, with the signature's number, from 1, and BundleSuffix in place of Suffix.
func BundleName(envelope string, index int) string {
	return strings.TrimSuffix(envelope, Suffix) + "." + strconv.Itoa(index+1) + BundleSuffix
}

// ReadBundles reads the bundles beside an envelope, as bytes, in the order of its signatures; nil for one that is not there. What
// cannot be read as an envelope has none.
func ReadBundles(file string, envelope []byte, read func(name string) ([]byte, error)) ([][]byte, error) {
	e, err := signature.DecodeAny(envelope)
	if err != nil {
		return nil, nil // whoever reads the envelope says so
	}
	bundles := make([][]byte, min(len(e.Signatures), MaxBundles))
	for i := range bundles {
		content, err := read(BundleName(file, i))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("read Sigstore bundle: %w", err)
		}
		bundles[i] = content
	}
	return bundles, nil
}

// Envelope is an envelope in a file, with the bundles beside it.
type Envelope struct {
	file    string
	content []byte // nil where there is no file yet
	parsed  *signature.Envelope
	read    [][]byte           // the bundles as they are in their files
	bundles []*sigstore.Bundle // of the signatures; nil for one that has none yet
	tokens  []*timestamp.Token // that are new
}

// openEnvelope reads an envelope, which need not be there yet, and its bundles. A bundle of another signature, such as one that
// an earlier envelope left behind, counts as none.
func openEnvelope(file string) (*Envelope, error) {
	e := &Envelope{file: file}
	var err error
	if e.content, err = signature.ReadFile(file); errors.Is(err, fs.ErrNotExist) {
		return e, nil
	} else if err != nil {
		return nil, err
	}
	if e.parsed, err = signature.Decode(e.content); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if e.read, err = ReadBundles(file, e.content, signature.ReadFile); err != nil {
		return nil, err
	}
	e.bundles = make([]*sigstore.Bundle, len(e.read))
	for i, content := range e.read {
		if content == nil {
			continue
		}
		b, err := sigstore.Decode(content)
		if err != nil {
			return nil, fmt.Errorf("%s: %w: remove it, and sign writes it again without its time stamp", BundleName(file, i), err)
		}
		if b.Same(sigstore.Of(e.parsed, i)) {
			e.bundles[i] = b
		}
	}
	return e, nil
}

// write puts the envelope and the bundles of all its signatures into their files: all, or none. It answers the names of the
// files that it wrote.
func (e *Envelope) write(content []byte) ([]string, error) {
	var err error
	if e.parsed, err = signature.Decode(content); err != nil {
		return nil, err
	}
	folder, base := filepath.Split(e.file)
	var changes []safefile.Change
	change := func(name string, before, after []byte) {
		if before == nil || !slices.Equal(before, after) {
			changes = append(changes, safefile.Change{Path: name, Before: before, After: after})
		}
	}
	change(base, e.content, content)
	for i := range min(len(e.parsed.Signatures), MaxBundles) {
		b := sigstore.Of(e.parsed, i)
		if i < len(e.bundles) && e.bundles[i] != nil {
			b = e.bundles[i]
		}
		var before []byte
		name := BundleName(base, i)
		if i < len(e.read) {
			before = e.read[i]
		} else if before, err = signature.ReadFile(BundleName(e.file, i)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("replace Sigstore bundle: %w", err)
		}
		after, err := b.Encode()
		if err != nil {
			return nil, err
		}
		change(name, before, after)
	}
	if err := safefile.ReplaceAll(filepath.Clean(folder), changes); err != nil {
		return nil, fmt.Errorf("write attestation: %w", err)
	}
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = filepath.Join(folder, c.Path)
	}
	return names, nil
}

// removeEnvelope takes away an envelope and all bundles beside it.
func removeEnvelope(file string) error {
	folder, base := filepath.Split(file)
	entries, err := os.ReadDir(filepath.Clean(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name() != base && !isBundleOf(base, entry.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// isBundleOf reports whether a name is that of a bundle of some signature of an envelope.
func isBundleOf(envelope, name string) bool {
	number, isBundle := strings.CutSuffix(name, BundleSuffix)
	number, isOurs := strings.CutPrefix(number, strings.TrimSuffix(envelope, Suffix)+".")
	index, err := strconv.Atoi(number)
	return isBundle && isOurs && err == nil && index > 0 && BundleName(envelope, index-1) == name
}
