package jsonhttp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect"
)

// Whatever a tool answers, what it tells is in fields that the source declares, or there is an error; and no page is asked for on
// another host.
func FuzzAnswers(f *testing.F) {
	for _, body := range []string{
		`{"data": [{"id": "a"}], "next": "?page=2", "total": 1}`, `{"data": null}`, `{"data": {"data": []}, "next": 5}`, `[]`, `null`, `0`, `"x"`,
		`{"data": [], "next": "//elsewhere.example"}`, `{"data": [[]], "next": {"href": "x"}}`, `{"data": [1], "next": ":"}`,
	} {
		f.Add(body, `<?page=2>; rel="next"`, uint8(0))
	}
	f.Add(`{"data": [{"id": "a"}]}`, `<a>; rel=next, <b>; title="\\`, uint8(1))
	ways := []collect.Values{
		{"next": {"$.next"}, "items": {"$..data"}}, {"next": {"Link"}, "items": {"$.data"}}, {"offset_parameter": {"skip"}, "total": {"$.total"}, "items": {"$.data"}},
		{"next": {"$.next"}, "next_parameter": {"page"}, "items": {"$.data"}}, {},
	}
	f.Fuzz(func(t *testing.T, body, link string, way uint8) {
		values := collect.Values{"url": {"https://tool.example/api?q=1"}, "mapping": {keys(t, "$.data[*]")}}
		for option, value := range ways[int(way)%len(ways)] {
			values[option] = value
		}
		s := opened(t, values, nil)
		s.limits.Pages, s.limits.Items = 4, 1000
		r := &reading{source: s, client: answers{t, body, link}, ctx: t.Context(), progress: func(string) {}, whole: true}
		answer, err := r.all(s.address.at(collect.Request{ServiceID: domain, At: at}))
		if err == nil && answer == nil && strings.TrimSpace(body) != "null" {
			t.Errorf("no answer of %q", body)
		}
	})
}

// answers answers each request with the same.
type answers struct {
	t          *testing.T
	body, link string
}

func (a answers) Get(_ context.Context, address string, _ http.Header, into any) (http.Header, error) {
	target, err := url.Parse(address)
	if err != nil || target.Scheme != "https" || hostOf(target) != "tool.example:443" || target.User != nil {
		a.t.Errorf("%s is asked", address)
	}
	*into.(*json.RawMessage) = json.RawMessage(a.body)
	return http.Header{"Link": {a.link}}, nil
}
