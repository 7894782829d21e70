package policies_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/util"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/policy"
	local "github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// plain evaluates policies as OPA does: no helper is put in place, no answer kept from package to package.
type plain map[string]rego.PreparedEvalQuery

func newPlain(t testing.TB, h house) plain {
	t.Helper()
	compiler := ast.NewCompiler().WithStrict(true)
	if compiler.Compile(modules(t, false)); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	store := inmem.NewFromObject(h.config().Data())
	queries := plain{}
	for _, duty := range h.set.Duties {
		name := h.set.Root + "." + duty.Name
		query, err := rego.New(
			rego.Query("data."+name+".findings"), rego.Compiler(compiler), rego.Store(store), rego.StrictBuiltinErrors(true),
		).PrepareForEval(t.Context())
		must(t, err)
		queries[name] = query
	}
	return queries
}

func (p plain) Evaluate(ctx context.Context, input map[string]any, packages []string) ([]engine.Outcome, error) {
	// OPA reads its input so, here once for all packages.
	var read any = input
	if err := util.RoundTrip(&read); err != nil {
		return nil, err
	}
	parsed, err := ast.InterfaceToValue(read)
	if err != nil {
		return nil, err
	}
	outcomes := make([]engine.Outcome, len(packages))
	for i, name := range packages {
		results, err := p[name].Eval(ctx, rego.EvalParsedInput(parsed))
		if err != nil {
			outcomes[i].Err = err
			continue
		}
		outcomes[i].Findings = results[0].Expressions[0].Value
	}
	return outcomes, nil
}

// A replacement puts another value in the place of a field.
type replacement struct {
	pointer string
	to      any
}

// together answers changes that make each field empty, and 0, in groups of at most n, whose fields stand in different sections.
func together(fields map[string]any, n int) (groups [][]replacement) {
	section := func(c replacement) string { return strings.Split(c.pointer, "/")[1] }
	var changes []replacement
	fieldIsIn := map[string]bool{}
	for _, pointer := range slices.Sorted(maps.Keys(fields)) {
		if field := listIndex.ReplaceAllString(pointer, "/*"); !fieldIsIn[field] {
			fieldIsIn[field] = true
			changes = append(changes, replacement{pointer, ""}, replacement{pointer, json.Number("0")})
		}
	}
	for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(changes)) {
		c := changes[i]
		group := slices.IndexFunc(groups, func(group []replacement) bool {
			return len(group) < n && !slices.ContainsFunc(group, func(other replacement) bool { return section(other) == section(c) })
		})
		if group < 0 {
			groups = append(groups, []replacement{c})
			continue
		}
		groups[group] = append(groups[group], c)
	}
	return groups
}

// The program judges as OPA does by itself, also where services share what checks find: the compliant evidence, the one with gaps,
// every mutation, and evidence in which each field is empty or 0, three fields of different sections at a time. Without
// RACI_CHECK_LONG it is every twentieth mutation of a duty, and no field. Each fifth mutation
// is judged by policies that are read from their sources, too.
func TestProgramDecidesAsOPADoes(t *testing.T) {
	h := load(t)
	program := func(set *policy.Set, evaluator engine.Evaluator) laboratory {
		l := newLaboratory(t, h)
		var err error
		config := h.config()
		config.Policies, config.Evaluator = set, evaluator
		if evaluator == nil {
			config.Evaluator, err = local.NewLocal(t.Context(), local.LocalConfig{Policies: set, Data: config.Data()})
			must(t, err)
		}
		e, err := engine.New(config)
		must(t, err)
		l.engines = alone(e)
		return l
	}
	opa, compiled, sources := program(h.set, newPlain(t, h)), program(compiledAhead(t), nil), program(h.set, nil)
	shared, err := local.NewLocal(t.Context(), local.LocalConfig{Policies: compiledAhead(t), Data: h.config().Data(), Shares: true})
	must(t, err)
	sharing := program(h.set, shared)
	remembering := newLaboratory(t, h)
	alike := func(name string, value map[string]any, programs ...laboratory) {
		t.Helper()
		want, err := opa.judge(t, value)
		must(t, err)
		for _, l := range programs {
			got, err := l.judge(t, value)
			must(t, err)
			if !reflect.DeepEqual(want, got) {
				t.Errorf("%s (-OPA +program):\n%s", name, cmp.Diff(want, got))
			}
		}
	}
	compliant := h.compliant(t)
	encoded, err := json.Marshal(compliant)
	must(t, err)
	plain := decode(t, encoded)
	alike("compliant", compliant, compiled, sources, remembering, sharing)
	alike("gaps", h.read(t, "../evidence/gaps"), compiled, sources, remembering, sharing)
	files, err := filepath.Glob("../testdata/mutations/*.yaml")
	must(t, err)
	var cases []func()
	for _, file := range files {
		var mutations []mutation
		readYAML(t, file, &mutations)
		for i, m := range mutations {
			if i%20 != 0 && !testhelp.LongWanted() {
				continue
			}
			programs := []laboratory{compiled, remembering, sharing}
			if i%5 == 0 {
				programs = append(programs, sources)
			}
			cases = append(cases, func() { alike(m.Check, m.apply(t, plain), programs...) })
		}
	}
	if testhelp.LongWanted() {
		for _, changes := range together(scalars(compliant), 3) {
			cases = append(cases, func() {
				value := plain
				for _, change := range changes {
					value = set(t, value, change.pointer, change.to)
				}
				alike(fmt.Sprint(changes), value, compiled, remembering, sharing)
			})
		}
	}
	order := rand.New(rand.NewPCG(1, 2)).Perm(len(cases)) // what is shared comes from anywhere
	each(t, len(cases), func(i int) { cases[order[i]]() })
}
