// Package consistency compares the facts of evidence with each other: references with the objects they name, persons with
// the directory of people, dates with the dates before and after them. What to compare stands in annotations of the evidence
// schema; nothing here knows a field. The time it takes grows with the evidence, not with its square.
package consistency

import (
	"cmp"
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
	kinds       []string        // that have one, sorted
	keys        map[string]any  // of what is asked most often: what is kept of a kind
	readings    map[string]any  // and when a section was read
	single      map[string]bool // the kinds of which no two objects may have the same id
	shares      []*share
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
	names     []string // of the fields below, sorted
	fields    map[string]*node
	items     *node // of a list
	text      *text
	object    *object
	apart     *apart
	registry  bool // an id stands in it or below it
	separates bool // a person stands in it or below it who must differ from others
}

// text is what is compared of a text, or of the texts of a list.
type text struct {
	id, alias string // the kind of object that it names, alone or besides the id
	refs      []*reference
	with      []*with
	person    *person
	not       []string // kinds that it may not name
	unlike    []string // kinds of which no object has this id
	otherThan *otherThan
	dated     string // date beside it that none of the dates in the text lies after
	number    *registered
	form      *regexp.Regexp
	listed    string // table of the texts that it may be
	below     string // table of domains that it may not be, or be below
	among     string // list beside it that has it
	route     *route
	program   *program
	groups    string  // table of words that name several people
	hollow    *hollow // by what it names nothing that exists
	numbered  bool    // it has a digit, or is an address
	ranged    bool    // it is an address, or a range of addresses, of clients
	date      bool
	future    bool
	years     int // after the reading that a date may lie at most; 0 for no limit
}

// route says by what a text leads to nobody.
type route struct {
	Dead   string // table of words, hosts and schemes
	Public string // table of domains of public mail providers: an address there is one of the directory of people
	Words  string // table of words that are no target
	// Domains is the path to the organisation's own domains. An address at another one is that of a person, or the name of an
	// object of the kinds in Or.
	Domains string
	Or      []string
	Form    *regexp.Regexp // of channels, addresses and numbers; any other text is the name of a person
}

// condition limits an annotation to objects with certain fields.
type condition struct {
	When   map[string][]string // fields with one of these values
	Absent []string            // fields that are not there
	Unless map[string][]string // fields, of which none has one of these values
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
	SameDay   map[string][]string
	NotBefore map[string][]string // field here: fields of the object named, which are not later
	NotAfter  map[string][]string // field here: fields of the object named, which are not earlier
	SlackDays int                 // by which NotBefore, NotAfter and Kept may be missed
	Kept      map[string][]string // date here: number of days of the object named, which is how long it keeps things
	Same      map[string][]string // field here: field of the object named, which is the same text
	Made      map[string][]string // date here: dates of the objects, of which the first that is given says when it was made; one made since is another
	Until     string              // date here, after which the state does not matter any more
	Whole     bool                // with Part: the text itself may be the name as well
	Lists     string              // with Part: list of the object named, which has what the second group captures
	Always    bool                // it must name an object, also where no section that could hold it is in the evidence
	Optional  bool                // it may name nothing
	Acyclic   bool                // what it names does not lead back by the same field
	Recent    *recent             // it must be listed for that time only
}

// recent is the time for which what a text names is listed: a date beside it that is at most some days before the reading.
type recent struct {
	Field string
	Days  int
}

// with compares dates with those of the items of a list elsewhere that have the same text in one of their fields.
type with struct {
	condition
	Of        string              // section/list
	By        string              // field of the items
	NotBefore map[string][]string // field here: fields there, of which the first that is given is not later
	NotAfter  map[string][]string // field here: fields there, of which the first that is given is not earlier
}

