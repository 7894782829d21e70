package httpget

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// asked is a client of a server, what it would have waited, and how often the server was asked.
type asked struct {
	*Client
	url   string
	waits []time.Duration
	count atomic.Int64
}

func serve(t *testing.T, timeout time.Duration, handler func(w http.ResponseWriter, r *http.Request, n int64)) *asked {
	t.Helper()
	a := &asked{}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler(w, r, a.count.Add(1)) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	a.url = server.URL
	a.Client = New(Options{TLS: &tls.Config{RootCAs: roots}, Timeout: timeout, Backoff: func(low, high time.Duration, attempt int, response *http.Response) time.Duration {
		a.waits = append(a.waits, Backoff(low, high, attempt, response))
		return 0
	}})
	t.Cleanup(a.Close)
	return a
}

func (a *asked) get(t *testing.T) (map[string]any, error) {
	t.Helper()
	var answer map[string]any
	_, err := a.Get(t.Context(), a.url+"/path?query=unseen", nil, &answer)
	return answer, err
}

// cut ends a connection in the middle of an answer.
func cut(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func TestFaults(t *testing.T) {
	const tries = MaxRetries + 1
	for name, test := range map[string]struct {
		answer func(w http.ResponseWriter, n int64)
		says   string // "" where it succeeds
		count  int64
	}{
		"a good answer":            {func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, `{"a": 1}`) }, "", 1},
		"a connection that is cut": {func(w http.ResponseWriter, _ int64) { panic(http.ErrAbortHandler) }, "EOF (asked 6 times)", tries},
		"an answer that is cut":    {func(w http.ResponseWriter, _ int64) { cut(w, `{"a": [`) }, "read the answer: unexpected EOF (asked 6 times)", tries},
		"JSON that is cut":         {func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, `{"a": [`) }, "truncated (asked 6 times)", tries},
		"an empty answer":          {func(w http.ResponseWriter, _ int64) {}, "truncated (asked 6 times)", tries},
		"no JSON":                  {func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, `<html>Log in`) }, "(text/html; charset=utf-8) is not valid JSON", 1},
		"two values":               {func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, `{} {}`) }, "more follows", 1},
		"another shape":            {func(w http.ResponseWriter, _ int64) { _, _ = io.WriteString(w, `["a"]`) }, "has a JSON array", 1},
		"an answer that is large":  {func(w http.ResponseWriter, _ int64) { _, _ = io.Copy(w, endless{}) }, "larger than 16777216 bytes", 1},
		"a redirect": {func(w http.ResponseWriter, _ int64) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(302)
		}, "status 302, a redirect to https://elsewhere.example/, which is not followed", 1},
		"a refusal":                    {func(w http.ResponseWriter, _ int64) { w.WriteHeader(403) }, "status 403 Forbidden", 1},
		"an error that stays":          {func(w http.ResponseWriter, _ int64) { w.WriteHeader(500) }, "status 500 Internal Server Error (asked 6 times)", tries},
		"too many requests that stays": {func(w http.ResponseWriter, _ int64) { w.WriteHeader(429) }, "status 429 Too Many Requests (asked 6 times)", tries},
		"faults that end": {func(w http.ResponseWriter, n int64) {
			switch n {
			case 1:
				w.WriteHeader(502)
			case 2:
				panic(http.ErrAbortHandler)
			case 3:
				cut(w, `{"a": 2`)
			case 4:
				_, _ = io.WriteString(w, `{"a": 3`)
			case 5:
				w.WriteHeader(429)
			default:
				_, _ = io.WriteString(w, `{"a": 1}`)
			}
		}, "", tries},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, 0, func(w http.ResponseWriter, _ *http.Request, n int64) { test.answer(w, n) })
			answer, err := a.get(t)
			if test.says == "" && (err != nil || fmt.Sprint(answer["a"]) != "1") || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%v, %v", answer, err)
			}
			// net/http asks again by itself, and at once, where a connection that it kept is closed.
			if a.count.Load() != test.count || len(a.waits) > int(test.count)-1 || len(a.waits) < int(test.count)-2 {
				t.Errorf("asked %d times, with %v between", a.count.Load(), a.waits)
			}
			if err != nil && strings.Contains(err.Error(), "unseen") {
				t.Errorf("the query is repeated: %v", err)
			}
		})
	}
}

