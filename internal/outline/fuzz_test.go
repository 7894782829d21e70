package outline_test

import (
	"testing"

	"raci-check/internal/document"
	"raci-check/internal/outline"
)

// FuzzOf holds that spans are in the text and in order, and that the reader of documents has what the outline has.
func FuzzOf(f *testing.F) {
	for _, text := range texts(f) {
		if len(text) < 2000 {
			f.Add(string(text))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
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
			if unsure(o, id) || o.HasStrays() {
				return // it does not know
			}
			if _, is := doc.Lookup(o.Pointer(id)); !is {
				return // the library takes what YAML does not, such as flows that are indented less
			}
		}
	})
}
