package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// pronouns are words that stand for a thing instead of saying what it is. Participles such as found and held are used like
// pronouns: they say what happened to the thing.
var pronouns = map[string]bool{
	"both": true, "each": true, "here": true, "it": true, "none": true, "nothing": true, "one": true, "ones": true, "others": true,
	"some": true, "that": true, "there": true, "these": true, "this": true, "those": true, "what": true, "who": true,
	"asked": true, "found": true, "given": true, "held": true, "known": true, "said": true, "taken": true, "told": true,
}

// A variable, parameter, result or field is named after what it is.
func TestNamesSayWhatThingsAre(t *testing.T) {
	count := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
		switch hidden := strings.HasPrefix(entry.Name(), ".") && path != ".."; {
		case entry.IsDir() && (hidden || entry.Name() == "node_modules" || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		count++
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, variable := range declared(file) {
			if pronouns[variable.Name] {
				t.Errorf("%s:%d: %q does not say what the thing is", name, files.Position(variable.Pos()).Line, variable.Name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 200 {
		t.Errorf("only %d files were read", count)
	}
}

// declared lists the names of the constants, variables, parameters, results and fields that a file declares.
func declared(file *ast.File) []*ast.Ident {
	var names []*ast.Ident
	add := func(expressions ...ast.Expr) {
		for _, expression := range expressions {
			if name, ok := expression.(*ast.Ident); ok {
				names = append(names, name)
			}
		}
	}
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.Field: // of a struct, or a receiver, parameter or result
			names = append(names, node.Names...)
		case *ast.ValueSpec:
			names = append(names, node.Names...)
		case *ast.AssignStmt:
			if node.Tok == token.DEFINE {
				add(node.Lhs...)
			}
		case *ast.RangeStmt:
			if node.Tok == token.DEFINE {
				add(node.Key, node.Value)
			}
		}
		return true
	})
	return names
}
