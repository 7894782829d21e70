package html

import (
	"cmp"
	"io"

	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/words"
)

// stateClasses are the colours of states: those of the verdicts that they are made of.
var stateClasses = map[framework.State]string{
	framework.Shown: "pass", framework.InPart: "pass", framework.Gap: "fail", framework.Waived: "waived", framework.Loosened: "missing",
	framework.RelatedOnly: "inherited", framework.NotAssessed: "inherited", framework.NoCheck: "inherited",
}

// WriteFramework writes an assessment as a framework sees it, as one page in a language.
func WriteFramework(w io.Writer, v *framework.View, language *words.Words) error {
	return execute(w, requirements{newPrinter(wording.In(language)), v, language.Tag()}.page())
}

// requirements is the page of a framework.
type requirements struct {
	printer
	*framework.View
	language string // of the page
}

func (r requirements) page() g.Node {
	f := &r.Framework
	entries := []g.Node{
		entry(r.Put("Framework"), code(f.ID), r.Putf(", version %s, published %s by", text(f.Version), text(r.Month(f.Published))), markup.Space, shown(f.Publisher)),
		entry(r.Put("Binds"), shown(f.Binds)), entry(r.Put("List"), shown(f.List)),
		entry(r.Put("Report"), tag.Code(broken(digestParts(r.Assessment.Digest)))),
	}
	if past := r.PastTime(r.Assessment); past != "" {
		entries = append(entries, entry(r.Put("Time"), r.Put("Assessed"), markup.Space, shown(past)))
	}
	return r.document(document{
		title: "raci-check, " + text(f.Title), style: style, skip: r.Text("Skip to the requirements"),
		header: markup.Lines(
			tag.P(tag.Class("kicker"), r.Put("The assessment as a framework sees it")), tag.H1(shown(f.Title)),
			tag.Dl(tag.Class("facts"), markup.Lines(entries...)), tag.P(strong(tag.Text(r.NoCertificate())))),
		main: later(r.Services, r.service),
	})
}

// service is what a service shows of the requirements.
func (r requirements) service(s *framework.Service) g.Node {
	id := &s.Service.Service
	columns := r.texts("Requirement", "Title", "State", "Grade", "Checks, what they show of it, and their verdicts")
	return tag.Section(tag.Class("wide"), tag.TabIndex("0"), tag.Aria("label", r.Text("Requirements of")+" "+text(id.Name)), markup.Lines(
		tag.H2(shown(id.Name), markup.Space, code(id.ID)), tag.P(shown(r.Phrases.Requirements(r.Framework, *s))),
		tag.Table(markup.Lines(r.Columns(columns...), tag.TBody(later(s.Requirements, r.requirement))))))
}

func (r requirements) requirement(q *framework.Standing) g.Node {
	grade := g.Group{}
	if q.Grade != "" {
		grade = append(grade, r.Put(string(q.Grade)))
	}
	checks := g.Map(q.Checks, func(s framework.Support) g.Node {
		return g.Group{name(s.Check.ID), markup.Space, tag.Text(r.Relation(s)), comma(), r.Put(string(s.Check.Severity)), r.Colon(), shown(r.Supported(s))}
	})
	spoken := cmp.Or(q.Spoken, words.Languages[0])
	return tag.Tr(tag.Th(tag.Scope("row"), shown(q.ID)), tag.Td(g.If(spoken != r.language, tag.Lang(spoken)), shown(q.Title)),
		tag.Td(tag.Span(tag.Class("badge "+stateClasses[q.State]), tag.Text(r.Requirement(q.State)))), tag.Td(grade), tag.Td(markup.Joined(tag.Br(), checks)))
}
