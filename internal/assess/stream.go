package assess

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/derive"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/forecast"
	"github.com/raci-check/raci-check/internal/parallel"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// Sink takes judged services.
type Sink interface {
	// Take prepares a service; it is called for several at once. What it answers is called in the order of the services'
	// ids, and not once an error of the input is known.
	Take(service *assessment.Service) (inTurn func() error, err error)
}

// Counter is a sink that may need no more of a service than its counts.
type Counter interface {
	Sink
	CountsAlone() bool
	// Count is Take of a service of which only the counts are known, where the sink counts alone.
	Count(brief *assessment.Brief) (inTurn func() error)
}

// InterruptedError says how far an assessment came that was ended from outside.
type InterruptedError struct {
	Assessed, Services int
	Cause              error
}

func (e *InterruptedError) Error() string {
	if e.Services == 0 {
		return "interrupted before anything was assessed: no report was written"
	}
	return fmt.Sprintf("interrupted when %d of %d services were assessed: no report was written", e.Assessed, e.Services)
}

func (e *InterruptedError) Unwrap() error { return e.Cause }

// interrupted tells an error that follows from the end of the context from others.
func interrupted(ctx context.Context, err error, judged, services int) error {
	if ctx.Err() == nil {
		return err
	}
	return &InterruptedError{judged, services, context.Cause(ctx)}
}

// stream is one run of Stream.
type stream struct {
	*Session
	options Options // with the time of the run
	begin   func(head assessment.Assessment, services int) (Sink, error)
	ready   func() error // waits for the rules, and for the sink to have begun

	inputs   assessment.Inputs
	sources  []*evidence.Source
	passed   []evidence.Other
	sink     Sink
	selected []string
	keys     []signature.PublicKey // that signatures of evidence are checked against
	waivers  []waiver.Waiver       // of the files that are named
	beside   lastWaivers           // of the evidence
	shared   sharedWaivers         // of several services

	cached     *cached // nil for no cache
	waiverErrs document.Errors
	owners     *consistency.Owners // of ids and artifacts that stand for one domain alone
	failed     atomic.Bool         // some input is wrong: the rest is read for its errors, and not judged
	errs       document.Errors
}

// turn is what came of a service: what to do when it is its turn, or what is wrong with its evidence.
type turn struct {
	add   func() error
	errs  document.Errors
	marks []consistency.Mark // that no other service may have
	// listed are the places of the waivers that the report lists for it.
	listed []verdict.Location
}

func (s *stream) find(ctx context.Context) (err error) {
	s.sources, s.passed, err = s.reader.Find(ctx, s.options.Paths)
	if err != nil && !errors.As(err, &s.errs) {
		// An error in the rules explains more than what follows from it.
		return cmp.Or(s.prepared(), interrupted(ctx, err, 0, 0))
	}
	s.failed.Store(len(s.errs) > 0)
	return nil
}

// start begins the sink, once the rules are ready.
func (s *stream) start() (err error) {
	o := s.options
	s.inputs = s.book.inputs
	if s.selected, err = choose(s.book.reading.Activities, o.Duties); err != nil {
		return err
	}
	s.readWaivers()
	if s.keys, s.inputs.EvidenceKeys, err = evidenceKeys(o.Base, o.EvidenceKeys); err != nil {
		return err
	}
	s.inputs.Policies = sourcesOf(s.rules.Origins())
	reference := referenceOf(s.rules.ReferenceFiles())
	for _, file := range reference {
		s.inputs.Reference = append(s.inputs.Reference, file.File)
	}
	s.inputs.PassedOver = PassedOver(s.passed)
	s.inputs.Trees = treesOf(o.Base, o.Paths)
	if s.inputs.Folders, err = wholeFolders(o.Base, s.sources); err != nil {
		return err
	}
	head := assessment.Assessment{
		Schema: assessment.SchemaID, Tool: o.Tool, At: o.At.UTC().Format(time.RFC3339Nano), PastAt: o.PastAt, Partial: len(s.selected) > 0,
		Catalog: s.book.catalog,
		Policies: assessment.Policies{
			Digest: s.book.digest, Added: filesOf(s.rules.Added()), Reference: reference,
			Profile: s.book.parameters.Profile(), Profiles: s.book.parameters.Profiles,
			Frameworks: policy.Frameworks, Parameters: slices.Clone(s.book.listed), RestsOn: s.book.restsOn,
		},
		Inputs: &s.inputs, DisputedNotCounted: o.DisputedNotCounted && len(s.book.reading.Others) > 0,
	}
	if o.Cache != nil {
		if s.cached, err = newCached(o.Cache, head, o); err != nil {
			return err
		}
	}
	s.sink, err = s.begin(head, len(s.sources))
	return err
}

