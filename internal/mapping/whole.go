package mapping

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Incomplete is what says in an answer of a tool that it is an error, or has only a part of what was asked for, whatever page it is; "" where
// nothing does. Read as what was asked for, such an answer would prove the absence of what it lacks.
func Incomplete(answer any) string {
	object, _ := answer.(map[string]any)
	_, isSearch := object["_shards"] // of OpenSearch; elsewhere the first two may be what a record tells
	for _, name := range []string{"timed_out", "terminated_early", "isPartial", "is_partial", "incomplete_results"} {
		if object[name] == true && (isSearch || !strings.HasPrefix(name, "t")) {
			return quoted(name)
		}
	}
	for _, name := range [][2]string{{"_shards", "failed"}, {"_clusters", "failed"}, {"_clusters", "partial"}, {"_clusters", "skipped"}} {
		within, _ := object[name[0]].(map[string]any)
		if n, isNumber := within[name[1]].(json.Number); isNumber && n != "0" {
			return quoted(name[0] + "." + name[1])
		}
	}
	if shards, _ := object["_shards"].(map[string]any); isNumber(shards["successful"]) && isAbove(shards["total"], shards["successful"].(json.Number)) {
		return quoted("_shards.successful") // a shard that is not assigned is not counted as failed
	}
	_, hasData := object["data"]
	_, hasStatus := object["status"].(string)
	_, hasKind := object["kind"].(string)
	switch {
	case object["jobComplete"] == false: // of BigQuery
		return quoted("jobComplete")
	case hasKind && isFilled(object["unreachable"]): // of Google
		return quoted("unreachable")
	case hasData && hasStatus && isFilled(object["warnings"]): // of Prometheus, and of those who answer as it does
		return quoted("warnings")
	case hasData && isFilled(object["errors"]): // of GraphQL
		return quoted("errors")
	case object["status"] == "error" && object["errorType"] != nil:
		return quoted("errorType")
	case isError(object), isCutShort(object["error"]):
		return quoted("error")
	}
	return ""
}

// isCutShort reports whether an answer has an object that describes an error, beside whatever else: ServiceNow ends so what it could not read to
// the end, with status 200.
func isCutShort(value any) bool {
	described, _ := value.(map[string]any)
	message, _ := described["message"].(string)
	return message != ""
}

func isNumber(value any) bool {
	_, isNumber := value.(json.Number)
	return isNumber
}

func quoted(name string) string { return `"` + name + `" in it` }

func isFilled(value any) bool {
	list, _ := value.([]any)
	return len(list) > 0
}

// besideError are what an error has beside what says that it is one, as RFC 9457, Kubernetes and others write it.
var besideError = map[string]bool{
	"message": true, "messages": true, "detail": true, "details": true, "reason": true, "title": true, "type": true, "instance": true,
	"timestamp": true, "path": true, "kind": true, "apiVersion": true, "metadata": true, "requestId": true, "request_id": true, "error_description": true,
}

// isError reports whether an answer has nothing but an error, or errors, what describes them, and what is empty.
func isError(object map[string]any) bool {
	isThere := false
	for name, value := range object {
		switch {
		case name == "error" || name == "errors":
			isThere = isThere || !isEmpty(value)
		case name == "success" || name == "ok":
			isThere = isThere || value == false
		case name == "status" || name == "code":
			isThere = isThere || isFailure(value)
		case name == "documentation_url" || name == "detail" && len(object) == 1: // of GitHub, and of Django
			isThere = true
		case !besideError[name] && !isEmpty(value):
			return false
		}
	}
	return isThere
}

