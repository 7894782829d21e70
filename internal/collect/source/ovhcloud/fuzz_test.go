package ovhcloud

import (
	"net/http"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
)

// Whatever the API answers, each section is told, in fields that the source declares, or fails.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`[]`, `{}`, `null`, `0`, `"x"`, `[null]`, `[1]`, `["a"]`, `[{}]`, `[{"id": "x"}]`, `{"permissions": null}`, `{"rule": "deny"}`,
		`[{"id": "x", "permissions": {"allow": [{"action": "*"}]}, "conditions": {"operator": "AND", "conditions": [null, 1, []]}}]`,
		`[{"subscriptionId": "s", "name": "n", "kind": "n", "additionalReturnedFields": ["http_"]}]`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		cloud := newFake(t)
		cloud.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if r.URL.Path == okmsRoute {
				return false
			}
			_, _ = w.Write(body)
			return true
		}
		s := cloud.opened(t, byToken)
		outcome := collect.Run(t.Context(), []collect.Named{{Name: Kind.Name, Method: Kind.Method, Source: s}}, collect.Request{ServiceID: domainID, At: at}, nil)[0]
		if count := len(outcome.Result.Parts) + len(outcome.Result.Failed); outcome.Err == nil && count != 9 && count != 10 { // people only where there are some
			t.Errorf("%d sections are told or failed", count)
		}
	})
}
