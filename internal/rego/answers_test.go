package rego

import (
	"reflect"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
)

const askedAgain = `package asked

texts contains shout(text) if some text in input.texts

again contains shout(text) if some text in input.texts

shout(text) := upper(text)

sums := [total([1, 2]), total([1, 2]), total([2, 1]), total({1, 2})]

total(numbers) := sum(numbers)

same_text_as_number := [kind("1"), kind(1), kind(true), kind(null), kind({}), kind([]), kind(set())]

kind(value) := type_name(value)

arguments := [joined("a", "b", "c"), joined("a", "c", "b"), four("a", "b", "c", "d"), four("a", "b", "c", "d")]

joined(a, b, c) := concat("", [a, b, c])

four(a, b, c, d) := concat("", [a, b, c, d])

# What a function answers under another input is neither kept nor taken for this one.
here := [secret(1), theirs, secret(1), [x | some x in ["once", "twice"]; not absent]]

theirs := found if found := seen with input as {"secret": "theirs", "absent": true, "keys": ["x"]}

seen := [secret(1), absent, by_key.x]

secret(_) := input.secret

absent if input.absent

not_absent := [x | some x in ["once", "twice"]; not absent]

no(x) := x == 1

answers_no := [no(1), no(2), no(2)]

silent := [x | some x in input.texts; nothing(x)]

nothing(x) if x == "nothing"

by_key[key] := true if some key in input.keys

looked_up := [by_key[key] | some key in ["y", "x", "y"]]
`

func TestAnswersAreThoseOfOPA(t *testing.T) {
	query, err := rego.New(rego.Query("data.asked"), rego.Module("asked.rego", askedAgain)).PrepareForEval(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept := newAnswers()
	for _, input := range []map[string]any{
		{"texts": []any{"a", "b", "nothing"}, "secret": "ours", "keys": []any{"y"}},
		{"texts": []any{"b"}, "secret": "another's", "absent": true},
	} {
		object, err := fields{}.object(input)
		if err != nil {
			t.Fatal(err)
		}
		want, err := query.Eval(t.Context(), rego.EvalParsedInput(object))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second time all is known
			got, err := query.Eval(t.Context(), rego.EvalParsedInput(object), rego.EvalVirtualCache(kept))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %v\nwant %v", got[0].Expressions[0].Value, want[0].Expressions[0].Value)
			}
		}
		kept.forget()
	}
}

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
