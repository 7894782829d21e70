package consistency

import (
	"slices"

	"github.com/google/uuid"

	"github.com/raci-check/raci-check/internal/recall"
	"github.com/raci-check/raci-check/internal/spelling"
)

// registered says that a text is the number of one event in a register outside the evidence: the same number stands for the same event.
type registered struct {
	Kind string // of the register
	On   string // date beside it of the event
	Days int    // by which two dates of one event may differ
}

// numbered is a place at which a number stands.
type numbered struct {
	rule          *registered
	section, text string
	pointer       string
	date          moment
}

// numberOf notes a number that stands for an event.
func (r *run) numberOf(n *registered, text string, at *place, around map[string]any) {
	if date, dated := momentOf(around[n.On]); dated {
		r.part.numbers = append(r.part.numbers, numbered{n, at.section(), text, at.pointer(), date})
	}
}

// numbers finds numbers that stand for events of different days: the first that has the number is believed.
func (r *run) numbers(parts []*part) {
	owners := map[string]numbered{}
	for _, part := range parts {
		for _, n := range part.numbers {
			name := n.rule.Kind + " " + spelling.Fold(n.text)
			first, listed := owners[name]
			if !listed {
				owners[name] = n
				continue
			}
			if !n.date.near(first.date, n.rule.Days) {
				r.reportIn(n.section, Contradiction{"number_of_another", n.pointer, []string{first.pointer},
					map[string]any{"text": n.text, "date": n.date.text, "other_date": first.date.text}})
			}
		}
	}
}

// unlike finds a text that is the id of an object of some kinds: what is gone is not what is there.
func (r *run) unlike(kinds []string, text string, at *place) {
	for _, kind := range kinds {
		if objects := r.objects(kind, text); len(objects) > 0 {
			r.report(at, "still_there", []string{objects[0].place.pointer()}, map[string]any{"text": text, "kind": kindsInWords([]string{kind})})
		}
	}
}

// owner is an object that a UUID stands for.
type owner struct{ id, kind, section, pointer string }

// oneKind notes a UUID that is the id of an object.
func (r *run) oneKind(kind, id string, at *place) {
	if len(id) == len(uuid.Nil.String()) && uuid.Validate(id) == nil {
		r.part.owners = append(r.part.owners, owner{id, kind, at.section(), at.pointer()})
	}
}

// kindsOfIDs finds UUIDs that are the ids of objects of two kinds.
func (r *run) kindsOfIDs(parts []*part) {
	owners := map[string]owner{}
	for _, part := range parts {
		for _, o := range part.owners {
			name := spelling.Fold(o.id)
			first, listed := owners[name]
			if !listed {
				owners[name] = o
			} else if first.kind != o.kind {
				r.reportIn(o.section, Contradiction{"same_id", o.pointer, []string{first.pointer}, map[string]any{"text": o.id}})
			}
		}
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
				if recall.Same(object.fields, to) {
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
