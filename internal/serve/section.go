package serve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/edit"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/serve/form"
	"github.com/raci-check/raci-check/internal/serve/guard"
)

// sectionPage is a section as a form.
type sectionPage struct {
	page
	Section  string
	About    string
	BaseText string
	Window   form.Window
	Root     field
	Errors   []fieldError
	Conflict []conflict
	Again    bool   // what was typed can be saved over what is on disk
	Unsaved  bool   // the form has what was typed
	Live     bool   // only what changes as one types: the rest of the page says nothing of problems
	Status   string // what is not saved yet, or what keeps the verdicts from being made
	Lists    []suggestions
	Source   *assessment.Section
	Absent   bool      // the evidence does not have the section
	Files    bool      // files can be attached to what a section has
	Differ   []string  // pointers to what files say differently, which has no field here
	Rest     []finding // findings about the section of which the page shows no field
	verdicts *verdicts
	schema   *form.Schema
	stated   map[string]bool // objects that there are
	focus    string          // pointer of the field to go on with
}

// fieldError is what is wrong with a field.
type fieldError struct{ Label, Message, ID string }

// conflict is a value that was changed on disk since the page was made.
type conflict struct {
	form.Conflict
	Label, Typed string
}

// suggestions are the objects that fields can name.
type suggestions struct {
	ID, Kinds string
	All       []form.Suggestion
	Cut       bool // there are more
}

// mostSuggestions is how many objects a page has for the fields that name them. A script asks for others.
const mostSuggestions = 200

// field is a field of the form with what the page knows of it.
type field struct {
	*form.Node
	Page *sectionPage
}

// Below are the fields of an object, and the items of a list.
func (f field) Below() []field {
	var all []field
	for _, node := range slices.Concat(f.Fields, f.Items) {
		all = append(all, field{node, f.Page})
	}
	return all
}

// Suggestions is the id of the list that the field has suggestions from; empty for none.
func (f field) Suggestions() string {
	if len(f.Refers) == 0 {
		return ""
	}
	return "names-" + strings.Join(f.Refers, "-")
}

// TakesFile reports whether a file can be attached to what has the artifact: it has other facts already.
func (f field) TakesFile() bool { return f.Page.stated[f.Holder()] }

// Path is where a page of the list begins that the field is.
func (f field) Path(item int) string {
	query := url.Values{"at": {fmt.Sprintf("%s/%d", f.Pointer, item)}}
	return f.Page.Base + "sections/" + f.Page.Section + "?" + query.Encode() + "#" + f.ID()
}

// Verdict is what checks say of the field.
func (f field) Verdict() fieldVerdict { return f.Page.verdicts.of(f.Node) }

// Count says how many findings there are below; empty for none.
func (f field) Count() string {
	count := 0
	f.All(func(n *form.Node) { count += len(f.Page.verdicts.findings[n.Pointer]) })
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", count, f.Page.Plural(count, "finding", "findings"))
}

// Focus reports whether the page is opened to go on here.
func (f field) Focus() bool { return f.Page.focus == f.Pointer }

// IsOpen reports whether an item is shown with its fields.
func (f field) IsOpen() bool {
	if f.New || f.Pointer == f.Page.Window.At || strings.HasPrefix(f.Page.Window.At, f.Pointer+"/") {
		return true
	}
	wrong := false
	f.All(func(n *form.Node) { wrong = wrong || n.Error != "" })
	return wrong
}

// windowOf is what a page is asked to show.
func windowOf(query url.Values) form.Window {
	return form.Window{At: query.Get("at"), List: query.Get("list"), Find: query.Get("find")}
}

// section shows the form of a section.
func (s *site) section(w http.ResponseWriter, r *http.Request) error {
	now, section, err := s.sectionOf(r)
	if err != nil {
		return err
	}
	value, without := now.stated(section)
	base := s.schema.Snapshot(section, value, windowOf(r.URL.Query()), without...)
	return s.write(w, r, now, http.StatusOK, sectionForm{base: base, service: now.Service})
}

