package raci

import (
	"fmt"
	"strings"
)

// Roles are the letters of one party in one activity, such as "RA": responsible, accountable, consulted, informed; ""
// where the party has no part.
type Roles string

// Accountable reports whether the party answers for the activity.
func (r Roles) Accountable() bool { return strings.Contains(string(r), "A") }

func parseRoles(cell string) (Roles, error) {
	seen := map[rune]bool{}
	for _, letter := range cell {
		if !strings.ContainsRune("RACI", letter) {
			return "", fmt.Errorf("%q is not a role: write letters of R, A, C and I", cell)
		}
		if seen[letter] {
			return "", fmt.Errorf("%q has a role twice", cell)
		}
		seen[letter] = true
	}
	return Roles(cell), nil
}

// Heading is a numbered heading of the table, such as 3.1.1 Daily operations.
type Heading struct {
	Number string `yaml:"number"`
	Title  string `yaml:"title"`
}

func (h Heading) String() string { return h.Number + ". " + h.Title }
