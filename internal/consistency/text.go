package consistency

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/recall"
	"github.com/raci-check/raci-check/internal/spelling"
)

// text compares a text with what it must fit together with, and answers it with its person resolved.
func (r *run) text(t *text, value string, at *place, around map[string]any) string {
	if t.date {
		r.date(t, value, at)
	}
	if kind := t.kind(); kind != "" {
		r.duplicate(kind, value, at)
	}
	if t.id != "" && t.refs == nil {
		r.oneKind(t.id, value, at)
	}
	for _, ref := range t.refs {
		if ref.holds(around) {
			r.reference(ref, value, at, around)
		}
	}
	for _, w := range t.with {
		if w.holds(around) {
			r.with(w, value, at, around)
		}
	}
	if t.among != "" {
		r.among(t.among, value, at, around)
	}
	if t.not != nil {
		r.outside(t.not, value, at)
	}
	if t.unlike != nil {
		r.unlike(t.unlike, value, at)
	}
	if t.otherThan != nil {
		r.otherKind(t.otherThan, value, at)
	}
	if t.dated != "" {
		r.dated(t.dated, value, at, around)
	}
	if t.number != nil {
		r.numberOf(t.number, value, at, around)
	}
	if t.form != nil && !t.form.MatchString(value) {
		r.report(at, "other_form", nil, map[string]any{"text": value, "form": t.form.String()})
	}
	if t.below != "" {
		r.notBelow(t.below, value, at)
	}
	if t.route != nil {
		r.route(t.route, value, at)
	}
	r.meaning(t, value, at, around)
	if t.program != nil && t.program.holds(around) {
		r.program(t.program, value, at, around)
	}
	if t.groups != "" {
		r.oneName(t.groups, value, at)
	}
	if t.person != nil && t.person.holds(around) {
		return r.person(t.person, value, at, around)
	}
	if t.id == personKind {
		return spelling.Fold(value) // the name by which every other text names the person
	}
	return value
}

