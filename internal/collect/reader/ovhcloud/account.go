package ovhcloud

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/raci-check/raci-check/internal/collect/ovhterms"
	"github.com/raci-check/raci-check/internal/collect/reader"
)

// rootFacts are what evidence has of the root identity.
type rootFacts struct {
	MFA    string   `json:"mfa,omitempty"`
	Ranges []string `json:"ip_ranges,omitempty"`
}

type userFacts struct {
	Login      string `json:"login"`
	Person     string `json:"person,omitempty"`
	Status     string `json:"status,omitempty"`
	Privileged *bool  `json:"privileged,omitempty"`
}

// writes reports whether a group's role may change all services: ADMIN, or REGULAR, which differs in rights on the account.
func writes(role string) bool { return role == "ADMIN" || role == "REGULAR" }

// account reads the users, and what the API tells of the root identity to itself alone.
func (in *interpreter) account() (reader.Part, error) {
	users, answer, err := body[[]User](in, Users)
	if err != nil {
		return reader.Part{}, err
	}
	groups, _, err := body[[]Group](in, Groups)
	if err != nil {
		return reader.Part{}, err
	}
	policies, err := in.policies()
	if err != nil {
		return reader.Part{}, fmt.Errorf("who is privileged: %w", err)
	}
	groupOf, policiesOf := byName(groups), byIdentities(policies)
	facts := make([]userFacts, len(users))
	for i, user := range users {
		facts[i] = userFacts{Login: user.Login, Person: user.Email}
		status, isWord := ovhterms.UserStatus(user.Status)
		if facts[i].Status = status; !isWord {
			in.words.LeaveOut("/account/users/*/status", user.Login, user.Status)
		}
		if privileged, certain := isPrivileged(user, groupOf, policiesOf); certain {
			facts[i].Privileged = &privileged
		} else {
			in.words.LeaveOut("/account/users/*/privileged", user.Login, user.Group)
		}
	}
	in.from("/user_count", answer.At())
	in.items("/users", answer, len(facts))
	fields := map[string]any{"user_count": len(facts), "users": facts}
	if _, isTold := in.by[Federation]; isTold {
		provider, answer, err := body[Provider](in, Federation)
		if err != nil {
			return reader.Part{}, err
		}
		switch name := provider.Product(); {
		case name != "":
			fields["federation"] = map[string]any{"provider": name}
			in.from("/federation", answer.At())
			in.note("people log in through the identity provider %.80q: the API does not say who they are, so no group is listed", name)
		case provider == (Provider{}):
			fields["groups"] = in.localGroups(groups, users)
		default:
			return reader.Part{}, errors.New("read the identity provider: the answer has no ssoServiceUrl")
		}
	}
	if _, isTold := in.by[DefaultRuleRoute]; isTold {
		root, err := in.root()
		if err != nil {
			return reader.Part{}, err
		}
		fields["root"] = root
	}
	return reader.Part{Fields: fields}, nil
}

// isPrivileged reports whether a user has administrative rights: by the role of its group, or by a policy that allows every
// action to it or its group. It is not certain where the group or its role is not known, or what such a policy allows.
func isPrivileged(user User, groups map[string]Group, policies byIdentity) (privileged, certain bool) {
	group, isTold := groups[user.Group]
	if !isTold {
		return false, false
	}
	if writes(group.Role) {
		return true, true
	}
	certain = (group.Role == "UNPRIVILEGED" || group.Role == "NONE") && user.URN != "" && group.URN != "" // policies name URNs
	for _, urn := range []string{user.URN, group.URN} {
		for _, p := range policies[urn] {
			if p.anything {
				return true, true
			}
			certain = certain && p.allowed != nil
		}
	}
	return false, certain
}

// Factors are the kinds of second factor of the root identity, the strongest first. Each has a route behind Root.
var Factors = []string{"u2f", "totp", "sms"}

// Routes of the addresses that the root identity may log in from.
const (
	DefaultRuleRoute = Root + "/ipDefaultRule"
	AddressesRoute   = Root + "/ip"
)

