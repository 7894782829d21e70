package policytest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// A test with several cases is a rule such as test_x[case] if …: the value is true for each case that passes, and lacks those that fail. So the
// compiled rule calls a builtin of OPA's, as early as the name of the case is known, and its calls say which cases there are.

// noteCases puts the call into each test that has cases and does not have it.
func noteCases(tests []testRule) {
	for _, test := range tests {
		names := test.Head.Ref()[len(test.ref):]
		if len(names) > 0 && !callsTestCase(test.Body) {
			test.Body = noteCase(test.Body, names)
		}
	}
}

func callsTestCase(body ast.Body) (calls bool) {
	ast.WalkExprs(body, func(expr *ast.Expr) bool {
		calls = calls || expr.IsCall() && expr.Operator().Equal(ast.InternalTestCase.Ref())
		return calls
	})
	return calls
}

// noteCase puts the call behind the expressions that give the names of a case their values. The compiler writes assignments of such names at the
// end of the body: they are moved up first, to where the values are known. Expressions that somebody wrote stay where they are.
func noteCase(body ast.Body, names []*ast.Term) ast.Body {
	for _, name := range names {
		for i := range slices.Backward(body) {
			expr := body[i]
			if !expr.Generated || !expr.IsEquality() && !expr.IsAssignment() || !expr.Operand(0).Equal(name) {
				continue
			}
			if to := known(body[:i], localsOf(expr.Operand(1))); to < i {
				body = slices.Insert(slices.Delete(body, i, i+1), to, expr)
			}
		}
	}
	call := ast.NewExpr([]*ast.Term{ast.NewTerm(ast.InternalTestCase.Ref()), ast.NewTerm(ast.NewArray(names...))})
	variables := ast.NewVarSet()
	for _, name := range names {
		if variable, isVar := name.Value.(ast.Var); isVar {
			variables.Add(variable)
		}
	}
	return slices.Insert(body, known(body, variables), call)
}

// known is the index of a body from which on each of the variables has been mentioned.
func known(body ast.Body, variables ast.VarSet) (index int) {
	for variable := range variables {
		first := slices.IndexFunc(body, func(expr *ast.Expr) (mentions bool) {
			ast.WalkVars(expr, func(v ast.Var) bool {
				mentions = mentions || v == variable
				return mentions
			})
			return mentions
		})
		index = max(index, first+1)
	}
	return index
}

// localsOf are the variables of a rule that are in a term.
func localsOf(term *ast.Term) ast.VarSet {
	locals := ast.NewVarSet()
	ast.WalkVars(term, func(v ast.Var) bool {
		if strings.HasPrefix(string(v), ast.LocalVarPrefix) {
			locals.Add(v)
		}
		return false
	})
	return locals
}

// caseTracer keeps the calls that say which cases there are.
type caseTracer struct{ *topdown.BufferTracer }

func (t *caseTracer) TraceEvent(event topdown.Event) {
	if event.Op == topdown.TestCaseOp {
		t.BufferTracer.TraceEvent(event)
	}
}

// cases are those of a test, by name; a case can have cases below it.
type cases map[string]*testCase

type testCase struct {
	fails bool
	below cases
}

// casesOf reads cases from the value of a test, and those that failed from what was noted.
func casesOf(value map[string]any, noted []*topdown.Event) cases {
	all := cases{}
	for name, below := range value {
		object, isObject := below.(map[string]any)
		of := &testCase{fails: !isObject && below != true, below: cases{}}
		if isObject {
			of.below = casesOf(object, nil)
			of.fails = of.below.fail()
		}
		all[name] = of
	}
	for _, event := range noted {
		expr, isExpr := event.Node.(*ast.Expr)
		if !isExpr {
			continue
		}
		if names, isList := expr.Operand(0).Value.(*ast.Array); isList {
			all.note(names)
		}
	}
	return all
}

// note adds a case, as one that fails where it is not there.
func (c cases) note(names *ast.Array) (fails bool) {
	if names.Len() == 0 {
		return false
	}
	name := nameOf(names.Elem(0))
	at := c[name]
	if at == nil {
		at = &testCase{fails: true, below: cases{}}
		c[name] = at
	}
	if rest := names.Slice(1, -1); rest.Len() > 0 && at.below.note(rest) {
		at.fails = true
	}
	return at.fails
}

func nameOf(term *ast.Term) string {
	if text, isString := term.Value.(ast.String); isString {
		return string(text)
	}
	value, err := ast.JSON(term.Value)
	if err != nil {
		return term.String()
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return term.String()
	}
	return string(encoded)
}

func (c cases) fail() bool {
	for _, of := range c {
		if of.fails {
			return true
		}
	}
	return false
}

// failed are the names of the cases that fail, by name, without those that only have one below them.
func (c cases) failed() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c)) {
		of := c[name]
		if of.fails && len(of.below) == 0 {
			names = append(names, name)
		}
		for _, below := range of.below.failed() {
			names = append(names, name+"/"+below)
		}
	}
	return names
}
