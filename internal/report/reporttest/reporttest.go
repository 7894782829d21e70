// Package reporttest has assessments to try reports on, harmless ones and hostile ones.
package reporttest

import (
	"encoding/json"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/engine"
	"github.com/raci-check/raci-check/internal/raci"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

const disputeNote = "the page of KB0065221 as supplied reads as the customer's, the provider's documentation of 2025-10-21 as OVHcloud's; ask for both views in writing"

// table are the activities of the shipped table.
var table = sync.OnceValue(func() []raci.Activity {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		panic(err)
	}
	reading, err := rules.Reading("")
	if err != nil {
		panic(err)
	}
	return reading.Activities
})

// activities answers the table with every duty passed.
func activities() []assessment.Activity {
	var all []assessment.Activity
	for _, row := range table() {
		a := engine.Describe(row)
		a.Section, a.Status, a.AskProvider = row.ID[:3]+". A section", verdict.Pass, nil
		if a.Disputed {
			a.DisputeNote = disputeNote
		}
		if !row.Duty() {
			a.Status = verdict.Inherited
			a.AskProvider = []string{"the current ISO/IEC 27001 certificate with its scope", "the part of the SOC 2 type II report about this activity"}
		}
		all = append(all, a)
	}
	return all
}

// Activity finds an activity by its id.
func Activity(s *assessment.Service, id string) *assessment.Activity {
	for i := range s.Activities {
		if s.Activities[i].ID == id {
			return &s.Activities[i]
		}
	}
	panic("no activity " + id)
}

// add puts checks on an activity and gives it the worst of their statuses.
func add(s *assessment.Service, id string, checks ...assessment.Check) {
	a := Activity(s, id)
	a.Checks, a.Status = checks, ""
	for i, check := range checks {
		checks[i].Description = "Says why it matters: " + check.Title + "."
		checks[i].Controls = map[string][]string{"iso_27001": {"8.13"}, "pci_dss": {"10.5.1", "8.4.2"}}
		checks[i].Evidence, checks[i].Parameters = append([]string{}, check.Evidence...), append([]string{}, check.Parameters...)
		checks[i].Findings = append([]assessment.Finding{}, check.Findings...)
		for _, f := range check.Findings {
			checks[i].Evidence = append(checks[i].Evidence, f.Pointer)
		}
		a.Status = verdict.Worse(a.Status, check.Status)
	}
}

func count(s assessment.Service) assessment.Service {
	s.Summary, s.Result = map[verdict.Status]int{}, ""
	for _, a := range s.Activities {
		s.Summary[a.Status]++
		s.Result = verdict.Worse(s.Result, a.Status.Result())
	}
	s.Causes = assessment.CausesOf(s.Activities)
	return s
}

func finding(status verdict.Status, file string, line, column int, pointer, message, remediation string) assessment.Finding {
	return assessment.Finding{
		Status: status, Message: message, Pointer: pointer, Remediation: remediation,
		Location: verdict.Location{File: file, Line: line, Column: column}, Cause: cause(pointer, message),
	}
}

// cause is the cause that the engine gives to such findings.
func cause(pointer, message string) *assessment.CauseKey {
	section, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	_, file, isArtifact := strings.Cut(message, "artifact digest mismatch: ")
	switch {
	case strings.HasPrefix(message, "no evidence: "):
		return &assessment.CauseKey{Kind: assessment.Absent, Subject: section}
	case strings.HasPrefix(message, "stale: "):
		return &assessment.CauseKey{Kind: assessment.Stale, Subject: section}
	case isArtifact:
		file, _, _ = strings.Cut(file, " ")
		return &assessment.CauseKey{Kind: assessment.Artifact, Subject: file}
	}
	return nil
}

