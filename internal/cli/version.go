package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/rego"
)

// Version is the version of this build, set by the linker for a release.
var Version = "0.2.0"

func tool() assessment.Tool { return assessment.Tool{Name: "raci-check", Version: Version} }

func newVersion(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the program, its policies and OPA",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			rules, err := (&rulesFlags{}).open()
			if err != nil {
				return err
			}
			digest, err := rules.Digest()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(streams.Out, "raci-check %s\npolicies %s\nOPA %s\n%s %s/%s\n",
				Version, digest, rego.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
