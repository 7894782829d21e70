package permission

import (
	"encoding/json"
	"strings"
	"time"
)

// fold is a text in the spelling in which URNs, ids and logins are compared.
func fold(text string) string { return strings.ToLower(strings.TrimSpace(text)) }

func fieldsOf(value any) map[string]any {
	object, _ := value.(map[string]any)
	return object
}

// items are the items of a list in a section; one that is no object is an empty one, so that places stay as they are.
func items(section map[string]any, field string) []map[string]any {
	list, _ := section[field].([]any)
	all := make([]map[string]any, len(list))
	for i, item := range list {
		all[i] = fieldsOf(item)
	}
	return all
}

func text(fields map[string]any, field string) string {
	value, _ := fields[field].(string)
	return value
}

func texts(fields map[string]any, field string) []string {
	list, _ := fields[field].([]any)
	all := make([]string, len(list))
	for i, item := range list {
		all[i], _ = item.(string)
	}
	return all
}

func isTrue(fields map[string]any, field string) bool {
	value, _ := fields[field].(bool)
	return value
}

// moment reads a time, or a date as its first moment; it answers false for neither.
func moment(fields map[string]any, field string) (time.Time, bool) {
	value := strings.TrimSpace(text(fields, field))
	if value == "" {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, value); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

// past reports whether a time is given and not after another.
func past(fields map[string]any, field string, at *clock) bool {
	date, isDate := moment(fields, field)
	return isDate && at.reached(date)
}

func listOf[T any](values []T) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = value
	}
	return list
}

// number reads a count; -1 where there is none.
func number(fields map[string]any, field string) int {
	switch value := fields[field].(type) {
	case json.Number:
		if n, err := value.Int64(); err == nil {
			return int(n)
		}
	case float64:
		return int(value)
	case int:
		return value
	}
	return -1
}
