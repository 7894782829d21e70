package okms

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/ruleset"
	"github.com/raci-check/raci-check/policies"
)

// rightsTable is the table of what a source may ask.
func rightsTable(t *testing.T, s *source) (text string, works bool) {
	t.Helper()
	rules, err := ruleset.Open(policies.FS, policies.OKMS)
	must(t, err)
	set, err := rules.Policies()
	must(t, err)
	named := []collect.Named{{Name: "okms", Method: collect.MethodAPI, Source: s}}
	all := collect.CheckRights(t.Context(), named, collect.Request{ServiceID: domain, At: at}, nil)
	var out strings.Builder
	must(t, collect.WriteRights(&out, all, set.Resting))
	return out.String(), collect.RightsWork(all)
}

// What is granted, refused, expired and malformed is told for each endpoint, with the least request to each, and without the token.
func TestRights(t *testing.T) {
	expired := jwt(`{"exp":1767225600}`)
	for name, test := range map[string]struct {
		fault func(w http.ResponseWriter, r *http.Request, n int) bool
		empty bool
		token string
		works bool
		says  []string
		lacks []string
	}{
		"all is granted": {nil, false, userToken, true, []string{
			"okms    GET /v1/servicekey            okms:apikms:serviceKey/get    works ",
			"okms    GET /v2/secret/{path}/version  okms:apikms:secret/get       works ",
		}, []string{"without", "refused", "allow"}},
		"an empty domain": {nil, true, userToken, true, []string{"not asked", "no secret is listed"}, []string{"without"}},
		"no right to the keys": {on("/servicekey", func(w http.ResponseWriter) bool { return refuse(w, 403, authorization<<12, "no") }), false, userToken, false, []string{
			"okms:apikms:serviceKey/get    refused", "without /keys: ", "key_management.states_dated", "source okms: allow its identity okms:apikms:serviceKey/get\n",
		}, []string{"key_management.secrets_configured,"}},
		"no right to the configuration": {on("/secretConfig", func(w http.ResponseWriter) bool { return refuse(w, 403, 0, "no") }), false, userToken, false, []string{
			"okms:apikms:secretConfig/get  refused", "key_management.secrets_configured", "source okms: allow its identity okms:apikms:secretConfig/get\n",
		}, nil},
		"no right to the secrets": {on("/v2/secret", func(w http.ResponseWriter) bool { return refuse(w, 403, 0, "no") }), false, userToken, false,
			[]string{"no secret could be listed"}, []string{"no secret is listed"}},
		"an expired token": {nil, false, expired, false, []string{"refused", "(it ends 2026-01-01T00:00:00Z)"}, []string{"allow its identity"}},
		"a redirect": {on("/v2/secret", func(w http.ResponseWriter) bool {
			w.Header().Set("Location", "https://elsewhere.example")
			w.WriteHeader(302)
			return true
		}), false, userToken, false, []string{"failed", "a redirect to https://elsewhere.example, which is not followed"}, []string{"allow its identity"}},
		"what is no list of keys": {on("/servicekey", func(w http.ResponseWriter) bool { _, _ = w.Write([]byte(`{}`)); return true }), false, userToken, false,
			[]string{"failed", "the answer lacks objects_list or is_truncated"}, nil},
		"what is no list of secrets": {on("/v2/secret", func(w http.ResponseWriter) bool { _, _ = w.Write([]byte(`null`)); return true }), false, userToken, false,
			[]string{"failed", "list secrets: the answer is not a list"}, nil},
		"what is no list of versions": {on("/version", func(w http.ResponseWriter) bool { _, _ = w.Write([]byte(`null`)); return true }), false, userToken, false,
			[]string{"failed", "list the versions of a secret: the answer is not a list"}, nil},
		"what is no JSON": {on("/servicekey", func(w http.ResponseWriter) bool { _, _ = w.Write([]byte("<html>")); return true }), false, userToken, false,
			[]string{"failed", "is not valid JSON"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, userToken)
			c.fault = test.fault
			if test.empty {
				c.secrets = nil
			}
			text, works := rightsTable(t, c.opened(t, collect.Values{"token_file": {secretFile(t, test.token)}}))
			if works != test.works {
				t.Errorf("works: %v", works)
			}
			folded := strings.Join(strings.Fields(text), " ")
			for _, want := range test.says {
				if !strings.Contains(folded, strings.Join(strings.Fields(want), " ")) {
					t.Errorf("%s\nlacks %q", text, want)
				}
			}
			for _, not := range append(test.lacks, test.token) {
				if strings.Contains(text, not) {
					t.Errorf("%s\nhas %q", text, not)
				}
			}
			for _, request := range c.asked() {
				if strings.Contains(request, "servicekey") && !strings.Contains(request, "max=10&") {
					t.Errorf("asked is %s", request)
				}
			}
			silent(t, collect.Result{}, errors.New(text))
		})
	}
}
