// Package reader has what reads facts from the raw answers of sources, and the file that keeps these answers beside the evidence.
// The packages below it read the answers of one kind of source each: collect fills evidence by them, and assess reads the kept
// answers by them again. None of them opens a connection.
package reader

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/sanitize"
)

type Reader struct {
	Name string // of the kind of source, as --from names it
	// Service says that the answers are those of the service, or what a program knows of it, and no file that people fill in: a
	// name that looks like a placeholder is a name there.
	Service bool
	// Read reads what the answers tell of a section. The same answers always give the same part. A part without fields says
	// that the answers tell nothing of the section.
	Read func(Request) (Part, error)
}

type Request struct {
	Section string         // such as keys
	Service string         // id of the OKMS domain, a UUID in lower case
	At      time.Time      // of the collection: what had ended by then is left out
	Form    *evidence.Form // of all evidence
	Answers []Answer
}

// Answer is a raw answer, kept as an artifact beside the evidence.
type Answer struct {
	// Origin is where it was read: the URL without credentials, or the file as the user named it.
	Origin string `json:"origin"`
	// Fill says how facts follow from the answer where no program knows it: an entry of fills of a mapping.
	Fill any `json:"fill,omitempty"`
	// Body is the answer as a JSON value, without what a source knows to be secret. What redact.Secret names is taken out of
	// every answer besides. It should hold nothing that changes while the facts do not, such as ids of requests.
	Body any `json:"body"`

	// Place is the JSON pointer to Body in the file that keeps it; empty where it is not kept yet.
	Place string `json:"-"`
}

// At is the JSON pointer to a part of the answer's body in the file that keeps it; empty where it is not kept yet.
func (a Answer) At(steps ...string) string {
	if a.Place == "" {
		return ""
	}
	return a.Place + document.Pointer(steps...)
}

// Origins lead from facts, by their pointer in Part.Fields (/service_keys/0), to where they were read (Answer.At). What has no
// origin has that of what it is in.
type Origins map[string]string

// Add adds where a fact was read, if that is known.
func (o Origins) Add(fact, place string) {
	if place != "" {
		o[fact] = place
	}
}

// Decode is the body of an answer in the form of Go.
func Decode[T any](a Answer) (T, error) {
	if body, isDecoded := a.Body.(T); isDecoded {
		return body, nil
	}
	var into T
	encoded, isEncoded := a.Body.(json.RawMessage)
	if !isEncoded {
		var err error
		if encoded, err = json.Marshal(a.Body); err != nil {
			return into, fmt.Errorf("the answer of %s: %w", a.Origin, err)
		}
	}
	if err := document.DecodeJSON("", encoded, &into); err != nil {
		var misplaced *document.Error
		if errors.As(err, &misplaced) { // its line would be one of the body
			err = errors.New(misplaced.Message)
		}
		if a.Place != "" {
			err = fmt.Errorf("%s: %w", a.Place, err)
		}
		return into, fmt.Errorf("the answer of %s: %w", a.Origin, err)
	}
	return into, nil
}

// Part is what a source knows of one section. A source answers at most one part a section.
type Part struct {
	Section string // such as keys
	// Fields are the section's fields in the shape of the schema, without source. They are what encoding/json makes of JSON,
	// or what it would encode as such. Instants are RFC 3339 in UTC, dates YYYY-MM-DD; the enumerations are the schema's.
	Fields map[string]any
	// Joins are the lists in Fields that only add fields to items that another source or a person lists, such as
	// /keys/service_keys from a register of owners. Any other list holds every item that this source knows: an item
	// that it told before and no longer tells is taken out of the evidence.
	Joins []string
	// Extends are the lists in Fields that are complete for this source and not for the evidence, such as /people/people from
	// the users of an account: other sources are believed before it, and it adds the items that they lack.
	Extends []string
	// SecondHand is of a source that knows the section from an overview. Another source of the same method is believed before
	// it, whichever is named first.
	SecondHand bool
	// Answers are the raw answers that the fields were taken from, in a fixed order.
	Answers []Answer
	Origins Origins
	// Notes are what a person should know: one sentence each, such as how many values evidence has no word for.
	Notes []string
}

// Plain is what encoding/json makes of fields, numbers kept as they are written, with nothing in it that cannot be seen.
func Plain(fields map[string]any) (map[string]any, error) {
	if fields == nil {
		return nil, errors.New("no fields")
	}
	copied, err := plain(fields)
	if err != nil {
		return nil, err
	}
	return copied.(map[string]any), nil
}

// plain copies what is plain already, and has encoding/json make the rest of it.
func plain(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for name, below := range v {
			field, err := plain(below)
			if err != nil {
				return nil, err
			}
			copied[Visible(name)] = field
		}
		return copied, nil
	case []any:
		copied := make([]any, len(v))
		for i, below := range v {
			item, err := plain(below)
			if err != nil {
				return nil, err
			}
			copied[i] = item
		}
		return copied, nil
	case string:
		return Visible(v), nil
	case nil, bool, json.Number:
		return v, nil
	}
	if list := reflect.ValueOf(value); isListOfStructs(list) { // there may be very many
		copied := make([]any, list.Len())
		for i := range copied {
			item, err := plain(list.Index(i).Interface())
			if err != nil {
				return nil, err
			}
			copied[i] = item
		}
		return copied, nil
	}
	encoded, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var decoded any
	if err := document.DecodeJSON("", encoded, &decoded); err != nil {
		return nil, err
	}
	return plain(decoded)
}

// isListOfStructs reports whether encoding/json writes a value as a list of what it makes of its items.
func isListOfStructs(list reflect.Value) bool {
	return list.Kind() == reflect.Slice && !list.IsNil() && list.Type().Elem().Kind() == reflect.Struct && !list.Type().Implements(reflect.TypeFor[json.Marshaler]())
}

// Visible is text from a source as evidence may hold it: what cannot be seen is written as \u{…}.
func Visible(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return (r < ' ' || r > '~') && r != '\n' && r != '\t' }) {
		return text // as nearly all is
	}
	var out strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' || r == '#' {
			out.WriteRune(r)
			continue
		}
		out.WriteString(sanitize.Text(string(r)))
	}
	return out.String()
}
