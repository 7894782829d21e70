package docs

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect/source"
)

// pages are where each kind of source is described, and the chapter of it; empty for the whole page.
var sourcePages = map[string]struct{ page, chapter string }{
	"file": {"collect.md", "## file"}, "http": {"collect-http.md", ""}, "kmip": {"collect-kmip.md", ""}, "okms": {"collect-okms.md", ""},
	"ovhcloud": {"collect-ovhcloud.md", ""}, "terraform": {"collect.md", "## terraform"},
}

// Of each source the documentation says what it fills, field by field, which rights it needs, and what it cannot tell. That the lists
// of requests are whole, the tests of the sources hold.
func TestEachSourceIsDescribed(t *testing.T) {
	for _, kind := range source.All {
		at, isThere := sourcePages[kind.Name]
		if !isThere {
			t.Errorf("no page describes the source %s", kind.Name)
			continue
		}
		content, err := os.ReadFile(at.page)
		must(t, err)
		text := string(content)
		if at.chapter != "" {
			_, rest, isThere := strings.Cut(text, at.chapter+"\n")
			if !isThere {
				t.Errorf("%s has no chapter %s", at.page, at.chapter)
			}
			text, _, _ = strings.Cut(rest, "\n## ")
		}
		for topic, form := range map[string]string{
			"which rights it needs": `(?i)least privilege|needs no right`, "what it cannot tell": `(?i)cannot tell|does not contain`,
		} {
			if !regexp.MustCompile(form).MatchString(text) {
				t.Errorf("%s %s does not say of %s %s", at.page, at.chapter, kind.Name, topic)
			}
		}
		for _, field := range kind.Fills {
			name := field[strings.LastIndex(field, "/")+1:]
			if !regexp.MustCompile("`[^`]*\\b" + regexp.QuoteMeta(name) + "\\b[^`]*`").MatchString(text) {
				t.Errorf("%s %s does not say that %s fills %s", at.page, at.chapter, kind.Name, field)
			}
		}
	}
}
