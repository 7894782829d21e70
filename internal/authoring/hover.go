package authoring

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/words"
)

const (
	mostChecks  = 8   // checks that a hover lists
	mostObjects = 3   // objects that a hover describes
	mostShown   = 120 // characters of a text that a hover repeats
)

// Hover says in Markdown what stands at a place, and how far it reaches.
func (l *Library) Hover(files Files, name string, at document.Position) (text string, span Span, ok bool) {
	h, ok := l.look(files, name, at)
	if h.file.text != nil && h.Where == outline.Nowhere {
		return l.commentedField(h)
	}
	if !ok || h.Node == outline.None {
		return "", Span{}, false
	}
	h.view = l.folder(files)
	var parts []string
	if h.Where == outline.InValue {
		parts = l.value(h)
	}
	if field := l.field(h); field != "" {
		parts = append(parts, field)
	}
	if len(parts) == 0 {
		return "", Span{}, false
	}
	return strings.Join(parts, "\n\n---\n\n"), h.file.span(h.Start, min(h.End, lineEnd(h.file, h.Start))), true
}

// value says what the text of a value stands for.
func (l *Library) value(h here) []string {
	value, ok := h.file.Scalar(h.Node)
	if !ok || h.Start == h.End {
		return nil
	}
	for _, ref := range h.spot.part.Names(nil) {
		if check, is := l.byID[value]; is && slices.Contains(ref.Kinds, checkKind) {
			return []string{l.checkText(check)}
		}
		if form := l.grammars[kindEvidence].root.Properties.forms[value]; form != nil && slices.Contains(ref.Kinds, sectionKind) {
			return []string{l.words().Say("section **%s**", value) + "\n\n" + l.Language.Meaning("/"+value, form.Description)}
		}
		path, err := document.Split(value)
		if err != nil || len(path) == 0 || !slices.Contains(ref.Kinds, pointerKind) {
			continue
		}
		if s := l.grammars[kindEvidence].at(path); s.form != nil {
			return []string{l.about(s, value, path)}
		}
	}
	objects, _, _ := h.subject(h.view)
	var parts []string
	for _, object := range objects[:min(len(objects), mostObjects)] {
		parts = append(parts, l.objectText(object))
	}
	if more := len(objects) - mostObjects; more > 0 {
		parts = append(parts, l.words().Say("and %d more", more))
	}
	return parts
}

func (l *Library) checkText(check policy.Check) string {
	return fmt.Sprintf("**%s** (%s)\n\n%s\n\n%s\n\n", check.ID, l.words().Text(string(check.Severity)), l.Language.Text(check.Title), l.Language.Text(check.Description)) +
		l.words().Say("Fix: %s", l.Language.Text(check.Remediation))
}

// words are those of the language that a person writes in.
func (l *Library) words() *words.Words { return l.Language.Words() }

// objectText describes an object by its plain fields.
func (l *Library) objectText(object named) string {
	f := object.file
	var out strings.Builder
	start, _ := f.ValueSpan(object.node)
	fmt.Fprintf(&out, "%s, %s:%d\n", l.inWords([]string{object.key.kind}), code(f.name), f.Position(start).Line)
	count := 0
	for id := f.First(object.object); id != outline.None && count < maxShownFields; id = f.Next(id) {
		if value := shownValue(f, id); value != "" {
			count++
			fmt.Fprintf(&out, "\n- %s: %s", f.Key(id), value)
		}
	}
	return out.String()
}

// maxShownFields is how many fields of an object a hover shows.
const maxShownFields = 10

// shownValue is a scalar, or a list of a few, as Markdown; empty for anything else.
func shownValue(f file, id outline.ID) string {
	if text, ok := f.Scalar(id); ok && text != "" {
		return code(text)
	}
	if f.Kind(id) != outline.List {
		return ""
	}
	var items []string
	for item := f.First(id); item != outline.None && len(items) < mostObjects; item = f.Next(item) {
		if text, ok := f.Scalar(item); ok {
			items = append(items, code(text))
		}
	}
	return strings.Join(items, ", ")
}

// code is a text of the evidence in Markdown, where nothing of it has a meaning.
func code(text string) string {
	text = strings.Map(func(r rune) rune {
		if r == '`' || r < ' ' {
			return ' '
		}
		return r
	}, text)
	if runes := []rune(text); len(runes) > mostShown {
		text = string(runes[:mostShown]) + "…"
	}
	return "`" + text + "`"
}

