package planned_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/planned"
)

const (
	orders = "ovh_okms_service_key.orders"
	shown  = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
)

// altered is what is said of a plan that changes nothing, once something was changed in it.
func altered(t *testing.T, name string, edit func(plan, root object)) (*planned.Report, error) {
	t.Helper()
	content, err := os.ReadFile(plans + name)
	if err != nil {
		t.Fatal(err)
	}
	var tree object
	if err := json.Unmarshal(content, &tree); err != nil {
		t.Fatal(err)
	}
	edit(tree, tree["planned_values"].(object)["root_module"].(object))
	return judge(t, planned.Options{Plan: stored(t, printed(t, tree)), Domain: shown})
}

func without(root object, address string) {
	root["resources"] = slices.DeleteFunc(root["resources"].([]any), func(r any) bool { return r.(object)["address"] == address })
}

// ending makes a plan destroy the key of orders, and answers its change.
func ending(plan, root object) object {
	without(root, orders)
	change := partOf(plan["resource_changes"], orders)
	change["change"].(object)["actions"], change["change"].(object)["after"] = []any{"delete"}, nil
	return change
}

// What a plan has no whole word of is not taken for a plan that changes nothing.
func TestPlansWithGapsAreRefused(t *testing.T) {
	for name, test := range map[string]struct {
		plan string
		edit func(plan, root object)
		says string
	}{
		"an action that is new": {"same.json", func(plan, root object) { ending(plan, root)["change"].(object)["actions"] = []any{"destroy"} }, `orders has the actions ["destroy"]`},
		"no action":             {"same.json", func(plan, root object) { ending(plan, root)["change"].(object)["actions"] = []any{} }, "orders has the actions []"},
		"a change of null":      {"same.json", func(plan, root object) { ending(plan, root)["change"] = nil }, "orders has the actions []"},
		"no address":            {"same.json", func(plan, root object) { delete(ending(plan, root), "address") }, "the change 2 of resource_changes has no address"},
		"a null": {"same.json", func(plan, _ object) { plan["resource_changes"] = append(plan["resource_changes"].([]any), nil) },
			"the change 8 of resource_changes has no address"},
		"no changes":        {"worse.json", func(plan, _ object) { delete(plan, "resource_changes") }, "differs in planned_values from prior_state, and is not in resource_changes"},
		"no planned values": {"worse.json", func(_, root object) { delete(root, "resources") }, "ovh_okms.main is in resource_changes, and not in planned_values"},
		"another value after": {"worse.json", func(_, root object) { partOf(root["resources"], orders)["values"].(object)["size"] = 256 },
			"orders has another size in resource_changes"},
		"another change": {"worse.json", func(plan, _ object) {
			partOf(plan["resource_changes"], orders)["change"].(object)["after"].(object)["size"] = 256
		}, "orders has another size in resource_changes"},
		"another value in a list": {"worse.json", func(_, root object) {
			partOf(root["resources"], orders)["values"].(object)["operations"] = []any{"encrypt"}
		}, "orders has another operations in resource_changes"},
		"no such value": {"worse.json", func(_, root object) { delete(partOf(root["resources"], orders)["values"].(object), "size") },
			"orders has another size in resource_changes"},
		"known and not known": {"worse.json", func(plan, _ object) {
			partOf(plan["resource_changes"], orders)["change"].(object)["after_unknown"].(object)["size"] = true
		}, "orders has another size in resource_changes"},
		"another value before": {"worse.json", func(plan, _ object) {
			partOf(plan["prior_state"].(object)["values"].(object)["root_module"].(object)["resources"], orders)["values"].(object)["size"] = 128
		}, "orders has another size in resource_changes"},
		"one value is absent": {"worse.json", func(_, root object) { without(root, "ovh_iam_policy.orders") }, "ovh_iam_policy.orders is in resource_changes, and not in planned_values"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := altered(t, test.plan, test.edit); err == nil || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "print the plan again") {
				t.Errorf("%v", err)
			}
		})
	}
}

// A key that is destroyed is told, whatever hides its domain or the type, and one of another domain is named.
func TestDestructionThatIsHidden(t *testing.T) {
	for name, test := range map[string]struct {
		edit      func(plan, root object)
		destroyed bool
		notes     string
	}{
		"the domain is sensitive": {func(plan, root object) {
			ending(plan, root)["change"].(object)["before_sensitive"] = object{"okms_id": true}
		}, true, ""},
		"a type that is new": {func(plan, root object) { ending(plan, root)["type"] = "ovh_okms_kmip_object" }, true, ""},
		"a certificate":      {func(plan, root object) { ending(plan, root)["type"] = "ovh_okms_credential" }, false, ""},
		"a key of another domain": {func(plan, root object) {
			prior := plan["prior_state"].(object)["values"].(object)["root_module"].(object)
			for _, values := range []any{ending(plan, root)["change"].(object)["before"], partOf(prior["resources"], orders)["values"]} {
				values.(object)["okms_id"] = "11111111-1111-4111-8111-111111111111"
			}
		}, false, "the plan also destroys ovh_okms_service_key.orders, of another domain"},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := altered(t, "same.json", test.edit)
			if err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(report.Notes, "\n"); (len(report.Destroyed) == 1) != test.destroyed || report.Counted != test.destroyed || !strings.Contains(notes, test.notes) {
				t.Errorf("counted %v, destroyed %+v, notes %q", report.Counted, report.Destroyed, notes)
			}
		})
	}
}

// A report says what a plan leaves for later, and that it is of another time.
func TestNotesOnAPlan(t *testing.T) {
	for name, test := range map[string]struct {
		edit  func(plan, root object)
		notes string
	}{
		"what is deferred": {func(plan, _ object) { plan["deferred_changes"] = []any{object{"reason": "resource_config_unknown"}} }, "the plan leaves changes for a later one"},
		"an old plan":      {func(plan, _ object) { plan["timestamp"] = "2026-06-01T00:00:00Z" }, "the plan was made at 2026-06-01T00:00:00Z: "},
		"a plan to come":   {func(plan, _ object) { plan["timestamp"] = "2027-06-01T00:00:00Z" }, "the plan was made at 2027-06-01T00:00:00Z: "},
		"a plan of today":  {func(plan, _ object) { plan["timestamp"] = "2026-11-19T23:00:00Z" }, ""},
		"no time":          {func(plan, _ object) { delete(plan, "timestamp") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := altered(t, "same.json", test.edit)
			if err != nil {
				t.Fatal(err)
			}
			if notes := strings.Join(report.Notes, "\n"); !strings.Contains(notes, test.notes) || test.notes == "" && notes != "" {
				t.Errorf("notes %q", notes)
			}
		})
	}
}
