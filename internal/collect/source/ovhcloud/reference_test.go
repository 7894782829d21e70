package ovhcloud

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

const (
	regionsRoute = "/v2/okms/reference/regions"
	typesRoute   = "/v2/okms/reference/serviceKey"
)

// publishes makes the fake answer what the provider publishes: as the reference data has it, in the API's form.
func (f *fake) publishes(t *testing.T) map[string]any {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	reference, err := rules.Reference()
	must(t, err)
	f.page = 100
	f.pages[regionsRoute], f.pages[typesRoute] = nil, nil
	for name, row := range table(reference, "regions") {
		if inUS(name) {
			continue
		}
		certifications := []any{"STANDARD"}
		if row["pci_dss"] == true {
			certifications = append(certifications, "PCI_DSS")
		}
		f.pages[regionsRoute] = append(f.pages[regionsRoute], map[string]any{
			"id": name, "certifications": certifications, "restEndpoint": name + ".okms.ovh.net", "type": "REGION-1-AZ", "futureField": "secret-9",
		})
	}
	for name, row := range table(reference, "key_types") {
		keyType := map[string]any{"type": name, "default": false}
		for _, field := range []string{"sizes", "curves"} {
			choices := []any{}
			for _, value := range row[field].([]any) {
				choices = append(choices, map[string]any{"value": value, "default": false})
			}
			keyType[field] = choices
		}
		keyType["operations"] = []any{map[string]any{"value": row["operations"], "default": true}}
		f.pages[typesRoute] = append(f.pages[typesRoute], keyType)
	}
	return reference
}

// item is an item of a list of the fake.
func (f *fake) item(t *testing.T, list, field, value string) map[string]any {
	t.Helper()
	i := slices.IndexFunc(f.pages[list], func(item map[string]any) bool { return item[field] == value })
	if i < 0 {
		t.Fatalf("no %s in %s", value, list)
	}
	return f.pages[list][i]
}

// What the provider publishes now is compared with the reference data, both ways, kept beside the keys, and turns nothing.
func TestReferenceDataIsCompared(t *testing.T) {
	drop := func(f *fake, list, field, value string) {
		f.pages[list] = slices.DeleteFunc(f.pages[list], func(item map[string]any) bool { return item[field] == value })
	}
	for name, test := range map[string]struct {
		change func(*testing.T, *fake)
		notes  []string
	}{
		"the same": {func(*testing.T, *fake) {}, nil},
		"a region is new": {func(_ *testing.T, f *fake) {
			f.pages[regionsRoute] = append(f.pages[regionsRoute], map[string]any{"id": "EU_NORTH_STO"})
		}, []string{"the provider has regions that the reference data lacks: eu-north-sto; checks about them fail until a file for --reference adds them"}},
		"a region is gone": {func(_ *testing.T, f *fake) { drop(f, regionsRoute, "id", "eu-south-mil") },
			[]string{"the reference data has regions that the provider does not list: eu-south-mil"}},
		"a region is certified": {func(t *testing.T, f *fake) {
			f.item(t, regionsRoute, "id", "eu-west-par")["certifications"] = []any{"PCI_DSS"}
		}, []string{"the provider lists regions for PCI DSS that the reference data does not: eu-west-par"}},
		"a region is not certified": {func(t *testing.T, f *fake) {
			f.item(t, regionsRoute, "id", "eu-west-rbx")["certifications"] = []any{"STANDARD"}
		}, []string{"the reference data has regions for PCI DSS that the provider does not list for it: eu-west-rbx"}},
		"the region of another provider of its own": {func(_ *testing.T, f *fake) {
			f.pages[regionsRoute] = []map[string]any{{"id": "us-east-vin"}}
		}, nil},
		"keys are new": {func(t *testing.T, f *fake) {
			f.pages[typesRoute] = append(f.pages[typesRoute], map[string]any{"type": "ML-KEM"})
			f.item(t, typesRoute, "type", "RSA")["sizes"] = []any{map[string]any{"value": 2048}, map[string]any{"value": 3072}, map[string]any{"value": 4096}, map[string]any{"value": 8192}}
		}, []string{"the region eu-west-par offers keys that the reference data lacks: ML-KEM, RSA 8192"}},
		"keys are gone": {func(t *testing.T, f *fake) {
			drop(f, typesRoute, "type", "EC")
			f.item(t, typesRoute, "type", "oct")["operations"] = []any{map[string]any{"value": []any{"encrypt", "decrypt"}}}
		}, []string{"the reference data has keys that the region eu-west-par does not offer: EC, oct unwrapKey, oct wrapKey"}},
		"sizes that are not said": {func(t *testing.T, f *fake) { f.item(t, typesRoute, "type", "EC")["sizes"] = []any{} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			reference := f.publishes(t)
			test.change(t, f)
			s := f.opened(t, byToken)
			s.published = reference
			result := whole(t, s)
			var got []string
			for _, note := range result.Notes {
				if strings.Contains(note, "reference data") {
					got = append(got, note)
				}
			}
			if diff := cmp.Diff(test.notes, got); diff != "" {
				t.Error(diff)
			}
			if told(t, result, "keys") != told(t, whole(t, newFake(t).opened(t, byToken)), "keys") {
				t.Error("the keys are others")
			}
			keys := result.Parts[slices.IndexFunc(result.Parts, func(p collect.Part) bool { return p.Section == "keys" })]
			var kept []string
			for _, answer := range keys.Answers {
				kept = append(kept, strings.TrimPrefix(answer.Origin, "https://eu.api.ovh.com"))
			}
			if want := []string{okmsRoute + "/serviceKey", regionsRoute, typesRoute + "?region=EU_WEST_PAR"}; !slices.Equal(kept, want) {
				t.Errorf("kept are %v", kept)
			}
		})
	}
}