// sectionOf is the section that a path names, and the evidence.
func (s *site) sectionOf(r *http.Request) (*standing, string, error) {
	section := r.PathValue("section")
	if !s.schema.Has(section) {
		return nil, "", notFound("There is no such section.")
	}
	now, err := s.now(r.Context())
	return now, section, err
}

// sectionForm is what a form is made of.
type sectionForm struct {
	base      *form.Base
	typed     url.Values // nil for nothing
	errs      map[string]string
	service   *assessment.Service // with the verdicts to show
	conflicts []form.Conflict
	moved     bool     // the conflicts are about items, which nothing is saved over
	problems  []string // that are about no field
	status    string
	live      bool // only what changes as one types
}

// write shows the form.
func (s *site) write(w http.ResponseWriter, r *http.Request, now *standing, status int, f sectionForm) error {
	section := f.base.Section
	view := &sectionPage{
		page: s.page(r, now, s.titleOf(section)), Section: section, About: s.schema.About(section), BaseText: f.base.Text(), Window: f.base.Window,
		Status: f.status, Live: f.live, Unsaved: f.typed != nil, schema: s.schema, focus: f.base.Window.At, stated: f.base.Objects,
		Files: evidence.IsSection(section), Differ: slices.Sorted(maps.Keys(f.base.Without)),
	}
	view.Problems = f.problems
	root := s.schema.Build(f.base, f.typed, f.errs)
	view.verdicts = newVerdicts(s, f.service, root)
	view.Root = field{root, view}
	if added := f.typed.Get("add"); added != "" && !f.live {
		view.focus = firstInput(root, fmt.Sprintf("%s/%d", added, lastItem(root, added)))
	}
	for i := range now.Service.Sections {
		if now.Service.Sections[i].Name == section {
			view.Source = &now.Service.Sections[i]
		}
	}
	view.Absent = view.Source == nil && view.Files
	labels, apart := map[string]*form.Node{}, maps.Clone(f.errs) // what is wrong where the page shows no field
	kinds := map[string][]string{}
	root.All(func(n *form.Node) {
		labels[n.Pointer] = n
		if n.Error != "" {
			delete(apart, n.Pointer)
			view.Errors = append(view.Errors, fieldError{n.Label, n.Error, n.ID()})
		}
		if id := (field{Node: n}).Suggestions(); id != "" {
			kinds[id] = n.Refers
		}
	})
	for _, pointer := range slices.Sorted(maps.Keys(apart)) {
		view.Problems = append(view.Problems, pointer+": "+apart[pointer])
	}
	for _, c := range f.conflicts {
		shown := conflict{Conflict: c, Label: c.Pointer}
		if node := labels[c.Pointer]; node != nil {
			shown.Label, shown.Typed = node.Label, node.Value
		}
		view.Conflict = append(view.Conflict, shown)
	}
	view.Again = !f.moved && !slices.ContainsFunc(f.conflicts, func(c form.Conflict) bool { return labels[c.Pointer] == nil || len(labels[c.Pointer].Fields) > 0 })
	view.Rest = view.verdicts.rest()
	if f.live {
		return s.show(w, status, view.live())
	}
	for _, id := range slices.Sorted(maps.Keys(kinds)) {
		all := s.schema.Suggest(now.Set.Value, kinds[id], "", mostSuggestions+1)
		view.Lists = append(view.Lists, suggestions{id, strings.Join(kinds[id], " "), all[:min(len(all), mostSuggestions)], len(all) > mostSuggestions})
	}
	return s.show(w, status, view.write())
}

// titleOf is what the page of a section is named.
func (s *site) titleOf(section string) string {
	if section == form.Metadata {
		return s.words.Text("Service")
	}
	return s.schema.Label(section)
}

// lastItem is the index of the last item of a list; 0 for none.
func lastItem(root *form.Node, pointer string) (last int) {
	root.All(func(n *form.Node) {
		if n.Pointer == pointer && len(n.Items) > 0 {
			last = n.Items[len(n.Items)-1].Index
		}
	})
	return last
}

