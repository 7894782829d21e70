package report_test

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	gojunit "github.com/joshdk/go-junit"

	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/report/junit"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/report/text"
)

// testFormats are the formats of a report of tests.
var testFormats = map[string]func(io.Writer, *policytest.Report) error{
	"tests.txt": func(w io.Writer, r *policytest.Report) error { return text.WriteTests(w, r, text.Options{}) },
	"tests-verbose.txt": func(w io.Writer, r *policytest.Report) error {
		return text.WriteTests(w, r, text.Options{Verbose: true})
	},
	"tests.xml": junit.WriteTests,
}

func TestReportsOfTests(t *testing.T) {
	for name, write := range testFormats {
		var out bytes.Buffer
		if err := write(&out, reporttest.Tests()); err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + name
		if *update {
			if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), out.String()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestNoReportOfTestsObeysPolicies(t *testing.T) {
	for name, text := range harmful {
		for format, write := range testFormats {
			t.Run(format+"/"+name, func(t *testing.T) {
				var out bytes.Buffer
				if err := write(&out, reporttest.HostileTests(text)); err != nil {
					t.Fatal(err)
				}
				obeys(t, format, out.String())
			})
		}
	}
}

func TestJUnitOfTests(t *testing.T) {
	var out bytes.Buffer
	if err := junit.WriteTests(&out, reporttest.Tests()); err != nil {
		t.Fatal(err)
	}
	suites, err := gojunit.Ingest(out.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]gojunit.Status{}
	for _, suite := range suites {
		for _, test := range suite.Tests {
			got[test.Classname+"."+test.Name] = test.Status
		}
	}
	want := map[string]gojunit.Status{
		"okms.backups_mine_test.test_fixture_is_good": gojunit.StatusPassed,
		"okms.backups_mine_test.test_held_fails":      gojunit.StatusFailed,
		"okms.backups_mine_test.test_held_missing":    gojunit.StatusError,
		"okms.backups_mine_test.todo_test_later":      gojunit.StatusSkipped,
		"thresholds.threshold_1":                      gojunit.StatusFailed,
		"thresholds.threshold_2":                      gojunit.StatusFailed,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
