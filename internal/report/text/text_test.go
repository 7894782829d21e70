package text

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/verdict"
)

// A comparison fits a screen, whatever changed.
func TestAComparisonFitsAScreen(t *testing.T) {
	for _, folder := range []string{"e", "a/long/way/down/to/the/evidence/of/the/production/services/of/the/company"} {
		var list []diff.Change
		for i := range 300 {
			severity := verdict.Severities[i%len(verdict.Severities)]
			list = append(list, diff.Change{
				Service: assessment.ServiceID{ID: fmt.Sprintf("%08d-0000-4000-8000-000000000000", i%3), Name: fmt.Sprintf("payments-%d", i%3)},
				Check:   "cmk_access_policy.secrets_read_by_consumers", Severity: severity, Old: verdict.Pass, New: verdict.Fail, NotCounted: i%2 == 0,
				Findings: []assessment.Finding{{Message: "m", Location: verdict.Location{File: folder + "/iam.yaml", Line: i + 1, Column: 1}}},
			})
		}
		aged := slices.Clone(list)
		for i := range aged {
			aged[i].Aged = true
		}
		d := &diff.Diff{
			Worse: append(slices.Clone(list), aged...), Fixed: list, Accepted: list, Grown: list, NotAssessed: list, Gate: &diff.Gate{Result: verdict.Fail},
			Services: make([]diff.ServiceChange, 9), Rules: make([]diff.RuleChange, 9), Parameters: make([]diff.ParameterChange, 9), Waivers: make([]diff.WaiverChange, 9),
			Old: diff.Side{At: "2026-11-20T00:00:00Z", Result: verdict.Pass, PastAt: true}, New: diff.Side{At: "2026-11-20T00:00:00Z", Result: verdict.Fail, PastAt: true},
		}
		for _, width := range []int{60, 100, 200} {
			var out bytes.Buffer
			if err := WriteDiff(&out, d, Options{Screen: true, Width: width}); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			if lines := strings.Count(text, "\n"); lines > 50 {
				t.Errorf("%d lines at %d columns:\n%s", lines, width, text)
			}
			for _, want := range []string{"Regressions (the gravest ", "  critical  cmk_access_policy", "Changed besides: 9 services, 9 waivers, 9 parameters, 9 rules", "--details"} {
				if !strings.Contains(strings.Join(strings.Fields(text), " "), strings.Join(strings.Fields(want), " ")) {
					t.Errorf("it lacks %q:\n%s", want, text)
				}
			}
		}
	}
}

var update = flag.Bool("update", false, "write the golden files")

