// Package lsp is a language server: it shows the findings of an assessment in an editor, at their places, for text that may not be
// saved yet, and hands questions about a place to package authoring. It decides nothing: verdicts are those of package assess, and
// texts those of the findings.
package lsp

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/creachadair/jrpc2"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/describe"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/sanitize"
	"github.com/raci-check/raci-check/internal/translate"
	"github.com/raci-check/raci-check/internal/words"
)

// Options say what a server speaks to, and by which rules it assesses.
type Options struct {
	In  io.Reader
	Out io.Writer
	// Log takes what is no part of the protocol, such as what went wrong in the program itself.
	Log io.Writer
	// Rules opens the rules; it is called again when one of RuleFiles has changed. Their names are absolute.
	Rules     func() (ruleset.Ruleset, error)
	RuleFiles []string
	// Assess is how each folder is assessed. Names of files are absolute; paths and their base are filled in.
	Assess assess.Options
	At     func() time.Time
	// Collect answers what is wrong with a file of kind Collect.
	Collect func(*document.Document) error
	Shipped fs.FS // the mappings that the program contains
	// Language is what a person reads; nil for English.
	Language *translate.Translator
	Lock     safefile.Locker

	// For tests: what takes the place of package authoring, of pause and of answerTime; nil and 0 for them.
	author     func(ruleset.Ruleset) (author, error)
	pause      time.Duration
	answerTime time.Duration
}

// author helps to write, as package authoring does.
type author interface {
	Hover(files authoring.Files, name string, at document.Position) (text string, span authoring.Span, ok bool)
	Complete(files authoring.Files, name string, at document.Position) []authoring.Completion
	Definition(files authoring.Files, name string, at document.Position) []authoring.Span
	References(files authoring.Files, name string, at document.Position, definition bool) []authoring.Span
	Renames(files authoring.Files, name string, at document.Position) (authoring.Span, bool)
	Rename(files authoring.Files, name string, at document.Position, to string) ([]authoring.Edit, error)
	Actions(files authoring.Files, span authoring.Span, problems []authoring.Problem) []authoring.Action
}

// openAuthor opens what helps to write in a language; at answers the time that it puts down as now.
func openAuthor(at func() time.Time, language *translate.Translator) func(ruleset.Ruleset) (author, error) {
	return func(rules ruleset.Ruleset) (author, error) {
		library, err := authoring.Open(rules)
		if err == nil {
			library.At, library.Language = at, language
		}
		return library, err
	}
}

type Ended struct {
	// Orderly says that the client asked for the shutdown before the end.
	Orderly bool
}

// stage is how far the conversation is.
type stage int

const (
	begins stage = iota
	initialized
	shutDown
)

// concurrency is how many requests are answered at once.
const concurrency = 16

type server struct {
	Options
	rpc    *jrpc2.Server
	ctx    context.Context // of the conversation
	cancel context.CancelFunc
	exit   chan struct{}
	ended  sync.Once
	work   sync.WaitGroup // what runs beside requests
	pages  pages
	rules  rules
	closed atomic.Bool
	calls  sync.Map // context.CancelFunc of each request that is being answered, by id
	// attaching says that a file is being attached.
	attaching atomic.Bool

	// mutex is held while something is published too, so that what is seen later is never the older.
	mutex    sync.Mutex
	stage    stage
	client   initializeParams
	own      ownOptions
	encoding encoding
	roots    []string         // folders of the client
	open     map[string]*open // documents, by path or, of those that are no files, by URI
	folders  map[string]*folder
	shown    map[string]*shown // what is published, by the same
	failure  string            // why the rules cannot be used, as it was told the last time
}

// open is a document in the editor, in one version. It does not change.
type open struct {
	*text
	uri     string
	path    string // empty for what is no file
	version int
	kind    string // of the files of this program; empty for others
	// lost says that the client has changed the text in a way that could not be followed: the text is not known, and empty here.
	lost bool
}

// key names the document for this server.
func (d *open) key() string {
	if d.path == "" {
		return d.uri
	}
	return d.path
}

