package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/suggest"
)

func newCollect(streams Streams) *cobra.Command {
	var (
		policies         rulesFlags
		at               timeFlag
		config           string
		from, only       []string
		service          collect.Service
		values           = sourceFlags{}
		dry, diff, noRaw bool
		rights           bool // check them and write nothing
		tapes            sessionFlags
	)
	cmd := &cobra.Command{
		Use:   "collect [flags] [DIR]",
		Short: "Collect evidence from APIs, state and exports",
		Long: `Read facts from the sources named by --from or by a file of kind Collect, and write them as evidence into DIR. Each section
goes into the file that already has it, or into a new file. Everything that people wrote stays: sections from a statement or a
document, fields that no source fills, comments. Items that the sources no longer have are removed, and this is reported.
The answers of the sources are kept in DIR/` + collect.Raw + `, without secrets. A section that could
not be read completely is not written. See docs/collect.md.

Sources read secrets from the environment or from files, never from flags.
` + sessionHelp + `
--check-rights asks each endpoint of the APIs for as little as it can, and lists what works, what is refused, which IAM action is
missing, and which checks rest on that. It needs no folder: exit code 0 all works, 1 something does not.

Exit codes: 0 everything was read; 1 something could not be read: the complete sections are written, and evidence that is there
says what could not be read again; 2 nothing was written.`,
		Example: `  raci-check collect --service-id 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21 --terraform-state state.json my-evidence
  raci-check collect --config collect.yaml --diff --dry-run my-evidence`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case rights && len(args) > 0:
				return errors.New("--check-rights writes nothing: leave out the folder")
			case !rights && len(args) != 1:
				return errors.New("name one folder to write evidence to")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			collection, recorded, err := tapes.configOf(args, func() (collect.Config, error) { return configOf(config, from, service, values) })
			if err != nil {
				return err
			}
			rules, err := policies.open()
			if err != nil {
				return err
			}
			from := &collect.Sources{Config: collection, Only: only, Rules: rules, Record: tapes.record, Replay: recorded}
			if rights {
				return checkRights(cmd.Context(), streams, from)
			}
			moment := momentOf(recorded, func() time.Time { return at.or(func() time.Time { return streams.Now().UTC().Truncate(time.Second) }) })
			return collectLocked(cmd.Context(), streams, from, collect.Options{
				Folder: args[0], Service: collection.Service, At: moment, By: tool().Name + " " + tool().Version, NoRaw: noRaw, Replayed: recorded != nil,
			}, extent{diff, dry})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&config, "config", "", "`file` of kind Collect with the sources; see raci-check schema collect")
	flags.StringArrayVar(&from, "from", nil, "`source` to read: "+listed(kindNames())+"; repeatable; a flag of a source names it too")
	flags.StringVar(&service.ID, "service-id", "", "id of the OKMS domain")
	flags.StringVar(&service.Name, "name", "", "name of the OKMS domain, for new files")
	flags.StringVar(&service.Region, "region", "", "region of the OKMS domain, for new files")
	flags.Var(&at, "at", "time of the collection, in RFC 3339 or as a date (default: now)")
	flags.StringSliceVar(&only, "only", nil, "read only this `source`, or write only this section; repeatable")
	flags.BoolVar(&dry, "dry-run", false, "write nothing")
	flags.BoolVar(&diff, "diff", false, "print the changes as a unified diff; the summary goes to standard error")
	flags.BoolVar(&rights, "check-rights", false, "write nothing: ask each endpoint once, and list what works, what is refused and which checks rest on that")
	flags.BoolVar(&noRaw, "no-raw", false, "keep no raw answers as artifacts")
	policies.register(flags)
	values.register(flags)
	excludeFlags(cmd)
	tapes.register(cmd)
	return cmd
}

// excludeFlags says which flags do not go together.
func excludeFlags(cmd *cobra.Command) {
	for _, name := range []string{"from", "service-id", "name", "region"} {
		cmd.MarkFlagsMutuallyExclusive("config", name)
	}
	for _, name := range []string{"at", "dry-run", "diff", "no-raw"} {
		cmd.MarkFlagsMutuallyExclusive("check-rights", name)
	}
}

func kindNames() []string {
	var names []string
	for _, kind := range source.All {
		names = append(names, kind.Name)
	}
	return names
}

// sourceFlags are the options of all sources, by kind and name.
type sourceFlags map[string]collect.Values

func (s sourceFlags) register(flags *pflag.FlagSet) {
	for _, kind := range source.All {
		s[kind.Name] = collect.Values{}
		for _, option := range kind.Options {
			value := &optionValue{s[kind.Name], option}
			flags.Var(value, strings.TrimPrefix(collect.Flag(kind, option), "--"), kind.Name+": "+option.Usage)
		}
	}
}

// optionValue is a flag of a source.
type optionValue struct {
	values collect.Values
	option collect.Option
}

func (o *optionValue) String() string { return "" }

func (o *optionValue) Set(text string) error {
	if len(o.values[o.option.Name]) > 0 && !o.option.List {
		return errors.New("it is given twice: keep one")
	}
	o.values[o.option.Name] = append(o.values[o.option.Name], text)
	return nil
}

func (o *optionValue) Type() string { return "text" }

