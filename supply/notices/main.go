//go:build developer

// Command notices writes the licence texts of the modules that are linked into raci-check.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/raci-check/raci-check/supply"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var text bytes.Buffer
	err := supply.WriteNotices(ctx, &text, ".")
	stop()
	if err == nil {
		_, err = os.Stdout.Write(text.Bytes())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "notices:", err)
		os.Exit(2)
	}
}
