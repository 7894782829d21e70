// Command raci-check assesses a customer's evidence against the duties of a shared-responsibility (RACI) table.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/raci-check/raci-check/internal/cli"
)

func main() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		newCollector().follow()
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends at once
	// A reader that has gone is an error of writing, not the end by a signal.
	signal.Ignore(syscall.SIGPIPE)
	code := cli.Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Now: time.Now, Env: os.Getenv})
	stop()
	os.Exit(code)
}
