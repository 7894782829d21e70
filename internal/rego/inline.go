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
		known := known{in: in, bound: varsOf(r.Head.Args...), values: map[string]ast.Value{}}
		r.Body = known.body(r.Body, varsOf(r.Head.Key, r.Head.Value, ast.NewTerm(r.Head.Reference)))
	}
}

// variables gives names to those that are put into one rule.
type variables struct{ given int }

func (v *variables) next() ast.Var {
	v.given++
	return ast.Var(fmt.Sprintf("__localin%d__", v.given))
}

// body is a body with helpers put in place.
func (in *inliner) body(body ast.Body, v *variables) ast.Body {
	out := make(ast.Body, 0, len(body))
	for _, expr := range body {
		within(expr, func(body ast.Body, _, _ ast.VarSet) ast.Body { return in.body(body, v) })
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
	if !expr.IsCall() || len(expr.With) > 0 {
		return nil
	}
	name := expr.Operator().String()
	rules := in.rules[name]
	if len(rules) != 1 {
		return nil
	}
	rule := rules[0]
	in.rule(rule)
	parameters := ast.NewVarSet()
	for _, arg := range rule.Head.Args {
		if v, ok := arg.Value.(ast.Var); ok {
			parameters.Add(v)
		}
	}
	switch {
	case rule.Default, rule.Else != nil, len(rule.Head.Args) != len(parameters), len(expr.Operands()) != len(rule.Head.Args),
		!ast.Boolean(true).Equal(rule.Head.Value.Value), in.calls[name] > 1 && len(rule.Body) > inlinedSize,
		!once(rule.Body, parameters):
		return nil
	}
	for v := range rule.Body.Vars(ast.VarVisitorParams{SkipRefCallHead: true}) {
		if !renamed(v) && !ast.ReservedVars.Contains(v) {
			return nil // a person named it, without some or :=; where it is put that name may mean something else
		}
	}
	for _, operand := range expr.Operands() {
		switch operand.Value.(type) {
		case ast.Var, ast.String, ast.Number, ast.Boolean, ast.Null:
		default:
			return nil
		}
	}
	return rule
}

// once reports whether a body, of which these variables are given, holds at most once: nothing in it is enumerated.
func once(body ast.Body, given ast.VarSet) bool {
	given = given.Copy()
	for _, expr := range body {
		switch terms := expr.Terms.(type) {
		case []*ast.Term:
			builtin := ast.BuiltinMap[expr.Operator().String()]
			if builtin != nil && builtin.Relation {
				return false
			}
			for _, term := range terms[1:] {
				if !looksUp(term, given) {
					return false
				}
			}
		case *ast.Term:
			if !looksUp(terms, given) {
				return false
			}
		case *ast.Every, *ast.Not:
		default:
			return false
		}
		if len(expr.With) > 0 {
			return false
		}
		given.Update(expr.Vars(ast.VarVisitorParams{SkipClosures: true}))
	}
	return true
}

// looksUp reports whether each reference in a term leads to at most one value.
func looksUp(term *ast.Term, given ast.VarSet) bool {
	single := true
	ast.WalkTerms(term, func(t *ast.Term) bool {
		switch value := t.Value.(type) {
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
			return true
		case ast.Ref:
			for _, part := range value[1:] {
				switch part := part.Value.(type) {
				case ast.Var:
					single = single && given.Contains(part)
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

// known is what is known at a place in a rule: there, nothing need be looked up or computed again.
type known struct {
	in     *inliner
	bound  ast.VarSet           // variables that have a value
	values map[string]ast.Value // by the reference or call that yields it: the variable that holds it, or a constant
}

// body leaves out what is already known. The variables that are kept are named outside of the body.
func (k known) body(body ast.Body, kept ast.VarSet) ast.Body {
	others := map[ast.Var]ast.Value{} // what stands for a variable
	out := make(ast.Body, 0, len(body))
	for _, expr := range body {
		k.in.rename(expr, func(name ast.Var) ast.Value {
			if other := others[name]; other != nil {
				return other
			}
			return name
		})
		within(expr, func(body ast.Body, kept, bound ast.VarSet) ast.Body {
			inner := known{k.in, k.bound.Copy(), maps.Clone(k.values)}
			inner.bound.Update(bound)
			if len(expr.With) > 0 {
				clear(inner.values) // there the input is another
			}
			return inner.body(body, kept)
		})
		name, key, value := k.yields(expr)
		if key != "" && value == nil {
			value = k.values[key]
			if value == nil {
				k.values[key] = name
			}
		}
		if value != nil && !kept.Contains(name) {
			others[name] = value
			continue
		}
		k.bound.Update(expr.Vars(ast.VarVisitorParams{SkipRefCallHead: true, SkipClosures: true}))
		out = append(out, expr)
	}
	if len(out) == 0 {
		out = ast.NewBody(ast.NewExpr(ast.InternedTerm(true)))
	}
	return numbered(out)
}

// yields reads an expression that does nothing but give a value to a variable: that of a constant or another variable, or of
// a reference or a call, which the key then names.
func (k known) yields(expr *ast.Expr) (name ast.Var, key string, value ast.Value) {
	terms, ok := expr.Terms.([]*ast.Term)
	if !ok || expr.Negated || len(expr.With) > 0 {
		return "", "", nil
	}
	if !expr.IsEquality() {
		operator := expr.Operator().String()
		builtin := ast.BuiltinMap[operator]
		last, ok := terms[len(terms)-1].Value.(ast.Var)
		arity := -1
		if builtin != nil && !builtin.Relation && builtin.Decl.Result() != nil {
			arity = builtin.Decl.Arity()
		} else if rules := k.in.rules[operator]; len(rules) > 0 {
			arity = len(rules[0].Head.Args)
		}
		if !ok || !k.free(last) || len(terms) != arity+2 {
			return "", "", nil
		}
		for _, term := range terms[1 : len(terms)-1] {
			if !looksUp(term, k.bound) {
				return "", "", nil
			}
		}
		return last, fmt.Sprint(terms[:len(terms)-1]), nil
	}
	one, other := terms[1].Value, terms[2].Value
	if v, ok := other.(ast.Var); ok && k.free(v) {
		one, other = other, one
	}
	name, ok = one.(ast.Var)
	if !ok || !k.free(name) {
		return "", "", nil
	}
	switch o := other.(type) {
	case ast.String, ast.Number, ast.Boolean, ast.Null:
		return name, "", other
	case ast.Var:
		if k.bound.Contains(o) {
			return name, "", other
		}
	case ast.Ref:
		if rules := k.in.rules[o.String()]; len(rules) == 1 && constant(rules[0]) {
			return name, "", rules[0].Head.Value.Value
		}
		if looksUp(ast.NewTerm(o), k.bound) {
			return name, o.String(), nil
		}
	}
	return "", "", nil
}

// free reports whether a variable has no value yet, and no name that a person gave it.
func (k known) free(v ast.Var) bool { return v.IsGenerated() && !k.bound.Contains(v) }

// within changes the bodies within an expression. Of each, it gives the variables that are named outside of it too, and those
// that have a value before it.
func within(expr *ast.Expr, change func(body ast.Body, kept, bound ast.VarSet) ast.Body) {
	ast.WalkClosures(expr, func(x any) bool {
		switch x := x.(type) {
		case *ast.ArrayComprehension:
			x.Body = change(x.Body, varsOf(x.Term), nil)
		case *ast.SetComprehension:
			x.Body = change(x.Body, varsOf(x.Term), nil)
		case *ast.ObjectComprehension:
			x.Body = change(x.Body, varsOf(x.Key, x.Value), nil)
		case *ast.Every:
			x.Body = change(x.Body, nil, varsOf(x.Key, x.Value))
		case *ast.Not:
			x.Body = change(x.Body, nil, nil)
		}
		return true
	})
}

// constant reports whether a rule is a name for a number or a text.
func constant(rule *ast.Rule) bool {
	if rule.Default || rule.Else != nil || len(rule.Head.Args) > 0 || rule.Head.RuleKind() != ast.SingleValue ||
		len(rule.Body) != 1 || !rule.Body[0].Equal(ast.NewExpr(ast.BooleanTerm(true))) {
		return false
	}
	switch rule.Head.Value.Value.(type) {
	case ast.String, ast.Number:
		return true
	}
	return false
}

func varsOf(terms ...*ast.Term) ast.VarSet {
	vars := ast.NewVarSet()
	for _, term := range terms {
		if term != nil {
			vars.Update(term.Vars())
		}
	}
	return vars
}
