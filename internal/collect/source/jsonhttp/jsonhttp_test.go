package jsonhttp

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/httpget"
	"github.com/raci-check/raci-check/internal/mapping"
)

// pagesOf are the options with which the shipped mapping of an interface is read, as docs/collect-http.md has them.
var pagesOf = map[string]collect.Values{
	"veeam-job-states":           {"items": {"$.data"}, "total": {"$.pagination.total"}, "offset_parameter": {"skip"}, "set_header": {"x-api-version: 1.1-rev1"}},
	"veeam-job-sessions":         {"items": {"$.data"}, "total": {"$.pagination.total"}, "offset_parameter": {"skip"}, "set_header": {"x-api-version: 1.1-rev1"}},
	"entra-users":                {"items": {"$.value"}, "next": {"$['@odata.nextLink']"}},
	"entra-access-review":        {"items": {"$.value"}, "next": {"$['@odata.nextLink']"}},
	"entra-named-locations":      {"items": {"$.value"}, "next": {"$['@odata.nextLink']"}},
	"keycloak-users":             {"offset_parameter": {"first"}},
	"keycloak-realm":             {},
	"velero-backups":             {"items": {"$.items"}, "next": {"$.metadata.continue"}, "next_parameter": {"continue"}},
	"velero-restores":            {},
	"cilium-egress":              {"items": {"$.items"}, "next": {"$.metadata.continue"}, "next_parameter": {"continue"}},
	"gcs-backup-objects":         {"items": {"$.items"}, "next": {"$.nextPageToken"}, "next_parameter": {"pageToken"}},
	"gcs-backup-buckets":         {"items": {"$.items"}, "next": {"$.nextPageToken"}, "next_parameter": {"pageToken"}},
	"graylog-last-event":         {},
	"graylog-event-fields":       {},
	"graylog-test-event":         {},
	"graylog-client-addresses":   {"items": {"$.messages"}, "offset_parameter": {"offset"}, "total": {"$.total_results"}},
	"opensearch-service-logs":    {},
	"opensearch-account-logins":  {},
	"prometheus-okms":            {},
	"prometheus-probes":          {},
	"prometheus-rules":           {},
	"pagerduty-alerts":           {"items": {"$.incidents"}, "offset_parameter": {"offset"}, "total": {"$.total"}},
	"pagerduty-backup-failures":  {"items": {"$.incidents"}, "offset_parameter": {"offset"}, "total": {"$.total"}},
	"github-secret-repositories": {"items": {"$.repositories"}, "next": {"Link"}, "total": {"$.total_count"}},
	"github-branch-protection":   {},
	"github-repositories":        {"next": {"Link"}},
	"github-secret-alerts":       {"next": {"Link"}},
	"github-scan-history":        {},
	"terraform-workspaces":       {"items": {"$.data"}, "next": {"$.links.next"}, "total": {"$.meta.pagination['total-count']"}},
	"defectdojo-log-scan":        {},
	"defectdojo-log-findings":    {"items": {"$.results"}, "next": {"$.next"}, "total": {"$.count"}},
	"servicenow-incidents":       {"items": {"$.result"}, "next": {"Link"}, "total": {"X-Total-Count"}},
	"servicenow-incident-count":  {},
}

// Each mapping of the program that is made for an interface reads its example over HTTP as it reads the file.
func TestShippedMappings(t *testing.T) {
	for name, options := range pagesOf {
		t.Run(name, func(t *testing.T) {
			folder := filepath.Join("..", "..", "..", "..", "mappings", "testdata")
			answer := example(t, name)
			f := newTool(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Has("first") { // no more users
					write(w, "[]")
					return
				}
				if name == "servicenow-incidents" {
					w.Header().Set("X-Total-Count", "3")
				}
				write(w, answer)
			})
			more := maps.Clone(options)
			more["shipped"], more["token_file"] = []string{name}, []string{secret(t, token)}
			result, err := read(t, opened(t, f.values(t, "/api?limit=1000", more), nil))
			if err != nil || len(result.Failed) > 0 {
				t.Fatal(err, result.Failed)
			}
			facts := map[string]any{}
			for _, part := range result.Parts {
				facts[part.Section] = part.Fields
			}
			encoded, err := json.Marshal(facts)
			must(t, err)
			expected, err := os.ReadFile(filepath.Join(folder, name+".facts.json"))
			must(t, err)
			var got, want any
			must(t, errors.Join(json.Unmarshal(encoded, &got), json.Unmarshal(expected, &want)))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-file +http:\n%s", diff)
			}
			if header := f.requests[0].Header; header.Get("Authorization") != "Bearer "+token || header.Get("X-Api-Version") != strings.TrimPrefix(strings.Join(more["set_header"], ""), "x-api-version: ") {
				t.Errorf("header %v", header)
			}
		})
	}
}

