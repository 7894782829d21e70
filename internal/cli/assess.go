package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/attest"
	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/progress"
	"github.com/raci-check/raci-check/internal/report"
	"github.com/raci-check/raci-check/internal/report/sarif"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/translate"
)

const readingUsage = "variant of the RACI table; see raci-check duties (default: the first in the catalog)"

// assessing is the command assess with its flags.
type assessing struct {
	judging
	server      serverFlags
	outs        *outputs
	look        report.Look
	oscal       string // version
	waived      sarif.Waived
	gate        assessment.Gate
	baseline    string
	aged        int                    // exit code where the only regressions are those by time alone
	before      *assessment.Assessment // to compare with; nil without --baseline
	again       *assess.Again          // for that comparison
	attest      attestFlags
	attestation *attest.Attestation // nil where none is asked for
	cache       cacheFlags
	weakest     grades
	seen        string              // id of the framework that the assessment is seen from
	view        framework.Framework // it, where there is one
	disputed    bool                // failures of disputed duties count
	watching    bool
	language    language
	speaks      *translate.Translator // the language; nil for English
}

func newAssess(streams Streams) *cobra.Command {
	c := &assessing{judging: newJudging(streams)}
	cmd := &cobra.Command{
		Use:   "assess [flags] PATH...",
		Short: "Check evidence against the duties and report",
		Long: `Check the evidence in files, folders (searched for *.yaml and *.yml) or standard input (-) against the customer's duties.
The report says which checks pass, which fail, where in the evidence, and how to fix them. A folder may be a whole repository: YAML
of other programs is passed over, and counted.

All evidence files of one folder that name the same service are one set of evidence. Waivers are read from
--waivers and from files of kind Waivers in the evidence folder.

The text report of a service fits one screen: what holds most checks back, the gravest failures, and the next commands.
--details, --duty and --severity show the findings with their fixes. For more than five services, it shows what they have in
common and the worst of them; --details shows each. text, json and ndjson need the same memory for any number of services. The other formats keep
all services in memory. An interrupt ends the run without a report.

Without --at, the evidence is checked for now. A time in the past, at which evidence was younger and waivers had not ended, must
be allowed with --allow-past-at, and every report says so.

With --cache DIR, services that are the same as in an earlier run are not assessed again. The reports are the same, byte for byte;
standard error has the number of such services. raci-check cache DIR shows the folder. Signed reports (--attest) are
assessed in full. With --resume FILE, a run that was killed continues with the same command, and writes the same reports. FILE has
the results so far, sealed. Services whose evidence or result was changed since are assessed again; a file of another run is refused.

With --baseline, only regressions since an earlier report make the exit code 1, so that a gate can be introduced before
everything is fixed. The comparison is printed too. Checks that pass with the evidence of now at an earlier time fail by time
alone: evidence became too old, or a waiver ended. --aged-exit-code tells them from other regressions.

With --framework, text, HTML, CSV and OSCAL show the requirements of a framework: which checks show how much of each, at which grade,
and which requirements nothing here can show. The verdict and the exit code stay those of the duties.

Exit codes: 0 every duty passes, or what fails is below --fail-on; 1 at least one does not pass; 2 the question could not be
answered.`,
		Example: `  raci-check assess my-evidence
  raci-check assess --at 2026-11-20 --allow-past-at -o text -o json=report.json -o html=report.html evidence/gaps
  raci-check assess --baseline report.json --fail-on high evidence/gaps
  raci-check assess --framework nis2-recyf -o text -o html=recyf.html my-evidence`,
		Args: evidencePaths,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if !cmd.Flags().Changed("forecast") && slices.ContainsFunc(c.outs.list, func(o report.Output) bool { return report.LooksAhead(o.Format) }) {
				c.options.Forecast = report.ForecastDays
			}
			if err := c.checkAged(cmd.Flags().Changed("aged-exit-code")); err != nil {
				return err
			}
			if c.speaks, err = c.language.open(streams); err != nil {
				return err
			}
			if c.watching {
				return c.watch(cmd.Context(), args)
			}
			return c.run(cmd.Context(), args)
		},
	}
	c.register(cmd)
	flags := cmd.Flags()
	c.server.register(flags)
	c.outs = outputFlag(flags, "report", report.Assessments)
	flags.IntVar(&c.options.Forecast, "forecast", 0, "look this many `days` ahead for checks that will fail if nobody does anything (90 for ics)")
	flags.StringVar(&c.baseline, "baseline", "", "earlier JSON report in `file`; exit 1 only for regressions")
	flags.IntVar(&c.aged, "aged-exit-code", exitBad, "with --baseline, exit code if checks fail by time alone and nothing else became worse; 0 lets them pass")
	severityFlag(flags, &c.gate.FailOn, "lowest severity of a failed check that makes the exit code 1")
	c.attest.register(flags)
	flags.StringArrayVar(&c.options.EvidenceKeys, "evidence-keys", nil, "public key in `file`, or folder of *.pub, to check the signatures beside the evidence with; repeatable")
	flags.BoolVar(&c.gate.Strict, "strict", false, "exit 1 also for waived checks and for parameters that are looser than the profile")
	flags.BoolVar(&c.disputed, "fail-on-disputed", true, "exit 1 also for duties that another variant of the RACI table gives to the provider; =false shows their failures without counting them")
	flags.Var(&c.weakest, "min-assurance", "weakest `grade` that checks of a severity may pass with, such as critical=derived,high=attached; a check below it is missing")
	frameworkFlag(flags, &c.seen)
	oscalFlag(flags, &c.oscal)
	waivedFlag(flags, &c.waived)
	lookFlags(flags, &c.look)
	c.language.register(flags)
	flags.BoolVar(&c.watching, "watch", false, "assess again whenever a file changes, until an interrupt, and show what the change did")
	c.cache.register(cmd, flags)
	cmd.MarkFlagsMutuallyExclusive("baseline", "strict")
	cmd.MarkFlagsMutuallyExclusive("baseline", "framework")
	for _, other := range []string{"output", "baseline", "forecast", "attest", "tsa", "server", "framework"} {
		cmd.MarkFlagsMutuallyExclusive("watch", other)
	}
	return cmd
}

