package lsp

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/describe"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/verdict"
)

// program is the name that an editor shows beside a diagnostic.
const program = "raci-check"

// mark is a diagnostic, with what it is about as package authoring wants it.
type mark struct {
	diagnostic
	start, end int    // offsets in the text
	message    string // of the defect or finding alone
}

// mostPlaces is how many places of one check are marked in one file. A list of a thousand items may fail a thousand times.
const mostPlaces = 50

// marker marks what an assessment says at its places.
type marker struct {
	folder *folder
	view   *view
	texts  map[string]*text  // by path
	all    map[string][]mark // by path
}

// text is the text of a file: that of the editor, or that of the disk. A file that cannot be read is an empty one.
func (m *marker) text(path string) *text {
	if d := m.view.open[path]; d != nil {
		return d.text
	}
	if m.texts[path] == nil {
		content, err := safefile.Read(path, int64(document.DefaultLimits.Bytes))
		if err != nil {
			content = nil
		}
		m.texts[path] = newText(content)
	}
	return m.texts[path]
}

func (m *marker) defects(errs document.Errors) {
	byFile := map[string]document.Errors{}
	for _, e := range errs {
		path := m.folder.dir // an error without a file is about the folder
		if e.File != "" {
			path = m.folder.path(e.File)
		}
		byFile[path] = append(byFile[path], e)
	}
	for path, errs := range byFile {
		switch {
		case isBelow(path, m.folder.dir) && path != m.folder.dir:
			m.all[path] = append(m.all[path], m.folder.server.defectMarks(m.text(path), errs)...)
		default: // there is no place for it in the folder: it stands in the first file that is open
			for _, first := range m.anywhere() {
				m.all[first] = append(m.all[first], m.folder.server.defectMarks(m.text(first), elsewhere(m.folder.server.Language.Errors(errs)))...)
			}
		}
	}
}

