// Package sources lists the kinds of sources that there are. A new one is a package below internal/collect and a line here:
// the command's flags, the schema of collect.yaml and the table of coverage follow.
package sources

import "raci-check/internal/collect"

// All are the kinds, in the order in which facts are believed where sources differ.
var All = []collect.Kind{}
