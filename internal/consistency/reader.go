package consistency

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// domainInPattern stands in a pattern for the id of the domain that the evidence is about.
const domainInPattern = "{domain}"

// reader takes the annotations out of a part of the schema. The first that is wrong is its error.
type reader struct {
	compiler *compiler
	form     form
	err      error
}

func (r *reader) fail(key, wanted string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s is %s", key, wanted)
	}
}

// text is what is compared of a text; nil for nothing.
func (r *reader) text() *text {
	t := &text{}
	t.id, t.alias, t.below = r.word(r.form.get("x-id"), "x-id"), r.word(r.form.get("x-alias"), "x-alias"), r.word(r.form.get("x-not-below"), "x-not-below")
	t.not = r.words(r.form.get("x-not"), "x-not")
	t.form = r.pattern(r.form.get("x-form"), "x-form")
	t.future, _ = r.form.get("x-future").(bool)
	format, _ := r.form.get("format").(string)
	t.date = strings.HasPrefix(format, "date")
	for _, held := range r.list(r.form.get("x-ref")) {
		t.refs = append(t.refs, r.reference(r.fields(held, "x-ref")))
	}
	if held := r.form.get("x-person"); held != nil {
		fields := r.fields(held, "x-person")
		t.person = &person{
			condition: r.condition(fields), At: r.word(fields["at"], "x-person.at"), Or: r.words(fields["or"], "x-person.or"),
			Day: r.word(fields["day"], "x-person.day"), ActiveWhen: r.lists(fields["active_when"], "x-person.active_when"),
		}
	}
	if !t.date && t.id == "" && t.alias == "" && t.refs == nil && t.person == nil && t.not == nil && t.form == nil && t.below == "" {
		return nil
	}
	return t
}

func (r *reader) reference(fields map[string]any) *reference {
	whole, _ := fields["whole"].(bool)
	optional, _ := fields["optional"].(bool)
	return &reference{
		condition: r.condition(fields), Whole: whole, Optional: optional, Same: r.pairs(fields["same"], "x-ref.same"), Until: r.word(fields["until"], "x-ref.until"),
		To: r.words(fields["to"], "x-ref.to"), States: r.words(fields["states"], "x-ref.states"), Tables: r.words(fields["tables"], "x-ref.tables"),
		Part: r.pattern(fields["part"], "x-ref.part"), Matches: r.pattern(fields["matches"], "x-ref.matches"),
		Where: r.lists(fields["where"], "x-ref.where"), SameDay: r.pairs(fields["same_day"], "x-ref.same_day"),
		NotBefore: r.pairs(fields["not_before"], "x-ref.not_before"), NotAfter: r.pairs(fields["not_after"], "x-ref.not_after"),
	}
}

func (r *reader) condition(fields map[string]any) condition {
	return condition{r.lists(fields["when"], "when"), r.words(fields["absent"], "absent")}
}

// object is what is compared of an object; nil for nothing.
func (r *reader) object() *object {
	o := &object{}
	some := false
	for _, held := range r.list(r.form.get("x-order")) {
		o.order, some = append(o.order, r.words(held, "x-order")), true
	}
	if held := r.form.get("x-ends"); held != nil {
		fields := r.fields(held, "x-ends")
		o.ends, some = &ends{r.words(fields["at"], "x-ends.at"), r.words(fields["stops"], "x-ends.stops")}, true
	}
	for _, held := range r.list(r.form.get("x-tests")) {
		fields := r.fields(held, "x-tests")
		every, _ := fields["every"].(bool)
		o.tests, some = append(o.tests, test{
			At: r.word(fields["at"], "x-tests.at"), Of: r.words(fields["of"], "x-tests.of"), Since: r.word(fields["since"], "x-tests.since"),
			Sample: r.word(fields["sample"], "x-tests.sample"), Every: every,
		}), true
	}
	for _, held := range r.list(r.form.get("x-reached")) {
		fields := r.fields(held, "x-reached")
		o.reached, some = append(o.reached, r.reached(fields, "x-reached", notPermitted, "id")), true
	}
	for _, held := range r.list(r.form.get("x-named-by")) {
		fields := r.fields(held, "x-named-by")
		o.reached, some = append(o.reached, r.reached(fields, "x-named-by", notNamed, "named")), true
	}
	for _, held := range r.list(r.form.get("x-excludes")) {
		fields := r.fields(held, "x-excludes")
		e := excluded{r.condition(fields), r.words(fields["fields"], "x-excludes.fields")}
		r.beside("x-excludes.fields", e.Fields...)
		r.beside("x-excludes.when", slices.Collect(maps.Keys(e.When))...)
		if len(e.When) == 0 {
			r.fail("x-excludes.when", "what excludes the fields")
		}
		o.excludes, some = append(o.excludes, e), true
	}
	for _, held := range r.list(r.form.get("x-at-least")) {
		fields := r.fields(held, "x-at-least")
		each, _ := fields["each"].(bool)
		days, ok := whole(fields["days"])
		if !ok {
			r.fail("x-at-least.days", "a whole number")
		}
		l := least{Count: r.word(fields["count"], "x-at-least.count"), Days: days, Of: r.words(fields["of"], "x-at-least.of"), Each: each}
		for _, path := range l.Of {
			if strings.Count(path, "/") != 2 {
				r.fail("x-at-least.of", "dates by section, list and field, as a/b/c")
			}
		}
		o.least, some = append(o.least, l), true
	}
	for _, held := range r.list(r.form.get("x-counts")) {
		fields := r.fields(held, "x-counts")
		t := tally{Count: r.word(fields["count"], "x-counts.count"), Of: r.word(fields["of"], "x-counts.of")}
		r.beside("x-counts", t.Count, t.Of)
		o.tallies, some = append(o.tallies, t), true
	}
	if !some {
		return nil
	}
	return o
}