// field says what the field means that the place is in.
func (l *Library) field(h here) string {
	id := h.Node
	for !h.file.IsField(id) {
		if id = h.file.Parent(id); id == outline.None || id == outline.Top {
			return ""
		}
	}
	s := h.file.grammar.of(h.file.Outline, id)
	if s.form == nil {
		return ""
	}
	name := h.file.Key(id)
	if filled, path := l.filledField(h.file, id); filled.form != nil {
		return l.about(filled, name, path)
	}
	if p, is := l.parameters.Find(name); is && h.file.grammar.kind == kindParameters && s.form != h.file.grammar.root.Properties.forms[name] {
		return l.parameterText(p)
	}
	return l.about(s, name, h.file.Path(id))
}

func (l *Library) parameterText(p parameter.Parameter) string {
	return fmt.Sprintf("**%s**\n\n%s\n\n", p.Name, l.Language.Text(p.Description)) + l.words().Say("- value by the profile: %s\n- stricter: %s\n- source: %s",
		code(l.quantity(p.Default, p.Unit)), l.words().Text(string(p.Stricter)), p.Source)
}

func (l *Library) quantity(value any, unit string) string {
	return wording.In(l.words()).Quantity(value, unit)
}

// about says what a field means, what it takes, and who reads it. The path is the field's.
func (l *Library) about(s spot, name string, path []string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "**%s**", name)
	if kind := l.typeOf(s.form, name); kind != "" {
		fmt.Fprintf(&out, " — %s", kind)
	}
	if about := l.meaning(s, path); about != "" && !strings.EqualFold(strings.TrimSuffix(about, "."), strings.ReplaceAll(name, "_", " ")) {
		fmt.Fprintf(&out, "\n\n%s", about)
	}
	if words := s.words(); len(words) > 1 {
		fmt.Fprintf(&out, "\n\n%s", l.words().Say("One of: %s.", strings.Join(codes(words), ", ")))
	}
	if text := l.naming(s); text != "" {
		fmt.Fprintf(&out, "\n\n%s", text)
	}
	if p, is := l.parameters.Find(l.freshness(s, path)); is {
		fmt.Fprintf(&out, "\n\n%s", l.words().Say("The facts of the section may be %s old (%s).", l.quantity(p.Value, p.Unit), code(p.Name)))
	}
	if s.grammar.kind == kindEvidence {
		out.WriteString(l.readBy(s, path))
	}
	return out.String()
}

// meaning is the description of a field.
func (l *Library) meaning(s spot, path []string) string {
	if s.grammar.kind != kindEvidence {
		return l.Language.Text(s.form.Description)
	}
	return l.Language.Meaning(pattern(s.grammar, path), s.form.Description)
}

func codes(words []string) []string {
	shown := make([]string, len(words))
	for i, word := range words {
		shown[i] = code(word)
	}
	return shown
}

// freshness is the parameter that says how old the facts of a section may be, for the section and for the time in its source.
func (l *Library) freshness(s spot, path []string) string {
	if s.grammar.kind == kindEvidence && len(path) == 3 && path[1] == "source" && path[2] == collectedAt {
		return s.grammar.at(path[:1]).form.Freshness
	}
	return s.form.Freshness
}

const collectedAt = "collected_at"

// typeOf is the type of a value in words, with its unit.
func (l *Library) typeOf(f *form, name string) string {
	switch {
	case f.Format == "date":
		return l.words().Text("a date, YYYY-MM-DD")
	case f.Format == "date-time":
		return l.words().Text("a time, YYYY-MM-DDThh:mm:ssZ")
	case f.Format == "uuid":
		return l.words().Text("a UUID")
	case len(f.Types) != 1:
		return ""
	}
	kind := map[string]string{
		"object": "a mapping", "array": "a list", "string": "a text", "number": "a number", "integer": "a whole number", "boolean": "true or false",
	}[f.Types[0]]
	unit := schema.Unit(name)
	if unit == "" || !f.is("number") && !f.is("integer") {
		return l.words().Text(kind)
	}
	if f.is("integer") {
		return l.words().Say("a whole number of %s", l.words().Text(unit))
	}
	return l.words().Say("a number of %s", l.words().Text(unit))
}

