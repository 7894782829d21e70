package junit

import (
	"fmt"
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// WriteTests writes what came of trying policies: a suite for each test package, a case for each test, and a suite for the
// thresholds that are missed.
func WriteTests(w io.Writer, r *policytest.Report) error {
	all := suites{Name: "raci-check test"}
	var packages []string
	byPackage := map[string]*suite{}
	for _, test := range r.Tests {
		s := byPackage[test.Package]
		if s == nil {
			s = suiteOf(r, test.Package)
			byPackage[test.Package] = s
			packages = append(packages, test.Package)
		}
		s.add(tried(test), text(test.Name), text(test.Package))
	}
	for _, name := range packages {
		all.add(*byPackage[name])
	}
	if len(r.Shortfalls) > 0 {
		s := suiteOf(r, "thresholds")
		for i, shortfall := range r.Shortfalls {
			s.add(testCase{Failure: &outcome{Type: "shortfall", Message: text(shortfall)}}, fmt.Sprintf("threshold_%d", i+1), "thresholds")
		}
		all.add(*s)
	}
	return all.write(w)
}

func suiteOf(r *policytest.Report, name string) *suite {
	return &suite{Name: text(name), ID: text(name), Package: text(name), Properties: []property{
		{"policies", text(r.Policies)}, {"profile", text(r.Profile)},
		{"coverage", policytest.Percent(r.Coverage.Percent)}, {"mutation", policytest.Percent(r.Mutation.Percent)},
	}}
}

func tried(test policytest.Test) testCase {
	out := &outcome{Type: string(test.Status), Message: text(fmt.Sprintf("%s:%d", test.File, test.Line))}
	for line := range strings.Lines(test.Message + "\n" + test.Output) {
		if line = strings.TrimRight(line, "\n "); line != "" {
			out.Text += "\n" + sanitize.Start(text(line))
		}
	}
	var c testCase
	switch test.Status {
	case policytest.Pass:
	case policytest.Skip:
		c.Skipped = out
	case policytest.Fail:
		c.Failure = out
	default:
		c.Error = out
	}
	return c
}
