package cli_test

import (
	"bytes"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/cli"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// spoken runs a command in French, and answers what it writes to standard output.
func spoken(t *testing.T, in string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), args, cli.Streams{
		In: strings.NewReader(in), Out: &out, Err: &errs, Now: func() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) },
		Env: func(name string) string { return map[string]string{"RACI_CHECK_LANG": "fr"}[name] },
	})
	if code > 1 {
		t.Fatalf("%v ends with %d: %s", args, code, errs.String())
	}
	return out.String()
}

// sources are lines that quote others, the values of a condition, and the names of controls.
var sources = regexp.MustCompile(`(?m)^ *(source|référentiel) ?:.*$|\); [a-z_]+ \(.*$|^ *<property .*$|protection profile for cryptographic modules of trust services`)

// written are the texts that the people of an example wrote themselves.
func written(t *testing.T, folder string) []string {
	t.Helper()
	return testhelp.Written(t, folder, func(name string) any {
		doc, _, err := document.ReadFile("", name, document.DefaultLimits)
		testhelp.Must(t, err)
		return doc.Value()
	})
}

// Every command that takes a language says what it says in French.
func TestNoEnglishIsLeftInWhatCommandsWrite(t *testing.T) {
	folder := t.TempDir()
	t.Chdir("../..") // reports are read from the folder that they were made in
	report := filepath.Join(folder, "report.json")
	at := []string{"--at", "2026-11-20", "--allow-past-at"}
	assess := func(more ...string) []string { return append(append([]string{"assess"}, at...), more...) }
	spoken(t, "", assess("-o", "json="+report, "evidence/gaps")...)
	theirs := written(t, "evidence/gaps")
	worksheet := filepath.Join(folder, "worksheet.html")
	for name, args := range map[string][]string{
		"a framework":             assess("--framework", "nis2-recyf", "evidence/gaps"),
		"a framework, in detail":  assess("--framework", "secnumcloud-3.2", "--details", "evidence/gaps"),
		"a framework with titles": assess("--framework", "hds-2.0", "--details", "evidence/gaps"),
		"the frameworks":          {"duties", "--frameworks"},
		"a sample":                {"sample", "-n", "5", report},
		"a plan":                  append([]string{"plan", "testdata/plans/worse.json"}, at...),
		"a plan that is weaker":   append([]string{"plan", "testdata/plans/weaker.json"}, at...),
		"a skeleton":              {"init", "--without", "kmip,imports,hosts", filepath.Join(folder, "new")},
		"JUnit":                   assess("-o", "junit", "evidence/gaps"),
		"GitHub":                  assess("-o", "github", "evidence/gaps"),
		"GitLab":                  assess("-o", "gitlab", "evidence/gaps"),
		"a calendar":              assess("--forecast", "90", "-o", "ics", "evidence/gaps"),
	} {
		t.Run(name, func(t *testing.T) {
			prose := html.UnescapeString(strings.ReplaceAll(spoken(t, "", args...), "&#xA;", "\n"))
			for _, text := range theirs {
				prose = strings.ReplaceAll(prose, text, "")
			}
			prose = sources.ReplaceAllString(prose, "")
			if len(prose) < 100 {
				t.Fatalf("only %q is written", prose)
			}
			testhelp.NoEnglish(t, name, prose)
		})
	}
	if testhelp.LongWanted() { // it compiles all policies with their tests
		testhelp.NoEnglish(t, "tests", spoken(t, "", "test", "--run", "backups_test.test_policy_owned_passes"))
	}
	spoken(t, "", "sample", "-n", "5", "-o", "html="+worksheet, report)
	page, err := os.ReadFile(worksheet)
	testhelp.Must(t, err)
	if !strings.Contains(string(page), `<html lang="fr">`) {
		t.Error("the worksheet does not say that it is in French")
	}
}
