package serve

import (
	"net/url"
	"strconv"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
)

// titled is a part of a page with its heading.
func titled(id string, title g.Node, nodes ...g.Node) g.Node {
	return tag.Section(tag.Aria("labelledby", id), markup.Lines(tag.H2(tag.ID(id), title), markup.Lines(nodes...)))
}

func (v *overview) write() g.Node {
	open := v.Open()
	if open == "" {
		open = v.Passing(v.Progress)
	}
	return v.whole(
		tag.P(tag.Class("verdict"), v.badge(v.Standing.Service.Result), markup.Space, tag.Strong(tag.Text(v.Sentence()))),
		tag.P(tag.Label(tag.For("progress"), tag.Text(open)), markup.Space,
			tag.Progress(tag.ID("progress"), tag.Value(strconv.Itoa(v.page.Progress.Passed)), tag.Max(strconv.Itoa(v.page.Progress.Judged)))),
		v.lastChange(), v.causes(),
		titled("activities", v.Put("Activities"), markup.Each(v.Phases, func(p phase) g.Node {
			return markup.Lines(tag.H3(shown(p.Name)), tag.Ul(tag.Class("rows"), markup.Each(p.Rows, v.activity)))
		})),
		v.sections())
}

func (v *overview) lastChange() g.Node {
	if v.Saved == "" {
		return nil
	}
	return titled("last-change", v.Put("What the last change did"), tag.P(tag.Text(v.Saved+".")),
		g.Iff(len(v.Changes) > 0, func() g.Node {
			return tag.Ul(markup.Each(v.Changes, func(c change) g.Node {
				return tag.Li(v.severity(c.Severity), markup.Space, v.duty(c.Duty, c.Check, shown(c.Title)), markup.Space, tag.Text(c.Effect), markup.Space,
					v.Putf("(%s, now %s)", v.Phrases.Status(c.Old), v.Phrases.Status(c.New)))
			}))
		}))
}

// duty leads to the page of a duty, and there to a check unless it is empty.
func (p *page) duty(id, check string, nodes ...g.Node) g.Node {
	path := "duties/" + url.PathEscape(id)
	if check != "" {
		path += "#" + anchor(check)
	}
	return p.link(path, nodes...)
}

func (v *overview) causes() g.Node {
	if len(v.Causes) == 0 {
		return nil
	}
	return titled("causes", v.Put("What holds checks back"), tag.Ul(tag.Class("rows"), markup.Each(v.Causes, func(c cause) g.Node {
		subject := shown(v.Cause(*c.Cause))
		if c.Path != "" {
			subject = v.link(c.Path, subject)
		}
		n := len(c.Checks)
		return tag.Li(v.severity(c.Severity), markup.Space, subject, markup.Space,
			tag.Span(tag.Class("meta"), v.Amount(n), markup.Space, v.Forms(n, "check", "checks"), tag.Text(", "+where(c.Location))), tag.Br(), shown(c.Remediation))
	})))
}

func (v *overview) activity(a activity) g.Node {
	title := g.Group{v.duty(a.Activity.ID, "", shown(a.Activity.ID), markup.Space, shown(a.Title))}
	if a.Disputed {
		title = append(title, markup.Space, tag.Span(tag.Class("chip"), v.Put("disputed")))
	}
	standing := v.Put("not assessed")
	if a.Progress.Judged > 0 {
		standing = tag.Text(v.Passing(a.Progress))
		if bad := v.Severities(a.Progress.Bad, "", ""); bad != "" {
			standing = g.Group{standing, v.Putf("; to fix: %s", bad)}
		}
	}
	return tag.Li(tag.Class("row"), tag.Span(title), markup.Space, tag.Span(v.badge(a.Status)), markup.Space, tag.Span(tag.Class("meta"), standing))
}

func (v *overview) sections() g.Node {
	row := func(path string, title g.Node, nodes ...g.Node) g.Node {
		return tag.Li(v.link("sections/"+path, title), g.Group(nodes))
	}
	rows := []g.Node{row("metadata", v.Put("Service"), tag.Br(), shown(v.About))}
	for _, s := range v.Sections {
		state := tag.Strong(v.Put("absent"))
		if s.Section != nil {
			state = tag.Span(tag.Class("meta"), shown(v.Text(s.Method)), tag.Text(", "+v.clock(s.CollectedAt)+", "+text(s.CollectedBy)))
		}
		after := g.Group{markup.Space, state}
		if s.Bad > 0 {
			after = append(after, markup.Space, tag.Span(tag.Class("meta"),
				v.Amount(s.Bad), markup.Space, v.Forms(s.Bad, "check does", "checks do"), markup.Space, v.Put("not pass")))
		}
		rows = append(rows, row(url.PathEscape(s.Name), tag.Text(v.schema.Label(s.Name)), after, tag.Br(), shown(s.About)))
	}
	rows = append(rows, row("not_applicable", v.Put("Declarations"), tag.Br(),
		v.Put("Activities that are declared not applicable, with the reason and the approval.")))
	return titled("sections", v.Put("Sections"), tag.Ul(tag.Class("rows"), markup.Lines(rows...)))
}

