// Package pseudonym puts pseudonyms in the place of what identifies a company and its people: names, ids, addresses. The same value
// has the same pseudonym, of the same form, so that what reads the values reads the pseudonyms. What is no identifier stays: words of
// the provider, times, numbers.
package pseudonym

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/raci-check/raci-check/internal/collect/redact"
)

// Set is a set of values and their pseudonyms. It is not safe for several goroutines.
type Set struct {
	pseudonyms map[key]string
	counts     map[class]int
	values     []string // that have a pseudonym, in lower case

	// While pending is not nil, values that have no pseudonym yet are only noted: they get theirs in their own order, so that
	// sorted lists stay sorted.
	pending map[key]bool
}

// class is a kind of values that are counted together.
type class string

const (
	classUUID    class = "uuid"
	className    class = "name"
	classPerson  class = "person"
	classAccount class = "account"
	classNumber  class = "number"
	classHost    class = "host"
	classDomain  class = "domain"
	classPublic  class = "public network"
	classPrivate class = "private network"
	classWide    class = "wide network"
	classIPv6    class = "IPv6 network"
	classToken   class = "cursor"
	classDigest  class = "digest"
	classCase    class = "spelling" // of a name: how it was written at first
)

type key struct {
	class class
	value string
}

// New is an empty set.
func New() *Set {
	return &Set{pseudonyms: map[key]string{}, counts: map[class]int{}}
}

// Ordered does something twice: at first to note the values that have no pseudonym, and then with pseudonyms for all of them, given in
// the order of the values.
func (s *Set) Ordered(do func()) {
	s.pending = map[key]bool{}
	do()
	noted := s.pending
	s.pending = nil
	sorted := make([]key, 0, len(noted))
	for k := range noted {
		sorted = append(sorted, k)
	}
	slices.SortFunc(sorted, func(a, b key) int {
		byLength := 0
		if a.class == classNumber {
			byLength = cmp.Compare(len(a.value), len(b.value))
		}
		return cmp.Or(cmp.Compare(a.class.rank(), b.class.rank()), strings.Compare(string(a.class), string(b.class)), byLength, strings.Compare(a.value, b.value))
	})
	for _, k := range sorted {
		s.of(k.class, k.value)
	}
	do()
}

// rank is 0 for the classes that come before names: a login is called as its person.
func (c class) rank() int {
	if c == classPerson || c == classHost {
		return 0
	}
	return 1
}

// forms are what the nth value of a class becomes.
var forms = map[class]string{
	classUUID: "00000000-0000-4000-8000-%012d", className: "name-%05d", classPerson: "person-%05d", classAccount: "aa%05d-ovh",
	classNumber: "%d", classHost: "host-%05d.example", classToken: "cursor-%05d", classDigest: "%064d",
}

// firstNumber is the pseudonym of the first number: smaller ones stay what they are.
const firstNumber = 1000

// of is the pseudonym of a value of a class.
func (s *Set) of(kind class, value string) string {
	k := key{kind, value}
	if pseudonym, isNamed := s.pseudonyms[k]; isNamed {
		return pseudonym
	}
	isNamed := kind == classPerson || kind == classHost // that other answers may have as a name: a login, a provider
	if isNamed {
		if pseudonym, isNamed := s.pseudonyms[key{className, value}]; isNamed {
			return pseudonym
		}
	}
	if s.pending != nil {
		s.pending[k] = true
		return value
	}
	s.counts[kind]++
	n := s.counts[kind]
	pseudonym := ""
	switch kind {
	case classNumber:
		pseudonym = strconv.Itoa(firstNumber + n)
	case classDomain:
		pseudonym = domain(n)
	case classPublic, classPrivate, classWide, classIPv6:
		pseudonym = strconv.Itoa(n - 1)
	default:
		pseudonym = fmt.Sprintf(forms[kind], n)
	}
	s.pseudonyms[k] = pseudonym
	if isNamed {
		s.pseudonyms[key{className, value}] = pseudonym
	}
	if kind == classUUID || kind == className || kind == classPerson || kind == classAccount {
		s.values = append(s.values, value)
	}
	return pseudonym
}

// domain is the nth domain of e-mail addresses: names that are reserved for documentation (RFC 2606).
func domain(n int) string {
	if reserved := []string{"example.com", "example.org", "example.net"}; n <= len(reserved) {
		return reserved[n-1]
	}
	return fmt.Sprintf("domain-%05d.example", n)
}

// form is a pattern that is compiled when it is first asked for: few runs need pseudonyms, and these patterns took 0.5 ms of every start.
func form(pattern string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(pattern) })
}

