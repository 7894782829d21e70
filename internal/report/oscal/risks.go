package oscal

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

type log struct {
	Entries []entry `json:"entries"`
}

type entry struct {
	UUID        string `json:"uuid"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Start       string `json:"start"`
	Props       []prop `json:"props,omitempty"`
	Status      string `json:"status-change,omitempty"` // of a risk's log only
}

type risk struct {
	UUID         string          `json:"uuid"`
	Title        string          `json:"title"`
	Description  string          `json:"description"`
	Statement    string          `json:"statement"`
	Props        []prop          `json:"props"`
	Status       string          `json:"status"`
	Deadline     string          `json:"deadline,omitempty"`
	Remediations []remediation   `json:"remediations,omitempty"`
	Log          *log            `json:"risk-log,omitempty"`
	Observations []relatedObject `json:"related-observations,omitempty"`
}

type remediation struct {
	UUID        string `json:"uuid"`
	Lifecycle   string `json:"lifecycle"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

func (b *builder) risk(activity assessment.Activity, check assessment.Check, observations []relatedObject) risk {
	var messages []string
	for _, finding := range check.Findings {
		messages = append(messages, finding.Message)
	}
	r := risk{
		UUID: b.id("risk", check.ID), Title: text(check.Title), Description: text(check.Description),
		Statement: text(cmp.Or(strings.Join(messages, "; "), activity.Reason)), Status: "open", Observations: observations,
		Props:        []prop{own("check", check.ID), own("severity", string(check.Severity)), own("verdict", string(check.Status))},
		Remediations: b.remediations(check),
	}
	if w := check.Waiver; w != nil && check.Status == verdict.Waived {
		r.Status = "deviation-approved"
		if end, err := time.Parse(time.DateOnly, w.ExpiresOn); err == nil { // a waiver holds until its last day is over
			r.Deadline = timeOr(end.Add(24*time.Hour-time.Second).Format(time.RFC3339), "")
		}
		r.Log = &log{[]entry{{
			UUID: b.id("accepted", check.ID), Title: "Risk accepted", Description: text(w.Reason), Start: timeOr(w.ApprovedOn, b.at), Status: r.Status,
			Props: waiverProps(*w),
		}}}
	}
	return r
}

// remediations are what fixes the findings of a check, each once. A finding may have its own, such as to collect anew.
func (b *builder) remediations(check assessment.Check) []remediation {
	var all []remediation
	listed := map[string]bool{"": true}
	add := func(remedy string) {
		if !listed[remedy] {
			listed[remedy] = true
			all = append(all, remediation{b.id("remediation", check.ID, remedy), "recommendation", text("Fix " + check.ID), text(remedy)})
		}
	}
	for _, finding := range check.Findings {
		add(finding.Remediation)
	}
	if len(all) == 0 {
		add(check.Remediation)
	}
	return all
}

func waiverProps(w assessment.Waiver) []prop {
	props := []prop{
		own("waiver", string(w.State)), own("requested-by", w.RequestedBy), own("approved-by", w.ApprovedBy), own("approved-on", w.ApprovedOn), own("expires-on", w.ExpiresOn),
	}
	for _, pointer := range w.Pointers {
		props = append(props, own("pointer", pointer))
	}
	return props
}

// waivers logs every accepted risk as it was found, those that were not applied too.
func (b *builder) waivers() {
	for i, w := range b.service.Waivers {
		if b.made.Log == nil {
			b.made.Log = &log{}
		}
		b.made.Log.Entries = append(b.made.Log.Entries, entry{
			UUID: b.id("waiver", fmt.Sprint(i), w.Check), Title: text(fmt.Sprintf("Waiver %s: %s", w.State, w.Check)),
			Description: text(strings.TrimPrefix(w.Note+": "+w.Reason, ": ")), Start: b.at, Props: append(waiverProps(w), own("place", wording.Place(w.Location))),
		})
	}
}
