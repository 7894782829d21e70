package html

import (
	_ "embed"
	"html/template"
	"io"
	"sync"

	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sample"
)

//go:embed worksheet.tmpl
var worksheetLayout string

//go:embed worksheet.css
var worksheetStyle string

var worksheetPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("worksheet").Funcs(functions(wording.English)).Funcs(template.FuncMap{
		"digest": sample.Digest,
		"next":   func(i int) int { return i + 1 },
	}).Parse(worksheetLayout))
})

// sheet is what the template of a worksheet shows.
type sheet struct {
	*sample.Sample
	Style  template.CSS
	Policy string // content security policy
}

// WriteWorksheet writes a choice of facts as a page that an auditor prints and fills in by hand.
func WriteWorksheet(w io.Writer, s *sample.Sample) error {
	own := style + worksheetStyle
	return execute(w, worksheetPage(), &sheet{Sample: s, Style: template.CSS(own), Policy: policy(own)})
}
