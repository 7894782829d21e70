//go:build linux

package main

// Servers of domains that are too large to be held: each answer is made when it is asked for. They are in another process than the
// collection, so that tests measure what the collection takes.

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/kmipserver"
	"github.com/ovh/kmip-go/payloads"

	"github.com/raci-check/raci-check/internal/collect/collecttest"
)

// largeDomain is the id of the domain.
const largeDomain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

// largePage is how many items a list answers at once, as the APIs do.
const largePage = 100

// largeID is the identifier of the i-th key or object. They are listed in the order of their identifiers.
func largeID(i int) string { return fmt.Sprintf("%08x-6fe1-408f-a53a-18050cf887f6", i) }

// largeCreated is when the i-th key was made.
func largeCreated(i int) time.Time {
	return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i%500_000) * time.Minute)
}

// isRetired reports whether the i-th key is out of use: one of ten is.
func isRetired(i int) bool { return i%10 == 9 }

// largeKey is a service key, with the fields that both APIs answer.
func largeKey(i int) map[string]any {
	return map[string]any{
		"id": largeID(i), "name": fmt.Sprintf("application-%d/data", i), "type": "oct", "size": 256, "operations": []string{"encrypt", "decrypt"},
	}
}

// largeOKMS starts the REST API of a domain with so many service keys and no secrets, and answers its URL.
func largeOKMS(t *testing.T, pki *collecttest.PKI, keys int) string {
	t.Helper()
	return serveLarge(t, pki.Config(), func(r *http.Request) (http.Header, any) {
		switch route := strings.TrimPrefix(r.URL.Path, "/api/"+largeDomain); route {
		case "/v2/secretConfig":
			return nil, map[string]any{}
		case "/v2/secret":
			return nil, []any{}
		case "/v1/servicekey":
			from, _ := strconv.Atoi(r.URL.Query().Get("continuation-token"))
			list := []any{}
			for i := from; i < min(from+largePage, keys); i++ {
				k := largeKey(i)
				k["protectionLevel"] = "SOFTWARE"
				attributes := map[string]any{"state": "active", "original_creation_date": largeCreated(i), "activation_date": largeCreated(i).Add(time.Minute)}
				if isRetired(i) {
					attributes["state"], attributes["deactivation_date"] = "deactivated", largeCreated(i).Add(time.Hour)
				}
				k["attributes"] = attributes
				list = append(list, k)
			}
			return nil, map[string]any{"objects_list": list, "is_truncated": from+largePage < keys, "continuation_token": strconv.Itoa(from + largePage)}
		default:
			return nil, nil
		}
	})
}

// largeOVHcloud starts the OVHcloud API of an account that has the domain, with so many service keys, and nothing else. It answers its URL.
func largeOVHcloud(t *testing.T, pki *collecttest.PKI, keys int) string {
	t.Helper()
	config := pki.Config()
	config.ClientAuth = tls.NoClientCert
	config.VerifyConnection = nil
	return serveLarge(t, config, func(r *http.Request) (http.Header, any) {
		switch r.URL.Path {
		case "/1.0/auth/time":
			return nil, time.Now().Unix()
		case "/v2/okms/resource/" + largeDomain:
			return nil, map[string]any{"id": largeDomain, "region": "eu-west-par", "iam": map[string]any{"displayName": "large"}}
		case "/v2/okms/resource/" + largeDomain + "/serviceKey":
			from, _ := strconv.Atoi(r.Header.Get("X-Pagination-Cursor"))
			list, header := []any{}, http.Header{}
			for i := from; i < min(from+largePage, keys); i++ {
				k := largeKey(i)
				k["state"], k["createdAt"] = "ACTIVE", largeCreated(i)
				if isRetired(i) {
					k["state"] = "DEACTIVATED"
				}
				list = append(list, k)
			}
			if from+largePage < keys {
				header.Set("X-Pagination-Cursor-Next", strconv.Itoa(from+largePage))
			}
			return header, list
		default:
			return nil, nil
		}
	})
}

// serveLarge starts a server; what it answers nothing to is not there.
func serveLarge(t *testing.T, config *tls.Config, answer func(*http.Request) (http.Header, any)) string {
	t.Helper()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header, body := answer(r)
		if body == nil {
			http.NotFound(w, r)
			return
		}
		for name := range header {
			w.Header().Set(name, header.Get(name))
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body) // a client that has gone is a failure of the client
	}))
	server.TLS = config
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL
}

// largeKMIP starts a KMIP server with so many objects, and answers its address.
func largeKMIP(t *testing.T, pki *collecttest.PKI, objects int) string {
	t.Helper()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", pki.Config())
	if err != nil {
		t.Fatal(err)
	}
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the server's
	exec := kmipserver.NewBatchExecutor()
	exec.Route(kmip.OperationLocate, kmipserver.HandleFunc(func(_ context.Context, request *payloads.LocateRequestPayload) (*payloads.LocateResponsePayload, error) {
		count := int32(objects) //nolint:gosec // a test asks for no more
		answer := &payloads.LocateResponsePayload{LocatedItems: &count}
		end := objects
		if request.MaximumItems > 0 {
			end = min(end, int(request.OffsetItems+request.MaximumItems))
		}
		for i := int(request.OffsetItems); i < end; i++ {
			answer.UniqueIdentifier = append(answer.UniqueIdentifier, largeID(i))
		}
		return answer, nil
	}))
	exec.Route(kmip.OperationGetAttributes, kmipserver.HandleFunc(func(_ context.Context, request *payloads.GetAttributesRequestPayload) (*payloads.GetAttributesResponsePayload, error) {
		i, err := strconv.ParseInt(strings.SplitN(request.UniqueIdentifier, "-", 2)[0], 16, 32)
		if err != nil || int(i) >= objects {
			return nil, kmipserver.ErrItemNotFound
		}
		return &payloads.GetAttributesResponsePayload{UniqueIdentifier: request.UniqueIdentifier, Attribute: largeAttributes(int(i))}, nil
	}))
	server := kmipserver.NewServer(listener, exec).WithMaxMessageSize(1 << 24)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve() }()
	t.Cleanup(func() { _ = server.Shutdown(); <-done })
	return listener.Addr().String()
}

// largeAttributes are those of the i-th object.
func largeAttributes(i int) []kmip.Attribute {
	of := func(name kmip.AttributeName, value any) kmip.Attribute {
		return kmip.Attribute{AttributeName: name, AttributeValue: value}
	}
	all := []kmip.Attribute{
		of(kmip.AttributeNameObjectType, kmip.ObjectTypeSymmetricKey), of(kmip.AttributeNameState, kmip.StateActive),
		of(kmip.AttributeNameName, kmip.Name{NameValue: fmt.Sprintf("volume-%d", i), NameType: kmip.NameTypeUninterpretedTextString}),
		of(kmip.AttributeNameCryptographicAlgorithm, kmip.CryptographicAlgorithmAES), of(kmip.AttributeNameCryptographicLength, int32(256)),
		of(kmip.AttributeNameInitialDate, largeCreated(i)), of(kmip.AttributeNameActivationDate, largeCreated(i)), of(kmip.AttributeNameExtractable, i%2 == 0),
	}
	if isRetired(i) {
		all[1] = of(kmip.AttributeNameState, kmip.StateDeactivated)
		all = append(all, of(kmip.AttributeNameDeactivationDate, largeCreated(i).Add(time.Hour)))
	}
	return all
}
