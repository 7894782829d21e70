package authoring

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/spelling"
	"github.com/raci-check/raci-check/internal/verdict"
)

// mostProposed is how many objects are proposed at a place; what is typed narrows them down.
const mostProposed = 500

// Complete lists what could stand at a place, the likeliest first.
func (l *Library) Complete(files Files, name string, at document.Position) []Completion {
	h, ok := l.look(files, name, at)
	if h.file.text == nil {
		return nil
	}
	h.view = l.folder(files)
	if h.file.grammar == nil {
		return l.beginning(h)
	}
	if !ok {
		return nil
	}
	c := completer{Library: l, here: h}
	switch h.Where {
	case outline.InKey:
		c.spot = h.file.grammar.of(h.file.Outline, h.Around)
		c.fields(h.Around, func(name string, _ spot) string { return name })
	case outline.Between:
		c.between()
	case outline.InValue:
		c.inValue()
	}
	return c.all
}

// beginning proposes the kinds of files for a text that does not say its own.
func (l *Library) beginning(h here) []Completion {
	if h.Where == outline.InValue && h.file.Pointer(h.Node) == "/kind" {
		c := completer{Library: l, here: h}
		for _, kind := range kinds {
			c.propose(proposal{label: kind, detail: l.words().Text(aboutKind[kind]), kind: Word, lead: c.space()})
		}
		return c.all
	}
	if h.Where != outline.Between || h.file.Parent(h.Around) != outline.None || h.file.Kind(h.Around) == outline.List {
		return nil
	}
	start, lead, divider := h.Start, "", ", "
	if h.Indent >= 0 {
		lead = strings.Repeat(" ", max(h.file.Indent(outline.Top), 0))
		divider = "\n" + lead
		if line, _ := h.file.LineSpan(h.file.Line(h.Start)); strings.Trim(h.file.Text()[line:h.Start], " \t") == "" {
			start = line
		}
	}
	var all []Completion
	for _, kind := range kinds {
		text := lead + "kind: " + kind
		if h.file.Child(outline.Top, "api_version") == outline.None {
			text = lead + "api_version: raci-check/v1" + divider + "kind: " + kind
		}
		all = append(all, Completion{
			Label: "kind: " + kind, Kind: Field, Detail: l.words().Text(aboutKind[kind]),
			Edit: Edit{h.file.span(start, h.End), withBreaks(text+h.comma(), h.file.Text())},
		})
	}
	return all
}

// kinds are those of files, the most frequent first, and aboutKind is what is in them.
var (
	kinds     = []string{kindEvidence, kindWaivers, kindParameters, kindMapping, kindCollect}
	aboutKind = map[string]string{
		kindEvidence: "facts about the service", kindWaivers: "findings that are accepted for a time", kindParameters: "values of parameters of your own",
		kindMapping: "how facts follow from a file", kindCollect: "sources that collect reads",
	}
)

// completer gathers what is proposed at a place.
type completer struct {
	*Library
	here
	all []Completion
}

// between proposes fields or items where one could begin.
func (c *completer) between() {
	start := c.Start
	line, _ := c.file.LineSpan(c.file.Line(c.Start))
	lead := ""
	if blank := c.file.Text()[line:c.Start]; c.Indent >= 0 && strings.Trim(blank, " \t") == "" && blank != strings.Repeat(" ", c.Indent) {
		start, lead = line, strings.Repeat(" ", c.Indent)
	}
	kind := c.file.Kind(c.Around)
	form := c.spot.form
	switch {
	case form == nil:
	case kind == outline.Mapping, kind == outline.Empty && form.is("object"):
		c.Start = start
		c.fields(c.Around, func(name string, s spot) string {
			if c.Indent < 0 {
				return writer{}.flowField(s, name)
			}
			return lead + writer{}.field(s, name, c.Indent, 0)
		})
	case kind == outline.List, kind == outline.Empty && form.is("array"):
		c.items(start, lead)
	}
}

func (c *completer) items(start int, lead string) {
	item := c.spot.item()
	if item.form == nil {
		return
	}
	if item.form.is("object") && c.Indent >= 0 {
		text := lead + "- " + writer{}.item(item, c.Indent+2, 0)
		c.add(Completion{Label: "- ", Kind: Field, Detail: c.words().Text("a new item"), Documentation: c.meaningOf(item)}, start, c.End, text)
		return
	}
	c.spot, c.Start = item, start
	if c.Indent >= 0 {
		lead += "- "
	}
	c.values(lead)
}

