package ovhcloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"raci-check/internal/collect"
	"raci-check/internal/collect/ovhterms"
)

// user is identity.User.
type user struct {
	Email              string `json:"email,omitempty"`
	Group              string `json:"group,omitempty"`
	LastUpdate         string `json:"lastUpdate,omitempty"`
	Login              string `json:"login"`
	PasswordLastUpdate string `json:"passwordLastUpdate,omitempty"`
	Status             string `json:"status,omitempty"`
	URN                string `json:"urn,omitempty"`
}

// group is identity.Group.
type group struct {
	Name string `json:"name"`
	Role string `json:"role,omitempty"`
	URN  string `json:"urn,omitempty"`
}

// restriction is a second factor of the root account, nichandle.accessRestriction.TOTPAccount and the like.
type restriction struct {
	CreationDate string `json:"creationDate,omitempty"`
	ID           int64  `json:"id"`
	LastUsedDate string `json:"lastUsedDate,omitempty"`
	Status       string `json:"status"`
}

// ipRestriction is nichandle.accessRestriction.IpRestriction.
type ipRestriction struct {
	ID   int64  `json:"id"`
	IP   string `json:"ip"`
	Rule string `json:"rule"`
}

// rootFacts are what evidence has of the root identity.
type rootFacts struct {
	MFA    string   `json:"mfa,omitempty"`
	Ranges []string `json:"ip_ranges,omitempty"`
}

// userFacts are what evidence has of a user.
type userFacts struct {
	Login      string `json:"login"`
	Person     string `json:"person,omitempty"`
	Status     string `json:"status,omitempty"`
	Privileged *bool  `json:"privileged,omitempty"`
}

func (r *reader) readUsers(ctx context.Context) ([]user, error) {
	return each[string, user](ctx, r, question{"list users", "account:apiovh:me/identity/user/get", "/v1/me/identity/user"})
}

func (r *reader) readGroups(ctx context.Context) ([]group, error) {
	return each[string, group](ctx, r, question{"list user groups", "account:apiovh:me/identity/group/get", "/v1/me/identity/group"})
}

// writes reports whether a group's role may change all services: ADMIN, or REGULAR, which differs in rights on the account.
func writes(role string) bool { return role == "ADMIN" || role == "REGULAR" }

// account reads the users, and what the API tells of the root identity to itself alone.
func (r *reader) account(ctx context.Context) (collect.Part, error) {
	users, err := r.users()
	if err != nil {
		return collect.Part{}, err
	}
	groups, err := r.groups()
	if err != nil {
		return collect.Part{}, err
	}
	policies, err := r.policies()
	if err != nil {
		return collect.Part{}, fmt.Errorf("who is privileged: %w", err)
	}
	facts := make([]userFacts, len(users))
	for i, one := range users {
		facts[i] = userFacts{Login: one.Login, Person: one.Email}
		status, known := ovhterms.UserStatus(one.Status)
		if facts[i].Status = status; !known {
			r.words.LeaveOut("/account/users/*/status", one.Login, one.Status)
		}
		if privileged, known := isPrivileged(one, groups, policies); known {
			facts[i].Privileged = &privileged
		} else {
			r.words.LeaveOut("/account/users/*/privileged", one.Login, one.Group)
		}
	}
	fields := map[string]any{"user_count": len(facts), "users": facts}
	answers := append(r.answered("/v1/me/identity/user", users), r.answered("/v1/me/identity/group", groups)...)
	root, told, err := r.root(ctx)
	switch {
	case forbidden(err):
		r.notes.add("the API gives the root identity's second factor and addresses only to its own credentials: %v", err)
	case err != nil:
		return collect.Part{}, err
	default:
		fields["root"] = root
		answers = append(answers, told...)
	}
	return collect.Part{Fields: fields, Answers: answers}, nil
}

