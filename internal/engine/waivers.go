package engine

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// WaiverLimit is the parameter that says how many days a waiver may last.
const WaiverLimit = "waiver_max_days"

// WaiverShare is the parameter that says how many percent of the checks waivers may cover.
const WaiverShare = "waived_checks_max_percent"

// BlindWaiver is why a waiver is rejected that covers a risk nobody has looked at.
const BlindWaiver = "it covers missing evidence of a critical check, which needs accepts_missing: true"

// waivers are the accepted risks of one evaluation and what became of each.
type waivers struct {
	all   []waiver.Waiver
	state []assessment.Waiver
	about []bool // whether each is about a finding, whatever became of it
}

// newWaivers rejects what may not be applied at the time.
func newWaivers(all []waiver.Waiver, at time.Time, parameters map[string]any, people *consistency.Result) *waivers {
	w := &waivers{all: all, about: make([]bool, len(all))}
	for _, accepted := range all {
		w.state = append(w.state, stateOf(accepted, rejected(accepted, at, parameters, people)))
	}
	return w
}

// stateOf is a waiver that is about nothing yet, rejected where there is a reason to.
func stateOf(w waiver.Waiver, rejection string) assessment.Waiver {
	state := assessment.Waiver{
		Check: w.Check, Pointers: w.Pointers, Reason: w.Reason,
		RequestedBy: w.RequestedBy, ApprovedBy: w.ApprovedBy,
		ApprovedOn: w.ApprovedOn.Format(time.DateOnly), ExpiresOn: w.ExpiresOn.Format(time.DateOnly),
		AcceptsMissing: w.AcceptsMissing,
		State:          assessment.WaiverUnused, Location: w.Location,
	}
	if rejection != "" {
		state.State, state.Note = assessment.WaiverRejected, rejection
	}
	return state
}

// Idle are waivers that are about no finding of any service, as a report lists them. Whether their people are in the directory is not
// compared: each service has its own.
func (e *Engine) Idle(all []waiver.Waiver, at time.Time, partial bool) []assessment.Waiver {
	var w waivers
	for _, idle := range all {
		w.state = append(w.state, stateOf(idle, rejectedAlone(idle, at, e.config.Parameters)))
	}
	w.explain(partial)
	return w.state
}

// rejected says why a waiver is not applied; empty when it may be. It is valid through the whole of its last day, UTC.
func rejected(w waiver.Waiver, at time.Time, parameters map[string]any, people *consistency.Result) string {
	if note := rejectedAlone(w, at, parameters); note != "" {
		return note
	}
	requester, asks := people.Person(w.RequestedBy, w.ApprovedOn)
	approver, approves := people.Person(w.ApprovedBy, w.ApprovedOn)
	switch {
	case requester == approver:
		return selfApproved
	case !asks:
		return "its requester is not in the directory of people, or was not active on the day of the approval"
	case !approves:
		return "its approver is not in the directory of people, or was not active on the day of the approval"
	}
	return ""
}

const selfApproved = "approved by its requester"

// rejectedAlone is rejected as far as no directory of people is needed.
func rejectedAlone(w waiver.Waiver, at time.Time, parameters map[string]any) string {
	limit, ok := number(parameters[WaiverLimit])
	lasts := w.ExpiresOn.Sub(w.ApprovedOn)
	switch {
	case !ok:
		return fmt.Sprintf("parameter %s is not set", WaiverLimit)
	case w.ApprovedOn.After(at):
		return "approved after the time of the assessment"
	case !at.Before(w.ExpiresOn.AddDate(0, 0, 1)):
		return "expired"
	case lasts < 0:
		return "it expires before it was approved"
	case lasts > time.Duration(limit*float64(24*time.Hour)):
		return fmt.Sprintf("it runs for %d days, allowed are at most %v (%s)", int(lasts/(24*time.Hour)), parameters[WaiverLimit], WaiverLimit)
	case w.RequestedBy == w.ApprovedBy:
		return selfApproved
	}
	return ""
}