var (
	uuidForm    = form(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)
	emailForm   = form(`^[^\s@/:]+@[^\s@/:]+\.[^\s@/:]+$`)
	accountForm = form(`(?i)^[a-z]{2}[0-9]*-ovh$`)
	regionForm  = form(`^[a-z]{2}-[a-z]+-[a-z]{3}$`) // of the provider, such as eu-west-par
	digestForm  = form(`^[0-9a-f]{64}$`)
	// providerAction is an action of the provider's own APIs, such as okms:apikms:serviceKey/get.
	providerAction = form(`^[a-zA-Z-]+:(apikms|apiovh|kmip):[a-zA-Z0-9/*-]+$`)
	integerForm    = form(`^[0-9]+$`)
	// timeForm are times, dates, times of day, and durations of Go and of ISO 8601.
	timeForm = form(`^(\d{4}-\d\d-\d\d([T ][0-9:.]+(Z|[+-]\d\d:?\d\d)?)?|\d\d?:\d\d(:\d\d)?|(\d+(\.\d+)?(ns|us|ms|s|m|h|d))+|P(\d+[YMWD])*(T(\d+[HMS])+)?)$`)
)

// Value is the pseudonym of a text that may be a name, an id, an address, or a resource name with such in it.
func (s *Set) Value(text string) string {
	lower := strings.ToLower(text)
	switch {
	case providerAction().MatchString(text) && isWord(text):
		return text
	case text == "" || text == redact.Mark || words[lower] || slices.Contains(products, lower) || timeForm().MatchString(text) || regionForm().MatchString(text):
		return text
	case redact.SecretValue(text):
		return redact.Mark
	case uuidForm().MatchString(text):
		return s.of(classUUID, lower)
	case digestForm().MatchString(text):
		return s.Digest(text)
	case strings.HasPrefix(text, "urn:"):
		return s.urn(text)
	case strings.Contains(text, "://"):
		return s.Address(text)
	case emailForm().MatchString(text):
		return s.mail(text)
	case accountForm().MatchString(text):
		return s.of(classAccount, lower)
	}
	if network, isNetwork := s.network(text); isNetwork {
		return network
	}
	switch {
	case strings.Contains(text, ","): // a list in a text, as conditions have them
		parts := strings.Split(text, ",")
		for i, part := range parts {
			bare := strings.TrimSpace(part)
			parts[i] = strings.Replace(part, bare, s.Value(bare), 1)
		}
		return strings.Join(parts, ",")
	case strings.Contains(text, "*"):
		return s.pattern(text)
	case strings.Contains(text, "/"):
		parts := strings.Split(text, "/")
		for i := range parts {
			parts[i] = s.Value(parts[i])
		}
		return strings.Join(parts, "/")
	case integerForm().MatchString(text):
		return s.number(text)
	}
	return s.name(text)
}

// marks are what a name has before or behind it, which says what it is the name of.
var (
	marksBefore = []string{"adm", "admin", "administrator", "root", "oauth2"}
	marksAfter  = []string{"adm", "admin", "administrator", "root"}
)

// name is the pseudonym of a name, with its marks. Names that differ in case alone have pseudonyms that do, too.
func (s *Set) name(text string) string {
	lower := strings.ToLower(text)
	for _, between := range []string{".", "-", "_"} {
		for _, mark := range marksBefore {
			if n := len(mark) + 1; strings.HasPrefix(lower, mark+between) && len(text) > n {
				return text[:n] + s.Value(text[n:])
			}
		}
		for _, mark := range marksAfter {
			if n := len(text) - len(mark) - 1; strings.HasSuffix(lower, between+mark) && n > 0 {
				return s.Value(text[:n]) + text[n:]
			}
		}
	}
	pseudonym := s.of(className, lower)
	if text == lower {
		return pseudonym
	}
	if first, isSpelled := s.pseudonyms[key{classCase, lower}]; !isSpelled || first == text {
		if s.pending == nil {
			s.pseudonyms[key{classCase, lower}] = text
		}
		return strings.ToUpper(pseudonym[:1]) + pseudonym[1:]
	}
	return strings.ToUpper(pseudonym)
}

func (s *Set) mail(text string) string {
	local, of, _ := strings.Cut(strings.ToLower(text), "@")
	if !words[local] {
		local = s.person(local)
	}
	return local + "@" + s.of(classDomain, of)
}

// person is the pseudonym of the part of an address before the @, with its marks.
func (s *Set) person(local string) string {
	for _, between := range []string{".", "-", "_"} {
		for _, mark := range marksAfter {
			if rest, isMarked := strings.CutPrefix(local, mark+between); isMarked && rest != "" {
				return mark + between + s.of(classPerson, rest)
			}
			if rest, isMarked := strings.CutSuffix(local, between+mark); isMarked && rest != "" {
				return s.of(classPerson, rest) + between + mark
			}
		}
	}
	return s.of(classPerson, local)
}

