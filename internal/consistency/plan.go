// Package consistency compares the facts of evidence with each other: references with the objects they name, persons with
// the directory of people, dates with the dates before and after them. What to compare stands in annotations of the evidence
// schema; nothing here knows a field. The time it takes grows with the evidence, not with its square.
package consistency

import (
	"fmt"
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
	When   map[string][]string // fields with one of these values; an empty one stands for a field that is not there
	Absent []string            // fields that are not there
}

// reference says what a text may name.
type reference struct {
	condition
	To        []string
	States    []string
	Part      *regexp.Regexp      // pattern; what it captures is the name, and a text that does not match is not judged
	Matches   *regexp.Regexp      // pattern of texts that name something outside the evidence
	Tables    []string            // of the reference data: their keys may be named as well
	Where     map[string][]string // fields of the object named
	SameDay   map[string]string
	NotBefore map[string]string // field here: field of the object named, which is not later
	NotAfter  map[string]string // field here: field of the object named, which is not earlier
	Until     string            // date here, after which the state does not matter any more
	Whole     bool              // with Part: the text itself may be the name as well
	Optional  bool              // another reference of the text says what it must name; this one is about some of that
	Same      map[string]string // field here: field of the object named, or of what a field there names (client->workload)
}

// person says when the person that a text names was active.
type person struct {
	condition
	At string   // "reading", "ever", a field beside it, or a reference beside it and a field of what that names (key_id->destroyed_at)
	Or []string // kinds that may be named as well
	// ActiveWhen limits to objects with these fields that the person must have been active then.
	ActiveWhen map[string][]string
	Day        string // field beside it with the day on which the person's time ended
}

// object is what is compared of an object.
type object struct {
	order    [][]string
	ends     *ends
	tests    []test
	reached  []*reached
	excludes []excluded
	least    []least
	tallies  []tally
}

// ends says what cannot happen after an end.
type ends struct {
	At    []string
	Stops []string
}

// test says what a test cannot have tested: what came after it.
type test struct {
	At     string
	Of     []string
	Since  string
	Sample string // field with the number of items that the test took
	Every  bool   // the test is of each of them
}

// excluded says that fields cannot be given where other fields have certain values.
type excluded struct {
	condition
	Fields []string
}

// reached says that an object that was used is named by something that lets somebody use it, or that it is used for.
type reached struct {
	condition
	Otherwise string         // the condition of the finding
	Used      string         // field that says that it was used
	ID        string         // field with its id, or its ids: one of them is enough
	By        string         // section, list and field: iam/policies/resources
	Except    *regexp.Regexp // pattern of ids that need no such text
	Whole     *regexp.Regexp // pattern of a text there that covers every object
	With      string         // list beside that field
	Table     string         // of the reference data, by the texts of that list
	In        []string       // classes in that table that are a use
}

// least says that a count over a window is no less than what dates elsewhere show.
type least struct {
	Count string
	Days  int
	Of    []string // dates: section/list/field
	Each  bool     // each is one; else all together are at least one
}

// tally says that a count is of what stands beside it.
type tally struct {
	Count string
	Of    string // a list, or an object that is one
}

// Compile reads the annotations of a schema, which is a plain value.
func Compile(schema any) (*Plan, error) {
	root, _ := schema.(map[string]any)
	c := compiler{root: root, patterns: map[string]*regexp.Regexp{}, plan: &Plan{sections: map[string]Scope{}, inventories: map[string][]string{}}}
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
	root     map[string]any
	plan     *Plan
	patterns map[string]*regexp.Regexp
}

// form is a part of the schema: what stands at a place, and what its $ref leads to.
type form struct{ own, definition map[string]any }

func (f form) get(key string) any {
	if value, there := f.own[key]; there {
		return value
	}
	return f.definition[key]
}

func (c *compiler) form(own map[string]any) form {
	ref, _ := own["$ref"].(string)
	name, isRef := strings.CutPrefix(ref, "#/$defs/")
	if !isRef {
		return form{own: own}
	}
	definitions, _ := c.root["$defs"].(map[string]any)
	definition, _ := definitions[name].(map[string]any)
	return form{own, definition}
}

// node is what the schema at a pointer asks for; nil for nothing.
func (c *compiler) node(pointer string, own map[string]any) (*node, error) {
	f := c.form(own)
	n := &node{}
	properties, _ := f.get("properties").(map[string]any)
	for name, below := range properties {
		fields, _ := below.(map[string]any)
		found, err := c.node(pointer+"/"+name, fields)
		if err != nil {
			return nil, err
		}
		if found == nil {
			continue
		}
		if n.fields == nil {
			n.fields = map[string]*node{}
		}
		n.names, n.fields[name] = append(n.names, name), found
		n.registry = n.registry || found.registry
	}
	slices.Sort(n.names)
	items, isList := f.get("items").(map[string]any)
	if isList {
		var err error
		if n.items, err = c.node(pointer+"/*", items); err != nil {
			return nil, err
		}
		n.registry = n.items != nil && n.items.registry
	}
	r := reader{compiler: c, form: f}
	n.text, n.object = r.text(), r.object()
	if r.err != nil {
		return nil, fmt.Errorf("evidence schema, %s: %w", pointer, r.err)
	}
	if n.text != nil {
		section, _, _ := strings.Cut(pointer[1:], "/")
		for _, kind := range []string{n.text.id, n.text.alias} {
			if kind == "" {
				continue
			}
			n.registry = true
			if !slices.Contains(c.plan.inventories[kind], section) {
				c.plan.inventories[kind] = append(c.plan.inventories[kind], section)
			}
		}
		if isList { // it is about the texts of the list
			if n.items == nil {
				n.items = &node{}
			}
			n.items.text, n.items.registry, n.text = n.text, n.registry, nil
		}
	}
	if len(n.names) == 0 && n.items == nil && n.text == nil && n.object == nil {
		return nil, nil
	}
	return n, nil
}
