package guard_test

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/serve/guard"
)

const port = 8017

// pages answers what a guard lets through.
func pages(g *guard.Guard) http.Handler {
	return g.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, "evidence") }))
}

// request is a request of the browser that was let in, unless a header says otherwise.
func request(t *testing.T, g *guard.Guard, method string, header map[string]string) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, "http://127.0.0.1:8017"+g.Path(), nil)
	r.AddCookie(enter(t, g))
	for name, value := range header {
		if name == "Host" {
			r.Host = value
			continue
		}
		r.Header.Set(name, value)
	}
	return r
}

// enter opens the printed address, and answers the cookie.
func enter(t *testing.T, g *guard.Guard) *http.Cookie {
	t.Helper()
	w := httptest.NewRecorder()
	pages(g).ServeHTTP(w, httptest.NewRequest(http.MethodGet, g.URL(), nil))
	if w.Code != http.StatusSeeOther || len(w.Result().Cookies()) != 1 {
		t.Fatalf("the printed address answers %d, %v", w.Code, w.Result().Cookies())
	}
	return w.Result().Cookies()[0]
}

func TestEntry(t *testing.T) {
	g := guard.New(port)
	cookie := enter(t, g)
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != g.Path() || len(cookie.Value) != 64 {
		t.Errorf("the cookie is %v", cookie)
	}
	if strings.Contains(g.URL(), cookie.Value) || strings.Contains(g.Path(), cookie.Value) {
		t.Error("the cookie is in an address")
	}
	if token := strings.TrimPrefix(g.URL(), "http://127.0.0.1:8017/?token="); len(token) != 64 {
		t.Errorf("the token is %q", token)
	}
	other := guard.New(port)
	if other.URL() == g.URL() || other.Path() == g.Path() || enter(t, other).Value == cookie.Value {
		t.Error("two runs have the same secrets")
	}
	w := httptest.NewRecorder()
	pages(g).ServeHTTP(w, httptest.NewRequest(http.MethodGet, g.URL(), nil))
	if location := w.Header().Get("Location"); location != g.Path() {
		t.Errorf("the address leads to %q, in which the token may be", location)
	}
}

