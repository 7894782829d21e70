package okms

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/ovh/okms-sdk-go/types"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
	interpret "github.com/raci-check/raci-check/internal/collect/reader/okms"
)

// sdkDomain is an OKMS domain whose answers are the types of the provider's SDK, encoded. It answers nothing but lists: it has no
// route that exports a key, and fails the test where one is asked for.
type sdkDomain struct {
	t        *testing.T
	keys     []types.GetServiceKeyResponse
	secrets  types.ListSecretV2Response
	versions map[string]types.ListSecretVersionV2Response
	config   types.GetSecretConfigV2Response
	// ends are where pages end, besides at the most that is asked for: two that are the same make an empty page.
	ends    []int
	failing map[string]any                  // what is answered with status 200 in place of the answer, by the end of the route
	wrap    func(http.Handler) http.Handler // nil for nothing
	// denied answers the error of an action that is not allowed.
	denied string

	mu    sync.Mutex
	pages int
}

func (d *sdkDomain) start(t *testing.T, p *collecttest.PKI) string {
	t.Helper()
	var handler http.Handler = d
	if d.wrap != nil {
		handler = d.wrap(d)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = p.Config()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

func (d *sdkDomain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	defer d.mu.Unlock()
	route, isBelow := strings.CutPrefix(r.URL.EscapedPath(), "/api/"+domain)
	if !isBelow || r.Method != http.MethodGet {
		d.t.Errorf("%s %s is asked", r.Method, r.URL)
	}
	answer := func(status int, body any) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}
	path, isVersions := strings.CutSuffix(strings.TrimPrefix(route, "/v2/secret/"), "/version")
	for end, body := range d.failing {
		if strings.HasSuffix(route, end) {
			answer(http.StatusOK, body)
			return
		}
	}
	switch {
	case d.denied != "" && strings.HasSuffix(route, d.denied):
		code, request, errs := int32(4<<12), "r-17", []string{"insufficient permission"}
		answer(http.StatusForbidden, types.ErrorResponse{ErrorCode: &code, RequestId: &request, Errors: &errs})
	case route == "/v1/servicekey":
		answer(http.StatusOK, d.page(r.URL.Query()))
	case route == "/v2/secretConfig":
		answer(http.StatusOK, d.config)
	case route == "/v2/secret":
		listed, next := slicePage(d, d.secrets, r.Header)
		w.Header().Set("X-Pagination-Cursor-Next", next)
		answer(http.StatusOK, listed)
	case isVersions:
		path, err := url.PathUnescape(path)
		must(d.t, err)
		listed, next := slicePage(d, d.versions[path], r.Header)
		w.Header().Set("X-Pagination-Cursor-Next", next)
		answer(http.StatusOK, listed)
	default:
		d.t.Errorf("GET %s is asked", r.URL)
		answer(http.StatusNotFound, types.ErrorResponse{})
	}
}

// page is a page of the keys in a state.
func (d *sdkDomain) page(query url.Values) types.ListServiceKeysResponse {
	for name := range query {
		if !slices.Contains([]string{"state", "max", "continuation-token"}, name) { // format and wrappingKeyId export a key
			d.t.Errorf("the query has %s", name)
		}
	}
	state := types.KeyStates(query.Get("state"))
	if !state.Valid() {
		d.t.Errorf("the state %q is asked for", state)
	}
	var chosen []types.GetServiceKeyResponse
	for _, key := range d.keys {
		if state == types.KeyStatesAll || (*key.Attributes)["state"] == string(state) {
			chosen = append(chosen, key)
		}
	}
	most, err := strconv.Atoi(query.Get("max"))
	must(d.t, err)
	start, end, part := d.bounds(query.Get("continuation-token"), len(chosen), most)
	return types.ListServiceKeysResponse{
		ObjectsList: append([]types.GetServiceKeyResponse{}, chosen[start:end]...), IsTruncated: end < len(chosen) || part < len(d.ends),
		ContinuationToken: token(end, part),
	}
}

func token(end, part int) string { return fmt.Sprintf("%d-%d", end, part) }

// bounds are the items of the page behind a token, and the number of the next page.
func (d *sdkDomain) bounds(after string, n, most int) (start, end, part int) {
	d.pages++
	if after != "" {
		_, err := fmt.Sscanf(after, "%d-%d", &start, &part)
		must(d.t, err)
	}
	end = min(start+most, n)
	if part < len(d.ends) {
		end = min(end, d.ends[part])
		part++
	}
	return start, end, part
}

// slicePage is a page of a list by its headers, and the cursor of the next.
func slicePage[T any](d *sdkDomain, list []T, header http.Header) ([]T, string) {
	most, err := strconv.Atoi(header.Get("X-Pagination-Size"))
	must(d.t, err)
	start, end, part := d.bounds(header.Get("X-Pagination-Cursor"), len(list), most)
	next := ""
	if end < len(list) || part < len(d.ends) {
		next = token(end, part)
	}
	return append([]T{}, list[start:end]...), next
}

func ptr[T any](value T) *T { return &value }

func sdkKey(i int, change func(*types.GetServiceKeyResponse)) types.GetServiceKeyResponse {
	key := types.GetServiceKeyResponse{
		Id: uuid.MustParse(keyID(i)), Name: fmt.Sprintf("key-%d", i), Type: types.Oct, Size: ptr(types.N256), ProtectionLevel: types.SOFTWARE,
		Class: ptr(types.SECRETKEY), Operations: &[]types.CryptographicUsages{types.Encrypt, types.Decrypt},
		Attributes: &map[string]any{
			"state": string(types.KeyStatesActive), "original_creation_date": "2026-01-02T03:04:05Z", "activation_date": "2026-01-02T03:04:06Z",
			"extractable": false, "never_extractable": true, "sensitive": true, "always_sensitive": true,
		},
	}
	if change != nil {
		change(&key)
	}
	return key
}

func manySDKKeys(n int) (keys []types.GetServiceKeyResponse) {
	for i := range n {
		keys = append(keys, sdkKey(i, nil))
	}
	return keys
}

// Each field of a key is read as evidence has it, for each word that the SDK knows.
func TestKeysOfTheSDK(t *testing.T) {
	attribute := func(name string, value any) func(*types.GetServiceKeyResponse) {
		return func(k *types.GetServiceKeyResponse) { (*k.Attributes)[name] = value }
	}
	type test struct {
		change func(*types.GetServiceKeyResponse)
		want   map[string]any // the fields that differ from those of sdkKey; nil for one that is not there
	}
	tests := map[string]test{"a key of the SDK": {nil, nil}}
	for _, kind := range []types.KeyTypes{types.EC, types.Oct, types.RSA} {
		tests["type "+string(kind)] = test{func(k *types.GetServiceKeyResponse) { k.Type = kind }, map[string]any{"type": string(kind)}}
	}
	for _, size := range []types.KeySizes{types.N128, types.N192, types.N256, types.N2048, types.N3072, types.N4096} {
		tests[fmt.Sprintf("size %d", size)] = test{func(k *types.GetServiceKeyResponse) { k.Size = &size }, map[string]any{"size": float64(size)}}
	}
	for _, curve := range []types.Curves{types.P256, types.P384, types.P521} {
		tests["curve "+string(curve)] = test{func(k *types.GetServiceKeyResponse) { k.Curve, k.Size = &curve, nil }, map[string]any{"curve": string(curve), "size": nil}}
	}
	for _, level := range []types.ProtectionLevelEnum{types.HSM, types.SOFTWARE} {
		tests["level "+string(level)] = test{func(k *types.GetServiceKeyResponse) { k.ProtectionLevel = level }, map[string]any{"protection_level": string(level)}}
	}
	for _, usage := range []types.CryptographicUsages{types.Decrypt, types.Encrypt, types.Sign, types.UnwrapKey, types.Verify, types.WrapKey} {
		tests["operation "+string(usage)] = test{func(k *types.GetServiceKeyResponse) { k.Operations = &[]types.CryptographicUsages{usage} }, map[string]any{"operations": []any{string(usage)}}}
	}
	for class, want := range map[types.ServiceKeyClassEnum]map[string]any{
		types.SECRETKEY: {"class": "secret_key"}, types.KEYPAIR: {"class": "key_pair"},
		types.PUBLICKEY: {"class": "public_key", "origin": nil}, // never extractable, and imported: the API contradicts itself
	} {
		tests["class "+string(class)] = test{func(k *types.GetServiceKeyResponse) { k.Class = &class }, want}
	}
	for _, state := range []types.KeyStates{
		types.KeyStatesActive, types.KeyStatesCompromised, types.KeyStatesDeactivated, types.KeyStatesDestroyed,
		types.KeyStatesDestroyedCompromised, types.KeyStatesPreActive,
	} {
		want := map[string]any{"state": string(state)}
		if state == types.KeyStatesPreActive {
			want["activated_at"] = nil // its date is a plan
		}
		tests["state "+string(state)] = test{attribute("state", string(state)), want}
	}
	for name, more := range map[string]test{
		"a key that may be exported": {func(k *types.GetServiceKeyResponse) {
			(*k.Attributes)["extractable"], (*k.Attributes)["never_extractable"] = true, false
		}, map[string]any{"extractable": true, "never_extractable": false, "origin": nil}},
		"a key that could be exported once": {attribute("never_extractable", false), map[string]any{"never_extractable": false, "origin": nil}},
		"a key that says nothing of exports": {func(k *types.GetServiceKeyResponse) {
			delete(*k.Attributes, "extractable")
			delete(*k.Attributes, "never_extractable")
		}, map[string]any{"extractable": nil, "never_extractable": nil, "origin": nil}},
		"an export that is no boolean": {attribute("extractable", "yes"), map[string]any{"extractable": nil}},
		"deactivated at": {func(k *types.GetServiceKeyResponse) {
			(*k.Attributes)["state"], (*k.Attributes)["deactivation_date"] = "deactivated", "2026-03-03T01:00:00+01:00"
		}, map[string]any{"state": "deactivated", "deactivated_at": "2026-03-03T00:00:00Z"}},
		"compromised at":                   {attribute("compromise_date", "2026-03-03T00:00:00Z"), map[string]any{"compromised_at": "2026-03-03T00:00:00Z"}},
		"no class, no operations, no size": {func(k *types.GetServiceKeyResponse) { k.Class, k.Operations, k.Size = nil, nil, nil }, map[string]any{"class": nil, "operations": nil, "size": nil}},
		"no attributes":                    {func(k *types.GetServiceKeyResponse) { k.Attributes = nil }, map[string]any{"state": nil, "created_at": nil, "activated_at": nil, "extractable": nil, "never_extractable": nil, "origin": nil}},
		"a transport key of BYOK": {func(k *types.GetServiceKeyResponse) {
			k.Type, k.Size, k.Class, k.Operations = types.RSA, ptr(types.N4096), ptr(types.KEYPAIR), &[]types.CryptographicUsages{types.WrapKey, types.UnwrapKey}
		}, map[string]any{"type": "RSA", "size": 4096.0, "class": "key_pair", "operations": []any{"wrapKey", "unwrapKey"}}},
		"the public transport key of another": {func(k *types.GetServiceKeyResponse) {
			k.Type, k.Size, k.Class, k.Operations = types.RSA, ptr(types.N4096), ptr(types.PUBLICKEY), &[]types.CryptographicUsages{types.WrapKey}
			(*k.Attributes)["extractable"], (*k.Attributes)["never_extractable"] = true, false
		}, map[string]any{"type": "RSA", "size": 4096.0, "class": "public_key", "operations": []any{"wrapKey"}, "extractable": true, "never_extractable": false, "origin": "imported"}},
	} {
		tests[name] = more
	}
	d, p := &sdkDomain{t: t}, collecttest.NewPKI(t)
	names := make([]string, 0, len(tests))
	for name := range tests {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		d.keys = append(d.keys, sdkKey(i, tests[name].change))
	}
	s, _ := opened(t, d.start(t, p), p)
	var got struct {
		Count int              `json:"service_key_count"`
		Keys  []map[string]any `json:"service_keys"`
	}
	must(t, json.Unmarshal([]byte(told(t, whole(t, s), "keys")), &got))
	if got.Count != len(tests) || len(got.Keys) != len(tests) {
		t.Fatalf("%d keys of %d", got.Count, len(tests))
	}
	for i, name := range names {
		want := map[string]any{
			"id": keyID(i), "name": fmt.Sprintf("key-%d", i), "type": "oct", "size": 256.0, "class": "secret_key", "operations": []any{"encrypt", "decrypt"},
			"protection_level": "SOFTWARE", "state": "active", "created_at": "2026-01-02T03:04:05Z", "activated_at": "2026-01-02T03:04:06Z",
			"extractable": false, "never_extractable": true, "origin": "generated",
		}
		for field, value := range tests[name].want {
			if want[field] = value; value == nil {
				delete(want, field)
			}
		}
		if diff := cmp.Diff(want, got.Keys[i]); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

// Each field of a secret is read as evidence has it.
func TestSecretsOfTheSDK(t *testing.T) {
	d, p := &sdkDomain{t: t, versions: map[string]types.ListSecretVersionV2Response{}}, collecttest.NewPKI(t)
	d.config = types.GetSecretConfigV2Response{CasRequired: ptr(false), MaxVersions: ptr(uint32(7)), DeactivateVersionAfter: ptr("48h")}
	metadata := func() *types.SecretV2Metadata {
		return &types.SecretV2Metadata{
			CasRequired: ptr(true), CreatedAt: ptr("2026-01-01T00:00:00Z"), CurrentVersion: ptr(uint32(2)), CustomMetadata: &types.SecretV2CustomMetadata{"note": "planted"},
			DeactivateVersionAfter: ptr("720h"), MaxVersions: ptr(uint32(10)), OldestVersion: ptr(uint32(1)), UpdatedAt: ptr("2026-02-02T00:00:00Z"), Urn: ptr("urn:v1:eu:resource:okms:planted"),
		}
	}
	version := func(id uint32, at string) types.SecretV2Version {
		return types.SecretV2Version{
			Id: id, CreatedAt: at, State: types.SecretV2StateActive, Data: &map[string]any{"user": "planted"}, DeactivatedAt: ptr("2027-01-01T00:00:00Z"),
			Warnings: &types.WarningsList{"planted"},
		}
	}
	bare := metadata()
	bare.CasRequired, bare.DeactivateVersionAfter, bare.MaxVersions = nil, nil, nil
	d.secrets = types.ListSecretV2Response{
		{Path: ptr("a/listed"), Metadata: metadata(), Version: ptr(version(2, "2026-02-02T03:00:00+02:00"))},
		{Path: ptr("b/asked"), Metadata: metadata()},
		{Path: ptr("c/by the domain"), Metadata: bare, Version: ptr(version(2, "2026-02-02T00:00:00Z"))},
		{Path: ptr("d/empty")},
	}
	d.versions["b/asked"] = types.ListSecretVersionV2Response{version(1, "2026-01-01T00:00:00Z"), version(2, "2026-02-03T00:00:00Z"), version(3, "2026-02-04T00:00:00Z")}
	s, _ := opened(t, d.start(t, p), p)
	result := whole(t, s)
	const rest = `"max_versions":10,"deactivate_version_after_hours":720,"cas_required":true}`
	want := `{"secret_count":4,"secrets":[{"path":"a/listed","current_version_created_at":"2026-02-02T01:00:00Z",` + rest +
		`,{"path":"b/asked","current_version_created_at":"2026-02-03T00:00:00Z",` + rest +
		`,{"path":"c/by the domain","current_version_created_at":"2026-02-02T00:00:00Z","max_versions":7,"deactivate_version_after_hours":48,"cas_required":false}` +
		`,{"path":"d/empty"}]}`
	if diff := cmp.Diff(want, told(t, result, "secrets")); diff != "" {
		t.Error(diff)
	}
	encoded, err := json.Marshal(result)
	must(t, err)
	if strings.Contains(string(encoded), "planted") || strings.Contains(strings.Join(result.Notes, "\n"), "does not know") {
		t.Errorf("notes %q, kept %s", result.Notes, encoded)
	}
}

// Lists are read to their end, however pages fall: the last one full, empty ones between, one item a page. The SDK's own iterator
// ends at an empty page, without an error.
func TestPaginationOfTheSDK(t *testing.T) {
	for name, test := range map[string]struct {
		n     int
		ends  []int
		pages int
	}{
		"no item":                         {0, nil, 1},
		"a full page":                     {100, nil, 1},
		"a full page and one item":        {101, nil, 2},
		"full pages":                      {300, nil, 3},
		"an empty page first":             {5, []int{0}, 2},
		"empty pages between":             {230, []int{100, 100, 100, 150}, 5},
		"one item a page":                 {7, []int{1, 2, 3, 4, 5, 6, 7}, 7},
		"an empty page that says it ends": {100, []int{100, 100}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d, p := &sdkDomain{t: t, keys: manySDKKeys(test.n), ends: test.ends}, collecttest.NewPKI(t)
			for i := range test.n {
				d.secrets = append(d.secrets, types.GetSecretV2Response{Path: ptr(fmt.Sprintf("s/%03d", i))})
			}
			s, _ := opened(t, d.start(t, p), p)
			result := whole(t, s)
			if got := part(t, result, "keys").Fields["service_key_count"]; got != test.n {
				t.Errorf("%v keys of %d", got, test.n)
			}
			if got := part(t, result, "secrets").Fields["secret_count"]; got != test.n {
				t.Errorf("%v secrets of %d", got, test.n)
			}
			expected := 2 * test.pages
			if name == "a full page" { // of secrets, which headers name the next page of: whether these get through is asked
				expected++
			}
			if d.pages != expected {
				t.Errorf("%d pages are asked for, expected are %d", d.pages, expected)
			}
		})
	}
}

// Key material that stands in a list is not kept, wrapped or not, and attributes that the API does not have today neither: they are said.
func TestExportsOfTheSDK(t *testing.T) {
	d, p := &sdkDomain{t: t}, collecttest.NewPKI(t)
	for i := range 3 {
		d.keys = append(d.keys, sdkKey(i, func(k *types.GetServiceKeyResponse) {
			k.Keys = &[]types.JsonWebKeyResponse{{Kid: "planted", Kty: types.Oct, K: ptr("planted"), D: ptr("planted")}}
			k.WrappedKeys = &[]types.WrappedKeyEntry{{Ciphertext: "planted", KeyFormatType: types.JWK, WrappingKeyId: uuid.MustParse(keyID(9))}}
			if i > 0 {
				(*k.Attributes)["rotation_owner"] = "planted"
				(*k.Attributes)["state_history"] = map[string]any{"a": "planted"}
			}
			(*k.Attributes)["sensitive"] = map[string]any{"value": "planted"}
		}))
	}
	s, _ := opened(t, d.start(t, p), p)
	result := whole(t, s)
	encoded, err := json.Marshal(result)
	must(t, err)
	if strings.Contains(string(encoded), "planted") {
		t.Errorf("kept: %s", encoded)
	}
	notes := strings.Join(result.Notes, "\n")
	want := `list service keys: the API tells fields that this program does not know and leaves out: "attributes.rotation_owner" of ` + keyID(1) + `, "attributes.state_history" of ` + keyID(1)
	if !strings.Contains(notes, want) || strings.Count(notes, "rotation_owner") != 1 {
		t.Errorf("notes %s", notes)
	}
}

// What the SDK's errors say is said, with the action that is missing.
func TestErrorsOfTheSDK(t *testing.T) {
	for route, says := range map[string]string{
		"/v1/servicekey": "(insufficient permission; request r-17): allow the certificate's identity the IAM action okms:apikms:serviceKey/get",
		"/v2/secret":     "(insufficient permission; request r-17): allow the certificate's identity the IAM action okms:apikms:secret/get",
	} {
		d, p := &sdkDomain{t: t, denied: route}, collecttest.NewPKI(t)
		s, _ := opened(t, d.start(t, p), p)
		result, err := read(t, s)
		must(t, err)
		if failed := fmt.Sprint(result.Failed); !strings.Contains(failed, says) {
			t.Errorf("%s: %s", route, failed)
		}
	}
}

// Our names of fields are those of the SDK's types, and each field of these is read, or is one of those that are never kept.
func TestFieldsOfTheSDK(t *testing.T) {
	for _, of := range []struct{ ours, theirs reflect.Type }{
		{reflect.TypeFor[interpret.Key](), reflect.TypeFor[types.GetServiceKeyResponse]()},
		{reflect.TypeFor[interpret.Secret](), reflect.TypeFor[types.GetSecretV2Response]()},
		{reflect.TypeFor[interpret.Metadata](), reflect.TypeFor[types.SecretV2Metadata]()},
		{reflect.TypeFor[interpret.Version](), reflect.TypeFor[types.SecretV2Version]()},
		{reflect.TypeFor[interpret.Settings](), reflect.TypeFor[types.GetSecretConfigV2Response]()},
		{reflect.TypeFor[keyPage](), reflect.TypeFor[types.ListServiceKeysResponse]()},
		{reflect.TypeFor[refusal](), reflect.TypeFor[types.ErrorResponse]()},
	} {
		ours := append(tags(of.ours), unkept[of.ours]...)
		if of.ours == reflect.TypeFor[refusal]() {
			ours = append(ours, "error_id") // of no use to a person who has request_id
		}
		slices.Sort(ours)
		theirs := slices.Sorted(slices.Values(tags(of.theirs)))
		if diff := cmp.Diff(theirs, ours); diff != "" {
			t.Errorf("%s: -SDK +read or left out:\n%s", of.theirs, diff)
		}
	}
}

// tags are the names of the fields of a type in JSON.
func tags(of reflect.Type) (names []string) {
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// planting is a server whose answers have secrets in each of their objects.
type planting struct{ next http.Handler }

func (p planting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answered := httptest.NewRecorder()
	p.next.ServeHTTP(answered, r)
	for name, values := range answered.Header() {
		w.Header()[name] = values
	}
	var body any
	if json.Unmarshal(answered.Body.Bytes(), &body) != nil {
		return
	}
	w.WriteHeader(answered.Code)
	_ = json.NewEncoder(w).Encode(collecttest.Plant(body))
}

// Whatever else the API answers, nothing of it is kept, and the facts are the same.
func TestNothingElseIsKeptOfTheSDK(t *testing.T) {
	d, p := &sdkDomain{t: t, keys: manySDKKeys(3), versions: map[string]types.ListSecretVersionV2Response{}}, collecttest.NewPKI(t)
	d.config = types.GetSecretConfigV2Response{CasRequired: ptr(false), MaxVersions: ptr(uint32(7))}
	d.secrets = types.ListSecretV2Response{{Path: ptr("a"), Metadata: &types.SecretV2Metadata{CurrentVersion: ptr(uint32(1))}}}
	d.versions["a"] = types.ListSecretVersionV2Response{{Id: 1, CreatedAt: "2026-01-01T00:00:00Z", State: types.SecretV2StateActive}}
	s, _ := opened(t, d.start(t, p), p)
	want := whole(t, s)
	d.wrap = func(next http.Handler) http.Handler { return planting{next} }
	s, _ = opened(t, d.start(t, p), p)
	got := whole(t, s)
	for i := range want.Parts { // the endpoint has another port
		for j := range want.Parts[i].Answers {
			want.Parts[i].Answers[j].Origin, got.Parts[i].Answers[j].Origin = "", ""
		}
	}
	if diff := cmp.Diff(want.Parts, got.Parts); diff != "" {
		t.Error(diff)
	}
	encoded, err := json.Marshal(got.Parts)
	must(t, err)
	if strings.Contains(string(encoded), collecttest.PlantedText) {
		t.Errorf("a secret is kept: %s", encoded)
	}
	for _, doing := range []string{"list service keys", "list secrets", "list the versions of secrets", "read the configuration of secrets"} {
		if strings.Count(strings.Join(got.Notes, "\n"), doing+": the API tells fields that this program does not know") != 1 {
			t.Errorf("%s is not in %q", doing, got.Notes)
		}
	}
}
