// Package largetest has servers of domains that are too large to be held: each answer is made when it is asked for. Tests that measure
// what a collection takes have them in another process than the collection.
package largetest

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

// Domain is the id of the domain.
const Domain = "7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21"

// page is how many items a list answers at once, as the APIs do.
const page = 100

// ID is the identifier of the i-th key or object. They are listed in the order of their identifiers.
func ID(i int) string { return fmt.Sprintf("%08x-6fe1-408f-a53a-18050cf887f6", i) }

// created is when the i-th key was made.
func created(i int) time.Time {
	return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i%500_000) * time.Minute)
}

// isRetired reports whether the i-th key is out of use: one of ten is.
func isRetired(i int) bool { return i%10 == 9 }

// key is a service key, with the fields that both APIs answer.
func key(i int) map[string]any {
	return map[string]any{
		"id": ID(i), "name": fmt.Sprintf("application-%d/data", i), "type": "oct", "size": 256, "operations": []string{"encrypt", "decrypt"},
	}
}

// OKMS starts the REST API of a domain with so many service keys and no secrets, and answers its URL.
func OKMS(t *testing.T, pki *collecttest.PKI, keys int) string {
	t.Helper()
	return serve(t, pki.Config(), func(r *http.Request) (http.Header, any) {
		switch route := strings.TrimPrefix(r.URL.Path, "/api/"+Domain); route {
		case "/v2/secretConfig":
			return nil, map[string]any{}
		case "/v2/secret":
			return nil, []any{}
		case "/v1/servicekey":
			from, _ := strconv.Atoi(r.URL.Query().Get("continuation-token"))
			list := []any{}
			for i := from; i < min(from+page, keys); i++ {
				k := key(i)
				k["protectionLevel"] = "SOFTWARE"
				attributes := map[string]any{"state": "active", "original_creation_date": created(i), "activation_date": created(i).Add(time.Minute)}
				if isRetired(i) {
					attributes["state"], attributes["deactivation_date"] = "deactivated", created(i).Add(time.Hour)
				}
				k["attributes"] = attributes
				list = append(list, k)
			}
			return nil, map[string]any{"objects_list": list, "is_truncated": from+page < keys, "continuation_token": strconv.Itoa(from + page)}
		default:
			return nil, nil
		}
	})
}

// OVHcloud starts the OVHcloud API of an account that has the domain, with so many service keys, and nothing else. It answers its URL.
func OVHcloud(t *testing.T, pki *collecttest.PKI, keys int) string {
	t.Helper()
	config := pki.Config()
	config.ClientAuth = tls.NoClientCert
	config.VerifyConnection = nil
	return serve(t, config, func(r *http.Request) (http.Header, any) {
		switch r.URL.Path {
		case "/1.0/auth/time":
			return nil, time.Now().Unix()
		case "/v2/okms/resource/" + Domain:
			return nil, map[string]any{"id": Domain, "region": "eu-west-par", "iam": map[string]any{"displayName": "large"}}
		case "/v2/okms/resource/" + Domain + "/serviceKey":
			from, _ := strconv.Atoi(r.Header.Get("X-Pagination-Cursor"))
			list, header := []any{}, http.Header{}
			for i := from; i < min(from+page, keys); i++ {
				k := key(i)
				k["state"], k["createdAt"] = "ACTIVE", created(i)
				if isRetired(i) {
					k["state"] = "DEACTIVATED"
				}
				list = append(list, k)
			}
			if from+page < keys {
				header.Set("X-Pagination-Cursor-Next", strconv.Itoa(from+page))
			}
			return header, list
		default:
			return nil, nil
		}
	})
}

// serve starts a server; what it answers nothing to is not there.
func serve(t *testing.T, config *tls.Config, answer func(*http.Request) (http.Header, any)) string {
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

// KMIP starts a KMIP server with so many objects, and answers its address.
func KMIP(t *testing.T, pki *collecttest.PKI, objects int) string {
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
			answer.UniqueIdentifier = append(answer.UniqueIdentifier, ID(i))
		}
		return answer, nil
	}))
	exec.Route(kmip.OperationGetAttributes, kmipserver.HandleFunc(func(_ context.Context, request *payloads.GetAttributesRequestPayload) (*payloads.GetAttributesResponsePayload, error) {
		i, err := strconv.ParseInt(strings.SplitN(request.UniqueIdentifier, "-", 2)[0], 16, 32)
		if err != nil || int(i) >= objects {
			return nil, kmipserver.ErrItemNotFound
		}
		return &payloads.GetAttributesResponsePayload{UniqueIdentifier: request.UniqueIdentifier, Attribute: attributes(int(i))}, nil
	}))
	server := kmipserver.NewServer(listener, exec).WithMaxMessageSize(1 << 24)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve() }()
	t.Cleanup(func() { _ = server.Shutdown(); <-done })
	return listener.Addr().String()
}

// attributes are those of the i-th object.
func attributes(i int) []kmip.Attribute {
	of := func(name kmip.AttributeName, value any) kmip.Attribute {
		return kmip.Attribute{AttributeName: name, AttributeValue: value}
	}
	all := []kmip.Attribute{
		of(kmip.AttributeNameObjectType, kmip.ObjectTypeSymmetricKey), of(kmip.AttributeNameState, kmip.StateActive),
		of(kmip.AttributeNameName, kmip.Name{NameValue: fmt.Sprintf("volume-%d", i), NameType: kmip.NameTypeUninterpretedTextString}),
		of(kmip.AttributeNameCryptographicAlgorithm, kmip.CryptographicAlgorithmAES), of(kmip.AttributeNameCryptographicLength, int32(256)),
		of(kmip.AttributeNameInitialDate, created(i)), of(kmip.AttributeNameActivationDate, created(i)), of(kmip.AttributeNameExtractable, i%2 == 0),
	}
	if isRetired(i) {
		all[1] = of(kmip.AttributeNameState, kmip.StateDeactivated)
		all = append(all, of(kmip.AttributeNameDeactivationDate, created(i).Add(time.Hour)))
	}
	return all
}
