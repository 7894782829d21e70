package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/sentence"
)

// findingsRule is the object that the engine asks a duty's package for: by check, the set of its findings.
const findingsRule = "findings"

// conftest are the names of rules that conftest asks for, and nothing here does.
var conftest = regexp.MustCompile(`^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`)

// CheckOf is the name of the check that a rule is of, the last part of its head; empty for a helper.
func CheckOf(rule *ast.Rule) string {
	ref := rule.Head.Ref()
	if len(ref) != 2 || !ref[0].Equal(ast.VarTerm(findingsRule)) || rule.Head.RuleKind() != ast.MultiValue {
		return ""
	}
	name, _ := ref[1].Value.(ast.String)
	return string(name)
}

// checkName is what a check may be called: it is a part of ids, of file names and of commands.
var checkName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// isTest reports whether opa test takes a rule of this name for a test, also in a file of policies.
func isTest(name string) bool {
	return strings.HasPrefix(name, "test_") || strings.HasPrefix(name, "todo_test_")
}

// headDefect says what is wrong with the head of a rule that yields findings, and how to write it; empty where nothing is.
func headDefect(rule *ast.Rule) string {
	head := rule.Head.Ref()
	name := CheckOf(rule)
	switch {
	case isTest(name):
		return fmt.Sprintf("%q cannot be a check's name: opa test would run the rule as a test", name)
	case name != "" && checkName.MatchString(name) && !rule.Default:
		return ""
	case name != "":
		return fmt.Sprintf("%q cannot be a check's name: write it in lower-case letters, digits and underscores", name)
	}
	name = "<check>"
	if len(head) > 1 {
		if text, ok := head[1].Value.(ast.String); ok {
			name = string(text)
		}
	} else if len(rule.Annotations) == 1 {
		if id, ok := rule.Annotations[0].Custom["id"].(string); ok {
			name = id
		}
	}
	return fmt.Sprintf("%v is no rule of a check: write findings.%s contains finding if {…}; the check's id stands there and nowhere else "+
		"(take out custom.id and \"check\"), and what it finds as a condition with values (docs/policies.md)", head, name)
}

// FindingOf is the expression that makes the finding of a check's rule, such as finding := {…}; nil where there is none.
func FindingOf(rule *ast.Rule) *ast.Expr {
	if rule.Head.Key == nil {
		return nil
	}
	return assigned(rule.Body, rule.Head.Key)
}

// assigned is the expression of a body that gives a variable its value, with the variable on its left; nil where there is none.
func assigned(body ast.Body, variable *ast.Term) *ast.Expr {
	at := slices.IndexFunc(body, func(expr *ast.Expr) bool {
		return (expr.IsAssignment() || expr.IsEquality()) && len(expr.Operands()) == 2 && expr.Operand(0).Equal(variable)
	})
	if at < 0 {
		return nil
	}
	return body[at]
}

// finding is the object that a rule puts into findings, as it stands in the source; nil where it is not written there.
func finding(rule *ast.Rule) *ast.Term {
	if _, isVar := rule.Head.Key.Value.(ast.Var); !isVar {
		return rule.Head.Key
	}
	if expr := FindingOf(rule); expr != nil {
		return expr.Operand(1)
	}
	return nil
}

// fieldsOf are the fields of a finding: those that it must have, and what else it may have.
var fieldsOf = map[string]bool{"condition": true, "pointer": true, "values": true, "related": false, "remediation": false}

var fixOf = map[string]string{
	"condition": "write which of custom.conditions failed",
	"pointer":   "point into the evidence, with lib.place where a field may be absent",
	"values":    "write what the sentence of the condition names, {} for nothing",
}

// contract checks the rules of one check against what its METADATA says of them.
type contract struct {
	module     *ast.Module
	helpers    map[string][]*ast.Rule // shared ones, by package and name
	conditions map[string][]string    // the values that the sentence of each names
	yields     map[string]bool        // the conditions that rules are seen to yield
	unseen     bool                   // a rule yields conditions that only evaluation knows
	report     func(rule *ast.Rule, format string, args ...any)
}

// newContract reads the sentences of a check.
func newContract(module *ast.Module, helpers map[string][]*ast.Rule, check *Check, report func(rule *ast.Rule, format string, args ...any)) *contract {
	c := &contract{module: module, helpers: helpers, conditions: map[string][]string{}, yields: map[string]bool{}, report: report}
	for _, condition := range check.Conditions {
		if template, err := sentence.Parse(sentence.English, condition.Sentence); err == nil {
			c.conditions[condition.Name] = template.Names()
		}
	}
	return c
}