// The page has a recipe for each mapping that is made for an interface, with the options that are tried here and a URL that can be asked.
func TestRecipes(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/collect-http.md")
	must(t, err)
	list, err := os.ReadFile("../../../../docs/mappings.md")
	must(t, err)
	if n := strings.Count(string(list), "| yes |\n"); n != len(pagesOf) {
		t.Errorf("%d mappings are listed for interfaces, %d are tried", n, len(pagesOf))
	}
	for name := range pagesOf {
		_, row, isThere := strings.Cut(string(page), "\n| `"+name+"` | ")
		if !isThere {
			t.Errorf("there is no recipe for %s", name)
			continue
		}
		row, _, _ = strings.Cut(row, "\n")
		url, isURL := strings.CutPrefix(row, "`")
		url, _, _ = strings.Cut(url, "`")
		if !isURL { // it refers to the row above
			continue
		}
		if _, err := open(collect.Values{"url": {url}, "shipped": {name}}, collect.Env{Form: form(t)}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// store answers n items in pages of 10, and names the next page in each way.
func store(n int, spoil func(w http.ResponseWriter, page int) bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		start, _ := strconv.Atoi(query.Get("skip"))
		if cursor := query.Get("cursor"); cursor != "" {
			start, _ = strconv.Atoi(strings.TrimPrefix(cursor, "c&="))
		}
		if spoil != nil && spoil(w, start/10) {
			return
		}
		end := min(start+10, n)
		items := []map[string]any{}
		for i := start; i < end; i++ {
			items = append(items, map[string]any{"id": fmt.Sprintf("k%04d", i), "name": "key"})
		}
		w.Header().Set("X-Total-Count", strconv.Itoa(n))
		page := map[string]any{"data": map[string]any{"list": items}, "total": n, "more": nil, "link": ""}
		if end < n {
			before := map[bool]string{true: "first", false: "prev"}[start == 0]
			w.Header().Add("Link", `<https://elsewhere.example/?a=",;>; title="a, <b>; rel=\"next\""; rel="`+before+` up"`)
			w.Header().Add("Link", fmt.Sprintf(`<?skip=%d>; REL = next`, end))
			page["more"], page["link"] = fmt.Sprintf("c&=%d", end), fmt.Sprintf("/keys?skip=%d#top", end)
		}
		encoded, _ := json.Marshal(page)
		write(w, string(encoded))
	}
}

// ways are the ways to the next page of a store.
var ways = map[string]collect.Values{
	"a token":             {"next": {"$.more"}, "next_parameter": {"cursor"}},
	"a link":              {"next": {"$.link"}},
	"the header Link":     {"next": {"Link"}},
	"an offset":           {"offset_parameter": {"skip"}},
	"an offset and total": {"offset_parameter": {"skip"}, "total": {"$.total"}},
	"a header as total":   {"next": {"Link"}, "total": {"X-Total-Count"}},
	"a link and total":    {"next": {"$.link"}, "total": {"$.total"}},
}

// paged are the options for a store.
func paged(t *testing.T, f *tool, way collect.Values) collect.Values {
	t.Helper()
	values := f.values(t, "/keys?a=b%20c", way)
	values["items"], values["mapping"] = []string{"$.data.list"}, []string{keys(t, "$.data.list[*]")}
	return values
}

// Lists are read to their end, in every way that interfaces name it.
func TestPages(t *testing.T) {
	for name, way := range ways {
		for _, n := range []int{1, 10, 35} {
			t.Run(fmt.Sprint(name, n), func(t *testing.T) {
				f := newTool(t, store(n, nil))
				result, err := read(t, opened(t, paged(t, f, way), nil))
				if err != nil || len(result.Failed) > 0 {
					t.Fatal(err, result.Failed)
				}
				list := result.Parts[0].Fields["service_keys"].([]any)
				if len(list) != n || list[n-1].(map[string]any)["id"] != fmt.Sprintf("k%04d", n-1) {
					t.Errorf("%d items, the last %v", len(list), list[len(list)-1])
				}
				pages := (n + 9) / 10
				if name == "an offset" {
					pages = (n+9)/10 + 1 // only an empty page says that it is the last
				}
				if len(f.requests) != pages {
					t.Errorf("%d requests for %d items", len(f.requests), n)
				}
				if origin := result.Parts[0].Answers[0].Origin; origin != f.URL+"/keys?a=b%20c" {
					t.Errorf("origin %s", origin)
				}
			})
		}
	}
}

// A list that is cut short is an error, never a short list.
func TestPagesThatAreNotRead(t *testing.T) {
	text := func(text string) func(http.ResponseWriter, int) bool {
		return func(w http.ResponseWriter, page int) bool {
			if page == 2 {
				write(w, text)
			}
			return page == 2
		}
	}
	item := `{"data": {"list": [{"id": "x", "name": "y"}]}, "total": 35, `
	for name, test := range map[string]struct {
		way   string
		spoil func(w http.ResponseWriter, page int) bool
		says  string
	}{
		"a page that fails": {"a link", func(w http.ResponseWriter, page int) bool {
			if page == 2 {
				w.WriteHeader(http.StatusForbidden)
			}
			return page == 2
		}, "page 3: the API answers with status 403"},
		"another host":           {"a link", text(item + `"link": "https://elsewhere.example/keys?skip=30"}`), `leads to "https://elsewhere.example"`},
		"another port":           {"a link", text(item + `"link": "https://127.0.0.1:1/keys"}`), `leads to "https://127.0.0.1:1"`},
		"no TLS":                 {"a link", text(item + `"link": "http://127.0.0.1/keys"}`), `leads to "http://127.0.0.1"`},
		"a host without scheme":  {"a link", text(item + `"link": "//elsewhere.example/"}`), `leads to "https://elsewhere.example"`},
		"a password in the link": {"a link", text(item + `"link": "https://a:geheim@elsewhere.example/"}`), `leads to "https://elsewhere.example"`},
		"no URL":                 {"a link", text(item + `"link": "https://[geheim"}`), "not a URL"},
		"an object":              {"a link", text(item + `"link": {}}`), "neither a text nor a number"},
		"the first page again":   {"a link", text(item + `"link": "/keys?skip=10"}`), "was read already"},
		"the same items again": {"an offset", func(w http.ResponseWriter, _ int) bool {
			write(w, item+`"link": ""}`)
			return true
		}, "the same page was answered before"},
		"no list":              {"a link", text(`{"note": "busy"}`), "finds 0 lists"},
		"a page in part":       {"a token", text(item + `"isPartial": true, "more": ""}`), `only a part, as "isPartial" in it says`},
		"a list that is none":  {"a link", text(`{"data": {"list": "geheim"}}`), "finds no list"},
		"too few":              {"a link and total", text(item + `"link": ""}`), "has 35 items, and answered 21"},
		"too many":             {"an offset and total", text(`{"data": {"list": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]}, "total": 35}`), "more items than the 35"},
		"a total that changes": {"a link and total", text(strings.Replace(item, "35", "36", 1) + `"link": ""}`), "changes from page to page"},
		"no total":             {"a link and total", text(`{"data": {"list": []}, "link": ""}`), "total ($[\"total\"]) finds 0 values"},
		"rows that are hidden": {"a header as total", func(w http.ResponseWriter, page int) bool {
			if page == 3 {
				w.Header().Set("X-Total-Count", "35")
				write(w, item+`"a": 1}`)
			}
			return page == 3
		}, "has 35 items, and answered 31 of them"},
		"no header as total": {"a header as total", func(w http.ResponseWriter, _ int) bool {
			write(w, item+`"a": 1}`)
			return true
		}, "total (X-Total-Count) finds no whole number"},
		"a total that is none": {"a link and total", text(strings.Replace(item, "35", `"geheim"`, 1) + `"link": ""}`), "finds no whole number"},
		"a parameter that counts pages": {"an offset", func(w http.ResponseWriter, page int) bool {
			if page == 0 {
				w.Header().Set("Link", `</keys?skip=2>; rel="next"`)
				return false
			}
			write(w, `{"data": {"list": []}}`)
			return true
		}, "no items are at skip=10, and the page before says by its header Link that another follows: does skip count pages, and not items?"},
		"a parameter that counts pages, in the answer": {"an offset", func(w http.ResponseWriter, page int) bool {
			write(w, []string{`{"data": {"list": [` + strings.Repeat("{},", 9) + `{}]}, "has_more": true}`, `{"data": {"list": []}}`}[min(page, 1)])
			return true
		}, `by "has_more" in it that another follows`},
		"a later page": {"the header Link", func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Link", `</keys?skip=0>; rel="prev"`)
			return false
		}, "a later page of several, as its header Link says"},
		"a later page, in the answer": {"a link", func(w http.ResponseWriter, _ int) bool {
			write(w, item+`"previous": "/keys?skip=0"}`)
			return true
		}, `a later page of several, as "previous" in it says`},
		"a header without a URL": {"the header Link", func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Link", "next")
			write(w, item+`"a": 1}`)
			return true
		}, "RFC 8288"},
		"two next pages": {"the header Link", func(w http.ResponseWriter, _ int) bool {
			w.Header().Set("Link", "<a>; rel=next, <b>; rel=next")
			write(w, item+`"a": 1}`)
			return true
		}, "several next pages"},
		"a link that next does not find":    {"a link", text(item + `"@odata.nextLink": "/keys?skip=20"}`), `another follows, as "@odata.nextLink" in it says`},
		"more that the header does not say": {"the header Link", text(item + `"has_more": true}`), `another follows, as "has_more" in it says`},
		"a header that next does not find": {"a token", func(w http.ResponseWriter, page int) bool {
			if page == 2 {
				w.Header().Set("Link", "</keys?skip=20>; rel=next")
				write(w, item+`"more": ""}`)
			}
			return page == 2
		}, "another follows, as its header Link says"},
		"no end": {"a link", func(w http.ResponseWriter, page int) bool {
			write(w, fmt.Sprintf(`{"data": {"list": [{"id": "x%d"}]}, "link": "/keys?skip=%d"}`, page, page*10+10))
			return true
		}, "the list has no end"},
		"a longer list than any": {"a link", func(w http.ResponseWriter, page int) bool {
			write(w, fmt.Sprintf(`{"data": {"list": [%s0]}, "link": "/keys?skip=%d"}`, strings.Repeat("0,", 999), page*10+10))
			return true
		}, "more than 5000 items"},
		"a total that is larger than any": {"an offset and total", func(w http.ResponseWriter, page int) bool {
			if page > 0 {
				t.Error("a second page is asked for")
			}
			write(w, `{"data": {"list": [1]}, "total": 5001}`)
			return true
		}, "more than 5000 items"},
		"more than there is room for": {"a link", func(w http.ResponseWriter, page int) bool {
			write(w, fmt.Sprintf(`{"data": {"list": [%q]}, "link": "/keys?skip=%d"}`, strings.Repeat("x", 15<<20), page*10+10))
			return true
		}, "bytes together"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newTool(t, store(35, test.spoil))
			result, err := read(t, opened(t, paged(t, f, ways[test.way]), nil))
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim") || len(result.Parts) > 0 {
				t.Errorf("%v, %+v", err, result.Parts)
			}
		})
	}
}

