// Package ovhterms reads the provider's own terms, which its API and Terraform's state have in common: which resources a
// policy reaches, from where, how long a retention is, how a region is spelled.
package ovhterms

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/raci-check/raci-check/internal/collect/redact"
)

// Touches reports whether a policy for these resource URNs can touch a domain: they name it or what is in it, by a name or by one
// with wildcards, or an account, or a group that may hold it. Upper and lower case are the same.
func Touches(urns []string, domain string) bool {
	return slices.ContainsFunc(urns, func(urn string) bool { return touches(strings.ToLower(urn), strings.ToLower(domain)) })
}

// Region is a region as evidence and the reference data spell it: eu-west-par, which some APIs and the provider of Terraform write
// as EU_WEST_PAR.
func Region(text string) string { return strings.ReplaceAll(strings.ToLower(text), "_", "-") }

const resourceType = ":resource:okms:"

func touches(urn, domain string) bool {
	if strings.Contains(urn, domain) || strings.Contains(urn, ":resourcegroup:") || strings.Contains(urn, ":resource:account:") {
		return true
	}
	literal, wildcards, is := strings.Cut(urn, "*")
	if !is {
		return false
	}
	// What stands behind a wildcard in the domain's id may match what is in the domain.
	head, _, _ := strings.Cut(urn, "/")
	if at := strings.Index(urn, resourceType); at >= 0 {
		if star := strings.Index(urn[at:], "*"); star >= 0 {
			head = urn[:at+star] + "*"
		}
	}
	for _, location := range []string{"eu", "ca", "us"} { // the provider's accounts
		if Matches(head, "urn:v1:"+location+resourceType+domain) {
			return true
		}
		for _, holder := range []string{":resource:account:", ":resourcegroup:"} {
			if wildcards == "" && strings.HasPrefix("urn:v1:"+location+holder, literal) {
				return true
			}
			// A wildcard may stand for a part of the type. The last part names an account or a group, and may be any.
			if at := strings.LastIndexByte(urn, ':'); at > len(literal) && Matches(urn[:at+1], "urn:v1:"+location+holder) {
				return true
			}
		}
	}
	return false
}

// Matches reports whether a pattern, in which * stands for any text, matches the whole of a text. A pattern that matches another
// pattern matches all that the other does.
func Matches(pattern, text string) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && pattern[p] == text[t]:
			p++
			t++
		case star >= 0: // the last * takes one more
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// Permissions are the actions that a policy, or a group of permissions, names. Any may have wildcards.
type Permissions struct{ Allow, Except, Deny []string }

// Allowed are the actions that a policy allows, sorted, each once. Except takes away from the list that it stands beside, and not
// from permissions groups; deny takes away from all of them (github.com/ovh/terraform-provider-ovh, docs/resources/iam_policy.md).
// An action with a wildcard stays where only a part of it is taken away.
func Allowed(policy Permissions, groups ...Permissions) []string {
	allowed, denied := []string{}, []string{}
	for _, of := range append([]Permissions{policy}, groups...) {
		denied = append(denied, of.Deny...)
		allowed = append(allowed, less(of.Allow, of.Except)...)
	}
	allowed = less(allowed, denied)
	slices.Sort(allowed)
	return slices.Compact(allowed)
}

// maxCompared is how often an action is compared with a pattern, for one list of actions.
const maxCompared = 10_000_000

// less are actions without those that patterns match.
func less(actions, patterns []string) []string {
	wild := slices.DeleteFunc(slices.Clone(patterns), func(pattern string) bool { return !strings.Contains(pattern, "*") })
	if len(wild) > maxCompared/max(1, len(actions)) { // more than any policy has: what they take away stays
		wild = nil
	}
	exact := make(map[string]bool, len(patterns))
	for _, pattern := range patterns {
		exact[pattern] = true
	}
	return slices.DeleteFunc(slices.Clone(actions), func(action string) bool {
		return exact[action] || slices.ContainsFunc(wild, func(pattern string) bool { return Matches(pattern, action) })
	})
}

// Limits are what a policy's conditions limit it to.
type Limits struct {
	Ranges []string // of addresses, in CIDR notation; nil where there is no limit
	// Unread are the parts about addresses that evidence has no words for, and unknown operators, such as request.IP.NOT_IN; and
	// what is redacted.
	Unread []string
}

