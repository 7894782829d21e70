// Package assess makes an assessment: it opens a ruleset, reads the evidence, lets the engine judge each service, and
// puts together all that is needed to do it again. Services are read and judged side by side and handed on in order, so
// that no more than a few are in memory at once.
package assess

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/collect/fills"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/derive"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/opaclient"
	"github.com/raci-check/raci-check/internal/parameter"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/suggest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Options say what to assess, for which time and by which rules.
type Options struct {
	Paths []string        // files, folders, or "-" for Stdin
	Base  document.Folder // of the names of all files; the working folder unless told otherwise
	Stdin io.Reader
	// Unsaved answers the text that an editor has of the evidence file at a path; nil where no editor is open.
	Unsaved  func(path string) ([]byte, bool)
	At       time.Time
	PastAt   bool     // the caller allowed At to be in the past
	Reading  string   // of the RACI table; empty for the catalog's first
	Profiles []string // that give the parameters, the strictest of each; empty for the baseline
	Params   string   // file of overrides; empty for none
	Waivers  []string // files, besides those in the evidence folders
	// EvidenceKeys are public keys, and folders of *.pub: signatures that lie beside evidence files are checked against them.
	EvidenceKeys []string
	Duties       []string // names or ids of the only duties to judge; empty for all
	// MaxFileSize is how large a file of evidence may be, in bytes; 0 for the constant of that name.
	MaxFileSize int
	// MinAssurance is the weakest grade that a check of a severity may pass with, where the parameters allow weaker ones.
	MinAssurance map[verdict.Severity]verdict.Grade
	// DisputedNotCounted says that failures of disputed duties do not count for the exit code.
	DisputedNotCounted bool
	// Forecast is the number of days to look ahead at what starts to fail; 0 for not at all.
	Forecast int
	Tool     assessment.Tool
	// Worker is the command that evaluates policies that are not shipped, see package sandbox; empty to evaluate them in this
	// process.
	Worker []string
	// PolicyTime is how long such a package may take for one service; 0 for PolicyTime.
	PolicyTime time.Duration
	// Server is asked to evaluate the policies; nil to evaluate them here. Its revision is filled in.
	Server *opaclient.Options
	// Cache has results of earlier runs for services that are the same, and takes those of this one; nil for none. It is not for
	// evidence that an editor has, for evidence keys, nor for policies that a server evaluates.
	Cache Store
	// FromCache is told how many services were taken from the cache, of how many; nil for nobody.
	FromCache func(services, of int)
	// Parallel is how many services are judged at once; 0 for one a processor.
	Parallel int
}

// How large a file of evidence may be, in bytes: unless told otherwise, and at most.
const (
	MaxFileSize     = 8 << 20 // as document.DefaultLimits
	LargestFileSize = 64 << 20
)

// MaxForecast is how many days a forecast may look ahead. Added policies are judged every day: this bounds the time it takes to some seconds a
// service.
const MaxForecast = 366

// limits bound the files of evidence, with advice that can be followed.
func (o Options) limits() document.Limits {
	limits := document.DefaultLimits.WithBytes(cmp.Or(o.MaxFileSize, MaxFileSize))
	limits.Remedy = "put each section into a file of its own"
	if limits.Bytes < LargestFileSize {
		limits.Remedy += fmt.Sprintf(", or allow more with --max-file-size, up to %d", LargestFileSize>>20)
	}
	return limits
}

// PolicyTime is how long a package of policies that are not shipped may take for one service, unless told otherwise. Where the evidence
// has very many records, it is as much longer. Shipped policies always end, in time that is proportionate to the evidence; they have no
// such limit, so that no verdict depends on what else the machine does.
const PolicyTime = 30 * time.Second

func (o Options) policyTime() time.Duration { return cmp.Or(o.PolicyTime, PolicyTime) }

