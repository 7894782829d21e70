package assess_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/verdict"
)

const published = "published-2025-10-21"

// byBoth assesses under the default reading and under the published one, and checks that the first says of the second what the
// second says itself.
func byBoth(t *testing.T, o assess.Options) (first, second *assessment.Assessment) {
	t.Helper()
	first = run(t, o)
	o.Reading = published
	second = run(t, o)
	for i, s := range first.Services {
		by := s.Dispute.Readings[1]
		want := maps.Clone(second.Services[i].Summary)
		delete(want, verdict.Inherited)
		delete(want, verdict.NotSelected)
		if by.Reading != published || by.Result != second.Services[i].Result || !maps.Equal(by.Summary, want) || len(by.NotKnown) > 0 {
			t.Errorf("%s: by %s it is said to be %+v, and is %s %v", s.Service.Name, published, by, second.Services[i].Result, want)
		}
		if second.Services[i].Dispute != nil {
			t.Errorf("a reading that was chosen disputes: %+v", second.Services[i].Dispute)
		}
	}
	if len(second.Readings) > 0 || first.Readings[0].Result != first.Result || first.Readings[1].Result != second.Result {
		t.Errorf("results by reading are %+v and %+v, the results %s and %s", first.Readings, second.Readings, first.Result, second.Result)
	}
	return first, second
}

func TestTheVerdictByTheOtherReadingIsTheOneItGives(t *testing.T) {
	t.Parallel()
	examples := options(compliant, gaps)
	examples.Paths = append(examples.Paths, filepath.Join(filepath.Dir(compliant), "small"))
	byBoth(t, examples)

	const header = "api_version: raci-check/v1\nkind: Waivers\nwaivers:\n"
	waive := func(checks ...string) string {
		text := header
		for _, check := range checks {
			text += fmt.Sprintf("  - {check: %s, reason: the team decided so, requested_by: julien.faure@arvella.example, approved_by: claire.moreau@arvella.example, approved_on: 2026-11-02, expires_on: 2027-03-01, accepts_missing: true}\n", check)
		}
		return text
	}
	t.Run("a disputed duty alone fails", func(t *testing.T) {
		first, second := byBoth(t, options(unreviewed(t, "")))
		if first.Result != verdict.Fail || second.Result != verdict.Pass || first.Services[0].Dispute.Undisputed.Result != verdict.Pass {
			t.Errorf("%s and %s; %+v", first.Result, second.Result, first.Services[0].Dispute)
		}
	})
	t.Run("waivers of disputed duties", func(t *testing.T) {
		first, second := byBoth(t, options(unreviewed(t, waive("backups.policy_owned"))))
		if first.Result != verdict.Waived || second.Result != verdict.Pass {
			t.Errorf("%s and %s", first.Result, second.Result)
		}
	})
	// Waivers cover more than a fifth of the checks, and by the published reading fewer.
	t.Run("too many waivers by one reading", func(t *testing.T) {
		base := run(t, options(gaps))
		var checks []string
		for _, activity := range base.Services[0].Activities {
			for _, check := range activity.Checks {
				undisputed := !activity.Disputed && (activity.ID == "3.2.1.1" || activity.ID == "1.1.1")
				if check.Status.Bad() && (activity.Disputed || undisputed) {
					checks = append(checks, check.ID)
				}
			}
		}
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(gaps)); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, "accepted.yaml"), strings.NewReplacer("julien.faure@arvella.example", "karim.saidi@nordmer.example", "claire.moreau@arvella.example", "helene.vidal@nordmer.example").Replace(waive(checks...)))
		first, second := byBoth(t, options(dir))
		if a, b := first.Services[0].Summary[verdict.Waived], second.Services[0].Summary[verdict.Waived]; a > 0 || b == 0 {
			t.Errorf("%d duties are waived by the first reading, %d by the second", a, b)
		}
	})
	t.Run("only chosen duties", func(t *testing.T) {
		o := options(gaps)
		o.Duties = []string{"subscription_data", "key_selection"}
		byBoth(t, o)
		o.Duties = []string{"backups"}
		if by := run(t, o).Services[0].Dispute.Readings[1]; by.Result != "" || len(by.Summary) > 0 {
			t.Errorf("none of its duties was chosen: %+v", by)
		}
	})
}

