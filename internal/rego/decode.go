package rego

import (
	"encoding/json"
	"runtime"

	"github.com/open-policy-agent/opa/v1/ast"
	"golang.org/x/sync/errgroup"

	"raci-check/internal/policy"
	"raci-check/internal/rego/pack"
)

// Decode reads what Encode wrote. The data is a part of this program and proven by its tests: nothing in it is verified.
func Decode(data string) *policy.Set {
	r := decoder{pack.Reader(data)}
	set := &policy.Set{Root: r.Text(), Compiled: true, Duties: make([]policy.Duty, r.Number())}
	for i := range set.Duties {
		r.duty(&set.Duties[i])
	}
	modules := make([]*ast.Module, r.Number())
	set.Modules = make(map[string]*ast.Module, len(modules))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for range modules {
		module, file := &ast.Module{}, r.Text()
		set.Modules[file] = module
		m := moduleDecoder{decoder: decoder{pack.Reader(r.Text())}, into: module}
		group.Go(func() error { m.module(); return nil })
	}
	_ = group.Wait() // none of them fails
	return set
}

// decoder reads duties and their checks.
type decoder struct{ pack.Reader }

func (r *decoder) duty(duty *policy.Duty) {
	for _, text := range textsOfDuty(duty) {
		*text = r.Text()
	}
	duty.Line = r.Number()
	duty.Checks = make([]policy.Check, r.Number())
	for i := range duty.Checks {
		check := &duty.Checks[i]
		for _, text := range textsOfCheck(check) {
			*text = r.Text()
		}
		for _, list := range listsOf(check) {
			*list = r.Texts()
		}
		check.Controls = map[string][]string{}
		for range r.Number() {
			framework := r.Text()
			check.Controls[framework] = r.Texts()
		}
		check.Conditions = make([]policy.Condition, r.Number())
		for k := range check.Conditions {
			check.Conditions[k] = policy.Condition{Name: r.Text(), Sentence: r.Text()}
		}
		flags := r.Number()
		check.Declared, check.Applicability = flags&1 != 0, flags&2 != 0
		check.Line = r.Number()
	}
}

// moduleDecoder reads one module.
type moduleDecoder struct {
	decoder
	into   *ast.Module
	places []ast.Location
	terms  []ast.Term
	exprs  []ast.Expr // that are still to be given away
}

func (m *moduleDecoder) module() {
	files := m.Texts()
	m.places = make([]ast.Location, m.Number())
	for i := range m.places {
		m.places[i] = ast.Location{File: files[m.Number()], Row: m.Number(), Col: 1}
	}
	m.exprs = make([]ast.Expr, m.Number())
	m.terms = make([]ast.Term, m.Number())
	for i := range m.terms {
		m.terms[i].Value = m.value()
	}
	m.into.Package = &ast.Package{Path: m.term().Value.(ast.Ref), Location: m.place()}
	m.into.SetRegoVersionSpan(ast.RegoVersionSpanOf(ast.RegoV1))
	m.into.Rules = make([]*ast.Rule, m.Number())
	for i := range m.into.Rules {
		m.into.Rules[i] = m.rule()
	}
}

func (m *moduleDecoder) place() *ast.Location {
	number := m.Number()
	if number == 0 {
		return nil
	}
	return &m.places[number-1]
}

func (m *moduleDecoder) rule() *ast.Rule {
	flags := m.Number()
	rule := &ast.Rule{Default: flags&ruleDefault != 0, Location: m.place(), Module: m.into}
	rule.Head = &ast.Head{
		Assign: flags&ruleAssign != 0, Location: m.place(), Name: ast.Var(m.Text()),
		Reference: m.list(), Args: m.list(), Key: m.optional(), Value: m.optional(),
	}
	rule.Body = m.body()
	if flags&ruleElse != 0 {
		rule.Else = m.rule()
	}
	return rule
}

func (m *moduleDecoder) body() ast.Body {
	body := make(ast.Body, m.Number())
	for i := range body {
		body[i] = m.expr(i)
	}
	return body
}

func (m *moduleDecoder) expr(index int) *ast.Expr {
	expr := &m.exprs[0]
	m.exprs = m.exprs[1:]
	flags := m.Number()
	expr.Index, expr.Negated, expr.Generated, expr.Location = index, flags&exprNegated != 0, flags&exprGenerated != 0, m.place()
	switch {
	case flags&exprCall != 0:
		expr.Terms = m.list()
	case flags&exprEvery != 0:
		expr.Terms = &ast.Every{
			Key: m.optional(), Value: m.optional(), Domain: m.located(m.term()), Location: m.place(), Body: m.body(),
		}
	case flags&exprNot != 0:
		expr.Terms = &ast.Not{Location: expr.Location, Body: m.body()}
	default:
		expr.Terms = m.term()
	}
	return expr
}

func (m *moduleDecoder) term() *ast.Term { return &m.terms[m.Number()] }

// located is a copy of a term, at the place that is read.
func (m *moduleDecoder) located(term *ast.Term) *ast.Term {
	return &ast.Term{Value: term.Value, Location: m.place()}
}

func (m *moduleDecoder) list() []*ast.Term {
	n := m.Number()
	if n == 0 {
		return nil
	}
	terms := make([]*ast.Term, n)
	for i := range terms {
		terms[i] = m.term()
	}
	return terms
}

func (m *moduleDecoder) optional() *ast.Term {
	if terms := m.list(); terms != nil {
		return terms[0]
	}
	return nil
}

func (m *moduleDecoder) value() ast.Value {
	switch m.Number() {
	case tagNull:
		return ast.NullValue
	case tagFalse:
		return ast.Boolean(false)
	case tagTrue:
		return ast.Boolean(true)
	case tagNumber:
		return ast.Number(json.Number(m.Text()))
	case tagString:
		return ast.String(m.Text())
	case tagVar:
		return ast.Var(m.Text())
	case tagRef:
		return ast.Ref(m.list())
	case tagCall:
		return ast.Call(m.list())
	case tagArray:
		return ast.NewArray(m.list()...)
	case tagSet:
		return ast.NewSet(m.list()...)
	case tagObject:
		items := m.list()
		object := ast.NewObjectWithCapacity(len(items) / 2)
		for i := 0; i < len(items); i += 2 {
			object.Insert(items[i], items[i+1])
		}
		return object
	case tagArrayComprehension:
		return &ast.ArrayComprehension{Term: m.optional(), Body: m.body()}
	case tagSetComprehension:
		return &ast.SetComprehension{Term: m.optional(), Body: m.body()}
	case tagObjectComprehension:
		terms := m.list()
		return &ast.ObjectComprehension{Key: m.located(terms[0]), Value: terms[1], Body: m.body()}
	default:
		panic("compiled policies hold an unknown value: they were not written by this version")
	}
}
