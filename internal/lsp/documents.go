package lsp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/safefile"
)

// pause is how long the text is left alone after a change before it is assessed: somebody who types makes the next change sooner.
const pause = 75 * time.Millisecond

// document makes a document of what a client sends.
func (s *server) document(uri string, version int, t *text) *open {
	path, _ := pathOf(uri)
	return &open{text: t, uri: uri, path: path, version: version, kind: kindOf(t.content)}
}

// opened is the document of a URI; nil where it is not open. The mutex is held.
func (s *server) opened(uri string) *open {
	key, isFile := pathOf(uri)
	if !isFile {
		key = uri
	}
	return s.open[key]
}

func (s *server) didOpen(_ context.Context, p *didOpenParams) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.take(s.document(p.Document.URI, p.Document.Version, newText([]byte(p.Document.Text))))
	return nil
}

func (s *server) didChange(_ context.Context, p *didChangeParams) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	before := s.opened(p.Document.URI)
	if before == nil {
		return fmt.Errorf("%s is not open", p.Document.URI)
	}
	changes, err := p.Changes, p.unreadable
	if before.lost {
		whole := slices.IndexFunc(changes, func(c contentChange) bool { return c.Range == nil })
		if whole < 0 {
			whole, err = 0, cmp.Or(err, errLost)
		}
		changes = changes[whole:]
	}
	changed := before.text
	if err == nil {
		changed, err = before.with(changes, s.encoding)
	}
	if err != nil {
		s.take(&open{text: newText(nil), uri: before.uri, path: before.path, version: max(before.version, p.Document.Version), kind: before.kind, lost: true})
		return fmt.Errorf("%s: the text is not known any more: %w", p.Document.URI, err)
	}
	s.take(s.document(before.uri, p.Document.Version, changed))
	return nil
}

// errLost is why changes of a text that is not known are not followed.
var errLost = errors.New("an earlier change could not be followed")

// lost is the error to show in the place of all that is said of a text that is not known.
func lost(name string) *document.Error {
	return &document.Error{File: name, Line: 1, Column: 1, Message: "raci-check has lost track of the text in the editor, and says nothing else of it: close the file and open it again"}
}

// take puts a document in the place of its version before, and has it assessed. The mutex is held.
func (s *server) take(d *open) {
	s.open[d.key()] = d
	s.assess(d)
}

// assess has a document assessed. The mutex is held.
func (s *server) assess(d *open) {
	if begun := s.hold(d); !begun {
		s.changed(d)
	}
}

// changed has assessed again what a document, which was opened, changed or closed, is a part of. The mutex is held.
func (s *server) changed(d *open) {
	owner := s.owner(d.key())
	if owner != nil {
		owner.touch()
		return
	}
	if s.open[d.key()] != d {
		s.withdraw(d.key())
		return
	}
	time.AfterFunc(s.pause, func() { s.beside(func() { s.alone(d) }) })
}

func (s *server) didSave(_ context.Context, p *documentParams) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	d := s.opened(p.Document.URI)
	if d == nil {
		return nil
	}
	// The file may be there only now, and not every file system tells of changes.
	s.assess(d)
	return nil
}

func (s *server) didClose(_ context.Context, p *documentParams) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	d := s.opened(p.Document.URI)
	if d == nil {
		return nil
	}
	delete(s.open, d.key())
	s.withdraw(d.key())
	dir := filepath.Dir(d.path)
	for _, other := range s.open {
		if other.path != "" && filepath.Dir(other.path) == dir {
			dir = "" // there are others in it
		}
	}
	if s.folders[dir] != nil && d.path != "" {
		s.release(dir)
		for _, other := range s.open { // below it, such as mappings
			if other.path != "" && isBelow(other.path, dir) {
				s.changed(other)
			}
		}
	}
	s.changed(d)
	return nil
}

func (s *server) didChangeFiles(_ context.Context, p *watchedFilesParams) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, change := range p.Changes {
		if path, isFile := pathOf(change.URI); isFile {
			if owner := s.owner(path); owner != nil {
				owner.touch()
			}
		}
	}
	return nil
}

