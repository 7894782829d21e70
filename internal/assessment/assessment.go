// Package assessment holds the result of one evaluation and its JSON form, raci-check/assessment/v1.
// The engine fills in what each check says; verdict.go makes all other verdicts of that; every report is written from it.
package assessment

import (
	"cmp"
	_ "embed"
	"reflect"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/verdict"
)

// SchemaID names the version of the JSON form.
const SchemaID = "raci-check/assessment/v1"

// JSONSchema is the JSON Schema (draft 2020-12) of the JSON form.
//
//go:embed schema.json
var JSONSchema []byte

// Assessment is the result of one evaluation of one or more services, and all that is needed to do it again.
type Assessment struct {
	Schema string `json:"schema"`
	Tool   Tool   `json:"tool"`
	At     string `json:"at"` // RFC 3339 time the assessment was made for
	// PastAt says that the caller allowed At to be in the past, where evidence was younger and waivers had not ended yet.
	PastAt   bool           `json:"past_at,omitempty"`
	Partial  bool           `json:"partial"` // only chosen duties were judged
	Catalog  Catalog        `json:"catalog"`
	Policies Policies       `json:"policies"`
	Result   verdict.Status `json:"result"` // pass, waived, fail or error
	// Readings are the results by each reading of the table, that in force first; none where nothing is disputed.
	Readings []ReadingResult `json:"readings,omitempty"`
	// DisputedNotCounted says that failures of disputed duties do not count for the exit code.
	DisputedNotCounted bool      `json:"disputed_not_counted,omitempty"`
	Services           []Service `json:"services"`
	// Waivers are those that name no service and are about no finding of any, where there are several: each once.
	Waivers []Waiver `json:"waivers,omitempty"`
	// Inputs are what else than the program and the evidence files of the services it takes to make the assessment again; nil
	// where it was put together from others.
	Inputs *Inputs `json:"inputs,omitempty"`
	// MergedFrom are the digests of the assessments that this one was put together from.
	MergedFrom []string `json:"merged_from,omitempty"`
	Digest     string   `json:"digest"` // sha256:<hex> of the JSON form without it; see Seal
}

// ChosenTime is what is said of a time that the caller allowed to be in the past.
const ChosenTime = "a chosen time that may be past"

// Inputs are files and folders that an assessment was made of, relative to its working folder, beside the evidence files that
// services list.
type Inputs struct {
	Trees        []string `json:"trees,omitempty"`         // folders that were given: every evidence file below them was read, at any depth
	Folders      []string `json:"folders"`                 // of evidence, of which every evidence file was read
	Reading      string   `json:"raci,omitempty"`          // variant of the table that was chosen; empty for the first in the catalog
	Policies     []Source `json:"policies,omitempty"`      // what was added to the policies of the program
	Params       []File   `json:"params,omitempty"`        // overrides of parameters
	Reference    []File   `json:"reference,omitempty"`     // additions to the reference data
	Waivers      []File   `json:"waivers,omitempty"`       // accepted risks besides those that lie beside the evidence
	EvidenceKeys []File   `json:"evidence_keys,omitempty"` // public keys that signatures of evidence were checked against
	// MinAssurance is the weakest grade that was asked for of passes, by severity, besides that of the parameters.
	MinAssurance map[verdict.Severity]verdict.Grade `json:"min_assurance,omitempty"`
	// PassedOver are YAML files below the paths that are not evidence, by path; they had no part in the result.
	PassedOver []PassedOver `json:"passed_over,omitempty"`
}

// PassedOver is a file that was not read as evidence.
type PassedOver struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256,omitempty"` // none of a link to a folder, and of a file beyond the limit
	Is     string `json:"is"`               // what it is, in few words
}

// Source is a folder of policies, whose files are listed as added, or an archive of them.
type Source struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256,omitempty"` // of an archive
}

