package oscal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"raci-check/internal/assessment"
	"raci-check/internal/report/reporttest"
)

const schemaFile = "../../../../shared/schemas/oscal-complete-schema-1.1.3.json"

func official(t *testing.T) *jsonschema.Schema {
	t.Helper()
	if _, err := os.Stat(schemaFile); err != nil {
		t.Skipf("the official schema is not here: %v", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	form, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return form
}

// table is what a catalog is made of, as the command makes it.
func table(a *assessment.Assessment) Table {
	return Table{
		Catalog: a.Catalog, LastModified: "2025-10-21T00:00:00Z", Version: a.Tool.Version, Frameworks: a.Policies.Frameworks,
		Activities: firstActivities(a),
	}
}

var documents = map[string]func(io.Writer, *assessment.Assessment) error{
	"results": Results,
	"plan":    Plan,
	"catalog": func(w io.Writer, a *assessment.Assessment) error { return Catalog(w, table(a)) },
}

func render(t *testing.T, name string, a *assessment.Assessment) string {
	t.Helper()
	var out bytes.Buffer
	if err := documents[name](&out, a); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func subjects() map[string]*assessment.Assessment {
	all := map[string]*assessment.Assessment{
		"several":  reporttest.Of(reporttest.Failing(), reporttest.Compliant(), reporttest.Broken(), reporttest.Accepted()),
		"partial":  reporttest.Of(reporttest.Partial()),
		"nobody":   reporttest.Of(),
		"absolute": reporttest.Hostile("/absolute/evidence file.yaml"),
	}
	for name, text := range map[string]string{
		"empty": "", "space": " \u00a0\u3000", "padded": " a\u3000", "lines": "a\nb\r\nc\u2028d", "controls": "\x00\x1b[2J\x7f", "bidi": "\u202ea\u2066",
		"bytes": "a\xff", "HTML": "</script>", "formula": "=cmd|' /C calc'!A0", "command": "::error::b ##[error]", "address": "https://[::1%zone]/?a=b#c",
		"colon": "a:b", "percent": "100%/ä b?c#d", "long": strings.Repeat("long ", 13_000),
	} {
		all[name] = reporttest.Hostile(text)
	}
	return all
}

func TestDocumentsFitTheOfficialSchema(t *testing.T) {
	form := official(t)
	for name, a := range subjects() {
		for document := range documents {
			t.Run(document+"/"+name, func(t *testing.T) {
				if name == "nobody" && document != "plan" {
					return // OSCAL wants a result, and a group
				}
				value, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, document, a)))
				if err != nil {
					t.Fatal(err)
				}
				if err := form.Validate(value); err != nil {
					t.Errorf("%.3000s", err)
				}
			})
		}
	}
	broken := strings.Replace(render(t, "results", subjects()["several"]), `"state": "satisfied"`, `"state": "failed"`, 1)
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(broken))
	if err != nil {
		t.Fatal(err)
	}
	if form.Validate(value) == nil {
		t.Error("the schema takes everything")
	}
}

var (
	defined  = regexp.MustCompile(`"uuid": "([0-9a-f-]{36})"`)
	referred = regexp.MustCompile(`(?:-uuid": "|"href": "#)([0-9a-f-]{36})"`)
)

// Every id is defined once, every reference leads to one.
func TestIDs(t *testing.T) {
	for name, a := range subjects() {
		for document := range documents {
			text := render(t, document, a)
			ids := map[string]int{}
			for _, match := range defined.FindAllStringSubmatch(text, -1) {
				if ids[match[1]]++; ids[match[1]] > 1 {
					t.Errorf("%s of %s: %s is defined twice", document, name, match[1])
				}
			}
			for _, match := range referred.FindAllStringSubmatch(text, -1) {
				if ids[match[1]] == 0 {
					t.Errorf("%s of %s: nothing has the id %s", document, name, match[1])
				}
			}
			if text != render(t, document, a) {
				t.Errorf("%s of %s is not the same twice", document, name)
			}
		}
	}
}

