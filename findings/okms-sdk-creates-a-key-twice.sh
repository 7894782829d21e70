#!/usr/bin/env bash
# okms-sdk-go sends the request that makes a key again after 503, so one call may make several keys.
#
# Expected: a request that is not idempotent is not repeated by itself, as RFC 9110 says in section 9.2.2
# (https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2). A gateway answers 503 or 504 also where the service behind it has done the work.
# Seen: GenerateSymmetricKey posts again, with the same body and no field by which the service could tell that it is the same request.
# This is so unless the caller sets ClientConfig.Retry, whose RetryMax of 0 ends all repeats, those of readings too.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"

	"github.com/google/uuid"
	"github.com/ovh/okms-sdk-go"
	"github.com/ovh/okms-sdk-go/types"
)

func main() {
	var keys []uuid.UUID // what a service that makes the key at once has
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, r.Method+" "+string(body))
		keys = append(keys, uuid.New())
		if len(keys) == 1 { // the gateway before it lost the answer
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_ = json.NewEncoder(w).Encode(types.GetServiceKeyResponse{Id: keys[len(keys)-1], Name: "example"})
	}))
	defer server.Close()
	client, err := okms.NewRestAPIClient(server.URL, okms.ClientConfig{})
	if err != nil {
		panic(err)
	}
	usages := []types.CryptographicUsages{types.Encrypt, types.Decrypt}
	key, err := client.GenerateSymmetricKey(context.Background(), uuid.New(), types.N256, "example", types.SOFTWARE, "", usages)
	if err != nil {
		panic(err)
	}
	same := len(slices.Compact(slices.Clone(bodies))) == 1
	fmt.Printf("one call, error %v: expected 1 key or an error, seen %d keys, the requests are equal: %t, the caller knows the last: %t\n",
		err, len(keys), same, key.Id == keys[len(keys)-1])
	if len(keys) != 2 || !same {
		os.Exit(1)
	}
}
GO
go mod init example.com/finding >/dev/null 2>&1
go get github.com/ovh/okms-sdk-go@v0.5.4 github.com/google/uuid >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/ovh/okms-sdk-go
go run .
