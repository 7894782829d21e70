package ovhcloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"raci-check/internal/collect"
	"raci-check/internal/collect/ovhterms"
)

// oauth2Client is oauth2.Client.
type oauth2Client struct {
	ClientID string `json:"clientId"`
	Flow     string `json:"flow"`
	Identity string `json:"identity,omitempty"`
	Name     string `json:"name,omitempty"`
}

// apiCredential is api.Credential.
type apiCredential struct {
	AllowedIPs    []string `json:"allowedIPs,omitempty"`
	ApplicationID int64    `json:"applicationId"`
	CredentialID  int64    `json:"credentialId"`
	Expiration    string   `json:"expiration,omitempty"`
	Rules         []struct {
		Method string `json:"method"`
		Path   string `json:"path"`
	} `json:"rules"`
	Status string `json:"status"`
}

// userToken is identity.user.Token: how it is called, and not the token.
type userToken struct {
	ExpiresAt string `json:"expiresAt,omitempty"`
	Name      string `json:"name"`
}

// clientFacts are what evidence has of an API client.
type clientFacts struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Scopes     []string `json:"scopes,omitempty"`
	ScopeCount *int     `json:"scope_count,omitempty"`
	Ranges     []string `json:"ip_ranges,omitempty"`
	Expires    string   `json:"expires_at,omitempty"`
}

// scoped are facts with scopes, where these are known.
func (c clientFacts) scoped(scopes []string) clientFacts {
	if scopes != nil {
		count := len(scopes)
		c.Scopes, c.ScopeCount = scopes, &count
	}
	return c
}

// management reads the credentials of programs that can reach the domain's control plane: service accounts that a policy lets
// touch the domain, application keys whose rules do, and tokens of users.
func (r *reader) management(ctx context.Context) (collect.Part, error) {
	policies, err := r.touching()
	if err != nil {
		return collect.Part{}, fmt.Errorf("what API clients may do: %w", err)
	}
	accounts, answers, err := r.serviceAccounts(ctx, policies)
	if err != nil {
		return collect.Part{}, err
	}
	keys, told, err := r.applicationKeys(ctx)
	if err != nil {
		return collect.Part{}, err
	}
	tokens, more, err := r.userTokens(ctx, policies)
	if err != nil {
		return collect.Part{}, err
	}
	facts := append([]clientFacts{}, slices.Concat(accounts, keys, tokens)...)
	answers = slices.Concat(answers, told, more)
	slices.SortFunc(facts, func(a, b clientFacts) int { return cmp.Compare(a.ID, b.ID) })
	return collect.Part{Fields: map[string]any{"api_client_count": len(facts), "api_clients": facts}, Answers: answers}, nil
}

func (r *reader) serviceAccounts(ctx context.Context, policies []policy) ([]clientFacts, []collect.Answer, error) {
	const route = "/v1/me/api/oauth2/client"
	told, err := each[string, oauth2Client](ctx, r, question{"list OAuth2 clients", "account:apiovh:me/api/oauth2/client/get", route})
	if err != nil {
		return nil, nil, err
	}
	var facts []clientFacts
	others := 0
	for _, client := range told {
		scopes, ranges, touches := rights(policies, client.Identity)
		if !touches || client.Flow != "CLIENT_CREDENTIALS" { // others act with the rights of who logs in
			others++
			continue
		}
		facts = append(facts, clientFacts{ID: client.ClientID, Kind: "oauth2_service_account", Ranges: ranges}.scoped(scopes))
	}
	if others > 0 {
		r.notes.add("%d OAuth2 clients are left out: no policy gives them access to the domain, or they act for the user who logs in", others)
	}
	return facts, r.answered(route, told), nil
}

// rights are what the policies for some identities allow and from where: the actions, nil where they are not known, and the
// addresses, nil where a policy has no such condition.
func rights(policies []policy, identities ...string) (scopes, ranges []string, touches bool) {
	known, bound := true, true
	scopes = []string{}
	for _, p := range policies {
		if !slices.ContainsFunc(identities, func(urn string) bool { return names(p, urn) }) {
			continue
		}
		touches = true
		known, bound = known && p.allowed != nil, bound && p.ranges != nil
		scopes, ranges = append(scopes, p.allowed...), append(ranges, p.ranges...)
	}
	if !known {
		scopes = nil
	} else {
		scopes = append([]string{}, sorted(scopes)...)
	}
	if !bound {
		ranges = nil
	}
	return scopes, sorted(ranges), touches
}

