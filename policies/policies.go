// Package policies embeds the shipped policies, catalogs, schemas and profiles.
package policies

import "embed"

// OKMS is the id of the shipped catalog.
const OKMS = "okms"

// FS holds lib/ (helpers) and okms/ (one duty a file, catalog, schema, profiles, reference data, titles of mapped controls).
//
//go:embed lib/*.rego okms/*.rego okms/*.yaml all:okms/schema all:okms/profiles
var FS embed.FS

// Compiled is what the policies in FS compile to, for ruleset.WithCompiled. `go test ./policies -run Compiled -update` writes
// it anew; without -update that test fails where the file is not what they compile to.
//
//go:embed compiled.bin
var Compiled string
