package consistency

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
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
	if annotation := r.form.get("x-route"); annotation != nil {
		fields := r.fields(annotation, "x-route")
		t.route = &route{Dead: r.word(fields["dead"], "x-route.dead"), Public: r.word(fields["public"], "x-route.public"), Words: r.word(fields["words"], "x-route.words"),
			Domains: r.word(fields["domains"], "x-route.domains"), Or: r.words(fields["or"], "x-route.or"), Form: r.pattern(fields["form"], "x-route.form")}
	}
	t.not, t.unlike = r.words(r.form.get("x-not"), "x-not"), r.words(r.form.get("x-unlike"), "x-unlike")
	t.otherThan, t.dated = r.otherThan(), r.word(r.form.get("x-dated"), "x-dated")
	if annotation := r.form.get("x-number"); annotation != nil {
		fields := r.fields(annotation, "x-number")
		t.number = &registered{Kind: r.word(fields["kind"], "x-number.kind"), On: r.word(fields["on"], "x-number.on"), Days: r.days(fields["days"], "x-number.days")}
	}
	t.among = r.word(r.form.get("x-among"), "x-among")
	t.form = r.pattern(r.form.get("x-form"), "x-form")
	t.program, t.groups = r.program(), r.word(r.form.get("x-no-group"), "x-no-group")
	t.hollow = r.hollow(r.form.get("x-real"))
	t.listed = r.word(r.form.get("x-listed"), "x-listed")
	t.numbered, _ = r.form.get("x-numbered").(bool)
	t.ranged, _ = r.form.get("x-range").(bool)
	switch annotation := r.form.get("x-future").(type) {
	case bool:
		t.future = annotation
	case nil:
	default:
		years, ok := whole(annotation)
		if !ok || years < 1 {
			r.fail("x-future", "true, or a number of years")
		}
		t.future, t.years = true, years
	}
	format, _ := r.form.get("format").(string)
	t.date = strings.HasPrefix(format, "date")
	for _, annotation := range r.list(r.form.get("x-ref")) {
		t.refs = append(t.refs, r.reference(r.fields(annotation, "x-ref")))
	}
	for _, annotation := range r.list(r.form.get("x-with")) {
		t.with = append(t.with, r.with(r.fields(annotation, "x-with")))
	}
	if annotation := r.form.get("x-person"); annotation != nil {
		fields := r.fields(annotation, "x-person")
		dates := func(name string) map[string]map[string][]string {
			conditions := map[string]map[string][]string{}
			for field, when := range r.optional(fields[name], "x-person."+name) {
				conditions[field] = r.lists(when, "x-person."+name+"."+field)
			}
			return conditions
		}
		t.person = &person{
			condition: r.condition(fields), At: r.word(fields["at"], "x-person.at"), Or: r.words(fields["or"], "x-person.or"),
			Day: r.word(fields["day"], "x-person.day"), Same: r.word(fields["same"], "x-person.same"), Among: r.word(fields["among"], "x-person.among"),
			Recent: r.recent(fields["recent"], "x-person.recent"), ActiveWhen: r.lists(fields["active_when"], "x-person.active_when"),
			Also: dates("also"), Since: dates("since"),
			Free: r.lists(fields["free"], "x-person.free"),
		}
		if slack, hasSlack := fields["slack_days"]; hasSlack {
			t.person.SlackDays = r.days(slack, "x-person.slack_days")
		}
	}
	if !t.date && t.id == "" && t.alias == "" && t.refs == nil && t.with == nil && t.among == "" && t.person == nil && t.not == nil && t.unlike == nil && t.otherThan == nil && t.dated == "" && t.number == nil && t.form == nil && t.below == "" && t.route == nil && t.program == nil && t.groups == "" && t.hollow == nil && !t.numbered && t.listed == "" && !t.ranged {
		return nil
	}
	return t
}

// apart is from whom the persons of a field must differ; nil for nobody, or where checks of their own compare them.
func (r *reader) apart() *apart {
	annotation := r.form.get("x-apart")
	if annotation == nil {
		return nil
	}
	fields := r.fields(annotation, "x-apart")
	oneSuffices, _ := fields["some"].(bool)
	a := &apart{
		Beside: r.words(fields["beside"], "x-apart.beside"), From: r.words(fields["from"], "x-apart.from"),
		Rights: r.words(fields["rights"], "x-apart.rights"), Some: oneSuffices,
	}
	if a.Beside == nil && a.From == nil && a.Rights == nil {
		return nil
	}
	return a
}