// apply marks the findings that valid waivers cover; a check all of whose findings are covered is waived.
func (w *waivers) apply(check *assessment.Check) {
	if check.Status != verdict.Fail && check.Status != verdict.Missing {
		return
	}
	w.refuseBlind(check)
	covered := 0
	var by *assessment.Waiver
	for i := range check.Findings {
		for k := range w.all {
			if !w.state[k].Covers(check.ID, check.Findings[i].Pointer) {
				continue
			}
			if w.about[k] = true; w.state[k].State == assessment.WaiverRejected {
				continue
			}
			w.state[k].State = assessment.WaiverApplied
			if !check.Findings[i].Waived {
				check.Findings[i].Waived = true
				covered++
			}
			if by == nil {
				by = &w.state[k]
			}
		}
	}
	if covered > 0 && covered == len(check.Findings) {
		check.Status = verdict.Waived
		applied := *by
		check.Waiver = &applied
	}
}

// refuseBlind rejects the waivers that cover missing evidence of a critical check without saying that they accept this.
func (w *waivers) refuseBlind(check *assessment.Check) {
	if check.Severity != verdict.Critical {
		return
	}
	for k := range w.all {
		if w.state[k].State == assessment.WaiverRejected || w.all[k].AcceptsMissing {
			continue
		}
		if slices.ContainsFunc(check.Findings, func(f assessment.Finding) bool {
			return f.Status == verdict.Missing && w.state[k].Covers(check.ID, f.Pointer)
		}) {
			w.state[k].State, w.state[k].Note = assessment.WaiverRejected, BlindWaiver
		}
	}
}

// limit rejects all waivers that were applied where they cover more checks than may be waived, of so many: a decision on each
// risk alone does not show what all together leave. One check may always be waived.
func (w *waivers) limit(activities []assessment.Activity, checks int, parameters map[string]any) assessment.Share {
	share := assessment.Share{What: "checks waived", Of: checks}
	for _, activity := range activities {
		for _, check := range activity.Checks {
			if check.Status == verdict.Waived {
				share.Accepted++
			}
		}
	}
	percent, ok := number(parameters[WaiverShare])
	if !ok {
		return share
	}
	share.Most = &assessment.Percent{Parameter: WaiverShare, Percent: percent}
	if share.Accepted <= 1 || float64(share.Accepted)*100 <= percent*float64(checks) {
		return share
	}
	note := fmt.Sprintf("waivers cover %d of %d checks, allowed are at most %v %% (%s)", share.Accepted, checks, parameters[WaiverShare], WaiverShare)
	for i := range activities {
		for k := range activities[i].Checks {
			refuse(&activities[i].Checks[k])
		}
	}
	for i := range w.state {
		if w.state[i].State == assessment.WaiverApplied {
			w.state[i].State, w.state[i].Note = assessment.WaiverRejected, note
		}
	}
	share.Accepted = 0
	return share
}

// refuse takes back what waivers covered of a check.
func refuse(check *assessment.Check) {
	for i := range check.Findings {
		check.Findings[i].Waived = false
	}
	if check.Status != verdict.Waived {
		return
	}
	check.Status, check.Waiver = verdict.Pass, nil
	for _, finding := range check.Findings {
		check.Status = verdict.Worse(check.Status, finding.Status)
	}
}

// report lists the waivers with what became of each; of those that several services share, the ones that are about a finding.
func (w *waivers) report(partial bool) []assessment.Waiver {
	w.explain(partial)
	list := []assessment.Waiver{}
	for i, state := range w.state {
		if w.about[i] || !w.all[i].Shared {
			list = append(list, state)
		}
	}
	return list
}

// explain says that in a partial run an unused waiver may cover a check that was left out.
func (w *waivers) explain(partial bool) {
	for i := range w.state {
		if partial && w.state[i].State == assessment.WaiverUnused {
			w.state[i].Note = "the run was partial: the check may have been left out"
		}
	}
}

// number reads a parameter's value.
func number(value any) (float64, bool) {
	n, ok := value.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := n.Float64()
	return f, err == nil
}
