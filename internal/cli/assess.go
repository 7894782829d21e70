package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"raci-check/internal/assess"
	"raci-check/internal/assessment"
	"raci-check/internal/diff"
	"raci-check/internal/verdict"
)

const readingUsage = "reading of the RACI table; see raci-check duties (default the catalog's first)"

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
		Short: "Judge evidence against the duties and report",
		Long: `Judge the evidence in files, folders (walked for *.yaml and *.yml) or standard input (-) against the
customer's duties, and report what holds, what does not, where, and how to mend it.

All evidence files of one folder that name the same service are one set of evidence. Waivers are read from
--waivers and from files of kind Waivers in the evidence folder.

Of up to five services the text report shows each in full, of more it shows what they have in common and which are
the worst; --details shows each. text, json and ndjson take the same memory for any number of services, the other
formats hold them all. An interrupt ends it without a report.

With --baseline the exit code looks only at what is newly bad compared with an earlier report, so that a gate can
be switched on before everything is mended; the comparison is printed too.

Exit codes: 0 every duty is good; 1 at least one is not; 2 the question could not be answered.`,
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
	flags.IntVar(&options.Forecast, "forecast", 0, "look this many `days` ahead at what turns bad if nobody does anything (90 for html and ics)")
	flags.StringVar(&baseline, "baseline", "", "earlier JSON report in `file`: exit 1 only for checks that are newly bad")
	flags.Var(failOn, "fail-on", "lowest severity of a bad check that makes the exit code 1")
	flags.StringVar(&attest, "attest", "", "sign the report of -o json=FILE, to FILE.dsse.json: "+keyUsage)
	flags.StringArrayVar(&options.EvidenceKeys, "evidence-keys", nil, "public key in `file`, or folder of *.pub: hold signatures that lie beside the evidence against them; repeatable")
	flags.BoolVar(&strict, "strict", false, "exit 1 as well for waived checks and for parameters looser than the profile")
	look.register(flags)
	cmd.MarkFlagsMutuallyExclusive("baseline", "strict")
	return cmd
}

// evidenceFlags are those that say what is judged, for when and by which rules.
func evidenceFlags(cmd *cobra.Command, rules *rulesFlags, options *assess.Options, at *instant) {
	flags := cmd.Flags()
	inputFlags(flags, rules, options, at)
	rules.registerReference(flags)
	flags.StringVar(&options.Reading, "raci", "", readingUsage)
	profileFlag(flags, &options.Profiles)
	flags.StringVar(&options.Params, "params", "", "`file` that overrides parameters; see raci-check schema params")
	flags.StringArrayVar(&options.Waivers, "waivers", nil, "`file` with accepted risks; repeatable; see raci-check schema waivers")
	flags.StringSliceVar(&options.Duties, "duty", nil, "judge only this duty (name or id); repeatable; marks the report partial")
}

// inputFlags are those that say what the policies see.
func inputFlags(flags *pflag.FlagSet, rules *rulesFlags, options *assess.Options, at *instant) {
	flags.Var(at, "at", "the instant to assess for, RFC 3339 or a date (its first moment, UTC) (default now)")
	rules.register(flags)
	options.MaxFileSize = assess.MaxFileSize
	flags.Var((*mebibytes)(&options.MaxFileSize), "max-file-size", "largest file of evidence to read, in `MiB`, 1 to 64")
}

func evidencePaths(cmd *cobra.Command, args []string) error {
	duties, err := cmd.Flags().GetStringSlice("duty")
	switch {
	case err != nil:
		return err
	case cmd.Flags().Changed("duty") && len(duties) == 0:
		return errors.New("--duty names no duty: leave it out to judge all of them")
	}
	return somePaths(cmd, args)
}

func somePaths(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return errors.New("name the evidence: a file, a folder, or - for standard input; `raci-check init DIR` writes a skeleton")
	case slices.Contains(args, "-") && len(args) > 1:
		return errors.New("standard input (-) is assessed alone: pass the files or the folder instead")
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
	options.Waivers, options.EvidenceKeys = shorten(options.Waivers), shorten(options.EvidenceKeys)
	rules.added, rules.reference = shorten(rules.added), shorten(rules.reference)
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
