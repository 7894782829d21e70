package cli

import (
	"slices"
	"testing"
	"time"
)

// Each word stands for one command or flag, which is there, and no command or flag of its own is hidden by it.
func TestMeantWords(t *testing.T) {
	root := newRoot(Streams{Now: time.Now})
	assess, _, err := root.Find([]string{"assess"})
	if err != nil {
		t.Fatal(err)
	}
	for subject, table := range map[string]map[string][]string{"command": meantCommands, "flag": meantFlags} {
		var words []string
		for name, all := range table {
			words = append(words, all...)
			if subject == "flag" && !hasFlag(assess, name) {
				t.Errorf("assess has no flag %q", name)
			}
			if command, _, err := root.Find([]string{name}); subject == "command" && (err != nil || command == root) {
				t.Errorf("there is no command %q", name)
			}
		}
		slices.Sort(words)
		if unique := slices.Compact(slices.Clone(words)); len(unique) != len(words) {
			t.Errorf("a %s is meant twice: %q", subject, words)
		}
		for _, word := range words {
			if command, _, err := root.Find([]string{word}); subject == "command" && err == nil && command != root {
				t.Errorf("%q is a command", word)
			}
			if subject == "flag" && (assess.Flags().Lookup(word) != nil || len(word) == 1 && assess.Flags().ShorthandLookup(word) != nil) {
				t.Errorf("%q is a flag of assess", word)
			}
		}
	}
}
