package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"raci-check/internal/raci"
	"raci-check/internal/sanitize"
	"raci-check/internal/scaffold"
	"raci-check/policies"
)

func newCatalog(streams Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "catalog",
		Short: "Create a ruleset from another service's RACI table",
		Args:  unknownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCatalogImport(streams))
	return cmd
}

func newCatalogImport(streams Streams) *cobra.Command {
	var id, provider, customer, dir string
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Turn a RACI table into a catalog and a policy for each of the customer's duties",
		Long: `Turn a RACI table in text or Markdown (*.md) into a ruleset: a catalog, the form of the evidence, and a policy for each of
the customer's duties. Each policy has one check, which is missing until its evidence is supplied. The ruleset is a starting
point for the service's checks. If its folder already exists, nothing is written.

A row that may have lost a blank cell is read literally, with a warning: compare it with the provider's own table.

Exit codes: 0 written; 2 not written, with the reason.`,
		Example: "  raci-check catalog import --id kubernetes -o rules managed-kubernetes.txt",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return errors.New("name the file with the RACI table")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			table, err := readTable(args[0], customer)
			if err != nil {
				return err
			}
			lib, err := fs.Sub(policies.FS, "lib")
			if err != nil {
				return fmt.Errorf("open policies: %w", err)
			}
			id = cmp.Or(id, scaffold.IDOf(args[0]))
			files, err := scaffold.Import(table, scaffold.Options{
				ID: id, Provider: provider, File: filepath.Base(args[0]), Date: streams.Now().UTC().Format(time.DateOnly), Lib: lib,
			})
			if err != nil {
				return err
			}
			written, err := scaffold.Write(dir, id, files)
			if err != nil {
				return err
			}
			for _, warning := range table.Warnings {
				fmt.Fprintf(streams.Err, "raci-check: warning: %s\n", sanitize.Text(fmt.Sprintf("%s:%d: %s", args[0], warning.Line, warning.Message)))
			}
			return sayRuleset(streams, dir, id, table, written)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&id, "id", "", "`name` of the folder and of the Rego package, snake_case (default: from the file's name)")
	flags.StringVar(&provider, "provider", "", "`name` of the provider (default: the heading of its column)")
	flags.StringVar(&customer, "customer", "", "`heading` of the customer's column (default: Customer)")
	flags.StringVarP(&dir, "output", "o", "policies", "`folder` to write to")
	return cmd
}

func readTable(name, customer string) (*raci.Table, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read table: %w", err)
	}
	defer file.Close()
	return scaffold.Read(name, file, customer)
}

// sayRuleset says what was written and what comes next.
func sayRuleset(streams Streams, dir, id string, table *raci.Table, written []string) error {
	duties, asked := 0, 0
	for _, row := range table.Rows {
		if row.Customer.Accountable() {
			duties++
		} else {
			asked++
		}
	}
	helpers := "left as they are"
	if slices.ContainsFunc(written, func(name string) bool { return strings.HasPrefix(name, "lib/") }) {
		helpers = "written"
	}
	home := filepath.Join(dir, id)
	_, err := fmt.Fprint(streams.Out, sanitize.Lines(fmt.Sprintf(`%d activities: %d duties of the customer, %d with questions for the provider
%s
  catalog.yaml, reference.yaml, profiles/baseline/_shared.yaml
  schema/_root.json and one section for each duty
  %d policies <duty>.rego, each with its <duty>_test.rego
%s
  the helpers that policies share: %s
%d files written
next:
  1. compare %s with the table, and make each ask_provider precise
  2. in each policy, replace the check "written" by checks of facts; docs/policies.md says how, and
     raci-check test --policies %s tests them
  3. raci-check init --policies %s my-evidence, then raci-check assess --policies %s my-evidence: every duty is missing until
     its evidence is there
`, len(table.Rows), duties, asked, home, duties, filepath.Join(dir, "lib"), helpers, len(written), filepath.Join(home, "catalog.yaml"), dir, dir, dir)))
	return err
}
