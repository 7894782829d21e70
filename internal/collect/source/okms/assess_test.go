package okms

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raci-check/internal/collect"
	"raci-check/internal/collect/collecttest"
	"raci-check/internal/document"
	"raci-check/internal/verdict"
)

// inCloud makes a domain of what evidence says of its keys and secrets, in the words of the API.
func inCloud(t *testing.T, f *fake, folder string) {
	t.Helper()
	items := func(file, pointer string) []any {
		name := filepath.Join(folder, file)
		content, err := os.ReadFile(name)
		must(t, err)
		doc, err := document.Parse(name, content, document.DefaultLimits)
		must(t, err)
		list, _ := doc.Lookup(pointer)
		return list.([]any)
	}
	for _, item := range items("keys.yaml", "/keys/service_keys") {
		key := item.(map[string]any)
		attributes := map[string]any{"state": key["state"]}
		for name, field := range map[string]string{"original_creation_date": "created_at", "activation_date": "activated_at", "deactivation_date": "deactivated_at", "compromise_date": "compromised_at"} {
			if key[field] != nil {
				attributes[name] = key[field]
			}
		}
		one := map[string]any{"type": "oct", "protectionLevel": "SOFTWARE", "attributes": attributes} // the API names a type always
		for _, field := range []string{"id", "name", "type", "size", "curve", "operations"} {
			if key[field] != nil {
				one[field] = key[field]
			}
		}
		f.keys = append(f.keys, one)
	}
	for _, item := range items("secrets.yaml", "/secrets/secrets") {
		of := item.(map[string]any)
		one := apiSecret(of["path"].(string), 2)
		metadata := one["metadata"].(map[string]any)
		metadata["maxVersions"], metadata["casRequired"], metadata["deactivateVersionAfter"] = of["max_versions"], of["cas_required"], "2160h"
		f.secrets = append(f.secrets, one)
		f.versions[of["path"].(string)] = []map[string]any{apiVersion(1, "2025-01-01T00:00:00Z"), apiVersion(2, of["current_version_created_at"].(string))}
	}
}

// collected collects into a folder by the source as the command has it.
func collected(t *testing.T, values collect.Values, folder string) *collect.Plan {
	t.Helper()
	config := collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: Kind, Values: values}}}
	plan := collecttest.Plan(t, config, at, folder)
	must(t, plan.Write())
	return plan
}

