package defectdojo_test

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/defectdojo"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/report/sarif"
	"github.com/raci-check/raci-check/internal/verdict"
)

type finding struct {
	Title, Severity, Description, Mitigation, References, Service, Date string
	Tags                                                                []string
	Active                                                              bool
	UniqueID                                                            string `json:"unique_id_from_tool"`
	VulnID                                                              string `json:"vuln_id_from_tool"`
	Accepted                                                            bool   `json:"risk_accepted"`
	Planned                                                             string `json:"planned_remediation_date"`
}

func written(t *testing.T, a *assessment.Assessment) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := defectdojo.Write(&out, a); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func findings(t *testing.T, a *assessment.Assessment) []finding {
	t.Helper()
	var report struct{ Findings []finding }
	if err := json.Unmarshal(written(t, a), &report); err != nil {
		t.Fatal(err)
	}
	return report.Findings
}

func fleet() *assessment.Assessment {
	return reporttest.Of(reporttest.Failing(), reporttest.Accepted(), reporttest.Broken(), reporttest.Compliant())
}

// accepts says what the schema has against a report.
func accepts(t *testing.T, report []byte) error {
	t.Helper()
	form, err := os.ReadFile("testdata/generic-findings.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(form))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("form.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("form.json")
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(report))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(value)
}

// DefectDojo refuses a file for a single field that it does not take.
func TestNoFieldIsRefused(t *testing.T) {
	for name, a := range map[string]*assessment.Assessment{
		"fleet": fleet(), "nothing to fix": reporttest.Of(reporttest.Compliant()), "empty": reporttest.Hostile(""), "quotes": reporttest.Hostile(`a "b", 'c' d`),
		"long": reporttest.Hostile(strings.Repeat("long ", 3000)), "poisoned": reporttest.Poisoned("x"), "poisoned empty": reporttest.Poisoned(""),
	} {
		if err := accepts(t, written(t, a)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	report := string(written(t, fleet()))
	for old, spoiled := range map[string]string{`"nb_occurences"`: `"nb_occurrences"`, `"High"`: `"high"`, `"status:missing"`: `"status: missing"`} {
		if !strings.Contains(report, old) || accepts(t, []byte(strings.Replace(report, old, spoiled, 1))) == nil {
			t.Errorf("the schema takes %s", spoiled)
		}
	}
}

// A finding of the assessment is one of the report, accepted where a waiver covers it, and every one has an id of its own.
func TestFindings(t *testing.T) {
	a := fleet()
	all, open, accepted := findings(t, a), a.Open(), a.Accepted()
	if len(all) != len(open)+len(accepted) || len(accepted) == 0 {
		t.Fatalf("%d findings of %d open and %d accepted", len(all), len(open), len(accepted))
	}
	ids := map[string]bool{}
	for i, f := range all {
		ids[f.UniqueID] = true
		if f.Active == f.Accepted || f.Accepted != (i >= len(open)) {
			t.Errorf("%s is active %v and accepted %v", f.Title, f.Active, f.Accepted)
		}
		if f.Date != "2026-11-20" || f.Mitigation == "" || f.References == "" {
			t.Errorf("%+v", f)
		}
		if !f.Accepted && !slices.Contains(f.Tags, "status:"+string(open[i].Finding.Status)) {
			t.Errorf("%s of status %s has the tags %v", f.Title, open[i].Finding.Status, f.Tags)
		}
	}
	if len(ids) != len(all) {
		t.Errorf("%d ids of %d findings", len(ids), len(all))
	}
	waived := all[len(open)]
	if waived.Planned != "2027-01-31" || !slices.Contains(waived.Tags, "waived") {
		t.Errorf("%+v", waived)
	}
	for _, words := range []string{"2027-01-31", "C. Roux", "J. Petit", "PO 4471"} {
		if !strings.Contains(waived.Description, words) {
			t.Errorf("the waiver's %s is not in %q", words, waived.Description)
		}
	}
}

// Services are told apart, also where two have the same name.
func TestServicesAreToldApart(t *testing.T) {
	first, other := reporttest.Failing(), reporttest.Failing()
	other.Service.ID = "9b8d1e44-0c1f-4d6e-b2a7-5a1c7f3e2d11"
	services, ids := map[string]int{}, map[string]bool{}
	all := findings(t, reporttest.Of(first, other))
	for _, f := range all {
		services[f.Service]++
		ids[f.UniqueID] = true
	}
	if len(services) != 2 || len(ids) != len(all) {
		t.Errorf("%v, %d ids of %d findings", services, len(ids), len(all))
	}
}

// The id is the fingerprint of SARIF, and the same whether a waiver covers the finding or not.
func TestIDs(t *testing.T) {
	s := reporttest.Failing()
	var log bytes.Buffer
	if err := sarif.Write(&log, reporttest.Of(s), sarif.Omitted, nil); err != nil {
		t.Fatal(err)
	}
	before := findings(t, reporttest.Of(s))
	for _, f := range before {
		if !f.Accepted && !strings.Contains(log.String(), f.UniqueID) {
			t.Errorf("SARIF has no fingerprint %s", f.UniqueID)
		}
	}
	check := &reporttest.Activity(&s, "3.1.2.1").Checks[0]
	check.Status, check.Findings[0].Waived = verdict.Fail, false
	after := findings(t, reporttest.Of(s))
	id := func(all []finding) string {
		i := slices.IndexFunc(all, func(f finding) bool { return f.VulnID == "control_panel_access.mfa" })
		return all[i].UniqueID
	}
	if id(before) != id(after) {
		t.Errorf("%s with a waiver, %s without", id(before), id(after))
	}
}

// A finding that a waiver covers is accepted, also where the check fails for another.
func TestPartlyWaived(t *testing.T) {
	s := reporttest.Failing()
	check := &reporttest.Activity(&s, "3.1.2.1").Checks[0]
	another := check.Findings[0]
	another.Pointer, another.Waived = "/control_panel/users/3", false
	check.Status, check.Waiver, check.Findings = verdict.Fail, nil, append(check.Findings, another)
	states := map[bool]finding{}
	for _, f := range findings(t, reporttest.Of(s)) {
		if f.VulnID == check.ID {
			states[f.Accepted] = f
		}
	}
	if states[true].Planned != "2027-01-31" || states[false].Planned != "" || !states[false].Active {
		t.Errorf("%+v", states)
	}
}

func TestSameBytes(t *testing.T) {
	if !bytes.Equal(written(t, fleet()), written(t, fleet())) {
		t.Error("two reports of the same assessment differ")
	}
}
