package ovhcloud

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/raci-check/raci-check/internal/testhelp"

	"github.com/raci-check/raci-check/internal/collect"
	"github.com/raci-check/raci-check/internal/collect/collecttest"
	"github.com/raci-check/raci-check/internal/collect/httpget"
)

const (
	domainID = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"
	keyID    = "bdaee862-6fe1-408f-a53a-18050cf887f6"
	// What is secret must come out nowhere.
	applicationSecret, consumerKey, clientSecret, accessToken = "as-secret-1", "ck-secret-2", "cs-secret-3", "at-secret-4"
)

var at = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

var must = testhelp.Must

// fake is the OVHcloud API with an account. It checks who asks as the API does.
type fake struct {
	t *testing.T

	mu       sync.Mutex
	pages    map[string][]map[string]any // lists of API v2, by path
	items    map[string][]map[string]any // lists of API v1, by path; an item has its id under "#"
	objects  map[string]any              // by path
	page     int                         // items of a page
	requests []string
	tokens   int // that were given

	// fault answers a request in place of the API; n counts the requests for one path from 0.
	fault func(w http.ResponseWriter, r *http.Request, n int) bool
}

// ahead is how far the API's clock is ahead of ours, and late how old a signature may be.
const ahead, late = 3 * time.Hour, 10 * time.Minute

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " https://" + r.Host + r.URL.RequestURI()
	f.mu.Lock()
	n := 0
	for _, before := range f.requests {
		if before == call {
			n++
		}
	}
	f.requests = append(f.requests, call)
	f.mu.Unlock()
	if f.fault != nil && f.fault(w, r, n) {
		return
	}
	switch call {
	case "POST https://www.ovh.com/auth/oauth2/token":
		must := map[string]string{"grant_type": "client_credentials", "client_id": "EU.collector", "client_secret": clientSecret, "scope": "all"}
		for name, want := range must {
			if r.PostFormValue(name) != want {
				f.answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client", "error_description": "Client not found"})
				return
			}
		}
		f.mu.Lock()
		f.tokens++
		f.mu.Unlock()
		f.answer(w, http.StatusOK, map[string]any{"access_token": accessToken, "token_type": "Bearer", "expires_in": 3599})
		return
	case "GET https://eu.api.ovh.com/1.0/auth/time":
		f.answer(w, http.StatusOK, time.Now().Add(ahead).Unix())
		return
	}
	if r.Method != http.MethodGet || r.Host != "eu.api.ovh.com" {
		f.t.Errorf("%s: nobody should ask for that", call)
	}
	if !f.authorized(r) {
		f.answer(w, http.StatusForbidden, map[string]any{"class": "Client::Forbidden", "errorCode": "INVALID_SIGNATURE", "message": "Invalid signature"})
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	path := r.URL.EscapedPath()
	if list, exists := f.pages[path]; exists {
		f.paged(w, r, list)
		return
	}
	if list, exists := f.items[path]; exists {
		ids := []any{}
		for _, item := range list {
			ids = append(ids, item["#"])
		}
		f.answer(w, http.StatusOK, ids)
		return
	}
	if object, exists := f.objects[path]; exists {
		f.answer(w, http.StatusOK, object)
		return
	}
	if cut := strings.LastIndex(r.URL.EscapedPath(), "/"); cut > 0 {
		id, err := url.PathUnescape(r.URL.EscapedPath()[cut+1:])
		if err != nil {
			f.t.Errorf("%s: %v", r.URL, err)
		}
		for _, item := range f.items[r.URL.EscapedPath()[:cut]] {
			if fmt.Sprint(item["#"]) == id {
				f.answer(w, http.StatusOK, item)
				return
			}
		}
	}
	f.answer(w, http.StatusNotFound, map[string]any{"class": "Client::NotFound", "message": "This object does not exist"})
}

func (f *fake) answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// authorized checks a signature or a token.
func (f *fake) authorized(r *http.Request) bool {
	if token, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); isBearer {
		return token == accessToken
	}
	stamp := r.Header.Get("X-Ovh-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0).Add(-ahead)).Abs() > late {
		return false
	}
	sum := sha1.Sum([]byte(strings.Join([]string{applicationSecret, consumerKey, r.Method, "https://" + r.Host + r.URL.RequestURI(), "", stamp}, "+")))
	return r.Header.Get("X-Ovh-Application") == "ak" && r.Header.Get("X-Ovh-Consumer") == consumerKey && r.Header.Get("X-Ovh-Signature") == fmt.Sprintf("$1$%x", sum)
}

