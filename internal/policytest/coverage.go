package policytest

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Coverage is how many of the lines of the policies and helpers under test the tests reach; of the tested policies alone
// where not all tests are run.
type Coverage struct {
	Percent float64 `json:"percent"`
	Reached int     `json:"reached"` // lines
	Lines   int     `json:"lines"`   // that can be reached
	Gaps    []Gap   `json:"gaps"`
}

// Gap is a run of lines that no test reaches.
type Gap struct {
	File string `json:"file"`
	From int    `json:"from"`
	To   int    `json:"to"`
}

// reached notes what evaluations reach: expressions that were evaluated, and rules whose body held. It is safe for concurrent use.
type reached struct {
	mutex sync.Mutex
	at    map[*ast.Location]bool
}

func (*reached) Enabled() bool               { return true }
func (*reached) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

// TraceEvent implements topdown.QueryTracer.
func (r *reached) TraceEvent(event topdown.Event) {
	var location *ast.Location
	switch node := event.Node.(type) {
	case *ast.Rule:
		if event.Op == topdown.ExitOp {
			location = node.Head.Location
		}
	case *ast.Expr:
		if event.Op == topdown.EvalOp {
			location = node.Location
		}
	}
	if !location.HasFile() {
		return
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.at[location] = true
}

// place is a position in a file, and stretch what is from one to another.
type (
	place   struct{ row, column int }
	stretch struct{ from, to place }
)

func (p place) compare(other place) int {
	return cmp.Or(cmp.Compare(p.row, other.row), cmp.Compare(p.column, other.column))
}

func stretchOf(location *ast.Location) stretch {
	row, column := location.End()
	return stretch{place{location.Row, location.Col}, place{row, column}}
}

func (s stretch) has(other stretch) bool {
	return s.from.compare(other.from) <= 0 && s.to.compare(other.to) >= 0
}

// linesOf counts the lines that are touched.
func linesOf(all []stretch) int {
	lines := map[int]bool{}
	for _, s := range all {
		for row := s.from.row; row <= s.to.row; row++ {
			lines[row] = true
		}
	}
	return len(lines)
}

// covered says which lines of modules, by their file, were reached: lines that were not are those of rules and expressions that are in nothing
// that was. Lines can be both, where a part was not reached.
func (r *reached) covered(modules map[string]*ast.Module) Coverage {
	c := Coverage{Gaps: []Gap{}}
	byFile := map[string][]stretch{}
	for location := range r.at {
		byFile[location.File] = append(byFile[location.File], stretchOf(location))
	}
	for _, file := range slices.Sorted(maps.Keys(modules)) {
		missed := missedIn(modules[file], byFile[file])
		lines := linesOf(byFile[file])
		c.Reached += lines
		c.Lines += lines + linesOf(missed)
		from := len(c.Gaps)
		for _, gap := range missed { // what stands on one line, or goes on in the next, is one gap
			if n := len(c.Gaps); n > from && gap.from.row <= c.Gaps[n-1].To+1 {
				c.Gaps[n-1].To = max(c.Gaps[n-1].To, gap.to.row)
				continue
			}
			c.Gaps = append(c.Gaps, Gap{file, gap.from.row, gap.to.row})
		}
	}
	if c.Lines > 0 {
		c.Percent = float64(c.Reached) / float64(c.Lines) * 100
	}
	return c
}

// missedIn are the heads of rules and the expressions of a module that were not reached, by their place.
func missedIn(module *ast.Module, reached []stretch) []stretch {
	var missed []stretch
	look := func(location *ast.Location) {
		if !location.HasFile() {
			return
		}
		if s := stretchOf(location); !slices.ContainsFunc(reached, func(r stretch) bool { return r.has(s) }) {
			missed = append(missed, s)
		}
	}
	ast.WalkRules(module, func(rule *ast.Rule) bool {
		look(rule.Head.Location)
		return false
	})
	ast.WalkExprs(module, func(expr *ast.Expr) bool {
		if _, declares := expr.Terms.(*ast.SomeDecl); !declares {
			look(expr.Location)
		}
		return false
	})
	slices.SortFunc(missed, func(a, b stretch) int { return cmp.Or(a.from.compare(b.from), a.to.compare(b.to)) })
	return missed
}