// Compliant is a service whose duties all hold; one is declared not applicable.
func Compliant() assessment.Service {
	s := assessment.Service{
		Service:    assessment.ServiceID{ID: "3f2a9b10-77aa-4c1d-9a55-0d5f6f1e2b3c", Name: "archive-prod", Region: "eu-west-rbx"},
		Evidence:   []assessment.File{{Path: "archive/evidence.yaml", SHA256: strings.Repeat("ab12", 16)}},
		Sections:   []assessment.Section{},
		Waivers:    []assessment.Waiver{},
		Activities: activities(),
	}
	Activity(&s, "2.1.1").Assurance = []assessment.Assurance{{
		Document: "ISO/IEC 27001 certificate FR-2291", ValidUntil: "2027-06-30", ReadBy: "M. Girard", ReadOn: "2026-09-02",
	}}
	kmip := Activity(&s, "4.2.1")
	kmip.Status, kmip.Reason = verdict.NotApplicable, "no KMIP client is connected to the domain"
	kmip.NotApplicable = &assessment.Declaration{
		Reason: kmip.Reason, DeclaredBy: "J. Petit", ApprovedBy: "C. Roux", DeclaredOn: "2026-10-12", Accepted: true,
	}
	return count(s)
}

// Failing is a service with findings of every kind, waivers of every state and a forecast.
func Failing() assessment.Service {
	const file = "payments/evidence.yaml"
	s := Compliant()
	s.Service = assessment.ServiceID{ID: "7d0c51e2-4b3f-4f0e-8a51-2f6f0c9d1e77", Name: "payments-prod", Region: "eu-west-par"}
	s.Evidence = []assessment.File{
		{Path: "payments/evidence.yaml", SHA256: strings.Repeat("9f31", 16)},
		{Path: "payments/logs.yaml", SHA256: strings.Repeat("04cd", 16)},
	}
	s.Sections = []assessment.Section{
		{Name: "backups", File: file, Method: "export", CollectedAt: "2026-11-18T09:00:00Z", CollectedBy: "backup-bot",
			Artifacts: []assessment.File{{Path: "exports/backup.json", SHA256: strings.Repeat("77e0", 16)}}},
		{Name: "keys", File: file, Method: "api", CollectedAt: "2026-11-19T06:30:00Z", CollectedBy: "collector", Artifacts: []assessment.File{}},
		{Name: "service_logs", File: "payments/logs.yaml", Method: "document", CollectedAt: "2026-10-29T08:00:00Z", CollectedBy: "N. Blanc", Artifacts: []assessment.File{}},
	}
	const hold = "Hold the key in a job (imported keys), or record an exception that says how its data would be recovered."
	const recollect = "Restore the collected file, or collect the facts again and record the new digest."
	const rotate = "Rotate the key, and give it a rotation period."
	const mfa = "Require two factors of every user, by a policy of the account."
	add(&s, "3.1.1.4",
		assessment.Check{
			ID: "backups.policy_owned", Title: "The backup policy has an owner, objectives and a recent review", Severity: verdict.Medium,
			Status: verdict.Pass,
		},
		assessment.Check{
			ID: "backups.restore_tested", Title: "A restore has been tested recently", Severity: verdict.High, Status: verdict.Fail,
			Source: "NIST SP 800-34 Rev. 1 §3.5", Parameters: []string{"backup_restore_test_max_age_days", "backup_restore_sample_min_items"},
			Remediation: "Restore a sample of each job in isolation; record date, measured duration and outcome.",
			Findings: []assessment.Finding{
				finding(verdict.Missing, file, 88, 5, "/backups/jobs/1/restore_test", "nightly-kmip has no restore test", "Restore a sample of each job in isolation; record date, measured duration and outcome."),
				finding(verdict.Fail, file, 61, 7, "/backups/source/artifact", "artifact digest mismatch: exports/backup.json has sha256 77e077e077e0…, the evidence says 1b0f6a2c9d3e…", recollect),
			},
		},
		assessment.Check{
			ID: "backups.keys_covered", Title: "Every enabled key is in a backup or an accepted exception", Severity: verdict.Critical, Status: verdict.Fail,
			Source: "ISO/IEC 27001:2022 A.8.13; CSA CCM v4 BCR-08", Parameters: []string{"backup_exception_max_days"}, Remediation: hold,
			Findings: []assessment.Finding{
				finding(verdict.Fail, file, 132, 9, "/keys/service_keys/3", "card-encryption (0b7e1f52-53a0-4c56-9c0e-6a61a7d1b2f0) is in no backup job and under no exception of at most 365 days", hold),
				finding(verdict.Fail, file, 147, 9, "/keys/service_keys/4", "tokenisation-2026 is in no backup job and under no exception of at most 365 days", hold),
			},
		},
	)
	add(&s, "3.1.1.5", assessment.Check{
		ID: "key_management.within_crypto_period", Title: "Every symmetric key in use is rotated in time", Severity: verdict.High, Status: verdict.Fail,
		Source: "NIST SP 800-57 Part 1 Rev. 5 §5.3.6", Parameters: []string{"key_rotation_max_age_days"}, Remediation: rotate,
		Findings: []assessment.Finding{
			finding(verdict.Fail, file, 140, 9, "/keys/service_keys/3/rotated_on", "card-encryption was last rotated 812 days ago", rotate),
		},
	})
	waiver := assessment.Waiver{
		Check: "control_panel_access.mfa", Pointers: []string{"/control_panel/users/2"}, Reason: "the break-glass account has a sealed password; hardware keys are ordered (PO 4471)",
		RequestedBy: "J. Petit", ApprovedBy: "C. Roux", ApprovedOn: "2026-08-01", ExpiresOn: "2027-01-31",
		State: assessment.WaiverApplied, Location: verdict.Location{File: "waivers.yaml", Line: 4, Column: 5},
	}
	waived := finding(verdict.Fail, file, 203, 7, "/control_panel/users/2", "break-glass signs in without a second factor", mfa)
	waived.Waived = true
	add(&s, "3.1.2.1", assessment.Check{
		ID: "control_panel_access.mfa", Title: "Every user of the Control Panel has a second factor", Severity: verdict.High, Status: verdict.Waived,
		Source: "PCI DSS 4.0.1 requirement 8.4.2", Remediation: mfa, Findings: []assessment.Finding{waived}, Waiver: &waiver,
	})
	add(&s, "3.1.3.1", assessment.Check{
		ID: "capacity.alerts_set", Title: "Somebody is told before a quota is reached", Severity: verdict.Low, Status: verdict.Missing,
		Source: "own judgement", Remediation: "Set an alert on the number of keys and secrets, and record where it goes.",
		Findings: []assessment.Finding{
			finding(verdict.Missing, file, 1, 1, "/capacity/alerts", "no evidence: /capacity/alerts is absent", "Set an alert on the number of keys and secrets, and record where it goes."),
		},
	})
	add(&s, "3.1.3.5", assessment.Check{
		ID: "service_logs.retention", Title: "Audit logs are kept long enough", Severity: verdict.High, Status: verdict.Missing,
		Source: "PCI DSS 4.0.1 requirement 10.5.1", Parameters: []string{"log_retention_min_days", "service_log_kinds"},
		Remediation: "Forward the logs to a stream whose retention is long enough.",
		Findings: []assessment.Finding{
			finding(verdict.Missing, "payments/logs.yaml", 6, 5, "/service_logs/source/collected_at", "stale: collected 22 days before the assessment, wanted are at most 7 (logs_evidence_max_age_days)", "Collect the facts of this section again, and record when, how and by whom."),
		},
	})
	network := Activity(&s, "3.1.1.2")
	network.NotApplicable = &assessment.Declaration{
		Reason: "the domain is reached from inside only", DeclaredBy: "J. Petit", ApprovedBy: "J. Petit", DeclaredOn: "2026-10-12",
	}
	add(&s, "3.1.1.2", assessment.Check{
		ID: "network_access.ranges_narrow", Title: "A declaration that no network reaches the domain is sound", Severity: verdict.Medium, Status: verdict.Fail,
		Source: "own judgement", Remediation: "Let another person approve the declaration, or delete it.",
		Findings: []assessment.Finding{
			finding(verdict.Fail, file, 240, 5, "/not_applicable/1", "the declaration is approved by the person who made it", "Let another person approve the declaration, or delete it."),
			finding(verdict.Fail, file, 31, 9, "/network/ranges/2", "0.0.0.0/0 and ::/0 reach the domain", "Let another person approve the declaration, or delete it."),
		},
	})
	uncovered := &Activity(&s, "3.1.1.4").Checks[2].Findings[0]
	uncovered.Condition, uncovered.Values = "uncovered", map[string]any{"key": "card-encryption", "days": json.Number("365")}
	uncovered.Related = []assessment.Place{{Pointer: "/backups/exceptions/0", Location: verdict.Location{File: file, Line: 75, Column: 7}}}
	s.Waivers = []assessment.Waiver{
		waiver,
		{Check: "service_logs.archive_protected", Reason: "the archive is rebuilt in 2027", RequestedBy: "N. Blanc", ApprovedBy: "C. Roux", ApprovedOn: "2026-10-01", ExpiresOn: "2026-12-31",
			State: assessment.WaiverUnused, Location: verdict.Location{File: "waivers.yaml", Line: 13, Column: 5}},
		{Check: "key_management.within_crypto_period", Reason: "planned for the next release", RequestedBy: "J. Petit", ApprovedBy: "C. Roux", ApprovedOn: "2026-01-10", ExpiresOn: "2026-10-31",
			State: assessment.WaiverRejected, Note: "expired", Location: verdict.Location{File: "waivers.yaml", Line: 20, Column: 5}},
	}
	s.Forecast = &assessment.Forecast{Until: "2027-02-18T09:00:00Z", Events: []assessment.Event{
		{At: "2026-11-26T06:30:01Z", Checks: []string{"backups.keys_covered", "key_management.within_crypto_period"}, Severity: verdict.Critical,
			Message: "stale: collected 7 days before the assessment, wanted are at most 7 (measured_evidence_max_age_days)", Remediation: recollect,
			Pointer: "/keys/source/collected_at", Location: verdict.Location{File: file, Line: 97, Column: 5}, Cause: &assessment.CauseKey{Kind: assessment.Stale, Subject: "keys"}},
		{At: "2027-02-01T00:00:00Z", Checks: []string{"control_panel_access.mfa"}, Severity: verdict.High, WaiverEnds: true,
			Message: waived.Message, Remediation: mfa, Pointer: waived.Pointer, Location: waived.Location},
	}}
	return count(s)
}

