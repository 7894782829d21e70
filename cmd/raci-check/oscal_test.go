package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/raci-check/raci-check/internal/report/oscal/oscaltest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

// oscalCases are what OSCAL documents are written of, with the flags of all of them.
var oscalCases = map[string]struct{ version, evidence, flags []string }{
	"compliant":         {nil, []string{"evidence/compliant"}, nil},
	"gaps":              {nil, []string{"evidence/gaps"}, nil},
	"small, OSCAL 1.1":  {[]string{"--oscal-version", "1.1.3"}, []string{"evidence/small"}, nil},
	"a fleet":           {nil, []string{"evidence/compliant", "evidence/gaps", "evidence/small", "evidence/saas"}, nil},
	"the other variant": {nil, []string{"evidence/gaps"}, []string{"--raci", "published-2025-10-21"}},
}

// oscalDocuments are all documents in OSCAL that commands write, by the file that they name each other by.
func oscalDocuments(t *testing.T, version, evidence, flags []string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	assess := []string{"assess", "--at", "2026-11-20", "--allow-past-at", "-o", "json=" + file("report.json")}
	for format, name := range map[string]string{"oscal": "oscal-results.json", "oscal-plan": "oscal-plan.json", "oscal-ssp": "oscal-ssp.json"} {
		assess = append(assess, "-o", format+"="+file(name))
	}
	output(t, slices.Concat(assess, version, flags, evidence)...)
	documents := map[string]string{}
	for _, name := range []string{"oscal-results.json", "oscal-plan.json", "oscal-ssp.json"} {
		content, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		documents[name] = string(content)
	}
	if again := output(t, slices.Concat([]string{"render", "-o", "oscal-ssp", file("report.json")}, version)...); again != documents["oscal-ssp.json"] {
		t.Error("render writes another plan of the system than assess")
	}
	for format, name := range map[string]string{"oscal": "oscal-catalog.json", "oscal-ssp": "oscal-provider.json", "oscal-mapping": "oscal-mapping.json"} {
		if len(version) == 0 || format != "oscal-mapping" {
			documents[name] = output(t, slices.Concat([]string{"duties", "-o", format}, version, flags)...)
		}
	}
	return documents
}

// The documents in OSCAL fit OSCAL's own schema, and each of their references leads to what it should: in the same document, in
// another of them, or to a file of the evidence with its digest.
func TestOSCALDocuments(t *testing.T) {
	testhelp.Long(t, "writes and follows the documents of each example")
	for name, test := range oscalCases {
		t.Run(name, func(t *testing.T) {
			documents := oscalDocuments(t, test.version, test.evidence, test.flags)
			version := "1.2.1"
			if len(test.version) > 0 {
				version = test.version[1]
			}
			fitOSCAL(t, version, documents)
			set := oscaltest.Set{Documents: documents, Open: func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(root(t), name)) }}
			followed, defects := set.Follow()
			for _, defect := range defects[:min(len(defects), 20)] {
				t.Error(defect)
			}
			if followed["file"] < len(test.evidence) || followed["document"] < 8 || followed["target-id"] < 100*len(test.evidence) {
				t.Errorf("followed only %v", followed)
			}
		})
	}
}

// fitOSCAL holds documents against the official schema of a version.
func fitOSCAL(t *testing.T, version string, documents map[string]string) {
	t.Helper()
	official := filepath.Join(root(t), "../shared/schemas/oscal-complete-schema-"+version+".json")
	if _, err := os.Stat(official); err != nil {
		t.Skipf("the official schema is not here: %v", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	form, err := compiler.Compile(official)
	if err != nil {
		t.Fatal(err)
	}
	for name, document := range documents {
		value, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
		if err != nil {
			t.Fatal(err)
		}
		if err := form.Validate(value); err != nil {
			t.Errorf("%s: %.2000s", name, err)
		}
	}
}

// Every control that the mapping names is one that its publisher lists; each check with controls is mapped; and each activity's part
// of either party is in the provider's document, by each variant of the table.
func TestOSCALOfTheTable(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	frameworks, err := rules.Controls()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, framework := range frameworks {
		for id := range framework.Titles() {
			listed[id] = true
		}
	}
	var mapping struct {
		Collection struct {
			Mappings []struct {
				Maps []struct {
					Sources, Targets []struct {
						Type string
						ID   string `json:"id-ref"`
					}
				}
			}
		} `json:"mapping-collection"`
	}
	if err := json.Unmarshal([]byte(output(t, "duties", "-o", "oscal-mapping")), &mapping); err != nil {
		t.Fatal(err)
	}
	checks := map[string]bool{}
	for _, m := range mapping.Collection.Mappings {
		for _, entry := range m.Maps {
			if entry.Sources[0].Type == "statement" {
				checks[entry.Sources[0].ID] = true
			}
			for _, target := range entry.Targets {
				if !listed[target.ID] {
					t.Errorf("%s maps to %s, which nobody lists", entry.Sources[0].ID, target.ID)
				}
			}
		}
	}
	if len(mapping.Collection.Mappings) != len(frameworks) || len(checks) < 200 {
		t.Errorf("%d mappings of %d checks", len(mapping.Collection.Mappings), len(checks))
	}
	for variant, want := range map[string][2]int{"kb0065221": {11, 21}, "published-2025-10-21": {21, 11}} {
		document := output(t, "duties", "-o", "oscal-ssp", "--raci", variant)
		provided, responsibilities := strings.Count(document, `"provided": [`), strings.Count(document, `"responsibilities": [`)
		if n := strings.Count(document, `"export": {`); n != 31 || provided != want[0] || responsibilities != want[1] {
			t.Errorf("%s: %d exports, %d provided and %d responsibilities, wanted 31, %v", variant, n, provided, responsibilities, want)
		}
	}
}
