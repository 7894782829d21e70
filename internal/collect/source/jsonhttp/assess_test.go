package jsonhttp

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/verdict"
)

// collected collects into a folder by the source as the command has it.
func collected(t *testing.T, values collect.Values, folder string) *collect.Plan {
	t.Helper()
	config := collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: Kind, Values: values}}}
	plan := collecttest.Plan(t, config, at, folder)
	must(t, plan.Write())
	return plan
}

// jobs are the backup jobs of the example evidence as a tool's interface answers them, in pages of one.
func jobs(t *testing.T, list []any) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		n := 0
		_, _ = fmt.Sscan(r.URL.Query().Get("skip"), &n)
		encoded, err := json.Marshal(map[string]any{"data": list[min(n, len(list)):min(n+1, len(list))], "pagination": map[string]any{"total": len(list)}})
		if err != nil {
			t.Error(err)
		}
		write(w, string(encoded))
	}
}

// From a tool to the verdict: what it answers fills what was missing, a change in the tool turns the checks that it concerns and no other,
// and what cannot be read is marked.
func TestCollectedAndAssessed(t *testing.T) {
	const compliant = "../../../../evidence/compliant"
	content, err := os.ReadFile(filepath.Join(compliant, "backups.yaml"))
	must(t, err)
	doc, err := document.Parse("backups.yaml", content, document.DefaultLimits)
	must(t, err)
	written, _ := doc.Lookup("/backups/jobs")
	var list []any
	for _, item := range written.([]any) {
		job := item.(map[string]any)
		list = append(list, map[string]any{"name": job["name"], "lastResult": "Success", "lastRun": job["last_success_at"], "objectsCount": 1, "status": "inactive", "password": "geheim-1"})
	}
	isAway := false
	answer := jobs(t, list)
	f := newTool(t, func(w http.ResponseWriter, r *http.Request) {
		if isAway {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		answer(w, r)
	})
	values := f.values(t, "/api/v1/jobs/states?limit=1", collect.Values{
		"shipped": {"veeam-job-states"}, "items": {"$.data"}, "total": {"$.pagination.total"}, "offset_parameter": {"skip"}, "token_file": {secret(t, token)},
	})
	folder := filepath.Join(t.TempDir(), "evidence")
	must(t, os.CopyFS(folder, os.DirFS(compliant)))
	// The jobs are read by the source from now on: their section is no statement of people any more.
	must(t, os.WriteFile(filepath.Join(folder, "backups.yaml"), []byte(strings.Replace(string(content), "method: ", "method: export # ", 1)), 0o600))

	first := collected(t, values, folder)
	if first.Incomplete() {
		t.Fatalf("%+v", first.Reports)
	}
	good := collecttest.Checks(t, folder, at)
	if n := collecttest.Reread(t, folder, at); n != 1 {
		t.Errorf("%d sections are kept", n)
	}
	derived := collecttest.Derived(t, folder, at)
	if place := derived["/backups/jobs/0/last_success_at"]; !strings.HasPrefix(place, "collected/backups.json /answers/0/body/") {
		t.Errorf("derived %v", derived)
	}
	stored, err := os.ReadFile(filepath.Join(folder, "backups.yaml"))
	must(t, err)
	if !strings.Contains(string(stored), "method: api") || !strings.Contains(string(stored), "reader: http") || !strings.Contains(string(stored), f.URL+"/api/v1/jobs/states?limit=1") {
		t.Errorf("provenance:\n%s", stored)
	}
	if again := collected(t, values, folder); len(again.Changes) > 0 {
		t.Errorf("nothing changed, and %v is written", again.Changes)
	}

	job := list[0].(map[string]any)
	was := job["lastRun"]
	job["lastRun"] = "2026-10-01T00:00:00Z"
	collected(t, values, folder)
	if diff := cmp.Diff(map[string]verdict.Status{"backups.recent_success": verdict.Fail}, collecttest.Turned(good, collecttest.Checks(t, folder, at))); diff != "" {
		t.Error(diff)
	}
	job["lastRun"] = was
	collected(t, values, folder)
	if diff := collecttest.Turned(good, collecttest.Checks(t, folder, at)); len(diff) > 0 {
		t.Errorf("what was changed back turns %v", diff)
	}

	isAway = true
	if plan := collected(t, values, folder); !plan.Incomplete() {
		t.Errorf("%+v", plan.Reports)
	}
	stored, err = os.ReadFile(filepath.Join(folder, "backups.yaml"))
	must(t, err)
	if !strings.Contains(string(stored), "not_read") || !strings.Contains(string(stored), "/api/v1/jobs/states") {
		t.Errorf("nothing says that the jobs were not read:\n%s", stored)
	}
	for id, status := range collecttest.Turned(good, collecttest.Checks(t, folder, at)) {
		if status == verdict.Pass {
			t.Errorf("%s passes on what was not read", id)
		}
	}
}

// No secret of an answer is kept: of what a mapping does not select, under the name of a secret, in its form, or repeated by the server.
func TestSecretsAreNotKept(t *testing.T) {
	f := newTool(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Debug", r.Header.Get("X-Api-Key"))
		item := map[string]any{
			"id": "a", "name": "key " + r.Header.Get("X-Api-Key"), "password": "planted-1", "api_key": "planted-2", "client_secret": "planted-3",
			"credentials": []any{map[string]any{"name": "DB_PASSWORD", "value": "planted-4"}}, "note": "https://u:planted-5@h.example/",
			"pem": "-----BEGIN PRIVATE KEY-----planted-6", "jwt": "eyJplanted7eyJ.eyJplanted7.planted", "git": "glpat-planted-8x", "text": "Authorization: Bearer planted-9x==",
			"dsn": "host=db;password=planted-10", "accessToken": "planted-11", "token": "planted-12",
		}
		encoded, _ := json.Marshal(map[string]any{"data": []any{item}, "session": "planted-13", "user": map[string]any{"mail": "planted-14"}})
		write(w, string(encoded))
	})
	folder := t.TempDir()
	plan := collected(t, f.values(t, "/", collect.Values{"mapping": {keys(t, "$.data[*]")}, "header": {"X-Api-Key"}, "token_file": {secret(t, token)}}), folder)
	if plan.Incomplete() {
		t.Fatalf("%+v", plan.Reports)
	}
	n := 0
	must(t, filepath.WalkDir(folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		must(t, err)
		if strings.Contains(string(content), "planted") {
			t.Errorf("%s:\n%s", name, content)
		}
		if info, err := entry.Info(); strings.HasSuffix(name, ".json") && (err != nil || info.Mode().Perm() != 0o600) {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
		n++
		return nil
	}))
	if n != 2 {
		t.Errorf("%d files", n)
	}
	content, err := os.ReadFile(filepath.Join(folder, "keys.yaml"))
	must(t, err)
	if !strings.Contains(string(content), `key [redacted]`) { // what the server repeats
		t.Errorf("%s", content)
	}
}

