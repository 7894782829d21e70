package policy

import (
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/document"
)

// Readers are the ids of checks by the fields that they read, and by all that these are in, sorted. Pointers have * for the items of lists. The
// fields of each check are as RestsOn or Seen have them.
func Readers(checks []Check, fieldsOf map[string][]string) map[string][]string {
	all := map[string][]string{}
	for _, check := range checks {
		for _, field := range append(slices.Clone(check.Evidence), fieldsOf[check.ID]...) {
			for pointer := range document.Around(strings.TrimSuffix(field, "/*")) {
				if !strings.HasSuffix(pointer, "/*") && strings.Contains(pointer[1:], "/") || pointer == field {
					all[pointer] = append(all[pointer], check.ID)
				}
			}
		}
	}
	for pointer, ids := range all {
		slices.Sort(ids)
		all[pointer] = slices.Compact(ids)
	}
	return all
}