// An error that comes with status 200 is refused once; what only looks like one is an answer.
func TestErrorsWithStatus200(t *testing.T) {
	for body, says := range map[string]string{
		`{"error_code": 7, "errors": ["try later"], "request_id": "r"}`: "the answer has status 200 and is an error ([try later])",
		` {"error_code": 0}`: "is an error (it says no more)",
		`{"class": "Server::Error", "message": "try later"}`:                      "is an error (try later)",
		`{"errorCode": "X", "httpCode": "503"}`:                                   "is an error",
		`{"httpCode": "503 Service Unavailable"}`:                                 "is an error",
		`{"class": "KEY_PAIR", "id": "1"}`:                                        "",
		`{"message": "a text"}`:                                                   "",
		`{"code": "NOT_FOUND", "message": "no such domain"}`:                      "is an error (no such domain)",
		`{"code": 503, "message": "try later", "status": 503, "request_id": "r"}`: "is an error (try later)",
		`{"code": "RSA", "message": "a text", "id": "1"}`:                         "",
		`{"code": {"a": 1}, "message": "a text"}`:                                 "",
		`{"code": null, "message": "a text"}`:                                     "",
		`{"code": "A"}`:                                                           "",
		`{"errors": [], "keys": []}`:                                              "",
		`{}`:                                                                      "",
	} {
		a := serve(t, 0, func(w http.ResponseWriter, _ *http.Request, _ int64) { _, _ = io.WriteString(w, body) })
		_, err := a.get(t)
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) || a.count.Load() != 1 {
			t.Errorf("%s: %v after %d", body, err, a.count.Load())
		}
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// An answer that comes byte by byte is given up, however it does: the headers may never end, or the body.
func TestSlowAnswers(t *testing.T) {
	for _, begun := range []bool{false, true} {
		a := serve(t, 200*time.Millisecond, func(w http.ResponseWriter, r *http.Request, _ int64) {
			if begun {
				_, _ = io.WriteString(w, `{"a":`)
				_ = http.NewResponseController(w).Flush()
			}
			<-r.Context().Done() // the client gives up first
			panic(http.ErrAbortHandler)
		})
		if _, err := a.get(t); err == nil || !strings.Contains(err.Error(), "no whole answer within 200ms") || !strings.Contains(err.Error(), "asked 6 times") {
			t.Errorf("%v", err)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for header, test := range map[string]struct {
		least, most time.Duration
		says        string
	}{
		"":                              {time.Second, 1500 * time.Millisecond, ""},
		"7":                             {7 * time.Second, 10500 * time.Millisecond, ""},
		"120":                           {2 * time.Minute, 3 * time.Minute, ""},
		"-3":                            {time.Second, 1500 * time.Millisecond, ""},
		"-9223372036854775807":          {time.Second, 1500 * time.Millisecond, ""},
		"soon":                          {time.Second, 1500 * time.Millisecond, ""},
		"121":                           {0, 0, "asks by Retry-After: 121 to wait for longer than 2m0s"},
		"9223372036854775807":           {0, 0, "to wait for longer"},
		"9223372037":                    {0, 0, "to wait for longer"}, // seconds that overflow a duration
		"Fri, 31 Dec 2100 23:59:59 GMT": {0, 0, "to wait for longer"},
		"Fri, 31 Dec 1999 23:59:59 GMT": {0, 0, ""},
	} {
		for _, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			t.Run(fmt.Sprintf("%d %s", status, header), func(t *testing.T) {
				a := serve(t, 0, func(w http.ResponseWriter, _ *http.Request, n int64) {
					if n == 1 {
						if header != "" {
							w.Header().Set("Retry-After", header)
						}
						w.WriteHeader(status)
						return
					}
					_, _ = io.WriteString(w, `{}`)
				})
				_, err := a.get(t)
				if test.says != "" {
					if err == nil || !strings.Contains(err.Error(), test.says) || len(a.waits) > 0 {
						t.Errorf("%v after %v", err, a.waits)
					}
					return
				}
				if err != nil || len(a.waits) != 1 || a.waits[0] < test.least || a.waits[0] > test.most {
					t.Errorf("%v after %v, wanted is one wait between %s and %s", err, a.waits, test.least, test.most)
				}
			})
		}
	}
}

// Waits double up to a limit, and no two clients wait the same time.
func TestBackoff(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 20 {
		for attempt, want := range []time.Duration{1, 2, 4, 8, 16, 30, 30} {
			want *= time.Second
			wait := Backoff(MinWait, MaxWait, attempt, nil)
			if wait < want || wait > want*3/2 {
				t.Errorf("attempt %d waits %s", attempt, wait)
			}
			seen[wait] = true
		}
	}
	if len(seen) < 100 {
		t.Errorf("%d different waits of 140", len(seen))
	}
}

// Whatever is given to it, nothing but GET over TLS is sent.
func TestNothingButGETIsSent(t *testing.T) {
	a := serve(t, 0, func(w http.ResponseWriter, _ *http.Request, _ int64) { _, _ = io.WriteString(w, `{}`) })
	plain := "http" + strings.TrimPrefix(a.url, "https")
	for _, test := range []struct{ method, url, body string }{
		{http.MethodPost, a.url, ""}, {http.MethodPut, a.url, "x"}, {http.MethodPatch, a.url, "x"}, {http.MethodDelete, a.url, ""},
		{http.MethodHead, a.url, ""}, {http.MethodOptions, a.url, ""}, {"PROPFIND", a.url, ""}, {"get", a.url, ""},
		{http.MethodGet, a.url, "x"}, {http.MethodGet, plain, ""},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, test.url, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.ask(request, new(any))
		if !errors.Is(err, errNotSent) || a.count.Load() > 0 || len(a.waits) > 0 {
			t.Errorf("%s %s: %v", test.method, test.url, err)
		}
	}
}

func TestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("the person gave up")
	a := serve(t, 0, func(w http.ResponseWriter, _ *http.Request, _ int64) {
		cancel(why)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	if _, err := a.Get(ctx, a.url, nil, new(any)); !errors.Is(err, why) || a.count.Load() != 1 {
		t.Errorf("%v after %d", err, a.count.Load())
	}
}

// What another attempt would not change is asked for once, whatever kind of error it is.
func TestAskedOnce(t *testing.T) {
	refusing := func(context.Context, string, http.Header) error {
		return &StatusError{Status: http.StatusServiceUnavailable}
	}
	spoiling := func(_ context.Context, _ string, header http.Header) error {
		header.Set("Authorization", "Bearer a\nb")
		return nil
	}
	for name, test := range map[string]struct {
		change func(*Options)
		status int
		says   string
		count  int64 // requests that reach the server
	}{
		"not implemented":              {func(*Options) {}, http.StatusNotImplemented, "status 501 Not Implemented", 1},
		"a certificate of a stranger":  {func(o *Options) { o.TLS = &tls.Config{RootCAs: x509.NewCertPool()} }, http.StatusOK, "certificate", 0},
		"a host that does not exist":   {func(o *Options) { o.Dial = unknownHost }, http.StatusOK, "no such host", 0},
		"a status of the token's host": {func(o *Options) { o.Authorize = refusing }, http.StatusOK, "status 503", 0},
		"a token with a line break":    {func(o *Options) { o.Authorize = spoiling }, http.StatusOK, "invalid header", 0},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, 0, func(w http.ResponseWriter, _ *http.Request, _ int64) { w.WriteHeader(test.status) })
			options := a.options
			test.change(&options)
			client := New(options)
			t.Cleanup(client.Close)
			_, err := client.Get(t.Context(), a.url, nil, new(any))
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "times") {
				t.Errorf("%v", err)
			}
			if a.count.Load() != test.count || len(a.waits) > 0 {
				t.Errorf("%d requests, waits %v", a.count.Load(), a.waits)
			}
		})
	}
}

