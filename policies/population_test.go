package policies_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/verdict"
)

// contradicted are the checks whose inventory cannot be empty in evidence/compliant, because other facts show items: there a count of
// 0 is a failure.
var contradicted = map[string]string{
	"administration.changes_approved":             "the inventories show changes of the last 90 days",
	"backup_devices.devices_listed":               "the backup jobs keep copies at own sites",
	"cmk_access_policy.secrets_read_by_consumers": "policies let somebody read secrets",
	"control_panel_access.leavers_removed":        "the directory of people shows a leaver",
	"import_export.exports_approved":              "a KMIP migration that was done is an export",
	"incidents.incidents_recorded":                "a key is compromised",
	"service_logs.archive_protected":              "the streams keep events for longer than they can be searched",
}

// change calls f for each object that a pointer's last part stands in; * stands for each item of a list.
func change(value any, pointer string, f func(object map[string]any, key string)) {
	first, rest, deeper := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	switch v := value.(type) {
	case map[string]any:
		if !deeper {
			f(v, first)
			return
		}
		change(v[first], rest, f)
	case []any:
		for _, item := range v {
			change(item, rest, f)
		}
	}
}

// A check of an inventory that a source counts as empty does not apply; where nothing counts, its evidence is missing. Neither
// passes.
func TestAnEmptyInventoryDoesNotPass(t *testing.T) {
	h := load(t)
	lab := newLaboratory(t, h)
	compliant, err := json.Marshal(h.compliant(t))
	must(t, err)
	// judged is what becomes of one check when its inventory is emptied and its count changed.
	judged := func(check policy.Check, recount func(object map[string]any, key string)) (verdict.Status, string) {
		value := decode(t, compliant)
		for _, list := range check.Population.Lists {
			change(value, list, func(object map[string]any, key string) { delete(object, key) })
		}
		change(value, check.Population.Count, recount)
		service, err := lab.judge(t, value)
		must(t, err)
		for _, activity := range service.Activities {
			for _, outcome := range activity.Checks {
				if outcome.ID == check.ID {
					return outcome.Status, outcome.Reason
				}
			}
		}
		t.Fatalf("%s was not judged", check.ID)
		return "", ""
	}
	populations, failing := 0, map[string]bool{}
	for _, duty := range h.set.Duties {
		for _, check := range duty.Checks {
			if check.Population.Count == "" {
				continue
			}
			populations++
			status, reason := judged(check, func(object map[string]any, key string) { object[key] = json.Number("0") })
			switch {
			case contradicted[check.ID] != "":
				failing[check.ID] = status == verdict.Fail
			case status != verdict.NotApplicable || !strings.Contains(reason, check.Population.Count):
				t.Errorf("%s, count 0 and no list: %s (%s), expected not_applicable", check.ID, status, reason)
			}
			if status, _ := judged(check, func(object map[string]any, key string) { delete(object, key) }); !status.Bad() {
				t.Errorf("%s, neither count nor list: %s, expected missing", check.ID, status)
			}
			if status, _ := judged(check, func(object map[string]any, key string) { object[key] = json.Number("7") }); !status.Bad() {
				t.Errorf("%s, a count of 7 and no list: %s, expected missing or fail", check.ID, status)
			}
		}
	}
	if populations < 50 {
		t.Errorf("%d checks name the inventory that they look at", populations)
	}
	for id, why := range contradicted {
		if !failing[id] {
			t.Errorf("%s does not fail, though %s", id, why)
		}
	}
}
