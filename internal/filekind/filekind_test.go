package filekind_test

import (
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/filekind"
)

func TestOf(t *testing.T) {
	for content, is := range map[string]string{
		"\ufeff \n<!DOCTYPE html>": "an HTML page", "<HTML>": "an HTML page", "<?xml version": "an XML file", "%PDF-1.7\n": "a PDF file",
		"PK\x03\x04\x14": "a ZIP archive or an Office document", "\x1f\x8b\x08\x00": "a gzip archive", "\x89PNG\r\n": "an image", "\x7fELF\x02": "a program",
		"age-encryption.org/v1\n-> X25519": "a file encrypted with age", "-----BEGIN AGE ENCRYPTED FILE-----": "a file encrypted with age",
		"-----BEGIN PGP MESSAGE-----": "a file encrypted with PGP", "$ANSIBLE_VAULT;1.1;AES256\n": "a file encrypted with Ansible Vault", "Salted__x": "a file encrypted with openssl",
		"-----BEGIN CERTIFICATE-----": "a key or a certificate (PEM)", "BEGIN:VCALENDAR": "a calendar",
		"{\n  \"schema\": \"raci-check/assessment/v1\"": "a report of raci-check (JSON)", `{"assessment":{"schema":"raci-check/ndjson/v1"`: "a report of raci-check (NDJSON)",
		`{"$schema": "https://docs.oasis-open.org/sarif/x"`: "a report in SARIF", `{"assessment-plan": {`: "a report in OSCAL", `{"system-security-plan": {`: "a report in OSCAL", `{"payloadType":"x"`: "a signature",
		"## raci-check: FAIL\n": "a report of raci-check (Markdown)", "FAIL a: 1\n  assessed   2026-11-20T00:00:00Z by raci-check 0.2.0": "a report of raci-check (text)",
		"::error file=a,line=1": "a report of raci-check (GitHub annotations)", "[\n  {\n \"check_name\": \"a\"": "a report of code quality (GitLab)",
		"at,service_id,service,region,activity,duty": "a report of raci-check (CSV)", "archive.yaml\x00\x00\x00\x00\x00\x00\x00\x00": "a binary file",
		// What may be YAML or JSON.
		"": "", "api_version: raci-check/v1\n": "", "# <html>\n": "", "## init\n": "", "<<: {a: 1}\n": "", "{\"api_version\": \"raci-check/v1\"}": "", "[1]": "", "- a\n": "", "---\na: 1\n": "",
		strings.Repeat("a\x00", 9): "", "\xff\xfea\x00p\x00": "", "a: \"\x00\"": "", "a\x00p\x00": "", "\x00a\x00p": "", "PASS: 1\n": "", "at,x: 1\n": "", "a: 1\n" + strings.Repeat("# x\n", 200) + "\x00": "",
	} {
		kind := filekind.Of([]byte(content))
		if kind.Is != is || (kind.Advice == "") != (is == "") {
			t.Errorf("%q is %q, advice %q", content, kind.Is, kind.Advice)
		}
	}
	if says := filekind.Of([]byte("%PDF-")).String(); says != "this is a PDF file: write YAML; `raci-check attach` stores such a file with the evidence" {
		t.Error(says)
	}
}