// One page of several is no list, also where nobody said that there are others.
func TestTheFirstPageAlone(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"a link of OData":   says(`{"data": [{"id": "a"}], "@odata.nextLink": "https://h/?x"}`),
		"a token":           says(`{"data": [{"id": "a"}], "meta": {"next_cursor": "abc"}}`),
		"a number":          says(`{"data": [{"id": "a"}], "next_page": 2}`),
		"a link of HAL":     says(`{"data": [{"id": "a"}], "_links": {"next": {"href": "/?page=2"}}}`),
		"a token of a list": says(`{"data": [{"id": "a"}], "metadata": {"continue": "abc"}}`),
		"the header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", `</?page=2>; rel="next"`)
			write(w, `{"data": [{"id": "a"}]}`)
		},
		"a header unread": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", `nonsense`)
			write(w, `{"data": [{"id": "a"}]}`)
		},
		"a header of before": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", `</?page=1>; rel="prev"`)
			write(w, `{"data": [{"id": "a"}]}`)
		},
		"more of it":         says(`{"data": [{"id": "a"}], "more": true, "total": null}`),
		"not the last":       says(`{"data": [{"id": "a"}], "isLast": false}`),
		"groups of rules":    says(`{"status": "success", "data": {"groups": [], "groupNextToken": "abc"}}`),
		"fewer of a count":   says(`{"data": [{"id": "a"}], "total_count": 2}`),
		"fewer of a total":   says(`{"data": [{"id": "a"}], "pagination": {"total": 2, "count": 1, "skip": 0}}`),
		"a token of AWS":     says(`{"data": [{"id": "a"}], "NextToken": "abc"}`),
		"a list of GraphQL":  says(`{"data": {"a": {"keys": [{"id": "a", "of": {"nodes": [], "pageInfo": {"hasNextPage": true}}}]}}}`),
		"a list of SCIM":     says(`{"schemas": ["s"], "totalResults": 2, "itemsPerPage": 1, "Resources": [{"id": "a"}]}`),
		"fewer of a search":  says(`{"startAt": 0, "maxResults": 1, "total": 2, "data": [{"id": "a"}]}`),
		"the last page":      says(`{"data": [{"id": "a"}], "next": null, "previous": "https://h/?page=1"}`),
		"the last of HAL":    says(`{"data": [{"id": "a"}], "_links": {"prev": {"href": "/?page=1"}}}`),
		"an offset":          says(`{"data": [{"id": "a"}], "limit": 1, "offset": 1, "more": false, "total": null}`),
		"a cursor in data":   says(`{"code": 0, "data": {"items": [{"id": "a"}], "next_cursor": "abc"}}`),
		"more in data":       says(`{"data": {"items": [{"id": "a"}], "has_more": true}}`),
		"a count in data":    says(`{"data": {"items": [{"id": "a"}], "totalCount": 7}}`),
		"pages in data":      says(`{"data": {"items": [{"id": "a"}], "pagination": {"total": 9, "limit": 1}}}`),
		"a token in result":  says(`{"result": {"items": [{"id": "a"}], "nextPageToken": "x"}}`),
		"a page of a page":   says(`{"data": [{"id": "a"}], "meta": {"pagination": {"next": "/?page=2"}}}`),
		"pages of a result":  says(`{"data": [{"id": "a"}], "result_info": {"page": 1, "per_page": 1, "total_count": 200}}`),
		"another spelling":   says(`{"data": [{"id": "a"}], "Total-Items": 2}`),
		"a number before":    says(`{"data": [{"id": "a"}], "meta": {"pagination": {"prev-page": 1}}}`),
		"one before":         says(`{"data": [{"id": "a"}], "hasPrevious": true, "hasNext": false}`),
		"the third":          says(`{"data": [{"id": "a"}], "current_page": 3}`),
		"before in GraphQL":  says(`{"data": {"keys": {"nodes": [{"id": "a"}], "pageInfo": {"hasNextPage": false, "hasPreviousPage": true}}}}`),
		"an offset alone":    says(`{"data": [{"id": "a"}], "limit": 1, "offset": 1}`),
		"fewer of an offset": says(`{"data": [{"id": "a"}], "limit": 100, "offset": 0, "total": 2}`),
		"a count as a text":  says(`{"value": [{"id": "a"}], "@odata.count": "2"}`),
		"the rest of a list": says(`{"data": [{"id": "a"}], "metadata": {"continue": "", "remainingItemCount": 40}}`),
		"fewer of OData":     says(`{"@odata.count": 2, "value": [{"id": "a"}]}`),
		"a page of Spring":   says(`{"content": [{"id": "a"}], "totalElements": 2, "size": 1, "number": 0}`),
		"its last page":      says(`{"content": [{"id": "a"}], "first": false, "last": true, "number": 1}`),
		"pages of HAL":       says(`{"_embedded": {"keys": [{"id": "a"}]}, "page": {"size": 20, "totalElements": 41, "totalPages": 3, "number": 0}}`),
		"a number of pages":  says(`{"data": [{"id": "a"}], "current_page": 1, "last_page": 2}`),
		"a limit":            says(`{"assets": [{"id": "a"}], "pagination": {"total": 5000, "limit": 50, "offset": 0}}`),
		"a size":             says(`{"issues": [{"id": "a"}], "facets": [], "paging": {"pageIndex": 1, "pageSize": 100, "total": 250}}`),
		"deeper":             says(`{"resources": [{"id": "a"}], "meta": {"pagination": {"offset": 0, "limit": 1, "total": 3}}}`),
		"the next after":     says(`{"results": [{"id": "a"}], "paging": {"next": {"after": "abc"}}}`),
		"the next records":   says(`{"records": [{"id": "a"}], "done": false, "nextRecordsUrl": "/query/01g-2000"}`),
		"not the last page":  says(`{"values": [{"id": "a"}], "isLastPage": false, "size": 1, "limit": 1}`),
		"a token of Azure":   says(`{"count": 1, "data": [{"id": "a"}], "skip_token": "abc", "total_records": 2}`),
		"a cursor of Slack":  says(`{"ok": true, "members": [{"id": "a"}], "response_metadata": {"next_cursor": "abc"}}`),
		"fewer than counted": says(`{"data": [{"id": "a"}], "total": 2}`),
	} {
		t.Run(name, func(t *testing.T) {
			f := newTool(t, answer)
			more := collect.Values{"mapping": {keys(t, "$.data[*]")}}
			says := "one page of several"
			if name == "a header of before" {
				says = "a later page of several"
			}
			if name == "fewer than counted" {
				more["items"], more["total"], says = []string{"$.data"}, []string{"$.total"}, "has 2 items, and answered 1"
			}
			result, err := read(t, opened(t, f.values(t, "/", more), nil))
			if err == nil || !strings.Contains(err.Error(), says) || len(result.Parts) > 0 {
				t.Errorf("%v, %+v", err, result.Parts)
			}
		})
	}
	for _, last := range []string{`"@odata.nextLink": "", "next": null, "meta": {"next_page": ""}`, `"next": "daily"`, `"more": false, "isLast": true`, `"total_count": 1, "pagination": {"total": 1, "count": 1}`, `"total_count": 2, "b": []`,
		`"previous": null, "links": {"prev": null}`, `"previous": "weekly"`, `"offset": 0, "more": false`, `"offset": 0, "limit": 100, "total": 1`, `"offset": -120, "total": 2`, `"current_page": 1, "prev_page": null, "hasPrevious": false, "totalItems": 1`, `"continuation_token": "abc", "is_truncated": false`, `"total_count": "many"`, `"total": 2`, `"startAt": 0, "total": 1`, `"nested": {"pageInfo": {"hasNextPage": false}}`,
		`"first": true, "last": true, "totalElements": 1, "totalPages": 1`, `"pagination": {"total": 1, "limit": 50}`, `"b": [], "paging": {"pageSize": 100, "total": 2}`, `"meta": {"pagination": {"total-pages": 1, "total-count": 1}}`,
		`"response_metadata": {"next_cursor": ""}, "skip_token": null, "paging": {"next": {}}`, `"value": [], "@odata.count": 0`} {
		f := newTool(t, says(`{"data": [{"id": "a"}], `+last+`}`))
		if result, err := read(t, opened(t, f.values(t, "/", collect.Values{"mapping": {keys(t, "$.data[*]")}}), nil)); err != nil || len(result.Parts) != 1 {
			t.Errorf("%s: %v, %v", last, err, result)
		}
	}
}

