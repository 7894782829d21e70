package policytest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"

	"github.com/raci-check/raci-check/internal/policy"
)

// Warning is a place where a policy relies on a behaviour of OPA that surprises: it is not refused, and it is no failure.
type Warning struct {
	File      string `json:"file"`
	Line      int    `json:"line"`
	Behaviour string `json:"behaviour"` // the row of docs/rego-surprises.md that measures it
	Message   string `json:"message"`   // what happens and what to do
}

// surprise is a behaviour that can be seen in the source of a policy.
type surprise struct {
	name, message string
	at            func(in scope, node any) bool // the node is an *ast.Expr, or an ast.Call inside one
}

// scope is where a node stands.
type scope struct {
	rule   *ast.Rule
	needed []string // pointers of evidence without which checks of the module are missing
}

var surprises = []surprise{
	{"rounding", "between -1 and 0 ceil gives 1 and floor gives 0: compare the number itself, or use round", func(_ scope, node any) bool {
		return len(operands(node, ast.Ceil.Name)) > 0 || len(operands(node, ast.Floor.Name)) > 0
	}},
	{"to-number", "to_number makes 0 of null, and 1 of true: call it with a text, such as the result of split or substring", func(in scope, node any) bool {
		arguments := operands(node, ast.ToNumber.Name)
		return len(arguments) > 0 && !isText(in.rule, arguments[0])
	}},
	{"calendar", "time.add_date goes past the end of a shorter month (31 January and a month are 2 March): count in days", func(_ scope, node any) bool {
		arguments := operands(node, ast.AddDate.Name)
		return len(arguments) > 2 && !(isZero(arguments[1]) && isZero(arguments[2]))
	}},
	{"every", "every over a missing list is undefined, so the rule finds nothing: negate a helper that has the every", func(in scope, node any) bool {
		expr, ok := node.(*ast.Expr)
		return ok && expr.IsEvery() && policy.CheckOf(in.rule) != ""
	}},
	{"empty-comprehension", "a comprehension over a missing list is empty, so this is true without any evidence: test the list too", isEmptyComprehension},
	{"sprintf-arguments", "the verbs and the values do not match, and the text says so in the middle (%!s(MISSING) or %!(EXTRA …))", func(_ scope, node any) bool {
		verbs, values, ok := format(node)
		return ok && len(verbs) != len(values)
	}},
	{"sprintf-verb", "this verb prints %!d(float64=2.5) or %!s(int64=1) for a number of the other kind: use %v", func(in scope, node any) bool {
		verbs, values, ok := format(node)
		if !ok || len(verbs) != len(values) {
			return false
		}
		for i, verb := range verbs {
			if !fits(in.rule, verb, values[i]) {
				return true
			}
		}
		return false
	}},
	{"regex", "the pattern matches anywhere in the text: anchor it with ^ and $", func(_ scope, node any) bool {
		arguments := operands(node, ast.RegexMatch.Name)
		pattern, ok := text(arguments, 0)
		return ok && !strings.ContainsAny(pattern, "^$") && !strings.Contains(pattern, `\A`) && !strings.Contains(pattern, `\z`)
	}},
	{"empty-text", "every text contains, begins with and ends with the empty text: this is always true", func(_ scope, node any) bool {
		for _, name := range []string{ast.Contains.Name, ast.StartsWith.Name, ast.EndsWith.Name} {
			if needle, ok := text(operands(node, name), 1); ok && needle == "" {
				return true
			}
		}
		return false
	}},
	{"split", `split of an empty text gives one empty text, so the count is never 0: compare the text with ""`, func(_ scope, node any) bool {
		arguments := operands(node, ast.Count.Name)
		return len(arguments) > 0 && len(operands(arguments[0].Value, ast.Split.Name)) > 0
	}},
	{"trim", "the second argument is a set of characters, not a text: use trim_prefix or trim_suffix", func(_ scope, node any) bool {
		for _, name := range []string{ast.Trim.Name, ast.TrimLeft.Name, ast.TrimRight.Name} {
			if set, ok := text(operands(node, name), 1); ok && twoLetters.MatchString(set) {
				return true
			}
		}
		return false
	}},
	{"text-order", `texts are ordered by their characters ("10" comes before "9"): compare numbers or times`, func(_ scope, node any) bool {
		for _, name := range []string{ast.LessThan.Name, ast.LessThanEq.Name, ast.GreaterThan.Name, ast.GreaterThanEq.Name} {
			arguments := operands(node, name)
			_, left := text(arguments, 0)
			_, right := text(arguments, 1)
			if left || right {
				return true
			}
		}
		return false
	}},
	{"least-and-greatest", "min and max of an empty list are undefined, so the rule finds nothing: test the count first", func(in scope, node any) bool {
		arguments := slices.Concat(operands(node, ast.Min.Name), operands(node, ast.Max.Name))
		if len(arguments) == 0 || policy.CheckOf(in.rule) == "" {
			return false
		}
		list, ok := arguments[0].Value.(*ast.Array)
		return !ok || list.Len() == 0
	}},
}

