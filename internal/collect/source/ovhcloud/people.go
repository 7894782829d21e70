package ovhcloud

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"raci-check/internal/collect"
)

// personFacts are what evidence has of a person, as far as a user shows it.
type personFacts struct {
	ID        string   `json:"id"`
	Logins    []string `json:"logins"`
	Addresses []string `json:"addresses"`
}

// people lists the users that are persons. The API does not say which are: one whose login is its own address is. What a
// personnel list knows of a person is believed before it.
func (r *reader) people(context.Context) (collect.Part, error) {
	users, err := r.users()
	if err != nil {
		return collect.Part{}, err
	}
	facts := []personFacts{}
	var shown []user
	for _, one := range users {
		if !isPerson(one) {
			continue
		}
		shown = append(shown, one)
		at := slices.IndexFunc(facts, func(p personFacts) bool { return strings.EqualFold(p.ID, one.Email) })
		if at < 0 {
			facts = append(facts, personFacts{ID: one.Email, Addresses: []string{one.Email}})
			at = len(facts) - 1
		}
		facts[at].Logins = append(facts[at].Logins, one.Login)
	}
	if others := len(users) - len(shown); others > 0 {
		r.notes.add("%d users are not listed as people, because their logins are not their e-mail addresses: "+
			"a personnel list says whose they are, and programs belong in /people/programs", others)
	}
	if len(facts) == 0 {
		return collect.Part{}, nil
	}
	slices.SortFunc(facts, func(a, b personFacts) int { return cmp.Compare(a.ID, b.ID) })
	return collect.Part{
		Fields:  map[string]any{"people": facts},
		Extends: []string{"/people/people"},
		Answers: r.answered("/v1/me/identity/user", shown),
	}, nil
}

// isPerson reports whether a user is a person's: its login is its address, or the part before the @, or that with a mark of an
// account for administration. A technical user has the address of somebody responsible, or a mailbox of a role.
func isPerson(one user) bool {
	login, address := strings.ToLower(strings.TrimSpace(one.Login)), strings.ToLower(strings.TrimSpace(one.Email))
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