func unknownHost(context.Context, string, string) (net.Conn, error) {
	return nil, &net.DNSError{Err: "no such host", Name: "api.example", IsNotFound: true}
}

// A first page that is full and names no other one is the whole list only where a smaller page would name the next.
func TestAFullPageWithoutANextOne(t *testing.T) {
	for name, test := range map[string]struct {
		items          int
		isPaged, isCut bool // whether the API has pages, and a proxy removes what names the next
		says           string
	}{
		"as many as a page":               {100, true, false, ""},
		"more than a page":                {250, true, false, ""},
		"fewer than a page":               {99, true, true, ""},
		"an API without pages":            {100, false, false, ""},
		"as many as a page, and a proxy":  {100, true, true, "does a proxy remove the header X-Pagination-Cursor-Next?"},
		"more than a page, and a proxy":   {250, true, true, "does a proxy remove the header X-Pagination-Cursor-Next?"},
		"a page that is one smaller, cut": {101, true, true, "more items follow, and the answer does not say where"},
	} {
		t.Run(name, func(t *testing.T) {
			a := serve(t, 0, func(w http.ResponseWriter, r *http.Request, _ int64) {
				from, to := 0, test.items
				if test.isPaged {
					size, _ := strconv.Atoi(r.Header.Get("X-Pagination-Size"))
					from, _ = strconv.Atoi(r.Header.Get("X-Pagination-Cursor"))
					to = min(from+size, test.items)
				}
				if to < test.items && !test.isCut {
					w.Header().Set("X-Pagination-Cursor-Next", strconv.Itoa(to))
				}
				list := make([]int, to-from)
				_ = json.NewEncoder(w).Encode(list)
			})
			all, err := List[int](DefaultLimits, "list things", func(string) {}, func(_ string, header http.Header, into any) (http.Header, error) {
				return a.Get(t.Context(), a.url, header, into)
			})
			if test.says == "" && (err != nil || len(all) != test.items) || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("%d items, %v", len(all), err)
			}
		})
	}
}
