// Package planned judges a Terraform plan before it is applied: the state before and the state after it become evidence, the same
// policies judge both, and what is worse after it is reported with the address of the resource.
package planned

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	reader "github.com/raci-check/raci-check/internal/collect/reader/terraform"
	"github.com/raci-check/raci-check/internal/collect/source/terraform"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/permission"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// SchemaID names the version of the JSON form.
const SchemaID = "raci-check/plan/v1"

// JSONSchema is the JSON Schema (draft 2020-12) of the JSON form.
//
//go:embed schema.json
var JSONSchema []byte

// Options say which plan is judged, beside what and how.
type Options struct {
	Plan     string // file
	Evidence string // folder; empty for the plan alone
	Domain   string // id of the OKMS domain; empty where the plan names one alone
	FailOn   verdict.Severity
	// FailOnUnknown says that what is known only after apply counts as worse.
	FailOnUnknown bool
	// FailOnWeaker says that what the plan makes weaker counts as worse, although checks pass.
	FailOnWeaker bool
	// AllowDestroy are the addresses whose destruction does not count.
	AllowDestroy []string
	Assess       assess.Options // all but the paths and their base
}

// Report is what a plan makes worse, and what it destroys.
type Report struct {
	Schema    string               `json:"schema"`
	Plan      assessment.File      `json:"plan"`
	Terraform string               `json:"terraform_version"` // that wrote the plan
	Evidence  string               `json:"evidence,omitempty"`
	Service   assessment.ServiceID `json:"service"`
	At        string               `json:"at"`
	PastAt    bool                 `json:"past_at,omitempty"`
	Worse     []Finding            `json:"worse"`   // what fails after the plan and did not before, the gravest first
	Unknown   []Finding            `json:"unknown"` // what nobody can tell before the plan is applied
	// AfterApply are the attributes that the plan cannot tell of what it changes: no check says anything of them.
	AfterApply []AfterApply `json:"known_after_apply"`
	Weaker     []Weaker     `json:"weaker"`    // what the plan makes weaker, whatever the checks say of it, by address and attribute
	Destroyed  []Destroyed  `json:"destroyed"` // what the plan takes away for good, or what stops with it
	Fixed      []Fixed      `json:"fixed"`     // the checks that pass after the plan and did not before
	Drift      []string     `json:"drift"`     // addresses of what was changed outside of Terraform
	Notes      []string     `json:"notes"`
	Counted    bool         `json:"gets_worse"` // something counts for the exit code
	// PassedOver are files below the folder of the evidence that are not evidence.
	PassedOver []assessment.PassedOver `json:"-"`

	after *assessment.Assessment
}

// Finding is one reason why a check does not pass after the plan.
type Finding struct {
	Check       string           `json:"check"`
	Title       string           `json:"title"`
	Activity    string           `json:"activity"`
	Severity    verdict.Severity `json:"severity"`
	Status      verdict.Status   `json:"status"`              // fail or missing
	Address     string           `json:"address,omitempty"`   // of the resource; none where the finding is about the whole
	Attribute   string           `json:"attribute,omitempty"` // of the resource
	Message     string           `json:"message"`
	Remediation string           `json:"remediation"`
	Pointer     string           `json:"pointer"` // JSON pointer into the evidence, an item by its address
	verdict.Location
	Counts bool `json:"counts"` // for the exit code
}

// Destroyed is a resource that a plan destroys.
type Destroyed struct {
	Address  string           `json:"address"`
	Type     string           `json:"type"`
	ID       string           `json:"id,omitempty"`
	Replaced bool             `json:"replaced"` // another one takes its place
	Because  []string         `json:"because"`  // the attributes that ask for the replacement
	Severity verdict.Severity `json:"severity"`
	Message  string           `json:"message"`
	verdict.Location
	Counts bool `json:"counts"` // for the exit code
}

// AfterApply says which attributes of a resource are known only after apply.
type AfterApply struct {
	Address    string   `json:"address"`
	Attributes []string `json:"attributes"` // sorted
}

// Fixed is a check that passes after the plan.
type Fixed struct {
	Check    string           `json:"check"`
	Title    string           `json:"title"`
	Severity verdict.Severity `json:"severity"`
}

// WriteJSON writes the report as indented JSON with a final newline.
func (r *Report) WriteJSON(w io.Writer) error { return sanitize.WriteJSON(w, r) }

// maxPlan is the largest plan that is read, in bytes.
const maxPlan = 256 << 20

