package hdf_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/hdf"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

type execution struct {
	Profiles []struct {
		Name     string
		Groups   []struct{ Controls []string }
		Controls []struct {
			ID      string
			Impact  float64
			Tags    map[string]any
			Results []struct {
				Status, Message string
				Skip            string `json:"skip_message"`
			}
			Waiver *struct {
				Expires string `json:"expiration_date"`
				Skipped bool   `json:"skipped_due_to_waiver"`
			} `json:"waiver_data"`
		}
	}
}

func read(t *testing.T, a *assessment.Assessment) execution {
	t.Helper()
	var out bytes.Buffer
	if err := hdf.Write(&out, a); err != nil {
		t.Fatal(err)
	}
	var e execution
	if err := json.Unmarshal(out.Bytes(), &e); err != nil {
		t.Fatal(err)
	}
	return e
}

// Heimdall shows one of the controls of the same id. A control without a result is an error for Heimdall, and one with an impact of 0 is not applicable, whatever its results are.
func TestEveryCheckIsAControl(t *testing.T) {
	a := reporttest.Of(reporttest.Failing(), reporttest.Broken())
	e := read(t, a)
	impacts := map[verdict.Severity]float64{verdict.Critical: 0.9, verdict.High: 0.7, verdict.Medium: 0.5, verdict.Low: 0.3}
	first := map[verdict.Status]string{verdict.Pass: "passed", verdict.Fail: "failed", verdict.Missing: "skipped", verdict.Error: "error", verdict.Waived: "failed", verdict.NotApplicable: "skipped"}
	ids, controls := map[string]bool{}, 0
	for i, s := range a.Services {
		n := 0
		for k, activity := range s.Activities {
			if len(e.Profiles[i].Groups[k].Controls) != len(activity.Checks) {
				t.Errorf("%s has %d controls", activity.ID, len(e.Profiles[i].Groups[k].Controls))
			}
			for _, check := range activity.Checks {
				c := e.Profiles[i].Controls[n]
				n++
				impact := impacts[check.Severity]
				if check.Status == verdict.NotApplicable {
					impact = 0
				}
				ids[c.ID] = true
				if c.ID != check.ID+" "+s.Service.ID || c.Impact != impact || len(c.Results) != max(len(check.Findings), 1) || c.Results[0].Status != first[check.Status] {
					t.Errorf("%s of status %s is %+v", check.ID, check.Status, c)
				}
				if (c.Waiver != nil) != (check.Status == verdict.Waived) {
					t.Errorf("%s of status %s has the waiver %v", check.ID, check.Status, c.Waiver)
				}
				if c.Waiver != nil && (c.Waiver.Expires != check.Waiver.ExpiresOn || !c.Waiver.Skipped) {
					t.Errorf("%s has the waiver %+v", check.ID, c.Waiver)
				}
			}
		}
		if n != len(e.Profiles[i].Controls) {
			t.Errorf("%d controls of %d checks", len(e.Profiles[i].Controls), n)
		}
		controls += n
	}
	if len(ids) != controls {
		t.Errorf("%d ids of %d controls", len(ids), controls)
	}
}

// A status that is not known is never a pass.
func TestUnknownStatus(t *testing.T) {
	s := reporttest.Failing()
	reporttest.Activity(&s, "3.1.1.4").Checks[0].Status = "excellent"
	for _, c := range read(t, reporttest.Of(s)).Profiles[0].Controls {
		if c.Tags["status"] == "excellent" && c.Results[0].Status != "error" {
			t.Errorf("%+v", c)
		}
	}
}

// A finding that a waiver covers is no failure of a check that fails for another.
func TestPartlyWaived(t *testing.T) {
	s := reporttest.Failing()
	check := &reporttest.Activity(&s, "3.1.2.1").Checks[0]
	another := check.Findings[0]
	another.Pointer, another.Waived = "/control_panel/users/3", false
	check.Status, check.Waiver, check.Findings = verdict.Fail, nil, append(check.Findings, another)
	for _, c := range read(t, reporttest.Of(s)).Profiles[0].Controls {
		if c.ID == check.ID && (len(c.Results) != 2 || c.Results[0].Status != "skipped" || c.Results[1].Status != "failed" || c.Waiver != nil) {
			t.Errorf("%+v", c)
		}
	}
}
