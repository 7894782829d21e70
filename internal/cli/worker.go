package cli

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/raci-check/raci-check/internal/sandbox"
)

const workerCommand = "worker"

// newWorker is what this program starts to evaluate policies that were added; nobody types it.
func newWorker(streams Streams) *cobra.Command {
	return &cobra.Command{
		Use:    workerCommand,
		Short:  "Evaluate policies for another process of this program",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return sandbox.Work(cmd.Context(), streams.In, streams.Out)
		},
	}
}

// worker is the command that evaluates what is added to the shipped policies; none where nothing is, so that the program runs where it
// cannot find its own file, as in a root without /proc.
func (f *rulesFlags) worker() ([]string, error) {
	if len(f.added) == 0 {
		return nil, nil
	}
	return worker()
}

// worker is the command that starts this program as a worker.
func worker() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start it for added policies: %w", err)
	}
	return []string{self, workerCommand}, nil
}
