package rego

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
)

// Reads lists what the findings of each check can depend on, directly or through helpers: fields at the top of the input, or fields in
// these. It goes by what the rules name, so it lists rather too much.
func Reads(set *policy.Set) (engine.Reads, error) {
	compiler, err := Compile(set)
	if err != nil {
		return nil, err
	}
	return dependencesOf(set, compiler).reads, nil
}

// atField is the field of the input that has the time of the assessment.
const atField = "at"

// dependences say what the findings of each check can depend on, by package and check.
type dependences struct {
	reads engine.Reads
	times map[string]map[string]comparedTimes
}

// comparedTimes are the comparisons with the time that a check can make, by their numbers.
type comparedTimes struct {
	numbers   []int
	otherwise bool // it may use the time in another way, too
}

func dependencesOf(set *policy.Set, compiler *ast.Compiler) *dependences {
	d := &dependences{engine.Reads{}, map[string]map[string]comparedTimes{}}
	isUnique := len(compiler.GetRules(assessed)) == 1
	for _, duty := range set.Duties {
		name := set.Root + "." + duty.Name
		d.reads[name], d.times[name] = map[string][]string{}, map[string]comparedTimes{}
		for _, check := range duty.Checks {
			r := reading{
				helper: ast.MustParseRef("data.lib." + contradictions), compiler: compiler, seen: map[*ast.Rule]bool{}, fields: map[string]bool{},
				aliases: map[ast.Var]bool{}, numbers: map[int]bool{},
			}
			r.follow(ast.MustParseRef("data." + name + ".findings." + check.Name))
			d.reads[name][check.Name] = nil
			if !r.any {
				d.reads[name][check.Name] = slices.AppendSeq([]string{}, maps.Keys(r.fields))
				slices.Sort(d.reads[name][check.Name])
			}
			d.times[name][check.Name] = comparedTimes{slices.Sorted(maps.Keys(r.numbers)), r.any || r.otherwise || len(r.numbers) > 0 && !isUnique}
		}
	}
	return d
}

// reading follows rules to what they read of the input.
type reading struct {
	compiler *ast.Compiler
	helper   ast.Ref // see contradictions
	seen     map[*ast.Rule]bool
	fields   map[string]bool
	aliases  map[ast.Var]bool // that stand for the whole input
	any      bool             // it may be any field

	numbers   map[int]bool       // of comparisons with the time
	otherwise bool               // the time is used in another way, too
	times     map[ast.Var]bool   // of the rule that is looked at: see timesIn
	tops      map[ast.Var]string // of the rule that is looked at: see topsIn
}

