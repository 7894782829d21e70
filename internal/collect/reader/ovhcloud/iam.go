package ovhcloud

import (
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/reader"
)

// resolved is a policy with what follows from it.
type resolved struct {
	Policy
	allowed []string // with its groups; nil where they are not known
	limits  ovhterms.Limits
	urns    []string // of the resources

	anything bool // every action is allowed
}

// terms are permissions in the provider's terms.
func (p Permissions) terms() ovhterms.Permissions {
	return ovhterms.Permissions{Allow: actions(p.Allow), Except: actions(p.Except), Deny: actions(p.Deny)}
}

func actions(all []Action) []string {
	names := make([]string, len(all))
	for i, action := range all {
		names[i] = action.Action
	}
	return names
}

// Lacks says what a policy lacks without which nobody knows whom it lets do what; nil where it lacks nothing.
// A policy that lacks its resources would be taken for one that cannot touch the domain.
func Lacks(p Policy) error {
	isEmpty := func(of URN) bool { return of.URN == "" }
	var lacking string
	switch {
	case p.Resources == nil:
		lacking = "resources"
	case slices.ContainsFunc(p.Resources, isEmpty):
		lacking = "the URN of a resource"
	case p.Identities == nil || slices.Contains(p.Identities, ""):
		lacking = "identities"
	case slices.ContainsFunc(p.PermissionsGroups, isEmpty):
		lacking = "the URN of a permissions group"
	case p.Permissions != nil && p.Permissions.lackActions():
		lacking = "the name of an action"
	default:
		return nil
	}
	return fmt.Errorf("the answer about the policy %.80q lacks %s", p.ID, lacking)
}

// lackActions reports whether a permission is about no action.
func (p Permissions) lackActions() bool {
	return slices.ContainsFunc(slices.Concat(p.Allow, p.Deny, p.Except), func(a Action) bool { return a.Action == "" })
}

// LacksActions reports whether a group of permissions has one that is about no action.
func (g PermissionsGroup) LacksActions() bool { return g.Permissions.lackActions() }

// Resolve says why policies cannot be read; nil where they can.
func Resolve(policies []Policy, groups map[string]PermissionsGroup) error {
	for _, policy := range policies {
		if _, err := resolve(policy, groups); err != nil {
			return err
		}
	}
	return nil
}

func resolve(policy Policy, groups map[string]PermissionsGroup) (resolved, error) {
	p := resolved{Policy: policy}
	fail := func(format string, args ...any) (resolved, error) {
		return p, fmt.Errorf("list IAM policies: %s "+format, append([]any{p.ID}, args...)...)
	}
	for _, resource := range p.Resources {
		p.urns = append(p.urns, resource.URN)
	}
	p.urns, p.Identities = sorted(p.urns), sorted(p.Identities)
	var err error
	if p.limits, err = ovhterms.SourceRanges(p.Conditions); err != nil {
		return p, fmt.Errorf("list IAM policies: %s: %w", p.ID, err)
	}
	if p.Permissions == nil {
		return fail("has no permissions")
	}
	var used []ovhterms.Permissions
	for _, named := range p.PermissionsGroups {
		group, isTold := groups[named.URN]
		if !isTold {
			return p, nil
		}
		if group.Permissions == nil {
			return fail("uses the group %s, which has no permissions", named.URN)
		}
		used = append(used, group.Permissions.terms())
	}
	p.allowed = ovhterms.Allowed(p.Permissions.terms(), used...)
	p.anything = slices.Contains(p.allowed, "*")
	return p, nil
}

// Touching are the policies that can touch the domain.
func Touching(policies []Policy, domain string) []Policy {
	return slices.DeleteFunc(slices.Clone(policies), func(p Policy) bool {
		var urns []string
		for _, resource := range p.Resources {
			urns = append(urns, resource.URN)
		}
		return !ovhterms.Touches(urns, domain)
	})
}

