package edit_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// randomChange is a change in a section, which the form may refuse.
func randomChange(r *rand.Rand, section string, value any) edit.Change {
	var pointers []string
	var visit func(pointer string, value any)
	visit = func(pointer string, value any) {
		pointers = append(pointers, pointer)
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				visit(pointer+document.Pointer(name), below)
			}
		case []any:
			for i, below := range v {
				visit(pointer+fmt.Sprintf("/%d", i), below)
			}
		}
	}
	top := document.Pointer(section)
	visit(top, value)
	slices.Sort(pointers)
	pointer := pointers[r.IntN(len(pointers))]
	was, _ := document.Lookup(map[string]any{section: value}, pointer)
	c := edit.Change{Section: section, Pointer: pointer, Was: was}
	if r.IntN(4) == 0 && pointer != top {
		c.Remove = true
		return c
	}
	switch v := was.(type) {
	case json.Number:
		c.Value = json.Number(fmt.Sprint(r.IntN(100)))
	case bool:
		c.Value = !v
	case string:
		switch {
		case strings.HasPrefix(v, "20") && len(v) > 10 && v[10] == 'T':
			c.Value = fmt.Sprintf("2026-10-%02dT10:00:00Z", 1+r.IntN(30))
		case strings.HasPrefix(v, "20") && len(v) == 10:
			c.Value = fmt.Sprintf("2026-10-%02d", 1+r.IntN(30))
		default:
			c.Value = []string{"other", "Karim Saïdi", "yes", "12", "a: b # c", v + " (new)", "one\ntwo"}[r.IntN(7)]
		}
	case []any:
		if len(v) == 0 {
			c.Remove = true
			return c
		}
		item := v[r.IntN(len(v))]
		if fields, isMapping := item.(map[string]any); isMapping {
			fields = maps.Clone(fields)
			for _, name := range []string{"name", "id", "person", "login"} {
				if _, is := fields[name].(string); is {
					fields[name] = fmt.Sprintf("new-%d", r.IntN(1000))
				}
			}
			item = fields
		}
		c.Pointer, c.Value, c.Was = pointer+"/-", item, edit.Absent
	case map[string]any:
		c.Value = maps.Clone(v)
	}
	return c
}

// Whatever is saved: the files say it, no others are written, and all that is undone is as it was, byte for byte.
func TestRandomSaves(t *testing.T) {
	testhelp.InMemory(t)
	saved, refused := 0, 0
	for seed, name := range []string{"compliant", "small", "saas", "gaps"} {
		r := rand.New(rand.NewPCG(5, uint64(seed)))
		folder := example(t, name)
		desk := deskOn(t, folder)
		states := []map[string]string{tree(t, folder)}
		sections := append(desk.Form.Sections(), "not_applicable", "metadata")
		for range 40 {
			section := sections[r.IntN(len(sections))]
			value, err := desk.Value(section)
			testhelp.Must(t, err)
			if value == edit.Absent {
				continue
			}
			c := randomChange(r, section, value)
			before := states[len(states)-1]
			result, err := desk.Save(context.Background(), []edit.Change{c})
			after := tree(t, folder)
			var invalid document.Errors
			switch {
			case errors.As(err, &invalid):
				refused++
				if changed := differences(before, after); len(changed) > 0 {
					t.Errorf("%s: %+v was refused, and %v were changed", name, c, changed)
				}
				if invalid[0].Pointer == "" || invalid[0].Line == 0 {
					t.Errorf("%s: %+v: no place: %+v", name, c, invalid[0])
				}
				continue
			case err != nil:
				t.Errorf("%s: %+v: %v", name, c, err)
				continue
			}
			if changed := differences(before, after); !slices.Equal(changed, result.Files) {
				t.Errorf("%s: %+v: %v were changed, it says %v", name, c, changed, result.Files)
			}
			if len(result.Files) == 0 {
				continue
			}
			saved++
			states = append(states, after)
			now, err := desk.Value(section)
			testhelp.Must(t, err)
			if is, present := document.Lookup(map[string]any{section: now}, result.Pointers[0]); now != edit.Absent && (present == c.Remove && !strings.HasSuffix(c.Pointer[:len(c.Pointer)-1], "/") || !c.Remove && !reflect.DeepEqual(is, c.Value)) {
				t.Errorf("%s: %+v: there is %v", name, c, is)
			}
		}
		through := func(step func(context.Context) (edit.Saved, error), from, to int) {
			for i := from; i != to; {
				if from > to {
					i--
				} else {
					i++
				}
				_, err := step(context.Background())
				testhelp.Must(t, err)
				if changed := differences(states[i], tree(t, folder)); len(changed) > 0 {
					t.Fatalf("%s: in state %d, %v differ", name, i, changed)
				}
			}
		}
		through(desk.Undo, len(states)-1, 0)
		through(desk.Redo, 0, len(states)-1)
		through(desk.Undo, len(states)-1, 0)
		if _, err := desk.Undo(context.Background()); !errors.Is(err, edit.ErrNoStep) {
			t.Errorf("%v", err)
		}
	}
	t.Logf("%d saved, %d refused", saved, refused)
	if saved < 60 || refused < 10 {
		t.Error("too few")
	}
}
