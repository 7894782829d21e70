// Package assess makes an assessment: it opens a ruleset, reads the evidence, lets the engine judge each service, and
// puts together all that is needed to do it again.
package assess

import (
	"context"
	"errors"
	"io"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"raci-check/internal/assessment"
	"raci-check/internal/document"
	"raci-check/internal/engine"
	"raci-check/internal/evidence"
	"raci-check/internal/forecast"
	"raci-check/internal/parameter"
	"raci-check/internal/policy"
	"raci-check/internal/raci"
	"raci-check/internal/ruleset"
	"raci-check/internal/schema"
	"raci-check/internal/waiver"
)

// Options say what to assess, for which instant and by which rules.
type Options struct {
	Paths    []string // files, folders, or "-" for Stdin
	Stdin    io.Reader
	At       time.Time
	Reading  string   // of the RACI table; empty for the catalog's first
	Profiles []string // that give the parameters, the strictest of each; empty for the baseline
	Params   string   // file of overrides; empty for none
	Waivers  []string // files, besides those in the evidence folders
	// EvidenceKeys are public keys, and folders of *.pub: signatures that lie beside evidence files are held against them.
	EvidenceKeys []string
	Duties       []string // names or ids of the only duties to judge; empty for all
	// Forecast is the number of days to look ahead at what turns bad; 0 for not at all.
	Forecast int
	Tool     assessment.Tool
	// Worker is the command that evaluates policies that are not shipped, see package sandbox; empty to evaluate them in this
	// process.
	Worker []string
}

// dutyDeadline ends a policy that does not.
const dutyDeadline = 30 * time.Second