func (f *fake) paged(w http.ResponseWriter, r *http.Request, list []map[string]any) {
	size, err := strconv.Atoi(r.Header.Get("X-Pagination-Size"))
	if err != nil {
		f.t.Errorf("%s: page size: %v", r.URL, err)
	}
	start := 0
	if cursor := r.Header.Get("X-Pagination-Cursor"); cursor != "" {
		start, err = strconv.Atoi(strings.TrimPrefix(cursor, "c"))
		if err != nil {
			f.t.Errorf("%s: cursor %q", r.URL, cursor)
		}
	}
	end := min(start+min(size, f.page), len(list))
	if end < len(list) {
		w.Header().Set("X-Pagination-Cursor-Next", fmt.Sprintf("c%d", end))
	}
	f.answer(w, http.StatusOK, append([]map[string]any{}, list[start:end]...))
}

// named are v1 items with an id each.
func named(field string, items ...map[string]any) []map[string]any {
	for _, item := range items {
		item["#"] = item[field]
	}
	return items
}

func actions(names ...string) map[string]any {
	allow := []any{}
	for _, name := range names {
		allow = append(allow, map[string]any{"action": name})
	}
	return map[string]any{"allow": allow}
}

func urns(all ...string) []any {
	list := []any{}
	for _, urn := range all {
		list = append(list, map[string]any{"urn": urn})
	}
	return list
}

const (
	okmsURN    = "urn:v1:eu:resource:okms:" + domainID
	identities = "urn:v1:eu:identity:"
	okmsRoute  = "/v2/okms/resource/" + domainID
)

