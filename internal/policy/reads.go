package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/document"
)

// Reads is what a check looks at in the evidence, as far as its source tells: the sections, and every name that could be
// one of a field; and which parameters it compares with. It errs on the side of more.
type Reads struct {
	sections, names map[string]bool
	needed          []string // pointers that METADATA names
	params          map[string]bool
	duties          bool // it reads which activities are duties
}

// AnyParameter stands for all parameters, where a policy does not name in place the one that it reads.
const AnyParameter = "*"

// Parameters are the names of the parameters that a check reads, sorted.
func (r Reads) Parameters() []string { return slices.Sorted(maps.Keys(r.params)) }

// Duties reports whether a check reads which activities are duties: then its verdict is one of the reading of the table.
func (r Reads) Duties() bool { return r.duties }

// Covers reports whether a check looks at a place: into its section, by all the names on the way.
func (r Reads) Covers(pointer string) bool {
	if slices.Contains(r.needed, pointer) {
		return true
	}
	section, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return r.sections[section] && r.below(pointer)
}

// below reports whether a check has all the names on the way from a section to a place in it.
func (r Reads) below(pointer string) bool {
	parts, err := document.Split(pointer)
	return err == nil && len(parts) > 0 && !slices.ContainsFunc(parts[1:], func(part string) bool { return !isIndex(part) && !r.names[part] })
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
	return r.looksAt(field)
}

// looksAt is Covers that takes a section as well that a policy does not name in place.
func (r Reads) looksAt(field string) bool {
	section, _, _ := strings.Cut(strings.TrimPrefix(field, "/"), "/")
	return r.sections[anySection] && r.names[section] && r.below(field) || r.Covers(field)
}

// Sees reports whether a check that rests on a field looks at the field itself, or names it or what it is in as evidence.
func (r Reads) Sees(field string) bool {
	isNamed := func(pointer string) bool { return strings.HasPrefix(field+"/", pointer+"/") }
	return r.looksAt(field) || slices.ContainsFunc(r.needed, isNamed)
}

// madeOf says of which sections the program makes what policies see beside the evidence; nil for those that a policy names.
var madeOf = map[string][]string{
	"contradictions": nil,
	"permissions":    {"account", "credentials", "datasets", "iam", "keys", "kmip", "management", "network", "people", "secrets"},
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
		f := follower{byPackage, map[*ast.Rule]bool{}, map[*ast.Term]bool{}, &Reads{sections: map[string]bool{}, names: map[string]bool{}, needed: check.Evidence, params: map[string]bool{}}}
		for _, rule := range module.Rules {
			if CheckOf(rule) == check.Name {
				f.rule(module, rule, FindingOf(rule))
			}
		}
		all[check.Name] = *f.reads
	}
	return all
}

// follower collects what rules read, each rule once.
type follower struct {
	byPackage map[string][]*ast.Module
	seen      map[*ast.Rule]bool
	heads     map[*ast.Term]bool // what references begin with: there a name does not stand for a whole document
	reads     *Reads
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
			f.heads[n[0]] = true
			f.data(resolved(module, n))
			f.ref(module, n)
		case *ast.Term:
			if name, isVar := n.Value.(ast.Var); isVar && !f.heads[n] {
				f.data(resolved(module, ast.Ref{ast.NewTerm(name)}))
			}
		case ast.Var:
			f.ref(module, ast.Ref{ast.NewTerm(n)})
		}
		return false
	})
	for ; rule != nil; rule = rule.Else {
		visitor.Walk(rule.Body)
		visitor.Walk(rule.Head.Args)
		for _, step := range rule.Head.Ref()[1:] {
			visitor.Walk(step)
		}
		for _, term := range []*ast.Term{rule.Head.Key, rule.Head.Value} {
			if term != nil {
				visitor.Walk(term)
			}
		}
	}
}

// anySection stands for a section that a policy does not name in place, as in input[section] and object.get(input, "keys", {}).
const anySection = "*"

// section is the section that a part of the input is.
func section(ref ast.Ref) string {
	if len(ref) > 1 {
		if name, ok := ref[1].Value.(ast.String); ok {
			return string(name)
		}
	}
	return anySection
}

// resolved is a reference with the whole path of what its first name stands for: a rule of the module, or what it imports.
func resolved(module *ast.Module, ref ast.Ref) ast.Ref {
	head, ok := ref[0].Value.(ast.Var)
	if !ok || ref.HasPrefix(ast.DefaultRootRef) {
		return ref
	}
	path := module.Package.Path.Append(ast.StringTerm(string(head)))
	for _, imported := range module.Imports {
		if imported.Name() == head {
			path = append(imported.Path.Value.(ast.Ref).Copy(), ref[1:]...)
		}
	}
	return path
}

// data notes what is read of the documents beside the evidence: a parameter, or which activities are duties.
func (f follower) data(path ast.Ref) {
	if !path.HasPrefix(ast.DefaultRootRef) {
		return
	}
	name := func(i int) string {
		if len(path) <= i {
			return AnyParameter
		}
		if text, isText := path[i].Value.(ast.String); isText {
			return string(text)
		}
		return AnyParameter
	}
	switch name(1) {
	case "params":
		f.reads.params[name(2)] = true
	case "duties":
		f.reads.duties = true
	case AnyParameter: // anything
		f.reads.params[AnyParameter], f.reads.duties = true, true
	}
}

// ref notes a section of the input, or reads the rules that a name stands for.
func (f follower) ref(module *ast.Module, ref ast.Ref) {
	if ref.HasPrefix(ast.InputRootRef) {
		f.reads.sections[section(ref)] = true
		return
	}
	path := resolved(module, ref)
	for i := 1; i < len(path); i++ {
		name, ok := path[i].Value.(ast.String)
		if !ok {
			return
		}
		for _, module := range f.byPackage[path[:i].String()] {
			for _, rule := range module.Rules {
				if rule.Head.Ref()[0].Value.String() == string(name) {
					f.rule(module, rule, nil)
				}
			}
		}
	}
}
