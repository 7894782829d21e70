package okms

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/ovh/okms-sdk-go/types"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// What was measured of github.com/ovh/okms-sdk-go v0.5.4, and what holds here in its place:
//
//	an empty page that says "more follows" ends the list   TestPaginationOfTheSDK, TestListsWithoutAnEnd, "more to come, nowhere" of TestASectionFails
//	redirects are followed                                 TestNoRedirectIsFollowed; for tokens "a redirect" of TestRefusedTokens
//	a POST is sent again on 503                            TestNothingIsPosted
//	an error with status 200 is an empty list              TestErrorsWithStatus200

// A redirect is refused, whatever its status, for each route.
func TestNoRedirectIsFollowed(t *testing.T) {
	elsewhere := 0
	for _, code := range []int{301, 302, 303, 307, 308} {
		for _, route := range []string{"/servicekey", "/secretConfig", "/secret", "/version"} {
			f, p := newFake(t), collecttest.NewPKI(t)
			f.keys, f.secrets = manyKeys(1), []map[string]any{apiSecret("app/db", 1)}
			f.fault = func(w http.ResponseWriter, r *http.Request, n int) bool {
				if r.URL.Path == "/harmless" {
					elsewhere++
				}
				return on(route, func(w http.ResponseWriter) bool {
					w.Header().Set("Location", "/harmless")
					w.WriteHeader(code)
					return true
				})(w, r, n)
			}
			s, _ := opened(t, f.start(t, p).URL, p)
			result, err := read(t, s)
			must(t, err)
			if message := fmt.Sprint(result.Failed); len(result.Failed) != 1 || !strings.Contains(message, fmt.Sprintf("status %d, a redirect to /harmless, which is not followed", code)) {
				t.Errorf("%d of %s: %s", code, route, message)
			}
		}
	}
	if elsewhere > 0 {
		t.Errorf("%d redirects are followed", elsewhere)
	}
}

// An error that comes with status 200 is neither an empty list nor a configuration that says nothing.
func TestErrorsWithStatus200(t *testing.T) {
	for route, section := range map[string]string{"/servicekey": "keys", "/secretConfig": "secrets", "/secret": "secrets", "/version": "secrets"} {
		for name, body := range map[string]any{
			"all of it":      types.ErrorResponse{ErrorCode: ptr(int32(7)), ErrorId: ptr("e"), Errors: &[]string{"try later"}, RequestId: ptr("r-17")},
			"the code alone": types.ErrorResponse{ErrorCode: ptr(int32(7))},
		} {
			d, p := &sdkDomain{t: t, failing: map[string]any{route: body}}, collecttest.NewPKI(t)
			d.keys, d.secrets = manySDKKeys(1), types.ListSecretV2Response{{Path: ptr("a"), Metadata: &types.SecretV2Metadata{CurrentVersion: ptr(uint32(1))}}}
			s, _ := opened(t, d.start(t, p), p)
			result, err := read(t, s)
			must(t, err)
			if failed := result.Failed[section]; len(result.Failed) != 1 || failed == nil || !strings.Contains(failed.Error(), "the answer has status 200 and is an error") {
				t.Errorf("%s, %s: %v", route, name, result.Failed)
			}
		}
	}
}

// Whatever goes wrong, the domain gets nothing but GET; a token is asked for by the one POST that there is, again only where its
// host is away.
func TestNothingIsPosted(t *testing.T) {
	away := func(w http.ResponseWriter, _ url.Values) { w.WriteHeader(http.StatusServiceUnavailable) }
	for name, test := range map[string]struct {
		fault  func(w http.ResponseWriter, r *http.Request, n int) bool
		issues func(w http.ResponseWriter, form url.Values)
		issued int
	}{
		"all is well": {nil, nil, 1},
		"the domain is away": {func(w http.ResponseWriter, _ *http.Request, _ int) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			return true
		}, nil, 1},
		"the domain cuts its answers": {func(w http.ResponseWriter, _ *http.Request, _ int) bool { _, _ = io.WriteString(w, `[`); return true }, nil, 1},
		"the token's host is away":    {nil, away, 12}, // for the keys and for the secrets
		"the token's host redirects":  {nil, func(w http.ResponseWriter, _ url.Values) { w.Header().Set("Location", "/harmless"); w.WriteHeader(308) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, issuedToken)
			c.fault = test.fault
			if test.issues != nil {
				c.issues = test.issues
			}
			_, _ = read(t, c.opened(t, collect.Values{"service_account": {clientID}, "service_account_file": {secretFile(t, clientSecret)}}))
			for _, call := range c.asked() {
				if !strings.HasPrefix(call, "GET ") {
					t.Errorf("asked %s", call)
				}
			}
			if c.issued != test.issued {
				t.Errorf("%d tokens are asked for, expected %d", c.issued, test.issued)
			}
		})
	}
}
