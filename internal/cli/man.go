package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/raci-check/raci-check/internal/manpage"
	"github.com/raci-check/raci-check/internal/safefile"
)

func newMan(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "man DIR",
		Short: "Write the manual pages of all commands",
		Long: `Write a manual page of each command into DIR: raci-check.1, raci-check-assess.1 and so on. They have the text of --help.
man finds them in the folder man1 of a folder of its search path. Pages that are there are replaced.`,
		Example: `  raci-check man ~/.local/share/man/man1
  man raci-check-assess`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name the folder to write to, such as ~/.local/share/man/man1")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			manual := manpage.Manual{Version: version(), Usages: func(flags *pflag.FlagSet) string { return plain(flags.FlagUsages()) }}
			pages := manual.Pages(cmd.Root())
			var changes []safefile.Change
			for _, name := range slices.Sorted(maps.Keys(pages)) {
				before, err := safefile.Read(filepath.Join(args[0], name), largestPage)
				if err != nil && !errors.Is(err, fs.ErrNotExist) {
					return err
				}
				changes = append(changes, safefile.Change{Path: name, Before: before, After: pages[name]})
			}
			if err := safefile.ReplaceAll(args[0], changes); err != nil {
				return err
			}
			_, err := fmt.Fprintf(streams.Out, "%d manual pages are in %s\n", len(pages), args[0])
			return err
		},
	}
}

// largestPage is the most that is read of a page to replace, in bytes: more is no page of ours.
const largestPage = 1 << 20
