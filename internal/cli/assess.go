package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"raci-check/internal/assess"
	"raci-check/internal/assessment"
	"raci-check/internal/diff"
	"raci-check/internal/verdict"
)

const readingUsage = "variant of the RACI table; see raci-check duties (default: the first in the catalog)"

func newAssess(streams Streams) *cobra.Command {
	var (
		options  = assess.Options{Stdin: streams.In, Tool: tool()}
		rules    rulesFlags
		server   serverFlags
		at       instant
		outs     = outputs{known: names(reports)}
		failOn   = severityChoice()
		look     style
		baseline string
		strict   bool
		attest   string
	)
	cmd := &cobra.Command{
		Use:   "assess [flags] PATH...",
		Short: "Check evidence against the duties and report",
		Long: `Check the evidence in files, folders (searched for *.yaml and *.yml) or standard input (-) against the customer's duties.
The report says which checks pass, which fail, where in the evidence, and how to fix them.

All evidence files of one folder that name the same service are one set of evidence. Waivers are read from
--waivers and from files of kind Waivers in the evidence folder.

For up to five services, the text report shows each in full. For more, it shows what they have in common and the worst of
them; --details shows each. text, json and ndjson need the same memory for any number of services. The other formats keep
all services in memory. An interrupt ends the run without a report.

With --baseline, only regressions since an earlier report make the exit code 1, so that a gate can be introduced before
everything is fixed. The comparison is printed too.

Exit codes: 0 every duty passes; 1 at least one does not; 2 the question could not be answered.`,
		Example: `  raci-check assess evidence/compliant
  raci-check assess --at 2026-11-20 -o text -o json=report.json -o html=report.html evidence/gaps
  raci-check assess --baseline report.json --fail-on high evidence/gaps`,
		Args: evidencePaths,
		RunE: func(cmd *cobra.Command, args []string) error {
			if !cmd.Flags().Changed("forecast") && outs.anyOf(looksAhead) {
				options.Forecast = forecastDays
			}
			signer, err := newAttester(attest, outs)
			if err != nil {
				return err
			}
			before, err := readBaseline(baseline)
			if err != nil {
				return err
			}
			keep := assessment.KeepAll
			if before == nil && !look.details && outs.only("text") {
				keep = assessment.KeepFew
			}
			fleet, err := run(cmd.Context(), streams, rules, server, options, args, at, keep, newProgress(streams, look.quiet))
			if err != nil {
				return err
			}
			defer fleet.Close()
			writeEnvelope, err := signer.sign(fleet)
			if err != nil {
				return err
			}
			if before == nil {
				if err := write(cmd.Context(), streams, reports, fleet, outs.list, look); err != nil {
					return err
				}
				if err := writeEnvelope(); err != nil {
					return err
				}
				return exitOf(assessment.Gate{FailOn: verdict.Severity(failOn.value), Strict: strict}.Outcome(fleet))
			}
			result, err := fleet.Whole()
			if err != nil {
				return err
			}
			comparison := diff.Of(before, result)
			if err := writeCompared(cmd.Context(), streams, comparison, fleet, outs.list, look); err != nil {
				return err
			}
			if err := writeEnvelope(); err != nil {
				return err
			}
			if result.Result == verdict.Error {
				return &verdictError{exitFail}
			}
			return regression(comparison, verdict.Severity(failOn.value))
		},
	}
	evidenceFlags(cmd, &rules, &options, &at)
	flags := cmd.Flags()
	server.register(flags)
	flags.VarP(&outs, "output", "o", "report to write: "+listed(names(reports))+"; to standard output, or to `FORMAT=FILE`; repeatable (default text)")
	flags.IntVar(&options.Forecast, "forecast", 0, "look this many `days` ahead for checks that will fail if nobody does anything (90 for html and ics)")
	flags.StringVar(&baseline, "baseline", "", "earlier JSON report in `file`; exit 1 only for regressions")
	flags.Var(failOn, "fail-on", "lowest severity of a failed check that makes the exit code 1")
	flags.StringVar(&attest, "attest", "", "sign the report of -o json=FILE and write FILE.dsse.json: "+keyUsage)
	flags.StringArrayVar(&options.EvidenceKeys, "evidence-keys", nil, "public key in `file`, or folder of *.pub, to check the signatures beside the evidence with; repeatable")
	flags.BoolVar(&strict, "strict", false, "exit 1 also for waived checks and for parameters that are looser than the profile")
	look.register(flags)
	cmd.MarkFlagsMutuallyExclusive("baseline", "strict")
	return cmd
}

