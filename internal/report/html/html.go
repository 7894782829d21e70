// Package html writes an assessment as one page that an auditor keeps: it needs no script, no network and no other file.
// Text from outside is escaped by gomponents, and what cannot be seen in it is shown.
package html

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/palette"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/words"
)

//go:embed style.css
var ownStyle string

var style = palette.CSS + ownStyle

// maxText is how many characters of one text are shown: a report of hostile evidence stays readable.
const maxText = 2000

// maxBrief is the same where many services share a page.
const maxBrief = 200

// breakable are the parts of a pointer or an id: a line may be broken between them, and not inside one that fits.
func breakable(name string) []string {
	var all []string
	for name != "" {
		end := len(name)
		if at := strings.IndexAny(name[1:], "/_.:"); at >= 0 { // not behind the slash that a pointer begins with
			end = at + len("/_")
		}
		all, name = append(all, name[:end]), name[end:]
	}
	return all
}

// digestParts are the parts of a digest: a line may be broken between them.
func digestParts(s string) []string {
	const part = 16
	var all []string
	for len(s) > part {
		at := part
		if colon := strings.IndexByte(s, ':'); colon > 0 && colon < part {
			at = colon + 1
		}
		all, s = append(all, s[:at]), s[at:]
	}
	return append(all, s)
}

// artifacts are the files that sections name, each once.
func artifacts(sections []assessment.Section) []assessment.File {
	var all []assessment.File
	seen := map[string]bool{}
	for _, section := range sections {
		for _, file := range section.Artifacts {
			if key := file.Path + " " + file.SHA256; !seen[key] {
				seen[key], all = true, append(all, file)
			}
		}
	}
	return all
}

// Write writes the report of all services in a language: the whole of one, or an index and a part for each of several.
func Write(w io.Writer, a *assessment.Assessment, language *words.Words) error {
	phrases := wording.In(language)
	return execute(w, report{newPrinter(phrases), newView(a, phrases)}.page())
}

// policy is the content security policy that allows a page its own style and nothing else.
func policy(style string) string {
	digest := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'; base-uri 'none'; form-action 'none'"
}

// execute writes a page whole or not at all.
func execute(w io.Writer, page g.Node) error {
	var out bytes.Buffer
	if err := page.Render(&out); err != nil {
		return fmt.Errorf("write HTML report: %w", err)
	}
	_, err := w.Write(out.Bytes())
	return err
}

// text is what is shown of a text from outside.
func text(s string) string {
	s = sanitize.Text(s)
	if runes := []rune(s); len(runes) > maxText {
		return string(runes[:maxText]) + " … (shortened)"
	}
	return s
}

var letters = map[verdict.Status]string{
	verdict.Pass: "P", verdict.Fail: "F", verdict.Missing: "M", verdict.Error: "E", verdict.Waived: "W",
	verdict.NotApplicable: "N", verdict.Inherited: "I", verdict.NotSelected: "–",
}

func letter(s verdict.Status) string {
	if l, ok := letters[s]; ok {
		return l
	}
	return "?"
}
