package consistency

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/spelling"
)

// never finds a field that cannot be what it is where other fields have certain values.
func (r *run) never(n never, fields map[string]any, at *place) {
	value, hasField := fields[n.Field]
	if !hasField || !matches(n.Where, fields) {
		return
	}
	if n.Values != nil && !oneOf(n.Values, value) {
		return
	}
	if n.Past || n.Future {
		date, isDate := momentOf(value)
		reading := r.reading(at.section()).onDay()
		if !isDate || reading.text == "" || n.Past && !reading.after(date) || n.Future && !date.after(reading) {
			return
		}
	}
	r.impossible(n.Field, value, slices.Sorted(maps.Keys(n.Where)), fields, at)
}

// fits finds values of fields that the row of the reference data does not have. An object without the name of a row is for the
// checks that need it.
func (r *run) fits(f fit, fields map[string]any, at *place) {
	name, _ := fields[f.By].(string)
	table, _ := r.tables[f.Table].(map[string]any)
	row, hasRow := rowOf(table, name)
	if !hasRow {
		return
	}
	for _, field := range slices.Sorted(maps.Keys(f.In)) {
		value, hasField := fields[field]
		if !hasField {
			continue
		}
		values, isList := value.([]any)
		if !isList {
			values = []any{value}
		}
		possible, _ := row[f.In[field]].([]any)
		var listed []string
		for _, item := range possible {
			listed = append(listed, plainText(item))
		}
		for _, item := range values {
			if !slices.Contains(listed, plainText(item)) {
				r.impossible(field, item, []string{f.By}, fields, at)
			}
		}
	}
}

// rowOf is the row of a table with that name, as it is written or in small letters.
func rowOf(table map[string]any, name string) (map[string]any, bool) {
	row, hasRow := table[name].(map[string]any)
	if !hasRow {
		row, hasRow = table[spelling.Fold(name)].(map[string]any)
	}
	return row, hasRow
}

// among finds a text that the list beside it does not have. A list that is not there is for the checks that need it.
func (r *run) among(list, text string, at *place, around map[string]any) {
	if items, isList := around[list].([]any); isList && !oneOf([]string{text}, items) {
		r.report(at, "not_among", []string{at.object() + "/" + list}, map[string]any{"text": text, "field": inWords(at.key), "list": inWords(list)})
	}
}

func (r *run) impossible(field string, value any, conflictingFields []string, fields map[string]any, at *place) {
	var related, facts []string
	for _, other := range conflictingFields {
		related = append(related, at.pointer()+"/"+other)
		facts = append(facts, "the "+inWords(other)+" is "+plainText(lookup(fields, other)))
	}
	r.report(at.below(field), "impossible", related, map[string]any{
		"field": inWords(field), "value": plainText(value), "facts": strings.Join(facts, " and "),
	})
}

// matches reports whether each of the fields has one of its values.
func matches(where map[string][]string, fields map[string]any) bool {
	for field, values := range where {
		if value := lookup(fields, field); value == nil || !oneOf(values, value) {
			return false
		}
	}
	return true
}

// oneOf reports whether a value, or one of a list, is one of some texts.
func oneOf(texts []string, value any) bool {
	items, isList := value.([]any)
	if !isList {
		return slices.Contains(texts, plainText(value))
	}
	return slices.ContainsFunc(items, func(item any) bool { return slices.Contains(texts, plainText(item)) })
}

// plainText is a value as a sentence has it.
func plainText(value any) string {
	if n, ok := number(value); ok {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	if text, ok := value.(string); ok {
		return text
	}
	if value == nil {
		return ""
	}
	return fmt.Sprint(value)
}

// number is a number, as JSON or YAML decoders have it.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case json.Number:
		n, err := v.Float64()
		return n, err == nil
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}
