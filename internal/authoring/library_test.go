package authoring_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// library is that of the shipped rules.
var library = sync.OnceValues(func() (*authoring.Library, error) {
	rules, err := ruleset.Open(policies.FS, "okms")
	if err != nil {
		return nil, err
	}
	l, err := authoring.Open(rules)
	if err == nil {
		l.At = func() time.Time { return time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC) }
	}
	return l, err
})

func open(t testing.TB) *authoring.Library {
	t.Helper()
	l, err := library()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// folder are the files of an example, by their names in it.
func folder(t testing.TB, name string) authoring.Files {
	t.Helper()
	root := filepath.Join("../../evidence", name)
	files := authoring.Files{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".yaml" || strings.Contains(path, "/exports/") || strings.Contains(path, "/mappings/") {
			return err
		}
		content, err := os.ReadFile(path)
		relative, _ := filepath.Rel(root, path)
		files[filepath.ToSlash(relative)] = content
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// marked takes the sign | out of a text, and says where it was.
func marked(t testing.TB, text string) (string, document.Position) {
	t.Helper()
	before, after, is := strings.Cut(text, "|")
	if !is {
		t.Fatalf("no | in %q", text)
	}
	line := strings.Count(before, "\n") + 1
	column := len([]rune(before[strings.LastIndexByte(before, '\n')+1:])) + 1
	return before + after, document.Position{Line: line, Column: column}
}

// offset is where a position is in a text; it fails for one that is not in it.
func offset(text []byte, at document.Position) (int, error) {
	lines := strings.SplitAfter(strings.TrimPrefix(string(text), "\uFEFF"), "\n")
	before := len(text) - len(strings.TrimPrefix(string(text), "\uFEFF"))
	if at.Line < 1 || at.Line > len(lines) || at.Column < 1 {
		return 0, fmt.Errorf("no line %d", at.Line)
	}
	for _, line := range lines[:at.Line-1] {
		before += len(line)
	}
	column := 1
	for i := range strings.TrimSuffix(lines[at.Line-1], "\n") + "\n" {
		if column == at.Column {
			return before + i, nil
		}
		column++
	}
	return 0, fmt.Errorf("no column %d in line %d", at.Column, at.Line)
}

// apply makes the edits in copies of the texts, the last one first.
func apply(files authoring.Files, edits []authoring.Edit) (authoring.Files, error) {
	changed := authoring.Files{}
	for name, text := range files {
		changed[name] = slices.Clone(text)
	}
	type change struct {
		start, end int
		text       string
	}
	byFile := map[string][]change{}
	for _, edit := range edits {
		start, err := offset(files[edit.File], edit.Start)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", edit.File, err)
		}
		end, err := offset(files[edit.File], edit.End)
		if err != nil || end < start {
			return nil, fmt.Errorf("%s: the end %v: %w", edit.File, edit.End, err)
		}
		byFile[edit.File] = append(byFile[edit.File], change{start, end, edit.Text})
	}
	for name, changes := range byFile {
		slices.SortStableFunc(changes, func(a, b change) int { return b.start - a.start })
		text := changed[name]
		for i, c := range changes {
			if i > 0 && c.end > changes[i-1].start {
				return nil, fmt.Errorf("%s: edits overlap", name)
			}
			text = slices.Concat(text[:c.start], []byte(c.text), text[c.end:])
		}
		changed[name] = text
	}
	return changed, nil
}

// parse reads a text as an assessment does.
func parse(t testing.TB, name string, text []byte) *document.Document {
	t.Helper()
	doc, err := document.Parse(name, text, document.DefaultLimits)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	return doc
}
