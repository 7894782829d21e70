package assess_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/verdict"
)

// The evidence of a company that meets the baseline, checked against the other profiles. What fails there is what the
// framework asks for beyond it; all of it was good by the baseline.
func TestCompliantEvidenceByProfile(t *testing.T) {
	for profile, bad := range map[string][]string{
		"baseline": nil,
		"pci-dss-4.0.1": {
			"administration.runbooks_current",              // no procedures for identities given and taken away
			"cmk_access_policy.break_glass_ends",           // the emergency policy ends in more than a month
			"cmk_access_policy.certificates_current",       // a certificate of the test environment is good for longer than 90 days
			"incidents.key_compromise_playbook",            // the playbook does not say how the business recovers
			"management_infrastructure.pipelines_approved", // one pipeline asks for one approval, not for two
			"service_location.residency_decided",           // decided more than a year ago
		},
		"secnumcloud-3.2": {
			"administration.runbooks_current",        // no procedures for identities given and taken away
			"backups.restore_tested",                 // two jobs were restored within the year, but not within 90 days
			"cmk_access_policy.break_glass_ends",     // the emergency policy ends in more than a month
			"control_panel_access.mfa",               // four users have codes (TOTP), no keys
			"control_plane_logs.retention",           // searchable for 100 and 120 days, not for six months
			"data_continuity.fallback_tested",        // tried within the year, but not within half of it
			"management_infrastructure.secrets_kept", // a secret is a variable of the CI system
			"service_location.aligned",               // an exception is good for longer than a quarter
			"service_location.residency_decided",     // decided more than a year ago
			"service_logs.archive_restored",          // restored within the year, but not within half of it
			"service_logs.retention",                 // searchable for 100 and 120 days, not for six months
		},
		"iso-27001": {
			"administration.runbooks_current",    // no procedures for identities given and taken away
			"service_location.residency_decided", // decided more than a year ago
		},
	} {
		t.Run(profile, func(t *testing.T) {
			o := options(compliant)
			o.Profiles = []string{profile}
			result := run(t, o)
			var got []string
			for _, activity := range result.Services[0].Activities {
				for _, check := range activity.Checks {
					if check.Status != verdict.Pass && check.Status != verdict.NotApplicable {
						got = append(got, check.ID)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, bad) {
				t.Errorf("bad are %q, wanted %q", got, bad)
			}
			if result.Policies.Profile != profile || !slices.Equal(result.Policies.Profiles, []string{profile}) {
				t.Errorf("profile %q, profiles %q", result.Policies.Profile, result.Policies.Profiles)
			}
		})
	}
}

// A file of parameters is checked against what the profiles together ask for, whatever the order of their names.
func TestOverridesAreHeldAgainstAllProfiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(file, []byte(`api_version: raci-check/v1
kind: Parameters
parameters:
  access_review_max_age_days: 183
  network_review_max_age_days: 150
`), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options(compliant)
	o.Profiles, o.Params = []string{"secnumcloud-3.2", "iso-27001"}, file
	result := run(t, o)
	o.Profiles = []string{"iso-27001", "secnumcloud-3.2"}
	if encode(t, result) != encode(t, run(t, o)) {
		t.Error("the order of the profiles matters")
	}
	type row struct {
		setBy  string
		looser bool
	}
	wanted := map[string]row{
		"access_review_max_age_days":       {file, true},  // 92 by secnumcloud-3.2
		"network_review_max_age_days":      {file, false}, // 183 by the baseline, which secnumcloud-3.2 leaves as it is
		"policy_review_max_age_days":       {"secnumcloud-3.2", false},
		"log_review_max_age_hours":         {"baseline", false}, // iso-27001 is looser
		"residency_decision_max_age_days":  {"iso-27001, secnumcloud-3.2", false},
		"backup_restore_test_max_age_days": {"secnumcloud-3.2", false},
	}
	for _, p := range result.Policies.Parameters {
		if want, named := wanted[p.Name]; named && (p.SetBy != want.setBy || p.Looser != want.looser) {
			t.Errorf("%+v, wanted %+v", p, want)
		}
	}
}
