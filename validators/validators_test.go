// Package validators checks the reports against what others say of their formats: official validators, and a browser.
// .ci/run installs them and sets RACI_CHECK_VALIDATORS; without it these tests are skipped.
package validators

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/report/hdf"
	"github.com/raci-check/raci-check/internal/report/html"
	"github.com/raci-check/raci-check/internal/report/ics"
	"github.com/raci-check/raci-check/internal/report/junit"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/report/sarif"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

func need(t *testing.T) {
	t.Helper()
	if os.Getenv("RACI_CHECK_VALIDATORS") == "" {
		t.Skip("set RACI_CHECK_VALIDATORS=1 where Node.js, Chromium and xmllint are; validators/README.md says how to install the rest")
	}
}

const hostile = "</script><img src=x onerror=alert(1)>\" onmouseover=\"a ::error::b \x1b[2J\u202e ##[error] ![x](https://example.org) =cmd|'/C calc'!A0 {0} [a](1) ]]>"

// subjects are assessments of every kind.
func subjects(t *testing.T) map[string]*assessment.Assessment {
	t.Helper()
	gaps, compliant := assessed(t, "../evidence/gaps", 0), assessed(t, "../evidence/compliant", 0)
	ahead := assessed(t, "../evidence/gaps", 30)
	fleet, err := reporttest.Merge([]*assessment.Assessment{ahead, assessed(t, "../evidence/compliant", 30)}, []string{"gaps", "compliant"}, false)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("long ", 3000)
	return map[string]*assessment.Assessment{
		"gaps": gaps, "compliant": compliant, "fleet": fleet, "ahead": ahead,
		"partial": reporttest.Of(reporttest.Partial()), "hostile": reporttest.Hostile(hostile), "long": reporttest.Hostile(long),
		"word": reporttest.Hostile(strings.Repeat("w", 3000)), "empty": reporttest.Hostile(""),
	}
}

