package lsp

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creachadair/jrpc2"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// change sends changes as they are; content is what the editor has then.
func (e *editor) change(name, content string, changes any) {
	e.t.Helper()
	e.sent(name, content)
	e.notify("textDocument/didChange", map[string]any{
		"textDocument": map[string]any{"uri": e.uri(name), "version": e.versions[name]}, "contentChanges": changes,
	})
}

// lostAlone holds where a file has one diagnostic, which says that its text is not known.
func lostAlone(all []diagnostic) bool {
	return len(all) == 1 && strings.Contains(all[0].Message, "lost track")
}

func none(all []diagnostic) bool { return len(all) == 0 }

// What lies outside of a text is its end, as the protocol says, and a version may be any.
func TestChangesOutsideOfTheText(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", nil)
	e.open("backups.yaml")
	e.next("backups.yaml", "all passes", none)
	saved := e.texts["backups.yaml"]
	e.change("backups.yaml", saved+"more: 1\n", []contentChange{{Range: &extent{position{9999, 0}, position{99999, 7}}, Text: "more: 1\n"}})
	e.next("backups.yaml", "a field that there is not", func(all []diagnostic) bool { return len(all) == 1 && strings.Contains(all[0].Message, "more") })
	_, rest, _ := strings.Cut(saved, "\n")
	e.change("backups.yaml", "[\n"+rest, []contentChange{{Text: saved}, {Range: &extent{position{0, 0}, position{0, 999}}, Text: "["}})
	e.next("backups.yaml", "an error", func(all []diagnostic) bool { return len(all) == 1 && !strings.Contains(all[0].Message, "more") })
	e.sent("backups.yaml", saved)
	e.mutex.Lock()
	e.versions["backups.yaml"] = 1
	delete(e.files, e.uri("backups.yaml"))
	e.mutex.Unlock()
	e.notify("textDocument/didChange", map[string]any{"textDocument": map[string]any{"uri": e.uri("backups.yaml"), "version": 1}, "contentChanges": []contentChange{{Text: saved}}})
	e.next("backups.yaml", "all passes", none)
}

