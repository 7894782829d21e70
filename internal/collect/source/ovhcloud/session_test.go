package ovhcloud

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"raci-check/internal/collect"
	"raci-check/internal/collect/collecttest"
)

// recorded is what the fake tells, recorded.
func recorded(t *testing.T, f *fake, variables map[string]string) collecttest.Recording {
	t.Helper()
	environment(t, variables)
	kind := Kind
	kind.New = func(values collect.Values, env collect.Env) (collect.Source, error) {
		s, err := open(values, env)
		if err == nil {
			s.options = f.server(t)
			s.options.Tape = env.Tape.HTTP()
		}
		return s, err
	}
	config := collect.Config{Service: collect.Service{ID: domainID}, Sources: []collect.Configured{{Kind: kind}}}
	return collecttest.Record(t, collect.Env{Getenv: os.Getenv}, config, at)
}

// However requests are authorized, a session has nothing of it, and gives the same facts without a network.
func TestSessions(t *testing.T) {
	for name, variables := range map[string]map[string]string{"application key": byKeys, "service account": byOAuth, "token": byToken} {
		t.Run(name, func(t *testing.T) {
			recording := recorded(t, newFake(t), variables)
			if o := recording.Outcomes[0]; o.Err != nil || len(o.Result.Failed) > 0 || len(o.Result.Parts) < 8 {
				t.Fatalf("%v, %v", o.Err, o.Result.Failed)
			}
			n := collecttest.Lacks(t, recording.Folder, applicationSecret, consumerKey, clientSecret, accessToken, "EU.collector",
				domainID, "arvella", "xx-ovh", "payments-prod", "851234567", "+33.1", "203.0.113.9\"")
			if n < 20 {
				t.Errorf("the session has %d files", n)
			}
			environment(t, nil)
			t.Setenv("HOME", t.TempDir())
			outcomes, _ := collecttest.Replay(t, recording.Folder, Kind)
			recording.Same(t, outcomes)
		})
	}
}

// What cannot be read fails in a replay, too, and nothing else does: each route is refused once.
func TestRefusalsAreReplayed(t *testing.T) {
	for _, route := range []string{"/v1/me/identity/user", "/v2/iam/policy", "/v1/me/api/credential", okmsRoute + "/serviceKey", "/v1/me", okmsRoute} {
		t.Run(strings.ReplaceAll(route, "/", " "), func(t *testing.T) {
			f := newFake(t)
			f.fault = func(w http.ResponseWriter, r *http.Request, _ int) bool {
				if r.URL.Path != route {
					return false
				}
				f.answer(w, http.StatusForbidden, map[string]any{"message": "ines of 51.77.33.9 may not, tokenvalue0123456789abc", "details": map[string]any{"unauthorizedActionsByIAM": "okms:apiovh:resource/get"}})
				return true
			}
			recording := recorded(t, f, byToken)
			collecttest.Lacks(t, recording.Folder, "51.77.33", "tokenvalue", domainID)
			outcomes, _ := collecttest.Replay(t, recording.Folder, Kind)
			recording.Same(t, outcomes)
			for section, err := range recording.Outcomes[0].Result.Failed {
				again := outcomes[0].Result.Failed[section]
				if again == nil || !strings.Contains(again.Error(), "status 403 Forbidden") || !strings.Contains(again.Error(), "okms:apiovh:resource/get") {
					t.Errorf("%s: %v; replayed %v", section, err, again)
				}
			}
		})
	}
}
