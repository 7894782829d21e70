package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// asked is an evaluator that notes what it is asked for, and finds in each check the value of a field of that name.
type asked struct {
	names []string
	broke string // the check that cannot be evaluated alone
}

func (a *asked) Evaluate(_ context.Context, input map[string]any, packages []string) ([]engine.Outcome, error) {
	outcomes := make([]engine.Outcome, len(packages))
	for i, name := range packages {
		a.names = append(a.names, name)
		outcomes[i].Findings = map[string]any{"x": []any{input["x"]}, "y": []any{input["y"]}, "z": []any{input["z"]}}
	}
	return outcomes, nil
}

func (a *asked) EvaluateChecks(_ context.Context, input map[string]any, checks []string) ([]engine.Outcome, error) {
	outcomes := make([]engine.Outcome, len(checks))
	for i, name := range checks {
		a.names = append(a.names, name)
		outcomes[i].Findings = []any{input[name[len(name)-1:]]}
		if strings.HasSuffix(name, "."+a.broke) {
			outcomes[i].Err = errors.New("broken")
		}
	}
	return outcomes, nil
}

func (a *asked) take() []string {
	names := slices.Clone(a.names)
	a.names = nil
	return names
}

var reads = engine.Reads{"p.a": {"x": {"x"}, "y": {"y"}, "z": {"z"}}, "p.b": {"x": {"x"}, "y": {"y"}, "z": nil}}

// What an input did not change is not asked for again, and what is answered is what a new evaluation would answer.
func TestRememberAsksForWhatChanged(t *testing.T) {
	evaluator := &asked{}
	remembering := engine.Remember(evaluator, reads)
	packages := []string{"p.a", "p.b"}
	for i, step := range []struct {
		input    map[string]any
		expected []string
	}{
		{map[string]any{"x": 1, "y": 1, "z": 1}, []string{"p.a", "p.b"}},
		{map[string]any{"x": 1, "y": 1, "z": 1}, []string{"p.b.findings.z"}},
		{map[string]any{"x": 2, "y": 1, "z": 1}, []string{"p.a.findings.x", "p.b.findings.x", "p.b.findings.z"}},
		{map[string]any{"x": 3, "y": 2, "z": 2}, []string{"p.a", "p.b"}},
		{map[string]any{"x": 3, "y": 2}, []string{"p.a.findings.z", "p.b.findings.z"}},
	} {
		outcomes, err := remembering.Evaluate(t.Context(), step.input, packages)
		testhelp.Must(t, err)
		names := evaluator.take()
		slices.Sort(names)
		if difference := cmp.Diff(step.expected, names); difference != "" {
			t.Errorf("step %d: %s", i, difference)
		}
		fresh, err := (&asked{}).Evaluate(t.Context(), step.input, packages)
		testhelp.Must(t, err)
		if difference := cmp.Diff(fresh, outcomes); difference != "" {
			t.Errorf("step %d: %s", i, difference)
		}
	}
}

// A package of which a check cannot be evaluated alone is evaluated whole, so that its error is that of a run from the start.
func TestRememberEvaluatesWholeWhatFails(t *testing.T) {
	evaluator := &asked{broke: "x"}
	remembering := engine.Remember(evaluator, reads)
	_, err := remembering.Evaluate(t.Context(), map[string]any{"x": 1, "y": 1}, []string{"p.a"})
	testhelp.Must(t, err)
	evaluator.take()
	outcomes, err := remembering.Evaluate(t.Context(), map[string]any{"x": 2, "y": 1}, []string{"p.a"})
	testhelp.Must(t, err)
	if difference := cmp.Diff([]string{"p.a.findings.x", "p.a"}, evaluator.take()); difference != "" {
		t.Error(difference)
	}
	if outcomes[0].Err != nil || !cmp.Equal(outcomes[0].Findings.(map[string]any)["x"], []any{2}) {
		t.Errorf("outcome %v", outcomes[0])
	}
}

// givenUp is an evaluator that is given up while it evaluates.
type givenUp struct {
	*asked
	end context.CancelFunc
}

func (g *givenUp) EvaluateChecks(ctx context.Context, input map[string]any, checks []string) ([]engine.Outcome, error) {
	g.end()
	return g.asked.EvaluateChecks(ctx, input, checks)
}

// An evaluation that is given up leaves what was found before: it still holds for what it was found in, and for nothing else.
func TestRememberKeepsWhatWasFoundBeforeAnEvaluationWasGivenUp(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	evaluator := &givenUp{&asked{}, end}
	remembering := engine.Remember(evaluator, reads)
	for i, step := range []struct {
		context  context.Context
		x        int
		expected []string
	}{
		{t.Context(), 1, []string{"p.a"}},
		{ctx, 2, []string{"p.a.findings.x"}},
		{t.Context(), 1, nil},
		{t.Context(), 2, []string{"p.a.findings.x"}},
	} {
		outcomes, err := remembering.Evaluate(step.context, map[string]any{"x": step.x}, []string{"p.a"})
		testhelp.Must(t, err)
		if difference := cmp.Diff(step.expected, evaluator.take()); difference != "" {
			t.Errorf("step %d: %s", i, difference)
		}
		if !cmp.Equal(outcomes[0].Findings.(map[string]any)["x"], []any{step.x}) {
			t.Errorf("step %d: outcome %v", i, outcomes[0])
		}
	}
}

// wholly is an evaluator that cannot be asked for checks.
type wholly struct{ *asked }

func (w wholly) EvaluateChecks() {}

// Where checks cannot be asked for, packages are.
func TestRememberAsksForPackages(t *testing.T) {
	evaluator := &asked{}
	remembering := engine.Remember(wholly{evaluator}, reads)
	for _, x := range []int{1, 2} {
		_, err := remembering.Evaluate(t.Context(), map[string]any{"x": x}, []string{"p.a"})
		testhelp.Must(t, err)
	}
	if difference := cmp.Diff([]string{"p.a", "p.a"}, evaluator.take()); difference != "" {
		t.Error(difference)
	}
}

// A check that reads a field of a section is asked for again where that field changes, where it comes or goes, and where the section does.
func TestRememberLooksIntoSections(t *testing.T) {
	evaluator := &asked{}
	remembering := engine.Remember(evaluator, engine.Reads{"p.a": {"x": {"s/x"}, "y": {"s/y"}, "z": {"z"}}})
	for i, step := range []struct {
		section  any
		expected []string
	}{
		{map[string]any{"x": "1", "y": []any{"1"}}, []string{"p.a"}},
		{map[string]any{"x": "1", "y": []any{"1"}}, nil},
		{map[string]any{"x": "2", "y": []any{"1"}, "other": "1"}, []string{"p.a.findings.x"}},
		{map[string]any{"x": "2", "y": []any{"2"}, "other": "2"}, []string{"p.a.findings.y"}},
		{map[string]any{"x": "2"}, []string{"p.a.findings.y"}},
		{map[string]any{"x": nil}, []string{"p.a.findings.x"}},
		{map[string]any{}, []string{"p.a.findings.x"}},
		{nil, []string{"p.a.findings.x", "p.a.findings.y"}},
		{[]any{"x"}, []string{"p.a.findings.x", "p.a.findings.y"}},
	} {
		input := map[string]any{"z": "1"}
		if step.section != nil {
			input["s"] = step.section
		}
		_, err := remembering.Evaluate(t.Context(), input, []string{"p.a"})
		testhelp.Must(t, err)
		names := evaluator.take()
		slices.Sort(names)
		if difference := cmp.Diff(step.expected, names); difference != "" {
			t.Errorf("step %d: %s", i, difference)
		}
	}
}