func TestWhoGetsIn(t *testing.T) {
	g := guard.New(port)
	other := enter(t, guard.New(port))
	for name, c := range map[string]struct {
		method string
		header map[string]string
		status int
	}{
		"a page":                               {"GET", nil, 200},
		"by its other name":                    {"GET", map[string]string{"Host": "localhost:8017"}, 200},
		"typed address":                        {"GET", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		"a form of the page":                   {"POST", map[string]string{"Origin": "http://127.0.0.1:8017", "Sec-Fetch-Site": "same-origin"}, 200},
		"a form, without Sec-Fetch-Site":       {"POST", map[string]string{"Origin": "http://127.0.0.1:8017"}, 200},
		"a name that leads here":               {"GET", map[string]string{"Host": "evil.example:8017"}, 421},
		"a name that looks like ours":          {"GET", map[string]string{"Host": "127.0.0.1.evil.example:8017"}, 421},
		"another port in the name":             {"GET", map[string]string{"Host": "127.0.0.1:8018"}, 421},
		"no port in the name":                  {"GET", map[string]string{"Host": "127.0.0.1"}, 421},
		"no name":                              {"GET", map[string]string{"Host": ""}, 421},
		"a link of another site":               {"GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"a page of another port":               {"GET", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"a form of another site":               {"POST", map[string]string{"Origin": "https://evil.example"}, 403},
		"a form of another port":               {"POST", map[string]string{"Origin": "http://127.0.0.1:9000", "Sec-Fetch-Site": "same-site"}, 403},
		"a form of the other name":             {"POST", map[string]string{"Origin": "http://localhost:8017"}, 403},
		"a form of a sandbox":                  {"POST", map[string]string{"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403},
		"a form of no origin":                  {"POST", map[string]string{"Origin": "null"}, 403},
		"a form that does not say its origin":  {"POST", nil, 403},
		"a typed address that posts":           {"POST", map[string]string{"Sec-Fetch-Site": "none"}, 403},
		"a deletion of no origin":              {"DELETE", nil, 403},
		"the cookie of another run":            {"GET", map[string]string{"Cookie": other.Name + "=" + other.Value}, 403},
		"no cookie":                            {"GET", map[string]string{"Cookie": ""}, 403},
		"an empty cookie":                      {"GET", map[string]string{"Cookie": other.Name + "="}, 403},
		"the token of the address as a cookie": {"GET", map[string]string{"Cookie": other.Name + "=" + g.URL()[len(g.URL())-64:]}, 403},
	} {
		w := httptest.NewRecorder()
		pages(g).ServeHTTP(w, request(t, g, c.method, c.header))
		if w.Code != c.status {
			t.Errorf("%s: the answer is %d, expected is %d", name, w.Code, c.status)
		}
		if c.status != 200 && strings.Contains(w.Body.String(), "evidence") {
			t.Errorf("%s: the page is shown", name)
		}
		for _, secret := range []string{g.URL()[len(g.URL())-64:], enter(t, g).Value, strings.Trim(g.Path(), "/")} {
			if c.status != 200 && strings.Contains(w.Body.String(), secret) {
				t.Errorf("%s: the answer has a secret: %s", name, w.Body)
			}
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "script-src 'self'"} {
			if !strings.Contains(policy, part) || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: the policy is %q", name, policy)
			}
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") == "" {
			t.Errorf("%s: headers are missing: %v", name, w.Header())
		}
	}
}

func TestGuessedTokens(t *testing.T) {
	g := guard.New(port)
	token := g.URL()[len(g.URL())-64:]
	for _, guess := range []string{"", "0", strings.Repeat("0", 64), token[:63], token + "0", strings.ToUpper(token) + " ", guard.New(port).URL()[30:]} {
		w := httptest.NewRecorder()
		pages(g).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://127.0.0.1:8017/?token="+url.QueryEscape(guess), nil))
		if w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
			t.Errorf("the token %q answers %d", guess, w.Code)
		}
	}
	w := httptest.NewRecorder()
	pages(g).ServeHTTP(w, httptest.NewRequest(http.MethodPost, g.URL(), nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("the address can be posted to: %d", w.Code)
	}
}

// status is that of an error of the guard; 200 for none.
func status(err error) int {
	var refused *guard.RefusedError
	if errors.As(err, &refused) {
		return refused.Status
	}
	if err != nil {
		return http.StatusInternalServerError
	}
	return http.StatusOK
}

func TestForms(t *testing.T) {
	g := guard.New(port)
	const path = "/pages/save"
	for name, c := range map[string]struct {
		token, kind, more string
		status            int
	}{
		"its token":                       {g.Token(path), "application/x-www-form-urlencoded", "", 200},
		"the token of another path":       {g.Token("/pages/undo"), "application/x-www-form-urlencoded", "", 403},
		"the token of another run":        {guard.New(port).Token(path), "application/x-www-form-urlencoded", "", 403},
		"no token":                        {"", "application/x-www-form-urlencoded", "", 403},
		"a cut token":                     {g.Token(path)[:40], "application/x-www-form-urlencoded", "", 403},
		"a form of plain text":            {g.Token(path), "text/plain", "", 415},
		"JSON":                            {g.Token(path), "application/json", "", 415},
		"a form that is larger than ever": {g.Token(path), "application/x-www-form-urlencoded", strings.Repeat("x", 2000), 413},
		"a broken form":                   {g.Token(path), "application/x-www-form-urlencoded", "%zz", 400},
	} {
		body := url.Values{guard.Field: {c.token}}.Encode() + "&a=" + c.more
		r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		r.Header.Set("Content-Type", c.kind)
		if got := status(g.Form(httptest.NewRecorder(), r, 1000)); got != c.status {
			t.Errorf("%s: %d, expected is %d", name, got, c.status)
		}
	}
	// A token in the address is none.
	r := httptest.NewRequest(http.MethodPost, path+"?"+url.Values{guard.Field: {g.Token(path)}}.Encode(), strings.NewReader("a=b"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if got := status(g.Form(httptest.NewRecorder(), r, 1000)); got != http.StatusForbidden {
		t.Errorf("a token in the address is taken: %d", got)
	}
}

func TestUploads(t *testing.T) {
	g := guard.New(port)
	const path = "/pages/attach"
	post := func(write func(form *multipart.Writer)) (*multipart.Reader, error) {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		write(form)
		if err := form.Close(); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodPost, path, &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		return g.Upload(httptest.NewRecorder(), r, 1<<20)
	}
	field := func(form *multipart.Writer, name, value string) {
		if err := form.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		write  func(form *multipart.Writer)
		status int
	}{
		"its token":             {func(f *multipart.Writer) { field(f, guard.Field, g.Token(path)) }, 200},
		"another token":         {func(f *multipart.Writer) { field(f, guard.Field, g.Token(path+"x")) }, 403},
		"more than a token":     {func(f *multipart.Writer) { field(f, guard.Field, g.Token(path)+"0") }, 403},
		"a token after a field": {func(f *multipart.Writer) { field(f, "at", "/x"); field(f, guard.Field, g.Token(path)) }, 403},
		"nothing":               {func(*multipart.Writer) {}, 400},
	} {
		if _, err := post(c.write); status(err) != c.status {
			t.Errorf("%s: %v, expected is %d", name, err, c.status)
		}
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader("form_token=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if _, err := g.Upload(httptest.NewRecorder(), r, 1000); status(err) != http.StatusUnsupportedMediaType {
		t.Errorf("a form without a file: %v", err)
	}
}

func TestFileNames(t *testing.T) {
	for name, accepted := range map[string]bool{
		"report.json": true, "my report 2026.pdf": true, "": false, ".": false, "..": false, "../evil.yaml": false, "a/b.json": false, `..\evil`: false,
		`C:\evil.json`: false, "/etc/passwd": false, "a\x00b": false,
	} {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", `form-data; name="file"; filename="`+strings.NewReplacer(`\`, `\\`).Replace(name)+`"`)
		got, err := guard.FileName(&multipart.Part{Header: header})
		if (err == nil) != accepted || accepted && got != name {
			t.Errorf("%q: %q, %v", name, got, err)
		}
	}
	encoded := textproto.MIMEHeader{}
	encoded.Set("Content-Disposition", `form-data; name="file"; filename*=utf-8''..%2Fevil.yaml`)
	if name, err := guard.FileName(&multipart.Part{Header: encoded}); err == nil {
		t.Errorf("an encoded path is taken: %q", name)
	}
}