// checkAged checks the exit code of --aged-exit-code.
func (c *assessing) checkAged(isGiven bool) error {
	switch {
	case isGiven && c.baseline == "":
		return errors.New("--aged-exit-code needs --baseline")
	case c.aged == exitFail || c.aged < 0 || c.aged > lastExit:
		return fmt.Errorf("--aged-exit-code %d: choose 0 to %d, but not %d, which says that the question could not be answered", c.aged, lastExit, exitFail)
	}
	return nil
}

// run assesses, writes the reports, and ends with the exit code of the gate.
func (c *assessing) run(ctx context.Context, paths []string) error {
	if err := c.asked(ctx); err != nil {
		return err
	}
	defer c.cache.leave(c.streams)
	needsAll := c.before != nil || c.seen != "" || len(c.options.Duties) > 0
	fleet, err := c.judgeCached(ctx, paths, report.Keeps(c.outs.list, c.look, needsAll))
	if err != nil {
		return err
	}
	defer fleet.Close()
	c.passedOver(fleet)
	if err := c.attestation.Prepare(fleet); err != nil {
		return err
	}
	outcome, err := c.report(ctx, fleet)
	if err != nil {
		return err
	}
	if err := c.finish(); err != nil {
		return err
	}
	if outcome == assessment.Aged {
		return &verdictError{c.aged}
	}
	return exitOf(outcome)
}

// asked opens what flags name, before any evidence is read.
func (c *assessing) asked(ctx context.Context) (err error) {
	if c.options.Server, err = c.server.options(); err != nil {
		return err
	}
	if err := c.counts(); err != nil {
		return err
	}
	if c.attestation, err = c.attest.attestation(ctx, c.outs); err != nil {
		return err
	}
	if err := c.seeFrom(); err != nil || c.baseline == "" {
		return err
	}
	if c.before, err = assessment.ReadFile(c.baseline); err != nil {
		return err
	}
	c.again = assess.Repeatable(&c.options)
	return nil
}