// Broken is a service of which one policy could not be evaluated.
func Broken() assessment.Service {
	s := Compliant()
	s.Service = assessment.ServiceID{ID: "c1d20000-5b5b-4f0e-8a51-2f6f0c9d1e99", Name: "vault-dr", Region: "eu-west-sbg"}
	reason := "evaluate service_logs.rego: eval_conflict_error: complete rules must not produce multiple outputs"
	add(&s, "3.1.3.5",
		assessment.Check{ID: "service_logs.kinds_subscribed", Title: "Both kinds of log are forwarded", Severity: verdict.Critical, Status: verdict.Error},
		assessment.Check{ID: "service_logs.retention", Title: "Audit logs are kept long enough", Severity: verdict.High, Status: verdict.Error},
	)
	a := Activity(&s, "3.1.3.5")
	a.Reason = reason
	return count(s)
}

// Accepted is a service whose only failure is waived.
func Accepted() assessment.Service {
	s := Compliant()
	s.Service.ID, s.Service.Name = "9b8d1e44-0c1f-4d6e-b2a7-5a1c7f3e2d10", "billing-prod"
	from := Failing()
	*Activity(&s, "3.1.2.1") = *Activity(&from, "3.1.2.1")
	s.Waivers = from.Waivers[:1]
	return count(s)
}