// parts are answers that say that they have only a part, or that they are an error, with the sign that they say it by.
var parts = map[string]string{
	`{"status": "success", "data": {"resultType": "vector", "result": []}, "warnings": ["a store is away"]}`:                       "warnings",
	`{"status": "success", "isPartial": true, "data": {"resultType": "vector", "result": []}}`:                                     "isPartial",
	`{"status": "error", "errorType": "timeout", "error": "query timed out", "data": {"result": []}}`:                              "errorType",
	`{"timed_out": true, "_shards": {"failed": 0}, "aggregations": {}}`:                                                            "timed_out",
	`{"timed_out": false, "terminated_early": true, "_shards": {"failed": 0}, "aggregations": {}}`:                                 "terminated_early",
	`{"timed_out": false, "_shards": {"failed": 2}, "aggregations": {}}`:                                                           "_shards.failed",
	`{"timed_out": false, "_shards": {"failed": 0}, "_clusters": {"total": 2, "skipped": 1}, "aggregations": {}}`:                  "_clusters.skipped",
	`{"kind": "storage#buckets", "items": [], "unreachable": ["projects/_/buckets/b"]}`:                                            "unreachable",
	`{"incomplete_results": true, "total_count": 0, "items": []}`:                                                                  "incomplete_results",
	`{"data": {"viewer": null}, "errors": [{"message": "rate limited"}]}`:                                                          "errors",
	`{"error": {"message": "User Not Authorized", "detail": "Failed API level ACL Validation"}, "status": "failure"}`:              "error",
	`{"error": {"root_cause": [], "type": "security_exception", "reason": "no permissions"}, "status": 403}`:                       "error",
	`{"timed_out": false, "_shards": {"total": 5, "successful": 4, "skipped": 0, "failed": 0}, "aggregations": {}}`:                "_shards.successful",
	`{"data": [{"id": "a"}], "error": {"message": "Transaction cancelled: maximum execution time exceeded"}, "status": "failure"}`: "error",
	`{"tables": [{"name": "a", "rows": []}], "error": {"code": "PartialError", "message": "There were some errors"}}`:              "error",
	`{"kind": "bigquery#queryResponse", "jobComplete": false, "totalBytesProcessed": "0"}`:                                         "jobComplete",
	`{"ok": false, "error": "ratelimited"}`:                                                                                        "error",
	`{"success": false, "errors": [], "messages": [], "data": []}`:                                                                 "error",
	`{"type": "about:blank", "title": "Forbidden", "status": 403, "detail": "no right", "data": []}`:                               "error",
	`{"errors": ["not found"]}`:                                                        "error",
	`{"result": [{"id": "a"}], "status": "failure"}`:                                   "status", // of ServiceNow
	`{"result": {"stats": {"count": "3"}}, "status": "failure"}`:                       "status",
	`{"data": [{"id": "a"}], "partial": true}`:                                         "partial",
	`{"items": [], "incomplete": true}`:                                                "incomplete",
	`{"items": [], "complete": false}`:                                                 "complete",
	`{"values": [], "isComplete": false}`:                                              "isComplete",
	`{"data": [{"id": "a"}], "success": false}`:                                        "success",
	`{"data": [{"id": "a"}], "hasErrors": true}`:                                       "hasErrors",
	`{"data": [{"id": "a"}], "error": "rate limited"}`:                                 "error",
	`{"data": [], "errorMessage": "rate limited"}`:                                     "errorMessage",
	`[{"data": [{"id": "a"}]}, {"data": [], "partial": true}]`:                         "partial", // pages that jq -s made a list of
	`[{"data": [{"id": "b"}], "errors": [{"message": "rate limited"}]}, {"data": []}]`: "errors",
	`{"messages": [{"id": "a"}], "error": "shards failed"}`:                            "error", `{"rows": [1], "ok": false}`: "ok",
}

