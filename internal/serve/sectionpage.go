package serve

import (
	"fmt"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/serve/form"
)

func (v *sectionPage) write() g.Node {
	return v.whole(
		tag.P(shown(v.About)), v.from(),
		g.Iff(v.Absent, func() g.Node { return tag.P(tag.Strong(v.Put("The evidence does not have this section yet."))) }),
		markup.Each(v.Differ, func(pointer string) g.Node {
			return tag.P(v.Put("The files of the folder differ in"), markup.Space, code(pointer), v.Put(": change it in each file."))
		}),
		v.problems(), v.errors(), v.changedMeanwhile(),
		markup.Each(v.Lists, func(s suggestions) g.Node {
			return tag.DataList(tag.ID(s.ID), g.If(s.Cut, tag.Data("kinds", s.Kinds)), options(s.All))
		}),
		markup.Each(v.Searches(), v.search), v.fields(),
		g.Iff(!v.ReadOnly && v.Files, v.attach))
}

// from says where the facts of the section come from.
func (v *sectionPage) from() g.Node {
	if v.Source == nil {
		return nil
	}
	return tag.P(tag.Class("meta"), v.Putf("From %s.", text(v.Source.File)), markup.Space, shown(v.Text(v.Source.Method)),
		tag.Text(", "+v.clock(v.Source.CollectedAt)+", "+text(v.Source.CollectedBy)))
}

func (v *sectionPage) errors() g.Node {
	n := len(v.Errors)
	if n == 0 {
		return nil
	}
	return alert(g.Group{v.Amount(n), markup.Space, v.Forms(n, "field is", "fields are"), markup.Space, v.Put("not right yet: nothing was saved")},
		tag.Ul(markup.Each(v.Errors, func(e fieldError) g.Node {
			return tag.Li(tag.A(markup.Link("#"+e.ID), shown(e.Label)), v.Colon(), shown(e.Message))
		})))
}

func (v *sectionPage) changedMeanwhile() g.Node {
	if len(v.Conflict) == 0 {
		return nil
	}
	next := g.Group{v.Put("To keep what is on disk,"), markup.Space, v.link("sections/"+v.Section, v.Put("load the page again")), tag.Raw(".")}
	if v.Again {
		next = append(next, markup.Space, v.Put("To save what you typed over it, save once more."))
	}
	return alert(v.Put("Something else changed this meanwhile: nothing was saved"), v.conflicts(), tag.P(next))
}

func (v *sectionPage) conflicts() g.Node {
	return tag.Ul(markup.Each(v.Conflict, func(c conflict) g.Node {
		item := g.Group{
			tag.Strong(shown(c.Label)), markup.Space, code(c.Pointer), v.Put(": the page showed"), markup.Space, tag.Q(v.value(c.Was)),
			v.Put(", on disk is"), markup.Space, tag.Q(v.value(c.Is)),
		}
		if c.Typed != "" {
			item = append(item, v.Put(", you typed"), markup.Space, tag.Q(shown(c.Typed)))
		}
		return tag.Li(item)
	}))
}

// search finds items of a list that is too long for a page.
func (v *sectionPage) search(f field) g.Node {
	id := f.ID() + "-find"
	return tag.Form(tag.Method("get"), markup.Target(v.Base+"sections/"+v.Section), tag.Role("search"), tag.Aria("label", text(f.Label)), markup.Lines(
		secret("list", f.Pointer),
		tag.P(tag.Label(tag.For(id), v.Put("Find in"), markup.Space, shown(f.Label)), markup.Space,
			tag.Input(tag.Type("search"), tag.ID(id), tag.Name("find"), tag.Value(f.Find), tag.AutoComplete("off")), markup.Space,
			tag.Button(tag.Type("submit"), v.Put("Find")))))
}

