package ovhcloud

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/raci-check/raci-check/internal/collect"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

// management reads the credentials of programs that can reach the domain's control plane, and what gives them rights on it.
func (r *reader) management(ctx context.Context) ([]collect.Answer, error) {
	policies, err := r.touching()
	if err != nil {
		return nil, fmt.Errorf("what API clients may do: %w", err)
	}
	clients, err := each(ctx, r, question{"list OAuth2 clients", "account:apiovh:me/api/oauth2/client/get", interpret.OAuth2Clients},
		func(c interpret.OAuth2Client) string { return c.ClientID })
	for _, client := range clients {
		if err == nil && client.Identity == "" && client.Flow != interpret.ForUsers {
			err = fmt.Errorf("list OAuth2 clients: the answer about %.80q lacks its identity, so nobody knows which policies are for it", client.ClientID)
		}
	}
	if err != nil {
		return nil, err
	}
	keys, err := each(ctx, r, question{"list application keys", "account:apiovh:me/api/credential/get", interpret.APICredentials},
		func(c interpret.APICredential) int64 { return c.CredentialID })
	for _, key := range keys {
		if err == nil && (key.Rules == nil || slices.ContainsFunc(key.Rules, func(rule interpret.Rule) bool { return rule.Path == "" })) {
			err = fmt.Errorf("list application keys: the answer about %d lacks rules, or the path of one, so nobody knows what the key may ask for", key.CredentialID)
		}
	}
	if err != nil {
		return nil, err
	}
	tokens, err := r.userTokens(ctx)
	if err != nil {
		return nil, err
	}
	answers := append(r.answered(interpret.OAuth2Clients, clients), r.answered(interpret.APICredentials, keys)...)
	return append(append(answers, tokens...), r.allowing(policies)...), nil
}

// userTokens reads the tokens that users have made, and keeps the users that have one, with their groups.
func (r *reader) userTokens(ctx context.Context) ([]collect.Answer, error) {
	users, err := r.users()
	groups, wrong := r.groups()
	if err := errors.Join(err, wrong); err != nil {
		return nil, err
	}
	owners, theirs := []interpret.User{}, []interpret.Group{}
	var answers []collect.Answer
	for _, user := range users {
		route := interpret.TokenRoute(user.Login)
		tokens, err := each(ctx, r, question{"list tokens of " + user.Login, "account:apiovh:me/identity/user/token/get", route},
			func(t interpret.UserToken) string { return t.Name })
		if err != nil {
			return nil, err
		}
		if len(tokens) > 0 {
			owners = append(owners, user)
			answers = append(answers, r.answered(route, tokens)...)
		}
	}
	for _, group := range groups {
		if slices.ContainsFunc(owners, func(u interpret.User) bool { return u.Group == group.Name }) {
			theirs = append(theirs, group)
		}
	}
	answers = append(answers, r.answered(interpret.Users, owners)...)
	return append(answers, r.answered(interpret.Groups, theirs)...), nil
}