// From the cloud to the verdict: what is collected fills what was missing, and a change in the cloud turns the checks that it
// concerns and no other.
func TestCollectedAndAssessed(t *testing.T) {
	const cardData = "bdaee862-6fe1-408f-a53a-18050cf887f6" // the key that the datasets of the example name
	f, p := newFake(t), collecttest.NewPKI(t)
	inCloud(t, f, "../../../../evidence/compliant")
	values := collect.Values{"endpoint": {f.start(t, p).URL}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}

	t.Run("a folder without evidence", func(t *testing.T) {
		folder := t.TempDir()
		collecttest.Unfilled(t, folder, domain)
		before := collecttest.Checks(t, folder, at)
		collected(t, values, folder)
		fewer := collecttest.Turned(before, collecttest.Checks(t, folder, at))
		want := map[string]verdict.Status{ // what was missing
			"administration.changes_approved": verdict.Fail, "backups.keys_covered": verdict.Fail, "backups.secrets_covered": verdict.Fail,
			"data_destruction.key_destructions_approved": verdict.Fail, "key_management.secrets_configured": verdict.Pass,
			"key_management.secrets_rotated": verdict.Pass, "key_management.states_dated": verdict.Pass,
		}
		if diff := cmp.Diff(want, fewer); diff != "" {
			t.Error(diff)
		}
	})

	folder := filepath.Join(t.TempDir(), "evidence")
	must(t, os.CopyFS(folder, os.DirFS("../../../../evidence/compliant")))
	good := collecttest.Checks(t, folder, at)
	first := collected(t, values, folder)
	if first.Incomplete() {
		t.Fatalf("%+v", first.Reports)
	}
	if n := collecttest.Reread(t, folder, at); n != 2 {
		t.Errorf("%d sections are kept", n)
	}
	if diff := collecttest.Turned(good, collecttest.Checks(t, folder, at)); len(diff) > 0 {
		t.Errorf("what the cloud says as the evidence does turns %v", diff)
	}
	if again := collected(t, values, folder); len(again.Changes) > 0 {
		t.Errorf("nothing changed, and %v is written", again.Changes)
	}

	key := f.keys[slices.IndexFunc(f.keys, func(key map[string]any) bool { return key["id"] == cardData })]
	was := maps.Clone(key["attributes"].(map[string]any))
	for name, test := range map[string]struct {
		attributes map[string]any
		turns      map[string]verdict.Status
	}{
		"a key in use is deactivated": {map[string]any{"state": "deactivated", "deactivation_date": "2026-11-19T08:00:00Z"}, map[string]verdict.Status{
			"data_security.confidential_encrypted": verdict.Missing, "key_management.retired_properly": verdict.Missing}},
		"a key in use is compromised": {map[string]any{"state": "compromised", "compromise_date": "2026-11-19T08:00:00Z"}, map[string]verdict.Status{
			"data_security.confidential_encrypted": verdict.Fail, "key_management.compromise_handled": verdict.Missing, "incidents.incidents_recorded": verdict.Missing,
			// What rests on the key contradicts its state.
			"backups.evidence_consistent": verdict.Fail, "cmk_access_policy.evidence_consistent": verdict.Fail,
			"data_security.evidence_consistent": verdict.Fail, "import_export.evidence_consistent": verdict.Fail}},
		"a key in use is past its time": {map[string]any{"activation_date": "2020-11-19T08:00:00Z"}, map[string]verdict.Status{
			"key_management.within_crypto_period": verdict.Fail,
			"key_management.evidence_consistent":  verdict.Fail}}, // activated before it was made
	} {
		t.Run(name, func(t *testing.T) {
			changed := maps.Clone(was)
			maps.Copy(changed, test.attributes)
			key["attributes"] = changed
			collected(t, values, folder)
			if diff := cmp.Diff(test.turns, collecttest.Turned(good, collecttest.Checks(t, folder, at))); diff != "" {
				t.Error(diff)
			}
			key["attributes"] = was
			collected(t, values, folder)
			if diff := collecttest.Turned(good, collecttest.Checks(t, folder, at)); len(diff) > 0 {
				t.Errorf("what was changed back turns %v", diff)
			}
		})
	}
}

// Whatever the API tells, the kept answers tell it again, even of what has the name of a secret.
func TestKeptAnswersAreReadAgain(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	f.keys = append(manyKeys(3), apiKey(3, "archived"), apiKey(4, "pre_active"))
	f.keys[0]["attributes"].(map[string]any)["password"] = "geheim"
	for _, path := range []string{"app/password", "token", "a/b"} {
		f.secrets = append(f.secrets, apiSecret(path, 2))
		f.versions[path] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z"), apiVersion(2, "2026-03-01T00:00:00Z")}
	}
	f.secrets = append(f.secrets, map[string]any{"path": "new"})
	f.config = map[string]any{"casRequired": true, "maxVersions": 7, "deactivateVersionAfter": "2d"}
	folder := t.TempDir()
	collecttest.Unfilled(t, folder, domain)
	plan := collected(t, collect.Values{"endpoint": {f.start(t, p).URL}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}, folder)
	for _, report := range plan.Reports {
		if len(report.Notes) > 0 {
			t.Errorf("%s: %v", report.Section, report.Notes)
		}
	}
	if n := collecttest.Reread(t, folder, at); n != 2 {
		t.Errorf("%d sections are kept", n)
	}
}
