package policytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"golang.org/x/sync/errgroup"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/verdict"
)

const (
	// uncompared is the pointer of the mutant that lacks what does not fit together.
	uncompared = "/contradictions"
	// fixtureRule is the rule of a test package that holds evidence in which the policy finds nothing.
	fixtureRule = "good"
	// fixtureTest is the test that says so; the data that it sets (with data.… as …) is set for mutants too.
	fixtureTest = "test_fixture_is_good"
	// aged is how far back a date is put, in years: beyond any threshold.
	aged = 10
)

// Mutation is how many spoiled fixtures the checks noticed.
type Mutation struct {
	Percent  float64   `json:"percent"` // of the mutants; zero without any
	Mutants  int       `json:"mutants"`
	Noticed  int       `json:"noticed"`
	Packages []Package `json:"packages"` // by duty
}

// Package is what became of the fixture of one policy.
type Package struct {
	Name    string `json:"name"`
	File    string `json:"file"`
	Mutants int    `json:"mutants"`
	Noticed int    `json:"noticed"` // by any of its checks
	// Note says why there are no mutants.
	Note   string  `json:"note,omitempty"`
	Checks []Check `json:"checks"`
}

// Check is what one check noticed.
type Check struct {
	ID      string `json:"id"`
	File    string `json:"file"`
	Line    int    `json:"line"`
	Noticed int    `json:"noticed"` // mutants on which it does not pass
	// Ineffective says that its rule found nothing in any mutant. That evidence which METADATA names is missing does not count:
	// the engine finds that, whatever the rule.
	Ineffective bool `json:"toothless"`
	// Survivors are the mutants of places which this check looks at, and which no check of the package noticed.
	Survivors []Mutant `json:"survivors"`
}

// Mutant is a fixture spoiled in one place.
type Mutant struct {
	Pointer string `json:"pointer"`
	Change  Change `json:"change"`
	to      any
}

// Change is how a place is spoiled.
type Change string

// The ways to spoil a place.
const (
	Dropped Change = "dropped" // a leaf
	Emptied Change = "emptied" // a list or an object
	Aged    Change = "aged"    // a date, put back
	// Declared says that the duty is declared not applicable on the fixture, which shows that it applies.
	Declared Change = "declared not applicable"
	// Related says that a field has the value of the next item's; it is tried only where a check would be ineffective without.
	Related Change = "related"
)

func (m Mutant) String() string {
	if m.Pointer == "" {
		return "as it is"
	}
	return m.Pointer + " " + string(m.Change)
}

