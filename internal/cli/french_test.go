package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/cli"
	"github.com/raci-check/raci-check/internal/describe"
	"github.com/raci-check/raci-check/internal/frenchtest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// spoken runs a command in French, and answers what it writes to standard output.
func spoken(t *testing.T, in string, args ...string) string {
	t.Helper()
	return answered(t, in, 1, args...)
}

// answered is spoken for a command that may end with a code up to most.
func answered(t *testing.T, in string, most int, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	code := cli.Run(t.Context(), args, cli.Streams{
		In: strings.NewReader(in), Out: &out, Err: &errs, Now: func() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) },
		Env: func(name string) string { return map[string]string{"RACI_CHECK_LANG": "fr"}[name] },
	})
	if code > most {
		t.Fatalf("%v ends with %d: %s", args, code, errs.String())
	}
	return out.String()
}

// outputs are what people read of one assessment, by what looks through it.
var outputs = map[string]func(r *frenchtest.Reader, where, text string){
	"text": (*frenchtest.Reader).Read, "html": (*frenchtest.Reader).Page, "markdown": (*frenchtest.Reader).Read,
	"junit": (*frenchtest.Reader).JUnit, "ics": (*frenchtest.Reader).Calendar,
	"github": func(r *frenchtest.Reader, where, text string) {
		r.Read(where, strings.ReplaceAll(annotation.ReplaceAllString(text, ""), "::", " ¶ "))
	},
	"sarif":  func(r *frenchtest.Reader, where, text string) { r.JSON(where, text, "properties", "source") },
	"gitlab": func(r *frenchtest.Reader, where, text string) { r.JSON(where, text) },
}

// annotation is what a line begins with that GitHub reads.
var annotation = regexp.MustCompile(`(?m)^::(error|warning|notice) (file|title)=|^::(error|warning|notice)::`)

// Every command that takes a language says what it says in French: each report, all that is explained, and what a skeleton says of each
// field.
func TestNoEnglishIsLeftInWhatCommandsWrite(t *testing.T) {
	folder := t.TempDir()
	t.Chdir("../..") // reports are read from the folder that they were made in
	reader := frenchtest.New(t)
	reader.QuoteFolder("evidence/gaps")
	reader.QuoteFolder("evidence/compliant")
	for _, plan := range []string{"worse", "weaker"} {
		reader.QuoteFile("testdata/plans/" + plan + ".json")
	}
	at := []string{"--at", "2026-11-20", "--allow-past-at"}
	assess := func(more ...string) []string { return append(append([]string{"assess"}, at...), more...) }
	file := func(name string) string { return filepath.Join(folder, name) }
	written := func(name string) string {
		t.Helper()
		content, err := os.ReadFile(file(name))
		testhelp.Must(t, err)
		return string(content)
	}
	examples, frameworks, skeletons := []string{"gaps", "compliant"}, []string{"nis2-recyf", "secnumcloud-3.2", "hds-2.0", "iso-27001", "dora"}, []string{"new", "all"}
	if !testhelp.LongWanted() {
		frameworks, skeletons = frameworks[:1], skeletons[:1]
	}
	for _, example := range examples {
		args := assess("--forecast", "90", "-o", "json="+file(example+".json"), "evidence/"+example)
		for format := range outputs {
			args = append(args, "-o", format+"="+file(example+"."+format))
		}
		spoken(t, "", args...)
		for format, read := range outputs {
			read(reader, example+" as "+format, written(example+"."+format))
		}
	}
	for _, framework := range frameworks {
		spoken(t, "", "render", file("gaps.json"), "--framework", framework, "--details", "-o", "text="+file("view.text"), "-o", "html="+file("view.html"), "-o", "csv="+file("view.csv"), "-o", "oscal="+file("view.oscal"))
		reader.Read(framework, written("view.text"))
		reader.Page(framework+" as a page", written("view.html"))
		reader.CSV(framework+" as CSV", written("view.csv"))
		reader.JSON(framework+" as OSCAL", written("view.oscal"))
	}
	for name, args := range map[string][]string{
		"profiles":                  assess("--details", "--profile", "iso-27001", "--profile", "secnumcloud-3.2", "evidence/compliant"),
		"a part":                    assess("--duty", "backups", "-o", "text", "-o", "json="+file("part.json"), "evidence/gaps"),
		"a framework":               {"render", file("gaps.json"), "--framework", "nis2-recyf"},
		"a forecast":                append([]string{"forecast", "--days", "90", "evidence/compliant"}, at...),
		"a comparison":              {"diff", file("compliant.json"), file("gaps.json")},
		"a comparison for Markdown": {"diff", "-o", "markdown", file("compliant.json"), file("gaps.json")},
		"the duties":                {"duties"},
		"the variants":              {"duties", "--compare", "kb0065221", "published-2025-10-21"},
		"the frameworks":            {"duties", "--frameworks"},
		"what can be explained":     {"explain"},
		"what words find":           {"explain", "restore"},
		"a search":                  {"explain", "tls"},
		"the profiles":              {"explain", "--profile", "pci-dss-4.0.1", "--profile", "secnumcloud-3.2"},
		"a sample":                  {"sample", "-n", "9", file("gaps.json")},
		"a fleet":                   {"render", file("compliant.json"), file("gaps.json")},
		"a plan":                    append([]string{"plan", "testdata/plans/worse.json"}, at...),
		"a plan that is weaker":     append([]string{"plan", "testdata/plans/weaker.json"}, at...),
		"a skeleton":                {"init", "--without", "kmip,imports,hosts", file("new")},
	} {
		reader.Read(name, spoken(t, "", args...))
	}
	if slices.Contains(skeletons, "all") {
		spoken(t, "", "init", file("all"))
	}
	for _, skeleton := range skeletons {
		names, err := filepath.Glob(file(skeleton + "/*.yaml"))
		testhelp.Must(t, err)
		if len(names) < 20 {
			t.Errorf("the skeleton has only %d files", len(names))
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			testhelp.Must(t, err)
			reader.Read(filepath.Base(name), comments(string(content)))
		}
	}
	spoken(t, "", "sample", "-n", "5", "-o", "html="+file("worksheet.html"), file("gaps.json"))
	reader.Page("the worksheet", written("worksheet.html"))
	verifiedInFrench(t, reader, folder)
	if testhelp.LongWanted() { // it compiles all policies with their tests
		reader.Read("tests", spoken(t, "", "test", "--run", "backups_test.test_policy_owned_passes"))
	}
	explainer, err := describe.Open(reader.Rules, "", nil)
	testhelp.Must(t, err)
	explainer.Language = reader.Language
	topics := explainer.Topics()
	for _, topic := range topics {
		text, err := explainer.Explain(topic.ID)
		testhelp.Must(t, err)
		reader.Read("what is explained of "+topic.ID, text)
	}
	if len(topics) < 1000 {
		t.Errorf("only %d things are explained", len(topics))
	}
}

// comments are the comments of a file that are prose: not those that are fields to fill in.
func comments(text string) string {
	var prose []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "#") {
			prose = append(prose, line)
		}
	}
	return strings.Join(prose, "\n")
}
