package assessment_test

import (
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
)

func TestAProfilesLooserValueCountsForItsOwnFramework(t *testing.T) {
	for _, test := range []struct {
		profile, framework string
		counts             bool
	}{
		{"iso-27001", "iso-27001", true},
		{"iso-27001", "iso_27001", true},
		{"pci-dss-4.0.1", "pci_dss", true},
		{"pci-dss-4.0.1", "pci-dss-4.0.1", true},
		{"nis2", "nis2-recyf", true},
		{"iso-27001", "pci_dss", false},
		{"iso-27001", "dora", false},
		{"dora-relaxed", "dora", false},
		{"acme", "iso-27001", false},
		{"nis", "nis2-recyf", false},
	} {
		milder := assessment.Milder{Parameter: "days", Profiles: []string{"other", test.profile}}
		if got := milder.CountsFor(test.framework); got != test.counts {
			t.Errorf("a value of %s counts for %s: %v", test.profile, test.framework, got)
		}
		check := assessment.Check{Milder: []assessment.Milder{milder}, Looser: []assessment.Looser{{Parameter: "days"}}}
		if check.CountsFor(test.framework) {
			t.Errorf("a value that is looser than the profile counts for %s", test.framework)
		}
	}
}
