// Package translate says an assessment in another language. Nothing but texts changes: a verdict, an id, a place and a digest are
// what they were, and a text that is not the program's own, such as that of an added policy, stays as it was written.
package translate

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sentence"
	"github.com/raci-check/raci-check/internal/words"
)

// Translator has the words of policies, table and parameters in a language.
type Translator struct {
	words  *words.Words
	texts  map[string]string // by the English text
	checks map[string]check  // by id
	// fields are descriptions of fields of evidence, by pointer.
	fields map[string]string
	// labels are names of fields as people read them.
	labels map[string]string
	// kinds are those of the objects that evidence names, each with its article.
	kinds map[string]string
	// meant is what words of the evidence mean, by the word.
	meant map[string]string
	// frameworks are texts of frameworks, by id and then by their place.
	frameworks map[string]map[string]string
	// meanings are descriptions of fields, by the English ones.
	meanings func() map[string]string
}

// check is how the findings of a check are said, by condition.
type check struct {
	english, other map[string]*sentence.Template
}

var limits = document.Limits{Bytes: 4 << 20, Nodes: 200_000, Depth: 20, KeysPerMapping: 20_000, ScalarBytes: 20_000, KeyBytes: 2000}

// New makes a translator from the shipped rules and the words beside them, words/<language>/ in files; nil for English.
func New(w *words.Words, rules ruleset.Ruleset, files fs.FS) (*Translator, error) {
	if w == nil {
		return nil, nil
	}
	t := &Translator{words: w, texts: map[string]string{}, checks: map[string]check{}, fields: map[string]string{}, labels: map[string]string{}, kinds: map[string]string{}, meant: map[string]string{}}
	folder := source{files, path.Join("words", w.Tag()), w.Grammar.Set}
	policies, err := rules.Compiled()
	if err != nil {
		return nil, err
	}
	shared, err := folder.read("lib")
	if err != nil {
		return nil, err
	}
	for _, duty := range policies.Duties {
		if err := t.duty(folder, duty, shared); err != nil {
			return nil, err
		}
	}
	if err := t.table(folder, rules); err != nil {
		return nil, err
	}
	if err := t.parameters(folder, rules); err != nil {
		return nil, err
	}
	if err := t.schema(folder); err != nil {
		return nil, err
	}
	t.meanings = sync.OnceValue(func() map[string]string { return t.described(rules) })
	return t, t.names(folder)
}

// source is the folder of the words of a language.
type source struct {
	files  fs.FS
	folder string
	set    func(text string) string
}

func (s source) read(name string) (map[string]any, error) {
	file := path.Join(s.folder, name+".yaml")
	data, err := fs.ReadFile(s.files, file)
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}
	doc, err := document.Parse(file, data, limits)
	if err != nil {
		return nil, err
	}
	object, ok := doc.Value().(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s: expected texts by name", file)
	}
	return set(object, s.set).(map[string]any), nil
}

// set is a value with its texts set.
func set(value any, how func(text string) string) any {
	switch value := value.(type) {
	case string:
		return how(value)
	case []any:
		for i := range value {
			value[i] = set(value[i], how)
		}
	case map[string]any:
		for name := range value {
			value[name] = set(value[name], how)
		}
	}
	return value
}

// text is the text at a path of names; empty where there is none.
func text(object map[string]any, names ...string) string {
	var value any = object
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	s, _ := value.(string)
	return s
}

// put notes a text with what it is in English.
func (t *Translator) put(english, other string) {
	if english != "" && other != "" {
		t.texts[english] = other
	}
}

func (t *Translator) duty(folder source, duty policy.Duty, shared map[string]any) error {
	object, err := folder.read(duty.Name)
	if err != nil {
		return err
	}
	t.put(duty.Title, text(object, "title"))
	t.put(duty.Description, text(object, "description"))
	for _, c := range duty.Checks {
		t.put(c.Title, text(object, "checks", c.Name, "title"))
		t.put(c.Description, text(object, "checks", c.Name, "description"))
		t.put(c.Remediation, text(object, "checks", c.Name, "remediation"))
		templates := check{map[string]*sentence.Template{}, map[string]*sentence.Template{}}
		for _, condition := range c.Conditions {
			other := text(object, "checks", c.Name, "conditions", condition.Name)
			if other == "" && c.Shared != "" {
				other = text(shared, strings.TrimPrefix(c.Shared, "lib."), "conditions", condition.Name)
			}
			if other == "" {
				continue
			}
			if templates.english[condition.Name], err = sentence.Parse(sentence.English, condition.Sentence); err != nil {
				return err
			}
			if templates.other[condition.Name], err = sentence.Parse(t.words.Grammar, other); err != nil {
				return fmt.Errorf("%s, %s: %w", c.ID, condition.Name, err)
			}
		}
		t.checks[c.ID] = templates
	}
	return nil
}

