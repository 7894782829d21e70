package policy

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"raci-check/internal/document"

	"github.com/open-policy-agent/opa/v1/ast"
)

// findingsRule is the rule that the engine asks a duty's package for.
const findingsRule = "findings"

// conftest are the names of rules that conftest asks for, and nothing here does.
var conftest = regexp.MustCompile(`^(deny|violation|warn)(_[a-zA-Z0-9]+)*$`)

// CheckOf is the name of the check that a rule is, its custom.id; empty for a helper.
func CheckOf(rule *ast.Rule) string {
	if rule.Head.Name.String() != findingsRule || len(rule.Annotations) != 1 {
		return ""
	}
	name, _ := rule.Annotations[0].Custom["id"].(string)
	return name
}

// FindingOf is the expression that makes the finding of a check's rule, such as finding := {…}; nil where there is none.
func FindingOf(rule *ast.Rule) *ast.Expr {
	if rule.Head.Key == nil {
		return nil
	}
	at := slices.IndexFunc(rule.Body, func(expr *ast.Expr) bool {
		return (expr.IsAssignment() || expr.IsEquality()) && len(expr.Operands()) == 2 && expr.Operand(0).Equal(rule.Head.Key)
	})
	if at < 0 {
		return nil
	}
	return rule.Body[at]
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
var fieldsOf = map[string]bool{"check": true, "pointer": true, "message": true, "remediation": false}

// defectsOf finds what is wrong with the rule of a check, and what evaluation would say only where the rule holds.
func defectsOf(rule *ast.Rule, check string) []string {
	if rule.Head.RuleKind() != ast.MultiValue || rule.Default {
		return []string{"findings is a set, this rule is none: write findings contains finding if {…}"}
	}
	term := finding(rule)
	if term == nil {
		return nil // a helper makes it: only the engine can look at it
	}
	object, ok := term.Value.(ast.Object)
	if !ok {
		switch term.Value.(type) {
		case ast.Var, ast.Ref, ast.Call:
			return nil
		}
		return []string{fmt.Sprintf("a finding is an object with check, pointer and message, and not %v", term)}
	}
	var defects []string
	for _, name := range slices.Sorted(maps.Keys(fieldsOf)) {
		if value := object.Get(ast.StringTerm(name)); value == nil && fieldsOf[name] {
			defects = append(defects, fmt.Sprintf("the finding has no %q: %s", name, mendOf[name]))
		}
	}
	object.Foreach(func(key, value *ast.Term) {
		name, isText := key.Value.(ast.String)
		if _, known := fieldsOf[string(name)]; !isText || !known {
			defects = append(defects, fmt.Sprintf("the finding has the field %v, which nothing reads: it has check, pointer, message and perhaps remediation", key))
		}
		literal, isText := value.Value.(ast.String)
		switch {
		case !isText:
		case string(name) == "check" && string(literal) != check:
			defects = append(defects, fmt.Sprintf("the finding names the check %q, its rule is %q: write the rule's custom.id", string(literal), check))
		case string(name) == "pointer" && !strings.HasPrefix(string(literal), "/"):
			defects = append(defects, fmt.Sprintf("the finding's pointer %q is none: a JSON pointer begins with /, as /section/field", string(literal)))
		case string(name) == "message" && strings.TrimSpace(string(literal)) == "":
			defects = append(defects, "the finding's message is empty: say what was found and what was wanted")
		}
	})
	return defects
}

var mendOf = map[string]string{
	"check":   "write the rule's custom.id",
	"pointer": "point into the evidence, with lib.place where a field may be absent",
	"message": "say what was found and what was wanted",
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
	found := false
	ast.WalkTerms(term, func(t *ast.Term) bool {
		if call, ok := t.Value.(ast.Call); ok && call[0].Value.Compare(ref) == 0 {
			found = true
		}
		return found
	})
	return found
}
