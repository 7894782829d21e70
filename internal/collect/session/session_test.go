package session_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/collect/session"
	"github.com/raci-check/raci-check/internal/schema"
	"github.com/raci-check/raci-check/internal/testhelp"
)

var must = testhelp.Must

const domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

var at = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)

func TestTheSchemaIsOne(t *testing.T) { must(t, schema.Verify("session", session.Schema)) }

// begun is a recording of one source, and the folder that it is in.
func begun(t *testing.T) (*session.Session, *session.Tape, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "session")
	s, err := session.Record(folder, "raci-check-test 1")
	must(t, err)
	s.Begin(session.Service{ID: domain, Name: "payments-prod"}, at, nil)
	return s, s.Tape("okms", "okms"), folder
}

func get(t *testing.T, address string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody)
	must(t, err)
	return request
}

func answered(request *http.Request, status int) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}, "Set-Cookie": {"geheim"}}, Request: request}
}

// A session goes only into a folder of its own.
func TestTheFolderIsNew(t *testing.T) {
	folder := t.TempDir()
	s, err := session.Record(folder, "raci-check-test 1") // it is empty
	must(t, err)
	s.Discard()
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
	testhelp.Put(t, filepath.Join(folder, "notes"), "mine")
	if _, err := session.Record(folder, "raci-check-test 1"); err == nil || !strings.Contains(err.Error(), "is not empty") {
		t.Error(err)
	}
	for _, name := range []string{filepath.Join(folder, "notes"), filepath.Join(folder, "none", "below")} {
		if _, err := session.Record(name, "raci-check-test 1"); err == nil {
			t.Errorf("%s is recorded in", name)
		}
	}
	s, err = session.Record(filepath.Join(folder, "new"), "raci-check-test 1")
	must(t, err)
	info, err := os.Stat(filepath.Join(folder, "new"))
	must(t, err)
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has the mode %o", info.Mode().Perm())
	}
	s.Discard()
	if _, err := os.Stat(filepath.Join(folder, "new")); err == nil {
		t.Error("the folder is left behind")
	}
}

// A recording that never ended is refused, however far it came.
func TestAnInterruptedRecording(t *testing.T) {
	s, tape, folder := begun(t)
	request := get(t, "https://eu-west-par.okms.ovh.net/api/"+domain+"/v1/servicekey")
	tape.Record(httpget.Exchange{Request: request, Response: answered(request, 200), Into: map[string]any{}})
	if _, err := session.Open(folder); err == nil || !strings.Contains(err.Error(), "session.json:3:") || !strings.Contains(err.Error(), "the session is incomplete") {
		t.Error(err)
	}
	must(t, s.Finish())
	_, err := session.Open(folder)
	must(t, err)
}

// A file that cannot be written is told at the end, and the session stays incomplete.
func TestAFileThatCannotBeWritten(t *testing.T) {
	s, tape, folder := begun(t)
	testhelp.Put(t, filepath.Join(folder, "okms", "00001.json"), "another's")
	request := get(t, "https://eu-west-par.okms.ovh.net/")
	tape.Record(httpget.Exchange{Request: request, Response: answered(request, 200), Into: map[string]any{}})
	if err := s.Finish(); err == nil || !strings.Contains(err.Error(), "is incomplete") {
		t.Error(err)
	}
	if _, err := session.Open(folder); err == nil {
		t.Error("it is replayed")
	}
}

// Answers come in their order for each request, the last again and again; only what was asked is answered.
func TestAnswersComeInTheirOrder(t *testing.T) {
	s, tape, folder := begun(t)
	address := "https://eu-west-par.okms.ovh.net/api/" + domain + "/v2/secret"
	for i, status := range []int{503, 200, 200} {
		request := get(t, address)
		made := httpget.Exchange{Request: request, Response: answered(request, status), Into: map[string]any{"size": i}}
		if status != 200 {
			made.Err = &httpget.StatusError{Status: status, Body: []byte(`{"message": "busy", "trace": "geheim"}`)}
		}
		tape.Record(made)
	}
	second := get(t, address)
	second.Header.Set("X-Pagination-Cursor", "geheim-cursor")
	tape.Record(httpget.Exchange{Request: second, Response: answered(second, 200), Into: []any{}})
	lost := get(t, address+"/x")
	tape.Record(httpget.Exchange{Request: lost, Err: errors.New("read tcp 51.77.33.9:443: connection reset, geheim-0123456789-geheim")})
	must(t, s.Finish())
	for name, content := range read(t, folder) {
		if strings.Contains(content, "geheim") || strings.Contains(content, "51.77") || strings.Contains(content, domain) {
			t.Errorf("%s: %s", name, content)
		}
	}
	replayed, err := session.Open(folder)
	must(t, err)
	play := replayed.Tape("okms", "okms")
	named := strings.Replace(address, domain, replayed.Header().Service.ID, 1)
	for i, want := range []int{503, 200, 200, 200} {
		response, err := play.Play(get(t, named))
		must(t, err)
		if response.StatusCode != want {
			t.Errorf("answer %d has the status %d", i, response.StatusCode)
		}
		must(t, response.Body.Close())
	}
	next := get(t, named)
	next.Header.Set("X-Pagination-Cursor", "cursor-00001")
	response, err := play.Play(next)
	must(t, err)
	must(t, response.Body.Close())
	if _, err := play.Play(get(t, named+"/name-00002")); err == nil || !strings.Contains(err.Error(), "connection reset") {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := play.Play(get(t, named).WithContext(ctx)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := play.Play(get(t, named+"?state=other")); !errors.Is(err, httpget.ErrUnrecorded) || !strings.Contains(err.Error(), "state=other") {
		t.Error(err)
	}
}

func read(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, pattern := range []string{"*.json", "*/*.json"} {
		names, err := filepath.Glob(filepath.Join(folder, pattern))
		must(t, err)
		for _, name := range names {
			content, err := os.ReadFile(name)
			must(t, err)
			all[name] = string(content)
		}
	}
	return all
}
