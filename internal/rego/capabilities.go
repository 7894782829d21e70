package rego

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/version"
)

// Version is OPA's.
var Version = version.Version

// CancelCode is the code of the error of an evaluation that was ended from outside.
const CancelCode = topdown.CancelErr

// allowed are the builtins that a policy may call: pure functions of their arguments. Nothing that reaches the network,
// the environment, the clock or a source of randomness, and nothing whose cost its arguments do not bound.
var allowed = []string{
	"abs", "all", "and", "any", "array.concat", "array.flatten", "array.reverse", "array.slice", "assign", "ceil", "concat", "contains",
	"count", "div", "endswith", "eq", "equal", "floor", "format_int", "gt", "gte", "indexof", "internal.member_2",
	"internal.member_3", "intersection", "is_array", "is_boolean", "is_null", "is_number", "is_object", "is_set",
	"is_string", "lower", "lt", "lte", "max", "min", "minus", "mul", "neq", "net.cidr_contains",
	"net.cidr_intersects", "net.cidr_is_valid", "object.filter", "object.get", "object.keys", "object.remove", "object.subset",
	"object.union", "or", "plus", "regex.find_all_string_submatch_n", "regex.match", "regex.replace", "rem", "replace", "round", "sort", "split", "sprintf", "startswith",
	"strings.any_prefix_match", "strings.any_suffix_match", "substring", "sum", "time.parse_rfc3339_ns",
	"time.add_date", "to_number", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix", "type_name", "union", "upper",
}

// capabilities is what OPA may do here: the allowed builtins, and no host to reach.
func capabilities() *ast.Capabilities {
	all := ast.CapabilitiesForThisVersion()
	restricted := *all
	restricted.Builtins = slices.DeleteFunc(slices.Clone(all.Builtins), func(b *ast.Builtin) bool {
		return !slices.Contains(allowed, b.Name)
	})
	restricted.AllowNet = []string{}
	return &restricted
}
