package ovhcloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/bearer"
	"github.com/raci-check/raci-check/internal/collect/httpget"
)

// cut ends a connection in the middle of an answer.
func cut(w http.ResponseWriter) {
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `[{"id":`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

// on answers requests for paths with this end.
func on(end string, answer func(w http.ResponseWriter, n int)) func(http.ResponseWriter, *http.Request, int) bool {
	return func(w http.ResponseWriter, r *http.Request, n int) bool {
		if !strings.HasSuffix(r.URL.Path, end) {
			return false
		}
		answer(w, n)
		return true
	}
}

func status(code int, body string) func(http.ResponseWriter, int) {
	return func(w http.ResponseWriter, _ int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// A section that cannot be read completely is not told, and the others are.
func TestPartialFailure(t *testing.T) {
	endless := func(w http.ResponseWriter, cursor string, item string) {
		w.Header().Set("X-Pagination-Cursor-Next", cursor)
		_, _ = fmt.Fprintf(w, `[{"id": %q}]`, item)
	}
	denied := `{"class": "Client::Forbidden", "message": "User not granted for this request", "details": {"unauthorizedActionsByIAM": "account:apiovh:iam/policy/get"}}`
	counter := 0
	for _, test := range []struct {
		name   string
		fault  func(http.ResponseWriter, *http.Request, int) bool
		failed []string
		says   string
	}{
		{"the right is missing, as the API says", on("/iam/policy", status(403, denied)), []string{"account", "iam", "management"}, "(User not granted for this request): allow the identity the IAM action account:apiovh:iam/policy/get"},
		{"the right is missing", on("/credential/11", status(403, `{}`)), []string{"management"}, "list application keys, 11: GET /v1/me/api/credential/11: the API answers with status 403 Forbidden: allow the identity the IAM action account:apiovh:me/api/credential/get"},
		{"the credentials are unknown", on("/log/kind", status(401, `{"message": "This credential does not exist"}`)), []string{"log_streams", "service_logs"}, "(This credential does not exist): allow the identity the IAM action okms:apiovh:log/kind/get"},
		{"connections are cut", on("/serviceKey", func(w http.ResponseWriter, _ int) { panic(http.ErrAbortHandler) }), []string{"keys"}, "EOF (asked 6 times)"},
		{"answers are cut", on("/serviceKey", func(w http.ResponseWriter, _ int) { cut(w) }), []string{"keys"}, "read the answer: unexpected EOF (asked 6 times)"},
		{"JSON is cut", on("/serviceKey", status(200, `[{"id":`)), []string{"keys"}, "the answer's JSON is truncated (asked 6 times)"},
		{"errors do not end", on("/serviceKey", status(500, ``)), []string{"keys"}, "status 500 Internal Server Error (asked 6 times)"},
		{"too many requests", on("/serviceKey", status(429, ``)), []string{"keys"}, "status 429 Too Many Requests (asked 6 times)"},
		{"another shape", on("/serviceKey", status(200, `{"id": "x"}`)), []string{"keys"}, "the answer has a JSON object"},
		{"null", on("/serviceKey", status(200, `null`)), []string{"keys"}, "the answer is not a list"},
		{"a redirect", on("/serviceKey", func(w http.ResponseWriter, _ int) {
			w.Header().Set("Location", "https://elsewhere.example/")
			w.WriteHeader(302)
		}), []string{"keys"}, "a redirect to https://elsewhere.example/, which is not followed"},
		{"a cursor that repeats", on(okmsRoute+"/credential", func(w http.ResponseWriter, n int) {
			counter++
			endless(w, "same", fmt.Sprint("c", counter))
		}), []string{"credentials"}, "the next page was read already"},
		{"pages without end", on("/serviceKey", func(w http.ResponseWriter, _ int) {
			counter++
			endless(w, fmt.Sprint(counter), fmt.Sprint("k", counter))
		}), []string{"keys"}, "page 50: another page would follow: the list has no end"},
		{"an item twice", on("/serviceKey", status(200, `[{"id": "k"}, {"id": "k"}]`)), []string{"keys"}, "the API lists k twice"},
		{"an item without a name", on("/serviceKey", status(200, `[{"name": "k"}]`)), []string{"keys"}, "the API lists an item without a name"},
		{"more than there can be", on("/me/api/credential", status(200, "["+strings.Repeat("1,", 6000)+"2]")), []string{"management"}, "more than 5000 items"},
		{"an item that is gone", on("/user/leo", status(404, `{"message": "gone"}`)), []string{"account", "management", "people"}, "list users, leo: GET /v1/me/identity/user/leo: the API answers with status 404 Not Found (gone)"},
		{"a stream that may not be read", on("/stream/st1", status(403, `{}`)), []string{"log_streams"}, "ldp:apiovh:output/graylog/stream/get"},
		{"another stream", on("/stream/st1", status(200, `{"streamId": "st9"}`)), []string{"log_streams"}, `the API answers about "st9"`},
		{"another retention", on("/retention/r1", status(200, `{"retentionId": "r9", "retentionType": "LOGS_INDEXING", "duration": "P10Y"}`)), []string{"log_streams"}, `the API answers about "r9"`},
		{"another user", on("/user/leo", status(200, `{"login": "ines", "group": "ADMIN"}`)), []string{"account", "management", "people"}, `list users, leo: GET /v1/me/identity/user/leo: the API answers about "ines"`},
		{"another group", on("/group/wheel", status(200, `{"name": "readers", "role": "UNPRIVILEGED"}`)), []string{"account", "management"}, `the API answers about "readers"`},
		{"another token", on("/token/ci", status(200, `{"name": "laptop", "expiresAt": "2027-01-01T00:00:00Z"}`)), []string{"management"}, `the API answers about "laptop"`},
		{"another client", on("/client/EU.app", status(200, `{"clientId": "EU.idle", "flow": "CLIENT_CREDENTIALS"}`)), []string{"management"}, `the API answers about "EU.idle"`},
		{"another application key", on("/credential/11", status(200, `{"credentialId": 12, "status": "validated"}`)), []string{"management"}, `the API answers about "12"`},
		{"another factor", on("/totp/9", status(200, `{"id": 8, "status": "enabled"}`)), []string{"account"}, `the API answers about "8"`},
		{"another address", on("/accessRestriction/ip/2", status(200, `{"id": 1, "ip": "198.51.100.16/28", "rule": "accept"}`)), []string{"account"}, `the API answers about "1"`},
		{"another subscription", on("/audit/log/subscription/s4", status(200, `{"subscriptionId": "s5"}`)), []string{"control_plane_logs", "log_streams"}, `the API answers about "s5"`},
		{"another permissions group", on("ovh:signers", status(200, `{"urn": "urn:other", "permissions": {}}`)), []string{"account", "iam", "management"}, `the API answers about "urn:other"`},
		{"a retention that is none", on("/retention/r1", status(200, `{"retentionId": "r1", "retentionType": "LOGS_INDEXING", "duration": "a while"}`)), []string{"log_streams"}, "expected an ISO 8601 duration"},
		{"a condition that is none", on("/iam/policy", status(200, `[{"id": "p", "identities": [], "resources": [], "permissions": {}, "conditions": {"operator": "MATCH", "values": {"request.IP": "home"}}}]`)), []string{"account", "iam", "management"}, "the condition on request.IP is"},
		{"a policy of an unknown form", on("/iam/policy", status(200, `[{"id": "p", "identities": [], "resources": []}]`)), []string{"account", "iam", "management"}, "p has no permissions"},
		{"a policy without resources", on("/iam/policy", status(200, `[{"id": "p", "identities": [], "permissions": {}}]`)), []string{"account", "iam", "management"}, `the answer about the policy "p" lacks resources`},
		{"a policy for a resource without a name", on("/iam/policy", status(200, `[{"id": "p", "identities": [], "permissions": {}, "resources": [{"id": "x"}]}]`)), []string{"account", "iam", "management"}, "lacks the URN of a resource"},
		{"a policy without identities", on("/iam/policy", status(200, `[{"id": "p", "permissions": {}, "resources": []}]`)), []string{"account", "iam", "management"}, "lacks identities"},
		{"a policy for nobody by name", on("/iam/policy", status(200, `[{"id": "p", "identities": [""], "permissions": {}, "resources": []}]`)), []string{"account", "iam", "management"}, "lacks identities"},
		{"a policy for an action without a name", on("/iam/policy", status(200, `[{"id": "p", "identities": [], "permissions": {"allow": [{"name": "x"}]}, "resources": []}]`)), []string{"account", "iam", "management"}, "lacks the name of an action"},
		{"a policy with a group without a name", on("/iam/policy", status(200, `[{"id": "p", "identities": [], "permissions": {}, "resources": [], "permissionsGroups": [{"id": "x"}]}]`)), []string{"account", "iam", "management"}, "lacks the URN of a permissions group"},
		{"a permissions group for an action without a name", on("ovh:signers", status(200, `{"permissions": {"deny": [{}]}}`)), []string{"account", "iam", "management"}, "lacks the name of an action"},
		{"an application key without rules", on("/credential/11", status(200, `{"credentialId": 11, "status": "validated"}`)), []string{"management"}, "the answer about 11 lacks rules"},
		{"an application key with a rule without a path", on("/credential/11", status(200, `{"credentialId": 11, "status": "validated", "rules": [{"method": "GET"}]}`)), []string{"management"}, "the answer about 11 lacks rules"},
		{"a client without an identity", on("/client/EU.app", status(200, `{"clientId": "EU.app", "flow": "CLIENT_CREDENTIALS"}`)), []string{"management"}, `the answer about "EU.app" lacks its identity`},
		{"no route to the identity provider", on("/identity/provider", status(404, `{"message": "Got an invalid (or empty) URL"}`)), []string{"account"}, "read the identity provider: GET /v1/me/identity/provider: the API answers with status 404 Not Found (Got an invalid (or empty) URL)"},
		{"a proxy that knows no identity provider", on("/identity/provider", status(404, `<html>`)), []string{"account"}, "status 404 Not Found"},
		{"a proxy that knows no stream", on("/stream/st1", status(404, ``)), []string{"log_streams"}, "status 404 Not Found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.fault = test.fault
			result, err := read(t, f.opened(t, byToken))
			must(t, err)
			var failed []string
			for section := range result.Failed {
				failed = append(failed, section)
			}
			slices.Sort(failed)
			if diff := cmp.Diff(test.failed, failed); diff != "" {
				t.Error(diff, result.Failed)
			}
			if !strings.Contains(fmt.Sprint(result.Failed), test.says) {
				t.Errorf("%v lacks %q", result.Failed, test.says)
			}
			for _, part := range result.Parts {
				if result.Failed[part.Section] != nil {
					t.Errorf("%s is told and failed", part.Section)
				}
			}
			if len(result.Parts)+len(failed) != 10 {
				t.Errorf("%d sections are told, %d failed", len(result.Parts), len(failed))
			}
		})
	}
}

// Faults that end are overcome, whichever request they meet; each attempt is signed anew.
func TestFaultsThatEnd(t *testing.T) {
	for name, variables := range map[string]map[string]string{"signatures": byKeys, "a service account": byOAuth} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				first := r.URL.Path == okmsRoute || !strings.HasPrefix(r.URL.Path, "/v") // it bears the faults of the token or the time, too
				switch {
				case n == 0:
					w.WriteHeader(503)
				case n == 1:
					panic(http.ErrAbortHandler)
				case n == 2 && !first:
					w.Header().Set("Retry-After", "1")
					w.WriteHeader(429)
				default:
					return false
				}
				return true
			}
			s := f.opened(t, variables)
			var waits []time.Duration
			s.options.Backoff = func(low, high time.Duration, attempt int, response *http.Response) time.Duration {
				f.mu.Lock()
				defer f.mu.Unlock()
				waits = append(waits, httpget.Backoff(low, high, attempt, response))
				return 0
			}
			whole(t, s)
			if len(waits) == 0 || slices.Min(waits) < httpget.MinWait {
				t.Errorf("waits %v", waits)
			}
		})
	}
}