// table has the texts of the table of responsibilities.
func (t *Translator) table(folder source, rules ruleset.Ruleset) error {
	object, err := folder.read("catalog")
	if err != nil {
		return err
	}
	catalog, _, err := rules.Catalog()
	if err != nil {
		return err
	}
	t.put(catalog.Title, text(object, "title"))
	heading := func(h raci.Heading, kind string) {
		if other := text(object, kind, h.Number); other != "" {
			t.put(h.String(), raci.Heading{Number: h.Number, Title: other}.String())
			t.put(h.Title, other)
		}
	}
	reading, err := catalog.Reading("")
	if err != nil {
		return err
	}
	for _, name := range catalog.ReadingNames() {
		other, err := catalog.Reading(name)
		if err != nil {
			return err
		}
		t.put(other.Title, text(object, "readings", name, "title"))
	}
	for _, a := range reading.Activities {
		t.put(a.NotApplicable, text(object, "not_applicable", a.ID))
		for _, other := range reading.Others {
			if a.Disputed {
				t.put(a.DisputeNote, text(object, "readings", other.Name, "dispute"))
			}
		}
		asks, _ := object["ask_provider"].(map[string]any)
		list, _ := asks[a.ID].([]any)
		for i := range min(len(list), len(a.AskProvider)) {
			ask, _ := list[i].(string)
			t.put(a.AskProvider[i], ask)
		}
		t.put(a.Title, text(object, "activities", a.ID))
		heading(a.Phase, "phases")
		heading(a.Section, "sections")
	}
	return nil
}

func (t *Translator) parameters(folder source, rules ruleset.Ruleset) error {
	object, err := folder.read("parameters")
	if err != nil {
		return err
	}
	all, err := rules.Parameters()
	if err != nil {
		return err
	}
	for _, p := range all.All() {
		t.put(p.Description, text(object, p.Name))
	}
	return nil
}

// schema has the descriptions of fields.
func (t *Translator) schema(folder source) error {
	object, err := folder.read("schema")
	if err != nil {
		return err
	}
	for section, fields := range object {
		all, _ := fields.(map[string]any)
		for pointer := range all {
			t.fields["/"+section+pointer] = text(all, pointer)
		}
	}
	return nil
}

// names has the names of fields and of kinds of objects as people read them.
func (t *Translator) names(folder source) error {
	frameworks, err := folder.read("frameworks")
	if err != nil {
		return err
	}
	t.frameworks = map[string]map[string]string{}
	for id, texts := range frameworks {
		object, _ := texts.(map[string]any)
		t.frameworks[id] = map[string]string{}
		for place := range object {
			t.frameworks[id][place] = text(object, place)
		}
	}
	if err := t.titles(folder); err != nil {
		return err
	}
	for file, all := range map[string]map[string]string{"labels": t.labels, "kinds": t.kinds, "values": t.meant} {
		object, err := folder.read(file)
		if err != nil {
			return err
		}
		for name := range object {
			all[name] = text(object, name)
		}
	}
	return nil
}

// titles has those that publishers give their requirements in the language.
func (t *Translator) titles(folder source) error {
	published, err := folder.read("titles")
	if err != nil {
		return err
	}
	for id, of := range published {
		object, _ := of.(map[string]any)
		titles, _ := object["titles"].(map[string]any)
		if t.frameworks[id] == nil {
			t.frameworks[id] = map[string]string{}
		}
		for requirement := range titles {
			t.frameworks[id][requirement] = text(titles, requirement)
		}
	}
	return nil
}

// Word is a word of the evidence with its meaning behind it, where it has one.
func (t *Translator) Word(word string) string {
	if t == nil || t.meant[word] == "" {
		return word
	}
	return word + " (" + t.meant[word] + ")"
}

// Kind is what people call the objects of a kind, with the article; empty for English and for a kind without a name.
func (t *Translator) Kind(name string) string {
	if t == nil {
		return ""
	}
	return t.kinds[name]
}

