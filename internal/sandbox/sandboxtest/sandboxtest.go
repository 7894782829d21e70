// Package sandboxtest makes a test's own binary the process that evaluates added policies.
package sandboxtest

import (
	"context"
	"fmt"
	"os"

	"github.com/raci-check/raci-check/internal/sandbox"
)

// Argument is what the binary is started with as that process.
const Argument = "work"

// Work evaluates and ends this process where it was started for that. A TestMain calls it first.
func Work() {
	if len(os.Args) != 2 || os.Args[1] != Argument {
		return
	}
	if err := sandbox.Work(context.Background(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	os.Exit(0)
}
