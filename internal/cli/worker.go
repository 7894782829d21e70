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

// worker is the command that starts this program as a worker.
func worker() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program, to start it for added policies: %w", err)
	}
	return []string{self, workerCommand}, nil
}
