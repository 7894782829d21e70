package ovhcloud

import (
	"net/url"
	"slices"
	"strings"
)

// Visible is a provider as it may be kept: the address without what may be a credential.
func (p Provider) Visible() Provider {
	address, err := url.Parse(p.SSOServiceURL)
	if err != nil {
		p.SSOServiceURL = ""
		return p
	}
	p.SSOServiceURL = (&url.URL{Scheme: address.Scheme, Host: address.Host, Path: address.Path}).String()
	return p
}

// products are identity providers by what their addresses of SAML 2.0 have in common: hosts and all below them, or a part of the path.
// The sources are the vendors' guides to SAML.
var products = []struct {
	name  string
	hosts []string
	path  string
}{
	{"Entra ID", []string{"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "sts.windows.net"}, ""},
	{"Google Workspace", []string{"accounts.google.com"}, ""},
	{"Okta", []string{"okta.com", "okta-emea.com", "oktapreview.com"}, ""},
	{"Auth0", []string{"auth0.com"}, ""},
	{"OneLogin", []string{"onelogin.com"}, ""},
	{"PingOne", []string{"pingone.com", "pingone.eu", "pingidentity.com"}, ""},
	{"JumpCloud", []string{"jumpcloud.com"}, ""},
	{"Keycloak", nil, "/protocol/saml"},
	{"AD FS", nil, "/adfs/"},
}

// Product is the identity provider, by its address: the product where the address tells it, or else the host. It is empty where there
// is no address.
func (p Provider) Product() string {
	address, err := url.Parse(p.SSOServiceURL)
	if err != nil || address.Hostname() == "" {
		return ""
	}
	host := strings.ToLower(address.Hostname())
	for _, product := range products {
		isBelow := slices.ContainsFunc(product.hosts, func(domain string) bool { return host == domain || strings.HasSuffix(host, "."+domain) })
		if isBelow || product.path != "" && strings.Contains(strings.ToLower(address.Path), product.path) {
			return product.name
		}
	}
	return host
}

type groupFacts struct {
	Name      string   `json:"name"`
	Federated bool     `json:"federated"`
	Members   []string `json:"members"`
	Count     int      `json:"member_count"`
}

// localGroups are the groups of an account without federation: their members are users, each of one group.
func (in *interpreter) localGroups(groups []Group, users []User) []groupFacts {
	_, answer, _ := body[[]Group](in, Groups) // it was read before
	members := map[string][]string{}
	for _, user := range users {
		members[user.Group] = append(members[user.Group], user.Login)
	}
	facts := make([]groupFacts, len(groups))
	for i, group := range groups {
		logins := append([]string{}, sorted(members[group.Name])...)
		facts[i] = groupFacts{Name: group.Name, Members: logins, Count: len(logins)}
	}
	in.items("/groups", answer, len(facts))
	return facts
}
