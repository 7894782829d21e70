package lsp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/workspace"
)

// folder is a folder of evidence of which a file is open.
type folder struct {
	server *server
	dir    string
	base   document.Folder // of the names in the assessment
	space  workspace.Workspace
	again  chan struct{}
	stop   context.CancelFunc
	view   atomic.Pointer[view] // what is assessed, or was the last

	// The server's mutex is held for all below.
	timer    *time.Timer
	giveUp   context.CancelFunc // the assessment that runs
	judged   *judged            // nil before the first assessment
	settled  chan struct{}      // closed when judged changes
	message  string             // the last that was told
	released bool
	writes   int  // of the server itself into the folder, that run
	isHalf   bool // the assessment that runs may have seen the middle of such a write
}

// view is the documents of a folder as they are at a moment, by path.
type view struct{ open map[string]*open }

type judged struct {
	of    *view
	whole *assessment.Assessment // nil where the input is wrong
}

// start begins to assess a folder. The server's mutex is held.
func (s *server) start(dir string) *folder {
	f := &folder{server: s, dir: dir, base: document.Folder(dir), again: make(chan struct{}, 1), settled: make(chan struct{})}
	for _, root := range s.roots {
		if isBelow(dir, root) && (f.base == document.Folder(dir) || len(root) > len(f.base)) {
			f.base = document.Folder(root)
		}
	}
	f.giveUp = func() {}
	f.view.Store(&view{})
	options := s.Assess
	options.Base, options.Paths, options.Unsaved = f.base, []string{f.base.Name(dir)}, f.unsaved
	options.Waivers = slices.Clone(options.Waivers)
	for i, name := range options.Waivers {
		options.Waivers[i] = f.base.Name(name)
	}
	f.space = workspace.Workspace{
		Rules: s.rules.again, RuleFiles: s.RuleFiles, Options: options, At: s.At, Again: f.again, Begin: f.begin,
	}
	ctx, stop := context.WithCancel(s.ctx)
	f.stop = stop
	s.beside(func() { f.run(ctx) })
	return f
}

// run assesses until the context ends.
func (f *folder) run(ctx context.Context) {
	err := f.space.Watch(ctx, f.see)
	defer f.space.Close()
	for err != nil && ctx.Err() == nil { // without a watch, the client says what changed
		f.tell(isWarning, f.server.words().Say("changes on the disk are not seen: %v", err))
		if wrong := f.once(ctx); wrong != nil {
			fmt.Fprintf(f.server.Log, "raci-check: %s\n", sanitize.Lines(wrong.Error()))
		}
		select {
		case <-ctx.Done():
		case <-f.again:
		}
	}
}

// once assesses once.
func (f *folder) once(ctx context.Context) error {
	ctx = f.begin(ctx)
	state, err := f.space.Now(ctx)
	if err == nil && ctx.Err() == nil {
		err = f.see(state)
	}
	if state.Fleet != nil {
		err = errors.Join(err, state.Fleet.Close())
	}
	return err
}

// touch has the folder assessed again soon, and gives up what is assessed now. The server's mutex is held.
func (f *folder) touch() {
	f.giveUp()
	if f.timer != nil {
		f.timer.Stop()
	}
	f.timer = time.AfterFunc(f.server.pause, func() {
		select {
		case f.again <- struct{}{}:
		default: // it will be
		}
	})
}

// begin is the context of an assessment, of the documents as they are now.
func (f *folder) begin(ctx context.Context) context.Context {
	f.server.mutex.Lock()
	defer f.server.mutex.Unlock()
	f.giveUp()
	ctx, f.giveUp = context.WithCancel(ctx)
	f.isHalf = f.writes > 0
	f.view.Store(f.server.below(f.dir))
	return ctx
}

// writing runs what writes into a folder of evidence. What is wrong with the evidence meanwhile is not told: it is assessed again
// afterwards.
func (s *server) writing(dir string, write func()) {
	forFolders := func(do func(*folder)) {
		s.mutex.Lock()
		defer s.mutex.Unlock()
		for _, f := range s.folders {
			if isBelow(dir, f.dir) {
				do(f)
			}
		}
	}
	forFolders(func(f *folder) { f.writes, f.isHalf = f.writes+1, true })
	defer forFolders(func(f *folder) {
		f.writes = max(f.writes-1, 0) // it may have been opened meanwhile
		f.touch()
	})
	write()
}

// below is the documents below a folder as they are. The mutex is held.
func (s *server) below(dir string) *view {
	v := &view{open: map[string]*open{}}
	for key, d := range s.open {
		if d.path != "" && isBelow(key, dir) {
			v.open[key] = d
		}
	}
	return v
}

// lost are the errors of the documents whose text is not known.
func (v *view) lost(base document.Folder) (errs document.Errors) {
	for _, path := range slices.Sorted(maps.Keys(v.open)) {
		if v.open[path].lost {
			errs = append(errs, lost(base.Name(path)))
		}
	}
	return errs
}

// unsaved answers the text that the editor has of a file.
func (v *view) unsaved(path string) ([]byte, bool) {
	d := v.open[filepath.Clean(path)]
	if d == nil {
		return nil, false
	}
	return d.content, true
}

// unsaved answers the text that the editor had of a file when the assessment began.
func (f *folder) unsaved(path string) ([]byte, bool) { return f.view.Load().unsaved(path) }