// The answers that are kept beside the keys do not hinder an assessment from reading these again, and the next run writes nothing new.
func TestKeysAreReadAgainBesideReferenceData(t *testing.T) {
	f := newFake(t)
	reference := f.publishes(t)
	s := f.opened(t, byToken)
	s.published = reference
	folder := t.TempDir()
	collecttest.Unfilled(t, folder, domainID)
	f.collected(t, s, folder)
	kept, err := os.ReadFile(filepath.Join(folder, "collected", "keys.json"))
	must(t, err)
	if text := string(kept); !strings.Contains(text, regionsRoute) || !strings.Contains(text, "eu-west-rbx") || strings.Contains(text, "secret-9") {
		t.Errorf("kept are %s", text)
	}
	if n := collecttest.Reread(t, folder, at); n < 9 {
		t.Errorf("%d sections are kept", n)
	}
	if again := f.collected(t, s, folder); len(again.Changes) > 0 {
		t.Errorf("nothing changed, and %v is written", again.Changes)
	}
}

// Reference data that cannot be read fails nothing, and is said.
func TestReferenceDataThatCannotBeRead(t *testing.T) {
	for _, code := range []int{403, 404, 500} {
		f := newFake(t)
		reference := f.publishes(t)
		f.fault = on(regionsRoute, status(code, `{"message": "no"}`))
		s := f.opened(t, byToken)
		s.published = reference
		notes := strings.Join(whole(t, s).Notes, "\n")
		if !strings.Contains(notes, "the reference data is not compared with the provider's regions: list the provider's regions: GET "+regionsRoute) || strings.Contains(notes, "root account") {
			t.Errorf("%d: notes %q", code, notes)
		}
	}
}

// The API's count of keys shows that a list is too short.
func TestKeysThatAreNotListedAreSaid(t *testing.T) {
	const say = "the domain has 4 service keys, and these credentials list 3"
	for count, want := range map[any]bool{4: true, 3: false, nil: false} {
		f := newFake(t)
		f.objects[okmsRoute].(map[string]any)["serviceKeyCount"] = count
		result := whole(t, f.opened(t, byToken))
		if notes := strings.Join(result.Notes, "\n"); strings.Contains(notes, say) != want {
			t.Errorf("%v: notes %q", count, notes)
		}
		section, number := told(t, result, "keys"), map[bool]string{true: `"service_key_count":4`, false: `"service_key_count":3`}[want]
		if !strings.Contains(section, number) { // a count of the list alone would prove that nothing is absent
			t.Errorf("%v: %s lacks %s", count, section, number)
		}
	}
}
