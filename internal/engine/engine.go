// Package engine evaluates evidence against policies and gives verdicts. It compiles once, is safe for concurrent use,
// and knows nothing of files, formats or the clock: time, parameters and evidence come in as values.
package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/recall"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// Config is all that an engine is made of.
type Config struct {
	Activities []raci.Activity // the table in the reading in force
	// Reading names the reading in force, and Others are those by which activities of it are disputed.
	Reading    string
	Others     []*raci.Reading
	Policies   *policy.Set
	Parameters map[string]any // values of the parameters, data.params in the policies
	Reference  map[string]any // what the provider publishes (regions and the like), data.reference in the policies
	// Consistency is what of the evidence is compared with each other; nil for nothing.
	Consistency *consistency.Plan
	// Freshness names for each section of the evidence the parameter that says how many days old it may be.
	Freshness map[string]string
	// MinAssurance is the weakest grade that a check of a severity may pass with; a check below it is missing.
	MinAssurance map[verdict.Severity]verdict.Grade
	// Looser are the parameters whose values are looser than the profile's, sorted by name.
	Looser []assessment.Looser
	// Milder are those of which a profile asks for less than the baseline, sorted by name.
	Milder []assessment.Milder
	// Sources answers for each field of evidence, with * for the items of lists, the kinds of sources of collect that can fill it; nil
	// where that is not known. It is asked where a fact is absent.
	Sources func() map[string][]string
	// Evaluator evaluates the policies: rego.NewLocal in this process.
	Evaluator Evaluator
	// Again says that little changes from evidence to evidence: what follows from parts of it is kept for the next.
	Again bool
}

// Engine is a set of policies that can be asked.
type Engine struct {
	config    Config
	evaluator Evaluator
	duties    map[string][]policy.Duty // by activity id; several packages may check one
	checks    int                      // of all packages
	inputs    inputs
	graded    *recall.Memory // of what the grades of facts follow from; nil for none
	readings  *readings      // of the last findings; nil for none
	fields    *fields
	looser    map[string][]assessment.Looser // by the id of the check
	milder    map[string][]assessment.Milder // likewise
	advice    func() *advice
}

// Evaluator asks packages of policies what they find in an input. It is safe for concurrent use.
type Evaluator interface {
	// Evaluate answers for each package, such as okms.backups, in their order. The input is made of JSON values, numbers as
	// json.Number, and is not changed. An error is one of the whole evaluation: it gives no verdicts at all.
	Evaluate(ctx context.Context, input map[string]any, packages []string) ([]Outcome, error)
}

// Outcome is what came of one package.
type Outcome struct {
	Findings any   // value of the package's rule findings, as JSON decodes it: a list of objects if all is well
	Err      error // the package could not be evaluated: its duty is an error, the others are judged
	// Spans say for each check, by its name, in which time it finds the same where nothing but the time changes; nil where that is not
	// known. See TimedEvaluator.
	Spans map[string]Span
}

// Evidence is what one service supplies.
type Evidence struct {
	Service assessment.ServiceID
	// Value is the merged evidence: JSON values, numbers as json.Number.
	Value map[string]any
	// Locate answers where a JSON pointer stands, or its nearest existing ancestor.
	Locate func(pointer string) verdict.Location
	// Broken are the artifacts that do not hold.
	Broken []verdict.BrokenArtifact
	// Underived is where facts differ from what their artifacts say.
	Underived []consistency.Contradiction
	// Derived are the facts that were read again from artifacts, and are the same there: by section, their pointers, each with the names
	// of the keys that have signed the artifact.
	Derived map[string]map[string][]string
	// SignedBy are the names of the keys that have signed the file in which a section stands, by section.
	SignedBy map[string][]string
}

// Request is one evaluation.
type Request struct {
	At       time.Time
	Evidence Evidence
	Waivers  []waiver.Waiver
	// Selected are the ids of the activities to judge; empty for all.
	Selected []string
}