// naming says what the text names, and what it is the name of.
func (l *Library) naming(s spot) string {
	part := s.part
	if s.form.is("array") {
		part = part.Item()
	}
	var kinds, sentences []string
	for _, ref := range part.Names(nil) {
		for _, kind := range ref.Kinds {
			if !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	for i, kind := range part.Defines() {
		sentence := l.words().Text("A name of %s: other fields name it by this.")
		if i == 0 && part.IsID() {
			sentence = l.words().Text("The id of %s: other fields name it by this.")
		}
		sentences = append(sentences, fmt.Sprintf(sentence, l.withArticle([]string{kind})))
	}
	if len(kinds) > 0 {
		sentences = append(sentences, l.words().Say("Names %s.", l.withArticle(kinds)))
	}
	return strings.Join(sentences, " ")
}

// readBy lists the checks that read a field, the gravest first, or says how many of each duty read a section.
func (l *Library) readBy(s spot, path []string) string {
	if len(path) == 1 && evidence.IsSection(path[0]) {
		return l.sectionReadBy(path[0])
	}
	ids := slices.Clone(l.readers[pattern(s.grammar, path)])
	slices.SortStableFunc(ids, func(a, b string) int { return l.byID[b].Severity.Rank() - l.byID[a].Severity.Rank() })
	if len(ids) == 0 {
		if s.form.Informative != "" {
			return "\n\n" + l.words().Say("No check reads it; it %s.", l.Language.Text(s.form.Informative))
		}
		return ""
	}
	var out strings.Builder
	out.WriteString("\n\n" + l.words().Text("Read by:") + "\n")
	for _, id := range ids[:min(len(ids), mostChecks)] {
		fmt.Fprintf(&out, "\n- `%s` — %s", id, l.Language.Text(l.byID[id].Title))
	}
	if more := len(ids) - mostChecks; more > 0 {
		out.WriteString("\n- " + l.words().Say("and %d more", more))
	}
	return out.String()
}

// sectionReadBy says how many checks of each duty read a section or anything in it.
func (l *Library) sectionReadBy(section string) string {
	reads := map[string]bool{}
	for pointer, ids := range l.readers {
		if strings.HasPrefix(pointer+"/", "/"+section+"/") {
			for _, id := range ids {
				reads[id] = true
			}
		}
	}
	var duties []string
	count := map[string]int{}
	for _, check := range l.checks {
		if reads[check.ID] {
			count[check.DutyName]++
			if count[check.DutyName] == 1 {
				duties = append(duties, check.DutyName)
			}
		}
	}
	if len(duties) == 0 {
		return ""
	}
	slices.SortStableFunc(duties, func(a, b string) int { return count[b] - count[a] })
	shown := duties[:min(len(duties), mostChecks)]
	parts := make([]string, len(shown))
	for i, duty := range shown {
		parts[i] = fmt.Sprintf("%s (%d)", code(duty), count[duty])
	}
	text := strings.Join(parts, ", ")
	if more := len(duties) - len(shown); more > 0 {
		text += l.words().Say(" and of %d more", more)
	}
	return "\n\n" + l.words().Say("Read by checks of %s.", text)
}

// pattern is the pointer of a path with * for the items of lists, as checks name fields.
func pattern(g *grammar, path []string) string {
	steps := slices.Clone(path)
	for i := range steps {
		if f := g.at(path[:i]).form; f.is("array") {
			steps[i] = "*"
		}
	}
	return strings.TrimSuffix(document.Pointer(steps...), "/*")
}

// words are the texts that a value can be; empty where there is no list of them.
func (s spot) words() []string {
	if s.form == nil {
		return nil
	}
	f := s.form
	if s.form.is("array") && s.form.Items != nil && len(f.Types) == 1 {
		f = s.item().form
	}
	var words []string
	for _, word := range f.Enum {
		if text, ok := word.(string); ok {
			words = append(words, text)
		}
	}
	if text, ok := f.Const.(string); ok && words == nil {
		words = append(words, text)
	}
	return words
}

// The kinds of what is no object of the evidence and is named all the same.
const (
	checkKind   = "check"
	pointerKind = "pointer"
	sectionKind = "section"
	personKind  = consistency.PersonKind
)