// see publishes what an assessment says, unless the documents have changed since it began, or the server wrote into the folder
// meanwhile: then another one follows.
func (f *folder) see(state workspace.State) error {
	v := f.view.Load()
	if errs := v.lost(f.base); len(errs) > 0 {
		state.Whole, state.Err = nil, errs
	}
	now := &judged{of: v, whole: f.server.Language.Assessment(state.Whole)}
	marks := f.marks(v, now.whole, state.Err)
	s := f.server
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if f.released || f.isHalf && state.Err != nil || !maps.Equal(s.below(f.dir).open, v.open) {
		return nil
	}
	f.judged = now
	close(f.settled)
	f.settled = make(chan struct{})
	f.say(severityOf(state.Err), f.server.standing(state.Err, now.whole))
	for _, path := range inOrder(marks, v) {
		if s.owner(path) == f {
			s.publish(path, shown{uri: uriIn(v, path), of: v.open[path], marks: marks[path], by: f})
		}
	}
	for path, on := range s.shown {
		if owner := s.owner(path); on.by == f && marks[path] == nil && (owner == f || owner == nil) {
			s.withdraw(path)
		}
	}
	if s.client.Capabilities.Workspace.InlayHint.RefreshSupport {
		s.beside(func() {
			ctx, stop := context.WithTimeout(s.ctx, patience)
			defer stop()
			_ = s.ask(ctx, "workspace/inlayHint/refresh", nil, nil) // the client knows why not
		})
	}
	return nil
}

// patience is how long the answer of a client is waited for, and a request for the next assessment.
const patience = 5 * time.Second

// inOrder are the files, those that are open first.
func inOrder(marks map[string][]mark, v *view) []string {
	return slices.SortedFunc(maps.Keys(marks), func(a, b string) int {
		switch openA, openB := v.open[a] != nil, v.open[b] != nil; {
		case openA && !openB:
			return -1
		case openB && !openA:
			return 1
		default:
			return strings.Compare(a, b)
		}
	})
}

// uriIn is the URI of a file as the client spells it.
func uriIn(v *view, path string) string {
	if d := v.open[path]; d != nil {
		return d.uri
	}
	return uriOf(path)
}

// path is where the file of a name in the assessment lies.
func (f *folder) path(name string) string {
	return filepath.Clean(f.base.Path(filepath.FromSlash(name)))
}

// marks are what is published about each file: all that are open or have something wrong.
func (f *folder) marks(v *view, whole *assessment.Assessment, wrong error) map[string][]mark {
	m := marker{folder: f, view: v, texts: map[string]*text{}, all: map[string][]mark{}}
	for path, d := range v.open {
		m.all[path] = []mark{}
		if _, err := os.Lstat(path); d.lost || d.kind == "" || d.kind == kindEvidence && err == nil {
			continue // evidence that is on the disk is read with its folder
		}
		if errs, err := f.server.defects(d); err == nil {
			m.defects(errs)
		}
	}
	errs, placed := defectsOf(wrong)
	switch {
	case placed:
		m.defects(errs)
	case whole != nil:
		m.assessment(whole)
	}
	m.finish()
	return m.all
}

// defectsOf are the defects of the input that an error tells of; not ok where it tells of something else.
func defectsOf(err error) (errs document.Errors, ok bool) {
	var list document.Errors
	var single *document.Error
	if !errors.As(err, &list) && !errors.As(err, &single) {
		return nil, false
	}
	errs = document.Collect(nil, err)
	return errs, len(errs) > 0
}

// severityOf is how a message about the standing of a folder is told.
func severityOf(err error) int {
	_, placed := defectsOf(err)
	switch {
	case err == nil || errors.Is(err, evidence.ErrNoEvidence):
		return isInformation
	case placed:
		return isWarning
	default:
		return isError
	}
}

func (s *server) standing(err error, whole *assessment.Assessment) string {
	errs, placed := defectsOf(err)
	switch {
	case errors.Is(err, evidence.ErrNoEvidence):
		return s.words().Text("no evidence")
	case placed:
		return fmt.Sprintf(s.words().Plural(len(errs), "nothing is assessed until this error is fixed", "nothing is assessed until these errors are fixed")+": %v", s.Language.Errors(errs)[0])
	case err != nil:
		return s.words().Say("nothing is assessed: %v", s.Language.Error(err))
	case whole == nil:
		return ""
	}
	w := wording.In(s.words())
	var lines []string
	for _, service := range whole.Services {
		line := service.Service.Name + ": " + w.Sentence(service)
		if rest := w.Open(service); rest != "" {
			line += "; " + rest
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// say tells what was not said the last time. The server's mutex is held.
func (f *folder) say(severity int, message string) {
	if message != "" && message != f.message {
		f.message = message
		f.server.tell(severity, filepath.Base(f.dir)+": "+message)
	}
}

// tell is say for those who do not hold the mutex.
func (f *folder) tell(severity int, message string) {
	f.server.mutex.Lock()
	defer f.server.mutex.Unlock()
	if !f.released {
		f.say(severity, message)
	}
}

// release ends the assessments of a folder and takes back what is published about it. The mutex is held.
func (s *server) release(dir string) {
	f := s.folders[dir]
	f.released = true
	delete(s.folders, dir)
	f.giveUp()
	if f.timer != nil {
		f.timer.Stop()
	}
	f.stop()
	close(f.settled)
	f.settled = make(chan struct{})
	for path, on := range s.shown {
		if on.by == f {
			s.withdraw(path)
		}
	}
	if outer := s.owner(dir); outer != nil {
		outer.touch()
	}
}
