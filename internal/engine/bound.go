package engine

import (
	"fmt"
	"unicode/utf8"
)

// A finding says what a person can read. Its values come from policies, which may be added ones, and from evidence; what is longer
// than this is cut, and says so.
const (
	maxMessage  = 64 << 10 // bytes, as one value of evidence may have
	maxText     = 8 << 10  // bytes of a text among the values, and of a remediation
	maxItemText = 512      // bytes of a text in a list
	maxItems    = 200      // items of a list
	maxRelated  = 200      // other places of a finding
	maxPointer  = 4 << 10  // bytes; a longer one is refused
	maxFindings = 500_000  // of one check: five for each item that a list may have
)

// shorten cuts a text, at the end of a character. The note of it has room within the limit, so that what was cut once stays as it is.
func shorten(text string, most int) string {
	if len(text) <= most {
		return text
	}
	const note = 48
	end := most - note
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return fmt.Sprintf("%s… (%d more bytes are cut)", text[:end], len(text)-end)
}

// bounded are the values of a finding without what is too long. What is cut of a list becomes its last item. The values of a finding stay
// as they are: services may share it.
func bounded(values map[string]any) map[string]any {
	all := make(map[string]any, len(values))
	for name, value := range values {
		switch value := value.(type) {
		case string:
			all[name] = shorten(value, maxText)
		case []any:
			all[name] = boundedList(value)
		default:
			all[name] = value
		}
	}
	return all
}

func boundedList(items []any) []any {
	if len(items) > maxItems {
		items = append(items[:maxItems-1:maxItems-1], fmt.Sprintf("%d others", len(items)-maxItems+1))
	}
	all := make([]any, len(items))
	for i, item := range items {
		if text, isText := item.(string); isText {
			item = shorten(text, maxItemText)
		}
		all[i] = item
	}
	return all
}
