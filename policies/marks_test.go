package policies_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/consistency"
	"github.com/raci-check/raci-check/internal/fleettest"
)

// What stands for one domain is noticed when a second domain of the run has it too: a whole section, or one id or artifact of it.
func TestFactsCopiedToASecondDomainAreNoticed(t *testing.T) {
	for _, folder := range []string{"compliant", "small"} {
		t.Run(folder, func(t *testing.T) {
			e := newExample(t, folder)
			second := fleettest.WithIDs(e.encoded, 1)
			other := func() map[string]any {
				value := decode(t, second)
				for i, section := range fleettest.Sections {
					value = set(t, value, "/"+section+"/source/artifact/sha256", fmt.Sprintf("%064d", i))
				}
				return value
			}
			claimed := func(value map[string]any) int {
				owners := consistency.NewOwners()
				owners.Claim(0, e.plan.Marks(e.value))
				return len(owners.Claim(1, e.plan.Marks(value))[0])
			}
			if n := claimed(other()); n > 0 {
				t.Fatalf("%d marks of another domain are already claimed", n)
			}
			copies, marked := 0, map[string]bool{} // an export that lists nothing may be the same in two domains
			for _, mark := range e.plan.Marks(e.value) {
				marked[strings.Split(mark.Pointer, "/")[1]] = true
			}
			for section := range e.value {
				if e.plan.Scope(section) != consistency.Domain || !marked[section] {
					continue
				}
				copies++
				if claimed(set(t, other(), "/"+section, e.value[section])) == 0 {
					t.Errorf("/%s may be copied to another domain, and nothing notices", section)
				}
			}
			for _, mark := range e.plan.Marks(e.value) {
				copies++
				if claimed(set(t, other(), mark.Pointer, mark.Text)) != 1 {
					t.Errorf("%s may be copied to another domain, and nothing notices", mark.Pointer)
				}
			}
			t.Logf("%d copies noticed", copies)
		})
	}
}
