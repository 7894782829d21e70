package rego

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"raci-check/internal/policy"
	"raci-check/internal/rego/pack"
)

// Compiled policies are written as the root, the duties and the modules. A module is a table of its terms, each before those
// that contain it, then its rules; both name a term by its number in the table. Equal terms are written once: evaluation
// never changes a term. Of the places, file and row are kept of whatever an error of the evaluation can name: rules, expressions,
// keys of object comprehensions and domains of every. They are in a table too, after that of their files.

// Tags of values.
const (
	tagNull = iota
	tagFalse
	tagTrue
	tagNumber
	tagString
	tagVar
	tagRef
	tagCall
	tagArray
	tagSet
	tagObject
	tagArrayComprehension
	tagSetComprehension
	tagObjectComprehension
)

// Flags and kinds of expressions, and flags of rules.
const (
	exprNegated = 1 << iota
	exprGenerated
	exprCall
	exprEvery
	exprNot
)

const (
	ruleDefault = 1 << iota
	ruleAssign
	ruleElse
)

// Encode writes compiled policies in the form that Decode reads.
func Encode(s *policy.Set) ([]byte, error) {
	if !s.Compiled {
		return nil, errors.New("these policies are not compiled")
	}
	out := pack.AppendText(nil, s.Root)
	out = pack.AppendNumber(out, len(s.Duties))
	for _, duty := range s.Duties {
		out = appendDuty(out, duty)
	}
	out = pack.AppendNumber(out, len(s.Modules))
	for _, name := range slices.Sorted(maps.Keys(s.Modules)) {
		m := moduleEncoder{numbers: map[string]uint64{}, placeNumbers: map[place]int{}}
		module := m.module(s.Modules[name])
		if m.err != nil {
			return nil, fmt.Errorf("%s: %w", name, m.err)
		}
		out = pack.AppendText(out, name)
		out = pack.AppendText(out, string(module))
	}
	return out, nil
}

func appendDuty(out []byte, duty policy.Duty) []byte {
	for _, text := range textsOfDuty(&duty) {
		out = pack.AppendText(out, *text)
	}
	out = pack.AppendNumber(out, duty.Line)
	out = pack.AppendNumber(out, len(duty.Checks))
	for _, check := range duty.Checks {
		for _, text := range textsOfCheck(&check) {
			out = pack.AppendText(out, *text)
		}
		for _, list := range listsOf(&check) {
			out = pack.AppendTexts(out, *list)
		}
		out = pack.AppendNumber(out, len(check.Controls))
		for _, framework := range slices.Sorted(maps.Keys(check.Controls)) {
			out = pack.AppendTexts(pack.AppendText(out, framework), check.Controls[framework])
		}
		out = pack.AppendNumber(out, len(check.Conditions))
		for _, condition := range check.Conditions {
			out = pack.AppendText(pack.AppendText(out, condition.Name), condition.Sentence)
		}
		out = pack.AppendNumber(out, bit(check.Declared, 1)|bit(check.Applicability, 2))
		out = pack.AppendNumber(out, check.Line)
	}
	return out
}

// textsOfDuty are the fields of a duty that are texts, in the order in which they are written.
func textsOfDuty(d *policy.Duty) []*string {
	return []*string{&d.ID, &d.Name, &d.Title, &d.Description, &d.File}
}

// textsOfCheck are the fields of a check that are texts.
func textsOfCheck(c *policy.Check) []*string {
	return []*string{
		&c.ID, &c.Name, &c.DutyName, &c.DutyID, &c.Title, &c.Description, (*string)(&c.Severity), &c.Source, &c.Remediation, &c.File,
	}
}

// listsOf are the fields of a check that are lists.
func listsOf(c *policy.Check) []*[]string { return []*[]string{&c.Evidence, &c.Params} }

func bit(set bool, bit uint64) uint64 {
	if set {
		return bit
	}
	return 0
}