// Partial leaves out all duties but two.
func Partial() assessment.Service {
	s := Failing()
	for i := range s.Activities {
		a := &s.Activities[i]
		if a.Status != verdict.Inherited && a.ID != "3.1.1.4" && a.ID != "3.1.1.3" {
			*a = assessment.Activity{ID: a.ID, Title: a.Title, Phase: a.Phase, Customer: a.Customer, Provider: a.Provider, Status: verdict.NotSelected, Checks: []assessment.Check{}}
		}
	}
	s.Waivers = []assessment.Waiver{}
	return count(s)
}

// Of is the sealed assessment of services.
func Of(services ...assessment.Service) *assessment.Assessment {
	number := func(text string) json.Number { return json.Number(text) }
	parameter := func(name, value, profile, unit, source string) assessment.Parameter {
		p := assessment.Parameter{Name: name, Value: number(value), Default: number(profile), Unit: unit, Source: source, SetBy: "baseline"}
		if value != profile {
			p.Looser, p.SetBy = true, "payments/params.yaml"
		}
		return p
	}
	a := &assessment.Assessment{
		Schema:  assessment.SchemaID,
		Tool:    assessment.Tool{Name: "raci-check", Version: "0.4.0"},
		At:      "2026-11-20T09:00:00Z",
		Catalog: assessment.Catalog{ID: "KB0065221", Reading: "kb0065221", Title: "OKMS - Shared responsibilities", Provider: "OVHcloud", Source: "as supplied", Digest: "sha256:" + strings.Repeat("c0de", 16)},
		Policies: assessment.Policies{Digest: "sha256:" + strings.Repeat("5eed", 16), Profile: "baseline",
			Frameworks: map[string]string{"iso_27001": "ISO/IEC 27001:2022 Annex A", "pci_dss": "PCI DSS 4.0.1"}, Parameters: []assessment.Parameter{
				parameter("backup_exception_max_days", "365", "365", "days", "own judgement (an exception is decided anew every year)"),
				parameter("backup_restore_sample_min_items", "3", "3", "items", "own judgement (one item proves the tool, not the set)"),
				parameter("backup_restore_test_max_age_days", "730", "365", "days", "NIST SP 800-34 Rev. 1 §3.5 (yearly tests)"),
				parameter("key_rotation_max_age_days", "365", "365", "days", "NIST SP 800-57 Part 1 Rev. 5 §5.3.6"),
				parameter("log_retention_min_days", "180", "365", "days", "PCI DSS 4.0.1 requirement 10.5.1 (12 months)"),
				{Name: "service_log_kinds", Value: []any{"rest_audit", "kmip_audit"}, Default: []any{"rest_audit", "kmip_audit"},
					Unit: "kinds of log", Source: "OVHcloud documentation, OKMS troubleshooting", SetBy: "baseline"},
			}},
		Services: services,
	}
	for i := range services {
		services[i].At = a.At
		unmap(&services[i], a.Policies.Parameters)
		divide(&services[i])
		a.AddReadings(&services[i])
		a.Result = verdict.Worse(a.Result, services[i].Result)
	}
	if err := a.Seal(); err != nil {
		panic(err)
	}
	return a
}

