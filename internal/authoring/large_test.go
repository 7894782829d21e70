package authoring_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// A file as large as is accepted, with 50,000 keys, answers while somebody types. The bounds are many times what it takes.
func TestLargeFiles(t *testing.T) {
	testhelp.Long(t, "reads a file of 8 MiB")
	var text strings.Builder
	text.WriteString(head + "keys:\n  service_keys:\n")
	const items = 50_000
	for i := range items {
		fmt.Fprintf(&text, "    - id: 00000000-0000-4000-8000-%012d\n      name: key %d\n      owner: ines.benali\n      labels: [a, 'b']\n      state: active\n", i, i)
	}
	for text.Len() < 8<<20-100 {
		text.WriteString("    # nothing\n")
	}
	files := folder(t, "compliant")
	delete(files, "keys.yaml")
	files["keys.yaml"] = []byte(text.String())
	l := open(t)
	ask := func(name string, most time.Duration, question func()) {
		began := time.Now()
		question()
		took := time.Since(began)
		t.Logf("%s: %v", name, took.Round(time.Millisecond))
		if took > most {
			t.Errorf("%s took %v", name, took)
		}
	}
	owner := document.Position{Line: 6 + 5*40_000 + 3, Column: 16}
	hover := func() {
		if says, _, ok := l.Hover(files, "keys.yaml", owner); !ok || !strings.Contains(says, "Ines Benali") {
			t.Errorf("the hover is %q", says)
		}
	}
	ask("first hover", 20*time.Second, hover)
	ask("hover", 500*time.Millisecond, hover)
	ask("completion", time.Second, func() {
		if len(l.Complete(files, "keys.yaml", owner)) < 10 {
			t.Error("nobody is proposed")
		}
	})
	ask("references", 2*time.Second, func() {
		if n := len(l.References(files, "keys.yaml", owner, false)); n < items {
			t.Errorf("%d references", n)
		}
	})
	ask("actions", 2*time.Second, func() {
		l.Actions(files, authoring.Span{File: "keys.yaml", Start: owner, End: owner}, nil)
	})
}

// Texts that look for what is slow.
func TestHostileTexts(t *testing.T) {
	l := open(t)
	const size = 1 << 20
	for name, text := range map[string]string{
		"dashes":             strings.Repeat("- ", size/2),
		"brackets":           strings.Repeat("[", size),
		"braces":             strings.Repeat("{a: ", size/4),
		"quotation marks":    "a: \"" + strings.Repeat("\n  \\\"", size/6),
		"apostrophes":        "a: '" + strings.Repeat("\n  ''", size/5),
		"apostrophes in one": "a: [" + strings.Repeat("''',\n ", size/6),
		"deeper":             deeper(1000),
		"colons":             strings.Repeat("a:\n", size/3),
		"one key":            "a: 1\n" + strings.Repeat("b: 2\n", 20_000),
		"plain lines":        "a: b\n" + strings.Repeat("  c\n", size/4),
		"commas":             "a: [" + strings.Repeat(",", size),
		"spaces":             strings.Repeat(" ", size) + "\n",
		"blank lines":        "a:\n" + strings.Repeat("\n", size),
		"strays":             "a: 1\n" + strings.Repeat("   b\n", size/5),
	} {
		began := time.Now()
		for _, head := range []string{"", "kind: Evidence\n"} {
			files := authoring.Files{"x.yaml": []byte(head + text)}
			lines := strings.Count(text, "\n") + 1
			for _, line := range []int{1, lines / 2, lines} {
				at := document.Position{Line: line, Column: 3}
				l.Hover(files, "x.yaml", at)
				l.Complete(files, "x.yaml", at)
				l.References(files, "x.yaml", at, true)
				l.Actions(files, authoring.Span{File: "x.yaml", Start: at, End: document.Position{Line: line + 50, Column: 1}}, nil)
			}
		}
		if took := time.Since(began); took > 3*time.Minute { // a second or two, and half a minute on a machine that is very busy; as its square it is hours
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v", name, took.Round(time.Millisecond))
		}
	}
}

// deeper is fields in each other.
func deeper(levels int) string {
	var text strings.Builder
	for i := range levels {
		text.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return text.String()
}

// Many may ask at once.
func TestManyAskAtOnce(t *testing.T) {
	l := open(t)
	files := folder(t, "compliant")
	var asking sync.WaitGroup
	for i := range 8 {
		asking.Go(func() {
			for name, text := range files {
				mine := maps.Clone(files)
				mine[name] = append(slices.Clone(text), fmt.Sprintf("# %d\n", i)...)
				at := document.Position{Line: 10 + i, Column: 12}
				l.Hover(mine, name, at)
				l.Complete(mine, name, at)
				l.References(mine, name, at, true)
				l.Actions(mine, authoring.Span{File: name, Start: at, End: at}, nil)
			}
		})
	}
	asking.Wait()
}
