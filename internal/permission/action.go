package permission

import (
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
)

// Class is what an action lets an identity do, from the least to the worst.
type Class int

// The classes, in the order of the reference data.
const (
	ReadMetadata Class = iota
	UseKey
	ReadSecret
	Administer
	Export
	Destroy
	Escalate
	classCount
)

var classNames = [classCount]string{"read_metadata", "use_key", "read_secret", "administer", "export", "destroy", "escalate"}

func (c Class) String() string { return classNames[c] }

type classes uint8

func classesOf(all ...Class) classes {
	var set classes
	for _, class := range all {
		set |= 1 << class
	}
	return set
}

func (c classes) has(class Class) bool { return c&(1<<class) != 0 }

func (c classes) names() []any {
	names := []any{}
	for class := ReadMetadata; class < classCount; class++ {
		if c.has(class) {
			names = append(names, class.String())
		}
	}
	return names
}

// object is what an action is done to, as far as rights on it are told apart.
type object uint8

const (
	otherObject object = 1 << iota
	serviceKey
	kmipObject
	secretObject
	logObject
	accessObject // access that is taken away
	certificate  // that is made
	// Rights on these are none on keys.
	besides = logObject | accessObject
)

// Action is an action of a policy, or a scope of an API client, looked up in the table of the provider's actions.
type Action struct {
	Text     string // as it is written
	Wildcard bool   // it stands for several actions
	Known    bool   // the table has it, or has what its wildcards stand for
	rights   []right
}

// effect is what an action does that its class does not say.
type effect string

const (
	publicEffect effect = "public"   // anybody with the public key can do it without the service
	pauseEffect  effect = "pause"    // stops the use of a key that stays where it is
	endsLogs     effect = "end_logs" // ends a recording of logs, or an alarm
)

// right is a class of actions on one kind of object.
type right struct {
	class   Class
	objects object
	effect  effect
}

// Classes are the names of the classes that the action has on keys, secrets and access to them.
func (a Action) Classes() []string {
	var names []string
	for class := ReadMetadata; class < classCount; class++ {
		if a.classes(^besides).has(class) {
			names = append(names, class.String())
		}
	}
	return names
}

// classes are those of the action on some objects.
func (a Action) classes(objects object) classes {
	var set classes
	for _, r := range a.rights {
		if r.objects&objects != 0 {
			set |= 1 << r.class
		}
	}
	return set
}

// without is the action as far as it does not have an effect.
func (a Action) without(e effect) Action {
	a.rights = slices.DeleteFunc(slices.Clone(a.rights), func(r right) bool { return r.effect == e })
	return a
}

func (a Action) has(e effect) bool {
	return slices.ContainsFunc(a.rights, func(r right) bool { return r.effect == e })
}

// Table is the provider's actions, by every spelling.
type Table struct {
	rows    map[string]right  // by spelling in lower case
	names   []string          // the keys of rows, sorted
	nameOf  map[string]string // the name of each row, by spelling
	unknown right
	// operations are those of which a service key must have one for an action, by spelling; states are those of a key for an operation.
	operations, states map[string][]string
}

// NewTable reads the tables actions, key_operations and unknown_action of the reference data. What they lack counts as the worst class.
func NewTable(reference map[string]any) *Table {
	t := &Table{
		rows: map[string]right{}, nameOf: map[string]string{}, unknown: right{class: Escalate, objects: ^besides},
		operations: map[string][]string{}, states: map[string][]string{},
	}
	for operation, row := range fieldsOf(reference["key_operations"]) {
		t.states[operation] = texts(fieldsOf(row), "states")
	}
	for name, row := range fieldsOf(reference["actions"]) {
		fields := fieldsOf(row)
		class := classOf(text(fields, "class"))
		r := right{class, objectOf(class, text(fields, "object")), effect(text(fields, "effect"))}
		for _, spelling := range append([]string{name}, texts(fields, "other_spellings")...) {
			t.rows[fold(spelling)], t.nameOf[fold(spelling)] = r, fold(name)
			if operations := texts(fields, "operations"); len(operations) > 0 {
				t.operations[fold(spelling)] = operations
			}
		}
	}
	for name := range t.rows {
		t.names = append(t.names, name)
	}
	slices.Sort(t.names)
	return t
}

// classOf is the class of that name; the worst for any other name.
func classOf(name string) Class {
	if at := slices.Index(classNames[:], name); at >= 0 {
		return Class(at)
	}
	return Escalate
}

// objectOf is what a class of actions is told apart by. Revoking a certificate or disabling a user takes access away: it
// counts beside the rights on keys.
func objectOf(class Class, name string) object {
	switch {
	case name == "service_key":
		return serviceKey
	case name == "kmip_object":
		return kmipObject
	case name == "secret":
		return secretObject
	case strings.HasPrefix(name, "log"):
		return logObject
	case class == Escalate && name == "certificate":
		return certificate
	case class == Administer && name != "secret_config" && name != "domain" && name != "unknown":
		return accessObject
	}
	return otherObject
}

// Action looks an action up. An API path, as the rules of application keys have it, reads metadata where it is a GET of one
// path, and counts as the worst class otherwise.
func (t *Table) Action(text string) Action {
	a := Action{Text: text, Wildcard: strings.Contains(text, "*")}
	name := fold(text)
	if method, path, isPath := apiPath(name); isPath {
		a.Known, a.rights = true, []right{t.unknown}
		if method == "get" && !a.Wildcard && !strings.Contains(path, "/secret") {
			a.rights = []right{{class: ReadMetadata, objects: otherObject}}
		}
		return a
	}
	if r, hasRow := t.rows[name]; hasRow {
		a.Known, a.rights = true, []right{r}
		return a
	}
	if a.Wildcard {
		seen := map[right]bool{}
		for _, row := range t.matching(name) {
			if r := t.rows[row]; !seen[r] {
				seen[r] = true
				a.rights = append(a.rights, r)
			}
		}
		a.Known = len(a.rights) > 0
	}
	if !a.Known {
		a.rights = []right{t.unknown}
	}
	return a
}

// covers reports whether an action, or a pattern of actions, stands for another.
func (t *Table) covers(pattern, action string) bool {
	pattern, action = fold(pattern), fold(action)
	name, isListed := t.nameOf[action]
	return pattern == action || isListed && t.nameOf[pattern] == name || ovhterms.Matches(pattern, action)
}

// matching are the spellings that a pattern stands for.
func (t *Table) matching(pattern string) []string {
	fixed, _, _ := strings.Cut(pattern, "*")
	from, _ := slices.BinarySearch(t.names, fixed)
	var all []string
	for _, name := range t.names[from:] {
		if !strings.HasPrefix(name, fixed) {
			break
		}
		if ovhterms.Matches(pattern, name) {
			all = append(all, name)
		}
	}
	return all
}

// apiPath reads a path of the API, with a method before it or not.
func apiPath(name string) (method, path string, isPath bool) {
	if strings.HasPrefix(name, "/") {
		return "", name, true
	}
	method, path, _ = strings.Cut(name, " ")
	path = strings.TrimSpace(path)
	return method, path, strings.HasPrefix(path, "/")
}
