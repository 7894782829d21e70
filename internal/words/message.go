package words

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// expression is a regular expression that is compiled when it is first used: a program that speaks English never does.
func expression(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

// verb is a verb of fmt with its flags and index.
var verb = expression(`%(\[\d+\])?[-+# 0]*(\*|\d+)?(\.\d+)?[a-zA-Z]|%%`)

// sentences are looked up by what they are in English: whole, or with any values in the place of their verbs.
type sentences struct {
	texts   map[string]string
	formats []format
}

// format is a sentence with values.
type format struct {
	english *regexp.Regexp
	literal string // its longest part without a value, by which most texts are passed over quickly
	says    int    // how much of it is no value
	other   string // in the language, with verbs for texts
	data    []bool // of each value whether it is left as it is: its verb is not %s
}

// find lists the sentences with values, those that say the most first: one that is all values fits many texts.
func (s *sentences) find() {
	for english, other := range s.texts {
		if verb().MatchString(english) {
			s.formats = append(s.formats, newFormat(english, other))
		}
	}
	slices.SortFunc(s.formats, func(a, b format) int {
		return cmp.Or(cmp.Compare(b.says, a.says), cmp.Compare(a.english.String(), b.english.String()))
	})
}

func newFormat(english, other string) format {
	var pattern strings.Builder
	literal, last, says := "", 0, 0
	var data []bool
	part := func(text string) {
		says += len(text)
		pattern.WriteString(regexp.QuoteMeta(text))
		if len(text) > len(literal) {
			literal = text
		}
	}
	for _, at := range verb().FindAllStringIndex(english, -1) {
		part(english[last:at[0]])
		if last = at[1]; english[at[0]:at[1]] == "%%" {
			pattern.WriteString("%")
		} else {
			pattern.WriteString("(.*?)")
			data = append(data, !strings.HasSuffix(english[at[0]:at[1]], "s"))
		}
	}
	part(english[last:])
	texts := verb().ReplaceAllStringFunc(other, func(v string) string { // the values are texts by now
		if v == "%%" {
			return v
		}
		return "%" + verb().FindStringSubmatch(v)[1] + "s"
	})
	return format{regexp.MustCompile(`^(?s:` + pattern.String() + `)$`), literal, says, texts, data}
}

// say is a sentence in the language; ok is false where it is not known.
func (s *sentences) say(english string, value func(text string, data bool) string) (text string, ok bool) {
	if other, ok := s.texts[english]; ok {
		return other, true
	}
	for _, f := range s.formats {
		if !strings.Contains(english, f.literal) {
			continue
		}
		if values := f.english.FindStringSubmatch(english); values != nil {
			args := make([]any, len(values)-1)
			for i, text := range values[1:] {
				args[i] = value(text, f.data[i])
			}
			return fmt.Sprintf(f.other, args...), true
		}
	}
	return english, false
}

// Message is a sentence that the program once said in English, in the language, and the sentence itself where it is not known. What
// is several sentences is looked up one by one.
func (w *Words) Message(english string) string {
	if w == nil {
		return english
	}
	text, _ := w.message(english)
	return text
}

func (w *Words) message(english string) (text string, ok bool) {
	if other, ok := w.messages.texts[english]; ok {
		return other, ok
	}
	const end = ". "
	if first, rest, several := strings.Cut(english, end); several {
		first, firstOK := w.message(first + ".")
		rest, restOK := w.message(rest)
		if firstOK && restOK {
			return first + " " + rest, true
		}
	}
	return w.messages.say(english, func(value string, data bool) string {
		if data {
			return w.Grammar.Number(value)
		}
		if other, ok := w.message(value); ok {
			return other
		}
		return w.Value(value)
	})
}

// Value is a value of a sentence: a phrase of the program, a date, or what it is.
func (w *Words) Value(text string) string {
	if w == nil {
		return text
	}
	if other, ok := w.values.say(text, func(text string, _ bool) string { return w.Grammar.Day(text) }); ok {
		return other
	}
	if list := strings.Split(text, " or "); len(list) > 1 && !slices.ContainsFunc(list, func(item string) bool { return strings.Contains(item, " ") }) {
		return strings.Join(list, " ou ")
	}
	return w.Grammar.Day(text)
}

// Defect is what is wrong with a file that people write, in the language; ok is false where it is not known. What is no data in it is
// looked up by itself, at last by other.
func (w *Words) Defect(english string, other func(string) string) (text string, ok bool) {
	all, err := w.errors()
	if err != nil {
		return english, false // the program's own file, which its tests read
	}
	if list := strings.Split(english, " or "); len(list) > 1 && !slices.ContainsFunc(list, func(item string) bool { return all.texts[item] == "" }) {
		for i := range list {
			list[i] = all.texts[list[i]]
		}
		return strings.Join(list, " ou "), true
	}
	return all.say(english, func(value string, data bool) string {
		if data {
			return value
		}
		if text, ok := w.Defect(value, other); ok {
			return text
		}
		return other(value)
	})
}