// isEmpty reports whether a value says nothing.
func isEmpty(value any) bool {
	switch value := value.(type) {
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return value == nil || value == "" || value == false
}

// isFailure reports whether a value is a status of HTTP that is an error.
func isFailure(value any) bool {
	n, err := strconv.Atoi(fmt.Sprint(value))
	return err == nil && n >= 400 && n < 600
}

// What answers call the next page, besides next, and the objects at their top that may say so.
var (
	nextNames = []string{
		"@odata.nextLink", "odata.nextLink", "nextLink", "next_link", "nextPageToken", "next_page_token", "nextToken", "NextToken", "next_token",
		"nextCursor", "next_cursor", "next_page", "next_url", "continuationToken", "next_page_url", "nextPageUrl", "next_page_uri", "nextRecordsUrl",
		"nextPageStart", "NextMarker", "nextMarker", "$skipToken", "skipToken", "skip_token",
	}
	nextIn    = []string{"links", "_links", "paging", "pagination", "page", "meta", "metadata", "response_metadata"}
	moreNames = []string{
		"more", "has_more", "hasMore", "hasNext", "has_next", "hasNextPage", "has_next_page", "truncated", "isTruncated", "IsTruncated", "is_truncated",
	}
	lastNames = []string{"last", "isLast", "is_last", "isLastPage", "is_last_page"}
)

// What answers call the number of all items, of those of a page, and of all pages.
var (
	totalNames = []string{"total_count", "totalCount", "total-count", "total_records", "totalRecords", "totalElements", "totalSize"}
	sizeNames  = []string{"count", "limit", "max", "size", "pageSize", "page_size", "perPage", "per_page"}
	pagesNames = []string{"totalPages", "total_pages", "total-pages", "last_page"}
)

// OnePage is what says in an answer of a tool that there are other pages, before it or after it; "" where nothing does.
func OnePage(answer any) string {
	object, _ := answer.(map[string]any)
	return cmp.Or(FollowedBy(answer), LaterPage(answer), fewerThanCounted(object))
}

// LaterPage is what says in an answer of a tool that other pages are before it; "" where nothing does.
func LaterPage(answer any) string {
	object, _ := answer.(map[string]any)
	for _, in := range append([]string{""}, nextIn...) {
		within, at := object, ""
		if in != "" {
			within, _ = object[in].(map[string]any)
			at = in + "."
		}
		for _, name := range []string{"previous", "prev"} {
			if isLink(within[name]) {
				return quoted(at + name)
			}
		}
		if within["first"] == false { // of Spring
			return quoted(at + "first")
		}
	}
	if isWindow(object) && isAbove(object["offset"], "0") { // of PagerDuty
		return quoted("offset")
	}
	return ""
}

// fewerThanCounted is what counts in an answer more items than it has, or more pages than itself.
func fewerThanCounted(object map[string]any) string {
	if resources, isList := object["Resources"].([]any); isList && isAbove(object["totalResults"], lengthOf(resources)) { // of SCIM
		return quoted("totalResults")
	}
	if value, isList := object["value"].([]any); isList && isAbove(object["@odata.count"], lengthOf(value)) {
		return quoted("@odata.count")
	}
	if metadata, _ := object["metadata"].(map[string]any); isAbove(metadata["remainingItemCount"], "0") { // of Kubernetes
		return quoted("metadata.remainingItemCount")
	}
	only, isOne := onlyList(object)
	if isOne && (isNumber(object["startAt"]) || isWindow(object)) && isAbove(object["total"], lengthOf(only)) { // of Jira, and of PagerDuty
		return quoted("total")
	}
	for _, p := range paginations(object) {
		has, names := sizeOf(p.object), append([]string{"total"}, totalNames...)
		if p.at == "" { // there, total and a size may be of anything
			has, names = "", totalNames
		}
		if isOne {
			has = lengthOf(only)
		}
		name := cmp.Or(above(p.object, pagesNames, "1"), above(p.object, names, has))
		if name != "" {
			return quoted(p.at + name)
		}
	}
	return ""
}

// pagination is an object of an answer that may say how many items there are.
type pagination struct {
	at     string // what stands before the names of its numbers
	object map[string]any
}

func paginations(answer map[string]any) []pagination {
	all := []pagination{{"", answer}}
	meta, _ := answer["meta"].(map[string]any)
	add := func(at string, in map[string]any, names ...string) {
		for _, name := range names {
			if object, isObject := in[name].(map[string]any); isObject {
				all = append(all, pagination{at + name + ".", object})
			}
		}
	}
	add("", answer, "pagination", "paging", "page", "meta")
	add("meta.", meta, "pagination", "page")
	return all
}

// above is the first of the names whose number is above another; "" for none, and where the other is none.
func above(object map[string]any, names []string, other json.Number) string {
	for _, name := range names {
		if isAbove(object[name], other) {
			return name
		}
	}
	return ""
}

// sizeOf is how many items a page has, or may have; "" where nothing says so.
func sizeOf(page map[string]any) json.Number {
	for _, name := range sizeNames {
		if n, isNumber := page[name].(json.Number); isNumber {
			return n
		}
	}
	return ""
}

// FollowedBy is what says in an answer of a tool that another page follows; "" where nothing does.
func FollowedBy(answer any) string {
	object, _ := answer.(map[string]any)
	if _, isText := object["next"].(string); !isText || isLink(object["next"]) { // another may be the next run of a job
		if namesPage(object["next"]) {
			return quoted("next")
		}
	}
	if sign := follows(object, "", nextNames); sign != "" {
		return sign
	}
	for _, name := range nextIn {
		within, _ := object[name].(map[string]any)
		names := append(slices.Clone(nextNames), "next")
		if name == "metadata" {
			names = append(names, "continue") // of a list of Kubernetes
		}
		if sign := follows(within, name+".", names); sign != "" {
			return sign
		}
	}
	data, _ := object["data"].(map[string]any)
	if namesPage(data["groupNextToken"]) { // of the rules of Prometheus
		return quoted("data.groupNextToken")
	}
	if hasNextPage(data, pageDepth) {
		return quoted("pageInfo.hasNextPage")
	}
	return ""
}

// pageDepth is how deep in an answer of GraphQL a list of a list is looked for.
const pageDepth = 12

// hasNextPage reports whether a list of GraphQL goes on, wherever it is in an answer.
func hasNextPage(value any, depth int) bool {
	switch value := value.(type) {
	case map[string]any:
		page, _ := value["pageInfo"].(map[string]any)
		if page["hasNextPage"] == true {
			return true
		}
		for _, below := range value {
			if depth > 0 && hasNextPage(below, depth-1) {
				return true
			}
		}
	case []any:
		return depth > 0 && slices.ContainsFunc(value, func(item any) bool { return hasNextPage(item, depth-1) })
	}
	return false
}

// isWindow reports whether an answer says which items of a list it has: those behind an offset.
func isWindow(object map[string]any) bool {
	return isNumber(object["offset"]) && (isNumber(object["limit"]) || object["more"] == false)
}

// isAbove reports whether the number of all items is above that of those in the answer.
func isAbove(total any, count json.Number) bool {
	n, isNumber := total.(json.Number)
	if text, isText := total.(string); isText { // as OData 3 writes it
		n, isNumber = json.Number(text), true
	}
	all, err := n.Int64()
	few, wrong := count.Int64()
	return isNumber && err == nil && wrong == nil && all > few
}

func lengthOf(list []any) json.Number { return json.Number(strconv.Itoa(len(list))) }

// onlyList is the one list that an answer has, where it has one alone.
func onlyList(object map[string]any) (only []any, isOne bool) {
	for _, value := range object {
		if list, isList := value.([]any); isList {
			if isOne {
				return nil, false
			}
			only, isOne = list, true
		}
	}
	return only, isOne
}

// isLink reports whether a value is the URL of a page, and no other text.
func isLink(value any) bool {
	if link, isObject := value.(map[string]any); isObject { // of HAL
		value = link["href"]
	}
	text, _ := value.(string)
	return strings.ContainsAny(text, "/?")
}

func follows(object map[string]any, in string, names []string) string {
	for _, name := range names {
		if namesPage(object[name]) {
			return quoted(in + name)
		}
	}
	for _, name := range moreNames {
		if object[name] == true {
			return quoted(in + name)
		}
	}
	for _, name := range lastNames {
		if object[name] == false {
			return quoted(in + name)
		}
	}
	return ""
}

// namesPage reports whether a value is a link or a token, or has one.
func namesPage(value any) bool {
	switch value := value.(type) {
	case string:
		return value != ""
	case json.Number:
		return true
	case map[string]any:
		return namesPage(value["href"]) || namesPage(value["after"]) || namesPage(value["url"])
	}
	return false
}
