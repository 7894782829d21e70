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

	numbers   map[int]bool     // of comparisons with the time
	otherwise bool             // the time is used in another way, too
	times     map[ast.Var]bool // of the rule that is looked at: see timesIn
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
		outer := r.times
		for ; rule != nil; rule = rule.Else {
			r.times = timesIn(rule)
			ast.NewGenericVisitor(r.look).Walk(rule.Head)
			ast.NewGenericVisitor(r.look).Walk(rule.Body)
		}
		r.times = outer
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
		if name, isTime := timeOf(part); isTime && r.times[name] {
			r.fields[atField] = true
			return true
		}
		if number, isWatched := watched(part); isWatched {
			r.numbers[number] = true
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
		r.otherwise = r.otherwise || name == atField
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
