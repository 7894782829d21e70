package opaclient_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/google/go-cmp/cmp"
	"github.com/open-policy-agent/opa/v1/ast"
	opa "github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/raci-check/raci-check/internal/assess"
	"github.com/raci-check/raci-check/internal/assessment"
	"github.com/raci-check/raci-check/internal/bundle"
	"github.com/raci-check/raci-check/internal/opaclient"
	"github.com/raci-check/raci-check/internal/report/reporttest"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/internal/verdict"
	"github.com/raci-check/raci-check/policies"
)

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

var must = testhelp.Must

// world is a ruleset, its bundle, and how OPA's data API answers with it.
type world struct {
	rules   ruleset.Ruleset
	options assess.Options
	bundle  *bundle.Bundle
	opa     http.Handler
}

func newWorld(t testing.TB, added ...string) world {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	rules, err = rules.With(added)
	must(t, err)
	options := assess.Options{
		Paths: []string{"../../evidence/gaps"}, At: at, Profiles: []string{"baseline"},
		Tool: assessment.Tool{Name: "raci-check", Version: "0.0.0"}, Parallel: 4,
	}
	parameters, _, err := assess.Parameters(rules, options)
	must(t, err)
	built, err := bundle.Build(bundle.Rules{Ruleset: rules, Parameters: parameters})
	must(t, err)
	return world{rules, options, built, dataAPI(t, built)}
}

// dataAPI answers as OPA's server does; validators/ checks the evaluator against the server itself.
func dataAPI(t testing.TB, built *bundle.Bundle) http.Handler {
	t.Helper()
	var file bytes.Buffer
	must(t, built.Write(&file))
	opaBundle, err := opa.NewReader(&file).WithRegoVersion(ast.RegoV1).Read()
	must(t, err)
	modules := map[string]*ast.Module{}
	for _, module := range opaBundle.Modules {
		modules[module.Path] = module.Parsed
	}
	compiler := ast.NewCompiler()
	if compiler.Compile(modules); compiler.Failed() {
		t.Fatal(compiler.Errors)
	}
	store := inmem.NewFromObject(opaBundle.Data)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var request struct{ Input any }
		decoder := json.NewDecoder(r.Body)
		decoder.UseNumber()
		if err := decoder.Decode(&request); err != nil || r.Method != http.MethodPost || r.URL.Query().Get("strict-builtin-errors") != "true" {
			http.Error(w, fmt.Sprint(err), http.StatusBadRequest)
			return
		}
		query := "data." + strings.ReplaceAll(strings.TrimPrefix(r.URL.Path, "/v1/data/"), "/", ".")
		results, err := rego.New(rego.Query(query), rego.Compiler(compiler), rego.Store(store), rego.StrictBuiltinErrors(true), rego.Input(request.Input)).Eval(r.Context())
		w.Header().Set("Content-Type", "application/json")
		answer := map[string]any{}
		switch {
		case topdown.IsError(err):
			w.WriteHeader(http.StatusInternalServerError)
			answer = map[string]any{"code": "internal_error", "errors": []any{err}}
		case err != nil:
			t.Error(err)
		case len(results) > 0:
			answer["result"] = results[0].Expressions[0].Value
		}
		must(t, json.NewEncoder(w).Encode(answer))
	})
}

func (w world) server(t testing.TB, handler http.Handler) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// assess assesses by the server, impatiently.
func (w world) assess(t testing.TB, url string) (*assessment.Assessment, error) {
	t.Helper()
	options := w.options
	options.Server = &opaclient.Options{URL: url, Attempts: 3, Pause: time.Microsecond}
	return assess.Run(t.Context(), w.rules, options)
}

func report(t testing.TB, a *assessment.Assessment) string {
	t.Helper()
	var out bytes.Buffer
	must(t, a.WriteJSON(&out))
	return out.String()
}

// The report is the same, byte for byte, wherever the policies were evaluated.
func TestTheReportIsTheLocalOne(t *testing.T) {
	for name, added := range map[string][]string{"shipped": nil, "with added policies": {"../../examples/acme"}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, added...)
			for _, folder := range []string{"gaps", "compliant"} {
				w.options.Paths = []string{filepath.Join("../../evidence", folder)}
				local, err := assess.Run(t.Context(), w.rules, w.options)
				must(t, err)
				remote, err := w.assess(t, w.server(t, w.opa).URL)
				must(t, err)
				if report(t, local) != report(t, remote) {
					t.Errorf("%s: the reports differ", folder)
				}
			}
		})
	}
}

