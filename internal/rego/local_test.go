package rego

import "testing"

func TestRecordsAreTheItemsOfAllLists(t *testing.T) {
	for want, value := range map[int]any{
		0: map[string]any{"a": "b", "c": map[string]any{"d": []any{}}},
		2: map[string]any{"a": []any{"b", "c"}},
		5: map[string]any{"a": []any{map[string]any{"b": []any{1, 2}}, map[string]any{}}, "c": map[string]any{"d": []any{1}}},
	} {
		if n := records(value); n != want {
			t.Errorf("%v has %d records, wanted %d", value, n, want)
		}
	}
}
