package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/diff"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/policy"
	"github.com/raci-check/raci-check/internal/report/wording"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/serve/guard"
	"github.com/raci-check/raci-check/internal/workspace"
)

// site is the pages of one run.
type site struct {
	Options
	words  wording.Phrases
	guard  *guard.Guard
	desk   *edit.Desk // nil for pages that change nothing
	schema *form.Schema
	checks map[string][]string // that read a field, by its pattern
	reader *evidence.Reader

	saving    sync.RWMutex // what writes is alone from reading to writing: other requests come before it or after it
	assessing sync.Mutex   // an assessment is made by one request at a time
	saved     *workspace.Workspace
	draft     *workspace.Workspace // of what is not saved yet
	unsaved   map[string][]byte    // text of files, while the draft is assessed
	files     []assessment.File    // of the last assessment
	change    *diff.Diff           // what the last change of the files did
	notice    string               // that the next page shows once
	last      *standing            // nil where it has to be made again
	readable  *standing            // the last one that could be made, which may be older than the files
	print     string               // of the files that it is of
	rules     string               // the same of those that the rules are made of
	lastAt    time.Time
}

// open makes ready what all pages need.
func open(o Options) (*site, error) {
	rules, err := o.Rules()
	if err != nil {
		return nil, err
	}
	format, err := rules.Format()
	if err != nil {
		return nil, err
	}
	schema, err := form.Open(format)
	if err != nil {
		return nil, err
	}
	compiled, err := rules.Compiled()
	if err != nil {
		return nil, err
	}
	schema.Language = o.Language
	accepts, _, err := rules.Form()
	if err != nil {
		return nil, err
	}
	placeholders, err := rules.Placeholders()
	if err != nil {
		return nil, err
	}
	o = o.named()
	if info, err := os.Stat(o.Assess.Base.Path(o.Folder)); err == nil && !info.IsDir() {
		return nil, fmt.Errorf("%s is no folder: serve the folder that it is in", o.Folder)
	}
	reader := o.Assess.Reader(accepts, placeholders)
	reader.Kept = &document.Kept{}
	s := &site{
		Options: o, words: wording.In(o.Language.Words()), schema: schema,
		checks: policy.Readers(compiled.Checks(), compiled.Seen()), reader: &reader,
	}
	if !o.ReadOnly {
		if s.desk, err = newDesk(o, rules, *s.reader); err != nil {
			return nil, err
		}
		s.takeBack()
	}
	s.saved = &workspace.Workspace{Rules: o.Rules, RuleFiles: o.RuleFiles, Options: s.Assess, At: o.At}
	drafted := s.Assess
	drafted.Unsaved = func(path string) ([]byte, bool) { text, edited := s.unsaved[path]; return text, edited }
	s.draft = &workspace.Workspace{Rules: o.Rules, RuleFiles: o.RuleFiles, Options: drafted, At: o.At}
	_, err = s.now(context.Background())
	var wrong document.Errors
	if err != nil && !errors.As(err, &wrong) { // the pages show what is wrong with files
		s.close()
		return nil, err
	}
	return s, nil
}

// named names a folder that is not below the working folder from the one that it is in: names that lead outside are none that a
// report can be made again of.
func (o Options) named() Options {
	if o.Assess.Base == "" && !filepath.IsLocal(o.Folder) {
		absolute := func(names []string) []string {
			all := make([]string, len(names))
			for i, name := range names {
				all[i] = name
				if path, err := filepath.Abs(name); err == nil && name != "" {
					all[i] = path
				}
			}
			return all
		}
		folder := absolute([]string{o.Folder})[0]
		o.Assess.Base, o.Folder = document.Folder(filepath.Dir(folder)), filepath.Base(folder)
		o.Assess.Params, o.Assess.Waivers = absolute([]string{o.Assess.Params})[0], absolute(o.Assess.Waivers)
		o.Assess.EvidenceKeys = absolute(o.Assess.EvidenceKeys)
	}
	o.Assess.Paths = []string{o.Folder}
	return o
}

