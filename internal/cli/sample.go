package cli

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/verify"
)

// sampling is the command sample with its flags.
type sampling struct {
	spoken           language
	streams          Streams
	outs             *outputs
	look             report.Look
	request          sample.Request
	results, archive string
}

func newSample(streams Streams) *cobra.Command {
	c := &sampling{streams: streams}
	cmd := &cobra.Command{
		Use:   "sample [flags] REPORT.json | ARCHIVE.tar.gz",
		Short: "Choose facts of a report for an auditor to check, and keep the results",
		Long: `Choose facts that the passes of a report rest on, for an auditor to compare with the world. The choice follows from the
digest of the report, so everybody gets the same one; facts of critical checks and stated facts are more likely. The values
are read from the evidence, which must be unchanged. -o csv=FILE writes a worksheet with empty columns for the result
(agrees, differs or not seen), a note, the name and the date. -o html=FILE writes one to print.

With --results, read the filled worksheet. Everything but these columns must be as it was written. If an archive is named,
the worksheet is added to it; the report stays as it is.

Exit codes: 0 written, or no fact differs; 1 with --results, if a fact differs; 2 the question could not be answered.`,
		Example: `  raci-check sample -o csv=worksheet.csv -o html=worksheet.html report.tar.gz
  raci-check sample -n 40 --seed "audit 2026/17" report.json
  raci-check sample --results worksheet.csv report.tar.gz`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 1:
				return errors.New("name one report, or one archive")
			case verify.IsArchive(args[0]) && cmd.Flags().Changed("evidence"):
				return errors.New("an archive contains its evidence: leave out --evidence")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			speaks, err := c.spoken.open(streams)
			if err != nil {
				return err
			}
			remove, err := c.open(args[0])
			if err != nil {
				return err
			}
			defer remove()
			to := report.Destination{Out: streams.Out, Outputs: c.outs.list, Look: c.look, Language: speaks}
			if c.results == "" {
				chosen, err := sample.Choose(c.request)
				if err != nil {
					return err
				}
				return report.Publish(cmd.Context(), report.Samples, chosen, to, streams.Err)
			}
			results, err := c.keep()
			if err != nil {
				return err
			}
			if err := report.Publish(cmd.Context(), report.Results, results, to, streams.Err); err != nil {
				return err
			}
			if len(results.Differ) > 0 {
				return &verdictError{exitBad}
			}
			return nil
		},
	}
	flags := cmd.Flags()
	flags.IntVarP(&c.request.Size, "number", "n", sample.DefaultSize, "how many facts")
	flags.StringVar(&c.request.Seed, "seed", "", "`text` of the auditor's own that the choice follows from too, so that nobody can foresee it")
	flags.StringVar(&c.request.Folder, "evidence", ".", "`folder` in which assess ran; the names in the report are relative to it")
	flags.StringVar(&c.results, "results", "", "filled worksheet in `file`, CSV: check it, and add it to the archive")
	c.outs = outputFlag(flags, "worksheet", report.Samples)
	colorFlag(flags, &c.look.Color, "text")
	c.spoken.register(flags)
	flags.BoolVarP(&c.look.Quiet, "quiet", "q", false, "text: only the places of the facts")
	for _, flag := range []string{"number", "seed", "output"} { // the worksheet says them
		cmd.MarkFlagsMutuallyExclusive("results", flag)
	}
	return cmd
}

// open reads the report, and unpacks it where it is in an archive.
func (c *sampling) open(name string) (remove func(), err error) {
	if !verify.IsArchive(name) {
		c.request.Report, err = assessment.ReadFile(name)
		return func() {}, err
	}
	stored, remove, err := verify.ReadArchive(name)
	if err != nil {
		return nil, err
	}
	c.archive, c.request.Folder = name, stored.Evidence
	if c.request.Report, err = assessment.Read(stored.Name, bytes.NewReader(stored.Report)); err != nil {
		remove()
	}
	return remove, err
}

// keep reads the filled worksheet and adds it to the archive.
func (c *sampling) keep() (*sample.Results, error) {
	worksheet, err := safefile.Read(c.results, sample.MaxWorksheet)
	if err != nil {
		return nil, fmt.Errorf("read worksheet: %w", err)
	}
	results, err := sample.ReadResults(c.results, worksheet, c.request, c.streams.Now())
	if err != nil || c.archive == "" {
		return results, err
	}
	if err := verify.AddSampleTo(c.archive, worksheet); err != nil {
		return nil, err
	}
	results.Archived = c.archive
	return results, nil
}
