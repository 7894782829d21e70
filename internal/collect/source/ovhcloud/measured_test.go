package ovhcloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// What was measured of github.com/ovh/go-ovh v1.9.0, and what holds here in its place:
//
//	a field code in an error's body overrides the HTTP status   TestStatusIsThatOfTheAnswer, for what is read and for the time
//	GET follows redirects to other hosts                        TestNoRedirectIsFollowed, for what is read, the time and the token
//	an error with status 200 is an answer                       TestErrorsWithStatus200
//	a POST is sent again                                        TestNothingIsPostedButForTokens

// times is how often a call was asked for.
func (f *fake) times(part string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, call := range f.requests {
		if strings.Contains(call, part) {
			n++
		}
	}
	return n
}

// Whatever an error's body says, its status is that of the answer: by it the API is asked again, or not.
func TestStatusIsThatOfTheAnswer(t *testing.T) {
	const tries = 6
	for name, test := range map[string]struct {
		by         map[string]string
		path       string
		code       int
		body       string
		says       string
		times      int
		isPassing  bool // the first answers alone are errors
		isOfSource bool // nothing of the source can be used
	}{
		"busy, and the body says absent":         {byToken, "/serviceKey", 503, `{"code": 404, "message": "gone"}`, "status 503 Service Unavailable (asked 6 times)", tries, false, false},
		"refused, and the body says busy":        {byToken, "/serviceKey", 403, `{"code": 503, "message": "no"}`, "status 403 Forbidden", 1, false, false},
		"absent, and the body says fine":         {byToken, "/serviceKey", 404, `{"code": 200, "message": "fine"}`, "status 404 Not Found", 1, false, false},
		"no time, and the body says absent":      {byKeys, "/auth/time", 503, `{"code": 404, "message": "gone"}`, "status code 503", tries, false, true},
		"no time yet, and the body says refused": {byKeys, "/auth/time", 503, `{"code": 403, "message": "no"}`, "", 3, true, false},
		"a refusal of the time that says busy":   {byKeys, "/auth/time", 403, `{"code": 503, "message": "no"}`, "status 403 Forbidden (no)", 1, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				return !(test.isPassing && n >= 2) && on(test.path, status(test.code, test.body))(w, r, n)
			}
			result, err := read(t, f.opened(t, test.by))
			message := fmt.Sprint(result.Failed, err)
			if test.isOfSource != (err != nil) || !strings.Contains(message, test.says) || test.says == "" && len(result.Failed) > 0 {
				t.Errorf("%s lacks %q", message, test.says)
			}
			if got := f.times(test.path); got != test.times {
				t.Errorf("asked %d times, expected %d", got, test.times)
			}
		})
	}
}

// A redirect is refused, whatever its status, and whatever asks: nothing is sent to another host, neither a signature nor a secret.
func TestNoRedirectIsFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		for path, by := range map[string]map[string]string{"/serviceKey": byToken, "/credential/11": byToken, "/auth/time": byKeys, "/auth/oauth2/token": byOAuth} {
			t.Run(fmt.Sprintf("%d of %s", code, path), func(t *testing.T) {
				f := newFake(t)
				f.fault = on(path, func(w http.ResponseWriter, _ int) {
					w.Header().Set("Location", "https://elsewhere.example/harmless")
					w.WriteHeader(code)
				})
				result, err := read(t, f.opened(t, by))
				if message := fmt.Sprint(result.Failed, err); !strings.Contains(message, fmt.Sprint(code)) {
					t.Errorf("%s does not say the status", message)
				}
				if f.times("elsewhere.example") > 0 || f.times(path) != 1 {
					t.Errorf("asked %v", f.requests)
				}
			})
		}
	}
}

// An error that comes with status 200 is no empty list, and no item without fields.
func TestErrorsWithStatus200(t *testing.T) {
	const body = `{"class": "Server::InternalServerError", "message": "try later"}`
	for path, sections := range map[string][]string{
		"/serviceKey": {"keys"}, "/user/leo": {"account", "management", "people"}, "/retention/r1": {"log_streams"}, "/ipDefaultRule": {"account"},
		"/v1/me": {"subscription"}, "/log/kind": {"log_streams", "service_logs"}, "/permissionsGroup/urn:v1:eu:permissionsGroup:ovh:signers": {"account", "iam", "management"},
		"/identity/provider": {"account"}, "/credential/11": {"management"},
	} {
		t.Run(path, func(t *testing.T) {
			f := newFake(t)
			f.fault = on(path, status(200, body))
			result, err := read(t, f.opened(t, byKeys))
			must(t, err)
			var failed []string
			for section, err := range result.Failed {
				failed = append(failed, section)
				if !strings.Contains(err.Error(), "status 200 and is an error (try later)") && !strings.Contains(err.Error(), "where its description has none") {
					t.Errorf("%s: %v", section, err)
				}
			}
			slices.Sort(failed)
			if !slices.Equal(failed, sections) {
				t.Errorf("%v failed, expected %v", failed, sections)
			}
			if got := f.times(path); got == 0 {
				t.Error("it was not asked for")
			}
		})
	}
}

// Whatever goes wrong, the API itself gets nothing but GET. The one POST that there is asks for a token: an API that is away gets
// it again after a pause, as any question, and a refusal ends it.
func TestNothingIsPostedButForTokens(t *testing.T) {
	for name, test := range map[string]struct {
		fault func(http.ResponseWriter, *http.Request, int) bool
		posts int
	}{
		"all is well":                {nil, 1},
		"the API is away":            {on("/serviceKey", status(503, `{}`)), 1},
		"the API refuses":            {on("", status(403, `{}`)), 1},
		"the token is refused":       {on("/token", status(400, `{"error": "invalid_client"}`)), 1},
		"the token's host is away":   {on("/token", status(503, `{}`)), 6},
		"the token's host redirects": {on("/token", status(307, ``)), 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.fault = test.fault
			_, _ = read(t, f.opened(t, byOAuth))
			posts := 0
			for _, call := range f.requests {
				switch {
				case call == "POST https://www.ovh.com/auth/oauth2/token":
					posts++
				case !strings.HasPrefix(call, "GET https://eu.api.ovh.com/"):
					t.Errorf("asked %s", call)
				}
			}
			if posts != test.posts {
				t.Errorf("%d tokens are asked for, expected %d: %v", posts, test.posts, f.requests)
			}
		})
	}
}

// An answer about one item that tells nothing of it, whatever else it has, is no item that is left out.
func TestItemsThatAreNotTold(t *testing.T) {
	for path, section := range map[string]string{
		"/user/leo": "account", "/identity/group/ADMIN": "account", "/credential/11": "management", "/client/EU.app": "management",
		"/token/ci": "management", "/totp/9": "account", "/ip/1": "account", "/log/subscription/s4": "control_plane_logs",
	} {
		for _, body := range []string{`{}`, `null`, `{"message": "try later"}`, `{"code": 500, "message": "try later"}`} {
			f := newFake(t)
			f.fault = on(path, status(200, body))
			result, err := read(t, f.opened(t, byKeys))
			expected := "none of the fields that are read"
			if strings.Contains(body, "code") {
				expected = "the answer has status 200 and is an error (try later)"
			}
			if err != nil || result.Failed[section] == nil || !strings.Contains(result.Failed[section].Error(), expected) {
				t.Errorf("%s, %s: %v, %v", path, body, err, result.Failed)
			}
			if f.times(path) == 0 {
				t.Errorf("%s was not asked for", path)
			}
		}
	}
}