// person says when the person that a text names was active.
type person struct {
	condition
	At string   // "reading", "some_reading", "ever", a field beside it, or a reference beside it and a field of what that names (key_id->destroyed_at)
	Or []string // kinds that may be named as well
	// ActiveWhen limits to objects with these fields that the person must have been active then.
	ActiveWhen map[string][]string
	SlackDays  int     // for which the person may have left before that time
	Among      string  // kind of the objects of which one names the same person, while the person is there
	Recent     *recent // for how long it must
	// Free are the objects with these fields in which the text need not name a person.
	Free map[string][]string
	Day  string // field beside it with the day on which the person's time ended
	Same string // field beside it that names the same person, where it names one
	// Also are dates beside it on which the person must have been active as well, each for objects with these fields.
	Also map[string]map[string][]string
	// Since are dates beside it that do not lie before the person's first day, each for objects with these fields.
	Since map[string]map[string][]string
}

// object is what is compared of an object.
type object struct {
	order    []order
	notAbove [][]string
	ends     []ends
	tests    []test
	reached  *reached
	counts   []count
	never    []never
	fits     []fit
	named    []named
	record   *record
	only     []only
	over     *over
	lacks    []lacks
}

// order says in which order dates stand.
type order struct {
	condition
	Dates     []string
	SlackDays int // by which it may be missed
	// WithinDays is how far each date may lie after the one before it; 0: however far.
	WithinDays int
}

// only says that some texts are for objects with certain fields alone.
type only struct {
	condition
	Fields []string
}

// ends says what cannot happen after an end.
type ends struct {
	At    []string
	Stops []string
	// Unless are fields with one of these values: then it can happen. Where none of them is given, it can too if one of the
	// lists Named (section/list/field) names the object.
	Unless map[string][]string
	Named  []string
}

// test says what a test cannot have tested: what came after it.
type test struct {
	condition
	At    string
	Of    []string            // lists below the object; with a slash in front, below the evidence
	Where map[string][]string // fields of the items
	Since []string            // fields of the items, of which the first that is given counts
	Every bool                // the test is of each of them
}

// never says what a field cannot be where other fields have certain values.
type never struct {
	Where  map[string][]string
	Field  string
	Values []string // what it cannot be; none: it cannot be there at all
	Past   bool     // it is a date that cannot lie before the reading
	Future bool     // it is a date that cannot lie after the reading
}

// fit says that the values of fields are among those that a row of the reference data has.
type fit struct {
	Table string
	By    string            // field with the name of the row
	In    map[string]string // field here: list of the row
}

// reached says that an object that was used is named by something that lets somebody use it.
type reached struct {
	Used   string         // field that says that it was used
	ID     string         // field with its id, or its ids: one of them is enough
	By     string         // section, list and field: iam/policies/resources
	Except *regexp.Regexp // pattern of ids that need no such text
	Whole  *regexp.Regexp // pattern of a text there that covers every object
	Groups string         // section, list and two fields, as a/b/name/texts: a text there may be the name of a group of texts
	Days   int            // before the reading, in which a use after the end needs one too
	use                   // by a list beside that field
}

// use says which texts of a list let somebody do something of a class.
type use struct {
	With  string   // field with the list; empty: any object does
	Table string   // of the reference data, by the texts of that list
	In    []string // classes in that table that are a use
}

// named says that an object that is in use is named elsewhere: what nothing names has no purpose that the evidence shows.
type named struct {
	condition
	Names []string // fields with its id, or with other texts that stand for it
	By    []string // paths to the texts that may name it, through lists
	Used  string   // date of its last use
	Days  int      // days before the reading in which a use counts
	New   string   // date since which it is there
	Wait  int      // days after that in which nothing need name it
	// Successor is a field with the object that took its place, which may be named instead, for objects with the fields Retiring.
	Successor string
	Retiring  map[string][]string
}

// record says that a file shows an event: two events of different days have files of their own.
type record struct {
	condition
	Artifact string
	Dates    []string // of the event: two records are of one event where a date of one is near a date of the other
	Days     int      // what is near
	By       string   // field that is the same in two records of one event
	Document bool     // it is in force for long: two documents may be one file
}