// Tool names the program that made the assessment.
type Tool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Catalog names the RACI table and the reading of it that were in force.
type Catalog struct {
	ID       string `json:"id"`
	Reading  string `json:"reading"`
	Title    string `json:"title"`
	Provider string `json:"provider"` // name of the other party
	Source   string `json:"source"`
	Digest   string `json:"digest"` // sha256:<hex> of the catalog
}

// Policies names the policies and the parameters that were in force.
type Policies struct {
	Digest string `json:"digest"` // sha256:<hex> of policies, helpers and schema
	// Added are the files that came besides the policies of the program, or instead of them.
	Added []File `json:"added,omitempty"`
	// Reference are the files that added to the reference data.
	Reference []ReferenceFile `json:"reference,omitempty"`
	// Profile names the profiles in one text; Profiles are they, sorted.
	Profile  string   `json:"profile"`
	Profiles []string `json:"profiles,omitempty"` // reports of earlier versions have none
	// Frameworks are the printed names of the control frameworks that checks map to.
	Frameworks map[string]string `json:"frameworks"`
	Parameters []Parameter       `json:"parameters"`
	// RestsOn are the fields of evidence that the verdict of each check rests on, with * for the items of lists. A pointer stands for
	// all fields below it too.
	RestsOn map[string][]string `json:"rests_on,omitempty"`
}

// ReferenceFile is a file that added to the reference data.
type ReferenceFile struct {
	File
	Source string              `json:"source"` // the document or the reason that it names
	AsOf   string              `json:"as_of"`
	Added  map[string][]string `json:"added"` // names, by table
}

// Parameter is a threshold in force.
type Parameter struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Value       any    `json:"value"` // a number or a list of strings
	Unit        string `json:"unit"`
	Source      string `json:"source"`              // document and section the profile's value comes from
	Default     any    `json:"default"`             // what results from the profiles
	Looser      bool   `json:"looser_than_profile"` // Value asks for less than Default
	SetBy       string `json:"set_by"`              // the profile, or several with commas, or the file that changed the value
}

// ServiceID names an OKMS domain.
type ServiceID struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Region string `json:"region"`
}

// Service is the result for one service.
type Service struct {
	Service ServiceID              `json:"service"`
	At      string                 `json:"at"`               // RFC 3339 time this service was judged for
	Result  verdict.Status         `json:"result"`           // pass, waived, fail or error
	Summary map[verdict.Status]int `json:"summary"`          // activities by status
	Grades  map[verdict.Grade]int  `json:"grades,omitempty"` // checks that pass, by grade
	// Unmapped is the number of checks that count for no framework, for the values of parameters.
	Unmapped int `json:"unmapped_checks,omitempty"`
	// Dispute splits the result by whether readings of the table agree whose a duty is; nil where they all do.
	Dispute    *Dispute       `json:"dispute,omitempty"`
	Signers    []Signer       `json:"signers,omitempty"` // those that have signed the most first
	Stated     []Word         `json:"stated,omitempty"`  // what passes by nobody's word but that of somebody
	Evidence   []File         `json:"evidence"`
	Derived    []DerivedFacts `json:"derived,omitempty"`
	Sections   []Section      `json:"sections"`
	Waivers    []Waiver       `json:"waivers"`
	Accepted   []Share        `json:"accepted,omitempty"` // how much is under accepted deviations
	Activities []Activity     `json:"activities"`         // all of the table, in its order
	Causes     []Cause        `json:"causes,omitempty"`   // what several checks lack or fail for, the worst first
	Forecast   *Forecast      `json:"forecast,omitempty"`
}

// Dispute splits the verdict on a service.
type Dispute struct {
	Undisputed Part        `json:"undisputed"` // the duties that are the customer's by every reading
	Disputed   Part        `json:"disputed"`   // the duties that another reading gives to somebody else
	Readings   []ByReading `json:"readings"`   // the verdict by each reading, that in force first
}

// Part is the verdict on some of the duties.
type Part struct {
	Result  verdict.Status         `json:"result,omitempty"` // none where no duty of them is assessed
	Summary map[verdict.Status]int `json:"summary"`          // duties by status
}

