#!/usr/bin/env bash
# OPA's net.cidr_merge gives an address without a mask the mask of its historical class, not /32.
#
# Expected: the reference of builtins (https://www.openpolicyagent.org/docs/policy-reference/builtins/net) says that the function
# merges "IP addresses and subnets" into the smallest possible list. A single address is one address: 10.1.2.3/32.
# Seen: the mask of class A, B or C, as before 1993. One address of 10.0.0.0/8 becomes a network of 16 million, and merged with
# 10.0.0.0/24 it gives 10.0.0.0/8.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
export GOBIN=$folder/bin
go install github.com/open-policy-agent/opa@v1.22.4
"$GOBIN/opa" version | head -n 1

failed=0
check() { # address, what is expected, what was seen
	local result
	result=$("$GOBIN/opa" eval --format raw "[network | some network in net.cidr_merge([\"$1\"])][0]")
	printf '%-14s expected %-16s seen %s\n' "$1" "$2" "$result"
	[ "$result" = "$3" ] || failed=1
}
check 10.1.2.3 10.1.2.3/32 10.1.2.3/8
check 172.16.1.2 172.16.1.2/32 172.16.1.2/16
check 192.0.2.1 192.0.2.1/32 192.0.2.1/24
check 10.1.2.3/32 10.1.2.3/32 10.1.2.3/32
wide=$("$GOBIN/opa" eval --format raw 'net.cidr_merge(["10.1.2.3", "10.0.0.0/24"])')
printf '10.1.2.3 with 10.0.0.0/24: %s\n' "$wide"
[ "$wide" = '["10.0.0.0/8"]' ] || failed=1
exit "$failed"