// Run makes the assessment in memory. Errors of the input are document.Errors with their places.
func Run(ctx context.Context, rules ruleset.Ruleset, o Options) (*assessment.Assessment, error) {
	fleet, err := Gather(ctx, rules, o, assessment.KeepAll, func(sink Sink, _ int) Sink { return sink })
	if err != nil {
		return nil, err
	}
	defer fleet.Close()
	return fleet.Whole()
}

// Gather makes the assessment as a fleet; watch sees each of so many services on its way into it.
func Gather(ctx context.Context, rules ruleset.Ruleset, o Options, keep assessment.Keep, watch func(sink Sink, services int) Sink) (*assessment.Fleet, error) {
	session, err := Open(ctx, rules, o)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	return session.Gather(ctx, o.At, keep, watch)
}

// Reader reads evidence as an assessment with the options does. Raw answers may prove texts that look like placeholders: who assesses
// asks them with Set.Refuse.
func (o Options) Reader(form *schema.Schema, placeholders *placeholder.List) evidence.Reader {
	named := append([]string{o.Params}, o.Waivers...)
	for i, name := range named {
		named[i] = filepath.Clean(name)
	}
	return evidence.Reader{Schema: form, Placeholders: placeholders, Proves: true, Limits: o.limits(), Stdin: o.Stdin, Base: o.Base, Given: named, Unsaved: o.Unsaved}
}

// Inputs is the evidence as the policies see it, of each service: what OPA wants as its input. It lists the files that are not evidence.
func Inputs(rules ruleset.Ruleset, o Options) ([]map[string]any, []assessment.PassedOver, error) {
	form, _, err := rules.Form()
	if err != nil {
		return nil, nil, err
	}
	placeholders, err := rules.Placeholders()
	if err != nil {
		return nil, nil, err
	}
	reader := o.Reader(form, placeholders)
	sets, passed, err := reader.Read(o.Paths)
	if err != nil {
		return nil, nil, err
	}
	reading, err := rules.Reading(o.Reading)
	if err != nil {
		return nil, nil, err
	}
	parameters, _, err := Parameters(rules, o)
	if err != nil {
		return nil, nil, err
	}
	config, err := rules.Config(nil, reading, parameters)
	if err != nil {
		return nil, nil, err
	}
	inputs := make([]map[string]any, len(sets))
	deriver := newDeriver(rules)
	for i, set := range sets {
		supplied, _, err := evidenceOf(set, deriver, nil)
		if err != nil {
			return nil, nil, err
		}
		inputs[i] = config.Input(supplied, o.At)
	}
	return inputs, PassedOver(passed), nil
}

// newDeriver reads the form of evidence once, where an artifact has a derivation.
func newDeriver(rules ruleset.Ruleset) *derive.Deriver {
	return &derive.Deriver{Form: sync.OnceValues(rules.Described)}
}

// evidenceOf is what the engine judges of a set: its facts, and what its artifacts say of them.
func evidenceOf(set *evidence.Set, deriver *derive.Deriver, kept *lastFacts) (engine.Evidence, *derive.Result, error) {
	derived, err := deriver.Of(set)
	if err != nil {
		return engine.Evidence{}, nil, err
	}
	if err := set.Refuse(proofOf(set, derived)); err != nil {
		return engine.Evidence{}, nil, err
	}
	supplied := engine.Evidence{
		Service: assessment.ServiceID(set.Service), Value: set.Value, Locate: set.Locate,
		Broken: append(slices.Clone(set.Broken), derived.Broken...), Underived: derived.Contradictions, Derived: kept.bySection(derived.Facts),
	}
	return supplied, derived, nil
}

// proofOf reports whether the service itself answered what stands at a pointer: then a text that looks like a placeholder is a value.
func proofOf(set *evidence.Set, derived *derive.Result) func(pointer string) bool {
	if len(set.Unproved) == 0 {
		return nil
	}
	answered := map[string]bool{}
	for _, fact := range derived.Facts {
		answered[fact.Pointer] = answered[fact.Pointer] || fact.Service
	}
	return func(pointer string) bool { // a list of texts is one fact
		return answered[pointer] || answered[pointer[:strings.LastIndexByte(pointer, '/')]]
	}
}