// newFake is an account with a bit of everything.
func newFake(t *testing.T) *fake {
	subscription := func(id, kind, stream string) map[string]any {
		return map[string]any{"subscriptionId": id, "kind": kind, "streamId": stream, "serviceName": "ldp-ab-12345", "createdAt": "2025-02-11T10:12:00+01:00", "resource": map[string]any{"name": "x", "type": "okms"}}
	}
	stream := func(id, title string, more map[string]any) map[string]any {
		all := map[string]any{"streamId": id, "title": title, "clusterId": "cl", "retentionId": "r1", "coldStorageEnabled": true, "coldStorageRetention": 2,
			"indexingEnabled": true, "encryptionKeysIds": []any{"k1"}, "webSocketEnabled": true}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	const platform = "/v1/dbaas/logs/ldp-ab-12345"
	return &fake{t: t, page: 2,
		pages: map[string][]map[string]any{
			okmsRoute + "/serviceKey": {
				{"id": keyID, "name": "cards", "type": "oct", "size": 256, "operations": []any{"encrypt", "decrypt"}, "state": "ACTIVE", "createdAt": "2026-01-02T04:04:05+01:00",
					"keys": []any{map[string]any{"kty": "oct", "k": "k-secret-5"}}},
				{"id": "00000000-0000-4000-8000-000000000001", "name": "old", "type": "EC", "curve": "P-256", "operations": []any{"sign", "verify"}, "state": "DEACTIVATED", "deactivationReason": "SUPERSEDED", "createdAt": "2025-01-02T03:04:05Z"},
				{"id": "00000000-0000-4000-8000-000000000002", "name": "new", "type": "ML-KEM", "operations": []any{"encapsulate"}, "state": "ACTIVE"},
			},
			okmsRoute + "/credential": {
				{"id": "c1", "name": "checkout", "identityURNs": []any{identities + "credential:xx-ovh/oauth2-EU.app"}, "fromCSR": true, "status": "READY", "createdAt": "2026-10-01T07:00:00Z", "expiredAt": "2026-12-28T07:00:00Z",
					"certificatePEM": "-----BEGIN CERTIFICATE-----", "privateKeyPEM": "pem-secret-6"},
			},
			okmsRoute + "/log/kind": {
				{"name": "audit", "additionalReturnedFields": []any{"domain_id", "http_path", "http_status"}},
				{"name": "kmip", "additionalReturnedFields": []any{"domain_id", "kmip_operation"}},
				{"name": "other", "additionalReturnedFields": []any{"domain_id"}},
			},
			okmsRoute + "/log/subscription": {subscription("s1", "audit", "st1"), subscription("s2", "kmip", "st2"), subscription("s3", "other", "st1")},
			"/v2/iam/log/subscription":      {subscription("s6", "default", "st2")},
			"/v2/iam/policy": {
				{"id": "p1", "name": "admins", "identities": []any{identities + "user:xx-ovh/ines"}, "resources": urns(okmsURN), "permissions": actions("okms:apiovh:serviceKey/create", "okms:apiovh:serviceKey/delete"),
					"conditions": map[string]any{"operator": "AND", "conditions": []any{map[string]any{"operator": "MATCH", "values": map[string]any{"request.IP": "198.51.100.16/28, 203.0.113.7"}}}}},
				{"id": "p2", "name": "app", "identities": []any{identities + "credential:xx-ovh/oauth2-EU.app"}, "resources": urns(okmsURN + "/serviceKey/" + keyID), "expiredAt": "2027-01-31T00:00:00Z",
					"permissions": map[string]any{"allow": []any{map[string]any{"action": "okms:apikms:serviceKey/encrypt"}}, "deny": []any{map[string]any{"action": "okms:apikms:serviceKey/sign"}}}, "permissionsGroups": urns("urn:v1:eu:permissionsGroup:ovh:signers")},
				{"id": "p3", "name": "elsewhere", "identities": []any{identities + "user:xx-ovh/ines"}, "resources": urns("urn:v1:eu:resource:vps:vps-1"), "permissions": actions("vps:apiovh:reboot")},
				{"id": "p4", "name": "everything", "identities": []any{identities + "group:xx-ovh/wheel"}, "resources": urns("*"), "permissions": actions("*")},
			},
		},
		items: map[string][]map[string]any{
			"/v1/me/identity/user": named("login",
				map[string]any{"login": "ines", "email": "ines@arvella.example", "group": "ADMIN", "status": "OK", "urn": identities + "user:xx-ovh/ines", "passwordLastUpdate": "2026-01-01T00:00:00Z"},
				map[string]any{"login": "leo", "email": "leo@arvella.example", "group": "readers", "status": "DISABLED", "urn": identities + "user:xx-ovh/leo"},
				map[string]any{"login": "w/root", "email": "wr@arvella.example", "group": "wheel", "status": "PASSWORD_CHANGE_REQUIRED", "urn": identities + "user:xx-ovh/w"}),
			"/v1/me/identity/group": named("name",
				map[string]any{"name": "ADMIN", "role": "ADMIN", "urn": identities + "group:xx-ovh/ADMIN"}, map[string]any{"name": "readers", "role": "UNPRIVILEGED", "urn": identities + "group:xx-ovh/readers"},
				map[string]any{"name": "wheel", "role": "NONE", "urn": identities + "group:xx-ovh/wheel"}),
			"/v1/me/identity/user/ines/token":     named("name", map[string]any{"name": "laptop", "expiresAt": "2027-01-01T00:00:00Z", "token": "pat-secret-7"}, map[string]any{"name": "past", "expiresAt": "2026-01-01T00:00:00Z"}),
			"/v1/me/identity/user/leo/token":      {},
			"/v1/me/identity/user/w%2Froot/token": named("name", map[string]any{"name": "ci"}),
			"/v1/me/accessRestriction/u2f":        named("id", map[string]any{"id": 7, "status": "enabled"}),
			"/v1/me/accessRestriction/totp":       named("id", map[string]any{"id": 8, "status": "enabled"}, map[string]any{"id": 9, "status": "needCodeValidation"}),
			"/v1/me/accessRestriction/sms":        {},
			"/v1/me/accessRestriction/ip":         named("id", map[string]any{"id": 1, "ip": "198.51.100.16/28", "rule": "accept", "warning": true}, map[string]any{"id": 2, "ip": "192.0.2.1", "rule": "deny"}),
			"/v1/me/api/oauth2/client": named("clientId",
				map[string]any{"clientId": "EU.app", "flow": "CLIENT_CREDENTIALS", "identity": identities + "credential:xx-ovh/oauth2-EU.app", "clientSecret": "oc-secret-8"},
				map[string]any{"clientId": "EU.idle", "flow": "CLIENT_CREDENTIALS", "identity": identities + "credential:xx-ovh/oauth2-EU.idle"}),
			"/v1/me/api/credential": named("credentialId",
				map[string]any{"credentialId": 11, "status": "validated", "rules": []any{map[string]any{"method": "GET", "path": "/*"}, map[string]any{"method": "POST", "path": "/*"}}, "allowedIPs": []any{"203.0.113.9"}},
				map[string]any{"credentialId": 12, "status": "validated", "rules": []any{map[string]any{"method": "GET", "path": "/domain/*"}}},
				map[string]any{"credentialId": 13, "status": "expired", "rules": []any{map[string]any{"method": "GET", "path": "/*"}}},
				map[string]any{"credentialId": 14, "status": "validated", "expiration": "2026-11-19T00:00:00Z", "rules": []any{map[string]any{"method": "GET", "path": "/v2/okms/*"}}}),
			"/v1/me/logs/audit/log/subscription": named("subscriptionId", subscription("s4", "default", "st1")),
			"/v1/me/api/log/subscription":        named("subscriptionId", subscription("s5", "default", "gone")),
		},
		objects: map[string]any{
			okmsRoute: map[string]any{"id": domainID, "region": "EU_WEST_PAR", "iam": map[string]any{"displayName": "payments-prod"}},
			"/v2/iam/permissionsGroup/urn:v1:eu:permissionsGroup:ovh:signers": map[string]any{"urn": "urn:v1:eu:permissionsGroup:ovh:signers", "permissions": actions("okms:apikms:serviceKey/sign", "okms:apikms:serviceKey/verify")},
			"/v1/me":                                 map[string]any{"nichandle": "xx-ovh", "organisation": "Arvella SAS", "legalform": "corporation", "country": "fr", "companyNationalIdentificationNumber": "851234567", "firstname": "Ines", "phone": "+33.1"},
			"/v1/me/accessRestriction/ipDefaultRule": map[string]any{"rule": "deny", "warning": true},
			platform + "/output/graylog/stream/st1":  stream("st1", "rest", nil),
			platform + "/output/graylog/stream/st2":  stream("st2", "kmip", map[string]any{"coldStorageEnabled": false, "coldStorageRetention": nil, "encryptionKeysIds": nil}),
			platform + "/cluster/cl/retention/r1":    map[string]any{"retentionId": "r1", "duration": "P1Y", "retentionType": "LOGS_INDEXING", "isSupported": true},
		},
	}
}

// server is the API, and options by which a client reaches it in place of OVHcloud, without waiting.
func (f *fake) server(t *testing.T) httpget.Options {
	t.Helper()
	server := httptest.NewUnstartedServer(f)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return httpget.Options{
		TLS:     &tls.Config{RootCAs: roots, ServerName: "example.com"}, // that of httptest's certificate
		Backoff: func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 },
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}
}

