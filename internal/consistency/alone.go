package consistency

import (
	"slices"

	"github.com/google/uuid"

	"github.com/raci-check/raci-check/internal/spelling"
)

// registered says that a text is the number of one event in a register outside the evidence: the same number stands for the same event.
type registered struct {
	Kind string // of the register
	On   string // date beside it of the event
	Days int    // by which two dates of one event may differ
}

// numbered is the first place at which a number stands.
type numbered struct {
	pointer string
	date    moment
}

// numberOf finds a number that stands for events of different days.
func (r *run) numberOf(n *registered, text string, at *place, around map[string]any) {
	date, dated := momentOf(around[n.On])
	if !dated {
		return
	}
	name := n.Kind + " " + spelling.Fold(text)
	first, listed := r.numbers[name]
	if !listed {
		r.numbers[name] = numbered{at.pointer(), date}
		return
	}
	if !date.near(first.date, n.Days) {
		r.report(at, "number_of_another", []string{first.pointer}, map[string]any{"text": text, "date": date.text, "other_date": first.date.text})
	}
}

// unlike finds a text that is the id of an object of some kinds: what is gone is not what is there.
func (r *run) unlike(kinds []string, text string, at *place) {
	for _, kind := range kinds {
		if objects := r.kinds[kind][r.name(kind, text)]; len(objects) > 0 {
			r.report(at, "still_there", []string{objects[0].place.pointer()}, map[string]any{"text": text, "kind": kindsInWords([]string{kind})})
		}
	}
}

// owner is the object that a UUID stands for.
type owner struct{ kind, pointer string }

// oneKind finds a UUID that is the id of objects of two kinds.
func (r *run) oneKind(kind, id string, at *place) {
	if len(id) != len(uuid.Nil.String()) || uuid.Validate(id) != nil {
		return
	}
	name := spelling.Fold(id)
	first, listed := r.owners[name]
	if !listed {
		r.owners[name] = owner{kind, at.pointer()}
		return
	}
	if first.kind != kind {
		r.report(at, "same_id", []string{first.pointer}, map[string]any{"text": id})
	}
}

// maxCycle is how many objects a cycle may have at most to be found, so that long chains cost little.
const maxCycle = 32

// leadsBack reports whether objects lead back to one, by the same field of each.
func (r *run) leadsBack(ref *reference, field string, from []*item, to map[string]any) bool {
	seen := slices.Clone(from)
	for i := 0; i < len(seen) && i < maxCycle; i++ {
		for _, name := range texts(seen[i].fields[field]) {
			next, _ := r.candidates(ref, name, name)
			for _, object := range next {
				if sameObject(object.fields, to) {
					return true
				}
				if !slices.Contains(seen, object) {
					seen = append(seen, object)
				}
			}
		}
	}
	return false
}
