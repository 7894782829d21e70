package ovhcloud

import (
	"context"

	"github.com/raci-check/raci-check/internal/collect"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

// people keeps the users that are persons. The API does not say which are: one whose login is its own address is.
func (r *reader) people(context.Context) ([]collect.Answer, error) {
	users, err := r.users()
	if err != nil {
		return nil, err
	}
	var people []interpret.User
	for _, user := range users {
		if interpret.IsPerson(user) {
			people = append(people, user)
		}
	}
	if rest := len(users) - len(people); rest > 0 {
		r.notes.add("%d users are not listed as people, because their logins are not their e-mail addresses: "+
			"a personnel list says whose they are, and programs belong in /people/programs", rest)
	}
	if people == nil {
		return nil, nil
	}
	return r.answered(interpret.Users, people), nil
}
