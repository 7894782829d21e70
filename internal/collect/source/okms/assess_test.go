package okms

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/verdict"
)

// inCloud makes a domain of what evidence says of its keys and secrets, as the API calls it.
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
		if extractable, isTold := key["extractable"].(bool); isTold {
			attributes["extractable"], attributes["never_extractable"] = extractable, key["origin"] == "generated" && !extractable
		}
		listedKey := map[string]any{"type": "oct", "protectionLevel": "SOFTWARE", "attributes": attributes} // the API names a type always
		if class, isTold := key["class"].(string); isTold {
			listedKey["class"] = strings.ToUpper(class)
		}
		if level, isTold := key["protection_level"].(string); isTold {
			listedKey["protectionLevel"] = level
		}
		for _, field := range []string{"id", "name", "type", "size", "curve", "operations"} {
			if key[field] != nil {
				listedKey[field] = key[field]
			}
		}
		f.keys = append(f.keys, listedKey)
	}
	for _, item := range items("secrets.yaml", "/secrets/secrets") {
		of := item.(map[string]any)
		secret := apiSecret(of["path"].(string), 2)
		metadata := secret["metadata"].(map[string]any)
		metadata["maxVersions"], metadata["casRequired"], metadata["deactivateVersionAfter"] = of["max_versions"], of["cas_required"], "2160h"
		f.secrets = append(f.secrets, secret)
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

// A key may really be named TODO, and a secret be called so.
func TestNamesThatLookLikePlaceholders(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	named := apiKey(1, "ACTIVE")
	named["name"] = "TODO"
	f.keys = []map[string]any{named, apiKey(2, "ACTIVE")}
	f.secrets = []map[string]any{apiSecret("todo", 1)}
	f.versions["todo"] = []map[string]any{apiVersion(1, "2025-01-01T00:00:00Z")}
	values := collect.Values{"endpoint": {f.start(t, p).URL}, "cert": {p.Client.Cert}, "key": {p.Client.Key}, "ca": {p.Authority.File(t)}}
	folder := t.TempDir()
	collected(t, values, folder)
	collecttest.RealName(t, folder, at, "TODO")
	collecttest.RealName(t, folder, at, "todo")
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
			"import_export.extraction_possible": verdict.Pass, "import_export.nonexportable_planned": verdict.Fail,
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

	key := func() map[string]any {
		return f.keys[slices.IndexFunc(f.keys, func(key map[string]any) bool { return key["id"] == cardData })]
	}
	attributes := func(changed map[string]any) func() {
		return func() { maps.Copy(key()["attributes"].(map[string]any), changed) }
	}
	fields := func(changed map[string]any) func() { return func() { maps.Copy(key(), changed) } }
	metadata := func(changed map[string]any) func() {
		return func() { maps.Copy(f.secrets[0]["metadata"].(map[string]any), changed) }
	}
	fail := func(ids ...string) map[string]verdict.Status {
		statuses := map[string]verdict.Status{}
		for _, id := range ids {
			statuses[id] = verdict.Fail
		}
		return statuses
	}
	for name, test := range map[string]struct {
		change func()
		turns  map[string]verdict.Status
		stays  map[string]verdict.Status // once it is changed back
	}{
		"a key in use is deactivated": {attributes(map[string]any{"state": "deactivated", "deactivation_date": "2026-11-19T08:00:00Z"}), map[string]verdict.Status{
			"data_security.confidential_encrypted": verdict.Missing, "key_management.retired_properly": verdict.Missing}, nil},
		"a key in use is compromised": {attributes(map[string]any{"state": "compromised", "compromise_date": "2026-11-19T08:00:00Z"}), map[string]verdict.Status{
			"data_security.confidential_encrypted": verdict.Fail, "key_management.compromise_handled": verdict.Missing, "incidents.incidents_recorded": verdict.Missing,
			// What rests on the key contradicts its state.
			"backups.evidence_consistent": verdict.Fail, "cmk_access_policy.evidence_consistent": verdict.Fail,
			"data_security.evidence_consistent": verdict.Fail, "import_export.evidence_consistent": verdict.Fail}, nil},
		"a key in use is past its time": {attributes(map[string]any{"activation_date": "2020-11-19T08:00:00Z"}), fail("key_management.within_crypto_period",
			"key_management.evidence_consistent"), nil}, // activated before it was made
		"a key is smaller":        {fields(map[string]any{"size": 128}), fail("data_security.keys_fit_ciphers"), nil},
		"a key may do two things": {fields(map[string]any{"operations": []any{"encrypt", "decrypt", "wrapKey", "unwrapKey"}}), fail("key_selection.single_purpose"), nil},
		// Where a key was made that is or was extractable, the API no longer proves: a person has to say it.
		"a key can be taken out": {attributes(map[string]any{"extractable": true, "never_extractable": false}), map[string]verdict.Status{
			"import_export.evidence_consistent": verdict.Fail, "import_export.exports_tested": verdict.Fail, "import_export.origins_known": verdict.Missing}, nil},
		"a key could be taken out once": {attributes(map[string]any{"never_extractable": false}), map[string]verdict.Status{
			"import_export.origins_known": verdict.Missing}, nil},
		"an HSM key can be taken out": {func() {
			fields(map[string]any{"protectionLevel": "HSM"})()
			attributes(map[string]any{"extractable": true, "never_extractable": false})()
		}, map[string]verdict.Status{
			"import_export.evidence_consistent": verdict.Fail, "import_export.exports_tested": verdict.Fail,
			"import_export.extraction_possible": verdict.Fail, "import_export.origins_known": verdict.Missing}, nil},
		"a key is new": {func() { f.keys = append(f.keys, apiKey(1, "active")) }, map[string]verdict.Status{
			"backups.keys_covered": verdict.Fail, "import_export.extraction_possible": verdict.Missing, "import_export.origins_known": verdict.Missing,
			"key_management.in_use": verdict.Missing, "key_management.keys_listed": verdict.Missing, "key_management.within_crypto_period": verdict.Missing,
			"key_selection.choice_documented": verdict.Missing, "key_selection.single_purpose": verdict.Missing, "key_selection.strength_sufficient": verdict.Missing}, nil},
		"a key is gone": {func() { f.keys = f.keys[1:] }, fail("backups.evidence_consistent", "cmk_access_policy.evidence_consistent",
			"cmk_access_policy.resources_known", "data_continuity.keys_outlive_data", "data_destruction.nothing_orphaned", "data_security.confidential_encrypted",
			"data_security.evidence_consistent", "import_export.evidence_consistent", "key_management.evidence_consistent", "key_management.retired_properly"),
			map[string]verdict.Status{ // what people wrote of it is gone with it
				"data_continuity.keys_outlive_data": verdict.Fail, "data_security.classes_agree": verdict.Missing, "import_export.nonexportable_planned": verdict.Fail,
				"key_management.in_use": verdict.Missing, "key_management.keys_listed": verdict.Missing, "key_management.retired_properly": verdict.Fail,
				"key_management.within_crypto_period": verdict.Missing, "key_selection.choice_documented": verdict.Missing,
				"key_selection.single_purpose": verdict.Missing, "key_selection.strength_sufficient": verdict.Missing}},
		"a secret keeps no old version": {metadata(map[string]any{"maxVersions": 1}), fail("key_management.secrets_configured"), nil},
		"a secret is written unchecked": {metadata(map[string]any{"casRequired": false}), fail("key_management.secrets_configured"), nil},
		"a secret never ends":           {metadata(map[string]any{"deactivateVersionAfter": "0s"}), fail("key_management.secrets_configured"), nil},
		"a secret is not rotated": {func() { f.versions[f.secrets[0]["path"].(string)][1]["createdAt"] = "2020-01-01T00:00:00Z" },
			fail("key_management.secrets_rotated"), nil},
		"a secret is new": {func() { f.secrets = append(f.secrets, apiSecret("new", 0)) }, map[string]verdict.Status{
			"backups.secrets_covered": verdict.Fail, "capacity.resources_measured": verdict.Fail, "import_export.exports_tested": verdict.Fail,
			"key_management.secrets_listed": verdict.Missing, "key_management.secrets_rotated": verdict.Missing}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			own := filepath.Join(t.TempDir(), "evidence")
			must(t, os.CopyFS(own, os.DirFS(folder)))
			undo := f.saved(t)
			test.change()
			collected(t, values, own)
			if diff := cmp.Diff(test.turns, collecttest.Turned(good, collecttest.Checks(t, own, at)), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			undo()
			collected(t, values, own)
			if diff := cmp.Diff(test.stays, collecttest.Turned(good, collecttest.Checks(t, own, at)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("once it is changed back: %s", diff)
			}
		})
	}
}

// saved answers what makes the domain again what it is now.
func (f *fake) saved(t *testing.T) (undo func()) {
	t.Helper()
	type domain struct {
		Keys, Secrets []map[string]any
		Versions      map[string][]map[string]any
	}
	content, err := json.Marshal(domain{f.keys, f.secrets, f.versions})
	must(t, err)
	return func() {
		var was domain
		must(t, json.Unmarshal(content, &was))
		f.keys, f.secrets, f.versions = was.Keys, was.Secrets, was.Versions
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
