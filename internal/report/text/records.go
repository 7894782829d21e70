package text

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// stateWidth is the width of a column of states, such as rejected, with the gap after it.
const stateWidth = 10

var stateStyle = map[string]style{
	string(assessment.WaiverApplied): yellow, string(assessment.WaiverRejected): red, "refused": red,
}

// record prints a heading that begins with a state.
func (r *report) record(state string, spans ...span) {
	shown := r.state(state)
	shown.text = blank(2) + shown.text
	r.flow(shown, span{text: blank(2 + stateWidth)}, spans...)
}

// waivers lists the accepted risks and what became of each.
func (r *report) waivers(all []assessment.Waiver) {
	if len(all) == 0 {
		return
	}
	r.section("Waivers")
	for _, w := range all {
		heading := []span{{w.Check, bold}}
		if w.Note != "" {
			heading = append(heading, span{text: "— " + w.Note})
		}
		r.record(string(w.State), heading...)
		r.line(span{text: blank(4) + wording.Place(w.Location)})
		r.quote(4, span{text: w.Reason})
		r.item(4, 4, span{r.words.Say("until %s%s, approved by %s on %s, requested by %s",
			r.words.Day(w.ExpiresOn), r.left(w.ExpiresOn), w.ApprovedBy, r.words.Day(w.ApprovedOn), w.RequestedBy), dim})
		if len(w.Pointers) > 0 {
			r.item(4, 6, span{r.words.Say("only for %s", strings.Join(w.Pointers, " ")), dim})
		}
	}
}

// loose picks the parameters that ask for less than the profile.
func loose(all []assessment.Parameter) []assessment.Parameter {
	return slices.DeleteFunc(slices.Clone(all), func(p assessment.Parameter) bool { return !p.Looser })
}

// looser lists them, with the checks of a service that count for no framework because of each.
func (r *report) looser(s *assessment.Service) {
	parameters := loose(r.Policies.Parameters)
	if len(parameters) == 0 {
		return
	}
	r.section("Parameters looser than the profile")
	for _, p := range parameters {
		r.item(2, 4, span{p.Name, bold}, span{text: r.words.Say("= %s %s, the profile has %s; set by %s",
			verdict.ValueText(p.Value), r.words.Text(p.Unit), verdict.ValueText(p.Default), p.SetBy)})
		if s == nil {
			continue
		}
		if ids := r.words.RestOn(*s, p.Name); ids != "" {
			r.item(4, 6, span{r.words.Say("these count for no framework: %s", ids), dim})
		}
	}
}

// notApplicable lists the declarations that a duty does not arise.
func (r *report) notApplicable(all []assessment.Activity) {
	all = slices.DeleteFunc(slices.Clone(all), func(a assessment.Activity) bool { return a.NotApplicable == nil })
	if len(all) == 0 {
		return
	}
	r.section("Declared not applicable")
	for _, a := range all {
		d, state := a.NotApplicable, "refused"
		if d.Accepted {
			state = "accepted"
		}
		heading := []span{{a.ID, bold}, {text: a.Title}}
		if d.Note != "" {
			heading = append(heading, span{text: "— " + d.Note})
		}
		r.record(state, heading...)
		r.quote(4, span{text: d.Reason})
		r.item(4, 4, span{r.words.Say("declared by %s on %s, approved by %s", d.DeclaredBy, r.words.Day(d.DeclaredOn), d.ApprovedBy), dim})
	}
}

// inherited lists the provider's activities: what to ask for, and what is on file.
func (r *report) inherited(all []assessment.Activity) {
	r.provided("Inherited from the provider, not assessed", all, func(a assessment.Activity) bool { return a.Status == verdict.Inherited })
	r.provided("Disputed, with documents from the provider", all, func(a assessment.Activity) bool {
		return a.Status != verdict.Inherited && len(a.Assurance) > 0
	})
}

func (r *report) provided(title string, all []assessment.Activity, shown func(a assessment.Activity) bool) {
	all = slices.DeleteFunc(slices.Clone(all), func(a assessment.Activity) bool { return !shown(a) })
	if len(all) == 0 {
		return
	}
	r.section(title)
	indent, label := 4, max(len("on file  "), r.widest("ask for", "on file")+2)
	for _, a := range all {
		r.item(2, 4, span{a.ID, bold}, span{text: a.Title})
		r.field(indent, label, "ask for", a.AskProvider...)
		var documents []string
		for _, h := range a.Assurance {
			documents = append(documents, r.words.Say("%s, valid until %s, read by %s on %s", h.Document, r.words.Day(h.ValidUntil), h.ReadBy, r.words.Day(h.ReadOn)))
		}
		if len(documents) == 0 {
			documents = []string{r.words.Text("none")}
		}
		r.field(indent, label, "on file", documents...)
	}
}

// stated lists the checks that pass by nobody's word but that of somebody.
func (r *report) stated(all []assessment.Word) {
	if len(all) == 0 {
		return
	}
	r.section("Supported by nobody's word but that of")
	for _, w := range all {
		r.item(2, 4, span{r.words.People(w.By, w.Others), bold})
		if len(w.Checks) > 0 {
			r.item(4, 6, span{text: strings.Join(w.Checks, " ")})
		}
		if len(w.Partly) > 0 {
			r.item(4, 6, span{r.words.Text("with stronger facts too:"), dim}, span{text: strings.Join(w.Partly, " ")})
		}
	}
}

// evidence lists what the verdict rests on, with digests.
func (r *report) evidence(s assessment.Service) {
	r.section("Evidence")
	for _, file := range s.Evidence {
		r.file(2, file)
	}
	name, method := 0, 0
	for _, section := range s.Sections {
		name, method = max(name, columns(sanitize.Text(section.Name))), max(method, columns(sanitize.Text(section.Method)))
	}
	if len(s.Sections) > 0 {
		r.line()
	}
	for _, section := range s.Sections {
		r.line(span{text: blank(2) + pad(section.Name, name+2) + pad(section.Method, method+2) + section.CollectedAt})
		for _, artifact := range section.Artifacts {
			r.file(4, artifact)
		}
	}
	r.line()
	r.file(2, assessment.File{Path: r.words.Say("policies, profile %s", r.Policies.Profile), SHA256: r.Policies.Digest})
	for _, added := range r.Policies.Added {
		r.file(4, added)
	}
	for _, file := range r.Policies.Reference {
		r.file(4, file.File)
		r.flow(span{text: blank(18)}, span{text: blank(20)}, span{text: r.words.Say("adds %s", r.words.Additions(file.Added))})
		r.flow(span{text: blank(18)}, span{text: blank(20)}, span{text: r.words.Say("source: %s (%s)", file.Source, file.AsOf)})
	}
	r.file(2, assessment.File{Path: r.words.Say("catalog %s, variant %s", r.Catalog.ID, r.Catalog.Reading), SHA256: r.Catalog.Digest})
	if r.Inputs != nil && len(r.Inputs.PassedOver) > 0 {
		r.item(2, 4, span{text: r.words.PassedOver(r.Inputs.PassedOver)})
	}
}

// file prints the beginning of a digest and what it is of.
func (r *report) file(indent int, f assessment.File) {
	const digits = 12
	digest := fmt.Sprintf("%.*s", digits, strings.TrimPrefix(f.SHA256, "sha256:"))
	signed := ""
	if len(f.SignedBy) > 0 {
		signed = r.words.Say("  signed by %s", strings.Join(f.SignedBy, ", "))
	}
	r.line(span{blank(indent) + pad(digest, digits+2), dim}, span{text: f.Path}, span{signed, dim})
}