// alone publishes what is wrong with a document that is in no folder of evidence.
func (s *server) alone(d *open) {
	var marks []mark
	if d.kind != "" || d.lost {
		errs, err := s.defects(d)
		if err != nil {
			s.failed(err)
			return
		}
		marks = s.defectMarks(d.text, errs)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.open[d.key()] == d && s.owner(d.key()) == nil {
		s.publish(d.key(), shown{uri: d.uri, of: d, marks: marks})
	}
}

// failed tells that the rules cannot be used.
func (s *server) failed(err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.failure != err.Error() {
		s.failure = err.Error()
		s.tell(isError, s.words().Say("nothing is checked: %s", s.failure))
	}
}

// withdraw takes back what is published about a file. The mutex is held.
func (s *server) withdraw(key string) {
	if s.shown[key] != nil {
		s.publish(key, shown{uri: s.shown[key].uri})
		delete(s.shown, key)
	}
}

// publish publishes what there is about a file. The mutex is held.
func (s *server) publish(key string, now shown) {
	before := s.shown[key]
	if before == nil && len(now.marks) == 0 && now.of == nil {
		return
	}
	params := publishParams{URI: now.uri, Diagnostics: make([]diagnostic, len(now.marks))}
	for i, m := range now.marks {
		params.Diagnostics[i] = m.diagnostic
	}
	if now.of != nil {
		params.Version = &now.of.version
	}
	s.shown[key] = &now
	s.send("textDocument/publishDiagnostics", params)
}

// owner is the folder that says what is wrong with a file: the innermost that is held. The mutex is held.
func (s *server) owner(key string) *folder {
	if !filepath.IsAbs(key) {
		return nil
	}
	var innermost *folder
	for _, f := range s.folders {
		if isBelow(key, f.dir) && (innermost == nil || len(f.dir) > len(innermost.dir)) {
			innermost = f
		}
	}
	return innermost
}

// hold begins to assess the folder of a document, where the document is evidence, or waivers beside evidence, and the folder is not
// assessed yet. The mutex is held.
func (s *server) hold(d *open) (begun bool) {
	if d.path == "" || d.kind != kindEvidence && d.kind != kindWaivers {
		return false
	}
	dir := filepath.Dir(d.path)
	if s.folders[dir] != nil {
		return false
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() || !s.holdsEvidence(dir) {
		return false
	}
	for _, outer := range s.folders {
		if isBelow(dir, outer.dir) {
			outer.touch()
		}
	}
	s.folders[dir] = s.start(dir)
	return true
}

// holdsEvidence reports whether a file on the disk in a folder is evidence, or is in the editor.
func (s *server) holdsEvidence(dir string) bool {
	names, err := evidence.InFolder("", dir)
	if err != nil {
		return false
	}
	for _, name := range names {
		if d := s.open[name]; d != nil {
			if d.kind == kindEvidence {
				return true
			}
			continue
		}
		head, err := headOf(name)
		if err == nil && kindOf(head) == kindEvidence {
			return true
		}
	}
	return false
}

func headOf(name string) ([]byte, error) {
	file, _, err := safefile.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	head := make([]byte, headBytes)
	n, err := file.Read(head)
	return head[:n], err
}

// texts are the texts of the files that belong together with a document, by their names, and the name of the document. The mutex is held.
func (s *server) texts(d *open) (files map[string]*text, name string) {
	name = filepath.Base(d.key())
	files = map[string]*text{name: d.text}
	if d.path == "" || d.kind != kindEvidence && d.kind != kindWaivers && d.kind != "" {
		return files, name
	}
	dir := filepath.Dir(d.path)
	names, err := evidence.InFolder("", dir)
	if err != nil {
		names = nil
	}
	size := 0
	for _, other := range names {
		if s.open[other] != nil {
			continue
		}
		content, err := safefile.Read(other, int64(document.DefaultLimits.Bytes))
		if size += len(content); err == nil && size <= mostTexts {
			files[filepath.Base(other)] = newText(content)
		}
	}
	for _, other := range s.open {
		if other.path != "" && filepath.Dir(other.path) == dir && isYAML(other.path) {
			files[filepath.Base(other.path)] = other.text
		}
	}
	return files, name
}

// mostTexts is how much text of files on the disk is looked at to answer a question, in bytes.
const mostTexts = 64 << 20

func isYAML(path string) bool {
	extension := strings.ToLower(filepath.Ext(path))
	return extension == ".yaml" || extension == ".yml"
}
