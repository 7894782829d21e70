package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"raci-check/internal/assess"
	"raci-check/internal/assessment"
)

const (
	defaultReading = "kb0065221"
	defaultProfile = "baseline"
)

func newAssess(streams Streams) *cobra.Command {
	var (
		options = assess.Options{Stdin: streams.In, Tool: tool(), Proven: true}
		at      instant
		reports = outputs{known: formatNames()}
		failOn  = severityChoice()
		color   = colorChoice()
		strict  bool
		quiet   bool
	)
	cmd := &cobra.Command{
		Use:   "assess [flags] PATH...",
		Short: "Judge evidence against the duties and report",
		Long: `Judge the evidence in files, folders (walked for *.yaml and *.yml) or standard input (-) against the
customer's duties, and report what holds, what does not, where, and how to mend it.

All evidence files of one folder that name the same service are one set of evidence. Waivers are read from
--waivers and from files of kind Waivers in the evidence folder.

Exit codes: 0 every duty is good; 1 at least one is not; 2 the question could not be answered.`,
		Example: `  raci-check assess evidence/compliant
  raci-check assess --at 2026-11-20 -o text -o json=report.json evidence/gaps
  raci-check assess --duty backups --fail-on high evidence/gaps`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the evidence: a file, a folder, or - for standard input; `raci-check init DIR` writes a skeleton")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Paths, options.At = args, at.Time
			if at.IsZero() {
				options.At = streams.Now()
			}
			if slices.Contains(args, "-") && len(args) > 1 {
				return errors.New("standard input (-) is assessed alone: pass the files or the folder instead")
			}
			rules, err := embedded()
			if err != nil {
				return err
			}
			result, err := assess.Run(cmd.Context(), rules, options)
			if err != nil {
				return err
			}
			if err := writeReports(streams, result, reports.list, style{color: color.value, quiet: quiet}); err != nil {
				return err
			}
			return verdict(result, assessment.Severity(failOn.value), strict)
		},
	}
	flags := cmd.Flags()
	flags.VarP(&reports, "output", "o", "report to write: "+listed(formatNames())+"; to standard output, or to `FORMAT=FILE`; repeatable (default text)")
	flags.Var(&at, "at", "the instant to assess for, RFC 3339 or a date (its first moment, UTC) (default now)")
	flags.StringVar(&options.Reading, "raci", defaultReading, "reading of the RACI table; see raci-check duties")
	flags.StringVar(&options.Profile, "profile", defaultProfile, "profile that gives the parameters")
	flags.StringVar(&options.Params, "params", "", "`file` that overrides parameters; see raci-check schema params")
	flags.StringArrayVar(&options.Waivers, "waivers", nil, "`file` with accepted risks; repeatable; see raci-check schema waivers")
	flags.StringSliceVar(&options.Duties, "duty", nil, "judge only this duty (name or id); repeatable; marks the report partial")
	flags.IntVar(&options.Forecast, "forecast", 0, "look this many `days` ahead at what turns bad if nobody does anything")
	flags.Var(failOn, "fail-on", "lowest severity of a bad check that makes the exit code 1")
	flags.BoolVar(&strict, "strict", false, "exit 1 as well for waived checks and for parameters looser than the profile")
	flags.Var(color, "color", "colour of the text report: auto is on a terminal without NO_COLOR")
	flags.BoolVarP(&quiet, "quiet", "q", false, "text report: only the headline and what is bad")
	return cmd
}

// verdict turns a result into the exit code: an error wins over a bad duty.
func verdict(result *assessment.Assessment, failOn assessment.Severity, strict bool) error {
	if result.Result == assessment.Error {
		return &verdictError{exitFail}
	}
	bad := false
	for _, service := range result.Services {
		for _, activity := range service.Activities {
			for _, check := range activity.Checks {
				bad = bad || check.Status.Bad() && check.Severity.Rank() >= failOn.Rank() ||
					strict && check.Status == assessment.Waived
			}
		}
	}
	for _, parameter := range result.Policies.Parameters {
		bad = bad || strict && parameter.Looser
	}
	if bad {
		return &verdictError{exitBad}
	}
	return nil
}

func listed(words []string) string {
	switch n := len(words); n {
	case 0:
		return ""
	case 1:
		return words[0]
	default:
		return fmt.Sprintf("%s or %s", join(words[:n-1]), words[n-1])
	}
}