func (s *site) close() {
	s.saved.Close()
	s.draft.Close()
}

// standing is the evidence with its assessment, which reports are made of, and its service in the language of the pages.
type standing struct {
	*assessment.Assessment
	Service *assessment.Service
	Set     *evidence.Set
}

// now reads and assesses the evidence as it is on disk; what nothing has changed is not read again. Errors of the evidence are
// document.Errors.
func (s *site) now(ctx context.Context) (*standing, error) {
	s.assessing.Lock()
	defer s.assessing.Unlock()
	at := s.At()
	print, rules := s.fingerprints()
	if rules == "" || rules != s.rules { // they are read again
		s.close()
		s.rules = rules
	}
	if age := at.Sub(s.lastAt); s.last != nil && print != "" && print == s.print && age >= 0 && age < freshness {
		return s.last, nil
	}
	s.last = nil
	if err := s.complete(); err != nil {
		return nil, err
	}
	state, err := assessed(ctx, s.saved)
	if err != nil {
		return nil, err
	}
	if err := state.Seal(); err != nil { // reports are made of it; nobody sees more of a draft than its verdicts
		return nil, err
	}
	state.Service = s.Language.Service(state.Service)
	if err := s.read(state); err != nil {
		return nil, err
	}
	if names := changedFiles(s.files, state.Service.Evidence); s.files != nil && len(names) > 0 {
		s.change = state.change
		s.notice = s.words.Say("Changed on disk since the last page: %s.", strings.Join(names, ", "))
	}
	s.files = state.Service.Evidence
	s.last, s.print, s.lastAt = &state.standing, print, at
	s.readable = s.last
	return s.last, nil
}

// complete completes what a killed run has half written, as every run that writes does. Pages for reading leave it as it is.
func (s *site) complete() error {
	folder := s.Assess.Base.Path(s.Folder)
	if s.desk == nil || safefile.Unfinished(folder) == nil {
		return nil
	}
	lock, err := s.Lock.Take(folder)
	if err != nil {
		return err
	}
	lock.Release()
	return nil
}

// takeBack removes what a killed run has written beside the files: the next one to write would. Where another run is about to write, it
// is that run's.
func (s *site) takeBack() {
	folder := s.Assess.Base.Path(s.Folder)
	if !safefile.Interrupted(folder) {
		return
	}
	if lock, err := s.Lock.Take(folder); err == nil {
		lock.Release()
	}
}

// changed is an assessment with what is not the same as in the one before.
type changed struct {
	standing
	change *diff.Diff
}

// assessed lets a workspace assess its one service.
func assessed(ctx context.Context, space *workspace.Workspace) (*changed, error) {
	state, err := space.Now(ctx)
	switch {
	case err != nil:
		return nil, err
	case state.Err != nil:
		return nil, state.Err
	case state.Fleet == nil:
		return nil, cmp.Or(ctx.Err(), errors.New("nothing was assessed"))
	}
	if err := state.Fleet.Close(); err != nil {
		return nil, err
	}
	whole := *state.Whole // which a caller may seal
	if len(whole.Services) != 1 {
		return nil, fmt.Errorf("the folder has the evidence of %d services: serve the folder of one", len(whole.Services))
	}
	return &changed{standing{Assessment: &whole, Service: &whole.Services[0]}, state.Change}, nil
}

// read adds the evidence itself.
func (s *site) read(state *changed) error {
	defer s.reader.Kept.Forget()
	sets, _, err := s.reader.Read([]string{s.Folder})
	if err != nil {
		return err
	}
	if len(sets) != 1 {
		return errors.New("the evidence was changed while it was read: load the page again")
	}
	state.Set = sets[0]
	if folder := filepath.Dir(state.Set.Files[0].Path); s.desk != nil && folder != filepath.Clean(s.Folder) { // all lie in one
		return fmt.Errorf("the evidence lies in %s: serve that folder", filepath.ToSlash(folder))
	}
	return nil
}

