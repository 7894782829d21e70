// Package suggest says that a name is not known, and which one was likely meant.
package suggest

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

const (
	mostListed = 16 // known words that an error lists where none is near
	maxName    = 64 // bytes of the longest name that an error repeats
)

// Unknown says that a name is not known, with the known one that is nearest to it, or with all when they are few.
func Unknown(kind, name string, names []string) string {
	message := "unknown " + kind
	if len(name) <= maxName {
		message = fmt.Sprintf("%s %q", message, name)
	}
	if near := Nearest(name, names); near != "" {
		return fmt.Sprintf("%s, did you mean %q?", message, near)
	}
	if len(names) > 0 && len(names) <= mostListed {
		return message + ", known are " + strings.Join(names, ", ")
	}
	return message
}

// Words are the texts of words of a type of their own.
func Words[T ~string](words []T) []string {
	texts := make([]string, len(words))
	for i, word := range words {
		texts[i] = string(word)
	}
	return texts
}

// Nearest is the known word that was most likely meant: a typo away, or with its unit left out (retention for
// retention_days). Empty when none is near.
func Nearest(name string, words []string) string {
	if name == "" || len(name) > maxName {
		return ""
	}
	name = normal(name)
	best, distance := "", 2+len(name)/4
	for _, word := range words {
		if d := levenshtein.ComputeDistance(name, normal(word)); d < distance {
			best, distance = word, d
		}
	}
	if best != "" {
		return best
	}
	for _, word := range words {
		if strings.HasPrefix(normal(word), name+"_") {
			return word
		}
	}
	return ""
}

// normal takes words for the same that differ in case and in dashes only.
func normal(word string) string { return strings.ReplaceAll(strings.ToLower(word), "-", "_") }
