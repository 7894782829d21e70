// Package verify verifies signed reports: the signatures, the files that a report rests on, and that the same assessment made
// again says the same. It keeps all that this takes in one archive.
package verify

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/signature"
	"github.com/raci-check/raci-check/internal/timestamp"
	"github.com/raci-check/raci-check/internal/verdict"
)

// SchemaID names the version of the JSON form of a verification.
const SchemaID = "raci-check/verification/v1"

// JSONSchema is the JSON Schema (draft 2020-12) of the JSON form of a verification.
//
//go:embed schema.json
var JSONSchema []byte

// State is the answer to one question of a verification.
type State string

const (
	Holds      State = "holds"
	Fails      State = "fails"
	NotChecked State = "not_checked" // it was not asked, or an answer before it makes it pointless
	Unanswered State = "unanswered"  // it was asked, and cannot be answered here
)

// Verification is what was checked of a report, and what came out.
type Verification struct {
	Schema string           `json:"schema"`
	Result State            `json:"result"` // fails or unanswered where a step is, else holds
	Report *attest.Resource `json:"report"` // as it was found
	// Verdict is the result that the report gives, only where the signatures and its digest hold.
	Verdict string `json:"verdict,omitempty"` // PASSED, WARNED or FAILED
	At      string `json:"at,omitempty"`      // RFC 3339, the time that the assessment was made for
	PastAt  bool   `json:"past_at,omitempty"` // see assessment.Assessment
	// Wanted is how many of the given keys must have signed.
	Wanted   int      `json:"wanted_signatures"`
	SignedBy []Signer `json:"signed_by"`
	Steps    []Step   `json:"steps"`
}

// Signer is a given key that has signed.
type Signer struct {
	Name  string `json:"name"`
	KeyID string `json:"keyid"`
	Stamp *Stamp `json:"timestamp,omitempty"` // nil where the signature has none
}

// Stamp is a time-stamp token over a signature. It has a time only where its authority is one of the request's; what another says
// is a claim.
type Stamp struct {
	Time      string `json:"time,omitempty"`    // RFC 3339, verified
	Claimed   string `json:"claimed,omitempty"` // RFC 3339, not verified
	Authority string `json:"authority"`         // subject of the certificate that signed the token
	Policy    string `json:"policy"`            // object identifier in dotted decimal
}

// Step is one question with its answer.
type Step struct {
	Name     string    `json:"name"` // signatures, timestamps, report, statement, evidence, policies, bundle, samples, reassessment
	State    State     `json:"state"`
	Detail   string    `json:"detail"`
	Problems []Problem `json:"problems,omitempty"`
}

// Problem is a file, or a field of the report, that is not as it was.
type Problem struct {
	Name string `json:"name"` // path of the file, or JSON pointer into the report
	What string `json:"what"`
}

type Request struct {
	Report   []byte
	Name     string // of the report, for messages
	Envelope []byte
	// Bundles are the Sigstore bundles of the envelope's signatures, in their order; nil for one that has none.
	Bundles [][]byte
	// Authorities are those whose time is trusted; nil for none. Policy is the one that time stamps must be issued under, in dotted
	// decimal; empty for any.
	Authorities *timestamp.Authorities
	Policy      string
	// Now is the time of this machine, which no time stamp is later than; the zero time for no such check.
	Now time.Time
	// Keys are those of the people who must have signed. Without keys, which only Keep may do, signatures are not checked.
	Keys []signature.PublicKey
	// Threshold is how many of the keys must have signed; 0 for all of them.
	Threshold int
	// Evidence is the folder that the names of files are relative to; empty for no check of them.
	Evidence string
	// Closed says that every file below the folder belongs to the report, as it is in an archive.
	Closed bool
	// Policies are a tree of policies that is, or will be, kept beside the report: they must be the report's; nil for none.
	Policies fs.FS
	// Bundle is what is kept beside the policies for Open Policy Agent: it must be what they make in this program; nil for none.
	Bundle []byte
	// Samples are the filled worksheets that are kept beside the report, by their names.
	Samples map[string][]byte
	// Reassess asks to make the assessment again from what lies in the folder.
	Reassess bool
	// Rules are those of this program, Tool is its name, and Worker the command that evaluates what it did not ship.
	Rules  ruleset.Ruleset
	Tool   assessment.Tool
	Worker []string
}

