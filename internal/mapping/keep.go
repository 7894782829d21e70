package mapping

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/theory/jsonpath/spec"

	"github.com/raci-check/raci-check/internal/collect/redact"
)

// keep is what is kept of the parts that were read: what the mapping names, and no more. Lists keep their lengths, with null for what is
// not kept, so that indexes and pointers stay as they are. Reading it again gives the same facts.
func (f *fill) keep(parts []part) []any {
	kept := make([]any, len(parts))
	groups := [][]int{}
	if f.groupBy == nil {
		for i := range parts {
			groups = append(groups, []int{i})
		}
	} else {
		groups = f.groupBy.indexes(parts)
	}
	for _, group := range groups {
		if f.groupBy == nil {
			kept[group[0]] = settled(keepFields(parts[group[0]].value, f.fields))
			continue
		}
		members := make([]any, len(group))
		for i, at := range group {
			members[i] = parts[at].value
		}
		all, _ := keepFields(members, f.fields).([]any)
		for i, at := range group {
			named := f.groupBy.keep(parts[at].value, keepText)
			if i < len(all) {
				named = union(named, all[i])
			}
			kept[at] = settled(named)
		}
	}
	return kept
}

// indexes are the parts of each group that an expression makes, by their places.
func (e *expression) indexes(parts []part) [][]int {
	places := map[string]int{}
	var groups [][]int
	for i, p := range parts {
		keys := e.find(p)
		if len(keys) == 0 {
			continue // it belongs to no item
		}
		key := textOf(keys[0].value)
		at, isThere := places[key]
		if !isThere {
			at = len(groups)
			places[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

// absent stands for what is not kept, and present for a value of which only counts that it is there.
type (
	absent  struct{}
	present struct{}
)

// settled is what is kept, as JSON.
func settled(kept any) any {
	switch k := kept.(type) {
	case absent:
		return nil
	case present:
		return true
	case map[string]any:
		for name, below := range k {
			if below == any(absent{}) {
				delete(k, name)
				continue
			}
			k[name] = settled(below)
		}
	case []any:
		for i := range k {
			k[i] = settled(k[i])
		}
	}
	return kept
}

// union is what is kept of a value by two reasons.
func union(a, b any) any {
	switch {
	case a == nil, isStandIn(a):
		if b == nil || b == any(absent{}) {
			return a
		}
		return b
	case b == nil, isStandIn(b):
		return a
	}
	switch x := a.(type) {
	case map[string]any:
		if y, isObject := b.(map[string]any); isObject {
			for name, below := range y {
				if before, isThere := x[name]; isThere {
					below = union(before, below)
				}
				x[name] = below
			}
		}
	case []any:
		if y, isList := b.([]any); isList && len(x) == len(y) {
			for i := range x {
				x[i] = union(x[i], y[i])
			}
		}
	}
	return a
}

func isStandIn(kept any) bool { return kept == any(absent{}) || kept == any(present{}) }

func keepFields(value any, fields []*field) any {
	kept := emptied(value)
	for _, f := range fields {
		leaf := keepText
		switch {
		case f.count:
			leaf = keepPresence
			kept = union(kept, f.from.keepRecord(value))
		case f.fields != nil:
			leaf = func(item any) any { return keepFields(item, f.fields) }
		}
		kept = union(kept, f.from.keep(value, leaf))
		if f.provenBy != nil {
			kept = union(kept, f.provenBy.keep(value, keepPresence))
		}
	}
	return kept
}

// keepRecord keeps of an object that is a record, and not what the expression chooses members of, what shows that.
func (e *expression) keepRecord(value any) any {
	kept := emptied(value)
	if record, isObject := value.(map[string]any); isObject && e.choosesMembers() {
		names := slices.Sorted(maps.Keys(record))
		for _, name := range names {
			if isScalar(record[name]) {
				put(kept, spec.Name(name), present{})
				return kept
			}
		}
		if len(names) > 0 { // one without a member tells less
			put(kept, spec.Name(names[0]), emptied(record[names[0]]))
		}
	}
	return kept
}

// keepText keeps a text, a number or a boolean, and those in a list.
func keepText(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return map[string]any{}
	case []any:
		texts := make([]any, len(v))
		for i, item := range v {
			texts[i] = absent{}
			if emptied(item) == any(absent{}) {
				texts[i] = item
			}
		}
		return texts
	default:
		return value
	}
}

// keepPresence keeps that there is a value that find would answer.
func keepPresence(value any) any {
	if value == nil || value == any(redact.Mark) {
		return value
	}
	if kept := emptied(value); kept != any(absent{}) {
		return kept
	}
	return present{}
}

// emptied is an object or a list of which nothing is kept but that it is one; absent for any other value.
func emptied(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return map[string]any{}
	case []any:
		list := make([]any, len(v))
		for i := range list {
			list[i] = absent{}
		}
		return list
	default:
		return absent{}
	}
}

// step is a segment of an expression, as keep walks it.
type step struct {
	selectors    []selector
	isDescendant bool // it is tried on all that is below, too
}

// selector is one of a step. A filter looks at members of these names, and perhaps at items of lists.
type selector struct {
	spec.Selector
	names    map[string]bool // nil of any other selector
	intoList bool
}

func stepsOf(segments []*spec.Segment) []step {
	steps := make([]step, len(segments))
	for i, segment := range segments {
		steps[i].isDescendant = strings.HasPrefix(segment.String(), "..")
		for _, of := range segment.Selectors() {
			chosen := selector{Selector: of}
			if filter, isFilter := of.(*spec.FilterSelector); isFilter {
				text := filter.String()
				if looksBelow(text) {
					chosen.names, chosen.intoList = namesIn(text), intoList.MatchString(text)
				}
			}
			steps[i].selectors = append(steps[i].selectors, chosen)
		}
	}
	return steps
}

// keep is what the expression reads of a value; leaf keeps of what it finds.
func (e *expression) keep(value any, leaf func(any) any) any {
	kept := walk{value, leaf}.path(value, e.steps)
	if e.whole != nil { // a filter looks at the whole
		kept = union(kept, limited(value, e.whole))
	}
	if e.or != nil {
		kept = union(kept, e.or.keep(value, leaf))
	}
	return kept
}

// wholeNames are the names of members that filters look at from the root; nil where none does.
func wholeNames(text string) map[string]bool {
	if !strings.Contains(text, "?") || !strings.Contains(text[1:], "$") {
		return nil
	}
	return namesIn(text)
}

// walk follows an expression through a value.
type walk struct {
	root any
	leaf func(any) any
}

func (w walk) path(value any, steps []step) any {
	if len(steps) == 0 {
		return w.leaf(value)
	}
	kept := emptied(value)
	if kept == any(absent{}) { // nothing is below
		return kept
	}
	for _, of := range steps[0].selectors {
		if name, isName := of.Selector.(spec.Name); isName { // as nearly all are
			if fields, isObject := value.(map[string]any); isObject {
				if below, isThere := fields[string(name)]; isThere {
					put(kept, name, w.path(below, steps[1:]))
				}
			}
			continue
		}
		if of.names != nil { // a filter is to choose the same again, so it needs what it looks at
			for _, child := range spec.Wildcard().SelectLocated(value, w.root, nil) {
				if seen := of.looked(child.Node); seen != nil {
					put(kept, child.Path[0], seen)
				}
			}
		}
		for _, node := range of.SelectLocated(value, w.root, nil) {
			put(kept, node.Path[0], w.path(node.Node, steps[1:]))
		}
	}
	if steps[0].isDescendant {
		for _, child := range spec.Wildcard().SelectLocated(value, w.root, nil) {
			if below := w.path(child.Node, steps); below != any(absent{}) {
				put(kept, child.Path[0], below)
			}
		}
	}
	return kept
}

// put keeps something of a member of an object or an item of a list.
func put(kept any, at spec.NormalSelector, below any) {
	switch k := kept.(type) {
	case map[string]any:
		if name, isName := at.(spec.Name); isName {
			before, isThere := k[string(name)]
			if isThere {
				below = union(before, below)
			}
			k[string(name)] = below
		}
	case []any:
		if index, isIndex := at.(spec.Index); isIndex && int(index) < len(k) {
			k[index] = union(k[index], below)
		}
	}
}

// word is what may be a name of a member in an expression: a name behind a dot, or a text in quotes.
var word = regexp.MustCompile(`[\p{L}_][\p{L}\p{N}_]*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"`)

// namesIn are the words of a filter, of which some are names of members.
func namesIn(text string) map[string]bool {
	names := map[string]bool{}
	for _, name := range word.FindAllString(text, -1) {
		names[strings.Trim(name, `'"`)] = true
	}
	return names
}

// looksBelow reports whether a filter looks at what is below the value that it is tried on, and not at the value alone, as in @ == $.a.
func looksBelow(text string) bool {
	depth, quote := 0, rune(0)
	for i, r := range text {
		switch {
		case quote != 0:
			if r == quote && text[i-1] != '\\' {
				quote = 0
			}
		case r == '"' || r == '\'':
			quote = r
		case r == '[':
			depth++
		case r == ']':
			depth--
		case r == '@' && depth == 0 && strings.HasPrefix(text[i+1:], "["):
			return true
		}
	}
	return false
}

// intoList finds that a filter looks at the items of a list that it is tried on.
var intoList = regexp.MustCompile(`@\[[^"']`)

// looked is what a filter looks at of a value; nil where there is nothing.
func (s selector) looked(value any) any {
	switch value.(type) {
	case map[string]any:
		if seen := limited(value, s.names).(map[string]any); len(seen) > 0 {
			return seen
		}
	case []any:
		if s.intoList {
			return limited(value, s.names)
		}
	}
	return nil
}

// limited is a value with only the members of these names, at any depth.
func limited(value any, names map[string]bool) any {
	switch v := value.(type) {
	case map[string]any:
		kept := map[string]any{}
		for name, below := range v {
			if names[name] {
				kept[name] = limited(below, names)
			}
		}
		return kept
	case []any:
		kept := make([]any, len(v))
		for i := range v {
			kept[i] = limited(v[i], names)
		}
		return kept
	default:
		return value
	}
}
