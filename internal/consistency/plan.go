// Package consistency compares the facts of evidence with each other: references with the objects they name, persons with
// the directory of people, dates with the dates before and after them. What to compare stands in annotations of the evidence
// schema; nothing here knows a field. The time it takes grows with the evidence, not with its square.
package consistency

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Plan is what the annotations of a schema ask for. It is safe for concurrent use.
type Plan struct {
	root     *node
	sections map[string]Scope
	// inventories are the sections that hold objects of a kind, by kind.
	inventories map[string][]string
	plus        string // the parameter about plus-addresses
}

// Scope says for what the objects and artifacts of a section stand.
type Scope string

// The scopes that a section can have.
const (
	Domain       Scope = "domain"
	Account      Scope = "account"
	Organisation Scope = "organisation"
)

// node is a part of the evidence in which something is compared.
type node struct {
	names    []string // of the fields below, sorted
	fields   map[string]*node
	items    *node // of a list
	text     *text
	object   *object
	registry bool // an id stands in it or below it
}

// text is what is compared of a text, or of the texts of a list.
type text struct {
	id, alias string // the kind of object that it names, alone or besides the id
	refs      []*reference
	person    *person
	not       []string // kinds that it may not name
	form      *regexp.Regexp
	below     string // table of domains that it may not be, or be below
	date      bool
	future    bool
}

// condition limits an annotation to objects with certain fields.
type condition struct {
	When   map[string][]string `json:"when"`   // fields with one of these values
	Absent []string            `json:"absent"` // fields that are not there
}

// reference says what a text may name.
type reference struct {
	condition
	To        []string            `json:"to"`
	States    []string            `json:"states"`
	Part      string              `json:"part"`    // pattern; what it captures is the name, and a text that does not match is not judged
	Matches   string              `json:"matches"` // pattern of texts that name something outside the evidence
	Tables    []string            `json:"tables"`  // of the reference data: their keys may be named as well
	Where     map[string][]string `json:"where"`   // fields of the object named
	SameDay   map[string]string   `json:"same_day"`
	NotBefore map[string]string   `json:"not_before"` // field here: field of the object named, which is not later
	NotAfter  map[string]string   `json:"not_after"`  // field here: field of the object named, which is not earlier
	Whole     bool                `json:"whole"`      // with Part: the text itself may be the name as well

	part    *regexp.Regexp // nil where the part has {domain} in it
	matches *regexp.Regexp
}

// person says when the person that a text names was active.
type person struct {
	condition
	At string   `json:"at"` // "reading", "ever", a field beside it, or a reference beside it and a field of what that names (key_id->destroyed_at)
	Or []string `json:"or"` // kinds that may be named as well
	// ActiveWhen limits to objects with these fields that the person must have been active then.
	ActiveWhen map[string][]string `json:"active_when"`
	Day        string              `json:"day"` // field beside it with the day on which the person's time ended
}

// object is what is compared of an object.
type object struct {
	order   [][]string
	ends    *ends
	tests   []test
	reached *reached
	least   []least
}

// ends says what cannot happen after an end.
type ends struct {
	At    []string `json:"at"`
	Stops []string `json:"stops"`
}

// test says what a test cannot have tested: what came after it.
type test struct {
	At     string   `json:"at"`
	Of     []string `json:"of"`
	Since  string   `json:"since"`
	Sample string   `json:"sample"` // field with the number of items that the test took
	Every  bool     `json:"every"`  // the test is of each of them
}

// reached says that an object that was used is named by something that lets somebody use it.
type reached struct {
	Used   string   `json:"used"`   // field that says that it was used
	ID     string   `json:"id"`     // field with its id, or its ids: one of them is enough
	By     string   `json:"by"`     // section, list and field: iam/policies/resources
	Except string   `json:"except"` // pattern of ids that need no such text
	Whole  string   `json:"whole"`  // pattern of a text there that covers every object
	With   string   `json:"with"`   // list beside that field
	Table  string   `json:"table"`  // of the reference data, by the texts of that list
	In     []string `json:"in"`     // classes in that table that are a use
}

// least says that a count over a window is no less than what dates elsewhere show.
type least struct {
	Count string   `json:"count"`
	Days  int      `json:"days"`
	Of    []string `json:"of"`   // dates: section/list/field
	Each  bool     `json:"each"` // each is one; else all together are at least one
}

// annotations are the keywords of this package at one place of the schema.
type annotations struct {
	ID         string     `json:"x-id"`
	Alias      string     `json:"x-alias"`
	References references `json:"x-ref"`
	Person     *person    `json:"x-person"`
	Not        []string   `json:"x-not"`
	Form       string     `json:"x-form"`
	NotBelow   string     `json:"x-not-below"`
	Future     bool       `json:"x-future"`
	Order      [][]string `json:"x-order"`
	Ends       *ends      `json:"x-ends"`
	Tests      []test     `json:"x-tests"`
	Reached    *reached   `json:"x-reached"`
	Least      []least    `json:"x-at-least"`
}

// references is one reference, or a list of them.
type references []*reference

func (r *references) UnmarshalJSON(data []byte) error {
	if data[0] == '[' {
		return json.Unmarshal(data, (*[]*reference)(r))
	}
	var one reference
	*r = references{&one}
	return json.Unmarshal(data, &one)
}