// rulebook is the compiled ruleset, with the names and digests that a report gives.
type rulebook struct {
	end        func() // ends the processes that evaluate
	engine     *engine.Engine
	plan       *consistency.Plan
	reading    *raci.Reading
	parameters *parameter.Set
	catalog    assessment.Catalog
	digest     string
	checks     []string            // ids
	restsOn    map[string][]string // fields, by check
	inputs     assessment.Inputs
	listed     []assessment.Parameter
}

func prepare(ctx context.Context, rules ruleset.Ruleset, freshness map[string]string, o Options, again bool) (*rulebook, error) {
	catalog, catalogDigest, err := rules.Catalog()
	if err != nil {
		return nil, err
	}
	reading, err := catalog.Reading(o.Reading)
	if err != nil {
		return nil, err
	}
	parameters, changed, err := Parameters(rules, o)
	if err != nil {
		return nil, err
	}
	inputs := assessment.Inputs{Params: changed, MinAssurance: o.MinAssurance}
	if reading.Name != catalog.ReadingNames()[0] {
		inputs.Reading = reading.Name
	}
	policies, err := rules.Compiled()
	if err != nil {
		return nil, err
	}
	digest, err := rules.Digest()
	if err != nil {
		return nil, err
	}
	config, err := rules.Config(policies, reading, parameters)
	if err != nil {
		return nil, err
	}
	config.Freshness, config.MinAssurance, config.Sources = freshness, o.MinAssurance, fills.Kinds
	evaluator, end, err := o.evaluator(ctx, rules, config, again)
	if err != nil {
		return nil, err
	}
	if again {
		reads, err := rego.Reads(policies)
		if err != nil {
			end()
			return nil, err
		}
		evaluator = engine.Remember(evaluator, reads)
	}
	config.Evaluator, config.Again = evaluator, again
	judge, err := engine.New(config)
	if err != nil {
		end()
		return nil, err
	}
	book := &rulebook{
		end: end, engine: judge, plan: config.Consistency, reading: reading, parameters: parameters, digest: digest,
		catalog: CatalogOf(catalog, catalogDigest, reading), inputs: inputs, restsOn: policies.RestsOn(),
		listed: parametersOf(parameters),
	}
	for _, check := range policies.Checks() {
		book.checks = append(book.checks, check.ID)
	}
	return book, nil
}

// Parameters are those in force: the profiles', and what a file changes of them; and that file.
func Parameters(rules ruleset.Ruleset, o Options) (*parameter.Set, []assessment.File, error) {
	parameters, err := rules.Parameters(o.Profiles...)
	if err != nil || o.Params == "" {
		return parameters, nil, err
	}
	doc, file, err := readFile(o.Base, o.Params)
	if err != nil {
		return nil, nil, err
	}
	parameters, err = parameters.Override(doc)
	return parameters, []assessment.File{file}, err
}

// UnknownDutyError is a duty that the reading does not have.
type UnknownDutyError struct {
	Name  string
	Known []string
}

func (e *UnknownDutyError) Error() string {
	message := suggest.Unknown("duty", e.Name, e.Known)
	if suggest.Nearest(e.Name, e.Known) == "" {
		message += "; raci-check duties lists them"
	}
	return message
}

// choose turns names and ids of duties into ids.
func choose(activities []raci.Activity, duties []string) ([]string, error) {
	var chosen, names []string
	for _, name := range duties {
		at := slices.IndexFunc(activities, func(a raci.Activity) bool {
			return a.Duty() && (a.Name == name || a.ID == name)
		})
		if at < 0 {
			for _, activity := range activities {
				if activity.Duty() {
					names = append(names, activity.Name)
				}
			}
			return nil, &UnknownDutyError{name, names}
		}
		chosen = append(chosen, activities[at].ID)
	}
	return chosen, nil
}
