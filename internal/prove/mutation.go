package prove

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"golang.org/x/sync/errgroup"

	"raci-check/internal/document"
	"raci-check/internal/policy"
)

// fixture is the rule of a test package that holds evidence on which every check of its policy passes.
const fixture = "good"

// aged is how far back a date is put: beyond any threshold.
const aged = -10

// Mutation is how many spoiled fixtures a check noticed.
type Mutation struct {
	Percent  float64   `json:"percent"`
	Packages []Package `json:"packages"`
}

// Package is what became of the fixture of one policy.
type Package struct {
	Name      string   `json:"name"`
	Mutants   int      `json:"mutants"`
	Noticed   int      `json:"noticed"`
	Survivors []string `json:"survivors"`      // changes that no check noticed
	Toothless []string `json:"toothless"`      // checks that no change turned bad
	Note      string   `json:"note,omitempty"` // why there are no mutants
}

// mutate spoils the fixtures: each leaf dropped, each collection emptied, each date put back by ten years.
func mutate(ctx context.Context, root string, duties []policy.Duty, modules map[string]*ast.Module, store storage.Store) (Mutation, error) {
	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		return Mutation{}, fmt.Errorf("compile policies: %w", compiler.Errors)
	}
	m := Mutation{Packages: make([]Package, len(duties))}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, duty := range duties {
		group.Go(func() (err error) {
			m.Packages[i], err = mutatePackage(ctx, root, duty, compiler, store)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return Mutation{}, err
	}
	mutants, noticed := 0, 0
	for _, p := range m.Packages {
		mutants, noticed = mutants+p.Mutants, noticed+p.Noticed
	}
	if mutants > 0 {
		m.Percent = float64(noticed) / float64(mutants) * 100
	}
	return m, nil
}

func mutatePackage(ctx context.Context, root string, duty policy.Duty, compiler *ast.Compiler, store storage.Store) (Package, error) {
	p := Package{Name: root + "." + duty.Name, Survivors: []string{}, Toothless: []string{}}
	prepare := func(query string) (rego.PreparedEvalQuery, error) {
		return rego.New(rego.Query(query), rego.Compiler(compiler), rego.Store(store), rego.StrictBuiltinErrors(true)).PrepareForEval(ctx)
	}
	held, err := prepare("data." + p.Name + "_test." + fixture)
	if err != nil {
		return p, fmt.Errorf("%s: %w", duty.File, err)
	}
	results, err := held.Eval(ctx)
	if err != nil {
		return p, fmt.Errorf("%s: fixture: %w", duty.File, err)
	}
	if len(results) == 0 {
		p.Note = fmt.Sprintf("package %s_test has no rule %s with evidence on which every check passes", p.Name, fixture)
		return p, nil
	}
	encoded, err := json.Marshal(results[0].Expressions[0].Value)
	if err != nil {
		return p, fmt.Errorf("%s: fixture: %w", duty.File, err)
	}
	findings, err := prepare("data." + p.Name + ".findings")
	if err != nil {
		return p, fmt.Errorf("%s: %w", duty.File, err)
	}
	s := subject{ctx, duty, findings, map[string]bool{}}
	bad, err := s.bad(decode(encoded))
	if err != nil {
		return p, err
	}
	if len(bad) > 0 {
		p.Note = fmt.Sprintf("on %s_test.%s these checks do not pass with the profile's parameters: %s", p.Name, fixture, strings.Join(bad, ", "))
		return p, nil
	}
	for _, change := range changes(decode(encoded)) {
		mutant := decode(encoded)
		change.apply(mutant)
		bad, err := s.bad(mutant)
		if err != nil {
			return p, err
		}
		p.Mutants++
		if len(bad) == 0 {
			p.Survivors = append(p.Survivors, change.String())
			continue
		}
		p.Noticed++
		for _, id := range bad {
			s.bitten[id] = true
		}
	}
	for _, check := range duty.Checks {
		if !check.Applicability && !s.bitten[check.ID] { // without a declaration there is nothing to look for
			p.Toothless = append(p.Toothless, check.ID)
		}
	}
	return p, nil
}

// subject is a policy under test.
type subject struct {
	ctx      context.Context
	duty     policy.Duty
	findings rego.PreparedEvalQuery
	bitten   map[string]bool // by check id
}

// bad lists the checks that do not hold for evidence, as the engine sees it: evidence that a check needs is absent or empty,
// or its rule found something.
func (s subject) bad(evidence map[string]any) ([]string, error) {
	results, err := s.findings.Eval(s.ctx, rego.EvalInput(evidence))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.duty.File, err)
	}
	found := map[string]bool{}
	if len(results) > 0 {
		items, _ := results[0].Expressions[0].Value.([]any)
		for _, item := range items {
			finding, _ := item.(map[string]any)
			name, _ := finding["check"].(string)
			found[name] = true
		}
	}
	var ids []string
	for _, check := range s.duty.Checks {
		missing := slices.ContainsFunc(check.Evidence, func(pointer string) bool {
			value, there := document.Lookup(evidence, pointer)
			return !check.Applicability && (!there || empty(value))
		})
		if missing || found[check.Name] {
			ids = append(ids, check.ID)
		}
	}
	return ids, nil
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// change spoils one place.
type change struct {
	pointer string
	how     string // dropped, emptied, aged
	to      any
}

func (c change) String() string { return c.pointer + " " + c.how }

func (c change) apply(evidence map[string]any) {
	parts, err := document.Split(c.pointer)
	if err != nil {
		return
	}
	var descend func(held any, parts []string) any
	descend = func(held any, parts []string) any {
		switch h := held.(type) {
		case map[string]any:
			switch {
			case len(parts) > 1:
				h[parts[0]] = descend(h[parts[0]], parts[1:])
			case c.how == "dropped":
				delete(h, parts[0])
			default:
				h[parts[0]] = c.to
			}
			return h
		case []any:
			i, _ := strconv.Atoi(parts[0])
			switch {
			case len(parts) > 1:
				h[i] = descend(h[i], parts[1:])
			case c.how == "dropped":
				return slices.Delete(h, i, i+1)
			default:
				h[i] = c.to
			}
			return h
		}
		return held
	}
	descend(evidence, parts)
}

// changes lists what can be spoiled, in the order of the pointers. The instant of the assessment and the name of the service
// are no facts.
func changes(evidence map[string]any) []change {
	var all []change
	var walk func(pointer string, value any)
	walk = func(pointer string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(pointer+document.Pointer(key), v[key])
			}
			if len(v) > 0 && strings.Count(pointer, "/") > 0 {
				all = append(all, change{pointer, "emptied", map[string]any{}})
			}
		case []any:
			for i, item := range v {
				walk(pointer+"/"+strconv.Itoa(i), item)
			}
			if len(v) > 0 {
				all = append(all, change{pointer, "emptied", []any{}})
			}
		default:
			all = append(all, change{pointer, "dropped", nil})
			if old, ok := older(value); ok {
				all = append(all, change{pointer, "aged", old})
			}
		}
	}
	for _, section := range slices.Sorted(maps.Keys(evidence)) {
		if section != "at" && section != "metadata" {
			walk(document.Pointer(section), evidence[section])
		}
	}
	return all
}

func older(value any) (string, bool) {
	text, _ := value.(string)
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.AddDate(aged, 0, 0).Format(layout), true
		}
	}
	return "", false
}

func decode(encoded []byte) map[string]any {
	decoder := json.NewDecoder(strings.NewReader(string(encoded)))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		return map[string]any{} // a fixture that is no object has nothing to spoil
	}
	return value
}
