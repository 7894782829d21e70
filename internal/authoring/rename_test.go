package authoring_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/spelling"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/policies"
)

// id is an id in a file, or another name of an object.
type id struct {
	file, pointer, kind, text string
	alias                     bool
}

// ids are all texts of a folder that are ids, by the annotations of the schema.
func ids(t *testing.T, files authoring.Files, plan *consistency.Plan) []id {
	t.Helper()
	var all []id
	var visit func(file, pointer string, value any, part consistency.Part)
	visit = func(file, pointer string, value any, part consistency.Part) {
		switch v := value.(type) {
		case map[string]any:
			for _, name := range slices.Sorted(maps.Keys(v)) {
				visit(file, pointer+document.Pointer(name), v[name], part.Field(name))
			}
		case []any:
			for i, item := range v {
				visit(file, pointer+"/"+itoa(i), item, part.Item())
			}
		case string:
			if len(part.Defines()) > 0 {
				all = append(all, id{file, pointer, part.Defines()[0], v, !part.IsID()})
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		visit(name, "", parse(t, name, files[name]).Value(), plan.Top())
	}
	return all
}

func itoa(n int) string {
	digits := ""
	for ; n > 9; n /= 10 {
		digits = string(rune('0'+n%10)) + digits
	}
	return string(rune('0'+n)) + digits
}

// Each id of the examples, and many of the other names, can be renamed, and back. Nothing but whole texts, or parts of them, that were the old id is changed, and no text
// that names it is left. Without RACI_CHECK_LONG it is a few of each kind.
func TestRenameEveryID(t *testing.T) {
	rules, err := ruleset.Open(policies.FS, "okms")
	if err != nil {
		t.Fatal(err)
	}
	plan, err := rules.Consistency()
	if err != nil {
		t.Fatal(err)
	}
	l := open(t)
	renamed := map[string]int{}
	for _, example := range []string{"compliant", "small", "saas"} {
		files := folder(t, example)
		for i, subject := range ids(t, files, plan) {
			if subject.alias && i%9 > 0 || renamed[subject.kind] >= testhelp.Rounds(1000, 4) { // there are many
				continue
			}
			to := subject.text + "z"
			if uuid.Validate(subject.text) == nil {
				to = "f" + subject.text[1:35] + "0f"
				to = to[:36]
			}
			at := read(t, subject.file, files[subject.file]).ValuePosition(subject.pointer)
			edits, err := l.Rename(files, subject.file, at, to)
			if _, can := l.Renames(files, subject.file, at); can != (err == nil) {
				t.Errorf("%s %s: can be renamed is %v, and the error %v", subject.file, subject.pointer, can, err)
			}
			if err != nil && subject.kind == "measured_resource" && strings.Contains(err.Error(), "must be one of") {
				continue
			}
			if err != nil {
				t.Errorf("%s %s: %v", subject.file, subject.pointer, err)
				continue
			}
			changed, err := apply(files, edits)
			if err != nil {
				t.Fatal(err)
			}
			renamed[subject.kind]++
			same(t, plan, subject, to, files, changed)
			if moved, is := parse(t, subject.file, changed[subject.file]).Lookup(subject.pointer); !is || moved != to {
				t.Errorf("%s %s: is %v, expected %s", subject.file, subject.pointer, moved, to)
			}
			back, err := l.Rename(changed, subject.file, parse(t, subject.file, changed[subject.file]).ValuePosition(subject.pointer), subject.text)
			if err != nil {
				t.Errorf("%s %s, back: %v", subject.file, subject.pointer, err)
				continue
			}
			again, err := apply(changed, back)
			if err != nil {
				t.Fatal(err)
			}
			for name := range files {
				if !bytes.Equal(files[name], again[name]) {
					t.Errorf("%s %s: %s is not what it was", subject.file, subject.pointer, name)
				}
			}
		}
	}
	if len(renamed) < 15 {
		t.Errorf("only ids of these kinds were renamed: %v", renamed)
	}
}

// same compares the values before and after: where they differ, the old id stood, and the new one stands; a text that names an object of the
// kind by the old id is gsubject.
func same(t *testing.T, plan *consistency.Plan, subject id, to string, before, after authoring.Files) {
	t.Helper()
	domain := ""
	var compare func(file string, a, b any, part consistency.Part)
	compare = func(file string, a, b any, part consistency.Part) {
		switch v := a.(type) {
		case map[string]any:
			w, _ := b.(map[string]any)
			if len(v) != len(w) {
				t.Fatalf("%s: other fields", file)
			}
			for name := range v {
				compare(file, v[name], w[name], part.Field(name))
			}
		case []any:
			w, _ := b.([]any)
			if len(v) != len(w) {
				t.Fatalf("%s: other items", file)
			}
			for i := range v {
				compare(file, v[i], w[i], part.Item())
			}
		case string:
			w, _ := b.(string)
			if v != w && !strings.EqualFold(strings.ReplaceAll(w, to, subject.text), v) {
				t.Errorf("%s %s: %q became %q", subject.file, subject.pointer, v, w)
			}
			if v != w && len(part.Defines())+len(part.Names(nil)) == 0 {
				t.Errorf("%s %s: %q is no name and became %q", subject.file, subject.pointer, v, w)
			}
			for _, ref := range part.Names(nil) {
				if subject.alias {
					break // the same text may be the id, which stays
				}
				for _, span := range ref.Spans(w, domain) {
					if slices.Contains(ref.Kinds, subject.kind) && spelling.Fold(w[span[0]:span[1]]) == spelling.Fold(subject.text) {
						t.Errorf("%s %s: %s still names %q", subject.file, subject.pointer, file, w)
					}
				}
			}
		default:
			if a != b {
				t.Errorf("%s: %v became %v", file, a, b)
			}
		}
	}
	for name := range before {
		a := read(t, name, before[name])
		b := a
		if !bytes.Equal(before[name], after[name]) {
			b = parse(t, name, after[name])
		}
		if service, is := a.Lookup("/metadata/service/id"); is {
			domain, _ = service.(string)
		}
		compare(name, a.Value(), b.Value(), plan.Top())
	}
}

// read is parse of a file of an example, which is parsed once.
func read(t *testing.T, name string, text []byte) *document.Document {
	t.Helper()
	doc := parsed[string(text)]
	if doc == nil {
		doc = parse(t, name, text)
		parsed[string(text)] = doc
	}
	return doc
}

var parsed = map[string]*document.Document{}

func TestRenameRefuses(t *testing.T) {
	l := open(t)
	files := folder(t, "compliant")
	doc := parse(t, "people.yaml", files["people.yaml"])
	at := doc.ValuePosition("/people/people/0/id")
	other, _ := doc.Lookup("/people/people/1/id")
	for _, refused := range []struct{ to, says string }{
		{"", "is empty"}, {"  ", "is empty"}, {" x", "space"}, {"a\u200eb", "not seen"}, {"a\nb", "not seen"}, {"…", "placeholder"}, {"tbd", "placeholder"},
		{other.(string), "already the name of a person"},
	} {
		edits, err := l.Rename(files, "people.yaml", at, refused.to)
		if err == nil || !strings.Contains(err.Error(), refused.says) || edits != nil {
			t.Errorf("%q: %v, %v, expected %q", refused.to, edits, err, refused.says)
		}
	}
	if _, err := l.Rename(files, "people.yaml", document.Position{Line: 1, Column: 1}, "x"); err == nil {
		t.Error("a comment was renamed")
	}
	broken := maps.Clone(files)
	broken["keys.yaml"] = append(slices.Clone(files["keys.yaml"]), "  half: [typed\n"...)
	if _, err := l.Rename(broken, "people.yaml", at, "somebody.else"); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("with a broken file: %v", err)
	}
}

// The id of the domain is in each file, and in longer texts. It must stay a UUID.
func TestRenameDomain(t *testing.T) {
	l := open(t)
	files := folder(t, "compliant")
	const from, to = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "11111111-2222-4333-8444-555555555555"
	place := parse(t, "iam.yaml", files["iam.yaml"]).ValuePosition("/metadata/service/id")
	if _, err := l.Rename(files, "iam.yaml", place, "logistics"); err == nil || !strings.Contains(err.Error(), "must be a UUID") {
		t.Errorf("a name for an id: %v", err)
	}
	edits, err := l.Rename(files, "iam.yaml", place, to)
	if err != nil {
		t.Fatal(err)
	}
	changed, err := apply(files, edits)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if expected := strings.ReplaceAll(string(text), from, to); name != "" && expected != string(changed[name]) && !strings.Contains(string(text), "# "+from) {
			t.Errorf("%s is not as expected", name)
		}
	}
}

// A new id must fit into the texts that name the old one in a longer form.
func TestRenameFitsForms(t *testing.T) {
	l := open(t)
	files := folder(t, "compliant")
	doc := parse(t, "keys.yaml", files["keys.yaml"])
	list, _ := doc.Lookup("/keys/service_keys")
	refused := 0
	for i := range list.([]any) {
		if _, err := l.Rename(files, "keys.yaml", doc.ValuePosition("/keys/service_keys/"+itoa(i)+"/id"), "a/b*c"); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("no key is named by a URN")
	}
}
