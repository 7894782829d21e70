package evidence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/words"
)

// Form is the part of the schema that describes one value.
type Form struct {
	Ref         string           `json:"$ref"`
	Type        string           `json:"type"`
	Format      string           `json:"format"`
	Description string           `json:"description"`
	Enum        []string         `json:"enum"`
	Items       *Form            `json:"items"`
	Unique      bool             `json:"uniqueItems"` // a list is a set: its order says nothing
	Required    []string         `json:"required"`
	Most        int              `json:"maxProperties"` // fields of an object; 0 for any number
	Properties  orderedForms     `json:"properties"`
	Informative string           `json:"x-informative"`
	WrittenBy   string           `json:"x-written-by"` // the command that writes it; people leave it alone
	Question    string           `json:"x-question"`   // the question that tells whether it applies; empty where it always does
	Freshness   string           `json:"x-freshness"`
	ID          string           `json:"x-id"`       // the kind of object that the text is the id of
	Alias       string           `json:"x-alias"`    // the kind of object that the texts name as well
	Stricter    string           `json:"x-stricter"` // which value is stricter: higher, lower, sooner, earlier, set, fewer or narrower; empty where none is
	Defs        map[string]*Form `json:"$defs"`
	Questions   []Question       `json:"x-questions"` // of the root: what is asked before a skeleton is written
}

// Question tells which fields of a skeleton apply: those without x-question do in any case.
type Question struct {
	Name     string `json:"name"`     // as x-question has it
	Asks     string `json:"asks"`     // for yes or no
	Activity string `json:"activity"` // to be declared not applicable if the answer is no; empty for none
	No       string `json:"no"`       // what still has to be said if the answer is no
}

// orderedForms keeps properties in the order of the file: that is the order a person reads them in.
type orderedForms struct {
	Names []string
	Forms map[string]*Form
}

func (o *orderedForms) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &o.Forms); err != nil {
		return err
	}
	var err error
	o.Names, err = schema.FieldsInOrder(data)
	return err
}

// Describe reads the schema for those who explain it.
func (f *Format) Describe() (*Form, error) {
	var root Form
	if err := json.Unmarshal(f.Schema, &root); err != nil {
		return nil, fmt.Errorf("read evidence schema: %w", err)
	}
	return &root, nil
}

// Resolve follows a $ref into the definitions; a description beside the $ref wins.
func (root *Form) Resolve(form *Form) *Form {
	name, isRef := strings.CutPrefix(form.Ref, "#/$defs/")
	if !isRef {
		return form
	}
	resolved := *root.Defs[name]
	if form.Description != "" {
		resolved.Description = form.Description
	}
	return &resolved
}

