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
	r.verdict(s.Result, name(s.Service)+": "+r.words.Sentence(s)+r.opened(s))
	indent, label := 2, r.labels()
	if !r.quiet {
		r.field(indent, label, "domain", s.Service.ID+" "+s.Service.Region)
		r.field(indent, label, "assessed", r.words.Say("%s by %s %s", r.At, r.Tool.Name, r.Tool.Version))
		r.field(indent, label, "profile", r.words.Say("%[2]s, variant %[1]s of the table", r.Catalog.Reading, r.Policies.Profile))
	}
	r.disputes(r.words.Split(s, r.Catalog.Provider), r.words.ByReading(s))
	r.loose(indent, label, assessment.TallyOf(&s))
	if !r.quiet {
		if grades := r.words.Grades(s); grades != "" {
			r.field(indent, label, "strength", grades)
		}
		shares := s.Accepted
		if !r.details {
			shares = shares[:min(len(shares), sharesListed)]
		}
		for i, share := range shares {
			r.field(indent, label, []string{"accepted", ""}[min(i, 1)], r.words.Share(share))
		}
	}
}

// labels is the width of the column of labels.
func (p *printer) labels() int {
	return max(len("assessed   "), p.widest("domain", "assessed", "profile", "duties", "variants", "careful", "strength", "accepted", "to fix")+2)
}

// widest is how many columns the widest of some texts takes in the language.
func (p *printer) widest(english ...string) int {
	most := 0
	for _, text := range english {
		most = max(most, columns(p.words.Text(text)))
	}
	return most
}

// disputes prints how disputed duties and the others stand, and the verdict by each variant of the table.
func (r *report) disputes(split, readings string) {
	indent, label := 2, r.labels()
	if split == "" {
		return
	}
	if !r.quiet {
		r.field(indent, label, "duties", split)
		r.field(indent, label, "variants", readings)
	}
	if r.DisputedNotCounted {
		r.flow(span{blank(indent) + pad(r.words.Text("careful"), label), yellow}, span{text: blank(indent + label)}, span{text: r.words.Text(wording.NotCounted)})
	}
}

// loose warns of parameters that ask for less than the profile, and of what they cost.
func (r *report) loose(indent, label int, t assessment.Tally) {
	if n := len(loose(r.Policies.Parameters)); n > 0 {
		r.flow(span{blank(indent) + pad(r.words.Text("careful"), label), yellow}, span{text: blank(indent + label)}, span{text: r.words.Count(n, "%d parameter is looser than the profile", "%d parameters are looser than the profile")})
	}
	if unmapped := r.words.Unmapped(t, r.Policies.Profile); unmapped != "" {
		r.field(indent, label, "", unmapped)
	}
}

// verdict prints a line that begins with a verdict, after a warning where the verdict is not on the whole.
func (r *report) verdict(result verdict.Status, text string) {
	m := r.mark(result)
	spans := []span{{m.word, m.style}, {text, bold}}
	if past := r.words.PastTime(r.Assessment); past != "" {
		spans = append(spans, span{"(" + past + ")", yellow})
	}
	if r.Partial {
		spans = slices.Insert(spans, 0, span{r.words.Text("PARTIAL RUN (only chosen duties assessed)"), yellow})
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
func (r *report) opened(s assessment.Service) string {
	if text := r.words.Open(s); text != "" {
		return " — " + text
	}
	return ""
}
