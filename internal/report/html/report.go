package html

import (
	"strconv"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
)

func number(n int) string { return strconv.Itoa(n) }

// report is the page of an assessment.
type report struct {
	printer
	v *view
}

func (r report) page() g.Node {
	tool := r.v.Tool
	header := r.fleetHeader
	if r.v.One {
		header = r.serviceHeader
	}
	return r.document(document{
		title: r.Text("raci-check,") + " " + r.v.Title, style: style, skip: r.Text("Skip to the report"),
		header:     markup.Lines(tag.P(tag.Class("kicker"), r.Put("Assessment of shared responsibilities")), header()),
		navigation: r.contents(), main: r.body(),
		footer: tag.Footer(tag.P(r.Putf("Written by %s %s from the assessment", text(tool.Name), text(tool.Version)), markup.Space, code(r.v.Digest),
			r.Put(". The same evidence, policies, parameters and time give the same report, byte for byte."))),
	})
}

// result is the verdict in a sentence.
func (r report) result(sentence string) g.Node {
	class := wording.StatusClass(r.v.Result)
	return tag.P(tag.Class("verdict "+class), tag.Span(tag.Class("badge big "+class), tag.Text(r.Status(r.v.Result))), markup.Space, strong(tag.Text(sentence)))
}

// of is how many of all.
func (r report) of(p assessment.Progress) g.Node {
	return g.Group{r.Amount(p.Passed), markup.Space, r.Put("of"), markup.Space, r.Amount(p.Judged)}
}

func (r report) serviceHeader() g.Node {
	s := &r.v.Services[0]
	facts := []g.Node{entry(r.Put("Service"), code(s.Service.Service.ID), r.Put(", region"), markup.Space, shown(s.Service.Service.Region))}
	if s.Dispute != nil {
		facts = append(facts, entry(r.Put("Verdicts"), strong(shown(r.ByReading(s.Service)))),
			entry(r.Put("Duties"), shown(r.Split(s.Service, r.v.Catalog.Provider))))
	}
	percent := 100 * s.Progress.Passed / max(s.Progress.Judged, 1)
	return markup.Lines(
		tag.H1(shown(s.Name)), r.result(s.Sentence),
		tag.Div(tag.Class("progress"), markup.Lines(
			tag.P(strong(r.of(s.Progress)), markup.Space, r.Putf("checks pass (%d %%)", percent), markup.Space, r.chips(s.Progress)), drawn(s.Bar))),
		tag.Dl(tag.Class("tiles"), r.tiles(s)), tag.Dl(tag.Class("facts"), markup.Lines(facts...), r.rules()))
}

func entry(term g.Node, description ...g.Node) g.Node {
	return g.Group{tag.Dt(term), tag.Dd(description...)}
}

// tiles are the four facts that a reader asks for first.
func (r report) tiles(s *service) g.Node {
	grades := text(r.Grades(s.Service))
	if grades == "" {
		grades = r.Text("no check passes, or the report does not say")
	}
	oldest := r.Put("no section says when it was collected")
	if s.Oldest != nil {
		oldest = g.Group{tag.Text(r.clock(s.Oldest.CollectedAt) + " "), r.Put("UTC, section"), markup.Space, name(s.Oldest.Name)}
	}
	prepared := g.Group{shown(r.v.Tool.Name), markup.Space, shown(r.v.Tool.Version)}
	if len(s.Signers) > 0 {
		prepared = append(prepared, r.Put("; evidence signed by"), markup.Space,
			markup.Joined(comma(), g.Map(s.Signers, func(k assessment.Signer) g.Node { return shown(k.Name) })))
	}
	prepared = append(prepared, r.Put(". The"), markup.Space, tag.A(markup.Link("#sign"), r.Put("sign-off")), markup.Space, r.Put("names the people."))
	return markup.Lines(
		tag.Div(entry(r.Put("Strength of the passes"), tag.Text(grades))), tag.Div(entry(r.Put("Oldest evidence"), oldest)),
		tag.Div(entry(r.Put("Next to expire"), r.expiry(s))), tag.Div(entry(r.Put("Prepared by"), prepared)))
}

