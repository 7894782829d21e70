package verdict_test

import (
	"testing"

	"github.com/raci-check/raci-check/internal/verdict"
)

func TestQuantity(t *testing.T) {
	for want, parameter := range map[string]struct {
		value any
		unit  string
	}{
		"1 copy":                {1, "copies"},
		"1 day":                 {1.0, "days"},
		"2 days":                {2, "days"},
		"1 percent":             {1, "percent"},
		"AES, RSA kinds":        {[]any{"AES", "RSA"}, "kinds"},
		"1 1 for yes, 0 for no": {1, "1 for yes, 0 for no"},
	} {
		if got := verdict.Quantity(parameter.value, parameter.unit); got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}