func write(t testing.TB, a *assessment.Assessment, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteFleet(&out, assessment.FleetOf(a), o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestWriteGolden(t *testing.T) {
	left := reporttest.Of(reporttest.Partial())
	left.Partial = true
	exact := reporttest.Of(reporttest.Compliant())
	for i := range exact.Policies.Parameters {
		exact.Policies.Parameters[i].Looser = false
	}
	for name, test := range map[string]struct {
		assessment *assessment.Assessment
		options    Options
	}{
		"fail_80":       {reporttest.Of(reporttest.Failing()), Options{Details: true, Width: 80}},
		"fail_120":      {reporttest.Of(reporttest.Failing()), Options{Details: true, Width: 120}},
		"fail_color":    {reporttest.Of(reporttest.Failing()), Options{Details: true, Width: 100, Color: true}},
		"fail_quiet":    {reporttest.Of(reporttest.Failing()), Options{Width: 80, Quiet: true}},
		"pass":          {exact, Options{Details: true}},
		"pass_quiet":    {exact, Options{Quiet: true}},
		"waived":        {reporttest.Of(reporttest.Accepted()), Options{Details: true, Width: 80}},
		"error":         {reporttest.Of(reporttest.Broken()), Options{Details: true, Width: 80}},
		"partial":       {left, Options{Details: true, Width: 80}},
		"chosen":        {left, Options{Width: 80}},
		"several":       {reporttest.Of(reporttest.Compliant(), reporttest.Failing(), reporttest.Accepted(), reporttest.Broken()), Options{Details: true, Width: 80}},
		"fleet_80":      {fleet(), Options{Width: 80}},
		"fleet_60":      {fleet(), Options{Width: 60}},
		"fleet_120":     {fleet(), Options{Width: 120}},
		"fleet_quiet":   {fleet(), Options{Width: 80, Quiet: true}},
		"fleet_pass":    {reporttest.Of(slices.Repeat([]assessment.Service{reporttest.Compliant()}, 6)...), Options{Width: 80}},
		"brief_60":      {reporttest.Of(reporttest.Failing()), Options{Width: 60}},
		"brief_100":     {reporttest.Of(reporttest.Failing()), Options{}},
		"brief_color":   {reporttest.Of(reporttest.Failing()), Options{Color: true}},
		"brief_high":    {reporttest.Of(reporttest.Failing()), Options{Least: verdict.High}},
		"brief_pass":    {exact, Options{}},
		"brief_waived":  {reporttest.Of(reporttest.Accepted()), Options{Width: 80}},
		"brief_error":   {reporttest.Of(reporttest.Broken()), Options{Width: 80}},
		"brief_several": {reporttest.Of(reporttest.Compliant(), reporttest.Failing(), reporttest.Accepted(), reporttest.Broken()), Options{Width: 80}},
		"several_quiet": {reporttest.Of(reporttest.Compliant(), reporttest.Failing(), reporttest.Accepted(), reporttest.Broken()), Options{Width: 80, Quiet: true}},
	} {
		t.Run(name, func(t *testing.T) {
			got := write(t, test.assessment, test.options)
			file := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s: %s", file, firstDifference(got, string(want)))
			}
		})
	}
}

// fleet is more services than are reported in full.
func fleet() *assessment.Assessment {
	var services []assessment.Service
	for i := range 40 {
		s := []func() assessment.Service{reporttest.Failing, reporttest.Compliant, reporttest.Accepted, reporttest.Compliant}[i%4]()
		if i == 7 {
			s = reporttest.Broken()
		}
		s.Service.ID = fmt.Sprintf("%08d-9a41-4a5e-8f0a-3b1b6a1f5c21", i)
		if i%12 == 0 {
			s.Service.Name = fmt.Sprintf("a service with a name that is rather long, number %d", i)
			s.Evidence[0].Path = fmt.Sprintf("finance/services/%d/all.yaml", i)
		}
		services = append(services, s)
	}
	return reporttest.Of(services...)
}

func TestWriteDetailsOfAFleet(t *testing.T) {
	got := write(t, fleet(), Options{Width: 80, Details: true})
	brief := write(t, fleet(), Options{Width: 80})
	overview, _, _ := strings.Cut(brief, "\nNext: ")
	if !strings.HasPrefix(got, overview) {
		t.Error("the details do not begin with the overview:", firstDifference(got, brief))
	}
	rules := strings.Count(got, strings.Repeat("─", 80))
	if rules != 40 {
		t.Errorf("%d services in full, wanted 40", rules)
	}
	last := verdict.Error
	for line := range strings.Lines(got) {
		for _, status := range []verdict.Status{verdict.Error, verdict.Fail, verdict.Waived, verdict.Pass} {
			if strings.HasPrefix(line, strings.ToUpper(string(status))+" ") && !strings.Contains(line, "—") {
				if verdict.WorstFirst(last, status) > 0 {
					t.Errorf("%s comes after %s", status, last)
				}
				last = status
			}
		}
	}
}

// Whatever the evidence and the names of its folders, one service fits a screen.
func TestWriteFitsAScreen(t *testing.T) {
	// The second folder's name leaves no room for a text beside a place.
	for _, folder := range []string{"", strings.Repeat("folder/", 10)} {
		fitsAScreen(t, folder)
	}
}

func fitsAScreen(t *testing.T, folder string) {
	t.Helper()
	s := reporttest.Failing()
	activity := reporttest.Activity(&s, "3.1.1.4")
	failing := slices.Clone(activity.Checks[1:3])
	for i := range 200 {
		check := failing[i%2]
		check.ID = fmt.Sprintf("backups.check_%d", i)
		check.Findings = slices.Clone(check.Findings)
		check.Findings[0].Message = strings.Repeat("a long message ", 40)
		check.Findings[0].Location.File = folder + check.Findings[0].Location.File
		if i%2 == 0 {
			check.Findings[0].Cause = &assessment.CauseKey{Kind: assessment.Artifact, Subject: fmt.Sprintf("exports/%d.json", i)}
		}
		activity.Checks = append(activity.Checks, check)
		s.Waivers = append(s.Waivers, assessment.Waiver{Check: check.ID, State: assessment.WaiverRejected, Note: strings.Repeat("long ", 60), Location: verdict.Location{File: folder + "waivers.yaml", Line: 1, Column: 1}})
		s.Accepted = append(s.Accepted, assessment.Share{What: strings.Repeat("keys ", 10), Accepted: 1, Of: 2})
	}
	for i := range s.Activities {
		if i%2 == 0 {
			s.Activities[i].Status, s.Activities[i].Reason = verdict.Error, strings.Repeat("an error of a policy ", 20)
		}
	}
	s.Settle()
	a := reporttest.Of(s)
	a.PastAt, a.DisputedNotCounted = true, true
	if got := write(t, a, Options{}); strings.Count(got, "\n") > 50 {
		t.Errorf("folder %q: %d lines:\n%s", folder, strings.Count(got, "\n"), got)
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return "\n got " + g[i] + "\nwant " + w[i]
		}
	}
	return "one is longer"
}

