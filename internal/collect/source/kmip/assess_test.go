package kmip

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/ttlv"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/verdict"
)

const compliant = "../../../../evidence/compliant"

// inCloud are the objects of the compliant evidence, as KMIP calls them.
func inCloud(t *testing.T) []managed {
	t.Helper()
	name := filepath.Join(compliant, "kmip.yaml")
	content, err := os.ReadFile(name)
	must(t, err)
	doc, err := document.Parse(name, content, document.DefaultLimits)
	must(t, err)
	list, _ := doc.Lookup("/kmip/objects")
	var all []managed
	for _, item := range list.([]any) {
		object := item.(map[string]any)
		kind, err := ttlv.EnumByName(kmip.TagObjectType, object["type"].(string))
		must(t, err)
		state, err := ttlv.EnumByName(kmip.TagState, object["state"].(string))
		must(t, err)
		entry := managed{id: object["id"].(string), attributes: []kmip.Attribute{of(kmip.AttributeNameObjectType, kmip.ObjectType(kind)), of(kmip.AttributeNameState, kmip.State(state))}}
		if extractable, ok := object["extractable"].(bool); ok {
			entry.attributes = append(entry.attributes, of(kmip.AttributeNameExtractable, extractable))
		}
		all = append(all, entry)
	}
	return all
}

// collected collects into a folder by the source as the command has it.
func collected(t *testing.T, values collect.Values, folder string) *collect.Plan {
	t.Helper()
	config := collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: Kind, Values: values}}}
	plan := collecttest.Plan(t, config, at, folder)
	must(t, plan.Write())
	return plan
}

// changed are attributes of which some have other values. A nil takes one away.
func changed(attributes []kmip.Attribute, values map[kmip.AttributeName]any) []kmip.Attribute {
	copied := slices.DeleteFunc(slices.Clone(attributes), func(a kmip.Attribute) bool { _, is := values[a.AttributeName]; return is })
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] != nil {
			copied = append(copied, of(name, values[name]))
		}
	}
	return copied
}

// The unique identifier of an object is free text.
func TestNamesThatLookLikePlaceholders(t *testing.T) {
	object := key(1)
	object.id = "todo"
	f := newFake(t, object, key(2))
	values := collect.Values{"endpoint": {f.start()}, "cert": {f.pki.Client.Cert}, "key": {f.pki.Client.Key}, "ca": {f.pki.Authority.File(t)}}
	folder := t.TempDir()
	collected(t, values, folder)
	collecttest.RealName(t, folder, at, "todo")
}

