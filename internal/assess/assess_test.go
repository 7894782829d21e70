package assess_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
	"github.com/raci-check/raci-check/policies"
)

func rules(t testing.TB) ruleset.Ruleset {
	t.Helper()
	r, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = r.WithSnapshot(policies.Snapshot); err != nil {
		t.Fatal(err)
	}
	return r
}

func options(paths ...string) assess.Options {
	return assess.Options{
		Paths: paths, At: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC),
		Reading: "kb0065221", Profiles: []string{"baseline"},
	}
}

func run(t testing.TB, o assess.Options) *assessment.Assessment {
	t.Helper()
	result, err := assess.Run(t.Context(), rules(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func encode(t testing.TB, a *assessment.Assessment) string {
	t.Helper()
	var out bytes.Buffer
	if err := a.WriteJSON(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const (
	compliant = "../../evidence/compliant"
	gaps      = "../../evidence/gaps"
)

func TestTheWorkedExamples(t *testing.T) {
	good := run(t, options(compliant))
	if good.Result != verdict.Pass || good.Services[0].Summary[verdict.Pass] != 21 || good.Services[0].Summary[verdict.Inherited] != 10 {
		t.Errorf("the compliant company: %s %v", good.Result, good.Services[0].Summary)
	}
	if len(good.Services[0].Activities) != 31 {
		t.Errorf("%d activities", len(good.Services[0].Activities))
	}
	bad := run(t, options(gaps))
	duties, kinds := 0, map[verdict.Status]int{}
	for _, activity := range bad.Services[0].Activities {
		if activity.Status.Bad() {
			duties++
		}
		for _, check := range activity.Checks {
			for _, finding := range check.Findings {
				kinds[finding.Status]++
				if finding.File == "" || finding.Line == 0 || finding.Column == 0 || finding.Message == "" || finding.Remediation == "" {
					t.Errorf("%s: a finding without a place, a reason or a remediation: %+v", check.ID, finding)
				}
			}
		}
	}
	if bad.Result != verdict.Fail || duties < 12 || kinds[verdict.Fail] == 0 || kinds[verdict.Missing] == 0 {
		t.Errorf("the company with gaps: %s, %d bad duties, findings %v", bad.Result, duties, kinds)
	}
}

func TestReportsAreTheSameToTheByte(t *testing.T) {
	files, err := filepath.Glob(gaps + "/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	whole := run(t, options(gaps))
	if !slices.Equal(whole.Inputs.Trees, []string{gaps}) {
		t.Errorf("folders that were given: %v", whole.Inputs.Trees)
	}
	whole.Inputs.Trees = nil // of files that are named one by one there is none
	if err := whole.Seal(); err != nil {
		t.Fatal(err)
	}
	want := encode(t, whole)
	for i := range testhelp.Rounds(20, 4) {
		previous := runtime.GOMAXPROCS([]int{1, 8}[i%2])
		rand.Shuffle(len(files), func(a, b int) { files[a], files[b] = files[b], files[a] })
		got := encode(t, run(t, options(files...)))
		runtime.GOMAXPROCS(previous)
		if got != want {
			t.Fatalf("run %d differs:\n%s", i, cmp.Diff(want, got))
		}
	}
}

// What is compiled ahead judges as the sources do, to the byte.
func TestCompiledAheadChangesNothing(t *testing.T) {
	t.Parallel()
	sources, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{compliant, gaps} {
		plain, err := assess.Run(t.Context(), sources, options(folder))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(encode(t, plain), encode(t, run(t, options(folder)))); diff != "" {
			t.Error(diff)
		}
	}
}

func TestReportsFitTheirSchema(t *testing.T) {
	form, err := schema.Compile("assessment", assessment.JSONSchema)
	if err != nil {
		t.Fatal(err)
	}
	partial := options(gaps)
	partial.Duties = []string{"backups"}
	published := options(compliant)
	published.Reading = "published-2025-10-21"
	for _, o := range []assess.Options{options(compliant), options(gaps), partial, published, options(compliant, gaps)} {
		doc, err := document.Parse("report.json", []byte(encode(t, run(t, o))), document.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		if err := form.Validate(doc); err != nil {
			t.Error(err)
		}
	}
}

func TestPublishedSchemasAreSchemas(t *testing.T) {
	format, err := rules(t).Format()
	if err != nil {
		t.Fatal(err)
	}
	parameters, err := rules(t).Parameters("baseline")
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{
		"evidence": format.Schema, "params": parameters.Schema(), "waivers": waiver.Schema, "assessment": assessment.JSONSchema,
	} {
		if err := schema.Verify(name, raw); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheDigestFollowsWhatDecides(t *testing.T) {
	digest := func(change func(dir string)) string {
		dir := t.TempDir()
		if err := os.CopyFS(dir, policies.FS); err != nil {
			t.Fatal(err)
		}
		change(dir)
		r, err := ruleset.Open(os.DirFS(dir), "okms")
		if err != nil {
			t.Fatal(err)
		}
		sum, err := r.Digest()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	touch := func(name string) func(string) {
		return func(dir string) {
			file, err := os.OpenFile(filepath.Join(dir, name), os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := file.WriteString("\n"); err != nil {
				t.Fatal(err)
			}
			file.Close()
		}
	}
	same := digest(func(string) {})
	for name, decides := range map[string]bool{
		"okms/backups/backups.rego": true, "lib/time.rego": true, "okms/schema/backups.json": true, "okms/reference/regions.yaml": true,
		"okms/backups/backups_test.rego": false, "okms/catalog.yaml": false, "okms/profiles/baseline/backups.yaml": false,
	} {
		if changed := digest(touch(name)) != same; changed != decides {
			t.Errorf("a change of %s changes the digest: %v, wanted %v", name, changed, decides)
		}
	}
}

func TestParametersAreShownAndUsed(t *testing.T) {
	t.Chdir(t.TempDir())
	write := func(name, content string) {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	root, err := filepath.Abs(filepath.Join(origin, compliant))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		line   string
		result verdict.Status
		looser bool
	}{
		"stricter":          {"backup_retention_min_days: 500", verdict.Fail, false},
		"looser":            {"backup_retention_min_days: 7", verdict.Pass, true},
		"the same":          {"backup_retention_min_days: 30.0", verdict.Pass, false},
		"a larger subset":   {"api_client_kinds: [oauth2_service_account, personal_access_token, application_key]", verdict.Pass, true},
		"a larger superset": {"contact_roles: [administrative, technical, billing, security, privacy, press]", verdict.Fail, false},
	} {
		t.Run(name, func(t *testing.T) {
			write("p.yaml", "api_version: raci-check/v1\nkind: Parameters\nparameters:\n  "+test.line+"\n")
			o := options(root)
			o.Params = "p.yaml"
			result := run(t, o)
			if result.Result != test.result {
				t.Errorf("result %s, wanted %s", result.Result, test.result)
			}
			changed, _, _ := strings.Cut(test.line, ":")
			for _, p := range result.Policies.Parameters {
				if p.Name == changed && (p.Looser != test.looser || p.SetBy != "p.yaml") {
					t.Errorf("parameter %+v", p)
				}
			}
		})
	}
}

// origin is the folder that the tests begin in.
var origin = func() string {
	dir, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	return dir
}()

func TestErrorsByKind(t *testing.T) {
	unknown := options(compliant)
	unknown.Duties = []string{"backup"}
	_, err := assess.Run(t.Context(), rules(t), unknown)
	var duty *assess.UnknownDutyError
	if !errors.As(err, &duty) || len(duty.Known) != 21 {
		t.Errorf("an unknown duty gives %v", err)
	}
	hosting := options(compliant)
	hosting.Duties = []string{"hosting"}
	if _, err := assess.Run(t.Context(), rules(t), hosting); !errors.As(err, &duty) {
		t.Errorf("an activity of the provider gives %v", err)
	}
	absent := options(compliant)
	absent.Params = "nowhere.yaml"
	if _, err := assess.Run(t.Context(), rules(t), absent); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there gives %v", err)
	}
}

// Evidence that assess would not read is not made an input of OPA either.
func TestInputsKeepToTheFileSize(t *testing.T) {
	o := options(compliant)
	o.MaxFileSize = 1 << 10
	var errs document.Errors
	if _, _, err := assess.Inputs(rules(t), o); !errors.As(err, &errs) || !errors.Is(err, document.TooLarge) {
		t.Errorf("%v", err)
	}
	o.MaxFileSize = 0
	if inputs, _, err := assess.Inputs(rules(t), o); err != nil || len(inputs) != 1 {
		t.Errorf("%d inputs, %v", len(inputs), err)
	}
}

// Names are relative to the folder that is passed, wherever the process works.
func TestNamesAreRelativeToTheBase(t *testing.T) {
	o := options("compliant")
	o.Base = "../../evidence"
	report := run(t, o)
	if report.Result != verdict.Pass {
		t.Errorf("the result is %s", report.Result)
	}
	for _, file := range report.Services[0].Evidence {
		if !strings.HasPrefix(file.Path, "compliant/") {
			t.Errorf("a file is called %s", file.Path)
		}
	}
	if folders := report.Inputs.Folders; !slices.Equal(folders, []string{"compliant"}) {
		t.Errorf("folders %v", folders)
	}
}
