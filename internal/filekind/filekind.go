// Package filekind says what a file is by its beginning, where that is plainly neither YAML that somebody wrote nor what a command
// asked for: a report, an archive, a document, an encrypted file.
package filekind

import (
	"bytes"
	"regexp"
	"strings"
)

// Kind is what a file is, and what to do with it. The zero Kind is a file of which nothing is known.
type Kind struct {
	Is     string // such as "a PDF file"
	Advice string
}

func (k Kind) String() string { return "this is " + k.Is + ": " + k.Advice }

const (
	Decrypt  = "decrypt it first, and pass the plain file"
	Evidence = "pass the evidence that it was made of"
	Reports  = "pass the evidence that it was made of; render, diff, sample and verify read reports"
	attach   = "write YAML; `raci-check attach` stores such a file with the evidence"
	unpack   = "unpack it first, and pass what is in it"
	write    = "pass a YAML file"
)

// sniffed is how many bytes of a file say what it is.
const sniffed = 512

// kinds are told by these beginnings: those of text, in lower case, after white space; and those of bytes.
var kinds = []struct {
	beginning string
	Kind
}{
	{"<!doctype html", Kind{"an HTML page", "if it is a report, " + Evidence}},
	{"<html", Kind{"an HTML page", "if it is a report, " + Evidence}},
	{"<?xml", Kind{"an XML file", attach}},
	{"%pdf-", Kind{"a PDF file", attach}},
	{"PK\x03\x04", Kind{"a ZIP archive or an Office document", attach}},
	{"\xd0\xcf\x11\xe0", Kind{"an Office document", attach}},
	{"{\\rtf", Kind{"a text document (RTF)", attach}},
	{"\x1f\x8b", Kind{"a gzip archive", unpack}},
	{"bzh91ay", Kind{"a bzip2 archive", unpack}},
	{"\xfd7zXZ", Kind{"an xz archive", unpack}},
	{"\x28\xb5\x2f\xfd", Kind{"a zstd archive", unpack}},
	{"7z\xbc\xaf", Kind{"a 7z archive", unpack}},
	{"\x89PNG", Kind{"an image", attach}},
	{"\xff\xd8\xff", Kind{"an image", attach}},
	{"\x7fELF", Kind{"a program", write}},
	{"begin:vcalendar", Kind{"a calendar", write}},
	{"at,service_id,service,region,activity,", Kind{"a report of raci-check (CSV)", Evidence}},
	{"age-encryption.org/", Kind{"a file encrypted with age", Decrypt + " (age --decrypt)"}},
	{"-----begin age encrypted file", Kind{"a file encrypted with age", Decrypt + " (age --decrypt)"}},
	{"-----begin pgp message", Kind{"a file encrypted with PGP", Decrypt + " (gpg --decrypt)"}},
	{"-----begin cms", Kind{"an encrypted file", Decrypt}},
	{"-----begin pkcs7", Kind{"an encrypted file", Decrypt}},
	{"-----begin ", Kind{"a key or a certificate (PEM)", write}},
	{"salted__", Kind{"a file encrypted with openssl", Decrypt}},
	{"$ansible_vault;", Kind{"a file encrypted with Ansible Vault", Decrypt + " (ansible-vault decrypt)"}},
}

// patterns are those of reports that begin less plainly.
var patterns = []struct {
	*regexp.Regexp
	Kind
}{
	{regexp.MustCompile(`^\{\s*"schema"\s*:\s*"raci-check/assessment/`), Kind{"a report of raci-check (JSON)", Reports}},
	{regexp.MustCompile(`^\{\s*"assessment"\s*:\s*\{\s*"schema"\s*:\s*"raci-check/`), Kind{"a report of raci-check (NDJSON)", Reports}},
	{regexp.MustCompile(`^\{\s*"\$schema"\s*:\s*"[^"]*sarif`), Kind{"a report in SARIF", Evidence}},
	{regexp.MustCompile(`^\{\s*"(assessment-(results|plan)|system-security-plan|mapping-collection)"`), Kind{"a report in OSCAL", Evidence}},
	{regexp.MustCompile(`^\{\s*"payloadType"\s*:`), Kind{"a signature", "verify reads it, with the report that it is about"}},
	{regexp.MustCompile(`^## raci-check: `), Kind{"a report of raci-check (Markdown)", Evidence}},
	{regexp.MustCompile(`(?s)^(PASS|FAIL|WAIVED|ERROR|NO VERDICT) .*assessed +[-0-9T:.Z]+ by raci-check `), Kind{"a report of raci-check (text)", Evidence}},
	{regexp.MustCompile(`^::(error|warning|notice) file=`), Kind{"a report of raci-check (GitHub annotations)", Evidence}},
	{regexp.MustCompile(`(?s)^\[\s*\{.*"check_name"\s*:`), Kind{"a report of code quality (GitLab)", Evidence}},
}

// Of says what a file is whose bytes begin so; the zero Kind for what may be YAML that somebody wrote, or JSON.
func Of(data []byte) Kind {
	head := data[:min(len(data), sniffed)]
	start := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\uFEFF")), " \t\r\n")
	if len(start) == 0 || start[0] == '#' && !bytes.HasPrefix(start, []byte("##")) || bytes.HasPrefix(start, []byte("api_version")) {
		return Kind{}
	}
	text := strings.ToLower(string(start[:min(len(start), 40)]))
	for _, k := range kinds {
		if strings.HasPrefix(text, k.beginning) || bytes.HasPrefix(start, []byte(k.beginning)) {
			return k.Kind
		}
	}
	for _, p := range patterns {
		if p.Match(start) {
			return p.Kind
		}
	}
	if bytes.Count(head, []byte{0}) >= manyZeros && !isUTF16(head) {
		return Kind{"a binary file", write}
	}
	return Kind{}
}

// manyZeros is how many zero bytes are no slip in a text.
const manyZeros = 8

// isUTF16 reports whether a text begins with a byte order mark of UTF-16, or has a zero byte in its first letter.
func isUTF16(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) || head[0] == 0 || head[1] == 0
}