// moduleEncoder writes one module.
type moduleEncoder struct {
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

func (m *moduleEncoder) module(module *ast.Module) []byte {
	body := pack.AppendNumber(nil, m.term(ast.NewTerm(module.Package.Path)))
	body = pack.AppendNumber(body, m.place(module.Package.Location))
	body = pack.AppendNumber(body, len(module.Rules))
	for _, rule := range module.Rules {
		body = append(body, m.rule(rule)...)
	}
	head := pack.AppendTexts(nil, m.files)
	head = pack.AppendNumber(head, len(m.places))
	for _, place := range m.places {
		head = pack.AppendNumber(pack.AppendNumber(head, place.file), place.row)
	}
	for _, n := range []uint64{m.exprs, uint64(len(m.numbers))} {
		head = pack.AppendNumber(head, n)
	}
	return slices.Concat(head, m.terms, body)
}

func (m *moduleEncoder) refuse(what any) {
	m.err = fmt.Errorf("policies that are compiled ahead hold no %T: %v", what, what)
}

// place is the number of a place in the table, where it is put if it is not yet there; 0 for none.
func (m *moduleEncoder) place(location *ast.Location) int {
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

func (m *moduleEncoder) rule(rule *ast.Rule) []byte {
	head := rule.Head
	out := pack.AppendNumber(nil, bit(rule.Default, ruleDefault)|bit(head.Assign, ruleAssign)|bit(rule.Else != nil, ruleElse))
	out = pack.AppendNumber(out, m.place(rule.Location))
	out = pack.AppendNumber(out, m.place(head.Location))
	out = pack.AppendText(out, string(head.Name))
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

func (m *moduleEncoder) body(out []byte, body ast.Body) []byte {
	out = pack.AppendNumber(out, len(body))
	for _, expr := range body {
		out = m.expr(out, expr)
	}
	return out
}

func (m *moduleEncoder) expr(out []byte, expr *ast.Expr) []byte {
	if len(expr.With) > 0 {
		m.refuse(expr.With)
	}
	m.exprs++
	flags := bit(expr.Negated, exprNegated) | bit(expr.Generated, exprGenerated)
	head := func(kind uint64) {
		out = pack.AppendNumber(out, flags|kind)
		out = pack.AppendNumber(out, m.place(expr.Location))
	}
	switch terms := expr.Terms.(type) {
	case *ast.Term:
		head(0)
		out = pack.AppendNumber(out, m.term(terms))
	case []*ast.Term:
		head(exprCall)
		out = m.list(out, terms)
	case *ast.Every:
		head(exprEvery)
		out = m.optional(out, terms.Key)
		out = m.optional(out, terms.Value)
		out = pack.AppendNumber(out, m.term(terms.Domain))
		out = pack.AppendNumber(out, m.place(terms.Domain.Location))
		out = pack.AppendNumber(out, m.place(terms.Location))
		out = m.body(out, terms.Body)
	case *ast.Not:
		head(exprNot)
		out = m.body(out, terms.Body)
	default:
		m.refuse(terms)
	}
	return out
}

func (m *moduleEncoder) list(out []byte, terms []*ast.Term) []byte {
	out = pack.AppendNumber(out, len(terms))
	for _, term := range terms {
		out = pack.AppendNumber(out, m.term(term))
	}
	return out
}

func (m *moduleEncoder) optional(out []byte, term *ast.Term) []byte {
	if term == nil {
		return m.list(out, nil)
	}
	return m.list(out, []*ast.Term{term})
}

// term is the number of a term in the table, where it is put if it is not yet there.
func (m *moduleEncoder) term(term *ast.Term) uint64 {
	written := string(m.value(term.Value))
	number, there := m.numbers[written]
	if !there {
		number = uint64(len(m.numbers))
		m.numbers[written] = number
		m.terms = append(m.terms, written...)
	}
	return number
}

func (m *moduleEncoder) value(value ast.Value) []byte {
	switch v := value.(type) {
	case ast.Null:
		return []byte{tagNull}
	case ast.Boolean:
		return []byte{tagFalse + byte(bit(bool(v), tagTrue-tagFalse))}
	case ast.Number:
		return pack.AppendText([]byte{tagNumber}, string(v))
	case ast.String:
		return pack.AppendText([]byte{tagString}, string(v))
	case ast.Var:
		return pack.AppendText([]byte{tagVar}, string(v))
	case ast.Ref:
		return m.list([]byte{tagRef}, v)
	case ast.Call:
		return m.list([]byte{tagCall}, v)
	case *ast.Array:
		var items []*ast.Term
		v.Foreach(func(item *ast.Term) { items = append(items, item) })
		return m.list([]byte{tagArray}, items)
	case ast.Set:
		return m.list([]byte{tagSet}, v.Slice())
	case ast.Object:
		var items []*ast.Term
		v.Foreach(func(key, value *ast.Term) { items = append(items, key, value) })
		return m.list([]byte{tagObject}, items)
	case *ast.ArrayComprehension:
		return m.body(m.list([]byte{tagArrayComprehension}, []*ast.Term{v.Term}), v.Body)
	case *ast.SetComprehension:
		return m.body(m.list([]byte{tagSetComprehension}, []*ast.Term{v.Term}), v.Body)
	case *ast.ObjectComprehension:
		out := m.list([]byte{tagObjectComprehension}, []*ast.Term{v.Key, v.Value})
		out = pack.AppendNumber(out, m.place(v.Key.Location))
		return m.body(out, v.Body)
	default:
		m.refuse(v)
		return nil
	}
}
