package html

import (
	g "maragu.dev/gomponents"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/markup"
	"github.com/raci-check/raci-check/internal/markup/tag"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// valueOf is the value of a parameter.
func valueOf(v any) g.Node { return shown(verdict.ValueText(v)) }

// title names a duty, with its verdict.
func (r report) title(d *duty) g.Node {
	return g.Group{tag.ID(d.ID), shown(d.Activity.ID), markup.Space, shown(d.Title), markup.Space, r.badge(d.Status)}
}

// reason is why a status is as it is.
func reason(s string) g.Node {
	return g.Iff(s != "", func() g.Node { return tag.P(shown(s)) })
}

// duty is a duty with its checks.
func (r report) duty(d *duty) g.Node {
	about := g.Group{shown(d.Phase), comma(), shown(d.Section)}
	if d.Disputed {
		about = append(about, markup.Space, r.Put("— disputed:"), markup.Space, shown(d.DisputeNote))
	}
	if d.NotCounted {
		about = append(about, markup.Space, strong(r.Put("Its failure does not count.")))
	}
	return tag.Section(tag.Class("duty"), markup.Lines(
		tag.H3(r.title(d), markup.Space, r.chips(d.Progress)), tag.P(tag.Class("meta"), about),
		g.Iff(len(d.Assurance) > 0, func() g.Node {
			return markup.Lines(tag.P(r.Put("On file from the provider:")), tag.Ul(r.documents(d.Assurance)))
		}),
		reason(d.Reason), later(d.Bad, r.check),
		g.Iff(len(d.Others) > 0, func() g.Node {
			return folded(g.Group{r.passing(d), markup.Space, r.Put("not apply")},
				r.table(table{
					class: "wide", label: text(d.Activity.ID) + r.Text(": checks that pass or do not apply"),
					columns: r.texts("Status", "Check", "Strength, and the weakest facts", "Evidence it rests on", "Source"),
				}, later(d.Others, r.other)))
		})), tag.Raw("\n"))
}

// passing says how many checks of a duty pass or do not apply.
func (r report) passing(d *duty) g.Node {
	n := len(d.Others)
	return g.Group{r.Amount(n), markup.Space, r.Forms(n, "check passes or does", "checks pass or do")}
}

// other is a check that passes or does not apply.
func (r report) other(c *check) g.Node {
	title := g.Group{shown(c.Title), br(name(c.ID), markup.Space, r.severity(c.Severity))}
	if c.Unmapped != "" {
		title = append(title, br(r.Put("counts for no framework:"), markup.Space, shown(c.Unmapped)))
	}
	strength := g.Group{}
	if c.Grade != "" {
		strength = append(strength, r.Put(string(c.Grade)))
	}
	strength = append(strength, r.signers(c.SignedBy))
	if by := text(r.StatedBy(c.StatedBy)); by != "" {
		strength = append(strength, br(r.Put("by"), markup.Space, tag.Text(by)))
	}
	strength = append(strength, g.Map(c.Weakest, func(s string) g.Node { return br(name(s)) }))
	return tag.Tr(tag.Td(r.badge(c.Status)), tag.Td(title), tag.Td(strength), tag.Td(names(tag.Br(), c.Evidence)), tag.Td(r.cited(c.Source)))
}

// check is a check that is to fix, or waived.
func (r report) check(c *check) g.Node {
	return tag.Section(tag.Class("check "+wording.StatusClass(c.Status)+" "+string(c.Severity)), markup.Lines(
		tag.H4(r.severity(c.Severity), markup.Space, shown(c.Title), markup.Space, r.badge(c.Status), markup.Space, tag.Span(tag.Class("id"), name(c.ID))),
		g.Iff(len(c.Shown) > 0, func() g.Node {
			return tag.Ul(tag.Class("findings"), later(c.Shown, func(f *assessment.Finding) g.Node { return r.finding(f, c.Remediation) }))
		}),
		g.Iff(c.Reason != "", func() g.Node { return tag.P(tag.Class("note"), shown(c.Reason)) }),
		g.Iff(c.Waiver != nil, func() g.Node {
			return tag.P(strong(r.Put("Waived")), markup.Space, r.Putf("until %s by %s:", r.day(c.Waiver.ExpiresOn), text(c.Waiver.ApprovedBy)), markup.Space, shown(c.Waiver.Reason))
		}),
		g.Iff(c.OwnFix, func() g.Node {
			label := r.Put("Fix:")
			if c.OtherFixes {
				label = r.Put("Fix of the others:")
			}
			return tag.P(strong(label), markup.Space, shown(c.Remediation))
		}),
		folded(r.Put("What it asks for, and its source"), tag.P(shown(c.Description)), r.expected(c),
			g.Iff(c.Unmapped != "", func() g.Node {
				return tag.P(tag.Class("note"), r.Putf("It counts for no framework: %s.", text(c.Unmapped)))
			}),
			tag.P(tag.Class("note"), r.Put("Source:"), markup.Space, r.cited(c.Source)))), tag.Raw("\n"))
}

// expected are the thresholds of a check.
func (r report) expected(c *check) g.Node {
	if len(c.Thresholds) == 0 {
		return nil
	}
	return tag.P(strong(r.Put("Expected:")), markup.Space, markup.Joined(tag.Raw("; "), g.Map(c.Thresholds, func(p assessment.Parameter) g.Node {
		value := g.Group{name(p.Name), tag.Raw(" = "), shown(r.Quantity(p.Value, p.Unit))}
		if p.Looser {
			value = append(value, tag.Raw(" ("), strong(r.Put("looser")), markup.Space, r.Putf("than the profile’s %s)", text(verdict.ValueText(p.Default))))
		}
		return value
	})))
}

// finding is a finding, with its fix where that is another than the check's.
func (r report) finding(f *assessment.Finding, fix string) g.Node {
	item := g.Group{}
	if f.Waived {
		item = append(item, strong(r.Put("waived:")), markup.Space)
	}
	item = append(item, shown(f.Message), markup.Space, place(f.Location, tag.Class("where")), markup.Space, name(f.Pointer))
	for _, related := range f.Related {
		item = append(item, br(r.Put("see"), markup.Space, place(related.Location), markup.Space, name(related.Pointer)))
	}
	if f.Remediation != fix {
		item = append(item, br(strong(r.Put("Fix:")), markup.Space, shown(f.Remediation)))
	}
	return tag.Li(item)
}

// brief is a duty among those of several services.
func (r report) brief(d *duty) g.Node {
	bad := func(c *check) g.Node {
		item := g.Group{r.severity(c.Severity), markup.Space, r.badge(c.Status), markup.Space, name(c.ID)}
		for _, f := range c.Shown {
			item = append(item, br(tag.Text(shorten(f.Message, maxBrief)), markup.Space, place(f.Location)))
		}
		if c.Hidden > 0 {
			item = append(item, br(r.Putf("and %d more", c.Hidden)))
		}
		return tag.Li(item)
	}
	return tag.Section(tag.Class("duty"), markup.Lines(
		tag.H4(r.title(d)),
		g.Iff(d.NotCounted, func() g.Node { return tag.P(strong(r.Put("Disputed: its failure does not count."))) }),
		reason(d.Reason),
		g.Iff(len(d.Bad) > 0, func() g.Node { return tag.Ul(tag.Class("findings"), later(d.Bad, bad)) }),
		g.Iff(len(d.Others) > 0, func() g.Node { return tag.P(tag.Class("note"), r.passing(d), markup.Space, r.Put("not apply.")) })))
}