// inValue proposes what a value can be, or the fields of one that is to be an object.
func (c *completer) inValue() {
	form := c.spot.form
	if form == nil || c.file.Line(c.Start) != c.file.Line(c.End) {
		return
	}
	id := c.Node
	line, _ := c.file.LineSpan(c.file.Line(c.Start))
	own := c.file.Line(c.file.Opens(id)) < c.file.Line(c.Start) || !c.file.IsField(id)
	inFlow := c.file.Flow(c.file.Parent(id))
	if form.isCollection() && !own && !inFlow {
		c.below()
		return
	}
	switch {
	case form.is("object") && form.isCollection() && own && !inFlow:
		c.Indent = c.Start - line
		c.fields(outline.None, func(name string, s spot) string {
			return c.space() + writer{}.field(s, name, c.Indent+len(c.space()), 0)
		})
	case form.is("array") && form.isCollection():
	default:
		c.values(c.space())
	}
}

// below proposes the fields or the first item of what begins on the line below a key, where nothing else stands behind the key.
func (c *completer) below() {
	_, end := c.file.LineSpan(c.file.Line(c.Start))
	kind := c.file.Kind(c.Node)
	if kind != outline.Empty && kind != outline.Scalar || strings.TrimSpace(c.file.Text()[c.End:end]) != "" {
		return
	}
	key, _ := c.file.KeySpan(c.Node)
	line, _ := c.file.LineSpan(c.file.Line(key))
	c.Indent = key - line + 2
	lead := "\n" + strings.Repeat(" ", c.Indent)
	if c.spot.form.is("array") {
		c.items(c.Start, lead)
		return
	}
	c.fields(outline.None, func(name string, s spot) string { return lead + writer{}.field(s, name, c.Indent, 0) })
}

// space is what stands before a value that begins right behind a colon or a dash.
func (c *completer) space() string {
	if c.Start == c.End && c.Start > 0 && strings.IndexByte(":-,", c.file.Text()[c.Start-1]) >= 0 && c.Where == outline.InValue {
		return " "
	}
	return ""
}

// fields proposes the fields of the spot that are not there yet. Those that are there are in a mapping.
func (c *completer) fields(mapping outline.ID, write func(name string, s spot) string) {
	if c.spot.form == nil {
		return
	}
	if mapping != outline.None {
		c.filledFields()
	}
	present := map[string]bool{}
	if mapping != outline.None && c.file.Kind(mapping) == outline.Mapping {
		for id := c.file.First(mapping); id != outline.None; id = c.file.Next(id) {
			if id != c.Node {
				present[c.file.Key(id)] = true
			}
		}
	}
	isTop := mapping == outline.Top
	if isTop && c.spot.grammar.kind == kindEvidence {
		for _, section := range c.view.sections() {
			present[section] = present[section] || c.Node == outline.None || c.file.Key(c.Node) != section
		}
	}
	names, usages := c.spot.names(), c.options(mapping)
	if c.spot.form.Most > 0 && len(present) >= c.spot.form.Most {
		return
	}
	for _, name := range names {
		usage, isOption := usages[name]
		if present[name] || usages != nil && !isOption {
			continue
		}
		below := c.spot.field(name)
		item := Completion{Label: name, Kind: Field, Detail: c.typeOf(below.form, name), Documentation: cmp.Or(usage, c.meaningOf(below))}
		if isTop && c.spot.grammar.kind == kindEvidence && evidence.IsSection(name) {
			item.Kind = Section
		}
		if slices.Contains(c.spot.form.Required, name) {
			item.Detail = strings.TrimPrefix(item.Detail+", required", ", ")
		}
		text := write(name, below)
		if like := c.sameService(name); isTop && like != "" && c.Indent == 0 {
			text = like
		}
		c.add(item, c.Start, c.End, text)
	}
}

// options are what a source of collect takes, with their meanings, by name; nil where the mapping is of no source whose kind is there.
func (c *completer) options(mapping outline.ID) map[string]string {
	if c.spot.grammar.kind != kindCollect || mapping == outline.None || mapping == outline.Top {
		return nil
	}
	field := c.file.Child(mapping, "source")
	if field == outline.None {
		return nil
	}
	name, _ := c.file.Scalar(field)
	for _, kind := range source.All {
		if kind.Name != name {
			continue
		}
		usages := map[string]string{"source": ""}
		for _, option := range kind.Options {
			usages[option.Name] = strings.ReplaceAll(option.Usage, "`", "")
		}
		return usages
	}
	return nil
}