// Warnings finds the surprises in modules, by file and line.
func Warnings(modules map[string]*ast.Module) []Warning {
	warnings := []Warning{}
	for file, module := range modules {
		needed := evidenceOf(module)
		ast.WalkRules(module, func(rule *ast.Rule) bool {
			for _, s := range surprises {
				for _, line := range s.lines(scope{rule, needed}) {
					warnings = append(warnings, Warning{file, line, s.name, s.message})
				}
			}
			return true // the rules of its else are walked with it
		})
	}
	slices.SortFunc(warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Behaviour, b.Behaviour))
	})
	return slices.Compact(warnings)
}

// evidenceOf is the evidence that the METADATA of a module's checks needs.
func evidenceOf(module *ast.Module) []string {
	var needed []string
	for _, rule := range module.Rules {
		for _, annotation := range rule.Annotations {
			list, _ := annotation.Custom["evidence"].([]any)
			for _, pointer := range list {
				if text, ok := pointer.(string); ok {
					needed = append(needed, text)
				}
			}
		}
	}
	return needed
}

// lines are where the surprise stands in a rule. A negation is looked at too: what it negates surprises as well.
func (s surprise) lines(in scope) []int {
	var lines []int
	line := in.rule.Loc().Row
	visitor := ast.NewGenericVisitor(func(node any) bool {
		switch n := node.(type) {
		case *ast.Expr:
			if n.Location != nil {
				line = n.Location.Row
			}
			if s.at(in, n) {
				lines = append(lines, line)
			}
		case *ast.Term:
			if call, ok := n.Value.(ast.Call); ok && s.at(in, call) {
				lines = append(lines, cmp.Or(n.Loc().Row, line))
			}
		}
		return false
	})
	visitor.Walk(in.rule)
	return lines
}

// operands are the arguments of a call of a builtin; none where the node is another.
func operands(node any, name string) []*ast.Term {
	switch n := node.(type) {
	case *ast.Expr:
		if n.IsCall() && n.Operator().String() == name {
			return n.Operands()
		}
	case ast.Call:
		if n[0].Value.String() == name {
			return n[1:]
		}
	}
	return nil
}

// text is the argument at i where it is a literal text.
func text(arguments []*ast.Term, i int) (string, bool) {
	if i >= len(arguments) {
		return "", false
	}
	literal, ok := arguments[i].Value.(ast.String)
	return string(literal), ok
}

func isZero(term *ast.Term) bool { return term.Equal(ast.NumberTerm("0")) }

var twoLetters = regexp.MustCompile(`[\pL\pN].*[\pL\pN]`)

// isText reports whether a term is a text for certain: a literal, what a builtin gives, or a variable that holds such.
func isText(rule *ast.Rule, term *ast.Term) bool {
	switch value := term.Value.(type) {
	case ast.String:
		return true
	case ast.Call:
		return resultIs(value, types.S)
	case ast.Var:
		return assigned(rule, func(to *ast.Term, call ast.Call) bool {
			list, isList := to.Value.(*ast.Array)
			return to.Equal(term) && resultIs(call, types.S) || isList && list.Until(term.Equal) && resultIs(call, types.NewArray(nil, types.S))
		})
	}
	return false
}

// assigned reports whether a rule assigns the result of a call in a certain way.
func assigned(rule *ast.Rule, so func(to *ast.Term, call ast.Call) bool) bool {
	is := false
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		if expr.IsAssignment() {
			call, ok := expr.Operand(1).Value.(ast.Call)
			is = is || ok && so(expr.Operand(0), call)
		}
		return is
	})
	return is
}

