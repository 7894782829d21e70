package policies_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// listed are the frameworks that have a file of their own: the form of their ids, and how many requirements their texts have.
var listed = map[string]struct {
	form  *regexp.Regexp
	count int
}{
	"nis2-recyf":      {regexp.MustCompile(`^([1-9]|1[0-9]|20)(\.[A-C])?\.[1-9][0-9]?-(EI/EE|EE|EI)$`), 152},
	"nis2-2024-2690":  {regexp.MustCompile(`^(([1-9]|1[0-3])(\.[1-9][0-9]?){1,2}(\.[a-l](\.[ivx]+)?)?|Directive 23\(4\)\([a-e]\))$`), 357},
	"dora":            {regexp.MustCompile(`^(2022/2554|2024/177[234]|2025/30[12]) [1-9][0-9]?$`), 98},
	"secnumcloud-3.2": {regexp.MustCompile(`^(([5-9]|1[0-9])(\.[1-9][0-9]?){1,2}\.[a-r]|Annexe 2 [b-di]\))$`), 282},
	"hds-2.0":         {regexp.MustCompile(`^EXI [0-3][0-9]$`), 31},
}

func TestFrameworksAreWhole(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	checks := map[string]bool{}
	for _, check := range load(t).set.Checks() {
		checks[check.ID] = true
	}
	ids, err := rules.FrameworkIDs()
	must(t, err)
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		if !slices.Contains(ids, id) {
			t.Errorf("there is no framework %s", id)
			continue
		}
		f, err := rules.Framework(id)
		must(t, err)
		for _, defect := range frameworkDefects(f, checks) {
			t.Errorf("%s: %s", id, defect)
		}
	}
	if files := len(ids) - len(policy.Frameworks) - 1; files != len(listed) { // the matrix has two versions
		t.Errorf("%d frameworks have a file, %d are tested here: %q", files, len(listed), ids)
	}
}

func frameworkDefects(f framework.Framework, checks map[string]bool) []string {
	defects := describedDefects(f.Title, f.Publisher, f.Version, f.Published, f.Source, f.List)
	want := listed[f.ID]
	if len(f.Requirements) != want.count {
		defects = append(defects, fmt.Sprintf("%d requirements, expected %d", len(f.Requirements), want.count))
	}
	for _, r := range f.Requirements {
		if !want.form.MatchString(r.ID) {
			defects = append(defects, fmt.Sprintf("%q is no id of this framework", r.ID))
		}
		if strings.Join(strings.Fields(r.Title), " ") != r.Title || len(r.Title) > 150 {
			defects = append(defects, fmt.Sprintf("%s has the title %q", r.ID, r.Title))
		}
		for _, check := range slices.Sorted(maps.Keys(r.Checks)) {
			if !checks[check] {
				defects = append(defects, fmt.Sprintf("%s names the check %s, which is not there", r.ID, check))
			}
			if strings.HasSuffix(check, ".evidence_consistent") {
				defects = append(defects, fmt.Sprintf("%s names %s, which is about the evidence and not about a requirement", r.ID, check))
			}
		}
	}
	return defects
}

func TestFrameworkDefectsAreFound(t *testing.T) {
	sound := framework.Framework{ID: "hds-2.0", Title: "T", Publisher: "P", Version: "2", Published: "2024-05", Source: "https://example.com", List: "All."}
	for i := range listed["hds-2.0"].count {
		sound.Requirements = append(sound.Requirements, framework.Requirement{ID: fmt.Sprintf("EXI %02d", i+1), Title: "T"})
	}
	checks := map[string]bool{"duty.check": true, "duty.evidence_consistent": true}
	if defects := frameworkDefects(sound, checks); len(defects) > 0 {
		t.Fatalf("the sound framework has defects: %q", defects)
	}
	for name, test := range map[string]struct {
		requirement framework.Requirement
		want        string
	}{
		"a foreign id":            {framework.Requirement{ID: "5.1", Title: "T"}, `"5.1" is no id`},
		"a title with two blanks": {framework.Requirement{ID: "EXI 01", Title: "a  b"}, "EXI 01 has the title"},
		"prose in place of one":   {framework.Requirement{ID: "EXI 01", Title: strings.Repeat("a", 151)}, "EXI 01 has the title"},
		"a check that is not":     {framework.Requirement{ID: "EXI 01", Title: "T", Checks: map[string]framework.Relation{"duty.other": "part"}}, "which is not there"},
		"a check of the evidence": {framework.Requirement{ID: "EXI 01", Title: "T", Checks: map[string]framework.Relation{"duty.evidence_consistent": "part"}}, "about the evidence"},
	} {
		broken := sound
		broken.Requirements = append([]framework.Requirement{test.requirement}, sound.Requirements[1:]...)
		if defects := strings.Join(frameworkDefects(broken, checks), "; "); !strings.Contains(defects, test.want) {
			t.Errorf("%s: %q, expected %q", name, defects, test.want)
		}
	}
}

