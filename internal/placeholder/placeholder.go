// Package placeholder knows the texts that people write where the value is not known yet.
package placeholder

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// List is the placeholders of the reference data. It is safe for concurrent use.
type List struct {
	texts    map[string]bool
	patterns *regexp.Regexp
}

// Fields of the reference data.
const (
	textsField    = "placeholders"
	patternsField = "placeholder_patterns"
)

// Advice is what to do where a placeholder stands.
const Advice = "a placeholder stands here, no value: fill in the value, or leave the field out, which counts as missing"

// New reads the placeholders of the reference data; without any, nothing is one.
func New(reference map[string]any) (*List, error) {
	list := &List{texts: map[string]bool{}}
	texts, _ := reference[textsField].([]any)
	for _, held := range texts {
		if text, ok := held.(string); ok {
			list.texts[text] = true
		}
	}
	rows, _ := reference[patternsField].(map[string]any)
	var patterns []string
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row, _ := rows[name].(map[string]any)
		if pattern, ok := row["pattern"].(string); ok {
			patterns = append(patterns, "(?:"+pattern+")")
		}
	}
	if len(patterns) == 0 {
		return list, nil
	}
	var err error
	if list.patterns, err = regexp.Compile(strings.Join(patterns, "|")); err != nil {
		return nil, fmt.Errorf("reference data, %s: %w", patternsField, err)
	}
	return list, nil
}

// Is reports whether a text is a placeholder. A nil list has none.
func (l *List) Is(text string) bool {
	if l == nil {
		return false
	}
	text = strings.ToLower(strings.TrimSpace(text))
	return l.texts[text] || l.patterns != nil && l.patterns.MatchString(text)
}
