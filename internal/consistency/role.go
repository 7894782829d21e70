package consistency

import (
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/spelling"
)

// PersonKind is the kind of the objects that are persons.
const PersonKind = personKind

// DomainKind is the kind that a reference names where it may name the domain that the evidence is about.
const DomainKind = "domain"

// OtherNames are the fields of a person that name the person where nobody else has the same.
var OtherNames = []string{"name", "role"}

// Part is a part of a schema with what its annotations say of names. The zero value says nothing.
type Part struct{ node *node }

// Top is the whole schema.
func (p *Plan) Top() Part { return Part{p.root} }

// Field is the part of a field.
func (p Part) Field(name string) Part {
	if p.node == nil {
		return Part{}
	}
	return Part{p.node.fields[name]}
}

// Item is the part of each item of a list.
func (p Part) Item() Part {
	if p.node == nil {
		return Part{}
	}
	return Part{p.node.items}
}

// IsZero reports whether nothing is said of the part, and of what is below it.
func (p Part) IsZero() bool { return p.node == nil }

// text is what is said of the text at the part; nil for nothing.
func (p Part) text() *text {
	if p.node == nil {
		return nil
	}
	return p.node.text
}

// Defines are the kinds of the object that the text is a name of: first the kind that it is the id of.
func (p Part) Defines() []string {
	t := p.text()
	if t == nil {
		return nil
	}
	return slices.DeleteFunc([]string{t.id, t.alias}, func(kind string) bool { return kind == "" })
}

// IsID reports whether the text is the id of the object that it stands in.
func (p Part) IsID() bool { return p.text() != nil && p.text().id != "" }

// Among is the list beside the text that has it; empty for none.
func (p Part) Among() string {
	if t := p.text(); t != nil {
		return t.among
	}
	return ""
}

// Listed is the table of the reference data that has the text; empty for none.
func (p Part) Listed() string {
	if t := p.text(); t != nil {
		return t.listed
	}
	return ""
}

// Names are the references of the text, in an object with these fields; nil for all that there are in any object.
func (p Part) Names(around map[string]any) []Reference {
	t := p.text()
	if t == nil {
		return nil
	}
	var all []Reference
	if t.person != nil {
		all = append(all, Reference{Kinds: append([]string{personKind}, t.person.Or...)})
	}
	for _, ref := range t.refs {
		if around == nil || ref.holds(around) {
			all = append(all, Reference{Kinds: ref.To, Tables: ref.Tables, ref: ref})
		}
	}
	return all
}

// Reference says what a text may name.
type Reference struct {
	Kinds  []string
	Tables []string // of the reference data, of which it may name a row
	ref    *reference
}

// Spans are the parts of a text that may be a name, as offsets: of a form with a name in it that one, or else the whole text. The domain is the
// id of the service.
func (r Reference) Spans(text, domain string) [][2]int {
	whole := [2]int{0, len(text)}
	if r.ref == nil || r.ref.Part == nil {
		return [][2]int{whole}
	}
	var spans [][2]int
	shown := withDomain(spelling.Fold(domain), text)
	if at := r.ref.Part.FindStringSubmatchIndex(shown); len(at) > 3 && at[2] >= 0 {
		start, end := at[2], at[3]
		if i := strings.Index(shown, domainInPattern); len(shown) != len(text) || i >= 0 {
			longer := len(text) - len(shown) // by the id in the place of its sign
			switch {
			case i >= 0 && i < start:
				start, end = start+longer, end+longer
			case i >= 0 && i < end:
				end += longer
			}
		}
		spans = append(spans, [2]int{start, end})
	}
	if r.ref.Whole && (len(spans) == 0 || spans[0] != whole) {
		spans = append(spans, whole)
	}
	return spans
}

// HasForm reports whether the name stands in a longer text.
func (r Reference) HasForm() bool { return r.ref != nil && r.ref.Part != nil && !r.ref.Whole }

// Fit is a list of the reference data, by the text of a field: what a field beside it may be.
type Fit struct{ Table, By, List string }

// Fits says by which rows of the reference data a field of the object is limited.
func (p Part) Fits(field string) []Fit {
	if p.node == nil || p.node.object == nil {
		return nil
	}
	var all []Fit
	for _, fit := range p.node.object.fits {
		if list := fit.In[field]; list != "" {
			all = append(all, Fit{fit.Table, fit.By, list})
		}
	}
	return all
}

// Spelling is the one spelling of the name of an object of a kind, with these values of parameters.
func (p *Plan) Spelling(kind, name string, parameters map[string]any) string {
	n := naming{plus: p.plusIs(parameters)}
	if kind == personKind {
		return n.spelled(name)
	}
	return spelling.Fold(name)
}
