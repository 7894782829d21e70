package consistency_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/consistency"
)

// A club: what it says of its papers, its doors and its visits.
const clubhouse = `{"properties": {
  "club": {"properties": {
    "source": {"properties": {"collected_at": {"type": "string", "format": "date-time"}}},
    "paper": {"x-real": ["nothing", "draft"]}, "maker": {"x-real": ["vague"], "x-other-than": {"kinds": ["person"], "tables": ["towns"]}}, "why": {"x-real": ["vague_reason"]},
    "edition": {"x-dated": "signed_on"}, "signed_on": {"format": "date"}, "opened_on": {"format": "date"},
    "cause": {"x-real": {"classes": ["nothing"], "present": ["closed_on"]}}, "closed_on": {"format": "date"},
    "ticket": {"x-numbered": true}, "door": {"x-range": true}, "host": {"x-not-below": "public"},
    "call": {"x-route": {"dead": "dead", "form": "^[a-z]+: ?[^ ].*$"}},
    "visits": {"items": {"x-needs": {"fields": ["why"], "when": {"kind": ["guest"]}}, "properties": {"kind": {}, "why": {}}}},
    "seats": {"type": "integer"}, "full": {}, "cut": {"type": "integer"},
    "chairs": {"items": {"properties": {"leg": {}}}},
    "town": {}, "country": {}, "land": {"x-listed": "lands"}},
    "x-order": [{"dates": ["signed_on", "opened_on"], "within_days": 30}],
    "x-fits": {"table": "towns", "by": "town", "in": {"country": "countries"}},
    "x-at-most": [{"count": "seats", "when": {"full": ["true"]}, "of": [{"list": "club/chairs"}]},
      {"count": "cut", "times": 3, "of": [{"list": "club/chairs"}]}]},
  "people": {"properties": {"list": {"items": {"properties": {"id": {"x-id": "person"}, "name": {}, "active_until": {"format": "date"}}}}}}}}`

var clubTables = map[string]any{
	"hollow_texts": map[string]any{
		"nothing":      map[string]any{"begins": []any{"no", "to be"}, "has": []any{"not yet"}, "unless": []any{"needed"}, "is": []any{"any", "allow all"}},
		"draft":        map[string]any{"has": []any{"draft"}},
		"vague":        map[string]any{"words": []any{"a", "another", "maker", "in", "house"}},
		"vague_reason": map[string]any{"words": []any{"as", "usual", "since", "said", "so"}, "numbers": true, "people": true},
		"unnumbered":   map[string]any{"is": []any{"none", "n/a"}, "begins": []any{"no ticket"}},
		"common":       map[string]any{"words": []any{"it", "works"}},
	},
	"lands": []any{"FR"}, "public": []any{"mail.test"}, "public_suffixes": []any{"co.uk"}, "dead": map[string]any{},
	"towns": map[string]any{"lyon": map[string]any{"countries": []any{"FR"}}},
}

func clubhousePlan(t *testing.T) *consistency.Plan {
	t.Helper()
	compiled, err := consistency.Compile(plain(t, clubhouse))
	if err != nil {
		t.Fatal(err)
	}
	if problems := compiled.Verify(clubTables); len(problems) > 0 {
		t.Fatalf("%q", problems)
	}
	return compiled
}

