package validators

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/describe"
	"github.com/raci-check/raci-check/internal/report/oscal"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// divisive are texts that OSCAL's pattern of strings divides validators by: a no-break space at an end, as French typing leaves it, a
// byte order mark in front, and ends of lines of other systems inside.
var divisive = []string{"payments\u00a0", "\ufeffpayments", "pay\rments", "pay\u2028ments", "\u3000payments\u202f", "pay\u0085ments"}

// oscalFiles writes every document in OSCAL of every subject into a folder.
func oscalFiles(t *testing.T, folder, version string) []string {
	t.Helper()
	all := map[string]*assessment.Assessment{"hostile": reporttest.Hostile(hostile), "partial": reporttest.Of(reporttest.Partial())}
	for i, text := range divisive {
		all["divisive"+string(rune('0'+i))] = reporttest.Hostile(text)
	}
	parts, names := []*assessment.Assessment{}, []string{"compliant", "gaps", "small"}
	for _, name := range names {
		all[name] = assessed(t, "../evidence/"+name, 0)
		parts = append(parts, all[name])
	}
	fleet, err := reporttest.Merge(parts, names, false)
	if err != nil {
		t.Fatal(err)
	}
	all["fleet"] = fleet
	var written []string
	keep := func(name string, write func(w io.Writer) error) {
		var out bytes.Buffer
		if err := write(&out); err != nil {
			t.Fatal(err)
		}
		written = append(written, filepath.Join(folder, name+".json"))
		if err := os.WriteFile(written[len(written)-1], out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, a := range all {
		keep(name+"-results", func(w io.Writer) error { return oscal.Results(w, a, version) })
		keep(name+"-plan", func(w io.Writer) error { return oscal.Plan(w, a, version) })
		keep(name+"-ssp", func(w io.Writer) error { return oscal.SSP(w, a, version) })
	}
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	for _, variant := range []string{"kb0065221", "published-2025-10-21"} {
		duties, err := describe.OpenDuties(rules, variant)
		if err != nil {
			t.Fatal(err)
		}
		duties.Version, duties.OSCAL = "0.0.0", version
		for _, format := range describe.DutyFormats {
			if strings.HasPrefix(format, "oscal") && (format != "oscal-mapping" || version != "1.1.3") {
				keep(variant+"-"+format, func(w io.Writer) error { return duties.Write(w, format) })
			}
		}
	}
	return written
}

// Documents in OSCAL fit the official schemas by ajv too, whose patterns are those of JavaScript; the other validator is that of the
// tests in internal/report/oscal.
func TestOSCAL(t *testing.T) {
	need(t)
	for _, version := range oscal.Versions {
		schema := "../../shared/schemas/oscal-complete-schema-" + version + ".json"
		if _, err := os.Stat(schema); err != nil {
			t.Skipf("the official schema is not here: %v", err)
		}
		written := oscalFiles(t, t.TempDir(), version)
		if out, err := run("node", append([]string{"oscal.mjs", schema}, written...)...); err != nil {
			t.Errorf("%s: %v\n%.5000s", version, err, out)
		}
		plan := written[slices.IndexFunc(written, func(name string) bool { return strings.HasSuffix(name, "gaps-ssp.json") })]
		for _, change := range [][2]string{
			{`"system-name": "`, "\"system-name\": \"\u00a0"}, {`"uuid": "`, `"uuid": "x`}, {`"href": "#`, `"href": "%zz`}, {`"users": [`, `"people": [`},
		} {
			if out, err := run("node", "oscal.mjs", schema, spoil(t, plan, change[0], change[1])); err == nil {
				t.Errorf("%s: %s is taken:\n%s", version, change[1], out)
			}
		}
	}
}
