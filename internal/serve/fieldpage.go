package serve

import (
	"strconv"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/serve/form"
)

// field is a field of the form with all below it.
func (v *sectionPage) field(f field) g.Node {
	id := g.Group{tag.ID(f.ID()), tag.TabIndex("-1")}
	switch f.Kind {
	case form.Object:
		return tag.FieldSet(id, markup.Lines(tag.Legend(v.labelOf(f)), v.about(f), v.verdictOf(f), markup.Each(f.Below(), v.field)))
	case form.List:
		return v.list(f)
	case form.Artifact:
		return tag.Div(tag.Class("field"), id, v.artifact(f))
	case form.Choices:
		options := markup.Each(f.Options, func(o form.Option) g.Node {
			return tag.Label(tag.Input(tag.Type("checkbox"), tag.Name(f.Input()+"[]"), tag.Value(o.Value), g.If(o.Chosen, tag.Checked())), markup.Space, v.meant(o))
		})
		stated := tag.Label(tag.Input(tag.Type("checkbox"), tag.Name(f.StatedInput()), tag.Value("yes"), g.If(f.Stated, tag.Checked())), markup.Space,
			v.Put("stated, even where none of them applies"))
		return tag.FieldSet(id, markup.Lines(tag.Legend(v.labelOf(f)), secret(f.AddedInput(), "0"), v.about(f),
			tag.Div(tag.Class("choices"), options, markup.Lines(stated)), v.verdictOf(f)))
	default:
		return tag.Div(tag.Class("field"), markup.Lines(tag.Label(tag.For(f.ID()), v.labelOf(f)), v.about(f), v.input(f), v.verdictOf(f)))
	}
}

// meant is a word of the schema in the language.
func (v *sectionPage) meant(o form.Option) g.Node {
	return shown(v.schema.Language.Word(o.Value))
}

// artifact is the file that shows something.
func (v *sectionPage) artifact(f field) g.Node {
	file := v.Put("no file is attached")
	if f.Value != "" {
		file = code(f.Value)
	}
	lines := []g.Node{tag.P(tag.Class("label"), shown(f.Label), v.Colon(), file), v.about(f)}
	pointer := hidden(tag.Raw(" ("), shown(f.Pointer), tag.Raw(")"))
	if f.Value != "" && !v.ReadOnly {
		lines = append(lines, tag.P(tag.Label(tag.Input(tag.Type("checkbox"), tag.Name("remove[]"), tag.Value(f.Pointer)), markup.Space,
			v.Put("Take this artifact away when saving"), pointer)))
	}
	switch {
	case v.ReadOnly:
	case f.TakesFile():
		lines = append(lines, tag.P(tag.A(markup.Link("#attach-file"), tag.Data("attach", f.Holder()), v.Put("Attach a file"),
			hidden(markup.Space, v.Put("for"), markup.Space, shown(f.Pointer)))))
	default:
		lines = append(lines, tag.P(tag.Class("meta"), v.Put("A file can be attached once something is saved here.")))
	}
	return markup.Lines(append(lines, v.verdictOf(f))...)
}

// described says what a screen reader reads beside a field, and whether its value is wrong.
func described(f field) g.Node {
	by := f.ID() + "-verdict"
	if f.Help != "" {
		by = f.ID() + "-help " + by
	}
	return g.Group{tag.Aria("describedby", by), g.If(f.Error != "", tag.Aria("invalid", "true")), g.If(f.Focus(), tag.AutoFocus())}
}