// readWaivers reads the files of accepted risks that are named. What is wrong with them is told with what is wrong elsewhere.
func (s *stream) readWaivers() {
	for _, file := range s.options.Waivers {
		doc, input, err := readFile(s.options.Base, file)
		s.inputs.Waivers = append(s.inputs.Waivers, input)
		if err == nil {
			var waivers []waiver.Waiver
			waivers, err = waiver.Parse(doc, s.book.checks, s.reader.Placeholders)
			if len(s.sources) > 1 {
				waivers = shared(waivers)
			}
			s.waivers = append(s.waivers, waivers...)
		}
		if err != nil {
			s.failed.Store(true)
			s.waiverErrs = document.Collect(s.waiverErrs, err)
		}
	}
}

// judgeAll judges services side by side and hands them on in their order.
func (s *stream) judgeAll(ctx context.Context) error {
	judged := 0
	err := parallel.EachBy(ctx, s.options.parallel(), len(s.sources), func(ctx context.Context, i int) (turn, error) {
		return s.service(ctx, s.sources[i])
	}, func(i int, t turn) error {
		s.errs = append(s.errs, t.errs...)
		if err := s.claim(i, t.marks); err != nil {
			s.refuse(err)
			s.errs = document.Collect(s.errs, err)
		}
		if s.failed.Load() {
			return nil
		}
		judged++
		s.shared.list(t.listed)
		return t.add()
	})
	if err != nil {
		return interrupted(ctx, err, judged, len(s.sources))
	}
	return nil
}

// service reads and judges the evidence of one service.
func (s *stream) service(ctx context.Context, source *evidence.Source) (turn, error) {
	if s.options.Cache != nil {
		if err := s.ready(); err != nil {
			return turn{}, err
		}
		if t, ok, err := s.stored(source); ok || err != nil {
			return t, err
		}
	}
	set, readErr := s.reader.Open(source)
	var of read
	if readErr == nil { // artifacts are read while the rules are made ready
		of.supplied, of.derived, of.err = evidenceOf(set, s.deriver, s.facts)
	}
	if err := s.ready(); err != nil {
		return turn{}, err
	}
	if readErr != nil {
		return s.refuse(readErr), nil
	}
	if ctx.Err() != nil { // somebody may be waiting for what is begun next
		return turn{}, context.Cause(ctx)
	}
	of.marks = s.book.plan.Marks(set.Value)
	return s.judge(ctx, source, set, of)
}

// read is what the evidence of a service says, and its artifacts.
type read struct {
	supplied engine.Evidence
	derived  *derive.Result
	err      error // what is wrong with either
	marks    []consistency.Mark
}

// claim notes what stands for one service alone, and refuses what an earlier one has: one error a section, which names both
// places.
func (s *stream) claim(i int, marks []consistency.Mark) error {
	claimed := s.owners.Claim(i, marks)
	if len(claimed) == 0 {
		return nil
	}
	var errs document.Errors
	set, err := s.reader.Open(s.sources[i])
	if err != nil {
		return err
	}
	for _, earlier := range slices.Sorted(maps.Keys(claimed)) {
		earlierSet, err := s.reader.Open(s.sources[earlier])
		if err != nil {
			errs = document.Collect(errs, err)
			continue
		}
		theirs := map[[2]string]consistency.Mark{}
		for _, mark := range s.book.plan.Marks(earlierSet.Value) {
			theirs[[2]string{mark.What, mark.Text}] = mark
		}
		reported := map[string]bool{}
		for _, mark := range claimed[earlier] {
			other, same := theirs[[2]string{mark.What, mark.Text}]
			kind := strings.Split(mark.Pointer, "/")[1] + mark.What
			if !same || reported[kind] {
				continue
			}
			reported[kind] = true
			at := earlierSet.Locate(other.Pointer)
			errs = append(errs, document.At(set.Locate(mark.Pointer), fmt.Sprintf(
				"this %s stands for the service %s too, at %s:%d:%d: an object, and what was read about it, is of one service; collect the facts of each from it",
				strings.ReplaceAll(mark.What, "_", " "), earlierSet.Service.ID, at.File, at.Line, at.Column)))
		}
	}
	return errs.Sorted()
}