// fields is the form, which a page for reading shows and does not send.
func (v *sectionPage) fields() g.Node {
	save := func(nodes ...g.Node) g.Node {
		return tag.Button(tag.Type("submit"), tag.Name("action"), tag.Value(actionSave), v.Put("Save"), g.Group(nodes))
	}
	if v.ReadOnly {
		return tag.Div(tag.ID("fields"), markup.Lines(tag.FieldSet(tag.Disabled(), tag.Class("plain"), markup.Lines(
			tag.Legend(tag.Class("hidden"), v.Put("Facts")), v.facts()))))
	}
	return tag.Form(tag.Method("post"), markup.Target(v.Base+"sections/"+v.Section), asServed(), tag.ID("fields"), tag.Data("live", v.Base+"options"),
		tag.Data("say-failed", v.Text("The verdicts could not be made: load the page again.")),
		tag.Data("say-gone", v.Text("raci-check does not answer: is it still running?")),
		g.If(v.Unsaved, tag.Flag("data-unsaved")), tag.Flag("novalidate"), markup.Lines(
			v.token("sections/"+v.Section), secret("base", v.BaseText),
			tag.Div(tag.Class("bar"), markup.Lines(
				save(), tag.Button(tag.Type("submit"), tag.Name("action"), tag.Value(actionCheck), v.Put("Show verdicts without saving")),
				tag.Div(tag.ID("standing"), tag.Class("standing"), tag.Role("status"), v.standing()))),
			v.facts(), tag.P(save(hidden(markup.Space, v.Put("all fields"))))))
}

func (v *sectionPage) facts() g.Node {
	if v.Root.Kind == form.List {
		return markup.Lines(v.rest(), v.field(v.Root))
	}
	return markup.Lines(v.verdictOf(v.Root), v.rest(), markup.Each(v.Root.Below(), v.field))
}

// standing is what is not saved yet, and what that does.
func (v *sectionPage) standing() g.Node {
	lines := []g.Node{tag.P(shown(v.Status))}
	if v.Live {
		for _, problem := range v.Problems {
			lines = append(lines, tag.P(tag.Class("error"), shown(problem)))
		}
	}
	if len(v.Conflict) > 0 {
		lines = append(lines, tag.P(tag.Class("error"), v.Put("Something else changed these fields on disk since this page was loaded:")), v.conflicts())
	}
	return markup.Lines(lines...)
}

// rest are the findings that the page has no field for.
func (v *sectionPage) rest() g.Node {
	if len(v.Rest) == 0 {
		return tag.Div(tag.ID("rest"))
	}
	return tag.Div(tag.ID("rest"), markup.Lines(tag.Section(v.Labelled("Findings elsewhere in the section"), markup.Lines(
		tag.H2(v.Put("Findings that this page has no field for")),
		tag.Ul(tag.Class("findings"), markup.Each(v.Rest, func(f finding) g.Node {
			return tag.Li(shown(f.Message), markup.Space, v.pointer(&f))
		}))))))
}

func options(all []form.Suggestion) g.Node {
	return g.Map(all, func(s form.Suggestion) g.Node { return tag.Option(tag.Value(text(s.Value)), shown(s.Label)) })
}

// attach takes a file for what the section has.
func (v *sectionPage) attach() g.Node {
	about := tag.P(v.Put("The file is stored in the folder of the evidence, and named with its SHA-256 where it shows something. Save what you typed first."))
	places := v.Places()
	if len(places) == 0 {
		return titled("attach", v.Put("Attach a file"), about,
			tag.P(v.Put("Nothing is saved yet that a file could show. Save the source of the section first.")))
	}
	return titled("attach", v.Put("Attach a file"), about,
		tag.Form(tag.Method("post"), tag.EncType("multipart/form-data"), markup.Target(v.Base+"attach/"+v.Section), asServed(), tag.Flag("data-drop"), tag.Data("say-one", v.Text("Nothing was attached: drop one file at a time.")), markup.Lines(
			v.token("attach/"+v.Section),
			asked("attach-at", v.Put("What it shows"), markup.Lines(tag.Select(tag.ID("attach-at"), tag.Name("at"), markup.Each(places, func(p place) g.Node {
				label := g.Group{shown(p.Label)}
				if p.Has {
					label = append(label, markup.Space, v.Put("(has a file)"))
				}
				return tag.Option(tag.Value(p.Pointer), g.If(p.Chosen, tag.Selected()), label)
			})))),
			asked("attach-file", v.Put("File: choose it, or drop it here"), markup.Lines(tag.Input(tag.Type("file"), tag.ID("attach-file"), tag.Name("file")))),
			tag.P(tag.Button(tag.Type("submit"), v.Put("Attach"))))))
}

