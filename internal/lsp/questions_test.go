package lsp

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/authoring"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/safefile"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// scripted is an author that answers what a test wants, and notes what it is asked.
type scripted struct {
	files    authoring.Files
	name     string
	at       document.Position
	span     authoring.Span
	problems []authoring.Problem
	actions  []authoring.Action
}

func (s *scripted) ask(files authoring.Files, name string, at document.Position) {
	s.files, s.name, s.at = files, name, at
}

func spanOf(file string, line, from, to int) authoring.Span {
	return authoring.Span{File: file, Start: document.Position{Line: line, Column: from}, End: document.Position{Line: line, Column: to}}
}

func (s *scripted) Hover(files authoring.Files, name string, at document.Position) (string, authoring.Span, bool) {
	s.ask(files, name, at)
	return "**meaning**", spanOf(name, 3, 8, 9), true
}

func (s *scripted) Complete(files authoring.Files, name string, at document.Position) []authoring.Completion {
	s.ask(files, name, at)
	return []authoring.Completion{
		{Label: "z", Kind: authoring.Reference, Detail: "a key", Documentation: "*of* keys", Edit: authoring.Edit{Span: spanOf(name, 3, 8, 9), Text: "z-1"}},
		{Label: "a", Kind: authoring.Word, Edit: authoring.Edit{Span: spanOf(name, 3, 8, 9), Text: "a"}},
	}
}

func (s *scripted) Definition(files authoring.Files, name string, at document.Position) []authoring.Span {
	return []authoring.Span{spanOf("other file.yaml", 1, 1, 5)}
}

func (s *scripted) References(files authoring.Files, name string, at document.Position, definition bool) []authoring.Span {
	if !definition {
		return nil
	}
	return []authoring.Span{spanOf(name, 3, 8, 9), spanOf("other file.yaml", 1, 1, 5)}
}

func (s *scripted) Renames(files authoring.Files, name string, at document.Position) (authoring.Span, bool) {
	return spanOf(name, 3, 8, 9), true
}

func (s *scripted) Rename(files authoring.Files, name string, at document.Position, to string) ([]authoring.Edit, error) {
	if to == "" {
		return nil, errors.New("an id has at least one character")
	}
	return []authoring.Edit{{Span: spanOf(name, 3, 8, 9), Text: to}, {Span: spanOf("other file.yaml", 1, 1, 5), Text: to}}, nil
}

func (s *scripted) Actions(files authoring.Files, span authoring.Span, problems []authoring.Problem) []authoring.Action {
	s.span, s.problems = span, problems
	return s.actions
}

// astral is a document in which a place has other numbers in each encoding.
const astral = "api_version: raci-check/v1\r\nkind: Evidence\r\nid: \U0001F511\U0001F511 \U0001F511 # x\r\n"

// asking is a conversation with a scripted author, about a document that lies beside another.
func asking(t *testing.T, capabilities map[string]any, change func(s *scripted)) (*editor, *scripted, map[string]any) {
	t.Helper()
	s := &scripted{}
	if change != nil {
		change(s)
	}
	e := start(t, "", func(o *Options, all map[string]any) {
		o.author = func(ruleset.Ruleset) (author, error) { return s, nil }
		for name, value := range capabilities {
			all[name] = value
		}
	})
	testhelp.Put(t, filepath.Join(e.dir, "other file.yaml"), "kind: Evidence\n")
	testhelp.Put(t, filepath.Join(e.dir, "a.yaml"), "saved")
	e.openAs("a.yaml", astral)
	return e, s, map[string]any{"textDocument": identifier{URI: e.uri("a.yaml")}, "position": position{2, 9}, "newName": "new", "context": map[string]any{"includeDeclaration": true}}
}

