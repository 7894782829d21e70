package redact_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"raci-check/internal/collect/redact"
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