// SourceRanges are the addresses that a policy's conditions limit it to. Only a condition that must hold limits: one below OR or
// NOT does not. Blocks of Terraform are lists, and call what is below a condition by its singular.
func SourceRanges(conditions any) (Limits, error) {
	if list, isList := conditions.([]any); isList {
		if len(list) != 1 {
			return Limits{}, nil
		}
		conditions = list[0]
	}
	if conditions == any(redact.Mark) {
		return Limits{Unread: []string{"all of it"}}, nil
	}
	block, _ := conditions.(map[string]any)
	operator, _ := block["operator"].(string)
	switch strings.ToUpper(operator) {
	case "MATCH":
		if block["values"] == any(redact.Mark) {
			return Limits{Unread: []string{"its values"}}, nil
		}
		values, _ := block["values"].(map[string]any)
		return matched(values)
	case "AND":
		below, _ := block["conditions"].([]any)
		blocks, _ := block["condition"].([]any)
		var all Limits
		for _, condition := range slices.Concat(below, blocks) {
			limits, err := SourceRanges(condition)
			if err != nil {
				return Limits{}, err
			}
			if all.Ranges == nil { // each of them is a limit
				all.Ranges = limits.Ranges
			}
			all.Unread = append(all.Unread, limits.Unread...)
		}
		return all, nil
	case "", "OR", "NOT":
		return Limits{}, nil
	default:
		return Limits{Unread: []string{"the operator " + operator}}, nil
	}
}

// Others is what a policy's conditions ask for besides the addresses that SourceRanges reads, such as tags or weekdays, in a form that can
// be compared; nil for nothing.
func Others(conditions any) any {
	if list, isList := conditions.([]any); isList {
		switch len(list) {
		case 0:
			return nil
		case 1:
			return Others(list[0])
		}
		return list
	}
	block, isBlock := conditions.(map[string]any)
	if !isBlock {
		return conditions
	}
	operator, _ := block["operator"].(string)
	switch strings.ToUpper(operator) {
	case "":
		return nil
	case "MATCH":
		values, isObject := block["values"].(map[string]any)
		if !isObject {
			return block["values"]
		}
		left := map[string]any{}
		for name, value := range values {
			if name = strings.ToLower(name); !isLimit(name) {
				left[name] = value
			}
		}
		if len(left) == 0 {
			return nil
		}
		return left
	case "AND":
		below, _ := block["conditions"].([]any)
		blocks, _ := block["condition"].([]any)
		var all []any
		for _, condition := range slices.Concat(below, blocks) {
			if other := Others(condition); other != nil {
				all = append(all, other)
			}
		}
		switch len(all) {
		case 0:
			return nil
		case 1:
			return all[0]
		}
		slices.SortFunc(all, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) }) // their order says nothing
		return all
	default:
		return block
	}
}

// isLimit reports whether an attribute of a condition, in lower case, is one that limits the addresses of requests.
func isLimit(name string) bool {
	operator, isSource := strings.CutPrefix(name, source)
	return isSource && slices.Contains([]string{"", ".eq", ".in", ".in_range"}, operator)
}

// KeepConditions is what is kept of a policy's conditions: operators, and the addresses that requests must come from. Other attributes,
// such as tags, are left out. SourceRanges reads the same of it.
func KeepConditions(conditions any) any {
	switch v := conditions.(type) {
	case []any:
		kept := make([]any, len(v))
		for i, below := range v {
			kept[i] = KeepConditions(below)
		}
		return kept
	case map[string]any:
		kept := map[string]any{}
		if operator, isText := v["operator"].(string); isText {
			kept["operator"] = operator
		}
		if values, isObject := v["values"].(map[string]any); isObject {
			compared := map[string]any{}
			for name, value := range values {
				if isAddress(name) {
					compared[name] = addresses(value)
				}
			}
			kept["values"] = compared
		} else if v["values"] == any(redact.Mark) {
			kept["values"] = redact.Mark
		}
		for _, name := range []string{"condition", "conditions"} {
			if below, isThere := v[name]; isThere {
				kept[name] = KeepConditions(below)
			}
		}
		return kept
	case string:
		if v == redact.Mark {
			return v
		}
	}
	return nil
}

