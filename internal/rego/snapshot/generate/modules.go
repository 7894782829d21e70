package generate

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/rego/snapshot"
)

// moduleWriter writes one module.
type moduleWriter struct {
	terms   []byte
	numbers map[string]uint64 // of the terms in the table, by what is written of each
	exprs   uint64
	places  []place
	files   []string
	err     error

	placeNumbers map[place]int // by place; they count from one
}

// place is where something stands.
type place struct{ file, row int }

func (m *moduleWriter) module(module *ast.Module) []byte {
	body := appendNumber(nil, m.term(ast.NewTerm(module.Package.Path)))
	body = appendNumber(body, m.place(module.Package.Location))
	body = appendNumber(body, len(module.Rules))
	for _, rule := range module.Rules {
		body = append(body, m.rule(rule)...)
	}
	head := appendNumber(nil, len(m.files))
	for _, file := range m.files {
		head = appendText(head, file)
	}
	head = appendNumber(head, len(m.places))
	for _, place := range m.places {
		head = appendNumber(appendNumber(head, place.file), place.row)
	}
	for _, n := range []uint64{m.exprs, uint64(len(m.numbers))} {
		head = appendNumber(head, n)
	}
	return slices.Concat(head, m.terms, body)
}

func (m *moduleWriter) refuse(value any) {
	m.err = fmt.Errorf("policies that are compiled ahead hold no %T: %v", value, value)
}

// place is the number of a place in the table, where it is put if it is not yet there; 0 for none.
func (m *moduleWriter) place(location *ast.Location) int {
	if location == nil {
		return 0
	}
	file := slices.Index(m.files, location.File)
	if file < 0 {
		file = len(m.files)
		m.files = append(m.files, location.File)
	}
	at := place{file, location.Row}
	if m.placeNumbers[at] == 0 {
		m.places = append(m.places, at)
		m.placeNumbers[at] = len(m.places)
	}
	return m.placeNumbers[at]
}

func (m *moduleWriter) rule(rule *ast.Rule) []byte {
	head := rule.Head
	out := appendNumber(nil, bit(rule.Default, snapshot.RuleDefault)|bit(head.Assign, snapshot.RuleAssign)|bit(rule.Else != nil, snapshot.RuleElse))
	out = appendNumber(out, m.place(rule.Location))
	out = appendNumber(out, m.place(head.Location))
	out = appendText(out, string(head.Name))
	out = m.list(out, head.Reference)
	out = m.list(out, head.Args)
	out = m.optional(out, head.Key)
	out = m.optional(out, head.Value)
	out = m.body(out, rule.Body)
	if rule.Else != nil {
		out = append(out, m.rule(rule.Else)...)
	}
	return out
}

func (m *moduleWriter) body(out []byte, body ast.Body) []byte {
	out = appendNumber(out, len(body))
	for _, expr := range body {
		out = m.expr(out, expr)
	}
	return out
}

func (m *moduleWriter) expr(out []byte, expr *ast.Expr) []byte {
	if len(expr.With) > 0 {
		m.refuse(expr.With)
	}
	m.exprs++
	flags := bit(expr.Negated, snapshot.ExprNegated) | bit(expr.Generated, snapshot.ExprGenerated)
	head := func(kind uint64) {
		out = appendNumber(out, flags|kind)
		out = appendNumber(out, m.place(expr.Location))
	}
	switch terms := expr.Terms.(type) {
	case *ast.Term:
		head(0)
		out = appendNumber(out, m.term(terms))
	case []*ast.Term:
		head(snapshot.ExprCall)
		out = m.list(out, terms)
	case *ast.Every:
		head(snapshot.ExprEvery)
		out = m.optional(out, terms.Key)
		out = m.optional(out, terms.Value)
		out = appendNumber(out, m.term(terms.Domain))
		out = appendNumber(out, m.place(terms.Domain.Location))
		out = appendNumber(out, m.place(terms.Location))
		out = m.body(out, terms.Body)
	case *ast.Not:
		head(snapshot.ExprNot)
		out = m.body(out, terms.Body)
	default:
		m.refuse(terms)
	}
	return out
}

func (m *moduleWriter) list(out []byte, terms []*ast.Term) []byte {
	out = appendNumber(out, len(terms))
	for _, term := range terms {
		out = appendNumber(out, m.term(term))
	}
	return out
}

func (m *moduleWriter) optional(out []byte, term *ast.Term) []byte {
	if term == nil {
		return m.list(out, nil)
	}
	return m.list(out, []*ast.Term{term})
}

// term is the number of a term in the table, where it is put if it is not yet there.
func (m *moduleWriter) term(term *ast.Term) uint64 {
	written := string(m.value(term.Value))
	number, ok := m.numbers[written]
	if !ok {
		number = uint64(len(m.numbers))
		m.numbers[written] = number
		m.terms = append(m.terms, written...)
	}
	return number
}

func (m *moduleWriter) value(value ast.Value) []byte {
	switch v := value.(type) {
	case ast.Null:
		return []byte{snapshot.TermNull}
	case ast.Boolean:
		return []byte{snapshot.TermFalse + byte(bit(bool(v), snapshot.TermTrue-snapshot.TermFalse))}
	case ast.Number:
		return appendText([]byte{snapshot.TermNumber}, string(v))
	case ast.String:
		return appendText([]byte{snapshot.TermString}, string(v))
	case ast.Var:
		return appendText([]byte{snapshot.TermVar}, string(v))
	case ast.Ref:
		return m.list([]byte{snapshot.TermRef}, v)
	case ast.Call:
		return m.list([]byte{snapshot.TermCall}, v)
	case *ast.Array:
		var items []*ast.Term
		v.Foreach(func(item *ast.Term) { items = append(items, item) })
		return m.list([]byte{snapshot.TermArray}, items)
	case ast.Set:
		return m.list([]byte{snapshot.TermSet}, v.Slice())
	case ast.Object:
		var items []*ast.Term
		v.Foreach(func(key, value *ast.Term) { items = append(items, key, value) })
		return m.list([]byte{snapshot.TermObject}, items)
	case *ast.ArrayComprehension:
		return m.body(m.list([]byte{snapshot.TermArrayComprehension}, []*ast.Term{v.Term}), v.Body)
	case *ast.SetComprehension:
		return m.body(m.list([]byte{snapshot.TermSetComprehension}, []*ast.Term{v.Term}), v.Body)
	case *ast.ObjectComprehension:
		out := m.list([]byte{snapshot.TermObjectComprehension}, []*ast.Term{v.Key, v.Value})
		out = appendNumber(out, m.place(v.Key.Location))
		return m.body(out, v.Body)
	default:
		m.refuse(v)
		return nil
	}
}
