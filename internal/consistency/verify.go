package consistency

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Verify finds annotations that name something that is not there: they would never find anything.
func (p *Plan) Verify(reference map[string]any) []string {
	v := verifier{plan: p, reference: reference}
	v.node("", p.root, nil)
	slices.Sort(v.problems)
	return v.problems
}

type verifier struct {
	plan      *Plan
	reference map[string]any
	problems  []string
}

func (v *verifier) problem(pointer, format string, args ...any) {
	v.problems = append(v.problems, pointer+": "+fmt.Sprintf(format, args...))
}

// node looks at the annotations of one node; within is the object that it is in.
func (v *verifier) node(pointer string, n, within *node) {
	for _, name := range n.names {
		v.node(pointer+"/"+name, n.fields[name], n)
	}
	if n.items != nil {
		v.node(pointer+"/*", n.items, within)
	}
	if n.text != nil {
		v.text(pointer, n.text, within)
	}
	if n.object != nil {
		v.object(pointer, n)
	}
	if n.apart != nil {
		v.apart(pointer, n.apart, within)
	}
}

// apart finds fields that name no person, so that nobody would ever be compared.
func (v *verifier) apart(pointer string, a *apart, within *node) {
	for _, name := range a.Beside {
		if within == nil || !within.fields[name].isPerson() {
			v.problem(pointer, "x-apart names %s, which is no person beside it", name)
		}
	}
	for _, path := range a.From {
		target := v.plan.root
		for name := range strings.SplitSeq(path, "/") {
			for target != nil && target.fields == nil && target.items != nil {
				target = target.items
			}
			if target != nil {
				target = target.fields[name]
			}
		}
		if !target.isPerson() {
			v.problem(pointer, "x-apart names %s, which is no person", path)
		}
	}
}

// isPerson reports whether a text, or each text of a list, names a person.
func (n *node) isPerson() bool {
	if n != nil && n.text == nil && n.items != nil {
		n = n.items
	}
	return n != nil && n.text != nil && n.text.person != nil
}

func (v *verifier) text(pointer string, t *text, within *node) {
	kinds := slices.Concat(t.not, t.unlike)
	if t.number != nil {
		v.date(pointer, within, t.number.On)
	}
	if t.dated != "" {
		v.date(pointer, within, t.dated)
	}
	for _, ref := range t.refs {
		kinds = append(kinds, ref.To...)
		v.refers(pointer, ref, within)
	}
	v.with(pointer, t.with, within)
	tables := []string{t.below, t.groups, t.listed}
	if t.route != nil {
		tables, kinds = append(tables, t.route.Dead, t.route.Public, t.route.Words), append(kinds, t.route.Or...)
	}
	if t.hollow != nil {
		v.hollow(pointer, t.hollow)
	}
	if t.otherThan != nil {
		tables, kinds = append(tables, t.otherThan.Tables...), append(kinds, t.otherThan.Kinds...)
	}
	for _, table := range tables {
		if table != "" {
			v.table(pointer, table)
		}
	}
	if t.program != nil && t.program.Owner != "" && (within == nil || !within.fields[t.program.Owner].isPerson()) {
		v.problem(pointer, "x-no-person names %s, which is no person beside it", t.program.Owner)
	}
	if t.person != nil {
		kinds = append(kinds, t.person.Or...)
		if t.person.Among != "" {
			kinds = append(kinds, t.person.Among)
		}
		v.person(pointer, t.person, within)
	}
	for _, kind := range kinds {
		if kind != DomainKind && len(v.plan.inventories[kind]) == 0 {
			v.problem(pointer, "no section has objects of the kind %s (x-id)", kind)
		}
	}
}

// hollow finds classes of phrases that the reference data does not have.
func (v *verifier) hollow(pointer string, h *hollow) {
	table, _ := v.reference[hollowTable].(map[string]any)
	for _, class := range h.Classes {
		if table[class] == nil {
			v.problem(pointer, "the table %s has no %s", hollowTable, class)
		}
	}
}

func (v *verifier) refers(pointer string, ref *reference, within *node) {
	for _, table := range ref.Tables {
		v.table(pointer, table)
	}
	if ref.Until != "" {
		v.date(pointer, within, ref.Until)
	}
	if ref.Recent != nil {
		v.date(pointer, within, ref.Recent.Field)
	}
	for _, fields := range []map[string][]string{ref.SameDay, ref.NotBefore, ref.NotAfter, ref.Kept, ref.Made} {
		for field := range fields {
			v.date(pointer, within, field)
		}
	}
}

func (v *verifier) with(pointer string, all []*with, within *node) {
	for _, w := range all {
		if item := v.item(w.Of); item != nil && item.at(w.By) == nil {
			v.problem(pointer, "x-with names %s/%s, which is not annotated", w.Of, w.By)
		}
		for _, fields := range []map[string][]string{w.NotBefore, w.NotAfter} {
			for field, otherFields := range fields {
				v.date(pointer, within, field)
				for _, other := range otherFields {
					v.listed(pointer, "x-with", w.Of, other)
				}
			}
		}
	}
}

