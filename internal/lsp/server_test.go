package lsp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"
	"github.com/creachadair/jrpc2/channel"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/source"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/testhelp"
	"github.com/raci-check/raci-check/mappings"
	"github.com/raci-check/raci-check/policies"
)

// wait is how long something is waited for: far longer than it takes, on a busy machine too.
const wait = 5 * time.Minute

// editor is a client of a server in this process.
type editor struct {
	t      testing.TB
	client *jrpc2.Client
	dir    string
	log    *lockedBuffer
	ended  chan Ended
	close  func()

	mutex     sync.Mutex
	changed   chan struct{}
	files     map[string]publishParams // the last of each URI
	published map[string][]int         // all versions, by URI
	messages  []string
	versions  map[string]int    // that were sent
	texts     map[string]string // by name
	faults    []string          // of the server, against the protocol
	edits     []applyEditParams
	apply     bool     // whether edits of the server are taken
	mute      bool     // whether they are never answered
	units     encoding // of positions
}

// lockedBuffer is written by several.
type lockedBuffer struct {
	mutex sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.Buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.String()
}

func openRules() (ruleset.Ruleset, error) {
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	if err != nil {
		return rules, err
	}
	return rules.WithSnapshot(policies.Snapshot)
}

// options are those of a server in this process.
func options() Options {
	return Options{
		Rules: openRules, At: func() time.Time { return time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC) },
		Assess: assess.Options{PastAt: true, Tool: assessment.Tool{Name: "raci-check", Version: "0.0.0"}, Profiles: []string{"baseline"}},
		Collect: func(doc *document.Document) error {
			_, err := collect.ConfigOf(doc, source.All)
			return err
		},
		Shipped: mappings.FS,
	}
}

// connected starts a server, and a client that has not said anything yet.
func connected(t testing.TB, o Options) *editor {
	t.Helper()
	e := &editor{
		t: t, units: utf16Units, log: &lockedBuffer{}, ended: make(chan Ended, 1), changed: make(chan struct{}, 1),
		files: map[string]publishParams{}, published: map[string][]int{}, versions: map[string]int{}, texts: map[string]string{},
	}
	fromClient, toServer := io.Pipe()
	fromServer, toClient := io.Pipe()
	o.In, o.Out, o.Log = fromClient, toClient, e.log
	done := make(chan struct{})
	go func() {
		ended, err := Serve(context.Background(), o)
		if err != nil {
			fmt.Fprintf(e.log, "ended: %v\n", err)
		}
		toClient.Close()
		e.ended <- ended
		close(done)
	}()
	e.client = jrpc2.NewClient(channel.LSP(fromServer, toServer), &jrpc2.ClientOptions{OnNotify: e.notified, OnCallback: e.asked})
	e.close = func() {
		toServer.Close()
		fromServer.Close()
		e.client.Close()
		<-done
	}
	return e
}

// connect is connected for one test.
func connect(t testing.TB, o Options) *editor {
	t.Helper()
	e := connected(t, o)
	t.Cleanup(func() {
		e.close()
		e.faultless(t)
	})
	return e
}

// start is connect with initialize, for a copy of a folder of evidence.
func start(t testing.TB, example string, change func(o *Options, capabilities map[string]any)) *editor {
	t.Helper()
	o, capabilities := options(), map[string]any{}
	if change != nil {
		change(&o, capabilities)
	}
	e := connect(t, o)
	e.dir = t.TempDir()
	if example != "" {
		testhelp.Must(t, os.CopyFS(e.dir, os.DirFS(filepath.Join("../../evidence", example))))
	}
	e.call("initialize", map[string]any{
		"rootUri": uriOf(e.dir), "capabilities": capabilities, "initializationOptions": map[string]any{"attach": true},
	}, nil)
	e.notify("initialized", struct{}{})
	return e
}

func (e *editor) notified(r *jrpc2.Request) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	switch r.Method() {
	case "textDocument/publishDiagnostics":
		var p publishParams
		if err := r.UnmarshalParams(&p); err != nil {
			e.fault("%v", err)
		}
		e.check(p)
		e.files[p.URI] = p
		if p.Version != nil {
			e.published[p.URI] = append(e.published[p.URI], *p.Version)
		}
	case "window/logMessage", "window/showMessage":
		var p messageParams
		_ = r.UnmarshalParams(&p)
		e.messages = append(e.messages, p.Message)
	}
	select {
	case e.changed <- struct{}{}:
	default:
	}
}

