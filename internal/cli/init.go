package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/scaffold"
	"github.com/raci-check/raci-check/internal/starter"
)

func newInit(streams Streams) *cobra.Command {
	var policies rulesFlags
	var service evidence.Service
	var without []string
	var all bool
	var policy string
	var spoken language
	cmd := &cobra.Command{
		Use:   "init DIR | init --policy NAME [DIR]",
		Short: "Write a commented skeleton of the evidence, or a policy of your own",
		Long: `Write a skeleton of the evidence into a folder, with one file per section. Every field is a comment with its meaning, the words
that it takes and the checks that read it. Until you fill it in, every check is missing. The JSON Schema beside it lets editors
complete and check.

On a terminal, init first asks for the domain and a few questions, such as whether you use KMIP, and leaves out what does not
apply. --without answers them beforehand. With --all, or without a terminal, it writes everything. In a folder that already has evidence, it
takes the id, the name and the region from there. Zeros in place of an id become the --service-id.

With --policy, write a policy instead. Its name is that of a duty and a suffix. It has one check with its test, its parameter
and its section of the evidence, and it passes raci-check test. Use it as a start for your own check.

Existing files are never overwritten.`,
		Example: `  raci-check init --service-id 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21 my-evidence
  raci-check init --policy backups_acme my-policies`,
		Args: func(_ *cobra.Command, args []string) error {
			if policy != "" && len(args) > 1 {
				return errors.New("name one folder to write to")
			}
			if policy == "" && len(args) != 1 {
				return errors.New("name the folder to write to")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			rules, err := policies.open()
			if err != nil {
				return err
			}
			if policy != "" {
				dir := "policies"
				if len(args) == 1 {
					dir = args[0]
				}
				return writePolicy(streams, rules, policy, dir)
			}
			request := starter.Request{Folder: args[0], Service: service, Without: without, Lock: lockFor(streams, "init")}
			speaks, err := spoken.open(streams)
			if err != nil {
				return err
			}
			if speaks != nil {
				request.Words, request.Field = speaks.Words(), speaks.Field
			}
			return writeSkeleton(cmd, streams, rules, request, all)
		},
	}
	flags := cmd.Flags()
	policies.register(flags)
	flags.StringVar(&policy, "policy", "", "write a policy of this `name` into DIR (default: policies); use the name of a duty and a suffix, such as backups_acme")
	policies.registerReference(flags)
	flags.StringVar(&service.ID, "service-id", "", "id of the OKMS domain; by default that of the evidence in DIR, else zeros")
	flags.StringVar(&service.Name, "name", "", "name of the OKMS domain")
	flags.StringVar(&service.Region, "region", "", "region of the OKMS domain, such as eu-west-par")
	flags.StringSliceVar(&without, "without", nil, "`words` for what you do not have: kmip, imports, devices (of your own, with backups), hosts (of your own), terraform, sso; repeatable")
	flags.BoolVar(&all, "all", false, "write everything and ask nothing")
	spoken.register(flags)
	cmd.MarkFlagsMutuallyExclusive("all", "without")
	for _, flag := range []string{"service-id", "name", "region", "without", "all", "reference", "lang"} {
		cmd.MarkFlagsMutuallyExclusive("policy", flag)
	}
	return cmd
}

// writePolicy writes a policy package, and says what comes next.
func writePolicy(streams Streams, rules ruleset.Ruleset, name, dir string) error {
	reading, err := rules.Reading("")
	if err != nil {
		return err
	}
	files, err := scaffold.Policy(name, rules.Root(), reading.Activities)
	if err != nil {
		return err
	}
	written, err := scaffold.Add(dir, files)
	if err != nil {
		return err
	}
	var summary strings.Builder
	for _, file := range written {
		fmt.Fprintln(&summary, file)
	}
	fmt.Fprintf(&summary, "next: raci-check test %s, then adapt the check; docs/policies.md has the contract\n", dir)
	_, err = fmt.Fprint(streams.Out, sanitize.Lines(summary.String()))
	return err
}

// writeSkeleton asks what applies, unless that is told or nobody is there, and writes what is not there yet.
func writeSkeleton(cmd *cobra.Command, streams Streams, rules ruleset.Ruleset, request starter.Request, all bool) error {
	var kit starter.Kit
	var err error
	if kit.Format, err = rules.Format(); err != nil {
		return err
	}
	if kit.Form, _, err = rules.Form(); err != nil {
		return err
	}
	policies, err := rules.Compiled()
	if err != nil {
		return err
	}
	kit.Checks, kit.RestsOn = policies.Checks(), policies.RestsOn()
	if request.Regions, err = rules.Regions(); err != nil {
		return err
	}
	if request.Placeholders, err = rules.Placeholders(); err != nil {
		return err
	}
	if !all && !cmd.Flags().Changed("without") && streams.readsTerminal() {
		if err := kit.Ask(cmd.Context(), streams.In, streams.Err, &request); err != nil {
			return err
		}
	}
	result, err := starter.Write(kit, request)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(streams.Out, sanitize.Lines(result.Summary(request.Folder, request.Words)))
	return err
}
