package ruleset_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/policies"
)

const additionHead = "api_version: raci-check/v1\nkind: Reference\nsource: The provider's letter of 2026-11-02\nas_of: \"2026-11-02\"\nreference:\n"

func addition(t *testing.T, name, tables string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(additionHead+tables), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestReferenceIsAddedTo(t *testing.T) {
	rules := withSnapshot(t, policies.FS, policies.Snapshot)
	before, err := rules.Reference()
	if err != nil {
		t.Fatal(err)
	}
	first := addition(t, "one.yaml", `  regions:
    eu-north-sto: {country: SE, backup_regions: [eu-west-gra], pci_dss: false}
  region_countries: {eu-north-sto: SE}
  placeholders: [anna fragen]
`)
	second := addition(t, "two.yaml", "  actions:\n    \"okms:apikms:serviceKey/rotate\": {class: administer, object: service_key, other_spellings: [\"okms:apiovh:serviceKey/rotate\"], source: letter}\n  placeholders: [irgendwann]\n")
	with, err := rules.WithReference("", []string{first, second})
	if err != nil {
		t.Fatal(err)
	}
	after, err := with.Reference()
	if err != nil {
		t.Fatal(err)
	}
	region, _ := after["regions"].(map[string]any)["eu-north-sto"].(map[string]any)
	if region["country"] != "SE" || after["region_countries"].(map[string]any)["eu-north-sto"] != "SE" || after["actions"].(map[string]any)["okms:apikms:serviceKey/rotate"] == nil {
		t.Errorf("%v was added", region)
	}
	words := after["placeholders"].([]any)
	if got := words[len(words)-2:]; got[0] != "anna fragen" || got[1] != "irgendwann" || len(words) != len(before["placeholders"].([]any))+2 {
		t.Errorf("%v were added", got)
	}
	files := with.ReferenceFiles()
	if len(files) != 2 || files[0].Source != "The provider's letter of 2026-11-02" || files[0].AsOf != "2026-11-02" || len(files[0].SHA256) != 64 {
		t.Fatalf("%+v", files)
	}
	want := map[string][]string{"regions": {"eu-north-sto"}, "region_countries": {"eu-north-sto"}, "placeholders": {"anna fragen"}}
	if diff := cmp.Diff(want, files[0].Added); diff != "" {
		t.Error(diff)
	}
	unchanged, err := rules.Reference()
	if diff := cmp.Diff(before, unchanged); err != nil || diff != "" {
		t.Errorf("the ruleset that was added to is another now: %v %s", err, diff)
	}
	if a, b := digestOf(t, rules), digestOf(t, with); a != b {
		t.Error("the digest of the policies tells what a customer added")
	}
}

func digestOf(t *testing.T, rules ruleset.Ruleset) string {
	t.Helper()
	digest, err := rules.Digest()
	if err != nil {
		t.Fatal(err)
	}
	return digest
}

func TestReferenceRefusesWhatReplacesOrDoesNotFit(t *testing.T) {
	rules := withSnapshot(t, policies.FS, policies.Snapshot)
	for name, test := range map[string]struct{ tables, want string }{
		"a row that is there":        {"  region_countries:\n    eu-west-rbx: DE\n", "f.yaml:7:5: eu-west-rbx is in the table region_countries already"},
		"a word that is there":       {"  placeholders: [something new, tbd]\n", "f.yaml:6:33: tbd is in the table placeholders already"},
		"in other letters":           {"  data_ciphers:\n    aes-256-gcm: {use: [data], authenticated: true, strength_bits: 256, source: none of it}\n", "f.yaml:7:5: aes-256-gcm is in the table"},
		"a spelling that is there":   {"  actions:\n    \"okms:apiovh:x/y\": {class: read_metadata, object: x, source: mail, other_spellings: [\"okms:apiovh:secret/delete\"]}\n", "f.yaml:7:5: okms:apiovh:secret/delete is in the table actions already"},
		"another spelling's":         {"  actions:\n    \"okms:apiovh:serviceKey/dataKey/create\": {class: read_metadata, object: x, source: mail}\n", "is in the table actions already"},
		"the worst class":            {"  unknown_action: {class: read_metadata, object: unknown}\n", "f.yaml:6:3:"},
		"a class of its own":         {"  actions:\n    \"okms:apiovh:x/y\": {class: harmless, object: x, source: mail}\n", "f.yaml:7:"},
		"a field that there is not":  {"  region_countries: {eu-north-sto: SE}\n  regions:\n    eu-north-sto: {country: SE, backup_regions: [eu-west-gra], pci_dss: false, pci: true}\n", "f.yaml:8:"},
		"no country":                 {"  region_countries:\n    eu-north-sto: Sweden\n", "f.yaml:7:19"},
		"a table that there is not":  {"  countries: {SE: x}\n", "f.yaml:6:3:"},
		"a misspelt name of a table": {"  placeholder: [x y]\n", "placeholders"},
		"capitals in a word":         {"  placeholders: [Anna]\n", "f.yaml:6:"},
		"twice in one file":          {"  placeholders: [anna fragen, anna fragen]\n", "f.yaml:6:"},
		"nothing":                    {"  {}\n", "f.yaml:"},
	} {
		_, err := rules.WithReference("", []string{addition(t, "f.yaml", test.tables)})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, wanted %s", name, err, test.want)
		}
	}
	first, second := addition(t, "one.yaml", "  placeholders: [anna fragen]\n"), addition(t, "two.yaml", "  placeholders: [anna fragen]\n")
	if _, err := rules.WithReference("", []string{first, second}); err == nil || !strings.Contains(err.Error(), "two.yaml:6:18: anna fragen is added to placeholders by "+first+" as well") {
		t.Errorf("two files add the same: %v", err)
	}
	if _, err := rules.WithReference("", []string{first, filepath.Join(t.TempDir(), "none.yaml")}); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("a file that is not there: %v", err)
	}
	file := filepath.Join(t.TempDir(), "w.yaml")
	if err := os.WriteFile(file, []byte("api_version: raci-check/v1\nkind: Parameters\nparameters: {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := rules.WithReference("", []string{file}); err == nil || !strings.Contains(err.Error(), "w.yaml:2:") {
		t.Errorf("a file of another kind: %v", err)
	}
}