// mutate tries all fixtures side by side.
func (s *subject) mutate(ctx context.Context, duties []policy.Duty) (Mutation, error) {
	m := Mutation{Packages: make([]Package, len(duties))}
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, duty := range duties {
		group.Go(func() error {
			t := trial{subject: s, duty: duty}
			var err error
			if m.Packages[i], err = t.run(ctx); err != nil {
				return fmt.Errorf("%s: try the fixture of %s: %w", duty.File, s.testPackage(duty), err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Mutation{}, err
	}
	for _, p := range m.Packages {
		m.Mutants, m.Noticed = m.Mutants+p.Mutants, m.Noticed+p.Noticed
	}
	if m.Mutants > 0 {
		m.Percent = float64(m.Noticed) / float64(m.Mutants) * 100
	}
	return m, nil
}

// trial tries the checks of one policy.
type trial struct {
	*subject
	duty     policy.Duty
	good     []byte    // the fixture, as JSON
	at       time.Time // the time it is good at
	base     []outcome // on it
	looks    map[string]policy.Reads
	findings *rego.Query
	engine   *engine.Engine
	// uncompared says that the input is to lack what does not fit together: a check of that must find it out.
	uncompared bool
}

func (t *trial) run(ctx context.Context) (Package, error) {
	p := Package{Name: t.packageOf(t.duty), File: t.duty.File, Checks: make([]Check, len(t.duty.Checks))}
	for i, check := range t.duty.Checks {
		p.Checks[i] = Check{ID: check.ID, File: check.File, Line: check.Line, Survivors: []Mutant{}, Ineffective: true}
	}
	var err error
	if p.Note, err = t.fixture(ctx); err != nil || p.Note != "" {
		return p, err
	}
	if err := t.prepare(); err != nil {
		return p, err
	}
	if t.base, err = t.judge(ctx, Mutant{}); err != nil {
		return p, err
	}
	if names := idsWithFindings(t.base); len(names) > 0 {
		p.Note = fmt.Sprintf("%s.%s does not pass with the profile's parameters: %s", t.testPackage(t.duty), fixtureRule, strings.Join(names, ", "))
		return p, nil
	}
	t.looks = policy.ReadsOf(t.duty, t.policies.Modules)
	var survivors []survivor
	for _, mutant := range t.mutants() {
		noticed, err := t.try(ctx, &p, mutant)
		if err != nil {
			return p, err
		}
		concerned := t.concerned(mutant)
		switch {
		case noticed:
			p.Noticed++
		case len(concerned) > 0:
			survivors = append(survivors, survivor{mutant, concerned})
		}
	}
	for _, s := range survivors {
		if implied(s.Mutant, survivors) {
			continue
		}
		p.Mutants++
		for _, i := range s.concerned {
			p.Checks[i].Survivors = append(p.Checks[i].Survivors, s.Mutant)
		}
	}
	p.Mutants += p.Noticed
	return p, t.relate(ctx, &p)
}

// survivor is a mutant that no check noticed.
type survivor struct {
	Mutant
	concerned []int // the checks that look there
}

// implied reports whether a mutant spoils a part of what may be emptied unnoticed: that is one survivor, not many.
func implied(m Mutant, survivors []survivor) bool {
	return slices.ContainsFunc(survivors, func(s survivor) bool { return s.Change == Emptied && strings.HasPrefix(m.Pointer, s.Pointer+"/") })
}

// try judges one mutant and says whether a check noticed.
func (t *trial) try(ctx context.Context, p *Package, mutant Mutant) (noticed bool, err error) {
	verdicts, err := t.judge(ctx, mutant)
	for i, v := range verdicts {
		if v.bad && !v.explainedBy(t.base[i]) {
			noticed = true
			p.Checks[i].Noticed++
		}
		p.Checks[i].Ineffective = p.Checks[i].Ineffective && !v.hasFindings
	}
	return noticed, err
}

// concerned are the checks that should notice a mutant, if any of them does.
func (t *trial) concerned(mutant Mutant) []int {
	var concerned []int
	for i, check := range t.duty.Checks {
		switch {
		case (mutant.Change == Declared) != check.Applicability:
		case mutant.Change == Aged && !t.limited(check):
		case check.Applicability, t.looks[check.Name].Covers(mutant.Pointer):
			concerned = append(concerned, i)
		}
	}
	return concerned
}

// limited reports whether a check names a threshold that a date can grow older than.
func (t *trial) limited(check policy.Check) bool {
	return slices.ContainsFunc(check.Params, func(name string) bool {
		p, _ := t.parameters.Find(name)
		return p.Stricter == parameter.Lower && slices.Contains([]string{"days", "hours", "minutes", "months", "years"}, p.Unit)
	})
}

// relate gives the checks that failed with no mutant another chance: a check of how items of a list relate to each other, such
// as that no identity stands in two, finds nothing in what is absent. A field gets the value that it has in the next item.
// These mutants count for nothing else: most of them are good evidence too.
func (t *trial) relate(ctx context.Context, p *Package) error {
	if !slices.ContainsFunc(p.Checks, func(c Check) bool { return c.Ineffective }) {
		return nil
	}
	for _, mutant := range append(t.related(), Mutant{uncompared, Dropped, nil}) {
		verdicts, err := t.judge(ctx, mutant)
		if err != nil {
			return err
		}
		for i, v := range verdicts {
			p.Checks[i].Ineffective = p.Checks[i].Ineffective && !v.hasFindings
		}
	}
	return nil
}

// fixture reads the fixture, or says why there is none.
func (t *trial) fixture(ctx context.Context) (note string, err error) {
	name := t.testPackage(t.duty) + "." + fixtureRule
	query, err := rego.NewQuery(t.compiler, t.store(), ast.MustParseTerm("data."+name), nil, nil)
	if err != nil {
		return "", err
	}
	fixture, isDefined, err := query.Eval(ctx, func(q *topdown.Query) { q.WithStrictBuiltinErrors(true) })
	if err != nil {
		return "", err
	}
	if !isDefined {
		return fmt.Sprintf("there is no %s, evidence without findings: no change could be tried", name), nil
	}
	value, _ := fixture.(map[string]any)
	text, _ := value["at"].(string)
	if t.at, err = time.Parse(time.RFC3339Nano, text); err != nil {
		return fmt.Sprintf("%s is not evidence with a time in at, such as 2026-11-20T00:00:00Z: no change could be tried", name), nil
	}
	t.good, err = json.Marshal(value)
	return "", err
}

// prepare makes ready to ask the policy as its tests do, and to judge what it answers as an assessment does.
func (t *trial) prepare() error {
	name := t.testPackage(t.duty)
	written := ast.NewQueryContext().WithPackage(ast.MustParsePackage("package " + name))
	var with []*ast.With
	for _, module := range t.tests {
		if module.Package.Path.String() != "data."+name {
			continue
		}
		for _, rule := range module.Rules {
			if rule.Head.Name.String() == fixtureTest {
				var err error
				if with, err = settings(module, rule); err != nil {
					return err
				}
				written = written.WithImports(module.Imports)
			}
		}
	}
	var err error
	t.findings, err = rego.NewQuery(t.compiler, t.store(), ast.MustParseTerm("data."+t.packageOf(t.duty)+".findings"), with, written)
	if err != nil {
		return err
	}
	config := t.config
	config.Evaluator = t
	t.engine, err = engine.New(config)
	return err
}

// settings is the data that a test sets. A variable of the test has no value outside of it.
func settings(module *ast.Module, rule *ast.Rule) (all []*ast.With, err error) {
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		for _, with := range expr.With {
			ref, _ := with.Target.Value.(ast.Ref)
			if ref.HasPrefix(ast.DefaultRootRef) {
				variables := ast.NewVarVisitor().WithParams(ast.VarVisitorParams{SkipRefHead: true, SkipClosures: true})
				variables.Walk(with.Value)
				local := slices.DeleteFunc(slices.Collect(maps.Keys(variables.Vars())), func(v ast.Var) bool {
					return slices.ContainsFunc(module.Rules, func(r *ast.Rule) bool { return r.Head.Ref()[0].Value.Compare(v) == 0 })
				})
				if len(local) > 0 && err == nil {
					err = fmt.Errorf("%s:%d: %s is set to a variable of the test: write the value there, so that changes can be tried with it",
						with.Location.File, with.Location.Row, ref)
				}
				all = append(all, with.Copy())
			}
		}
		return false
	})
	return all, err
}

// Evaluate gives the engine what the policy finds in the input that an assessment would give it, and nothing for any other
// package.
func (t *trial) Evaluate(ctx context.Context, input map[string]any, packages []string) ([]engine.Outcome, error) {
	outcomes := make([]engine.Outcome, len(packages))
	for i, name := range packages {
		if name == t.packageOf(t.duty) {
			if t.uncompared {
				delete(input, "contradictions")
			}
			value, err := ast.InterfaceToValue(input)
			if err != nil {
				return nil, err
			}
			outcomes[i].Findings, _, outcomes[i].Err = t.findings.Eval(ctx, func(q *topdown.Query) {
				q.WithInput(ast.NewTerm(value)).WithStrictBuiltinErrors(true)
			})
			continue
		}
		empty := map[string]any{}
		for _, duty := range t.policies.Duties {
			for _, check := range duty.Checks {
				if name == t.packageOf(duty) {
					empty[check.Name] = []any{}
				}
			}
		}
		outcomes[i].Findings = empty
	}
	return outcomes, nil
}

// outcome is how one check judges a mutant.
type outcome struct {
	id          string
	bad         bool
	hasFindings bool     // its rule found something
	lacks       []string // what METADATA names and is not there
}

// explainedBy reports whether a check is bad only for what it lacks on the fixture too, such as a section's source: that is
// for the engine, and tests of a policy leave it out.
func (v outcome) explainedBy(base outcome) bool {
	return !v.hasFindings && !slices.ContainsFunc(v.lacks, func(pointer string) bool { return !slices.Contains(base.lacks, pointer) })
}

// judge says of each check of the duty how it stands with a mutant; with the fixture as it is for none.
func (t *trial) judge(ctx context.Context, mutant Mutant) ([]outcome, error) {
	value := decode(t.good)
	t.uncompared = mutant.Pointer == uncompared
	mutant.apply(value)
	nowhere := func(string) verdict.Location { return verdict.Location{} }
	service, err := t.engine.Evaluate(ctx, engine.Request{
		At: t.at, Selected: []string{t.duty.ID}, Evidence: engine.Evidence{Value: value, Locate: nowhere},
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", mutant, err)
	}
	judged := map[string]assessment.Check{}
	for _, activity := range service.Activities {
		if activity.Status == verdict.Error {
			return nil, fmt.Errorf("%s: %s", mutant, activity.Reason)
		}
		for _, check := range activity.Checks {
			judged[check.ID] = check
		}
	}
	verdicts := make([]outcome, len(t.duty.Checks))
	for i, check := range t.duty.Checks {
		v := outcome{id: check.ID, bad: judged[check.ID].Status.Bad()}
		for _, finding := range judged[check.ID].Findings {
			if finding.Status == verdict.Missing && slices.Contains(check.Evidence, finding.Pointer) && strings.HasPrefix(finding.Message, engine.NoEvidence) {
				v.lacks = append(v.lacks, finding.Pointer)
			} else {
				v.hasFindings = true
			}
		}
		verdicts[i] = v
	}
	return verdicts, nil
}

// idsWithFindings lists the checks whose rules found something.
func idsWithFindings(verdicts []outcome) []string {
	var ids []string
	for _, v := range verdicts {
		if v.hasFindings {
			ids = append(ids, v.id)
		}
	}
	return ids
}

// mutants lists what can be spoiled, in the order of the pointers: facts in the sections, but for those that the schema marks
// as informative, and those without which it refuses the evidence.
func (t *trial) mutants() []Mutant {
	var all []Mutant
	fixture := decode(t.good)
	for _, section := range slices.Sorted(maps.Keys(fixture)) {
		if evidence.IsSection(section) {
			all = append(all, t.mutantsBelow(document.Pointer(section), fixture[section], t.form.Properties.Forms[section])...)
		}
	}
	for _, activity := range t.reading.Activities {
		if activity.ID == t.duty.ID && activity.NotApplicable != "" {
			day := t.at.UTC().Format(time.DateOnly)
			all = append(all, Mutant{"/not_applicable", Declared, []any{map[string]any{
				"activity": activity.ID, "reason": "none", "declared_by": "one", "approved_by": "another", "declared_on": day,
			}}})
		}
	}
	return all
}

// mutantsBelow lists what can be spoiled in a value, and last the value itself.
func (t *trial) mutantsBelow(pointer string, value any, form *evidence.Form) []Mutant {
	if form = t.resolve(form); form.Informative != "" {
		return nil
	}
	var all []Mutant
	switch v := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(form.Required, key) {
				all = append(all, t.mutantsBelow(pointer+document.Pointer(key), v[key], form.Properties.Forms[key])...)
			}
		}
		if len(v) > 0 {
			all = append(all, Mutant{pointer, Emptied, map[string]any{}})
		}
	case []any:
		for i, item := range v {
			all = append(all, t.mutantsBelow(pointer+"/"+strconv.Itoa(i), item, form.Items)...)
		}
		if len(v) > 0 {
			all = append(all, Mutant{pointer, Emptied, []any{}})
		}
	default:
		all = append(all, Mutant{pointer, Dropped, nil})
		if old, ok := older(value); ok && (form.Type == "" || strings.HasPrefix(form.Format, "date")) {
			all = append(all, Mutant{pointer, Aged, old})
		}
	}
	return all
}

// related lists the fields of items of lists that can be given the value which they have in the next item.
func (t *trial) related() []Mutant {
	var all []Mutant
	fixture := decode(t.good)
	var walk func(pointer string, value any)
	walk = func(pointer string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				walk(pointer+document.Pointer(key), v[key])
			}
		case []any:
			for i, item := range v {
				below := pointer + "/" + strconv.Itoa(i)
				walk(below, item)
				fields, _ := item.(map[string]any)
				next, _ := v[(i+1)%len(v)].(map[string]any)
				for _, key := range slices.Sorted(maps.Keys(fields)) {
					if other, ok := next[key]; ok && !reflect.DeepEqual(fields[key], other) {
						all = append(all, Mutant{below + document.Pointer(key), Related, other})
					}
				}
			}
		}
	}
	for _, section := range slices.Sorted(maps.Keys(fixture)) {
		if evidence.IsSection(section) {
			walk(document.Pointer(section), fixture[section])
		}
	}
	return all
}