func Judge(ctx context.Context, rules ruleset.Ruleset, o Options) (*Report, error) {
	content, err := safefile.Read(o.Plan, maxPlan)
	if err != nil {
		return nil, err
	}
	plan, err := terraform.ReadPlan(o.Plan, content)
	if err != nil {
		return nil, err
	}
	if o.Domain, err = domainOf(plan, o); err != nil {
		return nil, err
	}
	s := newSides(plan)
	s.name, s.digest, s.domain, s.at = filepath.Base(o.Plan), safefile.Sum(content), o.Domain, o.Assess.At
	if err := s.tell(rules, o.Plan); err != nil {
		return nil, err
	}
	folder := "plan"
	if o.Evidence == "" {
		err = s.alone()
	} else {
		if folder = filepath.Clean(o.Evidence); !filepath.IsLocal(folder) {
			folder = filepath.Base(folder)
		}
		err = s.beside(o.Evidence, folder)
	}
	if err != nil {
		return nil, err
	}
	before, err := judge(ctx, rules, o.Assess, s.before, folder)
	if err != nil {
		return nil, fmt.Errorf("before the plan: %w", err)
	}
	after, err := judge(ctx, rules, o.Assess, s.after, folder)
	if err != nil {
		return nil, fmt.Errorf("after the plan: %w", err)
	}
	r := &Report{
		Schema: SchemaID, Plan: assessment.File{Path: o.Plan, SHA256: s.digest}, Terraform: plan.Version, Evidence: o.Evidence,
		At: after.At, PastAt: after.PastAt, Worse: []Finding{}, Unknown: []Finding{}, AfterApply: []AfterApply{}, Destroyed: []Destroyed{}, Fixed: []Fixed{},
		Drift: append([]string{}, plan.Drift...), Notes: s.allNotes(), after: after,
	}
	if after.Inputs != nil {
		r.PassedOver = after.Inputs.PassedOver
	}
	for _, service := range after.Services {
		if service.Service.ID == o.Domain {
			r.Service = service.Service
		}
	}
	if before.Result == verdict.Error || after.Result == verdict.Error {
		return nil, errors.New("a policy could not be evaluated: raci-check assess on the evidence says which")
	}
	s.locate = places(o.Plan, content)
	r.compare(s, before, after, o)
	r.destroyed(s, o)
	r.afterApply(s)
	reference, err := rules.Reference()
	if err != nil {
		return nil, err
	}
	r.weaker(s, permission.NewTable(reference), o)
	return r, nil
}

// domainOf is the domain that is asked for, or the only one of the plan.
func domainOf(plan *terraform.Plan, o Options) (string, error) {
	domains := terraform.Domains(slices.Concat(plan.Prior, plan.Planned))
	switch {
	case o.Domain != "" && len(domains) > 0 && !slices.Contains(domains, o.Domain):
		return "", fmt.Errorf("%s has nothing of the domain %s, but of %s: is it the right plan, and the right --service-id?", o.Plan, o.Domain, strings.Join(domains, ", "))
	case o.Domain != "":
		return o.Domain, nil
	case len(domains) == 1:
		return domains[0], nil
	case len(domains) > 1:
		return "", fmt.Errorf("%s is about the domains %s: name one with --service-id", o.Plan, strings.Join(domains, ", "))
	case o.Evidence == "" && slices.ContainsFunc(plan.Planned, func(r reader.Resource) bool { return strings.HasPrefix(r.Type, "ovh_okms") }):
		return newDomain, nil
	case o.Evidence == "":
		return "", fmt.Errorf("%s has no OKMS resource: is it the right plan? If it is, name the domain with --service-id", o.Plan)
	default:
		return "", fmt.Errorf("%s names no domain: name that of the evidence with --service-id", o.Plan)
	}
}

// newDomain stands for the id of a domain that the plan creates.
const newDomain = "00000000-0000-0000-0000-000000000000"

// fresh is how old a plan may be, which is read as the state of now, without a note.
const fresh = 24 * time.Hour

