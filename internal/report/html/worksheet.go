package html

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/words"
)

//go:embed worksheet.tmpl
var worksheetLayout string

//go:embed worksheet.css
var worksheetStyle string

// worksheetIn is the page in a language.
func worksheetIn(w wording.Phrases) *template.Template {
	return template.Must(template.New("worksheet").Funcs(functions(w)).Funcs(template.FuncMap{
		"digest":   sample.Digest,
		"next":     func(i int) int { return i + 1 },
		"assessed": func(s *sample.Sample) string { return text(s.AssessedFor(w.Words)) },
	}).Parse(w.Template(worksheetLayout)))
}

// sheet is what the template of a worksheet shows.
type sheet struct {
	*sample.Sample
	Style  template.CSS
	Policy string // content security policy
}

// WriteWorksheet writes a choice of facts as a page that an auditor prints and fills in by hand.
func WriteWorksheet(w io.Writer, s *sample.Sample, language *words.Words) error {
	own := style + worksheetStyle
	return execute(w, worksheetIn(wording.In(language)), &sheet{Sample: s, Style: template.CSS(own), Policy: policy(own)})
}