func TestWriteKeepsToTheWidth(t *testing.T) {
	for _, width := range []int{60, 80, 100, 120, 200} {
		for _, a := range []*assessment.Assessment{reporttest.Of(reporttest.Failing()), reporttest.Of(reporttest.Broken(), reporttest.Compliant(), reporttest.Accepted()), fleet()} {
			for line := range strings.Lines(write(t, a, Options{Width: width, Details: true}) + write(t, a, Options{Width: width})) {
				line = strings.TrimSuffix(line, "\n")
				if columns(line) > width {
					t.Errorf("width %d: %d columns: %s", width, columns(line), line)
				}
			}
		}
	}
}

func TestWriteIsPlainWithoutColor(t *testing.T) {
	colored := write(t, reporttest.Of(reporttest.Failing()), Options{Width: 80, Color: true, Details: true})
	for _, code := range []style{bold, dim, red, green, yellow} {
		colored = strings.ReplaceAll(colored, "\x1b["+string(code)+"m", "")
	}
	colored = strings.ReplaceAll(colored, "\x1b[0m", "")
	if got := write(t, reporttest.Of(reporttest.Failing()), Options{Width: 80, Details: true}); got != colored {
		t.Error("color changes more than SGR codes:", firstDifference(colored, got))
	}
}

func TestWriteOrdersTheWorstFirst(t *testing.T) {
	got := write(t, reporttest.Of(reporttest.Compliant(), reporttest.Accepted(), reporttest.Failing(), reporttest.Broken()), Options{Width: 80, Details: true})
	at := 0
	for _, name := range []string{
		"ERROR vault-dr", "service_logs.kinds_subscribed", "FAIL payments-prod", "backups.keys_covered", "backups.restore_tested", "key_management.within_crypto_period",
		"network_access.ranges_narrow", "service_logs.retention", "capacity.alerts_set", "control_panel_access.mfa", "WAIVED billing-prod", "PASS archive-prod",
	} {
		next := strings.Index(got[at:], name)
		if next < 0 {
			t.Fatalf("%s does not come next", name)
		}
		at += next
	}
}

func TestWriteDaysLeft(t *testing.T) {
	for name, test := range map[string]struct{ at, until, want string }{
		"days":             {"2026-11-20T23:59:59Z", "2027-01-31", " (72 days left)"},
		"one day":          {"2026-11-20T00:00:00Z", "2026-11-21", " (1 day left)"},
		"last day":         {"2026-11-20T23:00:00Z", "2026-11-20", " (its last day)"},
		"over":             {"2026-11-20T00:00:00Z", "2026-11-18", " (ended 2 days ago)"},
		"another zone":     {"2026-11-20T23:30:00-05:00", "2026-11-21", " (its last day)"},
		"unknown instant":  {"", "2026-11-21", ""},
		"unreadable dates": {"2026-11-20T00:00:00Z", "soon", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := reporttest.Of(reporttest.Accepted())
			a.At = test.at
			reporttest.Activity(&a.Services[0], "3.1.2.1").Checks[0].Waiver.ExpiresOn = test.until
			want := "waived:   by C. Roux until " + test.until + test.want + "\n"
			if got := write(t, a, Options{Details: true}); !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		})
	}
}

func TestWriteNeverTakesAnUnknownStatusForGood(t *testing.T) {
	for status, want := range map[verdict.Status]string{"": "NO VERDICT archive-prod", "dubious": "DUBIOUS archive-prod"} {
		s := reporttest.Compliant()
		s.Result = status
		if got := write(t, reporttest.Of(s), Options{Quiet: true}); !strings.HasPrefix(got, want) {
			t.Errorf("%q gives %s", status, got)
		}
	}
}

type full struct{ left int }

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWriteReturnsTheWritersError(t *testing.T) {
	for _, room := range []int{0, 5000} {
		if err := WriteFleet(&full{room}, assessment.FleetOf(reporttest.Of(reporttest.Failing())), Options{Details: true}); !errors.Is(err, errFull) {
			t.Errorf("with room for %d bytes: %v", room, err)
		}
	}
}
