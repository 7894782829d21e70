package frenchtest_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/frenchtest"
)

// heard keeps what a reader says of a text.
type heard struct {
	testing.TB
	complaints []string
	end        func()
}

func (h *heard) Errorf(format string, args ...any) {
	h.complaints = append(h.complaints, fmt.Sprintf(format, args...))
}
func (h *heard) Error(args ...any)  { h.complaints = append(h.complaints, fmt.Sprint(args...)) }
func (h *heard) Failed() bool       { return false }
func (h *heard) Cleanup(end func()) { h.end = end }

// A reader finds English wherever it is planted, and nothing in French with names in it.
func TestPlantedEnglishIsFound(t *testing.T) {
	const french = "La section iam n'indique pas collected_at : collecter à nouveau les faits d'OKMS (`raci-check collect --from okms`)."
	spells := os.Getenv("RACI_CHECK_VALIDATORS") != ""
	for name, test := range map[string]struct {
		read  func(r *frenchtest.Reader)
		finds string // empty for nothing
		spelt bool   // only the dictionary finds it
	}{
		"French": {read: func(r *frenchtest.Reader) { r.Read("x", french) }},
		"a sentence of the program": {read: func(r *frenchtest.Reader) {
			r.Read("x", french+" Restore the collected file, or collect\nthe facts again.")
		}, finds: "Restore the collected file"},
		"an error of a file":   {read: func(r *frenchtest.Reader) { r.Read("x", "a.yaml:1:2: a tab in the indentation: indent with spaces") }, finds: "a tab in the indentation"},
		"a sentence of nobody": {read: func(r *frenchtest.Reader) { r.Read("x", french+" Never seen before.") }, finds: `"seen"`, spelt: true},
		"one word":             {read: func(r *frenchtest.Reader) { r.Read("x", "preuves missing") }, finds: `"missing"`, spelt: true},
		"a quotation":          {read: func(r *frenchtest.Reader) { r.Quote("Never seen before."); r.Read("x", french+" Never seen\n before.") }},
		"a page": {read: func(r *frenchtest.Reader) {
			r.Page("x", `<html lang="fr"><p>Une page <code>never seen</code><span lang="en">never seen</span></p>`)
		}},
		"a label of a page": {read: func(r *frenchtest.Reader) {
			r.Page("x", `<html lang="fr"><p aria-label="Skip everything">Une page</p>`)
		}, finds: `"everything"`, spelt: true},
		"a page of no language": {read: func(r *frenchtest.Reader) { r.Page("x", `<html><p>Une page</p>`) }, finds: "does not say that it is in French"},
		"a cell":                {read: func(r *frenchtest.Reader) { r.CSV("x", "never seen,b\n1,never seen\n") }, finds: `"never"`, spelt: true},
		"JSON": {read: func(r *frenchtest.Reader) {
			r.JSON("x", `{"never seen": [{"a": "never seen"}, {"but": "seen never"}]}`, "but")
		}, finds: `"never"`, spelt: true},
		"a calendar": {read: func(r *frenchtest.Reader) { r.Calendar("x", "SUMMARY:never\r\n  seen\r\n") }, finds: `"never"`, spelt: true},
		"JUnit": {read: func(r *frenchtest.Reader) {
			r.JUnit("x", `<a><b name="never seen">ici); unknown (never: seen)</b></a>`)
		}, finds: `"never"`, spelt: true},
		"nothing": {read: func(*frenchtest.Reader) {}, finds: "nothing was read"},
	} {
		h := &heard{TB: t}
		test.read(frenchtest.New(h))
		h.end()
		all := strings.Join(h.complaints, "\n")
		switch {
		case test.spelt && !spells:
		case test.finds == "" && all != "":
			t.Errorf("%s: %s", name, all)
		case !strings.Contains(all, test.finds):
			t.Errorf("%s: %q is not found: %s", name, test.finds, all)
		}
	}
}
