package lsp

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/verdict"
)

// inlayHints are the grades of facts, and how the checks of each section stand. They are those of the text as it is: where it is
// not assessed yet, that is waited for.
func (s *server) inlayHints(ctx context.Context, p *rangeParams) ([]inlayHint, error) {
	d, on := s.judgedOf(ctx, p.Document.URI)
	if d != nil && d.lost {
		return nil, errModified
	}
	if d == nil || on == nil || on.whole == nil {
		return []inlayHint{}, nil
	}
	doc, err := document.Parse("", d.content, document.DefaultLimits.WithBytes(max(len(d.content), document.DefaultLimits.Bytes)))
	if err != nil {
		return []inlayHint{}, nil //nolint:nilerr // the diagnostics say what is wrong
	}
	h := hinter{words: wording.In(s.words()), text: d.text, doc: doc, from: p.Range.Start.Line, to: p.Range.End.Line, encoding: s.encoding, byLine: map[int]*inlayHint{}}
	folder := s.folderOf(d)
	for i := range on.whole.Services {
		service := &on.whole.Services[i]
		for _, section := range service.Sections {
			if folder != nil && folder.path(section.File) == d.path {
				h.section(section.Name, service, on.whole.Policies.RestsOn)
			}
		}
	}
	return h.all(), nil
}

func (s *server) folderOf(d *open) *folder {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.owner(d.key())
}

// judgedOf is a document with the assessment of its version; nil where there is none.
func (s *server) judgedOf(ctx context.Context, uri string) (*open, *judged) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	for {
		d, on, settled := s.standingOf(uri)
		if settled == nil {
			return d, on
		}
		select {
		case <-ctx.Done():
			return d, nil
		case <-settled:
		}
	}
}

// standingOf is judgedOf at this moment; where an assessment is due, settled is closed after it.
func (s *server) standingOf(uri string) (d *open, on *judged, settled <-chan struct{}) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	d = s.opened(uri)
	if d == nil {
		return nil, nil, nil
	}
	owner := s.owner(d.key())
	switch {
	case owner == nil:
		return d, nil, nil
	case owner.judged != nil && owner.judged.of.open[d.key()] == d:
		return d, owner.judged, nil
	default:
		return d, nil, owner.settled
	}
}

// hinter gathers the hints of a document, at the ends of lines.
type hinter struct {
	words    wording.Phrases
	text     *text
	doc      *document.Document
	from, to int // lines of the client
	encoding encoding
	byLine   map[int]*inlayHint
}

// section adds the hints of a section: how many of its checks pass with which grade, and the grade of facts.
func (h *hinter) section(name string, service *assessment.Service, restsOn map[string][]string) {
	pointer := document.Pointer(name)
	value, present := h.doc.Lookup(pointer)
	if !present {
		return
	}
	mine := assessment.Activity{}
	var grade verdict.Grade
	for _, activity := range service.Activities {
		for _, check := range activity.Checks {
			if slices.ContainsFunc(restsOn[check.ID], func(field string) bool { return field == pointer || strings.HasPrefix(field, pointer+"/") }) {
				mine.Checks = append(mine.Checks, check)
				if check.Status == verdict.Pass {
					grade = verdict.Weaker(grade, check.Grade)
				}
			}
		}
	}
	if progress := assessment.ProgressOf(mine); progress.Judged > 0 {
		label := h.words.Passing(progress)
		if grade != "" {
			label += ", " + h.words.Text(string(grade))
		}
		h.add(pointer, label, h.words.Text("the checks that read this section, with the grade of the weakest fact that those which pass rest on"))
	}
	f := factHints{hinter: h, section: grade, derived: map[string]string{}, weakest: map[string]verdict.Grade{}}
	for _, from := range service.Derived {
		for _, fact := range from.Facts {
			f.derived[fact.Pointer] = h.words.Say("read again from %s, at %s", from.Artifact, h.words.Value(fact.Place))
		}
	}
	for _, check := range mine.Checks {
		for _, field := range check.Weakest {
			f.weakest[field] = verdict.Weaker(f.weakest[field], check.Grade)
		}
	}
	f.walk(pointer, value)
}

// factHints adds the grade of each fact that has another one than its section.
type factHints struct {
	*hinter
	section verdict.Grade
	derived map[string]string        // where it was read, by pointer
	weakest map[string]verdict.Grade // by the pattern of the pointer
}

func (f *factHints) walk(pointer string, value any) {
	switch v := value.(type) {
	case map[string]any:
		for name, below := range v {
			f.walk(pointer+document.Pointer(name), below)
		}
		return
	case []any:
		for i, below := range v {
			f.walk(pointer+"/"+strconv.Itoa(i), below)
		}
		return
	}
	grade := f.weakest[document.Pattern(pointer)]
	from, derived := f.derived[pointer]
	switch {
	case derived:
		grade = verdict.Derived
	case grade == verdict.Derived: // others of its kind are
		return
	}
	if grade != "" && grade != f.section {
		f.add(pointer, f.words.Text(string(grade)), from)
	}
}

// add adds a hint at the end of the line of a fact. Facts on one line share one hint.
func (h *hinter) add(pointer, label, tooltip string) {
	at := h.text.placeOffset(h.doc.Position(pointer))
	line := lineOf(h.text.lines, at)
	if line < h.from || line > h.to {
		return
	}
	hint := h.byLine[line]
	if hint == nil {
		h.byLine[line] = &inlayHint{Position: h.text.position(h.text.end(line), h.encoding), Label: label, Tooltip: tooltip, PaddingLeft: true}
		return
	}
	labels := strings.Split(hint.Label, ", ")
	if !slices.Contains(labels, label) {
		labels = append(labels, label)
		slices.Sort(labels)
		hint.Label = strings.Join(labels, ", ")
	}
	if hint.Tooltip != tooltip {
		hint.Tooltip = ""
	}
}

func (h *hinter) all() []inlayHint {
	hints := make([]inlayHint, 0, len(h.byLine))
	for _, hint := range h.byLine {
		hints = append(hints, *hint)
	}
	slices.SortFunc(hints, func(a, b inlayHint) int { return a.Position.Line - b.Position.Line })
	return hints
}
