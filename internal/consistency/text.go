package consistency

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// text compares a text with what it must fit together with, and answers it with its person resolved.
func (r *run) text(t *text, value string, at *place, around map[string]any) string {
	if t.date {
		r.date(t, value, at)
	}
	if kind := t.kind(); kind != "" {
		r.duplicate(kind, value, at)
	}
	for _, ref := range t.refs {
		if ref.holds(around) {
			r.reference(ref, value, at, around)
		}
	}
	if t.not != nil {
		r.outside(t.not, value, at)
	}
	if t.form != nil && !t.form.MatchString(value) {
		r.report(at, "other_form", nil, map[string]any{"text": value, "form": t.form.String()})
	}
	if t.below != "" {
		r.notBelow(t.below, value, at)
	}
	if t.person != nil && t.person.holds(around) {
		return r.person(t.person, value, at, around)
	}
	return value
}

// kind is that of which no two objects may have the same name.
func (t *text) kind() string {
	if t.alias == personKind {
		return t.alias
	}
	return t.id
}

// duplicate finds objects that have the name of an earlier one.
func (r *run) duplicate(kind, value string, at *place) {
	same := r.kinds[kind][r.name(kind, value)]
	if len(same) < 2 {
		return
	}
	if own := at.object(); own != same[0].place.pointer() {
		r.report(at, "same_id", []string{same[0].place.pointer()}, map[string]any{"text": value})
	}
}

// object is the pointer of the object in which a text, or a list of texts, stands.
func (p *place) object() string {
	above := p.up
	if p.list {
		above = above.up
	}
	return above.pointer()
}

// date finds dates after the reading that tells them.
func (r *run) date(t *text, value string, at *place) {
	if t.future {
		return
	}
	date, ok := momentOf(value)
	if reading := r.reading(at.section()); ok && reading.text != "" && date.after(reading) {
		r.report(at, "after_reading", []string{"/" + at.section() + "/source/collected_at"}, map[string]any{"date": date.text, "reading": reading.text})
	}
}

// reading is when a section was read; without a text where it does not say.
func (r *run) reading(section string) moment {
	reading, known := r.readings[section]
	if !known {
		reading, _ = momentOf(lookup(r.value, section+"/source/collected_at"))
		r.readings[section] = reading
	}
	return reading
}

// momentOf is the moment that an annotation names, and the pointer to it; without a text for none.
func (r *run) momentOf(name string, at *place, around map[string]any) (moment, string) {
	switch field, of, follows := strings.Cut(name, "->"); {
	case name == "reading":
		return r.reading(at.section()), ""
	case name == "ever", name == "":
		return moment{}, ""
	case follows:
		id, _ := around[field].(string)
		for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
			for _, found := range r.kinds[kind][spelled(id)] {
				if on, there := momentOf(found.fields[of]); there {
					return on, found.place.pointer() + "/" + of
				}
			}
		}
		return moment{}, ""
	}
	on, there := momentOf(lookup(around, name))
	if !there {
		return r.reading(at.section()), ""
	}
	return on, at.object() + "/" + name
}

// reference compares a text with the objects that it may name.
func (r *run) reference(ref *reference, value string, at *place, around map[string]any) {
	name := value
	if ref.Part != nil {
		found := ref.Part.FindStringSubmatch(r.withDomain(value))
		if len(found) < 2 {
			return
		}
		name = found[1]
	}
	if len(ref.To) > 0 && !r.supplied(ref.To[0]) || r.inTable(ref.Tables, name) {
		return
	}
	found, known := r.named(ref, name, value)
	if slices.Contains(ref.To, personKind) {
		r.left(name, value, at)
	}
	if known || len(found) == 0 && ref.Matches != nil && ref.Matches.MatchString(value) {
		return
	}
	if len(found) == 0 {
		if !ref.Optional {
			r.report(at, "unknown_reference", nil, valuesOf(value, "kinds", kindsInWords(ref.To)))
		}
		return
	}
	if slices.ContainsFunc(found, func(i *item) bool { return sameObject(i.fields, around) }) {
		r.report(at, "names_itself", nil, valuesOf(value))
		return
	}
	named := found[0]
	if until, there := momentOf(around[ref.Until]); len(ref.States) > 0 && !(there && r.reading(at.section()).after(until)) {
		living := slices.IndexFunc(found, func(i *item) bool { return slices.Contains(ref.States, r.state(i)) })
		if living < 0 {
			r.report(at, "wrong_state", []string{named.place.pointer()}, valuesOf(value, "state", inWords(r.state(named)), "states", statesInWords(ref.States)))
			return
		}
		named = found[living]
	}
	r.compareFields(ref, named, value, at, around)
}