// shown is what is published about a file.
type shown struct {
	uri   string
	of    *open // that the marks belong to; nil for what is on the disk
	marks []mark
	by    *folder // nil for what a document is found to be for itself
}

// Serve speaks with a client until it ends the conversation, the input ends, or the context does.
func Serve(ctx context.Context, o Options) (Ended, error) {
	s := &server{
		Options: o, exit: make(chan struct{}), encoding: utf16Units,
		open: map[string]*open{}, folders: map[string]*folder{}, shown: map[string]*shown{},
	}
	s.ctx, s.cancel = context.WithCancel(ctx)
	s.pause, s.answerTime = cmp.Or(o.pause, pause), cmp.Or(o.answerTime, answerTime)
	s.rules.open, s.rules.author = o.Rules, o.author
	if o.author == nil {
		s.rules.author = openAuthor(o.At, o.Language)
	}
	s.rpc = jrpc2.NewServer(s, &jrpc2.ServerOptions{
		AllowPush: true, DisableBuiltin: true, Concurrency: concurrency, NewContext: func() context.Context { return s.ctx },
	})
	defer s.close()
	s.rpc.Start(&conversation{stream: newStream(o.In, o.Out), closed: &s.closed, due: map[string]bool{}, answered: make(chan struct{}, 1)})
	status := make(chan jrpc2.ServerStatus, 1)
	go func() { status <- s.rpc.WaitStatus() }()
	select {
	case <-ctx.Done():
	case <-s.exit:
	case st := <-status:
		if st.Err != nil {
			return Ended{}, fmt.Errorf("language server: %w", st.Err)
		}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return Ended{Orderly: s.stage == shutDown}, nil
}

// words are those of the language of the person.
func (s *server) words() *words.Words { return s.Language.Words() }

// close ends what runs, and waits for it.
func (s *server) close() {
	s.closed.Store(true)
	s.cancel()
	s.mutex.Lock()
	for dir := range s.folders {
		s.release(dir)
	}
	s.mutex.Unlock()
	s.work.Wait()
	s.pages.remove(s.Log)
}

// beside runs something beside the requests, until the end of the conversation.
func (s *server) beside(run func()) {
	if s.closed.Load() {
		return
	}
	s.work.Go(func() {
		defer s.recovered("the work beside requests", nil)
		run()
	})
}

// recovered keeps the server alive where the program itself is wrong, and says so. It is to be deferred.
func (s *server) recovered(where string, err *error) {
	cause := recover()
	if cause == nil {
		return
	}
	fmt.Fprintf(s.Log, "raci-check: an error of the program in %s: %s\n%s", where, sanitize.Lines(fmt.Sprint(cause)), debug.Stack())
	if err != nil {
		*err = jrpc2.Errorf(jrpc2.InternalError, "an error of the program: standard error has the details")
	}
}

// Assign finds the handler of a method.
func (s *server) Assign(_ context.Context, method string) jrpc2.Handler {
	switch method {
	case "initialize":
		return handle(s, begins, s.initialize)
	case "initialized", "$/setTrace", "workspace/didChangeConfiguration", "textDocument/willSave":
		return notify(s, func(context.Context, *struct{}) error { return nil })
	case "exit":
		return func(context.Context, *jrpc2.Request) (any, error) {
			s.closed.Store(true)
			s.ended.Do(func() { close(s.exit) })
			return nil, nil
		}
	case "shutdown":
		return handle(s, initialized, s.shutdown)
	case "$/cancelRequest":
		return notify(s, func(_ context.Context, p *cancelParams) error {
			if cancel, runs := s.calls.Load(string(p.ID)); runs { // one that has not begun is answered as if it were not cancelled
				cancel.(context.CancelFunc)()
			}
			return nil
		})
	case "textDocument/didOpen":
		return notify(s, s.didOpen)
	case "textDocument/didChange":
		return notify(s, s.didChange)
	case "textDocument/didSave":
		return notify(s, s.didSave)
	case "textDocument/didClose":
		return notify(s, s.didClose)
	case "workspace/didChangeWatchedFiles":
		return notify(s, s.didChangeFiles)
	case "workspace/didChangeWorkspaceFolders":
		return notify(s, s.didChangeFolders)
	}
	return s.question(method)
}

// question finds the handler of what a client asks about documents.
func (s *server) question(method string) jrpc2.Handler {
	switch method {
	case "textDocument/hover":
		return aboutPlace(s, nil, (*question).hover)
	case "textDocument/completion":
		return aboutPlace(s, &completionList{Items: []completionItem{}}, (*question).complete)
	case "textDocument/definition":
		return aboutPlace(s, nil, (*question).definition)
	case "textDocument/references":
		return aboutPlace(s, nil, (*question).references)
	case "textDocument/prepareRename":
		return aboutPlace(s, nil, (*question).prepareRename)
	case "textDocument/rename":
		return aboutPlace(s, nil, (*question).rename)
	case "textDocument/codeAction":
		return handle(s, initialized, s.codeActions)
	case "textDocument/inlayHint":
		return handle(s, initialized, s.inlayHints)
	case "workspace/executeCommand":
		return handle(s, initialized, s.execute)
	}
	return nil
}

// handle decodes the parameters of a request, if the conversation is at the stage that it belongs to.
func handle[P, R any](s *server, expected stage, answer func(context.Context, *P) (R, error)) jrpc2.Handler {
	return func(ctx context.Context, request *jrpc2.Request) (result any, err error) {
		defer s.recovered(request.Method(), &err)
		if err := s.at(expected); err != nil {
			return nil, err
		}
		params := new(P)
		if err := request.UnmarshalParams(params); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		s.calls.Store(request.ID(), cancel)
		defer s.calls.Delete(request.ID())
		answered, err := answer(ctx, params)
		var coded *jrpc2.Error
		switch {
		case ctx.Err() != nil:
			return nil, jrpc2.Errorf(requestCancelled, "the request was cancelled")
		case err != nil && !errors.As(err, &coded):
			return nil, jrpc2.Errorf(requestFailed, "%s", sanitize.Lines(err.Error()))
		case err != nil:
			return nil, err
		}
		return answered, nil
	}
}

// notify is handle of a notification: nobody is told what is wrong with it but the log.
func notify[P any](s *server, take func(context.Context, *P) error) jrpc2.Handler {
	return func(ctx context.Context, request *jrpc2.Request) (any, error) {
		defer s.recovered(request.Method(), nil)
		if s.at(initialized) != nil {
			return nil, nil
		}
		params := new(P)
		err := request.UnmarshalParams(params)
		if err == nil {
			err = take(ctx, params)
		}
		if err != nil {
			fmt.Fprintf(s.Log, "raci-check: %s: %s\n", request.Method(), sanitize.Lines(err.Error()))
		}
		return nil, nil
	}
}

// at answers an error where the conversation is not at a stage.
func (s *server) at(expected stage) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	switch {
	case s.stage == expected:
		return nil
	case s.stage == begins:
		return jrpc2.Errorf(notInitialized, "the server is not initialized: send initialize first")
	case s.stage == shutDown:
		return jrpc2.Errorf(jrpc2.InvalidRequest, "the server is shut down: only exit may follow")
	default:
		return jrpc2.Errorf(jrpc2.InvalidRequest, "the server is initialized already")
	}
}

