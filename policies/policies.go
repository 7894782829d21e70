// Package policies embeds the shipped policies, catalogs, schemas and profiles.
package policies

import "embed"

// OKMS is the id of the shipped catalog.
const OKMS = "okms"

// FS holds lib/ (helpers) and okms/ (one duty a file, catalog, schema, profiles, reference data).
//
//go:embed lib/*.rego okms/*.rego okms/*.yaml all:okms/schema all:okms/profiles
var FS embed.FS