// allNotes are what a person should know of the plan.
func (s *sides) allNotes() []string {
	notes := []string{}
	if s.plan.Partial {
		notes = append(notes, "the plan leaves changes for a later one, which this report does not see")
	}
	if made := s.plan.Made; !made.IsZero() && s.at.Sub(made).Abs() > fresh {
		notes = append(notes, fmt.Sprintf("the plan was made at %s: what changed between then and the assessment is in neither side of this report, so plan again", made.UTC().Format(time.RFC3339)))
	}
	for _, c := range s.plan.Changes {
		if loss, _ := gone(c.Type); loss != "" && c.Destroys() && c.WasOfAnother(s.domain) {
			notes = append(notes, fmt.Sprintf("the plan also destroys %s, of another domain: name that domain with --service-id in a run of its own", c.Address))
		}
	}
	for _, section := range slices.Sorted(maps.Keys(s.future)) {
		for _, note := range s.future[section].Notes {
			notes = append(notes, section+": "+note)
		}
	}
	return append(notes, s.notes...)
}

// judge assesses one side. Its files lie in a folder of their own for as long as that takes.
func judge(ctx context.Context, rules ruleset.Ruleset, o assess.Options, s side, folder string) (_ *assessment.Assessment, err error) {
	base, err := os.MkdirTemp("", "raci-check-*")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(base)) }()
	files := map[string][]byte{}
	for name, content := range s.files {
		if folder == "plan" && !strings.ContainsRune(name, filepath.Separator) {
			name = filepath.Join(folder, name)
		}
		files[filepath.ToSlash(name)] = content
	}
	if err := safefile.Create(base, files); err != nil {
		return nil, err
	}
	// Waivers and parameters are named from the working folder, the evidence from its own.
	o.Waivers = slices.Clone(o.Waivers)
	for i, name := range o.Waivers {
		if o.Waivers[i], err = filepath.Abs(name); err != nil {
			return nil, err
		}
	}
	if o.Params != "" {
		if o.Params, err = filepath.Abs(o.Params); err != nil {
			return nil, err
		}
	}
	o.Base, o.Paths = document.Folder(base), []string{folder}
	return assess.Run(ctx, rules, o)
}

// compare fills what is worse, what is unknown and what is fixed.
func (r *Report) compare(s *sides, before, after *assessment.Assessment, o Options) {
	for _, a := range []struct {
		of   *assessment.Assessment
		side side
	}{{before, s.before}, {after, s.after}} {
		a.of.Services = slices.DeleteFunc(a.of.Services, func(v assessment.Service) bool { return v.Service.ID != o.Domain })
		eachFinding(a.of, func(f *assessment.Finding) { f.Pointer = a.side.stable(f.Pointer) })
	}
	comparison := diff.Of(before, after)
	for _, change := range slices.Concat(comparison.Worse, comparison.Grown) {
		for _, f := range change.Findings {
			r.finding(s, change, f, o)
		}
	}
	for _, c := range comparison.Fixed {
		if c.Old != verdict.Fail { // what was missing may only be out of sight
			continue
		}
		r.Fixed = append(r.Fixed, Fixed{c.Check, c.Title, c.Severity})
	}
	for _, list := range [][]Finding{r.Worse, r.Unknown} {
		slices.SortStableFunc(list, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(a.Check, b.Check), cmp.Compare(a.Pointer, b.Pointer))
		})
	}
}

func eachFinding(a *assessment.Assessment, visit func(*assessment.Finding)) {
	for i := range a.Services {
		for k := range a.Services[i].Activities {
			checks := a.Services[i].Activities[k].Checks
			for c := range checks {
				for f := range checks[c].Findings {
					visit(&checks[c].Findings[f])
				}
			}
		}
	}
}

// finding puts a new finding where it belongs.
func (r *Report) finding(s *sides, c diff.Change, f assessment.Finding, o Options) {
	worse := Finding{
		Check: c.Check, Title: c.Title, Activity: c.Activity, Severity: c.Severity, Status: f.Status, Message: f.Message,
		Remediation: f.Remediation, Pointer: f.Pointer, Location: f.Location,
	}
	section, address, below := s.resource(f.Pointer)
	var change *terraform.Change
	if address != "" {
		worse.Address, worse.Attribute, worse.Location = address, attributeOf(section, below), s.locate(address)
		change = s.change(address)
	} else if o.Evidence == "" || f.Line <= 1 {
		worse.Location = s.locate("")
	}
	missing := f.Status == verdict.Missing
	switch {
	case s.assumed[address] && below == "/created_at": // nobody knows that time: only how long the certificate lasts is judged by it
		return
	case s.isUnknown(address, worse.Attribute),
		s.assumed[address] && change.IsUnknown("validity"),
		change != nil && change.Creates() && missing && o.Evidence != "",
		change != nil && change.Creates() && missing && below == "" && len(change.UnknownNames()) > 0:
		worse.Counts = o.FailOnUnknown && c.Severity.Rank() >= o.FailOn.Rank() && !c.NotCounted
		r.Unknown = append(r.Unknown, worse)
	case missing && o.Evidence == "" && (address == "" && c.Old != verdict.Pass || change != nil && change.Creates()):
		// The plan alone has no evidence of it, and had none before.
		return
	default:
		worse.Counts = c.Severity.Rank() >= o.FailOn.Rank() && !c.NotCounted
		r.Worse = append(r.Worse, worse)
	}
	r.Counted = r.Counted || worse.Counts
}

