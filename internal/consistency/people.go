package consistency

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/spelling"
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

// cameBackAfter reports whether the directory has the person active from a later day than a last one: whoever left came back.
func (s *somebody) cameBackAfter(last any) bool {
	day, isDate := momentOf(last)
	return isDate && s.from.text != "" && s.from.after(day.onDay())
}

func (m moment) onDay() moment { return moment{m.at, m.text, true} }

// naming gives each person one name. Everything that compares persons asks it.
type naming struct {
	plus      bool       // mail addresses that differ in what follows a plus are one person's
	directory *directory // nil where the evidence has none
}

// spelled is the one spelling of a text that names a person.
func (n naming) spelled(text string) string {
	name := spelling.Fold(text)
	if n.plus {
		name = withoutPlus(name)
	}
	return name
}

// find answers the one name of a person, and the entries of the directory that the text may mean on a day. Where that is not
// exactly one, the name is the spelling of the text.
func (n naming) find(text string, on moment) (name string, entries []*somebody) {
	name = n.spelled(text)
	if n.directory == nil {
		return name, nil
	}
	if entries = n.directory.find(name, on); len(entries) == 1 {
		return entries[0].id, entries
	}
	return name, entries
}

// directory knows people by what they are called.
type directory struct {
	names map[string][]*somebody // ids, logins and addresses
	other map[string][]*somebody // full names and roles, which several people may have
	full  map[string][]*somebody // full names of two words and more, by their words, also with an initial for one of two
	short map[string][]*somebody // full names of two words, with an initial for one, in one word
	words map[string]bool        // of full names
}

// directory is that of the evidence; nil where it has none.
func (r *run) directory() *directory { return of(r, theDirectory{}, (*run).people) }

// naming is that of the evidence.
func (r *run) naming() naming { return naming{r.plus, r.directory()} }

// find is that of naming.
func (r *run) find(text string, on moment) (name string, entries []*somebody) {
	return r.naming().find(text, on)
}

// spelled is that of naming.
func (r *run) spelled(text string) string { return naming{plus: r.plus}.spelled(text) }

// people reads the directory; nil where the evidence has none.
func (r *run) people() *directory {
	if len(r.plan.inventories[personKind]) == 0 || !r.supplied(personKind) {
		return nil
	}
	namesakes := newNamesakes()
	d := &directory{names: map[string][]*somebody{}, other: map[string][]*somebody{}, full: map[string][]*somebody{}, short: map[string][]*somebody{}, words: map[string]bool{}}
	personOf := map[*item]*somebody{}
	persons := r.kind(personKind)
	for _, name := range slices.Sorted(maps.Keys(persons)) { // in order: the first namesake gives the name
		for _, object := range persons[name] {
			person := personOf[object]
			if person == nil {
				person = &somebody{item: object}
				person.id, _ = object.fields["id"].(string)
				if person.id = spelling.Fold(person.id); person.id == "" {
					person.id = object.place.pointer() // one name all the same: two logins must not be two persons
				}
				person.id = namesakes.id(object.fields, person.id)
				person.from, _ = momentOf(object.fields["active_from"])
				person.until, _ = momentOf(object.fields["active_until"])
				personOf[object] = person
				if text, ok := object.fields["name"].(string); ok {
					d.addFull(text, person)
				}
				for _, field := range OtherNames {
					if text, ok := object.fields[field].(string); ok {
						d.other[givenFirst(spelling.Fold(text))] = append(d.other[givenFirst(spelling.Fold(text))], person)
					}
				}
			}
			d.names[name] = append(d.names[name], person)
		}
	}
	return d
}

// addFull notes a full name. One of a single word may be that of something else.
func (d *directory) addFull(name string, person *somebody) {
	for _, spelled := range spelling.Names(name) {
		words := nameWords(spelled)
		for _, word := range words {
			d.words[word] = true
		}
		if len(words) > 1 {
			key := strings.Join(words, " ")
			d.full[key] = append(d.full[key], person)
		}
		if len(words) == 2 {
			d.addShort(words[0], words[1], person)
			d.addShort(words[1], words[0], person)
		}
	}
}

// namesPart reports whether a word is one of the name of a person of the directory.
func (r *run) namesPart(word string) bool {
	d := r.directory()
	return d != nil && slices.ContainsFunc(spelling.Names(word), func(spelled string) bool { return d.words[spelled] })
}

// addShort notes a name with an initial for one of its two words. A short word with an initial may be anything.
func (d *directory) addShort(word, other string, person *somebody) {
	initial := string([]rune(other)[:1])
	if len(word) < 4 || initial == other {
		return
	}
	words := []string{word, initial}
	slices.Sort(words)
	separate := strings.Join(words, " ")
	d.full[separate] = append(d.full[separate], person)
	for _, joined := range []string{initial + word, word + initial} {
		d.short[joined] = append(d.short[joined], person)
	}
}

// find answers the entries that a spelled name may mean: by an id, login or address, or by a full name or role of people
// who are active on that day.
func (d *directory) find(name string, on moment) []*somebody {
	if entries := d.names[name]; len(entries) > 0 {
		return entries
	}
	var active []*somebody
	for _, person := range d.other[givenFirst(name)] {
		if on.text == "" || person.active(on) {
			active = append(active, person)
		}
	}
	return active
}

// givenFirst is a name in the order of speech where its family name stands first, before a comma, as lists of personnel have it.
func givenFirst(name string) string {
	family, givenNames, comma := strings.Cut(name, ", ")
	if !comma || strings.Contains(givenNames, ",") {
		return name
	}
	return strings.TrimSpace(givenNames) + " " + strings.TrimSpace(family)
}