// ErrOtherRules says that policies, table or parameters are not those of a report, so that nothing can be said of it.
var ErrOtherRules = errors.New("made with policies that this program does not have")

// Verify answers every question that the request asks. An error says that it could not begin: what was given is no envelope,
// or the threshold cannot be met.
func Verify(ctx context.Context, r Request) (*Verification, error) {
	if r.Threshold == 0 {
		r.Threshold = len(r.Keys)
	}
	if r.Threshold < 0 || r.Threshold > len(r.Keys) {
		return nil, fmt.Errorf("%d of %d keys cannot have signed: give a threshold from 1 to the number of keys", r.Threshold, len(r.Keys))
	}
	if _, err := timestamp.ParsePolicy(r.Policy); err != nil {
		return nil, err
	}
	envelope, err := signature.Decode(r.Envelope)
	if err != nil && !errors.Is(err, signature.ErrCanonical) {
		return nil, err
	}
	v := &Verification{
		Schema: SchemaID, Report: &attest.Resource{Name: r.Name, Digest: attest.DigestOf(r.Report)}, Wanted: r.Threshold, SignedBy: []Signer{},
	}
	if err != nil {
		err = foreign(r, err)
	}
	// Each step rests on those before it: what was not signed is not looked into.
	sound := v.step("signatures", err == nil, func() Step {
		return v.signatures(envelope, r)
	}, err)
	v.stamps(sound, envelope, r)
	sound = v.step("report", sound, func() Step { return reportStep(envelope, r.Report) }, nil)
	var a *assessment.Assessment
	sound = v.step("statement", sound, func() (s Step) { a, s = statementStep(envelope, r); return s }, nil)
	if sound {
		v.Verdict, v.At, v.PastAt = attest.ResultName(a.Result), a.At, a.PastAt
	}
	whole := v.step("evidence", sound, func() Step { return evidenceStep(a, r) }, nil)
	if r.Policies != nil {
		whole = v.step("policies", sound, func() Step { return policiesStep(a, r) }, nil) && whole
	}
	if r.Bundle != nil || whole && r.Closed && r.Policies != nil && a.Inputs != nil { // of a report that was put together there is none
		v.step("bundle", whole, func() Step { return bundleStep(ctx, a, r) }, nil)
	}
	if len(r.Samples) > 0 {
		v.step("samples", whole, func() Step { return samplesStep(a, r) }, nil)
	}
	v.step("reassessment", whole || !r.Reassess, func() Step { return reassessStep(ctx, a, r) }, nil)
	v.Result = Holds
	for _, step := range v.Steps {
		// What could not be answered is the stronger word, as exit code 2 is.
		if step.State == Fails && v.Result == Holds || step.State == Unanswered {
			v.Result = step.State
		}
	}
	return v, nil
}

// stamps answers when the signatures were made, where there is something to say. Nothing else rests on it.
func (v *Verification) stamps(sound bool, e *signature.Envelope, r Request) {
	if !sound {
		if r.Authorities != nil {
			v.step("timestamps", false, nil, nil)
		}
		return
	}
	if s := v.timestamps(e, r); s != nil {
		v.step("timestamps", true, func() Step { return *s }, nil)
	}
}

// step answers a question where it makes sense to ask it, and reports whether the next ones make sense.
func (v *Verification) step(name string, sound bool, ask func() Step, failed error) bool {
	s := Step{State: NotChecked, Detail: "an earlier step fails"}
	switch {
	case failed != nil:
		s = fails(failed)
	case sound:
		s = ask()
	}
	s.Name = name
	v.Steps = append(v.Steps, s)
	return s.State == Holds || sound && s.State == NotChecked
}

func fails(err error) Step { return Step{State: Fails, Detail: err.Error()} }

