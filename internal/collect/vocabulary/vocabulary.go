// Package vocabulary maps the values of APIs to those of evidence, and remembers the values that evidence lacks: they are left
// out, counted and reported.
package vocabulary

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/evidence"
)

// Words are the enumerations of evidence, and what was left out. They can be used by several goroutines.
type Words struct {
	enums map[string][]string // by field

	mu  sync.Mutex
	odd map[string]*oddity // by field
}

// oddity is what an API says that evidence has no words for.
type oddity struct {
	count       int
	where, text string // the first by where
}

// New takes the enumerations of some fields from the form of evidence: they stand nowhere twice. Fields are as in
// collect.Kind.
func New(form *evidence.Form, fields []string) *Words {
	w := &Words{enums: map[string][]string{}, odd: map[string]*oddity{}}
	for _, pointer := range fields {
		field := form
		for step := range strings.SplitSeq(pointer[1:], "/") {
			if field == nil {
				break
			}
			field = form.Resolve(field)
			if step == "*" {
				field = field.Items
			} else {
				field = field.Properties.Forms[step]
			}
		}
		if field != nil {
			if field = form.Resolve(field); field.Items != nil {
				field = form.Resolve(field.Items)
			}
			w.enums[pointer] = field.Enum
		}
	}
	return w
}

// Of are the words of a field's enumeration.
func (w *Words) Of(field string) []string { return w.enums[field] }

// One is a word of a field's enumeration; "" where the API tells none, or one that evidence does not have. Where names the
// item that it is told of.
func (w *Words) One(field, where, text string) string {
	if text == "" || slices.Contains(w.enums[field], text) {
		return text
	}
	w.LeaveOut(field, where, text)
	return ""
}

// Instant is a time as evidence has it, in UTC; "" where the API tells none.
func (w *Words) Instant(field, where string, value any) string {
	text, isText := value.(string)
	if value == nil || isText && text == "" {
		return ""
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || at.Year() < 1970 {
		w.LeaveOut(field, where, value)
		return ""
	}
	return at.UTC().Format(time.RFC3339)
}

// Flag is a boolean as evidence has it; nil where the API tells none.
func (w *Words) Flag(field, where string, value any) *bool {
	flag, isFlag := value.(bool)
	switch {
	case isFlag:
		return &flag
	case value != nil:
		w.LeaveOut(field, where, value)
	}
	return nil
}

// LeaveOut notes that a field is left out, since what the API says is not what its description says.
func (w *Words) LeaveOut(field, where string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		text = []byte("…")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.odd[field] == nil {
		w.odd[field] = &oddity{where: where, text: string(text)}
	}
	o := w.odd[field]
	o.count++
	if where < o.where {
		o.where, o.text = where, string(text)
	}
}

// Notes say what was left out, a sentence a field.
func (w *Words) Notes() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var notes []string
	for _, field := range slices.Sorted(maps.Keys(w.odd)) {
		o := w.odd[field]
		notes = append(notes, fmt.Sprintf("%s is left out of %d items: the API gives an unknown value, such as %.80s of %s", field, o.count, o.text, o.where))
	}
	return notes
}
