package suggest_test

import (
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/suggest"
)

func TestUnknown(t *testing.T) {
	many := strings.Split("abcdefghijklmnopq", "")
	for _, test := range []struct {
		name  string
		names []string
		want  string
	}{
		{"backup", []string{"backups", "secrets"}, `unknown duty "backup", did you mean "backups"?`},
		{"x", []string{"backups", "secrets"}, `unknown duty "x", known are backups, secrets`},
		{"xyz", many, `unknown duty "xyz"`},
		{"x", nil, `unknown duty "x"`},
		{"", []string{"a"}, `unknown duty "", known are a`},
		{"ib", []string{"db", "ok"}, `unknown duty "ib", did you mean "db"?`},
		{"kx", []string{"id"}, `unknown duty "kx", known are id`},
		{"rpo", []string{"rto_days", "rpo_hours"}, `unknown duty "rpo", did you mean "rpo_hours"?`},
		{"--out-put", []string{"--output"}, `unknown duty "--out-put", did you mean "--output"?`},
		{"a\x1b[31m", []string{"zzzzzzzz"}, `unknown duty "a\x1b[31m", known are zzzzzzzz`},
		{strings.Repeat("a", 65), []string{"b"}, "unknown duty, known are b"},
	} {
		if got := suggest.Unknown("duty", test.name, test.names); got != test.want {
			t.Errorf("got %s, wanted %s", got, test.want)
		}
	}
}
