// Package words has what the program says, in the languages other than English. English is the language of the code, of the
// policies and of everything stored; a text in another language is looked up by its English one, when it is written for a reader.
package words

import (
	"embed"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/sentence"
)

// Languages are the languages that there are words in, the default first.
var Languages = []string{"en", "fr"}

//go:embed fr/*.yaml
var files embed.FS

// Words are the words of one language; nil are those of English, which are in the code.
type Words struct {
	Grammar  sentence.Language
	texts    map[string]string          // of the code and of pages
	messages sentences                  // that findings have
	values   sentences                  // phrases among the values of findings
	errors   func() (*sentences, error) // of files that people write; most runs need none
}

// limits of the files, which are the program's own.
var limits = document.Limits{Bytes: 4 << 20, Nodes: 200_000, Depth: 20, KeysPerMapping: 20_000, ScalarBytes: 20_000, KeyBytes: 2000}

var french = sync.OnceValues(func() (*Words, error) { return load(sentence.French, "fr") })

// In are the words of a language of Languages.
func In(tag string) (*Words, error) {
	switch tag {
	case "", "en":
		return nil, nil
	case "fr":
		return french()
	}
	return nil, fmt.Errorf("there are no words in the language %q", tag)
}

func load(grammar sentence.Language, folder string) (*Words, error) {
	w := &Words{Grammar: grammar}
	var err error
	if w.texts, err = read(grammar, folder+"/program.yaml"); err != nil {
		return nil, err
	}
	if w.messages.texts, err = read(grammar, folder+"/messages.yaml"); err != nil {
		return nil, err
	}
	if w.values.texts, err = read(grammar, folder+"/values.yaml"); err != nil {
		return nil, err
	}
	w.errors = sync.OnceValues(func() (*sentences, error) {
		texts, err := read(grammar, folder+"/errors.yaml")
		all := &sentences{texts: texts}
		all.find()
		return all, err
	})
	w.messages.find()
	w.values.find()
	return w, nil
}

// control are the characters that no key of YAML may have, and what stands for them in the files.
var control = strings.NewReplacer("⏎", "\n", "⇥", "\t")

// read reads a file of texts: English to the other language.
func read(grammar sentence.Language, name string) (map[string]string, error) {
	data, err := files.ReadFile(name)
	if err != nil {
		return nil, err
	}
	doc, err := document.Parse(name, data, limits)
	if err != nil {
		return nil, err
	}
	texts := map[string]string{}
	object, _ := doc.Value().(map[string]any)
	for english, other := range object {
		text, ok := other.(string)
		if !ok {
			return nil, fmt.Errorf("%s: %q is no text", name, english)
		}
		texts[control.Replace(english)] = grammar.Set(control.Replace(text))
	}
	return texts, nil
}

// Tag is the tag of the language, as pages name it.
func (w *Words) Tag() string {
	if w == nil {
		return "en"
	}
	return w.Grammar.Tag
}

// Text is a text of the program in the language, and the text itself where there is none.
func (w *Words) Text(english string) string {
	if w == nil {
		return english
	}
	if other, ok := w.texts[english]; ok {
		return other
	}
	return english
}

// Has reports whether there is a text in the language.
func (w *Words) Has(english string) bool {
	if w == nil {
		return true
	}
	_, ok := w.texts[english]
	return ok
}

// Say is fmt.Sprintf with a format of the program in the language.
func (w *Words) Say(format string, args ...any) string {
	if w == nil {
		return fmt.Sprintf(format, args...)
	}
	for i, arg := range args {
		switch number := arg.(type) {
		case float64:
			args[i] = w.Grammar.Number(strconv.FormatFloat(number, 'f', -1, 64))
		case int:
			if !strings.Contains(format, place) {
				args[i] = amount{number, w.Grammar}
			}
		}
	}
	return fmt.Sprintf(w.Text(format), args...)
}

// place is how formats write the line of a place, which is no amount.
const place = ":%d"

// amount is a number that a sentence has in the way of its language.
type amount struct {
	number  int
	grammar sentence.Language
}

// Format writes the number for the verb %d, with its sign where the verb asks for it.
func (a amount) Format(state fmt.State, verb rune) {
	text := a.grammar.Number(strconv.Itoa(a.number))
	if state.Flag('+') && a.number >= 0 {
		text = "+" + text
	}
	if width, ok := state.Width(); ok {
		text = fmt.Sprintf("%*s", width, text)
	}
	_, _ = io.WriteString(state, text)
}

// Plural is the form of a word that fits a number. Catalogues have the forms under "singular|plural".
func (w *Words) Plural(n int, singular, plural string) string {
	if w == nil {
		if n == 1 {
			return singular
		}
		return plural
	}
	forms := strings.Split(w.Text(singular+"|"+plural), "|")
	return forms[min(w.Grammar.Form(float64(n)), len(forms)-1)]
}

// Count is the sentence that fits a number, with the number in it.
func (w *Words) Count(n int, singular, plural string) string {
	form := w.Plural(n, singular, plural)
	if w == nil {
		return fmt.Sprintf(form, n)
	}
	return fmt.Sprintf(form, amount{n, w.Grammar})
}

// Number is a number in prose.
func (w *Words) Number(n int) string {
	if w == nil {
		return strconv.Itoa(n)
	}
	return w.Grammar.Number(strconv.Itoa(n))
}

// Day is a date or a time in prose.
func (w *Words) Day(date string) string {
	if w == nil {
		return date
	}
	return w.Grammar.Day(date)
}

// Month is a month in prose.
func (w *Words) Month(month string) string {
	if w == nil {
		return month
	}
	return w.Grammar.MonthOf(month)
}

// And joins texts as a sentence lists them.
func (w *Words) And(texts ...string) string {
	if w == nil {
		return sentence.English.Join(texts)
	}
	return w.Grammar.Join(texts)
}

// Choose is the language that somebody asks for: by a flag, else by RACI_CHECK_LANG, else by the language of the system. A
// language without words is an error where the program itself was asked for it, and English where the system has it.
func Choose(flag string, env func(string) string) (string, error) {
	if flag != "" {
		return tagOf("--lang", flag)
	}
	if env == nil {
		return Languages[0], nil
	}
	if own := env("RACI_CHECK_LANG"); own != "" {
		return tagOf("RACI_CHECK_LANG", own)
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if system := env(name); system != "" { // as POSIX has it, the first that is set counts
			tag, err := tagOf(name, system)
			if err != nil {
				return Languages[0], nil
			}
			return tag, nil
		}
	}
	return Languages[0], nil
}

// tagOf is the language of a tag such as fr, fr-CA or fr_FR.UTF-8.
func tagOf(where, text string) (string, error) {
	name, _, _ := strings.Cut(text, ".")
	name, _, _ = strings.Cut(name, "@")
	tag, err := language.Parse(name)
	if err == nil {
		base, _ := tag.Base()
		if slices.Contains(Languages, base.String()) {
			return base.String(), nil
		}
	}
	return "", fmt.Errorf("%s: there are no words in the language %q; expected is one of %s", where, text, strings.Join(Languages, ", "))
}
