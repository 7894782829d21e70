package snapshot

import (
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A module is written as a table of its terms, each before those that contain it, then its rules; both name a term by its
// number in the table. Equal terms are written once: evaluation never changes a term. Of the places, file and row are kept of
// whatever an error of the evaluation can name: rules, expressions, keys of object comprehensions and domains of every. They
// are in a table too, after that of their files.

// Tags of terms.
const (
	TermNull = iota
	TermFalse
	TermTrue
	TermNumber
	TermString
	TermVar
	TermRef
	TermCall
	TermArray
	TermSet
	TermObject
	TermArrayComprehension
	TermSetComprehension
	TermObjectComprehension
)

// Flags and kinds of expressions.
const (
	ExprNegated = 1 << iota
	ExprGenerated
	ExprCall
	ExprEvery
	ExprNot
)

// Flags of rules.
const (
	RuleDefault = 1 << iota
	RuleAssign
	RuleElse
)

// modules reads modules, by file.
func (r *reader) modules() map[string]*ast.Module {
	n := r.number()
	modules := make(map[string]*ast.Module, n)
	for range n {
		file := r.text()
		m := moduleReader{reader: reader(r.text()), into: &ast.Module{}}
		m.module()
		modules[file] = m.into
	}
	return modules
}

// moduleReader reads one module.
type moduleReader struct {
	reader
	into   *ast.Module
	places []ast.Location
	terms  []ast.Term
	exprs  []ast.Expr // that are still to be given away
}

func (m *moduleReader) module() {
	files := make([]string, m.number())
	for i := range files {
		files[i] = m.text()
	}
	m.places = make([]ast.Location, m.number())
	for i := range m.places {
		m.places[i] = ast.Location{File: files[m.number()], Row: m.number(), Col: 1}
	}
	m.exprs = make([]ast.Expr, m.number())
	m.terms = make([]ast.Term, m.number())
	for i := range m.terms {
		m.terms[i].Value = m.value()
	}
	m.into.Package = &ast.Package{Path: m.term().Value.(ast.Ref), Location: m.place()}
	m.into.SetRegoVersionSpan(ast.RegoVersionSpanOf(ast.RegoV1))
	m.into.Rules = make([]*ast.Rule, m.number())
	for i := range m.into.Rules {
		m.into.Rules[i] = m.rule()
	}
}

func (m *moduleReader) place() *ast.Location {
	number := m.number()
	if number == 0 {
		return nil
	}
	return &m.places[number-1]
}

func (m *moduleReader) rule() *ast.Rule {
	flags := m.number()
	rule := &ast.Rule{Default: flags&RuleDefault != 0, Location: m.place(), Module: m.into}
	rule.Head = &ast.Head{
		Assign: flags&RuleAssign != 0, Location: m.place(), Name: ast.Var(m.text()),
		Reference: m.list(), Args: m.list(), Key: m.optional(), Value: m.optional(),
	}
	rule.Body = m.body()
	if flags&RuleElse != 0 {
		rule.Else = m.rule()
	}
	return rule
}

func (m *moduleReader) body() ast.Body {
	body := make(ast.Body, m.number())
	for i := range body {
		body[i] = m.expr(i)
	}
	return body
}

func (m *moduleReader) expr(index int) *ast.Expr {
	expr := &m.exprs[0]
	m.exprs = m.exprs[1:]
	flags := m.number()
	expr.Index, expr.Negated, expr.Generated, expr.Location = index, flags&ExprNegated != 0, flags&ExprGenerated != 0, m.place()
	switch {
	case flags&ExprCall != 0:
		expr.Terms = m.list()
	case flags&ExprEvery != 0:
		expr.Terms = &ast.Every{
			Key: m.optional(), Value: m.optional(), Domain: m.located(m.term()), Location: m.place(), Body: m.body(),
		}
	case flags&ExprNot != 0:
		expr.Terms = &ast.Not{Location: expr.Location, Body: m.body()}
	default:
		expr.Terms = m.term()
	}
	return expr
}

func (m *moduleReader) term() *ast.Term { return &m.terms[m.number()] }

// located is a copy of a term, at the place that is read.
func (m *moduleReader) located(term *ast.Term) *ast.Term {
	return &ast.Term{Value: term.Value, Location: m.place()}
}

func (m *moduleReader) list() []*ast.Term {
	n := m.number()
	if n == 0 {
		return nil
	}
	terms := make([]*ast.Term, n)
	for i := range terms {
		terms[i] = m.term()
	}
	return terms
}

func (m *moduleReader) optional() *ast.Term {
	if terms := m.list(); terms != nil {
		return terms[0]
	}
	return nil
}

func (m *moduleReader) value() ast.Value {
	switch m.number() {
	case TermNull:
		return ast.NullValue
	case TermFalse:
		return ast.Boolean(false)
	case TermTrue:
		return ast.Boolean(true)
	case TermNumber:
		return ast.Number(json.Number(m.text()))
	case TermString:
		return ast.String(m.text())
	case TermVar:
		return ast.Var(m.text())
	case TermRef:
		return ast.Ref(m.list())
	case TermCall:
		return ast.Call(m.list())
	case TermArray:
		return ast.NewArray(m.list()...)
	case TermSet:
		return ast.NewSet(m.list()...)
	case TermObject:
		items := m.list()
		object := ast.NewObjectWithCapacity(len(items) / 2)
		for i := 0; i < len(items); i += 2 {
			object.Insert(items[i], items[i+1])
		}
		return object
	case TermArrayComprehension:
		return &ast.ArrayComprehension{Term: m.optional(), Body: m.body()}
	case TermSetComprehension:
		return &ast.SetComprehension{Term: m.optional(), Body: m.body()}
	case TermObjectComprehension:
		terms := m.list()
		return &ast.ObjectComprehension{Key: m.located(terms[0]), Value: terms[1], Body: m.body()}
	default:
		panic("compiled policies hold an unknown value: they were not written by this version")
	}
}