// ByReading is the verdict on a service by one reading of the table.
type ByReading struct {
	Reading string `json:"reading"`
	Part
	// NotKnown are the activities whose verdict by this reading takes an assessment by it: then there is no result.
	NotKnown []string `json:"not_known,omitempty"`
}

// ReadingResult is the result of all services by one reading of the table.
type ReadingResult struct {
	Reading string                 `json:"reading"`
	Result  verdict.Status         `json:"result,omitempty"` // none where that of a service is not known
	Results map[verdict.Status]int `json:"results"`          // services by result; those without one are not counted
}

// Forecast is what starts to fail if nobody does anything; nil in a service where it was not asked for.
type Forecast struct {
	Until  string  `json:"until"`  // RFC 3339 time up to which was looked
	Events []Event `json:"events"` // by time
}

// Signer is a key of which a signature holds over every fact that some checks pass by.
type Signer struct {
	Name   string `json:"name"` // of the key
	Checks int    `json:"checks"`
}

// Word is what passes by facts that nobody but these people say.
type Word struct {
	By     []string `json:"by"`               // sorted; none where the evidence does not say whose word it is
	Others int      `json:"others,omitempty"` // people that By does not name
	Checks []string `json:"checks,omitempty"` // that rest on such facts alone
	Partly []string `json:"partly,omitempty"` // that rest on stronger facts too
}

// Event is a finding that the evidence does not have at the assessment's time, and will have.
type Event struct {
	At          string           `json:"at"` // RFC 3339, the first second at which it is found
	Checks      []string         `json:"checks"`
	Severity    verdict.Severity `json:"severity"`              // of the gravest of the checks
	WaiverEnds  bool             `json:"waiver_ends,omitempty"` // found today as well, and covered by a waiver until then
	Message     string           `json:"message"`
	Remediation string           `json:"remediation"`
	Pointer     string           `json:"pointer"`
	verdict.Location
	// Cause is that of the finding; nil where it has none, and in reports of earlier versions.
	Cause *CauseKey `json:"cause,omitempty"`
}

// File is an input with the digest of its bytes.
type File struct {
	Path     string   `json:"path"`
	SHA256   string   `json:"sha256"`
	SignedBy []string `json:"signed_by,omitempty"` // names of the keys whose signatures of it hold
}

// Section is a part of the evidence with its provenance.
type Section struct {
	Name        string `json:"name"`
	File        string `json:"file"`
	Method      string `json:"method"`
	CollectedAt string `json:"collected_at"`
	CollectedBy string `json:"collected_by"`
	Artifacts   []File `json:"artifacts"` // the files below the evidence folder that the section names, as they were found
}

// DerivedFacts are the facts of the evidence that were read again from an artifact, and are the same there.
type DerivedFacts struct {
	Artifact string        `json:"artifact"`         // path of the file, in the folder of the evidence
	SHA256   string        `json:"sha256,omitempty"` // of the file; none in reports of earlier versions
	Facts    []DerivedFact `json:"facts"`
}

// DerivedFact is one of them.
type DerivedFact struct {
	Pointer string `json:"pointer"` // into the evidence
	Place   string `json:"place"`   // in the artifact: a JSON pointer, or row and column of a table
}

// Activity is one row of the RACI table with its status.
type Activity struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Title         string         `json:"title"`
	Phase         string         `json:"phase"`
	Section       string         `json:"section"`
	Customer      string         `json:"customer"`
	Provider      string         `json:"provider"`
	Disputed      bool           `json:"disputed"`
	DisputeNote   string         `json:"dispute_note,omitempty"`
	Status        verdict.Status `json:"status"`
	Reason        string         `json:"reason,omitempty"` // why the status is error or not applicable
	AskProvider   []string       `json:"ask_provider,omitempty"`
	Grade         verdict.Grade  `json:"grade,omitempty"` // of the weakest of its checks that pass
	Assurance     []Assurance    `json:"assurance,omitempty"`
	NotApplicable *Declaration   `json:"not_applicable,omitempty"`
	Checks        []Check        `json:"checks"`
}