// New compares the policies with the activities: every duty has a policy, every policy a duty.
func New(config Config) (*Engine, error) {
	e := &Engine{config: config, evaluator: config.Evaluator, duties: make(map[string][]policy.Duty), inputs: newInputs(config), fields: newFields(config.Policies.Fields), looser: looserOf(config), milder: milderOf(config)}
	if config.Again {
		e.graded, e.readings = &recall.Memory{}, &readings{kept: map[string][]reading{}}
	}
	e.advice = sync.OnceValue(func() *advice { return adviceOf(config) })
	activities := map[string]raci.Activity{}
	for _, activity := range config.Activities {
		activities[activity.ID] = activity
	}
	for _, p := range config.Policies.Duties {
		activity, isActivity := activities[p.ID]
		switch {
		case !isActivity:
			return nil, &document.Error{File: p.File, Line: p.Line, Message: fmt.Sprintf("package %s.%s is for activity %q, which is not in the catalog: write the id of a duty, as raci-check duties lists it, into custom.duty", config.Policies.Root, p.Name, p.ID)}
		case p.Name != activity.Name && !strings.HasPrefix(p.Name, activity.Name+"_"):
			return nil, &document.Error{File: p.File, Line: p.Line, Message: fmt.Sprintf(
				"package %s.%s is for activity %s: call it %s.%s, or %s.%s_<what it adds>",
				config.Policies.Root, p.Name, p.ID, config.Policies.Root, activity.Name, config.Policies.Root, activity.Name)}
		}
		e.duties[p.ID] = append(e.duties[p.ID], p)
		e.checks += len(p.Checks)
	}
	for _, activity := range config.Activities {
		if _, hasPolicy := e.duties[activity.ID]; activity.Duty() && !hasPolicy {
			return nil, fmt.Errorf("activity %s (%s) is the customer's and no policy checks it", activity.ID, activity.Name)
		}
	}
	return e, nil
}

// Data is what the policies see beside the input, as data: thresholds, what the provider publishes, and the ids of the
// duties.
func (c Config) Data() map[string]any {
	return map[string]any{"params": c.Parameters, "reference": c.Reference, "duties": duties(c.Activities)}
}

// duties are the ids of the activities in which the customer is accountable, data.duties in the policies.
func duties(activities []raci.Activity) []any {
	var ids []any
	for _, activity := range activities {
		if activity.Duty() {
			ids = append(ids, activity.ID)
		}
	}
	return ids
}

// Case is the evidence of one service, ready to be judged at any time.
type Case struct {
	engine    *Engine
	evidence  Evidence
	checked   *consistency.Result
	strengths map[string]strength // by the id of the check
	// unreadable are the sections that collect could not read completely the last time, with the first thing that it could not read.
	unreadable map[string]map[string]any
	waivers    []waiver.Waiver
	declared   map[string]*declaration // by activity id
}

// Evaluate judges one service. A duty whose policy cannot be evaluated becomes an error; the others are still judged.
func (e *Engine) Evaluate(ctx context.Context, request Request) (assessment.Service, error) {
	c, err := e.Open(request.Evidence, request.Waivers)
	if err != nil {
		return assessment.Service{}, err
	}
	return c.Judge(ctx, request.At, request.Selected)
}

// Open refuses evidence that no verdict can rest on, such as a declaration that the catalog does not allow, with a
// document.Error; it makes the rest ready.
func (e *Engine) Open(evidence Evidence, waivers []waiver.Waiver) (*Case, error) {
	var strengths map[string]strength
	var grading sync.WaitGroup
	supplied := evidence
	grading.Go(func() { strengths = e.strengths(supplied) })
	defer grading.Wait()
	checked := e.inputs.check(evidence.Value, evidence.Underived)
	evidence.Value = checked.Supplied
	declared, err := e.declarations(evidence, checked)
	if err != nil {
		return nil, err
	}
	if err := e.unjudged(evidence); err != nil {
		return nil, err
	}
	grading.Wait()
	return &Case{engine: e, evidence: evidence, checked: checked, strengths: strengths, unreadable: unreadable(evidence), waivers: waivers, declared: declared}, nil
}