// anywhere is the first file that is open in the folder.
func (m *marker) anywhere() (paths []string) {
	for path := range m.view.open {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths[:min(len(paths), 1)]
}

// elsewhere are errors of another file as they are told at the beginning of this one.
func elsewhere(errs document.Errors) (moved document.Errors) {
	for _, e := range errs {
		moved = append(moved, &document.Error{Line: 1, Column: 1, Message: e.Error()})
	}
	return moved
}

// defectMarks are errors of a text at their places.
func (s *server) defectMarks(t *text, errs document.Errors) []mark {
	marks := []mark{}
	spoken := s.Language.Errors(errs)
	for i, e := range errs {
		start, end := t.token(t.placeOffset(document.Position{Line: e.Line, Column: e.Column}))
		marks = append(marks, mark{start: start, end: end, message: e.Message, diagnostic: diagnostic{
			Range: t.extent(start, end, s.encoding), Severity: isError, Source: program, Message: sanitize.Lines(spoken[i].Message),
		}})
	}
	return marks
}

// span is the extent in its file of what a finding is about: the value of a field, the first line of an item, or the key of what lacks
// something.
func (m *marker) span(pointer string, at verdict.Location) (path string, start, end int) {
	path = m.folder.path(at.File)
	t := m.text(path)
	place := t.placeOffset(document.Position{Line: at.Line, Column: at.Column})
	last := pointer[strings.LastIndexByte(pointer, '/')+1:]
	key, from, to, isValue := t.value(place)
	_, err := strconv.Atoi(last)
	switch {
	case err == nil && isValue:
		start, end = t.rest(place)
	case isValue && key == last:
		start, end = from, to
	default:
		start, end = t.token(place)
	}
	return path, start, end
}

type finding struct {
	assessment.Finding
	check assessment.Check
}

func (m *marker) assessment(whole *assessment.Assessment) {
	for i := range whole.Services {
		m.service(&whole.Services[i])
	}
	m.waivers(whole.Waivers)
}

func (m *marker) service(service *assessment.Service) {
	causes := map[assessment.CauseKey][]finding{}
	for _, activity := range service.Activities {
		for _, check := range activity.Checks {
			if check.Status.Bad() {
				m.check(check, causes)
			}
		}
	}
	for _, cause := range service.Causes {
		for _, group := range groups(cause, causes[cause.CauseKey]) {
			m.shared(cause, group)
		}
	}
	m.waivers(service.Waivers)
}

// waivers marks those that are rejected.
func (m *marker) waivers(all []assessment.Waiver) {
	for _, w := range all {
		if w.State == assessment.WaiverRejected {
			m.waiver(w)
		}
	}
}

// check marks what a check finds by itself, and puts aside what other checks may find too.
func (m *marker) check(check assessment.Check, causes map[assessment.CauseKey][]finding) {
	count := map[string]int{} // by file
	for _, f := range check.Findings {
		switch {
		case f.Waived:
		case f.Cause != nil:
			causes[*f.Cause] = append(causes[*f.Cause], finding{f, check})
		default:
			if count[f.File]++; count[f.File] <= mostPlaces {
				m.add([]finding{{f, check}}, f.Message, "")
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(count)) {
		if more := count[file] - mostPlaces; more > 0 {
			last := check.Findings[slices.IndexFunc(check.Findings, func(f assessment.Finding) bool { return f.File == file && f.Cause == nil && !f.Waived })]
			m.add([]finding{{last, check}}, m.folder.server.words().Say("%s: %d more places in this file", check.Title, more), "")
		}
	}
}

// groups are the findings of a cause that are one thing to do: all of them, but for the fields that a section lacks, each of which
// is written for itself.
func groups(cause assessment.Cause, all []finding) [][]finding {
	if cause.Kind != assessment.Incomplete {
		return [][]finding{all}
	}
	var byField [][]finding
	index := map[string]int{}
	for _, f := range all {
		i, present := index[f.Pointer]
		if !present {
			i = len(byField)
			index[f.Pointer], byField = i, append(byField, nil)
		}
		byField[i] = append(byField[i], f)
	}
	return byField
}

// shared marks once what several checks find.
func (m *marker) shared(cause assessment.Cause, group []finding) {
	if len(group) == 0 {
		return
	}
	slices.SortStableFunc(group, func(a, b finding) int {
		return cmp.Or(cmp.Compare(b.check.Severity.Rank(), a.check.Severity.Rank()), cmp.Compare(a.check.ID, b.check.ID))
	})
	first := slices.MinFunc(group, func(a, b finding) int { return a.Compare(b.Finding) })
	checks := checksOf(group)
	rest := ""
	if len(checks) > 1 {
		rest = m.folder.server.words().Say("%d checks need it: %s", len(checks), strings.Join(checks[:min(len(checks), mostNamed)], ", "))
		if more := len(checks) - mostNamed; more > 0 {
			rest += m.folder.server.words().Say(" and %d more", more)
		}
	}
	group[0].Finding = first.Finding
	message := first.Message
	if cause.Kind != assessment.Incomplete && first.Message == cause.Message {
		message = wording.In(m.folder.server.words()).Cause(cause)
	}
	m.add(group, message, rest)
}

// mostNamed is how many checks a message names.
const mostNamed = 5

func checksOf(group []finding) (ids []string) {
	for _, f := range group {
		if !slices.Contains(ids, f.check.ID) {
			ids = append(ids, f.check.ID)
		}
	}
	return ids
}

// add marks the place of the first of some findings, for all of them. The gravest check comes first.
func (m *marker) add(group []finding, message, rest string) {
	first := group[0]
	path, start, end := m.span(first.Pointer, first.Location)
	if filepath.Dir(path) != m.folder.dir {
		return // the folder of that file is not open
	}
	s := m.folder.server
	lines := []string{message, s.words().Say("fix: %s", first.Remediation)}
	if rest != "" {
		lines = append(lines, rest)
	}
	marked := mark{start: start, end: end, message: first.Message, diagnostic: diagnostic{
		Range: m.text(path).extent(start, end, s.encoding), Severity: isInformation, Code: first.check.ID, Source: program,
		Message: sanitize.Lines(strings.Join(lines, "\n")),
		Data:    &diagnosticData{Pointer: first.Pointer, Check: first.check.ID, Checks: checksOf(group)},
	}}
	for _, f := range group {
		marked.Severity = min(marked.Severity, severity(f.Status, f.check.Severity))
	}
	for _, place := range first.Related {
		path, start, end := m.span(place.Pointer, place.Location)
		marked.Related = append(marked.Related, related{
			Location: location{URI: uriIn(m.view, path), Range: m.text(path).extent(start, end, s.encoding)}, Message: sanitize.Text(place.Pointer),
		})
	}
	if href := s.page(first.check.ID); href != "" {
		marked.Description = &codeDescription{Href: href}
	}
	m.all[path] = append(m.all[path], marked)
}

// severity says how an editor shows a finding. Evidence that is not there yet is work to do, and no mistake in the text.
func severity(status verdict.Status, of verdict.Severity) int {
	switch {
	case status == verdict.Missing:
		return isInformation
	case of.Rank() >= verdict.High.Rank():
		return isError
	default:
		return isWarning
	}
}

// waiver marks a waiver that has no effect.
func (m *marker) waiver(w assessment.Waiver) {
	path, start, end := m.span("", w.Location)
	if filepath.Dir(path) != m.folder.dir {
		return
	}
	message := m.folder.server.words().Say("the waiver for %s has no effect: %s", w.Check, w.Note)
	m.all[path] = append(m.all[path], mark{start: start, end: end, message: message, diagnostic: diagnostic{
		Range: m.text(path).extent(start, end, m.folder.server.encoding), Severity: isWarning, Source: program, Message: sanitize.Lines(message),
	}})
}

// finish orders the marks of each file, and leaves each once.
func (m *marker) finish() {
	for path, marks := range m.all {
		slices.SortStableFunc(marks, func(a, b mark) int {
			return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message))
		})
		m.all[path] = slices.CompactFunc(marks, func(a, b mark) bool {
			return a.start == b.start && a.end == b.end && a.Code == b.Code && a.Message == b.Message
		})
	}
}

// page is the URI of a file with the explanation of a check; empty where it cannot be written.
func (s *server) page(check string) string {
	s.pages.mutex.Lock()
	defer s.pages.mutex.Unlock()
	if uri, ready := s.pages.ready[check]; ready {
		return uri
	}
	if s.pages.ready == nil {
		s.pages.ready = map[string]string{}
	}
	uri, err := s.writePage(check)
	if err != nil {
		fmt.Fprintf(s.Log, "raci-check: %s\n", sanitize.Lines(err.Error()))
	}
	s.pages.ready[check] = uri
	return uri
}

// writePage writes the explanation of a check, as explain prints it, into a folder that goes with the server.
func (s *server) writePage(check string) (uri string, err error) {
	if s.closed.Load() || !filepath.IsLocal(check) || strings.ContainsAny(check, `/\`) {
		return "", nil
	}
	if s.pages.explainer == nil {
		rules, _, err := s.rules.current()
		if err != nil {
			return "", err
		}
		if s.pages.explainer, err = describe.Open(rules, s.Assess.Reading, s.Assess.Profiles); err != nil {
			return "", err
		}
		s.pages.explainer.Language = s.Language
		if s.pages.folder, err = os.MkdirTemp("", "raci-check-lsp-*"); err != nil {
			return "", fmt.Errorf("explain checks: %w", err)
		}
	}
	content, err := s.pages.explainer.Explain(check)
	if err != nil {
		return "", err
	}
	if s.pages.folder == "" {
		return "", errors.New("explain checks: there is no folder for it")
	}
	name := filepath.Join(s.pages.folder, check+".txt")
	if err := safefile.WritePrivate(name, []byte(content)); err != nil {
		return "", fmt.Errorf("explain checks: %w", err)
	}
	return uriOf(name), nil
}
