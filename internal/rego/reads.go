package rego

import (
	"maps"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
)

// Reads lists what the findings of each check can depend on, directly or through helpers. It goes by what the rules name, so it
// lists rather too much.
func Reads(set *policy.Set) (engine.Reads, error) {
	compiler, err := Compile(set)
	if err != nil {
		return nil, err
	}
	reads := engine.Reads{}
	for _, duty := range set.Duties {
		name := set.Root + "." + duty.Name
		reads[name] = map[string][]string{}
		for _, check := range duty.Checks {
			r := reading{helper: ast.MustParseRef("data.lib." + contradictions), compiler: compiler, seen: map[*ast.Rule]bool{}, fields: map[string]bool{}, aliases: map[ast.Var]bool{}}
			r.follow(ast.MustParseRef("data." + name + ".findings." + check.Name))
			reads[name][check.Name] = nil
			if !r.any {
				reads[name][check.Name] = slices.AppendSeq([]string{}, maps.Keys(r.fields))
				slices.Sort(reads[name][check.Name])
			}
		}
	}
	return reads, nil
}

// reading follows rules to what they read of the input.
type reading struct {
	compiler *ast.Compiler
	helper   ast.Ref // see contradictions
	seen     map[*ast.Rule]bool
	fields   map[string]bool
	aliases  map[ast.Var]bool // that stand for the whole input
	any      bool             // it may be any field
}

func (r *reading) follow(ref ast.Ref) {
	for _, rule := range r.compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true}) {
		if r.seen[rule] {
			continue
		}
		r.seen[rule] = true
		ast.WalkWiths(rule, func(*ast.With) bool { r.any = true; return false }) // the rules below it see another input
		ast.WalkExprs(rule, func(expr *ast.Expr) bool {
			if name, isAlias := alias(expr); isAlias {
				r.aliases[name] = true
			}
			return false
		})
		ast.NewGenericVisitor(r.look).Walk(rule)
	}
}

// alias is the variable that an expression lets stand for the whole input, as the compiler writes it for an operand.
func alias(expr *ast.Expr) (name ast.Var, isAlias bool) {
	operands := expr.Operands()
	if !expr.IsEquality() || !operands[1].Equal(ast.NewTerm(ast.InputRootRef)) {
		return "", false
	}
	name, isAlias = operands[0].Value.(ast.Var)
	return name, isAlias
}

// look notes what a part of a rule reads, and answers whether all below it is noted.
func (r *reading) look(part any) bool {
	switch part := part.(type) {
	case *ast.Expr:
		if _, isAlias := alias(part); isAlias {
			return true
		}
		if sections, limited := r.contradictions(part); limited {
			for _, section := range sections {
				r.fields[document.Pointer(contradictions, section)[1:]] = true
			}
			return true
		}
		if operands := part.Operands(); part.IsCall() && part.Operator().Equal(ast.ObjectGet.Ref()) && r.isInput(operands[0]) {
			r.field(operands[1])
			for _, operand := range operands[1:] {
				ast.NewGenericVisitor(r.look).Walk(operand)
			}
			return true
		}
	case ast.Ref:
		switch {
		case part[0].Equal(ast.DefaultRootDocument):
			r.follow(part)
		case part[0].Equal(ast.InputRootDocument) && len(part) > 1:
			r.field(part[1])
		case part[0].Equal(ast.InputRootDocument):
			r.any = true
		}
	case ast.Var:
		r.any = r.any || r.aliases[part]
	}
	return false
}

// field notes the field that a term names, or that the path in it begins with.
func (r *reading) field(term *ast.Term) {
	if path, isPath := term.Value.(*ast.Array); isPath && path.Len() > 0 {
		term = path.Elem(0)
	}
	if name, isText := term.Value.(ast.String); isText {
		r.fields[string(name)] = true
	} else {
		r.any = true
	}
}

// isInput reports whether a term is the whole input.
func (r *reading) isInput(term *ast.Term) bool {
	name, isVar := term.Value.(ast.Var)
	return term.Equal(ast.NewTerm(ast.InputRootRef)) || isVar && r.aliases[name]
}

// contradictions is the field of the input, and the helper of the policies by which alone they read it, each of some sections.
const contradictions = "contradictions"

// contradictions are the sections whose contradictions a call of that helper asks for, where it lists them.
func (r *reading) contradictions(expr *ast.Expr) (sections []string, limited bool) {
	if !expr.IsCall() || !expr.Operator().Equal(r.helper) {
		return nil, false
	}
	list, isList := expr.Operand(0).Value.(*ast.Array)
	if !isList {
		return nil, false
	}
	limited = true
	list.Foreach(func(term *ast.Term) {
		name, isText := term.Value.(ast.String)
		sections, limited = append(sections, string(name)), limited && isText
	})
	return sections, limited
}