// evidenceFlags are those that say what is judged, for when and by which rules.
func evidenceFlags(cmd *cobra.Command, rules *rulesFlags, options *assess.Options, at *instant) {
	flags := cmd.Flags()
	flags.Var(at, "at", "time to assess for, in RFC 3339 or as a date (its start in UTC) (default: now)")
	rules.register(flags)
	flags.StringVar(&options.Reading, "raci", "", readingUsage)
	profileFlag(flags, &options.Profiles)
	options.MaxFileSize = assess.MaxFileSize
	flags.Var((*mebibytes)(&options.MaxFileSize), "max-file-size", "largest evidence file to read, in `MiB`, 1 to 64")
	flags.StringVar(&options.Params, "params", "", "`file` that overrides parameters; see raci-check schema params")
	flags.StringArrayVar(&options.Waivers, "waivers", nil, "`file` with accepted risks; repeatable; see raci-check schema waivers")
	flags.StringSliceVar(&options.Duties, "duty", nil, "check only this duty (name or id); repeatable; marks the report as partial")
}

func evidencePaths(cmd *cobra.Command, args []string) error {
	duties, err := cmd.Flags().GetStringSlice("duty")
	switch {
	case err != nil:
		return err
	case cmd.Flags().Changed("duty") && len(duties) == 0:
		return errors.New("--duty names no duty: leave it out to check all duties")
	}
	return somePaths(cmd, args)
}

func somePaths(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("name the evidence: a file, a folder, or - for standard input; `raci-check init DIR` writes a skeleton")
	case slices.Contains(args, "-") && len(args) > 1:
		return errors.New("standard input (-) cannot be combined with other evidence: pass the files or the folder instead")
	}
	return nil
}

// run assesses for the instant, or for now.
func run(ctx context.Context, streams Streams, flags rulesFlags, server serverFlags, options assess.Options, paths []string, at instant, keep assessment.Keep, bar *progress) (fleet *assessment.Fleet, err error) {
	if options.Forecast < 0 || options.Forecast > maxForecastDays {
		return nil, fmt.Errorf("a forecast looks 1 to %d days ahead", maxForecastDays)
	}
	if err := relative(paths, &options, &flags); err != nil {
		return nil, err
	}
	options.At = at.Time
	if at.IsZero() {
		options.At = streams.Now()
	}
	rules, err := flags.open()
	if err != nil {
		return nil, err
	}
	if options.Worker, err = worker(); err != nil {
		return nil, err
	}
	if err := server.evaluateThere(rules, &options); err != nil {
		return nil, err
	}
	err = assess.Stream(ctx, rules, options, func(head assessment.Assessment, services int) (_ assess.Sink, err error) {
		bar.begin(services)
		fleet, err = assessment.NewFleet(head, services, keep)
		return watched{fleet, bar}, err
	})
	bar.end()
	if err != nil && fleet != nil {
		fleet.Close()
	}
	return fleet, err
}

// relative names files below the working folder relative to it, however they were named: reports say where things are in the
// repository, and are the same on every machine.
func relative(paths []string, options *assess.Options, rules *rulesFlags) error {
	folder, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the working folder: %w", err)
	}
	shorten := func(names []string) []string {
		short := slices.Clone(names)
		for i, name := range short {
			below, err := filepath.Rel(folder, name)
			switch {
			case name == "": // no file
			case filepath.IsAbs(name) && err == nil && filepath.IsLocal(below):
				short[i] = below
			default:
				short[i] = filepath.Clean(name)
			}
		}
		return short
	}
	options.Paths, options.Params = shorten(paths), shorten([]string{options.Params})[0]
	options.Waivers, options.EvidenceKeys, rules.added = shorten(options.Waivers), shorten(options.EvidenceKeys), shorten(rules.added)
	return nil
}

// A forecast judges every day: this bounds the time it takes to some seconds a service.
const maxForecastDays = 366

// writeCompared writes the reports, and the comparison where no report goes to standard output, else beside it.
func writeCompared(ctx context.Context, streams Streams, comparison *diff.Diff, fleet *assessment.Fleet, list []output, look style) error {
	taken := slices.ContainsFunc(list, func(o output) bool { return o.file == "" })
	if len(list) > 0 {
		if err := write(ctx, streams, reports, fleet, list, look); err != nil {
			return err
		}
	}
	if taken {
		streams.Out = streams.Err
	}
	return write(ctx, streams, diffs, comparison, nil, look)
}

// exitOf turns the outcome of a gate into the exit code.
func exitOf(outcome assessment.Outcome) error {
	switch outcome {
	case assessment.Good:
		return nil
	case assessment.Bad:
		return &verdictError{exitBad}
	default:
		return &verdictError{exitFail}
	}
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