func (r report) expiry(s *service) g.Node {
	switch e := s.Expiry; {
	case e == nil && s.Days == 0:
		return r.Put("no waiver or document; it was not looked ahead")
	case e == nil:
		return r.Put("no waiver or document")
	case e.Kind == "waiver":
		return g.Group{tag.Text(r.day(e.On)), r.Put(": the waiver of"), markup.Space, name(e.What)}
	default:
		return tag.Text(r.Say("%s: %s", r.day(e.On), text(e.What)))
	}
}

func (r report) fleetHeader() g.Node {
	var facts []g.Node
	if len(r.v.Readings) > 0 {
		facts = append(facts, entry(r.Put("Verdicts"), strong(shown(r.Readings(r.v.Readings)))), entry(r.Put("Duties"), shown(r.v.Split)))
	}
	return markup.Lines(
		tag.H1(r.Amount(len(r.v.Services)), markup.Space, r.Put("services")), r.result(r.Tally(r.v.Results)),
		tag.Dl(tag.Class("facts"), markup.Lines(facts...), r.rules()))
}

// rules are what the assessment was made by.
func (r report) rules() g.Node {
	v := r.v
	when := g.Group{tag.Text(r.clock(v.At) + " UTC")}
	if v.PastAt {
		when = append(when, comma(), strong(r.Put(assessment.ChosenTime)))
	}
	profile := g.Group{code(v.Policies.Profile)}
	if n := len(v.Looser); n > 0 {
		profile = append(profile, comma(), r.Amount(n), markup.Space, r.Forms(n, "parameter is", "parameters are"), markup.Space, strong(r.Put("looser than it")))
	}
	entries := []g.Node{entry(r.Put("Assessed for"), when)}
	if v.Partial {
		entries = append(entries, entry(r.Put("Scope"), strong(r.Put("partial run")), r.Put(": only chosen duties were assessed")))
	}
	if v.DisputedNotCounted {
		entries = append(entries, entry(r.Put("Exit code"), strong(r.Put(wording.NotCounted))))
	}
	entries = append(entries,
		entry(r.Put("RACI table"), shown(v.Catalog.Title), tag.Raw(" ("), code(v.Catalog.ID), r.Put("), variant"), markup.Space,
			code(v.Catalog.Reading), r.Colon(), r.cited(v.Catalog.Source)),
		entry(r.Put("Profile"), profile))
	if v.Unmapped != "" {
		entries = append(entries, entry(r.Put("Mappings"), strong(shown(v.Unmapped))))
	}
	return markup.Lines(append(entries, tag.Raw(""))...)
}

// part is a part of the page with its heading.
type part struct {
	id    string
	entry string // in the contents
	title string // where it is not as in the contents
	fresh bool   // it begins a page of paper
	body  func() g.Node
}

func (p part) write() g.Node {
	attributes := g.Group{tag.ID(p.id)}
	if p.fresh {
		attributes = append(attributes, tag.Class("fresh"))
	}
	title := p.title
	if title == "" {
		title = p.entry
	}
	return markup.Lines(tag.H2(attributes, tag.Text(title)), markup.Later(p.body))
}

// parts are those of the page. Those without an entry stand in it and not in the contents.
func (r report) parts() []part {
	all := r.fleetParts
	if r.v.One {
		all = r.serviceParts
	}
	parts := append(all(),
		part{id: "provider", entry: r.Text("The provider’s part"), body: r.provided},
		part{id: "parameters", entry: r.Text("Parameters"), body: r.parameters},
		part{id: "mappings", entry: r.Text("Controls of standards"), body: r.mappings})
	if r.v.One {
		parts = append(parts, part{id: "evidence", entry: r.Text("Evidence"), body: r.evidence})
	}
	return append(parts, part{id: "digests", entry: r.Text("Digests"), body: r.digests}, part{id: "sign", entry: r.Text("Sign-off"), body: r.signatures})
}