// What passes by itself is waited out, and leaves no trace.
func TestAskedAgain(t *testing.T) {
	w := newWorld(t)
	local, err := assess.Run(t.Context(), w.rules, w.options)
	must(t, err)
	for name, fault := range map[string]http.HandlerFunc{
		"overloaded":      status(http.StatusServiceUnavailable, "text/plain", "try later"),
		"too many":        status(http.StatusTooManyRequests, "text/plain", "slow down"),
		"gateway":         status(http.StatusBadGateway, "text/html", "<html>"),
		"broken off":      func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"cut short":       status(http.StatusOK, "application/json", `{"result": {"revision": "sha256:`),
		"empty":           status(http.StatusOK, "application/json", ""),
		"cancelled there": status(http.StatusInternalServerError, "application/json", `{"code": "internal_error", "errors": [{"code": "eval_cancel_error"}]}`),
		"half a body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"result":`) //nolint:errcheck // the connection breaks here
		},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			server := w.server(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
				if requests.Add(1) < 3 {
					fault(rw, r)
					return
				}
				w.opa.ServeHTTP(rw, r)
			}))
			got, err := w.assess(t, server.URL)
			must(t, err)
			if requests.Load() != 3 || report(t, got) != report(t, local) {
				t.Errorf("asked %d times, or another report", requests.Load())
			}
		})
	}
}

func status(code int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // what was sent is of no interest
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(code)
		io.WriteString(w, body) //nolint:errcheck // the client may have enough
	}
}

// What is no answer of these rules is an error that names the server and the service, never a verdict.
func TestNoVerdictWithoutAnAnswer(t *testing.T) {
	w := newWorld(t)
	elsewhere := w.server(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("evidence was sent elsewhere") }))
	answer := func(value string) http.HandlerFunc {
		return status(http.StatusOK, "application/json", `{"result": `+value+`}`)
	}
	revision := fmt.Sprintf(`"revision": %q`, w.bundle.Revision)
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		times  int32
		kind   error
		say    string
	}{
		"storm":             {status(500, "text/plain", "no"), 3, opaclient.ErrAnswer, "asked 3 times"},
		"never JSON":        {status(200, "application/json", `{"result":`), 3, opaclient.ErrAnswer, "breaks off"},
		"undefined":         {status(200, "application/json", `{"decision_id": "1"}`), 1, opaclient.ErrUndefined, "bundle build"},
		"null":              {answer("null"), 1, opaclient.ErrUndefined, ""},
		"another revision":  {answer(`{"revision": "sha256:0", "findings": {}}`), 1, opaclient.ErrRevision, "sha256:0"},
		"no revision":       {answer(`{"findings": {}}`), 1, opaclient.ErrRevision, "unknown"},
		"no findings":       {answer(`{` + revision + `}`), 1, opaclient.ErrMissing, "okms."},
		"a missing package": {answer(`{` + revision + `, "findings": {"backups": []}}`), 1, opaclient.ErrMissing, "okms."},
		"another form":      {answer(`"yes"`), 1, opaclient.ErrAnswer, ""},
		"two documents":     {status(200, "application/json", `{"result": {}} {}`), 1, opaclient.ErrAnswer, "more than one"},
		"a page":            {status(200, "text/html; charset=utf-8", "<html>Log in</html>"), 1, opaclient.ErrAnswer, "text/html"},
		"no data API":       {status(404, "text/plain", "404 page not found"), 1, opaclient.ErrAnswer, "404"},
		"no access":         {status(401, "application/json", "{}"), 1, opaclient.ErrAnswer, "token"},
		"too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			io.CopyN(w, spaces{}, 40<<20) //nolint:errcheck // the client does not read all of it
		}, 1, opaclient.ErrAnswer, "larger than 32 MiB"},
		"a redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL, http.StatusTemporaryRedirect)
		}, 1, opaclient.ErrAnswer, "not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			var requests atomic.Int32
			server := w.server(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { requests.Add(1); c.answer(rw, r) }))
			_, err := w.assess(t, server.URL)
			var named *opaclient.Error
			if !errors.Is(err, c.kind) || !errors.As(err, &named) || !strings.HasPrefix(named.URL, server.URL) ||
				named.Service != "c41f9d7e-6b0d-4f37-9d52-80a7a3f6e214" || !strings.Contains(err.Error(), c.say) {
				t.Errorf("%v", err)
			}
			if requests.Load() != c.times {
				t.Errorf("asked %d times, wanted %d", requests.Load(), c.times)
			}
		})
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestASlowServerIsNotWaitedForForever(t *testing.T) {
	w := newWorld(t)
	server := w.server(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) //nolint:errcheck // only then is it noticed that the client went
		<-r.Context().Done()
	}))
	w.options.Server = &opaclient.Options{URL: server.URL, Attempts: 2, Pause: time.Microsecond, Timeout: time.Millisecond}
	_, err := assess.Run(t.Context(), w.rules, w.options)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// A server that is gone is reported once, however many services there are.
