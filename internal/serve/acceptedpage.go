package serve

import (
	"strconv"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/sample"
)

func (v *requestsPage) write() g.Node {
	requests := markup.Each(v.Requests, v.request)
	if len(v.Requests) == 0 {
		requests = tag.P(v.Put("Nothing is missing."))
	}
	return v.whole(tag.P(v.Put("What the evidence lacks, by the person or the system that collected the section before. Copy the text, or send it.")), requests)
}

func (v *requestsPage) request(r request) g.Node {
	number, n := strconv.Itoa(r.Number), len(r.Missing)
	owner, label, copied := v.Put("No owner is named"), v.Put("Text to send"), v.Put("for nobody yet")
	if r.Owner != "" {
		owner, label, copied = shown(r.Owner), v.Putf("Text to send to %s", text(r.Owner)), v.Putf("for %s", text(r.Owner))
	}
	supply := g.Group{v.Amount(n), markup.Space, v.Forms(n, "thing", "things"), markup.Space, v.Put("to supply.")}
	if r.Mail != "" {
		supply = append(supply, markup.Space, tag.A(markup.Link(r.Mail), v.Put("Write to"), markup.Space, shown(r.Owner)))
	}
	return titled("request-"+number, owner, tag.P(supply),
		tag.P(tag.Label(tag.For("text-"+number), label)), tag.Textarea(tag.ID("text-"+number), tag.ReadOnly(), tag.Rows("8"), tag.Text(r.Text)),
		tag.P(tag.Button(tag.Type("button"), tag.Data("copy", "text-"+number), tag.Data("say-done", v.Text("Copied")),
			tag.Data("say-refused", v.Text("The browser does not copy it: the text is selected, copy it yourself")), tag.Flag("hidden"),
			v.Put("Copy the text"), hidden(markup.Space, copied))))
}

func (v *waiversPage) write() g.Node {
	waivers := markup.Each(v.Standing.Service.Waivers, v.waiver)
	if len(v.Standing.Service.Waivers) == 0 {
		waivers = tag.P(v.Put("No waiver accepts a risk."))
	}
	exceptions := tag.Ul(tag.Class("rows"), markup.Each(v.Exceptions, v.exception))
	if len(v.Exceptions) == 0 {
		exceptions = tag.P(v.Put("No section has an exception."))
	}
	return v.whole(v.problems(), titled("accepted", v.Put("Waivers"), waivers), titled("exceptions", v.Put("Exceptions in the sections"), exceptions), v.form())
}

func (v *waiversPage) waiver(w assessment.Waiver) g.Node {
	title := g.Group{shown(w.Check), v.Colon(), shown(v.Text(string(w.State)))}
	if path := changePath(w); path != "" && !v.ReadOnly {
		title = append(title, markup.Space, v.link(path, v.Put("Change")))
	}
	requester, approved, on, ends := text(w.RequestedBy), text(w.ApprovedBy), v.day(w.ApprovedOn), v.day(w.ExpiresOn)
	about := v.Putf("Asked for by %s, approved by %s on %s. Ends on %s.", requester, approved, on, ends)
	if left := v.Left(w.ExpiresOn, v.Standing.At); left != "" {
		about = v.Putf("Asked for by %s, approved by %s on %s. Ends on %s: %s.", requester, approved, on, ends, left)
	}
	only := g.Map(w.Pointers, func(pointer string) g.Node {
		return g.Group{v.Put("Only"), markup.Space, code(pointer), tag.Raw(". ")}
	})
	return tag.Div(tag.Class("item"), markup.Lines(tag.H3(title), paragraph(w.Note), tag.P(shown(w.Reason)),
		tag.P(tag.Class("meta"), only, about, markup.Space, tag.Text(where(w.Location)))))
}

func (v *waiversPage) exception(e exception) g.Node {
	subject := v.Text("an exception")
	if e.What != "" {
		subject = text(e.What)
	}
	owner, approver, end := text(e.Owner), text(e.Approver), v.day(e.End)
	about := v.Putf("asked for by %s, approved by %s, ends on %s", owner, approver, end)
	if left := v.Left(e.End, v.Standing.At); left != "" {
		about = v.Putf("asked for by %s, approved by %s, ends on %s: %s", owner, approver, end, left)
	}
	return tag.Li(v.link(e.Path, v.Putf("%s: %s", v.schema.Label(e.Section), subject)), markup.Space, tag.Span(tag.Class("meta"), about))
}

// typed is a field of a form for a line of text.
func typed(id, name, value string, attributes ...g.Node) g.Node {
	return tag.Input(tag.Type("text"), tag.ID(id), tag.Name(name), tag.Value(value), g.Group(attributes), tag.AutoComplete("off"))
}

// asServed keeps a browser from filling a page that is loaded again, such as by its back button, with what was chosen on the page before:
// what is ticked to be removed there can be something else here.
func asServed() g.Node { return tag.AutoComplete("off") }

// asked is a field of a form with what is asked.
func asked(id string, label g.Node, field ...g.Node) g.Node {
	return tag.Div(tag.Class("field"), tag.Label(tag.For(id), label), g.Group(field))
}

