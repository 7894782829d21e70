package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/attach"
	"github.com/raci-check/raci-check/internal/mapping/shipped"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/mappings"
)

func newAttach(streams Streams) *cobra.Command {
	var policies rulesFlags
	options := attach.Options{Shipped: mappings.FS, Lock: lockFor(streams, "attach")}
	var list bool
	cmd := &cobra.Command{
		Use:   "attach [flags] --section SECTION FILE",
		Short: "Store a file with the evidence and name it as artifact",
		Long: `Store a copy of a file in the folder ` + attach.Folder + ` of the evidence, and name it, with its SHA-256, as the artifact of a section or
of a record in it. One field is added to the YAML. Comments, order and layout stay as they are, byte for byte. Either both files
are written, or none.

The file is refused if it shows nothing or is not what its name says, if it is a symbolic link or larger than 256 MiB, or if it
is in the folder already. The place is refused if it takes no artifact or, without --replace, if it has one.

--mapping also copies a mapping into the folder ` + attach.Mappings + `, and names it beside the artifact, so that assess derives the facts of the
file again. It is refused if it does not fit the file or the section. Without it, a mapping is proposed if the program knows the
form of the file; --list-mappings shows those it knows.

Exit codes: 0 attached; 2 nothing was written, with the reason.`,
		Example: `  raci-check attach --section backups --evidence my-evidence backup-report.json
  raci-check attach --section backups --at /backups/jobs/0/restore_test --evidence my-evidence restore-2026-09.txt
  raci-check attach --section backups --replace --evidence my-evidence backup-report.json
  raci-check attach --section backups --mapping restic-snapshots --evidence my-evidence restic-snapshots.json`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case list && len(args) > 0:
				return errors.New("--list-mappings takes no file")
			case list:
				return nil
			case len(args) != 1:
				return errors.New("name one file to attach")
			case options.Section == "":
				return errors.New("name the section that the file belongs to: --section NAME")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := policies.open()
			if err != nil {
				return err
			}
			root, err := rules.Described()
			if err != nil {
				return err
			}
			if list {
				all, err := shipped.All(options.Shipped, root)
				if err != nil {
					return err
				}
				_, err = fmt.Fprint(streams.Out, listMappings(all))
				return err
			}
			reader, err := assess.ReaderOf(rules)
			if err != nil {
				return err
			}
			options.File = args[0]
			attached, err := attach.Attach(reader, root, options)
			if err != nil {
				return err
			}
			streams.passedOver(assess.PassedOver(attached.PassedOver))
			_, err = fmt.Fprint(streams.Out, sanitize.Lines(saidOf(attached, options)))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Section, "section", "", "`name` of the section")
	flags.StringVar(&options.At, "at", "", "`pointer` to what the file shows (default: the source of the section)")
	flags.StringVar(&options.Evidence, "evidence", ".", "`folder` of the evidence, or one file")
	flags.BoolVar(&options.Replace, "replace", false, "replace the artifact that is there already")
	flags.StringVar(&options.Mapping, "mapping", "", "`mapping` that derives facts of the file: a name of --list-mappings, or a file")
	flags.BoolVar(&list, "list-mappings", false, "show the mappings that the program has: what each fills, what it cannot tell, how its export is made")
	policies.register(flags)
	policies.registerReference(flags)
	if err := cmd.RegisterFlagCompletionFunc("mapping", completeMappings); err != nil {
		panic(err) // the flag is there
	}
	return cmd
}

// completeMappings completes the names of mappings, and then names of files.
func completeMappings(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	names, err := shipped.Names(mappings.FS)
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	return names, cobra.ShellCompDirectiveDefault
}

// saidOf says what was attached, and what can follow.
func saidOf(attached *attach.Attached, options attach.Options) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s: sha256 %s\n%s: artifact of %s\n", attached.Path, attached.SHA256, attached.Place, attached.At)
	if attached.Old != "" {
		fmt.Fprintf(&text, "%s: no longer named here; delete it if nothing else needs it\n", attached.Old)
	}
	if attached.Mapping != "" {
		fmt.Fprintf(&text, "%s: reads %d of the evidence's facts from it", attached.Mapping, attached.Derived)
		if attached.Differs > 0 {
			fmt.Fprintf(&text, "; %d differ from the evidence, and assess --details says which", attached.Differs)
		}
		text.WriteString("\n")
	}
	if len(attached.Proposed) > 0 {
		at := ""
		if options.At != "" {
			at = " --at " + options.At
		}
		fmt.Fprintf(&text, "%s: has the form of %s; to derive facts of it: raci-check attach --section %s%s --evidence %s --mapping %s %s\n", attached.Path,
			strings.Join(attached.Proposed, " and of "), options.Section, at, options.Evidence, attached.Proposed[0], options.File)
	}
	return text.String()
}

// listMappings shows mappings in full.
func listMappings(all []shipped.Mapping) string {
	var text strings.Builder
	for i, m := range all {
		if i > 0 {
			text.WriteString("\n")
		}
		fmt.Fprintf(&text, "%s\n  %s\n  fills: %s\n  cannot tell: %s\n  made by:\n", m.Name, m.Title, strings.Join(m.Fills(), ", "), strings.Join(m.CannotTell, "; "))
		for line := range strings.Lines(m.Command) {
			text.WriteString("    " + strings.TrimSuffix(line, "\n") + "\n")
		}
	}
	return text.String()
}