// check holds that a set is of no later version than was sent, not older than one published before, and within its text.
func (e *editor) check(p publishParams) {
	name := strings.TrimPrefix(p.URI, uriOf(e.dir)+"/")
	before := e.files[p.URI]
	switch {
	case p.Version == nil && e.versions[name] > 1 && len(p.Diagnostics) > 0:
		e.fault("%s: diagnostics without a version, though the file is open: %v", name, p.Diagnostics)
	case p.Version == nil:
		return
	case before.Version != nil && *before.Version > *p.Version:
		e.fault("%s: version %d was published after %d", name, *p.Version, *before.Version)
	case e.versions[name] > 0 && *p.Version > e.versions[name]:
		e.fault("%s: version %d was published, %d was sent", name, *p.Version, e.versions[name])
	case e.versions[name] > 0 && *p.Version < e.versions[name]:
		return // it crossed a change on its way
	}
	t := newText([]byte(e.texts[name]))
	for _, d := range p.Diagnostics {
		if back := t.extent(t.offset(d.Range.Start, e.units), t.offset(d.Range.End, e.units), e.units); back != d.Range {
			e.fault("%s: the range %v is not in the text: %s", name, d.Range, d.Message)
		}
	}
}

// fault notes what a server must not do. The mutex is held.
func (e *editor) fault(format string, args ...any) {
	e.faults = append(e.faults, fmt.Sprintf(format, args...))
}

// faultless reports the faults.
func (e *editor) faultless(t testing.TB) {
	t.Helper()
	e.mutex.Lock()
	defer e.mutex.Unlock()
	for _, fault := range e.faults {
		t.Error(fault)
	}
	e.faults = nil
	if text := e.log.text(); strings.Contains(text, "error of the program") {
		t.Errorf("the server recovered from: %s", text)
	}
}

func (e *editor) asked(ctx context.Context, r *jrpc2.Request) (any, error) {
	if r.Method() != "workspace/applyEdit" {
		return nil, nil
	}
	var p applyEditParams
	if err := r.UnmarshalParams(&p); err != nil {
		return nil, err
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.edits = append(e.edits, p)
	if e.mute {
		e.mutex.Unlock()
		<-ctx.Done()
		e.mutex.Lock()
	}
	return applyEditResult{Applied: e.apply}, nil
}

func (e *editor) call(method string, params, result any) {
	e.t.Helper()
	if err := e.try(method, params, result); err != nil {
		e.t.Fatalf("%s: %v", method, err)
	}
}

func (e *editor) try(method string, params, result any) error {
	ctx, stop := context.WithTimeout(context.Background(), wait)
	defer stop()
	answer, err := e.client.Call(ctx, method, params)
	if err != nil || result == nil {
		return err
	}
	return answer.UnmarshalResult(result)
}

func (e *editor) notify(method string, params any) {
	e.t.Helper()
	if err := e.client.Notify(context.Background(), method, params); err != nil {
		e.t.Fatalf("%s: %v", method, err)
	}
}

func (e *editor) uri(name string) string { return uriOf(filepath.Join(e.dir, name)) }

func (e *editor) read(name string) string {
	e.t.Helper()
	content, err := os.ReadFile(filepath.Join(e.dir, name))
	testhelp.Must(e.t, err)
	return string(content)
}

// open opens a file as it is on the disk.
func (e *editor) open(name string) {
	e.t.Helper()
	e.openAs(name, e.read(name))
}

func (e *editor) openAs(name, content string) {
	e.t.Helper()
	e.sent(name, content)
	e.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": e.uri(name), "languageId": "yaml", "version": e.versions[name], "text": content}})
}

func (e *editor) sent(name, content string) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.versions[name]++
	e.texts[name] = content
}

// forget notes that the editor no longer has a file.
func (e *editor) forget(name string) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.versions[name] = 0
}

