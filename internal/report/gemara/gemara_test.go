package gemara_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/gemara"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// log is what a reader of an evaluation log takes.
type log struct {
	Metadata struct {
		References []struct{ ID, Version string } `json:"mapping-references"`
	}
	Target      struct{ ID, Name, Environment string }
	Result      string
	Evaluations []struct {
		Result, Message string
		Control         struct {
			Reference string `json:"reference-id"`
			Entry     string `json:"entry-id"`
			Remarks   string
		}
		Logs []entry `json:"assessment-logs"`
	}
}

type entry struct {
	Requirement struct {
		Reference string `json:"reference-id"`
		Entry     string `json:"entry-id"`
	}
	Result, Message, Recommendation string
	Evidence                        []struct {
		ID      string
		Payload struct {
			Coordinate, Digest, Method string
			File                       string `json:"reference-id"`
			Artifacts                  []struct{ Path, Digest string }
		}
	}
}

func logs(t *testing.T, a *assessment.Assessment) []log {
	t.Helper()
	var out bytes.Buffer
	if err := gemara.Write(&out, a); err != nil {
		t.Fatal(err)
	}
	if len(a.Services) > 1 && strings.Count(out.String(), "\n") != len(a.Services) {
		t.Errorf("%d lines for %d services", strings.Count(out.String(), "\n"), len(a.Services))
	}
	var all []log
	for d := json.NewDecoder(&out); ; {
		var l log
		if err := d.Decode(&l); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
}

func (l log) entry(id string) entry {
	for _, e := range l.Evaluations {
		for _, entry := range e.Logs {
			if entry.Requirement.Entry == id {
				return entry
			}
		}
	}
	return entry{}
}

// Every activity is a control and every check an assessment, with the status that the assessment has.
func TestEveryCheckIsThere(t *testing.T) {
	words := map[verdict.Status]string{
		verdict.Pass: "Passed", verdict.Fail: "Failed", verdict.Missing: "Unknown", verdict.Error: "Unknown", verdict.Waived: "Needs Review",
		verdict.NotApplicable: "Not Applicable", verdict.Inherited: "Not Run", verdict.NotSelected: "Not Run",
	}
	a := reporttest.Of(reporttest.Failing(), reporttest.Accepted(), reporttest.Broken(), reporttest.Partial())
	all := logs(t, a)
	if len(all) != len(a.Services) {
		t.Fatalf("%d logs of %d services", len(all), len(a.Services))
	}
	seen := map[verdict.Status]bool{}
	for i, l := range all {
		s := a.Services[i]
		if l.Target.ID != s.Service.ID || l.Target.Environment != s.Service.Region || l.Result != words[s.Result] || len(l.Evaluations) != len(s.Activities) {
			t.Errorf("%s: %+v, %s, %d controls", s.Service.ID, l.Target, l.Result, len(l.Evaluations))
		}
		for k, activity := range s.Activities {
			e := l.Evaluations[k]
			seen[activity.Status] = true
			if e.Control.Entry != activity.ID || e.Result != words[activity.Status] || len(e.Logs) != max(1, len(activity.Checks)) {
				t.Errorf("%s: %+v", activity.ID, e)
			}
			for n, check := range activity.Checks {
				seen[check.Status] = true
				if e.Logs[n].Requirement.Entry != check.ID || e.Logs[n].Result != words[check.Status] || e.Logs[n].Requirement.Reference != e.Control.Reference {
					t.Errorf("%s: %+v", check.ID, e.Logs[n])
				}
			}
		}
	}
	for status := range words {
		if !seen[status] {
			t.Errorf("no %s was tried", status)
		}
	}
}

func TestEvidenceHasCoordinateAndDigest(t *testing.T) {
	s := reporttest.Failing()
	check := &reporttest.Activity(&s, "3.1.1.4").Checks[2]
	check.Evidence = []string{"/backups/jobs", "/keys/service_keys", "/nowhere/else", "/backups/jobs"}
	l := logs(t, reporttest.Of(s))[0]
	got := l.entry(check.ID)
	if len(got.Evidence) != 2 {
		t.Fatalf("%+v", got.Evidence)
	}
	p := got.Evidence[0].Payload
	if p.Coordinate != "/backups/jobs" || p.Digest != "sha256:"+s.Evidence[0].SHA256 || p.File != s.Evidence[0].Path || p.Method != "export" ||
		len(p.Artifacts) != 1 || p.Artifacts[0].Path != "exports/backup.json" {
		t.Errorf("%+v", p)
	}
	listed := false
	for _, reference := range l.Metadata.References {
		listed = listed || reference.ID == p.File && reference.Version == p.Digest
	}
	if !listed {
		t.Error("no mapping reference is the file")
	}
	for _, words := range []string{"fail (critical)", "payments/evidence.yaml:132:9: card-encryption"} {
		if !strings.Contains(got.Message, words) {
			t.Errorf("%q is not in %q", words, got.Message)
		}
	}
	if got.Recommendation != check.Remediation {
		t.Errorf("%q", got.Recommendation)
	}
}

func TestWaiverIsTold(t *testing.T) {
	s := reporttest.Accepted()
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			if check.Waiver == nil {
				continue
			}
			got := logs(t, reporttest.Of(s))[0].entry(check.ID)
			if !strings.Contains(got.Message, "waived until "+check.Waiver.ExpiresOn+" by "+check.Waiver.ApprovedBy) || got.Result != "Needs Review" {
				t.Errorf("%+v", got)
			}
			return
		}
	}
	t.Fatal("no check is waived")
}

// A time that is not a time is an error and not a log that nobody can read.
func TestBrokenTime(t *testing.T) {
	a := reporttest.Of(reporttest.Failing())
	a.Services[0].At = "yesterday"
	if err := gemara.Write(io.Discard, a); err == nil || !strings.Contains(err.Error(), "yesterday") {
		t.Errorf("%v", err)
	}
}