// counts sets what passes and what counts.
func (c *assessing) counts() (err error) {
	c.options.DisputedNotCounted = !c.disputed
	c.options.MinAssurance, err = c.weakest.grades()
	return err
}

// finish writes what stands beside the reports, and ends what was kept for the case that the run is killed.
func (c *assessing) finish() error {
	if err := c.attestation.Write(); err != nil {
		return err
	}
	for _, file := range c.outs.whole() {
		if err := assessment.NoteEarlier(file, c.cache.earlier, c.cache.of); err != nil {
			return err
		}
	}
	return c.cache.finished()
}

// seeFrom opens the framework that the assessment is seen from, before any evidence is read.
func (c *assessing) seeFrom() error {
	if c.seen == "" {
		return nil
	}
	rules, err := c.rules.open()
	if err != nil {
		return err
	}
	c.view, err = seenFrom(rules, c.seen, c.outs.list)
	return err
}

// judgeCached judges with what the cache has, if one is to be used.
func (c *assessing) judgeCached(ctx context.Context, paths []string, keep assessment.Keep) (*assessment.Fleet, error) {
	if c.cache.resume != "" && c.at.IsZero() {
		return nil, errors.New("--resume needs --at: the run that continues is for the same time")
	}
	done, err := c.cache.use(c.streams, &c.options, c.look.Quiet)
	if err != nil {
		return nil, err
	}
	defer done()
	return c.judge(ctx, paths, keep, c.look.Quiet)
}

// report writes the reports, with the comparison where there is a report to compare with.
func (c *assessing) report(ctx context.Context, fleet *assessment.Fleet) (assessment.Outcome, error) {
	to := report.Destination{Out: c.streams.Out, Outputs: c.outs.list, Look: c.look, OSCAL: c.oscal, Waived: c.waived, Language: c.speaks}
	if c.seen != "" {
		return c.gate.Outcome(fleet), report.PublishView(ctx, fleet, c.view, to, c.streams.Err)
	}
	if c.before == nil {
		return c.gate.Outcome(fleet), report.Publish(ctx, report.Assessments, fleet, to, c.streams.Err)
	}
	after, err := fleet.Whole()
	if err != nil {
		return assessment.Unanswered, err
	}
	comparison, err := c.again.Compare(ctx, c.opened, c.options, c.before, after)
	if err != nil {
		return assessment.Unanswered, err
	}
	return comparison.Decide(c.gate.FailOn, c.aged != exitGood), report.WriteCompared(ctx, fleet, comparison, to, c.streams.Err)
}

// judging is what judges evidence, with the flags that assess and forecast share.
type judging struct {
	streams Streams
	rules   rulesFlags
	at      timeFlag
	options assess.Options
	opened  ruleset.Ruleset // by judge
}

func newJudging(streams Streams) judging {
	return judging{streams: streams, options: assess.Options{Stdin: streams.In, Tool: tool()}}
}

// register adds the flags that say what is judged, for when and by which rules.
func (j *judging) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	inputFlags(flags, &j.rules, &j.options, &j.at)
	flags.BoolVar(&j.options.PastAt, "allow-past-at", false, "let --at be more than a day in the past; the reports say so")
	j.rules.registerReference(flags)
	flags.DurationVar(&j.options.PolicyTime, "policy-time", assess.PolicyTime, "`time` that a package of added policies may take for one service")
	flags.StringVar(&j.options.Reading, "raci", "", readingUsage)
	profileFlag(flags, &j.options.Profiles)
	flags.StringVar(&j.options.Params, "params", "", "`file` that overrides parameters; see raci-check schema params")
	flags.StringArrayVar(&j.options.Waivers, "waivers", nil, "`file` with accepted risks; repeatable; see raci-check schema waivers")
	flags.StringSliceVar(&j.options.Duties, "duty", nil, "check only this `duty` (name or id); repeatable; marks the report as partial")
}