func TestNothingToUse(t *testing.T) {
	for _, test := range []struct {
		name  string
		by    map[string]string
		fault func(http.ResponseWriter, *http.Request, int) bool
		says  string
	}{
		{"another domain", byToken, on(okmsRoute, status(404, `{"message": "This object does not exist"}`)), "is the service's id that of a domain of this account, at this endpoint?"},
		{"the API answers another domain", byToken, on(okmsRoute, status(200, `{"id": "x"}`)), `the API answers with the domain "x", requested was ` + domainID},
		{"nothing is allowed", byToken, on("", status(403, `{}`)), "allow the identity the IAM action okms:apiovh:resource/get"},
		{"all but the domain is refused", byToken, func(w http.ResponseWriter, r *http.Request, n int) bool {
			return r.URL.Path != okmsRoute && on("", status(403, `{}`))(w, r, n)
		}, "subscription: read the account: GET /v1/me: the API answers with status 403 Forbidden: allow the identity the IAM action account:apiovh:me/get"},
		{"no time is told", byKeys, on("/auth/time", status(500, ``)), "find the domain: GET " + okmsRoute},
		{"no token is given", byOAuth, on("/token", status(500, ``)), "request a token from https://www.ovh.com/auth/oauth2/token"},
		{"the token is refused", byOAuth, on("/token", status(401, `{"error": "invalid_client"}`)), "(invalid_client): check that the credentials are correct"},
		{"the answer with a token is cut", byOAuth, on("/token", func(w http.ResponseWriter, _ int) { cut(w) }), "read the answer: unexpected EOF"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFake(t)
			f.fault = test.fault
			result, err := read(t, f.opened(t, test.by))
			if err == nil || !strings.Contains(err.Error(), test.says) || len(result.Parts) > 0 || strings.Contains(err.Error(), "-secret-") {
				t.Errorf("%v, %+v", err, result.Parts)
			}
		})
	}
}

