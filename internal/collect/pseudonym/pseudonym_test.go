package pseudonym_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/pseudonym"
	"github.com/raci-check/raci-check/internal/collect/redact"
	"github.com/raci-check/raci-check/internal/document"
	"github.com/raci-check/raci-check/internal/testhelp"
)

// named are texts with their pseudonyms, in the order in which they are met.
func named(s *pseudonym.Set, texts ...string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		s.Ordered(func() { all[i] = s.Value(text) })
	}
	return all
}

func TestValues(t *testing.T) {
	texts := []string{
		"7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "7D0C0F2E-9A41-4A5E-8F0A-3B1B6A1F5C21", // one id
		"ines.moreau@corp.example.fr", "Ines.Moreau@Corp.example.fr", "ines.moreau", "adm-ines.moreau", "ops@corp.example.fr", "leo@partner.fr",
		"xx1111-ovh", "payments", "Payments", "PAYMENTS", "payments/db",
		"urn:v1:eu:identity:user:xx1111-ovh/ines.moreau", "urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21/serviceKey/*",
		"urn:v1:eu:resource:okms:7d0c*", "urn:v1:eu:permissionsGroup:ovh:okmsAdmin", "urn:v1:eu:permissionsGroup:xx1111-ovh:payments",
		"https://eu.api.ovh.com/v1/me/identity/user/ines.moreau/token", "https://sso.corp.example.fr:8443/adfs/ls", "https://acme.okta.com/app/payments",
		"2026-11-20", "2026-11-20T06:30:00Z", "720h", "P1Y", "08:30", "", "*", redact.Mark, "eu-west-par", "okms:apikms:serviceKey/get",
		"glpat-secret0123456789", "1234567", "12", "51.77.33.9,51.77.33.10",
		"oauth2-EU.4a90d7be5c12", "EU.4a90d7be5c12",
	}
	want := []string{
		"00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000001",
		"person-00001@example.com", "person-00001@example.com", "person-00001", "adm-person-00001", "ops@example.com", "person-00002@example.org",
		"aa00001-ovh", "name-00001", "Name-00001", "NAME-00001", "name-00001/name-00002",
		"urn:v1:eu:identity:user:aa00001-ovh/person-00001", "urn:v1:eu:resource:okms:00000000-0000-4000-8000-000000000001/serviceKey/*",
		"urn:v1:eu:resource:okms:00000000-0000-4000-8000-000000000001*", "urn:v1:eu:permissionsGroup:ovh:okmsAdmin", "urn:v1:eu:permissionsGroup:aa00001-ovh:name-00001",
		"https://eu.api.ovh.com/v1/me/identity/user/person-00001/token", "https://host-00001.example:8443/adfs/ls", "https://name-00003.okta.com/name-00004/name-00001",
		"2026-11-20", "2026-11-20T06:30:00Z", "720h", "P1Y", "08:30", "", "*", redact.Mark, "eu-west-par", "okms:apikms:serviceKey/get",
		redact.Mark, "1001", "12", "192.0.2.9,192.0.2.10",
		"oauth2-Name-00005", "Name-00005",
	}
	s := pseudonym.New()
	got := named(s, texts...)
	for i := range texts {
		if got[i] != want[i] {
			t.Errorf("%q becomes %q, expected is %q", texts[i], got[i], want[i])
		}
	}
	if again := named(s, texts...); !slices.Equal(got, again) {
		t.Errorf("another time it is %v", again)
	}
}

// A login that is met before its address is called as its person all the same.
func TestALoginBeforeItsAddress(t *testing.T) {
	if got := named(pseudonym.New(), "leo", "leo@corp.fr", "adm.leo"); !slices.Equal(got, []string{"name-00001", "name-00001@example.com", "adm.name-00001"}) {
		t.Error(got)
	}
}

// Networks keep their size, and the nets of 256 addresses what lies in them. What is private stays private.
func TestNetworks(t *testing.T) {
	texts := []string{
		"51.77.33.9", "51.77.33.200/29", "37.59.12.1", "91.121.7.7", "145.239.1.1", "10.20.30.40", "192.168.1.0/24", "10.0.0.0/16", "51.77.0.0/16",
		"0.0.0.0/0", "127.0.0.1", "2a01:cb00:1:2::5", "2a01:cb00:1:2::/64", "2a01:cb00::/32", "3.1.1.3",
	}
	want := []string{
		"192.0.2.9", "192.0.2.200/29", "198.51.100.1", "203.0.113.7", "198.18.0.1", "10.0.0.40", "10.0.1.0/24", "10.0.0.0/16", "198.19.0.0/16",
		"0.0.0.0/0", "127.0.0.1", "2001:db8:0:0::1", "2001:db8::/64", "2001:db8::/32", "3.1.1.3",
	}
	got := named(pseudonym.New(), texts...)
	for i := range texts {
		same := got[i] == want[i]
		if a, err := netip.ParseAddr(want[i]); err == nil {
			b, err := netip.ParseAddr(got[i])
			same = err == nil && a == b
		}
		if !same {
			t.Errorf("%s becomes %s, expected is %s", texts[i], got[i], want[i])
		}
	}
	s := pseudonym.New()
	seen := map[string]string{}
	for i := range 2000 {
		address := fmt.Sprintf("%d.%d.%d.77", 60+i%60, i/60, i%250)
		moved := named(s, address)[0]
		ip, err := netip.ParseAddr(moved)
		if err != nil || seen[moved] != "" && seen[moved] != address {
			t.Fatalf("%s becomes %s, as does %s: %v", address, moved, seen[moved], err)
		}
		seen[moved] = address
		if !isReserved(ip) {
			t.Errorf("%s becomes %s, which somebody has", address, moved)
		}
	}
}

