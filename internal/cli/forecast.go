package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report"
)

func newForecast(streams Streams) *cobra.Command {
	var (
		spoken  language
		judging = newJudging(streams)
		outs    *outputs
		look    report.Look
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
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			if judging.options.Forecast == 0 {
				return errors.New("--days must be at least 1")
			}
			fleet, err := judging.judge(cmd.Context(), args, assessment.KeepAll, false)
			if err != nil {
				return err
			}
			defer fleet.Close()
			judging.passedOver(fleet)
			return report.Publish(cmd.Context(), report.Forecasts, fleet, report.Destination{Out: streams.Out, Outputs: outs.list, Look: look, Language: speaks}, streams.Err)
		},
	}
	judging.register(cmd)
	flags := cmd.Flags()
	flags.IntVar(&judging.options.Forecast, "days", report.ForecastDays, "how far to look ahead")
	outs = outputFlag(flags, "forecast", report.Forecasts)
	colorFlag(flags, &look.Color, "text")
	spoken.register(flags)
	return cmd
}
