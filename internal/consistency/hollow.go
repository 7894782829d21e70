package consistency

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/raci-check/raci-check/internal/spelling"
)

// hollowTable is the table of the reference data with the phrases by which a text names nothing that exists, by class.
const hollowTable = "hollow_texts"

// unnumbered is the class of phrases by which a text says that there is no entry, with or without a number behind them.
const unnumbered = "unnumbered"

// common is the class of words that say nothing in any class that has words.
const common = "common"

// hollow says that a text names something that exists, such as a document, and by which classes of phrases it does not.
type hollow struct {
	Classes []string
	Present []string // only for objects that have these fields
}

func (r *reader) hollow(value any) *hollow {
	if value == nil {
		return nil
	}
	fields, nested := value.(map[string]any)
	if !nested {
		return &hollow{Classes: r.words(value, "x-real")}
	}
	return &hollow{Classes: r.words(fields["classes"], "x-real.classes"), Present: r.words(fields["present"], "x-real.present")}
}

// names finds a text that says that there is nothing, or nothing yet, where it must name something.
func (h *hollow) names(r *run, value string, at *place, around map[string]any) {
	if slices.ContainsFunc(h.Present, func(field string) bool { return around[field] == nil }) {
		return
	}
	table, _ := r.tables[hollowTable].(map[string]any)
	words := wordsOf(strings.ReplaceAll(value, ":", " "))
	for _, class := range h.Classes {
		row, _ := table[class].(map[string]any)
		if phrase := r.phraseOf(row, words); phrase != "" {
			r.report(at, "names_nothing", nil, map[string]any{"text": value, "part": phrase})
			return
		}
	}
}

// phraseOf is the phrase of a class that the words are, that they have at their beginning, where no number follows, or that they
// have anywhere; or all words, where each is one of the class that says nothing. Where they have one of the phrases that take it
// back, it is none. The parts of a path or of an address are words as well.
func (r *run) phraseOf(class map[string]any, words string) string {
	parts := " " + strings.Join(strings.FieldsFunc(words, func(c rune) bool { return strings.ContainsRune(" /\\", c) }), " ") + " "
	has := func(phrase string) bool {
		return strings.Contains(words, " "+phrase+" ") || strings.Contains(parts, " "+phrase+" ")
	}
	if slices.ContainsFunc(texts(class["unless"]), has) {
		return ""
	}
	all := strings.TrimSpace(words)
	if slices.Contains(texts(class["is"]), all) || r.vague(class, all) {
		return all
	}
	for _, phrase := range texts(class["begins"]) {
		rest, begins := strings.CutPrefix(words, " "+phrase+" ")
		if !begins {
			rest, begins = strings.CutPrefix(parts, " "+phrase+" ")
		}
		// "no 4711" is a number
		if next, _ := utf8.DecodeRuneInString(rest); begins && (rest == "" || unicode.IsLetter(next)) {
			return phrase
		}
	}
	if at := slices.IndexFunc(texts(class["has"]), has); at >= 0 {
		return texts(class["has"])[at]
	}
	return ""
}

// vague reports whether each word of a text is one of a class that says nothing: "a KMS of another provider" names none, and
// neither does a number of zeros, with which forms are filled. Where the class says so, neither does the name of a person of the
// directory: "Claire said so" is no reason.
func (r *run) vague(class map[string]any, text string) bool {
	saysNothing := texts(class["words"])
	if len(saysNothing) == 0 || text == "" {
		return false
	}
	table, _ := r.tables[hollowTable].(map[string]any)
	row, _ := table[common].(map[string]any)
	everywhere, _ := row["words"].([]any)
	alsoNumbers, _ := class["numbers"].(bool)
	alsoPeople, _ := class["people"].(bool)
	isSeparator := func(c rune) bool { return c == ' ' || strings.ContainsRune("/,;:-_'", c) }
	return !slices.ContainsFunc(strings.FieldsFunc(text, isSeparator), func(word string) bool {
		return !slices.Contains(saysNothing, word) && !slices.Contains(everywhere, any(word)) && strings.Trim(word, "0.") != "" && !(alsoNumbers && strings.Trim(word, "0123456789.") == "") &&
			!(alsoPeople && r.namesPart(word))
	})
}

// wordsOf are the words of a text in one spelling, with a space around each and without the signs that stand around them.
func wordsOf(text string) string {
	var out strings.Builder
	out.WriteByte(' ')
	for word := range strings.FieldsSeq(spelling.Fold(text)) {
		if word != "no." { // number
			word = strings.Trim(word, `.,:;!?()[]{}<>"`)
		}
		if word != "" {
			out.WriteString(word)
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// numbered finds a text without a digit other than 0 where the number, or the address, of an entry elsewhere is expected: forms are
// filled with zeros where nothing is known. What says that there is no entry does not become one by a digit behind it, and neither is
// a date a number, nor the xxx of a form.
func (r *run) numbered(value string, at *place) {
	if strings.Contains(spelling.Fold(value), "xxx") || !strings.ContainsAny(monthOrDay.ReplaceAllString(value, ""), "123456789/") {
		r.report(at, "no_number", nil, map[string]any{"text": value})
		return
	}
	table, _ := r.tables[hollowTable].(map[string]any)
	row, _ := table[unnumbered].(map[string]any)
	withoutNumber := strings.TrimRightFunc(value, func(c rune) bool { return c != '/' && !unicode.IsLetter(c) })
	if phrase := r.phraseOf(row, wordsOf(withoutNumber)); phrase != "" {
		r.report(at, "names_nothing", nil, map[string]any{"text": value, "part": phrase})
	}
}
