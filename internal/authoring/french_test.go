package authoring_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/frenchtest"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// french is a library that writes in French.
func french(t *testing.T, reader *frenchtest.Reader) *authoring.Library {
	t.Helper()
	library, err := authoring.Open(reader.Rules)
	testhelp.Must(t, err)
	library.Language = reader.Language
	library.At = func() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) }
	return library
}

// Every field of the example is explained, completed and corrected in French.
func TestNoEnglishIsLeftWhereOneWrites(t *testing.T) {
	reader := frenchtest.New(t)
	reader.QuoteFolder("../../evidence/gaps")
	reader.Quote("list") // a field of a mapping
	library, files := french(t, reader), authoring.Files{}
	names, err := filepath.Glob("../../evidence/gaps/*.yaml")
	testhelp.Must(t, err)
	for _, name := range names {
		content, err := os.ReadFile(name)
		testhelp.Must(t, err)
		files[filepath.Base(name)] = content
	}
	files["waivers.yaml"] = []byte("api_version: raci-check/v1\nkind: Waivers\nwaivers:\n  - check: backups.policy_owned\n    reason: a\n    approved_on: x\n")
	files["parameters.yaml"] = []byte("api_version: raci-check/v1\nkind: Parameters\nparameters:\n  backup_max_age_days: 3\n  evidence_max_age_days: 4\n")
	files["mapping.yaml"] = []byte("api_version: raci-check/v1\nkind: Mapping\nreads: x\nfrom:\n  path: a\n  format: csv\nfills:\n  - section: backups\n    list: jobs\n    items: $\n    fields:\n      name: a\n")
	files["collect.yaml"] = []byte("api_version: raci-check/v1\nkind: Collect\nservice:\n  id: x\n  name: y\nsources:\n  - kind: okms\n    endpoint: x\n    token: y\n")
	hovers := 0
	shown := map[string]bool{} // texts that were looked at
	look := func(where, text string) {
		if !shown[text] {
			shown[text] = true
			reader.Read(where, text)
		}
	}
	for name, content := range files {
		number := 0
		for line := range strings.Lines(string(content)) {
			number++
			column := len(line) - len(strings.TrimLeft(line, " -")) + 1
			at := document.Position{Line: number, Column: column}
			if strings.TrimSpace(line) == "" || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			if text, _, ok := library.Hover(files, name, at); ok {
				hovers++
				look("the hover of "+name, text)
			}
			value := document.Position{Line: number, Column: len(strings.TrimRight(line, "\n")) + 1}
			for _, c := range library.Complete(files, name, value) {
				look("the completion "+c.Label+" in "+name, c.Documentation)
				if c.Kind != authoring.Reference { // whose detail is the name of an object
					look("what stands beside "+c.Label, c.Detail)
				}
			}
			for _, action := range library.Actions(files, authoring.Span{File: name, Start: at, End: at}, nil) {
				look("an action", action.Title)
			}
		}
	}
	if hovers < 500 || len(shown) < 400 {
		t.Errorf("only %d hovers and %d texts were looked at", hovers, len(shown))
	}
}