// Assurance is a document from the provider that the customer has on file: shown, never judged.
type Assurance struct {
	Document   string `json:"document"`
	ValidUntil string `json:"valid_until"`
	ReadBy     string `json:"read_by"`
	ReadOn     string `json:"read_on"`
}

// Declaration is a declaration that an activity does not arise.
type Declaration struct {
	Reason     string `json:"reason"`
	DeclaredBy string `json:"declared_by"`
	ApprovedBy string `json:"approved_by"`
	DeclaredOn string `json:"declared_on"`
	Accepted   bool   `json:"accepted"`
	Note       string `json:"note,omitempty"` // why it has no effect, whatever the evidence says
}

// Check is the verdict on one check.
type Check struct {
	ID          string              `json:"id"`
	Title       string              `json:"title"`
	Description string              `json:"description"`
	Severity    verdict.Severity    `json:"severity"`
	Status      verdict.Status      `json:"status"`
	Source      string              `json:"source"`     // where the requirement comes from
	Evidence    []string            `json:"evidence"`   // pointers to the facts it needs
	Parameters  []string            `json:"parameters"` // names of the thresholds it uses
	Controls    map[string][]string `json:"controls"`   // empty where Looser is not; where Milder is not, those of the profile's own framework
	// Looser are the parameters that the verdict rests on and whose values are looser than the profile's: for them the check counts for
	// no framework.
	Looser []Looser `json:"looser_parameters,omitempty"`
	// Milder are those whose values a profile makes looser than the baseline's: for them the check counts only for that profile's own
	// framework.
	Milder      []Milder  `json:"looser_than_baseline,omitempty"`
	Remediation string    `json:"remediation"`
	Findings    []Finding `json:"findings"`
	Reason      string    `json:"reason,omitempty"` // why the status is not applicable
	// Grade is that of the weakest fact that the check rests on; Weakest are the first fields with such facts. A check that does not
	// pass has a grade only where its pass was too weak.
	Grade   verdict.Grade `json:"grade,omitempty"`
	Weakest []string      `json:"weakest,omitempty"`
	// SignedBy are the names of the keys of which a signature holds over every fact that a pass rests on.
	SignedBy []string `json:"signed_by,omitempty"`
	StatedBy *Stated  `json:"stated_by,omitempty"` // of a pass that rests on stated facts
	Waiver   *Waiver  `json:"waiver,omitempty"`    // set when the status is waived
}

// Stated says whose word the stated facts of a check are: that of the owner of the record, or of the collector of the section.
type Stated struct {
	By     []string `json:"by"`               // sorted
	Others int      `json:"others,omitempty"` // people that By does not name
	Alone  bool     `json:"alone,omitempty"`  // no fact of the check is stronger
}

// Looser is a parameter whose value is looser than the profile's.
type Looser struct {
	Parameter string `json:"parameter"`
	Value     any    `json:"value"`         // a number or a list of strings
	Profile   any    `json:"profile_value"` // what results from the profiles
}

// Milder is a parameter of which a profile asks for less than the baseline.
type Milder struct {
	Parameter string   `json:"parameter"`
	Value     any      `json:"value"`          // a number or a list of strings
	Baseline  any      `json:"baseline_value"` // what the baseline asks for
	Profiles  []string `json:"profiles"`       // those that the value comes from
}

// CountsFor reports whether a check that rests on the value counts for a framework: only for that of one of the profiles, for which the
// profile says why it may ask for less. A framework has the name of its profile, or one that goes on after it (nis2 and nis2-recyf), or
// is named without the version (pci_dss).
func (m Milder) CountsFor(framework string) bool {
	framework = strings.ReplaceAll(framework, "_", "-")
	return slices.ContainsFunc(m.Profiles, func(profile string) bool {
		version, versioned := strings.CutPrefix(profile, framework+"-")
		return profile == framework || strings.HasPrefix(framework, profile+"-") || versioned && version != "" && strings.Trim(version, "0123456789.") == ""
	})
}