// valuesOf are the values of a finding about a text, and more by name.
func valuesOf(text string, more ...string) map[string]any {
	all := map[string]any{"text": text}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// compareFields compares the fields of an object with what a reference to it asks for, and with those beside the reference.
func (r *run) compareFields(ref *reference, named *item, value string, at *place, around map[string]any) {
	for _, field := range slices.Sorted(maps.Keys(ref.Where)) {
		if held := valueText(named.fields[field]); held != "" && !slices.Contains(ref.Where[field], held) {
			r.report(at, "unfit_object", []string{named.place.pointer() + "/" + field}, valuesOf(value, "field", inWords(field), "found", inWords(held), "fit", statesInWords(ref.Where[field])))
		}
	}
	for _, field := range slices.Sorted(maps.Keys(ref.Same)) {
		own := valueText(around[field])
		other, otherPlace := r.follow(ref.Same[field], named)
		if own != "" && other != "" && spelled(own) != spelled(other) {
			r.report(at, "another_value", []string{at.object() + "/" + field, otherPlace}, valuesOf(value, "field", inWords(field), "found", own, "other", other))
		}
	}
	bound := func(condition string, fields map[string]string, broken func(own, other moment) bool) {
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			own, there := momentOf(lookup(around, field))
			other, otherThere := momentOf(lookup(named.fields, fields[field]))
			if there && otherThere && broken(own, other) {
				r.report(at, condition, []string{at.object() + "/" + field, named.place.pointer() + "/" + fields[field]},
					valuesOf(value, "field", inWords(field), "date", own.text, "other", inWords(fields[field]), "other_date", other.text))
			}
		}
	}
	bound("another_day", ref.SameDay, func(own, other moment) bool { return !own.sameDay(other) })
	bound("before_object", ref.NotBefore, func(own, other moment) bool { return other.after(own) })
	bound("after_object", ref.NotAfter, moment.after)
}

// left finds a reference to a person who is not active any more.
func (r *run) left(name, value string, at *place) {
	if r.directory == nil {
		return
	}
	reading := r.reading(at.section())
	people := r.directory.find(name, moment{})
	active := func(person *somebody) bool { return person.active(reading) }
	if reading.text != "" && len(people) > 0 && !slices.ContainsFunc(people, active) {
		r.report(at, "person_not_active", pointersOf(people), map[string]any{"text": value, "date": reading.text})
	}
}

// follow is the value of a field of an object, or of a field of what a field of it names, and the pointer to it.
func (r *run) follow(path string, from *item) (value, pointer string) {
	field, of, follows := strings.Cut(path, "->")
	if !follows {
		return valueText(from.fields[field]), from.place.pointer() + "/" + field
	}
	id, _ := from.fields[field].(string)
	for _, kind := range slices.Sorted(maps.Keys(r.kinds)) {
		for _, found := range r.kinds[kind][r.name(kind, id)] {
			if value = valueText(found.fields[of]); value != "" {
				return value, found.place.pointer() + "/" + of
			}
		}
	}
	return "", ""
}

// named are the objects that a text may be meant to name; known says that it names something that is no object of the
// evidence's lists, or a person.
func (r *run) named(ref *reference, name, whole string) (found []*item, known bool) {
	for _, kind := range ref.To {
		switch {
		case kind == "domain":
			known = known || spelled(name) == r.domain
		case kind == personKind && r.directory != nil:
			known = known || len(r.directory.find(name, moment{})) > 0
		default:
			found = append(found, r.kinds[kind][r.name(kind, name)]...)
			if ref.Whole && name != whole {
				found = append(found, r.kinds[kind][r.name(kind, whole)]...)
			}
		}
	}
	return found, known
}

// sameObject reports whether two objects are one.
func sameObject(a, b map[string]any) bool {
	return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer()
}

// withDomain is a text in which the id of this domain, in any spelling, is as patterns have it.
func (r *run) withDomain(text string) string {
	if r.domain == "" {
		return text
	}
	if at := strings.Index(strings.ToLower(text), r.domain); at >= 0 && len(strings.ToLower(text)) == len(text) {
		return text[:at] + domainInPattern + text[at+len(r.domain):]
	}
	return text
}

// inTable reports whether a table of the reference data has a key of that name.
func (r *run) inTable(tables []string, name string) bool {
	name = spelled(name)
	for _, table := range tables {
		rows, _ := r.settings.Reference[table].(map[string]any)
		for _, key := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "_", "-")} {
			if _, there := rows[key]; there {
				return true
			}
		}
	}
	return false
}

// outside finds texts that name this domain or an object in it, where something outside is wanted: as a whole, or in a part.
func (r *run) outside(kinds []string, value string, at *place) {
	if r.own == nil {
		r.own = r.ownNames(kinds)
	}
	name := spelled(value)
	for _, part := range append(tokens(name), name) {
		if pointer, own := r.own[part]; own {
			r.report(at, "own_domain", []string{pointer}, map[string]any{"text": value})
			return
		}
	}
}

// ownNames are the id and the name of this domain, and of the objects of some kinds in it.
func (r *run) ownNames(kinds []string) map[string]string {
	own := map[string]string{}
	for _, field := range []string{"id", "name"} {
		if name, ok := lookup(r.value, "metadata/service/"+field).(string); ok {
			own[spelled(name)] = "/metadata/service/" + field
		}
	}
	for _, kind := range kinds {
		for id, items := range r.kinds[kind] {
			own[id] = items[0].place.pointer()
			for _, found := range items {
				if name, ok := found.fields["name"].(string); ok {
					own[spelled(name)] = found.place.pointer()
				}
			}
		}
	}
	return own
}

// notBelow finds domains that are in a list of the reference data, or below one of them.
func (r *run) notBelow(table, value string, at *place) {
	listed, _ := r.settings.Reference[table].([]any)
	name := spelled(value)
	for domain := strings.TrimPrefix(name, "@"); domain != ""; _, domain, _ = strings.Cut(domain, ".") {
		if slices.Contains(listed, any(domain)) {
			r.report(at, "public_domain", nil, map[string]any{"text": value, "domain": domain})
			return
		}
	}
}

func (r *run) state(i *item) string { return i.state(r.reading(i.place.section())) }