// From the server to the verdict: what is collected fills what was missing, and a change in the server turns the checks that it
// concerns and no other.
func TestCollectedAndAssessed(t *testing.T) {
	f := newFake(t, inCloud(t)...)
	values := collect.Values{"endpoint": {f.start()}, "cert": {f.pki.Client.Cert}, "key": {f.pki.Client.Key}, "ca": {f.pki.Authority.File(t)}}

	t.Run("a folder without evidence", func(t *testing.T) {
		folder := t.TempDir()
		collecttest.Unfilled(t, folder, domain)
		before := collecttest.Checks(t, folder, at)
		collected(t, values, folder)
		want := map[string]verdict.Status{ // what was missing
			"backups.kmip_objects_covered": verdict.Fail, "kmip_migration.evidence_consistent": verdict.Pass, "kmip_migration.locked_objects_planned": verdict.Fail,
		}
		if diff := cmp.Diff(want, collecttest.Turned(before, collecttest.Checks(t, folder, at))); diff != "" {
			t.Error(diff)
		}
	})

	folder := filepath.Join(t.TempDir(), "evidence")
	must(t, os.CopyFS(folder, os.DirFS(compliant)))
	good := collecttest.Checks(t, folder, at)
	if first := collected(t, values, folder); first.Incomplete() {
		t.Fatalf("%+v", first.Reports)
	}
	if diff := collecttest.Turned(good, collecttest.Checks(t, folder, at)); len(diff) > 0 {
		t.Errorf("what the server says as the evidence does turns %v", diff)
	}
	if again := collected(t, values, folder); len(again.Changes) > 0 {
		t.Errorf("nothing changed, and %v is written", again.Changes)
	}
	text, err := os.ReadFile(filepath.Join(folder, "kmip.yaml"))
	must(t, err)
	for _, want := range []string{"rekey_plan: EXIT-07", "client: tde-ledger", "requests_90d: 18422", "kmip://127.0.0.1:", "collected/kmip.json", "reader: kmip"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the section lacks %q", want)
		}
	}

	was := slices.Clone(f.objects)
	first := func(values map[kmip.AttributeName]any) func() {
		return func() { f.objects[0].attributes = changed(was[0].attributes, values) }
	}
	for name, test := range map[string]struct {
		change func()
		turns  map[string]verdict.Status
		stays  map[string]verdict.Status // once it is changed back
	}{
		"an object is new": {change: func() { f.objects = append(f.objects, key(1)) }, turns: map[string]verdict.Status{
			"backups.kmip_objects_covered": verdict.Fail, "import_export.exports_tested": verdict.Fail, "kmip_migration.inventory_complete": verdict.Missing}},
		"an object is gone": {func() { f.objects = f.objects[1:] }, map[string]verdict.Status{
			"backups.evidence_consistent": verdict.Fail, "capacity.resources_measured": verdict.Fail, "kmip_migration.moved_whole": verdict.Fail},
			// Its client and its owner are gone with it.
			map[string]verdict.Status{"kmip_migration.inventory_complete": verdict.Missing, "kmip_migration.moved_whole": verdict.Fail}},
		"an object is compromised": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameState: kmip.StateCompromised, kmip.AttributeNameDeactivationDate: at.AddDate(0, 0, -1)}),
			turns: map[string]verdict.Status{"backups.evidence_consistent": verdict.Fail}},
		"an object is destroyed": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameState: kmip.StateDestroyed, kmip.AttributeNameDeactivationDate: at.AddDate(0, 0, -2), kmip.AttributeNameDestroyDate: at.AddDate(0, 0, -1)}),
			turns: map[string]verdict.Status{"backups.evidence_consistent": verdict.Fail}},
		"an object may not be used yet": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameState: kmip.StatePreActive}),
			turns: nil},
		"an object is of another type": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameObjectType: kmip.ObjectTypeOpaqueObject}),
			turns: nil},
		"an object is of a type that nobody knows": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameObjectType: kmip.ObjectType(0x0A)}),
			turns: map[string]verdict.Status{"kmip_migration.inventory_complete": verdict.Missing}},
		"an object cannot be extracted any more": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameExtractable: false}),
			turns: map[string]verdict.Status{"backups.copies_possible": verdict.Fail, "kmip_migration.locked_objects_planned": verdict.Fail,
				"kmip_migration.moved_whole": verdict.Fail}}, // the rehearsal moved it
		"nobody knows whether an object can be extracted": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameExtractable: nil}),
			turns: map[string]verdict.Status{"kmip_migration.locked_objects_planned": verdict.Missing, "kmip_migration.moved_whole": verdict.Fail}},
		"an object ends that Locate calls active": {change: first(map[kmip.AttributeName]any{kmip.AttributeNameDeactivationDate: at.AddDate(0, -1, 0)}),
			turns: map[string]verdict.Status{"kmip_migration.evidence_consistent": verdict.Fail}},
	} {
		t.Run(name, func(t *testing.T) {
			own := filepath.Join(t.TempDir(), "evidence")
			must(t, os.CopyFS(own, os.DirFS(folder)))
			test.change()
			collected(t, values, own)
			if diff := cmp.Diff(test.turns, collecttest.Turned(good, collecttest.Checks(t, own, at)), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			f.objects = slices.Clone(was)
			collected(t, values, own)
			if diff := cmp.Diff(test.stays, collecttest.Turned(good, collecttest.Checks(t, own, at)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("once it is changed back: %s", diff)
			}
		})
	}

	// What could not be read again proves nothing until it is.
	f.fault = func(message *kmip.RequestMessage, _ int) *kmip.ResponseMessage {
		return withRefusal(f, message, f.objects[0].id, kmip.ResultReasonPermissionDenied)
	}
	if !collected(t, values, folder).Incomplete() {
		t.Error("the section is complete")
	}
	text, err = os.ReadFile(filepath.Join(folder, "kmip.yaml"))
	must(t, err)
	for _, want := range []string{"source: kmip", "unit: GetAttributes", "error: refused"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the section lacks %q: %s", want, text)
		}
	}
	withdrawn := collecttest.Turned(good, collecttest.Checks(t, folder, at))
	if withdrawn["kmip_migration.inventory_complete"] != verdict.Missing || len(withdrawn) < 10 {
		t.Errorf("%v", withdrawn)
	}
	for id, status := range withdrawn {
		if status != verdict.Missing {
			t.Errorf("%s is %s", id, status)
		}
	}
	f.fault = nil
	collected(t, values, folder)
	if diff := collecttest.Turned(good, collecttest.Checks(t, folder, at)); len(diff) > 0 {
		t.Errorf("once it is read: %v", diff)
	}
}

// Whatever the server tells, the kept answers tell it again, and each assessment derives it from them.
func TestKeptAnswersAreReadAgain(t *testing.T) {
	f := newFake(t, key(1), key(2, of(kmip.AttributeNameDeactivationDate, at.AddDate(1, 0, 0)), of(kmip.AttributeNameCryptographicUsageMask, kmip.CryptographicUsageMask(0))),
		managed{id: "secret", attributes: []kmip.Attribute{
			of(kmip.AttributeNameObjectType, kmip.ObjectTypeSecretData), of(kmip.AttributeNameState, kmip.StateDeactivated),
			of(kmip.AttributeNameDeactivationDate, at.AddDate(0, -1, 0)), of(kmip.AttributeNameName, kmip.Name{NameValue: "password\nof x", NameType: kmip.NameTypeUri}),
		}}, managed{id: "password", isArchived: true})
	folder := t.TempDir()
	collecttest.Unfilled(t, folder, domain)
	plan := collected(t, collect.Values{"endpoint": {f.start()}, "cert": {f.pki.Client.Cert}, "key": {f.pki.Client.Key}, "ca": {f.pki.Authority.File(t)}}, folder)
	for _, report := range plan.Reports {
		if len(report.Notes) > 0 {
			t.Errorf("%s: %v", report.Section, report.Notes)
		}
	}
	if n := collecttest.Reread(t, folder, at); n != 1 {
		t.Errorf("%d sections are kept", n)
	}
	facts := collecttest.Derived(t, folder, at)
	for _, pointer := range []string{"/kmip/object_count", "/kmip/objects/0/state", "/kmip/objects/1/deactivation_on", "/kmip/objects/3/deactivated_at"} {
		if !strings.HasPrefix(facts[pointer], "collected/kmip.json /answers/0/body/objects") {
			t.Errorf("%s is derived of %q", pointer, facts[pointer])
		}
	}
}
