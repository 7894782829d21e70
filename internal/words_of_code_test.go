package internal_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// avoided are the words that prose avoids, where code may hold them too: in comments, texts and names. .ci/prose reads pages, help and
// METADATA with the longer list of .vale/styles/RaciCheck/Words.yml.
var avoided = regexp.MustCompile(`(?i)\bmend(?:s|ed|ing)?\b|\btoothless\b|\bnewly bad\b|\bown judge?ment\b|\bin the words of\b|` +
	`\bturn(?:s|ed)? (?:it |a check )?bad\b|\bgoes bad\b|\bfound out\b|\bhouse in order\b|\b(?:an|any|report's) instants?\b`)

// promised are names of JSON that others read, so that they stay.
var promised = regexp.MustCompile(`"(?:mended|toothless)"`)

// stillAvoided are files that may hold them, and why.
var stillAvoided = map[string]string{
	"internal/words_of_code_test.go":           "it lists them",
	"internal/report/reporttest/reporttest.go": "a hand-made report whose texts stand in the expected output of every format",
	"internal/report/reporttest/tests.go":      "as the one beside it",
}

func TestCodeAvoidsTheWordsThatProseAvoids(t *testing.T) {
	read := 0
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		hidden := strings.HasPrefix(entry.Name(), ".") && path != ".." && entry.Name() != ".ci"
		if entry.IsDir() && (hidden || entry.Name() == "node_modules" || entry.Name() == "testdata" || entry.Name() == "fr") {
			return fs.SkipDir
		}
		ext := filepath.Ext(path)
		if entry.IsDir() || ext != ".go" && ext != ".rego" && ext != ".sh" && filepath.Base(filepath.Dir(path)) != ".ci" {
			return nil
		}
		name := strings.TrimPrefix(filepath.ToSlash(path), "../")
		content, err := os.ReadFile(path)
		if err != nil || stillAvoided[name] != "" {
			return err
		}
		read++
		for i, line := range bytes.Split(content, []byte("\n")) {
			if word := avoided.Find(promised.ReplaceAll(line, nil)); word != nil {
				t.Errorf("%s:%d: %q: .vale/styles/RaciCheck/Words.yml has what to say instead", name, i+1, word)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 500 {
		t.Errorf("only %d files were read", read)
	}
}
