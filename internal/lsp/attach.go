package lsp

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/creachadair/jrpc2"

	"github.com/raci-check/raci-check/internal/attach"
	"github.com/raci-check/raci-check/internal/document"
)

// attachCommand attaches a file to the evidence. Its arguments are the URI of a document of the folder, the JSON pointer of what takes
// the file, or of the artifact whose place it takes, and the path of the file; the client asks a person for the last.
const attachCommand = "raci-check.attach"

func (s *server) execute(ctx context.Context, p *commandParams) (any, error) {
	if p.Command != attachCommand {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "there is no command %s", p.Command)
	}
	if !s.attaching.CompareAndSwap(false, true) { // one that a client does not answer keeps no other request waiting
		return nil, errors.New("another file is being attached: attach this one after it")
	}
	defer s.attaching.Store(false)
	if len(p.Arguments) != 3 || p.Arguments[2] == "" {
		return nil, jrpc2.Errorf(jrpc2.InvalidParams, "%s takes the URI of a document, the pointer of what takes the file, and the path of the file", attachCommand)
	}
	return nil, s.attach(ctx, p.Arguments[0], p.Arguments[1], p.Arguments[2])
}

// answerTime is how long a client may take to make an edit: it may ask a person first.
const answerTime = time.Minute

// attach stores a file beside the evidence, and names it in the text that the editor has, or on the disk where it has none.
func (s *server) attach(ctx context.Context, uri, pointer, file string) error {
	forms, err := s.rules.formsFor(s.Assess.Profiles)
	if err != nil {
		return err
	}
	s.mutex.Lock()
	d := s.opened(uri)
	var v *view
	isLost := false
	if d != nil && d.path != "" {
		v, isLost = s.below(filepath.Dir(d.path)), s.isLost(d)
	}
	s.mutex.Unlock()
	if isLost {
		return errModified
	}
	parts, err := document.Split(pointer)
	switch {
	case err != nil || len(parts) == 0:
		return fmt.Errorf("%s is no JSON pointer such as /backups/source", pointer)
	case d == nil || d.path == "":
		return errors.New("the evidence is not in a folder: save it first")
	}
	if path, isFile := pathOf(file); isFile {
		file = path
	}
	if !filepath.IsAbs(file) {
		return fmt.Errorf("%s: name the file to attach by its whole path", file)
	}
	read := s.Assess
	read.Base, read.Unsaved = "", v.unsaved
	reader := read.Reader(forms.evidence, forms.placeholders)
	options := attach.Options{
		File: file, Evidence: filepath.Dir(d.path), Section: parts[0], At: pointer, Replace: parts[len(parts)-1] == "artifact", Recognise: true,
		Shipped: s.Shipped, Lock: s.Lock,
	}
	var attached *attach.Attached
	s.writing(options.Evidence, func() { attached, err = attach.Attach(&reader, forms.root, options) })
	if err != nil {
		return refusal(err)
	}
	if attached.Unsaved == nil {
		return nil
	}
	return s.apply(ctx, v.open[attached.Unsaved.Path], attached)
}

// refusal is why a file is not attached, without flags, which an editor does not have.
func refusal(err error) error {
	var occupied *attach.OccupiedError
	var unfit *attach.UnfitError
	switch {
	case errors.As(err, &occupied):
		return fmt.Errorf("%s has a file already, %s: choose the action that replaces it", occupied.At, occupied.Path)
	case errors.As(err, &unfit):
		return fmt.Errorf("%w; %s reads the file that is here now: choose an export of the same kind, or take the derivation of the artifact away first",
			unfit.Err, unfit.Mapping)
	}
	return err
}

// apply gives the editor its text with the artifact in it.
func (s *server) apply(ctx context.Context, d *open, attached *attach.Attached) error {
	before, after := d.content, attached.Unsaved.Text
	start := 0
	for start < min(len(before), len(after)) && before[start] == after[start] {
		start++
	}
	start = d.feeds[lineOf(d.feeds, start)] // whole lines, so that no character is cut
	kept := 0                               // of the end
	for kept < min(len(before), len(after))-start && before[len(before)-1-kept] == after[len(after)-1-kept] {
		kept++
	}
	end := len(before) - kept
	if line := lineOf(d.feeds, end); d.feeds[line] != end {
		next := len(before)
		if line+1 < len(d.feeds) {
			next = d.feeds[line+1]
		}
		end = next
	}
	change := textEdit{Range: d.extent(start, end, s.encoding), Text: string(after[start : len(after)-(len(before)-end)])}
	edit := workspaceEdit{Changes: map[string][]textEdit{d.uri: {change}}}
	if s.client.Capabilities.Workspace.WorkspaceEdit.DocumentChanges {
		edit = workspaceEdit{DocumentChanges: []any{documentEdit{Document: identifier{URI: d.uri, Version: &d.version}, Edits: []textEdit{change}}}}
	}
	ctx, stop := context.WithTimeout(ctx, s.answerTime)
	defer stop()
	result := applyEditResult{}
	if err := s.ask(ctx, "workspace/applyEdit", applyEditParams{Label: "attach " + attached.Path, Edit: edit}, &result); err != nil {
		return fmt.Errorf("the file is stored as %s and not named yet: %w", attached.Path, err)
	}
	if !result.Applied {
		return fmt.Errorf("the file is stored as %s and not named yet, because the text changed meanwhile: attach it again", attached.Path)
	}
	return nil
}
