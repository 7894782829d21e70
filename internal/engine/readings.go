package engine

import (
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/verdict"
)

// noDeclaration is why a declaration is read and has no effect.
const noDeclaration = "the catalog does not let the activity be declared not applicable: by this variant of the table it is assessed, by another it is the provider's"

// others are the activities as each other reading of the table has them, with the verdicts of the same evaluation: which duties
// count differs, and how many checks waivers cover, so that waivers are still to be applied.
func (c *Case) others(activities []assessment.Activity) []assessment.Other {
	var all []assessment.Other
	for _, reading := range c.engine.config.Others {
		other := assessment.Other{Reading: reading.Name, Service: assessment.Service{Activities: slices.Clone(activities)}}
		sameDuties := true
		for i := range other.Service.Activities {
			activity := &other.Service.Activities[i]
			duty := reading.Duty(activity.ID)
			sameDuties = sameDuties && duty == (activity.Status != verdict.Inherited)
			switch {
			case !duty:
				activity.Status, activity.Reason, activity.Checks = verdict.Inherited, "", nil
			case activity.Status == verdict.Inherited:
				other.NotKnown = append(other.NotKnown, activity.ID) // no policy of it was evaluated
			case len(c.waivers) > 0:
				activity.Checks = separate(activity.Checks)
			}
		}
		for _, activity := range other.Service.Activities {
			if !sameDuties && len(activity.Checks) > 0 && c.engine.byReading(activity.ID) {
				other.NotKnown = append(other.NotKnown, activity.ID)
			}
		}
		all = append(all, other)
	}
	return all
}

// separate copies checks and their findings, which waivers mark.
func separate(checks []assessment.Check) []assessment.Check {
	copied := slices.Clone(checks)
	for i := range copied {
		copied[i].Findings = slices.Clone(copied[i].Findings)
	}
	return copied
}

// byReading reports whether a policy of an activity reads which activities are duties.
func (e *Engine) byReading(id string) bool {
	return slices.ContainsFunc(e.duties[id], func(d policy.Duty) bool {
		return slices.ContainsFunc(d.Checks, func(c policy.Check) bool { return c.ByReading })
	})
}