// Of the root identity the API tells itself alone: for others the account is told without it.
func TestRootIsNotTold(t *testing.T) {
	f := newFake(t)
	f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
		if strings.Contains(r.URL.Path, "/accessRestriction/") {
			status(403, `{"message": "This call has not been granted"}`)(w, n)
			return true
		}
		return false
	}
	result := whole(t, f.opened(t, byOAuth))
	if text := told(t, result, "account"); strings.Contains(text, "root\":{") || !strings.Contains(text, `"user_count":3`) {
		t.Error(text)
	}
	if notes := strings.Join(result.Notes, "\n"); !strings.Contains(notes, "(This call has not been granted): only the root account's own credentials may ask for it") {
		t.Error(notes)
	}
}

// What a permissions group allows may be out of reach: the actions of the policy are left out then, and not guessed.
func TestGroupIsNotTold(t *testing.T) {
	f := newFake(t)
	f.fault = on("permissionsGroup:ovh:signers", status(403, `{}`))
	result := whole(t, f.opened(t, byToken))
	text := told(t, result, "iam")
	if !strings.Contains(text, `oauth2-EU.app"],"identity_count":1,"resources"`) {
		t.Error(text)
	}
	if text := told(t, result, "management"); !strings.Contains(text, `{"id":"EU.app","kind":"oauth2_service_account"}`) {
		t.Error(text)
	}
}

