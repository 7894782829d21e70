package permission

import (
	"net/url"
	"strings"
)

// Kind says what a URN names.
type Kind string

// What an identity can be.
const (
	User      Kind = "user"
	Group     Kind = "group"
	Service   Kind = "service"
	Root      Kind = "root"      // the account itself
	Everybody Kind = "everybody" // a wildcard
	Unknown   Kind = "unknown"
)

// Identity is the URN of an identity, taken apart.
type Identity struct {
	Text    string // as it is written
	URN     string // in one spelling
	Kind    Kind
	Account string
	Name    string // login, name of a group, name of a service account; in lower case
}

// ParseIdentity takes the URN of an identity apart. It never fails: what it does not understand is Unknown.
func ParseIdentity(text string) Identity {
	i := Identity{Text: text, URN: fold(text), Kind: Unknown}
	if strings.Contains(i.URN, "*") {
		i.Kind = Everybody
		return i
	}
	parts := strings.SplitN(i.URN, ":", 6)
	if len(parts) != 6 || parts[0] != "urn" || parts[1] != "v1" || parts[2] == "" || parts[3] != "identity" {
		return i
	}
	account, name, named := strings.Cut(parts[5], "/")
	plain := parts[5]
	if parts[4] == "group" {
		name, plain = nameOfGroup(text, name), account // an identity provider's groups have names such as "Key admins"
	}
	if account == "" || named && name == "" || strings.ContainsAny(plain, " :") {
		return i
	}
	i.Account, i.Name = account, name
	switch {
	case parts[4] == "account" && !named:
		i.Kind = Root
	case parts[4] == "user" && named:
		i.Kind = User
	case parts[4] == "group" && named:
		i.Kind = Group
	case parts[4] == "credential" && named:
		i.Kind = Service
	}
	return i
}

// nameOfGroup is the name as the account lists it: in a URN, signs that addresses do not have may be escaped.
func nameOfGroup(urn, name string) string {
	if !strings.Contains(name, "%") {
		return name
	}
	_, escaped, _ := strings.Cut(urn, "/")
	unescaped, err := url.PathUnescape(escaped)
	if err != nil {
		return name
	}
	return fold(unescaped)
}

// Area says what part of everything a resource is.
type Area string

// What a resource can be.
const (
	Domain        Area = "domain"         // the domain with all that is in it
	Object        Area = "object"         // one object in the domain
	Folder        Area = "folder"         // all secrets below a path, or all objects of one kind
	OpenPattern   Area = "open_pattern"   // a pattern that may reach the domain and what is beside it, or a part that nobody can tell
	AccountItself Area = "account"        // the account, with its identities and policies
	Logs          Area = "logs"           // Logs Data Platform
	OtherDomain   Area = "other_domain"   // another domain
	OtherService  Area = "other_service"  // something else of the account
	ResourceGroup Area = "resource_group" // a group that the account has defined
	UnknownArea   Area = "unknown"
)

// Resource is the URN of a resource, taken apart.
type Resource struct {
	Text string // as it is written
	Area Area
	Type string // of the object or folder: serviceKey, secret, kmip, credential, in lower case
	Name string // of the object, or the path that a folder begins with; ids in lower case, paths as written
	URN  string // in one spelling
}

// ParseResource takes the URN of a resource apart, as seen from a domain. It never fails: what it does not understand is
// UnknownArea.
func ParseResource(text, domain string) Resource {
	r := Resource{Text: text, URN: fold(text), Area: UnknownArea}
	raw := strings.TrimSpace(text)
	parts := strings.SplitN(raw, ":", 6)
	wild := strings.Contains(raw, "*")
	switch {
	case len(parts) == 5 && fold(parts[3]) == "resourcegroup" && !wild && parts[4] != "",
		len(parts) == 6 && fold(parts[3]) == "resource" && fold(parts[4]) == "resourcegroup" && !wild && parts[5] != "":
		r.Area = ResourceGroup
		return r
	case len(parts) == 4 && wild, len(parts) == 5 && wild, !strings.Contains(raw, ":") && wild:
		r.Area = OpenPattern
		return r
	case len(parts) != 6 || fold(parts[0]) != "urn" || fold(parts[1]) != "v1" || parts[2] == "" || fold(parts[3]) != "resource":
		if wild {
			r.Area = OpenPattern
		}
		return r
	case strings.Contains(strings.Join(parts[:5], ":"), "*"):
		r.Area = OpenPattern
		return r
	}
	service := fold(parts[4])
	id, below, isBelow := strings.Cut(parts[5], "/")
	switch {
	case id == "":
		return r
	case service == "account":
		r.Area = AccountItself
	case service == "ldp":
		r.Area = Logs
	case service != "okms":
		r.Area = OtherService
	case strings.Contains(id, "*"):
		fixed, _, _ := strings.Cut(fold(id), "*")
		r.Area = OtherDomain
		if strings.HasPrefix(fold(domain), fixed) {
			r.Area = OpenPattern
		}
	case fold(id) != fold(domain):
		r.Area = OtherDomain
	case !isBelow:
		r.Area = Domain
	default:
		r.within(below)
	}
	return r
}

// within reads what stands below the domain's id.
func (r *Resource) within(below string) {
	kind, name, named := strings.Cut(below, "/")
	r.Type = fold(kind)
	switch fixed, rest, wild := strings.Cut(name, "*"); {
	case kind == "*" && !named:
		r.Area, r.Type = Domain, ""
	case r.Type == "":
		r.Area = UnknownArea
	case strings.Contains(kind, "*"):
		r.Area = OpenPattern
	case !named || name == "":
		r.Area = UnknownArea
	case !wild:
		r.Area, r.Name = Object, objectName(r.Type, name)
	case rest == "" && (fixed == "" || r.Type == "secret" && strings.HasSuffix(fixed, "/")):
		r.Area, r.Name = Folder, fixed
	default:
		r.Area = OpenPattern
	}
}

// objectName is the name of an object in one spelling: ids are UUIDs, paths of secrets are case-sensitive.
func objectName(kind, name string) string {
	if kind == "secret" {
		return strings.TrimSpace(name)
	}
	return fold(name)
}
