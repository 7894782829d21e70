package planned_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/planned"
)

// edited is a plan with the evidence beside it, changed by its parts.
func edited(t *testing.T, edit func(plan, root object)) *planned.Report {
	t.Helper()
	return changed(t, func(plan string) string {
		var tree object
		if err := json.Unmarshal([]byte(plan), &tree); err != nil {
			t.Fatal(err)
		}
		edit(tree, tree["planned_values"].(object)["root_module"].(object))
		text, err := json.Marshal(tree)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	})
}

// partOf is the part of a list that is about an address.
func partOf(list any, address string) object {
	for _, part := range list.([]any) {
		if part := part.(object); part["address"] == address {
			return part
		}
	}
	return nil
}

const (
	cards = "ovh_okms_service_key.cards"
	audit = "ovh_dbaas_logs_output_graylog_stream.audit"
)

// What a plan is not about stays: Terraform writes neither values nor changes of it (seen with 1.11.4).
func TestWhatAPlanIsNotAboutStays(t *testing.T) {
	for name, edit := range map[string]func(plan, root object){
		"a refresh alone": func(plan, root object) {
			delete(root, "resources")
			delete(plan, "resource_changes")
		},
		"one target": func(plan, root object) {
			root["resources"] = []any{partOf(root["resources"], audit)}
			plan["resource_changes"] = []any{partOf(plan["resource_changes"], audit)}
			plan["complete"] = false
		},
		"a resource is forgotten": func(plan, root object) {
			root["resources"] = slices.DeleteFunc(root["resources"].([]any), func(r any) bool { return r.(object)["address"] == cards })
			change := partOf(plan["resource_changes"], cards)["change"].(object)
			change["actions"], change["after"] = []any{"forget"}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			if report := edited(t, edit); report.Counted || len(report.Worse)+len(report.Destroyed)+len(report.Fixed) > 0 {
				t.Errorf("counted %v, worse %+v, fixed %+v", report.Counted, report.Worse, report.Fixed)
			}
		})
	}
}

// A key that another one takes the place of, and that is forgotten and not destroyed, is there still.
func TestAForgottenKeyStays(t *testing.T) {
	for _, actions := range [][]any{{"create", "forget"}, {"forget", "create"}} {
		report := edited(t, func(plan, root object) {
			change := partOf(plan["resource_changes"], cards)["change"].(object)
			change["actions"], change["after_unknown"] = actions, object{"id": true, "created_at": true, "state": true}
			values := partOf(root["resources"], cards)["values"].(object)
			values["name"] = "another"
			for _, name := range []string{"id", "created_at", "state"} {
				delete(values, name)
			}
			change["after"] = values
		})
		isNew := slices.ContainsFunc(report.Unknown, func(f planned.Finding) bool { return f.Address == cards })
		if !isNew || len(report.Worse)+len(report.Destroyed) > 0 {
			t.Errorf("%v: unknown %+v, worse %+v", actions, report.Unknown, report.Worse)
		}
	}
}

// How long logs are kept is unknown, and does not stay as it was, where something that decides it is known only after apply.
func TestUnknownRetentions(t *testing.T) {
	const data = "data.ovh_dbaas_logs_cluster_retention.long"
	change := func(plan object, actions []any, unknown object) {
		change := partOf(plan["resource_changes"], audit)["change"].(object)
		change["actions"], change["after_unknown"] = actions, unknown
	}
	for name, edit := range map[string]func(plan, root object){
		"which one": func(plan, root object) {
			delete(partOf(root["resources"], audit)["values"].(object), "retention_id")
			change(plan, []any{"update"}, object{"retention_id": true})
		},
		"whether they are searchable": func(plan, root object) {
			delete(partOf(root["resources"], audit)["values"].(object), "indexing_enabled")
			change(plan, []any{"update"}, object{"indexing_enabled": true})
		},
		"a data source is read at apply": func(plan, root object) {
			prior := plan["prior_state"].(object)["values"].(object)["root_module"].(object)
			values := object{"retention_id": partOf(prior["resources"], data)["values"].(object)["retention_id"]}
			root["resources"] = append(root["resources"].([]any), object{
				"address": data, "mode": "data", "type": "ovh_dbaas_logs_cluster_retention", "values": values, "sensitive_values": object{},
			})
			plan["resource_changes"] = append(plan["resource_changes"].([]any), object{
				"address": data, "mode": "data", "type": "ovh_dbaas_logs_cluster_retention", "action_reason": "read_because_dependency_pending",
				"change": object{"actions": []any{"read"}, "before": nil, "after": values, "after_unknown": object{"duration": true, "retention_type": true}},
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			report := edited(t, edit)
			isUnknown := slices.ContainsFunc(report.Unknown, func(f planned.Finding) bool {
				return f.Check == "control_plane_logs.retention" && f.Address == audit && strings.Contains(f.Message, "does not state retention_days")
			})
			if !isUnknown || len(report.Worse) > 0 {
				t.Errorf("unknown %+v, worse %+v, notes %q", report.Unknown, report.Worse, report.Notes)
			}
		})
	}
}

// Without a validity, the provider gives the longest: the certificate is live, and whether it lasts too long is unknown until then.
func TestValidityThatTheProviderChooses(t *testing.T) {
	const address = "ovh_okms_credential.orders"
	report := edited(t, func(plan, _ object) {
		text, err := json.Marshal(plan)
		if err != nil {
			t.Fatal(err)
		}
		var with object
		if err := json.Unmarshal([]byte(withCertificate(t, string(text), address, "", 90)), &with); err != nil {
			t.Fatal(err)
		}
		for name, part := range with {
			plan[name] = part
		}
		root := plan["planned_values"].(object)["root_module"].(object)
		change := partOf(plan["resource_changes"], address)["change"].(object)
		change["after_unknown"].(object)["validity"] = true
		for _, values := range []any{partOf(root["resources"], address)["values"], change["after"]} {
			delete(values.(object), "validity")
		}
	})
	isUnknown := slices.ContainsFunc(report.Unknown, func(f planned.Finding) bool {
		return f.Check == "cmk_access_policy.certificates_current" && f.Address == address
	})
	if !isUnknown || len(report.Worse) > 0 {
		t.Errorf("unknown %+v, worse %+v", report.Unknown, report.Worse)
	}
}
