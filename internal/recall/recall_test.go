package recall_test

import (
	"testing"

	"github.com/raci-check/raci-check/internal/recall"
)

type object = map[string]any

func evidence() object {
	return object{
		"people": object{"persons": []any{object{"id": "ada"}}, "source": object{"method": "api"}},
		"keys":   object{"count": "2", "null": nil},
		"note":   "text",
	}
}

// What is worked out is kept exactly as long as all that was looked at is the same, also where equal evidence was read anew.
func TestWhatFollowsIsKeptWhileWhatWasLookedAtIsTheSame(t *testing.T) {
	t.Parallel()
	names := func(v *recall.Evidence) string {
		return recall.Of(v, "persons", func() string { v.Lookup("people/persons"); return "" })
	}
	for title, test := range map[string]struct {
		look func(v *recall.Evidence)
		kept map[string]bool // by the name of the change
	}{
		"a field":                {func(v *recall.Evidence) { v.Lookup("people/persons") }, map[string]bool{"none": true, "source": true, "count": true, "null": true, "groups": true, "note": true}},
		"below a field":          {func(v *recall.Evidence) { v.Lookup("people/source/method") }, map[string]bool{"none": true, "person": true, "count": true, "null": true, "groups": true, "note": true}},
		"a field that is absent": {func(v *recall.Evidence) { v.Lookup("people/groups") }, map[string]bool{"people": true, "none": true, "person": true, "source": true, "count": true, "null": true, "note": true}},
		"null":                   {func(v *recall.Evidence) { v.Lookup("keys/null") }, map[string]bool{"none": true, "person": true, "source": true, "count": true, "groups": true, "note": true, "people": true}},
		"a section":              {func(v *recall.Evidence) { v.Section("people") }, map[string]bool{"none": true, "count": true, "null": true, "note": true}},
		"whether it is there":    {func(v *recall.Evidence) { v.Has("people") }, map[string]bool{"none": true, "person": true, "source": true, "count": true, "null": true, "groups": true, "note": true}},
		"an absent section":      {func(v *recall.Evidence) { v.Has("sites") }, map[string]bool{"none": true, "person": true, "source": true, "count": true, "null": true, "groups": true, "note": true, "people": true}},
		"a text":                 {func(v *recall.Evidence) { v.Lookup("note") }, map[string]bool{"none": true, "person": true, "source": true, "count": true, "null": true, "groups": true, "people": true}},
		"below a text":           {func(v *recall.Evidence) { v.Lookup("note/field") }, map[string]bool{"none": true, "person": true, "source": true, "count": true, "null": true, "groups": true, "people": true}},
		"what follows from it":   {func(v *recall.Evidence) { names(v) }, map[string]bool{"none": true, "source": true, "count": true, "null": true, "groups": true, "note": true}},
		"what followed before":   {func(v *recall.Evidence) { names(v); names(v) }, map[string]bool{"none": true, "source": true, "count": true, "null": true, "groups": true, "note": true}},
	} {
		for name, change := range map[string]func(object){
			"none":   func(object) {},
			"person": func(e object) { e["people"].(object)["persons"].([]any)[0].(object)["id"] = "bob" },
			"source": func(e object) { e["people"].(object)["source"].(object)["method"] = "export" },
			"groups": func(e object) { e["people"].(object)["groups"] = []any{} },
			"people": func(e object) { delete(e, "people") },
			"count":  func(e object) { e["keys"].(object)["count"] = "3" },
			"null":   func(e object) { delete(e["keys"].(object), "null") },
			"note":   func(e object) { e["note"] = "other" },
		} {
			memory, times := &recall.Memory{}, 0
			see := func(e object) {
				state := memory.Begin(e)
				recall.Of(state, title, func() int { times++; test.look(state); return times })
				memory.Keep(state)
			}
			see(evidence())
			if title == "what followed before" { // it is there before what is tested asks for it
				state := memory.Begin(evidence())
				names(state)
				memory.Keep(state)
			}
			changed := evidence()
			change(changed)
			see(changed)
			kept := times == 1
			expected := test.kept[name]
			if kept != expected {
				t.Errorf("%s, after a change of %s: kept is %t", title, name, kept)
			}
		}
	}
}

// What is kept holds objects of earlier evidence: an object that is the same has one identity.
func TestWhatIsTheSameIsShared(t *testing.T) {
	t.Parallel()
	memory := &recall.Memory{}
	first := memory.Begin(evidence())
	memory.Keep(first)
	changed := evidence()
	changed["people"].(object)["source"] = object{"method": "export"}
	for range 3 {
		second := memory.Begin(changed)
		memory.Keep(second)
		before, now := first.Value()["people"].(object)["persons"].([]any)[0].(object), second.Value()["people"].(object)["persons"].([]any)[0].(object)
		before["mark"] = true
		if now["mark"] != true {
			t.Error("a list that is the same is not shared")
		}
		delete(before, "mark")
		if second.Value()["people"].(object)["source"].(object)["method"] != "export" {
			t.Error("what has changed is not there")
		}
	}
}

// Nothing is kept without a memory.
func TestNoMemoryKeepsNothing(t *testing.T) {
	t.Parallel()
	var memory *recall.Memory
	times := 0
	for range 2 {
		state := memory.Begin(evidence())
		for range 2 {
			recall.Of(state, "key", func() int { times++; return times })
		}
		memory.Keep(state)
	}
	if times != 2 {
		t.Errorf("it was worked out %d times for two evidences", times)
	}
}