// serviceID is the id of an OKMS domain as a flag has it, in lower case.
func serviceID(text string) (string, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return "", fmt.Errorf("--service-id %s is not a UUID: give the id of an OKMS domain", text)
	}
	return id.String(), nil
}

// configOf takes what is to be collected from a file or from flags.
func configOf(config string, from []string, service collect.Service, values sourceFlags) (collect.Config, error) {
	for _, name := range kindNames() {
		if len(values[name]) > 0 && !slices.Contains(from, name) {
			from = append(from, name)
		}
	}
	switch {
	case config != "" && len(from) > 0:
		return collect.Config{}, fmt.Errorf("--config names the sources and their options: leave out the flags of %s", from[0])
	case config != "":
		return collect.ReadConfig(config, source.All)
	case len(from) == 0:
		return collect.Config{}, fmt.Errorf("name what to read: --from %s, or --config FILE", strings.Join(kindNames(), "|"))
	case service.ID == "":
		return collect.Config{}, errors.New("--service-id is needed: the id of the OKMS domain")
	}
	id, err := serviceID(service.ID)
	if err != nil {
		return collect.Config{}, err
	}
	collection := collect.Config{Service: collect.Service{ID: id, Name: service.Name, Region: service.Region}}
	for _, name := range slices.Compact(slices.Sorted(slices.Values(from))) {
		at := slices.Index(kindNames(), name)
		if at < 0 {
			return collect.Config{}, errors.New(suggest.Unknown("source", name, kindNames()))
		}
		kind := source.All[at]
		collection.Sources = append(collection.Sources, collect.Configured{Kind: kind, Values: values[name]})
	}
	return collection, nil
}

// extent says how much of a collection is done.
type extent struct{ diff, dry bool }

// collectLocked collects and writes while no other run writes to the folder.
func collectLocked(ctx context.Context, streams Streams, from *collect.Sources, options collect.Options, e extent) error {
	if !e.dry {
		lock, err := lockFor(streams, "collect").Take(options.Folder)
		if err != nil {
			return err
		}
		defer lock.Release()
		options.Lock = lock
	}
	plan, err := collectInto(ctx, streams, from, options)
	if err != nil {
		return err
	}
	return conclude(streams, plan, options.Folder, e.diff, e.dry)
}

// collectInto asks the sources and plans what to write; what is being done is said on a terminal.
func collectInto(ctx context.Context, streams Streams, from *collect.Sources, options collect.Options) (*collect.Plan, error) {
	chosen, err := from.Choose(&options)
	if err != nil {
		return nil, err
	}
	outcomes := collect.Run(ctx, chosen, collect.Request{ServiceID: options.Service.ID, At: options.At}, progressTo(streams))
	if ctx.Err() != nil { // a source that was stopped says nothing about what it reads
		return nil, errors.New("interrupted: nothing was written")
	}
	if err := from.Finish(); err != nil {
		return nil, err
	}
	fmt.Fprint(streams.Err, noteOf(from))
	return collect.Prepare(outcomes, options)
}

// progressTo says on a terminal what is being done; nil elsewhere.
func progressTo(streams Streams) func(source, doing string) {
	if !streams.isTerminal(streams.Err) {
		return nil
	}
	return func(source, doing string) { fmt.Fprintf(streams.Err, "%s: %s\n", source, doing) }
}

// checkRights lists what the sources may ask.
func checkRights(ctx context.Context, streams Streams, from *collect.Sources) error {
	chosen, err := from.Choose(&collect.Options{})
	if err != nil {
		return err
	}
	set, err := from.Rules.Policies()
	if err != nil {
		return err
	}
	request := collect.Request{ServiceID: from.Config.Service.ID, At: streams.Now().UTC()}
	all := collect.CheckRights(ctx, chosen, request, progressTo(streams))
	if err := collect.WriteRights(streams.Out, all, set.Resting); err != nil {
		return err
	}
	if !collect.RightsWork(all) {
		return &verdictError{exitBad}
	}
	return nil
}

// conclude shows and writes the plan.
func conclude(streams Streams, plan *collect.Plan, folder string, diff, dry bool) error {
	to := streams.Out
	if diff {
		to = streams.Err
		if err := plan.Diff(streams.Out); err != nil {
			return err
		}
	}
	if err := plan.Summary(to); err != nil {
		return err
	}
	if plan.Meant != "" {
		fmt.Fprintf(streams.Err, "raci-check: %s had no evidence of this domain, and %s has: did you mean that folder?\n", sanitize.Text(folder), sanitize.Text(plan.Meant))
	}
	if plan.Nothing() {
		return errors.New("no source could be read: nothing was written")
	}
	if !dry {
		if err := plan.Write(); err != nil {
			return err
		}
	}
	n := len(plan.Changes)
	summary := fmt.Sprintf("%d %s written to %s\n", n, wording.English.Plural(n, "file", "files"), folder)
	if dry {
		summary = fmt.Sprintf("%d %s would be written to %s\n", n, wording.English.Plural(n, "file", "files"), folder)
	}
	if plan.Incomplete() {
		summary += "what failed was not written: its earlier facts stay, and no check passes on them until it is read\n"
	}
	if _, err := fmt.Fprint(to, summary); err != nil {
		return err
	}
	if plan.Incomplete() {
		return &verdictError{exitBad}
	}
	return nil
}