func (s *server) initialize(_ context.Context, p *initializeParams) (*initializeResult, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stage, s.client = initialized, *p
	if len(p.Options) > 0 && json.Unmarshal(p.Options, &s.own) != nil {
		s.own = ownOptions{} // they are meant for another server
	}
	for _, name := range []encoding{utf8Units, utf16Units, utf32Units} {
		if slices.Contains(p.Capabilities.General.PositionEncodings, name) {
			s.encoding = name
			break
		}
	}
	s.addRoots(p.Folders)
	if len(p.Folders) == 0 {
		s.addRoots([]folderOfClient{{URI: p.RootURI}})
	}
	result := &initializeResult{Server: serverInfo{Name: s.Assess.Tool.Name, Version: s.Assess.Tool.Version}, Capabilities: serverCapabilities{
		PositionEncoding: s.encoding, Sync: syncOptions{OpenClose: true, Change: incremental, Save: true},
		Hover: true, Definition: true, References: true, Rename: renameOptions{Prepare: true}, InlayHint: true,
		Completion: completionOptions{TriggerCharacters: []string{" ", ":"}},
		CodeAction: codeActionOptions{Kinds: []string{quickFix, refactor}},
		Command:    commandOptions{Commands: []string{attachCommand}},
	}}
	result.Capabilities.Workspace.Folders.Supported, result.Capabilities.Workspace.Folders.Changes = true, true
	return result, nil
}

