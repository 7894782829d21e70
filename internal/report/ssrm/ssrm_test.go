package ssrm_test

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/report/ssrm"
	"github.com/raci-check/raci-check/internal/verdict"
)

// table is the written table: a map by column for each row.
func table(t *testing.T, a *assessment.Assessment) []map[string]string {
	t.Helper()
	var out bytes.Buffer
	if err := ssrm.Write(&out, a); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		all = append(all, cells)
	}
	return all
}

// maps lets a check count for controls of the matrix.
func maps(s *assessment.Service, activity string, check int, controls ...string) *assessment.Check {
	c := &reporttest.Activity(s, activity).Checks[check]
	c.Controls = map[string][]string{"ccm": controls, "iso_27001": {"8.13"}}
	return c
}

// unmapped is a service whose checks map to no control.
func unmapped() assessment.Service {
	s := reporttest.Failing()
	for i := range s.Activities {
		for k := range s.Activities[i].Checks {
			s.Activities[i].Checks[k].Controls = nil
		}
	}
	return s
}

func TestEachControlHasARow(t *testing.T) {
	s := unmapped()
	pass := maps(&s, "3.1.1.4", 0, "CEK-03", "BCR-08")
	pass.Grade = verdict.Attached
	fail := maps(&s, "3.1.1.4", 2, "BCR-08", "BCR-08")
	other := &reporttest.Activity(&s, "3.2.1.1").Checks
	*other = append(*other, assessment.Check{
		ID: "identities.reviewed", Severity: verdict.Low, Status: verdict.Waived, Controls: map[string][]string{"ccm": {"IAM-08"}},
		Waiver: &assessment.Waiver{ExpiresOn: "2027-01-31", ApprovedBy: "A. Boss", RequestedBy: "B. Clerk", Reason: "a move"},
	})
	reporttest.Activity(&s, "3.2.1.1").Customer, reporttest.Activity(&s, "3.2.1.1").Provider = "AI", "RA"

	rows := table(t, reporttest.Of(s))
	var ids []string
	for _, row := range rows {
		ids = append(ids, row["CCM Control ID"])
	}
	if !slices.Equal(ids, []string{"BCR-08", "CEK-03", "IAM-08"}) {
		t.Fatalf("controls %v", ids)
	}
	for column, expected := range map[string]string{
		"SSRM Control Ownership": "CSC-owned", "verdict": "fail", "severity": "critical", "CSP Implementation Description": "", "activities": "3.1.1.4",
		"checks": pass.ID + " " + fail.ID, "service_id": s.Service.ID, "reading": reporttest.Of(s).Catalog.Reading,
		"CSC Implementation Description": pass.ID + ": pass, attached; " + fail.ID + ": fail, 2 findings",
	} {
		if rows[0][column] != expected {
			t.Errorf("%s is %q, expected %q", column, rows[0][column], expected)
		}
	}
	shared := rows[2]
	if shared["SSRM Control Ownership"] != "Shared CSP and CSC" || shared["verdict"] != "waived" || shared["waived_until"] != "2027-01-31" ||
		!strings.Contains(shared["CSC Implementation Description"], "waived until 2027-01-31 by A. Boss, requested by B. Clerk (a move)") ||
		!strings.Contains(shared["CSP Implementation Description"], "(RA), not assessed") || !strings.Contains(shared["CSC Responsibilities"], "(AI)") {
		t.Errorf("%v", shared)
	}
}

// A check whose parameters are looser than the profile's counts for no control.
func TestLooserChecksCountForNone(t *testing.T) {
	s := unmapped()
	maps(&s, "3.1.1.4", 1, "BCR-08") // its parameter is looser
	if rows := table(t, reporttest.Of(s)); len(rows) > 0 {
		t.Errorf("%v", rows)
	}
}

func TestOwners(t *testing.T) {
	for roles, expected := range map[[2]string]assessment.Owner{
		{"RA", ""}: assessment.CustomerOwned, {"RA", "I"}: assessment.CustomerOwned, {"I", "RA"}: assessment.ProviderOwned,
		{"AI", "RA"}: assessment.SharedOwned, {"", ""}: assessment.NotOwned, {"CI", "C"}: assessment.NotOwned,
	} {
		if owner := assessment.OwnerOf(roles[0], roles[1]); owner != expected {
			t.Errorf("%v: %q, expected %q", roles, owner, expected)
		}
	}
}