// Judge gives the verdicts at a time, on the activities selected or on all. It may be called concurrently.
func (c *Case) Judge(ctx context.Context, at time.Time, selected []string) (assessment.Service, error) {
	evaluate := func(ctx context.Context, packages []string) ([]Outcome, error) {
		return c.engine.evaluator.Evaluate(ctx, c.engine.inputs.of(c.checked, at), packages)
	}
	return c.judge(ctx, at, selected, asked{evaluate, c.engine.readings})
}

// asked is where verdicts come from: what packages find, and what was read of earlier findings.
type asked struct {
	evaluate func(ctx context.Context, packages []string) ([]Outcome, error)
	readings *readings // nil for none
}

// judge gives the verdicts that follow from what packages find at a time.
func (c *Case) judge(ctx context.Context, at time.Time, selected []string, origin asked) (assessment.Service, error) {
	service := assessment.Service{
		Service: c.evidence.Service, At: at.UTC().Format(time.RFC3339Nano),
		Activities: make([]assessment.Activity, len(c.engine.config.Activities)),
	}
	var judged []*assessment.Activity
	var packages []string
	for i, activity := range c.engine.config.Activities {
		described := &service.Activities[i]
		*described = Describe(activity)
		if !activity.Duty() || activity.Disputed {
			described.Assurance = assurance(c.evidence.Value, activity.ID)
		}
		switch {
		case !activity.Duty():
			described.Status = verdict.Inherited
		case len(selected) > 0 && !slices.Contains(selected, activity.ID):
			described.Status = verdict.NotSelected
		default:
			judged = append(judged, described)
			for _, p := range c.engine.duties[activity.ID] {
				packages = append(packages, c.engine.packageOf(p))
			}
		}
	}
	outcomes, err := origin.evaluate(ctx, packages)
	if err != nil {
		return assessment.Service{}, err
	}
	if len(outcomes) != len(packages) {
		return assessment.Service{}, fmt.Errorf("%d packages were queried and %d answered", len(packages), len(outcomes))
	}
	aged, supplies := map[string]doubt{}, map[string]string{}
	for _, activity := range judged {
		duties := c.engine.duties[activity.ID]
		judge{Case: c, at: at, duties: duties, declared: c.declared[activity.ID], aged: aged, supplies: supplies, readings: origin.readings}.run(outcomes[:len(duties)], activity)
		outcomes = outcomes[len(duties):]
	}
	otherReadings := c.others(service.Activities)
	waivers, waived := c.settle(&service, at)
	for i := range otherReadings {
		c.settle(&otherReadings[i].Service, at)
	}
	if len(otherReadings) > 0 {
		service.Divide(c.engine.config.Reading, otherReadings)
	}
	service.Waivers = waivers.report(len(selected) > 0)
	service.Accepted = accepted(waived, c.checked.Shares)
	return service, nil
}

// settle applies the waivers, and gives the verdicts that follow from those on the checks.
func (c *Case) settle(service *assessment.Service, at time.Time) (*waivers, assessment.Share) {
	waivers := newWaivers(c.waivers, at, c.engine.config.Parameters, c.checked)
	for i := range service.Activities {
		for k := range service.Activities[i].Checks {
			waivers.apply(&service.Activities[i].Checks[k])
		}
	}
	waived := waivers.limit(service.Activities, c.engine.checks, c.engine.config.Parameters)
	c.engine.unmapWaived(service.Activities)
	service.Settle()
	return waivers, waived
}

// accepted lists how much is under waivers, and under the exceptions of the evidence, where anything is.
func accepted(waived assessment.Share, shares []consistency.Share) []assessment.Share {
	all := []assessment.Share{waived}
	for _, s := range shares {
		all = append(all, assessment.Share{What: s.What, Pointer: s.Pointer, Accepted: s.Accepted, Of: s.Of})
	}
	return slices.DeleteFunc(all, func(s assessment.Share) bool { return s.Accepted == 0 })
}

func (e *Engine) packageOf(p policy.Duty) string { return e.config.Policies.Root + "." + p.Name }

// Describe is an activity as a report has it, without a verdict.
func Describe(activity raci.Activity) assessment.Activity {
	return assessment.Activity{
		ID: activity.ID, Name: activity.Name, Title: activity.Title,
		Phase: activity.Phase.String(), Section: activity.Section.String(),
		Customer: string(activity.Customer), Provider: string(activity.Provider),
		Disputed: activity.Disputed, DisputeNote: activity.DisputeNote,
		AskProvider: activity.AskProvider,
		Checks:      []assessment.Check{},
	}
}

