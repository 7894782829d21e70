package text

import (
	"io"
	"strings"

	"github.com/raci-check/raci-check/internal/framework"
)

// WriteFramework writes an assessment as a framework sees it: requirement by requirement, and at the end those that nothing can show.
func WriteFramework(w io.Writer, v *framework.View, o Options) error {
	p := newPrinter(w, o)
	say := p.words
	p.item(0, 2, span{v.Framework.Title, bold}, span{text: say.Say("(%s), version %s of %s", v.Framework.ID, v.Framework.Version, say.Month(v.Framework.Published))})
	if past := say.PastTime(v.Assessment); past != "" {
		p.item(0, 2, span{say.Say("Assessed %s", past), yellow})
	}
	for _, service := range v.Services {
		p.item(0, 2, span{name(service.Service.Service), bold}, span{text: say.Requirements(v.Framework, service)})
		if !o.Verdict && !o.Quiet {
			p.requirements(service, o)
		}
	}
	if o.Verdict || o.Quiet {
		return flushed(p.out, "view of the framework")
	}
	p.line()
	p.item(0, 2, span{say.Say("Binds: %s", v.Framework.Binds), dim})
	p.item(0, 2, span{say.Say("List: %s", v.Framework.List), dim})
	p.item(0, 2, span{text: say.NoCertificate()})
	if !o.Details {
		p.item(0, 6, span{say.Text("Next: --details shows every check of each requirement; -o csv=FILE has all in a table"), bold})
	}
	return flushed(p.out, "view of the framework")
}

var stateStyles = map[framework.State]style{framework.Shown: green, framework.InPart: green, framework.Gap: red, framework.Waived: yellow, framework.Loosened: yellow}

func (p *printer) requirements(service framework.Service, o Options) {
	say := p.words
	var without []string
	for _, requirement := range service.Requirements {
		if requirement.State == framework.NoCheck {
			without = append(without, requirement.ID)
			continue
		}
		p.line()
		grade := ""
		if requirement.Grade != "" {
			grade = say.Say(", grade %s", say.Text(string(requirement.Grade)))
		}
		p.item(0, 2, span{requirement.ID, bold}, span{text: say.Say("%s:", requirement.Title)}, span{say.Requirement(requirement.State) + grade, stateStyles[requirement.State]})
		for _, support := range requirement.Checks {
			if !o.Details && !support.Open() {
				continue
			}
			p.item(2, 4, span{support.Check.ID, plain}, span{text: say.Say("(%s, %s): %s", say.Relation(support), say.Text(string(support.Check.Severity)), say.Supported(support))})
		}
	}
	if len(without) > 0 {
		p.section("Nothing here can show")
		p.item(2, 2, span{text: strings.Join(without, ", ")})
	}
}
