package cli

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/scaffold"
	"github.com/raci-check/raci-check/policies"
)

func newCatalog(streams Streams) *cobra.Command {
	return group("catalog", "Create a ruleset from another service's RACI table", newCatalogImport(streams))
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
			table, err := scaffold.ReadFile(args[0], customer)
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
			_, err = fmt.Fprint(streams.Out, sanitize.Lines(scaffold.Summary(table, dir, id, written)))
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&id, "id", "", "`name` of the folder and of the Rego package, snake_case (default: from the file's name)")
	flags.StringVar(&provider, "provider", "", "`name` of the provider (default: the heading of its column)")
	flags.StringVar(&customer, "customer", "", "`heading` of the customer's column (default: Customer)")
	flags.StringVarP(&dir, "output", "o", "policies", "`folder` to write to")
	return cmd
}
