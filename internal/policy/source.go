package policy

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// Module is the syntax tree of one file.
type Module = ast.Module

// Parse reads a file of Rego that describes no checks: tests, or policies whose METADATA have been read. The error is OPA's.
func Parse(file, source string) (*Module, error) {
	return ast.ParseModuleWithOpts(file, source, ast.ParserOptions{RegoVersion: ast.RegoV1})
}

// IsReserved reports whether a name means something in Rego, so that no package should be called so.
func IsReserved(name string) bool { return ast.IsKeyword(name) || ast.BuiltinMap[name] != nil }

// Use is a place where a module reads a parameter.
type Use struct {
	Name string
	Line int
}

// ParametersOf lists the parameters that a module reads, each at its first place.
func ParametersOf(module *Module) []Use {
	var uses []Use
	seen := map[ast.String]bool{}
	ast.WalkRefs(module, func(ref ast.Ref) bool {
		if len(ref) < 3 || !ref[0].Equal(ast.DefaultRootDocument) || !ref[1].Equal(ast.StringTerm("params")) {
			return false
		}
		if name, ok := ref[2].Value.(ast.String); ok && !seen[name] {
			seen[name] = true
			uses = append(uses, Use{string(name), ref[0].Location.Row})
		}
		return false
	})
	return uses
}
