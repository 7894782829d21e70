package engine

import (
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/verdict"
)

// Thresholds are the names of the parameters that the verdict of a check rests on, sorted: those that its policy reads or names,
// that of the age of each section that it needs, that of its strength, and those by which facts are compared.
func Thresholds(check policy.Check, freshness map[string]string, plan *consistency.Plan) []string {
	names := slices.Concat(check.Params, check.Thresholds, plan.Parameters())
	for _, section := range sections(check.Evidence) {
		if name, aged := freshness[section]; aged {
			names = append(names, name)
		}
	}
	names = append(names, GradesParameter(check.Severity))
	slices.Sort(names)
	return slices.Compact(names)
}

// looserOf are the parameters that each check rests on and whose values are looser than the profile's, by the id of the check.
func looserOf(config Config) map[string][]assessment.Looser {
	if len(config.Looser) == 0 {
		return nil
	}
	all := map[string][]assessment.Looser{}
	for _, check := range config.Policies.Checks() {
		all[check.ID] = pick(config.Looser, Thresholds(check, config.Freshness, config.Consistency)...)
	}
	return all
}

// unmap takes the mappings of a check away, where it rests on a value that is looser than the profile's.
func unmap(check *assessment.Check, looser []assessment.Looser) {
	if len(looser) > 0 {
		check.Looser, check.Controls = looser, map[string][]string{}
	}
}

// milderOf are the parameters that each check rests on and of which a profile asks for less than the baseline, by the id of the check.
func milderOf(config Config) map[string][]assessment.Milder {
	if len(config.Milder) == 0 {
		return nil
	}
	all := map[string][]assessment.Milder{}
	for _, check := range config.Policies.Checks() {
		names := Thresholds(check, config.Freshness, config.Consistency)
		for _, m := range config.Milder {
			if slices.Contains(names, m.Parameter) || slices.Contains(names, policy.AnyParameter) {
				all[check.ID] = append(all[check.ID], m)
			}
		}
	}
	return all
}

// keepOwn takes the mappings of a check away, but for that of the framework whose profile asks for less than the baseline: another
// framework may ask for what the baseline does.
func keepOwn(check *assessment.Check, milder []assessment.Milder) {
	if len(milder) == 0 {
		return
	}
	check.Milder = milder
	kept := map[string][]string{}
	for framework, controls := range check.Controls {
		if check.CountsFor(framework) {
			kept[framework] = controls
		}
	}
	check.Controls = kept
}

// unmapWaived does so for what is waived by waivers that the profile might not have let apply.
func (e *Engine) unmapWaived(activities []assessment.Activity) {
	looser := pick(e.config.Looser, WaiverLimit, WaiverShare)
	if len(looser) == 0 {
		return
	}
	for i := range activities {
		for k := range activities[i].Checks {
			check := &activities[i].Checks[k]
			if check.Status == verdict.Waived {
				names := append([]string{WaiverLimit, WaiverShare}, namesOf(check.Looser)...)
				unmap(check, pick(e.config.Looser, names...))
			}
		}
	}
}

func namesOf(all []assessment.Looser) []string {
	names := make([]string, len(all))
	for i, l := range all {
		names[i] = l.Parameter
	}
	return names
}

// pick picks those of the names, in the order of all.
func pick(all []assessment.Looser, names ...string) []assessment.Looser {
	var picked []assessment.Looser
	for _, l := range all {
		if slices.Contains(names, l.Parameter) || slices.Contains(names, policy.AnyParameter) {
			picked = append(picked, l)
		}
	}
	return picked
}
