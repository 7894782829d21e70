package consistency

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Right is a class of rights that a person has, and what gives it.
type Right struct {
	Class   string
	Pointer string
}

// Rights are what policies give: to each person, by what the evidence calls the person, and what of them does not fit.
type Rights struct {
	Persons map[string][]Right
	Misfits []Contradiction
}

// apart says from whom the person, or the persons, of a field must differ: nobody reviews, approves or counts what is the same
// person's work.
type apart struct {
	Beside []string // fields of the same object that name a person, or several
	From   []string // persons elsewhere: section/…/field, through lists
	Rights []string // persons who have a right of one of these classes
	Some   bool     // of a list: one person who differs is enough
}

// role is what a person is or may do.
type role struct {
	pointer string
	words   string
}

// separation compares the persons of resolved evidence.
type separation struct {
	*run
	evidence map[string]any
	roles    map[*apart]map[string]role // elsewhere, by rule and person
}

// separate finds persons who review, approve or count what is their own work, in evidence whose persons are resolved.
func (r *run) separate(evidence map[string]any) {
	if !r.plan.root.separates {
		return
	}
	s := &separation{run: r, evidence: evidence, roles: map[*apart]map[string]role{}}
	s.walk(r.plan.root, evidence, &place{})
}

// readRights asks once for what the policies give, and notes what of it does not fit.
func (r *run) readRights(ask func(evidence map[string]any) Rights, evidence map[string]any) {
	if ask == nil {
		return
	}
	rights := ask(evidence)
	byName := map[string][]Right{}
	for _, text := range slices.Sorted(maps.Keys(rights.Persons)) {
		name, _ := r.find(text, moment{})
		byName[name] = append(byName[name], rights.Persons[text]...)
	}
	r.rights = byName
	r.found(rights.Misfits)
}

func (s *separation) walk(n *node, value any, at *place) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range n.names {
			below := n.fields[name]
			field, hasField := v[name]
			if !hasField || !below.separates {
				continue
			}
			place := &place{up: at, key: name}
			if below.apart != nil {
				s.compare(below.apart, field, place, v)
			}
			s.walk(below, field, place)
		}
	case []any:
		if n.items == nil || !n.items.separates {
			return
		}
		for i, item := range v {
			s.walk(n.items, item, &place{up: at, item: i, list: true})
		}
	}
}

// compare compares the persons of one field with those that they must differ from. around is the object that it is in.
func (s *separation) compare(rule *apart, value any, at *place, around map[string]any) {
	if s.roles[rule] == nil {
		s.roles[rule] = s.elsewhere(rule)
	}
	beside := map[string]role{}
	for _, name := range rule.Beside {
		persons(around[name], nil, at.up.below(name), func(person string, at *place) {
			beside[person] = role{at.pointer(), "is named under " + inWords(name) + " too"}
		})
	}
	var mixed []func()
	count := 0
	persons(value, nil, at, func(text string, at *place) {
		count++
		person, _ := s.find(text, moment{}) // a mailbox may be a person's, though its field names none
		other, hasRole := beside[person]
		if !hasRole {
			other, hasRole = s.roles[rule][person]
		}
		if hasRole {
			mixed = append(mixed, func() {
				s.report(at, "not_apart", []string{other.pointer}, map[string]any{"text": person, "role": other.words})
			})
		}
	})
	if rule.Some && len(mixed) < count {
		return
	}
	for _, report := range mixed {
		report()
	}
}

// elsewhere are the persons whom a rule names beyond the object, each with the first place that says so.
func (s *separation) elsewhere(rule *apart) map[string]role {
	roles := map[string]role{}
	note := func(person string, r role) {
		if _, hasRole := roles[person]; !hasRole {
			roles[person] = r
		}
	}
	for _, path := range rule.From {
		parts := strings.Split(path, "/")
		last := len(parts) - 1
		words := "is named under " + inWords(parts[last]) + " in /" + strings.Join(parts[:last], "/")
		persons(s.evidence, parts, &place{}, func(person string, at *place) { note(person, role{at.pointer(), words}) })
	}
	if rule.Rights == nil {
		return roles
	}
	for person, rights := range s.rights {
		rights = slices.DeleteFunc(slices.Clone(rights), func(right Right) bool { return !slices.Contains(rule.Rights, right.Class) })
		if len(rights) > 0 {
			first := slices.MinFunc(rights, func(a, b Right) int {
				return cmp.Or(cmp.Compare(a.Pointer, b.Pointer), cmp.Compare(a.Class, b.Class))
			})
			note(person, role{first.Pointer, "has the right to " + inWords(first.Class)})
		}
	}
	return roles
}

// persons calls for each text that a path leads to.
func persons(value any, path []string, at *place, visit func(person string, at *place)) {
	switch v := value.(type) {
	case map[string]any:
		if len(path) > 0 {
			persons(v[path[0]], path[1:], &place{up: at, key: path[0]}, visit)
		}
	case []any:
		for i, item := range v {
			persons(item, path, &place{up: at, item: i, list: true}, visit)
		}
	case string:
		if len(path) == 0 {
			visit(v, at)
		}
	}
}