// resolve is the form that describes a value; an empty one where the schema has none, which only a test's own invention has.
func (t *trial) resolve(form *evidence.Form) *evidence.Form {
	if form == nil {
		return &evidence.Form{}
	}
	return t.form.Resolve(form)
}

// apply spoils evidence; the mutant of nothing leaves it as it is.
func (m Mutant) apply(value map[string]any) {
	parts, err := document.Split(m.Pointer)
	if err != nil || len(parts) == 0 {
		return // else it was made of the keys on the way
	}
	var descend func(value any, parts []string) any
	descend = func(value any, parts []string) any {
		switch h := value.(type) {
		case map[string]any:
			switch {
			case len(parts) > 1:
				h[parts[0]] = descend(h[parts[0]], parts[1:])
			case m.Change == Dropped:
				delete(h, parts[0])
			default:
				h[parts[0]] = m.to
			}
			return h
		case []any:
			i, _ := strconv.Atoi(parts[0])
			switch {
			case len(parts) > 1:
				h[i] = descend(h[i], parts[1:])
			case m.Change == Dropped:
				return slices.Delete(h, i, i+1)
			default:
				h[i] = m.to
			}
			return h
		}
		return value
	}
	descend(value, parts)
}

func older(value any) (string, bool) {
	text, _ := value.(string)
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.AddDate(-aged, 0, 0).Format(layout), true
		}
	}
	return "", false
}

// decode reads a fixture that was just encoded.
func decode(encoded []byte) map[string]any {
	decoder := json.NewDecoder(bytes.NewReader(encoded))
	decoder.UseNumber()
	var value map[string]any
	if err := decoder.Decode(&value); err != nil {
		panic(err) // encoding/json wrote it
	}
	return value
}
