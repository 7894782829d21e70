package scaffold

import (
	"io/fs"
	"maps"
	"path"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/raci"
)

// A place that no value fills would stand in a file as it is.
func TestEveryPlaceOfATemplateIsFilled(t *testing.T) {
	everything := values{"root": "", "duty": "", "parameter": "", "file": "", "evidence": "", "source": "", "date": ""}
	maps.Copy(everything, valuesOf(raci.Activity{}))
	names, err := fs.Glob(sources, "templates/*")
	if err != nil || len(names) < 10 {
		t.Fatalf("%d templates: %v", len(names), err)
	}
	for _, name := range names {
		text, err := everything.fill(path.Base(name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(text, "{{") {
			t.Errorf("%s has a place that nothing fills:\n%s", name, text)
		}
	}
}

func TestAValueThatLooksLikeAPlaceStaysAsItIs(t *testing.T) {
	text, err := values{"id": `{{name}} "x"`, "name": "secret", "title": "{{quoted id}}"}.fill("activity.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, expected := range []string{`- id: "{{name}} \"x\""`, `title: "{{quoted id}}"`} {
		if !strings.Contains(text, expected) {
			t.Errorf("%q is not there:\n%s", expected, text)
		}
	}
}