func (r report) serviceParts() []part {
	s := &r.v.Services[0]
	parts := []part{{id: "summary", entry: r.Text("The activities"), fresh: true, body: func() g.Node { return r.standing(s) }}}
	if len(s.Causes) > 0 {
		parts = append(parts, part{id: "causes", entry: r.Text("What holds checks back"), body: func() g.Node { return r.causes(s) }})
	}
	if len(s.Requests) > 0 {
		parts = append(parts, part{id: "requests", entry: r.Text("Evidence to ask for"), body: func() g.Node { return r.requests(s) }})
	}
	forecast := part{id: "forecast", entry: r.Text("What fails next"), body: func() g.Node { return r.forecast(s) }}
	if s.Days > 0 {
		forecast.title = r.Say("What fails next: %d days", s.Days)
	}
	return append(parts,
		part{
			id: "duties", entry: r.Text("Duty by duty"), title: r.Text("Duty by duty, the worst first"), fresh: true,
			body: func() g.Node { return later(s.Duties, r.duty) },
		},
		forecast,
		part{id: "waivers", entry: r.Text("Waivers and exceptions"), body: func() g.Node { return r.waivers(s) }},
		part{id: "declared", entry: r.Text("Declared not applicable"), body: func() g.Node { return r.declared(s) }})
}

// later is a part of each item, made when it is written.
func later[T any](items []T, write func(*T) g.Node) g.Node {
	all := make([]g.Node, len(items))
	for i := range items {
		all[i] = markup.Later(func() g.Node { return write(&items[i]) })
	}
	return markup.Lines(all...)
}

func (r report) fleetParts() []part {
	parts := []part{
		{id: "index", entry: r.Text("Services and duties"), title: r.Text("Services and duties, the worst first"), body: r.index},
		{id: "columns", entry: r.Text("The duties"), body: r.columns},
		{id: "names", entry: r.Text("Services by name"), body: func() g.Node {
			return tag.Ul(tag.Class("names"), markup.Each(r.v.ByName, func(s service) g.Node {
				return tag.Li(tag.A(markup.Link("#"+s.ID), shown(s.Name)), markup.Space, r.badge(s.Result))
			}))
		}},
		{id: "services", entry: r.Text("Service by service"), fresh: true, body: func() g.Node { return later(r.v.Services, r.service) }},
	}
	if r.v.Idle != nil {
		parts = append(parts, part{id: "waivers", entry: r.Text("Waivers without a finding"), body: func() g.Node {
			return markup.Lines(tag.P(r.Put("These waivers name no service, and no service has a finding that they are about.")), r.waivers(r.v.Idle),
				g.Iff(r.v.Idle.Left > 0, func() g.Node {
					return tag.P(tag.Class("note"), r.Amount(r.v.Idle.Left), markup.Space, r.Put("more are in the JSON report."))
				}))
		}})
	}
	return parts
}

// contents are the links to the parts.
func (r report) contents() g.Node {
	return tag.Nav(r.Labelled("Contents"), markup.Lines(tag.Ul(markup.Each(r.parts(), func(p part) g.Node {
		return tag.Li(tag.A(markup.Link("#"+p.id), tag.Text(p.entry)))
	}))))
}

func (r report) body() g.Node { return markup.Lines(g.Map(r.parts(), part.write)...) }

