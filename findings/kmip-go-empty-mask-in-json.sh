#!/usr/bin/env bash
# kmip-go cannot read back the JSON that it writes of a key without a usage.
#
# Expected: what ttlv.MarshalJSON writes, ttlv.UnmarshalJSON reads, as with MarshalXML and MarshalTTLV
# (https://pkg.go.dev/github.com/ovh/kmip-go/ttlv). An empty usage mask is valid: it is what a key has that must not be used any more.
# Seen: the mask becomes an empty text, which is refused as an unknown value, and with it the whole attribute or answer. An archive of
# answers in JSON is lost at the first such key. XML and TTLV give the mask back.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"os"
	"reflect"

	"github.com/ovh/kmip-go"
	"github.com/ovh/kmip-go/ttlv"
)

type form struct {
	name  string
	again func(attribute, back *kmip.Attribute) error
}

func main() {
	forms := []form{
		{"JSON", func(attribute, back *kmip.Attribute) error { return ttlv.UnmarshalJSON(ttlv.MarshalJSON(attribute), back) }},
		{"XML", func(attribute, back *kmip.Attribute) error { return ttlv.UnmarshalXML(ttlv.MarshalXML(attribute), back) }},
		{"TTLV", func(attribute, back *kmip.Attribute) error { return ttlv.UnmarshalTTLV(ttlv.MarshalTTLV(attribute), back) }},
	}
	asSeen := true
	for _, mask := range []kmip.CryptographicUsageMask{kmip.CryptographicUsageEncrypt, 0} {
		attribute := kmip.Attribute{AttributeName: kmip.AttributeNameCryptographicUsageMask, AttributeValue: mask}
		for _, form := range forms {
			var back kmip.Attribute
			err := form.again(&attribute, &back)
			equal := err == nil && reflect.DeepEqual(back, attribute)
			fmt.Printf("usage mask %d in %s: expected the same back, seen %t, error: %v\n", mask, form.name, equal, err)
			asSeen = asSeen && equal != (mask == 0 && form.name == "JSON")
		}
	}
	if !asSeen {
		os.Exit(1)
	}
}
GO
go mod init example.com/finding >/dev/null 2>&1
go get github.com/ovh/kmip-go@v0.9.2 >/dev/null 2>&1
go mod tidy >/dev/null 2>&1
go list -m github.com/ovh/kmip-go
go run .
