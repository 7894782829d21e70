package outline_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// FuzzOf holds that spans are in the text and in order, and that the reader of documents has what the outline has.
func FuzzOf(f *testing.F) {
	for _, text := range texts(f) {
		if len(text) < 2000 {
			f.Add(string(text))
		}
	}
	f.Fuzz(consistent)
}

// consistent holds one text against what an outline promises.
func consistent(t *testing.T, text string) {
	t.Helper()
	o := outline.Of([]byte(text))
	last := 0
	for id := outline.ID(1); int(id) < o.Len(); id++ {
		start, end := o.ValueSpan(id)
		_, keyEnd := o.KeySpan(id)
		if o.Opens(id) < last || keyEnd < o.Opens(id) || start < keyEnd || end < start || end > len(text) {
			t.Fatalf("%d: opens at %d, key to %d, value from %d to %d", id, o.Opens(id), keyEnd, start, end)
		}
		last = o.Opens(id)
		_ = o.Pointer(id)
		_ = o.Value(id)
	}
	for offset := 0; offset <= len(text); offset++ {
		place := o.At(offset)
		if place.Start > place.End || place.End > len(text) || place.Start < 0 {
			t.Fatalf("at %d: %+v", offset, place)
		}
		if at := o.Offset(o.Position(offset)); at > len(text) {
			t.Fatalf("at %d: %d", offset, at)
		}
	}
	doc, err := document.Parse("x", []byte(text), document.DefaultLimits)
	if err != nil {
		return
	}
	for id := range outline.ID(o.Len()) {
		if unsure(o, id) || o.HasStrays() || o.IsHalf() {
			return // it does not know
		}
		value, is := doc.Lookup(o.Pointer(id))
		if !is {
			t.Fatalf("only the outline has %s of\n%s", o.Pointer(id), text)
		}
		if _, ok := o.Scalar(id); ok && o.Value(id) != value {
			t.Fatalf("%s is %#v, in the outline %#v of\n%s", o.Pointer(id), value, o.Value(id), text)
		}
	}
}

// Texts of the repository stay consistent with parts cut out, repeated and put in.
func TestMutatedTexts(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 50))
	all := texts(t)
	names := slices.Sorted(maps.Keys(all))
	parts := []string{"\n", "  ", ":", "- ", "{", "}", "[", "]", "'", "\"", "#", " #", "|", "> ", ": ", ",", "\t", "\r\n", "é", "\xff", "? ", "---\n", "&a ", "!!str "}
	for range testhelp.Rounds(10_000, 2000) {
		text := string(all[names[random.IntN(len(names))]])
		if text == "" {
			continue
		}
		start := random.IntN(len(text))
		text = text[start:min(len(text), start+600)]
		text = testhelp.Spoil(random, text, parts)
		consistent(t, text)
	}
}