func (r *reader) reference(fields map[string]any) *reference {
	flag := func(name string) bool { set, _ := fields[name].(bool); return set }
	slack, _ := whole(fields["slack_days"])
	ref := &reference{
		condition: r.condition(fields), Whole: flag("whole"), Always: flag("always"), Optional: flag("optional"), Acyclic: flag("acyclic"), SlackDays: slack,
		Same: r.pairs(fields["same"], "x-ref.same"), Lists: r.word(fields["lists"], "x-ref.lists"), Until: r.word(fields["until"], "x-ref.until"),
		To: r.words(fields["to"], "x-ref.to"), States: r.words(fields["states"], "x-ref.states"), Tables: r.words(fields["tables"], "x-ref.tables"),
		Part: r.pattern(fields["part"], "x-ref.part"), Matches: r.pattern(fields["matches"], "x-ref.matches"),
		Where: r.lists(fields["where"], "x-ref.where"), SameDay: r.pairs(fields["same_day"], "x-ref.same_day"),
		NotBefore: r.pairs(fields["not_before"], "x-ref.not_before"), NotAfter: r.pairs(fields["not_after"], "x-ref.not_after"),
	}
	ref.Kept, ref.Made = r.pairs(fields["kept"], "x-ref.kept"), r.pairs(fields["made"], "x-ref.made")
	ref.Recent = r.recent(fields["recent"], "x-ref.recent")
	return ref
}

// order is a list of dates, or an object with it.
func (r *reader) order(value any) order {
	fields, ok := value.(map[string]any)
	if !ok {
		return order{Dates: r.words(value, "x-order")}
	}
	return order{
		r.condition(fields), r.words(fields["dates"], "x-order.dates"),
		r.optionalDays(fields["slack_days"], "x-order.slack_days"), r.optionalDays(fields["within_days"], "x-order.within_days"),
	}
}

func (r *reader) recent(value any, key string) *recent {
	if value == nil {
		return nil
	}
	fields := r.fields(value, key)
	return &recent{Field: r.word(fields["field"], key+".field"), Days: r.days(fields["days"], key+".days")}
}

// optionalDays are days that need not be given.
func (r *reader) optionalDays(value any, key string) int {
	if value == nil {
		return 0
	}
	return r.days(value, key)
}

// days is a whole number of days.
func (r *reader) days(value any, key string) int {
	days, ok := whole(value)
	if !ok {
		r.fail(key, "a whole number")
	}
	return days
}

func (r *reader) with(fields map[string]any) *with {
	w := &with{
		condition: r.condition(fields), Of: r.word(fields["of"], "x-with.of"), By: r.word(fields["by"], "x-with.by"),
		NotBefore: r.pairs(fields["not_before"], "x-with.not_before"), NotAfter: r.pairs(fields["not_after"], "x-with.not_after"),
	}
	if strings.Count(w.Of, "/") != 1 {
		r.fail("x-with.of", "a section and a list, as a/b")
	}
	return w
}

func (r *reader) condition(fields map[string]any) condition {
	return condition{r.lists(fields["when"], "when"), r.words(fields["absent"], "absent"), r.lists(fields["unless"], "unless")}
}

func (r *reader) use(fields map[string]any) use {
	return use{r.word(fields["with"], "with"), r.word(fields["table"], "table"), r.words(fields["in"], "in")}
}

// object is what is compared of an object; nil for nothing.
func (r *reader) object() *object {
	o := &object{}
	isAnnotated := false
	for _, annotation := range r.list(r.form.get("x-order")) {
		o.order, isAnnotated = append(o.order, r.order(annotation)), true
	}
	for _, annotation := range r.list(r.form.get("x-not-above")) {
		order := r.words(annotation, "x-not-above")
		for _, path := range order {
			if kind := r.form.leads(r.compiler, path).get("type"); kind != "number" && kind != "integer" {
				r.fail("x-not-above "+path, "a number below it")
			}
		}
		o.notAbove, isAnnotated = append(o.notAbove, order), true
	}
	for _, annotation := range r.list(r.form.get("x-ends")) {
		fields := r.fields(annotation, "x-ends")
		o.ends, isAnnotated = append(o.ends, ends{
			r.words(fields["at"], "x-ends.at"), r.words(fields["stops"], "x-ends.stops"),
			r.lists(fields["unless"], "x-ends.unless"), r.paths(fields["named"], "x-ends.named"),
		}), true
	}
	for _, annotation := range r.list(r.form.get("x-tests")) {
		fields := r.fields(annotation, "x-tests")
		every, _ := fields["every"].(bool)
		o.tests, isAnnotated = append(o.tests, test{
			condition: r.condition(fields), Where: r.lists(fields["where"], "x-tests.where"),
			At: r.word(fields["at"], "x-tests.at"), Of: r.words(fields["of"], "x-tests.of"), Since: r.wordOrWords(fields["since"], "x-tests.since"),
			Every: every,
		}), true
	}
	if annotation := r.form.get("x-reached"); annotation != nil {
		fields := r.fields(annotation, "x-reached")
		o.reached, isAnnotated = &reached{
			Used: r.word(fields["used"], "x-reached.used"), ID: r.word(fields["id"], "x-reached.id"), By: r.word(fields["by"], "x-reached.by"),
			use: r.use(fields), Groups: r.word(fields["groups"], "x-reached.groups"), Days: r.optionalDays(fields["days"], "x-reached.days"),
			Except: r.pattern(fields["except"], "x-reached.except"), Whole: r.pattern(fields["whole"], "x-reached.whole"),
		}, true
		if strings.Count(o.reached.By, "/") != 2 {
			r.fail("x-reached.by", "a section, a list and a field, as a/b/c")
		}
		if o.reached.Groups != "" && strings.Count(o.reached.Groups, "/") != 3 {
			r.fail("x-reached.groups", "a section, a list and two fields, as a/b/name/texts")
		}
	}
	o.counts, o.lacks = r.counts(), r.lacks()
	isAnnotated = isAnnotated || len(o.counts)+len(o.lacks) > 0
	for _, annotation := range r.list(r.form.get("x-never")) {
		fields := r.fields(annotation, "x-never")
		past, _ := fields["past"].(bool)
		future, _ := fields["future"].(bool)
		where := r.lists(fields["where"], "x-never.where")
		for field := range where {
			r.beside(field, "x-never.where")
		}
		o.never, isAnnotated = append(o.never, never{
			Where: where, Field: r.beside(fields["field"], "x-never.field"),
			Values: r.words(fields["values"], "x-never.values"), Past: past, Future: future,
		}), true
	}
	for _, annotation := range r.list(r.form.get("x-fits")) {
		fields := r.fields(annotation, "x-fits")
		in := map[string]string{}
		for field, column := range r.fields(fields["in"], "x-fits.in") {
			in[r.beside(field, "x-fits.in")] = r.word(column, "x-fits.in")
		}
		o.fits, isAnnotated = append(o.fits, fit{Table: r.word(fields["table"], "x-fits.table"), By: r.beside(fields["by"], "x-fits.by"), In: in}), true
	}
	isAnnotated = r.uses(o) || isAnnotated
	if !isAnnotated {
		return nil
	}
	return o
}

