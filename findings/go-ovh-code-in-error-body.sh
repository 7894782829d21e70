#!/usr/bin/env bash
# In go-ovh, a field `code` in the body of an error replaces the HTTP status that the server sent.
#
# Expected: APIError.Code is the "HTTP code", as its comment says (https://pkg.go.dev/github.com/ovh/go-ovh/ovh#APIError), so callers
# that retry on 503 and stop on 404 look at it.
# Seen: the error is decoded from the body over the status. Field names are matched in any case, and the field has no tag of its own, so
# a gateway's {"code": 404, …} with status 503 is read as "not found", and a refusal with status 403 as "try again later".
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/ovh/go-ovh/ovh"
)

// ask returns the code that the library reports for one answer.
func ask(status int, body string) int {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth/time" {
			fmt.Fprint(w, 1767225600)
			return
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer server.Close()
	client, err := ovh.NewClient(server.URL, "key", "secret", "consumer")
	if err != nil {
		panic(err)
	}
	var problem *ovh.APIError
	if err := client.Get("/me", nil); !errors.As(err, &problem) {
		panic(fmt.Sprint("no APIError: ", err))
	}
	return problem.Code
}

func main() {
	changed := false
	for _, answer := range []struct {
		status int
		body   string
		seen   int
	}{
		{503, `{"message": "try later"}`, 503},
		{503, `{"message": "try later", "code": 404}`, 404},
		{403, `{"message": "refused", "code": 503}`, 503},
	} {
		code := ask(answer.status, answer.body)
		fmt.Printf("status %d, body %-42s expected %d, seen %d\n", answer.status, answer.body, answer.status, code)
		changed = changed || code != answer.seen
	}
	if changed {
		os.Exit(1)
	}
}
GO
go mod init example.com/finding >/dev/null 2>&1
go get github.com/ovh/go-ovh@v1.9.0 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/ovh/go-ovh
go run .
