#!/usr/bin/env bash
# A program that imports OPA's v1/ast alone carries the list of what each released version of OPA could do.
#
# Expected: Go's linker leaves out what nothing calls, and the files of an embed.FS go with the variable that nobody reads
# (https://pkg.go.dev/embed). A program that only parses a policy asks for no earlier version's capabilities.
# Seen: all files are in the program, more than 4 MB. v1/capabilities copies the variable of the older package into one of its own when the
# program starts, and the linker keeps what such a copy reads, also where neither is used. No build tag leaves them out.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
)

func main() {
	fmt.Println(ast.MustParseModule("package a"))
}
GO
go mod init example.com/finding >/dev/null 2>&1
go get github.com/open-policy-agent/opa@v1.22.4 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/open-policy-agent/opa
CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o program .
cat >look.go <<'GO'
//go:build ignore

package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	program, err := os.ReadFile("program")
	if err != nil {
		panic(err)
	}
	files, err := filepath.Glob(filepath.Join(os.Args[1], "*.json"))
	if err != nil || len(files) == 0 {
		panic(fmt.Sprint("no files: ", err))
	}
	whole, size, kinds := 0, 0, map[string]bool{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		if !bytes.Contains(program, content) {
			continue
		}
		whole++
		if !kinds[string(content)] {
			kinds[string(content)] = true
			size += len(content)
		}
	}
	fmt.Printf("expected none, seen %d of %d files, %.1f MB without repeats, in a program of %.1f MB\n", whole, len(files), float64(size)/1e6, float64(len(program))/1e6)
	if whole != len(files) {
		os.Exit(1)
	}
}
GO
go run look.go "$(go list -m -f '{{.Dir}}' github.com/open-policy-agent/opa)/capabilities"
