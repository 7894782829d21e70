#!/usr/bin/env bash
# OPA's ceil and floor give the wrong integer between -1 and 0.
#
# Expected: ceil rounds up and floor rounds down, as OPA's reference of builtins says under "Numbers"
# (https://www.openpolicyagent.org/docs/policy-reference/builtins/numbers), so -0.5 becomes 0 and -1.
# Seen: 1 and 0. Both are one too large; below -1 and above 0 they are right. A policy that rounds a difference, such as hours
# until a deadline that passed some minutes ago, is off by one there and nowhere else.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
export GOBIN=$folder/bin
go install github.com/open-policy-agent/opa@v1.22.4
"$GOBIN/opa" version | head -n 1

failed=0
check() { # expression, what is expected, what was seen
	local result
	result=$("$GOBIN/opa" eval --format raw "$1")
	printf '%-12s expected %3s, seen %3s\n' "$1" "$2" "$result"
	[ "$result" = "$3" ] || failed=1
}
check 'ceil(-0.5)' 0 1
check 'floor(-0.5)' -1 0
check 'ceil(-1.5)' -1 -1
check 'floor(-1.5)' -2 -2
check 'ceil(0.5)' 1 1
check 'floor(0.5)' 0 0
exit "$failed"