// live is what changes on a page while somebody types.
func (v *sectionPage) live() g.Node {
	parts := g.Group{}
	for _, f := range v.Root.Everything() {
		parts = append(parts, tag.Div(tag.ID(f.ID()+"-verdict"), v.verdict(f)), tag.Span(tag.ID(f.ID()+"-count"), tag.Text(f.Count())), tag.Raw("\n"))
	}
	return tag.Doctype(g.Group{tag.Raw("\n"), tag.HTML(tag.Lang(v.Lang()), tag.Head(tag.TitleEl(v.Put("Verdicts"))),
		tag.Body(markup.Lines(tag.Div(tag.ID("standing"), v.standing()), v.rest(), parts)))})
}

// verdictOf is where a page has what checks say of a field.
func (v *sectionPage) verdictOf(f field) g.Node {
	return tag.Div(tag.ID(f.ID()+"-verdict"), tag.Class("live"), v.verdict(f))
}

// verdict is what checks say of a field.
func (v *sectionPage) verdict(f field) g.Node {
	var lines []g.Node
	if f.Error != "" {
		lines = append(lines, tag.P(tag.Class("error"), shown(f.Error)))
	}
	checks := f.Verdict()
	if len(checks.Problems) > 0 {
		lines = append(lines, tag.Ul(tag.Class("findings"), markup.Each(checks.Problems, v.problem)))
	}
	if checks.Summary != "" {
		inside := []g.Node{
			tag.Summary(v.Put("Checks:"), markup.Space, tag.Text(checks.Summary), hidden(markup.Space, v.Put("read"), markup.Space, shown(f.Label))),
			tag.Ul(markup.Each(checks.Readers, func(r reader) g.Node {
				return tag.Li(v.badge(r.Status), markup.Space, v.duty(r.Duty, r.ID, shown(r.Title)), markup.Space, v.severity(r.Severity))
			})),
		}
		if checks.More > 0 {
			inside = append(inside, tag.P(tag.Class("meta"), v.Putf("and %d more", checks.More)))
		}
		lines = append(lines, tag.Details(markup.Lines(inside...)))
	}
	return markup.Lines(lines...)
}

func (v *sectionPage) problem(f finding) g.Node {
	badge := v.badge(f.Status)
	if f.Waived {
		badge = tag.Span(tag.Class("badge waived"), v.Put("WAIVED"))
	}
	item := g.Group{badge, markup.Space, shown(f.Message)}
	if f.Remediation != "" {
		item = append(item, markup.Space, tag.Strong(v.Put("Fix:")), markup.Space, shown(f.Remediation))
	}
	return tag.Li(item)
}

// window says which items of a long list the page shows.
func (v *sectionPage) window(f field) g.Node {
	if f.Total <= form.PageSize {
		return nil
	}
	var shows g.Node
	has := v.Plural(f.Matches, "item has", "items have")
	switch {
	case f.Find == "":
		shows = v.Putf("Items %d to %d of %d.", f.Items[0].Index+1, f.Last()+1, f.Total)
	case f.Matches > form.PageSize:
		shows = v.Putf("%d of %d %s this text, the first %d are here.", f.Matches, f.Total, has, form.PageSize)
	default:
		shows = v.Putf("%d of %d %s this text.", f.Matches, f.Total, has)
	}
	to := func(item int, title string) g.Node {
		if item < 0 {
			return nil
		}
		return g.Group{markup.Space, tag.A(markup.Link(f.Path(item)), tag.Text(title), hidden(markup.Space, v.Put("in"), markup.Space, shown(f.Label)))}
	}
	return tag.P(tag.Class("meta"), shows, to(f.Before, v.Text("Items before")), to(f.After, v.Text("Items after")), markup.Space,
		v.Put("Save before you go to other items."))
}

// about is what a field is for, and its limits.
func (v *sectionPage) about(f field) g.Node {
	if f.Help == "" {
		return nil
	}
	help := g.Group{shown(f.Help)}
	if f.Min != "" {
		help = append(help, markup.Space, v.Putf("At least %s.", f.Min))
	}
	if f.Max != "" {
		help = append(help, markup.Space, v.Putf("At most %s.", f.Max))
	}
	return tag.P(tag.Class("help"), tag.ID(f.ID()+"-help"), help)
}

// labelOf names a field, and says whether the schema asks for it.
func (v *sectionPage) labelOf(f field) g.Node {
	if !f.RequiredHere {
		return shown(f.Label)
	}
	return tag.Text(fmt.Sprintf("%s %s", text(f.Label), v.Text("(required)")))
}
