package ovhcloud

import (
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/httpget"
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

// Of the account's holder, a session says which fields with personal data there are, and nothing of what is in them.
func TestPersonalDataIsNotInASession(t *testing.T) {
	f := newFake(t)
	me := f.objects["/v1/me"].(map[string]any)
	for name, value := range map[string]any{
		"birthDay": "1984-05-06", "birthCity": "Lyon", "city": "Roubaix", "zip": "59100", "sex": "female", "spareEmail": "private@home.example", "phone": "+33.612345678",
		"customerCode": "1234-5678-90", "currency": map[string]any{"code": "EUR", "symbol": "geheim"}, "vat": "FR12345678901", "italianSDI": 7654321,
	} {
		me[name] = value
	}
	recording := recorded(t, f, byToken)
	collecttest.Lacks(t, recording.Folder, "1984", "lyon", "roubaix", "59100", "female", "home.example", "612345678", "1234-5678", "geheim", "7654321", "12345678901")
	outcomes, _ := collecttest.Replay(t, recording.Folder, Kind)
	recording.Same(t, outcomes)
	if fields := told(t, outcomes[0].Result, "subscription"); !strings.Contains(fields, `"birth_day"`) || !strings.Contains(fields, `"sex"`) {
		t.Errorf("the replay tells %s", fields)
	}
}

// What the provider offers to all is recorded as it is: a replay finds the same differences from the reference data.
func TestReferenceDataIsReplayed(t *testing.T) {
	f := newFake(t)
	published := maps.Clone(f.publishes(t))
	regions := maps.Clone(published["regions"].(map[string]any))
	delete(regions, "eu-west-par")
	published["regions"] = regions
	environment(t, byToken)
	kind := func(options *httpget.Options) collect.Kind {
		k := Kind
		k.New = func(values collect.Values, env collect.Env) (collect.Source, error) {
			s, err := open(values, env)
			if err == nil {
				s.published = published
			}
			if err == nil && options != nil {
				s.options = *options
				s.options.Tape = env.Tape.HTTP()
			}
			return s, err
		}
		return k
	}
	options := f.server(t)
	config := collect.Config{Service: collect.Service{ID: domainID}, Sources: []collect.Configured{{Kind: kind(&options)}}}
	recording := collecttest.Record(t, collect.Env{Getenv: os.Getenv}, config, at)
	outcomes, _ := collecttest.Replay(t, recording.Folder, kind(nil))
	recording.Same(t, outcomes)
	differing := func(o collect.Outcome) (notes []string) {
		for _, note := range o.Result.Notes {
			if strings.Contains(note, "reference data") {
				notes = append(notes, note)
			}
		}
		return notes
	}
	before, after := differing(recording.Outcomes[0]), differing(outcomes[0])
	if len(before) == 0 || !slices.Equal(before, after) {
		t.Errorf("collected %v; replayed %v", before, after)
	}
}