// sameService is what another file of evidence says of the service, under the name of the field; empty where there is none.
func (c *completer) sameService(name string) string {
	for _, f := range c.view.ofKind(kindEvidence) {
		if id, is := f.Find("/metadata"); is && name == "metadata" && c.spot.grammar.kind == kindEvidence && f.name != c.file.name {
			start, _ := f.KeySpan(id)
			return strings.ReplaceAll(f.Text()[start:lineEnd(f, f.End(id))], "\r\n", "\n")
		}
	}
	return ""
}

// sections are the sections that stand in a file of the folder.
func (v view) sections() []string {
	var all []string
	for _, f := range v.ofKind(kindEvidence) {
		for id := f.First(outline.Top); id != outline.None; id = f.Next(id) {
			if name := f.Key(id); evidence.IsSection(name) || name == "not_applicable" {
				all = append(all, name)
			}
		}
	}
	return all
}

var comments = regexp.MustCompile(`(?:^|\s)#.*`)

// comma is what stands between a new field or item in brackets and the one that is behind it already; empty where none is needed.
func (h here) comma() string {
	if h.Where != outline.Between || h.Indent >= 0 || !h.file.Flow(h.Around) {
		return ""
	}
	text := h.file.Text()
	for id := h.file.First(h.Around); id != outline.None; id = h.file.Next(id) {
		switch opens := h.file.Opens(id); {
		case opens < h.End:
		case strings.Contains(comments.ReplaceAllString(text[h.End:opens], ""), ","):
			return ""
		case strings.TrimLeft(text[h.End:h.End+1], " \t\r\n") == "":
			return ","
		default:
			return ", "
		}
	}
	return ""
}

func (c *completer) add(item Completion, start, end int, text string) {
	item.Edit = Edit{c.file.span(start, end), withBreaks(text+c.comma(), c.file.Text())}
	c.all = append(c.all, item)
}

// proposal is a value that could stand at the place.
type proposal struct {
	label, detail, about string
	kind                 CompletionKind
	plain                bool // it is no text: true, or a number
	lead                 string
}

// propose adds a value, in the quotes that stand there.
func (c *completer) propose(p proposal) {
	style := outline.Plain
	if c.Where == outline.InValue && c.Start < c.End {
		style = c.file.Style(c.Node)
	}
	text := p.label
	if !p.plain {
		text = quote(p.label, style)
	}
	c.add(Completion{Label: p.label, Kind: p.kind, Detail: p.detail, Documentation: p.about}, c.Start, c.End, p.lead+text)
}

// values proposes what the spot takes.
func (c *completer) values(lead string) {
	s := c.spot
	form := s.form
	word := func(label, detail string) { c.propose(proposal{label: label, detail: detail, kind: Word, lead: lead}) }
	literal := func(label, detail string) {
		c.propose(proposal{label: label, detail: detail, kind: Word, plain: true, lead: lead})
	}
	fitting, limited := c.fitting()
	for _, text := range s.words() {
		if !limited || slices.Contains(fitting, text) {
			word(text, "")
		}
	}
	switch {
	case len(form.Enum) > 0 || form.Const != nil:
		return
	case form.is("boolean"):
		literal("true", "")
		literal("false", "")
	case form.Format == "date":
		c.present(time.DateOnly, c.words().Text("today"), literal)
		literal("YYYY-MM-DD", c.words().Text("form of a date"))
	case form.Format == "date-time":
		c.present(time.RFC3339, c.words().Text("now"), literal)
		literal("YYYY-MM-DDThh:mm:ssZ", c.words().Text("form of a time"))
	case limited:
		for _, text := range fitting {
			literal(text, "")
		}
	}
	c.parameter(literal)
	c.references(lead)
	c.beside(word)
	c.known(word)
	c.filledLists(word)
}

// present proposes the day or the time that it is.
func (c *completer) present(layout, detail string, literal func(label, detail string)) {
	if c.At != nil {
		literal(c.At().UTC().Format(layout), detail)
	}
}

// parameter proposes the value of the profile.
func (c *completer) parameter(literal func(label, detail string)) {
	if c.spot.grammar.kind != kindParameters || c.Node == outline.None {
		return
	}
	if p, is := c.parameters.Find(c.file.Key(c.Node)); is {
		if number, ok := p.Default.(json.Number); ok {
			literal(number.String(), c.words().Text("by the profile"))
		}
	}
}

