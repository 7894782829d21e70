package ovhcloud

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
)

// What is granted and what is refused is told of every endpoint that a collection asks, and by the same actions.
func TestRights(t *testing.T) {
	rights := func(t *testing.T, f *fake, by map[string]string) []collect.Right {
		t.Helper()
		named := []collect.Named{{Name: "ovhcloud", Source: f.opened(t, by)}}
		return collect.CheckRights(t.Context(), named, collect.Request{ServiceID: domainID, At: at}, nil)[0].Rights
	}
	states := func(all []collect.Right, state collect.RightState) (actions []string) {
		for _, right := range all {
			if right.State == state {
				actions = append(actions, right.Action)
			}
		}
		return slices.Compact(slices.Sorted(slices.Values(actions)))
	}
	for name, by := range map[string]map[string]string{"keys": byKeys, "a service account": byOAuth, "a token": byToken} {
		t.Run("granted, by "+name, func(t *testing.T) {
			for _, right := range rights(t, newFake(t), by) {
				if right.State != collect.RightWorks || right.Reason != "" || len(right.Affects) == 0 {
					t.Errorf("%+v", right)
				}
			}
		})
	}
	denied := `{"message": "User not granted for this request"}`
	for _, test := range []struct {
		end     string
		action  string
		affects string
	}{
		{okmsRoute, "okms:apiovh:resource/get", "/iam"},
		{"/serviceKey", "okms:apiovh:serviceKey/get", "/keys"},
		{okmsRoute + "/credential", "okms:apiovh:credential/get", "/credentials"},
		{"/iam/policy", "account:apiovh:iam/policy/get", "/management"},
		{"/urn:v1:eu:permissionsGroup:ovh:signers", "account:apiovh:iam/permissionsGroup/get", "/iam/policies/*/allow"},
		{"/me/identity/user", "account:apiovh:me/identity/user/get", "/people"},
		{"/user/ines", "account:apiovh:me/identity/user/get", "/people"},
		{"/ines/token", "account:apiovh:me/identity/user/token/get", "/management"},
		{"/me/identity/group", "account:apiovh:me/identity/group/get", "/account"},
		{"/me/identity/provider", "account:apiovh:me/identity/provider/get", "/account/groups"},
		{"/client/EU.app", "account:apiovh:me/api/oauth2/client/get", "/management"},
		{"/me/api/credential", "account:apiovh:me/api/credential/get", "/management"},
		{"/v1/me", "account:apiovh:me/get", "/subscription"},
		{"/log/kind", "okms:apiovh:log/kind/get", "/service_logs"},
		{"/iam/log/subscription", "account:apiovh:iam/log/subscription/get", "/control_plane_logs"},
		{"/stream/st1", "ldp:apiovh:output/graylog/stream/get", "/log_streams"},
		{"/retention/r1", "ldp:apiovh:cluster/retention/get", "/log_streams"},
	} {
		t.Run("refused: "+test.end, func(t *testing.T) {
			f := newFake(t)
			f.fault = on(test.end, status(403, denied))
			all := rights(t, f, byToken)
			if got := states(all, collect.RightRefused); !slices.Equal(got, []string{test.action}) {
				t.Errorf("refused are %v", got)
			}
			i := slices.IndexFunc(all, func(r collect.Right) bool { return r.State == collect.RightRefused })
			if i < 0 || !slices.Contains(all[i].Affects, test.affects) || !strings.Contains(all[i].Reason, test.action) {
				t.Errorf("%+v", all)
			}
		})
	}
	t.Run("what is the root identity's alone", func(t *testing.T) {
		f := newFake(t)
		f.fault = on("/ipDefaultRule", status(403, denied))
		all := rights(t, f, byToken)
		if got := states(all, collect.RightLeftOut); len(got) != 1 || !collect.RightsWork([]collect.SourceRights{{Rights: all}}) {
			t.Errorf("%+v", all)
		}
	})
	t.Run("an account with nothing in it", func(t *testing.T) {
		f := newFake(t)
		clear(f.pages)
		for _, route := range []string{okmsRoute + "/serviceKey", okmsRoute + "/credential", okmsRoute + "/log/kind", okmsRoute + "/log/subscription", "/v2/iam/log/subscription", "/v2/iam/policy"} {
			f.pages[route] = []map[string]any{}
		}
		for route := range f.items {
			f.items[route] = nil
		}
		f.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
			if _, isList := f.items[r.URL.EscapedPath()]; isList {
				f.answer(w, http.StatusOK, []string{})
				return true
			}
			return false
		}
		all := rights(t, f, byToken)
		want := []string{"account:apiovh:iam/permissionsGroup/get", "account:apiovh:me/identity/user/token/get", "ldp:apiovh:cluster/retention/get", "ldp:apiovh:output/graylog/stream/get"}
		if got := states(all, collect.RightUnasked); !slices.Equal(got, want) || !collect.RightsWork([]collect.SourceRights{{Rights: all}}) {
			t.Errorf("not asked are %v of %+v", got, all)
		}
	})
	for end, body := range map[string]string{
		okmsRoute: `{"id": "x"}`, "/serviceKey": `null`, "/iam/policy": `null`, "ovh:signers": `{}`, "/me/identity/user": `null`, "/user/ines": `{}`, "/v1/me": `null`,
		"/identity/provider": `{}`, "/stream/st1": `{}`, "/retention/r1": `{}`, "/log/subscription": `null`,
	} {
		t.Run("of no use: "+end, func(t *testing.T) {
			f := newFake(t)
			f.fault = on(end, status(200, body))
			if all := rights(t, f, byToken); len(states(all, collect.RightFailed)) == 0 || collect.RightsWork([]collect.SourceRights{{Rights: all}}) {
				t.Errorf("%+v", all)
			}
		})
	}
	for _, route := range []string{"/v1/me/logs/audit/log/subscription", "/v1/me/api/log/subscription", "/v2/iam/log/subscription"} {
		t.Run("a stream that only logs of the account feed: "+route, func(t *testing.T) {
			f := newFake(t)
			fed := map[string]any{"subscriptionId": "s9", "streamId": "st1", "serviceName": "ldp-ab-12345", "kind": "default", "#": "s9"}
			f.pages[okmsRoute+"/log/subscription"], f.pages["/v2/iam/log/subscription"] = nil, nil
			f.items["/v1/me/logs/audit/log/subscription"], f.items["/v1/me/api/log/subscription"] = nil, nil
			if strings.HasPrefix(route, "/v2/") {
				f.pages[route] = []map[string]any{fed}
			} else {
				f.items[route] = []map[string]any{fed}
			}
			f.fault = on("/stream/st1", status(403, denied))
			if got := states(rights(t, f, byToken), collect.RightRefused); !slices.Equal(got, []string{"ldp:apiovh:output/graylog/stream/get"}) {
				t.Errorf("refused are %v", got)
			}
		})
	}
	t.Run("a token that is refused", func(t *testing.T) {
		f := newFake(t)
		f.fault = on("/auth/oauth2/token", status(401, `{"error": "invalid_client"}`))
		all := rights(t, f, byOAuth)
		if got := states(all, collect.RightFailed); len(got) < 10 || len(states(all, collect.RightRefused)) > 0 || !strings.Contains(all[0].Reason, "invalid_client") {
			t.Errorf("%+v", all)
		}
	})
}
