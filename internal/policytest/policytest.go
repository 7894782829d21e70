// Package policytest tries policies: it runs their tests, says which lines they reach, and whether the checks bite. For that it
// takes the fixture on which a policy's checks pass, spoils it in one place after the other, and lists the places where no
// check notices.
package policytest

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// SchemaID names the version of the JSON form.
const SchemaID = "raci-check/test/v1"

// JSONSchema is the JSON Schema (draft 2020-12) of the JSON form.
//
//go:embed schema.json
var JSONSchema []byte

// ErrNoTests says that no test ran, so that nothing was tried.
var ErrNoTests = errors.New("no test ran")

// Report is what came of trying a ruleset.
type Report struct {
	Schema   string   `json:"schema"`
	Policies string   `json:"policies"` // digest
	Profile  string   `json:"profile"`  // that gave the parameters; several are joined by " + "
	Result   Status   `json:"result"`   // fail for a shortfall too
	Summary  Summary  `json:"summary"`
	Tests    []Test   `json:"tests"` // by file and line
	Coverage Coverage `json:"coverage"`
	Mutation Mutation `json:"mutation"`
	// Warnings are where a policy relies on a behaviour of OPA that surprises, by file and line.
	Warnings []Warning `json:"warnings"`
	// Shortfalls say what misses a threshold, and by how much.
	Shortfalls []string `json:"shortfalls"`
	// Notes are what a writer of policies should know and what is no failure.
	Notes []string `json:"notes"`
}

// WriteJSON writes the report as indented JSON with a final newline.
func (r *Report) WriteJSON(w io.Writer) error { return sanitize.WriteJSON(w, r) }

// Options say which tests run, and which coverage is expected.
type Options struct {
	Profiles []string       // give the parameters, the strictest of several; the baseline where none is named
	Run      *regexp.Regexp // only tests whose package.name it matches, and their policies; nil for all
	// CoverageThreshold and MutationThreshold are the least per cent that are no shortfall; zero for any. With the latter an
	// ineffective check is a shortfall too.
	CoverageThreshold, MutationThreshold float64
}

// Run tries a ruleset: what was added to the shipped one, or the shipped one itself.
func Run(ctx context.Context, rules ruleset.Ruleset, o Options) (*Report, error) {
	s, err := open(ctx, rules, o.Profiles)
	if err != nil {
		return nil, err
	}
	digest, err := rules.Digest()
	if err != nil {
		return nil, err
	}
	report := &Report{Schema: SchemaID, Policies: digest, Profile: s.parameters.Profile(), Shortfalls: []string{}, Notes: []string{}}
	if report.Tests, report.Coverage, err = s.test(ctx, o.Run); err != nil {
		return nil, err
	}
	duties := s.duties
	if o.Run != nil {
		duties = s.tested(report.Tests)
	}
	if report.Mutation, err = s.mutate(ctx, duties); err != nil {
		return nil, err
	}
	report.Warnings = Warnings(s.own)
	if o.Run == nil {
		report.Notes = append(report.Notes, s.unused...)
	}
	report.conclude(o)
	return report, nil
}

// conclude sums up.
func (r *Report) conclude(o Options) {
	r.Summary = count(r.Tests)
	if gap := o.CoverageThreshold - r.Coverage.Percent; gap > 0 {
		r.Shortfalls = append(r.Shortfalls, fmt.Sprintf("coverage is %s, %s short of %s",
			Percent(r.Coverage.Percent), points(gap), Percent(o.CoverageThreshold)))
	}
	if o.MutationThreshold > 0 {
		if gap := o.MutationThreshold - r.Mutation.Percent; gap > 0 {
			r.Shortfalls = append(r.Shortfalls, fmt.Sprintf("the mutation score is %s, %s short of %s",
				Percent(r.Mutation.Percent), points(gap), Percent(o.MutationThreshold)))
		}
		for _, p := range r.Mutation.Packages {
			for _, check := range p.Checks {
				if check.Ineffective {
					r.Shortfalls = append(r.Shortfalls, fmt.Sprintf("check %s is ineffective", check.ID))
				}
			}
		}
	}
	switch {
	case r.Summary.Error > 0:
		r.Result = Error
	case r.Summary.Fail > 0 || len(r.Shortfalls) > 0:
		r.Result = Fail
	default:
		r.Result = Pass
	}
}