// Compile reads the annotations of a schema, which is a plain value.
func Compile(schema any) (*Plan, error) {
	root, _ := schema.(map[string]any)
	c := compiler{root: root, patterns: map[string]*regexp.Regexp{}, plan: &Plan{sections: map[string]Scope{}, inventories: map[string][]string{}, single: map[string]bool{}, keys: map[string]any{}, readings: map[string]any{}}}
	properties, _ := root["properties"].(map[string]any)
	for name, form := range properties {
		fields, _ := form.(map[string]any)
		if scope, hasScope := fields["x-scope"].(string); hasScope {
			c.plan.sections[name] = Scope(scope)
		}
		if parameter, hasParameter := fields["x-plus-addresses"].(string); hasParameter {
			c.plan.plus = parameter
		}
	}
	var err error
	if c.plan.root, err = c.node("", root); err != nil {
		return nil, err
	}
	for _, sections := range c.plan.inventories {
		slices.Sort(sections)
	}
	c.plan.kinds = slices.Sorted(maps.Keys(c.plan.inventories))
	for _, kind := range c.plan.kinds {
		c.plan.keys[kind] = kindOf(kind)
	}
	for name := range properties {
		c.plan.readings[name] = readingOf(name)
	}
	slices.SortFunc(c.plan.shares, func(a, b *share) int { return cmp.Compare(a.List, b.List) })
	if c.plan.root == nil {
		c.plan.root = &node{}
	}
	return c.plan, nil
}

// Parameters are the names of those that the plan reads.
func (p *Plan) Parameters() []string {
	if p == nil || p.plus == "" {
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
	if value, hasOwn := f.own[key]; hasOwn {
		return value
	}
	return f.definition[key]
}

// leads is the part of the schema that a path leads to; "*" stands for each item of a list.
func (f form) leads(c *compiler, path string) form {
	for name := range strings.SplitSeq(path, "/") {
		below, _ := f.get("items").(map[string]any)
		if name != "*" {
			properties, _ := f.get("properties").(map[string]any)
			below, _ = properties[name].(map[string]any)
		}
		if below == nil {
			return form{}
		}
		f = c.form(below)
	}
	return f
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

// inventory notes the section of a text that names an object itself, and reports whether it does.
func (c *compiler) inventory(pointer string, t *text) (registry bool) {
	section, _, _ := strings.Cut(pointer[1:], "/")
	if t.id != "" {
		c.plan.single[t.id] = true
	}
	for _, kind := range []string{t.id, t.alias} {
		if kind == "" {
			continue
		}
		registry = true
		if !slices.Contains(c.plan.inventories[kind], section) {
			c.plan.inventories[kind] = append(c.plan.inventories[kind], section)
		}
	}
	return registry
}

// node is what the schema at a pointer asks for; nil for nothing.
func (c *compiler) node(pointer string, own map[string]any) (*node, error) {
	f := c.form(own)
	n := &node{}
	properties, _ := f.get("properties").(map[string]any)
	for name, below := range properties {
		fields, _ := below.(map[string]any)
		child, err := c.node(pointer+"/"+name, fields)
		if err != nil {
			return nil, err
		}
		if child == nil {
			continue
		}
		if n.fields == nil {
			n.fields = map[string]*node{}
		}
		n.names, n.fields[name] = append(n.names, name), child
		n.registry, n.separates = n.registry || child.registry, n.separates || child.separates
	}
	slices.Sort(n.names)
	items, isList := f.get("items").(map[string]any)
	if isList {
		var err error
		if n.items, err = c.node(pointer+"/*", items); err != nil {
			return nil, err
		}
		n.registry, n.separates = n.items != nil && n.items.registry, n.items != nil && n.items.separates
	}
	r := reader{compiler: c, form: f}
	n.text, n.object, n.apart = r.text(), r.object(), r.apart()
	n.separates = n.separates || n.apart != nil
	if s := r.share(); s != nil {
		c.plan.shares = append(c.plan.shares, s)
	}
	if r.err != nil {
		return nil, fmt.Errorf("evidence schema, %s: %w", pointer, r.err)
	}
	if n.text != nil {
		n.registry = c.inventory(pointer, n.text) || n.registry
		if isList { // it is about the texts of the list
			if n.items == nil {
				n.items = &node{}
			}
			n.items.text, n.items.registry, n.text = n.text, n.registry, nil
		}
	}
	if len(n.names) == 0 && n.items == nil && n.text == nil && n.object == nil && n.apart == nil {
		return nil, nil
	}
	return n, nil
}
