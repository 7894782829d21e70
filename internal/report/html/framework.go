package html

import (
	_ "embed"
	"html/template"
	"io"
	"sync"

	"github.com/raci-check/raci-check/internal/framework"
	"github.com/raci-check/raci-check/internal/report/wording"
)

//go:embed framework.tmpl
var frameworkLayout string

var frameworkPage = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("framework").Funcs(functions(wording.English)).Funcs(template.FuncMap{
		"state":        wording.Requirement,
		"requirements": func(v *framework.View, s framework.Service) string { return text(wording.Requirements(v.Framework, s)) },
		"relation":     wording.Relation,
		"supported":    func(s framework.Support) string { return text(wording.Supported(s)) },
		"past":         func(v *framework.View) string { return text(wording.English.PastTime(v.Assessment)) },
		"limit":        func() string { return wording.NoCertificate },
		"badge":        func(s framework.State) string { return stateClasses[s] },
	}).Parse(frameworkLayout))
})

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

// WriteFramework writes an assessment as a framework sees it, as one page.
func WriteFramework(w io.Writer, v *framework.View) error {
	return execute(w, frameworkPage(), &frameworkView{View: v, Style: template.CSS(style), Policy: policy(style)})
}
