package mapping

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Incomplete is what says in an answer of a tool that it is an error, or has only a part of what was asked for, whatever page it is; "" where
// nothing does. Read as what was asked for, such an answer would prove the absence of what it lacks.
func Incomplete(answer any) string {
	if list, isList := answer.([]any); isList && slices.ContainsFunc(list, hasFailed) {
		return "an item that is nothing but an error"
	}
	for _, page := range pageObjects(answer) {
		if sign := Incomplete(page); sign != "" {
			return sign
		}
	}
	object, _ := answer.(map[string]any)
	_, isSearch := object["_shards"] // of OpenSearch; elsewhere the first two may be what a record tells
	for _, name := range []string{"timed_out", "terminated_early", "isPartial", "is_partial", "incomplete_results", "incompleteResults", "partial_results", "partialResults"} {
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
	return saysPart(object)
}

// saysPart is what says beside a list that it is not whole; "" for nothing. Of a record, without such a list, it may be what it tells.
func saysPart(object map[string]any) string {
	if _, hasResult := object["result"]; hasResult && object["status"] == "failure" { // of ServiceNow
		return quoted("status")
	}
	if !hasList(object) {
		return ""
	}
	for _, sign := range []struct {
		name string
		says bool
	}{{"partial", true}, {"incomplete", true}, {"hasErrors", true}, {"complete", false}, {"isComplete", false}, {"success", false}, {"ok", false}} {
		if object[sign.name] == sign.says {
			return quoted(sign.name)
		}
	}
	for _, name := range []string{"error", "errorMessage"} {
		if text, _ := object[name].(string); text != "" {
			return quoted(name)
		}
	}
	return ""
}

// hasList reports whether an answer has its list where most tools have it.
func hasList(object map[string]any) bool {
	for _, name := range []string{"data", "result", "results", "items", "value", "values", "records", "rows", "entries", "messages"} {
		if _, isList := object[name].([]any); isList {
			return true
		}
	}
	return false
}

// pageObjects are the pages of an answer that is a list of answers with lists, such as `jq -s` makes of files; none of any other.
func pageObjects(answer any) (pages []map[string]any) {
	list, _ := answer.([]any)
	for _, item := range list {
		page, _ := item.(map[string]any)
		if !hasList(page) {
			return nil
		}
		pages = append(pages, page)
	}
	return pages
}

// hasFailed reports whether an item of a list, or one of a page of a list of pages, is an error in place of what was asked for.
func hasFailed(item any) bool {
	switch item := item.(type) {
	case map[string]any:
		return isError(item) && (!isEmpty(item["error"]) || !isEmpty(item["errors"]) || !isEmpty(item["documentation_url"]))
	case []any:
		return slices.ContainsFunc(item, func(record any) bool { _, isObject := record.(map[string]any); return isObject && hasFailed(record) })
	}
	return false
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

// What answers call the next page and the one before, besides next and previous, and the objects that may say so. Names are compared without
// what tools write differently: next_link, nextLink and @odata.nextLink are one.
var (
	nextNames = plainNames("nextLink nextPageToken nextToken nextCursor nextPage nextUrl continuationToken nextPageUrl nextPageUri nextRecordsUrl nextPageStart nextMarker skipToken")
	moreNames = plainNames("more hasMore hasNext hasNextPage truncated isTruncated resultsTruncated hasMoreItems hasMoreResults moreResults moreAvailable moreItemsAvailable exceededTransferLimit")
	lastNames = plainNames("last isLast isLastPage")

	beforeNames = plainNames("previousLink prevLink previousPage prevPage previousPageUrl prevPageUrl previousUrl prevUrl")
	laterNames  = plainNames("hasPrevious hasPrev hasPreviousPage hasPrevPage")

	nextIn = []string{"links", "_links", "paging", "pagination", "page", "meta", "metadata", "response_metadata", "cursor", "cursors", "pageInfo", "page_info", "result_info"}
	wraps  = []string{"data", "result", "response", "payload"} // that have all of an answer in some tools
)

const totals = "totalCount totalRecords totalElements totalSize totalItems recordsTotal"

// What answers call the number of all items, also with the word alone, of those of a page, and of all pages.
var (
	totalNames = plainNames(totals)
	withTotal  = plainNames("total " + totals)
	sizeNames  = []string{"count", "limit", "max", "size", "pageSize", "page_size", "perPage", "per_page"}
	pagesNames = plainNames("totalPages lastPage pageCount")
)

func plainNames(text string) map[string]bool {
	names := map[string]bool{}
	for _, name := range strings.Fields(text) {
		names[plainName(name)] = true
	}
	return names
}

// plainName is a name without what tools write differently.
func plainName(name string) string {
	if name == "continuation_token" { // of the CLI okms, beside is_truncated
		return name
	}
	name = strings.TrimPrefix(strings.ToLower(name), "@")
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-$.", r) {
			return -1
		}
		return r
	}, strings.TrimPrefix(name, "odata."))
}

// first is the first member, by name, that has one of the names and of which is true; "" for none.
func first(object map[string]any, names map[string]bool, is func(value any) bool) string {
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if names[plainName(name)] && is(object[name]) {
			return name
		}
	}
	return ""
}

// unwrapped are an answer, and the object that has all of it in some tools.
func unwrapped(answer any) []map[string]any {
	object, _ := answer.(map[string]any)
	all := []map[string]any{object}
	for _, name := range wraps {
		if within, isObject := object[name].(map[string]any); isObject {
			all = append(all, within)
		}
	}
	return all
}