// edit replaces a text by sending only that, as the protocol has it.
func (e *editor) edit(name, old, replacement string) {
	e.t.Helper()
	before := newText([]byte(e.texts[name]))
	at := strings.Index(e.texts[name], old)
	if at < 0 {
		e.t.Fatalf("%s has no %q", name, old)
	}
	e.sent(name, strings.Replace(e.texts[name], old, replacement, 1))
	e.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": e.uri(name), "version": e.versions[name]},
		"contentChanges": []contentChange{{Range: new(before.extent(at, at+len(old), e.units)), Text: replacement}},
	})
}

// next waits until what is published of a file fits its version and an expectation.
func (e *editor) next(name, expected string, fits func(all []diagnostic) bool) []diagnostic {
	e.t.Helper()
	deadline := time.After(wait)
	for {
		e.mutex.Lock()
		p, published := e.files[e.uri(name)]
		current := published && (e.versions[name] == 0 || p.Version != nil && *p.Version == e.versions[name])
		e.mutex.Unlock()
		if current && fits(p.Diagnostics) {
			return p.Diagnostics
		}
		select {
		case <-e.changed:
		case <-time.After(100 * time.Millisecond):
		case <-deadline:
			e.t.Fatalf("%s: nothing was published in which %s; the last was %+v; log: %s", name, expected, p, e.log.text())
		}
	}
}

func codes(all []diagnostic) (codes []string) {
	for _, d := range all {
		codes = append(codes, d.Code)
	}
	return codes
}

func has(code string) func([]diagnostic) bool {
	return func(all []diagnostic) bool { return slices.Contains(codes(all), code) }
}

func hasNot(code string) func([]diagnostic) bool {
	return func(all []diagnostic) bool { return !slices.Contains(codes(all), code) }
}

// marked is the text that a diagnostic marks.
func (e *editor) marked(name string, d diagnostic) string {
	t := newText([]byte(e.texts[name]))
	return e.texts[name][t.offset(d.Range.Start, e.units):t.offset(d.Range.End, e.units)]
}

// find is the first diagnostic of a check.
func find(all []diagnostic, code string) diagnostic {
	return all[slices.IndexFunc(all, func(d diagnostic) bool { return d.Code == code })]
}

func (e *editor) end() Ended {
	e.t.Helper()
	select {
	case ended := <-e.ended:
		return ended
	case <-time.After(wait):
		e.t.Fatal("the server does not end")
		return Ended{}
	}
}

func TestFindingsFollowTheTextWhileItIsTyped(t *testing.T) {
	t.Parallel()
	e := start(t, "gaps", nil)
	e.open("network.yaml")
	all := e.next("network.yaml", "a probe failed", has("network_access.tls_verified"))
	d := find(all, "network_access.ranges_narrow")
	if marked := e.marked("network.yaml", d); marked != `"0.0.0.0/0"` {
		t.Errorf("%q is marked, expected is the value", marked)
	}
	if d.Severity != isError || d.Source != "raci-check" || d.Data.Pointer != "/network/allow_list/3/range" || d.Data.Check != d.Code || !strings.Contains(d.Message, "wider than a /24\nfix: ") {
		t.Errorf("%+v with %+v", d, d.Data)
	}
	page, _ := pathOf(d.Description.Href)
	if content, err := os.ReadFile(page); err != nil || !strings.Contains(string(content), "network_access.ranges_narrow") {
		t.Errorf("the page of the check: %v\n%s", err, content)
	}
	e.edit("network.yaml", `range: "0.0.0.0/0"`, `range: "203.0.113.7/32"`)
	e.next("network.yaml", "the range is narrow", hasNot("network_access.ranges_narrow"))
	if strings.Contains(e.read("network.yaml"), "203.0.113.7/32") {
		t.Error("the file on the disk was changed")
	}

	e.edit("network.yaml", "allow_list:", "allow_list: [")
	broken := e.next("network.yaml", "only the syntax is wrong", func(all []diagnostic) bool {
		return len(all) > 0 && !slices.ContainsFunc(all, func(d diagnostic) bool { return d.Code != "" })
	})
	if broken[0].Severity != isError {
		t.Errorf("%+v", broken)
	}
	e.next("keys.yaml", "the verdicts are taken back in files that are not open too", func(all []diagnostic) bool { return len(all) == 0 })
	e.mutex.Lock()
	last := e.messages[len(e.messages)-1]
	e.mutex.Unlock()
	if !strings.Contains(last, "nothing is assessed until") || !strings.Contains(last, "network.yaml:") {
		t.Errorf("the log says %q", last)
	}
	e.edit("network.yaml", "allow_list: [", "allow_list:")
	e.next("network.yaml", "it is whole again", has("network_access.tls_verified"))
	e.next("keys.yaml", "and the other files", func(all []diagnostic) bool { return len(all) > 0 })

	e.notify("textDocument/didClose", map[string]any{"textDocument": identifier{URI: e.uri("network.yaml")}})
	e.forget("network.yaml")
	e.next("network.yaml", "it is closed", func(all []diagnostic) bool { return len(all) == 0 })
	e.next("keys.yaml", "its folder is", func(all []diagnostic) bool { return len(all) == 0 })
	e.call("shutdown", nil, nil)
	e.notify("exit", nil)
	if !e.end().Orderly {
		t.Error("the end is not orderly")
	}
	if _, err := os.Stat(page); err == nil {
		t.Error("the pages of checks are still there")
	}
}

