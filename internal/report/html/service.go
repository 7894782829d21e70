package html

import (
	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// row is an activity with how its checks stand.
func (r report) row(a row) g.Node {
	title := shown(a.Activity.ID + " " + a.Title)
	if a.Target != "" {
		title = tag.A(markup.Link("#"+a.Target), title)
	}
	subject := g.Group{title}
	if a.Disputed {
		subject = append(subject, markup.Space, tag.Span(tag.Class("chip"), r.Put("disputed")))
	}
	how := tag.Span(tag.Class("meta"), tag.Text(a.Roles))
	if a.Progress.Judged > 0 {
		how = g.Group{drawn(a.Bar), tag.Span(tag.Class("count"), r.of(a.Progress))}
	}
	return tag.Li(tag.Class("row"), markup.Lines(
		tag.Span(tag.Class("what"), subject), tag.Span(tag.Class("result"), r.badge(a.Status)),
		tag.Span(tag.Class("how"), how), tag.Span(tag.Class("chips"), r.chips(a.Progress))), tag.Raw("\n"))
}

// standing is how the activities stand: the worst first, and in the order of the table. The style shows the order that is chosen.
func (r report) standing(s *service) g.Node {
	rows := func(all []row) g.Node { return tag.Ul(tag.Class("rows"), markup.Each(all, r.row)) }
	return markup.Lines(
		tag.FieldSet(tag.Class("order"), markup.Lines(
			tag.Legend(r.Put("Order of the activities")),
			tag.Label(tag.Input(tag.Type("radio"), tag.Name("order"), tag.ID("by-worst"), tag.Checked()), markup.Space, r.Put("the worst first")),
			tag.Label(tag.Input(tag.Type("radio"), tag.Name("order"), tag.ID("by-table")), markup.Space, r.Put("as in the table")))),
		tag.Div(tag.Class("by-worst"), markup.Lines(rows(s.Worst))),
		tag.Div(tag.Class("by-table"), markup.Each(s.Phases, func(p phase) g.Node { return markup.Lines(tag.H3(shown(p.Name)), rows(p.Rows)) })),
		tag.P(tag.Class("note"), r.Put("Each bar shows the checks of a duty: those that pass, are waived, lack evidence, fail. The chips count by severity those that do not pass.")))
}

// heat is the row of a service in the picture of a fleet.
func (r report) heat(s *service) g.Node {
	return tag.El("svg", tag.Attr("viewBox", "0 0 "+number(s.HeatWidth)+" 16"), tag.Role("group"), tag.Aria("label", s.Label+r.Text(": duties")),
		markup.Each(s.Heat, func(c cell) g.Node {
			label := tag.Aria("label", r.Say("%s: %s", text(c.ID)+" "+text(c.Title), r.Status(c.Status)))
			if c.Target == "" {
				return tag.El("g", tag.Role("img"), label, r.cell(c))
			}
			return tag.A(markup.Link("#"+c.Target), label, r.cell(c))
		}))
}

func (r report) cell(c cell) g.Node {
	return tag.El("g", tag.Class(wording.StatusClass(c.Status)),
		tag.TitleEl(tag.Text(r.Say("%s: %s", text(c.ID)+" "+text(c.Title), r.Status(c.Status)))),
		tag.El("rect", at(c.X, "0", "15", "16"), tag.Attr("rx", "2")),
		tag.El("text", tag.Attr("x", number(c.Middle())), tag.Attr("y", "11.5"), r.letter(c.Status)))
}

func (r report) letter(s verdict.Status) g.Node { return r.Put(letter(s)) }

// index is the picture of a fleet.
func (r report) index() g.Node {
	return markup.Lines(
		tag.Ul(tag.Class("heat"), later(r.v.Services, func(s *service) g.Node {
			return tag.Li(tag.Span(tag.Class("what"), tag.A(markup.Link("#"+s.ID), shown(s.Name)), markup.Space, r.badge(s.Result), markup.Space,
				tag.Span(tag.Class("meta"), r.Amount(s.Progress.Passed), markup.Space, r.Putf("of %d checks", s.Progress.Judged))),
				markup.Lines(r.heat(s)))
		})),
		tag.Ul(tag.Class("legend"), markup.Each(r.v.Legend, func(s verdict.Status) g.Node {
			return tag.Li(tag.Span(tag.Class("badge "+wording.StatusClass(s)), r.letter(s)), markup.Space, tag.Text(r.Status(s)))
		})))
}

func (r report) columns() g.Node {
	return markup.Lines(
		tag.P(tag.Class("note"), r.Put("The columns of the picture from left to right, and how many services stand how.")),
		tag.Ol(tag.Class("rows"), markup.Each(r.v.Columns, func(c column) g.Node {
			return tag.Li(tag.Class("row"), tag.Span(tag.Class("what"), r.Amount(c.Number), tag.Raw(". "), shown(c.ID), markup.Space, shown(c.Title)),
				tag.Span(tag.Class("how"), drawn(c.Bar)), tag.Span(tag.Class("count"), tag.Text(r.Tally(c.Count))))
		})))
}

// service is what a page of several shows of each.
func (r report) service(s *service) g.Node {
	sentence := g.Group{strong(tag.Text(s.Sentence))}
	if s.Open != "" {
		sentence = append(sentence, tag.Text(" — "+s.Open))
	}
	paragraph := func(s string) g.Node {
		return g.Iff(s != "", func() g.Node { return tag.P(shown(s)) })
	}
	part := func(is bool, title string, write func(*service) g.Node) g.Node {
		return g.Iff(is, func() g.Node { return markup.Lines(tag.H4(tag.Text(title)), write(s)) })
	}
	last := g.Group{r.Put("The report of the single service has the expected values, the reasons and the fixes.")}
	if s.Left > 0 {
		last = g.Group{r.Putf("The report of the single service has the expected values, the reasons and the fixes, with %d more records.", s.Left)}
	}
	return tag.Section(tag.Class("service"), markup.Lines(
		tag.H3(tag.ID(s.ID), shown(s.Name), markup.Space, r.badge(s.Result)), tag.P(sentence), paragraph(r.ByReading(s.Service)),
		tag.P(tag.Class("meta"), code(s.Service.Service.ID), r.Putf(", region %s, assessed for %s UTC.", text(s.Service.Service.Region), r.clock(s.At)), markup.Space,
			tag.A(markup.Link("#index"), r.Put("All services"))),
		paragraph(r.Grades(s.Service)), later(s.Duties, r.brief),
		g.Iff(len(s.Stated) > 0, func() g.Node { return r.stated(s) }),
		part(s.Forecast != nil, r.Text("What fails next"), r.forecast),
		part(len(s.Waivers)+len(s.Accepted) > 0, r.Text("Waivers and exceptions"), r.waivers),
		part(len(s.Declared) > 0, r.Text("Declared not applicable"), r.declared),
		part(len(s.Documents) > 0, r.Text("On file from the provider"), func(s *service) g.Node {
			return tag.Ul(markup.Each(s.Documents, func(a inherited) g.Node { return r.documents(a.Assurance) }))
		}),
		part(true, r.Text("Evidence"), r.files), tag.P(tag.Class("note"), last)), tag.Raw("\n"))
}

// causes are what several checks lack or fail for.
func (r report) causes(s *service) g.Node {
	rows := markup.Each(s.Causes, func(c assessment.Cause) g.Node {
		return tag.Tr(tag.Td(r.severity(c.Severity)), labelled(r.Text("Checks"), r.Amount(len(c.Checks))),
			tag.Td(shown(r.Cause(c)), br(place(c.Location))), tag.Td(shown(c.Remediation)))
	})
	return r.table(table{
		class: "wide stack", label: s.Label + r.Text(": what holds checks back"), columns: r.texts("Severity", "Checks", "Cause", "What to do"),
	}, rows)
}

// labelled is a cell that has the heading of its column beside it on narrow screens.
func labelled(label string, nodes ...g.Node) g.Node {
	return tag.Td(tag.Data("label", label), g.Group(nodes))
}

// requests are what is missing, by whom it is asked of.
func (r report) requests(s *service) g.Node {
	missing := func(m assessment.Missing) g.Node {
		subject := shown(m.Message)
		if m.Cause != nil {
			subject = shown(r.Cause(*m.Cause))
		}
		n := len(m.Checks)
		return tag.Li(r.severity(m.Severity), markup.Space, subject, markup.Space, place(m.Location), markup.Space,
			tag.Span(tag.Class("meta"), r.Put("for"), markup.Space, r.Amount(n), markup.Space, r.Forms(n, "check", "checks")), br(shown(m.Remediation)))
	}
	return markup.Lines(
		tag.P(r.Put("What the evidence lacks, by the person or the system that collected the section before. Print it, and tick what was supplied.")),
		markup.Each(s.Requests, func(request assessment.Request) g.Node {
			owner := r.Put("No owner is named")
			if request.Owner != "" {
				owner = shown(request.Owner)
			}
			return tag.Section(tag.Class("request"), markup.Lines(tag.H3(owner), tag.Ul(tag.Class("todo"), markup.Each(request.Missing, missing))))
		}))
}

// forecast is what fails next.
func (r report) forecast(s *service) g.Node {
	switch {
	case s.Forecast == nil:
		return tag.P(r.Put("This assessment does not look ahead."), markup.Space, tag.Code(r.Put("assess --forecast 90")), markup.Space, r.Put("asks for it."))
	case len(s.Forecast.Events) == 0:
		return tag.P(r.Putf("No other check fails until %s UTC.", r.clock(s.Forecast.Until)))
	}
	rows := markup.Each(s.Forecast.Events, func(e assessment.Event) g.Node {
		subject := g.Group{}
		if e.WaiverEnds {
			subject = append(subject, strong(r.Put("its waiver ends:")), markup.Space)
		}
		return tag.Tr(tag.Td(tag.Class("date"), tag.Data("label", r.Text("From (UTC)")), tag.Text(r.clock(e.At))), tag.Td(r.severity(e.Severity)),
			tag.Td(subject, shown(e.Message), markup.Space, place(e.Location), br(names(comma(), e.Checks))), tag.Td(shown(e.Remediation)))
	})
	return r.table(table{
		class: "wide stack", label: s.Label + r.Text(": what fails next"), columns: r.texts("From (UTC)", "Severity", "What", "Fix"),
		caption: r.Say("Until %s UTC, if nobody does anything", r.clock(s.Forecast.Until)),
	}, rows)
}

// waivers are the accepted risks, and how much is under accepted deviations.
func (r report) waivers(s *service) g.Node {
	listed := tag.P(r.Put("No waiver accepts a risk."))
	if len(s.Waivers) > 0 {
		listed = r.table(table{
			class: "wide stack", label: s.Label + r.Text(": waivers"), caption: r.Text("Accepted risks, as found"),
			columns: r.texts("State", "Check", "Reason", "Approved", "Ends"),
		}, markup.Each(s.Waivers, func(w assessment.Waiver) g.Node { return r.waiver(s, w) }))
	}
	return markup.Lines(listed, g.Iff(len(s.Accepted) > 0, func() g.Node {
		return tag.Ul(markup.Each(s.Accepted, func(share assessment.Share) g.Node { return tag.Li(shown(r.Share(share))) }))
	}))
}

func (r report) waiver(s *service, w assessment.Waiver) g.Node {
	state := g.Group{strong(r.Put(string(w.State)))}
	if w.Note != "" {
		state = append(state, r.Colon(), shown(w.Note))
	}
	ends := g.Group{tag.Span(tag.Class("date"), tag.Text(r.day(w.ExpiresOn)))}
	if left := r.Left(w.ExpiresOn, s.At); left != "" {
		ends = append(ends, br(tag.Text(left)))
	}
	return tag.Tr(tag.Td(state),
		tag.Td(name(w.Check), g.Map(w.Pointers, func(pointer string) g.Node { return br(r.Put("only"), markup.Space, code(pointer)) }), br(place(w.Location))),
		labelled(r.Text("Reason"), shown(w.Reason)),
		labelled(r.Text("Approved"), r.Putf("by %s on", text(w.ApprovedBy)), markup.Space, tag.Span(tag.Class("date"), tag.Text(r.day(w.ApprovedOn))),
			r.Put(", asked for by"), markup.Space, shown(w.RequestedBy)),
		labelled(r.Text("Ends"), ends))
}

// declared are the activities that are declared not applicable.
func (r report) declared(s *service) g.Node {
	if len(s.Declared) == 0 {
		return tag.P(r.Put("Nothing is declared not applicable."))
	}
	return tag.Ul(markup.Each(s.Declared, func(d duty) g.Node {
		state := r.Put("refused:")
		if d.NotApplicable.Accepted {
			state = r.Put("accepted:")
		}
		reason := text(d.NotApplicable.Reason)
		if d.NotApplicable.Note != "" {
			reason += " (" + text(d.NotApplicable.Note) + ")"
		}
		return tag.Li(strong(state), markup.Space, tag.A(markup.Link("#"+d.ID), shown(d.Activity.ID), markup.Space, shown(d.Title)), markup.Space,
			r.Putf("— %s (declared by %s on %s, approved by %s)", reason, text(d.NotApplicable.DeclaredBy), r.day(d.NotApplicable.DeclaredOn), text(d.NotApplicable.ApprovedBy)))
	}))
}

func (r report) files(s *service) g.Node {
	rows := markup.Each(s.Evidence, func(f assessment.File) g.Node {
		return tag.Tr(tag.Td(name(f.Path), r.signers(f.SignedBy)), tag.Td(digest(f.SHA256)))
	})
	return r.table(table{
		class: "wide", label: s.Label + r.Text(": evidence files"), caption: r.Text("Evidence files with the SHA-256 of their bytes"),
		columns: r.texts("File", "SHA-256"),
	}, rows)
}

func (r report) artifacts(s *service) g.Node {
	all := artifacts(s.Sections)
	if len(all) == 0 {
		return nil
	}
	rows := markup.Each(all, func(f assessment.File) g.Node { return tag.Tr(tag.Td(name(f.Path)), tag.Td(digest(f.SHA256))) })
	return r.table(table{
		class: "wide", label: r.Text("Artifacts"), caption: r.Text("Artifacts that sections name, with the SHA-256 of their bytes"),
		columns: r.texts("File", "SHA-256"),
	}, rows)
}

// stated are the checks that pass by the word of people.
func (r report) stated(s *service) g.Node {
	switch {
	case len(s.Stated) == 0 && len(s.Grades) > 0:
		return tag.P(r.Put("No check passes by stated facts."))
	case len(s.Stated) == 0:
		return tag.P(r.Put("This report does not say how strong its passes are."))
	}
	rows := markup.Each(s.Stated, func(w assessment.Word) g.Node {
		return tag.Tr(tag.Th(tag.Scope("row"), shown(r.People(w.By, w.Others))), tag.Td(names(tag.Br(), w.Checks)), tag.Td(names(tag.Br(), w.Partly)))
	})
	return r.table(table{
		class: "wide", label: s.Label + r.Text(": checks that pass by the word of people"),
		caption: r.Text("Checks that pass by nobody’s word but that of these people"),
		columns: r.texts("Word of", "Checks that rest on nothing else", "Checks that rest on stronger facts too"),
	}, rows)
}

// derived are the facts that were read again from artifacts.
func (r report) derived(s *service) g.Node {
	if len(s.FromFiles) == 0 {
		return tag.P(r.Put("No fact was read again from an artifact."))
	}
	return later(s.FromFiles, func(d *derivation) g.Node {
		count := r.Plural(d.Count, "fact", "facts")
		facts := r.Putf(": %d %s", d.Count, count)
		if n := len(d.Facts); n < d.Count {
			facts = r.Putf(": %d %s, the first %d here, all in the JSON report", d.Count, count, n)
		}
		rows := markup.Each(d.Facts, func(f assessment.DerivedFact) g.Node {
			return tag.Tr(tag.Td(name(f.Pointer)), tag.Td(name(r.Value(f.Place))))
		})
		return tag.Section(tag.Class("wide"), tag.TabIndex("0"), tag.Aria("label", s.Label+r.Text(": facts derived from")+" "+text(d.Artifact)), markup.Lines(
			folded(g.Group{name(d.Artifact), facts}, tag.Table(markup.Lines(r.Columns(r.texts("Fact", "Place in the artifact")...), tag.TBody(rows))))))
	})
}
