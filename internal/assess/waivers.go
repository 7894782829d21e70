package assess

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/placeholder"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/internal/waiver"
)

// waiversOf picks the accepted risks of a service: of the files that are named, and of those beside its evidence.
func (s *stream) waiversOf(source *evidence.Source, set *evidence.Set) ([]waiver.Waiver, error) {
	var errs document.Errors
	all := slices.Clone(s.waivers)
	for _, doc := range set.Waivers {
		waivers, err := s.beside.parse(doc, s.book.checks, s.reader.Placeholders)
		errs = document.Collect(errs, err)
		if !source.SharesWaivers() {
			all = append(all, waivers...)
			continue
		}
		waivers = shared(waivers)
		s.shared.add(doc.Name(), waivers)
		all = append(all, waivers...)
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return slices.DeleteFunc(all, func(w waiver.Waiver) bool { return w.Service != "" && w.Service != set.Service.ID }), nil
}

// shared marks the waivers of several services that name none. What it answers is another list.
func shared(waivers []waiver.Waiver) []waiver.Waiver {
	marked := slices.Clone(waivers)
	for i := range marked {
		marked[i].Shared = marked[i].Service == ""
	}
	return marked
}

// listedFor are the places of the waivers that a report lists for a service.
func listedFor(service *assessment.Service) []verdict.Location {
	var listed []verdict.Location
	for i := range service.Waivers {
		listed = append(listed, service.Waivers[i].Location)
	}
	return listed
}

// sharedWaivers are the waivers of several services, each once however many services there are.
type sharedWaivers struct {
	mutex  sync.Mutex
	files  map[string][]waiver.Waiver // by name
	listed map[verdict.Location]bool  // for some service
}

func (s *sharedWaivers) add(file string, waivers []waiver.Waiver) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.files == nil {
		s.files = map[string][]waiver.Waiver{}
	}
	s.files[file] = waivers
}

func (s *sharedWaivers) has(file string) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, ok := s.files[file]
	return ok
}

// list notes that a service lists waivers.
func (s *sharedWaivers) list(places []verdict.Location) {
	if s.listed == nil {
		s.listed = map[verdict.Location]bool{}
	}
	for _, place := range places {
		s.listed[place] = true
	}
}

// idle are the waivers of several services that are listed for none of them.
func (s *stream) idle() ([]assessment.Waiver, error) {
	for _, source := range s.sources {
		if !source.SharesWaivers() {
			continue
		}
		docs, err := s.reader.Waivers(source, s.shared.has) // of services that the cache has
		if err != nil {
			return nil, err
		}
		for _, doc := range docs {
			waivers, err := waiver.Parse(doc, s.book.checks, s.reader.Placeholders)
			if err != nil {
				return nil, err
			}
			s.shared.add(doc.Name(), shared(waivers))
		}
	}
	all := slices.Clone(s.waivers)
	for _, waivers := range s.shared.files {
		all = append(all, waivers...)
	}
	all = slices.DeleteFunc(all, func(w waiver.Waiver) bool { return !w.Shared || s.shared.listed[w.Location] })
	slices.SortFunc(all, func(a, b waiver.Waiver) int {
		return cmp.Or(strings.Compare(a.Location.File, b.Location.File), cmp.Compare(a.Location.Line, b.Location.Line), cmp.Compare(a.Location.Column, b.Location.Column))
	})
	return s.book.engine.Idle(all, s.options.At, len(s.selected) > 0), nil
}

// lastWaivers keeps what was parsed last: the services of one folder share their waivers, and often come one after the
// other.
type lastWaivers struct {
	mutex   sync.Mutex
	doc     *document.Document
	waivers []waiver.Waiver
	err     error
}

func (l *lastWaivers) parse(doc *document.Document, checks []string, placeholders *placeholder.List) ([]waiver.Waiver, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if l.doc != doc {
		l.doc = doc
		l.waivers, l.err = waiver.Parse(doc, checks, placeholders)
	}
	return l.waivers, l.err
}