func TestAllPassesWithoutDiagnostics(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", nil)
	e.open("backups.yaml")
	e.next("backups.yaml", "all passes", func(all []diagnostic) bool { return len(all) == 0 })
	var hints []inlayHint
	whole := extent{End: position{Line: 1000}}
	e.call("textDocument/inlayHint", map[string]any{"textDocument": identifier{URI: e.uri("backups.yaml")}, "range": whole}, &hints)
	lines := strings.Split(e.texts["backups.yaml"], "\n")
	labels := map[string]string{}
	for _, hint := range hints {
		labels[strings.TrimSpace(lines[hint.Position.Line])] = hint.Label
	}
	if label := labels["backups:"]; !strings.Contains(label, "checks pass") || !strings.Contains(label, "attached") {
		t.Errorf("the section says %q; all are %v", label, labels)
	}
	if !slices.ContainsFunc(hints, func(h inlayHint) bool { return h.Label == "derived" }) {
		t.Errorf("no fact is derived: %v", labels)
	}
	// What is deleted while it is looked at fails.
	e.edit("backups.yaml", "backups:\n", "backups: # all of it\n")
	e.edit("backups.yaml", "  policy:", "  policies:")
	e.next("backups.yaml", "the field is not known", func(all []diagnostic) bool {
		return len(all) > 0 && strings.Contains(all[0].Message, "polic") && e.marked("backups.yaml", all[0]) == "policies"
	})
}

// Of many findings of one cause there is one diagnostic, and of a check no more than so many in a file.
func TestCausesAreToldOnce(t *testing.T) {
	t.Parallel()
	e := start(t, "gaps", nil)
	e.open("iam.yaml")
	all := e.next("iam.yaml", "an artifact is not there", func(all []diagnostic) bool {
		return slices.ContainsFunc(all, func(d diagnostic) bool { return strings.Contains(d.Message, "iam-policies.json") })
	})
	count := 0
	for _, d := range all {
		if strings.Contains(d.Message, "the artifact exports/iam-policies.json") {
			count++
			if len(d.Data.Checks) != 16 || !strings.Contains(d.Message, "16 checks need it") || d.Severity != isInformation {
				t.Errorf("%+v %+v", d, d.Data)
			}
		}
	}
	if count != 1 {
		t.Errorf("the cause is told %d times", count)
	}
	e.edit("iam.yaml", "id:", "id: ")
	e.open("account.yaml")
	e.next("account.yaml", "an absent section is told of once", func(all []diagnostic) bool {
		n := 0
		for _, d := range all {
			if strings.Contains(d.Message, "section exit_plan is absent") {
				n++
			}
		}
		return n == 1
	})
}