func isReserved(ip netip.Addr) bool {
	return slices.ContainsFunc([]string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "100.64.0.0/10"}, func(text string) bool {
		return netip.MustParsePrefix(text).Contains(ip)
	})
}

// Values that are met together have pseudonyms in their own order: what was sorted is sorted.
func TestOrderIsKept(t *testing.T) {
	s := pseudonym.New()
	var list []any
	for i := range 300 {
		list = append(list, map[string]any{"id": fmt.Sprintf("%08x-0000-4000-8000-000000000000", (i*7919)%1000003), "name": fmt.Sprintf("vault %d", (i*31)%977), "credentialId": json.Number(fmt.Sprint(5000 + (i*17)%701))})
	}
	named := s.JSON(list).([]any)
	for _, field := range []string{"id", "name", "credentialId"} {
		before, after := sortedBy(list, field), sortedBy(named, field)
		if diff := cmp.Diff(before, after); diff != "" {
			t.Errorf("%s: %s", field, diff)
		}
	}
}

// sortedBy are the places of items in the order of a field.
func sortedBy(items []any, field string) []int {
	places := make([]int, len(items))
	for i := range places {
		places[i] = i
	}
	of := func(i int) string { return fmt.Sprint(items[i].(map[string]any)[field]) }
	slices.SortStableFunc(places, func(a, b int) int { return strings.Compare(of(a), of(b)) })
	return places
}

func TestJSON(t *testing.T) {
	var value any
	must(t, document.DecodeJSON("", []byte(`{
		"id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "state": "ACTIVE", "status": "ines.moreau@corp.fr", "type": "glpat-secret0123456789", "size": 256, "applicationId": 71234, "count": 71234,
		"client_secret": "geheim", "message": "User ines.moreau of 51.77.33.9 lacks okms:apikms:secret/get on urn:v1:eu:resource:okms:7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21, trace 0af7651916cd43dd8448eb211c80319c.",
		"email": "ines.moreau@corp.fr", "address": "module.payments[\"blue\"].ovh_okms_service_key.main", "conditions": {"values": {"resource.tag(payments)": "blue", "request.ip": "51.77.33.0/24"}},
		"custom name 7": "x", "kind": "audit"
	}`), &value))
	got := pseudonym.New().JSON(value)
	want := map[string]any{
		"id": "00000000-0000-4000-8000-000000000001", "state": "ACTIVE", "status": "person-00001@example.com", "type": redact.Mark,
		"size": json.Number("256"), "applicationId": json.Number("1001"), "count": json.Number("71234"), "client_secret": redact.Mark,
		"message": "User person-00001 of 192.0.2.9 lacks okms:apikms:secret/get on urn:v1:eu:resource:okms:00000000-0000-4000-8000-000000000001, trace " + redact.Mark + ".",
		"email":   "person-00001@example.com", "address": `module.name-00005["name-00001"].ovh_okms_service_key.name-00003`,
		"conditions": map[string]any{"values": map[string]any{"resource.tag(name-00005)": "name-00001", "request.ip": "192.0.2.0/24"}},
	}
	object := got.(map[string]any)
	if object["custom name 7"] != nil {
		t.Error("a name that people choose is kept")
	}
	for name, expected := range want {
		if name == "message" { // the login is known by its address, which may be met later
			if text, _ := object[name].(string); strings.Contains(text, "51.77") || strings.Contains(text, "7d0c") || strings.Contains(text, "0af7") || !strings.Contains(text, "okms:apikms:secret/get") {
				t.Errorf("the message is %q", text)
			}
			continue
		}
		if diff := cmp.Diff(expected, object[name]); diff != "" && name != "address" && name != "conditions" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	text := fmt.Sprint(got)
	for _, identifying := range []string{"payments", "blue", "main", "corp", "geheim", "glpat"} {
		if strings.Contains(text, identifying) {
			t.Errorf("%q is kept: %s", identifying, text)
		}
	}
	if !strings.Contains(text, "module.name-") || !strings.Contains(text, ".ovh_okms_service_key.name-") {
		t.Errorf("the address has another form: %v", object["address"])
	}
}

// Whatever the text, a pseudonym is made, and is the same another time.
func FuzzValue(f *testing.F) {
	for _, text := range []string{"", "a", "urn:v1:eu", "https://x/%zz", "1.2.3.4/33", "::/0", "a*b*c", "adm-", "-adm", "x@y.z", "oauth2-oauth2-x", "//", ",,", "fe80::1%eth0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := pseudonym.New()
		first, second := named(s, text), named(s, text)
		if first[0] != second[0] {
			t.Errorf("%q becomes %q, and then %q", text, first[0], second[0])
		}
	})
}

var must = testhelp.Must