// speakers are the objects of an answer that may tell of other pages, with what stands before their names. The first is the answer.
func speakers(object map[string]any) []pagination {
	all := []pagination{{"", object}}
	for _, name := range nextIn {
		within, isObject := object[name].(map[string]any)
		if !isObject {
			continue
		}
		all = append(all, pagination{name + ".", within})
		for _, below := range nextIn {
			if deeper, isObject := within[below].(map[string]any); isObject {
				all = append(all, pagination{name + "." + below + ".", deeper})
			}
		}
	}
	return all
}

// OnePage is what says in an answer of a tool that there are other pages, before it or after it; "" where nothing does.
func OnePage(answer any) string {
	sign := cmp.Or(FollowedBy(answer), LaterPage(answer))
	if pages := pageObjects(answer); len(pages) > 0 {
		sign = cmp.Or(sign, FollowedBy(pages[len(pages)-1]), LaterPage(pages[0]))
	}
	for _, object := range unwrapped(answer) {
		sign = cmp.Or(sign, fewerThanCounted(object))
	}
	return sign
}

// LaterPage is what says in an answer of a tool that other pages are before it; "" where nothing does.
func LaterPage(answer any) string {
	for _, object := range unwrapped(answer) {
		for _, in := range speakers(object) {
			if sign := isBehind(in); sign != "" {
				return sign
			}
		}
		if isWindow(object) && isAbove(object["offset"], "0") { // of PagerDuty
			return quoted("offset")
		}
	}
	object, _ := answer.(map[string]any)
	if saysPage(object["data"], "hasPreviousPage", pageDepth) {
		return quoted("pageInfo.hasPreviousPage")
	}
	return ""
}

// isBehind is what says in an object that other pages are before it.
func isBehind(in pagination) string {
	for _, name := range []string{"previous", "prev"} {
		if isLink(in.object[name]) {
			return quoted(in.at + name)
		}
	}
	if in.object["first"] == false { // of Spring
		return quoted(in.at + "first")
	}
	name := cmp.Or(
		first(in.object, beforeNames, func(value any) bool { return isLink(value) || isNumber(value) && isAbove(value, "0") }),
		first(in.object, laterNames, func(value any) bool { return value == true }),
		first(in.object, map[string]bool{"currentpage": true}, func(value any) bool { return isAbove(value, "1") }),
	)
	if name == "" {
		return ""
	}
	return quoted(in.at + name)
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
		has, names := sizeOf(p.object), withTotal
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

// CountsMore is what counts, in a page of a list, more items than were read of all its pages; "" where nothing does.
func CountsMore(page any, read int) string {
	for _, object := range unwrapped(page) {
		if _, isOne := onlyList(object); !isOne {
			continue
		}
		for _, p := range paginations(object) {
			if name := above(p.object, withTotal, json.Number(strconv.Itoa(read))); name != "" {
				return quoted(p.at + name)
			}
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
	add("", answer, "pagination", "paging", "page", "meta", "pageInfo", "page_info", "result_info")
	add("meta.", meta, "pagination", "page")
	return all
}

// above is the first of the names whose number is above another; "" for none, and where the other is none.
func above(object map[string]any, names map[string]bool, other json.Number) string {
	return first(object, names, func(value any) bool { return isAbove(value, other) })
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
	for i, object := range unwrapped(answer) {
		for _, in := range speakers(object) {
			next := in.object["next"]
			if _, isText := next.(string); in.at == "" && (isText || i > 0) && !isLink(next) { // it may be the next run of a job
				next = nil
			}
			if namesPage(next) {
				return quoted(in.at + "next")
			}
			if in.at == "metadata." && namesPage(in.object["continue"]) { // of a list of Kubernetes
				return quoted("metadata.continue")
			}
			if sign := follows(in); sign != "" {
				return sign
			}
		}
	}
	object, _ := answer.(map[string]any)
	data, _ := object["data"].(map[string]any)
	if namesPage(data["groupNextToken"]) { // of the rules of Prometheus
		return quoted("data.groupNextToken")
	}
	if saysPage(data, "hasNextPage", pageDepth) {
		return quoted("pageInfo.hasNextPage")
	}
	return ""
}

// pageDepth is how deep in an answer of GraphQL a list of a list is looked for.
const pageDepth = 12

// saysPage reports whether a list of GraphQL says by this name that it has another page, wherever it is in an answer.
func saysPage(value any, name string, depth int) bool {
	switch value := value.(type) {
	case map[string]any:
		page, _ := value["pageInfo"].(map[string]any)
		if page[name] == true {
			return true
		}
		for _, below := range value {
			if depth > 0 && saysPage(below, name, depth-1) {
				return true
			}
		}
	case []any:
		return depth > 0 && slices.ContainsFunc(value, func(item any) bool { return saysPage(item, name, depth-1) })
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

// Length is how many items an answer has that is a list, or has one alone and where most tools have it.
func Length(answer any) (n int, isList bool) {
	list, isList := answer.([]any)
	if object, isObject := answer.(map[string]any); isObject && hasList(object) {
		list, isList = onlyList(object)
	}
	return len(list), isList
}

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

func follows(in pagination) string {
	name := cmp.Or(
		first(in.object, nextNames, namesPage),
		first(in.object, moreNames, func(value any) bool { return value == true }),
		first(in.object, lastNames, func(value any) bool { return value == false }),
	)
	if name == "" {
		return ""
	}
	return quoted(in.at + name)
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
