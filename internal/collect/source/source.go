// Package source lists the kinds of sources that there are. A new one is a package below internal/collect and a line here:
// the command's flags, the schema of collect.yaml and the table of coverage follow. What reads its answers is listed in
// internal/collect/reread.
package source

import (
	"raci-check/internal/collect"
	"raci-check/internal/collect/source/file"
	"raci-check/internal/collect/source/jsonhttp"
	"raci-check/internal/collect/source/kmip"
	"raci-check/internal/collect/source/okms"
	"raci-check/internal/collect/source/ovhcloud"
	"raci-check/internal/collect/source/terraform"
)

// All are the kinds of sources.
var All = []collect.Kind{terraform.Kind, file.Kind, jsonhttp.Kind, okms.Kind, kmip.Kind, ovhcloud.Kind}
