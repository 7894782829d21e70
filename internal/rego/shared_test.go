package rego

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// newSharing is a local evaluator of a package whose checks find what is in a field, in one of another field, at a time, and an error.
func newSharing(t *testing.T, shares bool) *local {
	t.Helper()
	module := ast.MustParseModuleWithOpts(`package p.duty
findings.named contains {"message": name} if some name in input.people.names
findings.keyed contains {"message": key} if some key in input.keys
findings.timed contains {"message": input.at} if input.people
findings.broken contains {"message": "x"} if 1 / input.keys[0].n > 0
`, ast.ParserOptions{RegoVersion: ast.RegoV1})
	checks := []policy.Check{{Name: "named"}, {Name: "keyed"}, {Name: "timed"}, {Name: "broken"}}
	evaluator, err := NewLocal(t.Context(), LocalConfig{
		Policies: &policy.Set{Root: "p", Duties: []policy.Duty{{Name: "duty", Checks: checks}}, Modules: map[string]*ast.Module{"duty.rego": module}},
		Data:     map[string]any{}, Shares: shares,
	})
	testhelp.Must(t, err)
	return evaluator.(*local)
}

// A check is asked for again exactly where what it reads is another; what it found in the same is what it would find, errors too.
func TestAnswersAreSharedWhereWhatIsReadIsTheSame(t *testing.T) {
	sharing, alone := newSharing(t, true), newSharing(t, false)
	ask := func(input map[string]any) {
		t.Helper()
		got, err := sharing.Evaluate(t.Context(), input, []string{"p.duty"})
		testhelp.Must(t, err)
		want, err := alone.Evaluate(t.Context(), input, []string{"p.duty"})
		testhelp.Must(t, err)
		if difference := cmp.Diff(fmt.Sprint(want), fmt.Sprint(got)); difference != "" {
			t.Errorf("%v: %s", input, difference)
		}
	}
	input := func(at string, key any, names ...any) map[string]any {
		return map[string]any{"at": at, "people": map[string]any{"names": names}, "keys": []any{map[string]any{"n": key}}}
	}
	for range sharedAfter {
		ask(input("1", json.Number("1"), "a"))
	}
	if len(sharing.answers.kept) > 0 {
		t.Error("a few inputs are looked into already")
	}
	for i, step := range []struct {
		input map[string]any
		kept  int // answers after it
	}{
		{input("1", json.Number("1"), "a"), 4},
		{input("1", json.Number("1"), "a"), 4},
		{input("1", json.Number("1"), "b"), 6},  // named, and timed, which reads whether people are there
		{input("2", json.Number("1"), "a"), 7},  // timed
		{input("2", json.Number("2"), "b"), 10}, // keyed, broken, and timed
		{input("1", json.Number("0"), "a"), 10}, // broken fails: nothing of the package is kept
		{input("1", json.Number("0"), "a", "c"), 10},
		{input("1", "0", "a"), 10},
		{map[string]any{"at": "1"}, 14},
		{map[string]any{"at": "1", "people": nil, "keys": nil}, 18},
		{map[string]any{"at": "1", "people": map[string]any{}, "keys": []any{}}, 22},
	} {
		ask(step.input)
		if kept := len(sharing.answers.kept); kept != step.kept {
			t.Errorf("step %d: %d answers are kept, %d expected", i, kept, step.kept)
		}
	}
}

// What is kept is bounded, whatever the services are like.
func TestSharedAnswersAreBounded(t *testing.T) {
	a := &answers{}
	key := func(i int) digest { return sha256.Sum256([]byte{byte(i), byte(i >> 8)}) }
	const inputs = 5 * sharedFindings / 100
	for i := range inputs {
		a.put(key(i), make([]any, 99))
		if a.size > sharedFindings || len(a.kept) > sharedFindings/100 {
			t.Fatalf("%d answers of the size %d are kept", len(a.kept), a.size)
		}
	}
	if _, isKept := a.get(key(inputs - 1)); !isKept {
		t.Error("the last one is not kept")
	}
	before := len(a.kept)
	a.put(key(inputs), make([]any, sharedFindings))
	if len(a.kept) != before {
		t.Error("an answer is kept that takes the place of all")
	}
}

// Services that have little in common are evaluated whole again, and nothing is kept of them.
func TestAnswersAreNotSharedWhereServicesDiffer(t *testing.T) {
	for name, test := range map[string]struct {
		value  func(i int) string
		shares bool
	}{
		"different": {strconv.Itoa, false},
		"alike":     {func(int) string { return "a" }, true},
	} {
		sharing := newSharing(t, true)
		for i := range 3*sharedAfter + 1 {
			value := test.value(i)
			input := map[string]any{"at": value, "people": map[string]any{"names": []any{value}}, "keys": []any{map[string]any{"n": json.Number("1"), "id": value}}}
			_, err := sharing.Evaluate(t.Context(), input, []string{"p.duty"})
			testhelp.Must(t, err)
		}
		if shares := len(sharing.answers.kept) > 0; shares != test.shares {
			t.Errorf("%s: answers are shared: %v", name, shares)
		}
	}
}

// Two inputs have the same digest of a field exactly where they are the same there.
func TestDigestsTellFieldsApart(t *testing.T) {
	seen := map[digest]string{}
	for _, text := range []string{
		`{}`, `{"s": null}`, `{"s": {}}`, `{"s": []}`, `{"s": ""}`, `{"s": "x"}`, `{"s": true}`, `{"s": false}`, `{"s": 0}`, `{"s": 1}`, `{"s": 1.0}`, `{"s": "1"}`,
		`{"s": {"a": null}}`, `{"s": {"a": 1}}`, `{"s": {"a": "1"}}`, `{"s": {"b": 1}}`, `{"s": {"a": 1, "b": 1}}`, `{"s": {"a": [1, 1]}}`, `{"s": {"a": [[1], 1]}}`,
		`{"s": {"a": [[1, 1]]}}`, `{"s": {"a": ["1", "1"]}}`, `{"s": {"a": ["11"]}}`, `{"s": {"a": ["", "11"]}}`, `{"s": {"a": {"b": "c"}}}`, `{"s": {"a": ["b", "c"]}}`,
		`{"s": {"a": {"b": "c", "d": "e"}}}`, `{"s": {"a": {"b": {"c": "d"}, "e": ""}}}`, `{"s": {"a": {"b": {"c": "d", "e": ""}}}}`, `{"s": [{"a": 1}]}`,
	} {
		var sums [2]digest
		for i := range sums {
			var input map[string]any
			decoder := json.NewDecoder(strings.NewReader(text))
			decoder.UseNumber()
			testhelp.Must(t, decoder.Decode(&input))
			sums[i] = *parts{input: input, digests: map[string]*digest{}}.part("s")
			if below := (parts{input: input, digests: map[string]*digest{}}).part("s/a"); below == nil || *below == sums[i] && strings.HasPrefix(text, `{"s": {`) {
				t.Errorf("%s: the field of the field is not told from it", text)
			}
		}
		if sums[0] != sums[1] {
			t.Errorf("%s has two digests", text)
		}
		if other, isSeen := seen[sums[0]]; isSeen {
			t.Errorf("%s and %s have the same digest", text, other)
		}
		seen[sums[0]] = text
	}
	odd := parts{input: map[string]any{"s": map[string]any{"a": []string{"b"}}}, digests: map[string]*digest{}}
	if odd.part("s") != nil || odd.part("s/a") != nil || odd.key("p", "c", []string{"s"}) != nil || odd.key("p", "c", nil) != nil {
		t.Error("what is not known to be equal has a digest")
	}
}
