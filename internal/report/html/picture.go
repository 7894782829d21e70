package html

import (
	"raci-check/internal/assessment"
	"raci-check/internal/verdict"
)

// The picture of a phase, in pixels: rows of cells, one an activity, below a bar that shows how they stand.
const (
	cellsInRow = 6
	cellSize   = 52
	gap        = 4
	barHeight  = 8
	barGap     = 8
	fullWidth  = cellsInRow*(cellSize+gap) - gap
)

// picture is the drawing of one phase.
type picture struct {
	Phase         string
	ID            string
	Width, Height int
	BarHeight     int
	Bar           []bar
	Cells         []cell
	Count         map[verdict.Status]int
}

type bar struct {
	Status   verdict.Status
	X, Width int
}

type cell struct {
	assessment.Activity
	Target string // anchor of the part about the activity; empty where there is none
	X, Y   int
	Size   int
}

// Customer and provider letters, with a dash where a party has no part.
func (c cell) Roles() string { return roles(c.Activity) }

func (c cell) Middle() int    { return c.X + c.Size/2 }
func (c cell) IDLine() int    { return c.Y + 14 }
func (c cell) Letter() int    { return c.Y + 34 }
func (c cell) RolesLine() int { return c.Y + 47 }

func roles(a assessment.Activity) string {
	dash := func(s string) string {
		if s == "" {
			return "–"
		}
		return text(s)
	}
	return dash(a.Customer) + "/" + dash(a.Provider)
}

// pictures draws the phases in the table's order.
func pictures(activities []assessment.Activity, service string) []picture {
	var all []picture
	for i, a := range activities {
		if len(all) == 0 || all[len(all)-1].Phase != a.Phase {
			all = append(all, picture{Phase: a.Phase, Width: fullWidth, BarHeight: barHeight, Count: map[verdict.Status]int{}})
		}
		p := &all[len(all)-1]
		n := len(p.Cells)
		p.Cells = append(p.Cells, cell{
			Activity: a, Target: target(a, service, i), Size: cellSize,
			X: n % cellsInRow * (cellSize + gap), Y: barHeight + barGap + n/cellsInRow*(cellSize+gap),
		})
		p.Count[a.Status]++
	}
	for i := range all {
		p := &all[i]
		p.ID = anchor(service+"-p", i)
		p.Height = p.Cells[len(p.Cells)-1].Y + cellSize
		done := 0
		for _, status := range verdict.Statuses {
			if n := p.Count[status]; n > 0 {
				from, to := done*fullWidth/len(p.Cells), (done+n)*fullWidth/len(p.Cells)
				p.Bar = append(p.Bar, bar{status, from, to - from})
				done += n
			}
		}
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