// Label is the name of a field or a section as people read it, by the name in the evidence.
func (t *Translator) Label(name, english string) string {
	if t == nil || t.labels[name] == "" {
		return english
	}
	return t.labels[name]
}

// Text is a text of the program or of its policies in the language, and any other as it is.
func (t *Translator) Text(english string) string {
	if t == nil {
		return english
	}
	if other, ok := t.texts[english]; ok {
		return other
	}
	return t.words.Message(english)
}

// Field is the description of a field of evidence, by its pointer with * for the items of lists.
func (t *Translator) Field(pointer, english string) string {
	if t == nil {
		return english
	}
	if other := t.fields[pointer]; other != "" {
		return other
	}
	return english
}

// Meaning is the description of a field of evidence where it is not known which definition it comes from: by its pointer with * for
// the items of lists, else by the description itself.
func (t *Translator) Meaning(pattern, english string) string {
	if t == nil || english == "" {
		return english
	}
	if other := t.fields[pattern]; other != "" {
		return other
	}
	if other := t.meanings()[english]; other != "" {
		return other
	}
	return english
}

// described has the descriptions of fields by the English ones, the first where two fields have the same.
func (t *Translator) described(rules ruleset.Ruleset) map[string]string {
	all := map[string]string{}
	format, err := rules.Format()
	if err != nil {
		return all // the shipped schema, without which nothing else works either
	}
	root, err := format.Describe()
	if err != nil {
		return all
	}
	var add func(pointer string, form *evidence.Form)
	add = func(pointer string, form *evidence.Form) {
		if other := t.fields[pointer]; other != "" && all[form.Description] == "" {
			all[form.Description] = other
		}
		for _, name := range form.Properties.Names {
			add(pointer+"/"+name, form.Properties.Forms[name])
		}
		if form.Items != nil {
			add(pointer+"/*", form.Items)
		}
	}
	for _, name := range root.Properties.Names {
		add("/"+name, root.Properties.Forms[name])
		add("/_root/"+name, root.Properties.Forms[name])
	}
	for _, name := range slices.Sorted(maps.Keys(root.Defs)) {
		add("/_root/$defs/"+name, root.Defs[name])
	}
	return all
}

// Condition is how a way of failing is described to a reader.
func (t *Translator) Condition(id, condition, english string) string {
	if t == nil || t.checks[id].other[condition] == nil {
		return english
	}
	return t.checks[id].other[condition].Outline()
}

// Words are those of the language; nil for English.
func (t *Translator) Words() *words.Words {
	if t == nil {
		return nil
	}
	return t.words
}

// Fleet is a fleet in the language.
func (t *Translator) Fleet(f *assessment.Fleet) *assessment.Fleet {
	if t == nil {
		return f
	}
	shown := f.Reworded(t.head, t.service)
	shown.Tally.Duties = slices.Clone(shown.Tally.Duties)
	for i := range shown.Tally.Duties {
		shown.Tally.Duties[i].Title = t.Text(shown.Tally.Duties[i].Title)
	}
	return shown
}

// Service is a service in the language.
func (t *Translator) Service(s *assessment.Service) *assessment.Service {
	if t == nil {
		return s
	}
	shown := *s
	t.service(&shown)
	return &shown
}

// Assessment is an assessment in the language; nil for none.
func (t *Translator) Assessment(a *assessment.Assessment) *assessment.Assessment {
	if t == nil || a == nil {
		return a
	}
	shown := *a
	t.head(&shown)
	shown.Services = slices.Clone(a.Services)
	for i := range shown.Services {
		t.service(&shown.Services[i])
	}
	return &shown
}

func (t *Translator) head(a *assessment.Assessment) {
	a.Catalog.Title = t.Text(a.Catalog.Title)
	a.Policies.Parameters = slices.Clone(a.Policies.Parameters)
	for i := range a.Policies.Parameters {
		a.Policies.Parameters[i].Description = t.Text(a.Policies.Parameters[i].Description)
	}
	a.Waivers = t.waivers(a.Waivers)
}

// waivers are waivers with their notes in the language.
func (t *Translator) waivers(all []assessment.Waiver) []assessment.Waiver {
	all = slices.Clone(all)
	for i := range all {
		all[i].Note = t.Text(all[i].Note)
	}
	return all
}