func TestFilesOfOtherKindsAreChecked(t *testing.T) {
	t.Parallel()
	e := start(t, "", nil)
	const head = "api_version: raci-check/v1\nkind: "
	for name, c := range map[string]struct{ content, marked, message string }{
		"waivers.yaml": {head + "Waivers\nwaivers:\n  - {check: backups.restore_teste, reason: accepted until the move, requested_by: a@example.com, approved_by: b@example.com, approved_on: 2026-11-01, expires_on: 2026-12-01}\n",
			"check", "backups.restore_tested"},
		"params.yaml":  {head + "Parameters\nparameters:\n  backup_retention_min_day: 30\n", "backup_retention_min_day", "backup_retention_min_days"},
		"collect.yaml": {head + "Collect\nservice: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21}\nsources:\n  - source: okm\n", "okm", "okms"},
		"mapping.yaml": {head + "Mapping\ntitle: x\n", "api_version", ""},
		"more.yaml":    {head + "Reference\nas_of: 2026-13-01\n", "", ""},
		"broken.yaml":  {head + "Collect\nservice: {id: [\n", "", ""},
	} {
		e.openAs(name, c.content)
		all := e.next(name, "something is wrong", func(all []diagnostic) bool { return len(all) > 0 })
		if !strings.Contains(all[0].Message, c.message) || c.marked != "" && e.marked(name, all[0]) != c.marked {
			t.Errorf("%s: %q is marked: %s", name, e.marked(name, all[0]), all[0].Message)
		}
	}
	for name, content := range map[string]string{
		"values.yaml": "replicas: 3\n", "object.yaml": "apiVersion: v1\nkind: Evidence\n", "broken-other.yaml": "a: [\n",
	} {
		e.openAs(name, content)
		e.next(name, "nothing is said", func(all []diagnostic) bool { return len(all) == 0 })
	}
	// Its kind is typed.
	e.edit("values.yaml", "replicas: 3\n", head+"Parameters\nparameters: 3\n")
	e.next("values.yaml", "it is of a kind now", func(all []diagnostic) bool { return len(all) > 0 })
	// A document that is no file.
	e.sent("untitled:Untitled-1", head+"Evidence\nmetadata: 3\n")
	e.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": "untitled:Untitled-1", "version": 1, "text": e.texts["untitled:Untitled-1"]}})
	for deadline := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		e.mutex.Lock()
		n := len(e.files["untitled:Untitled-1"].Diagnostics)
		e.mutex.Unlock()
		if n > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing is said of a document without a file")
		}
	}
}

func TestSeveralServices(t *testing.T) {
	t.Parallel()
	e := start(t, "", nil)
	for _, service := range []string{"gaps", "compliant"} {
		testhelp.Must(t, os.CopyFS(filepath.Join(e.dir, service), os.DirFS("../../evidence/"+service)))
	}
	e.open("gaps/network.yaml")
	e.next("gaps/network.yaml", "a probe failed", has("network_access.tls_verified"))
	e.open("compliant/keys.yaml")
	e.next("compliant/keys.yaml", "all passes", func(all []diagnostic) bool { return len(all) == 0 })
	e.edit("compliant/keys.yaml", "owner:", "owned:")
	e.next("compliant/keys.yaml", "a field is not known", func(all []diagnostic) bool { return len(all) > 0 })
	e.next("gaps/network.yaml", "the other folder stays as it is", has("network_access.tls_verified"))
	// A file above both is assessed with neither of them twice.
	e.openAs("top.yaml", "api_version: raci-check/v1\nkind: Waivers\nwaivers: 3\n")
	e.next("top.yaml", "it is no list", func(all []diagnostic) bool { return len(all) > 0 })
}

func TestChangesOnTheDiskAreSeen(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", nil)
	e.open("keys.yaml")
	e.next("keys.yaml", "all passes", func(all []diagnostic) bool { return len(all) == 0 })
	backups := e.read("backups.yaml")
	testhelp.Put(t, filepath.Join(e.dir, "backups.yaml"), strings.Replace(backups, "rpo_hours: 24", "rpo_hours: 999", 1))
	e.next("backups.yaml", "a file that is not open fails", func(all []diagnostic) bool { return len(all) > 0 })
	testhelp.Must(t, os.Remove(filepath.Join(e.dir, "backups.yaml")))
	e.next("backups.yaml", "a file that is gone has no diagnostics", func(all []diagnostic) bool { return len(all) == 0 })
}