// What the form offers is there to be added to, and a row of the shipped tables fits it.
func TestTheFormOfAdditionsIsThatOfTheTables(t *testing.T) {
	bare, err := ruleset.Open(os.DirFS(tree(t, map[string]string{"service/reference.yaml": "{}\n"})), "service")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bare.WithReference("", []string{addition(t, "f.yaml", "  placeholders: [anna fragen]\n")}); err == nil || !strings.Contains(err.Error(), "nothing can be added to the reference data of the catalog service") {
		t.Errorf("a catalog without the form: %v", err)
	}
	rules := withSnapshot(t, policies.FS, policies.Snapshot)
	reference, err := rules.Reference()
	if err != nil {
		t.Fatal(err)
	}
	form, err := rules.ReferenceForm()
	if err != nil {
		t.Fatal(err)
	}
	checkForm(t, form, reference)
}

// checkForm checks every table that the form offers, as it is shipped, against the form.
func checkForm(t *testing.T, form []byte, reference map[string]any) {
	t.Helper()
	var parsed struct {
		Properties struct {
			Reference struct {
				Properties map[string]any `json:"properties"`
			} `json:"reference"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(form, &parsed); err != nil {
		t.Fatal(err)
	}
	offered := map[string]any{}
	for table := range parsed.Properties.Reference.Properties {
		if reference[table] == nil {
			t.Errorf("the form offers %s, which there is not", table)
		}
		offered[table] = reference[table]
	}
	whole, err := json.Marshal(map[string]any{
		"api_version": "raci-check/v1", "kind": "Reference", "source": "the shipped tables", "as_of": "2026-11-28", "reference": offered,
	})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := document.Parse("shipped.json", whole, document.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := schema.Compile("reference", form)
	if err != nil {
		t.Fatal(err)
	}
	if err := compiled.Validate(doc); err != nil {
		t.Error(err)
	}
	if len(offered) < 8 {
		t.Errorf("only %d tables are offered", len(offered))
	}
}
