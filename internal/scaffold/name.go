package scaffold

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/raci"
)

// maxName is the length of the longest name.
const maxName = 40

// spelled is how letters are written that do not fall apart into a Latin letter and a mark.
var spelled = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "æ", "ae", "ø", "oe", "œ", "oe", "ł", "l", "đ", "d", "ð", "d", "þ", "th",
	"'", "", "’", "",
)

// small are the words that a name does without.
var small = []string{"a", "an", "and", "at", "by", "for", "in", "of", "on", "or", "the", "to", "with"}

// reserved are the words that mean something else where a duty's name stands: in the evidence, in the data of policies, in
// YAML, in a generated test.
var reserved = []string{
	"api_version", "kind", "metadata", "not_applicable", "at", "permissions", "assurance",
	"data", "input", "lib", "params", "reference", "duties", "system",
	"no", "off", "on", "yes",
	"good", "pointers", "finding", "findings", "evidence", "written",
}

func isTaken(name string) bool {
	return slices.Contains(reserved, name) || policy.IsReserved(name)
}

// names gives each row a name of its own, made of its title.
func names(rows []raci.Row) []string {
	used := map[string]bool{}
	all := make([]string, 0, len(rows))
	for _, row := range rows {
		base := nameOf(row)
		name := base
		for n := 2; used[name]; n++ {
			suffix := fmt.Sprintf("_%d", n)
			name = shorten(strings.Split(base, "_"), maxName-len(suffix)) + suffix
		}
		used[name] = true
		all = append(all, name)
	}
	return all
}

func nameOf(row raci.Row) string {
	parts := words(row.Title)
	significant := slices.DeleteFunc(slices.Clone(parts), func(word string) bool { return slices.Contains(small, word) })
	if len(significant) == 0 {
		significant = parts
	}
	if len(significant) == 0 {
		significant = words(row.ID)
	}
	if significant[0][0] <= '9' {
		significant = append([]string{"activity"}, significant...)
	}
	name := shorten(significant, maxName)
	// The files of a duty called x_test would be those of the tests of x.
	if isTaken(name) || strings.HasSuffix(name, "_test") {
		name = shorten(significant, maxName-len("_duty")) + "_duty"
	}
	return name
}

// words are the runs of Latin letters and digits of a text, in lower case and without marks.
func words(text string) []string {
	text = spelled.Replace(norm.NFC.String(strings.ToLower(text)))
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFKD.String(text))
	return strings.FieldsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
}

// shorten joins as many of the words as fit, at least the beginning of the first.
func shorten(words []string, limit int) string {
	name := words[0][:min(len(words[0]), limit)]
	for _, word := range words[1:] {
		if len(name)+1+len(word) > limit {
			break
		}
		name += "_" + word
	}
	return name
}

var snakeCase = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// verifyID refuses what cannot be both a folder and a Rego package.
func verifyID(id string) error {
	switch {
	case !snakeCase.MatchString(id) || len(id) > maxName || strings.HasSuffix(id, "_test"):
		return fmt.Errorf("the id %q cannot name a package: write at most %d lower-case letters, digits and underscores, a letter first, and not _test last", id, maxName)
	case isTaken(id):
		return fmt.Errorf("the id %q has another meaning in policies: choose another", id)
	}
	return nil
}

// IDOf is the id that the name of a file suggests, without its folder and extension.
func IDOf(file string) string {
	base := filepath.Base(file)
	parts := words(strings.TrimSuffix(base, filepath.Ext(base)))
	if len(parts) == 0 || parts[0][0] <= '9' {
		parts = append([]string{"service"}, parts...)
	}
	return shorten(parts, maxName)
}