// Compile reads the annotations of a schema, which is a plain value.
func Compile(schema any) (*Plan, error) {
	root, _ := schema.(map[string]any)
	c := compiler{root: root, plan: &Plan{sections: map[string]Scope{}, inventories: map[string][]string{}}}
	properties, _ := root["properties"].(map[string]any)
	for name, form := range properties {
		fields, _ := form.(map[string]any)
		if scope, there := fields["x-scope"].(string); there {
			c.plan.sections[name] = Scope(scope)
		}
		if parameter, there := fields["x-plus-addresses"].(string); there {
			c.plan.plus = parameter
		}
	}
	var err error
	if c.plan.root, err = c.node("", root); err != nil {
		return nil, err
	}
	if c.plan.root == nil {
		c.plan.root = &node{}
	}
	return c.plan, nil
}

// Parameters are the names of those that the plan reads.
func (p *Plan) Parameters() []string {
	if p.plus == "" {
		return nil
	}
	return []string{p.plus}
}

// Scope is that of a section; empty where the schema does not say.
func (p *Plan) Scope(section string) Scope { return p.sections[section] }

type compiler struct {
	root map[string]any
	plan *Plan
}

// node is what the schema at a pointer asks for; nil for nothing.
func (c *compiler) node(pointer string, form map[string]any) (*node, error) {
	form = c.resolve(form)
	n := &node{fields: map[string]*node{}}
	properties, _ := form["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		below, _ := properties[name].(map[string]any)
		found, err := c.node(pointer+"/"+name, below)
		if err != nil {
			return nil, err
		}
		if found != nil {
			n.names, n.fields[name] = append(n.names, name), found
			n.registry = n.registry || found.registry
		}
	}
	if items, isList := form["items"].(map[string]any); isList {
		var err error
		if n.items, err = c.node(pointer+"/*", items); err != nil {
			return nil, err
		}
		n.registry = n.items != nil && n.items.registry
	}
	if err := c.annotate(n, pointer+"/", form); err != nil {
		return nil, fmt.Errorf("evidence schema, %s: %w", pointer, err)
	}
	if len(n.names) == 0 && n.items == nil && n.text == nil && n.object == nil {
		return nil, nil
	}
	return n, nil
}

// resolve follows a $ref; what stands beside it stays.
func (c *compiler) resolve(form map[string]any) map[string]any {
	ref, _ := form["$ref"].(string)
	name, isRef := strings.CutPrefix(ref, "#/$defs/")
	if !isRef {
		return form
	}
	definitions, _ := c.root["$defs"].(map[string]any)
	definition, _ := definitions[name].(map[string]any)
	resolved := maps.Clone(definition)
	maps.Copy(resolved, form)
	delete(resolved, "$ref")
	return resolved
}

// annotate reads the annotations of one place.
func (c *compiler) annotate(n *node, pointer string, form map[string]any) error {
	own := map[string]any{}
	for key, value := range form {
		if strings.HasPrefix(key, "x-") {
			own[key] = value
		}
	}
	format, _ := form["format"].(string)
	isDate := strings.HasPrefix(format, "date")
	if len(own) == 0 && !isDate {
		return nil
	}
	var a annotations
	if len(own) > 0 {
		encoded, err := json.Marshal(own)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(encoded, &a); err != nil {
			return err
		}
	}
	if a.Order != nil || a.Ends != nil || a.Tests != nil || a.Reached != nil || a.Least != nil {
		n.object = &object{order: a.Order, ends: a.Ends, tests: a.Tests, reached: a.Reached, least: a.Least}
	}
	t := &text{id: a.ID, alias: a.Alias, refs: a.References, person: a.Person, not: a.Not, below: a.NotBelow, date: isDate, future: a.Future}
	var err error
	for _, r := range t.refs {
		if r.Part != "" && !strings.Contains(r.Part, domainInPart) {
			if r.part, err = regexp.Compile(r.Part); err != nil {
				return err
			}
		}
		if r.Matches != "" {
			if r.matches, err = regexp.Compile(r.Matches); err != nil {
				return err
			}
		}
	}
	if a.Form != "" {
		if t.form, err = regexp.Compile(a.Form); err != nil {
			return err
		}
	}
	if t.id != "" || t.alias != "" {
		n.registry = true
	}
	if section := strings.Split(pointer, "/")[1]; section != "metadata" {
		for _, kind := range []string{t.id, t.alias} {
			if kind != "" && !slices.Contains(c.plan.inventories[kind], section) {
				c.plan.inventories[kind] = append(c.plan.inventories[kind], section)
			}
		}
	}
	if isDate || t.id != "" || t.alias != "" || t.refs != nil || t.person != nil || t.not != nil || t.form != nil || t.below != "" {
		n.text = t
	}
	if _, isList := form["items"]; isList && n.text != nil { // it is about the texts of the list
		if n.items == nil {
			n.items = &node{}
		}
		n.items.text, n.items.registry, n.text = n.text, n.registry, nil
	}
	return nil
}

// domainInPart stands in the pattern of a part for the id of the domain that the evidence is about.
const domainInPart = "{domain}"
