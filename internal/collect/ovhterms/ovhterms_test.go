package ovhterms

import (
	"fmt"
	"strings"
	"testing"

	"github.com/raci-check/raci-check/internal/collect/redact"
)

func TestTouches(t *testing.T) {
	const domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	for urn, want := range map[string]bool{
		"urn:v1:eu:resource:okms:" + domain:                              true,
		"urn:v1:eu:resource:okms:7D0C0F2E-9A41-4A5E-8F0A-3B1B6A1F5C21/x": true,
		"urn:v1:eu:resource:okms:*":                                      true,
		"urn:v1:eu:resource:*":                                           true,
		"*":                                                              true,
		"urn:v1:eu:resource:account:xx-ovh":                              true,
		"urn:v1:eu:resourceGroup:0f0f0f0f":                               true,
		"urn:v1:eu:resource:okms:00000000-0000-4000-8000-000000000001": false,
		"urn:v1:eu:resource:okms:7d0c*":                                true,
		"urn:v1:eu:resource:okms:7D0C*":                                true,
		"urn:v1:eu:resource:okms:7d0c*/serviceKey/1":                   true,
		"urn:v1:eu:resource:okms:7d0c*Key/1":                           true,
		"urn:v1:*:resource:okms:*":                                     true,
		"urn:v1:eu:resource:okm*":                                      true,
		"urn:v1:eu:*":                                                  true,
		"urn:v1:eu:resourceG*":                                         true,
		"urn:v1:eu:resource:okms:8d0c*":                                false,
		"urn:v1:eu:resource:vps:*":                                     false,
		"urn:v1:*:resource:okms:8d0c*":                                 false,
		"urn:v1:eu:resource:vps:vps-1":                                 false,
		"urn:v1:eu:*:account:xx-ovh":                                   true,
		"urn:v1:eu:*account:*":                                         true,
		"*:resourceGroup:0f0f0f0f":                                     true,
		"urn:v1:*roup:*":                                               true,
		"urn:v1:*:vps:*":                                               false,
		"urn:v1:*:identity:account:xx-ovh":                             false,
	} {
		if got := Touches([]string{"urn:v1:eu:resource:vps:vps-0", urn}, domain); got != want {
			t.Errorf("%s: %v", urn, got)
		}
	}
	if Touches(nil, domain) {
		t.Error("no resource touches")
	}
}

func TestSourceRanges(t *testing.T) {
	match := func(text string) map[string]any {
		return map[string]any{"operator": "MATCH", "values": map[string]any{"request.IP": text}}
	}
	on := func(name string, value any) map[string]any {
		return map[string]any{"operator": "match", "values": map[string]any{name: value, "resource.Type": "okms"}}
	}
	group := func(operator, below string, conditions ...any) map[string]any {
		return map[string]any{"operator": operator, below: conditions}
	}
	for name, test := range map[string]struct {
		conditions any
		want       string
	}{
		"none":                      {nil, "[] [] <nil>"},
		"addresses and ranges":      {match("198.51.100.0/24, 192.0.2.1,2001:db8::1"), "[198.51.100.0/24 192.0.2.1/32 2001:db8::1/128] [] <nil>"},
		"below AND, as the API":     {group("AND", "conditions", group("MATCH", "values"), match("192.0.2.1")), "[192.0.2.1/32] [] <nil>"},
		"below AND, as in a state":  {[]any{group("AND", "condition", match("192.0.2.1"))}, "[192.0.2.1/32] [] <nil>"},
		"below OR it does not bind": {group("OR", "conditions", match("192.0.2.1")), "[] [] <nil>"},
		"below NOT neither":         {group("NOT", "conditions", match("192.0.2.1")), "[] [] <nil>"},
		"a range":                   {on("request.IP.IN_RANGE", "10.23.0.0/16"), "[10.23.0.0/16] [] <nil>"},
		"a list":                    {on("request.IP.IN", []any{"192.0.2.1", "192.0.2.2,192.0.2.3"}), "[192.0.2.1/32 192.0.2.2/32 192.0.2.3/32] [] <nil>"},
		"one":                       {on("request.ip.eq", "192.0.2.1"), "[192.0.2.1/32] [] <nil>"},
		"lower case":                {on("Request.Ip.in_range", "10.23.0.0/16"), "[10.23.0.0/16] [] <nil>"},
		"an operator that is not read": {group("and", "conditions", on("request.IP.NOT_IN", "192.0.2.1"), match("192.0.2.2")),
			"[192.0.2.2/32] [request.IP.NOT_IN] <nil>"},
		"redacted":           {redact.Mark, "[] [all of it] <nil>"},
		"a redacted block":   {[]any{redact.Mark}, "[] [all of it] <nil>"},
		"redacted values":    {[]any{map[string]any{"operator": "MATCH", "values": redact.Mark}}, "[] [its values] <nil>"},
		"a redacted address": {on("request.IP.IN", redact.Mark), "[] [request.IP.IN] <nil>"},
		"one of a list":      {group("AND", "conditions", on("request.IP.IN", []any{"192.0.2.1", redact.Mark}), match("192.0.2.2")), "[192.0.2.2/32] [request.IP.IN] <nil>"},
		"an unknown group":   {group("XOR", "conditions", match("192.0.2.1")), "[] [the operator XOR] <nil>"},
		"no address":         {match("home"), `[] [] the condition on request.IP is "home": expected addresses or CIDR ranges`},
	} {
		kept := KeepConditions(test.conditions)
		for _, conditions := range []any{test.conditions, kept} {
			limits, err := SourceRanges(conditions)
			if got := fmt.Sprint(limits.Ranges, limits.Unread, err); got != test.want {
				t.Errorf("%s: %s of %v", name, got, conditions)
			}
		}
		if strings.Contains(fmt.Sprint(kept), "okms") {
			t.Errorf("%s: the value of another attribute is kept: %v", name, kept)
		}
	}
}

