// Package sentence makes the sentences of findings: a template from a check's METADATA and the values of a finding.
//
// {name} puts a value: a text, a number, true or false, or a list of them as "a, b and c". {name|form|form} puts one of the
// forms, which the number (of a list, how many items it has) chooses as the grammar of the language asks: {n} {n|key is|keys are}.
package sentence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Language is the grammar that templates of one language need.
type Language struct {
	Tag   string                   // BCP 47
	And   string                   // joins the last two items of a list
	Forms int                      // how many forms a number chooses from
	Form  func(number float64) int // the index of the form that a number takes
	// Date writes a day as a sentence has it; nil where that is as data has it.
	Date func(time.Time) string
	// Month writes a month as a sentence has it; nil where that is as data has it.
	Month func(time.Time) string
	// Moment writes a time of UTC as a sentence has it, where there is a Date.
	Moment func(time.Time) string
	// Set sets the text of a template as the typography of the language asks; nil where nothing is to be set.
	Set func(text string) string
	// Decimal is the mark before the decimals of a number; a point where it is empty.
	Decimal string
	// Group is what stands between the thousands of a number; empty for nothing.
	Group string
}

// English is the language of the templates in METADATA.
var English = Language{Tag: "en", And: " and ", Forms: 2, Form: func(number float64) int {
	if number == 1 {
		return 0
	}
	return 1
}}

// French counts 0, 1 and what lies between as the singular, as CLDR has it.
var French = Language{Tag: "fr", And: " et ", Forms: 2, Decimal: ",", Group: "\u202f", Date: frenchDate, Month: frenchMonth, Moment: frenchMoment, Set: frenchSet, Form: func(number float64) int {
	if number > -2 && number < 2 {
		return 0
	}
	return 1
}}

// narrow is a space before a semicolon, an exclamation mark, a question mark or a percent sign, which are set close to the word before, and
// wide one before a colon or within quotation marks. What follows a percent sign tells it from the beginning of a verb.
var (
	narrow = regexp.MustCompile(` ([;!?](?:[\s)|]|$)|%(?:%|[\s.,;)|]|$))`)
	wide   = regexp.MustCompile(` ([:»](?:[\s)|]|$))|(«) `)
)

// frenchSet puts a space that does not break where a line must not.
func frenchSet(text string) string {
	return wide.ReplaceAllString(narrow.ReplaceAllString(text, "\u202f$1"), "$2\u00a0$1")
}

var frenchMonths = [...]string{
	"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre",
}

func frenchDate(day time.Time) string {
	number := strconv.Itoa(day.Day())
	if day.Day() == 1 {
		number = "1er"
	}
	return number + " " + frenchMonth(day)
}

func frenchMonth(day time.Time) string {
	return fmt.Sprintf("%s %d", frenchMonths[day.Month()-1], day.Year())
}

// timeForm is the form of a time in data.
const timeForm = "2006-01-02T15:04:05Z"

// frenchMoment names the seconds only where there are any.
func frenchMoment(at time.Time) string {
	clock := "15:04"
	if at.Second() > 0 {
		clock = time.TimeOnly
	}
	return frenchDate(at) + " à " + at.Format(clock) + " UTC"
}

// Day is a date of the form 2006-01-02, or a time of the form 2006-01-02T15:04:05Z, as a sentence has it, and any other text as it is.
func (l Language) Day(text string) string {
	if l.Date == nil {
		return text
	}
	switch len(text) {
	case len(time.DateOnly):
		if day, err := time.Parse(time.DateOnly, text); err == nil {
			return l.Date(day)
		}
	case len(timeForm):
		if at, err := time.Parse(timeForm, text); err == nil {
			return l.Moment(at)
		}
	}
	return text
}

// MonthOf is a month of the form 2006-01 as a sentence has it, and any other text as it is.
func (l Language) MonthOf(text string) string {
	if month, err := time.Parse("2006-01", text); err == nil && l.Month != nil {
		return l.Month(month)
	}
	return text
}

// digits is a number in the way of data, without an exponent.
var digits = regexp.MustCompile(`^([-+]?)(\d+)(?:\.(\d+))?$`)

// Number is a number that is written in the way of data, as a sentence has it.
func (l Language) Number(text string) string {
	parts := digits.FindStringSubmatch(text)
	if parts == nil {
		return text
	}
	amount := parts[2]
	for at := len(amount) - 3; at > 0 && l.Group != ""; at -= 3 {
		amount = amount[:at] + l.Group + amount[at:]
	}
	if parts[3] == "" {
		return parts[1] + amount
	}
	return parts[1] + amount + cmp.Or(l.Decimal, ".") + parts[3]
}

// Join is a list as a sentence has it: "a, b and c".
func (l Language) Join(texts []string) string {
	if last := len(texts) - 1; last > 0 {
		return strings.Join(texts[:last], ", ") + l.And + texts[last]
	}
	return strings.Join(texts, "")
}

// Template is a parsed template.
type Template struct {
	language Language
	parts    []part
}

