#!/usr/bin/env bash
# In okms-sdk-go, an empty page ends the list of all keys, although the page says that more follow.
#
# Expected: ListAllServiceKeys goes through all keys "without having to deal with pagination"
# (https://pkg.go.dev/github.com/ovh/okms-sdk-go#Client.ListAllServiceKeys), so it follows the continuation token while is_truncated is
# true. Services that filter after they page, here by the state of keys, may answer a page on which nothing is left.
# Seen: the keys behind such a page are left out, without an error.
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
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/google/uuid"
	"github.com/ovh/okms-sdk-go"
	"github.com/ovh/okms-sdk-go/types"
)

func key() types.GetServiceKeyResponse { return types.GetServiceKeyResponse{Id: uuid.New(), Name: "example"} }

// list returns how many keys the library lists where the service answers these pages.
func list(pages ...[]types.GetServiceKeyResponse) (keys, requests int) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := types.ListServiceKeysResponse{ObjectsList: pages[requests]}
		requests++
		if requests < len(pages) {
			answer.IsTruncated, answer.ContinuationToken = true, fmt.Sprint(requests)
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer)
	}))
	defer server.Close()
	client, err := okms.NewRestAPIClientWithHttp(server.URL, server.Client())
	if err != nil {
		panic(err)
	}
	for _, err := range client.ListAllServiceKeys(uuid.New(), nil, nil).Iter(context.Background()) {
		if err != nil {
			panic(err)
		}
		keys++
	}
	return keys, requests
}

func main() {
	keys, requests := list([]types.GetServiceKeyResponse{key(), key()}, []types.GetServiceKeyResponse{key()})
	fmt.Printf("pages of 2 and 1 keys:    expected 3 keys, seen %d, requests %d\n", keys, requests)
	full := keys == 3 && requests == 2
	keys, requests = list([]types.GetServiceKeyResponse{key(), key()}, []types.GetServiceKeyResponse{}, []types.GetServiceKeyResponse{key()})
	fmt.Printf("pages of 2, 0 and 1 keys: expected 3 keys, seen %d, requests %d, no error\n", keys, requests)
	if !full || keys != 2 || requests != 2 {
		os.Exit(1)
	}
}
GO
go mod init example.com/finding >/dev/null 2>&1
go get github.com/ovh/okms-sdk-go@v0.5.4 github.com/google/uuid >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/ovh/okms-sdk-go
go run .
