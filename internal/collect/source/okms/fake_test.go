package okms

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

const (
	domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	// description is the API's published description.
	description = "../../../../../shared/schemas/okms-rest-openapi.yaml"
)

// contract finds the operations of the published description. Where that is not here, tests are skipped; .ci/run demands it.
func contract(t *testing.T) routers.Router {
	t.Helper()
	if _, err := os.Stat(description); err != nil {
		t.Skipf("the API's description is not here: %v", err)
	}
	doc, err := openapi3.NewLoader().LoadFromFile(description)
	must(t, err)
	router, err := gorillamux.NewRouter(doc)
	must(t, err)
	return router
}

// fake is an OKMS domain. Every request to it, and every answer of it, is held against the API's description.
type fake struct {
	t        *testing.T
	contract routers.Router

	mu       sync.Mutex
	keys     []map[string]any
	secrets  []map[string]any            // as they are listed
	versions map[string][]map[string]any // by path
	config   map[string]any
	page     int // items of a page, at most as many as asked for
	requests []*http.Request

	// fault answers a request in place of the domain; n counts the requests from 0.
	fault func(w http.ResponseWriter, r *http.Request, n int) bool
}

func newFake(t *testing.T) *fake {
	return &fake{t: t, contract: contract(t), page: 100, versions: map[string][]map[string]any{}, config: map[string]any{"casRequired": false}}
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	n := len(f.requests)
	f.requests = append(f.requests, r)
	f.mu.Unlock()
	input := f.described(r)
	if f.fault != nil && f.fault(w, r, n) {
		return
	}
	f.mu.Lock()
	status, header, body := f.answer(r, input)
	f.mu.Unlock()
	encoded, err := json.Marshal(body)
	if err != nil {
		f.t.Errorf("fake: %v", err)
	}
	header.Set("Content-Type", "application/json")
	if input != nil {
		answered := &openapi3filter.ResponseValidationInput{
			RequestValidationInput: input, Status: status, Header: header, Body: io.NopCloser(bytes.NewReader(encoded)), Options: input.Options,
		}
		if err := openapi3filter.ValidateResponse(context.Background(), answered); err != nil {
			f.t.Errorf("the fake's answer is not as the API's description wants it: %v", err)
		}
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = w.Write(encoded)
}

// described holds a request against the description.
func (f *fake) described(r *http.Request) *openapi3filter.RequestValidationInput {
	route, parameters, err := f.contract.FindRoute(r)
	if err != nil {
		f.t.Errorf("%s %s is not described: %v", r.Method, r.URL, err)
		return nil
	}
	input := &openapi3filter.RequestValidationInput{Request: r, PathParams: parameters, Route: route, Options: &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true,
	}}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		f.t.Errorf("%s %s is not as the API's description wants it: %v", r.Method, r.URL, err)
	}
	return input
}

func (f *fake) answer(r *http.Request, input *openapi3filter.RequestValidationInput) (int, http.Header, any) {
	header := http.Header{}
	if input == nil || input.PathParams["okmsId"] != domain {
		return http.StatusNotFound, header, map[string]any{"error_code": 0x20000, "errors": []string{"no such domain"}, "request_id": "r-1"}
	}
	path, err := pathOf(input)
	if err != nil {
		f.t.Errorf("fake: %v", err)
	}
	switch input.Route.Operation.OperationID {
	case "ListServiceKeys":
		var chosen []map[string]any
		for _, key := range f.keys {
			attributes, _ := key["attributes"].(map[string]any)
			if state := r.URL.Query().Get("state"); state == "all" || attributes["state"] == state {
				chosen = append(chosen, key)
			}
		}
		size, _ := strconv.Atoi(r.URL.Query().Get("max"))
		items, next := paged(f.t, chosen, r.URL.Query().Get("continuation-token"), min(size, f.page))
		page := map[string]any{"objects_list": items, "is_truncated": next != "", "continuation_token": next}
		if next == "" {
			page["continuation_token"] = "end" // the description wants one of every page
		}
		return http.StatusOK, header, page
	case "ListSecretV2", "ListSecretVersionV2":
		list := f.secrets
		if input.Route.Operation.OperationID == "ListSecretVersionV2" {
			list = f.versions[path]
		}
		size, _ := strconv.Atoi(r.Header.Get("X-Pagination-Size"))
		items, next := paged(f.t, list, r.Header.Get("X-Pagination-Cursor"), min(size, f.page))
		if next != "" {
			header.Set("X-Pagination-Cursor-Next", next)
		}
		return http.StatusOK, header, items
	case "GetSecretConfigV2":
		return http.StatusOK, header, f.config
	}
	f.t.Errorf("%s %s: the fake has no %s, and nobody should ask for it", r.Method, r.URL, input.Route.Operation.OperationID)
	return http.StatusInternalServerError, header, map[string]any{}
}

// paged is a page of a list, and the token of the next.
func paged(t *testing.T, list []map[string]any, token string, size int) ([]map[string]any, string) {
	start := 0
	if token != "" {
		decoded, err := base64.RawURLEncoding.DecodeString(token)
		if err == nil {
			start, err = strconv.Atoi(string(decoded))
		}
		if err != nil {
			t.Errorf("token %q: %v", token, err)
		}
	}
	end := min(start+size, len(list))
	next := ""
	if end < len(list) {
		next = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end)))
	}
	return append([]map[string]any{}, list[start:end]...), next
}

// manyKeys are service keys as the API lists them.
func manyKeys(n int) []map[string]any {
	var keys []map[string]any
	for i := range n {
		keys = append(keys, apiKey(i, "active"))
	}
	return keys
}

func keyID(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

func apiKey(i int, state string) map[string]any {
	return map[string]any{
		"id": keyID(i), "name": fmt.Sprintf("key-%d", i), "type": "oct", "size": 256, "operations": []any{"encrypt", "decrypt"},
		"protectionLevel": "SOFTWARE",
		"attributes":      map[string]any{"state": state, "original_creation_date": "2026-01-02T03:04:05Z", "activation_date": "2026-01-02T03:04:06Z"},
	}
}

func apiSecret(path string, current int) map[string]any {
	return map[string]any{
		"path": path,
		"metadata": map[string]any{
			"casRequired": true, "createdAt": "2026-01-01T00:00:00Z", "currentVersion": current, "deactivateVersionAfter": "720h",
			"maxVersions": 10, "oldestVersion": 1, "updatedAt": "2026-02-01T00:00:00Z",
		},
	}
}

func apiVersion(id int, created string) map[string]any {
	return map[string]any{"id": id, "state": "active", "createdAt": created}
}

// start serves the domain.
func (f *fake) start(t *testing.T, p *collecttest.PKI) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(f)
	server.TLS = p.Config()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, r := range f.requests {
		all = append(all, r.Method+" "+strings.TrimPrefix(r.URL.RequestURI(), "/api/"+domain))
	}
	return all
}

// pathOf is the path of the secret that is asked about; "" where none is.
func pathOf(input *openapi3filter.RequestValidationInput) (string, error) {
	decoded, err := url.PathUnescape(input.PathParams["path"])
	if err != nil {
		return "", fmt.Errorf("path %q: %w", input.PathParams["path"], err)
	}
	return decoded, nil
}