// root reads the second factors of the root identity and where it may log in from.
func (in *interpreter) root() (rootFacts, error) {
	facts := rootFacts{MFA: "none"}
	for _, factor := range Factors {
		registered, answer, err := body[[]Restriction](in, Root+"/"+factor)
		if err != nil {
			return facts, err
		}
		if facts.MFA == "none" && slices.ContainsFunc(registered, func(r Restriction) bool { return r.Status == "enabled" }) {
			facts.MFA = factor
			in.from("/root/mfa", answer.At())
		}
	}
	otherwise, answer, err := body[DefaultRule](in, DefaultRuleRoute)
	if err != nil {
		return facts, err
	}
	rules, _, err := body[[]IPRestriction](in, AddressesRoute)
	if err != nil {
		return facts, err
	}
	in.from("/root", answer.At())
	switch otherwise.Rule {
	case "accept":
		facts.Ranges = []string{"0.0.0.0/0", "::/0"} // whatever a rule takes away of it
	case "deny":
		var accepted []string
		for _, rule := range rules {
			switch rule.Rule {
			case "accept":
				accepted = append(accepted, rule.IP)
			case "deny":
			default: // it may accept more
				in.words.LeaveOut("/account/root/ip_ranges", "root", rule.Rule)
				return facts, nil
			}
		}
		if facts.Ranges, err = ovhterms.Ranges(sorted(accepted)); err != nil {
			return facts, fmt.Errorf("list the root identity's addresses: %w", err)
		}
	default:
		in.words.LeaveOut("/account/root/ip_ranges", "root", otherwise.Rule)
	}
	return facts, nil
}

// entityFacts are what evidence has of the legal entity.
type entityFacts struct {
	Name         string `json:"name,omitempty"`
	LegalForm    string `json:"legal_form,omitempty"`
	Country      string `json:"country,omitempty"`
	Registration string `json:"registration,omitempty"`
}

// subscription reads who holds the contract.
func (in *interpreter) subscription() (reader.Part, error) {
	holder, answer, err := body[Nichandle](in, Me)
	if err != nil {
		return reader.Part{}, err
	}
	facts := entityFacts{holder.Organisation, holder.LegalForm, strings.ToUpper(holder.Country), holder.Registration}
	if facts == (entityFacts{}) {
		return reader.Part{}, errors.New("read the account: the answer of GET /v1/me has no legal entity")
	}
	in.from("/entity", answer.At())
	fields := map[string]any{"entity": facts}
	if holder.Given != nil { // an answer that an earlier version kept does not say
		fields["data_fields"], fields["data_field_count"] = holder.Given, len(holder.Given)
		in.from("/data_fields", answer.At("given"))
		in.from("/data_field_count", answer.At("given"))
	}
	return reader.Part{Fields: fields}, nil
}

// personal are the fields of nichandle.Nichandle with personal data that people give, by their names in evidence. What the provider
// assigns (the account's name, its currency, its company) and what says something of a company alone are not among them.
var personal = map[string]string{
	"address": "address", "area": "area", "birthCity": "birth_city", "birthDay": "birth_day", "city": "city", "country": "country",
	"email": "email", "fax": "fax", "firstname": "firstname", "legalform": "legal_form", "name": "name",
	"nationalIdentificationNumber": "national_identification_number", "organisation": "organisation", "phone": "phone", "sex": "sex",
	"spareEmail": "spare_email", "vat": "vat", "zip": "zip",
}

// Holder is what is kept of the answer about the account.
func Holder(answer map[string]any) Nichandle {
	text := func(name string) string { value, _ := answer[name].(string); return value }
	filled := []string{}
	for name, word := range personal {
		if value := answer[name]; value != nil && value != "" {
			filled = append(filled, word)
		}
	}
	slices.Sort(filled)
	return Nichandle{
		Registration: text("companyNationalIdentificationNumber"), Country: text("country"), Given: filled,
		LegalForm: text("legalform"), Organisation: text("organisation"),
	}
}