func (v *Verification) signatures(e *signature.Envelope, r Request) Step {
	if len(r.Keys) == 0 {
		return Step{State: NotChecked, Detail: "no key is given"}
	}
	signed, err := e.Verify(r.Keys)
	if err != nil {
		return fails(err)
	}
	var names, absent []string
	for _, key := range r.Keys {
		hasSigned := false
		for _, s := range signed {
			hasSigned = hasSigned || s.ID == key.ID
		}
		if hasSigned {
			v.SignedBy = append(v.SignedBy, Signer{Name: key.Name, KeyID: key.ID})
			names = append(names, key.Name)
		} else {
			absent = append(absent, key.Name)
		}
	}
	s := Step{State: Holds, Detail: fmt.Sprintf("%d signed, %d expected: %s", len(signed), r.Threshold, strings.Join(names, ", "))}
	if len(signed) < r.Threshold {
		s.State, s.Detail = Fails, fmt.Sprintf("%d signed, %d expected; not signed by %s", len(signed), r.Threshold, strings.Join(absent, ", "))
	}
	if unchecked := len(e.Signatures) - len(signed); unchecked > 0 {
		s.Detail += fmt.Sprintf("; %d by other keys, not checked", unchecked)
	}
	return s
}

// reportStep checks the bytes of the report against what was signed.
func reportStep(e *signature.Envelope, report []byte) Step {
	var s attest.Statement[json.RawMessage]
	if err := json.Unmarshal(e.Payload, &s); err != nil || e.PayloadType != attest.PayloadType {
		return Step{State: Fails, Detail: "the signed content is not an in-toto statement"}
	}
	if s.Type != attest.StatementType || s.PredicateType != attest.TestResultType || len(s.Subject) == 0 {
		return Step{State: Fails, Detail: "the signed content is not a statement about a report"}
	}
	digest, signed := attest.DigestOf(report)["sha256"], s.Subject[0].Digest["sha256"]
	if digest != signed {
		return Step{State: Fails, Detail: fmt.Sprintf("its sha256 is %s, the signed one is %s: it is another report, or it was changed", digest, signed)}
	}
	return Step{State: Holds, Detail: "sha256 " + digest}
}

// statementStep reads the report and checks all that was signed against what it says.
func statementStep(e *signature.Envelope, r Request) (*assessment.Assessment, Step) {
	a, err := assessment.Read(r.Name, bytes.NewReader(r.Report))
	if err != nil {
		return nil, Step{State: Unanswered, Detail: err.Error()}
	}
	wanted, err := attest.Of(attest.NameIn(e), r.Report, a)
	if err != nil {
		return nil, fails(err)
	}
	payload, err := json.Marshal(wanted)
	if err != nil {
		return nil, Step{State: Unanswered, Detail: err.Error()}
	}
	if !bytes.Equal(payload, e.Payload) {
		problems := differences(e.Payload, payload)
		if len(problems) == 0 {
			return nil, Step{State: Fails, Detail: "the signed statement says what the report says, in other bytes: another program wrote it. " +
				"raci-check accepts only the statement that raci-check sign writes: sign with it"}
		}
		for i := range problems {
			problems[i].What = "signed → report: " + problems[i].What
		}
		return nil, Step{State: Fails, Detail: "the signed statement differs from the report", Problems: atMost(problems)}
	}
	p := wanted.Predicate
	idle := notApplicable(a)
	detail := fmt.Sprintf("%s at %s, %d checks passed, %d do not apply, %d waived, %d failed, on %d files",
		p.Result, a.At, len(p.PassedTests)-idle, idle, len(p.WarnedTests), len(p.FailedTests), len(wanted.Subject)-1)
	if at, err := time.Parse(time.RFC3339Nano, a.At); err == nil && !r.Now.IsZero() && at.After(r.Now.Add(clockError)) {
		detail += "; that time is still to come, and nobody can know its facts yet"
	}
	return a, Step{State: Holds, Detail: detail}
}

// notApplicable counts the checks that do not apply. The statement lists them under those that passed: in-toto has no other list.
func notApplicable(a *assessment.Assessment) (n int) {
	for _, service := range a.Services {
		for _, activity := range service.Activities {
			if activity.Status == verdict.NotSelected || activity.Status == verdict.Inherited {
				continue
			}
			for _, check := range activity.Checks {
				if check.Status == verdict.NotApplicable {
					n++
				}
			}
		}
	}
	return n
}

func policiesStep(a *assessment.Assessment, r Request) Step {
	if err := r.samePolicies(r.Policies, a); err != nil {
		return fails(err)
	}
	problems, err := r.otherPolicies(a)
	switch {
	case err != nil:
		return fails(err)
	case len(problems) > 0:
		return Step{State: Fails, Detail: "the archive has other files than raci-check archive writes", Problems: problems}
	}
	return Step{State: Holds, Detail: "the policies in the archive are those of the report, " + a.Policies.Digest}
}