// An answer that says that it is not whole is used by no mapping, over the interface or from a file; what a record says of itself is no such sign.
func TestAnswersInPart(t *testing.T) {
	text, err := os.ReadFile(keys(t, "$.data[*]"))
	must(t, err)
	m, err := mapping.Read("keys.yaml", text, form(t))
	must(t, err)
	for answer, sign := range parts {
		f := newTool(t, says(answer))
		result, err := read(t, opened(t, f.values(t, "/", collect.Values{"mapping": {keys(t, "$..data[*]")}}), nil))
		if err == nil || !strings.Contains(err.Error(), `only a part, as "`+sign+`" in it says`) || len(result.Parts) > 0 {
			t.Errorf("%s: %v", answer, err)
		}
		if _, err := m.Value("export.json", []byte(answer)); err == nil || !strings.Contains(err.Error(), `export.json: the export is an error or only a part, as "`+sign) {
			t.Errorf("the file %s: %v", answer, err)
		}
	}
	for _, record := range []string{
		`{"timed_out": true, "host": "a"}`, `{"status": "error", "id": 1}`, `{"status": "failed", "error": "disk full", "job": "nightly"}`,
		`{"warnings": ["deprecated"], "items": []}`, `{"unreachable": ["h1"], "hosts": []}`, `{"status": "success", "data": {}, "warnings": [], "infos": ["x"]}`,
		`{"_shards": {"failed": 0}, "timed_out": false}`, `{"_shards": {"total": 5, "successful": 5, "skipped": 3, "failed": 0}}`, `{"error": {}, "id": 1}`, `{"success": true, "data": []}`, `{"error": false, "message": "", "data": []}`, `{"status": 200, "message": "OK", "data": []}`,
		`{"status": "failed", "message": "disk full"}`, `{"success": false, "job": "nightly"}`, `{"code": 500, "name": "a"}`, `{"detail": "x", "id": 1}`, `{"data": [], "errors": []}`, `{"error": null, "id": 1}`,
		`[{"data": [], "next": "/?p=2"}, {"data": []}]`, `[{"partial": true, "id": "a"}]`, `[{"error": "disk full", "job": "nightly"}]`, `{"partial": true, "job": "nightly"}`, `{"complete": false, "id": 1}`,
		`{"status": "failure", "items": []}`, `{"status": "success", "result": []}`, `{"data": [], "error": "", "success": true, "complete": true, "partial": false}`, `[{"partial": true, "id": "a"}]`, `[{"error": "disk full", "job": "nightly"}]`,
		`[{"data": [], "next": "/?p=2"}, {"data": []}]`, `{"data": {"next": 5}}`,
	} {
		if _, err := m.Value("export.json", []byte(record)); err != nil {
			t.Errorf("%s: %v", record, err)
		}
	}
	for _, body := range []string{ // that the commands of tools write into a file
		`{"message": "Not Found", "documentation_url": "https://docs.github.com/rest", "status": "404"}`, `{"detail": "Invalid token."}`, `{"code": 403, "message": "forbidden"}`,
		`{"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "not found", "reason": "NotFound", "details": {}, "code": 404}`,
	} {
		if _, err := m.Value("export.json", []byte(body)); err == nil || !strings.Contains(err.Error(), `only a part, as "error" in it says`) {
			t.Errorf("%s: %v", body, err)
		}
	}
	if _, err := m.Value("export.json", []byte(`[{"data": []}, {"data": [], "next": "/?p=3"}]`)); err == nil || !strings.Contains(err.Error(), `one page of several, as "next" in it says`) {
		t.Errorf("a list of pages without the last: %v", err)
	}
	if _, err := m.Value("export.json", []byte(`{"value": [], "@odata.nextLink": "https://h/?x"}`)); err == nil || !strings.Contains(err.Error(), `one page of several, as "@odata.nextLink" in it says`) {
		t.Errorf("a page: %v", err)
	}
}

