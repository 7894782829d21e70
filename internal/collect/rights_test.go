package collect

import (
	"context"
	"strings"
	"testing"
)

// toldRights is a source that may ask what it is made with.
type toldRights []Right

func (toldRights) Fills() []string {
	return []string{"/keys/service_keys/*/id", "/keys/service_keys/*/state", "/secrets/secret_count"}
}
func (toldRights) Collect(context.Context, Request) (Result, error) { return Result{}, nil }
func (r toldRights) Rights(context.Context, Request) []Right        { return r }

type silentSource struct{}

func (silentSource) Fills() []string                                  { return nil }
func (silentSource) Collect(context.Context, Request) (Result, error) { return Result{}, nil }

// The table has one line a request; what is lost is said once, and what a server says reaches no terminal as it is.
func TestWriteRights(t *testing.T) {
	keys := Right{Asked: "GET /keys", Action: "a:keys/get", Affects: []string{"/keys"}}
	secrets := Right{Asked: "GET /secrets", Action: "a:secrets/get", Affects: []string{"/secrets"}}
	with := func(right Right, state RightState, reason string) Right {
		right.State, right.Reason = state, reason
		return right
	}
	table := func(rights ...Right) (string, bool) {
		all := CheckRights(t.Context(), []Named{{Name: "api", Source: toldRights(rights)}, {Name: "state", Source: silentSource{}}}, Request{}, nil)
		var out strings.Builder
		if err := WriteRights(&out, all, func(fields []string) []string {
			var ids []string
			for _, field := range fields {
				ids = append(ids, "on"+strings.ReplaceAll(field, "/", "."))
			}
			return ids
		}); err != nil {
			t.Fatal(err)
		}
		return out.String(), RightsWork(all)
	}
	const head = "source  asked         action         result   checks\n"
	got, works := table(with(keys, RightWorks, ""), with(secrets, RightRefused, "no\x1b[31m\nsource api: all is well"), with(secrets, RightRefused, "no"))
	want := head +
		"api     GET /keys     a:keys/get     works    2\n" +
		"api     GET /secrets  a:secrets/get  refused  1\n" +
		"api     GET /secrets  a:secrets/get  refused  1\n"
	if !strings.HasPrefix(got, want) || works {
		t.Errorf("%s\nworks: %v", got, works)
	}
	for text, times := range map[string]int{"without /secrets:": 1, "\x1b": 0, "\nsource api: all is": 0, "source api: allow its identity a:secrets/get\n": 1, "source api: 1 checks": 0, "source api: 1 check rests": 1, "source state reads files": 1, "without /keys": 0} {
		if n := strings.Count(got, text); n != times {
			t.Errorf("%q is there %d times:\n%s", text, n, got)
		}
	}
	for state, want := range map[RightState]bool{RightWorks: true, RightUnasked: true, RightLeftOut: true, RightRefused: false, RightFailed: false} {
		if got, works := table(with(keys, state, "because")); works != want || strings.Contains(got, "allow its") != (state == RightRefused) {
			t.Errorf("%s: %v\n%s", state, works, got)
		}
	}
}
