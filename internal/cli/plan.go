package cli

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/planned"
	"github.com/raci-check/raci-check/internal/report"
)

func newPlan(streams Streams) *cobra.Command {
	var (
		judging = newJudging(streams)
		outs    *outputs
		look    report.Look
		options planned.Options
		spoken  language
	)
	cmd := &cobra.Command{
		Use:   "plan [flags] PLAN.json",
		Short: "Check a Terraform plan before it is applied",
		Long: `Check what terraform show -json (or tofu show -json) prints of a saved plan. The state before the plan and the state after it
become evidence, the same policies check both, and the report is the difference: what starts to fail, and what is destroyed for
good. It also says what gets weaker although checks pass, such as a shorter retention; that counts only with --fail-on-weaker.

With --evidence, the folder is the state before, and the plan's changes are put into a copy of it. What is known only after apply
is called unknown; it never passes, and counts only with --fail-on-unknown.

Exit codes: 0 nothing gets worse; 1 something does, or a key, a secret or a log is destroyed; 2 the question could not be
answered.`,
		Example: `  terraform plan -out=tfplan && terraform show -json tfplan > plan.json
  raci-check plan plan.json
  raci-check plan --evidence my-evidence -o text -o sarif=plan.sarif plan.json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name one plan: the output of `terraform show -json tfplan`")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Plan = args[0]
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			result, err := judgePlan(cmd.Context(), &judging, options)
			if err != nil {
				return err
			}
			streams.passedOver(result.PassedOver)
			to := report.Destination{Out: streams.Out, Outputs: outs.list, Look: look, Language: speaks}
			if err := report.Publish(cmd.Context(), report.Plans, result, to, streams.Err); err != nil {
				return err
			}
			if result.Counted {
				return &verdictError{exitBad}
			}
			return nil
		},
	}
	judging.register(cmd)
	flags := cmd.Flags()
	outs = outputFlag(flags, "report", report.Plans)
	flags.StringVar(&options.Evidence, "evidence", "", "`folder` with the evidence that the plan's changes are checked with")
	flags.StringVar(&options.Domain, "service-id", "", "id of the OKMS domain (default: that of the plan)")
	severityFlag(flags, &options.FailOn, "lowest severity of what gets worse that makes the exit code 1")
	flags.BoolVar(&options.FailOnUnknown, "fail-on-unknown", false, "exit 1 also for what is known only after apply")
	flags.BoolVar(&options.FailOnWeaker, "fail-on-weaker", false, "exit 1 also for what gets weaker although checks pass; with --fail-on-unknown, also where nobody can tell")
	flags.StringArrayVar(&options.AllowDestroy, "allow-destroy", nil, "`address` of a resource whose destruction does not make the exit code 1; repeatable")
	colorFlag(flags, &look.Color, "text report")
	spoken.register(flags)
	flags.BoolVarP(&look.Quiet, "quiet", "q", false, "text report: only the headline")
	return cmd
}

// judgePlan judges a plan by the rules, for the time and with the options of assess.
func judgePlan(ctx context.Context, j *judging, options planned.Options) (*planned.Report, error) {
	var err error
	if options.Domain != "" {
		if options.Domain, err = serviceID(options.Domain); err != nil {
			return nil, err
		}
	}
	rules, err := j.prepare([]string{filepath.Clean(options.Plan), options.Evidence})
	if err != nil {
		return nil, err
	}
	options.Plan, options.Evidence, options.Assess = j.options.Paths[0], j.options.Paths[1], j.options
	return planned.Judge(ctx, rules, options)
}
