package consistency

import (
	"maps"
	"slices"
	"time"
)

// personKind is the kind of the objects that are persons: the directory of people.
const personKind = "person"

// somebody is a person of the directory.
type somebody struct {
	id          string
	from, until moment // the days between which the person is active; no text for no limit
	item        *item
}

func (s *somebody) active(on moment) bool {
	return !(s.from.text != "" && s.from.after(on.onDay())) && !(s.until.text != "" && on.onDay().after(s.until))
}

func (m moment) onDay() moment { return moment{m.at, m.text, true} }

// directory knows people by what they are called.
type directory struct {
	plus  bool
	names map[string][]*somebody // ids, logins and addresses
	other map[string][]*somebody // full names and roles, which several people may have
}

// people reads the directory; nil where the evidence has none.
func (r *run) people() *directory {
	if len(r.plan.inventories[personKind]) == 0 || !r.supplied(personKind) {
		return nil
	}
	d := &directory{plus: r.plus, names: map[string][]*somebody{}, other: map[string][]*somebody{}}
	known := map[*item]*somebody{}
	for name, items := range r.kinds[personKind] {
		for _, found := range items {
			person := known[found]
			if person == nil {
				person = &somebody{item: found}
				person.id, _ = found.fields["id"].(string)
				if person.id = spelled(person.id); person.id == "" {
					person.id = found.place.pointer() // one name all the same: two logins must not be two persons
				}
				person.from, _ = momentOf(found.fields["active_from"])
				person.until, _ = momentOf(found.fields["active_until"])
				known[found] = person
				for _, field := range []string{"name", "role"} {
					if text, ok := found.fields[field].(string); ok {
						d.other[spelled(text)] = append(d.other[spelled(text)], person)
					}
				}
			}
			d.names[name] = append(d.names[name], person)
		}
	}
	return d
}

// find answers who is meant by a text: by an id, login or address, or by a name or role that one person alone has on
// that day.
func (d *directory) find(text string, on moment) []*somebody {
	name := spelled(text)
	if d.plus {
		name = withoutPlus(name)
	}
	if found := d.names[name]; len(found) > 0 {
		return found
	}
	var active []*somebody
	for _, person := range d.other[name] {
		if on.text == "" || person.active(on) {
			active = append(active, person)
		}
	}
	return active
}

// Person answers the one name of a person, as the resolved evidence has it, and whether the directory has that person active
// on a day; without a directory everybody is.
func (r *Result) Person(text string, on time.Time) (name string, active bool) {
	if r.directory == nil {
		return spelled(text), true
	}
	day := moment{at: on.UTC(), text: on.UTC().Format(time.DateOnly), day: true}
	found := r.directory.find(text, day)
	if len(found) != 1 {
		return spelled(text), false
	}
	return found[0].id, found[0].active(day)
}

// person compares a text that names a person with the directory, and answers the person's one name.
func (r *run) person(p *person, text string, at *place, around map[string]any) string {
	name := spelled(text)
	if r.directory == nil {
		if r.plus {
			name = withoutPlus(name)
		}
		return name
	}
	on, atPlace := r.momentOf(p.At, at, around)
	found := r.directory.find(text, on)
	if len(found) == 0 && slices.ContainsFunc(p.Or, func(kind string) bool { return len(r.kinds[kind][r.name(kind, text)]) > 0 }) {
		r.several(p.Or, text, text, at)
		return name
	}
	switch {
	case len(found) == 0:
		r.report(at, "unknown_person", nil, map[string]any{"text": text})
		return name
	case len(found) > 1:
		r.report(at, "several_persons", pointersOf(found), map[string]any{"text": text})
		return name
	}
	who := found[0]
	if (condition{When: p.ActiveWhen}).holds(around) && on.text != "" && !who.active(on) {
		related := []string{who.item.place.pointer()}
		if atPlace != "" {
			related = append(related, atPlace)
		}
		r.report(at, "person_not_active", related, map[string]any{"text": text, "date": on.text})
	}
	for _, field := range slices.Sorted(maps.Keys(p.Also)) {
		day, there := momentOf(around[field])
		if there && (condition{When: p.Also[field]}).holds(around) && !who.active(day) {
			r.report(at, "person_not_active", []string{who.item.place.pointer(), at.object() + "/" + field}, map[string]any{"text": text, "date": day.text})
		}
	}
	if p.Among != "" && r.supplied(p.Among) && r.recent(p.Recent, around, at) && !r.gone(who, at) && !r.namedBy(p.Among)[who] {
		r.report(at, "unknown_reference", []string{who.item.place.pointer()}, map[string]any{"text": text, "kinds": kindsInWords([]string{p.Among})})
	}
	if p.Day != "" {
		if day, there := momentOf(around[p.Day]); there && (who.until.text == "" || !who.until.sameDay(day)) {
			r.report(at, "other_last_day", []string{who.item.place.pointer()}, map[string]any{"text": text, "date": day.text, "until": shown(who.until.text)})
		}
	}
	return who.id
}

// gone reports whether a person was not there any more when the section was read.
func (r *run) gone(who *somebody, at *place) bool {
	reading := r.reading(at.section())
	return reading.text != "" && !who.active(reading)
}

// namedBy are the persons that objects of a kind name.
func (r *run) namedBy(kind string) map[*somebody]bool {
	if people, known := r.members[kind]; known {
		return people
	}
	people := map[*somebody]bool{}
	for name := range r.kinds[kind] {
		for _, person := range r.directory.find(name, moment{}) {
			people[person] = true
		}
	}
	r.members[kind] = people
	return people
}

func shown(text string) string {
	if text == "" {
		return "not given"
	}
	return text
}

func pointersOf(people []*somebody) []string {
	var pointers []string
	for _, person := range people {
		pointers = append(pointers, person.item.place.pointer())
	}
	slices.Sort(pointers)
	return pointers
}
