package rego

import (
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

func TestInputIsWhatOPAMakesOfIt(t *testing.T) {
	plain := map[string]any{"a": []any{"b", true, nil, 1.5, map[string]any{"a": map[string]any{}, "b": []any{}}}, "b": "a"}
	want, err := ast.InterfaceToValue(plain)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fields{}.object(plain)
	if err != nil {
		t.Fatal(err)
	}
	if got.Compare(want) != 0 || got.Hash() != want.Hash() {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := (fields{}).object(map[string]any{"a": []any{func() {}}}); err == nil {
		t.Error("a function was converted")
	}
}
