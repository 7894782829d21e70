package ovhcloud

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/reader"
)

// personFacts are what evidence has of a person, as far as a user shows it.
type personFacts struct {
	ID        string   `json:"id"`
	Logins    []string `json:"logins"`
	Addresses []string `json:"addresses"`

	place string
}

// people lists the users that are persons. What a personnel list knows of a person is believed before it.
func (in *interpreter) people() (reader.Part, error) {
	users, answer, err := body[[]User](in, Users)
	if err != nil {
		return reader.Part{}, err
	}
	facts := []personFacts{}
	by := map[string]int{} // by address
	for i, user := range users {
		if !IsPerson(user) {
			continue
		}
		of, isListed := by[strings.ToLower(user.Email)]
		if !isListed {
			facts = append(facts, personFacts{ID: user.Email, Addresses: []string{user.Email}, place: at(answer, i)})
			of = len(facts) - 1
			by[strings.ToLower(user.Email)] = of
		}
		facts[of].Logins = append(facts[of].Logins, user.Login)
	}
	if len(facts) == 0 {
		return reader.Part{}, nil
	}
	slices.SortFunc(facts, func(a, b personFacts) int { return cmp.Compare(a.ID, b.ID) })
	for i, person := range facts {
		in.from("/people/"+strconv.Itoa(i), person.place)
	}
	return reader.Part{Fields: map[string]any{"people": facts}, Extends: []string{"/people/people"}}, nil
}

// IsPerson reports whether a user is a person's: its login is its address, or the part before the @, or that with a mark of an
// account for administration. A technical user has the address of somebody responsible, or a mailbox of a role.
func IsPerson(user User) bool {
	login, address := strings.ToLower(strings.TrimSpace(user.Login)), strings.ToLower(strings.TrimSpace(user.Email))
	local, _, isAddress := strings.Cut(address, "@")
	if !isAddress || local == "" || slices.Contains(roleMailboxes, local) {
		return false
	}
	login, domain, whole := strings.Cut(login, "@")
	if whole && !strings.HasSuffix(address, "@"+domain) {
		return false
	}
	for _, mark := range administrationMarks {
		for _, between := range []string{".", "-", "_"} {
			login = strings.TrimPrefix(strings.TrimSuffix(login, between+mark), mark+between)
		}
	}
	return login == local
}

// administrationMarks are what a second login of a person has before or after the first one's name.
var administrationMarks = []string{"adm", "admin", "administrator", "root"}

// roleMailboxes are names of mailboxes that belong to a role or a service: those of RFC 2142, and those of a company's IT.
var roleMailboxes = []string{
	"abuse", "ftp", "hostmaster", "info", "list", "marketing", "news", "noc", "postmaster", "sales", "security", "support",
	"usenet", "uucp", "webmaster", "www",
	"admin", "administrator", "alerts", "api", "automation", "backup", "billing", "bot", "ci", "cloud", "contact", "deploy", "dev",
	"devops", "infra", "it", "monitoring", "no-reply", "noreply", "ops", "platform", "root", "service", "sre", "sysadmin", "team",
	"tech", "technical", "terraform", "test",
}