// CountsFor reports whether no looser parameter takes a check's mapping to a framework away.
func (c *Check) CountsFor(framework string) bool {
	return len(c.Looser) == 0 && !slices.ContainsFunc(c.Milder, func(m Milder) bool { return !m.CountsFor(framework) })
}

// Finding is one reason why a check does not hold.
type Finding struct {
	Status  verdict.Status `json:"status"` // fail or missing
	Message string         `json:"message"`
	// Condition names which way of failing it is, and Values are what Message shows; none where the program itself found it, and
	// in reports of earlier versions.
	Condition string         `json:"condition,omitempty"`
	Values    map[string]any `json:"values,omitempty"`
	Pointer   string         `json:"pointer"` // JSON pointer into the evidence
	verdict.Location
	Related     []Place `json:"related,omitempty"` // other places that the contradiction involves
	Remediation string  `json:"remediation"`
	Waived      bool    `json:"waived,omitempty"`
	// Cause is what other checks may lack or fail for too; nil where the finding is about this check alone, and in reports of
	// earlier versions.
	Cause *CauseKey `json:"cause,omitempty"`
}

// Place is a fact in the evidence.
type Place struct {
	Pointer string `json:"pointer"`
	verdict.Location
}

// Compare orders findings by place, then by what they say.
func (f Finding) Compare(other Finding) int {
	return cmp.Or(
		cmp.Compare(f.File, other.File), cmp.Compare(f.Line, other.Line), cmp.Compare(f.Column, other.Column),
		cmp.Compare(f.Pointer, other.Pointer), cmp.Compare(f.Message, other.Message),
	)
}

// Equal reports whether two findings say the same of the same places.
func (f Finding) Equal(other Finding) bool { return reflect.DeepEqual(f, other) }

// Share is how much is under deviations that somebody has accepted.
type Share struct {
	What     string   `json:"what"`              // the objects, as a sentence has them
	Pointer  string   `json:"pointer,omitempty"` // where the evidence has the deviations; absent for waivers
	Accepted int      `json:"accepted"`          // objects under a deviation
	Of       int      `json:"of"`                // of so many
	Most     *Percent `json:"most,omitempty"`    // how many may be
}

// Percent is a limit of a share, and the parameter that it comes from.
type Percent struct {
	Parameter string  `json:"parameter"`
	Percent   float64 `json:"percent"`
}

// WaiverState says what became of a waiver.
type WaiverState string

// What can become of a waiver.
const (
	WaiverApplied  WaiverState = "applied"
	WaiverUnused   WaiverState = "unused"   // it covers no finding
	WaiverRejected WaiverState = "rejected" // expired, too long, approved after the assessment's time or by the requester, or for missing evidence without accepts_missing
)

// Waiver is an accepted risk as it was found, and what became of it.
type Waiver struct {
	Check          string      `json:"check"`
	Pointers       []string    `json:"pointers,omitempty"`
	Reason         string      `json:"reason"`
	RequestedBy    string      `json:"requested_by"`
	ApprovedBy     string      `json:"approved_by"`
	ApprovedOn     string      `json:"approved_on"`
	ExpiresOn      string      `json:"expires_on"`
	AcceptsMissing bool        `json:"accepts_missing,omitempty"`
	State          WaiverState `json:"state"`
	Note           string      `json:"note,omitempty"` // why it was rejected
	verdict.Location
}

// Covers reports whether a waiver is about a finding of a check at a pointer. It does not look at the waiver's state.
func (w *Waiver) Covers(check, pointer string) bool {
	return w.Check == check && (len(w.Pointers) == 0 || slices.ContainsFunc(w.Pointers, func(ancestor string) bool {
		below, ok := strings.CutPrefix(pointer, ancestor)
		return ok && (below == "" || below[0] == '/')
	}))
}
