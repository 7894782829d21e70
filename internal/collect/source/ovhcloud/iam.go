package ovhcloud

import (
	"context"
	"fmt"
	"net/url"
	"slices"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/ovhcloud"
)

// readPolicies reads all policies, and the groups of permissions that they allow.
func (r *reader) readPolicies(ctx context.Context) ([]interpret.Policy, error) {
	all, err := list(ctx, r, question{"list IAM policies", "account:apiovh:iam/policy/get", interpret.Policies}, func(p interpret.Policy) string { return p.ID })
	if err != nil {
		return nil, err
	}
	r.permissions = map[string]interpret.PermissionsGroup{}
	isRead := map[string]bool{}
	for i := range all {
		if err := interpret.Lacks(all[i]); err != nil {
			return nil, fmt.Errorf("list IAM policies: %w", err)
		}
		slices.Sort(all[i].Identities)
		if all[i].Conditions != nil {
			all[i].Conditions = ovhterms.KeepConditions(all[i].Conditions)
		}
		for _, group := range all[i].PermissionsGroups {
			if isRead[group.URN] {
				continue
			}
			isRead[group.URN] = true
			if err := r.group(ctx, group.URN); err != nil {
				return nil, err
			}
		}
	}
	return all, interpret.Resolve(all, r.permissions)
}

// group reads what a group of permissions allows. It may be that the API does not tell it to this identity.
func (r *reader) group(ctx context.Context, urn string) error {
	const doing = "read a permissions group"
	var group interpret.PermissionsGroup
	_, err := r.get(ctx, question{doing, "account:apiovh:iam/permissionsGroup/get", permissionsRoute(urn)}, nil, &group)
	switch {
	case forbidden(err):
		r.notes.add("what %s allows is left out, and so are the actions of the policies that use it: %v", urn, err)
		return nil
	case err != nil:
		return err
	case group.Permissions == nil:
		return fmt.Errorf("%s: %s has no permissions", doing, urn)
	case group.LacksActions():
		return fmt.Errorf("%s: the answer about %s lacks the name of an action", doing, urn)
	case group.URN != "":
		if err := isOf(doing, permissionsRoute(urn), urn, group.URN); err != nil {
			return err
		}
	}
	group.URN = urn
	r.permissions[urn] = group
	return nil
}

func permissionsRoute(urn string) string {
	return interpret.PermissionsGroups + "/" + url.PathEscape(urn)
}

// allowing are policies as answers, with the groups of permissions that they use.
func (r *reader) allowing(policies []interpret.Policy) []collect.Answer {
	answers := r.answered(interpret.Policies, policies)
	kept := map[string]bool{}
	for _, policy := range policies {
		for _, used := range policy.PermissionsGroups {
			if group, isTold := r.permissions[used.URN]; isTold && !kept[used.URN] {
				kept[used.URN] = true
				answers = append(answers, r.answered(permissionsRoute(used.URN), group)...)
			}
		}
	}
	return answers
}

// touching are the policies that can touch the domain.
func (r *reader) touching() ([]interpret.Policy, error) {
	all, err := r.policies()
	if err != nil {
		return nil, err
	}
	return interpret.Touching(all, r.request.ServiceID), nil
}

func (r *reader) iam(context.Context) ([]collect.Answer, error) {
	policies, err := r.touching()
	if err != nil {
		return nil, err
	}
	return r.allowing(policies), nil
}
