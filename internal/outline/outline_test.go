package outline_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/outline"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// texts are all texts of YAML in this repository: those of evidence, policies, mappings and examples, and the cases of the reader of
// documents, of which many are broken.
func texts(t testing.TB) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for _, root := range []string{"evidence", "testdata", "policies/okms", "mappings", "examples", "ci"} {
		err := filepath.WalkDir(filepath.Join("../..", root), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(path)) {
				return err
			}
			content, err := os.ReadFile(path)
			all[path] = content
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	archive, err := txtar.ParseFile("../document/testdata/yaml.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range archive.Files {
		if !strings.HasSuffix(file.Name, ".json") {
			all["yaml.txtar/"+file.Name] = file.Data
		}
	}
	return all
}

// What the reader of documents takes, the outline reads alike: each field and item at the same place, and the same values. Of what
// the outline does not know it says nothing.
func TestOutlineIsWhatDocumentsAre(t *testing.T) {
	read := 0
	for name, text := range texts(t) {
		doc, err := document.Parse(name, text, document.DefaultLimits)
		if err != nil || strings.HasSuffix(name, "less indented") { // the library takes what YAML does not
			continue
		}
		read++
		o := outline.Of(text)
		unknown := 0
		walk("", doc.Value(), func(pointer string, value any) {
			unknown += compare(t, o, doc, pointer, value)
		})
		if unknown > 0 && !strings.HasPrefix(name, "yaml.txtar/") {
			t.Errorf("%s: %d values are not known", name, unknown)
		}
		reverse(t, name, o, doc)
	}
	if read < 150 {
		t.Errorf("only %d texts were read", read)
	}
}

// Where a field or an item stands does not depend on a mark of the end behind it.
func TestMarkOfTheEnd(t *testing.T) {
	read := 0
	for name, text := range texts(t) {
		if len(text) == 0 || text[len(text)-1] != '\n' {
			continue
		}
		marked := append(slices.Clone(text), "...\n"...)
		if _, err := document.Parse(name, marked, document.DefaultLimits); err != nil {
			continue
		}
		read++
		o, with := outline.Of(text), outline.Of(marked)
		if o.Len() != with.Len() {
			t.Errorf("%s: %d fields and items, %d with the mark", name, o.Len(), with.Len())
			continue
		}
		for id := outline.Top + 1; int(id) < o.Len(); id++ {
			if o.Opens(id) != with.Opens(id) || o.End(id) != with.End(id) {
				t.Errorf("%s: %s stands at %d to %d, with the mark at %d to %d", name, o.Pointer(id), o.Opens(id), o.End(id), with.Opens(id), with.End(id))
				break
			}
		}
	}
	if read < 150 {
		t.Errorf("only %d texts were read", read)
	}
}

// compare holds one field or item of an outline against the document, and answers 1 where the outline knows nothing of it.
func compare(t *testing.T, o *outline.Outline, doc *document.Document, pointer string, value any) int {
	t.Helper()
	id, whole := o.Find(pointer)
	if o.Kind(id) == outline.Unknown {
		return 1
	}
	if !whole && o.HasStrays() {
		return 1
	}
	if !whole {
		t.Errorf("%s %s: not in the outline", doc.Name(), pointer)
		return 0
	}
	if id == outline.Top {
		return 0
	}
	if o.IsField(id) {
		if at := o.Position(o.Opens(id)); at != doc.Position(pointer) {
			t.Errorf("%s %s: the key is at %v, in the outline at %v", doc.Name(), pointer, doc.Position(pointer), at)
		}
	}
	start, end := o.ValueSpan(id)
	if start != end {
		if at := o.Position(start); at != doc.ValuePosition(pointer) {
			t.Errorf("%s %s: the value is at %v, in the outline at %v", doc.Name(), pointer, doc.ValuePosition(pointer), at)
		}
	}
	switch value.(type) {
	case map[string]any, []any:
		return 0
	}
	if o.Style(id) == outline.Folded {
		return 0
	}
	if _, ok := o.Scalar(id); o.Kind(id) == outline.Scalar && !ok {
		return 1
	}
	if got := o.Value(id); !reflect.DeepEqual(got, value) {
		t.Errorf("%s %s: the value is %#v, in the outline %#v", doc.Name(), pointer, value, got)
	}
	return 0
}

// reverse finds what the outline has and the document has not.
func reverse(t *testing.T, name string, o *outline.Outline, doc *document.Document) {
	t.Helper()
	for id := range outline.ID(o.Len()) {
		if _, is := doc.Lookup(o.Pointer(id)); !is {
			for up := id; up != outline.None; up = o.Parent(up) {
				if o.Kind(up) == outline.Unknown {
					is = true
				}
			}
			if !is {
				t.Errorf("%s: only the outline has %s", name, o.Pointer(id))
			}
		}
	}
}

func walk(pointer string, value any, visit func(pointer string, value any)) {
	visit(pointer, value)
	switch v := value.(type) {
	case map[string]any:
		for name, below := range v {
			walk(pointer+document.Pointer(name), below, visit)
		}
	case []any:
		for i, below := range v {
			n, _ := json.Marshal(i)
			walk(pointer+"/"+string(n), below, visit)
		}
	}
}

// A text that ends anywhere has the same outline up to the line before.
func TestCutTexts(t *testing.T) {
	for name, text := range texts(t) {
		if _, err := document.Parse(name, text, document.DefaultLimits); err != nil {
			continue
		}
		if len(text) > 30_000 {
			text = text[:30_000]
		}
		whole := outline.Of(text)
		step := 1 + len(text)/testhelp.Rounds(700, 100)
		for cut := 0; cut < len(text); cut += step {
			part := outline.Of(text[:cut])
			line := part.Line(cut)
			for id := outline.ID(1); int(id) < whole.Len(); id++ {
				if whole.Line(whole.Opens(id)) >= line {
					break
				}
				if unsure(whole, id) || unsure(part, min(id, outline.ID(part.Len()-1))) {
					continue
				}
				if int(id) >= part.Len() || part.Opens(id) != whole.Opens(id) || part.Pointer(id) != whole.Pointer(id) {
					t.Fatalf("%s, cut at %d: %s is at %v of the whole, the part has another there", name, cut, whole.Pointer(id), whole.Position(whole.Opens(id)))
				}
			}
		}
	}
}

// unsure reports whether something is not known of a field or item, or of what it is in.
func unsure(o *outline.Outline, id outline.ID) bool {
	for ; id != outline.None; id = o.Parent(id) {
		if o.Kind(id) == outline.Unknown {
			return true
		}
	}
	return false
}
