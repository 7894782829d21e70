package serve

import (
	"cmp"
	"strings"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/verdict"
)

// printer writes the parts that pages have in common, in the language of a schema.
type printer struct {
	markup.Phrases
	schema *form.Schema
}

// shown is a text from outside.
func shown(s string) g.Node { return tag.Text(text(s)) }

func code(s string) g.Node { return tag.Code(shown(s)) }

// clock is a time of UTC, without the name of the zone.
func (p printer) clock(at string) string { return text(p.Clock(at)) }

// day is a date in prose.
func (p printer) day(date string) string { return text(p.Day(date)) }

// anchor is where a page of a duty has a check.
func anchor(check string) string { return "c-" + strings.ReplaceAll(check, ".", "-") }

func where(l verdict.Location) string { return text(wording.Place(l)) }

func (p printer) badge(s verdict.Status) g.Node {
	return tag.Span(tag.Class("badge "+wording.StatusClass(s)), tag.Text(p.Status(s)))
}

func (p printer) severity(s verdict.Severity) g.Node {
	return tag.Span(tag.Class("chip "+string(s)), p.Put(string(s)))
}

// value is a value of the evidence.
func (p printer) value(v any) g.Node { return shown(cmp.Or(form.Shown(v), p.Text("not stated"))) }

// hidden is what only a screen reader says.
func hidden(nodes ...g.Node) g.Node { return tag.Span(tag.Class("hidden"), g.Group(nodes)) }

func paragraph(s string) g.Node {
	return g.Iff(s != "", func() g.Node { return tag.P(shown(s)) })
}

// secret is a field of a form that nobody sees.
func secret(name, value string) g.Node {
	return tag.Input(tag.Type("hidden"), tag.Name(name), tag.Value(value))
}

// token is what shows that a form is of this page.
func (p *page) token(path string) g.Node { return secret("form_token", p.Token(path)) }

// link leads to a page below the base.
func (p *page) link(path string, nodes ...g.Node) g.Node {
	return tag.A(markup.Link(p.Base+path), g.Group(nodes))
}

// pointer leads to the field of a finding, where a form has it.
func (p *page) pointer(f *finding) g.Node {
	if f.Path == "" {
		return nil
	}
	return p.link(f.Path, shown(f.Pointer))
}

// whole is a page with its content.
func (p *page) whole(content ...g.Node) g.Node {
	return tag.Doctype(g.Group{tag.Raw("\n"), tag.HTML(tag.Lang(p.Lang()), markup.Lines(
		tag.Head(markup.Lines(
			tag.Meta(tag.Charset("utf-8")),
			tag.Meta(tag.Name("viewport"), tag.Content("width=device-width, initial-scale=1")),
			tag.TitleEl(tag.Text(p.Head())),
			tag.Link(tag.Rel("icon"), markup.Link(p.Base+"static/icon.svg"), tag.Type("image/svg+xml")),
			tag.Link(tag.Rel("stylesheet"), markup.Link(p.Base+"static/style.css")),
			tag.Script(tag.Type("module"), tag.Src(p.Base+"static/page.mjs")),
		)),
		tag.Body(markup.Lines(
			tag.A(tag.Class("skip"), markup.Link("#content"), p.Put("Skip to the content")), p.header(),
			tag.Main(tag.ID("content"), markup.Lines(tag.H1(shown(p.Title)), p.noticed(), markup.Lines(content...))), p.footer(),
		)),
	)), tag.Raw("\n")})
}

func (p *page) header() g.Node {
	kicker, name := g.Group{tag.Raw("raci-check")}, g.Group{shown(p.Name)}
	if p.ReadOnly {
		kicker = append(kicker, p.Put(" · read only"))
	}
	if p.Standing != nil {
		name = append(name, markup.Space, p.badge(p.Standing.Service.Result))
	}
	return tag.Header(markup.Lines(tag.P(tag.Class("kicker"), kicker), tag.P(tag.Class("service"), name), p.navigation(), p.steps()))
}