// A change that cannot be followed leaves no finding of the text before: until the whole text comes, the file has one diagnostic that
// says so, its folder has no verdicts, and no question is answered by an older text.
func TestATextThatIsNotKnown(t *testing.T) {
	t.Parallel()
	backwards := []contentChange{{Range: &extent{position{1, 1}, position{0, 0}}, Text: "x"}}
	for name, changes := range map[string]any{
		"backwards":          backwards,
		"half a character":   []contentChange{{Range: &extent{position{0, 3}, position{0, 3}}, Text: "x"}},
		"negative":           []contentChange{{Range: &extent{position{0, -1}, position{0, 0}}, Text: "x"}},
		"the second of two":  []contentChange{{Range: &extent{position{0, 0}, position{0, 0}}, Text: "#"}, backwards[0]},
		"no changes":         "none",
		"a range of texts":   []any{map[string]any{"range": map[string]any{"start": "a", "end": "b"}, "text": ""}},
		"a text that is not": []any{map[string]any{"text": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := start(t, "gaps", nil)
			saved := "# \U0001F600\n" + e.read("backups.yaml")
			testhelp.Put(t, filepath.Join(e.dir, "backups.yaml"), saved)
			e.open("backups.yaml")
			e.open("keys.yaml")
			findings := func(all []diagnostic) bool { return len(all) > 1 }
			e.next("backups.yaml", "findings", findings)
			e.next("keys.yaml", "findings", findings)
			e.change("backups.yaml", "", changes)
			e.next("backups.yaml", "one error of a lost text", lostAlone)
			e.next("keys.yaml", "nothing", none)
			e.change("backups.yaml", "", []contentChange{{Range: &extent{}, Text: "a"}}) // which is not followed
			e.next("backups.yaml", "one error of a lost text", lostAlone)
			place := map[string]any{"textDocument": identifier{URI: e.uri("backups.yaml")}, "position": position{1, 1}, "range": extent{}, "newName": "new", "context": map[string]any{}}
			for _, method := range []string{"hover", "completion", "definition", "references", "prepareRename", "rename", "codeAction", "inlayHint"} {
				var coded *jrpc2.Error
				if err := e.try("textDocument/"+method, place, nil); !errors.As(err, &coded) || coded.Code != contentModified {
					t.Errorf("%s: %v", method, err)
				}
			}
			beside := map[string]any{"textDocument": identifier{URI: e.uri("keys.yaml")}, "position": position{1, 1}, "newName": "new"}
			if err := e.try("textDocument/rename", beside, nil); err == nil || !strings.Contains(err.Error(), "not known") {
				t.Errorf("a name is changed where a file may have it that is not known: %v", err)
			}
			if err := e.try("workspace/executeCommand", commandParams{Command: attachCommand, Arguments: []string{e.uri("keys.yaml"), "/keys/source", "/x"}}, nil); err == nil || !strings.Contains(err.Error(), "not known") {
				t.Errorf("a file is attached: %v", err)
			}
			e.change("backups.yaml", saved, []contentChange{{Range: &extent{}, Text: "b"}, {Text: saved}})
			e.next("backups.yaml", "findings", findings)
			e.next("keys.yaml", "findings", findings)
			e.change("backups.yaml", "", backwards)
			e.next("backups.yaml", "one error of a lost text", lostAlone)
			e.forget("backups.yaml")
			e.notify("textDocument/didClose", map[string]any{"textDocument": identifier{URI: e.uri("backups.yaml")}})
			e.next("keys.yaml", "findings", findings)
			e.next("backups.yaml", "findings of the disk", findings)
		})
	}
	t.Run("of no folder", func(t *testing.T) {
		t.Parallel()
		e := start(t, "", nil)
		e.openAs("mapping.yaml", "kind: Mapping\nwrong: 1\n")
		e.next("mapping.yaml", "errors", func(all []diagnostic) bool { return len(all) > 0 && !lostAlone(all) })
		e.change("mapping.yaml", "", backwards)
		e.next("mapping.yaml", "one error of a lost text", lostAlone)
		e.openAs("mapping.yaml", "kind: Mapping\nwrong: 1\n")
		e.next("mapping.yaml", "errors", func(all []diagnostic) bool { return len(all) > 0 && !lostAlone(all) })
	})
}

// A client that never answers an edit keeps nothing else waiting, and the command ends.
func TestAnEditThatIsNotAnswered(t *testing.T) {
	t.Parallel()
	e := start(t, "compliant", func(o *Options, _ map[string]any) { o.answerTime = 10 * time.Second })
	e.mute = true
	e.open("backups.yaml")
	e.next("backups.yaml", "all passes", none)
	saved := e.read("backups.yaml")
	at := strings.Index(saved, "    artifact:\n")
	e.edit("backups.yaml", saved[at:at+strings.Index(saved[at:], "  policy:\n")], "")
	file := filepath.Join(t.TempDir(), "new-report.json")
	testhelp.Put(t, file, `{"jobs": [{"name": "okms", "result": "ok", "finished": "2026-11-19T06:00:00Z"}]}`)
	attach := func() error {
		return e.try("workspace/executeCommand", commandParams{Command: attachCommand, Arguments: []string{e.uri("backups.yaml"), "/backups/source", file}}, nil)
	}
	const many = 3 * concurrency
	ended := make(chan error, many)
	for range many {
		go func() { ended <- attach() }()
	}
	for range many - 1 {
		if err := <-ended; err == nil || !strings.Contains(err.Error(), "another file is being attached") {
			t.Errorf("beside one that waits: %v", err)
		}
	}
	e.call("textDocument/hover", map[string]any{"textDocument": identifier{URI: e.uri("backups.yaml")}, "position": position{5, 3}}, nil)
	select {
	case err := <-ended:
		t.Fatalf("the edit ended although nobody answered: %v", err)
	default:
	}
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "not named yet") {
		t.Errorf("an edit that is never answered: %v", err)
	}
	e.mutex.Lock()
	edits := len(e.edits)
	e.mutex.Unlock()
	if edits != 1 {
		t.Errorf("%d edits were sent", edits)
	}
}