// meaning finds a text that cannot be what its field asks for, by itself.
func (r *run) meaning(t *text, value string, at *place, around map[string]any) {
	if list, _ := r.tables[t.listed].([]any); t.listed != "" && !slices.Contains(list, any(value)) {
		r.report(at, "not_in_table", nil, map[string]any{"text": value, "table": inWords(t.listed)})
	}
	if t.hollow != nil {
		t.hollow.names(r, value, at, around)
	}
	if t.numbered {
		r.numbered(value, at)
	}
	if t.ranged {
		r.ranged(value, at)
	}
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
	same := r.objects(kind, value)
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

// field is the name of the field in which a text, or a list of texts, stands.
func (p *place) field() string {
	if p.list {
		return p.up.key
	}
	return p.key
}

// date finds dates after the reading that tells them, and those that programs write where they know none.
func (r *run) date(t *text, value string, at *place) {
	date, ok := momentOf(value)
	if !ok {
		return
	}
	if date.at.Equal(time.Unix(0, 0)) {
		r.report(at, "no_date", nil, map[string]any{"date": date.text})
		return
	}
	reading := r.reading(at.section())
	if reading.text == "" {
		return
	}
	related := []string{"/" + at.section() + "/source/collected_at"}
	values := map[string]any{"date": date.text, "reading": reading.text}
	switch {
	case !t.future && date.after(reading):
		r.report(at, "after_reading", related, values)
	case t.years > 0 && date.after(moment{reading.at.AddDate(t.years, 0, 0), reading.text, true}):
		values["years"] = strconv.Itoa(t.years)
		r.report(at, "too_far", related, values)
	}
}

// reading is when a section was read; without a text where it does not say.
func (r *run) reading(section string) moment {
	key := r.plan.readings[section]
	if key == nil { // the form does not know it
		key = readingOf(section)
	}
	return of(r, key, func(r *run) moment {
		reading, _ := momentOf(r.view.Lookup(section + "/source/collected_at"))
		return reading
	})
}

// momentOf is the moment that an annotation names, and the pointer to it; without a text for none.
func (r *run) momentOf(name string, at *place, around map[string]any) (moment, string) {
	switch field, of, follows := strings.Cut(name, "->"); {
	case name == "reading":
		return r.reading(at.section()), ""
	case name == someReading:
		return r.lastReading(), ""
	case name == "ever", name == "":
		return moment{}, ""
	case follows:
		id, _ := around[field].(string)
		for _, kind := range r.plan.kinds {
			for _, object := range r.kind(kind)[spelling.Fold(id)] {
				if on, isDate := momentOf(object.fields[of]); isDate {
					return on, object.place.pointer() + "/" + of
				}
			}
		}
		return moment{}, ""
	}
	on, isDate := momentOf(lookup(around, name))
	if !isDate {
		return r.reading(at.section()), ""
	}
	return on, at.object() + "/" + name
}

// reference compares a text with the objects that it may name.
func (r *run) reference(ref *reference, value string, at *place, around map[string]any) {
	name, second := value, ""
	if ref.Part != nil {
		match := ref.Part.FindStringSubmatch(r.withDomain(value))
		if len(match) < 2 {
			return
		}
		name = match[1]
		if len(match) > 2 {
			second = match[2]
		}
	}
	if len(ref.To) > 0 && !ref.Always && !r.supplied(ref.To[0]) || r.inTable(ref.Tables, name) {
		return
	}
	objects, isDomainOrPerson := r.candidates(ref, name, value)
	if ref.Made != nil {
		objects = slices.DeleteFunc(objects, func(i *item) bool { return madeSince(ref.Made, i, around) })
	}
	if isDomainOrPerson || len(objects) == 0 && (ref.Optional || ref.Matches != nil && ref.Matches.MatchString(r.withDomain(value))) {
		return
	}
	if len(objects) == 0 {
		if r.recent(ref.Recent, around, at) {
			r.report(at, "unknown_reference", nil, valuesOf(value, "kinds", kindsInWords(ref.To)))
		}
		return
	}
	r.several(ref.To, name, value, at)
	if slices.ContainsFunc(objects, func(i *item) bool { return recall.Same(i.fields, around) }) {
		r.report(at, "names_itself", nil, valuesOf(value))
		return
	}
	if ref.Acyclic && r.leadsBack(ref, at.field(), objects, around) {
		r.report(at, "names_itself", []string{objects[0].place.pointer()}, valuesOf(value))
		return
	}
	named := objects[0]
	if until, isDate := momentOf(around[ref.Until]); len(ref.States) > 0 && !(isDate && r.reading(at.section()).after(until)) {
		living := slices.IndexFunc(objects, func(i *item) bool { return slices.Contains(ref.States, r.state(i)) })
		if living < 0 {
			r.report(at, "wrong_state", []string{named.place.pointer()}, valuesOf(value, "state", inWords(r.state(named)), "states", statesInWords(ref.States)))
			return
		}
		named = objects[living]
	}
	if ref.Lists != "" && second != "" && !r.whole(ref, value) && !slices.ContainsFunc(objects, func(i *item) bool { return listed(i.fields[ref.Lists], second) }) {
		r.report(at, "not_listed", []string{named.place.pointer()}, valuesOf(value, "part", second, "list", inWords(ref.Lists)))
	}
	r.sameText(ref, objects, value, at, around)
	r.compareFields(ref, named, value, at, around)
}

// madeSince reports whether an object was made since a date beside the reference: the name is of an earlier one.
func madeSince(dates map[string][]string, named *item, around map[string]any) bool {
	for field, otherFields := range dates {
		own, isDate := momentOf(lookup(around, field))
		if _, made := firstOf(named.fields, otherFields); isDate && made.text != "" && !own.after(made) {
			return true
		}
	}
	return false
}

// valuesOf are the values of a finding about a text, and more by name.
func valuesOf(text string, more ...string) map[string]any {
	all := map[string]any{"text": text}
	for i := 0; i < len(more); i += 2 {
		all[more[i]] = more[i+1]
	}
	return all
}

// sameText compares texts beside a reference with those of the objects that it may name: one that has them is enough.
func (r *run) sameText(ref *reference, objects []*item, value string, at *place, around map[string]any) {
	for _, field := range slices.Sorted(maps.Keys(ref.Same)) {
		own, _ := around[field].(string)
		for _, other := range ref.Same[field] {
			fits := func(i *item) bool { return spelling.Fold(r.follow(other, i)) == spelling.Fold(own) }
			if own != "" && !slices.ContainsFunc(objects, fits) {
				r.report(at, "unfit_object", []string{at.object() + "/" + field, objects[0].place.pointer()}, valuesOf(value, "field", inWords(other), "found", r.follow(other, objects[0]), "fit", own))
			}
		}
	}
}

// compareFields compares the fields of an object with what a reference to it asks for, and its dates with those beside the reference.
func (r *run) compareFields(ref *reference, named *item, value string, at *place, around map[string]any) {
	for _, field := range slices.Sorted(maps.Keys(ref.Where)) {
		if actual, hasField := named.fields[field]; hasField && !oneOf(ref.Where[field], actual) {
			r.report(at, "unfit_object", []string{named.place.pointer() + "/" + field}, valuesOf(value, "field", inWords(field), "found", inWords(plainText(actual)), "fit", statesInWords(ref.Where[field])))
		}
	}
	r.kept(ref, named, value, at, around)
	bound := func(condition string, fields map[string][]string, broken func(own, other moment) bool) {
		for _, field := range slices.Sorted(maps.Keys(fields)) {
			own, hasOwn := momentOf(lookup(around, field))
			for _, otherField := range fields[field] {
				other, otherThere := momentOf(lookup(named.fields, otherField))
				if hasOwn && otherThere && broken(own, other) {
					r.report(at, condition, []string{at.object() + "/" + field, named.place.pointer() + "/" + otherField},
						valuesOf(value, "field", inWords(field), "date", own.text, "other", inWords(otherField), "other_date", other.text))
				}
			}
		}
	}
	bound("another_day", ref.SameDay, func(own, other moment) bool { return !own.sameDay(other) })
	bound("before_object", ref.NotBefore, func(own, other moment) bool { return other.after(own.later(ref.SlackDays)) })
	bound("after_object", ref.NotAfter, func(own, other moment) bool { return own.after(other.later(ref.SlackDays)) })
}

// several finds a name that two objects have as their id: what it leads to is not known. A section says it once of each id.
func (r *run) several(kinds []string, name, value string, at *place) {
	for _, kind := range kinds {
		same := r.objects(kind, name)
		id := at.section() + " " + kind + " " + r.name(kind, name)
		if len(same) < 2 || !r.plan.single[kind] || r.repeated[id] {
			continue
		}
		r.repeated[id] = true
		var related []string
		for _, object := range same[:min(len(same), maxRelated)] {
			related = append(related, object.place.pointer())
		}
		r.report(at, "several_objects", related, map[string]any{"text": value, "number": strconv.Itoa(len(same))})
	}
}

// recent reports whether a date beside the text is so near to the reading that what it names must be listed still.
func (r *run) recent(recent *recent, around map[string]any, at *place) bool {
	if recent == nil {
		return true
	}
	date, isDate := momentOf(lookup(around, recent.Field))
	reading := r.reading(at.section())
	return !isDate || reading.text == "" || !reading.daysAgo(recent.Days).after(date)
}

// word is a text, or a truth value as a text.
func word(value any) (string, bool) {
	if truth, ok := value.(bool); ok {
		return strconv.FormatBool(truth), true
	}
	text, ok := value.(string)
	return text, ok
}

// listed reports whether a list has a text, in any spelling.
func listed(list any, text string) bool {
	items, _ := list.([]any)
	return slices.ContainsFunc(items, func(entry any) bool {
		item, _ := entry.(string)
		return spelling.Fold(item) == spelling.Fold(text)
	})
}

// follow is the text of a field of an object, or of a field of what a field of it names (client->workload).
func (r *run) follow(path string, from *item) string {
	field, of, follows := strings.Cut(path, "->")
	text, _ := from.fields[field].(string)
	if !follows {
		return text
	}
	for _, kind := range r.plan.kinds {
		for _, named := range r.objects(kind, text) {
			if text, ok := named.fields[of].(string); ok {
				return text
			}
		}
	}
	return ""
}

// candidates are the objects that a text may be meant to name; isDomainOrPerson says that it names this domain or a person of the
// directory, which are in no list of such objects.
func (r *run) candidates(ref *reference, name, whole string) (objects []*item, isDomainOrPerson bool) {
	for _, kind := range ref.To {
		switch {
		case kind == DomainKind:
			isDomainOrPerson = isDomainOrPerson || spelling.Fold(name) == r.domain()
		case kind == personKind && r.directory() != nil:
			_, people := r.find(name, moment{})
			isDomainOrPerson = isDomainOrPerson || len(people) > 0
		default:
			objects = append(objects, r.objects(kind, name)...)
			if ref.Whole && name != whole {
				objects = append(objects, r.objects(kind, whole)...)
			}
		}
	}
	return objects, isDomainOrPerson
}

// whole reports whether a text is itself the name of an object, and no part of it need be one.
func (r *run) whole(ref *reference, value string) bool {
	return ref.Whole && slices.ContainsFunc(ref.To, func(kind string) bool { return len(r.objects(kind, value)) > 0 })
}

// domain is the spelling of the id of this domain.
func (r *run) domain() string {
	return of(r, theDomain{}, func(r *run) string {
		id, _ := r.view.Lookup("metadata/service/id").(string)
		return spelling.Fold(id)
	})
}

func (r *run) withDomain(text string) string { return withDomain(r.domain(), text) }

// withDomain is a text in which the id of a domain, in any spelling, is as patterns have it.
func withDomain(domain, text string) string {
	if domain == "" {
		return text
	}
	if lower := strings.ToLower(text); len(lower) == len(text) {
		if at := strings.Index(lower, domain); at >= 0 {
			return text[:at] + domainInPattern + text[at+len(domain):]
		}
	}
	return text
}

// inTable reports whether a table of the reference data has a key of that name.
func (r *run) inTable(tables []string, name string) bool {
	name = spelling.Fold(name)
	for _, table := range tables {
		rows, _ := r.tables[table].(map[string]any)
		for _, key := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "_", "-")} {
			if _, hasRow := rows[key]; hasRow {
				return true
			}
		}
	}
	return false
}