func TestConversation(t *testing.T) {
	t.Parallel()
	e := connect(t, options())
	code := func(err error) jrpc2.Code {
		if err == nil {
			return jrpc2.NoError
		}
		return jrpc2.ErrorCode(err)
	}
	if got := code(e.try("textDocument/hover", map[string]any{}, nil)); got != notInitialized {
		t.Errorf("before initialize: %d", got)
	}
	e.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": "file:///x.yaml", "text": "kind: Evidence"}})
	var result struct {
		Capabilities map[string]any `json:"capabilities"`
		ServerInfo   serverInfo     `json:"serverInfo"`
	}
	e.call("initialize", map[string]any{"processId": nil, "rootUri": nil, "capabilities": map[string]any{"general": map[string]any{"positionEncodings": []string{"utf-32", "utf-8"}}}}, &result)
	if result.Capabilities["positionEncoding"] != "utf-8" || result.ServerInfo.Name != "raci-check" {
		t.Errorf("%+v", result)
	}
	if got := code(e.try("initialize", map[string]any{}, nil)); got != jrpc2.InvalidRequest {
		t.Errorf("a second initialize: %d", got)
	}
	if got := code(e.try("textDocument/foldingRange", map[string]any{}, nil)); got != jrpc2.MethodNotFound {
		t.Errorf("an unknown method: %d", got)
	}
	if got := code(e.try("textDocument/hover", map[string]any{"position": "x"}, nil)); got != jrpc2.InvalidParams {
		t.Errorf("wrong parameters: %d", got)
	}
	e.notify("$/unknown", nil)
	e.notify("$/cancelRequest", map[string]any{"id": 77})
	var answer json.RawMessage
	e.call("textDocument/hover", map[string]any{"textDocument": identifier{URI: "file:///not/open.yaml"}, "position": position{5, 5}}, &answer)
	if string(answer) != "null" {
		t.Errorf("%s", answer)
	}
	e.call("shutdown", nil, nil)
	if got := code(e.try("textDocument/hover", map[string]any{}, nil)); got != jrpc2.InvalidRequest {
		t.Errorf("after shutdown: %d", got)
	}
	e.notify("exit", nil)
	if !e.end().Orderly {
		t.Error("the end is not orderly")
	}

	hasty := connect(t, options())
	hasty.notify("exit", nil)
	if hasty.end().Orderly {
		t.Error("an exit without a shutdown is not orderly")
	}
}

// An assessment that takes long is given up when the text changes: nothing is published of it.
func TestASlowAssessmentIsGivenUp(t *testing.T) {
	t.Parallel()
	var gate atomic.Pointer[chan struct{}]
	waits := make(chan struct{}, 100)
	e := start(t, "gaps", func(o *Options, _ map[string]any) {
		at := o.At
		o.At = func() time.Time {
			if g := gate.Load(); g != nil {
				waits <- struct{}{}
				<-*g
			}
			return at()
		}
	})
	e.open("network.yaml")
	e.next("network.yaml", "a probe failed", has("network_access.tls_verified"))
	slow := make(chan struct{})
	gate.Store(&slow)
	e.edit("network.yaml", `range: "0.0.0.0/0"`, `range: "0.0.0.0/1"`)
	<-waits
	e.edit("network.yaml", `range: "0.0.0.0/1"`, `range: "203.0.113.7/32"`)
	time.Sleep(2 * pause) // the next one is due while the first still runs
	gate.Store(nil)
	close(slow)
	e.next("network.yaml", "the last text is assessed", hasNot("network_access.ranges_narrow"))
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if slices.Contains(e.published[e.uri("network.yaml")], 2) {
		t.Errorf("versions %v were published, the second of which was out of date", e.published[e.uri("network.yaml")])
	}
}

