package html

import (
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// The sizes of drawings, in units that the page scales.
const (
	barWidth = 1000
	cellSize = 16 // of a heat map
)

// row is an activity in a list.
type row struct {
	assessment.Activity
	Target   string // anchor of the part about the activity; empty where there is none
	Progress assessment.Progress
	Bar      []bar
	Roles    string
}

// phase is a phase of the table with its activities.
type phase struct {
	Name string
	Rows []row
}

// bar is a part of a bar, in thousandths of its width.
type bar struct {
	Status   verdict.Status
	X, Width int
}

// cell is an activity of one service in a heat map.
type cell struct {
	assessment.Activity
	Target string
	X      int
}

// Middle is where the letter of the cell is.
func (c cell) Middle() int { return c.X + cellSize/2 }

// column is a duty of a heat map with the services by what became of it.
type column struct {
	Number int // from 1
	assessment.DutyTally
	Bar []bar
}

// rows are the activities, the worst first, and by phase in the table's order.
func rows(activities []assessment.Activity, service string, order []int, w wording.Phrases) (worst []row, phases []phase) {
	all := make([]row, len(activities))
	for i, a := range activities {
		progress := assessment.ProgressOf(a)
		all[i] = row{
			Activity: a, Target: target(a, service, i), Progress: progress, Bar: bars(progress.Count),
			Roles: w.Say("customer %s; provider %s", w.Role(a.Customer), w.Role(a.Provider)),
		}
		if len(phases) == 0 || phases[len(phases)-1].Name != a.Phase {
			phases = append(phases, phase{Name: a.Phase})
		}
		last := &phases[len(phases)-1]
		last.Rows = append(last.Rows, all[i])
	}
	for _, i := range order {
		worst = append(worst, all[i])
	}
	return worst, phases
}

// inBar is the order of the parts of a bar: what passes, what does not, the worst last, and what is not judged.
var inBar = []verdict.Status{
	verdict.Pass, verdict.Waived, verdict.Missing, verdict.Fail, verdict.Error, verdict.NotApplicable, verdict.Inherited, verdict.NotSelected,
}

// bars are the parts of a bar.
func bars(count map[verdict.Status]int) []bar {
	total, done := 0, 0
	for _, n := range count {
		total += n
	}
	var all []bar
	for _, status := range inBar {
		if n := count[status]; n > 0 {
			from, to := done*barWidth/total, (done+n)*barWidth/total
			all = append(all, bar{status, from, to - from})
			done += n
		}
	}
	return all
}

// heat is the row of a service in a heat map: the activities that are not the provider's.
func heat(activities []assessment.Activity, service string) (cells []cell, width int) {
	for i, a := range activities {
		if a.Status != verdict.Inherited {
			cells = append(cells, cell{a, target(a, service, i), len(cells) * cellSize})
		}
	}
	return cells, max(len(cells), 1) * cellSize
}

func columns(t assessment.Tally) []column {
	all := make([]column, len(t.Duties))
	for i, d := range t.Duties {
		all[i] = column{i + 1, d, bars(d.Count)}
	}
	return all
}

// target is the anchor of what the report has about an activity.
func target(a assessment.Activity, service string, i int) string {
	switch {
	case shows(a):
		return anchor(service, i)
	case a.Status == verdict.Inherited:
		return provided(i)
	}
	return ""
}