// assurance reads what the customer has on file from the provider about an activity.
func assurance(evidence map[string]any, activity string) []assessment.Assurance {
	section, _ := evidence["assurance"].(map[string]any)
	records, _ := section["records"].([]any)
	var assurances []assessment.Assurance
	for _, item := range records {
		record, _ := item.(map[string]any)
		activities, _ := record["activities"].([]any)
		if !slices.Contains(activities, any(activity)) {
			continue
		}
		text := func(field string) string { s, _ := record[field].(string); return s }
		assurances = append(assurances, assessment.Assurance{
			Document: text("document"), ValidUntil: text("valid_until"), ReadBy: text("read_by"), ReadOn: text("read_on"),
		})
	}
	return assurances
}

// declarations reads which activities the evidence declares not applicable. One that the catalog does not allow, or
// that stands twice, is an error: the customer believes something that does not hold. One about an activity that this
// variant of the table gives to the provider is accepted and changes nothing: it is for the variants in which the activity is
// a duty, and the same evidence is read under each. So is one about an activity on which the variants do not agree, also where
// the catalog allows none: then it has no effect, and a report says so.
func (e *Engine) declarations(evidence Evidence, checked *consistency.Result) (map[string]*declaration, error) {
	declared := map[string]*declaration{}
	items, _ := evidence.Value["not_applicable"].([]any)
	for i, item := range items {
		object, _ := item.(map[string]any)
		text := func(field string) string { s, _ := object[field].(string); return s }
		declaredOn, _ := time.Parse(time.DateOnly, text("declared_on"))
		declaredBy, declares := checked.Person(text("declared_by"), declaredOn)
		approvedBy, approves := checked.Person(text("approved_by"), declaredOn)
		d := &declaration{
			Declaration: assessment.Declaration{
				Reason: text("reason"), DeclaredBy: text("declared_by"), ApprovedBy: text("approved_by"), DeclaredOn: text("declared_on"),
			},
			pointer: fmt.Sprintf("/not_applicable/%d", i), byOne: declaredBy == approvedBy, byNobody: !declares || !approves,
		}
		id := text("activity")
		refuse := func(format string, args ...any) error {
			return document.At(evidence.Locate(d.pointer), fmt.Sprintf(format, args...))
		}
		at := slices.IndexFunc(e.config.Activities, func(a raci.Activity) bool { return a.ID == id })
		switch {
		case at < 0:
			return nil, refuse("activity %q is not in the RACI table", id)
		case e.config.Activities[at].Differs && e.config.Activities[at].NotApplicable == "":
			d.Note = noDeclaration
		case !e.config.Activities[at].Duty() && e.config.Activities[at].NotApplicable == "":
			return nil, refuse("activity %s is the provider's: it is not assessed, so delete the declaration", id)
		case e.config.Activities[at].NotApplicable == "":
			return nil, refuse("activity %s (%s) cannot be declared not applicable; only %s can",
				id, e.config.Activities[at].Name, strings.Join(e.declarable(), ", "))
		}
		if declared[id] != nil {
			return nil, refuse("activity %s is declared not applicable twice", id)
		}
		declared[id] = d
	}
	return declared, nil
}

// unjudged refuses an artifact that does not hold in a section that no check reads: nothing else would say so.
func (e *Engine) unjudged(evidence Evidence) error {
	for _, broken := range evidence.Broken {
		judged := slices.ContainsFunc(e.config.Policies.Checks(), func(c policy.Check) bool { return spoils(broken.Pointer, c.Evidence) })
		if !judged {
			return document.At(evidence.Locate(broken.Pointer), broken.Message)
		}
	}
	return nil
}

func (e *Engine) declarable() []string {
	var ids []string
	for _, activity := range e.config.Activities {
		if activity.Duty() && activity.NotApplicable != "" {
			ids = append(ids, activity.ID)
		}
	}
	return ids
}
