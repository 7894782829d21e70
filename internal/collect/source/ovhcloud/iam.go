package ovhcloud

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"raci-check/internal/collect"
	"raci-check/internal/collect/ovhterms"
)

// policy is iam.policy.Response.
type policy struct {
	Conditions        any          `json:"conditions,omitempty"`
	ExpiredAt         string       `json:"expiredAt,omitempty"`
	ID                string       `json:"id"`
	Identities        []string     `json:"identities"`
	Name              string       `json:"name,omitempty"`
	Permissions       *permissions `json:"permissions"`
	PermissionsGroups []struct {
		URN string `json:"urn"`
	} `json:"permissionsGroups,omitempty"`
	ReadOnly  bool `json:"readOnly,omitempty"`
	Resources []struct {
		URN string `json:"urn"`
	} `json:"resources"`

	allowed []string // with its groups; nil where they are not known
	ranges  []string
	urns    []string // of the resources
}

// permissions are iam.Permissions, of a policy or a group.
type permissions struct {
	Allow  []action `json:"allow,omitempty"`
	Deny   []action `json:"deny,omitempty"`
	Except []action `json:"except,omitempty"`
}

type action struct {
	Action string `json:"action"`
}

// permissionsGroup is iam.PermissionsGroup.
type permissionsGroup struct {
	Permissions *permissions `json:"permissions"`
	URN         string       `json:"urn"`
}

// actions are what permissions allow. What is taken away by its own name is not there; an action with a wildcard stays, even
// where parts of it are taken away: it is still one.
func (p permissions) actions() []string {
	taken := append(slices.Clone(p.Except), p.Deny...)
	all := []string{}
	for _, one := range p.Allow {
		if !slices.Contains(taken, one) {
			all = append(all, one.Action)
		}
	}
	return all
}

// readPolicies reads all policies, and the groups of permissions that they allow.
func (r *reader) readPolicies(ctx context.Context) ([]policy, error) {
	all, err := list(ctx, r, question{"list IAM policies", "account:apiovh:iam/policy/get", "/v2/iam/policy"}, func(p policy) string { return p.ID })
	if err != nil {
		return nil, err
	}
	groups := map[string][]string{}
	for i := range all {
		p := &all[i]
		for _, resource := range p.Resources {
			p.urns = append(p.urns, resource.URN)
		}
		p.urns, p.Identities = sorted(p.urns), sorted(p.Identities)
		if p.ranges, err = ovhterms.SourceRanges(p.Conditions); err != nil {
			return nil, fmt.Errorf("list IAM policies: %s: %w", p.ID, err)
		}
		if p.Permissions == nil {
			return nil, fmt.Errorf("list IAM policies: %s has no permissions", p.ID)
		}
		taken := append(slices.Clone(p.Permissions.Deny), p.Permissions.Except...)
		p.allowed = p.Permissions.actions()
		for _, group := range p.PermissionsGroups {
			allowed, known := groups[group.URN]
			if !known {
				if allowed, err = r.group(ctx, group.URN); err != nil {
					return nil, err
				}
				groups[group.URN] = allowed
			}
			if allowed == nil {
				p.allowed = nil
				break
			}
			p.allowed = append(p.allowed, allowed...)
		}
		if p.allowed != nil {
			p.allowed = sorted(slices.DeleteFunc(p.allowed, func(name string) bool { return slices.Contains(taken, action{name}) }))
		}
	}
	return all, nil
}

// group is what a group of permissions allows; nil where the API does not tell it to this identity.
func (r *reader) group(ctx context.Context, urn string) ([]string, error) {
	const doing = "read a permissions group"
	var group permissionsGroup
	_, err := r.get(ctx, question{doing, "account:apiovh:iam/permissionsGroup/get", "/v2/iam/permissionsGroup/" + url.PathEscape(urn)}, nil, &group)
	switch {
	case forbidden(err):
		r.notes.add("what %s allows is left out, and so are the actions of the policies that use it: %v", urn, err)
		return nil, nil
	case err != nil:
		return nil, err
	case group.Permissions == nil:
		return nil, fmt.Errorf("%s: %s has no permissions", doing, urn)
	}
	return group.Permissions.actions(), nil
}

// touching are the policies that can touch the domain.
func (r *reader) touching() ([]policy, error) {
	all, err := r.policies()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(p policy) bool { return !ovhterms.Touches(p.urns, r.request.ServiceID) }), nil
}

// kindOf tells for whom a policy is by the URNs of its identities: a user, a group of users and the account itself log in as
// people do; a credential is a program's. It is "" where a policy is for both.
func kindOf(identities []string) string {
	kind := ""
	for _, urn := range identities {
		one := "human"
		if strings.Contains(urn, ":identity:credential:") {
			one = "service"
		}
		if kind != "" && kind != one {
			return ""
		}
		kind = one
	}
	return kind
}

// policyFacts are what evidence has of a policy.
type policyFacts struct {
	ID            string   `json:"id"`
	Name          string   `json:"name,omitempty"`
	Kind          string   `json:"identity_kind,omitempty"`
	Identities    []string `json:"identities,omitempty"`
	IdentityCount int      `json:"identity_count"`
	Allow         []string `json:"allow,omitempty"`
	ActionCount   *int     `json:"action_count,omitempty"`
	Resources     []string `json:"resources,omitempty"`
	ResourceCount int      `json:"resource_count"`
	Ranges        []string `json:"source_ip_ranges,omitempty"`
	Expires       string   `json:"expires_at,omitempty"`
	ReadOnly      bool     `json:"read_only,omitempty"` // the provider's own
}

func (r *reader) iam(context.Context) (collect.Part, error) {
	policies, err := r.touching()
	if err != nil {
		return collect.Part{}, err
	}
	facts := make([]policyFacts, len(policies))
	for i, p := range policies {
		facts[i] = policyFacts{
			ID: p.ID, Name: p.Name, Kind: kindOf(p.Identities), Identities: p.Identities, IdentityCount: len(p.Identities),
			Allow: p.allowed, Resources: p.urns, ResourceCount: len(p.urns), Ranges: p.ranges,
			Expires: r.words.Instant("/iam/policies/*/expires_at", p.ID, p.ExpiredAt), ReadOnly: p.ReadOnly,
		}
		if p.allowed != nil {
			count := len(p.allowed)
			facts[i].ActionCount = &count
		}
	}
	return collect.Part{
		Fields:  map[string]any{"policy_count": len(facts), "policies": facts},
		Answers: r.answered("/v2/iam/policy", policies),
	}, nil
}
