package redact_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/raci-check/raci-check/internal/collect/redact"
)

func TestValue(t *testing.T) {
	got := redact.Value(map[string]any{
		"id": "1", "private_key_pem": "x", "privateKeyPEM": "x", "client-secret": "x", "password_last_update": "2026-01-01",
		"version": map[string]any{"data": map[string]any{"user": "x"}, "id": 3},
		"keys":    []any{map[string]any{"kty": "oct", "k": "x"}},
	})
	want := map[string]any{
		"id": "1", "private_key_pem": redact.Mark, "privateKeyPEM": redact.Mark, "client-secret": redact.Mark,
		"password_last_update": "2026-01-01",
		"version":              map[string]any{"data": redact.Mark, "id": 3},
		"keys":                 []any{map[string]any{"kty": "oct", "k": redact.Mark}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// secrets are planted under the names and in the forms that exports have. All hold the word planted but those whose form alone
// gives them away.
var secrets = []map[string]any{
	{"password": "planted"}, {"db_passwd": "planted"}, {"PWD": "planted"}, {"client_secret": "planted"}, {"sharedSecret": "planted"},
	{"consumer-key": "planted"}, {"application.secret": "planted"}, {"apiKey": "planted"}, {"x_api_token": "planted"}, {"secret_access_key": "planted"},
	{"accessToken": "planted"}, {"session_token": "planted"}, {"id_token": "planted"}, {"Authorization": "planted"}, {"signing_key": "planted"},
	{"preSharedKey": "planted"}, {"connection_string": "planted"}, {"recovery_codes": []any{"planted"}}, {"key_material": map[string]any{"a": "planted"}},
	{"webhook_url": "planted"}, {"private_key_pem": "planted"},
	{"note": "-----BEGIN RSA " + "PRIVATE KEY-----\nplanted"},
	{"url": "postgres://app:planted@db.example/app"},
	{"link": "see https://api.example/v1?access_token=planted&x=1"},
	{"env": []any{map[string]any{"name": "DB_PASSWORD", "value": "planted"}, map[string]any{"Key": "api-token", "Value": "planted"}}},
	{"header": "Bearer planted-planted-0"},
	{"comment": "eyJhbGciOiJub25lIn0.eyJzdWIiOiJwbGFudGVkIn0.planted"},
	{"description": "the bot uses glpat-planted0planted0"},
	{"VAULT_TOKEN": "planted"}, {"x-vault-token": "planted"}, {"githubToken": "planted"}, {"app_secret": "planted"}, {"hmacSecret": []any{"planted"}},
	{"env": []any{map[string]any{"name": "SLACK_TOKEN", "value": "planted"}}},
	{"payload": `{"user": "app", "password": "planted"}`}, {"payload": `{\"api_key\":\"planted\"}`}, {"note": "login app, password: planted"},
	{"url": "https://hooks.slack.com/services/T0/B0/planted"}, {"note": "SG.planted-planted.planted"},
	{"header": "Basic YXBwOnBsYW50ZWRw planted"},
	{"blob": "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0t planted"},
}

func TestNoSecretIsKept(t *testing.T) {
	if len(secrets) < 26 {
		t.Fatalf("only %d secrets are planted", len(secrets))
	}
	for _, secret := range secrets {
		for _, at := range []any{secret, []any{map[string]any{"items": []any{secret}}}} {
			if kept := fmt.Sprint(redact.Value(at)); strings.Contains(kept, "planted") {
				t.Errorf("%v is kept", kept)
			}
		}
	}
}

// What evidence is made of stays.
func TestFactsAreKept(t *testing.T) {
	facts := map[string]any{
		"id": "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21", "urn": "urn:v1:eu:resource:okms:7d0c*", "url": "https://eu-west-rbx.okms.ovh.net/v1?state=all",
		"name": "token signing", "action": "okms:apikms:serviceKey/get", "labels": []any{map[string]any{"name": "owner", "value": "ines"}},
		"mail": "ines@example.com", "digest": "sha256:0f0f", "about": "Basic rules for tokens", "title": "basic encryption, bearer authentication", "tokens": 3, "continuation_token": "2", "nextPageToken": "b", "token_expires_at": "2026-01-01", "secret_count": 1, "secrets": []any{"app/db"},
		"rule": "the password is changed by two people", "policy": "secret: read by one team", "pem": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t", "size": 256, "on": true, "none": nil,
		"certificate": "-----BEGIN CERTIFICATE-----\nx", "keys": []any{map[string]any{"kty": "EC", "key_ops": []any{"sign"}}},
	}
	if diff := cmp.Diff(any(facts), redact.Value(facts)); diff != "" {
		t.Error(diff)
	}
}