// The root identity's state in its variants.
func TestRoot(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*fake)
		want   string
	}{
		"a weaker factor": {func(f *fake) { f.items["/v1/me/accessRestriction/u2f"][0]["status"] = "disabled" }, `"mfa":"totp"`},
		"none": {func(f *fake) {
			f.items["/v1/me/accessRestriction/u2f"], f.items["/v1/me/accessRestriction/totp"] = nil, nil
		}, `"mfa":"none"`},
		"from everywhere": {func(f *fake) {
			f.objects["/v1/me/accessRestriction/ipDefaultRule"] = map[string]any{"rule": "accept"}
		}, `"ip_ranges":["0.0.0.0/0","::/0"]`},
		"a rule for an address that is new": {func(f *fake) {
			f.items["/v1/me/accessRestriction/ip"][1]["rule"] = "ask"
		}, `"root":{"mfa":"u2f"}`},
		"a rule that is new": {func(f *fake) {
			f.objects["/v1/me/accessRestriction/ipDefaultRule"] = map[string]any{"rule": "ask"}
		}, `"root":{"mfa":"u2f"}`},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			test.change(f)
			if text := told(t, whole(t, f.opened(t, byKeys)), "account"); !strings.Contains(text, test.want) {
				t.Error(text)
			}
		})
	}
}