// stated is what the evidence has of a section, and the pointers to what files say differently.
func (now *standing) stated(section string) (value any, differ []string) {
	if section == form.Metadata {
		return now.Set.Metadata()
	}
	return now.Set.Value[section], nil
}

// value is what the evidence has of a section; nil where it has none.
func (now *standing) value(section string) any {
	value, _ := now.stated(section)
	return value
}

// assessDraft assesses the evidence with changes of a section that are not saved.
func (s *site) assessDraft(ctx context.Context, now *standing, section string, changes []form.Change) (*assessment.Service, error) {
	drafts, err := draftsOf(now, section, changes)
	if err != nil {
		return nil, err
	}
	s.assessing.Lock()
	defer s.assessing.Unlock()
	s.unsaved = map[string][]byte{}
	for name, text := range drafts {
		s.unsaved[s.Assess.Base.Path(name)] = text
	}
	defer func() { s.unsaved = nil }()
	state, err := assessed(ctx, s.draft)
	if err != nil {
		return nil, err
	}
	return s.Language.Service(state.Service), nil
}

// draftsOf are the texts of files with changes of a section, by name. What all files say is changed in each that says it, as the desk does.
func draftsOf(now *standing, section string, changes []form.Change) (map[string][]byte, error) {
	if len(now.Set.FilesOf(section)) > 1 {
		return nil, fmt.Errorf("the section is in several files: its verdicts are there once it is saved")
	}
	doc, _ := now.Set.Within(document.Pointer(section))
	docs := []*document.Document{doc}
	if section == form.Metadata {
		docs = now.Set.Stating()
	}
	drafts := map[string][]byte{}
	for i, doc := range docs {
		all, _ := doc.Value().(map[string]any)
		fields, own := maps.Clone(all), changes
		if section == form.Metadata {
			own = slices.DeleteFunc(slices.Clone(changes), func(c form.Change) bool {
				_, has := doc.Lookup(c.Pointer)
				return !has && (i > 0 || c.Was != nil)
			})
		}
		value, _ := form.Apply(section, all[section], own)
		delete(fields, section)
		if value != nil {
			fields[section] = value
		}
		text, err := json.Marshal(fields) // JSON is YAML
		if err != nil {
			return nil, fmt.Errorf("encode the section: %w", err)
		}
		drafts[doc.Name()] = text
	}
	return drafts, nil
}

// problems says in words what is wrong, a line each. The places in a draft are none of a file.
func (s *site) problems(err error, places bool) []string {
	var wrong document.Errors
	if !errors.As(err, &wrong) {
		return []string{s.Language.Error(err)}
	}
	var all []string
	for _, problem := range s.Language.Errors(wrong) {
		if places {
			all = append(all, problem.Error())
		} else {
			all = append(all, problem.Message)
		}
	}
	return all
}

// tell puts a notice on the next page.
func (s *site) tell(notice string) {
	s.assessing.Lock()
	defer s.assessing.Unlock()
	s.notice = notice
}

// takeNotice takes the notice for a page.
func (s *site) takeNotice() string {
	s.assessing.Lock()
	defer s.assessing.Unlock()
	notice := s.notice
	s.notice = ""
	return notice
}

// changedFiles lists the files that are not the same.
func changedFiles(before, after []assessment.File) []string {
	digests := map[string]string{}
	for _, file := range before {
		digests[file.Path] = file.SHA256
	}
	var names []string
	for _, file := range after {
		if digests[file.Path] != file.SHA256 {
			names = append(names, file.Path)
		}
		delete(digests, file.Path)
	}
	return slices.Sorted(slices.Values(slices.Concat(names, slices.Collect(maps.Keys(digests)))))
}

// sectionOf is the section that a pointer leads into.
func sectionOf(pointer string) string {
	section, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
	return section
}

// before is how the evidence was when it could be read last; nil for never.
func (s *site) before() *standing {
	s.assessing.Lock()
	defer s.assessing.Unlock()
	return s.readable
}

// forget lets the evidence be read again, whatever the times of its files say.
func (s *site) forget() {
	s.assessing.Lock()
	defer s.assessing.Unlock()
	s.last = nil
}