// outside finds texts that name this domain or an object in it, where something outside is wanted: as a whole, or in a part.
func (r *run) outside(kinds []string, value string, at *place) {
	names := of(r, ownNamesOf(strings.Join(kinds, " ")), func(r *run) map[string]string { return r.ownNames(kinds) })
	name := spelling.Fold(value)
	_, behindScheme, _ := strings.Cut(name, ":")
	for _, part := range append(tokens(name), name, behindScheme) {
		if pointer, own := names[part]; own {
			r.report(at, "own_domain", []string{pointer}, map[string]any{"text": value})
			return
		}
	}
}

// ownNames are the id and the name of this domain, and of the objects of some kinds in it.
func (r *run) ownNames(kinds []string) map[string]string {
	own := map[string]string{}
	for _, field := range []string{"id", "name"} {
		if name, ok := r.view.Lookup("metadata/service/" + field).(string); ok {
			own[spelling.Fold(name)] = "/metadata/service/" + field
		}
	}
	for _, kind := range kinds {
		objects := r.kind(kind)
		for _, id := range slices.Sorted(maps.Keys(objects)) {
			items := objects[id]
			own[id] = items[0].place.pointer()
			for _, object := range items {
				if name, ok := object.fields["name"].(string); ok {
					own[spelling.Fold(name)] = object.place.pointer()
				}
			}
		}
	}
	return own
}

// suffixTable is the table of the reference data with the suffixes of several words below which anybody registers a domain.
const suffixTable = "public_suffixes"

// notBelow finds domains that are in a list of the reference data, or below one of them.
func (r *run) notBelow(table, value string, at *place) {
	listed, _ := r.tables[table].([]any)
	name := strings.TrimPrefix(spelling.Fold(value), "@")
	if domain := among(listed, name); domain != "" {
		r.report(at, "public_domain", nil, map[string]any{"text": value, "domain": domain})
		return
	}
	suffixes, _ := r.tables[suffixTable].([]any)
	if !strings.Contains(strings.Trim(name, "."), ".") || slices.Contains(suffixes, any(name)) {
		r.report(at, "public_suffix", nil, map[string]any{"text": value})
	}
}

// among is the domain of a list that a domain is, or is below; empty for none.
func among(listed []any, domain string) string {
	for ; domain != ""; _, domain, _ = strings.Cut(domain, ".") {
		if slices.Contains(listed, any(domain)) {
			return domain
		}
	}
	return ""
}

func (r *run) state(i *item) string { return i.state(r.reading(i.place.section())) }
