package rego

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
)

// pieceSize is how many items of a list are evaluated at once where a check looks at each on its own, and fewestItems is from how many on
// that is done: each evaluation has a cost of its own.
const (
	pieceSize   = 32
	fewestItems = 4 * pieceSize
)

// list is a list of the evidence.
type list struct{ section, field string }

// items answers the list whose items a check looks at one by one: what it finds in the list is what it finds in each part of it, together.
// Such are rules that name the section once, as `item = input.section.field[i]`, where neither the rest of the rule nor a helper reads
// the section or the permissions.
func (d *dependences) items(check string) (all list, isDivided bool) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	if kept, isKept := d.lists[check]; isKept {
		return kept, kept != list{}
	}
	ref := ast.MustParseRef("data." + check)
	for i, rule := range d.readings.rules(ref) {
		of, isOfItems := d.readings.items(rule)
		if !isOfItems || !rule.Ref().Equal(ref) || i > 0 && of != all {
			all = list{}
			break
		}
		all = of
	}
	d.lists[check] = all
	return all, all != list{}
}

// items is that of one rule.
func (r *readings) items(rule *ast.Rule) (list, bool) {
	if rule.Default || rule.Else != nil || rule.Head.Key == nil || rule.Head.Value != nil {
		return list{}, false
	}
	for i, expr := range rule.Body {
		of, isItem := itemOf(expr)
		if !isItem {
			continue
		}
		rest := *rule
		rest.Body = slices.Delete(slices.Clone(rule.Body), i, i+1)
		if r.isApart(r.of(&rest), of.section) {
			return of, true
		}
	}
	return list{}, false
}

// isApart reports whether neither a reading nor what it leads to is of a section or of permissions.
func (r *readings) isApart(own *reading, section string) bool {
	all := r.from(own)
	for field := range all.fields {
		if top, _, _ := strings.Cut(field, "/"); top == section || top == "permissions" {
			return false
		}
	}
	return !all.any
}

// itemOf is the list of whose items an expression takes each.
func itemOf(expr *ast.Expr) (list, bool) {
	if expr.Negated || len(expr.With) > 0 || !expr.IsEquality() {
		return list{}, false
	}
	ref, isRef := expr.Operand(1).Value.(ast.Ref)
	if !isRef || len(ref) != 4 || !ref[0].Equal(ast.InputRootDocument) {
		return list{}, false
	}
	section, isSection := ref[1].Value.(ast.String)
	field, isField := ref[2].Value.(ast.String)
	_, isAny := ref[3].Value.(ast.Var)
	return list{string(section), string(field)}, isSection && isField && isAny
}

// piece is what a check found in some items of a list.
type piece struct {
	findings []any
	span     engine.Span
}

// divided are what a check found in the pieces of a list, the last times.
type divided [][]piece

// inPieces answers for a check what it finds in each piece of a list that can be another than before, and otherwise what it found. It is
// false where the check is to be evaluated as a whole.
func (t *timed) inPieces(ctx context.Context, plain map[string]any, check string) (engine.Outcome, bool, error) {
	of, isDivided := t.items(check)
	if !isDivided || t.whole[check] {
		return engine.Outcome{}, false, nil
	}
	value, _ := document.Lookup(plain[of.section], document.Pointer(of.field))
	items, _ := value.([]any)
	text, _ := plain[atField].(string)
	at, err := time.Parse(time.RFC3339Nano, text)
	duty, name, _ := strings.Cut(check, ".findings.")
	compared := t.times[duty][name]
	if len(items) < fewestItems || err != nil || compared.otherwise {
		return engine.Outcome{}, false, nil
	}
	query, err := t.check(check)
	if err != nil {
		return engine.Outcome{}, false, err
	}
	input, err := t.kept.object(plain)
	if err != nil {
		return engine.Outcome{}, false, err
	}
	if t.pieces[check] == nil {
		t.pieces[check] = make(divided, (len(items)+pieceSize-1)/pieceSize)
	}
	outcome := engine.Outcome{Spans: map[string]engine.Span{name: engine.Always}}
	all := []any{}
	for i, seen := range t.pieces[check] {
		k := slices.IndexFunc(seen, func(p piece) bool { return p.span.Contains(at.UnixNano()) })
		if k < 0 {
			noting := &clocks{at: at.UnixNano(), kept: &t.kept}
			value, err := findings(noting.start(ctx), query, t.deadline, evaluation{of.piece(input, i), topdown.NewVirtualCache()})
			list, isList := value.([]any)
			if err != nil || !isList || !of.holds(list, i) {
				t.whole[check] = true
				return engine.Outcome{}, false, nil
			}
			seen = append([]piece{{list, noting.span(compared.numbers)}}, seen[:min(len(seen), 1)]...)
			t.pieces[check][i], k = seen, 0
		}
		all = append(all, seen[k].findings...)
		outcome.Spans[name] = outcome.Spans[name].And(seen[k].span)
	}
	outcome.Findings = all
	return outcome, true, nil
}

// piece is an input with some items of the list alone, at their places: by their numbers, as rules ask for them.
func (l list) piece(input ast.Object, number int) ast.Object {
	section := input.Get(ast.StringTerm(l.section)).Value.(ast.Object)
	items := section.Get(ast.StringTerm(l.field)).Value.(*ast.Array)
	sparse := ast.NewObject()
	for i := number * pieceSize; i < min((number+1)*pieceSize, items.Len()); i++ {
		sparse.Insert(ast.InternedTerm(i), items.Elem(i))
	}
	return with(input, l.section, ast.NewTerm(with(section, l.field, ast.NewTerm(sparse))))
}

// with is an object with another value in one field.
func with(object ast.Object, field string, value *ast.Term) ast.Object {
	changed := ast.NewObject()
	object.Foreach(func(name, part *ast.Term) { changed.Insert(name, part) })
	changed.Insert(ast.StringTerm(field), value)
	return changed
}

// holds reports whether all findings point into the items of a piece, so that no other piece has one that is like them.
func (l list) holds(findings []any, number int) bool {
	before := document.Pointer(l.section, l.field) + "/"
	return !slices.ContainsFunc(findings, func(finding any) bool {
		object, _ := finding.(map[string]any)
		pointer, _ := object["pointer"].(string)
		within, isWithin := strings.CutPrefix(pointer, before)
		place, _, _ := strings.Cut(within, "/")
		i, err := strconv.Atoi(place)
		return !isWithin || err != nil || i/pieceSize != number
	})
}
