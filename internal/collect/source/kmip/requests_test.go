package kmip

import (
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/ttlv"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// The page lists every operation that the program can send, with its action.
func TestThePageListsEveryRequest(t *testing.T) {
	var want []string
	for _, operation := range harmless {
		name := regexp.MustCompile(`([a-z])([A-Z])`).ReplaceAllString(ttlv.EnumStr(kmip.Operation(operation)), "$1 $2")
		want = append(want, name+" "+actions[operation])
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, collecttest.Requests(t, "../../../../docs/collect-kmip.md")); diff != "" {
		t.Error(diff)
	}
}
