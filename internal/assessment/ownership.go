package assessment

import (
	"maps"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/verdict"
)

// Owner says which party does something or answers for it.
type Owner string

// The parties that can own a control.
const (
	CustomerOwned Owner = "customer"
	ProviderOwned Owner = "provider"
	SharedOwned   Owner = "shared"
	NotOwned      Owner = "" // neither party is responsible or accountable
)

// OwnerOf is the owner that the roles of both parties make. To be consulted or informed makes no owner.
func OwnerOf(customer, provider string) Owner {
	acts := func(roles string) bool { return strings.ContainsAny(roles, "RA") }
	switch {
	case acts(customer) && acts(provider):
		return SharedOwned
	case acts(customer):
		return CustomerOwned
	case acts(provider):
		return ProviderOwned
	default:
		return NotOwned
	}
}

// Control is what the checks of a service say of one control of a framework.
type Control struct {
	ID     string
	Owner  Owner          // by the roles in all activities whose checks map to the control
	Status verdict.Status // the worst of the checks
	Parts  []ControlPart  // in the table's order
}

// ControlPart is an activity with those of its checks that map to a control.
type ControlPart struct {
	Activity *Activity
	Checks   []*Check
}

// ControlsOf gathers the checks of a service by the controls of a framework, sorted by id. Of a duty that was not assessed the checks
// are listed with that status. A check whose parameters are looser than the profile's counts for no control.
func (s *Service) ControlsOf(framework string) []Control {
	all := map[string]*Control{}
	for i := range s.Activities {
		activity := &s.Activities[i]
		for k := range activity.Checks {
			check := &activity.Checks[k]
			for _, id := range slices.Compact(slices.Sorted(slices.Values(check.Controls[framework]))) {
				if all[id] == nil {
					all[id] = &Control{ID: id}
				}
				all[id].add(activity, check)
			}
		}
	}
	var controls []Control
	for _, id := range slices.Sorted(maps.Keys(all)) {
		controls = append(controls, *all[id])
	}
	return controls
}

func (c *Control) add(activity *Activity, check *Check) {
	if n := len(c.Parts); n == 0 || c.Parts[n-1].Activity != activity {
		c.Parts = append(c.Parts, ControlPart{Activity: activity})
	}
	last := &c.Parts[len(c.Parts)-1]
	last.Checks = append(last.Checks, check)
	var customer, provider string
	for _, part := range c.Parts {
		customer += part.Activity.Customer
		provider += part.Activity.Provider
	}
	c.Owner = OwnerOf(customer, provider)
	if worst := verdict.Worse(c.Status, check.Status); worst != "" {
		c.Status = worst
	} else {
		c.Status = check.Status
	}
}