func (v *dutyPage) write() g.Node {
	d := &v.Duty
	passing := v.Put("Nothing is assessed here")
	if len(d.Checks) > 0 {
		passing = tag.Text(v.Passing(v.Done))
	}
	about := g.Group{
		shown(d.Phase), tag.Raw(", "), shown(d.Section), tag.Raw(". "), v.Putf("Customer: %s; provider: %s.", v.Role(d.Customer), v.Role(d.Provider)),
	}
	if d.Disputed {
		about = append(about, markup.Space, v.Put("Disputed:"), markup.Space, shown(d.DisputeNote))
	}
	return v.whole(
		tag.P(tag.Class("verdict"), v.badge(d.Status), markup.Space, tag.Strong(passing)), tag.P(tag.Class("meta"), about), paragraph(d.Reason),
		g.Iff(len(d.AskProvider) > 0, func() g.Node { return markup.Lines(tag.P(v.Put("Ask the provider for:")), listed(d.AskProvider)) }),
		g.Iff(d.NotApplicable != nil, func() g.Node {
			n := d.NotApplicable
			return tag.P(v.Putf("Declared not applicable by %s on %s, approved by %s:", text(n.DeclaredBy), v.day(n.DeclaredOn), text(n.ApprovedBy)),
				markup.Space, shown(n.Reason), markup.Space, shown(n.Note))
		}),
		markup.Each(v.Checks, v.check))
}

func (v *dutyPage) check(c check) g.Node {
	id := anchor(c.ID)
	return tag.Section(tag.Class("check "+wording.StatusClass(c.Status)), tag.Aria("labelledby", id), markup.Lines(
		tag.H2(tag.ID(id), v.severity(c.Severity), markup.Space, shown(c.Title), markup.Space, v.badge(c.Status)),
		tag.P(tag.Class("meta"), code(c.ID)), v.findings(c), paragraph(c.Check.Reason),
		g.Iff(c.Waiver != nil, func() g.Node {
			return tag.P(tag.Strong(v.Put("Waived")), markup.Space, v.Putf("until %s by %s:", v.day(c.Waiver.ExpiresOn), text(c.Waiver.ApprovedBy)), markup.Space, shown(c.Waiver.Reason))
		}),
		g.Iff(c.IsBad() && c.OwnFix, func() g.Node { return tag.P(tag.Strong(v.Put("Fix:")), markup.Space, shown(c.Remediation)) }),
		v.details(c)))
}

func (v *dutyPage) findings(c check) g.Node {
	if len(c.Problems) == 0 {
		return nil
	}
	return markup.Lines(
		tag.Ul(tag.Class("findings"), markup.Each(c.Problems, func(f finding) g.Node {
			item := g.Group{}
			if f.Waived {
				item = append(item, tag.Strong(v.Put("waived:")), markup.Space)
			}
			return tag.Li(item, shown(f.Message), markup.Space, v.pointer(&f), markup.Space, tag.Span(tag.Class("meta"), tag.Text(where(f.Location))), v.fixed(f.Finding, c.Remediation))
		})),
		g.Iff(c.More() > 0, func() g.Node {
			return tag.P(v.Putf("and %d more", c.More()), markup.Space, v.Forms(c.More(), "finding", "findings"))
		}))
}

// details are what a check asks for, and where that comes from.
func (v *dutyPage) details(c check) g.Node {
	return tag.Details(markup.Lines(
		tag.Summary(v.Put("What it asks for, and its source"), hidden(tag.Raw(" ("), shown(c.Title), tag.Raw(")"))),
		tag.P(shown(c.Description)), tag.P(tag.Class("meta"), v.Put("Source:"), markup.Space, tag.Span(tag.Lang("en"), shown(c.Source))),
		g.Iff(len(c.Fields) > 0, func() g.Node {
			return tag.P(v.Put("Fields:"), markup.Space, markup.Joined(tag.Raw(", "), g.Map(c.Fields, func(l link) g.Node { return v.link(l.Path, shown(l.Text)) })))
		}),
		g.Iff(c.Status.Bad() && !v.ReadOnly, func() g.Node {
			return tag.P(v.link("waivers?check="+url.QueryEscape(c.ID), v.Put("Accept the risk for a time"), hidden(v.Colon(), shown(c.Title))))
		})))
}