// Sections lists the names of the sections, sorted.
func (root *Form) Sections() []string {
	var names []string
	for _, name := range root.Properties.Names {
		if IsSection(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Facts lists the fields of the sections that tell facts about the service, with * for the items of lists: no names and
// descriptions, and nothing that says where facts come from. A list of texts is one field.
func (root *Form) Facts() []string {
	var all []string
	for _, section := range root.Sections() {
		all = root.facts(all, "/"+section, root.Properties.Forms[section])
	}
	return all
}

func (root *Form) facts(all []string, pointer string, form *Form) []string {
	informative := form.Informative
	form = root.Resolve(form)
	switch {
	case informative+form.Informative != "":
	case form.Type == "object":
		for _, name := range form.Properties.Names {
			if name != "source" && name != "artifact" {
				all = root.facts(all, pointer+"/"+name, form.Properties.Forms[name])
			}
		}
	case form.Type == "array" && root.Resolve(form.Items).Type == "object":
		all = root.facts(all, pointer+"/*", form.Items)
	default:
		all = append(all, pointer)
	}
	return all
}

// Layout says how a skeleton is written.
type Layout struct {
	Prefix  string              // before each line that has a field
	Prose   string              // before each line that has none; empty for examples instead of placeholders, and no such lines
	Without []string            // names of the questions that were answered with no
	Checks  map[string][]string // ids of the checks that read a field, sorted, by pointer with * for items
	Words   *words.Words        // of the language of the comments; nil for English
	// Field is the description of a field in that language. It stands under the pointer to the field with * for items, or, where the
	// field is what a definition says, under /_root/$defs/NAME and so on. Nil for English.
	Field func(pointer, english string) string
}

// Describe is the description of a field in the language.
func (l Layout) Describe(pointer, english string) string {
	if l.Field == nil || english == "" {
		return english
	}
	return l.Field(pointer, english)
}

// Skeleton is a section as YAML with every field that applies, and what it means.
func (root *Form) Skeleton(section string, layout Layout) string {
	var out strings.Builder
	writer{Layout: layout, root: root, out: &out}.field("/"+section, root.Properties.Forms[section], "")
	return out.String()
}

// Fragment is the part of a skeleton that a pointer leads to, with the fields above it, and examples for values.
func (root *Form) Fragment(pointer string, layout Layout) string {
	var out strings.Builder
	form, indent := root, ""
	write := writer{Layout: layout, root: root, out: &out}
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	if !IsSection(parts[0]) {
		write.within = "/_root"
	}
	for i, part := range parts {
		form = root.Resolve(form).Properties.Forms[part]
		if form == nil {
			return ""
		}
		if i == len(parts)-1 {
			write.field("/"+part, form, indent)
			break
		}
		fmt.Fprintf(&out, "%s%s:\n", indent, part)
		indent, write.within = indent+"  ", inside(write.within+"/"+part, form)
	}
	return out.String()
}

// writer writes the fields of a form as YAML.
type writer struct {
	Layout
	root     *Form
	out      *strings.Builder
	around   []string // the checks that were named last, of what the field is in
	required bool     // what the field is in must have it
	within   string   // where the descriptions of what the field is in stand, see Layout.Field
}

// inside is where the descriptions of what is in a form stand, whose own stands at a place.
func inside(place string, form *Form) string {
	if name, isRef := strings.CutPrefix(form.Ref, "#"); isRef {
		return "/_root" + name
	}
	return place
}

func (w writer) field(pointer string, form *Form, indent string) {
	if form.WrittenBy != "" || slices.Contains(w.Without, form.Question) && form.Question != "" {
		return
	}
	name := pointer[strings.LastIndex(pointer, "/")+1:]
	informative, place := form.Informative, w.within+"/"+name
	w.within = inside(place, form)
	if form.Description == "" {
		place = w.within
	}
	form = w.root.Resolve(form)
	description := w.Describe(place, form.Description)
	checks := w.Checks[pointer]
	leaf := form.Type != "object" && (form.Type != "array" || w.root.Resolve(form.Items).Type != "object")
	note := ""
	if w.Prose != "" {
		note = w.note(checks, leaf, cmp.Or(informative, form.Informative))
	}
	if len(checks) > 0 && w.Prose != "" && !leaf && !slices.Equal(checks, w.around) {
		fmt.Fprintf(w.out, "%s%s%s\n", w.Prose, indent, w.Words.Say("read by %s", w.some(checks)))
	}
	if len(checks) > 0 {
		w.around = checks
	}
	lead := w.Prefix + indent + name + ":"
	switch {
	case form.Type == "object":
		fmt.Fprintf(w.out, "%s%s\n", lead, comment(description))
		names := form.Properties.Names
		if form.Most > 0 { // it takes no more of them
			names = names[:min(form.Most, len(names))]
		}
		for _, field := range names {
			w.required = slices.Contains(form.Required, field)
			w.field(pointer+"/"+field, form.Properties.Forms[field], indent+"  ")
		}
	case form.Type == "array":
		items := w.root.Resolve(form.Items)
		if items.Type != "object" {
			fmt.Fprintf(w.out, "%s [%s]%s\n", lead, w.value(items), comment(description, w.hint(items), note))
			return
		}
		fmt.Fprintf(w.out, "%s%s\n", lead, comment(description))
		w.within = inside(w.within+"/*", form.Items)
		w.item(pointer, items, indent)
	default:
		fmt.Fprintf(w.out, "%s %s%s\n", lead, w.value(form), comment(description, w.hint(form), note))
	}
}

// note says whether a field must be there, and which checks read it where that is not said of what it is in.
func (w writer) note(checks []string, leaf bool, informative string) string {
	var notes []string
	if w.required {
		notes = append(notes, w.Words.Text("Required."))
	}
	switch {
	case !leaf:
	case len(checks) > 0 && !slices.Equal(checks, w.around):
		notes = append(notes, w.Words.Say("Read by %s.", w.some(checks)))
	case informative != "":
		notes = append(notes, w.Words.Say("No check reads it; it %s.", w.Words.Text(informative)))
	}
	return strings.Join(notes, " ")
}

// item writes one item of a list of objects. Its first field stands behind the dash.
func (w writer) item(pointer string, items *Form, indent string) {
	dash := "  - "
	for _, field := range items.Properties.Names {
		var text strings.Builder
		below := w
		below.out = &text
		below.required = slices.Contains(items.Required, field)
		below.field(pointer+"/*/"+field, items.Properties.Forms[field], indent+"    ")
		written := text.String()
		if start := w.Prefix + indent + "    "; dash != "" && strings.HasPrefix(written, start) {
			written, dash = w.Prefix+indent+dash+strings.TrimPrefix(written, start), ""
		}
		w.out.WriteString(written)
	}
}

// Declarations is the list of activities that are declared not applicable, an item each.
func (root *Form) Declarations(activities []string, layout Layout) string {
	var out strings.Builder
	const field = "not_applicable"
	writer{Layout: layout, root: root, out: &out, within: "/_root"}.field("/"+field, root.Properties.Forms[field], "")
	head, item, _ := strings.Cut(out.String(), "\n")
	text := head + "\n"
	for _, activity := range activities {
		text += strings.Replace(item, strconv.Quote(Placeholder), activity, 1)
	}
	return text
}

// mostChecks is how many checks are named beside a field.
const mostChecks = 3

// some names a few of the checks.
func (w writer) some(checks []string) string {
	if more := len(checks) - mostChecks; more > 1 {
		return w.Words.Say("%s and %d more checks", strings.Join(checks[:mostChecks], ", "), more)
	}
	return strings.Join(checks, ", ")
}

// comment is what follows a value: its sentences.
func comment(sentences ...string) string {
	sentences = slices.DeleteFunc(sentences, func(sentence string) bool { return sentence == "" })
	if len(sentences) == 0 {
		return ""
	}
	return "  # " + strings.Join(sentences, " ")
}

// Placeholder stands in a skeleton where a value is expected. An assessment refuses it.
const Placeholder = "…"

// value is an example, or what stands for a value. Only what stays a text is quoted, so that true and 1 need no quotes taken
// away.
func (w writer) value(form *Form) string {
	switch {
	case w.Prose == "":
		return example(form)
	case form.Type == "string" && form.Format == "" && !isWords(form.Enum), len(form.Enum) == 0 && form.Format == "uuid":
		return strconv.Quote(Placeholder)
	}
	return Placeholder
}

// isWords reports whether values can be written without quotes.
func isWords(values []string) bool {
	return len(values) > 0 && !slices.ContainsFunc(values, func(value string) bool {
		return value == "" || !unicode.IsLetter(rune(value[0]))
	})
}

// hint says what values a field takes.
func (w writer) hint(form *Form) string {
	switch {
	case len(form.Enum) > 1:
		return w.Words.Say("One of: %s.", strings.Join(form.Enum, ", "))
	case w.Prose == "" || len(form.Enum) == 1:
		return ""
	case form.Format == "date", form.Format == "date-time":
		return w.Words.Say("Such as %s.", example(form))
	case form.Type == "boolean":
		return w.Words.Text("true or false.")
	case form.Type == "integer":
		return w.Words.Text("A whole number.")
	case form.Type == "number":
		return w.Words.Text("A number.")
	}
	return ""
}

// example is a value of the form's type.
func example(form *Form) string {
	switch {
	case len(form.Enum) > 0 && form.Enum[0] != "" && unicode.IsDigit(rune(form.Enum[0][0])):
		return strconv.Quote(form.Enum[0]) // it would be read as a number
	case len(form.Enum) > 0:
		return form.Enum[0]
	case form.Format == "date":
		return "2026-01-31"
	case form.Format == "date-time":
		return "2026-01-31T09:00:00Z"
	case form.Format == "uuid":
		return "00000000-0000-4000-8000-000000000000"
	case form.Type == "boolean":
		return "true"
	case form.Type == "integer" || form.Type == "number":
		return "1"
	default:
		return `"…"`
	}
}

// Field is a field of the evidence, or a section.
type Field struct {
	Pointer string // without the items of lists: /network/clients/probe_result
	Shown   string // the part of a skeleton that has it, for Fragment
	Form    *Form
}

// Name is how people write the field: network.clients.probe_result.
func (f Field) Name() string { return strings.ReplaceAll(strings.TrimPrefix(f.Pointer, "/"), "/", ".") }

// Fields are the sections and all fields below them, in the order of the schema. What is below a source and an artifact is the
// same everywhere, and left out.
func (root *Form) Fields() []Field {
	var all []Field
	for _, section := range root.Sections() {
		root.fields(Field{"/" + section, "/" + section, root.Properties.Forms[section]}, false, func(f Field) { all = append(all, f) })
	}
	return all
}

func (root *Form) Field(name string) (Field, bool) {
	pointer := "/" + strings.ReplaceAll(strings.Trim(name, "/."), ".", "/")
	section, _, _ := strings.Cut(pointer[1:], "/")
	if !slices.Contains(root.Sections(), section) {
		return Field{}, false
	}
	var match Field
	root.fields(Field{"/" + section, "/" + section, root.Properties.Forms[section]}, true, func(f Field) {
		if f.Pointer == pointer {
			match = f
		}
	})
	return match, match.Form != nil
}

// fields visits a field and those below it. What is shown of a field in a list is the list.
func (root *Form) fields(f Field, everything bool, visit func(Field)) {
	if f.Form.WrittenBy != "" {
		return
	}
	f.Form = root.Resolve(f.Form)
	visit(f)
	name := f.Pointer[strings.LastIndex(f.Pointer, "/")+1:]
	if !everything && (name == "source" || name == "artifact") {
		return
	}
	form, inList := f.Form, f.Shown != f.Pointer
	if form.Type == "array" {
		form, inList = root.Resolve(form.Items), true
	}
	for _, below := range form.Properties.Names {
		field := Field{f.Pointer + "/" + below, f.Shown, form.Properties.Forms[below]}
		if !inList {
			field.Shown = field.Pointer
		}
		root.fields(field, everything, visit)
	}
}

// At is the form of the value that a path of fields leads to, with indexes or * for the items of lists; nil where the schema has none.
func (root *Form) At(path []string) *Form {
	form := root
	for _, part := range path {
		form = root.Resolve(form)
		if form.Type == "array" {
			form = form.Items
		} else {
			form = form.Properties.Forms[part]
		}
		if form == nil {
			return nil
		}
	}
	return root.Resolve(form)
}

// Shape is how a value is written at a pointer, with * for the items of lists, as a skeleton has it.
func (root *Form) Shape(pattern string) document.Shape {
	path, err := document.Split(pattern)
	if err != nil || len(path) == 0 { // sections come in any order
		return document.Shape{}
	}
	form := root.At(path)
	if form == nil {
		return document.Shape{}
	}
	_, isArtifact := form.Properties.Forms["sha256"]
	return document.Shape{
		Fields: form.Properties.Names, Date: form.Format == "date" || form.Format == "date-time",
		Flow: isArtifact && form.Type == "object", Quoted: len(path) > 0 && path[len(path)-1] == "sha256",
	}
}