func (t *Translator) service(s *assessment.Service) {
	messages := map[string]string{} // of findings, by the English ones
	s.Activities = slices.Clone(s.Activities)
	for i := range s.Activities {
		t.activity(&s.Activities[i], messages)
	}
	message := func(english string) string {
		if other := messages[english]; other != "" {
			return other
		}
		return t.Text(english)
	}
	s.Causes = slices.Clone(s.Causes)
	for i := range s.Causes {
		c := &s.Causes[i]
		c.Message, c.Remediation = message(c.Message), t.Text(c.Remediation)
	}
	s.Waivers = t.waivers(s.Waivers)
	if s.Forecast != nil {
		forecast := *s.Forecast
		forecast.Events = slices.Clone(forecast.Events)
		for i := range forecast.Events {
			e := &forecast.Events[i]
			e.Message, e.Remediation = t.event(*e, message), t.Text(e.Remediation)
		}
		s.Forecast = &forecast
	}
}

func (t *Translator) activity(a *assessment.Activity, messages map[string]string) {
	a.Title, a.Phase, a.Section, a.DisputeNote = t.Text(a.Title), t.Text(a.Phase), t.Text(a.Section), t.Text(a.DisputeNote)
	if a.NotApplicable == nil { // else it is the customer's own
		a.Reason = t.Text(a.Reason)
	} else {
		declared := *a.NotApplicable
		declared.Note = t.Text(declared.Note)
		a.NotApplicable = &declared
	}
	a.AskProvider = slices.Clone(a.AskProvider)
	for i := range a.AskProvider {
		a.AskProvider[i] = t.Text(a.AskProvider[i])
	}
	a.Checks = slices.Clone(a.Checks)
	for i := range a.Checks {
		c := &a.Checks[i]
		c.Title, c.Description, c.Remediation, c.Reason = t.Text(c.Title), t.Text(c.Description), t.Text(c.Remediation), t.Text(c.Reason)
		if c.Waiver != nil {
			waiver := *c.Waiver
			waiver.Note = t.Text(waiver.Note)
			c.Waiver = &waiver
		}
		c.Findings = slices.Clone(c.Findings)
		for k := range c.Findings {
			english := c.Findings[k].Message
			t.finding(c.ID, &c.Findings[k])
			messages[english] = c.Findings[k].Message
		}
	}
}

func (t *Translator) finding(id string, f *assessment.Finding) {
	f.Remediation = t.Text(f.Remediation)
	if f.Condition == "" {
		f.Message = t.Text(f.Message)
		return
	}
	if message, ok := t.said(id, f.Condition, f.Message, f.Values); ok {
		f.Message = message
	}
}

// said is what a condition of a check says of values. It is said anew only where the English template makes of them the English
// message: what another policy said under the same name stays as it is.
func (t *Translator) said(id, condition, message string, values map[string]any) (string, bool) {
	english, other := t.checks[id].english[condition], t.checks[id].other[condition]
	if english == nil || other == nil {
		return "", false
	}
	filled := make(map[string]any, len(values))
	for name, value := range values {
		filled[name] = plain(value)
	}
	if again, err := english.Fill(filled); err != nil || again != message {
		return "", false
	}
	for name, value := range filled {
		if text, isText := value.(string); isText && slices.Contains(kindConditions, condition) && strings.HasPrefix(name, "kind") {
			filled[name] = t.kindsOf(text)
			continue
		}
		filled[name] = t.value(name, value)
	}
	text, err := other.Fill(filled)
	return text, err == nil
}

// plain is a value of a finding as a template takes it, whether an engine made it or a stored report was read.
func plain(value any) any {
	switch v := value.(type) {
	case float64:
		return json.Number(strconv.FormatFloat(v, 'f', -1, 64))
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = plain(v[i])
		}
		return all
	}
	return value
}

// wordValues are the values that are words of the schema, and never names that people gave.
var wordValues = []string{
	"classification", "environment", "event", "expected", "factors", "kind", "kinds", "left_out", "method", "methods", "mfa", "modes", "on_call", "outcome",
	"procedure", "purpose", "reason", "recovery", "result", "role", "steps", "stored_in", "stores", "transport",
}

// kindConditions are the conditions whose kinds are those of the objects that evidence names, with spaces, and not words of the evidence.
var kindConditions = []string{"unknown_reference", "still_there"}