// input is where the value of a field is typed or chosen.
func (v *sectionPage) input(f field) g.Node {
	id := g.Group{tag.ID(f.ID()), tag.Name(f.Input())}
	line := func(attributes ...g.Node) g.Node {
		return tag.Input(tag.Type("text"), g.Group(attributes), id, tag.Value(f.Value), tag.AutoComplete("off"), described(f))
	}
	switch f.Kind {
	case form.Choice:
		return v.choice(f, v.meant)
	case form.Boolean:
		return v.choice(f, func(o form.Option) g.Node {
			if o.Value == "true" {
				return v.Put("yes")
			}
			return v.Put("no")
		})
	case form.Date:
		return line(tag.Placeholder("2026-01-31"))
	case form.Instant:
		return line(tag.Placeholder(v.Text("2026-01-31T09:00:00Z")))
	case form.Integer, form.Number:
		return line(tag.Attr("inputmode", "decimal"))
	}
	if rows := f.Rows(); rows > 0 { // the line end behind the tag is no part of the text
		return tag.Textarea(id, tag.Rows(strconv.Itoa(rows)), tag.AutoComplete("off"), described(f), tag.Raw("\n"), tag.Text(f.Value))
	}
	if list := f.Suggestions(); list != "" {
		return line(tag.List(list))
	}
	return line()
}

// choice is a field with a few values.
func (v *sectionPage) choice(f field, label func(form.Option) g.Node) g.Node {
	return tag.Select(tag.ID(f.ID()), tag.Name(f.Input()), described(f), markup.Lines(
		tag.Option(tag.Value(""), v.Put("not stated")), markup.Each(f.Options, func(o form.Option) g.Node {
			return tag.Option(tag.Value(o.Value), g.If(o.Chosen, tag.Selected()), label(o))
		})))
}

// list is a list with the items that the page shows.
func (v *sectionPage) list(f field) g.Node {
	title := g.Group{shown(f.Label)}
	if f.Total > 0 {
		title = append(title, tag.Text(" ("+strconv.Itoa(f.Total)+")"))
	}
	return tag.FieldSet(tag.ID(f.ID()), tag.TabIndex("-1"), tag.Class("list"), markup.Lines(
		tag.Legend(title), secret(f.AddedInput(), strconv.Itoa(f.Added)), v.about(f), v.verdictOf(f), v.window(f),
		g.Iff(f.Total == 0, func() g.Node {
			return tag.P(tag.Label(tag.Input(tag.Type("checkbox"), tag.Name(f.NoneInput()), tag.Value("yes"), g.If(f.None, tag.Checked())), markup.Space,
				v.Put("There are none: the empty list is a fact")))
		}),
		markup.Each(f.Below(), v.item),
		g.Iff(!v.ReadOnly, func() g.Node {
			to := text(f.Label)
			if !f.Scalar {
				to += " (" + text(f.Pointer) + ")"
			}
			return tag.P(tag.Button(tag.Type("submit"), tag.Name("add"), tag.Value(f.Pointer), v.Put("Add another"), hidden(markup.Space, v.Putf("to %s", to))))
		})))
}

// item is an item of a list.
func (v *sectionPage) item(f field) g.Node {
	title := text(f.Label)
	label := title
	if f.New {
		label += " " + v.Text("(new)")
	}
	if f.Scalar {
		return tag.Div(tag.Class("field scalar"), markup.Lines(tag.Label(tag.For(f.ID()), tag.Text(label)), v.input(f), v.verdictOf(f)))
	}
	if f.Description != "" {
		label, title = v.Say("%s: %s", label, text(f.Description)), v.Say("%s: %s", title, text(f.Description))
	}
	return tag.Details(tag.Class("item"), tag.ID(f.ID()), g.If(f.IsOpen(), tag.Flag("open")), markup.Lines(
		tag.Summary(tag.Text(label), markup.Space, tag.Span(tag.ID(f.ID()+"-count"), tag.Class("live count"), tag.Text(f.Count()))),
		tag.FieldSet(markup.Lines(
			tag.Legend(tag.Text(title)), v.verdictOf(f), markup.Each(f.Below(), v.field),
			g.Iff(!v.ReadOnly, func() g.Node {
				return tag.P(tag.Label(tag.Input(tag.Type("checkbox"), tag.Name("remove[]"), tag.Value(f.Pointer), g.If(f.Removed, tag.Checked())), markup.Space,
					v.Putf("Remove %s when saving", text(f.Label))))
			})))))
}
