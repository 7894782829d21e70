package policies_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

// A check that turns when a field is gone rests on the field: else its grade could be better than its facts.
func TestVerdictsRestOnTheirFields(t *testing.T) {
	testhelp.Long(t, "judges evidence without each of its fields")
	set := compiledAhead(t)
	for _, folder := range []string{"compliant", "saas"} {
		e := newExample(t, folder)
		rests := map[string]map[string]bool{}
		for _, duty := range set.Duties {
			for _, check := range duty.Checks {
				rests[check.ID] = map[string]bool{}
				for _, i := range check.Fields {
					rests[check.ID][set.Fields[i]] = true
				}
			}
		}
		var mutex sync.Mutex
		turned, wrong := 0, map[string][]string{}
		each(t, len(set.Fields), func(i int) {
			field := set.Fields[i]
			var value map[string]any
			must(t, decodeNumbers(e.encoded, &value))
			if !removeField(value, strings.Split(strings.TrimPrefix(field, "/"), "/")) {
				return
			}
			service, err := e.judge(t, value)
			must(t, err)
			mutex.Lock()
			defer mutex.Unlock()
			for _, activity := range service.Activities {
				for _, check := range activity.Checks {
					if check.Status == verdict.Pass || check.Status == verdict.NotApplicable || strings.HasSuffix(check.ID, ".evidence_consistent") {
						continue
					}
					turned++
					if !rests[check.ID][field] {
						wrong[check.ID] = append(wrong[check.ID], field)
					}
				}
			}
		})
		for check, fields := range wrong {
			slices.Sort(fields)
			t.Errorf("%s: %s turns without %s, which it is not said to rest on", folder, check, strings.Join(fields, ", "))
		}
		if turned < 200 {
			t.Errorf("%s: only %d verdicts turned", folder, turned)
		}
	}
}

func decodeNumbers(encoded []byte, into any) error {
	decoder := json.NewDecoder(strings.NewReader(string(encoded)))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// removeField takes a field away, from each item where a step is *; it reports whether it was there.
func removeField(value any, steps []string) (removed bool) {
	switch v := value.(type) {
	case []any:
		if "/"+steps[0] == policy.EachItem {
			for _, item := range v {
				removed = removeField(item, steps[1:]) || removed
			}
		}
	case map[string]any:
		below, hasField := v[steps[0]]
		if hasField && len(steps) == 1 {
			delete(v, steps[0])
			return true
		}
		return hasField && removeField(below, steps[1:])
	}
	return removed
}
