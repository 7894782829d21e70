package cli

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/report/sarif"
)

func newRender(streams Streams) *cobra.Command {
	var (
		spoken language
		outs   *outputs
		look   report.Look
		waived sarif.Waived
		latest bool
		oscal  string
		seen   string // id of the framework that the reports are seen from
	)
	cmd := &cobra.Command{
		Use:   "render [flags] REPORT...",
		Short: "Write stored reports in other formats, or many as one",
		Long: `Write reports that assess wrote with -o json or ndjson in other formats, without the evidence and the policies. Several
reports are merged into one with all their services. They must have the same policies, parameters and variant of the table.
A report that was changed since it was written is refused.

With --framework, text, HTML, CSV and OSCAL show the requirements of a framework. The verdicts are those of the reports, and which
check shows what of a requirement is as this version of raci-check has it.

Exit codes: 0 written, whatever the verdict; 2 a report could not be read or written.`,
		Example: `  raci-check render report.json -o html=report.html -o csv=report.csv
  raci-check render report.json --framework dora -o html=dora.html
  raci-check render --latest reports/*.json -o html=fleet.html`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("name the stored reports: files that assess -o json=FILE or ndjson=FILE wrote")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var view framework.Framework
			if seen != "" {
				rules, err := (&rulesFlags{}).open()
				if err != nil {
					return err
				}
				if view, err = seenFrom(rules, seen, outs.list); err != nil {
					return err
				}
			}
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			fleet, err := assessment.ReadFiles(args, latest)
			if err != nil {
				return err
			}
			defer fleet.Close()
			to := report.Destination{Out: streams.Out, Outputs: outs.list, Look: look, OSCAL: oscal, Waived: waived, Language: speaks}
			if seen != "" {
				return report.PublishView(cmd.Context(), fleet, view, to, streams.Err)
			}
			return report.Publish(cmd.Context(), report.Assessments, fleet, to, streams.Err)
		},
	}
	flags := cmd.Flags()
	outs = outputFlag(flags, "report", report.Assessments)
	flags.BoolVar(&latest, "latest", false, "for a service that is in several reports, use the latest verdict")
	frameworkFlag(flags, &seen)
	oscalFlag(flags, &oscal)
	waivedFlag(flags, &waived)
	lookFlags(flags, &look)
	spoken.register(flags)
	return cmd
}