// unreviewed is the compliant evidence with an old review of the backup policy, and a file of waivers where there is a text.
func unreviewed(t *testing.T, waivers string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(compliant)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "backups.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "reviewed_on: 2026-05-06", "reviewed_on: 2024-05-06", 1)
	if changed == string(text) {
		t.Fatal("nothing was changed")
	}
	put(t, file, changed)
	if waivers != "" {
		put(t, filepath.Join(dir, "accepted.yaml"), waivers)
	}
	return dir
}

// One folder is read under both readings, with declarations and documents that only one of them asks for.
func TestEvidenceForOneReadingIsReadUnderBoth(t *testing.T) {
	const declared = `api_version: raci-check/v1
kind: Evidence
metadata:
  service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21, name: payments-prod, region: eu-west-par}
not_applicable:
  - {activity: 3.1.1.4, reason: OVHcloud manages the backups, declared_by: julien.faure@arvella.example, approved_by: claire.moreau@arvella.example, declared_on: 2026-11-02}
  - {activity: 3.1.3.4, reason: the customer has no device, declared_by: julien.faure@arvella.example, approved_by: claire.moreau@arvella.example, declared_on: 2026-11-02}
`
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(compliant)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "not-applicable.yaml"), declared)
	assurance := filepath.Join(dir, "assurance.yaml")
	text, err := os.ReadFile(assurance)
	if err != nil {
		t.Fatal(err)
	}
	put(t, assurance, strings.Replace(string(text), `["2.1.1", "2.1.2", "3.1.2.2"]`, `["2.1.1", "2.1.2", "3.1.2.2", "3.1.1.4"]`, 1))
	first, second := byBoth(t, options(dir))
	of := func(a *assessment.Assessment, id string) assessment.Activity {
		for _, activity := range a.Services[0].Activities {
			if activity.ID == id {
				return activity
			}
		}
		t.Fatal(id)
		return assessment.Activity{}
	}
	backups := of(first, "3.1.1.4")
	if backups.Status != verdict.Pass || backups.NotApplicable == nil || backups.NotApplicable.Accepted || backups.NotApplicable.Note == "" {
		t.Errorf("a declaration that the catalog does not allow: %s, %+v", backups.Status, backups.NotApplicable)
	}
	if len(backups.Assurance) != 1 {
		t.Errorf("the provider's document about a disputed duty is not shown: %+v", backups.Assurance)
	}
	if devices := of(first, "3.1.3.4"); devices.Status != verdict.Fail || devices.NotApplicable.Accepted {
		t.Errorf("a declaration that the evidence contradicts: %s, %+v", devices.Status, devices.NotApplicable)
	}
	for _, id := range []string{"3.1.1.4", "3.1.3.4"} {
		if activity := of(second, id); activity.Status != verdict.Inherited || activity.NotApplicable != nil {
			t.Errorf("by the other reading, %s is %s, %+v", id, activity.Status, activity.NotApplicable)
		}
	}
	if got := of(second, "3.1.1.4"); len(got.Assurance) != 1 {
		t.Errorf("documents about the provider's activity: %+v", got.Assurance)
	}
	// A duty of both readings cannot be declared away under either.
	put(t, filepath.Join(dir, "not-applicable.yaml"), strings.Replace(declared, "3.1.1.4", "3.1.1.5", 1))
	for _, reading := range []string{"kb0065221", published} {
		o := options(dir)
		o.Reading = reading
		if _, err := assess.Run(t.Context(), rules(t), o); err == nil || !strings.Contains(err.Error(), "cannot be declared not applicable") {
			t.Errorf("%s: %v", reading, err)
		}
	}
}