// Person answers the one name of a person, as the resolved evidence has it, and whether the directory has that person active
// on a day; without a directory everybody is.
func (r *Result) Person(text string, on time.Time) (name string, active bool) {
	day := moment{at: on.UTC(), text: on.UTC().Format(time.DateOnly), day: true}
	name, entries := r.naming.find(text, day)
	return name, r.naming.directory == nil || len(entries) == 1 && entries[0].active(day)
}

// person compares a text that names a person with the directory, and answers the person's one name.
func (r *run) person(p *person, text string, at *place, around map[string]any) string {
	if r.directory() == nil {
		return r.spelled(text)
	}
	on, atPlace := r.momentOf(p.At, at, around)
	name, entries := r.find(text, on)
	if len(entries) == 0 && slices.ContainsFunc(p.Or, func(kind string) bool { return len(r.objects(kind, text)) > 0 }) {
		r.several(p.Or, text, text, at)
		return name
	}
	if len(entries) == 0 && len(p.Free) > 0 && (condition{When: p.Free}).holds(around) {
		if _, entries = r.find(text, moment{}); len(entries) != 1 { // by a full name, somebody who has left
			return name
		}
	}
	switch {
	case len(entries) == 0:
		r.report(at, "unknown_person", nil, map[string]any{"text": text})
		return name
	case len(entries) > 1:
		r.report(at, "several_persons", pointersOf(entries), map[string]any{"text": text})
		return name
	}
	person := entries[0]
	if p.Day != "" && person.cameBackAfter(around[p.Day]) {
		return name // the directory has the days since then only
	}
	if p.At == someReading && r.activeAtSome(person) {
		on = moment{}
	}
	if (condition{When: p.ActiveWhen}).holds(around) && on.text != "" && !person.active(on) && (p.SlackDays == 0 || !person.active(on.daysAgo(p.SlackDays))) {
		related := []string{person.item.place.pointer()}
		if atPlace != "" {
			related = append(related, atPlace)
		}
		r.report(at, "person_not_active", related, map[string]any{"text": text, "date": on.text})
	}
	for _, field := range p.absences(person, around) {
		day, _ := momentOf(around[field])
		r.report(at, "person_not_active", []string{person.item.place.pointer(), at.object() + "/" + field}, map[string]any{"text": text, "date": day.text})
	}
	if p.Among != "" && r.supplied(p.Among) && r.recent(p.Recent, around, at) && !r.gone(person, at) && !r.namedBy(p.Among)[person.id] {
		r.report(at, "unknown_reference", []string{person.item.place.pointer()}, map[string]any{"text": text, "kinds": kindsInWords([]string{p.Among})})
	}
	r.samePerson(p, person, text, at, around)
	if p.Day != "" {
		if day, isDate := momentOf(around[p.Day]); isDate && (person.until.text == "" || !person.until.sameDay(day)) {
			r.report(at, "other_last_day", []string{person.item.place.pointer()}, map[string]any{"text": text, "date": day.text, "until": shown(person.until.text)})
		}
	}
	return name
}

// absences are the fields beside a text with a date on which its person was not there, or not yet.
func (p *person) absences(named *somebody, around map[string]any) []string {
	var fields []string
	note := func(dates map[string]map[string][]string, absent func(day moment) bool) {
		for field, when := range dates {
			if day, isDate := momentOf(around[field]); isDate && (condition{When: when}).holds(around) && absent(day) {
				fields = append(fields, field)
			}
		}
	}
	note(p.Also, func(day moment) bool { return !named.active(day) })
	note(p.Since, func(day moment) bool { return named.from.text != "" && named.from.after(day.onDay()) })
	slices.Sort(fields)
	return fields
}

// samePerson finds a text beside that names another person than this one.
func (r *run) samePerson(p *person, person *somebody, text string, at *place, around map[string]any) {
	beside, _ := around[p.Same].(string)
	if beside == "" {
		return
	}
	if _, entries := r.find(beside, moment{}); len(entries) == 1 && entries[0].id != person.id {
		r.report(at, "other_person", []string{at.object() + "/" + p.Same, entries[0].item.place.pointer()}, map[string]any{"text": text, "other": beside})
	}
}

// someReading is the time of whoever had to do with all the evidence: when any section was read.
const someReading = "some_reading"

// activeAtSome reports whether a person was there when any section was read, or no section says when it was.
func (r *run) activeAtSome(person *somebody) bool {
	return r.lastReading().text == "" || slices.ContainsFunc(r.readings(), person.active)
}

// readings are the times at which the sections were read.
func (r *run) readings() []moment {
	var all []moment
	for section := range r.plan.readings {
		if reading := r.reading(section); reading.text != "" {
			all = append(all, reading)
		}
	}
	return all
}

// lastReading is the time at which the last of the sections was read; without a text where none says.
func (r *run) lastReading() moment {
	var last moment
	for _, reading := range r.readings() {
		if last.text == "" || reading.after(last) {
			last = reading
		}
	}
	return last
}

// gone reports whether a person was not there any more when the section was read.
func (r *run) gone(person *somebody, at *place) bool {
	reading := r.reading(at.section())
	return reading.text != "" && !person.active(reading)
}

// namedBy are the names of the persons that objects of a kind name.
func (r *run) namedBy(kind string) map[string]bool {
	return of(r, membersOf(kind), func(r *run) map[string]bool {
		people := map[string]bool{}
		for text := range r.kind(kind) {
			_, entries := r.find(text, moment{})
			for _, person := range entries {
				people[person.id] = true
			}
		}
		return people
	})
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
