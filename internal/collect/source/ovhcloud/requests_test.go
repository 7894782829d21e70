package ovhcloud

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// ofItems are the routes that lead to one thing, as the page and --check-rights write them.
var ofItems = []struct {
	form  *regexp.Regexp
	shown string
}{
	{regexp.MustCompile(`^/v2/okms/resource/` + domainID), "/v2/okms/resource/{id}"},
	{regexp.MustCompile(`^/v2/iam/permissionsGroup/[^/]+$`), "/v2/iam/permissionsGroup/{urn}"},
	{regexp.MustCompile(`^/v1/me/identity/user/[^/]+/token(/[^/]+)?$`), "/v1/me/identity/user/{user}/token"},
	{regexp.MustCompile(`^/v1/dbaas/logs/[^/]+/output/graylog/stream/[^/]+$`), "/v1/dbaas/logs/{service}/output/graylog/stream/{stream}"},
	{regexp.MustCompile(`^/v1/dbaas/logs/[^/]+/cluster/[^/]+/retention/[^/]+$`), "/v1/dbaas/logs/{service}/cluster/{cluster}/retention/{retention}"},
}

// The page lists every request that a collection makes, with the action that --check-rights names.
func TestThePageListsEveryRequest(t *testing.T) {
	f := newFake(t)
	published := f.publishes(t)
	s := f.opened(t, byToken)
	s.published = published
	whole(t, s)
	actions := map[string]string{}
	for _, right := range s.Rights(t.Context(), collect.Request{ServiceID: domainID, At: at, Progress: func(string) {}}) {
		route := strings.TrimPrefix(right.Asked, "GET ")
		for _, of := range ofItems {
			route = of.form.ReplaceAllString(route, of.shown)
		}
		actions[route] = right.Action
	}
	seen := map[string]bool{}
	for _, request := range f.requests {
		path := strings.TrimPrefix(strings.SplitN(request, "?", 2)[0], "GET https://eu.api.ovh.com")
		for list := range f.items {
			if path != list && strings.HasPrefix(path, list+"/") && !strings.Contains(path[len(list)+1:], "/") { // one of the list
				path = list
			}
		}
		for _, of := range ofItems {
			path = of.form.ReplaceAllString(path, of.shown)
		}
		seen["GET "+path+" "+actions[path]] = true
	}
	var want []string
	for row := range seen {
		want = append(want, row)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, collecttest.Requests(t, "../../../../docs/collect-ovhcloud.md")); diff != "" {
		t.Error(diff)
	}
}