// around are the plain fields beside the place.
func (c *completer) around() map[string]any {
	r := namer{Library: c.Library, text: c.file.text}
	return r.fields(c.object())
}

func (c *completer) fieldName() string {
	for id := c.Node; id != outline.None && id != outline.Top; id = c.file.Parent(id) {
		if c.file.IsField(id) {
			return c.file.Key(id)
		}
	}
	if c.Around != outline.None && c.Around != outline.Top && c.file.IsField(c.Around) {
		return c.file.Key(c.Around)
	}
	return ""
}

// fitting are the values of the reference data that fit what stands beside, and whether there is such a limit.
func (c *completer) fitting() (texts []string, limited bool) {
	object := c.object()
	if object == outline.None {
		return nil, false
	}
	around := c.around()
	for _, fit := range c.file.grammar.of(c.file.Outline, object).part.Fits(c.fieldName()) {
		rows, _ := c.reference[fit.Table].(map[string]any)
		by, _ := around[fit.By].(string)
		row, _ := rows[by].(map[string]any)
		list, isList := row[fit.List].([]any)
		if isList {
			limited = true
			for _, item := range list {
				texts = append(texts, verdict.ValueText(item))
			}
		}
	}
	return texts, limited
}

// beside proposes the texts of the list beside that must have it, and those of a table.
func (c *completer) beside(word func(label, detail string)) {
	if list := c.spot.part.Among(); list != "" {
		if id := c.file.Child(c.object(), list); id != outline.None {
			for item := c.file.First(id); item != outline.None; item = c.file.Next(item) {
				if text, ok := c.file.Scalar(item); ok {
					word(text, c.words().Say("in %s", list))
				}
			}
		}
	}
	if table := c.spot.part.Listed(); table != "" {
		list, _ := c.reference[table].([]any)
		for _, item := range list {
			if text, ok := item.(string); ok {
				word(text, c.inWords([]string{table}))
			}
		}
	}
}

// Fields of the head of evidence that the ruleset knows values of.
const (
	serviceRegion  = "/metadata/service/region"
	activityOfItem = "/not_applicable/*/activity"
)

// known proposes regions, activities, and what other files say of the service.
func (c *completer) known(word func(label, detail string)) {
	if c.spot.grammar.kind != kindEvidence || c.Node == outline.None {
		return
	}
	path := c.file.Path(c.Node)
	field := pattern(c.spot.grammar, path)
	if field == activityOfItem {
		for _, activity := range c.activities {
			if activity.Duty() && activity.NotApplicable != "" {
				word(activity.ID, c.Language.Text(activity.Title))
			}
		}
	}
	if path[0] != "metadata" {
		return
	}
	proposed := map[string]bool{}
	for _, f := range c.view.ofKind(kindEvidence) {
		id, is := f.Find(document.Pointer(path...))
		if text, ok := f.Scalar(id); is && ok && f.name != c.file.name && text != "" && !proposed[text] {
			proposed[text] = true
			word(text, c.words().Say("as in %s", f.name))
		}
	}
	if field == serviceRegion {
		for _, region := range c.regions {
			if !proposed[region] {
				word(region, c.words().Text("region"))
			}
		}
	}
}

// references proposes what the text can name.
func (c *completer) references(lead string) {
	around := c.around()
	typed := ""
	if c.Where == outline.InValue && c.Node != outline.None {
		typed, _ = c.file.Scalar(c.Node)
	}
	var proposals []proposal
	seen := map[string]bool{}
	add := func(p proposal) {
		if !seen[p.label] && p.label != "" {
			seen[p.label] = true
			p.lead = lead
			proposals = append(proposals, p)
		}
	}
	for _, ref := range c.spot.part.Names(around) {
		if ref.HasForm() {
			c.inForm(ref, add)
			continue
		}
		for _, kind := range ref.Kinds {
			c.ofKind(kind, around, add)
		}
		for _, table := range ref.Tables {
			rows, _ := c.reference[table].(map[string]any)
			for _, row := range slices.Sorted(maps.Keys(rows)) {
				add(proposal{label: row, detail: c.inWords([]string{table}), kind: Word})
			}
		}
	}
	rank := func(p proposal) int {
		text, name := spelling.Fold(typed), spelling.Fold(p.label)
		switch {
		case strings.HasPrefix(name, text):
			return 0
		case strings.Contains(name, text), strings.Contains(spelling.Fold(p.detail), text):
			return 1
		}
		return 2
	}
	slices.SortStableFunc(proposals, func(a, b proposal) int { return cmp.Compare(rank(a), rank(b)) })
	for _, p := range proposals[:min(len(proposals), mostProposed)] {
		c.propose(p)
	}
}

