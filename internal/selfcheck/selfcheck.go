// Package selfcheck says whether a program is one of those in a signed list of checksums.
package selfcheck

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/signature"
)

const (
	MaxList    = 1 << 20
	maxProgram = 1 << 30
)

// ErrList says that a file is no list of checksums.
var ErrList = errors.New("not a list as sha256sum writes it")

// Entry is a line of a list.
type Entry struct{ SHA256, Name string }

// line is the digest, a space, a space or the asterisk of binary mode, and the name.
var line = regexp.MustCompile(`^([0-9a-f]{64}) [ *](.+)$`)

// Parse reads a list as sha256sum writes it: a digest and a name on each line. Anything else is ErrList with its place.
func Parse(file string, content []byte) ([]Entry, error) {
	refuse := func(number int, why string) error {
		return fmt.Errorf("%s:%d:1: %w: %s; write it with sha256sum FILE…", file, number, ErrList, why)
	}
	if len(content) == 0 {
		return nil, refuse(1, "it is empty")
	}
	var entries []Entry
	names := map[string]int{}
	for i, text := range strings.Split(strings.TrimSuffix(string(content), "\n"), "\n") {
		match := line.FindStringSubmatch(text)
		switch {
		case strings.HasPrefix(text, "SHA256 ("):
			return nil, refuse(i+1, "the form of sha256sum --tag")
		case strings.HasPrefix(text, `\`):
			return nil, refuse(i+1, "a name with a backslash or a line break")
		case match == nil:
			return nil, refuse(i+1, "expected 64 digits of a SHA-256, two spaces and a name")
		case strings.ContainsFunc(match[2], func(r rune) bool { return r < ' ' || r == 0x7f }):
			return nil, refuse(i+1, "a name with a control character, such as the line end of Windows")
		case names[match[2]] > 0:
			return nil, refuse(i+1, fmt.Sprintf("line %d has the same name", names[match[2]]))
		}
		names[match[2]] = i + 1
		entries = append(entries, Entry{match[1], match[2]})
	}
	return entries, nil
}

// Request is what is to be checked.
type Request struct {
	Name     string // of the list
	List     []byte
	Envelope []byte // of its signatures
	Keys     []signature.PublicKey
	// Threshold is how many of the keys must have signed; 0 for all of them.
	Threshold int
	Program   string // its file
}

// Result is what was seen, in the order of the steps.
type Result struct {
	Program string
	// SignedBy are the keys that have signed; Wanted is how many must have. Refused says why the signatures are not accepted.
	SignedBy []string
	Wanted   int
	Refused  error
	// SHA256 is the digest of the program, and Listed the name that the list gives it; both are empty where the list is not
	// accepted, and Listed where the program is not in it.
	SHA256, Listed string
}

// Passes reports whether the list is signed as asked, and the program is in it.
func (r *Result) Passes() bool { return r.Refused == nil && r.Listed != "" }

// Check verifies the signatures of the list, and only then looks for the program in it. An error means that the question could
// not be answered.
func Check(r Request) (*Result, error) {
	if len(r.Keys) == 0 {
		return nil, errors.New("no key: a list that nobody is asked to have signed says nothing")
	}
	if r.Threshold == 0 {
		r.Threshold = len(r.Keys)
	}
	if r.Threshold < 0 || r.Threshold > len(r.Keys) {
		return nil, fmt.Errorf("%d of %d keys cannot have signed: give a threshold from 1 to the number of keys", r.Threshold, len(r.Keys))
	}
	result := &Result{Program: r.Program, Wanted: r.Threshold}
	var err error
	result.SignedBy, err = attest.ReleasersOf(r.Name, safefile.Sum(r.List), r.Envelope, r.Keys)
	switch {
	case errors.Is(err, signature.ErrEnvelope):
		return nil, err
	case err != nil:
		result.Refused = err
		return result, nil
	case len(result.SignedBy) < r.Threshold:
		result.Refused = fmt.Errorf("%d signed, %d expected; not signed by %s", len(result.SignedBy), r.Threshold, strings.Join(absent(r.Keys, result.SignedBy), ", "))
		return result, nil
	}
	entries, err := Parse(r.Name, r.List)
	if err != nil {
		return nil, err
	}
	if result.SHA256, err = digest(r.Program); err != nil {
		return nil, fmt.Errorf("read the program: %w", err)
	}
	if at := slices.IndexFunc(entries, func(e Entry) bool { return e.SHA256 == result.SHA256 }); at >= 0 {
		result.Listed = entries[at].Name
	}
	return result, nil
}

func absent(keys []signature.PublicKey, signed []string) (names []string) {
	for _, key := range keys {
		if !slices.Contains(signed, key.Name) {
			names = append(names, key.Name)
		}
	}
	return names
}

// digest is the sha256 of a program. Its name may be a link, as package managers install programs.
func digest(program string) (string, error) {
	file, err := filepath.EvalSymlinks(program)
	if err != nil {
		return "", err
	}
	folder, err := safefile.OpenFolder(filepath.Dir(file))
	if err != nil {
		return "", err
	}
	defer folder.Close()
	sum, err := folder.Digest(filepath.Base(file), maxProgram, 0)
	return sum.SHA256, err
}

// Self is the file of the running program.
func Self() (string, error) {
	program, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the file of this program: %w", err)
	}
	return program, nil
}

// Text says what was seen, one step on each line.
func (r *Result) Text() string {
	var text bytes.Buffer
	verdict := "PASSES"
	if !r.Passes() {
		verdict = "FAILS"
	}
	fmt.Fprintf(&text, "%s %s\n", verdict, r.Program)
	switch {
	case r.Refused != nil:
		fmt.Fprintf(&text, "  fails       signatures  %v\n  not checked program     the list is not accepted\n", r.Refused)
	case r.Listed == "":
		fmt.Fprintf(&text, "  passes      signatures  %d signed, %d expected: %s\n", len(r.SignedBy), r.Wanted, strings.Join(r.SignedBy, ", "))
		fmt.Fprintf(&text, "  fails       program     its sha256 %s is not in the list: it is another version or platform, or it was changed\n", r.SHA256)
	default:
		fmt.Fprintf(&text, "  passes      signatures  %d signed, %d expected: %s\n", len(r.SignedBy), r.Wanted, strings.Join(r.SignedBy, ", "))
		fmt.Fprintf(&text, "  passes      program     sha256 %s is in the list as %s\n", r.SHA256, r.Listed)
	}
	text.WriteString("  not checked here: whose a key is. A program that was changed can lie about itself: let another one check it, such as sha256sum\n")
	return text.String()
}
