// Package placeholder knows the texts that people write where the value is not known yet.
package placeholder

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/spelling"
)

// List is the placeholders of the reference data. It is safe for concurrent use.
type List struct {
	texts    map[string]bool
	patterns []*regexp.Regexp // apart from each other: Go decides one such pattern in one pass, but not their alternation
}

// Fields of the reference data.
const (
	textsField    = "placeholders"
	patternsField = "placeholder_patterns"
)

// Advice is what to do where a placeholder stands.
const Advice = "is a placeholder, no value: fill in the value, or leave the field out, which counts as missing"

// ServiceID stands for the id of a service that is not known yet. It is a UUID, so that files without any facts can be assessed.
const ServiceID = "00000000-0000-4000-8000-000000000000"

// maxShown is the longest placeholder that a message repeats, in bytes.
const maxShown = 64

// Real is what to do where a text of a letter or two is not meant as a placeholder.
const Real = "; if it is really called so, write its id, its address or its full name"

// Refusal says that a text is a placeholder, and what to do.
func Refusal(text string) string {
	if text = strings.TrimSpace(text); utf8.RuneCountInString(text) <= 2 && strings.IndexFunc(text, unicode.IsLetter) >= 0 {
		return Named(text) + Advice + Real
	}
	return Named(text) + Advice
}

// Named is the beginning of a message about a placeholder: the text itself, as far as it is short.
func Named(text string) string {
	if len(text) > maxShown {
		return "this text "
	}
	return fmt.Sprintf("%q ", text)
}

// New reads the placeholders of the reference data; without any, nothing is one.
func New(reference map[string]any) (*List, error) {
	list := &List{texts: map[string]bool{}}
	texts, _ := reference[textsField].([]any)
	for _, item := range texts {
		if text, ok := item.(string); ok {
			list.texts[text] = true
		}
	}
	rows, _ := reference[patternsField].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		row, _ := rows[name].(map[string]any)
		text, ok := row["pattern"].(string)
		if !ok {
			continue
		}
		pattern, err := regexp.Compile(text)
		if err != nil {
			return nil, fmt.Errorf("reference data, %s: %w", patternsField, err)
		}
		list.patterns = append(list.patterns, pattern)
	}
	return list, nil
}

// Is reports whether a text is a placeholder: as it is, without the brackets and full stops around it, or because each of its
// words is one. A nil list has none.
func (l *List) Is(text string) bool {
	if l == nil {
		return false
	}
	if text = strings.ToLower(strings.TrimSpace(text)); l.has(text) {
		return true
	}
	if folded := spelling.Fold(text); folded != text {
		if text = folded; l.has(text) {
			return true
		}
	}
	bare := strings.Trim(text, " .,:;!?()[]{}<>\"'")
	if bare != text && l.has(bare) {
		return true
	}
	words := strings.Fields(bare)
	return len(words) > 1 && !slices.ContainsFunc(words, func(word string) bool { return !l.has(word) })
}

func (l *List) has(text string) bool {
	return l.texts[text] || slices.ContainsFunc(l.patterns, func(pattern *regexp.Regexp) bool { return pattern.MatchString(text) })
}
