package spelling_test

import (
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/spelling"
)

func TestNames(t *testing.T) {
	for text, wanted := range map[string][]string{
		"Claire Moreau":    {"claire moreau"},
		"  CLAIRE  Moreau": {"claire moreau"},
		"Clairé Moreau":    {"claire moreau"},
		"Clаire Μoreau":    {"claire moreau"}, // a Cyrillic а and a Greek Μ
		"Jörg Müller":      {"jorg muller", "joerg mueller"},
		"Søren Łęcki":      {"soren lecki", "soeren lecki"},
		"Strauß":           {"strauss"},
		"Çağla Işık":       {"cagla isik"},
		"":                 {""},
	} {
		if names := spelling.Names(text); !slices.Equal(names, wanted) {
			t.Errorf("%q: %q", text, names)
		}
	}
}
