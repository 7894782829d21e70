package assess_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
)

// advised is the advice of the cause of a section.
func advised(t *testing.T, a *assessment.Assessment, kind assessment.CauseKind, section string) string {
	t.Helper()
	for _, cause := range a.Services[0].Causes {
		if cause.Kind == kind && cause.Subject == section {
			return cause.Remediation
		}
	}
	t.Fatalf("%s is not %s", section, kind)
	return ""
}

// The advice about an absent fact says in which file and section it belongs, which fields checks need there, and which sources fill them.
func TestAdviceAboutAbsentFacts(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "evidence")
	if err := os.CopyFS(folder, os.DirFS(compliant)); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"keys", "exit_plan", "responsibilities"} {
		if err := os.Remove(filepath.Join(folder, name+".yaml")); err != nil {
			t.Fatal(err)
		}
	}
	cut := func(name, pattern string) {
		t.Helper()
		file := filepath.Join(folder, name+".yaml")
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		after := regexp.MustCompile(pattern).ReplaceAll(before, nil)
		if len(after) == len(before) {
			t.Fatalf("%s has no %s", file, pattern)
		}
		if err := os.WriteFile(file, after, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cut("data_security", `(?m)^  plaintext_key_search:.*\n(?:   .*\n)*`)
	cut("iam", `expires_at: [0-9TZ:-]+`)
	cut("kmip", `(?m)^  object_count: .*\n`)
	result := run(t, options(folder))
	for section, test := range map[string]struct {
		kind assessment.CauseKind
		says []string
		not  string
	}{
		"keys": {assessment.Absent, []string{
			"Write the section keys into ", "/keys.yaml: service_keys/*/id, ", " more. raci-check init writes it", "fields, raci-check collect can fill ", "with --from okms", "with --from ovhcloud",
		}, "source"},
		"exit_plan":        {assessment.Absent, []string{"/exit_plan.yaml: ", "No source of raci-check collect knows this"}, "--from"},
		"responsibilities": {assessment.Absent, []string{"owners/*/accountable, owners/*/activity, owners/*/approver, owners/*/deputy. "}, " more"},
		"data_security": {assessment.Incomplete, []string{
			"Add plaintext_key_search to the section data_security (", "/data_security.yaml), with ", "performed_on", "No source of raci-check collect knows this",
		}, "init"},
		"iam":  {assessment.Incomplete, []string{"Add policies/", "/expires_at to the section iam (", "raci-check collect can fill it, --from ovhcloud or --from terraform."}, " more"},
		"kmip": {assessment.Incomplete, []string{"Add object_count to the section kmip (", "raci-check collect can fill it, --from kmip"}, ", with"},
	} {
		got := advised(t, result, test.kind, section)
		for _, want := range test.says {
			if !strings.Contains(got, want) {
				t.Errorf("%s: the advice lacks %q: %s", section, want, got)
			}
		}
		if strings.Contains(got, test.not) || len(got) > 400 {
			t.Errorf("%s: the advice has %q, or is too long: %s", section, test.not, got)
		}
	}
}
