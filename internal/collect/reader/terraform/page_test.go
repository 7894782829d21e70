package terraform

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The page lists every type of resource that is read.
func TestThePageListsEveryResource(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/collect.md")
	if err != nil {
		t.Fatal(err)
	}
	var listed []string
	for _, row := range regexp.MustCompile("(?m)^\\| `ovh_.*$").FindAllString(string(page), -1) {
		for _, name := range regexp.MustCompile("`(ovh_[a-z0-9_]+)`").FindAllStringSubmatch(row, -1) {
			listed = append(listed, name[1])
		}
	}
	slices.Sort(listed)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(attributes)), listed); diff != "" {
		t.Error(diff)
	}
}