// unmap takes the mappings of the checks that use a looser parameter.
func unmap(s *assessment.Service, parameters []assessment.Parameter) {
	s.Unmapped = 0
	for i := range s.Activities {
		for k := range s.Activities[i].Checks {
			check := &s.Activities[i].Checks[k]
			check.Looser = nil
			for _, p := range parameters {
				if p.Looser && slices.Contains(check.Parameters, p.Name) {
					check.Looser = append(check.Looser, assessment.Looser{Parameter: p.Name, Value: p.Value, Profile: p.Default})
					check.Controls = map[string][]string{}
				}
			}
			if len(check.Looser) > 0 {
				s.Unmapped++
			}
		}
	}
}

// divide splits the verdict as the engine does: by the other reading, the disputed duties are the provider's.
func divide(s *assessment.Service) {
	other := assessment.Service{Activities: slices.Clone(s.Activities)}
	for i := range other.Activities {
		if other.Activities[i].Disputed {
			other.Activities[i].Status, other.Activities[i].Checks = verdict.Inherited, nil
		}
	}
	s.Divide("kb0065221", []assessment.Other{{Reading: "published-2025-10-21", Service: other}})
}

// poison puts a text into every string that is no status, severity or state.
func poison(v reflect.Value, text string) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() && v.Kind() == reflect.Pointer {
			poison(v.Elem(), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			poison(v.Field(i), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), text)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString(text)
		}
	}
}

// Poisoned is an assessment in which the text stands in every text, even those that only a forged report could bring.
func Poisoned(text string) *assessment.Assessment {
	a := Of(Failing(), Broken())
	poison(reflect.ValueOf(a), text)
	for i := range a.Policies.Parameters {
		a.Policies.Parameters[i].Value = []any{text}
	}
	a.Policies.Reference = added(text)
	return a
}