// Ways to authenticate.
var (
	byKeys  = map[string]string{"OVH_ENDPOINT": "ovh-eu", "OVH_APPLICATION_KEY": "ak", "OVH_APPLICATION_SECRET": applicationSecret, "OVH_CONSUMER_KEY": consumerKey}
	byOAuth = map[string]string{"OVH_ENDPOINT": "ovh-eu", "OVH_CLIENT_ID": "EU.collector", "OVH_CLIENT_SECRET": clientSecret}
	byToken = map[string]string{"OVH_ENDPOINT": "ovh-eu", "OVH_ACCESS_TOKEN": accessToken}
)

// environment sets OVH_* variables, and stands in an empty folder.
func environment(t *testing.T, variables map[string]string) {
	t.Helper()
	for _, name := range []string{"ENDPOINT", "APPLICATION_KEY", "APPLICATION_SECRET", "CONSUMER_KEY", "CLIENT_ID", "CLIENT_SECRET", "ACCESS_TOKEN"} {
		t.Setenv("OVH_"+name, variables["OVH_"+name])
	}
}

var format = collecttest.Format

// opened is a source that asks the fake.
func (f *fake) opened(t *testing.T, variables map[string]string) *source {
	t.Helper()
	environment(t, variables)
	_, form := format(t)
	s, err := open(collect.Values{}, collect.Env{Getenv: os.Getenv, Form: form})
	must(t, err)
	s.options = f.server(t)
	s.limits.Pages, s.limits.Items = 50, 5000
	return s
}

func read(t *testing.T, s *source) (collect.Result, error) {
	t.Helper()
	return s.Collect(t.Context(), collect.Request{ServiceID: domainID, At: at, Progress: func(string) {}})
}

func whole(t *testing.T, s *source) collect.Result {
	t.Helper()
	result, err := read(t, s)
	if err != nil || len(result.Failed) > 0 {
		t.Fatalf("%v, %v", err, result.Failed)
	}
	return result
}

// told is the fields of a section as JSON.
func told(t *testing.T, result collect.Result, section string) string {
	t.Helper()
	i := slices.IndexFunc(result.Parts, func(p collect.Part) bool { return p.Section == section })
	if i < 0 {
		t.Fatalf("no part %s; failed: %v", section, result.Failed)
	}
	encoded, err := json.Marshal(result.Parts[i].Fields)
	must(t, err)
	return string(encoded)
}