// The log search tells of the newest event of a stream: what it says turns the checks on arriving events, and nothing else.
func TestLogSearch(t *testing.T) {
	const (
		compliant = "../../../../evidence/compliant"
		mapping   = "../../../../mappings/graylog-last-event.yaml"
		graylog   = "5ab52dc43ce3010451deacd1"
		stream    = "5a94a37e-ffc3-4b5c-844b-c080ebbb31dd" // that the evidence lists first: it receives the account's audit log
	)
	newest := `"2026-11-19T05:51:12.407Z"`
	f := newTool(t, func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		if user, password, ok := r.BasicAuth(); !ok || user != "token" || password != token || query.Get("limit") != "1" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		write(w, fmt.Sprintf(`{"query": %q, "built_query": "{}", "messages": [{"message": {"timestamp": %s, "_id": "x"}, "index": "graylog_1"}], "fields": ["message", "source"], "total_results": 48211}`,
			query.Get("query"), newest))
	})
	text, err := os.ReadFile(mapping)
	must(t, err)
	// The API of OVHcloud has another id for the stream: the page of the source says how a copy of the mapping translates it.
	before := `extract: '^streams:"?([0-9A-Za-z-]+)"?$'`
	if !strings.Contains(string(text), before) {
		t.Fatal("the mapping has another form")
	}
	translated := filepath.Join(t.TempDir(), "last-event.yaml")
	must(t, os.WriteFile(translated, []byte(strings.Replace(string(text), before, before+", map: {"+graylog+": "+stream+"}", 1)), 0o600))
	values := f.values(t, "/api/search/universal/relative?query=streams:"+graylog+"&range=7776000&limit=1&sort=timestamp:desc&fields=timestamp&decorate=false",
		collect.Values{"mapping": {translated}, "scheme": {"basic"}, "token_file": {secret(t, "token:"+token)}})
	folder := filepath.Join(t.TempDir(), "evidence")
	must(t, os.CopyFS(folder, os.DirFS(compliant)))
	if plan := collected(t, values, folder); plan.Incomplete() {
		t.Fatalf("%+v", plan.Reports)
	}
	good := collecttest.Checks(t, folder, at)
	if good["control_plane_logs.events_arrive"] != verdict.Pass {
		t.Errorf("events_arrive is %s", good["control_plane_logs.events_arrive"])
	}
	if n := collecttest.Reread(t, folder, at); n != 1 {
		t.Errorf("%d sections are kept", n)
	}
	isDerived := false
	for pointer, place := range collecttest.Derived(t, folder, at) {
		isDerived = isDerived || strings.HasSuffix(pointer, "/last_event_at") && place == "collected/log_streams.json /answers/0/body/0/messages/0/message/timestamp"
	}
	if !isDerived {
		t.Error("the time of the newest event is not derived")
	}
	newest = `"2026-11-10T00:00:00.000Z"`
	collected(t, values, folder)
	if diff := cmp.Diff(map[string]verdict.Status{"control_plane_logs.events_arrive": verdict.Fail}, collecttest.Turned(good, collecttest.Checks(t, folder, at))); diff != "" {
		t.Error(diff)
	}
	newest = `"2026-11-19T05:51:12.407Z"`
	collected(t, values, folder)
	if diff := collecttest.Turned(good, collecttest.Checks(t, folder, at)); len(diff) > 0 {
		t.Errorf("what was changed back turns %v", diff)
	}
}
