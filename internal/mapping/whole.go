package mapping

import (
	"encoding/json"
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
	_, hasData := object["data"]
	_, hasStatus := object["status"].(string)
	_, hasKind := object["kind"].(string)
	switch {
	case hasKind && isFilled(object["unreachable"]): // of Google
		return quoted("unreachable")
	case hasData && hasStatus && isFilled(object["warnings"]): // of Prometheus, and of those who answer as it does
		return quoted("warnings")
	case hasData && isFilled(object["errors"]): // of GraphQL
		return quoted("errors")
	case object["status"] == "error" && object["errorType"] != nil:
		return quoted("errorType")
	case isError(object):
		return quoted("error")
	}
	return ""
}

func quoted(name string) string { return `"` + name + `" in it` }

func isFilled(value any) bool {
	list, _ := value.([]any)
	return len(list) > 0
}

// isError reports whether an answer has nothing but an error, or errors, and what describes them.
func isError(object map[string]any) bool {
	isThere := false
	for name, value := range object {
		switch name {
		case "error", "errors":
			isThere = isThere || value != nil && value != ""
		case "status", "message":
		default:
			return false
		}
	}
	return isThere
}

// What answers call the next page, besides next, and the objects at their top that may say so.
var (
	nextNames = []string{"@odata.nextLink", "odata.nextLink", "nextLink", "next_link", "nextPageToken", "next_page_token", "nextCursor", "next_cursor", "next_page", "continuationToken"}
	nextIn    = []string{"links", "_links", "paging", "pagination", "page", "meta", "metadata"}
	moreNames = []string{"more", "has_more", "hasMore", "truncated", "isTruncated", "is_truncated"}
	lastNames = []string{"last", "isLast", "is_last"}
)

// FollowedBy is what says in an answer of a tool that another page follows; "" where nothing does.
func FollowedBy(answer any) string {
	object, _ := answer.(map[string]any)
	if text, isText := object["next"].(string); !isText || strings.ContainsAny(text, "/?") { // another may be the next run of a job
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
	pagination, _ := object["pagination"].(map[string]any) // of Veeam
	if n, isNumber := pagination["count"].(json.Number); isNumber && isAbove(pagination["total"], n) {
		return quoted("pagination.total")
	}
	if n := lengthOfOnlyList(object); n >= 0 && isAbove(object["total_count"], json.Number(strconv.Itoa(n))) { // of GitHub
		return quoted("total_count")
	}
	return ""
}

// isAbove reports whether the number of all items is above that of those in the answer.
func isAbove(total any, count json.Number) bool {
	n, isNumber := total.(json.Number)
	all, err := n.Int64()
	few, wrong := count.Int64()
	return isNumber && err == nil && wrong == nil && all > few
}

// lengthOfOnlyList is the length of the one list that an answer has; -1 where it has none, or several.
func lengthOfOnlyList(object map[string]any) int {
	length := -1
	for _, value := range object {
		list, isList := value.([]any)
		switch {
		case isList && length >= 0:
			return -1
		case isList:
			length = len(list)
		}
	}
	return length
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

// namesPage reports whether a value is a link or a token.
func namesPage(value any) bool {
	switch value := value.(type) {
	case string:
		return value != ""
	case json.Number:
		return true
	case map[string]any: // a link of HAL
		return namesPage(value["href"])
	}
	return false
}