func TestAGoneServerIsSaidOnce(t *testing.T) {
	w := newWorld(t)
	server := w.server(t, w.opa)
	server.Close()
	w.options.Paths = []string{"../../evidence"}
	_, err := w.assess(t, server.URL)
	if err == nil || strings.Count(err.Error(), server.URL) != 1 || !strings.Contains(err.Error(), "asked 3 times") {
		t.Errorf("%v", err)
	}
}

// A policy that cannot be evaluated makes its duty an error; the others are judged, as they are here.
func TestAPolicyThatCannotBeEvaluated(t *testing.T) {
	w := newWorld(t, "testdata/conflict")
	local, err := assess.Run(t.Context(), w.rules, w.options)
	must(t, err)
	remote, err := w.assess(t, w.server(t, w.opa).URL)
	must(t, err)
	if local.Result != verdict.Error {
		t.Errorf("the duty is no error here: %s", local.Result)
	}
	for _, a := range []*assessment.Assessment{local, remote} {
		backups := reporttest.Activity(&a.Services[0], "3.1.1.4")
		if backups.Status != verdict.Error || !strings.Contains(backups.Reason, "eval_conflict_error") || !strings.Contains(backups.Reason, "backups_conflict.rego:22") {
			t.Errorf("%s: %s", backups.Status, backups.Reason)
		}
		backups.Reason = "" // it says where the file is, which a bundle does not know
	}
	if diff := cmp.Diff(local.Services, remote.Services); diff != "" {
		t.Errorf("(-here +there):\n%s", diff)
	}
}

func TestAddress(t *testing.T) {
	for url, want := range map[string]error{
		"http://opa.example:8181": nil, "https://opa.example/team/a/": nil,
		"opa.example:8181": opaclient.ErrURL, "file:///etc/passwd": opaclient.ErrURL, "http://": opaclient.ErrURL, "": opaclient.ErrURL, "http://[": opaclient.ErrURL,
		"http://u:p@opa.example": opaclient.ErrURL, "http://opa.example?x": opaclient.ErrURL, "http://opa.example#x": opaclient.ErrURL,
	} {
		if _, err := opaclient.New(opaclient.Options{URL: url}); !errors.Is(err, want) {
			t.Errorf("%q: %v", url, err)
		}
	}
	for url, want := range map[string]error{"http://opa.example": opaclient.ErrURL, "https://opa.example": nil, "http://127.0.0.1:1": nil, "http://[::1]:1": nil, "http://localhost": nil} {
		if _, err := opaclient.New(opaclient.Options{URL: url, Token: "t"}); !errors.Is(err, want) {
			t.Errorf("%q with a token: %v", url, err)
		}
	}
}

func TestTokenAndPathAreSent(t *testing.T) {
	w := newWorld(t)
	server := w.server(t, http.StripPrefix("/team/a", http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer t0ken" {
			t.Errorf("authorized by %q", r.Header.Get("Authorization"))
		}
		w.opa.ServeHTTP(rw, r)
	})))
	w.options.Server = &opaclient.Options{URL: server.URL + "/team/a", Token: "t0ken", Attempts: 1}
	_, err := assess.Run(t.Context(), w.rules, w.options)
	must(t, err)
}

// A server whose certificate has an unknown issuer is not asked twice.
func TestUnknownCertificate(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it says that the handshake broke off
	server.StartTLS()
	defer server.Close()
	_, err := w.assess(t, server.URL)
	if err == nil || !strings.Contains(err.Error(), "certificate") || strings.Contains(err.Error(), "asked") {
		t.Errorf("%v", err)
	}
}