func (r *reader) applicationKeys(ctx context.Context) ([]clientFacts, []collect.Answer, error) {
	const route, doing = "/v1/me/api/credential", "list application keys"
	told, err := each[int64, apiCredential](ctx, r, question{doing, "account:apiovh:me/api/credential/get", route})
	if err != nil {
		return nil, nil, err
	}
	var facts []clientFacts
	for _, credential := range told {
		id := fmt.Sprint(credential.CredentialID)
		scopes := []string{}
		reaches := false
		for _, rule := range credential.Rules {
			scopes = append(scopes, rule.Path)
			reaches = reaches || reachesDomain(rule.Path)
		}
		ended, err := r.ended(credential.Expiration)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %s: %w", doing, id, err)
		}
		if !reaches || ended || slices.Contains([]string{"expired", "refused", "pendingValidation"}, credential.Status) {
			continue
		}
		ranges, err := ovhterms.Ranges(sorted(credential.AllowedIPs))
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %s: allowedIPs: %w", doing, id, err)
		}
		facts = append(facts, clientFacts{ID: id, Kind: "application_key", Ranges: ranges}.scoped(sorted(scopes)))
	}
	return facts, r.answered(route, told), nil
}

// reachesDomain reports whether a rule's path, in which * stands for anything, can be one of OKMS or of IAM, which gives rights
// on it.
func reachesDomain(path string) bool {
	for _, version := range []string{"/v1", "/v2", "/1.0"} {
		if rest, found := strings.CutPrefix(path, version); found && (rest == "" || rest[0] == '/' || rest[0] == '*') {
			path = rest
			break
		}
	}
	fixed, _, wildcard := strings.Cut(path, "*")
	for _, wanted := range []string{"/okms", "/iam"} {
		if strings.HasPrefix(fixed, wanted) || wildcard && strings.HasPrefix(wanted, fixed) {
			return true
		}
	}
	return false
}

// ended reports whether an instant is past; one that is not told is not.
func (r *reader) ended(text string) (bool, error) {
	if text == "" {
		return false, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return false, fmt.Errorf("%.80q is not an RFC 3339 time", text)
	}
	return !at.After(r.request.At), nil
}

// userTokens reads the tokens that users have made. A token may do what its user may, by policies and by the role of its group.
func (r *reader) userTokens(ctx context.Context, policies []policy) ([]clientFacts, []collect.Answer, error) {
	users, err := r.users()
	groups, wrong := r.groups()
	if err := errors.Join(err, wrong); err != nil {
		return nil, nil, err
	}
	var facts []clientFacts
	var answers []collect.Answer
	for _, one := range users {
		route := "/v1/me/identity/user/" + url.PathEscape(one.Login) + "/token"
		told, err := each[string, userToken](ctx, r, question{"list tokens of " + one.Login, "account:apiovh:me/identity/user/token/get", route})
		if err != nil {
			return nil, nil, err
		}
		if len(told) > 0 {
			answers = append(answers, r.answered(route, told)...)
		}
		identities := []string{one.URN}
		role := ""
		if at := slices.IndexFunc(groups, func(g group) bool { return g.Name == one.Group }); at >= 0 {
			identities, role = append(identities, groups[at].URN), groups[at].Role
		}
		scopes, ranges, _ := rights(policies, identities...)
		if writes(role) {
			scopes, ranges = []string{"*"}, nil
		}
		for _, token := range told {
			ended, err := r.ended(token.ExpiresAt)
			if err != nil {
				return nil, nil, fmt.Errorf("list tokens of %s: %s: %w", one.Login, token.Name, err)
			}
			if !ended {
				id := one.Login + "/" + token.Name
				facts = append(facts, clientFacts{
					ID: id, Kind: "personal_access_token", Ranges: ranges, Expires: r.words.Instant("/management/api_clients/*/expires_at", id, token.ExpiresAt),
				}.scoped(scopes))
			}
		}
	}
	return facts, answers, nil
}
