package text

import (
	"fmt"
	"slices"
	"strings"

	"raci-check/internal/assessment"
)

// headline prints the verdict on a service and what it was judged by.
func (r *report) headline(s assessment.Service) {
	r.verdict(s.Result, name(s.Service)+": "+sentence(s)+open(s))
	const indent, label = 2, len("judged by  ")
	if !r.quiet {
		r.field(indent, label, "domain", s.Service.ID+" "+s.Service.Region)
		r.field(indent, label, "assessed", fmt.Sprintf("%s by %s %s", r.At, r.Tool.Name, r.Tool.Version))
		r.field(indent, label, "judged by", fmt.Sprintf("reading %s, profile %s", r.Catalog.Reading, r.Policies.Profile))
	}
	if n := len(loose(r.Policies.Parameters)); n > 0 {
		r.flow(span{blank(indent) + pad("careful", label), yellow}, span{text: blank(indent + label)}, span{text: fmt.Sprintf("%d %s looser than the profile", n, choose(n, "parameter is", "parameters are"))})
	}
}

// verdict prints a line that begins with a verdict, after a warning where the verdict is not on the whole.
func (r *report) verdict(result assessment.Status, text string) {
	m := markOf(result)
	spans := []span{{m.word, m.style}, {text, bold}}
	if r.Partial {
		spans = slices.Insert(spans, 0, span{"PARTIAL RUN (only chosen duties judged)", yellow})
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

// sentence says what the result of a service means.
func sentence(s assessment.Service) string {
	count, duties, rest := s.Summary, "duties", ""
	if n := count[assessment.NotSelected]; n > 0 {
		duties, rest = "judged duties", fmt.Sprintf(", %d not judged", n)
	}
	judged := len(s.Activities) - count[assessment.Inherited] - count[assessment.NotSelected]
	of := func(n int, one, many string) string {
		return fmt.Sprintf("%d of %d %s %s", n, judged, duties, choose(n, one, many))
	}
	also := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return fmt.Sprintf(", %d %s", n, what)
	}
	bad, waived := count[assessment.Fail]+count[assessment.Missing], count[assessment.Waived]
	switch s.Result {
	case assessment.Pass:
		text := of(judged, "holds", "hold")
		if rest == "" {
			text = fmt.Sprintf("all %d duties hold", judged)
		}
		provider := count[assessment.Inherited]
		return text + also(count[assessment.NotApplicable], "of them declared not applicable") + rest +
			also(provider, choose(provider, "activity is", "activities are")+" the provider's")
	case assessment.Waived:
		return "not compliant without accepted risks: " + of(waived, "is waived", "are waived") + rest
	case assessment.Fail:
		return of(bad, "needs work", "need work") + also(waived, "waived") + rest
	case assessment.Error:
		return of(count[assessment.Error], "could not be judged", "could not be judged") +
			also(bad, choose(bad, "needs work", "need work")) + also(waived, "waived") + rest
	}
	return "no verdict was reached" + rest
}

// open counts the findings that nobody has accepted, the worst first; empty where there are none.
func open(s assessment.Service) string {
	count, total := map[assessment.Severity]int{}, 0
	for _, activity := range s.Activities {
		for _, check := range activity.Checks {
			for _, finding := range check.Findings {
				if !finding.Waived {
					count[check.Severity]++
					total++
				}
			}
		}
	}
	var parts []string
	for _, severity := range slices.Backward(assessment.Severities) {
		if n := count[severity]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, severity))
		}
	}
	if total == 0 {
		return ""
	}
	return " — " + strings.Join(parts, ", ") + " " + choose(total, "finding", "findings")
}

func choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