// Run makes the assessment. Errors of the input are document.Errors with their places.
func Run(ctx context.Context, rules ruleset.Ruleset, o Options) (*assessment.Assessment, error) {
	var (
		in    input
		judge *rulebook
		group errgroup.Group
	)
	form, freshness, err := rules.Form()
	if err != nil {
		return nil, err
	}
	group.Go(func() (err error) { judge, err = prepare(ctx, rules, freshness, o); return err })
	in, readErr := read(form, o)
	// An error in the rules explains more than what follows from it.
	if err := group.Wait(); err != nil {
		return nil, err
	}
	defer judge.end()
	if readErr != nil {
		return nil, readErr
	}
	waivers, err := judge.waivers(in, o.Waivers)
	if err != nil {
		return nil, err
	}
	if err := judge.signed(in.sets, o.EvidenceKeys); err != nil {
		return nil, err
	}
	selected, err := choose(judge.reading.Activities, o.Duties)
	if err != nil {
		return nil, err
	}
	judge.inputs.Policies = rules.Origins()
	if judge.inputs.Folders, err = wholeFolders(in.sets); err != nil {
		return nil, err
	}

	result := &assessment.Assessment{
		Schema: assessment.SchemaID, Tool: o.Tool, At: o.At.UTC().Format(time.RFC3339Nano), Partial: len(selected) > 0,
		Catalog: judge.catalog,
		Policies: assessment.Policies{
			Digest: judge.digest, Added: rules.Added(), Profile: judge.parameters.Profile(), Profiles: judge.parameters.Profiles,
			Frameworks: policy.Frameworks, Parameters: judge.parameters.Report(),
		},
		Services: make([]assessment.Service, len(in.sets)),
		Inputs:   &judge.inputs,
	}
	var services errgroup.Group
	services.SetLimit(runtime.GOMAXPROCS(0))
	errs := make([]error, len(in.sets))
	for i, set := range in.sets {
		services.Go(func() error {
			result.Services[i], errs[i] = judge.service(ctx, set, waivers, selected, o)
			return nil
		})
	}
	if err := services.Wait(); err != nil {
		return nil, err
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, service := range result.Services {
		result.Result = assessment.Worse(result.Result, service.Result)
	}
	return result, result.Seal()
}

// input is the evidence as read.
type input struct{ sets []*evidence.Set }

func read(form *schema.Schema, o Options) (input, error) {
	reader := evidence.Reader{Schema: form, Limits: document.DefaultLimits, Stdin: o.Stdin}
	sets, err := reader.Read(o.Paths)
	return input{sets}, err
}

// rulebook is the compiled ruleset, with the names and digests that a report gives.
type rulebook struct {
	end        func() // ends the processes that evaluate
	engine     *engine.Engine
	reading    *raci.Reading
	parameters *parameter.Set
	catalog    assessment.Catalog
	digest     string
	checks     []string // ids
	inputs     assessment.Inputs
}

func prepare(ctx context.Context, rules ruleset.Ruleset, freshness map[string]string, o Options) (*rulebook, error) {
	catalog, catalogDigest, err := rules.Catalog()
	if err != nil {
		return nil, err
	}
	reading, err := catalog.Reading(o.Reading)
	if err != nil {
		return nil, err
	}
	parameters, err := rules.Parameters(o.Profiles...)
	if err != nil {
		return nil, err
	}
	var inputs assessment.Inputs
	if o.Params != "" {
		doc, file, err := readFile(o.Params)
		if err != nil {
			return nil, err
		}
		inputs.Params = append(inputs.Params, file)
		if parameters, err = parameters.Override(doc); err != nil {
			return nil, err
		}
	}
	reference, err := rules.Reference()
	if err != nil {
		return nil, err
	}
	policies, err := rules.Compiled()
	if err != nil {
		return nil, err
	}
	digest, err := rules.Digest()
	if err != nil {
		return nil, err
	}
	config := engine.Config{
		Activities: reading.Activities, Policies: policies, Parameters: parameters.Values(),
		Reference: reference, Freshness: freshness, Deadline: dutyDeadline,
	}
	end := func() {}
	if !rules.IsShipped() && len(o.Worker) > 0 {
		added, err := apart(ctx, rules, config, o.Worker)
		if err != nil {
			return nil, err
		}
		config.Evaluator, end = added, added.Close
	}
	judge, err := engine.New(ctx, config)
	if err != nil {
		end()
		return nil, err
	}
	book := &rulebook{
		end: end, engine: judge, reading: reading, parameters: parameters, digest: digest,
		catalog: CatalogOf(catalog, catalogDigest, reading), inputs: inputs,
	}
	for _, check := range policies.Checks() {
		book.checks = append(book.checks, check.ID)
	}
	return book, nil
}

// CatalogOf names a table and the reading of it in a report.
func CatalogOf(catalog *raci.Catalog, digest string, reading *raci.Reading) assessment.Catalog {
	return assessment.Catalog{
		ID: catalog.ID, Reading: reading.Name, Title: catalog.Title, Provider: catalog.Provider, Source: reading.Source, Digest: digest,
	}
}

// waivers reads the accepted risks: the files named, and those that lie beside the evidence, by service id.
func (b *rulebook) waivers(in input, files []string) (map[string][]waiver.Waiver, error) {
	var errs document.Errors
	parse := func(doc *document.Document, err error) []waiver.Waiver {
		var found []waiver.Waiver
		if err == nil {
			found, err = waiver.Parse(doc, b.checks)
		}
		errs = document.Collect(errs, err)
		return found
	}
	byService := map[string][]waiver.Waiver{}
	assign := func(set *evidence.Set, found []waiver.Waiver) {
		for _, w := range found {
			if w.Service == "" || w.Service == set.Service.ID {
				byService[set.Service.ID] = append(byService[set.Service.ID], w)
			}
		}
	}
	for _, name := range files {
		doc, file, err := readFile(name)
		b.inputs.Waivers = append(b.inputs.Waivers, file)
		found := parse(doc, err)
		for _, set := range in.sets {
			assign(set, found)
		}
	}
	for _, set := range in.sets {
		for _, doc := range set.Waivers {
			assign(set, parse(doc, nil))
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return byService, nil
}

func (b *rulebook) service(ctx context.Context, set *evidence.Set, waivers map[string][]waiver.Waiver, selected []string, o Options) (assessment.Service, error) {
	broken := make([]engine.BrokenArtifact, len(set.Broken))
	for i, artifact := range set.Broken {
		broken[i] = engine.BrokenArtifact(artifact)
	}
	held, err := b.engine.Open(
		engine.Evidence{Service: set.Service, Value: set.Value, Locate: set.Locate, Broken: broken}, waivers[set.Service.ID])
	if err != nil {
		return assessment.Service{}, err
	}
	service, err := held.Judge(ctx, o.At, selected)
	if err != nil {
		return service, err
	}
	service.Evidence, service.Sections = set.Files, set.Sections
	if o.Forecast > 0 {
		service.Forecast, err = forecast.Look(ctx, held.Judge, service, o.At, o.Forecast, selected)
	}
	return service, err
}

// UnknownDutyError is a duty that the reading does not have.
type UnknownDutyError struct {
	Name  string
	Known []string
}

func (e *UnknownDutyError) Error() string { return schema.Unknown("duty", e.Name, e.Known) }

// choose turns names and ids of duties into ids.
func choose(activities []raci.Activity, duties []string) ([]string, error) {
	var chosen, known []string
	for _, name := range duties {
		at := slices.IndexFunc(activities, func(a raci.Activity) bool {
			return a.Duty() && (a.Name == name || a.ID == name)
		})
		if at < 0 {
			for _, activity := range activities {
				if activity.Duty() {
					known = append(known, activity.Name)
				}
			}
			return nil, &UnknownDutyError{name, known}
		}
		chosen = append(chosen, activities[at].ID)
	}
	return chosen, nil
}
