package waiver_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/raci-check/raci-check/internal/document"
)

// Whatever the bytes: no panic, and either errors with places or waivers that name a check, two people and an end.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{good, "kind: Waivers\n", good + good, "api_version: raci-check/v1\nkind: Waivers\nwaivers: []\n", "waivers: [{check: [a]}]\n", "a: 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		waivers, err := parse(text)
		var errs document.Errors
		switch {
		case err != nil && (!errors.As(err, &errs) || errs[0].Line < 1 || errs[0].File != "w.yaml"):
			t.Errorf("no place: %v", err)
		case err != nil:
			return
		}
		for _, w := range waivers {
			if !slices.Contains([]string{"doors.shut", "windows.shut"}, w.Check) || w.ApprovedBy == "" || w.RequestedBy == "" || w.ExpiresOn.IsZero() || w.Location.Line < 1 {
				t.Errorf("waiver %+v", w)
			}
		}
	})
}
