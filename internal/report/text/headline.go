package text

import (
	"fmt"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// headline prints the verdict on a service with its policies and profile.
func (r *report) headline(s assessment.Service) {
	r.verdict(s.Result, name(s.Service)+": "+wording.Sentence(s)+opened(s))
	const indent, label = 2, len("assessed   ")
	if !r.quiet {
		r.field(indent, label, "domain", s.Service.ID+" "+s.Service.Region)
		r.field(indent, label, "assessed", fmt.Sprintf("%s by %s %s", r.At, r.Tool.Name, r.Tool.Version))
		r.field(indent, label, "profile", fmt.Sprintf("%[2]s, variant %[1]s of the table", r.Catalog.Reading, r.Policies.Profile))
	}
	r.disputes(wording.Split(s, r.Catalog.Provider), wording.ByReading(s))
	r.loose(indent, label, assessment.TallyOf(&s))
	if !r.quiet {
		if grades := wording.Grades(s); grades != "" {
			r.field(indent, label, "strength", grades)
		}
		shares := s.Accepted
		if !r.details {
			shares = shares[:min(len(shares), sharesListed)]
		}
		for i, share := range shares {
			r.field(indent, label, []string{"accepted", ""}[min(i, 1)], wording.Share(share))
		}
	}
}

// disputes prints how disputed duties and the others stand, and the verdict by each variant of the table.
func (r *report) disputes(split, readings string) {
	const indent, label = 2, len("assessed   ")
	if split == "" {
		return
	}
	if !r.quiet {
		r.field(indent, label, "duties", split)
		r.field(indent, label, "variants", readings)
	}
	if r.DisputedNotCounted {
		r.flow(span{blank(indent) + pad("careful", label), yellow}, span{text: blank(indent + label)}, span{text: wording.NotCounted})
	}
}

// loose warns of parameters that ask for less than the profile, and of what they cost.
func (r *report) loose(indent, label int, t assessment.Tally) {
	if n := len(loose(r.Policies.Parameters)); n > 0 {
		r.flow(span{blank(indent) + pad("careful", label), yellow}, span{text: blank(indent + label)}, span{text: fmt.Sprintf("%d %s looser than the profile", n, wording.Plural(n, "parameter is", "parameters are"))})
	}
	if unmapped := wording.Unmapped(t, r.Policies.Profile); unmapped != "" {
		r.field(indent, label, "", unmapped)
	}
}

// verdict prints a line that begins with a verdict, after a warning where the verdict is not on the whole.
func (r *report) verdict(result verdict.Status, text string) {
	m := markOf(result)
	spans := []span{{m.word, m.style}, {text, bold}}
	if past := wording.PastTime(r.Assessment); past != "" {
		spans = append(spans, span{"(" + past + ")", yellow})
	}
	if r.Partial {
		spans = slices.Insert(spans, 0, span{"PARTIAL RUN (only chosen duties assessed)", yellow})
	}
	r.item(0, 2, spans...)
}

// name names a service; the beginning of its identifier tells domains of one name apart.
func name(s assessment.ServiceID) string {
	const beginning = 9
	if s.Name == "" {
		return s.ID
	}
	return fmt.Sprintf("%s (%s)", s.Name, shorten(s.ID, beginning))
}

// opened counts the findings that nobody has accepted.
func opened(s assessment.Service) string {
	if text := wording.Open(s); text != "" {
		return " — " + text
	}
	return ""
}