func TestALargeDocument(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", func(o *Options, _ map[string]any) { o.Assess.MaxFileSize = 1 << 20 })
	e.openAs("keys.yaml", e.read("keys.yaml")+strings.Repeat("# 1234567890123456789012345678901234567890\n", 25_000))
	all := e.next("keys.yaml", "it is too large", func(all []diagnostic) bool { return len(all) > 0 })
	if !strings.Contains(all[0].Message, "larger than the limit of 1048576 bytes") || all[0].Range.Start != (position{}) {
		t.Errorf("%+v", all)
	}
	e.sent("keys.yaml", e.read("keys.yaml"))
	e.notify("textDocument/didChange", map[string]any{
		"textDocument":   map[string]any{"uri": e.uri("keys.yaml"), "version": e.versions["keys.yaml"]},
		"contentChanges": []contentChange{{Text: e.texts["keys.yaml"]}},
	})
	e.next("keys.yaml", "it is as it was", func(all []diagnostic) bool { return len(all) == 0 })
}

// A list of which each item fails does not fill the screen.
func TestManyFindingsOfOneCheck(t *testing.T) {
	t.Parallel()
	e := start(t, "gaps", nil)
	network := e.read("network.yaml")
	var ranges strings.Builder
	for i := range 3 * mostPlaces {
		fmt.Fprintf(&ranges, "    - {range: \"10.%d.0.0/16\", owner: mathieu.roche@nordmer.example, justification: a network of workloads}\n", i)
	}
	e.openAs("network.yaml", strings.Replace(network, "  observed_client_ips:", ranges.String()+"  observed_client_ips:", 1))
	all := e.next("network.yaml", "the ranges are too wide", has("network_access.ranges_narrow"))
	count, more := 0, 0
	for _, d := range all {
		if d.Code == "network_access.ranges_narrow" {
			count++
			if strings.Contains(d.Message, fmt.Sprintf("%d more places in this file", 2*mostPlaces+1)) {
				more++
			}
		}
	}
	if count != mostPlaces+1 || more != 1 {
		t.Errorf("%d are shown, %d of them for the others", count, more)
	}
}

func TestWaiversAreMarked(t *testing.T) {
	t.Parallel()
	e := start(t, "gaps", nil)
	e.open("waivers.yaml")
	all := e.next("waivers.yaml", "one has no effect", func(all []diagnostic) bool { return len(all) > 0 })
	if !strings.Contains(all[0].Message, "the waiver for service_logs.archive_protected has no effect: expired") || all[0].Severity != isWarning {
		t.Errorf("%+v", all)
	}
	e.edit("waivers.yaml", "check: control_panel_access.password_length", "check: control_panel_access.password_lenght")
	all = e.next("waivers.yaml", "there is no such check", func(all []diagnostic) bool {
		return len(all) == 1 && strings.Contains(all[0].Message, "control_panel_access.password_length")
	})
	if all[0].Severity != isError {
		t.Errorf("%+v", all)
	}
}

// Rules that cannot be opened are told of, and so is the end of that.
func TestRulesThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	e := start(t, "gaps", func(o *Options, _ map[string]any) {
		o.Rules = func() (ruleset.Ruleset, error) { return ruleset.Ruleset{}, errors.New("the policies are broken") }
	})
	e.open("network.yaml")
	for deadline := time.Now().Add(wait); ; time.Sleep(10 * time.Millisecond) {
		e.mutex.Lock()
		messages := strings.Join(e.messages, "\n")
		e.mutex.Unlock()
		if strings.Contains(messages, "nothing is assessed: the policies are broken") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the log says %q", messages)
		}
	}
	if err := e.try("textDocument/hover", map[string]any{"textDocument": identifier{URI: e.uri("network.yaml")}}, nil); err == nil || !strings.Contains(err.Error(), "the policies are broken") {
		t.Errorf("%v", err)
	}
}

// A folder that cannot be watched is assessed when the editor says that something changed.
func TestAFolderThatIsNotWatched(t *testing.T) {
	t.Parallel()
	e := start(t, "gaps", func(o *Options, _ map[string]any) { o.RuleFiles = []string{filepath.Join(t.TempDir(), "gone.yaml")} })
	e.open("network.yaml")
	e.next("network.yaml", "a probe failed", has("network_access.tls_verified"))
	e.edit("network.yaml", `range: "0.0.0.0/0"`, `range: "203.0.113.7/32"`)
	e.next("network.yaml", "the range is narrow", hasNot("network_access.ranges_narrow"))
	keys := strings.Replace(e.read("keys.yaml"), "keys:", "keys: [", 1)
	testhelp.Put(t, filepath.Join(e.dir, "keys.yaml"), keys)
	e.notify("workspace/didChangeWatchedFiles", map[string]any{"changes": []identifier{{URI: e.uri("keys.yaml")}}})
	e.next("keys.yaml", "it is broken", func(all []diagnostic) bool { return len(all) > 0 && all[0].Code == "" })
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if !strings.Contains(strings.Join(e.messages, "\n"), "changes on the disk are not seen") {
		t.Errorf("the log says %q", e.messages)
	}
}