func TestQuestionsInUTF16(t *testing.T) {
	t.Parallel()
	e, s, place := asking(t, nil, nil)
	var shown hover
	e.call("textDocument/hover", place, &shown)
	if s.at != (document.Position{Line: 3, Column: 8}) || s.name != "a.yaml" {
		t.Errorf("it was asked about %s:%v", s.name, s.at)
	}
	if string(s.files["a.yaml"]) != astral || string(s.files["other file.yaml"]) != "kind: Evidence\n" || len(s.files) != 2 {
		t.Errorf("the files are %q", s.files)
	}
	key := extent{position{2, 9}, position{2, 11}}
	if shown.Range != key || shown.Contents != (markup{"markdown", "**meaning**"}) {
		t.Errorf("%+v", shown)
	}
	var list completionList
	e.call("textDocument/completion", place, &list)
	if len(list.Items) != 2 || list.Items[0].Kind != 18 || list.Items[0].TextEdit != (textEdit{key, "z-1"}) || list.Items[0].SortText >= list.Items[1].SortText || list.Items[0].Documentation.Value != "*of* keys" {
		t.Errorf("%+v", list)
	}
	var places []location
	e.call("textDocument/references", place, &places)
	if len(places) != 2 || places[0] != (location{e.uri("a.yaml"), key}) || places[1] != (location{e.uri("other file.yaml"), extent{position{0, 0}, position{0, 4}}}) {
		t.Errorf("%+v", places)
	}
	e.call("textDocument/definition", place, &places)
	if len(places) != 1 || !strings.HasSuffix(places[0].URI, "/other%20file.yaml") {
		t.Errorf("%+v", places)
	}
	var prepared renameRange
	e.call("textDocument/prepareRename", place, &prepared)
	if prepared != (renameRange{key, "\U0001F511"}) {
		t.Errorf("%+v", prepared)
	}
	var edit workspaceEdit
	e.call("textDocument/rename", place, &edit)
	if len(edit.Changes) != 2 || edit.Changes[e.uri("a.yaml")][0] != (textEdit{key, "new"}) {
		t.Errorf("%+v", edit)
	}
	place["newName"] = ""
	if err := e.try("textDocument/rename", place, nil); err == nil || !strings.Contains(err.Error(), "an id has at least one character") {
		t.Errorf("a name that is refused: %v", err)
	}
}

func TestQuestionsInUTF8(t *testing.T) {
	t.Parallel()
	e, s, place := asking(t, map[string]any{
		"general":      map[string]any{"positionEncodings": []string{"utf-8", "utf-16"}},
		"textDocument": map[string]any{"hover": map[string]any{"contentFormat": []string{"plaintext"}}},
		"workspace":    map[string]any{"workspaceEdit": map[string]any{"documentChanges": true}},
	}, nil)
	place["position"] = position{2, 13}
	var shown hover
	e.call("textDocument/hover", place, &shown)
	if s.at != (document.Position{Line: 3, Column: 8}) || shown.Range != (extent{position{2, 13}, position{2, 17}}) || shown.Contents.Kind != "plaintext" {
		t.Errorf("%v: %+v", s.at, shown)
	}
	var edit struct {
		DocumentChanges []documentEdit `json:"documentChanges"`
	}
	e.call("textDocument/rename", place, &edit)
	if len(edit.DocumentChanges) != 2 || *edit.DocumentChanges[0].Document.Version != 1 || edit.DocumentChanges[1].Document.Version != nil {
		t.Errorf("%+v", edit)
	}
}

