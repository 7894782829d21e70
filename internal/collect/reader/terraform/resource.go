package terraform

import (
	"cmp"
	"encoding/json"
	"path"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/redact"
)

// Resource is one instance of a resource or data source, with redact.Mark in place of what is sensitive. Fields are in the order
// of their names, as raw answers are kept.
type Resource struct {
	Address    string         `json:"address"`
	Attributes map[string]any `json:"attributes"`
	Deposed    bool           `json:"deposed,omitempty"` // replaced, and not destroyed yet
	Mode       string         `json:"mode"`              // managed or data
	Type       string         `json:"type"`

	place string // in the file that keeps it
	file  string // that it was read from, without its folder
}

// Sensitive says how many sensitive values a resource has in the state.
type Sensitive struct {
	Address string `json:"address"`
	Count   int    `json:"count"`
}

// Counted are the resources that have sensitive values.
type Counted struct {
	// Unmarked says why there may be more than those that are marked; empty where there are not.
	Unmarked string      `json:"unmarked,omitempty"`
	Values   []Sensitive `json:"sensitive_values"`
}

// attributes are what is kept of a resource: what is mapped, by its path with / between names. Nothing else is.
var attributes = func() map[string][]string {
	key := []string{"okms_id", "id", "name", "type", "size", "curve", "operations", "created_at", "state", "deactivation_reason"}
	written := slices.Concat(key, []string{"keys/kty", "keys/crv", "keys/key_ops"})
	return map[string][]string{
		"ovh_me_identity_user":     {"login", "email", "status"},
		"ovh_okms":                 {"id", "region", "display_name", "iam/display_name"},
		"ovh_okms_resource":        {"id", "okms_id", "region", "display_name", "iam/display_name"},
		"ovh_okms_credential":      {"okms_id", "id", "name", "identity_urns", "created_at", "expired_at", "from_csr"},
		"ovh_okms_service_key":     key,
		jwkType:                    written,
		pemType:                    written,
		"ovh_okms_secret":          {"okms_id", "path", "metadata/max_versions", "metadata/cas_required", "metadata/deactivate_version_after", "version/created_at"},
		"ovh_me_api_oauth2_client": {"client_id", "flow"},
		"ovh_iam_policy": {"id", "name", "identities", "resources", "allow", "except", "deny", "permissions_groups", "expired_at",
			"conditions/operator", "conditions/values", "conditions/condition", "conditions/conditions"},
		"ovh_dbaas_logs_output_graylog_stream": {"stream_id", "title", "retention_id", "indexing_enabled", "cold_storage_enabled", "cold_storage_retention"},
		retentionType:                          {"retention_id", "retention_type", "duration"},
	}
}()

// Known reports whether a type of resources is read.
func Known(kind string) bool { return attributes[kind] != nil }

// Keep are the attributes that are kept of a resource of a type.
func Keep(kind string, all map[string]any) map[string]any {
	kept := map[string]any{}
	for _, path := range attributes[kind] {
		keep(kept, all, strings.Split(path, "/"))
	}
	if conditions, isThere := kept["conditions"]; isThere {
		kept["conditions"] = ovhterms.KeepConditions(conditions)
	}
	return kept
}

func keep(into, from map[string]any, path []string) {
	name := path[0]
	value, isThere := from[name]
	if !isThere {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		if len(path) > 1 {
			below, _ := into[name].(map[string]any)
			if below == nil {
				below = map[string]any{}
			}
			keep(below, v, path[1:])
			into[name] = below
			return
		}
	case []any: // of blocks
		if len(path) > 1 {
			list, _ := into[name].([]any)
			into[name] = keepBlocks(list, v, path[1:])
			return
		}
	}
	if len(path) == 1 || value == any(redact.Mark) { // what should be a block and is none is not known
		into[name] = value
	}
}

// keepBlocks keeps an attribute of each block of a list, in what is kept of the list already.
func keepBlocks(into, from []any, path []string) []any {
	if into == nil {
		into = make([]any, len(from))
		for i := range into {
			into[i] = map[string]any{}
			if from[i] == any(redact.Mark) {
				into[i] = redact.Mark
			}
		}
	}
	for i := range from {
		block, isBlock := from[i].(map[string]any)
		if below, isObject := into[i].(map[string]any); isBlock && isObject {
			keep(below, block, path)
		}
	}
	return into
}

