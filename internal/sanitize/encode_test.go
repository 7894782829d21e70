package sanitize_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/sanitize"
)

type place struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

// shout encodes itself as a text.
type shout string

func (s shout) MarshalText() ([]byte, error) { return []byte(strings.ToUpper(string(s))), nil }

// loud encodes itself where it comes by a pointer.
type loud struct{ All []int }

func (l *loud) MarshalJSON() ([]byte, error) { return fmt.Appendf(nil, `{"n": %d}`, len(l.All)), nil }

type item struct {
	place
	Name    string         `json:"name"`
	Values  map[string]any `json:"values,omitempty"`
	Related []place        `json:"related,omitempty"`
	Next    *item          `json:"next,omitempty"`
	hidden  []int
}

type all struct {
	First    any             `json:"first"`
	None     []item          `json:"none"`
	Empty    []item          `json:"empty,omitempty"`
	Items    []item          `json:"items"`
	Pointers []*item         `json:"pointers,omitempty"`
	Raw      json.RawMessage `json:"raw,omitempty"`
	Bytes    []byte          `json:"bytes"`
	Loud     []loud          `json:"loud"`
	Odd      struct {
		At    time.Time `json:"at,omitzero"`
		Many  []int     `json:"many"`
		Count int       `json:",string"`
	} `json:"odd"`
	Texts  map[shout][]int   `json:"texts"`
	Plain  map[string][]item `json:"plain"`
	Skip   []int             `json:"-"`
	Fixed  [3]int            `json:"fixed,omitempty"`
	Unsaid []string
}

func many(n int) (items []item) {
	for i := range n {
		made := item{place: place{"<a>&.yaml", i % 3}, Name: fmt.Sprint("##\u202e ", i), hidden: []int{i}}
		if i%7 == 0 {
			made.Values = map[string]any{"z": i, "a": []any{nil, true, "\u2028", map[string]int{}}}
			made.Next = &item{Related: make([]place, i%50)}
		}
		items = append(items, made)
	}
	return items
}

// A value that is encoded in pieces is what encoding/json makes of it, however much of it is large.
func TestALargeValueIsEncodedAsASmallOne(t *testing.T) {
	for _, n := range []int{0, 1, 7, 511, 512, 5000} {
		value := all{
			First: many(n), Items: many(n), Raw: json.RawMessage(`{"a" : [1]}`), Bytes: make([]byte, n), Loud: make([]loud, n),
			Texts: map[shout][]int{"b": make([]int, n), "a": nil}, Plain: map[string][]item{"é<": many(n), "A": nil}, Skip: make([]int, n), Unsaid: make([]string, n),
		}
		value.Odd.Many = make([]int, n)
		for i := range value.Items {
			value.Pointers = append(value.Pointers, &value.Items[i], nil)
		}
		for _, v := range []any{value, &value, []any{value, n}, map[string]any{"x": &value}, value.Items, nil, (*all)(nil)} {
			expected, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			var indented bytes.Buffer
			pieces := 0
			in := sanitize.Indenter{W: &indented}
			err = sanitize.Encode(v, func(compact []byte) error {
				pieces++
				got = append(got, compact...)
				return in.Add(compact)
			})
			if err := errors.Join(err, in.End()); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, expected) {
				t.Errorf("%d items of %T: %d bytes, expected %d", n, v, len(got), len(expected))
			}
			if !bytes.Equal(indented.Bytes(), sanitize.AppendIndented(nil, expected, 0)) {
				t.Errorf("%d items of %T are indented in another way", n, v)
			}
			if pieces < len(expected)/(1<<20) {
				t.Errorf("%d items of %T: %d bytes in %d pieces", n, v, len(expected), pieces)
			}
		}
	}
}

// A list whose items are made one after the other is as one that is there.
func TestItemsAreAList(t *testing.T) {
	type report struct {
		Name  string         `json:"name"`
		Items sanitize.Items `json:"items"`
		End   bool           `json:"end"`
	}
	for _, n := range []int{0, 1, 3, 3000} {
		list := []any{}
		for _, listed := range many(n) {
			list = append(list, listed)
		}
		var got, expected bytes.Buffer
		err := errors.Join(
			sanitize.WriteJSON(&got, report{"a", func(yield func(any) bool) {
				for _, listed := range list {
					if !yield(listed) {
						return
					}
				}
			}, true}),
			sanitize.WriteJSON(&expected, map[string]any{"end": true, "items": list, "name": "a"}),
		)
		if err != nil {
			t.Fatal(err)
		}
		ordered := strings.Replace(strings.Replace(expected.String(), "{\n  \"end\": true,", "{\n  \"name\": \"a\",", 1), "\n  \"name\": \"a\"\n}\n", "\n  \"end\": true\n}\n", 1)
		if got.String() != ordered {
			t.Errorf("%d items:\n%.500s\nexpected\n%.500s", n, got.String(), ordered)
		}
	}
}

// What cannot be encoded is an error, wherever it stands, and so is what cannot be written.
func TestWhatCannotBeEncoded(t *testing.T) {
	for name, value := range map[string]any{
		"in a list": append(make([]any, 5000), math.NaN()), "in an object": map[string]any{"a": many(5000), "b": func() {}},
		"in items": sanitize.Items(func(yield func(any) bool) { yield(math.Inf(1)) }),
	} {
		if err := sanitize.WriteJSON(&bytes.Buffer{}, value); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	refused := errors.New("no room")
	pieces := 0
	if err := sanitize.Encode(many(50_000), func([]byte) error { pieces++; return refused }); !errors.Is(err, refused) || pieces != 1 {
		t.Errorf("%v after %d pieces", err, pieces)
	}
}
