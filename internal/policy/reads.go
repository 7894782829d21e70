package policy

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"raci-check/internal/document"
)

// Reads is what a check looks at in the evidence, as far as its source tells: the sections, and every name that could be
// one of a field. It errs on the side of more.
type Reads struct {
	sections, names map[string]bool
	needed          []string // pointers that METADATA names
}

// Covers reports whether a check looks at a place: into its section, by all the names on the way.
func (r Reads) Covers(pointer string) bool {
	if slices.Contains(r.needed, pointer) {
		return true
	}
	parts, err := document.Split(pointer)
	if err != nil || len(parts) == 0 || !r.sections[parts[0]] {
		return false
	}
	return !slices.ContainsFunc(parts[1:], func(part string) bool { return !isIndex(part) && !r.names[part] })
}

func isIndex(part string) bool { return part == "*" || strings.Trim(part, "0123456789") == "" }

// Rests reports whether the verdict of a check rests on a field, with * for the items of lists: it looks at it, or at what the
// program makes of its section for the policies.
func (r Reads) Rests(field string) bool {
	section, _, _ := strings.Cut(strings.TrimPrefix(field, "/"), "/")
	for made, sections := range madeOf {
		if r.sections[made] && (sections == nil && r.names[section] || slices.Contains(sections, section)) {
			return true
		}
	}
	return r.Covers(field)
}

// madeOf says of which sections the program makes what policies see beside the evidence; nil for those that a policy names.
var madeOf = map[string][]string{
	"contradictions": nil,
	"permissions":    {"account", "credentials", "iam", "management", "people"},
}

// ReadsOf follows the rule of each check of a duty through its helpers, by name of the check. What only fills the finding
// (its message, its pointer) is not looked at.
func ReadsOf(duty Duty, modules map[string]*ast.Module) map[string]Reads {
	byPackage := map[string][]*ast.Module{}
	for _, module := range modules {
		name := module.Package.Path.String()
		byPackage[name] = append(byPackage[name], module)
	}
	all := map[string]Reads{}
	module := modules[duty.File]
	for _, check := range duty.Checks {
		f := follower{byPackage, map[*ast.Rule]bool{}, Reads{map[string]bool{}, map[string]bool{}, check.Evidence}}
		for _, rule := range module.Rules {
			if CheckOf(rule) == check.Name {
				f.rule(module, rule, FindingOf(rule))
			}
		}
		all[check.Name] = f.reads
	}
	return all
}

// follower collects what rules read, each rule once.
type follower struct {
	byPackage map[string][]*ast.Module
	seen      map[*ast.Rule]bool
	reads     Reads
}

// rule reads a rule but for one expression of it.
func (f follower) rule(module *ast.Module, rule *ast.Rule, but *ast.Expr) {
	if f.seen[rule] {
		return
	}
	f.seen[rule] = true
	visitor := ast.NewGenericVisitor(func(node any) bool {
		switch n := node.(type) {
		case *ast.Expr:
			return but != nil && n == but
		case ast.String:
			f.reads.names[string(n)] = true
		case ast.Ref:
			f.ref(module, n)
		case ast.Var:
			f.ref(module, ast.Ref{ast.NewTerm(n)})
		}
		return false
	})
	for ; rule != nil; rule = rule.Else {
		visitor.Walk(rule.Body)
		visitor.Walk(rule.Head.Args)
		for _, term := range []*ast.Term{rule.Head.Key, rule.Head.Value} {
			if term != nil {
				visitor.Walk(term)
			}
		}
	}
}

// ref notes a section of the input, or reads the rules that a name stands for.
func (f follower) ref(module *ast.Module, ref ast.Ref) {
	if ref.HasPrefix(ast.InputRootRef) {
		if len(ref) > 1 {
			if section, ok := ref[1].Value.(ast.String); ok {
				f.reads.sections[string(section)] = true
			}
		}
		return
	}
	path := ref
	if head, ok := ref[0].Value.(ast.Var); ok && !ref.HasPrefix(ast.DefaultRootRef) {
		path = module.Package.Path.Append(ast.StringTerm(string(head)))
		for _, imported := range module.Imports {
			if imported.Name() == head {
				path = append(imported.Path.Value.(ast.Ref).Copy(), ref[1:]...)
			}
		}
	}
	for i := 1; i < len(path); i++ {
		name, ok := path[i].Value.(ast.String)
		if !ok {
			return
		}
		for _, module := range f.byPackage[path[:i].String()] {
			for _, rule := range module.Rules {
				if rule.Head.Name.String() == string(name) {
					f.rule(module, rule, nil)
				}
			}
		}
	}
}
