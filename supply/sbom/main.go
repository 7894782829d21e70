//go:build developer

// Command sbom writes the bill of materials of a built raci-check, as CycloneDX JSON.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/raci-check/raci-check/supply"
)

func main() {
	version := flag.String("version", "", "version of the program, as raci-check version prints it")
	output := flag.String("o", "", "file to write")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run -tags developer ./supply/sbom -version VERSION -o FILE PROGRAM (in the folder of go.mod)")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 || *version == "" || *output == "" {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var sbom bytes.Buffer
	err := supply.WriteSBOM(ctx, &sbom, ".", flag.Arg(0), *version)
	if err == nil {
		err = os.WriteFile(*output, sbom.Bytes(), 0o644)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(2)
	}
}