// The three documents refer to each other: results to the plan, both to the catalog; statements are the catalog's.
func TestDocumentsFitEachOther(t *testing.T) {
	a := subjects()["several"]
	var all struct {
		Results struct {
			Results []struct{ Findings []finding }
			Back    backMatter `json:"back-matter"`
		} `json:"assessment-results"`
		Plan    plan    `json:"assessment-plan"`
		Catalog catalog `json:"catalog"`
	}
	for document := range documents {
		if err := json.Unmarshal([]byte(render(t, document, a)), &all); err != nil {
			t.Fatal(err)
		}
	}
	named := map[string]bool{}
	for _, resource := range all.Results.Back.Resources {
		for _, document := range resource.Documents {
			named[document.Identifier] = true
		}
	}
	if !named[all.Plan.UUID] || !named[all.Catalog.UUID] {
		t.Errorf("the results name %v; the plan is %s, the catalog %s", named, all.Plan.UUID, all.Catalog.UUID)
	}
	statements := map[string]bool{}
	for _, group := range all.Catalog.Groups {
		for _, control := range group.Controls {
			for _, item := range control.Parts[0].Parts {
				statements[item.ID] = true
			}
		}
	}
	found := 0
	for _, finding := range all.Results.Results[0].Findings { // the catalog is made of the first service's checks
		found++
		if !statements[finding.Target.ID] {
			t.Errorf("%s is no statement of the catalog", finding.Target.ID)
		}
	}
	if found == 0 {
		t.Error("no findings")
	}
}

// What passed is satisfied and nothing else is; what is not judged has no finding; whatever is not satisfied has a risk,
// open unless a waiver holds.
func TestStates(t *testing.T) {
	a := subjects()["several"]
	var document struct {
		Results results `json:"assessment-results"`
	}
	if err := json.Unmarshal([]byte(render(t, "results", a)), &document); err != nil {
		t.Fatal(err)
	}
	for i, result := range document.Results.Results {
		findings, risks := map[string]finding{}, map[string]risk{}
		for _, f := range result.Findings {
			findings[f.Target.ID] = f
		}
		for _, r := range result.Risks {
			risks[r.UUID] = r
		}
		inherited := 0
		for _, o := range result.Observations {
			if strings.HasPrefix(o.Title, "Inherited: ") {
				inherited++
			}
		}
		if inherited != 10 {
			t.Errorf("%s: %d inherited activities", result.Title, inherited)
		}
		for _, activity := range a.Services[i].Activities {
			for _, check := range activity.Checks {
				f := findings[statementID(activity, check.ID)]
				delete(findings, f.Target.ID)
				if pass := check.Status == assessment.Pass; (f.Target.Status.State == "satisfied") != pass || pass == (len(f.Risks) > 0) {
					t.Errorf("%s is %s: %+v", check.ID, check.Status, f)
				}
				if len(f.Risks) > 0 {
					wanted := "open"
					if check.Status == assessment.Waived {
						wanted = "deviation-approved"
					}
					r := risks[f.Risks[0].Risk]
					if r.Status != wanted || (wanted == "open") != (r.Deadline == "") {
						t.Errorf("%s: risk %s until %q", check.ID, r.Status, r.Deadline)
					}
				}
			}
		}
		if len(findings) > 0 {
			t.Errorf("findings about nothing that was judged: %v", findings)
		}
		if waivers := len(a.Services[i].Waivers); waivers > 0 && len(result.Log.Entries) != waivers {
			t.Errorf("%d of %d waivers are logged", len(result.Log.Entries), waivers)
		}
	}
}

func TestInstant(t *testing.T) {
	a := reporttest.Of(reporttest.Compliant())
	a.At = "yesterday"
	for _, write := range []func(io.Writer, *assessment.Assessment) error{Results, Plan} {
		if err := write(io.Discard, a); !errors.Is(err, ErrInstant) {
			t.Errorf("%v", err)
		}
	}
}
