// Package source lists the kinds of sources that there are. A new one is a package below internal/collect and a line here:
// the command's flags, the schema of collect.yaml and the table of coverage follow. What reads its answers is listed in
// internal/collect/reread.
package source

import (
	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/source/file"
	"github.com/raci-check/raci-check/internal/collect/source/jsonhttp"
	"github.com/raci-check/raci-check/internal/collect/source/kmip"
	"github.com/raci-check/raci-check/internal/collect/source/okms"
	"github.com/raci-check/raci-check/internal/collect/source/ovhcloud"
	"github.com/raci-check/raci-check/internal/collect/source/terraform"
)

var All = []collect.Kind{terraform.Kind, file.Kind, jsonhttp.Kind, okms.Kind, kmip.Kind, ovhcloud.Kind}
