package oscal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/report/oscal/oscaltest"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

var update = flag.Bool("update", false, "write the golden files")

// official answers what the official schema of a version has against a document. The whole schema decides; the branch of the
// kind of document says it in words that can be read.
func official(t *testing.T, version string) func(document string) error {
	t.Helper()
	schemaFile := "../../../../shared/schemas/oscal-complete-schema-" + version + ".json"
	if _, err := os.Stat(schemaFile); err != nil {
		t.Skipf("the official schema is not here: %v", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7)
	compiler.AssertFormat()
	whole, err := compiler.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return func(document string) error {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		refused := whole.Validate(value)
		if refused == nil {
			return nil
		}
		for _, form := range whole.OneOf {
			if _, ok := value.(map[string]any)[form.Required[0]]; ok {
				return cmp.Or(form.Validate(value), refused)
			}
		}
		return refused
	}
}

// table is what a catalog is made of, as the command makes it.
func table(a *assessment.Assessment) Table {
	return Table{
		Catalog: a.Catalog, LastModified: "2025-10-21T00:00:00Z", Version: a.Tool.Version, Frameworks: a.Policies.Frameworks,
		Activities: rows(a),
	}
}

var documents = map[string]func(io.Writer, *assessment.Assessment, string) error{
	"results": Results,
	"plan":    Plan,
	"ssp":     SSP,
	"mapping": func(w io.Writer, a *assessment.Assessment, version string) error {
		return Mapping(w, table(a), targets, version)
	},
	"view": func(w io.Writer, a *assessment.Assessment, version string) error {
		view := framework.Of(law, a)
		return View(w, &view, version, nil)
	},
	"provider": func(w io.Writer, a *assessment.Assessment, version string) error {
		return Provider(w, table(a), version)
	},
	"catalog": func(w io.Writer, a *assessment.Assessment, version string) error {
		return Catalog(w, table(a), version)
	},
}

// law is a framework that the assessments here are seen from; its ids are no tokens.
var law = framework.Framework{
	ID: "law-1.0", Title: "A law", Publisher: "A parliament", Version: "1", Published: "2024-01", Source: "https://example.com/law", List: "All.", Binds: "Everybody.",
	Requirements: []framework.Requirement{
		{ID: "2022/2554 12", Title: "Backups", Checks: map[string]framework.Relation{"backups.restore_tested": framework.Full, "backups.keys_covered": framework.Part}},
		{ID: "23(4)(a)", Title: "Time", Checks: map[string]framework.Relation{"control_panel_access.mfa": framework.Related}},
		{ID: "10.A.1-EI/EE", Title: "Locks"},
	},
}

// targets are the frameworks that the checks of the assessments here map to.
var targets = map[string]Framework{
	"iso_27001": {
		Title: "ISO/IEC 27001:2022 Annex A", Version: "2022", Publisher: "ISO", Source: "https://www.iso.org/standard/27001", Whole: true,
		Controls: map[string]string{"8.13": "Information backup", "8.14": "Redundancy"}, Later: map[string]string{"8.13": "version 2030: 9.1"},
	},
	"pci_dss": {Controls: map[string]string{"8.4.2": "Multi-factor authentication"}},
}

// render is a document in the default version.
func render(t *testing.T, name string, a *assessment.Assessment) string {
	t.Helper()
	return renderIn(t, Versions[0], name, a)
}

func renderIn(t *testing.T, version, name string, a *assessment.Assessment) string {
	t.Helper()
	var out bytes.Buffer
	if err := documents[name](&out, a, version); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func subjects() map[string]*assessment.Assessment {
	all := map[string]*assessment.Assessment{
		"several":  reporttest.Of(reporttest.Failing(), reporttest.Compliant(), reporttest.Broken(), reporttest.Accepted()),
		"partial":  reporttest.Of(reporttest.Partial()),
		"absolute": reporttest.Hostile("/absolute/evidence file.yaml"),
		"twice":    reporttest.Of(reporttest.Failing(), reporttest.Failing()), // a forged report may have it
	}
	for _, at := range []string{"0001-01-01T00:00:00Z", "1996-02-29T00:00:00Z", "3000-01-01T00:00:00Z", "2000-01-01T00:00:00+14:00", "2026-11-18T09:00:00.5+05:37", "18.11.2026", ""} {
		a := reporttest.Of(reporttest.Failing())
		a.Services[0].Sections[0].CollectedAt = at
		reporttest.Activity(&a.Services[0], "3.1.2.1").Checks[0].Waiver.ExpiresOn, _, _ = strings.Cut(at, "T")
		all["collected at "+at] = a
	}
	for name, text := range map[string]string{
		"empty": "", "space": " \u00a0\u3000", "padded": " a\u3000", "lines": "a\nb\r\nc\u2028d", "controls": "\x00\x1b[2J\x7f", "bidi": "\u202ea\u2066",
		"bytes": "a\xff", "HTML": "</script>", "formula": "=cmd|' /C calc'!A0", "command": "::error::b ##[error]", "address": "https://[::1%zone]/?a=b#c",
		"colon": "a:b", "percent": "100%/ä b?c#d", "slashes": "//a/../b", "backslashes": `C:\evidence\a.yaml`, "long": strings.Repeat("long ", 13_000),
	} {
		all[name] = reporttest.Hostile(text)
		if name == "long" {
			continue // everywhere, it would make hundreds of megabytes
		}
		forged := reporttest.Poisoned(text)
		forged.At = all[name].At // without a time there is no document
		all["forged "+name] = forged
	}
	return all
}

func TestDocumentsFitTheOfficialSchema(t *testing.T) {
	for _, version := range Versions {
		form := official(t, version)
		for name, a := range subjects() {
			for document := range documents {
				if document == "mapping" && version == "1.1.3" {
					continue // has no such model
				}
				t.Run(version+"/"+document+"/"+name, func(t *testing.T) {
					text := renderIn(t, version, document, a)
					if err := form(text); err != nil {
						t.Errorf("%.3000s", err)
					}
					if !strings.Contains(text, `"oscal-version": "`+version+`"`) {
						t.Error("the version is another")
					}
				})
			}
		}
	}
}

// The proof above can fail: what is wrong in one place is refused.
func TestTheOfficialSchemaRefuses(t *testing.T) {
	form := official(t, Versions[0])
	for _, test := range []struct{ document, old, new string }{
		{"results", `"state": "satisfied"`, `"state": "failed"`},
		{"results", `"type": "statement-id"`, `"type": "check"`},
		{"results", `"collected": "2026`, `"collected": "1026`},
		{"results", `"href": "./a:b"`, `"href": "%zz"`},
		{"results", `"ns": "https:`, `"namespace": "https:`},
		{"results", `"value": "fail"`, `"value": " fail"`},
		{"plan", `"import-ssp"`, `"import-system"`},
		{"plan", `"control-id": "raci-`, `"control-id": "1 `},
		{"catalog", `"id": "raci-`, `"id": "1.`},
		{"catalog", `"oscal-version"`, `"version-of-oscal"`},
	} {
		good := render(t, test.document, subjects()["colon"])
		bad := strings.Replace(good, test.old, test.new, 1)
		if bad == good {
			t.Errorf("%s: %s is not there", test.document, test.old)
		} else if form(bad) == nil {
			t.Errorf("%s: the schema takes %s", test.document, test.new)
		}
	}
}

// fileNames are what documents name each other by.
var fileNames = map[string]string{"results": resultsFile, "plan": planFile, "catalog": catalogFile, "ssp": systemFile, "provider": providerFile, "mapping": "oscal-mapping.json"}

// Every id is defined once, and every reference leads to what it should, in the same document or another.
func TestReferences(t *testing.T) {
	for name, a := range subjects() {
		set := oscaltest.Set{Documents: map[string]string{}}
		for document, file := range fileNames {
			set.Documents[file] = render(t, document, a)
			if set.Documents[file] != render(t, document, a) {
				t.Errorf("%s of %s is not the same twice", document, name)
			}
		}
		followed, defects := set.Follow()
		for _, defect := range defects[:min(len(defects), 10)] {
			t.Errorf("%s: %s", name, defect)
		}
		for _, key := range []string{
			"observation-uuid", "subject-uuid", "implementation-statement-uuid", "component-uuid", "party-uuid", "control-id",
			"statement-id", "target-id", "role-id", "href", "resource-fragment", "document", "inherited-uuid", "leveraged-authorization-uuid", "id-ref",
		} {
			if followed[key] == 0 && !strings.HasPrefix(name, "forged ") {
				t.Errorf("%s: no %s was followed", name, key)
			}
		}
	}
}

// The proof above can fail.
func TestReferencesThatLeadNowhere(t *testing.T) {
	good := map[string]string{}
	for document, file := range fileNames {
		good[file] = render(t, document, subjects()["several"])
	}
	other := "00000000-0000-5000-8000-000000000000"
	for _, test := range []struct{ file, pattern string }{
		{resultsFile, `"observation-uuid": "([^"]*)`},
		{resultsFile, `"risk-uuid": "([^"]*)`},
		{resultsFile, `"actor-uuid": "([^"]*)`},
		{resultsFile, `"subject-uuid": "([^"]*)`},
		{resultsFile, `"implementation-statement-uuid": "([^"]*)`},
		{resultsFile, `"href": "#([^"]*)`},
		{resultsFile, `"target-id": "([^"]*)`},
		{resultsFile, `"identifier": "([^"]*)`},
		{planFile, `"subject-uuid": "([^"]*)`},
		{systemFile, `"provided-uuid": "([^"]*)`},
		{systemFile, `"responsibility-uuid": "([^"]*)`},
		{systemFile, `"resource-fragment": "([^"]*)`},
		{systemFile, `"party-uuid": "([^"]*)`},
		{systemFile, `"component-uuid": "([^"]*)`},
		{systemFile, `"role-id": "([^"]*)`},
		{systemFile, `"name": "inherited-uuid",\s*"value": "([^"]*)`},
		{providerFile, `"control-id": "([^"]*)`},
		{"oscal-mapping.json", `"sources": [^]]*"id-ref": "([^"]*)`},
		{providerFile, `"uuid": "([^"]*)",\s*"provided-uuid"`},
	} {
		place := regexp.MustCompile(test.pattern).FindStringSubmatchIndex(good[test.file])
		if place == nil {
			t.Errorf("%s: %s is not there", test.file, test.pattern)
			continue
		}
		bad := maps.Clone(good)
		bad[test.file] = good[test.file][:place[2]] + other + good[test.file][place[3]:]
		if _, defects := (oscaltest.Set{Documents: bad}).Follow(); len(defects) == 0 {
			t.Errorf("%s: %s leads nowhere, and nobody says so", test.file, test.pattern)
		}
	}
}

// The plan has the statements of every service, whichever comes first.
func TestPlanIsOfAllServices(t *testing.T) {
	statements := func(services ...assessment.Service) int {
		return strings.Count(render(t, "plan", reporttest.Of(services...)), "_smt.")
	}
	want := statements(reporttest.Failing())
	if got := statements(reporttest.Compliant(), reporttest.Failing()); got != want || got == 0 {
		t.Errorf("%d statements, wanted %d", got, want)
	}
	if statements(reporttest.Partial(), reporttest.Failing()) != want {
		t.Error("what one service left out is lost though another has it")
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
				if len(f.Observations) == 0 {
					t.Errorf("%s: nothing supports the finding", check.ID)
				}
				if pass := check.Status == verdict.Pass; (f.Target.Status.State == "satisfied") != pass || pass == (len(f.Risks) > 0) {
					t.Errorf("%s is %s: %+v", check.ID, check.Status, f)
				}
				if len(f.Risks) > 0 {
					wanted := "open"
					if check.Status == verdict.Waived {
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

func TestRefusals(t *testing.T) {
	a := reporttest.Of(reporttest.Compliant())
	for _, at := range []string{"yesterday", "", "0001-01-01T00:00:00Z"} {
		a.At = at
		for _, write := range []func(io.Writer, *assessment.Assessment, string) error{Results, Plan, SSP} {
			if err := write(io.Discard, a, Versions[0]); !errors.Is(err, ErrInstant) {
				t.Errorf("%q: %v", at, err)
			}
		}
		if err := Catalog(io.Discard, Table{LastModified: at}, Versions[0]); !errors.Is(err, ErrInstant) {
			t.Errorf("%q: %v", at, err)
		}
		if err := Provider(io.Discard, Table{LastModified: at}, Versions[0]); !errors.Is(err, ErrInstant) {
			t.Errorf("%q: %v", at, err)
		}
	}
	if err := Mapping(io.Discard, table(reporttest.Of(reporttest.Failing())), targets, "1.1.3"); !errors.Is(err, ErrVersion) {
		t.Errorf("%v", err)
	}
	if err := Mapping(io.Discard, table(reporttest.Of()), targets, Versions[0]); !errors.Is(err, ErrNoMapping) {
		t.Errorf("%v", err)
	}
	if err := SSP(io.Discard, reporttest.Of(), Versions[0]); !errors.Is(err, ErrNobody) {
		t.Errorf("%v", err)
	}
	if err := Results(io.Discard, reporttest.Of(), Versions[0]); !errors.Is(err, ErrNobody) {
		t.Errorf("%v", err)
	}
}

// decoded is the one result of a service.
func decoded(t *testing.T, service assessment.Service) result {
	t.Helper()
	var document struct {
		Results results `json:"assessment-results"`
	}
	if err := json.Unmarshal([]byte(render(t, "results", reporttest.Of(service))), &document); err != nil {
		t.Fatal(err)
	}
	return document.Results.Results[0]
}

// titled are the observations whose title begins so.
func titled(r result, start string) []observation {
	var all []observation
	for _, o := range r.Observations {
		if strings.HasPrefix(o.Title, start) {
			all = append(all, o)
		}
	}
	return all
}

// What is not judged has no finding, even where a forged report says that its checks pass.
func TestNotAssessed(t *testing.T) {
	check := assessment.Check{ID: "forged.check", Status: verdict.Pass}
	for status, start := range map[verdict.Status]string{verdict.Inherited: "Inherited: 1.1.1 ", verdict.NotSelected: "Not assessed: 1.1.1 "} {
		s := reporttest.Compliant()
		activity := reporttest.Activity(&s, "1.1.1")
		activity.Status, activity.Checks = status, []assessment.Check{check}
		r := decoded(t, s)
		if len(r.Findings) > 0 || len(r.Risks) > 0 || len(titled(r, start)) != 1 {
			t.Errorf("%s: %d findings, observations %v", status, len(r.Findings), titled(r, start))
		}
	}
	r := decoded(t, reporttest.Compliant())
	inherited := titled(r, "Inherited: 2.1.1 ")[0]
	if !strings.HasSuffix(inherited.Remarks, "On file, not assessed: ISO/IEC 27001 certificate FR-2291 (valid until 2027-06-30).") || !strings.HasPrefix(inherited.Remarks, "Ask the provider for: the current ISO") {
		t.Error(inherited.Remarks)
	}
	if other := titled(r, "Inherited: 2.1.2 ")[0]; !strings.HasSuffix(other.Remarks, "No assurance document is on file.") {
		t.Error(other.Remarks)
	}
	if declared := titled(r, "Declared not applicable: 4.2.1 "); len(declared) != 1 || declared[0].Description != "no KMIP client is connected to the domain" {
		t.Errorf("%+v", declared)
	}
}

// A partial run reviews what it judged, and says of every other duty that nobody did.
func TestPartial(t *testing.T) {
	a := reporttest.Partial()
	r := decoded(t, a)
	reviewed := map[string]int{}
	for i, selection := range r.Reviewed.Selections {
		for _, item := range selection.Include {
			reviewed[item.Control] = i
		}
	}
	left := 0
	for _, activity := range a.Activities {
		selection, ok := reviewed[controlID(activity)]
		if ok == (activity.Status == verdict.NotSelected) || ok && (selection == 1) != (activity.Status == verdict.Inherited) {
			t.Errorf("%s is %s: reviewed %v, in selection %d", activity.ID, activity.Status, ok, selection)
		}
		if activity.Status == verdict.NotSelected {
			left++
		}
	}
	if got := len(titled(r, "Not assessed: ")); got != left || left == 0 {
		t.Errorf("%d of %d left out are observed", got, left)
	}
}

// An observation has the method and the time of the section that its fact stands in.
func TestProvenance(t *testing.T) {
	r := decoded(t, reporttest.Failing())
	for start, want := range map[string][2]string{
		"payments/evidence.yaml:88:5":  {"TEST", "2026-11-18T09:00:00Z"},    // backups, an export
		"payments/evidence.yaml:140:9": {"TEST", "2026-11-19T06:30:00Z"},    // keys, an API
		"payments/logs.yaml:6:5":       {"EXAMINE", "2026-10-29T08:00:00Z"}, // service_logs, a document
		"payments/evidence.yaml:31:9":  {"EXAMINE", "2026-11-20T09:00:00Z"}, // network, of which nobody says how
	} {
		all := titled(r, start)
		if len(all) != 1 || all[0].Methods[0] != want[0] || all[0].Collected != want[1] {
			t.Errorf("%s: %+v, wanted %v", start, all, want)
		}
	}
}

// A risk has what fixes each of its findings, each once; a waiver keeps what it covers.
func TestRisks(t *testing.T) {
	s := reporttest.Failing()
	risks := map[string]risk{}
	r := decoded(t, s)
	for _, item := range r.Risks {
		risks[item.Title] = item
	}
	var remediations []string
	for _, remedy := range risks["A restore has been tested recently"].Remediations {
		remediations = append(remediations, remedy.Description)
	}
	if diff := gocmp.Diff([]string{
		"Restore a sample of each job in isolation; record date, measured duration and outcome.",
		"Restore the collected file, or collect the facts again and record the new digest.",
	}, remediations); diff != "" {
		t.Error(diff)
	}
	if got := risks["Every enabled key is in a backup or an accepted exception"].Remediations; len(got) != 1 {
		t.Errorf("%+v", got)
	}
	accepted := risks["Every user of the Control Panel has a second factor"]
	if accepted.Deadline != "2027-01-31T23:59:59Z" || !slices.Contains(accepted.Log.Entries[0].Props, own("pointer", "/control_panel/users/2")) {
		t.Errorf("%+v", accepted)
	}
	for i, w := range s.Waivers {
		if entry := r.Log.Entries[i]; !strings.HasPrefix(entry.Title, "Waiver "+string(w.State)) || !strings.HasSuffix(entry.Description, w.Reason) || !strings.HasPrefix(entry.Description, w.Note) {
			t.Errorf("%s: %+v", w.Check, entry)
		}
	}
}

// A reference to a file leads to the file, whatever it is called.
func TestHref(t *testing.T) {
	for _, name := range []string{"evidence.yaml", "a:b", "a b?c#d%e", "##[error]", "\u202ea\n", "../ä.yaml", "/absolute/a b.yaml", " padded "} {
		reference, err := url.Parse(href(name))
		if err != nil || path.Clean(reference.Path) != path.Clean(name) || reference.RawQuery != "" || reference.Fragment != "" {
			t.Errorf("%q: %s leads to %v, %v", name, href(name), reference, err)
		}
	}
}

// facts are what the table of docs/oscal.md says where it stands, with a value that must stand there for the services below.
var facts = map[string]string{
	"title of the check":               "Every enabled key is in a backup or an accepted exception",
	"why it matters":                   "Says why it matters: A restore has been tested recently.",
	"severity":                         "critical",
	"verdict, also missing and waived": "missing",
	"satisfied or not":                 "not-satisfied",
	"what checked it":                  "tool",
	"grade of a pass":                  "derived",
	"place in the evidence":            "payments/evidence.yaml:132:9",
	"pointer into the evidence":        "/keys/service_keys/3",
	"line":                             "132",
	"what was found":                   "card-encryption was last rotated 812 days ago",
	"failing or missing":               "missing",
	"condition":                        "uncovered",
	"value in the message":             "365",
	"when it was collected":            "2026-11-18T09:00:00Z",
	"how it was collected":             "TEST",
	"by whom":                          "backup-bot",
	"remediation":                      "Rotate the key, and give it a rotation period.",
	"risk open or accepted":            "deviation-approved",
	"end of the waiver":                "2027-01-31T23:59:59Z",
	"reason of the waiver":             "the break-glass account has a sealed password; hardware keys are ordered (PO 4471)",
	"approver":                         "C. Roux",
	"requester":                        "J. Petit",
	"waivers that had no effect":       "Waiver rejected: key_management.within_crypto_period",
	"time of the assessment":           "2026-11-20T09:00:00Z",
}

// Every fact of a result stands where the page says.
func TestFactsStandWhereThePageSays(t *testing.T) {
	page, err := os.ReadFile("../../../docs/oscal.md")
	if err != nil {
		t.Fatal(err)
	}
	s := reporttest.Failing()
	reporttest.Activity(&s, "3.1.1.4").Checks[0].Grade = verdict.Derived
	var document map[string]map[string]any
	if err := json.Unmarshal([]byte(render(t, "results", reporttest.Of(s))), &document); err != nil {
		t.Fatal(err)
	}
	result := document["assessment-results"]["results"].([]any)[0]
	_, table, _ := strings.Cut(string(page), "| fact | place |\n|---|---|\n")
	left := maps.Clone(facts)
	for line := range strings.Lines(table) {
		row := strings.Split(strings.TrimSpace(line), " | ")
		if len(row) != 2 {
			break
		}
		fact, place := strings.TrimPrefix(row[0], "| "), strings.Trim(row[1], "` |")
		want, ok := left[fact]
		if delete(left, fact); !ok {
			t.Errorf("the page has %q, which nobody looks for", fact)
		} else if got := valuesAt(result, place); !slices.Contains(got, want) {
			t.Errorf("%s: %s has no %q: %.500q", fact, place, want, got)
		}
	}
	if len(left) > 0 {
		t.Errorf("the page does not say where these stand: %v", slices.Sorted(maps.Keys(left)))
	}
}

var step = regexp.MustCompile(`^([^.\[]+)(\[[^\]]*\])?\.?`)

// valuesAt are the texts at a place such as findings[].props[severity].
func valuesAt(value any, place string) []string {
	if place == "" {
		text, _ := value.(string)
		return []string{text}
	}
	object, ok := value.(map[string]any)
	match := step.FindStringSubmatch(place)
	if !ok || match == nil {
		return nil
	}
	rest := place[len(match[0]):]
	if match[2] == "" {
		return valuesAt(object[match[1]], rest)
	}
	name, class, _ := strings.Cut(strings.Trim(match[2], "[]"), ".")
	var all []string
	items, _ := object[match[1]].([]any)
	for _, item := range items {
		if p, isProp := item.(map[string]any); name == "" {
			all = append(all, valuesAt(item, rest)...)
		} else if isProp && p["name"] == name && (class == "" || p["class"] == class) {
			all = append(all, valuesAt(p["value"], rest)...)
		}
	}
	return all
}

func TestGolden(t *testing.T) {
	s := reporttest.Accepted()
	s.Activities = slices.DeleteFunc(s.Activities, func(a assessment.Activity) bool {
		return !slices.Contains([]string{"2.1.1", "3.1.2.1", "4.2.1"}, a.ID)
	})
	s.Summary = map[verdict.Status]int{}
	for _, activity := range s.Activities {
		s.Summary[activity.Status]++
	}
	for document := range documents {
		got := render(t, document, reporttest.Of(s))
		testhelp.Golden(t, filepath.Join("testdata", document+".golden"), got, *update)
	}
}

// Each framework has its mapping; each check that maps to it is a source, its activity too; the relation is the weakest; and what is not
// mapped of a whole list is said.
func TestMapping(t *testing.T) {
	a := reporttest.Of(reporttest.Failing())
	var document struct {
		Mapping mappingCollection `json:"mapping-collection"`
	}
	if err := json.Unmarshal([]byte(render(t, "mapping", a)), &document); err != nil {
		t.Fatal(err)
	}
	checks, activities := 0, 0
	for _, activity := range a.Services[0].Activities {
		mapped := 0
		for _, check := range activity.Checks {
			if len(check.Controls) > 0 {
				mapped++
			}
		}
		checks += mapped
		activities += min(mapped, 1)
	}
	if len(document.Mapping.Mappings) != 2 || checks == 0 {
		t.Fatalf("%d mappings of %d checks", len(document.Mapping.Mappings), checks)
	}
	for _, m := range document.Mapping.Mappings {
		counts := map[string]int{}
		for _, entry := range m.Maps {
			counts[entry.Sources[0].Type]++
			if entry.Relationship != "intersects-with" {
				t.Errorf("%s: %s", entry.Sources[0].ID, entry.Relationship)
			}
		}
		if counts["statement"] != checks || counts["control"] != activities {
			t.Errorf("%v, wanted %d checks of %d activities", counts, checks, activities)
		}
	}
	iso := document.Mapping.Mappings[0]
	if got := iso.Maps[0].Targets[0]; got.ID != "8.13" || got.Remarks != "Information backup (version 2030: 9.1)" {
		t.Errorf("%+v", got)
	}
	if !slices.Contains(iso.Props, own("unmapped-control", "8.14")) || len(document.Mapping.Mappings[1].Props) > 0 {
		t.Errorf("%+v", iso.Props)
	}
	all := map[string]Framework{"iso_27001": {Whole: true, Controls: map[string]string{"8.13": "", "GV.OC-01": ""}}}
	var out bytes.Buffer
	if err := Mapping(&out, table(a), all, Versions[0]); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	if gap := document.Mapping.Mappings[0].Gap; gap == nil || !slices.Equal(gap.Unmapped[0].IDs, []string{"GV.OC-01"}) {
		t.Errorf("%+v", gap)
	}
}

// Whose an activity is decides what is exported, and the verdict what is satisfied: nothing that fails, is missing or is waived.
func TestSharedResponsibility(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Compliant(), reporttest.Accepted(), reporttest.Partial(), reporttest.Broken())
	var document struct {
		Plan securityPlan `json:"system-security-plan"`
	}
	if err := json.Unmarshal([]byte(render(t, "provider", a)), &document); err != nil {
		t.Fatal(err)
	}
	exports := map[string]*export{}
	for _, r := range document.Plan.Controls.Requirements {
		exports[r.Control] = r.Components[0].Export
	}
	document.Plan = securityPlan{}
	if err := json.Unmarshal([]byte(render(t, "ssp", a)), &document); err != nil {
		t.Fatal(err)
	}
	plan := map[string]requirement{}
	for _, r := range document.Plan.Controls.Requirements {
		plan[r.Control] = r
	}
	states := map[string]int{}
	for i, activity := range a.Services[0].Activities {
		e, r := exports[controlID(activity)], plan[controlID(activity)]
		if e == nil || len(e.Provided) == 1 != acts(activity.Provider) || len(e.Responsibilities) == 1 != acts(activity.Customer) {
			t.Errorf("%s exports %+v", activity.ID, e)
		}
		inherits := 0
		bySeed := map[string]component{}
		for _, c := range r.Components {
			inherits += len(c.Inherited)
			bySeed[c.UUID] = c
		}
		if inherits == 1 != acts(activity.Provider) {
			t.Errorf("%s is inherited %d times", activity.ID, inherits)
		}
		for n, s := range a.Services {
			judged := s.Activities[i]
			c, ok := bySeed[implementationID(id("result", a.Digest, strconv.Itoa(n), s.Service.ID), controlID(activity))]
			if ok == (judged.Status == verdict.Inherited || judged.Status == verdict.NotSelected) {
				t.Errorf("%s of service %d is %s: %v", activity.ID, n, judged.Status, c)
			}
			if !ok {
				continue
			}
			states[c.Status.State]++
			if pass := judged.Status == verdict.Pass; len(c.Satisfied) == 1 != pass || (c.Status.State == "implemented") != pass {
				t.Errorf("%s of service %d is %s: %+v", activity.ID, n, judged.Status, c)
			}
		}
	}
	for _, state := range []string{"implemented", "partial", "not-implemented", "not-applicable"} {
		if states[state] == 0 {
			t.Errorf("none is %s: %v", state, states)
		}
	}
}