func TestCodeActions(t *testing.T) {
	t.Parallel()
	s := &scripted{actions: []authoring.Action{
		{Title: "fix", Problem: "the range 0.0.0.0/0 is wider than a /24", Edits: []authoring.Edit{{Span: spanOf("network.yaml", 1, 1, 1), Text: "# x\n"}}},
		{Title: "attach a file", Attaches: "/network/source"},
		{Title: "write the section", Edits: []authoring.Edit{{Span: spanOf("exit_plan.yaml", 1, 1, 1), Text: "exit_plan: {}\n"}}},
	}}
	for _, creates := range []bool{false, true} {
		e := start(t, "gaps", func(o *Options, capabilities map[string]any) {
			o.author = func(ruleset.Ruleset) (author, error) { return s, nil }
			if creates {
				capabilities["workspace"] = map[string]any{"workspaceEdit": map[string]any{"documentChanges": true, "resourceOperations": []string{"create"}}}
			}
		})
		e.open("network.yaml")
		d := find(e.next("network.yaml", "a range is too wide", has("network_access.ranges_narrow")), "network_access.ranges_narrow")
		var all []codeAction
		params := map[string]any{"textDocument": identifier{URI: e.uri("network.yaml")}, "range": d.Range, "context": map[string]any{"diagnostics": []any{}}}
		e.call("textDocument/codeAction", params, &all)
		i := slices.IndexFunc(s.problems, func(p authoring.Problem) bool { return p.Check == "network_access.ranges_narrow" })
		if i < 0 || s.problems[i].Pointer != "/network/allow_list/3/range" || s.problems[i].Message != "the range 0.0.0.0/0 is wider than a /24" || s.problems[i].Start != s.span.Start {
			t.Errorf("%+v", s.problems)
		}
		if len(all) < 2 || all[0].Kind != quickFix || len(all[0].Diagnostics) != 1 || all[0].Diagnostics[0].Code != d.Code || all[0].Edit == nil {
			t.Fatalf("%+v", all)
		}
		if all[1].Kind != refactor || all[1].Command.Command != attachCommand || !slices.Equal(all[1].Command.Arguments, []string{e.uri("network.yaml"), "/network/source"}) {
			t.Errorf("%+v", all[1])
		}
		if created := len(all) == 3; created != creates {
			t.Errorf("a client that creates files (%v) is offered %+v", creates, all)
		}
		if creates {
			if encoded, _ := json.Marshal(all[2].Edit); !strings.Contains(string(encoded), `"kind":"create"`) || !strings.Contains(string(encoded), "exit_plan.yaml") {
				t.Errorf("%s", encoded)
			}
		}
		params["context"] = map[string]any{"only": []string{"quickfix"}}
		e.call("textDocument/codeAction", params, &all)
		if len(all) != 1 {
			t.Errorf("of fixes alone there are %+v", all)
		}
		params["context"] = map[string]any{"only": []string{""}} // the kind that all are of
		e.call("textDocument/codeAction", params, &all)
		if len(all) < 2 {
			t.Errorf("of all kinds there are %+v", all)
		}
	}
}

// edited is the text of a file with the one edit that the server asked for, and what this edit puts into it.
func (e *editor) edited(name string) (after, change string) {
	e.t.Helper()
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if len(e.edits) != 1 {
		e.t.Fatalf("%+v", e.edits)
	}
	edit := e.edits[0].Edit.Changes[e.uri(name)][0]
	text, err := newText([]byte(e.texts[name])).with([]contentChange{{Range: &edit.Range, Text: edit.Text}}, utf16Units)
	if err != nil {
		e.t.Fatal(err)
	}
	return string(text.content), edit.Text
}

func TestAFileIsAttachedToTextThatIsNotSaved(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", nil)
	e.apply = true
	e.open("backups.yaml")
	e.next("backups.yaml", "all passes", func(all []diagnostic) bool { return len(all) == 0 })
	saved := e.read("backups.yaml")
	at := strings.Index(saved, "    artifact:\n")
	end := at + strings.Index(saved[at:], "  policy:\n")
	e.edit("backups.yaml", saved[at:end], "")
	file := filepath.Join(t.TempDir(), "new-report.json")
	testhelp.Put(t, file, `{"jobs": [{"name": "okms", "result": "ok", "finished": "2026-11-19T06:00:00Z"}]}`)
	arguments := []string{e.uri("backups.yaml"), "/backups/source", file}
	e.call("workspace/executeCommand", commandParams{Command: attachCommand, Arguments: arguments}, nil)
	if e.read("backups.yaml") != saved {
		t.Error("the file on the disk was changed, though the editor has it")
	}
	if _, err := os.Stat(filepath.Join(e.dir, "exports/new-report.json")); err != nil {
		t.Error(err)
	}
	after, change := e.edited("backups.yaml")
	if !strings.Contains(after, "exports/new-report.json") || strings.Count(change, "\n") > 4 {
		t.Errorf("%s", change)
	}
	e.mutex.Lock()
	e.apply = false
	e.mutex.Unlock()
	if err := e.try("workspace/executeCommand", commandParams{Command: attachCommand, Arguments: arguments}, nil); err == nil || !strings.Contains(err.Error(), "not named yet") {
		t.Errorf("an edit that the client refuses: %v", err)
	}
	for problem, arguments := range map[string][]string{
		"takes the URI":     arguments[:2],
		"whole path":        {arguments[0], arguments[1], "new-report.json"},
		"no JSON pointer":   {arguments[0], "backups", file},
		"takes no artifact": {arguments[0], "/backups/policy", file},
		"save it first":     {"untitled:x", arguments[1], file},
	} {
		if err := e.try("workspace/executeCommand", commandParams{Command: attachCommand, Arguments: arguments}, nil); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v", problem, err)
		}
	}
	if err := e.try("workspace/executeCommand", commandParams{Command: "other"}, nil); err == nil {
		t.Error("a command that there is not is taken")
	}
}

