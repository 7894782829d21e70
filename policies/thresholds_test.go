package policies_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// A check that another value of a parameter changes is said to rest on the parameter: else it would count for a framework with a
// value that is looser than the profile's.
func TestVerdictsRestOnTheirParameters(t *testing.T) {
	testhelp.Long(t, "judges with each parameter changed")
	h := load(t)
	h.set = compiledAhead(t)
	rests := map[string][]string{}
	for _, check := range h.set.Checks() {
		rests[check.ID] = engine.Thresholds(check, h.format.Freshness, h.plan)
		for _, name := range check.Thresholds {
			if !slices.Contains(check.Params, name) {
				t.Errorf("%s reads the parameter %s and does not name it", check.ID, name)
			}
		}
		if check.ByReading != slices.Contains([]string{"administration.approvers_separate", "administration.owners_named"}, check.ID) {
			t.Errorf("%s: it is said to read which activities are duties: %v", check.ID, check.ByReading)
		}
	}
	evidence := []map[string]any{h.compliant(t), h.read(t, "../evidence/gaps")}
	judged := func(config engine.Config) (all []map[string]assessment.Check) {
		e, err := rego.NewEngine(t.Context(), config, 0)
		must(t, err)
		lab := laboratory{engines: alone(e), at: instant(t)}
		for _, value := range evidence {
			service, err := lab.judge(t, value)
			must(t, err)
			checks := map[string]assessment.Check{}
			for _, activity := range service.Activities {
				for _, check := range activity.Checks {
					checks[check.ID] = check
				}
			}
			all = append(all, checks)
		}
		return all
	}
	before := judged(h.config())
	type change struct {
		name  string
		value any
	}
	var changes []change
	for _, p := range h.parameters.All() {
		for _, value := range otherValues(p) {
			changes = append(changes, change{p.Name, value})
		}
	}
	var mutex sync.Mutex
	changed := map[string]bool{}
	each(t, len(changes), func(i int) {
		config := h.config()
		config.Parameters = maps.Clone(config.Parameters)
		config.Parameters[changes[i].name] = changes[i].value
		after := judged(config)
		mutex.Lock()
		defer mutex.Unlock()
		for k := range before {
			for id, check := range after[k] {
				if reflect.DeepEqual(check, before[k][id]) {
					continue
				}
				changed[changes[i].name] = true
				if !slices.Contains(rests[id], changes[i].name) {
					t.Errorf("%s = %v changes %s, which is not said to rest on it", changes[i].name, changes[i].value, id)
				}
			}
		}
	})
	if len(changed) < len(h.parameters.All())*2/3 {
		t.Errorf("only %d of %d parameters change a check", len(changed), len(h.parameters.All()))
	}
}

// otherValues are values that a parameter does not have, the loosest among them.
func otherValues(p parameter.Parameter) []any {
	list, isList := p.Value.([]any)
	if !isList {
		return []any{json.Number("0"), json.Number("100000")}
	}
	return []any{list[:1], append(slices.Clone(list), "another"), []any{strings.Repeat("x", 9)}}
}