func (r *reading) follow(ref ast.Ref) {
	for _, rule := range r.compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true}) {
		if r.seen[rule] {
			continue
		}
		r.seen[rule] = true
		r.otherwise = r.otherwise || rule.Ref().Equal(assessed)
		ast.WalkWiths(rule, func(*ast.With) bool { r.any = true; return false }) // the rules below it see another input
		ast.WalkExprs(rule, func(expr *ast.Expr) bool {
			if name, isAlias := alias(expr); isAlias {
				r.aliases[name] = true
			}
			return false
		})
		times, tops := r.times, r.tops
		r.tops = topsIn(rule)
		for ; rule != nil; rule = rule.Else {
			r.times = timesIn(rule)
			ast.NewGenericVisitor(r.look).Walk(rule.Head)
			ast.NewGenericVisitor(r.look).Walk(rule.Body)
		}
		r.times, r.tops = times, tops
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

// topsIn are the variables of a rule that stand for a field at the top of the input, such as input.keys, and of which the rule uses no
// more than single fields below it, with the name of the field at the top.
func topsIn(rule *ast.Rule) map[ast.Var]string {
	tops, uses := map[ast.Var]string{}, map[ast.Var]int{} // uses are those that are not of a single field
	use := func(part any) bool {
		switch part := part.(type) {
		case *ast.Expr:
			if name, top, stands := topOf(part); stands {
				if before, has := tops[name]; !has || before == top {
					tops[name] = top
					uses[name]--
				}
			}
			if operands := part.Operands(); part.IsCall() && part.Operator().Equal(ast.ObjectGet.Ref()) && firstName(operands[1]) != "" {
				if name, isVar := operands[0].Value.(ast.Var); isVar {
					uses[name]--
				}
			}
		case ast.Ref:
			if name, isVar := part[0].Value.(ast.Var); isVar && len(part) > 1 && firstName(part[1]) != "" {
				uses[name]--
			}
		case ast.Var:
			uses[part]++
		}
		return false
	}
	ast.NewGenericVisitor(use).Walk(rule)
	for name := range tops {
		if uses[name] != 0 {
			delete(tops, name)
		}
	}
	return tops
}

// topOf is the variable that an expression lets stand for a field at the top of the input, and the field's name.
func topOf(expr *ast.Expr) (name ast.Var, top string, stands bool) {
	operands := expr.Operands()
	if !expr.IsEquality() || expr.Negated || len(expr.With) > 0 {
		return "", "", false
	}
	name, isVar := operands[0].Value.(ast.Var)
	ref, isRef := operands[1].Value.(ast.Ref)
	if !isVar || !isRef || len(ref) != 2 || !ref[0].Equal(ast.InputRootDocument) {
		return "", "", false
	}
	top = firstName(ref[1])
	return name, top, top != ""
}

// firstName is the name that a term is, or that the path in it begins with; empty for any other term, and for a name that a path with
// slashes would not lead to.
func firstName(term *ast.Term) string {
	if path, isPath := term.Value.(*ast.Array); isPath && path.Len() > 0 {
		term = path.Elem(0)
	}
	name, isText := term.Value.(ast.String)
	if !isText || strings.ContainsAny(string(name), "/~") {
		return ""
	}
	return string(name)
}

// look notes what a part of a rule reads, and answers whether all below it is noted.
func (r *reading) look(part any) bool {
	switch part := part.(type) {
	case *ast.Expr:
		return r.expression(part)
	case ast.Ref:
		name, isVar := part[0].Value.(ast.Var)
		top, isTop := r.tops[name]
		switch {
		case part[0].Equal(ast.DefaultRootDocument):
			r.follow(part)
		case part[0].Equal(ast.InputRootDocument) && len(part) > 1:
			r.field(part[1:]...)
		case part[0].Equal(ast.InputRootDocument):
			r.any = true
		case isVar && isTop && len(part) > 1:
			r.field(ast.StringTerm(top), part[1])
		}
	case ast.Var:
		r.any = r.any || r.aliases[part]
	}
	return false
}

// expression is look at an expression.
func (r *reading) expression(expr *ast.Expr) bool {
	if _, isAlias := alias(expr); isAlias {
		return true
	}
	if name, isTime := timeOf(expr); isTime && r.times[name] {
		r.fields[atField] = true
		return true
	}
	if name, top, stands := topOf(expr); stands && r.tops[name] == top {
		return true
	}
	if number, isWatched := watched(expr); isWatched {
		r.numbers[number] = true
	}
	if sections, limited := r.contradictions(expr); limited {
		for _, section := range sections {
			r.fields[document.Pointer(contradictions, section)[1:]] = true
		}
		return true
	}
	operands := expr.Operands()
	if !expr.IsCall() || !expr.Operator().Equal(ast.ObjectGet.Ref()) {
		return false
	}
	switch name, _ := operands[0].Value.(ast.Var); {
	case r.isInput(operands[0]):
		if path, isPath := operands[1].Value.(*ast.Array); isPath && path.Len() > 1 {
			r.field(path.Elem(0), path.Elem(1))
		} else {
			r.field(operands[1])
		}
	case r.tops[name] != "":
		r.field(ast.StringTerm(r.tops[name]), operands[1])
	default:
		return false
	}
	for _, operand := range operands[1:] {
		ast.NewGenericVisitor(r.look).Walk(operand)
	}
	return true
}

// field notes the field that terms lead to from the top of the input: by its own name, and by that of the field at the top alone where
// the second term is no name.
func (r *reading) field(terms ...*ast.Term) {
	top := firstName(terms[0])
	if top == "" {
		r.any = true
		return
	}
	r.otherwise = r.otherwise || top == atField
	if len(terms) > 1 {
		if below := firstName(terms[1]); below != "" {
			r.fields[top+"/"+below] = true
			return
		}
	}
	r.fields[top] = true
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
