package rego

import (
	"maps"
	"slices"
	"strings"
	"sync"

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

	mutex    sync.Mutex
	readings *readings
	lists    map[string]list // see items; of those that were asked for
}

// comparedTimes are the comparisons with the time that a check can make, by their numbers.
type comparedTimes struct {
	numbers   []int
	otherwise bool // it may use the time in another way, too
}

func dependencesOf(set *policy.Set, compiler *ast.Compiler) *dependences {
	r := &readings{helper: ast.MustParseRef("data.lib." + contradictions), compiler: compiler, kept: map[*ast.Rule]*reading{}, byRef: map[string][]*ast.Rule{}}
	d := &dependences{reads: engine.Reads{}, times: map[string]map[string]comparedTimes{}, readings: r, lists: map[string]list{}}
	isUnique := len(compiler.GetRules(assessed)) == 1
	for _, duty := range set.Duties {
		name := set.Root + "." + duty.Name
		d.reads[name], d.times[name] = map[string][]string{}, map[string]comparedTimes{}
		for _, check := range duty.Checks {
			all := r.below(ast.MustParseRef("data." + name + ".findings." + check.Name))
			d.reads[name][check.Name] = nil
			if !all.any {
				d.reads[name][check.Name] = slices.AppendSeq([]string{}, maps.Keys(all.fields))
				slices.Sort(d.reads[name][check.Name])
			}
			d.times[name][check.Name] = comparedTimes{slices.Sorted(maps.Keys(all.numbers)), all.any || all.otherwise || len(all.numbers) > 0 && !isUnique}
		}
	}
	return d
}

// readings follow rules to what they read of the input. Each rule is looked at once.
type readings struct {
	compiler *ast.Compiler
	helper   ast.Ref // see contradictions
	kept     map[*ast.Rule]*reading
	byRef    map[string][]*ast.Rule // that a reference can lead to
}

// rules are those that a reference can lead to.
func (r *readings) rules(ref ast.Ref) []*ast.Rule {
	name := ref.String()
	rules, isKnown := r.byRef[name]
	if !isKnown {
		rules = r.compiler.GetRulesDynamicWithOpts(ref, ast.RulesOptions{IncludeHiddenModules: true})
		r.byRef[name] = rules
	}
	return rules
}

// below is what the rules that a reference leads to read, and those that they lead to.
func (r *readings) below(ref ast.Ref) *reading {
	return r.from(&reading{leads: r.rules(ref)})
}

// from is what a rule reads, and those that it leads to.
func (r *readings) from(first *reading) *reading {
	all := &reading{fields: map[string]bool{}, numbers: map[int]bool{}, any: first.any, otherwise: first.otherwise}
	maps.Copy(all.fields, first.fields)
	maps.Copy(all.numbers, first.numbers)
	seen := map[*ast.Rule]bool{}
	next := slices.Clone(first.leads)
	for len(next) > 0 {
		rule := next[len(next)-1]
		next = next[:len(next)-1]
		if seen[rule] {
			continue
		}
		seen[rule] = true
		own, isKnown := r.kept[rule]
		if !isKnown {
			own = r.of(rule)
			r.kept[rule] = own
		}
		maps.Copy(all.fields, own.fields)
		maps.Copy(all.numbers, own.numbers)
		all.any, all.otherwise = all.any || own.any, all.otherwise || own.otherwise
		next = append(next, own.leads...)
	}
	return all
}

// reading is what a rule reads of the input.
type reading struct {
	*readings
	fields  map[string]bool
	any     bool             // it may be any field
	leads   []*ast.Rule      // to which it refers
	aliases map[ast.Var]bool // that stand for the whole input

	numbers   map[int]bool       // of comparisons with the time
	otherwise bool               // the time is used in another way, too
	times     map[ast.Var]bool   // of the part of the rule that is looked at: see timesIn
	tops      map[ast.Var]string // see topsIn
}

// of is what a rule itself reads.
func (r *readings) of(rule *ast.Rule) *reading {
	own := &reading{
		readings: r, fields: map[string]bool{}, numbers: map[int]bool{}, aliases: map[ast.Var]bool{}, tops: topsIn(rule),
		otherwise: rule.Ref().Equal(assessed),
	}
	namesTime := false
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		own.any = own.any || len(expr.With) > 0 // the rules below it see another input
		if name, isAlias := alias(expr); isAlias {
			own.aliases[name] = true
		}
		_, isTime := timeOf(expr)
		namesTime = namesTime || isTime
		return false
	})
	for ; rule != nil; rule = rule.Else {
		if own.times = nil; namesTime {
			own.times = timesIn(rule)
		}
		ast.NewGenericVisitor(own.look).Walk(rule.Head)
		ast.NewGenericVisitor(own.look).Walk(rule.Body)
	}
	return own
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
	ofFields := map[ast.Var]bool{}                        // with a use that is
	single := func(name ast.Var) {
		uses[name]--
		ofFields[name] = true
	}
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
					single(name)
				}
			}
		case ast.Ref:
			if name, isVar := part[0].Value.(ast.Var); isVar && len(part) > 1 && firstName(part[1]) != "" {
				single(name)
			}
		case ast.Var:
			uses[part]++
		}
		return false
	}
	ast.NewGenericVisitor(use).Walk(rule)
	for name := range tops {
		if uses[name] != 0 || !ofFields[name] { // without any use, the rule asks whether the field at the top is there
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
			r.leads = append(r.leads, r.rules(part)...)
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
		r.field(pathOf(operands[1])...)
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

// pathOf are the steps of the path that a term names, or is.
func pathOf(term *ast.Term) (steps []*ast.Term) {
	path, isPath := term.Value.(*ast.Array)
	if !isPath || path.Len() == 0 {
		return []*ast.Term{term}
	}
	path.Foreach(func(step *ast.Term) { steps = append(steps, step) })
	return steps
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
