// Package mappings embeds the mappings that the program ships: for what customers have, each with an example below testdata.
package mappings

import "embed"

// FS has a file of kind Mapping for each form of an export, named as the form.
//
//go:embed *.yaml
var FS embed.FS