// What is no answer is an error with its class, and repeats nothing that a server said.
func TestAnswersThatAreNone(t *testing.T) {
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, `{"error": "geheim"}`)
		}
	}
	for name, test := range map[string]struct {
		answer   http.HandlerFunc
		says     string
		class    string
		requests int
	}{
		"a redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) }, "a redirect to /login, which is not followed", httpget.ClassBroken, 1},
		"a page of HTML": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = fmt.Fprint(w, "<html>geheim</html>")
		}, "(text/html; charset=utf-8) is not valid JSON", collect.ClassUnusable, 1},
		"JSON of another type": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = fmt.Fprint(w, `{"data": [{"id": "a"}]}`)
		}, `"text/plain", which is not JSON`, collect.ClassUnusable, 1},
		"a truncated body": {says(`{"data": [{"id": "a"}`), "truncated", collect.ClassUnusable, httpget.MaxRetries + 1},
		"less than its length": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			write(w, `{"data":`)
		}, "unexpected EOF", collect.ClassUnusable, httpget.MaxRetries + 1},
		"a huge body": {says(`{"data": "` + strings.Repeat("x", httpget.MaxAnswer) + `"}`), "larger than", collect.ClassUnusable, 1},
		"two values":  {says(`{"data": []} {}`), "more follows", collect.ClassUnusable, 1},
		"401":         {status(401), "status 401 Unauthorized: check that the token of ", httpget.ClassRefused, 1},
		"403":         {status(403), "may read this", httpget.ClassRefused, 1},
		"404":         {status(404), "is the URL correct?", httpget.ClassAbsent, 1},
		"429":         {status(429), "status 429 Too Many Requests (asked 6 times)", httpget.ClassBusy, httpget.MaxRetries + 1},
		"503":         {status(503), "status 503 Service Unavailable (asked 6 times)", httpget.ClassBroken, httpget.MaxRetries + 1},
		"nothing":     {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }, "status 204", httpget.ClassBroken, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newTool(t, test.answer)
			s := opened(t, f.values(t, "/api/list?q=1", collect.Values{"mapping": {keys(t, "$.data[*]")}, "token_file": {secret(t, token)}}), nil)
			result, err := read(t, s)
			if err == nil || !strings.Contains(err.Error(), test.says) || strings.Contains(err.Error(), "geheim") || strings.Contains(err.Error(), token) || len(result.Parts) > 0 {
				t.Fatalf("%v, %+v", err, result.Parts)
			}
			if len(f.requests) != test.requests {
				t.Errorf("%d requests", len(f.requests))
			}
			path, class, _ := httpget.Class(err)
			var unread *collect.UnreadError
			if errors.As(err, &unread) {
				path, class = unread.Unit, unread.Class
			}
			if path != "/api/list" || class != test.class {
				t.Errorf("%s is %s", path, class)
			}
			rights := s.Rights(t.Context(), collect.Request{ServiceID: domain, At: at, Progress: func(string) {}})
			state := collect.RightFailed
			if test.class == httpget.ClassRefused {
				state = collect.RightRefused
			}
			if len(rights) != 1 || rights[0].State != state || !strings.Contains(rights[0].Reason, test.says) || strings.Contains(rights[0].Reason, "geheim") {
				t.Errorf("rights %+v", rights)
			}
		})
	}
}

