package document

import (
	"bytes"
	"encoding/json"
	"strconv"
	"testing"
)

// FuzzParse proves that no file makes the reader panic, and that what is accepted can be encoded as JSON and located.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a: 1\n", "---\na: {b: [x, 'y', \"z\", ~]}\n...\n", "a: &x 1\nb: *x\n", "<<: {a: 1}\n", "a: |\n  b\nc: >-\n  d\n",
		"? a\n: b\n", "a: !!str 1\n", "a: 1e400\n", "a: 0x1F\n", "# c\n", "", "---", "\uFEFFa: \"\\e\"\n", "a: [\n", "%YAML 1.1\n---\na: 1\n",
		"a: 1\n---\nb: 1\n", "a:\n\t- b\n", "\xff\xfea\x00", "a: \"x\" y\n", "! a: ! 12\n", placeDocument,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := Parse("f.yaml", data, DefaultLimits)
		lines := bytes.Split(data, []byte("\n"))
		within := func(subject string, line, column int) {
			if line < 1 || line > len(lines) || column < 1 || column > len(lines[line-1])+1 {
				t.Errorf("%s is said to stand at %d:%d, the file ends at line %d", subject, line, column, len(lines))
			}
		}
		if err != nil {
			for _, problem := range err.(Errors) {
				within(problem.Message, problem.Line, problem.Column)
			}
			return
		}
		if _, err := json.Marshal(doc.Value()); err != nil {
			t.Error(err)
		}
		var visit func(pointer string, value any)
		visit = func(pointer string, value any) {
			if _, ok := doc.Lookup(pointer); !ok {
				t.Errorf("%s is not found", pointer)
			}
			at := doc.Position(pointer)
			within(pointer, at.Line, at.Column)
			switch v := value.(type) {
			case map[string]any:
				for key, below := range v {
					visit(pointer+Pointer(key), below)
				}
			case []any:
				for i, below := range v {
					visit(pointer+Pointer(strconv.Itoa(i)), below)
				}
			}
		}
		visit("", doc.Value())
	})
}