// uses reads what an object is used for, and reports whether anything is said of it.
func (r *reader) uses(o *object) (isAnnotated bool) {
	for _, annotation := range r.list(r.form.get("x-named")) {
		o.named, isAnnotated = append(o.named, r.named(r.fields(annotation, "x-named"))), true
	}
	for _, annotation := range r.list(r.form.get("x-only")) {
		fields := r.fields(annotation, "x-only")
		o.only, isAnnotated = append(o.only, only{condition: r.condition(fields), Fields: r.words(fields["fields"], "x-only.fields")}), true
	}
	o.over = r.over()
	isAnnotated = isAnnotated || o.over != nil
	if annotation := r.form.get("x-record"); annotation != nil {
		fields := r.fields(annotation, "x-record")
		o.record, isAnnotated = &record{
			condition: r.condition(fields), Artifact: r.word(fields["artifact"], "x-record.artifact"), Dates: r.words(fields["dates"], "x-record.dates"),
			Days: r.days(fields["days"], "x-record.days"), By: r.word(fields["by"], "x-record.by"),
		}, true
		o.record.Document, _ = fields["document"].(bool)
	}
	return isAnnotated
}

// beside is the name of a field of the object.
func (r *reader) beside(value any, key string) string {
	name := r.word(value, key)
	if r.form.leads(r.compiler, name).own == nil {
		r.fail(key+" "+name, "no field beside it")
	}
	return name
}

func (r *reader) named(fields map[string]any) named {
	n := named{
		condition: r.condition(fields), Names: r.words(fields["names"], "x-named.names"), By: r.words(fields["by"], "x-named.by"),
		Used: r.word(fields["used"], "x-named.used"), Days: r.days(fields["days"], "x-named.days"),
		New: r.word(fields["new"], "x-named.new"), Wait: r.days(fields["wait"], "x-named.wait"),
		Successor: r.word(fields["successor"], "x-named.successor"), Retiring: r.lists(fields["retiring"], "x-named.retiring"),
	}
	if len(n.Names) == 0 {
		r.fail("x-named.names", "at least one field")
	}
	for _, path := range n.By {
		if !strings.Contains(path, "/") {
			r.fail("x-named.by", "paths to texts, as a/b/c")
		}
	}
	return n
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

// optional are the fields of an object that need not be there.
func (r *reader) optional(value any, key string) map[string]any {
	if value == nil {
		return nil
	}
	return r.fields(value, key)
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

func (r *reader) lists(value any, key string) map[string][]string {
	if value == nil {
		return nil
	}
	fields := r.fields(value, key)
	lists := make(map[string][]string, len(fields))
	for name, list := range fields {
		lists[name] = r.words(list, key+"."+name)
	}
	return lists
}

// pairs are fields by a field, of which there may be several.
func (r *reader) pairs(value any, key string) map[string][]string {
	if value == nil {
		return nil
	}
	fields := r.fields(value, key)
	pairs := make(map[string][]string, len(fields))
	for name, list := range fields {
		pairs[name] = r.wordOrWords(list, key+"."+name)
	}
	return pairs
}

// wordOrWords is a list of texts, or the one text that stands for it.
func (r *reader) wordOrWords(value any, key string) []string {
	if word, ok := value.(string); ok {
		return []string{word}
	}
	return r.words(value, key)
}

// paths are fields of lists of the evidence.
func (r *reader) paths(value any, key string) []string {
	paths := r.words(value, key)
	for _, path := range paths {
		if strings.Count(path, "/") != 2 {
			r.fail(key, "fields by section, list and field, as a/b/c")
		}
	}
	return paths
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
