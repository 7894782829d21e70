package testhelp

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// english are words that English texts cannot do without, and French ones never have.
	english = regexp.MustCompile(`(?i)\b(the|of|and|is|are|with|that|this|which|from|has|have|its|by|to|does|until|only|must|were|was|nobody|without|not|be|for|it|than|more|should|can|will|all|each|other|days|checks|findings|nothing)\b`)
	// code has no language: names with dots, slashes or underscores, options, and what stands in an address.
	code = regexp.MustCompile("`[^`]*`" + `|\S+[_/.:=@+-]\S+|--\S+|\$\S+`)
)

// English are the lines of a text with the English words in them; none where nothing is English but names.
func English(prose string) (lines []string) {
	for line := range strings.Lines(prose) {
		if hits := english.FindAllString(code.ReplaceAllString(line, " "), -1); hits != nil {
			lines = append(lines, strings.Join(hits, ", ")+": "+strings.TrimSpace(line))
		}
	}
	return lines
}

// NoEnglish fails where a text that is to be French has English words.
func NoEnglish(t testing.TB, where, prose string) {
	t.Helper()
	for _, line := range English(prose) {
		t.Errorf("%s is English: %s", where, line)
	}
}

// Written are the texts with a space in the YAML files of a folder, the longest first: what people wrote, which is in no language of the
// program. The function answers the value of a file.
func Written(t testing.TB, folder string, read func(name string) any) (all []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	Must(t, err)
	var add func(value any)
	add = func(value any) {
		switch value := value.(type) {
		case string:
			if strings.Contains(value, " ") {
				all = append(all, value)
			}
		case []any:
			for _, below := range value {
				add(below)
			}
		case map[string]any:
			for _, below := range value {
				add(below)
			}
		}
	}
	for _, name := range names {
		add(read(name))
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}
