package html

import (
	_ "embed"
	"io"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sample"
	"github.com/raci-check/raci-check/internal/words"
)

//go:embed worksheet.css
var worksheetStyle string

// WriteWorksheet writes a choice of facts as a page that an auditor prints and fills in by hand.
func WriteWorksheet(w io.Writer, s *sample.Sample, language *words.Words) error {
	return execute(w, worksheet{newPrinter(wording.In(language)), s}.page())
}

// worksheet is the page of a choice of facts.
type worksheet struct {
	printer
	*sample.Sample
}

func (w worksheet) page() g.Node {
	n := len(w.Facts)
	facts := g.Group{}
	for i := range w.Facts {
		facts = append(facts, tag.Raw("\n"), w.fact(i+1, &w.Facts[i]))
	}
	columns := w.texts("No.", "Fact", "Value", "Check that passes by it", "Strength", "Result", "Note", "Name, date")
	return w.document(document{
		title: w.Text("raci-check, worksheet:") + " " + w.Number(n) + " " + w.Plural(n, "fact", "facts"), style: style + worksheetStyle,
		skip: w.Text("Skip to the worksheet"), header: w.header(),
		main: markup.Lines(
			tag.Section(tag.Class("wide"), tag.TabIndex("0"), w.Labelled("Facts to compare"), markup.Lines(
				tag.Table(tag.Class("worksheet"), markup.Lines(w.Columns(columns...), tag.TBody(facts))))),
			tag.Ul(tag.Class("sign"), markup.Lines(tag.Li(w.Put("Auditor, date"))))),
		footer: tag.Footer(markup.Lines(tag.P(w.Put("To keep the results with the report, fill in the CSV worksheet and run"), markup.Space,
			tag.Code(w.Put("raci-check sample --results FILE ARCHIVE.tar.gz")), tag.Raw(".")))),
	})
}

func (w worksheet) header() g.Node {
	entries := []g.Node{entry(w.Put("Report"), code(w.Report)), entry(w.Put("Assessed for"), shown(w.AssessedFor(w.Words)))}
	follows := w.Put("The choice follows from the digest of the report: the same command makes the same one. Look at each fact where it has its origin, not in the evidence. Results are")
	if w.Seed != "" {
		entries = append(entries, entry(w.Put("Seed"), code(w.Seed)))
		follows = w.Put("The choice follows from the digest of the report and the seed: the same command makes the same one. Look at each fact where it has its origin, not in the evidence. Results are")
	}
	return markup.Lines(
		tag.P(tag.Class("kicker"), w.Put("Worksheet of an auditor")),
		tag.H1(w.Amount(len(w.Facts)), markup.Space, w.Putf(w.Plural(len(w.Facts), "of %d facts to compare with the world", "of %d facts to compare with the world"), w.Population)),
		tag.Dl(tag.Class("facts"), markup.Lines(entries...)),
		tag.P(follows, markup.Space, strong(w.Put("agrees")), comma(), strong(w.Put("differs")), markup.Space, w.Put("or"), markup.Space,
			strong(w.Put("not seen")), tag.Raw(".")))
}

// fact is a row of the worksheet.
func (w worksheet) fact(n int, f *sample.Fact) g.Node {
	check := g.Group{
		shown(f.Title), br(code(f.Check), markup.Space, tag.Span(tag.Class("severity "+string(f.Severity)), w.Put(string(f.Severity)))),
		br(shown(f.Activity), markup.Space, shown(f.Duty)),
	}
	if f.Checks > 1 {
		check = append(check, br(w.Amount(f.Checks), markup.Space, w.Forms(f.Checks, "check passes by the fact", "checks pass by the fact")))
	}
	strength := g.Group{w.Put(string(f.Grade)), w.signers(f.SignedBy)}
	if f.Artifact.Path != "" {
		strength = append(strength, br(code(f.Artifact.Path)))
		if f.Artifact.Place != "" {
			strength = append(strength, br(w.Put("at"), markup.Space, code(w.Value(f.Artifact.Place))))
		}
		strength = append(strength, br(tag.Code(tag.Text(sample.Digest(f.Artifact.SHA256)))))
	}
	blank := tag.Td(tag.Class("blank"))
	return tag.Tr(tag.Th(tag.Scope("row"), tag.Text(number(n))),
		tag.Td(shown(f.Service.Name), markup.Space, code(f.Service.ID), br(tag.Code(tag.Class("where"), shown(wording.Place(f.Location)))),
			br(code(f.Pointer)), br(tag.Code(tag.Text(sample.Digest(f.FileSHA256))))),
		tag.Td(shown(f.Value)), tag.Td(check), tag.Td(strength), blank, blank, blank)
}
