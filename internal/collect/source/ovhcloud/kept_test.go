package ovhcloud

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// planted is the fake with secrets in each object of each answer.
func (f *fake) planted() {
	of := func(list []map[string]any) (planted []map[string]any) {
		for _, item := range list {
			planted = append(planted, collecttest.Plant(item).(map[string]any))
		}
		return planted
	}
	for _, lists := range []map[string][]map[string]any{f.pages, f.items} {
		for path, list := range maps.Clone(lists) {
			lists[path] = of(list)
		}
	}
	for path, object := range maps.Clone(f.objects) {
		f.objects[path] = collecttest.Plant(object)
	}
}

// Whatever else the API answers, nothing of it is kept, and the facts are the same.
func TestNothingElseIsKept(t *testing.T) {
	plain, planted := newFake(t), newFake(t)
	for _, f := range []*fake{plain, planted} { // values of other conditions are nobody's business
		f.pages["/v2/iam/policy"][0]["conditions"] = map[string]any{"operator": "AND", "conditions": []any{
			map[string]any{"operator": "MATCH", "values": map[string]any{"request.IP.IN_RANGE": "198.51.100.16/28"}},
			map[string]any{"operator": "MATCH", "values": map[string]any{"resource.Tag(owner)": "planted"}},
		}}
	}
	planted.planted()
	want, got := whole(t, plain.opened(t, byKeys)), whole(t, planted.opened(t, byKeys))
	keep := func(result collect.Result) string {
		encoded, err := json.Marshal(result.Parts)
		must(t, err)
		return string(encoded)
	}
	if diff := cmp.Diff(keep(want), keep(got)); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(keep(got), collecttest.PlantedText) || strings.Contains(strings.Join(got.Notes, "\n"), collecttest.PlantedText) {
		t.Errorf("a secret is kept or told; notes %q", got.Notes)
	}
	if !strings.Contains(keep(got), "198.51.100.16/28") {
		t.Error("the addresses of a condition are not kept")
	}
}
