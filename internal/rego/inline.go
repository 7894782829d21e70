package rego

import (
	"fmt"
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// inlinedSize is how many expressions a helper may have that is put where it is asked for in several places. A larger one
// is asked, so that its answer is kept.
const inlinedSize = 8

// Inline puts the bodies of small helpers where these are asked for: most of what an evaluation takes is asking them. The
// modules are compiled, and are changed.
//
// Only a helper that is one rule without alternatives, that is true or undefined, and whose body holds at most once is put
// in place; it then holds in place exactly when it holds when asked. Expressions keep the places that they are written at.
func Inline(modules map[string]*ast.Module) error {
	in := inliner{rules: map[string][]*ast.Rule{}, calls: map[string]int{}, done: map[*ast.Rule]bool{}}
	var replaced bool // somewhere with puts another rule or builtin in the place of one
	for _, module := range modules {
		for _, rule := range module.Rules {
			name := rule.Ref().String()
			in.rules[name] = append(in.rules[name], rule)
		}
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			if expr.IsCall() {
				in.calls[expr.Operator().String()]++
			}
			for _, with := range expr.With {
				target, ok := with.Target.Value.(ast.Ref)
				replaced = replaced || !ok || !target.HasPrefix(ast.InputRootRef)
			}
			return false
		})
	}
	if replaced {
		return nil
	}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		for _, rule := range modules[file].Rules {
			in.rule(rule)
		}
	}
	return in.err
}

type inliner struct {
	rules map[string][]*ast.Rule // by their full names
	calls map[string]int         // in how many places each function is asked
	done  map[*ast.Rule]bool
	err   error
}

func (in *inliner) rule(rule *ast.Rule) {
	if in.done[rule] {
		return
	}
	in.done[rule] = true
	for r := rule; r != nil; r = r.Else {
		r.Body = in.body(r.Body, &variables{})
	}
}

// variables gives names to those that are put into one rule.
type variables struct{ count int }

func (v *variables) next() ast.Var {
	v.count++
	return ast.Var(fmt.Sprintf("__localin%d__", v.count))
}

// body is a body with helpers put in place.
func (in *inliner) body(body ast.Body, v *variables) ast.Body {
	out := make(ast.Body, 0, len(body))
	for _, expr := range body {
		within(expr, func(body ast.Body) ast.Body { return in.body(body, v) })
		helper := in.helper(expr)
		switch {
		case helper == nil:
			out = append(out, expr)
		case !expr.Negated:
			out = append(out, in.inPlace(helper, expr, v)...)
		default:
			out = append(out, negated(in.inPlace(helper, expr, v), expr))
		}
	}
	return numbered(out)
}

// negated is an expression that holds when a body does not.
func negated(body ast.Body, at *ast.Expr) *ast.Expr {
	if _, call := body[0].Terms.([]*ast.Term); call && len(body) == 1 && !body[0].Negated {
		body[0].Negated = true
		return body[0]
	}
	not := ast.NewExpr(&ast.Not{Body: numbered(body), Location: at.Location})
	not.Location = at.Location
	return not
}

func numbered(body ast.Body) ast.Body {
	for i := range body {
		body[i].Index = i
	}
	return body
}

// helper is the rule that may stand where an expression asks for it; nil where none may.
func (in *inliner) helper(expr *ast.Expr) *ast.Rule {
	if !expr.IsCall() || len(expr.With) > 0 || !allPlain(expr.Operands()) {
		return nil
	}
	name := expr.Operator().String()
	rules := in.rules[name]
	if len(rules) != 1 {
		return nil
	}
	rule := rules[0]
	in.rule(rule) // first, so that helpers that it asks for are in place
	if in.calls[name] > 1 && len(rule.Body) > inlinedSize {
		return nil
	}
	if len(expr.Operands()) != len(rule.Head.Args) || !isPredicate(rule) {
		return nil
	}
	return rule
}

// isPredicate reports whether a rule is true or undefined, has no alternative, holds at most once, and names its variables so
// that they can be given other names.
func isPredicate(rule *ast.Rule) bool {
	parameters := ast.NewVarSet()
	for _, arg := range rule.Head.Args {
		if v, ok := arg.Value.(ast.Var); ok {
			parameters.Add(v)
		}
	}
	if len(rule.Head.Args) != len(parameters) { // a pattern, or the same parameter twice
		return false
	}
	alone := !rule.Default && rule.Else == nil && ast.Boolean(true).Equal(rule.Head.Value.Value)
	return alone && once(rule.Body, parameters) && isRenamable(rule.Body)
}