// rule finds what is wrong with one rule of the check, and what evaluation would say only where the rule holds.
func (c *contract) rule(rule *ast.Rule) {
	term := finding(rule)
	if term == nil {
		c.unseen = true // a helper makes it: only the engine can look at it
		return
	}
	object, ok := term.Value.(ast.Object)
	if !ok {
		switch term.Value.(type) {
		case ast.Var, ast.Ref, ast.Call:
			c.unseen = true
		default:
			c.report(rule, "a finding is an object with condition, pointer and values, and not %v", term)
		}
		return
	}
	c.fields(rule, object)
	if object.Get(ast.StringTerm("condition")) == nil {
		c.unseen = true // reported
	}
	conditions, seen := c.texts(rule.Body, object.Get(ast.StringTerm("condition")), nil)
	if !seen {
		c.unseen = true
	}
	for _, name := range slices.Sorted(maps.Keys(conditions)) {
		c.yields[name] = true
		if _, ok := c.conditions[name]; !ok {
			c.report(rule, "the finding has the condition %q, which custom.conditions does not describe: it has %v", name, slices.Sorted(maps.Keys(c.conditions)))
		}
	}
	if !seen {
		conditions = nil
	}
	if values := object.Get(ast.StringTerm("values")); values != nil {
		c.values(rule, values, conditions)
	}
}

// fields looks at the fields that a finding has.
func (c *contract) fields(rule *ast.Rule, object ast.Object) {
	for _, name := range slices.Sorted(maps.Keys(fieldsOf)) {
		if value := object.Get(ast.StringTerm(name)); value == nil && fieldsOf[name] {
			c.report(rule, "the finding has no %q: %s", name, fixOf[name])
		}
	}
	object.Foreach(func(key, value *ast.Term) {
		name, isText := key.Value.(ast.String)
		literal, isLiteral := value.Value.(ast.String)
		_, isField := fieldsOf[string(name)]
		switch {
		case isText && name == "check":
			c.report(rule, `the finding names its check: take "check" out, the rule's head says it`)
		case isText && name == "message":
			c.report(rule, `the finding has a message: write "condition" and "values" instead; the sentence stands in custom.conditions`)
		case !isText || !isField:
			c.report(rule, "the finding has the field %v, which nothing reads: it has condition, pointer, values and perhaps related and remediation", key)
		case name == "pointer" && isLiteral && !strings.HasPrefix(string(literal), "/"):
			c.report(rule, "the finding's pointer %q is none: a JSON pointer begins with /, as /section/field", string(literal))
		}
	})
}

