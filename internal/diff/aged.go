package diff

import (
	"slices"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
)

// Earlier lists the times at which the evidence of now has to be judged to learn which regressions time alone made: that of the
// older assessment, and that of the youngest section, where it is later, since newer evidence lies in the future of an older
// time. It also lists the duties to judge. There is nothing to judge where nothing became worse.
func (d *Diff) Earlier(after *assessment.Assessment) (times []time.Time, duties []string) {
	for _, change := range d.Worse {
		if change.Old != "" && !slices.Contains(duties, change.Activity) { // what was not judged before cannot have aged
			duties = append(duties, change.Activity)
		}
	}
	now, err := time.Parse(time.RFC3339, after.At)
	if err != nil || len(duties) == 0 {
		return nil, nil
	}
	old, err := time.Parse(time.RFC3339, d.Old.At)
	if err != nil || !old.Before(now) {
		return nil, nil
	}
	times = []time.Time{old}
	if youngest := youngest(after, now); youngest.After(old) {
		times = append(times, youngest)
	}
	return times, duties
}

// youngest is when the last section was collected, of those that are not dated after now.
func youngest(a *assessment.Assessment, now time.Time) (last time.Time) {
	for _, service := range a.Services {
		for _, section := range service.Sections {
			at, err := time.Parse(time.RFC3339, section.CollectedAt)
			if err == nil && at.After(last) && at.Before(now) {
				last = at
			}
		}
	}
	return last
}

// Regressions splits what became worse: by a change of the evidence or of the rules, and by time alone.
func (d *Diff) Regressions() (changed, aged []Change) {
	for _, change := range d.Worse {
		if change.Aged {
			aged = append(aged, change)
		} else {
			changed = append(changed, change)
		}
	}
	return changed, aged
}

// MarkAged marks the regressions that the evidence of now does not have at an earlier time, for which it was judged again.
func (d *Diff) MarkAged(earlier *assessment.Assessment) {
	checks, _ := index(earlier)
	for i := range d.Worse {
		change := &d.Worse[i]
		was := checks[key{change.Service.ID, change.Check}]
		if change.Old != "" && was != nil && !was.check.Status.Bad() {
			change.Aged = true
		}
	}
}
