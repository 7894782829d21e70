package text

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
)

// dutiesListed is how many duties an overview names.
const dutiesListed = 10

// overview says what many services have in common, and which are the worst.
func (r *report) overview(f *assessment.Fleet, details bool) {
	t := f.Tally
	indent, label := 2, r.labels()
	if !r.quiet {
		r.field(indent, label, "assessed", r.words.Say("%s by %s %s", r.At, r.Tool.Name, r.Tool.Version))
		r.field(indent, label, "profile", r.words.Say("%[2]s, variant %[1]s of the table", r.Catalog.Reading, r.Policies.Profile))
		r.field(indent, label, "strength", r.words.Strength(t.Grades, t.Signers))
		r.field(indent, label, "to fix", r.words.Severities(t.Bad, "check that does not pass", "checks that do not pass"))
		r.field(indent, label, "waivers", r.words.Waivers(t.Waivers))
	}
	r.disputes(r.words.FleetSplit(f), r.words.Readings(f.Head.Readings))
	r.loose(indent, label, t)
	r.oftenBad(t)
	r.worstServices(t)
	if r.quiet {
		return
	}
	r.looser(nil)
	if bad := t.Bad; len(bad) > 0 && !details {
		r.line()
		r.item(0, 6, span{r.words.Text("Next: assess one of them alone to see what to fix; --details prints every service, -o csv=FILE makes a table of all"), bold})
	}
}

// oftenBad lists the duties that leave something to fix in the most services.
func (r *report) oftenBad(t assessment.Tally) {
	duties := slices.DeleteFunc(slices.Clone(t.Duties), func(d assessment.DutyTally) bool { return d.Bad() == 0 })
	if len(duties) == 0 {
		return
	}
	slices.SortStableFunc(duties, func(a, b assessment.DutyTally) int { return cmp.Compare(b.Bad(), a.Bad()) })
	shown := duties[:min(len(duties), dutiesListed)]
	const share, count = len("  100 %"), 8
	r.section("Duties that fail most often")
	id, title := 0, 0
	for _, d := range shown {
		id, title = max(id, columns(sanitize.Text(d.ID))+2), max(title, columns(sanitize.Text(d.Title)))
	}
	title = max(min(title, r.width-2-id-2-count-share-2), 8)
	services := r.words.Plural(2, "service", "services")
	r.line(span{blank(2+id+title+2+count-columns(services)) + services, dim})
	for _, d := range shown {
		bad := d.Bad()
		r.line(span{blank(2) + pad(d.ID, id), bold}, span{text: pad(shorten(d.Title, title), title+2)},
			span{text: fmt.Sprintf("%*d%*d %%", count, bad, share-len(" %"), bad*100/t.Services)})
	}
	r.more(len(duties)-len(shown), "other duty", "other duties")
}

// worstServices lists the services with the most to fix.
func (r *report) worstServices(t assessment.Tally) {
	if len(t.Worst) == 0 {
		return
	}
	r.section("Services that need the most work")
	counts, id := "", 0
	for _, c := range counted {
		counts += r.heading(c.severity, c.heading)
	}
	for _, s := range t.Worst {
		id = max(id, columns(sanitize.Text(name(s.Service))))
	}
	id = max(min(id, r.width-2-markWidth-2-len(counts)), 12)
	r.line(span{blank(2+markWidth+id+2) + counts, dim})
	for _, s := range t.Worst {
		m, cells := r.mark(s.Result), ""
		for _, c := range counted {
			cell := ""
			if n := s.Bad[c.severity]; n > 0 {
				cell = fmt.Sprint(n)
			}
			cells += blank(len(c.heading)-len(cell)) + cell
		}
		r.line(span{blank(2) + pad(m.String(), markWidth), m.style}, span{pad(shorten(name(s.Service), id), id+2), bold},
			span{text: cells})
		r.line(span{blank(2+markWidth) + s.File, dim})
	}
	bad := 0
	for status, n := range t.Results {
		if status.Bad() {
			bad += n
		}
	}
	r.more(bad-len(t.Worst), "other service that needs work", "other services that need work")
}

func (r *report) more(n int, singular, plural string) {
	if n > 0 {
		r.item(2, 4, span{r.words.Say("and %d %s", n, r.words.Plural(n, singular, plural)), dim})
	}
}
