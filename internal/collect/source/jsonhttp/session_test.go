package jsonhttp

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// A session has what the mappings read, with pseudonyms, and neither the token nor the tool's address. It gives the same without a
// network, also where nothing could be read.
func TestSessions(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"read":    says(`{"data": [{"id": "bdaee862-6fe1-408f-a53a-18050cf887f6", "name": "payments wrapping key", "note": "planted"}], "owner": "ines.benali@arvella.example"}`),
		"a fault": says(`{"data": [{"id": {}}]}`),
		"refused": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newTool(t, answer)
			mapping := keys(t, "$.data[*]")
			values := f.values(t, "/payments/list?team=payments", collect.Values{"mapping": {mapping}, "token_file": {secret(t, token)}})
			config := collect.Config{Service: collect.Service{ID: domain}, Sources: []collect.Configured{{Kind: Kind, Values: values}}}
			recording := collecttest.Record(t, collect.Env{Getenv: func(string) string { return "" }}, config, at)
			if o := recording.Outcomes[0]; (o.Err != nil) != (name == "refused") || (len(o.Result.Failed) > 0) != (name == "a fault") {
				t.Fatalf("%v, %v", o.Err, o.Result.Failed)
			}
			texts := []string{token, domain, "bdaee862", "wrapping", "planted", "arvella", "payments", filepath.Dir(mapping)}
			if n := collecttest.Lacks(t, recording.Folder, texts...); n < 2 {
				t.Errorf("the session has %d files", n)
			}
			request, err := os.ReadFile(filepath.Join(recording.Folder, "http", "00001.json"))
			if err != nil {
				t.Fatal(err)
			}
			status := map[bool]string{true: `"status": 403`, false: `"status": 200`}[name == "refused"]
			for _, want := range []string{`"method": "GET"`, `"address": "https://`, `"Authorization"`, status} {
				if !strings.Contains(string(request), want) {
					t.Errorf("the request is recorded without %s:\n%s", want, request)
				}
			}
			if strings.Contains(string(request), `"body"`) {
				t.Errorf("the body of the answer is recorded beside what is read of it:\n%s", request)
			}
			outcomes, _ := collecttest.Replay(t, recording.Folder, Kind)
			recording.Same(t, outcomes)
			if len(f.requests) != 1 {
				t.Errorf("%d requests", len(f.requests))
			}
		})
	}
}
