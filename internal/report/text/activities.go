package text

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// counted are the columns of the table that count bad checks.
var counted = []struct {
	severity verdict.Severity
	heading  string
}{
	{verdict.Critical, "crit"}, {verdict.High, " high"}, {verdict.Medium, " med"}, {verdict.Low, " low"},
}

// heading is the heading of a column of numbers, as wide in every language.
func (p *printer) heading(severity verdict.Severity, english string) string {
	if p.words.Words == nil {
		return english
	}
	short := []rune(p.words.Text(string(severity)))
	width := len(english)
	return fmt.Sprintf("%*s", width, string(short[:min(len(short), width-1, 4)]))
}

// activities prints the table: one line for each activity, below its phase.
func (r *report) activities(all []assessment.Activity) {
	const indent, roles = 4, len("AI/RA* ")
	counts := ""
	for _, c := range counted {
		counts += r.heading(c.severity, c.heading)
	}
	heading := r.words.Text("activity")
	id, title := 0, columns(heading)
	for _, a := range all {
		id = max(id, columns(sanitize.Text(a.ID))+2)
		title = max(title, columns(sanitize.Text(a.Title)))
	}
	rest := r.width - indent - id - markWidth - len("  ") - roles - len(counts)
	title = max(min(title, rest), columns(heading))

	r.line()
	r.line(span{blank(indent+id+markWidth) + pad(heading, title+2) + pad(r.words.Text("roles"), roles) + counts, dim})
	phase := ""
	for _, a := range all {
		if a.Phase != phase {
			phase = a.Phase
			r.item(2, 4, span{phase, bold})
		}
		m, look := r.mark(a.Status), plain
		if a.Status == verdict.Inherited || a.Status == verdict.NotSelected {
			look = dim
		}
		r.line(
			span{blank(indent) + pad(a.ID, id), look}, span{pad(m.String(), markWidth), m.style},
			span{pad(shorten(a.Title, title), title+2) + pad(shared(a), roles), look}, span{text: badChecks(a)},
		)
	}
	r.legend(all)
}

// shared says how customer and provider share an activity.
func shared(a assessment.Activity) string {
	text := cmp.Or(a.Customer, "-") + "/" + cmp.Or(a.Provider, "-")
	if a.Disputed {
		text += "*"
	}
	return text
}

func badChecks(a assessment.Activity) string {
	text := ""
	for _, c := range counted {
		n, cell := 0, ""
		for _, check := range a.Checks {
			if check.Severity == c.severity && check.Status.Bad() {
				n++
				cell = fmt.Sprint(n)
			}
		}
		text += blank(len(c.heading)-len(cell)) + cell
	}
	return text
}

// legend explains the table, and each dispute once.
func (r *report) legend(all []assessment.Activity) {
	r.item(2, 4, span{r.words.Say("roles: customer/%s; numbers: checks that do not pass, by severity", cmp.Or(r.Catalog.Provider, r.words.Text("provider"))), dim})
	var notes []string
	for _, a := range all {
		if a.Disputed && !slices.Contains(notes, a.DisputeNote) {
			notes = append(notes, a.DisputeNote)
			r.item(2, 4, span{r.words.Say("* disputed: %s", a.DisputeNote), dim})
		}
	}
}