// The mapping is sparse: few requirements are shown in full, and every framework has requirements that no check is about.
func TestFewRequirementsAreShownInFull(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	ids, err := rules.FrameworkIDs()
	must(t, err)
	for _, id := range ids {
		f, err := rules.Framework(id)
		must(t, err)
		full, without := 0, 0
		for _, r := range f.Requirements {
			if len(r.Checks) == 0 {
				without++
			}
			if slices.Contains(slices.Collect(maps.Values(r.Checks)), framework.Full) {
				full++
			}
		}
		if full > len(f.Requirements)/10 || without == 0 && id != "pci-dss-4.0.1" { // of which only the mapped requirements are listed
			t.Errorf("%s: %d of %d requirements are shown in full by a check, %d have none", id, full, len(f.Requirements), without)
		}
	}
}

// The newer version of the matrix has all its controls, which are more than those of today.
func TestTheNewMatrixIsWhole(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	f, err := rules.Framework("ccm-4.1")
	must(t, err)
	ids := map[string]bool{}
	for _, r := range f.Requirements {
		ids[r.ID] = true
		if !forms["ccm"].MatchString(r.ID) {
			t.Errorf("%q is no id of the matrix", r.ID)
		}
	}
	if len(ids) != 207 || f.Partial {
		t.Errorf("%d controls, expected 207", len(ids))
	}
}

// Where the text of a requirement stands beside the rule of the check, these show nothing of it.
func TestChecksOfAnotherQuestionAreOnlyRelated(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	for _, row := range []struct{ framework, requirement, check, because string }{
		{"hds-2.0", "EXI 28", "service_location.residency_kept", "the countries are those of the customer's own decision, not the Economic Area"},
		{"hds-2.0", "EXI 28", "service_location.workloads_in_allowed_countries", "the countries are those of the customer's own decision"},
		{"hds-2.0", "EXI 28", "service_location.copies_in_allowed_countries", "the countries are those of the customer's own decision"},
		{"hds-2.0", "EXI 27", "reversibility.retrieval_agreed", "the contract is the one with the provider, not the host's with its client"},
		{"hds-2.0", "EXI 13", "administration.raci_reviewed", "the split is the one with the provider, not the host's with its client"},
		{"secnumcloud-3.2", "12.5.d", "service_location.copies_in_allowed_countries", "the countries are those of the customer's own decision"},
		{"secnumcloud-3.2", "19.2.b", "service_location.residency_kept", "the countries are those of the customer's own decision"},
		{"nis2-recyf", "18.3-EE", "administration.configuration_managed", "the code may itself be insecure"},
		{"nis2-recyf", "20.6-EE", "service_logs.archive_protected", "an encrypted archive can be lost all the same"},
		{"nis2-recyf", "10.C.4-EI/EE", "backups.access_reviewed", "what is reviewed is the log of accesses, not the rights"},
		{"iso-27001", "5.18", "backups.access_reviewed", "what is reviewed is the log of accesses, not the rights"},
		{"ccm-4.0", "IAM-08", "backups.access_reviewed", "what is reviewed is the log of accesses, not the rights"},
		{"csf-2.0", "PR.AA-05", "backups.access_reviewed", "what is reviewed is the log of accesses, not the rights"},
		{"dora", "2024/1774 7", "cmk_access_policy.certificates_permitted", "a policy for each certificate is no register of certificates"},
	} {
		f, err := rules.Framework(row.framework)
		must(t, err)
		at := slices.IndexFunc(f.Requirements, func(r framework.Requirement) bool { return r.ID == row.requirement })
		if at < 0 {
			t.Errorf("%s has no %s", row.framework, row.requirement)
			continue
		}
		if relation := f.Requirements[at].Checks[row.check]; relation != framework.Related {
			t.Errorf("%s %s: %s shows it %q, expected related: %s", row.framework, row.requirement, row.check, relation, row.because)
		}
	}
}