func (s *server) addRoots(added []folderOfClient) {
	for _, root := range added {
		if path, isFile := pathOf(root.URI); isFile {
			s.roots = append(s.roots, path)
		}
	}
}

func (s *server) shutdown(context.Context, *struct{}) (any, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.stage = shutDown
	for dir := range s.folders {
		s.release(dir)
	}
	return nil, nil
}

func (s *server) didChangeFolders(_ context.Context, p *foldersParams) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, root := range p.Event.Removed {
		path, _ := pathOf(root.URI)
		s.roots = slices.DeleteFunc(s.roots, func(other string) bool { return other == path })
	}
	s.addRoots(p.Event.Added)
	return nil
}

// tell writes a message into the client's log; errors, which nothing in a file shows, are shown to the person. The mutex is held.
func (s *server) tell(severity int, message string) {
	method := "window/logMessage"
	if severity == isError {
		method = "window/showMessage"
	}
	s.send(method, messageParams{Type: severity, Message: sanitize.Lines(message)})
}

// send sends a notification. The client is gone where that fails, which the end of the input says too.
func (s *server) send(method string, params any) {
	if err := s.rpc.Notify(s.ctx, method, params); err != nil && s.ctx.Err() == nil && !s.closed.Load() {
		fmt.Fprintf(s.Log, "raci-check: %s: %v\n", method, err)
	}
}

// ask sends a request to the client, and waits for its answer.
func (s *server) ask(ctx context.Context, method string, params, result any) error {
	answer, err := s.rpc.Callback(ctx, method, params)
	if err != nil {
		return err
	}
	if result == nil {
		return nil
	}
	return answer.UnmarshalResult(result)
}

// rules are those in force, with what is made of them once.
type rules struct {
	open    func() (ruleset.Ruleset, error)
	author  func(ruleset.Ruleset) (author, error)
	mutex   sync.Mutex
	present bool
	ruleset ruleset.Ruleset
	library author
	forms   *forms
}

// again opens the rules.
func (r *rules) again() (ruleset.Ruleset, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	err := r.refresh()
	return r.ruleset, err
}

// refresh opens the rules; what cannot be opened leaves those before.
func (r *rules) refresh() error {
	opened, err := r.open()
	if err != nil {
		return err
	}
	library, err := r.author(opened)
	if err != nil {
		return err
	}
	r.present, r.ruleset, r.library, r.forms = true, opened, library, nil
	return nil
}

// current answers the rules and what helps to write; they are opened where they were not yet.
func (r *rules) current() (ruleset.Ruleset, author, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.present {
		if err := r.refresh(); err != nil {
			return ruleset.Ruleset{}, nil, err
		}
	}
	return r.ruleset, r.library, nil
}

// pages are the explanations of checks, as files that a link can lead to.
type pages struct {
	mutex     sync.Mutex
	folder    string
	ready     map[string]string // URI, by check; empty where there is none
	explainer *describe.Explainer
}

// remove deletes the files.
func (p *pages) remove(log io.Writer) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.folder == "" {
		return
	}
	if err := os.RemoveAll(p.folder); err != nil {
		fmt.Fprintf(log, "raci-check: %v\n", err)
	}
	p.folder, p.ready = "", nil
}