func TestAnAttachedFileIsReplaced(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", nil)
	e.apply = true
	e.open("backups.yaml")
	e.next("backups.yaml", "all passes", func(all []diagnostic) bool { return len(all) == 0 })
	file := filepath.Join(t.TempDir(), "new-report.json")
	testhelp.Put(t, file, `{"jobs": [{"name": "okms", "result": "ok", "finished": "2026-11-19T06:00:00Z"}]}`)
	attach := func(pointer string) error {
		return e.try("workspace/executeCommand", commandParams{Command: attachCommand, Arguments: []string{e.uri("backups.yaml"), pointer, file}}, nil)
	}
	err := attach("/backups/source")
	if err == nil || strings.Contains(err.Error(), "--") || !strings.Contains(err.Error(), "choose the action that replaces it") {
		t.Errorf("an artifact that is there already: %v", err)
	}
	err = attach("/backups/source/artifact")
	if err == nil || strings.Contains(err.Error(), "--") || !strings.Contains(err.Error(), "choose an export of the same kind") {
		t.Errorf("a file that the mapping of the artifact does not read: %v", err)
	}
	testhelp.Put(t, file, e.read("exports/backup-report.json")+"\n")
	if err := attach("/backups/source/artifact"); err != nil {
		t.Fatal(err)
	}
	after, change := e.edited("backups.yaml")
	if strings.Count(after, "artifact:") != strings.Count(e.texts["backups.yaml"], "artifact:") || !strings.Contains(after, "exports/new-report.json") {
		t.Errorf("%s", change)
	}
}

// What the server's own writing leaves for a moment is not told as what is wrong with the evidence.
func TestOwnWritesAreNotTold(t *testing.T) {
	t.Parallel()
	var write func() // the server is about to write
	e := start(t, "compliant", func(o *Options, _ map[string]any) {
		o.Lock = func(folder string) (*safefile.Lock, error) {
			write()
			return safefile.Take(folder, safefile.Holder{})
		}
	})
	e.open("backups.yaml")
	e.next("backups.yaml", "all passes", func(all []diagnostic) bool { return len(all) == 0 })
	whole := e.read("capacity.yaml")
	half := func() {
		testhelp.Put(t, filepath.Join(e.dir, "capacity.yaml"), "capacity: [")
		time.Sleep(500 * time.Millisecond) // longer than a state that is wrong is held back
	}
	isTold := func() bool {
		e.mutex.Lock()
		defer e.mutex.Unlock()
		return slices.ContainsFunc(e.messages, func(message string) bool { return strings.Contains(message, "nothing is assessed") })
	}
	write = func() {
		half()
		testhelp.Put(t, filepath.Join(e.dir, "capacity.yaml"), whole)
	}
	arguments := []string{e.uri("backups.yaml"), "/backups/source", filepath.Join(t.TempDir(), "absent.json")}
	if err := e.try("workspace/executeCommand", commandParams{Command: attachCommand, Arguments: arguments}, nil); err == nil {
		t.Error("a file that is not there is attached")
	}
	time.Sleep(500 * time.Millisecond)
	if isTold() {
		t.Errorf("%q", e.messages)
	}
	half()
	e.next("capacity.yaml", "what stays wrong", func(all []diagnostic) bool { return len(all) > 0 })
	if !isTold() {
		t.Errorf("of what stays wrong nothing is told: %q", e.messages)
	}
}
