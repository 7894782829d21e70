package serve

import (
	"net/http"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/verdict"
)

// overview is the first page.
type overview struct {
	page
	Saved    string // what the last change did
	Changes  []change
	Causes   []cause
	Phases   []phase
	About    string // the service
	Sections []sectionRow
}

// change is a check that the last change has changed.
type change struct {
	diff.Change
	Effect string
	Duty   string
}

// cause is what several checks lack or fail for.
type cause struct {
	*assessment.Cause
	Path string // of the field
}

type phase struct {
	Name string
	Rows []activity
}

// activity is a row of the table.
type activity struct {
	assessment.Activity
	Progress assessment.Progress
}

// sectionRow is a section with where its facts come from.
type sectionRow struct {
	Name, About string
	*assessment.Section
	Bad int // checks that do not pass for it
}

func (s *site) overview(w http.ResponseWriter, r *http.Request) error {
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	view := overview{page: s.page(r, now, "Overview")}
	view.Here = "overview"
	if last := s.lastChange(); last != nil {
		view.Saved, view.Changes = s.words.Saved(last), s.changesOf(s.Language.Diff(last))
	}
	for i := range now.Service.Causes {
		c := &now.Service.Causes[i]
		path := ""
		if s.schema.Has(sectionOf(c.Pointer)) {
			path = fieldPath(c.Pointer)
		}
		view.Causes = append(view.Causes, cause{c, path})
	}
	for _, a := range now.Service.Activities {
		if len(view.Phases) == 0 || view.Phases[len(view.Phases)-1].Name != a.Phase {
			view.Phases = append(view.Phases, phase{Name: a.Phase})
		}
		last := &view.Phases[len(view.Phases)-1]
		last.Rows = append(last.Rows, activity{a, assessment.ProgressOf(a)})
	}
	view.Sections, view.About = s.sections(now.Service), s.schema.About(form.Metadata)
	return s.show(w, http.StatusOK, view.write())
}

func (s *site) lastChange() *diff.Diff {
	s.assessing.Lock()
	defer s.assessing.Unlock()
	return s.change
}

// changesOf lists the checks that are not as they were.
func (s *site) changesOf(d *diff.Diff) []change {
	var all []change
	for _, part := range []struct {
		effect string
		list   []diff.Change
	}{
		{s.words.Plural(1, "fixed", "fixed"), d.Fixed}, {s.words.Plural(1, "fails now", "fail now"), d.Worse},
		{s.words.Plural(1, "has more findings", "have more findings"), d.Grown}, {s.words.Plural(1, "is accepted", "are accepted"), d.Accepted},
		{s.words.Plural(1, "is no longer assessed", "are no longer assessed"), d.NotAssessed},
	} {
		for _, c := range part.list {
			all = append(all, change{c, part.effect, c.Activity})
		}
	}
	return all
}

// sections lists all sections, those that are absent too.
func (s *site) sections(service *assessment.Service) []sectionRow {
	bad := map[string]int{}
	for _, a := range service.Activities {
		for _, check := range a.Checks {
			seen := map[string]bool{}
			for _, finding := range check.Findings {
				if section := sectionOf(finding.Pointer); check.Status.Bad() && !seen[section] {
					seen[section] = true
					bad[section]++
				}
			}
		}
	}
	var rows []sectionRow
	for _, name := range s.schema.Sections() {
		row := sectionRow{Name: name, About: s.schema.About(name), Bad: bad[name]}
		for i := range service.Sections {
			if service.Sections[i].Name == name {
				row.Section = &service.Sections[i]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// duty is the page of an activity.
type dutyPage struct {
	page
	Duty   assessment.Activity
	Done   assessment.Progress
	Checks []check
}

// check is a check with the fields that its findings are about.
type check struct {
	assessment.Check
	Problems []finding
	Fields   []link
	OwnFix   bool // its remediation is not that of each finding
}

// finding is a finding with the field that it is about.
type finding struct {
	assessment.Finding
	Path string // empty where no form has it
}

// link leads to a field.
type link struct{ Text, Path string }

func (s *site) duty(w http.ResponseWriter, r *http.Request) error {
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	for _, a := range now.Service.Activities {
		if a.ID != r.PathValue("duty") {
			continue
		}
		view := dutyPage{page: s.page(r, now, a.ID+" "+a.Title), Duty: a, Done: assessment.ProgressOf(a)}
		for _, c := range a.Checks {
			view.Checks = append(view.Checks, s.check(c))
		}
		return s.show(w, http.StatusOK, view.write())
	}
	return notFound("There is no such duty.")
}

// mostFindings is how many findings of a check a page shows.
const mostFindings = 50

// More is how many findings are not shown.
func (c check) More() int { return len(c.Findings) - len(c.Problems) }

// IsBad reports whether the check is to fix.
func (c check) IsBad() bool { return c.Status.Bad() || c.Status == verdict.Waived }

func (s *site) check(c assessment.Check) check {
	shown := check{Check: c, OwnFix: len(c.Findings) == 0}
	for _, f := range c.Findings[:min(mostFindings, len(c.Findings))] {
		shown.Problems = append(shown.Problems, s.finding(f))
		shown.OwnFix = shown.OwnFix || f.Remediation == c.Remediation
	}
	for _, pointer := range c.Evidence {
		if s.schema.Has(sectionOf(pointer)) {
			shown.Fields = append(shown.Fields, link{pointer, fieldPath(withoutItems(pointer))})
		}
	}
	return shown
}

func (s *site) finding(f assessment.Finding) finding {
	if !s.schema.Has(sectionOf(f.Pointer)) {
		return finding{f, ""}
	}
	return finding{f, fieldPath(f.Pointer)}
}