// kindsOf are kinds of objects as people call them, without the article.
func (t *Translator) kindsOf(text string) string {
	all := strings.Split(text, " or ")
	for i, kind := range all {
		if name := t.kinds[strings.ReplaceAll(kind, " ", "_")]; name != "" {
			_, all[i], _ = strings.Cut(name, " ")
		}
	}
	return strings.Join(all, t.words.Text(" or "))
}

// fieldValues are the values that name a field of evidence; the program writes them with spaces, which no other language has.
var fieldValues = []string{"field", "other"}

// value is a value in the language, where it is the program's own phrase.
func (t *Translator) value(name string, value any) any {
	switch v := value.(type) {
	case string:
		if slices.Contains(fieldValues, name) {
			return strings.ReplaceAll(v, " ", "_")
		}
		if slices.Contains(wordValues, name) {
			return t.either(v)
		}
		return t.words.Value(v)
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = t.value(name, v[i])
		}
		return all
	}
	return value
}

// Finding is what a check found, where only its message is at hand. The values are read from the message by the templates of the check.
func (t *Translator) Finding(check, message string) string {
	if t == nil {
		return message
	}
	return t.event(assessment.Event{Checks: []string{check}, Message: message}, t.Text)
}

// either is a word of the evidence, or several of which one is meant.
func (t *Translator) either(text string) string {
	all := strings.Split(text, " or ")
	for i, word := range all {
		if all[i] = t.Word(word); all[i] == word && len(all) == 1 {
			return t.words.Value(text)
		}
	}
	return strings.Join(all, t.words.Text(" or "))
}

// event is what an event of a forecast says. An event has no values: they are read from its message by the templates of its checks.
func (t *Translator) event(e assessment.Event, message func(string) string) string {
	if other := message(e.Message); other != e.Message {
		return other
	}
	for _, id := range e.Checks {
		for _, condition := range slices.Sorted(maps.Keys(t.checks[id].english)) {
			values, ok := t.checks[id].english[condition].Values(e.Message)
			if !ok {
				continue
			}
			for name, value := range values {
				values[name] = list(value)
			}
			if other, ok := t.said(id, condition, e.Message, values); ok {
				return other
			}
		}
	}
	return e.Message
}

// list is a value that was a list, where a message shows it as one: "a, b and c".
func list(value any) any {
	text, _ := value.(string)
	before, last, several := strings.Cut(text, " and ")
	if !several || strings.Contains(last, " ") {
		return value
	}
	var items []any
	for item := range strings.SplitSeq(before, ", ") {
		if strings.Contains(item, " ") {
			return value
		}
		items = append(items, item)
	}
	return append(items, last)
}

// Framework is a framework in the language. The titles of requirements are facts of its publisher: one that the publisher gives no title
// in the language stays in the language that it was listed in, unless the title is one of this program's words.
func (t *Translator) Framework(f framework.Framework) framework.Framework {
	if t == nil {
		return f
	}
	say := func(place, english string) string {
		if other := t.frameworks[f.ID][place]; other != "" {
			return other
		}
		return english
	}
	f.Title, f.Publisher, f.List, f.Binds = say("title", f.Title), say("publisher", f.Publisher), say("list", f.List), say("binds", t.words.Text(f.Binds))
	if len(t.frameworks[f.ID]) == 0 {
		return f
	}
	f.Requirements = slices.Clone(f.Requirements)
	for i, r := range f.Requirements {
		if other := t.frameworks[f.ID][r.ID]; other != "" {
			f.Requirements[i].Title, f.Requirements[i].Spoken = other, t.words.Tag()
		}
	}
	return f
}

// Diff is a comparison in the language.
func (t *Translator) Diff(d *diff.Diff) *diff.Diff {
	if t == nil {
		return d
	}
	shown := *d
	for _, list := range []*[]diff.Change{&shown.Worse, &shown.Fixed, &shown.Accepted, &shown.Grown, &shown.NotAssessed} {
		*list = slices.Clone(*list)
		for i := range *list {
			c := &(*list)[i]
			c.Title = t.Text(c.Title)
			c.Findings = slices.Clone(c.Findings)
			for k := range c.Findings {
				t.finding(c.Check, &c.Findings[k])
			}
		}
	}
	shown.Waivers = slices.Clone(shown.Waivers)
	for i := range shown.Waivers {
		shown.Waivers[i].Waiver.Note = t.Text(shown.Waivers[i].Waiver.Note)
	}
	return &shown
}