// value is an attribute, by its path with / between names; nil where it is not there or a part of it is redacted.
func (r Resource) value(path string) any {
	var value any = r.Attributes
	for name := range strings.SplitSeq(path, "/") {
		if list, isList := value.([]any); isList && len(list) == 1 { // a nested block of older providers
			value = list[0]
		}
		fields, _ := value.(map[string]any)
		value = fields[name]
	}
	if isRedacted(value) {
		return nil
	}
	return value
}

// redacted reports whether an attribute, or an item of it, is redacted.
func (r Resource) redacted(name string) bool { return isRedacted(r.Attributes[name]) }

func isRedacted(value any) bool {
	list, _ := value.([]any)
	return value == any(redact.Mark) || slices.Contains(list, any(redact.Mark))
}

// Text is an attribute that is text; empty for any other.
func (r Resource) Text(path string) string {
	text, _ := r.value(path).(string)
	return text
}

func (r Resource) texts(path string) []string {
	var texts []string
	items, _ := r.value(path).([]any)
	for _, item := range items {
		if text, isText := item.(string); isText {
			texts = append(texts, text)
		}
	}
	return texts
}

// of is the resources of some types that belong to the domain, and those that belong to none, sorted. What a data source repeats
// of a managed resource is left out.
func of(resources []Resource, domain, identity string, types ...string) []Resource {
	return slices.CompactFunc(candidates(resources, domain, identity, types...), func(a, b Resource) bool {
		return a.Text(identity) == b.Text(identity) && (a.Mode == "data" || b.Mode == "data")
	})
}

// candidates are the resources of some types that may be of a domain. Of those of the same thing, the one that is read stands first.
func candidates(resources []Resource, domain, identity string, types ...string) []Resource {
	var chosen []Resource
	for _, resource := range resources {
		if id := resource.Text("okms_id"); slices.Contains(types, resource.Type) && (id == "" || strings.EqualFold(id, domain)) {
			chosen = append(chosen, resource)
		}
	}
	slices.SortStableFunc(chosen, func(a, b Resource) int {
		return cmp.Or(strings.Compare(a.Text(identity), b.Text(identity)), -strings.Compare(a.Mode, b.Mode), strings.Compare(a.Address, b.Address))
	})
	return chosen
}

func empty(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case json.Number:
		return v == "0"
	}
	return false
}

func number(value any) (float64, bool) {
	n, isNumber := value.(json.Number)
	if !isNumber {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}

// PermissionsGroup is the type of the groups of permissions that policies use.
const PermissionsGroup = "ovh_iam_permissions_group"

// Grants reports whether a policy uses a group of permissions, by its URN, or may: its groups may not be known yet.
func (r Resource) Grants(group string) bool {
	if r.redacted("permissions_groups") {
		return true
	}
	return slices.Contains(r.texts("permissions_groups"), group)
}

// strictness says of the attributes that evidence has no field for which value is stricter, by types of resources: with the words of
// x-stricter in the schema of evidence, and besides "more" of a list, and "same" where any other value may be weaker. Allow of a
// policy is here since evidence lacks it where a policy uses permissions groups, and except and deny take away from it.
var strictness = []struct {
	types      string // a pattern of path.Match
	attributes map[string]string
}{
	{"ovh_iam_policy", map[string]string{"allow": "fewer", "permissions_groups": "fewer", "except": "more", "deny": "more"}},
	{PermissionsGroup, map[string]string{"allow": "fewer", "except": "more", "deny": "more"}},
	{"ovh_okms_credential", map[string]string{"validity": "lower"}},
	{"*_log_subscription", map[string]string{"stream_id": "same", "kind": "same"}},
	{"ovh_dbaas_logs_output_graylog_stream", map[string]string{"indexing_enabled": "set", "cold_storage_enabled": "set"}},
}

// Stricter says which value of an attribute of a type of resources is stricter, for those that evidence has no field for.
func Stricter(kind string) map[string]string {
	for _, of := range strictness {
		if matches, err := path.Match(of.types, kind); err == nil && matches {
			return of.attributes
		}
	}
	return nil
}
