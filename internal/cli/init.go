package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/ruleset"
	"raci-check/internal/safefile"
	"raci-check/internal/sanitize"
	"raci-check/internal/scaffold"
	"raci-check/internal/schema"
)

func newInit(streams Streams) *cobra.Command {
	var policies rulesFlags
	service := struct{ id, name, region string }{}
	var policy string
	cmd := &cobra.Command{
		Use:   "init DIR | init --policy NAME [DIR]",
		Short: "Write a commented skeleton of the evidence, or a policy of your own",
		Long: `Write a skeleton of the evidence into a folder, with one file per section. Every field is a comment with its meaning. Until
you fill it in, every check is missing.

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
		RunE: func(_ *cobra.Command, args []string) error {
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
			format, err := rules.Format()
			if err != nil {
				return err
			}
			root, err := format.Describe()
			if err != nil {
				return err
			}
			header := fmt.Sprintf("api_version: raci-check/v1\nkind: Evidence\nmetadata:\n  service:\n    id: %s\n    name: %s\n    region: %s\n",
				service.id, service.name, service.region)
			form, _, err := rules.Form()
			if err != nil {
				return err
			}
			if err := headed(header, form); err != nil {
				return err
			}
			return writeSkeleton(streams, args[0], header, root)
		},
	}
	flags := cmd.Flags()
	policies.register(flags)
	flags.StringVar(&policy, "policy", "", "write a policy of this `name` into DIR (default: policies); use the name of a duty and a suffix, such as backups_acme")
	flags.StringVar(&service.id, "service-id", "00000000-0000-4000-8000-000000000000", "id of the OKMS domain")
	flags.StringVar(&service.name, "name", "my-okms", "name of the OKMS domain")
	flags.StringVar(&service.region, "region", "eu-west-par", "region of the OKMS domain")
	for _, flag := range []string{"service-id", "name", "region"} {
		cmd.MarkFlagsMutuallyExclusive("policy", flag)
	}
	return cmd
}

// headed refuses a service whose files assess would refuse.
func headed(header string, form *schema.Schema) error {
	const flags = "--service-id, --name or --region"
	doc, err := document.Parse(flags, []byte(header), document.DefaultLimits)
	if err == nil {
		err = form.Validate(doc)
	}
	var errs document.Errors
	if errors.As(err, &errs) {
		return fmt.Errorf("%s is not what a file of evidence can have: %s", flags, errs[0].Message)
	}
	return err
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

// writeSkeleton writes one file a section, all or none, and leaves alone what is there.
func writeSkeleton(streams Streams, dir, header string, root *evidence.Form) error {
	files := map[string][]byte{}
	unchanged := 0
	for _, section := range root.Sections() {
		form := root.Properties.Forms[section]
		content := fmt.Sprintf("%s\n# %s\n# Remove the \"# \" at the start of the lines that you fill in, and leave the others.\n#\n%s",
			header, form.Description, root.Skeleton(section, "# "))
		name := section + ".yaml"
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			unchanged++
			continue
		}
		files[name] = []byte(content)
	}
	if err := safefile.Create(dir, files); err != nil {
		return fmt.Errorf("write skeleton: %w", err)
	}
	var summary strings.Builder
	fmt.Fprintf(&summary, "%d files written to %s", len(files), dir)
	if unchanged > 0 {
		fmt.Fprintf(&summary, ", %d existing files unchanged", unchanged)
	}
	fmt.Fprintf(&summary, "\nnext: fill them in, then raci-check assess %s\n", dir)
	_, err := fmt.Fprint(streams.Out, summary.String())
	return err
}
