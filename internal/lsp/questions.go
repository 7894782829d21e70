package lsp

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/creachadair/jrpc2"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
)

// question is what a client asks about a document, with the texts that it takes to answer.
type question struct {
	*server
	library author
	subject *open
	name    string           // of the document among the texts
	texts   map[string]*text // by name
	files   authoring.Files
	marks   []mark // that are published of this version
}

// about prepares the answer to a question about a document; nil where the document is not open, or not one to help with.
func (s *server) about(uri string) (*question, error) {
	_, library, err := s.rules.current()
	if err != nil {
		return nil, err
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	d := s.opened(uri)
	if d == nil || d.kind == "" && !isYAML(d.key()) {
		return nil, nil
	}
	if s.isLost(d) {
		return nil, errModified
	}
	q := &question{server: s, library: library, subject: d, files: authoring.Files{}}
	q.texts, q.name = s.texts(d)
	for name, t := range q.texts {
		q.files[name] = t.content
	}
	if on := s.shown[d.key()]; on != nil && on.of == d {
		q.marks = on.marks
	}
	return q, nil
}

// errModified answers a question about texts that are not known.
var errModified = jrpc2.Errorf(contentModified, "the text in the editor is not known: close the file and open it again")

// isLost reports whether the text of a document, or of one beside it, is not known. The mutex is held.
func (s *server) isLost(d *open) bool {
	for _, other := range s.open {
		if other.lost && (other == d || d.path != "" && other.path != "" && filepath.Dir(other.path) == filepath.Dir(d.path)) {
			return true
		}
	}
	return false
}

// aboutPlace is handle of a question about a place; without is the answer about a document that is not to be helped with.
func aboutPlace[R any](s *server, without R, answer func(*question, *placeParams) (R, error)) jrpc2.Handler {
	return handle(s, initialized, func(_ context.Context, p *placeParams) (R, error) {
		q, err := s.about(p.Document.URI)
		if q == nil || err != nil {
			return without, err
		}
		return answer(q, p)
	})
}

// uri is the URI of the file of a name, whether or not it is there.
func (q *question) uri(name string) string {
	if name == q.name {
		return q.subject.uri
	}
	path := filepath.Join(filepath.Dir(q.subject.path), name)
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if d := q.open[path]; d != nil {
		return d.uri
	}
	return uriOf(path)
}

// at is a position of the client in the subject.
func (q *question) at(p position) document.Position {
	return q.subject.place(q.subject.offset(p, q.encoding))
}

// extent is a span as the client counts.
func (q *question) extent(span authoring.Span) extent {
	t := q.texts[span.File]
	if t == nil { // a new file
		return extent{}
	}
	return t.extent(t.placeOffset(span.Start), t.placeOffset(span.End), q.encoding)
}

func (q *question) locations(spans []authoring.Span) []location {
	all := make([]location, len(spans))
	for i, span := range spans {
		all[i] = location{URI: q.uri(span.File), Range: q.extent(span)}
	}
	return all
}

// markupOf is Markdown, for a client that shows it or one that does not.
func markupOf(markdown string, formats []string) markup {
	if len(formats) > 0 && !slices.Contains(formats, "markdown") {
		return markup{Kind: "plaintext", Value: markdown}
	}
	return markup{Kind: "markdown", Value: markdown}
}

func (q *question) hover(p *placeParams) (*hover, error) {
	markdown, span, ok := q.library.Hover(q.files, q.name, q.at(p.Position))
	if !ok {
		return nil, nil
	}
	return &hover{Contents: markupOf(markdown, q.client.Capabilities.TextDocument.Hover.ContentFormat), Range: q.extent(span)}, nil
}

// completionKinds are the protocol's kinds: module, field, enumeration member and reference.
var completionKinds = map[authoring.CompletionKind]int{authoring.Section: 9, authoring.Field: 5, authoring.Word: 20, authoring.Reference: 18}

func (q *question) complete(p *placeParams) (*completionList, error) {
	list := &completionList{Items: []completionItem{}}
	at := q.subject.offset(p.Position, q.encoding)
	for i, c := range q.library.Complete(q.files, q.name, q.subject.place(at)) {
		edited := textEdit{Range: q.extent(c.Edit.Span), Text: c.Edit.Text}
		item := completionItem{
			Label: c.Label, Kind: completionKinds[c.Kind], Detail: c.Detail, SortText: fmt.Sprintf("%05d", i), TextEdit: edited, FilterText: c.Label,
		}
		// What is typed already is compared with the label or, where the label is not a word of it, with the new text.
		typed := string(q.subject.content[min(q.subject.offset(edited.Range.Start, q.encoding), at):at])
		if typed != "" && !strings.HasPrefix(c.Label, typed) && strings.HasPrefix(c.Edit.Text, typed) {
			item.FilterText = c.Edit.Text
		}
		if c.Documentation != "" {
			documentation := markupOf(c.Documentation, q.client.Capabilities.TextDocument.Completion.Item.DocumentationFormat)
			item.Documentation = &documentation
		}
		list.Items = append(list.Items, item)
	}
	return list, nil
}

func (q *question) definition(p *placeParams) ([]location, error) {
	return q.locations(q.library.Definition(q.files, q.name, q.at(p.Position))), nil
}

func (q *question) references(p *placeParams) ([]location, error) {
	return q.locations(q.library.References(q.files, q.name, q.at(p.Position), p.Context.Declaration)), nil
}

func (q *question) prepareRename(p *placeParams) (*renameRange, error) {
	span, ok := q.library.Renames(q.files, q.name, q.at(p.Position))
	if !ok || span.File != q.name {
		return nil, nil
	}
	start, end := q.subject.placeOffset(span.Start), q.subject.placeOffset(span.End)
	return &renameRange{Range: q.subject.extent(start, end, q.encoding), Placeholder: string(q.subject.content[start:max(start, end)])}, nil
}

func (q *question) rename(p *placeParams) (*workspaceEdit, error) {
	edits, err := q.library.Rename(q.files, q.name, q.at(p.Position), p.NewName)
	if err != nil || len(edits) == 0 {
		return nil, err
	}
	edit, _ := q.edit(edits)
	return edit, nil
}

// edit is edits of files as the client takes them; not ok where a file must be created and the client cannot.
func (q *question) edit(edits []authoring.Edit) (_ *workspaceEdit, ok bool) {
	byFile := map[string][]textEdit{}
	for _, e := range edits {
		byFile[e.File] = append(byFile[e.File], textEdit{Range: q.extent(e.Span), Text: e.Text})
	}
	abilities := q.client.Capabilities.Workspace.WorkspaceEdit
	result := &workspaceEdit{}
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		uri := q.uri(name)
		isNew := q.texts[name] == nil
		switch {
		case isNew && !(abilities.DocumentChanges && slices.Contains(abilities.ResourceOperations, "create")):
			return nil, false
		case isNew:
			result.DocumentChanges = append(result.DocumentChanges, createFile{Kind: "create", URI: uri})
		}
		if !abilities.DocumentChanges {
			if result.Changes == nil {
				result.Changes = map[string][]textEdit{}
			}
			result.Changes[uri] = byFile[name]
			continue
		}
		result.DocumentChanges = append(result.DocumentChanges, documentEdit{Document: identifier{URI: uri, Version: q.version(name)}, Edits: byFile[name]})
	}
	return result, true
}

