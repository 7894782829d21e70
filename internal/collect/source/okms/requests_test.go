package okms

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// The page lists every request that a collection makes, with the action that --check-rights names.
func TestThePageListsEveryRequest(t *testing.T) {
	f, p := newFake(t), collecttest.NewPKI(t)
	f.keys, f.secrets = manyKeys(1), []map[string]any{apiSecret("app/db", 1)}
	f.versions["app/db"] = []map[string]any{apiVersion(1, "2026-01-01T00:00:00Z")}
	s, _ := opened(t, f.start(t, p).URL, p)
	whole(t, s)
	seen := map[string]bool{}
	version := regexp.MustCompile(`^(.*/v2/secret)/[^/]+/version$`)
	for _, request := range f.asked() {
		seen[version.ReplaceAllString(strings.SplitN(request, "?", 2)[0], "$1/{path}/version")] = true
	}
	var want []string
	for _, right := range s.Rights(t.Context(), collect.Request{ServiceID: domain, Progress: func(string) {}}) {
		route := strings.SplitN(right.Asked, "?", 2)[0]
		want = append(want, route+" "+right.Action)
		if !seen[route] {
			t.Errorf("%s is checked, and no collection asks it", route)
		}
		delete(seen, route)
	}
	if len(seen) > 0 {
		t.Errorf("no right is checked for %v", seen)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, collecttest.Requests(t, "../../../../docs/collect-okms.md")); diff != "" {
		t.Error(diff)
	}
}