// urn is a name such as urn:v1:eu:identity:user:ACCOUNT/LOGIN: the words stay, what is behind them is named.
func (s *Set) urn(text string) string {
	parts := strings.Split(text, ":")
	if len(parts) > 4 && strings.EqualFold(parts[3], "permissionsGroup") && parts[4] == "ovh" { // one of the provider's own
		return text
	}
	for i := 1; i < len(parts); i++ {
		isWord := i < 4 || i == 4 && (strings.EqualFold(parts[3], "resource") || strings.EqualFold(parts[3], "identity"))
		if isWord && wordForm().MatchString(parts[i]) {
			continue
		}
		parts[i] = s.Value(parts[i])
	}
	return strings.Join(parts, ":")
}

// pattern is a text with * for any text. What stands before one is a part of a value: if it begins one that is known, it becomes the
// pseudonym of the whole of that.
func (s *Set) pattern(text string) string {
	pieces := strings.Split(text, "*")
	for i, piece := range pieces {
		if i == 0 && len(pieces) > 1 && piece != "" && !strings.HasSuffix(piece, "/") {
			before := ""
			if at := strings.LastIndex(piece, "/"); at >= 0 {
				before, piece = s.Value(piece[:at])+"/", piece[at+1:]
			}
			pieces[i] = before + s.Value(s.begun(piece))
			continue
		}
		pieces[i] = s.Value(piece)
	}
	return strings.Join(pieces, "*")
}

// begun is the first known value that begins with a text; the text itself where there is none.
func (s *Set) begun(text string) string {
	lower := strings.ToLower(text)
	if slices.Contains(s.values, lower) {
		return text
	}
	for _, value := range s.values {
		if strings.HasPrefix(value, lower) {
			return value
		}
	}
	return text
}

func (s *Set) number(text string) string {
	text = strings.TrimLeft(text, "0")
	if n, err := strconv.Atoi(text); text == "" || err == nil && n < firstNumber {
		return cmp.Or(text, "0")
	}
	return s.of(classNumber, text)
}

// providers are the domains of the provider's own hosts.
var providers = []string{"ovh.com", "ovh.net", "ovh.us", "ovhcloud.com"}

// vendors are the domains below which identity providers have a host for each customer. What is below them is named, they stay.
var vendors = []string{
	"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn", "sts.windows.net", "accounts.google.com",
	"okta.com", "okta-emea.com", "oktapreview.com", "auth0.com", "onelogin.com", "pingone.com", "pingone.eu", "pingidentity.com", "jumpcloud.com",
}

// Host is a host, with a port or without, as it may be known: one of the provider stays.
func (s *Set) Host(text string) string {
	host, port, hasPort := strings.Cut(text, ":")
	lower := strings.ToLower(host)
	isKnown := lower == "localhost" || lower == "" || slices.ContainsFunc(providers, func(domain string) bool {
		return lower == domain || strings.HasSuffix(lower, "."+domain)
	})
	if network, isNetwork := s.network(host); isNetwork {
		host = network
	} else if !isKnown {
		of := ""
		for _, vendor := range vendors {
			if lower == vendor || strings.HasSuffix(lower, "."+vendor) {
				lower, of = strings.TrimSuffix(strings.TrimSuffix(lower, vendor), "."), vendor
			}
		}
		switch {
		case of == "":
			host = s.of(classHost, lower)
		case lower == "":
			host = of
		default:
			host = s.Value(lower) + "." + of
		}
	}
	if hasPort {
		return host + ":" + port
	}
	return host
}

// plainQuery are the parameters of queries whose values stay.
var plainQuery = []string{"state", "max", "region"}

// Address is an address, with pseudonyms in its host, its path and its query.
func (s *Set) Address(text string) string {
	address, err := url.Parse(text)
	if err != nil || address.Opaque != "" {
		return redact.Mark
	}
	segments := strings.Split(address.EscapedPath(), "/")
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil {
			plain = segment
		}
		segments[i] = url.PathEscape(s.Value(plain))
	}
	query := address.Query()
	for name, values := range query {
		for i := range values {
			switch {
			case redact.Secret(name):
				values[i] = redact.Mark
			case name == "continuation-token":
				values[i] = s.Token(values[i])
			case !slices.Contains(plainQuery, name):
				values[i] = s.Value(values[i])
			}
		}
	}
	out := address.Scheme + "://" + s.Host(address.Host) + strings.Join(segments, "/")
	if len(query) > 0 {
		out += "?" + query.Encode()
	}
	return out
}

// Token is the pseudonym of a token that says where a list goes on.
func (s *Set) Token(text string) string {
	if text == "" {
		return ""
	}
	return s.of(classToken, text)
}

// Digest is the pseudonym of a digest in hexadecimal digits.
func (s *Set) Digest(text string) string { return s.of(classDigest, text) }