// afterApply fills what is known only after apply, of the resources that evidence is made of.
func (r *Report) afterApply(s *sides) {
	addresses := map[string]bool{}
	for _, section := range s.future {
		for _, address := range section.From {
			addresses[address] = true
		}
	}
	for _, c := range s.plan.Changes {
		if names := c.UnknownNames(); addresses[c.Address] && !c.Deposed && len(names) > 0 {
			r.AfterApply = append(r.AfterApply, AfterApply{c.Address, names})
		}
	}
}

// harmless are the types of resources of a domain that can be made again: a certificate is a credential.
var harmless = []string{"ovh_okms_credential"}

// gone is what is lost with a resource of a type, and how grave that is.
func gone(kind string) (loss string, severity verdict.Severity) {
	switch {
	case kind == "ovh_okms":
		return "the domain ends, with every key and secret in it", verdict.Critical
	case kind == "ovh_okms_service_key", kind == "ovh_okms_service_key_jwk", kind == "ovh_okms_service_key_pem":
		return "the key is gone for good: what it encrypted cannot be decrypted again", verdict.Critical
	case kind == "ovh_okms_secret":
		return "the secret is gone for good, with all its versions", verdict.High
	case strings.HasSuffix(kind, "_log_subscription"):
		return "logs are no longer forwarded", verdict.High
	case kind == "ovh_dbaas_logs_output_graylog_stream":
		return "the stream is gone, with the logs in it", verdict.High
	case strings.HasPrefix(kind, "ovh_okms_") && !slices.Contains(harmless, kind):
		return "what is lost with it is not known: this version of raci-check does not know the type", verdict.High
	default:
		return "", ""
	}
}

// destroyed fills what the plan destroys.
func (r *Report) destroyed(s *sides, o Options) {
	for _, c := range s.plan.Changes {
		loss, severity := gone(c.Type)
		if loss == "" || !c.Destroys() {
			continue
		}
		if c.WasOfAnother(o.Domain) {
			continue
		}
		before, _ := c.Before.(map[string]any)
		d := Destroyed{Address: c.Address, Type: c.Type, Replaced: c.Creates(), Because: append([]string{}, c.Because...), Severity: severity, Location: s.locate(c.Address)}
		d.ID, _ = before["id"].(string)
		d.Message = "the plan destroys it: " + loss
		if d.Replaced {
			d.Message = "the plan replaces it"
			if len(c.Because) > 0 {
				d.Message += ", for " + strings.Join(c.Because, ", ")
			}
			d.Message += ": " + loss
		}
		if c.Deposed {
			d.Message += "; this is the object that an earlier replacement left behind"
		}
		d.Counts = severity.Rank() >= o.FailOn.Rank() && !slices.Contains(o.AllowDestroy, c.Address)
		r.Counted = r.Counted || d.Counts
		r.Destroyed = append(r.Destroyed, d)
	}
	slices.SortStableFunc(r.Destroyed, func(a, b Destroyed) int {
		return cmp.Or(cmp.Compare(b.Severity.Rank(), a.Severity.Rank()), cmp.Compare(a.Address, b.Address))
	})
}

