package lsp

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creachadair/jrpc2"

	"github.com/raci-check/raci-check/internal/testhelp"
)

// typing is a conversation that is shared by the inputs of a process: to make the rules ready takes longer than to try one.
type typing struct {
	once sync.Once
	*editor
}

// beginning is a file of the folder, small enough to be assessed in some milliseconds.
const beginning = `api_version: raci-check/v1
kind: Evidence
metadata:
  service: {id: 7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21, name: "clé \U0001F511", region: eu-west-par}
backups: # what is kept
  source: {method: document, collected_at: 2026-11-19T06:20:00Z, collected_by: backup-report 7.2}
  policy: {owner: head.of.platform@example.com, approved_by: ciso@example.com, reviewed_on: 2026-05-06, rpo_hours: 24}
  jobs:
    - {id: a, dataset: x}
    - id: "ü"
      dataset: 'y'
`

// pieces are what is typed.
var pieces = []string{
	"", " ", "\n", "\r\n", "\r", ":", ": ", "- ", "{", "}", "[", "]", "'", `"`, "#", " # ", "&a ", "*a", "<<: ", "|\n", "\t", "é", "\U0001F511", byteOrderMark,
	"\u2028", "0", "rpo_hours: 999", "kind: Waivers\n", "kind: Evidence\n", "kind: Collect\n", "apiVersion: v1\n", "backups:\n", "null", "keys:\n  keys: []\n", "---\n", "\x00",
}

// FuzzEdits types into a document: bytes are taken by three, as where, how much is deleted, and what is typed.
func FuzzEdits(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{100, 5, 10, 100, 0, 11, 100, 1, 0})
	f.Add([]byte{0, 0, 23, 0, 0, 3, 200, 40, 22, 255, 255, 27})
	f.Add([]byte("\x40\x10\x1a\x41\x00\x03\x80\x00\x04\x10\x03\x16\x90\xff\x00"))
	f.Add(bytes.Repeat([]byte{128, 0, 8}, 200))
	shared := &typing{}
	f.Cleanup(func() {
		if shared.editor != nil {
			shared.close()
			os.RemoveAll(shared.dir)
		}
	})
	f.Fuzz(func(t *testing.T, input []byte) {
		shared.once.Do(func() { shared.editor = shareable(t) })
		e := shared.editor
		e.t = t
		e.fuzz(input)
		e.faultless(t)
	})
}

// shareable is a conversation that does not end with the test that begins it.
func shareable(t *testing.T) *editor {
	o := options()
	o.pause = time.Millisecond
	var err error
	dir, err := os.MkdirTemp("", "raci-check-fuzz-*")
	testhelp.Must(t, err)
	testhelp.Put(t, filepath.Join(dir, "evidence.yaml"), beginning)
	e := connected(t, o)
	e.dir = dir
	e.call("initialize", map[string]any{"rootUri": uriOf(dir), "capabilities": map[string]any{}}, nil)
	return e
}

// fuzz types what the input says, asks questions meanwhile, and waits for what is said of the last text.
func (e *editor) fuzz(input []byte) {
	e.t.Helper()
	const name = "evidence.yaml"
	e.openAs(name, beginning)
	for ; len(input) >= 3; input = input[3:] {
		before := newText([]byte(e.texts[name]))
		start := int(input[0]) * len(before.content) / 255
		end := min(start+int(input[1]), len(before.content))
		span := before.extent(start, end, utf16Units) // which is never within a character
		start, end = before.offset(span.Start, utf16Units), before.offset(span.End, utf16Units)
		typed := pieces[int(input[2])%len(pieces)]
		e.sent(name, string(before.content[:start])+typed+string(before.content[end:]))
		e.notify("textDocument/didChange", map[string]any{
			"textDocument":   map[string]any{"uri": e.uri(name), "version": e.versions[name]},
			"contentChanges": []contentChange{{Range: &span, Text: typed}},
		})
		if input[0]%4 == 0 {
			e.question(name, span)
		}
	}
	e.next(name, "it is the last text", func([]diagnostic) bool { return true })
	e.notify("textDocument/didClose", map[string]any{"textDocument": identifier{URI: e.uri(name)}})
}

// question asks about a place; any answer is good that is no error of the program and lies in the text.
func (e *editor) question(name string, at extent) {
	e.t.Helper()
	document := map[string]any{"uri": e.uri(name)}
	place := map[string]any{"textDocument": document, "position": at.End, "newName": "renamed"}
	span := map[string]any{"textDocument": document, "range": at, "context": map[string]any{"diagnostics": []any{}}}
	for method, params := range map[string]any{
		"textDocument/hover": place, "textDocument/completion": place, "textDocument/definition": place, "textDocument/references": place,
		"textDocument/prepareRename": place, "textDocument/rename": place, "textDocument/codeAction": span,
	} {
		ctx, stop := context.WithTimeout(context.Background(), wait)
		_, err := e.client.Call(ctx, method, params)
		stop()
		if err != nil && (jrpc2.ErrorCode(err) == jrpc2.InternalError || ctx.Err() == context.DeadlineExceeded) {
			e.t.Errorf("%s: %v", method, err)
		}
	}
}

// FuzzStream reads messages from any bytes.
func FuzzStream(f *testing.F) {
	f.Add("Content-Length: 2\r\n\r\n{}Content-Length: 0\r\n\r\n")
	f.Add("content-length: 99999999999999999999\r\n\r\n")
	f.Add("Content-Type: x\r\n\r\n")
	f.Add("Content-Length: 5\n\nab")
	f.Add(strings.Repeat("x", 2*longestHeader))
	f.Fuzz(func(t *testing.T, input string) {
		s := newStream(strings.NewReader(input), io.Discard)
		total := 0
		for {
			message, err := s.Recv()
			if err != nil {
				break
			}
			if total += len(message); total > len(input) {
				t.Fatal("more was read than there is")
			}
		}
		var out bytes.Buffer
		back := newStream(&out, &out)
		if err := back.Send([]byte(input)); err != nil {
			t.Fatal(err)
		}
		if message, err := back.Recv(); err != nil || string(message) != input {
			t.Errorf("%q came back as %q: %v", input, message, err)
		}
	})
}

// FuzzPositions leads every position of a text back.
func FuzzPositions(f *testing.F) {
	f.Add("a: \U0001F511\r\nü\rb\n", 1, 1)
	f.Add(byteOrderMark+"x", 0, 1)
	f.Fuzz(func(t *testing.T, content string, line, character int) {
		tx := newText([]byte(content))
		for _, e := range []encoding{utf8Units, utf16Units, utf32Units} {
			offset := tx.offset(position{line, character}, e)
			if offset < 0 || offset > len(content) || utf8.ValidString(content) && !utf8.ValidString(content[:offset]) {
				t.Fatalf("offset %d of %q", offset, content)
			}
			if back := tx.offset(tx.position(offset, e), e); back != offset {
				t.Errorf("%q: %d leads to %d as %s", content, offset, back, e)
			}
			if from, to := tx.token(offset); from > to || from < 0 || to > len(content) {
				t.Errorf("%q: the token at %d is %d to %d", content, offset, from, to)
			}
			if _, from, to, _ := tx.value(offset); from > to || to > len(content) {
				t.Errorf("%q: the value at %d is %d to %d", content, offset, from, to)
			}
			if from, to := tx.rest(offset); from > to || to > len(content) {
				t.Errorf("%q: the rest at %d is %d to %d", content, offset, from, to)
			}
		}
	})
}