func TestAllowed(t *testing.T) {
	const get, remove = "okms:apiovh:serviceKey/get", "okms:apiovh:serviceKey/delete"
	group := Permissions{Allow: []string{get, remove}}
	for name, test := range map[string]struct {
		policy Permissions
		groups []Permissions
		want   string
	}{
		"except beside":             {Permissions{Allow: []string{get, remove}, Except: []string{remove}}, nil, "[" + get + "]"},
		"except and a group":        {Permissions{Except: []string{remove}}, []Permissions{group}, "[" + remove + " " + get + "]"},
		"deny and a group":          {Permissions{Deny: []string{remove}}, []Permissions{group}, "[" + get + "]"},
		"deny with a wildcard":      {Permissions{Deny: []string{"okms:apiovh:*/delete"}}, []Permissions{group}, "[" + get + "]"},
		"deny of a group":           {Permissions{Allow: []string{remove}}, []Permissions{{Deny: []string{"*delete"}}}, "[]"},
		"a group's except":          {Permissions{Allow: []string{remove}}, []Permissions{{Allow: []string{get}, Except: []string{"*"}}}, "[" + remove + "]"},
		"a part of a wildcard":      {Permissions{Allow: []string{"okms:*"}, Deny: []string{remove}}, nil, "[okms:*]"},
		"a wildcard and all of it":  {Permissions{Allow: []string{"okms:apikms:*"}, Deny: []string{"okms:*"}}, nil, "[]"},
		"everything and everything": {Permissions{Allow: []string{"*"}, Except: []string{"*"}}, nil, "[]"},
	} {
		if got := fmt.Sprint(Allowed(test.policy, test.groups...)); got != test.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestWholeDays(t *testing.T) {
	for text, want := range map[string]int{"P14D": 14, "P1Y": 365, "P3M": 84, "P2W": 14, "P1Y1D": 366, "P0D": 0} {
		if got, err := WholeDays(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "P", "14D", "PT1H", "P-1D", "PD", "P1", "P99999D"} {
		if got, err := WholeDays(text); err == nil {
			t.Errorf("%q is %d days", text, got)
		}
	}
}

func TestWholeHours(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "0s": 0, "24h": 24, "1d": 1 * 24, "90d": 90 * 24, "3600": 1, "60m": 1, "1h60m": 2, "": -1, "1h30m": -1,
		"-1h": -1, "90": -1, "d": -1, "1.5d": -1, "1h1d": -1, "99999999d": -1, "9999999999999": -1, "1w": -1} {
		if got, ok := WholeHours(text); ok != (want >= 0) || ok && got != want {
			t.Errorf("%q is %d, %v", text, got, ok)
		}
	}
}