// Percent is a percentage as it is printed: never rounded up to a hundred.
func Percent(p float64) string { return fmt.Sprintf("%.1f %%", float64(int(p*10))/10) }

// points is a gap as it is printed: never rounded down to nothing.
func points(gap float64) string {
	if gap < 0.1 {
		return "less than 0.1 points"
	}
	return fmt.Sprintf("%.1f points", gap)
}

// subject is a ruleset under test.
type subject struct {
	policies   *policy.Set
	duties     []policy.Duty          // those that are tried
	own        map[string]*ast.Module // policies and helpers that are tried
	tests      map[string]*ast.Module
	parameters *parameter.Set
	data       map[string]any // what the policies see as data
	reading    *raci.Reading
	form       *evidence.Form
	config     engine.Config
	compiler   *ast.Compiler // of everything, once the tests have run
	unused     []string      // parameters that nothing uses, in words
}

// open reads a ruleset, and refuses what an assessment would refuse.
func open(ctx context.Context, rules ruleset.Ruleset, profiles []string) (*subject, error) {
	s := &subject{own: map[string]*ast.Module{}}
	var err error
	if s.policies, err = rules.Policies(); err != nil {
		return nil, err
	}
	if s.tests, err = rules.Tests(); err != nil {
		return nil, err
	}
	for file, module := range s.policies.Modules {
		if rules.Own(file) {
			s.own[file] = module
		}
	}
	for _, duty := range s.policies.Duties {
		if rules.Own(duty.File) {
			s.duties = append(s.duties, duty)
		}
	}
	if s.parameters, err = rules.Parameters(profiles...); err != nil {
		return nil, err
	}
	if s.reading, err = rules.Reading(""); err != nil {
		return nil, err
	}
	format, err := rules.Format()
	if err != nil {
		return nil, err
	}
	if s.form, err = format.Describe(); err != nil {
		return nil, err
	}
	if s.unused, err = rules.UnusedParameters(s.policies); err != nil {
		return nil, err
	}
	if s.config, err = rules.Config(s.policies, s.reading, s.parameters); err != nil {
		return nil, err
	}
	s.data = s.config.Data()
	if _, err := rego.NewEngine(ctx, s.config, 0); err != nil { // strictly, and with no builtin that an assessment does not allow
		return nil, err
	}
	return s, s.typed(format)
}

// typed checks what is tried against the form of the evidence: a field that the schema does not have is never there, and a
// rule that reads it is silent.
func (s *subject) typed(format *evidence.Format) error {
	root, err := format.Input()
	if err != nil {
		return err
	}
	schemas := ast.NewSchemaSet()
	schemas.Put(ast.SchemaRootRef, root)
	compiler := ast.NewCompiler().WithSchemas(schemas).WithUseTypeCheckAnnotations(true).SetErrorLimit(0)
	compiler.Compile(s.policies.Modules)
	var errs []error
	for _, e := range compiler.Errors {
		// A helper that is shared may read a section that only another catalog has.
		if e.Location == nil || s.own[e.Location.File] == nil {
			continue
		}
		message := e.Message
		if wrong, ok := e.Details.(*ast.RefErrInvalidDetail); ok {
			message = fmt.Sprintf("the schema has no field %v", wrong.Ref)
			if len(wrong.OneOf) > 0 {
				message += fmt.Sprintf("; there it has %v", wrong.OneOf)
			}
		}
		errs = append(errs, &document.Error{File: e.Location.File, Line: e.Location.Row, Message: message + ": a rule that reads it is silent; read a field that raci-check schema evidence lists, or add it to the schema of its section"})
	}
	return errors.Join(errs...)
}

// modules are policies, helpers and tests together.
func (s *subject) modules() map[string]*ast.Module {
	all := maps.Clone(s.policies.Modules)
	maps.Copy(all, s.tests)
	return all
}

// store holds the data; each run has its own.
func (s *subject) store() storage.Store { return inmem.NewFromObject(s.data) }