// Naming are the policies for one of these identities.
func Naming(policies []Policy, identities []string) []Policy {
	set := map[string]bool{}
	for _, urn := range identities {
		set[urn] = urn != ""
	}
	return slices.DeleteFunc(slices.Clone(policies), func(p Policy) bool {
		return !slices.ContainsFunc(p.Identities, func(urn string) bool { return set[urn] })
	})
}

func names(p Policy, urn string) bool { return urn != "" && slices.Contains(p.Identities, urn) }

// maxActions is how many actions all policies may allow together, and all clients: a group of permissions counts for each that
// uses it. It is more than any account has.
const maxActions = 5_000_000

// spend fails where there are more actions than that.
func (in *interpreter) spend(actions int) error {
	if in.actions += actions; in.actions > maxActions {
		return fmt.Errorf("the policies allow more than %d actions together, which no known account does", maxActions)
	}
	return nil
}

// policies are the policies that are kept, and what they allow.
func (in *interpreter) policies() ([]resolved, error) {
	policies, _, err := body[[]Policy](in, Policies)
	if err != nil {
		return nil, err
	}
	groups := map[string]PermissionsGroup{}
	for _, route := range in.routes {
		if !strings.HasPrefix(route, PermissionsGroups+"/") {
			continue
		}
		group, _, err := body[PermissionsGroup](in, route)
		if err != nil {
			return nil, err
		}
		groups[group.URN] = group
	}
	all := make([]resolved, len(policies))
	for i, policy := range policies {
		if all[i], err = resolve(policy, groups); err != nil {
			return nil, err
		}
		if err := in.spend(len(all[i].allowed)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// byIdentity are policies by the identities that they are for.
type byIdentity map[string][]resolved

func byIdentities(policies []resolved) byIdentity {
	by := byIdentity{}
	for _, p := range policies {
		for _, urn := range p.Identities {
			if urn != "" {
				by[urn] = append(by[urn], p)
			}
		}
	}
	return by
}

// of are the policies for any of these identities, each once.
func (b byIdentity) of(identities ...string) []resolved {
	var policies []resolved
	for i, urn := range identities {
		for _, p := range b[urn] {
			if !slices.ContainsFunc(identities[:i], func(earlier string) bool { return names(p.Policy, earlier) }) {
				policies = append(policies, p)
			}
		}
	}
	return policies
}

func byName(groups []Group) map[string]Group {
	by := make(map[string]Group, len(groups))
	for _, group := range groups {
		if _, isThere := by[group.Name]; !isThere {
			by[group.Name] = group
		}
	}
	return by
}

// kindOf tells for whom a policy is by the URNs of its identities: a user, a group of users and the account itself log in as
// people do; a credential is a program's. It is "" where a policy is for both.
func kindOf(identities []string) string {
	kind := ""
	for _, urn := range identities {
		of := "human"
		if strings.Contains(urn, ":identity:credential:") {
			of = "service"
		}
		if kind != "" && kind != of {
			return ""
		}
		kind = of
	}
	return kind
}

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

func (in *interpreter) iam() (reader.Part, error) {
	policies, err := in.policies()
	if err != nil {
		return reader.Part{}, err
	}
	facts := make([]policyFacts, len(policies))
	for i, p := range policies {
		facts[i] = policyFacts{
			ID: p.ID, Name: p.Name, Kind: kindOf(p.Identities), Identities: p.Identities, IdentityCount: len(p.Identities),
			Allow: p.allowed, Resources: p.urns, ResourceCount: len(p.urns), Ranges: p.limits.Ranges,
			Expires: in.words.Instant("/iam/policies/*/expires_at", p.ID, p.ExpiredAt), ReadOnly: p.ReadOnly,
		}
		for _, unread := range p.limits.Unread {
			in.words.LeaveOut("/iam/policies/*/source_ip_ranges", p.ID, unread)
		}
		if p.allowed != nil {
			count := len(p.allowed)
			facts[i].ActionCount = &count
		}
	}
	answer := in.by[Policies]
	in.from("/policy_count", answer.At())
	in.items("/policies", answer, len(facts))
	return reader.Part{Fields: map[string]any{"policy_count": len(facts), "policies": facts}}, nil
}