// addresses are the texts of a value, which may be a list of them.
func addresses(value any) any {
	switch v := value.(type) {
	case string:
		return v
	case []any:
		kept := make([]any, len(v))
		for i, below := range v {
			kept[i] = addresses(below)
		}
		return kept
	default:
		return nil
	}
}

// isAddress reports whether an attribute of a condition is the address of a request, with any operator behind it.
func isAddress(name string) bool { return strings.HasPrefix(strings.ToLower(name), source) }

// source is the attribute of a condition that has the address of a request.
const source = "request.ip"

// matched are the limits of the values of one condition, all of which must hold. The operator stands behind the attribute: IN_RANGE
// for ranges, IN for lists, EQ or none for one (OVHcloud documentation, "How to use IAM policies using the OVHcloud API").
func matched(values map[string]any) (all Limits, err error) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case !isAddress(name):
		case isLimit(strings.ToLower(name)):
			texts := listed(values[name])
			if slices.Contains(texts, redact.Mark) { // sensitive, or known only after a plan is applied
				all.Unread = append(all.Unread, name)
				continue
			}
			ranges, err := Ranges(texts)
			if err != nil {
				return Limits{}, fmt.Errorf("the condition on %s is %w", name, err)
			}
			if all.Ranges == nil {
				all.Ranges = ranges
			}
		default:
			all.Unread = append(all.Unread, name)
		}
	}
	return all, nil
}

// listed are the texts of a value, which may be a list of them.
func listed(value any) (texts []string) {
	switch v := value.(type) {
	case string:
		return strings.Split(v, ",")
	case []any:
		for _, item := range v {
			texts = append(texts, listed(item)...)
		}
	}
	return texts
}

// Ranges writes addresses and ranges in CIDR notation; empty ones are left out.
func Ranges(texts []string) ([]string, error) {
	var ranges []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if address, err := netip.ParseAddr(text); err == nil {
			text = netip.PrefixFrom(address, address.BitLen()).String()
		}
		if _, err := netip.ParsePrefix(text); err != nil {
			return nil, fmt.Errorf("%q: expected addresses or CIDR ranges", text)
		}
		ranges = append(ranges, text)
	}
	return ranges, nil
}

// WholeDays is the shortest time that an ISO 8601 duration of years, months, weeks and days can be, in days.
func WholeDays(duration string) (int, error) {
	wrong := fmt.Errorf("the retention is %q: expected an ISO 8601 duration such as P14D or P1Y", duration)
	rest, isPeriod := strings.CutPrefix(duration, "P")
	if !isPeriod || rest == "" {
		return 0, wrong
	}
	days := 0
	for rest != "" {
		at := strings.IndexAny(rest, "YMWD")
		if at < 1 {
			return 0, wrong
		}
		n, err := strconv.Atoi(rest[:at])
		if err != nil || n < 0 || n > 10_000 {
			return 0, wrong
		}
		days += n * map[byte]int{'Y': 365, 'M': 28, 'W': 7, 'D': 1}[rest[at]]
		rest = rest[at+1:]
	}
	return days, nil
}

// UserStatus is the status of an account's user as evidence calls it; "" where the API has none, and isKnown is false
// where evidence has no word for it.
func UserStatus(status string) (word string, isKnown bool) {
	switch status {
	case "":
		return "", true
	case "DISABLED":
		return "disabled", true
	case "OK", "PASSWORD_CHANGE_REQUIRED": // who must change a password can log in
		return "enabled", true
	default:
		return "", false
	}
}

// WholeHours is a duration in whole hours: a number of seconds, or numbers with units of which d is a day
// (https://developer.hashicorp.com/vault/docs/concepts/duration-format, which OVHcloud's documentation refers to). It fails
// for one that is negative or no whole number of hours.
func WholeHours(text string) (int64, bool) {
	if days, isDays := strings.CutSuffix(text, "d"); isDays {
		n, err := strconv.ParseUint(days, 10, 16)
		return int64(n) * 24, err == nil
	}
	if _, err := strconv.ParseUint(text, 10, 32); err == nil {
		text += "s"
	}
	after, err := time.ParseDuration(text)
	return int64(after / time.Hour), err == nil && after >= 0 && after%time.Hour == 0
}
