package assess_test

import (
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sandbox/sandboxtest"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/internal/verdict"
)

// The test's own binary is the process that evaluates what was added. Tests let memory be collected seldom: they make and drop thousands
// of evaluations.
func TestMain(m *testing.M) {
	sandboxtest.Work()
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// A helper that somebody adds may make a shared one lenient; it does so for what was added alone.
func TestAddedRulesChangeNothingThatShippedChecksFind(t *testing.T) {
	testhelp.Long(t, "compiles all policies four times, in two processes")
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/acme")); err != nil {
		t.Fatal(err)
	}
	lenient := "package lib\n\nfilled(_)\n\ndistinct(_, _)\n\nwithin_days(_, _)\n\naccepted(_, _)\n"
	if err := os.MkdirAll(filepath.Join(dir, "lib"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "lib", "lenient.rego"), []byte(lenient), 0o644); err != nil {
		t.Fatal(err)
	}
	with, err := rules(t).With([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	o := options("../../evidence/gaps")
	shipped, err := assess.Run(t.Context(), rules(t), o)
	if err != nil {
		t.Fatal(err)
	}
	together, err := assess.Run(t.Context(), with, o)
	if err != nil {
		t.Fatal(err)
	}
	o.Worker = []string{os.Args[0], sandboxtest.Argument}
	apart, err := assess.Run(t.Context(), with, o)
	if err != nil {
		t.Fatal(err)
	}
	// So it is where the shipped ones are somebody else's, as those of an archive are.
	foreign, err := rules(t).Foreign().With([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	combined, err := assess.Run(t.Context(), foreign, o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(apart, combined); diff != "" {
		t.Error(diff)
	}
	if cmp.Diff(checks(shipped), checks(together)) == "" {
		t.Error("the lenient helpers change nothing even in one process: this test shows nothing")
	}
	if diff := cmp.Diff(checks(shipped), checks(apart)); diff != "" {
		t.Error(diff)
	}
}

// checks are the verdicts on the shipped checks, by id.
func checks(a *assessment.Assessment) map[string]assessment.Check {
	byID := map[string]assessment.Check{}
	for _, activity := range a.Services[0].Activities {
		for _, check := range activity.Checks {
			if !strings.Contains(check.ID, "_acme.") {
				byID[check.ID] = check
			}
		}
	}
	return byID
}

// Policies that are somebody else's as a whole, as those of an archive are, find the same in their own process.
func TestForeignPoliciesFindTheSame(t *testing.T) {
	t.Parallel()
	o := options("../../evidence/gaps")
	shipped, err := assess.Run(t.Context(), rules(t), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Worker = []string{os.Args[0], sandboxtest.Argument}
	foreign, err := assess.Run(t.Context(), rules(t).Foreign(), o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(shipped, foreign); diff != "" {
		t.Error(diff)
	}
	o.Worker = []string{"/nowhere/worker"}
	if _, err := assess.Run(t.Context(), rules(t).Foreign(), o); err == nil {
		t.Error("they are evaluated without their own process")
	}
}

// Shipped policies are judged to their end, however short the time for others is: no verdict depends on what else the machine does. An
// added one that takes too long is an error that names the limit.
func TestShippedPoliciesHaveNoTimeLimit(t *testing.T) {
	o := options("../../evidence/gaps")
	expected := encode(t, run(t, o))
	o.PolicyTime = time.Nanosecond
	if got := encode(t, run(t, o)); got != expected {
		t.Error("the time for added policies changes what shipped ones find")
	}
	with, err := rules(t).With([]string{"../../examples/acme"})
	if err != nil {
		t.Fatal(err)
	}
	late, err := assess.Run(t.Context(), with, o)
	if err != nil {
		t.Fatal(err)
	}
	if report := encode(t, late); late.Result != verdict.Error || !strings.Contains(report, "--policy-time allows more") {
		t.Errorf("the result is %s", late.Result)
	}
}