// added is a file that added to the reference data, with the text wherever it can bring one in: tables are
// those of the form.
func added(text string) []assessment.ReferenceFile {
	return []assessment.ReferenceFile{{
		File:   assessment.File{Path: text, SHA256: strings.Repeat("add5", 16)},
		Source: text, AsOf: text, Added: map[string][]string{"placeholders": {text, text}},
	}}
}

// Hostile is an assessment in which the text stands wherever evidence, waivers or names of files can bring text in.
func Hostile(text string) *assessment.Assessment {
	a := Of(Failing(), Compliant(), Broken())
	a.Policies.Reference = added(text)
	a.Waivers = slices.Clone(a.Services[0].Waivers)
	for i := range a.Waivers {
		hostileWaiver(&a.Waivers[i], text)
	}
	for i := range a.Services {
		s := &a.Services[i]
		s.Service.Name, s.Service.Region = text, text
		poison(reflect.ValueOf(&s.Sections), text)
		for k := range s.Evidence {
			s.Evidence[k].Path, s.Evidence[k].SignedBy = text, []string{text}
		}
		for k := range s.Sections {
			s.Sections[k].CollectedAt = "2026-11-18T09:00:00Z"
			for n := range s.Sections[k].Artifacts {
				s.Sections[k].Artifacts[n].SHA256 = strings.Repeat("ab", 32)
			}
		}
		s.Grades, s.Signers = map[verdict.Grade]int{verdict.Attached: 2, verdict.Stated: 1}, []assessment.Signer{{Name: text, Checks: 2}}
		s.Stated = []assessment.Word{{By: []string{text, text}, Others: 2, Checks: []string{"backups.policy_owned"}, Partly: []string{"backups.restore_tested"}}}
		if s.Forecast != nil {
			for k := range s.Forecast.Events {
				e := &s.Forecast.Events[k]
				e.Message, e.File, e.Pointer = text, text, document.Pointer(text)
			}
		}
		for k := range s.Waivers {
			hostileWaiver(&s.Waivers[k], text)
		}
		for k := range s.Activities {
			activity := &s.Activities[k]
			if activity.Reason != "" {
				activity.Reason = text
			}
			poison(reflect.ValueOf(activity.Assurance), text)
			if d := activity.NotApplicable; d != nil {
				d.Reason, d.DeclaredBy, d.ApprovedBy = text, text, text
			}
			for n := range activity.Checks {
				check := &activity.Checks[n]
				if check.Status == verdict.Pass {
					check.Grade, check.SignedBy, check.StatedBy = verdict.Stated, []string{text}, &assessment.Stated{By: []string{text}, Alone: true}
				}
				if check.Waiver != nil {
					hostileWaiver(check.Waiver, text)
				}
				for f := range check.Findings {
					check.Findings[f].Message, check.Findings[f].File = text, text
					check.Findings[f].Pointer += document.Pointer(text)
					for r := range check.Findings[f].Related {
						related := &check.Findings[f].Related[r]
						related.Pointer, related.File = related.Pointer+document.Pointer(text), text
					}
					for name := range check.Findings[f].Values {
						check.Findings[f].Values[name] = text
					}
				}
			}
		}
	}
	return a
}

func hostileWaiver(w *assessment.Waiver, text string) {
	w.Reason, w.RequestedBy, w.ApprovedBy, w.File = text, text, text, text
}

// Merge puts assessments together as render does, and answers the whole of it.
func Merge(parts []*assessment.Assessment, names []string, latest bool) (*assessment.Assessment, error) {
	var fleets []*assessment.Fleet
	for _, part := range parts {
		fleets = append(fleets, assessment.FleetOf(part))
	}
	merged, err := assessment.Merge(fleets, names, latest)
	if err != nil {
		return nil, err
	}
	return merged.Whole()
}

// English is a writer of reports in a language, for reports in English.
func English(write func(io.Writer, *assessment.Assessment, *words.Words) error) func(io.Writer, *assessment.Assessment) error {
	return func(w io.Writer, a *assessment.Assessment) error { return write(w, a, nil) }
}
