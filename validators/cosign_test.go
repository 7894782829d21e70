package validators

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raci-check/internal/attest"
	"raci-check/internal/signature"
)

// cosign accepts a signed report with the public key alone, and refuses it where a byte of report, envelope or key is another.
func TestCosign(t *testing.T) {
	need(t)
	report := signable(t)
	for _, algorithm := range signature.Algorithms {
		t.Run(algorithm, func(t *testing.T) {
			folder := t.TempDir()
			t.Setenv("HOME", folder) // cosign keeps a cache there
			file := filepath.Join(folder, "report.json")
			envelope := file + attest.Suffix
			keys := map[string]string{}
			for _, name := range []string{"signer", "other"} {
				key, err := signature.Generate(algorithm)
				if err != nil {
					t.Fatal(err)
				}
				keys[name] = filepath.Join(folder, name+signature.PublicSuffix)
				if err := key.WriteNew(filepath.Join(folder, name)); err != nil {
					t.Fatal(err)
				}
				if name == "other" {
					continue
				}
				signed, err := attest.SignReport(file, report, key, nil)
				if err != nil {
					t.Fatal(err)
				}
				write(t, file, report)
				write(t, envelope, signed)
			}
			verify := func(key, envelope, file string) (string, error) {
				return run("bin/cosign", "verify-blob-attestation", "--key", key, "--signature", envelope, "--insecure-ignore-tlog=true",
					"--type", attest.TestResultType, file)
			}
			if out, err := verify(keys["signer"], envelope, file); err != nil || !strings.Contains(out, "Verified OK") {
				t.Errorf("refused: %v\n%s", err, out)
			}
			// An approver's signature beside it takes nothing away.
			approver, err := signature.Generate(signature.Algorithms[0])
			if err != nil {
				t.Fatal(err)
			}
			signed, err := os.ReadFile(envelope)
			if err != nil {
				t.Fatal(err)
			}
			countersigned, err := attest.SignReport(file, report, approver, signed)
			if err != nil {
				t.Fatal(err)
			}
			two := filepath.Join(folder, "two"+attest.Suffix)
			write(t, two, countersigned)
			if out, err := verify(keys["signer"], two, file); err != nil || !strings.Contains(out, "Verified OK") {
				t.Errorf("two signatures: refused: %v\n%s", err, out)
			}
			for name, args := range map[string][3]string{
				"another key":         {keys["other"], envelope, file},
				"a changed report":    {keys["signer"], envelope, flipped(t, file, `"result"`)},
				"a changed payload":   {keys["signer"], flipped(t, envelope, `"payload":"`), file},
				"a changed signature": {keys["signer"], flipped(t, envelope, `"sig":"`), file},
			} {
				if out, err := verify(args[0], args[1], args[2]); err == nil {
					t.Errorf("%s is accepted:\n%s", name, out)
				}
			}
		})
	}
}

// signable is a report whose names stay in the working folder of the assessment.
func signable(t *testing.T) []byte {
	t.Helper()
	t.Chdir("..")
	defer t.Chdir("validators")
	var report bytes.Buffer
	if err := assessed(t, "evidence/gaps").WriteJSON(&report); err != nil {
		t.Fatal(err)
	}
	return report.Bytes()
}

func write(t *testing.T, file string, content []byte) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// flipped writes a copy of a file in which one bit is another, some bytes behind a text.
func flipped(t *testing.T, file, behind string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(content, []byte(behind))
	if at < 0 {
		t.Fatalf("%q is not in %s", behind, file)
	}
	content[at+len(behind)+8] ^= 1
	changed := filepath.Join(t.TempDir(), filepath.Base(file))
	write(t, changed, content)
	return changed
}