// provided are the activities of the provider.
func (r report) provided() g.Node {
	v := r.v
	columns := r.texts("Activity", "Ask for")
	if v.One {
		columns = append(columns, r.Text("On file"))
	}
	rows := markup.Each(v.Provider, func(a inherited) g.Node {
		var onFile g.Node
		if v.One {
			onFile = tag.Td(r.Put("nothing"))
			if len(a.Assurance) > 0 {
				onFile = tag.Td(tag.Ul(r.documents(a.Assurance)))
			}
		}
		return tag.Tr(tag.Th(tag.Scope("row"), tag.ID(a.ID), shown(a.Activity.ID+" "+a.Title)),
			tag.Td(tag.Ul(g.Map(a.AskProvider, func(s string) g.Node { return tag.Li(shown(s)) }))), onFile)
	})
	provider := text(v.Catalog.Provider)
	return markup.Lines(
		tag.P(r.Putf("These activities are %s’s. They are not assessed; the report lists what %s has to show for them.", provider, provider)),
		folded(g.Group{r.Amount(len(v.Provider)), markup.Space, r.Put("inherited activities, and what to ask for")},
			r.table(table{class: "wide", label: r.Text("Activities of the provider"), columns: columns}, rows)))
}

// documents are what is on file from the provider.
func (r report) documents(all []assessment.Assurance) g.Node {
	return markup.Each(all, func(a assessment.Assurance) g.Node {
		return tag.Li(shown(a.Document), r.Putf(", valid until %s, read by %s on", r.day(a.ValidUntil), text(a.ReadBy)), markup.Space, tag.Text(r.day(a.ReadOn)))
	})
}

// parameters are the thresholds in force.
func (r report) parameters() g.Node {
	v := r.v
	looser := tag.P(r.Put("No parameter is looser than the profile"), markup.Space, code(v.Policies.Profile), tag.Raw("."))
	if n := len(v.Looser); n > 0 {
		looser = tag.P(strong(r.Amount(n), markup.Space, r.Forms(n, "parameter asks", "parameters ask"), markup.Space, r.Put("for less than the profile:")),
			markup.Space, markup.Joined(comma(), g.Map(v.Looser, func(p assessment.Parameter) g.Node { return name(p.Name) })), tag.Raw("."))
	}
	rows := markup.Each(v.Policies.Parameters, func(p assessment.Parameter) g.Node {
		value := g.Group{shown(r.Quantity(p.Value, p.Unit))}
		if p.Looser {
			value = append(value, markup.Space, strong(r.Put("looser")))
		}
		return tag.Tr(g.If(p.Looser, tag.Class("loose")), tag.Td(name(p.Name), br(shown(p.Description))),
			tag.Td(value, br(r.Put("set by"), markup.Space, shown(p.SetBy))), tag.Td(valueOf(p.Default)), tag.Td(r.cited(p.Source)))
	})
	return markup.Lines(looser, folded(
		g.Group{r.Amount(len(v.Policies.Parameters)), markup.Space, r.Put("thresholds in force, with the source of the profile’s value")},
		r.table(table{class: "wide", label: r.Text("Parameters in force"), columns: r.texts("Parameter", "Value", "Profile", "Source")}, rows)))
}

func (r report) mappings() g.Node {
	v := r.v
	lines := []g.Node{tag.P(r.Put("Where a check is relevant to a control. A passed check does not fulfil a control, and this report does not claim conformity with a standard."))}
	if len(v.Left) > 0 {
		lines = append(lines, tag.P(strong(shown(v.Unmapped), tag.Raw(".")), markup.Space, r.Put("They are left out here:"), markup.Space, names(comma(), v.Left), tag.Raw(".")))
	}
	for _, m := range v.Mappings {
		rows := markup.Each(m.Controls, func(c control) g.Node {
			return tag.Tr(tag.Th(tag.Scope("row"), tag.Class("number"), shown(c.Number)), tag.Td(markup.Joined(tag.Br(), g.Map(c.Checks, r.mapped))))
		})
		n := len(m.Controls)
		lines = append(lines, folded(g.Group{shown(m.Framework), r.Colon(), r.Amount(n), markup.Space, r.Forms(n, "control", "controls")},
			r.table(table{class: "wide", label: text(m.Framework), columns: r.texts("Control", "Checks")}, rows)))
	}
	return markup.Lines(lines...)
}

