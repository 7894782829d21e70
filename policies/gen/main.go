//go:build developer

// Command gen writes policies/snapshot.bin anew: `go generate ./policies`. A test of package policies fails where the file is
// not what the sources give.
package main

import (
	"fmt"
	"os"

	"github.com/raci-check/raci-check/internal/rego/snapshot/generate"
	"github.com/raci-check/raci-check/internal/ruleset"
)

func main() {
	if err := run("snapshot.bin"); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run reads the ruleset in the working directory. It imports no package that embeds the file: that could not be built where the
// file is not there yet.
func run(file string) error {
	rules, err := ruleset.Open(os.DirFS("."), "okms")
	if err != nil {
		return err
	}
	data, err := generate.Snapshot(rules)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
