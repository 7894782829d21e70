package cli

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/sandbox"
)

// What tests of policies that are not shipped may take: far more than any need, far less than a machine has.
const (
	testMemory = 2 << 30 // bytes
	testTime   = 30 * time.Minute
)

func newTest(streams Streams) *cobra.Command {
	var (
		rules   rulesFlags
		options policytest.Options
		only    string
		outs    *outputs
		look    report.Look
		spoken  language
	)
	cmd := &cobra.Command{
		Use:   "test [flags] [DIR...]",
		Short: "Test policies: their tests, the coverage, and whether each check is effective",
		Long: `Run the tests (_test.rego) of the policies in folders or .tar.gz files, and show the lines that they cover. If none is named,
test the shipped policies. Then change the fixture "good" of each test package in one place at a time: remove a fact, empty a
list, set a date back. Show the changes that no check notices. A check that fails for no such change is called ineffective.
Policies that an assessment would refuse are refused here too, at file:line.

Exit codes: 0 all tests pass; 1 a test fails, or a threshold is missed; 2 the question could not be answered, because a policy
is invalid, a test cannot be evaluated, or no test ran.`,
		Example: `  raci-check test examples/acme
  raci-check test -v --run backups
  raci-check test --coverage-threshold 100 --mutation-threshold 100 -o text -o junit=tests.xml my-policies`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if only != "" {
				var err error
				if options.Run, err = regexp.Compile(only); err != nil {
					return fmt.Errorf("--run: %w", err)
				}
			}
			for _, threshold := range []float64{options.CoverageThreshold, options.MutationThreshold} {
				if !(threshold >= 0 && threshold <= 100) {
					return errors.New("a threshold is a percentage, from 0 to 100")
				}
			}
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			rules.added = append(rules.added, args...)
			opened, err := rules.open()
			if err != nil {
				return err
			}
			if !opened.IsShipped() {
				if err := sandbox.Confine(testMemory, testTime, exitFail); err != nil {
					return err
				}
			}
			result, err := policytest.Run(cmd.Context(), opened, options)
			if err != nil {
				return err
			}
			if err := report.Publish(cmd.Context(), report.Tests, result, report.Destination{Out: streams.Out, Outputs: outs.list, Look: look, Language: speaks}, streams.Err); err != nil {
				return err
			}
			switch result.Result {
			case policytest.Error:
				return &verdictError{exitFail}
			case policytest.Fail:
				return &verdictError{exitBad}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	rules.register(flags)
	profileFlag(flags, &options.Profiles)
	flags.StringVar(&only, "run", "", "run only the tests whose package.name matches the `regexp`, and mutate only their fixtures")
	flags.Float64Var(&options.CoverageThreshold, "coverage-threshold", 0, "lowest `percent` of lines that tests must cover; exit 1 below it")
	flags.Float64Var(&options.MutationThreshold, "mutation-threshold", 0, "lowest `percent` of changed fixtures that checks must notice; exit 1 below it, and for an ineffective check")
	outs = outputFlag(flags, "report", report.Tests)
	colorFlag(flags, &look.Color, "text report")
	spoken.register(flags)
	flags.BoolVarP(&look.Verbose, "verbose", "v", false, "text report: every test, and every change that no check notices")
	return cmd
}