func (p *page) navigation() g.Node {
	entry := func(path, page, title string) g.Node {
		return tag.Li(tag.A(markup.Link(p.Base+path), g.If(page != "" && p.Here == page, tag.Aria("current", "page")), tag.Text(title)))
	}
	entries := []g.Node{
		entry("", "overview", p.Text("Overview")), entry("#sections", "", p.Text("Sections")),
		entry("requests", "requests", p.Text("Requests for evidence")), entry("waivers", "waivers", p.Text("Waivers and exceptions")),
	}
	if p.ReadOnly {
		entries = append(entries, entry("sample", "sample", p.Text("Sample")))
	}
	for _, report := range []struct{ format, title string }{{"html", p.Text("HTML report")}, {"json", p.Text("JSON report")}} {
		entries = append(entries, tag.Li(tag.A(markup.Link(p.Base+"reports/"+report.format), tag.Download(), tag.Text(report.title))))
	}
	return tag.Nav(p.Labelled("Pages"), markup.Lines(tag.Ul(markup.Lines(entries...))))
}

// steps are the buttons that take back what was saved.
func (p *page) steps() g.Node {
	if p.ReadOnly {
		return nil
	}
	step := func(path, title string, can bool) g.Node {
		return tag.Form(tag.Method("post"), markup.Target(p.Base+path), p.token(path), secret("back", p.Back),
			tag.Button(tag.Type("submit"), g.If(!can, tag.Disabled()), tag.Text(title)))
	}
	return tag.Div(tag.Class("steps"), markup.Lines(step("undo", p.Text("Undo"), p.CanUndo), step("redo", p.Text("Redo"), p.CanRedo)))
}

func (p *page) noticed() g.Node {
	notice := p.Notice()
	return g.Iff(notice != "", func() g.Node { return tag.P(tag.Class("notice"), tag.Role("status"), shown(notice)) })
}

func (p *page) footer() g.Node {
	text := g.Group{p.Put("This page is served by raci-check on this machine alone.")}
	if p.Standing != nil {
		text = append(text, markup.Space, p.Putf("Its verdicts are for %s UTC.", p.clock(p.Standing.At)))
	}
	return tag.Footer(markup.Lines(tag.P(text)))
}

// alert is what is wrong, which a browser goes to.
func alert(title g.Node, nodes ...g.Node) g.Node {
	return tag.Div(tag.Class("problems"), tag.Role("alert"), tag.TabIndex("-1"), tag.AutoFocus(), markup.Lines(tag.H2(title), markup.Lines(nodes...)))
}

func (p *page) problems() g.Node {
	if len(p.Problems) == 0 {
		return nil
	}
	return alert(p.Put("This has to be fixed first"), listed(p.Problems))
}

func listed(texts []string) g.Node {
	return tag.Ul(markup.Each(texts, func(s string) g.Node { return tag.Li(shown(s)) }))
}

// write is the page of what went wrong.
func (p *problemPage) write() g.Node {
	next := tag.P(p.Put("Go back to the page before, or to the"), markup.Space, p.link("", p.Put("overview")), tag.Raw("."))
	if p.Unreadable {
		text := g.Group{p.Put("The files of the evidence cannot be read as they are. Fix them at these places in an editor, then load this page again.")}
		if p.CanUndo {
			text = append(text, markup.Space, tag.Em(p.Put("Undo")), markup.Space, p.Put("takes back the last step that was saved here."))
		}
		next = tag.P(text)
	}
	return p.whole(tag.Div(tag.Class("problems"), tag.Role("alert"), markup.Lines(listed(p.Problems))), next)
}

// fixed is a fix, where it is another than that of the check.
func (p printer) fixed(f assessment.Finding, fix string) g.Node {
	if f.Remediation == fix {
		return nil
	}
	return g.Group{tag.Br(), tag.Strong(p.Put("Fix:")), markup.Space, shown(f.Remediation)}
}
