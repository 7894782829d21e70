package terraform

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"raci-check/internal/collect/redact"
)

// Resource is one instance of a resource or data source, with redact.Mark in place of what is sensitive. Fields are in the order
// of their names, as raw answers are kept.
type Resource struct {
	Address    string         `json:"address"`
	Attributes map[string]any `json:"attributes"`
	Mode       string         `json:"mode"` // managed or data
	Type       string         `json:"type"`

	place string // in the file that keeps it
}

// Sensitive says how many sensitive values a resource has in the state.
type Sensitive struct {
	Address string `json:"address"`
	Count   int    `json:"count"`
}

// Counted are the resources that have sensitive values.
type Counted struct {
	Values []Sensitive `json:"sensitive_values"`
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
	var chosen []Resource
	for _, resource := range resources {
		if id := resource.Text("okms_id"); slices.Contains(types, resource.Type) && (id == "" || strings.EqualFold(id, domain)) {
			chosen = append(chosen, resource)
		}
	}
	slices.SortStableFunc(chosen, func(a, b Resource) int {
		return cmp.Or(strings.Compare(a.Text(identity), b.Text(identity)), -strings.Compare(a.Mode, b.Mode))
	})
	return slices.CompactFunc(chosen, func(a, b Resource) bool {
		return a.Text(identity) == b.Text(identity) && (a.Mode == "data" || b.Mode == "data")
	})
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
