//go:build developer

// Command image writes the container image of built programs, as a tar file of an OCI image layout. It needs no daemon.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/supply"
)

func main() {
	version := flag.String("version", "", "version of the programs, as raci-check version prints it")
	output := flag.String("o", "", "file to write")
	amd64 := flag.String("amd64", "", "the program for Linux on amd64; * stands for any text in a name")
	arm64 := flag.String("arm64", "", "the program for Linux on arm64")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: go run -tags developer ./supply/image -version VERSION -o FILE -amd64 PROGRAM -arm64 PROGRAM (in the folder of go.mod)")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 0 || *version == "" || *output == "" || *amd64 == "" && *arm64 == "" {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := write(ctx, *output, *version, map[string]string{"amd64": *amd64, "arm64": *arm64})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(2)
	}
}

func write(ctx context.Context, output, version string, patterns map[string]string) error {
	programs := map[string]string{}
	for architecture, pattern := range patterns {
		if pattern == "" {
			continue
		}
		matches, err := filepath.Glob(pattern)
		if err != nil {
			return fmt.Errorf("%s: %w", pattern, err)
		}
		if len(matches) != 1 {
			return fmt.Errorf("-%s %s: it names %d files; name the program that was built for this architecture", architecture, pattern, len(matches))
		}
		programs[architecture] = matches[0]
	}
	var image bytes.Buffer
	if err := supply.WriteImage(ctx, &image, ".", version, programs); err != nil {
		return err
	}
	return safefile.Write(output, image.Bytes())
}