// values checks the values that a finding gives against the sentences of its conditions, or of all where it is not seen which.
func (c *contract) values(rule *ast.Rule, values *ast.Term, conditions map[string]bool) {
	object, ok := values.Value.(ast.Object)
	if !ok {
		return
	}
	valueNames := map[string]bool{}
	for _, key := range object.Keys() {
		name, isText := key.Value.(ast.String)
		if !isText {
			return
		}
		valueNames[string(name)] = true
	}
	named := map[string]bool{}
	for _, condition := range slices.Sorted(maps.Keys(c.conditions)) {
		if conditions != nil && !conditions[condition] {
			continue
		}
		for _, name := range c.conditions[condition] {
			named[name] = true
			if conditions != nil && !valueNames[name] {
				c.report(rule, "the sentence of %s has the value %s, which the finding does not give", condition, name)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(valueNames)) {
		if !named[name] {
			c.report(rule, "the finding gives the value %s, which no sentence of its conditions has", name)
		}
	}
}

// texts are the texts that a term can be, as far as the source shows; seen is false where it can be another.
func (c *contract) texts(body ast.Body, term *ast.Term, visited []string) (all map[string]bool, seen bool) {
	all = map[string]bool{}
	if term == nil {
		return all, true // reported by fields
	}
	switch value := term.Value.(type) {
	case ast.String:
		all[string(value)] = true
		return all, true
	case ast.Var:
		if expr := assigned(body, term); expr != nil {
			return c.texts(body, expr.Operand(1), visited)
		}
		return c.texts(body, domain(body, term), visited)
	case ast.Set:
		seen = true
		value.Foreach(func(item *ast.Term) { seen = c.add(all, body, item, visited) && seen })
		return all, seen
	case *ast.Array:
		seen = true
		value.Foreach(func(item *ast.Term) { seen = c.add(all, body, item, visited) && seen })
		return all, seen
	case ast.Call:
		return c.answers(value, body, visited)
	}
	return all, false
}

func (c *contract) add(all map[string]bool, body ast.Body, term *ast.Term, visited []string) bool {
	more, seen := c.texts(body, term, visited)
	maps.Copy(all, more)
	return seen && len(more) > 0
}

// answers are the texts that a helper answers: of the same module, or a shared one.
func (c *contract) answers(call ast.Call, body ast.Body, visited []string) (all map[string]bool, seen bool) {
	all = map[string]bool{}
	name := call[0].String()
	if slices.Contains(visited, name) {
		return all, false
	}
	for _, rule := range c.rules(call) {
		seen = true
		for r := rule; r != nil; r = r.Else {
			if r.Head.Value == nil {
				return all, false
			}
			argument := slices.IndexFunc(rule.Head.Args, func(arg *ast.Term) bool { return arg.Equal(r.Head.Value) })
			value, within := r.Head.Value, r.Body
			if argument >= 0 && argument+1 < len(call) {
				value, within = call[argument+1], body
			}
			if !c.add(all, within, value, append(visited, name)) {
				return all, false
			}
		}
	}
	return all, seen
}

// rules are those that a call asks.
func (c *contract) rules(call ast.Call) []*ast.Rule {
	name := call[0].String()
	for _, imported := range c.module.Imports {
		alias := string(imported.Name())
		if rest, ok := strings.CutPrefix(name, alias+"."); ok {
			return c.helpers[imported.Path.String()+"."+rest]
		}
	}
	var rules []*ast.Rule
	for _, rule := range c.module.Rules {
		if rule.Head.Ref().String() == name {
			rules = append(rules, rule)
		}
	}
	return rules
}

// domain is what a variable of some … in is taken from; nil where it is not one.
func domain(body ast.Body, variable *ast.Term) *ast.Term {
	for _, expr := range body {
		declaration, ok := expr.Terms.(*ast.SomeDecl)
		if !ok || len(declaration.Symbols) != 1 {
			continue
		}
		if call, ok := declaration.Symbols[0].Value.(ast.Call); ok && len(call) == 3 && call[1].Equal(variable) {
			return call[2]
		}
	}
	return ast.NewTerm(ast.Null{}) // not a text: it is not seen
}

// unused lists the conditions that no rule yields, where all that rules yield is seen.
func (c *contract) unused() []string {
	if c.unseen {
		return nil
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(c.conditions)) {
		if !c.yields[name] {
			names = append(names, name)
		}
	}
	return names
}

// Negations finds what Rego evaluates outside a negation: an argument of a negated call that refers to a field. Where the
// field is absent the rule is silent, and the check passes.
func Negations(file string, module *ast.Module) []error {
	var errs []error
	ast.WalkExprs(module, func(expr *ast.Expr) bool {
		if !expr.Negated {
			return false
		}
		refuse := func(operands []*ast.Term) {
			for _, operand := range operands {
				ast.WalkRefs(operand, func(ref ast.Ref) bool {
					if len(ref) > 1 && !ref.HasPrefix(ast.DefaultRootRef) && !isOperator(operand, ref) {
						errs = append(errs, &document.Error{File: file, Line: expr.Location.Row, Message: fmt.Sprintf(
							"%v stands inside not, where the rule is silent if it is absent: negate a helper that takes the whole object", ref)})
					}
					return false
				})
			}
		}
		if expr.IsCall() && expr.Operator().String() != ast.Equal.Name {
			refuse(expr.Operands())
		}
		ast.WalkTerms(expr, func(term *ast.Term) bool {
			if call, ok := term.Value.(ast.Call); ok {
				refuse(call[1:])
			}
			return false
		})
		return false
	})
	return errs
}

// isOperator reports whether a reference is what a call inside the term calls.
func isOperator(term *ast.Term, ref ast.Ref) bool {
	isCalled := false
	ast.WalkTerms(term, func(t *ast.Term) bool {
		if call, ok := t.Value.(ast.Call); ok && call[0].Value.Compare(ref) == 0 {
			isCalled = true
		}
		return isCalled
	})
	return isCalled
}