// otherPolicies lists the files of the tree of policies that are no part of a ruleset, and, where this program has the policies of the
// report, those that are not as it has them.
func (r Request) otherPolicies(a *assessment.Assessment) ([]Problem, error) {
	rules, err := ruleset.Open(r.Policies, r.Rules.Root())
	if err != nil {
		return nil, err
	}
	parts := map[string][]byte{}
	if err := rules.Each(func(name string, data []byte) error { parts[name] = data; return nil }); err != nil {
		return nil, err
	}
	var problems []Problem
	err = fs.WalkDir(r.Policies, ".", func(name string, entry fs.DirEntry, err error) error {
		if _, isPart := parts[name]; err == nil && !entry.IsDir() && !isPart && r.Closed {
			problems = append(problems, Problem{name, "it is no part of the policies"})
		}
		return err
	})
	if err != nil || sameRules(r.Rules, r.Evidence, a) != nil {
		return problems, err
	}
	own := map[string]bool{}
	err = r.Rules.Each(func(name string, data []byte) error {
		own[name] = true
		if part, isThere := parts[name]; !isThere {
			problems = append(problems, Problem{name, missing})
		} else if !bytes.Equal(part, data) {
			problems = append(problems, Problem{name, changed})
		}
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if !own[name] {
			problems = append(problems, Problem{name, isNew})
		}
	}
	return problems, err
}

// bundleStep checks the bundle against the policies. Another version of the program may make another one of them: that says
// nothing against the report, which does not rest on it.
func bundleStep(ctx context.Context, a *assessment.Assessment, r Request) Step {
	if r.Bundle == nil {
		return Step{State: Fails, Detail: "there is no " + keptBundle + " in the archive, and raci-check archive writes one"}
	}
	same, err := r.sameBundle(ctx, a)
	detail := "the policies in the archive do not produce it"
	if err != nil {
		detail = err.Error()
	}
	switch {
	case same:
		return Step{State: Holds, Detail: "the policies in the archive produce it"}
	case a.Tool == r.Tool:
		return Step{State: Fails, Detail: detail}
	default:
		return Step{State: NotChecked, Detail: fmt.Sprintf("raci-check %s made it, here %s: %s; the report does not depend on it", a.Tool.Version, r.Tool.Version, detail)}
	}
}

func reassessStep(ctx context.Context, a *assessment.Assessment, r Request) Step {
	if !r.Reassess {
		return Step{State: NotChecked, Detail: "request it with --reassess"}
	}
	if a.Inputs == nil {
		return Step{State: Unanswered, Detail: "the report was merged from others: verify those"}
	}
	again, err := r.again(ctx, a)
	if err != nil {
		return Step{State: Unanswered, Detail: err.Error()}
	}
	if bytes.Equal(again, r.Report) {
		return Step{State: Holds, Detail: "repeated from the evidence, the report is the same, byte for byte"}
	}
	problems := differences(r.Report, again)
	version, advice := 0, 0
	for _, p := range problems {
		switch {
		case p.Name == "/digest" || p.Name == "/tool/version":
			version++
		case isAdvice(p.Name):
			advice++
		}
	}
	switch {
	case len(problems) == 0:
		return Step{State: Fails, Detail: "it has the same content in other bytes: another program wrote it"}
	case len(problems) == version:
		return Step{State: Unanswered, Detail: "only the version of the program differs: use that version for the same bytes", Problems: problems}
	case len(problems) == version+advice:
		return Step{State: Unanswered, Detail: "only the program's advice on filling fields differs: use that version for the same bytes", Problems: atMost(problems)}
	default:
		return Step{State: Fails, Detail: "repeated from the evidence, the report differs", Problems: atMost(problems)}
	}
}

// isAdvice reports whether a pointer leads to what a finding advises. It says which sources can fill the field, and a later
// program has more of them. What is found, and why, does not depend on it.
func isAdvice(pointer string) bool {
	return strings.Contains(pointer, "/findings/") && strings.HasSuffix(pointer, "/remediation")
}

// WriteJSON writes the verification as indented JSON with a final newline.
func (v *Verification) WriteJSON(w io.Writer) error { return sanitize.WriteJSON(w, v) }
