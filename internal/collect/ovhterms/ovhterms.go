// Package ovhterms reads the provider's own terms, which its API and Terraform's state have in common: which resources a
// policy reaches, from where, how long a retention is.
package ovhterms

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Touches reports whether a policy for these resource URNs can touch a domain: they name it or what is in it, all of OKMS,
// everything, an account, or a group that may hold it.
func Touches(urns []string, domain string) bool {
	return slices.ContainsFunc(urns, func(urn string) bool {
		return strings.Contains(strings.ToLower(urn), domain) || strings.Contains(urn, ":resource:okms:*") || strings.Contains(urn, ":resource:*") ||
			strings.Contains(urn, ":resourceGroup:") || strings.Contains(urn, ":resource:account:") || urn == "*"
	})
}

// SourceRanges are the addresses that a policy's conditions limit it to, in CIDR notation. Only a condition that must hold
// limits: one below OR or NOT does not. Blocks of Terraform are lists, and call what is below a condition by its singular.
func SourceRanges(conditions any) ([]string, error) {
	if list, isList := conditions.([]any); isList {
		if len(list) != 1 {
			return nil, nil
		}
		conditions = list[0]
	}
	block, _ := conditions.(map[string]any)
	operator, _ := block["operator"].(string)
	switch operator {
	case "MATCH":
		values, _ := block["values"].(map[string]any)
		text, _ := values["request.IP"].(string)
		ranges, err := Ranges(strings.Split(text, ","))
		if err != nil {
			return nil, fmt.Errorf("the condition on request.IP is %w", err)
		}
		return ranges, nil
	case "AND":
		below, _ := block["conditions"].([]any)
		blocks, _ := block["condition"].([]any)
		for _, one := range slices.Concat(below, blocks) {
			if ranges, err := SourceRanges(one); err != nil || len(ranges) > 0 {
				return ranges, err
			}
		}
	}
	return nil, nil
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

// UserStatus is the status of an account's user in the words of evidence; "" where none is told, and known is false where
// it is another one.
func UserStatus(status string) (word string, known bool) {
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
