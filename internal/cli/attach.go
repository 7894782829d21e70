package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"raci-check/internal/attach"
	"raci-check/internal/document"
	"raci-check/internal/evidence"
	"raci-check/internal/ruleset"
	"raci-check/internal/sanitize"
)

func newAttach(streams Streams) *cobra.Command {
	var policies rulesFlags
	var options attach.Options
	cmd := &cobra.Command{
		Use:   "attach [flags] --section SECTION FILE",
		Short: "Store a file with the evidence and name it as artifact",
		Long: `Store a copy of a file in the folder ` + attach.Folder + ` of the evidence, and name it, with its SHA-256, as the artifact of a section or
of a record in it. One field is added to the YAML. Comments, order and layout stay as they are, byte for byte. Either both files
are written, or none.

The file is refused if it shows nothing or is not what its name says, if it is a symbolic link or larger than 256 MiB, or if it
is in the folder already. The place is refused if it takes no artifact or, without --replace, if it has one.

Exit codes: 0 attached; 2 nothing was written, with the reason.`,
		Example: `  raci-check attach --section backups --evidence my-evidence backup-report.json
  raci-check attach --section backups --at /backups/jobs/0/restore_test --evidence my-evidence restore-2026-09.txt
  raci-check attach --section backups --replace --evidence my-evidence backup-report.json`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
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
			reader, root, err := readerFor(rules)
			if err != nil {
				return err
			}
			options.File = args[0]
			attached, err := attach.Attach(reader, root, options)
			if err != nil {
				return err
			}
			var summary strings.Builder
			fmt.Fprintf(&summary, "%s: sha256 %s\n%s: artifact of %s\n", attached.Path, attached.SHA256, attached.Place, attached.At)
			if attached.Old != "" {
				fmt.Fprintf(&summary, "%s: no longer named here; delete it if nothing else needs it\n", attached.Old)
			}
			_, err = fmt.Fprint(streams.Out, sanitize.Lines(summary.String()))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Section, "section", "", "`name` of the section")
	flags.StringVar(&options.At, "at", "", "`pointer` to what the file shows (default: the source of the section)")
	flags.StringVar(&options.Evidence, "evidence", ".", "`folder` of the evidence, or one file")
	flags.BoolVar(&options.Replace, "replace", false, "replace the artifact that is there already")
	policies.register(flags)
	policies.registerReference(flags)
	return cmd
}

// readerFor reads evidence as an assessment does, and describes its form.
func readerFor(rules ruleset.Ruleset) (*evidence.Reader, *evidence.Form, error) {
	form, _, err := rules.Form()
	if err != nil {
		return nil, nil, err
	}
	placeholders, err := rules.Placeholders()
	if err != nil {
		return nil, nil, err
	}
	format, err := rules.Format()
	if err != nil {
		return nil, nil, err
	}
	root, err := format.Describe()
	if err != nil {
		return nil, nil, err
	}
	return &evidence.Reader{Schema: form, Limits: document.DefaultLimits, Placeholders: placeholders}, root, nil
}
