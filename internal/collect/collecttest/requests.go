package collecttest

import (
	"os"
	"regexp"
	"slices"
	"testing"
)

// Requests are the rows of a page's table of requests, each as its request and its action; an action that is not there is empty.
func Requests(t testing.TB, page string) []string {
	t.Helper()
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `((?:GET /|[A-Z])[^`]*)`(?:, and each)? \\| (?:`([^`]*)`)? ?\\|").FindAllStringSubmatch(string(content), -1)
	var all []string
	for _, row := range rows {
		all = append(all, row[1]+" "+row[2])
	}
	if len(all) == 0 {
		t.Fatalf("%s has no table of requests", page)
	}
	slices.Sort(all)
	return all
}
