// Package policies embeds the shipped policies, catalogs, schemas and profiles.
package policies

import "embed"

// OKMS is the id of the shipped catalog.
const OKMS = "okms"

// FS holds lib/ (helpers) and okms/ (a folder a duty, catalog, schema, profiles, reference data, frameworks, titles of mapped controls).
//
//go:embed lib/*.rego okms/*/*.rego okms/*.yaml all:okms/schema all:okms/profiles all:okms/reference okms/frameworks
var FS embed.FS

// Words holds what the policies say in other languages than English, below words/<language>/. No digest of policies covers it: the
// English texts of the METADATA are the reference.
//
//go:embed words/*/*.yaml
var Words embed.FS

// Snapshot is made of the files in FS, for ruleset.WithSnapshot. `go generate ./policies` writes it anew; a test fails where it is
// not what the files give.
//
//go:generate go run -tags developer ./gen
//go:embed snapshot.bin
var Snapshot string