// isRenamable reports whether the compiler named all variables of a body. What a person names without some or := may mean
// something else where the body is put.
func isRenamable(body ast.Body) bool {
	for v := range body.Vars(ast.VarVisitorParams{SkipRefCallHead: true}) {
		if !renamed(v) && !ast.ReservedVars.Contains(v) {
			return false
		}
	}
	return true
}

// allPlain reports whether all operands are variables or scalars.
func allPlain(operands []*ast.Term) bool {
	for _, operand := range operands {
		switch operand.Value.(type) {
		case ast.Var, ast.String, ast.Number, ast.Boolean, ast.Null:
		default:
			return false
		}
	}
	return true
}

// once reports whether a body, of which these variables are bound, holds at most once: nothing in it is enumerated.
func once(body ast.Body, bound ast.VarSet) bool {
	bound = bound.Copy()
	for _, expr := range body {
		if len(expr.With) > 0 || !holdsOnce(expr, bound) {
			return false
		}
		bound.Update(expr.Vars(ast.VarVisitorParams{SkipClosures: true}))
	}
	return true
}

func holdsOnce(expr *ast.Expr, bound ast.VarSet) bool {
	switch terms := expr.Terms.(type) {
	case []*ast.Term:
		builtin := ast.BuiltinMap[expr.Operator().String()]
		if builtin != nil && builtin.Relation {
			return false
		}
		return !slices.ContainsFunc(terms[1:], func(term *ast.Term) bool { return !looksUp(term, bound) })
	case *ast.Term:
		return looksUp(terms, bound)
	case *ast.Every, *ast.Not:
		return true
	}
	return false
}

// looksUp reports whether each reference in a term leads to at most one value.
func looksUp(term *ast.Term, bound ast.VarSet) bool {
	single := true
	ast.WalkTerms(term, func(t *ast.Term) bool {
		switch value := t.Value.(type) {
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
			return true
		case ast.Ref:
			for _, part := range value[1:] {
				switch part := part.Value.(type) {
				case ast.Var:
					single = single && bound.Contains(part)
				case ast.String, ast.Number, ast.Boolean, ast.Null:
				default:
					single = false
				}
			}
			return true
		}
		return false
	})
	return single
}

// inPlace is the body of a helper with what it is asked with for its parameters.
func (in *inliner) inPlace(helper *ast.Rule, call *ast.Expr, v *variables) ast.Body {
	values := map[ast.Var]ast.Value{}
	for i, arg := range helper.Head.Args {
		values[arg.Value.(ast.Var)] = call.Operand(i).Value
	}
	body := helper.Body.Copy()
	in.rename(body, func(name ast.Var) ast.Value {
		if values[name] == nil {
			values[name] = v.next()
		}
		return values[name]
	})
	return body
}

// renamed reports whether the compiler gave a variable its name.
func renamed(v ast.Var) bool { return v.IsGenerated() || v.IsWildcard() }

// rename puts values where the variables stand that the compiler named.
func (in *inliner) rename(x any, value func(ast.Var) ast.Value) {
	_, err := ast.TransformVars(x, func(name ast.Var) (ast.Value, error) {
		if !renamed(name) { // input, data, the name of a builtin
			return name, nil
		}
		return value(name), nil
	})
	if err != nil && in.err == nil {
		in.err = fmt.Errorf("put helpers in place: %w", err)
	}
}

// within changes the bodies within an expression.
func within(expr *ast.Expr, change func(ast.Body) ast.Body) {
	ast.WalkClosures(expr, func(x any) bool {
		switch x := x.(type) {
		case *ast.ArrayComprehension:
			x.Body = change(x.Body)
		case *ast.SetComprehension:
			x.Body = change(x.Body)
		case *ast.ObjectComprehension:
			x.Body = change(x.Body)
		case *ast.Every:
			x.Body = change(x.Body)
		case *ast.Not:
			x.Body = change(x.Body)
		}
		return true
	})
}