// What is new in the editor is checked for itself, and with its folder from the first save.
func TestANewFile(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", nil)
	e.openAs("more.yaml", "api_version: raci-check/v1\nkind: Evidence\nmetadata: 3\n")
	e.next("more.yaml", "it has no service", func(all []diagnostic) bool { return len(all) > 0 })
	e.edit("more.yaml", "metadata: 3", "metadata:\n  service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21, region: mars}")
	all := e.next("more.yaml", "the region is wrong", func(all []diagnostic) bool { return len(all) > 0 })
	testhelp.Put(t, filepath.Join(e.dir, "more.yaml"), strings.Replace(e.texts["more.yaml"], "mars", "eu-west-par", 1))
	e.edit("more.yaml", "mars", "eu-west-par")
	e.notify("textDocument/didSave", map[string]any{"textDocument": identifier{URI: e.uri("more.yaml")}})
	e.next("more.yaml", fmt.Sprintf("nothing is wrong any more with what was %v", all), func(all []diagnostic) bool {
		return !slices.ContainsFunc(all, func(d diagnostic) bool { return strings.Contains(d.Message, "mars") || d.Code != "" })
	})
}

// A text from another system: a byte order mark, CRLF, and characters of two UTF-16 units before what is marked.
func TestAByteOrderMarkAndOtherLineEnds(t *testing.T) {
	t.Parallel()
	for _, units := range []encoding{utf8Units, utf16Units, utf32Units} {
		e := start(t, "gaps", func(_ *Options, capabilities map[string]any) {
			capabilities["general"] = map[string]any{"positionEncodings": []encoding{units}}
		})
		e.units = units
		content := byteOrderMark + strings.ReplaceAll(e.read("network.yaml"), "\n", "\r\n")
		content = strings.Replace(content, `{range: "0.0.0.0/0", justification: 'partner onboarding, to be closed'}`, "{justification: \U0001F511 é partner onboarding, range: \"0.0.0.0/0\"}", 1)
		e.openAs("network.yaml", content)
		d := find(e.next("network.yaml", "a range is too wide", has("network_access.ranges_narrow")), "network_access.ranges_narrow")
		if marked := e.marked("network.yaml", d); marked != `"0.0.0.0/0"` {
			t.Errorf("%s: %q is marked", units, marked)
		}
		e.edit("network.yaml", "\U0001F511 é partner onboarding, range: \"0.0.0.0/0\"", "é, range: \"203.0.113.7/32\"")
		e.next("network.yaml", "the range is narrow", hasNot("network_access.ranges_narrow"))
	}
}

// A request that waits for an assessment is answered at once when it is cancelled, with the code of the protocol.
func TestARequestIsCancelled(t *testing.T) {
	t.Parallel()
	gate, waits := make(chan struct{}), make(chan struct{}, 100)
	e := start(t, "compliant", func(o *Options, _ map[string]any) {
		at := o.At
		o.At = func() time.Time {
			waits <- struct{}{}
			<-gate
			return at()
		}
	})
	e.open("keys.yaml")
	<-waits // hints are those of an assessment that does not end
	answer := make(chan error, 1)
	go func() {
		answer <- e.try("textDocument/inlayHint", map[string]any{"textDocument": identifier{URI: e.uri("keys.yaml")}, "range": extent{}}, nil)
	}()
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		for id := range 20 { // the client of the test counts them
			e.notify("$/cancelRequest", map[string]any{"id": id})
		}
		select {
		case err := <-answer:
			if err == nil || jrpc2.ErrorCode(err) != requestCancelled || time.Since(begun) > patience {
				t.Errorf("the answer is %v after %v", err, time.Since(begun))
			}
			close(gate)
			return
		default:
		}
	}
}
