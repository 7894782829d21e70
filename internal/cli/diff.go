package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/verdict"
)

func newDiff(streams Streams) *cobra.Command {
	var (
		spoken language
		outs   *outputs
		look   report.Look
		failOn verdict.Severity
		gate   bool
	)
	cmd := &cobra.Command{
		Use:   "diff [flags] OLD.json NEW.json",
		Short: "Compare two stored reports",
		Long: `Compare two reports that assess or render wrote with -o json: regressions, fixed checks, and changes in services, waivers,
parameters and policies.

Exit codes: 0 compared; with --fail-on-regression, 1 if a check fails in NEW and did not fail in OLD, 2 if NEW could not be
assessed whole; 2 the reports could not be compared.`,
		Example: `  raci-check diff monday.json today.json
  raci-check diff --fail-on-regression -o markdown=comment.md main.json branch.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return errors.New("name two stored reports, the older first: raci-check diff OLD.json NEW.json")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			before, err := assessment.ReadFile(args[0])
			if err != nil {
				return err
			}
			after, err := assessment.ReadFile(args[1])
			if err != nil {
				return err
			}
			comparison := diff.Of(before, after)
			outcome := assessment.Good
			if gate {
				outcome = comparison.Decide(failOn, true)
			}
			if err := report.Publish(cmd.Context(), report.Diffs, comparison, report.Destination{Out: streams.Out, Outputs: outs.list, Look: look, Language: speaks}, streams.Err); err != nil {
				return err
			}
			return exitOf(outcome)
		},
	}
	flags := cmd.Flags()
	outs = outputFlag(flags, "comparison", report.Diffs)
	flags.BoolVar(&gate, "fail-on-regression", false, "exit 1 if there is a regression")
	severityFlag(flags, &failOn, "lowest severity of a regression that makes the exit code 1")
	colorFlag(flags, &look.Color, "text")
	spoken.register(flags)
	return cmd
}