// mapped is a check that is relevant to a control.
func (r report) mapped(c mapped) g.Node {
	all := g.Group{r.badge(c.Status), markup.Space, name(c.ID)}
	if !r.v.One && c.Bad > 0 {
		all = append(all, markup.Space, r.Put("in"), markup.Space, r.Amount(c.Bad), markup.Space, r.Forms(c.Bad, "service", "services"))
	}
	return all
}

// evidence is where the facts of a service come from.
func (r report) evidence() g.Node {
	s := &r.v.Services[0]
	rows := markup.Each(s.Sections, func(section assessment.Section) g.Node {
		artifacts := g.Map(section.Artifacts, func(f assessment.File) g.Node { return g.Group{name(f.Path), r.signers(f.SignedBy)} })
		return tag.Tr(tag.Th(tag.Scope("row"), shown(section.Name)),
			tag.Td(name(section.File), br(r.Putf("by %s,", text(section.Method)), markup.Space, shown(section.CollectedAt)), br(shown(section.CollectedBy))),
			tag.Td(markup.Joined(tag.Br(), artifacts)))
	})
	return markup.Lines(
		folded(g.Group{r.Amount(len(s.Sections)), markup.Space, r.Put("sections: how, when and by whom their facts were collected")},
			r.table(table{class: "wide", label: r.Text("Sections of the evidence"), columns: r.texts("Section", "Collected", "Artifacts")}, rows)),
		tag.H3(r.Put("Supported by nobody’s word")), r.stated(s),
		tag.H3(r.Put("Facts derived from artifacts")), r.derived(s))
}

// digests are those of everything that the assessment was made of.
func (r report) digests() g.Node {
	v := r.v
	added := func(f assessment.File) g.Node { return g.Group{name(f.Path), markup.Space, digest(f.SHA256)} }
	entries := []g.Node{
		entry(r.Put("Program"), shown(v.Tool.Name), markup.Space, shown(v.Tool.Version)),
		entry(r.Put("Policies"), digest(v.Policies.Digest)),
	}
	if len(v.Policies.Added) > 0 {
		entries = append(entries, entry(r.Put("Added policies"), markup.Joined(tag.Br(), g.Map(v.Policies.Added, added))))
	}
	if len(v.Policies.Reference) > 0 {
		entries = append(entries, entry(r.Put("Added reference data"), markup.Joined(tag.Br(), g.Map(v.Policies.Reference, func(f assessment.ReferenceFile) g.Node {
			return g.Group{added(f.File), r.Colon(), shown(r.Additions(f.Added)), tag.Raw(" — "), r.cited(f.Source), tag.Raw(" ("), shown(f.AsOf), tag.Raw(")")}
		}))))
	}
	if v.Inputs != nil && len(v.Inputs.PassedOver) > 0 {
		entries = append(entries, entry(r.Put("Evidence folder"), shown(r.PassedOver(v.Inputs.PassedOver))))
	}
	entries = append(entries, entry(r.Put("Table’s digest"), digest(v.Catalog.Digest)), entry(r.Put("Assessment"), digest(v.Digest)))
	if n := len(v.MergedFrom); n > 0 {
		entries = append(entries, entry(r.Put("Merged from"), r.Amount(n), markup.Space, r.Put("assessments")))
	}
	list := tag.Dl(tag.Class("facts"), markup.Lines(entries...), tag.Raw("\n"))
	if !v.One {
		return list
	}
	s := &v.Services[0]
	return markup.Lines(list, r.files(s), r.artifacts(s))
}

func (r report) signatures() g.Node {
	return tag.Ul(tag.Class("sign"), markup.Each(r.texts("Prepared by, date", "Reviewed by, date", "Accepted by, date"), func(s string) g.Node {
		return tag.Li(tag.Text(s))
	}))
}
