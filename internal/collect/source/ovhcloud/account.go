package ovhcloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/raci-check/raci-check/internal/collect"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

func (r *reader) readUsers(ctx context.Context) ([]interpret.User, error) {
	return each(ctx, r, question{"list users", "account:apiovh:me/identity/user/get", interpret.Users}, func(u interpret.User) string { return u.Login })
}

func (r *reader) readGroups(ctx context.Context) ([]interpret.Group, error) {
	return each(ctx, r, question{"list user groups", "account:apiovh:me/identity/group/get", interpret.Groups}, func(g interpret.Group) string { return g.Name })
}

// account reads the users with the policies for them, and what the API tells of the root identity to itself alone.
func (r *reader) account(ctx context.Context) ([]collect.Answer, error) {
	users, err := r.users()
	if err != nil {
		return nil, err
	}
	groups, err := r.groups()
	if err != nil {
		return nil, err
	}
	policies, err := r.policies()
	if err != nil {
		return nil, fmt.Errorf("who is privileged: %w", err)
	}
	answers := append(r.answered(interpret.Users, users), r.answered(interpret.Groups, groups)...)
	provider, err := r.federation(ctx)
	if err != nil {
		return nil, err
	}
	answers = append(answers, provider...)
	root, err := r.root(ctx)
	switch {
	case forbidden(err):
		r.notes.add("the API gives the root identity's second factor and addresses only to its own credentials: %v", err)
	case err != nil:
		return nil, err
	default:
		answers = append(answers, root...)
	}
	var identities []string
	for _, user := range users {
		identities = append(identities, user.URN)
	}
	for _, group := range groups {
		identities = append(identities, group.URN)
	}
	return append(answers, r.allowing(interpret.Naming(policies, identities))...), nil
}

// federation reads the identity provider that people log in through; an empty one where there is none. It may be that the API does not
// tell it to this identity.
func (r *reader) federation(ctx context.Context) ([]collect.Answer, error) {
	var provider interpret.Provider
	_, err := r.get(ctx, federation, nil, &provider)
	switch {
	case absent(err):
		return r.answered(interpret.Federation, interpret.Provider{}), nil
	case forbidden(err):
		r.notes.add("whether people log in through an identity provider is left out, and so are the groups: %v", err)
		return nil, nil
	case err == nil && provider.Product() == "":
		err = errors.New("read the identity provider: the answer has no ssoServiceUrl")
	}
	if err != nil {
		return nil, err
	}
	return r.answered(interpret.Federation, provider.Visible()), nil
}

var federation = question{"read the identity provider", "account:apiovh:me/identity/provider/get", interpret.Federation}

// root reads the second factors of the root identity and where it may log in from.
func (r *reader) root(ctx context.Context) (answers []collect.Answer, err error) {
	for _, factor := range interpret.Factors {
		route := interpret.Root + "/" + factor
		registered, err := each(ctx, r, question{"list the root identity's " + factor, "", route},
			func(f interpret.Restriction) int64 { return f.ID })
		if err != nil {
			return nil, err
		}
		answers = append(answers, r.answered(route, registered)...)
	}
	var otherwise interpret.DefaultRule
	if _, err := r.get(ctx, question{"read the root identity's rule for other addresses", "", interpret.DefaultRuleRoute}, nil, &otherwise); err != nil {
		return nil, err
	}
	rules, err := each(ctx, r, question{"list the root identity's addresses", "", interpret.AddressesRoute},
		func(rule interpret.IPRestriction) int64 { return rule.ID })
	if err != nil {
		return nil, err
	}
	answers = append(answers, r.answered(interpret.DefaultRuleRoute, otherwise)...)
	return append(answers, r.answered(interpret.AddressesRoute, rules)...), nil
}

// subscription reads who holds the contract.
// holder is the answer about the account.
type holder map[string]any

// MarshalJSON is what a session keeps of it: what Holder keeps, and that there is something in the fields with personal data.
func (h holder) MarshalJSON() ([]byte, error) {
	kept := map[string]any{}
	for name, value := range h {
		of := interpret.Holder(map[string]any{name: value})
		switch {
		case of.Registration != "" || of.Country != "" || of.LegalForm != "" || of.Organisation != "":
			kept[name] = value
		case len(of.Given) > 0:
			kept[name] = "given"
		}
	}
	return json.Marshal(kept)
}

func (r *reader) subscription(ctx context.Context) ([]collect.Answer, error) {
	var holder holder
	if _, err := r.get(ctx, question{"read the account", "account:apiovh:me/get", interpret.Me}, nil, &holder); err != nil {
		return nil, err
	}
	return r.answered(interpret.Me, interpret.Holder(holder)), nil
}