// isPrivileged reports whether a user has administrative rights: by the role of its group, or by a policy that allows every action to it or its group. It is not known where the group or its role is
// not, or what such a policy allows.
func isPrivileged(one user, groups []group, policies []policy) (privileged, known bool) {
	at := slices.IndexFunc(groups, func(g group) bool { return g.Name == one.Group })
	if at < 0 {
		return false, false
	}
	if writes(groups[at].Role) {
		return true, true
	}
	known = groups[at].Role == "UNPRIVILEGED" || groups[at].Role == "NONE"
	for _, p := range policies {
		if !names(p, one.URN) && !names(p, groups[at].URN) {
			continue
		}
		if slices.Contains(p.allowed, "*") {
			return true, true
		}
		known = known && p.allowed != nil
	}
	return false, known
}

// names reports whether a policy is for an identity.
func names(p policy, urn string) bool { return urn != "" && slices.Contains(p.Identities, urn) }

// factors are the kinds of second factor, the strongest first.
var factors = []string{"u2f", "totp", "sms"}

// root reads the second factors of the root identity and where it may log in from.
func (r *reader) root(ctx context.Context) (rootFacts, []collect.Answer, error) {
	const route = "/v1/me/accessRestriction"
	facts := rootFacts{MFA: "none"}
	var answers []collect.Answer
	for _, factor := range factors {
		told, err := each[int64, restriction](ctx, r, question{"list the root identity's " + factor, "", route + "/" + factor})
		if err != nil {
			return facts, nil, err
		}
		answers = append(answers, r.answered(route+"/"+factor, told)...)
		if facts.MFA == "none" && slices.ContainsFunc(told, func(one restriction) bool { return one.Status == "enabled" }) {
			facts.MFA = factor
		}
	}
	var otherwise struct {
		Rule string `json:"rule"`
	}
	if _, err := r.get(ctx, question{"read the root identity's rule for other addresses", "", route + "/ipDefaultRule"}, nil, &otherwise); err != nil {
		return facts, nil, err
	}
	rules, err := each[int64, ipRestriction](ctx, r, question{"list the root identity's addresses", "", route + "/ip"})
	if err != nil {
		return facts, nil, err
	}
	answers = append(answers, r.answered(route+"/ipDefaultRule", otherwise)...)
	answers = append(answers, r.answered(route+"/ip", rules)...)
	switch otherwise.Rule {
	case "accept":
		facts.Ranges = []string{"0.0.0.0/0", "::/0"} // whatever a rule takes away of it
	case "deny":
		var accepted []string
		for _, rule := range rules {
			if rule.Rule == "accept" {
				accepted = append(accepted, rule.IP)
			}
		}
		if facts.Ranges, err = ovhterms.Ranges(sorted(accepted)); err != nil {
			return facts, nil, fmt.Errorf("list the root identity's addresses: %w", err)
		}
	default:
		r.words.LeaveOut("/account/root/ip_ranges", "root", otherwise.Rule)
	}
	return facts, answers, nil
}

// nichandle is nichandle.Nichandle without what says more of a person than the contract's legal entity.
type nichandle struct {
	Country      string `json:"country,omitempty"`
	LegalForm    string `json:"legalform,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	Registration string `json:"companyNationalIdentificationNumber,omitempty"`
}

// entityFacts are what evidence has of the legal entity.
type entityFacts struct {
	Name         string `json:"name,omitempty"`
	LegalForm    string `json:"legal_form,omitempty"`
	Country      string `json:"country,omitempty"`
	Registration string `json:"registration,omitempty"`
}

// subscription reads who holds the contract.
func (r *reader) subscription(ctx context.Context) (collect.Part, error) {
	var told nichandle
	if _, err := r.get(ctx, question{"read the account", "account:apiovh:me/get", "/v1/me"}, nil, &told); err != nil {
		return collect.Part{}, err
	}
	facts := entityFacts{told.Organisation, told.LegalForm, strings.ToUpper(told.Country), told.Registration}
	if facts == (entityFacts{}) {
		return collect.Part{}, errors.New("read the account: the answer of GET /v1/me has no legal entity")
	}
	return collect.Part{Fields: map[string]any{"entity": facts}, Answers: r.answered("/v1/me", told)}, nil
}