// Assessment is the assessment after the plan with nothing in it but what the plan makes worse: what the formats of assessments show.
// With advice, it also has what gets weaker and does not count, which makes no result worse.
func (r *Report) Assessment(advice bool) (*assessment.Assessment, error) {
	worse := map[string][]assessment.Finding{}
	for _, f := range append(slices.Clone(r.Worse), counted(r.Unknown)...) {
		message := f.Message
		if f.Address != "" {
			message = fmt.Sprintf("%s: %s", strings.TrimSuffix(f.Address+", "+f.Attribute, ", "), message)
		}
		worse[f.Check] = append(worse[f.Check], assessment.Finding{
			Status: f.Status, Message: message, Pointer: f.Pointer, Location: f.Location, Remediation: f.Remediation,
		})
	}
	a := r.after
	a.Partial, a.Readings, a.Inputs, a.Waivers = true, nil, nil, nil
	for i := range a.Services {
		service := &a.Services[i]
		service.Dispute, service.Forecast, service.Waivers, service.Derived = nil, nil, []assessment.Waiver{}, nil
		for k := range service.Activities {
			activity := &service.Activities[k]
			if activity.Status == verdict.Inherited {
				continue
			}
			kept := []assessment.Check{}
			for _, check := range activity.Checks {
				if findings := worse[check.ID]; len(findings) > 0 {
					check.Findings, check.Status = findings, findings[0].Status
					for _, f := range findings {
						check.Status = verdict.Worse(check.Status, f.Status)
					}
					kept = append(kept, check)
				}
			}
			if activity.Name == homeOfOwn && len(r.Destroyed) > 0 {
				kept = append(kept, r.losses())
			}
			activity.Checks, activity.Reason, activity.Status = kept, "", verdict.Fail
			if len(kept) == 0 {
				activity.Status = verdict.NotSelected
			}
		}
		service.Settle()
		service.Result = cmp.Or(service.Result, verdict.Pass)
		if check := r.weakened(advice); len(check.Findings) > 0 {
			keep(service, check)
		}
		a.Result = service.Result
	}
	return a, a.Seal()
}

// homeOfOwn is the duty that has the checks which are of plans alone.
const homeOfOwn = "key_management"

// keep adds what is weaker to its duty. Where nothing of it counts, the result of the service stays.
func keep(service *assessment.Service, check assessment.Check) {
	for i := range service.Activities {
		if activity := &service.Activities[i]; activity.Name == homeOfOwn && activity.Status != verdict.Inherited {
			activity.Checks, activity.Status = append(activity.Checks, check), verdict.Fail
		}
	}
	result := service.Result
	if service.Settle(); check.Severity == verdict.Low {
		service.Result = result
	}
}

func counted(all []Finding) (counting []Finding) {
	for _, f := range all {
		if f.Counts {
			counting = append(counting, f)
		}
	}
	return counting
}

// losses shows what is destroyed as formats of assessments show findings.
func (r *Report) losses() assessment.Check {
	check := assessment.Check{
		ID: "terraform_plan.destroys_nothing", Title: "The plan destroys no key, secret or log", Severity: r.Destroyed[0].Severity, Status: verdict.Pass,
		Description: "A key or secret that is destroyed, or replaced by another, is gone for good.", Source: "terraform-provider-ovh",
		Evidence: []string{}, Parameters: []string{}, Controls: map[string][]string{},
		Remediation: "Keep the resource: undo the change of the attribute, or set prevent_destroy. If it must go, name it with --allow-destroy.",
		Findings:    []assessment.Finding{},
	}
	for _, d := range r.Destroyed {
		if d.Counts {
			check.Status = verdict.Fail
			check.Findings = append(check.Findings, assessment.Finding{
				Status: verdict.Fail, Message: d.Address + ": " + d.Message, Pointer: document.Pointer("resource_changes", d.Address),
				Location: d.Location, Remediation: check.Remediation,
			})
		}
	}
	return check
}

// weakened shows what is weaker as formats of assessments show findings. It has the lowest severity where it does not count: no check
// fails for it.
func (r *Report) weakened(advice bool) assessment.Check {
	check := assessment.Check{
		ID: "terraform_plan.weakens_nothing", Title: "The plan makes no protection weaker", Severity: verdict.Low, Status: verdict.Pass,
		Description: "A right that grows, a retention that shrinks and a protection that is switched off weaken the domain, although the checks may still pass.",
		Source:      "terraform-provider-ovh", Evidence: []string{}, Parameters: []string{}, Controls: map[string][]string{},
		Remediation: "Undo the change of the attribute, or let a reviewer agree to it.", Findings: []assessment.Finding{},
	}
	for _, f := range r.Weaker {
		if !f.Counts && (f.Unknown || !advice) { // what is unknown of a check is left out, too
			continue
		}
		message := fmt.Sprintf("%s, %s: %s", f.Address, f.Attribute, f.Message)
		if f.Counts {
			check.Severity = verdict.Medium
		} else {
			message += " (it does not count for the exit code)"
		}
		check.Status = verdict.Fail
		check.Findings = append(check.Findings, assessment.Finding{
			Status: verdict.Fail, Message: message, Pointer: cmp.Or(f.Pointer, document.Pointer("resource_changes", f.Address)),
			Location: f.Location, Remediation: check.Remediation,
		})
	}
	return check
}
