package document_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/txtar"
	"gopkg.in/yaml.v3"

	"github.com/raci-check/raci-check/internal/document"
)

// chance makes random changes.
type chance struct{ *rand.Rand }

var texts = []string{
	"plain", "two words", "", "yes", "12", "2026-01-31", "a: b", "a #b", "it's", `"quoted"`, "é", "- a", "[a]", "{a}", "a,b", "null", "~", "0x1F", "1e3", "a:", "#", "!a", "&a", "*a",
	"%a", "@a", "`a", "|", ">", "?", "? a", "a\nb", "a\n\nb\n", " a", "a ", "a\tb", "1:30", "=", "<<", "08", "+1", ".5", "c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214",
	"hsm:metz", "https://a.example/b?c=d&e", "---", "...", strings.Repeat("long ", 60), "\u00a0", "a\u00adb", "Äpfel & Birnen; 100 %", "true", "off", "a ? b", "'", `\`,
}

func (c chance) value(depth int) any {
	switch n := c.IntN(10); {
	case n < 5 || depth == 0:
		return texts[c.IntN(len(texts))]
	case n == 5:
		return json.Number(fmt.Sprint(c.IntN(1000)))
	case n == 6:
		return []any{true, false, nil}[c.IntN(3)]
	case n < 9:
		fields := map[string]any{}
		for range c.IntN(4) {
			fields[c.name()] = c.value(depth - 1)
		}
		return fields
	}
	items := []any{}
	for range c.IntN(4) {
		items = append(items, c.value(depth-1))
	}
	return items
}

func (c chance) name() string {
	return []string{"name", "kind", "on", "12", "a b", "a/b", "a~b", "é", "done_on", "x-y"}[c.IntN(10)]
}

// change is a change of a value, that can be made.
func (c chance) change(value any) document.Change {
	var pointers []string
	var visit func(pointer string, value any)
	visit = func(pointer string, value any) {
		if pointer != "" {
			pointers = append(pointers, pointer)
		}
		switch v := value.(type) {
		case map[string]any:
			for name, below := range v {
				visit(pointer+document.Pointer(name), below)
			}
			pointers = append(pointers, pointer+document.Pointer(c.name()))
		case []any:
			for i, below := range v {
				visit(pointer+fmt.Sprintf("/%d", i), below)
			}
			pointers = append(pointers, pointer+fmt.Sprintf("/%d", len(v)))
		}
	}
	visit("", value)
	slices.Sort(pointers)
	pointer := pointers[c.IntN(len(pointers))]
	_, is := document.Lookup(value, pointer)
	change := document.Change{Pointer: pointer, Value: c.value(2), Shape: shapes}
	switch n := c.IntN(4); {
	case is && n == 0:
		change.Value, change.Remove = nil, true
	case n == 1:
		around, _ := document.Lookup(value, pointer[:strings.LastIndexByte(pointer, '/')])
		_, change.Insert = around.([]any)
	}
	return change
}

// corpus is all files of the examples, and the texts of the cases.
func corpus(t testing.TB) map[string]string {
	t.Helper()
	all := map[string]string{}
	names, err := filepath.Glob("../../evidence/*/*.yaml")
	if err != nil || len(names) < 60 {
		t.Fatal(len(names), err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[name] = string(content)
	}
	archive, err := txtar.ParseFile("testdata/edits.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(archive.Files); i += 3 {
		all[archive.Files[i].Name] = unescaped(string(archive.Files[i].Data))
		if gives := string(archive.Files[i+2].Data); !strings.HasPrefix(gives, "error: ") {
			all[archive.Files[i].Name+" after"] = unescaped(gives)
		}
	}
	return all
}

// Whatever the changes: the result is what they say, and what they do not touch is the same.
func TestRandomEdits(t *testing.T) {
	made, refused := 0, map[string]int{}
	for name, text := range corpus(t) {
		c := chance{rand.New(rand.NewPCG(1, uint64(len(text))))}
		doc := parsed(t, text)
		for round := range 12 {
			n := 1
			if round >= 8 {
				n = 1 + c.IntN(12)
			}
			changes, want := c.changes(t, doc, n)
			after, err := doc.Edit([]byte(text), changes, document.DefaultLimits)
			switch {
			case errors.Is(err, document.ErrByHand):
				refused[strings.TrimSuffix(name, " after")]++
				if strings.HasSuffix(name, ".yaml") {
					t.Errorf("%s: %+v is refused", name, shown(changes))
				}
				continue
			case err != nil:
				t.Errorf("%s: %+v: %v", name, shown(changes), err)
				continue
			}
			made++
			edited := parsed(t, string(after))
			if !reflect.DeepEqual(edited.Value(), want) {
				t.Errorf("%s: %+v gives another value", name, shown(changes))
			}
			asOthersRead(t, name, after, want)
			if n == 1 && strings.HasSuffix(name, ".yaml") {
				keepsLines(t, name, doc, changes[0], text, string(after))
			}
		}
	}
	t.Logf("%d made, refused: %v", made, refused)
	if made < 1000 {
		t.Errorf("only %d edits were made", made)
	}
}

func parsed(t testing.TB, text string) *document.Document {
	t.Helper()
	doc, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return doc
}

func shown(changes []document.Change) string {
	var all []string
	for _, c := range changes {
		c.Shape = nil
		all = append(all, fmt.Sprintf("%+v", c))
	}
	return strings.Join(all, "; ")
}

// changes are so many changes, and what they make of the document.
func (c chance) changes(t testing.TB, doc *document.Document, n int) (changes []document.Change, after any) {
	t.Helper()
	after = copied(t, doc.Value())
	for range n {
		change := c.change(after)
		if fields, _ := after.(map[string]any); change.Remove && len(fields) == 1 && strings.Count(change.Pointer, "/") == 1 {
			continue // a document without fields cannot be read
		}
		var ok bool
		if after, ok = document.Apply(after, change); !ok {
			t.Fatalf("%+v cannot be made", change)
		}
		changes = append(changes, change)
	}
	return changes, after
}

func copied(t testing.TB, value any) any {
	t.Helper()
	content, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var again any
	if err := document.DecodeJSON("", content, &again); err != nil {
		t.Fatal(err)
	}
	return again
}

// asOthersRead compares the texts with what a plain reader of YAML makes of them.
func asOthersRead(t *testing.T, name string, text []byte, want any) {
	t.Helper()
	var readAs any
	if err := yaml.Unmarshal(text, &readAs); err != nil {
		t.Errorf("%s: %v\n%s", name, err, text)
		return
	}
	var compare func(pointer string, a, b any)
	compare = func(pointer string, a, b any) {
		switch w := b.(type) {
		case map[string]any:
			v, _ := a.(map[string]any)
			for key, below := range w {
				compare(pointer+document.Pointer(key), v[key], below)
			}
		case []any:
			v, _ := a.([]any)
			for i, below := range w {
				if i < len(v) {
					compare(pointer+fmt.Sprintf("/%d", i), v[i], below)
				}
			}
		case string:
			if text, isText := a.(string); isText && text != w {
				t.Errorf("%s: %s is %q for others, and %q", name, pointer, a, w)
			} else if _, isDate := a.(time.Time); !isText && !isDate && slices.Contains(texts, w) { // dates are in the place of dates
				t.Errorf("%s: %s is %v for others, and %q", name, pointer, a, w)
			}
		}
	}
	compare("", readAs, want)
}

// keepsLines checks that a change of one scalar changes one line, that what is added is added, and that what is removed is all that
// is gone.
func keepsLines(t *testing.T, name string, doc *document.Document, c document.Change, text, after string) {
	t.Helper()
	before, now := strings.Split(text, "\n"), strings.Split(after, "\n")
	old, is := doc.Lookup(c.Pointer)
	_, wasText := old.(string)
	value, isText := c.Value.(string)
	at := doc.Position(c.Pointer).Line - 1
	switch inBrackets := strings.ContainsAny(before[at], "{["); {
	case is && !c.Remove && !c.Insert && wasText && isText && !strings.Contains(value, "\n"):
		differ := 0
		for i := range min(len(before), len(now)) {
			if before[i] != now[i] {
				differ++
			}
		}
		if len(before) == len(now) && differ > 1 || len(before) < len(now) {
			t.Errorf("%s: %s changes %d lines:\n%s", name, c.Pointer, differ, after)
		}
	case c.Remove && !inBrackets && !inOnePlace(now, before), !is && !inBrackets && !inOnePlace(before, now):
		t.Errorf("%s: %s changes other lines:\n%s", name, shown([]document.Change{c}), after)
	}
}

// inOnePlace reports whether longer is lines with more of them at one place, where one of lines may be another.
func inOnePlace(lines, longer []string) bool {
	begin, end := 0, 0
	for begin < len(lines) && begin < len(longer) && lines[begin] == longer[begin] {
		begin++
	}
	for end < len(lines)-begin && end < len(longer)-begin && lines[len(lines)-1-end] == longer[len(longer)-1-end] {
		end++
	}
	return begin+end >= len(lines)-1
}

// What is added and removed again leaves nothing, and what is changed and changed back neither, where it keeps its quotes.
func TestEditsAreTakenBack(t *testing.T) {
	made := 0
	for name, text := range corpus(t) {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		c := chance{rand.New(rand.NewPCG(2, uint64(len(text))))}
		doc := parsed(t, text)
		for range 12 {
			change := c.change(copied(t, doc.Value()))
			if _, is := doc.Lookup(change.Pointer); is && !change.Insert {
				continue
			}
			around, _ := doc.Lookup(change.Pointer[:strings.LastIndexByte(change.Pointer, '/')])
			if list, isList := around.([]any); isList && len(list) == 0 {
				continue
			}
			after, err := doc.Edit([]byte(text), []document.Change{change}, document.DefaultLimits)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			back, err := parsed(t, string(after)).Edit(after, []document.Change{{Pointer: change.Pointer, Remove: true}}, document.DefaultLimits)
			made++
			if err != nil || string(back) != text {
				t.Errorf("%s: %s: %v, and back\n%s", name, shown([]document.Change{change}), err, back)
			}
		}
	}
	if made < 100 {
		t.Errorf("only %d were taken back", made)
	}
}

// FuzzEdit proves that no text and no changes make Edit panic, and that what it answers is what the changes say.
func FuzzEdit(f *testing.F) {
	for _, text := range corpus(f) {
		if len(text) < 1000 {
			f.Add(text, uint64(1))
		}
	}
	for _, text := range []string{"s: {a: 1}", "s:\n- a: |\n   x\n", "s: {a: 'x\n   y'}\n# c\n", "s: {a: b#c, d: \"{\"}", "? a\n: - b\n", "a: !!str\nb: [? c : d]\n", "- a\n"} {
		f.Add(text, uint64(2))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		doc, err := document.Parse("a.yaml", []byte(text), document.DefaultLimits)
		if err != nil {
			return
		}
		c := chance{rand.New(rand.NewPCG(seed, 3))}
		value := copied(t, doc.Value())
		var changes []document.Change
		for range 1 + c.IntN(3) {
			change := c.change(value)
			after, ok := document.Apply(value, change)
			if !ok {
				return
			}
			value = after
			changes = append(changes, change)
		}
		after, err := doc.Edit([]byte(text), changes, document.DefaultLimits)
		if err != nil {
			return
		}
		edited, err := document.Parse("a.yaml", after, document.DefaultLimits)
		if err != nil || !reflect.DeepEqual(edited.Value(), value) {
			t.Errorf("%q: %s gives %q: %v", text, shown(changes), after, err)
		}
	})
}
