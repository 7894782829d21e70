package jsonhttp

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/evidence"
	"github.com/raci-check/raci-check/internal/testhelp"
)

const (
	domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	token  = "tok-0123456789abcdef-planted"
)

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

var must = testhelp.Must

// tool is the interface of a tool: a server that answers by a path.
type tool struct {
	*httptest.Server
	pki *collecttest.PKI

	mu       sync.Mutex
	requests []*http.Request
}

// newTool serves over TLS, with a certificate of the PKI's authority.
func newTool(t *testing.T, answer http.HandlerFunc) *tool {
	t.Helper()
	f := &tool{pki: collecttest.NewPKI(t)}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.requests = append(f.requests, r)
		f.mu.Unlock()
		if r.Method != http.MethodGet {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		answer(w, r)
	}))
	f.TLS = &tls.Config{Certificates: []tls.Certificate{f.pki.Server.Certificate}, MinVersion: tls.VersionTLS12}
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// says answers JSON.
func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, text) }
}

func write(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprint(w, text)
}

// example is what a tool answers that the program has a mapping for. Where a file has the list of its pages, it is one page.
func example(t *testing.T, mapping string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "mappings", "testdata", mapping+".json"))
	must(t, err)
	var pages [][]json.RawMessage
	if json.Unmarshal(content, &pages) != nil {
		return string(content)
	}
	var records []string
	for _, record := range slices.Concat(pages...) {
		records = append(records, string(record))
	}
	return "[" + strings.Join(records, ",") + "]"
}

// values are the options by which a tool is asked.
func (f *tool) values(t *testing.T, path string, more collect.Values) collect.Values {
	t.Helper()
	values := collect.Values{"url": {f.URL + path}, "ca": {f.pki.Authority.File(t)}}
	for name, value := range more {
		values[name] = value
	}
	return values
}

// secret is a file with a text that only its owner can read.
func secret(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(name, []byte(text+"\n"), 0o600))
	return name
}

// keys is a mapping that reads the ids of keys from a list at $.data.
func keys(t testing.TB, items string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "keys.yaml")
	testhelp.Put(t, name, `api_version: raci-check/v1
kind: Mapping
input: {format: json}
fills:
  - {section: keys, list: service_keys, items: "`+items+`", fields: {id: $.id, name: $.name}}
`)
	return name
}

var described struct {
	once sync.Once
	form *evidence.Form
}

// form is that of evidence, read once.
func form(t testing.TB) *evidence.Form {
	t.Helper()
	described.once.Do(func() { _, described.form = collecttest.Format(t) })
	return described.form
}

// opened is a source that does not wait between attempts.
func opened(t testing.TB, values collect.Values, getenv func(string) string) *source {
	t.Helper()
	s, err := open(values, collect.Env{Form: form(t), Getenv: getenv})
	must(t, err)
	s.options.Backoff = func(_, _ time.Duration, _ int, _ *http.Response) time.Duration { return 0 }
	s.limits.Pages, s.limits.Items = 50, 5000
	return s
}

func read(t *testing.T, s *source) (collect.Result, error) {
	t.Helper()
	outcome := collect.Run(t.Context(), []collect.Named{{Name: Kind.Name, Method: Kind.Method, Source: s}}, collect.Request{ServiceID: domain, At: at}, nil)[0]
	return outcome.Result, outcome.Err
}

// newMutual serves clients that show a certificate of the PKI's authority.
func newMutual(t *testing.T, p *collecttest.PKI, answer http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(answer)
	server.TLS = p.Config()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}