// firstInput is the pointer of the first field at or below a pointer that something is typed or chosen in.
func firstInput(root *form.Node, pointer string) (first string) {
	root.All(func(n *form.Node) {
		switch n.Kind {
		case form.Object, form.List, form.Artifact, form.Choices:
		default:
			if first == "" && (n.Pointer == pointer || strings.HasPrefix(n.Pointer, pointer+"/")) {
				first = n.Pointer
			}
		}
	})
	return first
}

// wrong puts what the schema refuses beside the fields that it is about.
func (f *sectionForm) wrong(all document.Errors) {
	for _, problem := range all {
		if sectionOf(problem.Pointer) == f.base.Section {
			f.errs[problem.Pointer] = problem.Message
		} else {
			f.problems = append(f.problems, problem.Message)
		}
	}
}

// What is to be done with what was typed.
const (
	actionSave  = "save"
	actionCheck = "check" // show the verdicts, save nothing
	actionLive  = "live"  // the same, as a part of the page
)

// typed does what is asked for with what was typed.
func (s *site) typed(w http.ResponseWriter, r *http.Request) error {
	now, section, unread := s.sectionOf(r)
	if unread != nil {
		if now = s.before(); now == nil || !s.schema.Has(section) {
			return unread
		}
	}
	base, err := s.schema.ReadBase(section, r.PostForm.Get("base"))
	if err != nil {
		return &guard.RefusedError{Status: http.StatusBadRequest, Message: err.Error()}
	}
	changes, errs := s.schema.Read(base, r.PostForm)
	f := sectionForm{base: base, typed: r.PostForm, errs: errs, service: now.Service}
	action := r.PostForm.Get("action")
	if unread != nil { // the form is kept with what was typed, until the evidence can be read again
		f.live, f.problems, f.status = action == actionLive, s.problems(unread, true), s.words.Text("The evidence on disk cannot be read: nothing was saved. The verdicts are older.")
		status := http.StatusUnprocessableEntity
		if f.live {
			status = http.StatusOK
		}
		return s.write(w, r, now, status, f)
	}
	if action != actionSave || r.PostForm.Get("add") != "" {
		f.live = action == actionLive
		s.tryOut(r, now, changes, &f)
		return s.write(w, r, now, http.StatusOK, f)
	}
	switch {
	case len(errs) > 0:
		return s.write(w, r, now, http.StatusUnprocessableEntity, f)
	case len(changes) == 0:
		s.tell(s.words.Text("Nothing was changed."))
		s.seeOther(w, r, backTo(base))
		return nil
	}
	changes, f.conflicts = s.schema.Settle(base, now.value(section), changes)
	if len(f.conflicts) > 0 {
		f.moved = true
		return s.write(w, r, now, http.StatusConflict, f)
	}
	err = s.stillProved(r.Context(), now, section, changes)
	var saved edit.Saved
	if err == nil {
		saved, err = s.save(r.Context(), section, changes)
	}
	f.conflicts = conflictsOf(err)
	var wrong document.Errors
	switch {
	case len(f.conflicts) > 0:
		base.Rebase(f.conflicts)
		return s.write(w, r, now, http.StatusConflict, f)
	case errors.As(err, &wrong):
		if len(now.Set.FilesOf(section)) > 1 { // an index in a part is not that of the page: the line says where it is
			f.problems = s.problems(err, true)
		} else {
			f.wrong(s.Language.Errors(wrong))
		}
		return s.write(w, r, now, http.StatusUnprocessableEntity, f)
	case err != nil:
		f.problems = s.problems(err, true)
		return s.write(w, r, now, statusOf(err), f)
	}
	return s.done(w, r, s.words.Say("Saved: %s.", strings.Join(saved.Files, ", ")), backTo(base))
}

// stillProved refuses changes after which the answers that are kept no longer prove a name that looks like a placeholder: the evidence
// could not be assessed any more.
func (s *site) stillProved(ctx context.Context, now *standing, section string, changes []form.Change) error {
	if len(now.Set.Unproved) == 0 {
		return nil
	}
	if _, conflicts := form.Apply(section, now.value(section), changes); len(conflicts) > 0 {
		return nil // the desk says so, or merges them
	}
	_, err := s.assessDraft(ctx, now, section, changes)
	var wrong document.Errors
	if errors.As(err, &wrong) {
		return wrong
	}
	return nil //nolint:nilerr // what cannot be tried out is saved, and judged then
}