// version is that of an open document as the question was asked; nil for a file on the disk.
func (q *question) version(name string) *int {
	if name == q.name {
		return &q.subject.version
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if d := q.open[filepath.Join(filepath.Dir(q.subject.path), name)]; d != nil && d.text == q.texts[name] {
		return &d.version
	}
	return nil
}

// The kinds of code actions.
const (
	quickFix = "quickfix"
	refactor = "refactor"
)

func (s *server) codeActions(_ context.Context, p *rangeParams) ([]codeAction, error) {
	all := []codeAction{}
	q, err := s.about(p.Document.URI)
	if q == nil || err != nil {
		return all, err
	}
	start, end := q.subject.offset(p.Range.Start, q.encoding), q.subject.offset(p.Range.End, q.encoding)
	var problems []authoring.Problem
	byMessage := map[string][]diagnostic{}
	for _, m := range q.marks {
		if m.start > end || m.end < start {
			continue
		}
		problem := authoring.Problem{Span: q.span(m.start, m.end), Message: m.message}
		if m.Data != nil {
			problem.Pointer, problem.Check = m.Data.Pointer, m.Data.Check
		}
		problems = append(problems, problem)
		byMessage[m.message] = append(byMessage[m.message], m.diagnostic)
	}
	for _, a := range q.library.Actions(q.files, q.span(start, end), problems) {
		action := codeAction{Title: a.Title, Kind: refactor}
		if a.Problem != "" {
			action.Kind, action.Diagnostics = quickFix, byMessage[a.Problem]
		}
		if wanted := p.Context.Only; len(wanted) > 0 && !slices.ContainsFunc(wanted, func(kind string) bool {
			return kind == "" || action.Kind == kind || strings.HasPrefix(action.Kind, kind+".")
		}) {
			continue
		}
		if q.does(a, &action) {
			all = append(all, action)
		}
	}
	return all, nil
}

// does says what an action does; not ok where this client cannot do it.
func (q *question) does(a authoring.Action, action *codeAction) (ok bool) {
	if a.Attaches != "" {
		action.Command = &command{Title: a.Title, Command: attachCommand, Arguments: []string{q.subject.uri, a.Attaches}}
		return q.own.Attach
	}
	action.Edit, ok = q.edit(a.Edits)
	return ok
}

func (q *question) span(start, end int) authoring.Span {
	return authoring.Span{File: q.name, Start: q.subject.place(start), End: q.subject.place(end)}
}