// isWhole reports whether a term is a whole number for certain: a literal, a count, or the index of `some i, x in`.
func isWhole(rule *ast.Rule, term *ast.Term) bool {
	counts := func(call ast.Call) bool {
		name := call[0].Value.String()
		return name == ast.Count.Name || name == ast.Round.Name
	}
	switch value := term.Value.(type) {
	case ast.Number:
		return !strings.ContainsAny(value.String(), ".eE")
	case ast.Call:
		return counts(value)
	case ast.Var:
		if assigned(rule, func(to *ast.Term, call ast.Call) bool { return to.Equal(term) && counts(call) }) {
			return true
		}
		index := false
		ast.NewGenericVisitor(func(node any) bool {
			if declaration, ok := node.(*ast.SomeDecl); ok {
				call, ok := declaration.Symbols[0].Value.(ast.Call)
				index = index || ok && call[0].Value.String() == ast.MemberWithKey.Name && call[1].Equal(term)
			}
			return index
		}).Walk(rule)
		return index
	}
	return false
}

func resultIs(call ast.Call, kind types.Type) bool {
	builtin := ast.BuiltinMap[call[0].Value.String()]
	return builtin != nil && types.Compare(builtin.Decl.Result(), kind) == 0
}

// isEmptyComprehension reports that the count of a comprehension is compared with 0, and that nothing says whether there is
// what it goes over: neither the METADATA of a check nor another expression of the rule.
func isEmptyComprehension(in scope, node any) bool {
	if expr, ok := node.(*ast.Expr); ok && expr.Negated {
		return false
	}
	arguments := operands(node, ast.Equal.Name)
	if len(arguments) != 2 || !isZero(arguments[1]) {
		return false
	}
	counted := operands(arguments[0].Value, ast.Count.Name)
	if len(counted) == 0 {
		return false
	}
	switch counted[0].Value.(type) {
	case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension:
	default:
		return false
	}
	lists := listsOf(counted[0], nil)
	around := listsOf(in.rule, counted[0])
	return slices.ContainsFunc(lists, func(list string) bool {
		return !slices.Contains(in.needed, list) && !slices.Contains(around, list)
	})
}

// listsOf is what a node reads of the evidence, up to the first index, as pointers; but for one term in it.
func listsOf(node any, but *ast.Term) []string {
	var lists []string
	ast.NewGenericVisitor(func(node any) bool {
		term, ok := node.(*ast.Term)
		if ok && but != nil && term == but {
			return true
		}
		if !ok {
			return false
		}
		if ref, ok := term.Value.(ast.Ref); ok && ref.HasPrefix(ast.InputRootRef) {
			pointer := ""
			for _, part := range ref.GroundPrefix()[1:] {
				if name, ok := part.Value.(ast.String); ok {
					pointer += "/" + string(name)
				}
			}
			lists = append(lists, pointer)
		}
		return false
	}).Walk(node)
	return lists
}

var verb = regexp.MustCompile(`%[-+# 0]*[0-9]*(?:\.[0-9]*)?([a-zA-Z%])`)

// format is the verbs of a call of sprintf and the values that fill them, in their order.
func format(node any) (verbs []string, values []*ast.Term, ok bool) {
	arguments := operands(node, ast.Sprintf.Name)
	pattern, ok := text(arguments, 0)
	if !ok || len(arguments) < 2 {
		return nil, nil, false
	}
	list, ok := arguments[1].Value.(*ast.Array)
	if !ok {
		return nil, nil, false
	}
	for _, match := range verb.FindAllStringSubmatch(pattern, -1) {
		if match[1] != "%" {
			verbs = append(verbs, match[1])
		}
	}
	for i := range list.Len() {
		values = append(values, list.Elem(i))
	}
	return verbs, values, true
}

// fits reports whether a verb prints a value well, as far as the source tells.
func fits(rule *ast.Rule, verb string, value *ast.Term) bool {
	switch verb {
	case "v":
		return true
	case "d":
		return isWhole(rule, value)
	case "s", "q":
		call, isCall := value.Value.(ast.Call)
		_, isNumber := value.Value.(ast.Number)
		return !isNumber && !(isCall && resultIs(call, types.N))
	}
	return false
}

// String is a warning on one line.
func (w Warning) String() string {
	return fmt.Sprintf("%s:%d: %s (%s)", w.File, w.Line, w.Message, w.Behaviour)
}