// beside refuses names of fields that the object does not have.
func (r *reader) beside(key string, names ...string) {
	properties, _ := r.form.get("properties").(map[string]any)
	for _, name := range names {
		if properties[name] == nil {
			r.fail(key, "a field beside it")
		}
	}
}

// reached is what x-reached or x-named-by says. The field with the id has another name in each: OPA takes two fields that are
// called id in one schema for the ids of two schemas.
func (r *reader) reached(fields map[string]any, key, otherwise, id string) *reached {
	rule := &reached{
		condition: r.condition(fields), Otherwise: otherwise,
		Used: r.word(fields["used"], key+".used"), ID: r.word(fields[id], key+"."+id), By: r.word(fields["by"], key+".by"),
		With: r.word(fields["with"], key+".with"), Table: r.word(fields["table"], key+".table"), In: r.words(fields["in"], key+".in"),
		Except: r.pattern(fields["except"], key+".except"), Whole: r.pattern(fields["whole"], key+".whole"),
	}
	if strings.Count(rule.By, "/") != 2 {
		r.fail(key+".by", "a section, a list and a field, as a/b/c")
	}
	return rule
}

// list is a list, or the one thing that stands for a list of it.
func (r *reader) list(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{value}
}

func (r *reader) fields(value any, key string) map[string]any {
	fields, ok := value.(map[string]any)
	if !ok {
		r.fail(key, "an object")
	}
	return fields
}

func (r *reader) word(value any, key string) string {
	word, ok := value.(string)
	if !ok && value != nil {
		r.fail(key, "a text")
	}
	return word
}

func (r *reader) words(value any, key string) []string {
	if value == nil {
		return nil
	}
	items, ok := value.([]any)
	if !ok {
		r.fail(key, "a list of texts")
	}
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = r.word(item, key)
	}
	return words
}

// lists are lists of values of fields, each a text, true or false.
func (r *reader) lists(value any, key string) map[string][]string {
	if value == nil {
		return nil
	}
	fields := r.fields(value, key)
	lists := make(map[string][]string, len(fields))
	for name, held := range fields {
		values := r.list(held)
		for _, v := range values {
			if _, isBoolean := v.(bool); isBoolean {
				lists[name] = append(lists[name], valueText(v))
				continue
			}
			lists[name] = append(lists[name], r.word(v, key+"."+name))
		}
	}
	return lists
}

func (r *reader) pairs(value any, key string) map[string]string {
	if value == nil {
		return nil
	}
	fields := r.fields(value, key)
	pairs := make(map[string]string, len(fields))
	for name, held := range fields {
		pairs[name] = r.word(held, key+"."+name)
	}
	return pairs
}

// pattern is a regular expression; nil for none. The same pattern is compiled once.
func (r *reader) pattern(value any, key string) *regexp.Regexp {
	text := r.word(value, key)
	if text == "" {
		return nil
	}
	compiled := r.compiler.patterns[text]
	if compiled == nil {
		var err error
		if compiled, err = regexp.Compile(strings.ReplaceAll(text, domainInPattern, regexp.QuoteMeta(domainInPattern))); err != nil {
			r.err = errors.Join(r.err, fmt.Errorf("%s: %w", key, err))
			return nil
		}
		r.compiler.patterns[text] = compiled
	}
	return compiled
}

// whole is a whole number, as JSON or as a schema's decoder has it.
func whole(value any) (int, bool) {
	switch v := value.(type) {
	case json.Number:
		n, err := v.Int64()
		return int(n), err == nil
	case float64:
		return int(v), v == float64(int(v))
	}
	return 0, false
}
