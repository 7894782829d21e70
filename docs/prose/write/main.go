//go:build developer

// Command write writes the texts of the policies and of the help as Markdown, for a prose linter.
//
//	go run -tags developer ./docs/prose/write FOLDER
package main

import (
	"fmt"
	"os"

	"github.com/raci-check/raci-check/docs/prose"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: write FOLDER, in the root of the repository")
		os.Exit(2)
	}
	if err := prose.Write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "prose:", err)
		os.Exit(1)
	}
}
