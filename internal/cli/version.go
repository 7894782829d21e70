package cli

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/forecast"
	"github.com/raci-check/raci-check/internal/planned"
	"github.com/raci-check/raci-check/internal/policytest"
	"github.com/raci-check/raci-check/internal/program"
	"github.com/raci-check/raci-check/internal/rego"
	"github.com/raci-check/raci-check/internal/rego/snapshot"
	"github.com/raci-check/raci-check/internal/verify"
)

// Version and Commit are of this build, set by the linker for a release. Without them, the Go command's own information counts.
var Version, Commit string

var build = sync.OnceValue(func() program.Build { return program.Read(Commit) })

func version() string { return build().Version(Version) }

func tool() assessment.Tool { return assessment.Tool{Name: "raci-check", Version: version()} }

func newVersion(streams Streams) *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the program, its policies and OPA",
		Long: `Print the versions of the program, its policies, OPA and Go. --json adds the source it was built from, the versions of the
formats, and what speaks against building the same bytes again; raci-check schema version describes it.`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rules, err := (&rulesFlags{}).open()
			if err != nil {
				return err
			}
			digest, err := rules.Digest()
			if err != nil {
				return err
			}
			if asJSON {
				report := program.Report{OPA: rego.Version, Policies: digest, Snapshot: snapshot.Format, Formats: formats()}
				report.Fill(build(), Version)
				return report.WriteJSON(streams.Out)
			}
			_, err = fmt.Fprintf(streams.Out, "raci-check %s\npolicies %s\nOPA %s\n%s %s/%s\n",
				version(), digest, rego.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON, with the source and what speaks against building the same bytes again")
	return cmd
}

func formats() map[string]string {
	return map[string]string{
		"assessment": assessment.SchemaID, "diff": diff.SchemaID, "evidence": "raci-check/v1", "forecast": forecast.SchemaID,
		"ndjson": assessment.LinesID, "plan": planned.SchemaID, "test": policytest.SchemaID, "verification": verify.SchemaID,
		"version": program.SchemaID,
	}
}