// What a text says by itself, and what numbers are of a day.
func TestTextsThatSayNothing(t *testing.T) {
	compiled := clubhousePlan(t)
	for evidence, wanted := range map[string]string{
		`{"paper": "Rules of 2026"}`:                              "",
		`{"paper": "No rules"}`:                                   "/club/paper names_nothing",
		`{"maker": "maker-000"}`:                                  "/club/maker names_nothing",
		`{"maker": "maker-070"}`:                                  "",
		`{"paper": "no 4711"}`:                                    "",
		`{"paper": "no"}`:                                         "/club/paper names_nothing",
		`{"paper": "No. IV"}`:                                     "",
		`{"paper": "No rules needed"}`:                            "",
		`{"paper": "any."}`:                                       "/club/paper names_nothing",
		`{"paper": " Allow  ALL"}`:                                "/club/paper names_nothing",
		`{"paper": "any rules"}`:                                  "",
		`{"paper": "(to be written)"}`:                            "/club/paper names_nothing",
		`{"paper": "written, but  NOT yet."}`:                     "/club/paper names_nothing",
		`{"paper": "Rules (Draft)"}`:                              "/club/paper names_nothing",
		`{"paper": "Rules, draft-ietf-x"}`:                        "",
		`{"cause": "no cause"}`:                                   "",
		`{"cause": "no cause", "closed_on": ""}`:                  "/club/cause names_nothing",
		`{"maker": "Another maker."}`:                             "/club/maker names_nothing",
		`{"maker": "a maker, in-house"}`:                          "/club/maker names_nothing",
		`{"maker": "a maker 2.0"}`:                                "",
		`{"maker": "Maker & Sons"}`:                               "",
		`{"maker": "It works in-house"}`:                          "/club/maker names_nothing",
		`{"paper": "It works"}`:                                   "",
		`{"paper": "https://club.test/draft/rules"}`:              "/club/paper names_nothing",
		`{"paper": "C:\\Rules\\draft\\2026"}`:                     "/club/paper names_nothing",
		`{"paper": "/no/rules"}`:                                  "/club/paper names_nothing",
		`{"paper": "https://club.test/drafts-2026"}`:              "",
		`{"maker": "ada"}`:                                        "/club/maker other_kind /people/list/0",
		`{"maker": "LYON"}`:                                       "/club/maker other_kind",
		`{"why": "as usual since 2019"}`:                          "/club/why names_nothing",
		`{"why": "Ada said so"}`:                                  "/club/why names_nothing",
		`{"why": "Adam, as usual"}`:                               "",
		`{"why": "Anna said so"}`:                                 "",
		`{"why": "2019-01-01"}`:                                   "/club/why names_nothing",
		`{"why": "as usual in 2019"}`:                             "",
		`{"edition": "2026-03", "signed_on": "2026-02-28"}`:       "/club/edition before_object /club/signed_on",
		`{"edition": "of 2026-02-01", "signed_on": "2026-02-01"}`: "",
		`{"edition": "12026-03-04", "signed_on": "2026-02-01"}`:   "",
		`{"edition": "2026-03"}`:                                  "",
		`{"signed_on": "2026-01-01", "opened_on": "2026-01-31"}`:  "",
		`{"signed_on": "2026-01-01", "opened_on": "2026-02-01"}`:  "/club/opened_on too_far_apart /club/signed_on",
		`{"ticket": "on 2026-02-01"}`:                             "/club/ticket no_number",
		`{"ticket": "OPS-XXX1"}`:                                  "/club/ticket no_number",
		`{"call": "tel: 000"}`:                                    "/club/call leads_nowhere",
		`{"call": "tel:+33 000000000"}`:                           "/club/call leads_nowhere",
		`{"call": "tel:+33 4 00 00 00 00"}`:                       "",
		`{"call": "matrix:@desk:club.test"}`:                      "",
		`{"ticket": "verbal"}`:                                    "/club/ticket no_number",
		`{"ticket": "OPS-1"}`:                                     "",
		`{"ticket": "OPS-10"}`:                                    "",
		`{"ticket": "OPS-0000"}`:                                  "/club/ticket no_number",
		`{"ticket": "None 2"}`:                                    "/club/ticket names_nothing",
		`{"ticket": "n/a #17"}`:                                   "/club/ticket names_nothing",
		`{"ticket": "no ticket (2026)"}`:                          "/club/ticket names_nothing",
		`{"ticket": "NONE-SUCH-17"}`:                              "",
		`{"ticket": "https://desk.test/abc"}`:                     "",
		`{"door": "192.0.2.0/28"}`:                                "",
		`{"door": "0.0.0.0/0"}`:                                   "",
		`{"door": "192.0.2.7/28"}`:                                "/club/door other_range",
		`{"door": "300.0.0.0/8"}`:                                 "/club/door no_range",
		`{"door": "door"}`:                                        "/club/door no_range",
		`{"door": "192.0.2.7"}`:                                   "",
		`{"door": "127.0.0.1"}`:                                   "/club/door no_client",
		`{"door": "224.0.0.0/4"}`:                                 "/club/door no_client",
		`{"door": "fe80::/64"}`:                                   "/club/door no_client",
		`{"door": "0.0.0.0/8"}`:                                   "/club/door no_client",
		`{"door": "::"}`:                                          "/club/door no_client",
		`{"door": "240.0.0.0/28"}`:                                "/club/door no_client",
		`{"host": "club.co.uk"}`:                                  "",
		`{"host": "CO.UK"}`:                                       "/club/host public_suffix",
		`{"host": "@uk"}`:                                         "/club/host public_suffix",
		`{"host": "mail.test"}`:                                   "/club/host public_domain",
		`{"call": "teams: Front Desk"}`:                           "",
		`{"call": "Ada"}`:                                         "",
		`{"call": "pager:ada"}`:                                   "",
		`{"call": "pager: //Ben"}`:                                "/club/call person_not_active /people/list/1",
		`{"call": "pager:ben-and-ada"}`:                           "",
		`{"call": "Pager desk"}`:                                  "/club/call no_route",
		`{"visits": [{"kind": "guest"}, {}]}`:                     "/club/visits/0 lacks",
		`{"visits": [{"kind": "guest", "why": ""}]}`:              "/club/visits/0 lacks",
		`{"visits": [{"kind": "guest", "why": "tea"}]}`:           "",
		`{"town": "LYON", "country": "FR"}`:                       "",
		`{"town": "Lyon", "country": "DE"}`:                       "/club/country impossible /club/town",
		`{"land": "FR"}`:                                          "",
		`{"land": "fr"}`:                                          "/club/land not_in_table",
		`{"seats": 9, "chairs": []}`:                              "",
		`{"seats": 2, "full": true, "chairs": [{}, {}]}`:          "",
		`{"seats": 3, "full": true, "chairs": [{}, {}]}`:          "/club/seats count_too_high /club/chairs/0 /club/chairs/1",
		`{"cut": 3, "chairs": [{}]}`:                              "",
		`{"cut": 4, "chairs": [{}]}`:                              "/club/cut count_too_high /club/chairs/0",
	} {
		section := plain(t, evidence)
		section["source"] = map[string]any{"collected_at": "2026-03-01T00:00:00Z"}
		value := map[string]any{"club": section, "people": plain(t, `{"list": [{"id": "ada", "name": "Ada"}, {"id": "ben", "name": "Ben", "active_until": "2026-01-31"}]}`)}
		var expected []string
		if wanted != "" {
			expected = []string{wanted}
		}
		if lines := said(compiled.Check(value, consistency.Settings{Reference: clubTables})); !slices.Equal(lines, expected) {
			t.Errorf("%s: %q, expected %q", evidence, lines, expected)
		}
	}
}

func TestMeaningsThatAreNoAnnotations(t *testing.T) {
	for schema, wanted := range map[string]string{
		`{"x-real": "nothing"}`:              "x-real is",
		`{"x-real": {"classes": "nothing"}}`: "x-real.classes is",
		`{"x-needs": {"fields": ["b"]}}`:     "x-needs.fields b is no field beside it",
		`{"x-at-most": {"count": "b", "times": 0, "of": []}, "properties": {"b": {}}}`: "x-at-most.times is",
	} {
		if _, err := consistency.Compile(plain(t, `{"properties": {"a": `+schema+`}}`)); err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%s: %v", schema, err)
		}
	}
	compiled, err := consistency.Compile(plain(t, `{"properties": {"a": {"properties": {"b": {"x-real": ["rumour"]}}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	problems := strings.Join(compiled.Verify(clubTables), "\n")
	if !strings.Contains(problems, "the table hollow_texts has no rumour") {
		t.Errorf("nothing says so in %s", problems)
	}
}