// Answers that do not come are given up: the client's, those with the token and the time, and the whole after its time or
// when nobody wants it any more.
func TestSlowAnswers(t *testing.T) {
	hang := func(end string) func(http.ResponseWriter, *http.Request, int) bool {
		return func(w http.ResponseWriter, r *http.Request, n int) bool {
			return on(end, func(http.ResponseWriter, int) {
				_, _ = io.Copy(io.Discard, r.Body) // a server sees that a client is gone once it has read its request
				<-r.Context().Done()               // it gives up first
				panic(http.ErrAbortHandler)
			})(w, r, n)
		}
	}
	t.Run("one answer", func(t *testing.T) {
		f := newFake(t)
		f.fault = hang(okmsRoute)
		s := f.opened(t, byToken)
		s.options.Timeout = 100 * time.Millisecond
		if _, err := read(t, s); err == nil || !strings.Contains(err.Error(), "no whole answer within 100ms") {
			t.Errorf("%v", err)
		}
	})
	for end, by := range map[string]map[string]string{okmsRoute: byToken, "/token": byOAuth, "/auth/time": byKeys} {
		t.Run("all of it, at "+end, func(t *testing.T) {
			f := newFake(t)
			f.fault = hang(end)
			s := f.opened(t, by)
			s.limits.Time = 100 * time.Millisecond
			if _, err := read(t, s); err == nil || !strings.Contains(err.Error(), "it took longer than 100ms") {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("it is canceled", func(t *testing.T) {
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
			if r.URL.Path == okmsRoute {
				return false
			}
			cancel()
			return hang("")(w, r, n)
		}
		s := f.opened(t, byToken)
		_, err := s.Collect(ctx, collect.Request{ServiceID: domainID, At: at, Progress: func(string) {}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

// Nothing but GET leaves a client, and one POST to one address that of tokens.
func TestOnly(t *testing.T) {
	f := newFake(t)
	options := f.server(t)
	transport := bearer.Only(t.Context(), http.MethodPost, tokens["https://eu.api.ovh.com"], options)
	for _, address := range []string{"https://eu.api.ovh.com/v1/me", "https://www.ovh.com/auth/oauth2/token?x=1", "http://www.ovh.com/auth/oauth2/token"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			request, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader("{}"))
			must(t, err)
			if response, err := transport.RoundTrip(request); err == nil || !strings.Contains(err.Error(), "refused to send a request") {
				_ = response.Body.Close()
				t.Errorf("%s %s is sent", method, address)
			}
		}
	}
	if len(f.requests) > 0 {
		t.Errorf("%v", f.requests)
	}
}

// A client of a flow that is new acts with its own rights, which policies give it.
func TestAClientOfAnotherFlow(t *testing.T) {
	for flow, isListed := range map[string]bool{"CLIENT_CREDENTIALS": true, "DEVICE_CODE": true, "": true, "AUTHORIZATION_CODE": false} {
		f := newFake(t)
		f.items["/v1/me/api/oauth2/client"][0]["flow"] = flow
		if text := told(t, whole(t, f.opened(t, byToken)), "management"); strings.Contains(text, `"id":"EU.app"`) != isListed {
			t.Errorf("%q: %s", flow, text)
		}
	}
}
