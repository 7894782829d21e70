package engine

import (
	"fmt"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/verdict"
)

// unread finds the sections that a check rests on and that collect could not read completely the last time. Their facts are of an
// earlier reading: what fails on them still fails, and nothing passes.
func (j judge) unread(check policy.Check) []assessment.Finding {
	if len(j.unreadable) == 0 {
		return nil
	}
	var missing []assessment.Finding
	for _, section := range sections(j.resting(check)) {
		first := j.unreadable[section]
		if first == nil {
			continue
		}
		unit := ""
		if first["unit"] != nil {
			unit = fmt.Sprintf(" (%v)", first["unit"])
		}
		finding := assessment.Finding{
			Status: verdict.Missing, Pointer: "/" + section + "/source/not_read/0", Remediation: readAgain,
			Cause:   &assessment.CauseKey{Kind: assessment.Unread, Subject: section},
			Message: fmt.Sprintf("%s could not be read completely from %v%s at %v: %v; its facts are of an earlier reading", section, first["source"], unit, first["tried_at"], first["error"]),
		}
		if first["error"] == replayed {
			finding.Remediation = readFirst
			finding.Message = fmt.Sprintf("%s was replayed from a recorded session of %v: it does not show what the service is like", section, first["tried_at"])
		}
		missing = append(missing, finding)
	}
	return missing
}

// replayed is the error of a section that was not read of the service but of a recorded session (collect --replay).
const replayed = "replayed"

// unreadable are the sections with something that could not be read completely, and the first thing of each.
func unreadable(evidence Evidence) map[string]map[string]any {
	all := map[string]map[string]any{}
	for section, value := range evidence.Value {
		items, _ := document.Lookup(value, "/source/not_read")
		if list, _ := items.([]any); len(list) > 0 {
			all[section], _ = list[0].(map[string]any)
		}
	}
	return all
}

// resting lists pointers to the facts that a check needs or reads.
func (j judge) resting(check policy.Check) []string {
	pointers := slices.Clone(check.Evidence)
	for _, i := range check.Fields {
		pointers = append(pointers, j.engine.config.Policies.Fields[i])
	}
	return pointers
}