// assessed is the assessment of a folder of evidence, with a look so many days ahead.
func assessed(t *testing.T, folder string, days int) *assessment.Assessment {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	a, err := assess.Run(t.Context(), rules, assess.Options{
		Paths: []string{folder}, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Reading: "kb0065221", Profiles: []string{"baseline"},
		Tool: assessment.Tool{Name: "raci-check", Version: "0.0.0"}, Forecast: days,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// files writes a report of each of the subjects into a folder.
func files(t *testing.T, folder, extension string, write func(io.Writer, *assessment.Assessment) error, names ...string) []string {
	t.Helper()
	all := subjects(t)
	var written []string
	for name, a := range all {
		if len(names) > 0 && !strings.Contains(strings.Join(names, " "), name) {
			continue
		}
		var out bytes.Buffer
		if err := write(&out, a); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, name+extension)
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		written = append(written, file)
	}
	return written
}

func run(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// spoil writes a file in which a text is replaced.
func spoil(t *testing.T, file, old, new string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(content, []byte(old)) {
		t.Fatalf("%q is not in %s", old, file)
	}
	spoiled := file + ".spoiled" + filepath.Ext(file)
	if err := os.WriteFile(spoiled, bytes.Replace(content, []byte(old), []byte(new), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return spoiled
}

func TestHTMLIsValid(t *testing.T) {
	need(t)
	pages := files(t, t.TempDir(), ".html", inEnglish)
	if out, err := run("node_modules/.bin/html-validate", pages...); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}
	if _, err := run("node_modules/.bin/html-validate", spoil(t, pages[0], "</main>", "</div>")); err == nil {
		t.Error("the validator takes everything")
	}
}

// In a browser: no violation that axe finds, no request but the page, nothing forbidden by its own policy, on a desktop and
// on a phone, light and dark, and printed.
func TestHTMLInABrowser(t *testing.T) {
	t.Parallel() // a browser waits more than it works
	need(t)
	folder := t.TempDir()
	if screenshots := os.Getenv("RACI_CHECK_SCREENSHOTS"); screenshots != "" {
		folder = screenshots
	}
	pages := files(t, folder, ".html", inEnglish)
	if out, err := run("node", append([]string{"page.mjs", folder}, pages...)...); err != nil {
		t.Errorf("%v\n%.5000s", err, out)
	}
	spoiled := map[string]string{}
	for name, change := range map[string][3]string{
		"a style that the policy forbids":    {"partial", "<style>", "<style>body{color:inherit}"},
		"a page without a language":          {"partial", `<html lang="en">`, "<html>"},
		"an image from elsewhere":            {"partial", "<main", `<img alt="" src="nowhere.png"><main`},
		"a wide word":                        {"word", "overflow-wrap: anywhere", "white-space: nowrap"},
		"a text that is pale":                {"partial", `<p class="meta">`, `<p class="meta" style="color: light-dark(#ddd, #eee)">`},
		"a text that is pale on a dark page": {"partial", `<p class="meta">`, `<p class="meta" style="color: light-dark(#222, #333)">`},
	} {
		file := filepath.Join(t.TempDir(), strings.ReplaceAll(name, " ", "-")+".html")
		if err := os.Rename(spoil(t, filepath.Join(folder, change[0]+".html"), change[1], change[2]), file); err != nil {
			t.Fatal(err)
		}
		spoiled[name] = file
	}
	out, err := run("node", append([]string{"page.mjs", "-"}, slices.Collect(maps.Values(spoiled))...)...)
	for name, file := range spoiled {
		if err == nil || !strings.Contains(out, filepath.Base(file)+": ") {
			t.Errorf("%s is not found:\n%s", name, out)
		}
	}
}

// The tool of SARIF's own makers, with the rules of GitHub. It answers 0 whatever it finds: its output is read.
func TestSARIF(t *testing.T) {
	need(t)
	tool := "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
	if err := os.Chmod(tool, 0o755); err != nil { // npm does not run the script that would
		t.Fatal(err)
	}
	complaints := func(file string) (lines []string) {
		out, err := run(tool, "validate", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", file)
		if err != nil || !strings.Contains(out, "Analysis completed successfully") {
			t.Fatalf("%s: %v\n%s", file, err, out)
		}
		for line := range strings.Lines(out) {
			if strings.Contains(line, ": error ") || strings.Contains(line, ": warning ") {
				lines = append(lines, line)
			}
		}
		return lines
	}
	omitted := func(w io.Writer, a *assessment.Assessment) error { return sarif.Write(w, a, sarif.Omitted, nil) }
	reports := files(t, t.TempDir(), ".sarif", omitted, "gaps", "fleet", "hostile", "compliant")
	suppressed := func(w io.Writer, a *assessment.Assessment) error { return sarif.Write(w, a, sarif.Suppressed, nil) }
	for _, file := range slices.Concat(reports, files(t, t.TempDir(), ".sarif", suppressed, "gaps", "hostile")) {
		if messages := complaints(file); len(messages) > 0 {
			t.Errorf("%s: %s", filepath.Base(file), strings.Join(messages, ""))
		}
	}
	for _, file := range reports {
		if filepath.Base(file) == "gaps.sarif" && len(complaints(spoil(t, file, `"startLine": `, `"startLine": -`))) == 0 {
			t.Error("the validator takes everything")
		}
	}
}

func TestJUnit(t *testing.T) {
	need(t)
	const form = "../../shared/schemas/junit-10.xsd"
	if _, err := os.Stat(form); err != nil {
		t.Skipf("the schema of Jenkins is not here: %v", err)
	}
	folder := t.TempDir()
	reports := files(t, folder, ".xml", reporttest.English(junit.Write))
	for name, report := range map[string]*policytest.Report{"tests": reporttest.Tests(), "hostile-tests": reporttest.HostileTests(hostile)} {
		var out bytes.Buffer
		if err := junit.WriteTests(&out, report); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, name+".xml")
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		reports = append(reports, file)
	}
	for _, file := range reports {
		if out, err := run("xmllint", "--nonet", "--noout", "--schema", form, file); err != nil {
			t.Errorf("%v\n%.2000s", err, out)
		}
	}
	if _, err := run("xmllint", "--nonet", "--noout", "--schema", form, spoil(t, reports[0], "<testcase name=", "<testcase nome=")); err == nil {
		t.Error("the schema takes everything")
	}
}

// Heimdall's own reader and its page have as many controls of each status and severity as the assessment has checks.
func TestHeimdall(t *testing.T) {
	need(t)
	all := subjects(t)
	folder := t.TempDir()
	for _, name := range []string{"gaps", "compliant", "fleet"} {
		var out bytes.Buffer
		if err := hdf.Write(&out, all[name]); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, name+".json")
		if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		expected := heimdall(all[name])
		if counted := countedBy(t, "heimdall.mjs", file); !maps.Equal(expected, counted) {
			t.Errorf("%s: inspecjs counts %v, the assessment has %v", name, counted, expected)
		}
		for _, severity := range verdict.Severities {
			delete(expected, string(severity)) // a picture shows them
		}
		if shown := countedBy(t, "heimdall-page.mjs", file); !maps.Equal(expected, shown) {
			t.Errorf("%s: Heimdall's page shows %v, the assessment has %v", name, shown, expected)
		}
	}
	if out, err := run("node", "heimdall.mjs", spoil(t, filepath.Join(folder, "gaps.json"), `"impact":`, `"impacts":`)); err == nil {
		t.Errorf("the reader takes everything:\n%s", out)
	}
}

// countedBy are the numbers that a script prints of a file.
func countedBy(t *testing.T, script, file string) map[string]int {
	t.Helper()
	printed, err := run("node", script, file)
	if err != nil {
		t.Fatalf("%s %s: %v\n%.3000s", script, file, err, printed)
	}
	var count map[string]int
	if err := json.Unmarshal([]byte(printed), &count); err != nil {
		t.Fatalf("%s %s: %v\n%.3000s", script, file, err, printed)
	}
	return count
}

// heimdall counts the checks of an assessment as Heimdall should.
func heimdall(a *assessment.Assessment) map[string]int {
	statuses := map[verdict.Status]string{
		verdict.Pass: "Passed", verdict.Fail: "Failed", verdict.Missing: "Not Reviewed", verdict.Error: "Profile Error",
		verdict.Waived: "Not Applicable", verdict.NotApplicable: "Not Applicable",
	}
	count := map[string]int{}
	for _, s := range a.Services {
		for _, activity := range s.Activities {
			for _, check := range activity.Checks {
				count[statuses[check.Status]]++
				count[string(check.Severity)]++
				if check.Status == verdict.Waived {
					count["waived"]++
				}
			}
		}
	}
	return count
}

func TestCalendar(t *testing.T) {
	need(t)
	calendars := files(t, t.TempDir(), ".ics", reporttest.English(ics.Write), "ahead", "fleet", "hostile", "long")
	if out, err := run("node", append([]string{"calendar.mjs"}, calendars...)...); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if _, err := run("node", "calendar.mjs", spoil(t, calendars[0], "DTSTAMP:", "X-STAMP:")); err == nil {
		t.Error("the reader takes everything")
	}
}

// inEnglish writes the page in the language of everything that is stored.
func inEnglish(w io.Writer, a *assessment.Assessment) error { return html.Write(w, a, nil) }