// A tool that is away, and one that nobody vouches for, is unreachable.
func TestUnreachable(t *testing.T) {
	f := newTool(t, says(`{"data": [{"id": "a"}]}`))
	values := f.values(t, "/", collect.Values{"mapping": {keys(t, "$.data[*]")}})
	untrusted := f.values(t, "/", values)
	untrusted["ca"] = []string{collecttest.NewIssuer(t, "another").File(t)}
	unreachable := func(values collect.Values, says string) {
		t.Helper()
		var unread *collect.UnreadError
		_, err := read(t, opened(t, values, nil))
		if !errors.As(err, &unread) || unread.Class != httpget.ClassUnreachable || !strings.Contains(err.Error(), says) {
			t.Errorf("%v", err)
		}
	}
	unreachable(untrusted, "is not trusted, by ")
	f.Close()
	unreachable(values, "connection refused")
}

// The least request is the first page; it says what works.
func TestRights(t *testing.T) {
	f := newTool(t, store(35, nil))
	s := opened(t, paged(t, f, ways["a link and total"]), nil)
	rights := s.Rights(t.Context(), collect.Request{ServiceID: domain, At: at, Progress: func(string) {}})
	want := []collect.Right{{Asked: "GET " + f.URL + "/keys", Affects: []string{"/keys"}, State: collect.RightWorks}}
	if diff := cmp.Diff(want, rights); diff != "" || len(f.requests) != 1 {
		t.Errorf("%d requests\n%s", len(f.requests), diff)
	}
}