// part is a text, then what stands for a value; the last part has only the text.
type part struct {
	text, name string
	forms      []string // none where the value itself stands
}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func Parse(language Language, text string) (*Template, error) {
	t := &Template{language: language}
	for rest := text; ; {
		before, after, opens := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return nil, fmt.Errorf("a } closes nothing in %q", text)
		}
		if !opens {
			t.parts = append(t.parts, part{text: before})
			break
		}
		inside, next, closes := strings.Cut(after, "}")
		if !closes {
			return nil, fmt.Errorf("a { is not closed in %q", text)
		}
		fields := strings.Split(inside, "|")
		switch {
		case !nameForm.MatchString(fields[0]):
			return nil, fmt.Errorf("{%s} names no value: write its name in lower-case letters, digits and underscores", inside)
		case len(fields) > 1 && len(fields)-1 != language.Forms:
			return nil, fmt.Errorf("{%s} has %d forms, the language %s has %d", inside, len(fields)-1, language.Tag, language.Forms)
		}
		t.parts = append(t.parts, part{before, fields[0], fields[1:]})
		rest = next
	}
	if strings.TrimSpace(text) == "" {
		return nil, fmt.Errorf("the sentence is empty")
	}
	return t, nil
}

// Names lists the values that the template puts, sorted.
func (t *Template) Names() []string {
	var names []string
	for _, part := range t.parts {
		if part.name != "" {
			names = append(names, part.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Outline is the template for a reader: the names of values in braces, words in the form for many.
func (t *Template) Outline() string {
	var out strings.Builder
	for _, part := range t.parts {
		out.WriteString(part.text)
		switch {
		case len(part.forms) > 0:
			out.WriteString(part.forms[len(part.forms)-1])
		case part.name != "":
			out.WriteString("{" + part.name + "}")
		}
	}
	return out.String()
}

// Fill puts values into the template. A value that is not given, or that no sentence can show, is an error.
func (t *Template) Fill(values map[string]any) (string, error) {
	var out strings.Builder
	for _, part := range t.parts {
		out.WriteString(part.text)
		if part.name == "" {
			continue
		}
		value, ok := values[part.name]
		if !ok {
			return "", fmt.Errorf("the value %s is not given", part.name)
		}
		language := t.language
		if whole[part.name] {
			language.Group = ""
		}
		put := language.text
		if len(part.forms) > 0 {
			put = func(value any) (string, error) { return language.form(part.forms, value) }
		}
		text, err := put(value)
		if err != nil {
			return "", fmt.Errorf("the value %s %w", part.name, err)
		}
		out.WriteString(text)
	}
	return out.String(), nil
}

// whole are values whose digits are a name or a quotation, and no amount.
var whole = map[string]bool{"port": true, "ports": true, "year": true, "value": true}

// form chooses among the forms of a word.
func (l Language) form(forms []string, value any) (string, error) {
	switch v := value.(type) {
	case json.Number:
		number, err := v.Float64()
		if err != nil {
			return "", fmt.Errorf("is a number out of range: %s", v)
		}
		return forms[l.Form(number)], nil
	case []any:
		return forms[l.Form(float64(len(v)))], nil
	case string: // what the evidence does not say, such as "unknown"
		return forms[l.Forms-1], nil
	}
	return "", fmt.Errorf("chooses a form and is neither a number nor a list: %v", value)
}

// text is a value as a sentence shows it.
func (l Language) text(value any) (string, error) {
	items, isList := value.([]any)
	if !isList {
		return l.scalar(value)
	}
	texts := make([]string, len(items))
	for i, item := range items {
		var err error
		if texts[i], err = l.scalar(item); err != nil {
			return "", err
		}
	}
	return l.Join(texts), nil
}

func (l Language) scalar(value any) (string, error) {
	switch v := value.(type) {
	case string:
		return l.Day(v), nil
	case bool:
		return strconv.FormatBool(v), nil
	case json.Number:
		return l.Number(number(v)), nil
	}
	return "", fmt.Errorf("is no text, number, truth value or list of them: %v", value)
}

// number writes a number as OPA's sprintf does with %v.
func number(n json.Number) string {
	if whole, err := n.Int64(); err == nil {
		return strconv.FormatInt(whole, 10)
	}
	if f, err := n.Float64(); err == nil {
		return fmt.Sprint(f)
	}
	return n.String()
}

// Values reads the values of a message that the template made, as far as it tells them: numbers, and all else as texts. ok is false
// where the template cannot have made it.
func (t *Template) Values(message string) (values map[string]any, ok bool) {
	var pattern strings.Builder
	var names []string
	for _, part := range t.parts {
		pattern.WriteString(regexp.QuoteMeta(part.text))
		switch {
		case len(part.forms) > 0:
			forms := make([]string, len(part.forms))
			for i, form := range part.forms {
				forms[i] = regexp.QuoteMeta(form)
			}
			pattern.WriteString("(?:" + strings.Join(forms, "|") + ")")
		case part.name != "":
			names = append(names, part.name)
			pattern.WriteString("(.*?)")
		}
	}
	match := regexp.MustCompile("^(?s:" + pattern.String() + ")$").FindStringSubmatch(message)
	if match == nil {
		return nil, false
	}
	values = map[string]any{}
	for i, name := range names {
		text := match[i+1]
		values[name] = text
		if _, err := strconv.ParseFloat(text, 64); err == nil {
			values[name] = json.Number(text)
		}
	}
	return values, true
}
