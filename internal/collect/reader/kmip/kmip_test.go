package kmip

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"raci-check/internal/collect/collecttest"
)

// A count is a fact only where the list is whole.
func TestCount(t *testing.T) {
	_, form := collecttest.Format(t)
	for version, isCounted := range map[string]bool{"1.4": true, "1.3": true, "1.10": true, "1.2": false, "1.0": false, "2.0": false, "": false, "1.": false, "one": false} {
		for _, online := range []bool{false, true} {
			fields, notes := Facts(Inventory{Version: version, OnlineOnly: online, Objects: []Object{{ID: "a"}}}, time.Now(), form)
			if _, told := fields["object_count"]; told != (isCounted && !online) || strings.Contains(strings.Join(notes, "\n"), "object_count is left out") == told {
				t.Errorf("version %q, online only: %v: %v, %q", version, online, fields, notes)
			}
		}
	}
}

// What is kept reads again as it was: no field is lost on the way, a mask of 0 and line ends neither.
func FuzzKept(f *testing.F) {
	f.Add(`{"version": "1.4", "objects": [{"id": "a\nb", "usage_mask": 0, "state": "Active", "deactivation_date": "2030-01-01T00:00:00Z", "extractable": false}]}`)
	f.Add(`{"version": "1.2", "objects": [{"id": "a", "state": "Deactivated", "type": "Key", "deactivation_date": "9999-99-99", "initial_date": "1960-01-01T00:00:00Z"}]}`)
	_, form := collecttest.Format(f)
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		var kept, again Inventory
		if json.Unmarshal([]byte(text), &kept) != nil {
			return
		}
		encoded, err := json.Marshal(kept)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(encoded, &again); err != nil {
			t.Fatal(err)
		}
		before, _ := Facts(kept, at, form)
		after, _ := Facts(again, at, form)
		first, _ := json.Marshal(before)
		second, _ := json.Marshal(after)
		if string(first) != string(second) {
			t.Errorf("%s becomes %s", first, second)
		}
		for _, object := range before["objects"].([]facts) {
			if object.Deactivated != "" && object.DeactivatesOn != "" {
				t.Errorf("%+v", object)
			}
		}
	})
}