// backTo is the page that a form was on.
func backTo(base *form.Base) string {
	query := url.Values{}
	for name, value := range map[string]string{"at": base.Window.At, "list": base.Window.List, "find": base.Window.Find} {
		if value != "" {
			query.Set(name, value)
		}
	}
	path := "sections/" + base.Section
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path
}

// done assesses what was written, so that the next page says what that did, and leads there.
func (s *site) done(w http.ResponseWriter, r *http.Request, notice, path string) error {
	s.forget()
	if _, err := s.now(r.Context()); err != nil {
		return err
	}
	s.tell(notice)
	s.seeOther(w, r, path)
	return nil
}

// tryOut assesses what was typed, without saving it.
func (s *site) tryOut(r *http.Request, now *standing, changes []form.Change, f *sectionForm) {
	f.status = s.words.Text("Nothing is changed: these are the verdicts of the saved evidence.")
	if len(f.errs) > 0 {
		f.status = s.words.Text("Some fields cannot be read yet: the verdicts leave them as they were saved.")
	}
	if len(changes) == 0 {
		return
	}
	changes, moved := s.schema.Settle(f.base, now.value(f.base.Section), changes)
	_, conflicts := form.Apply(f.base.Section, now.value(f.base.Section), changes)
	f.conflicts = slices.Concat(moved, conflicts)
	service, err := s.assessDraft(r.Context(), now, f.base.Section, changes)
	if err != nil {
		f.status = s.words.Text("The verdicts cannot be made of what is typed.")
		var wrong document.Errors
		if f.problems = nil; errors.As(err, &wrong) {
			f.wrong(s.Language.Errors(wrong))
		} else {
			f.problems = s.problems(err, false)
		}
		return
	}
	f.service = service
	before, after := assessment.ProgressOf(now.Service.Activities...), assessment.ProgressOf(service.Activities...)
	f.status = s.words.Say("Not saved yet: with these changes %d of %d checks pass (%+d).", after.Passed, after.Judged, after.Passed-before.Passed)
}

// options lists objects that a field can name, for the script.
func (s *site) options(w http.ResponseWriter, r *http.Request) error {
	now, err := s.now(r.Context())
	if err != nil {
		return err
	}
	query := r.URL.Query()
	kinds := strings.Fields(query.Get("kinds"))
	return s.show(w, http.StatusOK, options(s.schema.Suggest(now.Set.Value, kinds, query.Get("find"), mostSuggestions)))
}

// place is something that a file can be attached to.
type place struct {
	Pointer, Label string
	Has, Chosen    bool
}

// Places are what files can be attached to: what the page shows, and what has other facts already.
func (p *sectionPage) Places() []place {
	var all []place
	p.Root.All(func(n *form.Node) {
		if n.Kind != form.Artifact {
			return
		}
		at := n.Holder()
		if at == n.Pointer || !(field{n, p}).TakesFile() {
			return
		}
		all = append(all, place{at, p.wordsOf(at), n.Value != "", at == strings.TrimSuffix(p.Window.At, "/artifact")})
	})
	return all
}

// wordsOf are the names on the way from a section to what a pointer leads to, as the page has them.
func (p *sectionPage) wordsOf(pointer string) string {
	parts, err := document.Split(pointer)
	if err != nil || len(parts) < 2 {
		return pointer
	}
	var words []string
	for _, part := range parts[1:] {
		if index, err := strconv.Atoi(part); err == nil && len(words) > 0 {
			words[len(words)-1] += " " + strconv.Itoa(index+1)
			continue
		}
		words = append(words, p.schema.Label(part))
	}
	return strings.Join(words, ", ")
}

// Searches are the lists that are too long for a page.
func (p *sectionPage) Searches() []field {
	var all []field
	p.Root.All(func(n *form.Node) {
		if n.Total > form.PageSize {
			all = append(all, field{n, p})
		}
	})
	return all
}

// Everything is the field with all below it.
func (f field) Everything() []field {
	var all []field
	f.All(func(n *form.Node) { all = append(all, field{n, f.Page}) })
	return all
}
