package selfcheck_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/selfcheck"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/testhelp"
)

const other = "0000000000000000000000000000000000000000000000000000000000000000"

func TestListsThatAreNotAsSha256sumWritesThem(t *testing.T) {
	for text, says := range map[string]string{
		"":                   "SUMS:1:1: not a list as sha256sum writes it: it is empty",
		other + "  a\n\n":    "SUMS:2:1: not a list as sha256sum writes it: expected 64 digits",
		other[:63] + "  a\n": "SUMS:1:1: ",
		strings.ToUpper("ab") + other[2:] + "  a\n": "expected 64 digits",
		other + " a\n":                    "expected 64 digits",
		"SHA256 (a) = " + other + "\n":    "sha256sum --tag",
		`\` + other + "  a\\nb\n":         "a backslash or a line break",
		other + "  a\r\n":                 "the line end of Windows",
		other + "  a\n" + other + "  a\n": "SUMS:2:1: not a list as sha256sum writes it: line 1 has the same name",
	} {
		if entries, err := selfcheck.Parse("SUMS", []byte(text)); !errors.Is(err, selfcheck.ErrList) || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, %v; wanted %q", text, entries, err, says)
		}
	}
	entries, err := selfcheck.Parse("SUMS", []byte(other+"  a b\n"+other+" *c"))
	if err != nil || len(entries) != 2 || entries[0].Name != "a b" || entries[1].Name != "c" {
		t.Errorf("%v, %v", entries, err)
	}
}

type signer struct {
	private signature.PrivateKey
	public  signature.PublicKey
}

func newSigner(t *testing.T, name string) signer {
	t.Helper()
	key, err := signature.Generate("ed25519")
	testhelp.Must(t, err)
	public := key.Public()
	public.Name = name
	return signer{key, public}
}

func sign(t *testing.T, list string, signers ...signer) []byte {
	t.Helper()
	var envelope []byte
	for _, s := range signers {
		var err error
		envelope, err = attest.SignChecksums("SUMS", []byte(list), s.private, envelope)
		testhelp.Must(t, err)
	}
	return envelope
}

func TestAProgramPassesOnlyInASignedList(t *testing.T) {
	program := filepath.Join(t.TempDir(), "raci-check")
	testhelp.Put(t, program, "a program")
	link := program + "-link"
	testhelp.Must(t, os.Symlink(program, link))
	alice, bob := newSigner(t, "alice"), newSigner(t, "bob")
	good := other + "  raci-check-windows\n" + safefile.Sum([]byte("a program")) + "  raci-check-linux\n"
	bad := other + "  raci-check\n"
	evidence, err := attest.SignEvidence("SUMS", []byte(good), alice.private, nil)
	testhelp.Must(t, err)
	keys := func(signers ...signer) (list []signature.PublicKey) {
		for _, s := range signers {
			list = append(list, s.public)
		}
		return list
	}
	for name, test := range map[string]struct {
		request selfcheck.Request
		passes  bool
		says    string
	}{
		"signed by all":             {selfcheck.Request{List: []byte(good), Envelope: sign(t, good, alice, bob), Keys: keys(alice, bob)}, true, "is in the list as raci-check-linux"},
		"signed by as many as must": {selfcheck.Request{List: []byte(good), Envelope: sign(t, good, bob), Keys: keys(alice, bob), Threshold: 1}, true, "1 signed, 1 expected: bob"},
		"by way of a link":          {selfcheck.Request{List: []byte(good), Envelope: sign(t, good, bob), Keys: keys(bob), Program: link}, true, "raci-check-linux"},
		"one signature is missing":  {selfcheck.Request{List: []byte(good), Envelope: sign(t, good, alice), Keys: keys(alice, bob)}, false, "1 signed, 2 expected; not signed by bob"},
		"signed by somebody else":   {selfcheck.Request{List: []byte(good), Envelope: sign(t, good, bob), Keys: keys(alice)}, false, "not signed by any of the given keys"},
		"another list was signed":   {selfcheck.Request{List: []byte(good), Envelope: sign(t, bad, alice), Keys: keys(alice)}, false, "it is about another file, or the file was changed or renamed since"},
		"signed as evidence":        {selfcheck.Request{List: []byte(good), Envelope: evidence, Keys: keys(alice)}, false, "it is about another file"},
		"not in the list":           {selfcheck.Request{List: []byte(bad), Envelope: sign(t, bad, alice), Keys: keys(alice)}, false, "is not in the list"},
	} {
		if test.request.Program == "" {
			test.request.Program = program
		}
		test.request.Name = "SUMS"
		result, err := selfcheck.Check(test.request)
		if err != nil || result.Passes() != test.passes || !strings.Contains(result.Text(), test.says) {
			t.Errorf("%s: %v, %+v; wanted %q", name, err, result, test.says)
		}
		if err == nil && strings.HasPrefix(result.Text(), "PASSES") != test.passes {
			t.Errorf("%s: it says\n%s", name, result.Text())
		}
	}
	for name, request := range map[string]selfcheck.Request{
		"no key":              {List: []byte(good), Envelope: sign(t, good, alice), Program: program},
		"too many must sign":  {List: []byte(good), Envelope: sign(t, good, alice), Keys: keys(alice), Threshold: 2, Program: program},
		"no envelope":         {List: []byte(good), Envelope: []byte("x"), Keys: keys(alice), Program: program},
		"no list":             {List: []byte("x"), Envelope: sign(t, "x", alice), Keys: keys(alice), Program: program},
		"a program that left": {List: []byte(good), Envelope: sign(t, good, alice), Keys: keys(alice), Program: program + "-gone"},
	} {
		request.Name = "SUMS"
		if result, err := selfcheck.Check(request); err == nil {
			t.Errorf("%s: %+v, wanted an error", name, result)
		}
	}
}
