package html

import (
	"slices"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// printer writes the parts that pages have in common, in a language.
type printer struct{ markup.Phrases }

func newPrinter(w wording.Phrases) printer { return printer{markup.Phrases{Phrases: w}} }

// shown is a text from outside.
func shown(s string) g.Node { return tag.Text(text(s)) }

func code(s string) g.Node { return tag.Code(shown(s)) }

// br begins a line with what follows.
func br(nodes ...g.Node) g.Node { return g.Group{tag.Br(), g.Group(nodes)} }

func strong(nodes ...g.Node) g.Node { return tag.Strong(nodes...) }

func (p printer) badge(s verdict.Status) g.Node {
	return tag.Span(tag.Class("badge "+wording.StatusClass(s)), tag.Text(p.Status(s)))
}

func (p printer) severity(s verdict.Severity) g.Node {
	return tag.Span(tag.Class("chip "+string(s)), p.Put(string(s)))
}

// cited is a source, which is named in the language that it is written in.
func (p printer) cited(source string) g.Node {
	if p.Tag() == "en" {
		return shown(source)
	}
	return tag.Span(tag.Lang("en"), shown(source))
}

// broken are the parts of a name, with a place to break the line between each two.
func broken(parts []string) g.Node {
	return markup.Joined(tag.Wbr(), g.Map(parts, shown))
}

func name(s string) g.Node { return tag.Code(broken(breakable(s))) }

// names are several, with a separator.
func names(separator g.Node, all []string) g.Node { return markup.Joined(separator, g.Map(all, name)) }

func digest(s string) g.Node { return tag.Code(tag.Class("digest"), broken(digestParts(s))) }

func place(l verdict.Location, attributes ...g.Node) g.Node {
	return tag.Code(g.Group(attributes), broken(breakable(text(wording.Place(l)))))
}

func comma() g.Node { return tag.Raw(", ") }

// signers says who signed, on a line of its own.
func (p printer) signers(all []string) g.Node {
	if len(all) == 0 {
		return nil
	}
	return br(p.Put("signed by"), markup.Space, markup.Joined(comma(), g.Map(all, shown)))
}

// chips are how many checks of each severity do not pass.
func (p printer) chips(progress assessment.Progress) g.Node {
	var all g.Group
	for _, severity := range slices.Backward(verdict.Severities) {
		if n := progress.Bad[severity]; n > 0 {
			all = append(all, tag.Span(tag.Class("chip "+string(severity)),
				p.Amount(n), markup.Space, p.Forms(n, string(severity), string(severity))), markup.Space)
		}
	}
	return all
}

func drawn(parts []bar) g.Node {
	return tag.El("svg", tag.Class("bar"), tag.Attr("viewBox", "0 0 1000 8"), tag.Attr("preserveAspectRatio", "none"), tag.Aria("hidden", "true"),
		g.Map(parts, func(b bar) g.Node {
			return tag.El("rect", tag.Class(wording.StatusClass(b.Status)), at(b.X, "0", number(b.Width), "8"))
		}))
}

// at is where a rectangle is, and how large.
func at(x int, y, width, height string) g.Node {
	return g.Group{tag.Attr("x", number(x)), tag.Attr("y", y), tag.Width(width), tag.Height(height)}
}

// clock is a time of UTC, without the name of the zone.
func (p printer) clock(at string) string { return text(p.Clock(at)) }

// day is a date in prose.
func (p printer) day(date string) string { return text(p.Day(date)) }

// table is a table that scrolls where it is too wide, with what a screen reader calls it.
type table struct {
	class   string
	label   string
	caption string // none where it is empty
	columns []string
}

func (p printer) table(t table, rows g.Node) g.Node {
	var caption g.Node
	if t.caption != "" {
		caption = tag.Caption(tag.Text(t.caption))
	}
	return tag.Section(tag.Class(t.class), tag.TabIndex("0"), tag.Aria("label", t.label), markup.Lines(
		tag.Table(markup.Lines(caption, p.Columns(t.columns...), tag.TBody(rows, tag.Raw("\n"))), tag.Raw("\n"))), tag.Raw("\n"))
}

// texts are texts of the page in the language.
func (p printer) texts(english ...string) []string {
	all := make([]string, len(english))
	for i, text := range english {
		all[i] = p.Text(text)
	}
	return all
}

// folded is what a browser shows when it is asked to.
func folded(summary g.Node, nodes ...g.Node) g.Node {
	return tag.Details(markup.Lines(tag.Summary(summary), markup.Lines(nodes...)), tag.Raw("\n"))
}

// document is a page that brings all that it needs.
type document struct {
	title, style string
	skip         string // what the link to the content says
	header, main g.Node
	navigation   g.Node // none where it is nil
	footer       g.Node
}

func (p printer) document(d document) g.Node {
	return tag.Doctype(g.Group{tag.Raw("\n"), tag.HTML(tag.Lang(p.Tag()), markup.Lines(
		tag.Head(markup.Lines(
			tag.Meta(tag.Charset("utf-8")),
			tag.Meta(tag.Attr("http-equiv", "Content-Security-Policy"), tag.Content(policy(d.style))),
			tag.Meta(tag.Name("viewport"), tag.Content("width=device-width, initial-scale=1")),
			tag.Meta(tag.Name("referrer"), tag.Content("no-referrer")),
			tag.TitleEl(tag.Text(d.title)),
			tag.StyleEl(tag.Raw(d.style)), // the program's own
		)),
		tag.Body(markup.Lines(
			tag.A(tag.Class("skip"), markup.Link("#content"), tag.Text(d.skip)),
			tag.Header(d.header), d.navigation, tag.Main(tag.ID("content"), d.main), d.footer,
		)),
	)), tag.Raw("\n")})
}
