package document_test

import (
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
)

func TestHead(t *testing.T) {
	const rest = "doors: {count: 1}\nbroken: [\n"
	for name, test := range map[string]struct {
		text string
		want string // the id; empty where the head cannot be read
	}{
		"a mapping in lines":             {"kind: Evidence\nmetadata:\n  service:\n    id: a\n" + rest, "a"},
		"a mapping in braces":            {"metadata: {service: {id: a}}\nkind: Evidence\n" + rest, "a"},
		"comments and empty lines":       {"# x\n\nkind: Evidence # y\nmetadata:\n\n# z\n  service: {id: a}\n\n" + rest, "a"},
		"other fields before":            {"x: |\n  metadata: no\nkind: Evidence\nmetadata: {service: {id: a}}\n" + rest, "a"},
		"a text of several lines":        {"kind: Evidence\nmetadata:\n  service:\n    id: a\n      b\n" + rest, "a b"},
		"the end is not there":           {"kind: Evidence\nmetadata: {service: {id: a}}\n", ""},
		"braces over several lines":      {"kind: Evidence\nmetadata: {service:\n{id: a}}\n" + rest, ""},
		"quotes over several lines":      {"kind: Evidence\nx: \"\nmetadata: {service: {id: b}}\ny: \"\nmetadata: {service: {id: a}}\n" + rest, ""},
		"a field is missing":             {"metadata: {service: {id: a}}\n" + rest, ""},
		"a name in quotes":               {"kind: Evidence\n\"metadata\": {service: {id: a}}\n" + rest, ""},
		"a field twice":                  {"kind: Evidence\nkind: Evidence\nmetadata: {service: {id: a}}\n" + rest, ""},
		"a byte order mark":              {"\uFEFFkind: Evidence\nmetadata: {service: {id: a}}\n" + rest, ""},
		"a mark of the document's begin": {"---\nkind: Evidence\nmetadata: {service: {id: a}}\n" + rest, "a"},
	} {
		t.Run(name, func(t *testing.T) {
			head := document.Head("e.yaml", []byte(test.text), document.DefaultLimits, "kind", "metadata")
			if head == nil {
				if test.want != "" {
					t.Error("not read")
				}
				return
			}
			got, _ := head.Lookup("/metadata/service/id")
			if got != test.want {
				t.Errorf("id %q, wanted %q", got, test.want)
			}
			whole, err := document.Parse("e.yaml", []byte(strings.TrimSuffix(test.text, "broken: [\n")), document.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			if same, _ := whole.Lookup("/metadata/service/id"); same != got {
				t.Errorf("the whole says %q", same)
			}
			if head.Position("/metadata/service/id") != whole.Position("/metadata/service/id") {
				t.Error("another place")
			}
		})
	}
}

// A head that can be read never says anything else than the whole, if that can be read.
func FuzzHead(f *testing.F) {
	f.Add("kind: Evidence\nmetadata: {service: {id: a}}\ndoors: {}\n")
	f.Add("kind: Evidence\nx: \"\nmetadata: {service: {id: b}}\ny: \"\nmetadata: {service: {id: a}}\nz: 1\n")
	f.Add("kind: >\n\n metadata:\nmetadata:\n  service:\n    id: |\n      a\n\n\nx: 1\n")
	f.Fuzz(func(t *testing.T, text string) {
		head := document.Head("e.yaml", []byte(text), document.DefaultLimits, "kind", "metadata")
		whole, err := document.Parse("e.yaml", []byte(text), document.DefaultLimits)
		if head == nil || err != nil {
			return
		}
		for _, pointer := range []string{"/kind", "/metadata/service/id"} {
			a, _ := head.Lookup(pointer)
			b, _ := whole.Lookup(pointer)
			switch a.(type) {
			case map[string]any, []any:
				continue
			}
			if a != b {
				t.Errorf("%s is %v in the head, %v in the whole", pointer, a, b)
			}
		}
	})
}
