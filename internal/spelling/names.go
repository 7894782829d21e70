package spelling

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Letters that look like a Latin one, each above the letter that it looks like: those of Cyrillic, Greek and Armenian that keyboards
// have. They are from the table of confusable characters of Unicode Technical Standard 39.
const (
	lookalikes = "АВЕЅІЈКМНОРСТУХӀаеѕіјорсухһԁԛԝӏ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανιορυχκτ" + "օսոհց"
	looksLike  = "ABESIJKMHOPCTYXlaesijopcyxhdqwl" + "ABEZHIKMNOPTYXaviopuxkt" + "ounhg"
)

// letters are Latin letters that are no letter with a mark, as those write them who do not have them.
var letters = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i", 'ħ': "h", 'в': "b", 'к': "k", 'м': "m", 'н': "h", 'т': "t",
}

// umlauts are letters that are written with an e, or as two letters, where keyboards lack them.
var umlauts = strings.NewReplacer(
	"ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "Å", "Aa", "Ø", "Oe",
)

// Names are the spellings of a name in plain letters, in lower case: without accents, in the Latin letters that it looks like. A
// name with an umlaut has two.
func Names(text string) []string {
	folded := Fold(text)
	if isPlain(folded) {
		return []string{folded}
	}
	names := []string{plain(text)}
	if spelled := plain(umlauts.Replace(norm.NFKC.String(text))); spelled != names[0] {
		names = append(names, spelled)
	}
	return names
}

func isPlain(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) < 0
}

// plain is a text in lower-case letters without marks. What a letter looks like depends on whether it is a capital.
func plain(text string) string {
	likes := []rune(looksLike)
	var out strings.Builder
	for _, r := range norm.NFKD.String(text) {
		if unicode.In(r, unicode.Mn, unicode.Cf) {
			continue
		}
		if at := strings.IndexRune(lookalikes, r); r >= 0x80 && at >= 0 {
			r = likes[len([]rune(lookalikes[:at]))]
		}
		r = unicode.ToLower(r)
		if plainLetters, known := letters[r]; known {
			out.WriteString(plainLetters)
		} else {
			out.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