// Headers tell of other pages too, and of how many items there are; a list whose pages were joined has all that an answer counts.
func TestCountsBesideThePages(t *testing.T) {
	for name, values := range map[string][2]string{ // one page of several, and all that there is
		"X-Next-Page": {"2", ""}, "X-Pagination-Cursor-Next": {"abc", ""}, "X-Total-Pages": {"2", "1"},
		"X-Total-Count": {"2", "1"}, "X-Total": {"2", "1"}, "Content-Range": {"items 0-0/2", "items 0-0/1"},
	} {
		for i, value := range values {
			for _, options := range []collect.Values{{}, {"items": {"$.data"}, "next": {"$.next"}}} {
				f := newTool(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set(name, value)
					write(w, `{"data": [{"id": "a"}]}`)
				})
				more := collect.Values{"mapping": {keys(t, "$.data[*]")}}
				maps.Copy(more, options)
				_, err := read(t, opened(t, f.values(t, "/", more), nil))
				if isRefused := err != nil && strings.Contains(err.Error(), name); isRefused != (i == 0) {
					t.Errorf("%s: %q, with %v: %v", name, value, options, err)
				}
			}
		}
	}
	for says, isRefused := range map[string]bool{
		`"total": 5`: true, `"total_count": 5`: true, `"meta": {"total": 5}`: true, `"pagination": {"total": "5"}`: true,
		`"total": 1`: false, `"meta": {"total": 1, "count": 1, "total_pages": 2}`: false, `"b": [], "total": 5`: false,
	} {
		f := newTool(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("skip") == "" {
				write(w, `{"data": [{"id": "a"}], `+says+`}`)
				return
			}
			write(w, `{"data": [], `+says+`}`)
		})
		_, err := read(t, opened(t, f.values(t, "/", collect.Values{"mapping": {keys(t, "$.data[*]")}, "items": {"$.data"}, "offset_parameter": {"skip"}}), nil))
		if (err != nil && strings.Contains(err.Error(), "counts more items")) != isRefused {
			t.Errorf("%s: %v", says, err)
		}
	}
}
