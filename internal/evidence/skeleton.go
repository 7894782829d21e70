package evidence

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
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
	Freshness   string           `json:"x-freshness"`
	ID          string           `json:"x-id"`    // the kind of object that the text is the id of
	Alias       string           `json:"x-alias"` // the kind of object that the texts name as well
	Defs        map[string]*Form `json:"$defs"`
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
	decoder := json.NewDecoder(strings.NewReader(string(data)))
	if _, err := decoder.Token(); err != nil {
		return err
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return err
		}
		o.Names = append(o.Names, name.(string))
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			return err
		}
	}
	return nil
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

// Skeleton is a section as YAML with every field, an example value and what it means, each line behind the prefix.
func (root *Form) Skeleton(section, prefix string) string {
	var out strings.Builder
	root.write(&out, section, root.Properties.Forms[section], prefix, "")
	return out.String()
}

// Fragment is the part of a skeleton that a pointer leads to, with the fields above it.
func (root *Form) Fragment(pointer string) string {
	var out strings.Builder
	form, indent := root, ""
	parts := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, part := range parts {
		form = root.Resolve(form).Properties.Forms[part]
		if form == nil {
			return ""
		}
		if i == len(parts)-1 {
			root.write(&out, part, form, "", indent)
			break
		}
		fmt.Fprintf(&out, "%s%s:\n", indent, part)
		indent += "  "
	}
	return out.String()
}

func (root *Form) write(out *strings.Builder, name string, form *Form, prefix, indent string) {
	if form.WrittenBy != "" {
		return
	}
	form = root.Resolve(form)
	comment := ""
	if form.Description != "" {
		comment = "  # " + form.Description
	}
	switch {
	case form.Type == "object":
		fmt.Fprintf(out, "%s%s%s:%s\n", prefix, indent, name, comment)
		names := form.Properties.Names
		if form.Most > 0 { // it takes no more of them
			names = names[:min(form.Most, len(names))]
		}
		for _, field := range names {
			root.write(out, field, form.Properties.Forms[field], prefix, indent+"  ")
		}
	case form.Type == "array":
		items := root.Resolve(form.Items)
		if items.Type != "object" {
			fmt.Fprintf(out, "%s%s%s: [%s]%s\n", prefix, indent, name, example(items), comment)
			return
		}
		fmt.Fprintf(out, "%s%s%s:%s\n", prefix, indent, name, comment)
		lead := "  - "
		for _, field := range items.Properties.Names {
			var item strings.Builder
			root.write(&item, field, items.Properties.Forms[field], prefix, indent+"    ")
			text := item.String()
			if lead != "" {
				text = prefix + indent + lead + strings.TrimPrefix(text, prefix+indent+"    ")
				lead = ""
			}
			out.WriteString(text)
		}
	default:
		fmt.Fprintf(out, "%s%s%s: %s%s\n", prefix, indent, name, example(form), comment)
	}
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
