package ovhcloud

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/reader"
)

// clientFacts are what evidence has of an API client.
type clientFacts struct {
	ID         string   `json:"id"`
	Kind       string   `json:"kind"`
	Scopes     []string `json:"scopes,omitempty"`
	ScopeCount *int     `json:"scope_count,omitempty"`
	Ranges     []string `json:"ip_ranges,omitempty"`
	Expires    string   `json:"expires_at,omitempty"`

	place string
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
func (in *interpreter) management() (reader.Part, error) {
	policies, err := in.policies()
	if err != nil {
		return reader.Part{}, fmt.Errorf("what API clients may do: %w", err)
	}
	policiesOf := byIdentities(policies)
	facts := []clientFacts{}
	for _, clients := range []func(byIdentity) ([]clientFacts, error){in.serviceAccounts, in.applicationKeys, in.userTokens} {
		more, err := clients(policiesOf)
		if err != nil {
			return reader.Part{}, err
		}
		facts = append(facts, more...)
	}
	slices.SortFunc(facts, func(a, b clientFacts) int { return cmp.Compare(a.ID, b.ID) })
	for i, fact := range facts {
		in.from("/api_clients/"+strconv.Itoa(i), fact.place)
	}
	return reader.Part{Fields: map[string]any{"api_client_count": len(facts), "api_clients": facts}}, nil
}

// ForUsers is the flow of clients that act with the rights of who logs in. Those of any other flow act with their own.
const ForUsers = "AUTHORIZATION_CODE"

func (in *interpreter) serviceAccounts(policies byIdentity) (facts []clientFacts, err error) {
	clients, answer, err := body[[]OAuth2Client](in, OAuth2Clients)
	if err != nil {
		return nil, err
	}
	rest := 0
	for i, client := range clients {
		scopes, ranges, touches, err := in.rights(policies, client.Identity)
		if err != nil {
			return nil, err
		}
		if !touches || client.Flow == ForUsers {
			rest++
			continue
		}
		facts = append(facts, clientFacts{ID: client.ClientID, Kind: "oauth2_service_account", Ranges: ranges, place: at(answer, i)}.scoped(scopes))
	}
	if rest > 0 {
		in.note("%d OAuth2 clients are left out: no policy gives them access to the domain, or they act for the user who logs in", rest)
	}
	return facts, nil
}

// rights are what the policies for some identities allow and from where: the actions, nil where they are not known, and the
// addresses, nil where a policy has no such condition.
func (in *interpreter) rights(policies byIdentity, identities ...string) (scopes, ranges []string, touches bool, err error) {
	certain, bound := true, true
	scopes = []string{}
	for _, p := range policies.of(identities...) {
		if err := in.spend(1 + len(p.allowed) + len(p.limits.Ranges)); err != nil {
			return nil, nil, false, err
		}
		touches = true
		certain, bound = certain && p.allowed != nil, bound && p.limits.Ranges != nil
		scopes, ranges = append(scopes, p.allowed...), append(ranges, p.limits.Ranges...)
	}
	if !certain {
		scopes = nil
	} else {
		scopes = append([]string{}, sorted(scopes)...)
	}
	if !bound {
		ranges = nil
	}
	return scopes, sorted(ranges), touches, nil
}

func (in *interpreter) applicationKeys(byIdentity) (facts []clientFacts, err error) {
	const doing = "list application keys"
	credentials, answer, err := body[[]APICredential](in, APICredentials)
	if err != nil {
		return nil, err
	}
	for i, credential := range credentials {
		id := fmt.Sprint(credential.CredentialID)
		scopes := []string{}
		reaches := false
		for _, rule := range credential.Rules {
			scopes = append(scopes, rule.Path)
			reaches = reaches || reachesDomain(rule.Path)
		}
		ended, err := in.ended(credential.Expiration)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", doing, id, err)
		}
		if !reaches || ended || slices.Contains([]string{"expired", "refused", "pendingValidation"}, credential.Status) {
			continue
		}
		ranges, err := ovhterms.Ranges(sorted(credential.AllowedIPs))
		if err != nil {
			return nil, fmt.Errorf("%s: %s: allowedIPs: %w", doing, id, err)
		}
		facts = append(facts, clientFacts{ID: id, Kind: "application_key", Ranges: ranges, place: at(answer, i)}.scoped(sorted(scopes)))
	}
	return facts, nil
}

// reachesDomain reports whether a rule's path, in which * stands for anything, can be one of OKMS or of IAM, which gives rights
// on it.
func reachesDomain(path string) bool {
	for _, version := range []string{"/v1", "/v2", "/1.0"} {
		if rest, cut := strings.CutPrefix(path, version); cut && (rest == "" || rest[0] == '/' || rest[0] == '*') {
			path = rest
			break
		}
	}
	fixed, _, wildcard := strings.Cut(path, "*")
	for _, reached := range []string{"/okms", "/iam"} {
		if strings.HasPrefix(fixed, reached) || wildcard && strings.HasPrefix(reached, fixed) {
			return true
		}
	}
	return false
}

// ended reports whether a time is past at the collection; one that is not told is not.
func (in *interpreter) ended(text string) (bool, error) {
	if text == "" {
		return false, nil
	}
	end, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return false, fmt.Errorf("%.80q is not an RFC 3339 time", text)
	}
	return !end.After(in.At), nil
}

func TokenRoute(login string) string { return Users + "/" + url.PathEscape(login) + "/token" }

// userTokens reads the tokens that users have made. A token may do what its user may, by policies and by the role of its group.
func (in *interpreter) userTokens(policies byIdentity) (facts []clientFacts, err error) {
	users, _, err := body[[]User](in, Users)
	if err != nil {
		return nil, err
	}
	groups, _, err := body[[]Group](in, Groups)
	if err != nil {
		return nil, err
	}
	groupOf := byName(groups)
	for _, user := range users {
		tokens, answer, err := body[[]UserToken](in, TokenRoute(user.Login))
		if err != nil {
			return nil, err
		}
		identities := []string{user.URN}
		role := ""
		if group, isTold := groupOf[user.Group]; isTold {
			identities, role = append(identities, group.URN), group.Role
		}
		scopes, ranges, _, err := in.rights(policies, identities...)
		if err != nil {
			return nil, err
		}
		if writes(role) {
			scopes, ranges = []string{"*"}, nil
		}
		for i, token := range tokens {
			ended, err := in.ended(token.ExpiresAt)
			if err != nil {
				return nil, fmt.Errorf("list tokens of %s: %s: %w", user.Login, token.Name, err)
			}
			if !ended {
				id := user.Login + "/" + token.Name
				facts = append(facts, clientFacts{
					ID: id, Kind: "personal_access_token", Ranges: ranges, Expires: in.words.Instant("/management/api_clients/*/expires_at", id, token.ExpiresAt),
					place: at(answer, i),
				}.scoped(scopes))
			}
		}
	}
	return facts, nil
}
