package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"raci-check/internal/assess"
	"raci-check/internal/assessment"
)

func newForecast(streams Streams) *cobra.Command {
	var (
		options = assess.Options{Stdin: streams.In, Tool: tool()}
		rules   rulesFlags
		at      instant
		outs    = outputs{known: names(forecasts)}
		color   = colorChoice()
	)
	cmd := &cobra.Command{
		Use:   "forecast [flags] PATH...",
		Short: "Show which checks will fail, and when, if nobody does anything",
		Long: `Check the evidence for each of the next days, and show what fails then and does not fail now. Examples are evidence that
becomes too old, certificates, keys and waivers that expire, and reviews and exercises that fall due. The time of each is the first second at
which the same policies find it.

Exit codes: 0 answered, whatever the result; 2 the question could not be answered.`,
		Example: `  raci-check forecast evidence/compliant
  raci-check forecast --days 30 -o ics=due.ics evidence/compliant`,
		Args: evidencePaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if options.Forecast == 0 {
				return errors.New("--days must be at least 1")
			}
			bar := newProgress(streams, false)
			fleet, err := run(cmd.Context(), streams, rules, serverFlags{}, options, args, at, assessment.KeepAll, bar)
			if err != nil {
				return err
			}
			defer fleet.Close()
			return write(cmd.Context(), streams, forecasts, fleet, outs.list, style{color: color})
		},
	}
	evidenceFlags(cmd, &rules, &options, &at)
	flags := cmd.Flags()
	flags.IntVar(&options.Forecast, "days", forecastDays, "how far to look ahead")
	flags.VarP(&outs, "output", "o", "forecast to write: "+listed(names(forecasts))+"; to standard output, or to `FORMAT=FILE`; repeatable (default text)")
	flags.Var(color, "color", "colour of the text; auto means: on a terminal, unless NO_COLOR is set")
	return cmd
}