// judge judges the evidence of one service, whose marks are noted whatever comes of it.
func (s *stream) judge(ctx context.Context, source *evidence.Source, set *evidence.Set, of read) (t turn, err error) {
	defer func() { t.marks = of.marks }()
	files, err := signedFiles(s.options.Base, set.Files, s.keys)
	if err != nil {
		return s.refuse(err), nil
	}
	sections, err := signedSections(s.options.Base, sectionsOf(set), s.keys)
	if err != nil {
		return s.refuse(err), nil
	}
	waivers, err := s.waiversOf(source, set)
	if err != nil {
		return s.refuse(err), nil
	}
	if of.err != nil {
		return s.refuse(of.err), nil
	}
	supplied, derived := of.supplied, of.derived
	addSigners(&supplied, set, files, sections, derived.Facts)
	serviceCase, err := s.book.engine.Open(supplied, waivers)
	var invalid *document.Error
	switch {
	case errors.As(err, &invalid):
		return s.refuse(invalid), nil
	case err != nil:
		return turn{}, err
	case s.failed.Load():
		return turn{}, nil
	}
	service, until, err := s.verdicts(ctx, serviceCase)
	if err != nil {
		return turn{}, err
	}
	service.Evidence, service.Sections, service.Derived = files, sections, derivedOf(derived, sections)
	// What was judged when the time was over may have an error in place of a verdict.
	if ctx.Err() != nil {
		return turn{}, context.Cause(ctx)
	}
	if s.cached != nil {
		if err := s.store(source, set, Stored{Until: until, Marks: of.marks}, &service); err != nil {
			return turn{}, err
		}
	}
	add, err := s.sink.Take(&service)
	return turn{add: add, listed: listedFor(&service)}, err
}

// verdicts judges a service, and looks ahead where that is asked for. until is the time before which nothing is another by time alone,
// for the cache; zero where that is not known, and where a look ahead is a part of the service, which begins with its time.
func (s *stream) verdicts(ctx context.Context, c *engine.Case) (service assessment.Service, until time.Time, err error) {
	at := s.options.At
	if s.options.Forecast == 0 && (s.cached == nil || s.cached.once) {
		service, err = c.Judge(ctx, at, s.selected)
		return service, until, err
	}
	timeline, err := c.Timeline()
	if err != nil {
		return service, until, err
	}
	service, span, err := timeline.Judge(ctx, at, s.selected)
	switch {
	case err != nil:
	case s.options.Forecast > 0:
		service.Forecast, err = s.ahead(ctx, c, timeline, service)
	default:
		if until = timeline.Next(at, span); until.IsZero() {
			until = time.Unix(0, math.MaxInt64).UTC()
		}
	}
	return service, until, err
}

// ahead looks ahead from the verdicts on a service.
func (s *stream) ahead(ctx context.Context, c *engine.Case, timeline *engine.Timeline, service assessment.Service) (*assessment.Forecast, error) {
	at := s.options.At
	ofSelected := func(judge func(ctx context.Context, at time.Time, selected, checks []string) ([]engine.Verdict, error)) forecast.Judge {
		return func(ctx context.Context, at time.Time, checks []string) ([]engine.Verdict, error) {
			return judge(ctx, at, s.selected, checks)
		}
	}
	ahead, err := forecast.Look(ctx, ofSelected(timeline.Verdicts), forecast.Today{At: at, Verdicts: timeline.Today(at, s.selected, service)}, s.options.Forecast)
	if errors.Is(err, engine.ErrUntimed) {
		return forecast.Look(ctx, ofSelected(c.Verdicts), forecast.Today{At: at, Verdicts: engine.VerdictsAt(at, service)}, s.options.Forecast)
	}
	return ahead, err
}

// refuse notes that the input is wrong.
func (s *stream) refuse(err error) turn {
	s.failed.Store(true)
	return turn{errs: document.Collect(nil, err)}
}