// form takes a waiver.
func (v *waiversPage) form() g.Node {
	if v.ReadOnly {
		return nil
	}
	t := &v.Typed
	options := markup.Lines(tag.Option(tag.Value(""), v.Put("choose a check that does not pass")), markup.Each(v.Checks, func(c assessment.Check) g.Node {
		return tag.Option(tag.Value(c.ID), g.If(c.ID == t.Check, tag.Selected()), tag.Text(text(c.Title)+" ("+c.ID+")"))
	}))
	help := tag.P(tag.Class("help"), tag.ID("w-pointer-help"), v.Put("A JSON pointer such as /backups/jobs/0. Left out, every finding of the check."))
	return titled("waive", v.Put("Accept a risk"),
		tag.P(v.Put("A waiver accepts the findings of one check until its last day. Another person than the one that asks approves it.")),
		tag.Form(tag.Method("post"), markup.Target(v.Base+"waivers"), asServed(), tag.Flag("data-keep"), g.If(v.Unsaved, tag.Flag("data-unsaved")), markup.Lines(
			v.token("waivers"), secret("seen", v.Seen),
			asked("w-check", v.Put("Check"), markup.Lines(tag.Select(tag.ID("w-check"), tag.Name("check"), options))),
			asked("w-pointer", v.Put("Only for the findings at or below"), help, tag.Input(tag.Type("text"), tag.ID("w-pointer"), tag.Name("pointer"), tag.Value(t.Pointer),
				tag.AutoComplete("off"), tag.Aria("describedby", "w-pointer-help"))),
			asked("w-reason", v.Put("Reason"), tag.Textarea(tag.ID("w-reason"), tag.Name("reason"), tag.Rows("3"), tag.Raw("\n"), tag.Text(t.Reason))),
			asked("w-requested", v.Put("Requested by (the owner)"), typed("w-requested", "requested_by", t.RequestedBy)),
			asked("w-approved", v.Put("Approved by"), typed("w-approved", "approved_by", t.ApprovedBy)),
			asked("w-on", v.Put("Approved on"), typed("w-on", "approved_on", t.ApprovedOn, tag.Placeholder("2026-01-31"))),
			asked("w-ends", v.Put("Last day"), typed("w-ends", "expires_on", t.ExpiresOn, tag.Placeholder("2026-04-30"))),
			tag.P(tag.Label(tag.Input(tag.Type("checkbox"), tag.Name("accepts_missing"), tag.Value("yes"), g.If(t.AcceptsMissing, tag.Checked())), markup.Space,
				v.Put("It also covers missing evidence of a critical check"))),
			tag.P(tag.Button(tag.Type("submit"), v.Put("Save the waiver"))))))
}

func (v *samplePage) write() g.Node {
	size := strconv.Itoa(v.Size)
	return v.whole(v.problems(),
		tag.P(v.Put("Facts to compare with the world. The choice follows from the digest of the report and the seed: the same ones make the same choice.")),
		tag.Form(tag.Method("get"), markup.Target(v.Base+"sample"), v.Labelled("Choose"), markup.Lines(
			tag.P(tag.Label(tag.For("number"), v.Put("Facts")), markup.Space, tag.Input(tag.Type("text"), tag.Attr("inputmode", "numeric"), tag.ID("number"), tag.Name("number"),
				tag.Value(size), tag.AutoComplete("off"))),
			tag.P(tag.Label(tag.For("seed"), v.Put("Seed, a text of your own")), markup.Space, typed("seed", "seed", v.Seed)),
			tag.P(tag.Button(tag.Type("submit"), v.Put("Choose"))))),
		g.Iff(v.Sample != nil, func() g.Node {
			facts := g.Group{}
			for i := range v.Sample.Facts {
				facts = append(facts, tag.Raw("\n"), v.fact(i+1, &v.Sample.Facts[i]))
			}
			return markup.Lines(
				tag.P(tag.Class("meta"), v.Amount(len(v.Sample.Facts)), markup.Space,
					v.Putf("of %d facts, for %s. Report %s.", v.Sample.Population, text(v.Sample.AssessedFor(v.Words)), text(v.Sample.Report))),
				tag.Form(tag.Method("post"), markup.Target(v.Base+"sample"), asServed(), tag.Flag("data-keep"), v.Labelled("Worksheet"), markup.Lines(
					v.token("sample"), secret("report", v.Sample.Report), secret("number", size), secret("seed", v.Seed), facts,
					tag.P(tag.Button(tag.Type("submit"), v.Put("Download the worksheet"))))))
		}))
}

// fact is a fact with what an auditor says of it.
func (v *samplePage) fact(n int, f *sample.Fact) g.Node {
	number := "-" + strconv.Itoa(n)
	about := g.Group{tag.Text(where(f.Location) + ", "), shown(v.Text(string(f.Grade)))}
	if f.Artifact.Path != "" {
		about = append(about, v.Putf(", shown by %s", text(f.Artifact.Path)))
	}
	answers := g.Map(v.Answers, func(answer string) g.Node { return tag.Option(tag.Value(answer), shown(v.Text(answer))) })
	field := func(name, label string, attributes ...g.Node) g.Node {
		return asked(name+number, tag.Text(label), typed(name+number, name+number, "", attributes...))
	}
	return tag.FieldSet(markup.Lines(
		tag.Legend(tag.Text(strconv.Itoa(n)), tag.Raw(". "), shown(v.schema.Language.Text(f.Title))),
		tag.P(tag.Strong(shown(f.Value)), tag.Br(), code(f.Pointer), markup.Space, tag.Span(tag.Class("meta"), about)),
		asked("result"+number, v.Put("Result"), markup.Lines(
			tag.Select(tag.ID("result"+number), tag.Name("result"+number), tag.Option(tag.Value(""), v.Put("not filled in")), answers))),
		field("note", v.Text("Note")), field("name", v.Text("Name")), field("date", v.Text("Date"), tag.Placeholder("2026-01-31"))))
}
