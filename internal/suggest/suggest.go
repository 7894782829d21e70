// Package suggest says that a name is not known, and which one was likely meant.
package suggest

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

const (
	mostListed = 12 // known words that an error lists where none is near
	maxName    = 64 // bytes of the longest name that an error repeats
)

// Unknown says that a name is not known, with the known one that is nearest to it, or with all when they are few.
func Unknown(kind, name string, known []string) string {
	said := "unknown " + kind
	if len(name) <= maxName {
		said = fmt.Sprintf("%s %q", said, name)
	}
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf("%s, did you mean %q?", said, near)
	}
	if len(known) > 0 && len(known) <= mostListed {
		return said + ", known are " + strings.Join(known, ", ")
	}
	return said
}

// Nearest is the known word that was most likely meant: a typo away, or with its unit left out (retention for
// retention_days). Empty when none is near.
func Nearest(name string, known []string) string {
	if name == "" || len(name) > maxName {
		return ""
	}
	name = normal(name)
	best, distance := "", 2+len(name)/4
	for _, word := range known {
		if d := levenshtein.ComputeDistance(name, normal(word)); d < distance {
			best, distance = word, d
		}
	}
	if best != "" {
		return best
	}
	for _, word := range known {
		if strings.HasPrefix(normal(word), name+"_") {
			return word
		}
	}
	return ""
}

// normal takes words for the same that differ in case and in dashes only.
func normal(word string) string { return strings.ReplaceAll(strings.ToLower(word), "-", "_") }