// inForm proposes objects whose names stand in a longer text, such as a URN, in the form that such a text of the folder has.
func (c *completer) inForm(ref consistency.Reference, add func(proposal)) {
	domain := c.view.domain(c.file)
	for _, kind := range ref.Kinds {
		before, after, ok := c.form(ref, kind, domain)
		if !ok {
			continue
		}
		c.ofKind(kind, nil, func(p proposal) {
			p.detail = strings.TrimSpace(p.label + " " + p.detail)
			p.label = before + p.label + after
			if spans := ref.Spans(p.label, domain); len(spans) > 0 && spans[0] == [2]int{len(before), len(p.label) - len(after)} {
				add(p)
			}
		})
	}
}

// form is what stands before and behind the name of an object of a kind in the first text of the folder that has one in the form of a reference.
func (c *completer) form(ref consistency.Reference, kind, domain string) (before, after string, ok bool) {
	first := ""
	for _, f := range c.view.files {
		for k, uses := range f.names().uses {
			if k.kind != kind || uses[0].start == 0 {
				continue
			}
			text, _ := f.Scalar(uses[0].node)
			spans := ref.Spans(text, domain)
			if len(spans) > 0 && spans[0] == [2]int{uses[0].start, uses[0].end} && (first == "" || text < first) {
				first, before, after, ok = text, text[:uses[0].start], text[uses[0].end:], true
			}
		}
	}
	return before, after, ok
}

// ofKind proposes what there is of a kind.
func (c *completer) ofKind(kind string, around map[string]any, add func(proposal)) {
	switch kind {
	case checkKind:
		for _, check := range c.checks {
			add(proposal{label: check.ID, detail: c.Language.Text(check.Title), about: c.Language.Text(check.Description), kind: Reference})
		}
	case pointerKind:
		id, _ := around["check"].(string)
		for _, pointer := range c.byID[id].Evidence {
			if !strings.Contains(pointer, "*") {
				add(proposal{label: pointer, detail: c.words().Say("read by %s", id), kind: Reference})
			}
		}
	case sectionKind:
		for _, name := range c.described.Sections() {
			add(proposal{label: name, detail: c.Language.Meaning("/"+name, c.described.Properties.Forms[name].Description), kind: Reference})
		}
	default:
		c.ofObjects(kind, add)
	}
}

// ofObjects proposes the ids of objects, or their other names where objects of the kind have no ids.
func (c *completer) ofObjects(kind string, add func(proposal)) {
	var ids, aliases []proposal
	for _, f := range c.view.files {
		for k, definitions := range f.names().definitions {
			if k.kind != kind {
				continue
			}
			for _, d := range definitions[:min(len(definitions), mostProposed)] {
				text, ok := f.Scalar(d.node)
				if !ok || d.weak || c.placeholders.Is(text) {
					continue
				}
				p := proposal{label: text, kind: Reference, detail: title(f, d.object), about: c.objectPlace(f, kind, d)}
				if d.id {
					ids = append(ids, p)
				} else {
					aliases = append(aliases, p)
				}
			}
		}
	}
	if len(ids) == 0 {
		ids = aliases
	}
	slices.SortFunc(ids, func(a, b proposal) int { return cmp.Or(cmp.Compare(a.label, b.label), cmp.Compare(a.about, b.about)) })
	for _, p := range ids {
		add(p)
	}
}

// title is the name of an object; empty where it has none.
func title(f file, object outline.ID) string {
	if id := f.Child(object, "name"); id != outline.None {
		text, _ := f.Scalar(id)
		return text
	}
	return ""
}

// meaningOf is the description of a field whose place is not looked for.
func (l *Library) meaningOf(s spot) string {
	if s.grammar.kind == kindEvidence {
		return l.Language.Meaning("", s.form.Description)
	}
	return l.Language.Text(s.form.Description)
}

func (c *completer) objectPlace(f file, kind string, d definition) string {
	return fmt.Sprintf("%s, %s:%d", c.inWords([]string{kind}), code(f.name), f.Position(f.Opens(d.node)).Line)
}