// inputFlags are those that say what the policies see.
func inputFlags(flags *pflag.FlagSet, rules *rulesFlags, options *assess.Options, at *timeFlag) {
	flags.Var(at, "at", "time to assess for, in RFC 3339 or as a date (its start in UTC) (default: now)")
	rules.register(flags)
	options.MaxFileSize = assess.MaxFileSize
	flags.Var((*mebibytes)(&options.MaxFileSize), "max-file-size", "largest evidence file to read, in `MiB`, 1 to 64")
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

// judge assesses for the time of --at, or for now, and shows how far it has come unless that is to be quiet.
func (j *judging) judge(ctx context.Context, paths []string, keep assessment.Keep, quiet bool) (*assessment.Fleet, error) {
	if j.options.PolicyTime <= 0 {
		return nil, errors.New("--policy-time needs more than 0, such as 2m")
	}
	if j.options.Forecast < 0 || j.options.Forecast > assess.MaxForecast {
		return nil, fmt.Errorf("a forecast looks 1 to %d days ahead", assess.MaxForecast)
	}
	rules, err := j.prepare(paths)
	if err != nil {
		return nil, err
	}
	j.opened = rules
	var bar *progress.Bar
	if !quiet && j.streams.isTerminal(j.streams.Err) {
		bar = progress.New(j.streams.Err, j.streams.Now)
	}
	defer bar.End()
	return assess.Gather(ctx, rules, j.options, keep, bar.Watch)
}

// passedOver tells of files below the paths that were not read.
func (j *judging) passedOver(fleet *assessment.Fleet) {
	if text := wording.English.PassedOver(fleet.Head.Inputs.PassedOver); text != "" {
		fmt.Fprintf(j.streams.Err, "raci-check: %s\n", sanitize.Text(text))
	}
}

// passedOver tells of files below the paths that were not read, where no report lists them.
func (s Streams) passedOver(files []assessment.PassedOver) {
	if text := wording.English.Passed(files); text != "" {
		fmt.Fprintf(s.Err, "raci-check: %s; assess lists them in its JSON report\n", sanitize.Text(text))
	}
}

// prepare names files from the working folder, sets the time, and opens the rules.
func (j *judging) prepare(paths []string) (rules ruleset.Ruleset, err error) {
	if err := relative(paths, &j.options, &j.rules); err != nil {
		return rules, err
	}
	if err := j.time(); err != nil {
		return rules, err
	}
	if rules, err = j.rules.open(); err != nil {
		return rules, err
	}
	j.options.Worker, err = j.rules.worker()
	return rules, err
}

// time sets what the evidence is judged for.
func (j *judging) time() error {
	now := j.streams.Now().Truncate(time.Second) // a report shows no parts of a second
	j.options.At = j.at.or(func() time.Time { return now })
	switch {
	case j.options.PastAt && j.at.IsZero():
		return errors.New("--allow-past-at needs --at")
	case !j.options.PastAt && assess.IsPast(j.options.At, now):
		return fmt.Errorf("--at %s is more than a day in the past: leave it out to assess for now, or add --allow-past-at, which the reports will show", j.at.String())
	}
	return nil
}

// relative names files from the working folder.
func relative(paths []string, options *assess.Options, rules *rulesFlags) error {
	folder, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the working folder: %w", err)
	}
	shorten := func(names []string) []string { return assess.Names(folder, names) }
	options.Paths, options.Params = shorten(paths), shorten([]string{options.Params})[0]
	options.Waivers, options.EvidenceKeys = shorten(options.Waivers), shorten(options.EvidenceKeys)
	rules.added, rules.reference = shorten(rules.added), shorten(rules.reference)
	return nil
}

// exitOf turns the outcome of a gate into the exit code.
func exitOf(outcome assessment.Outcome) error {
	switch outcome {
	case assessment.Good:
		return nil
	case assessment.Bad, assessment.Aged:
		return &verdictError{exitBad}
	default:
		return &verdictError{exitFail}
	}
}
