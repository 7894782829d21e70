package rego

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

// fields are the terms of the names of fields: evidence has few names, and each of them often.
type fields map[string]*ast.Term

// object makes of plain evidence what OPA takes as input.
func (f fields) object(plain map[string]any) (ast.Object, error) {
	pairs := make([][2]*ast.Term, 0, len(plain))
	values := make([]ast.Term, len(plain))
	for name, field := range plain {
		term, ok := f[name]
		if !ok {
			term = ast.StringTerm(name)
			f[name] = term
		}
		value := &values[len(pairs)]
		var err error
		if value.Value, err = f.value(field); err != nil {
			return nil, err
		}
		pairs = append(pairs, [2]*ast.Term{term, value})
	}
	return ast.NewObject(pairs...), nil
}

func (f fields) value(plain any) (ast.Value, error) {
	switch v := plain.(type) {
	case map[string]any:
		return f.object(v)
	case []any:
		values := make([]ast.Term, len(v))
		terms := make([]*ast.Term, len(v))
		for i, item := range v {
			terms[i] = &values[i]
			var err error
			if values[i].Value, err = f.value(item); err != nil {
				return nil, err
			}
		}
		return ast.NewArray(terms...), nil
	}
	value, err := ast.InterfaceToValue(plain)
	if err != nil {
		return nil, fmt.Errorf("convert evidence: %w", err)
	}
	return value, nil
}
