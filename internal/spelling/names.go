package spelling

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Letters that look like a Latin one, each above the letter that it looks like: those of Cyrillic, Greek and Armenian that keyboards
// have. They are from the table of confusable characters of Unicode Technical Standard 39.
// They are written as numbers, so that a reader of the source sees which they are.
const (
	lookalikes = "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u04c0" +
		"\u0430\u0435\u0455\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u04bb\u0501\u051b\u051d\u04cf" +
		"\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7" +
		"\u03b1\u03bd\u03b9\u03bf\u03c1\u03c5\u03c7\u03ba\u03c4" +
		"\u0585\u057d\u0578\u0570\u0581"
	looksLike = "ABESIJKMHOPCTYXl" + "aesijopcyxhdqwl" + "ABEZHIKMNOPTYX" + "aviopuxkt" + "ounhg"
)

// writtenAs are letters without a mark that can be taken off, as people write them who do not have them on the keyboard, and small
// Cyrillic letters that look like a small capital.
var writtenAs = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ł': "l", 'ı': "i", 'ħ': "h",
	'\u0432': "b", '\u043a': "k", '\u043c': "m", '\u043d': "h", '\u0442': "t",
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
		if letters := writtenAs[r]; letters != "" {
			out.WriteString(letters)
		} else {
			out.WriteRune(r)
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}
