package html

import (
	"cmp"
	_ "embed"
	"html/template"
	"io"
	"sync"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/words"
)

//go:embed framework.tmpl
var frameworkLayout string

// frameworkPage is the page in English, parsed when it is first written.
var frameworkPage = sync.OnceValue(func() *template.Template { return frameworkParsed(wording.English) })

// frameworkParsed is the page in a language.
func frameworkParsed(w wording.Phrases) *template.Template {
	return template.Must(template.New("framework").Funcs(functions(w)).Funcs(template.FuncMap{
		"state":        w.Requirement,
		"requirements": func(v *framework.View, s framework.Service) string { return text(w.Requirements(v.Framework, s)) },
		"relation":     w.Relation,
		"supported":    func(s framework.Support) string { return text(w.Supported(s)) },
		"past":         func(v *framework.View) string { return text(w.PastTime(v.Assessment)) },
		"limit":        w.NoCertificate,
		"foreign":      foreign(w.Tag()),
		"badge":        func(s framework.State) string { return stateClasses[s] },
	}).Parse(w.Template(frameworkLayout)))
}

// stateClasses are the colours of states: those of the verdicts that they are made of.
var stateClasses = map[framework.State]string{
	framework.Shown: "pass", framework.InPart: "pass", framework.Gap: "fail", framework.Waived: "waived", framework.Loosened: "missing",
	framework.RelatedOnly: "inherited", framework.NotAssessed: "inherited", framework.NoCheck: "inherited",
}

// frameworkView is what the template shows.
type frameworkView struct {
	*framework.View
	Style  template.CSS
	Policy string // content security policy
}

// WriteFramework writes an assessment as a framework sees it, as one page in a language.
func WriteFramework(w io.Writer, v *framework.View, language *words.Words) error {
	page := frameworkPage()
	if language != nil {
		page = frameworkParsed(wording.In(language))
	}
	return execute(w, page, &frameworkView{View: v, Style: template.CSS(style), Policy: policy(style)})
}

// foreign is the language of a requirement's title, where it is not that of the page.
func foreign(page string) func(framework.Standing) string {
	return func(s framework.Standing) string {
		if spoken := cmp.Or(s.Spoken, words.Languages[0]); spoken != page {
			return spoken
		}
		return ""
	}
}