func (v *verifier) person(pointer string, p *person, within *node) {
	if p.Recent != nil {
		v.date(pointer, within, p.Recent.Field)
	}
	switch at, _, follows := strings.Cut(p.At, "->"); {
	case at == "reading", at == someReading, at == "ever", follows:
	default:
		v.date(pointer, within, at)
	}
	if p.Same != "" && (within == nil || within.fields[p.Same] == nil) {
		v.problem(pointer, "x-person names %s, which is not annotated", p.Same)
	}
	if p.Day != "" {
		v.date(pointer, within, p.Day)
	}
	for _, dates := range []map[string]map[string][]string{p.Also, p.Since} {
		for field := range dates {
			v.date(pointer, within, field)
		}
	}
}

func (v *verifier) object(pointer string, n *node) {
	for _, order := range n.object.order {
		for _, field := range order.Dates {
			v.date(pointer, n, field)
		}
	}
	for _, e := range n.object.ends {
		for _, field := range slices.Concat(e.At, e.Stops) {
			v.date(pointer, n, field)
		}
		for _, path := range e.Named {
			if parts := strings.Split(path, "/"); v.item(parts[0]+"/"+parts[1]).at(parts[2]) == nil {
				v.problem(pointer, "x-ends names %s, which is not annotated", path)
			}
		}
	}
	for _, never := range n.object.never {
		if never.Past || never.Future {
			v.date(pointer, n, never.Field)
		}
	}
	for _, f := range n.object.fits {
		v.table(pointer, f.Table)
		rows, _ := v.reference[f.Table].(map[string]any)
		for name, row := range rows {
			columns, _ := row.(map[string]any)
			for _, column := range f.In {
				if columns[column] == nil {
					v.problem(pointer, "the row %s of %s has no %s", name, f.Table, column)
				}
			}
		}
	}
	v.tests(pointer, n)
	v.uses(pointer, n)
}

func (v *verifier) tests(pointer string, n *node) {
	for _, t := range n.object.tests {
		v.date(pointer, n, t.At)
		for _, path := range t.Of {
			from, below := n, path
			if whole, absolute := strings.CutPrefix(path, "/"); absolute {
				from, below = v.plan.root, whole
			}
			if from.at(below) == nil {
				v.problem(pointer, "x-tests names %s, which is not annotated", path)
			}
		}
	}
	if r := n.object.reached; r != nil {
		if v.plan.root.at(strings.Join(strings.Split(r.By, "/")[:2], "/")) == nil {
			v.problem(pointer, "x-reached names %s, which is not annotated", r.By)
		}
		if r.Table != "" {
			v.table(pointer, r.Table)
		}
	}
}

// uses verifies what an object is used for, and the numbers that count it.
func (v *verifier) uses(pointer string, n *node) {
	for _, rule := range n.object.named {
		v.date(pointer, n, rule.Used)
		v.date(pointer, n, rule.New)
		for _, path := range rule.By {
			if !v.plan.root.leads(path) {
				v.problem(pointer, "x-named names %s, which is not annotated", path)
			}
		}
	}
	if n.object.over != nil {
		v.date(pointer, n, n.object.over.At)
	}
	if rule := n.object.record; rule != nil {
		for _, field := range rule.Dates {
			v.date(pointer, n, field)
		}
	}
	for _, c := range n.object.counts {
		for _, g := range c.Of {
			if g.Table != "" {
				v.table(pointer, g.Table)
			}
		}
	}
}

// listed finds a field of the items of a list (section/list) that is no date.
func (v *verifier) listed(pointer, keyword, list, field string) {
	item := v.item(list)
	if item == nil {
		v.problem(pointer, "%s names %s/%s, which leads nowhere", keyword, list, field)
		return
	}
	v.date(pointer, item, field)
}

// item is the node of the items of a list (section/list); nil for none.
func (v *verifier) item(list string) *node {
	listNode := v.plan.root.at(list)
	if listNode == nil {
		return nil
	}
	return listNode.items
}

// leads reports whether a path leads to an annotated text, through lists.
func (n *node) leads(path string) bool {
	for name := range strings.SplitSeq(path, "/") {
		for n != nil && n.items != nil {
			n = n.items
		}
		if n == nil {
			return false
		}
		n = n.fields[name]
	}
	for n != nil && n.items != nil {
		n = n.items
	}
	return n != nil && n.text != nil
}

// date finds a field that is no date.
func (v *verifier) date(pointer string, within *node, path string) {
	if within == nil {
		v.problem(pointer, "%s stands in no object", path)
		return
	}
	if field := within.at(path); field == nil || field.text == nil || !field.text.date {
		v.problem(pointer, "%s is no date beside it", path)
	}
}

func (v *verifier) table(pointer, name string) {
	if _, hasTable := v.reference[name]; !hasTable {
		v.problem(pointer, "the reference data has no table %s; it has %s", name, strings.Join(slices.Sorted(maps.Keys(v.reference)), ", "))
	}
}
