#!/usr/bin/env bash
# A number that OPA's to_number makes of a text keeps that text, and where it is no JSON the whole answer is lost.
#
# Expected: "Numeric strings converts to the corresponding number when possible"
# (https://www.openpolicyagent.org/docs/policy-reference/builtins/conversions), so "007", "+7" and "1_000" become 7, 7 and 1000, or are
# refused. Numbers of the policy's own text with a leading zero are known to fail so (open-policy-agent/opa issue 7725).
# Seen: they count as 7, 7 and 1000 in comparisons and sums, but `opa eval` ends with "invalid number literal" as soon as one is in the
# answer, together with all other results. Adding 0 gives a number that can be written.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
export GOBIN=$folder/bin
go install github.com/open-policy-agent/opa@v1.22.4
"$GOBIN/opa" version | head -n 1

failed=0
check() { # text, its number
	local query answer sum
	query="{\"equal\": to_number(\"$1\") == $2, \"number\": to_number(\"$1\")}"
	answer=$("$GOBIN/opa" eval --format raw "$query" 2>&1) || true
	sum=$("$GOBIN/opa" eval --format raw "{\"equal\": to_number(\"$1\") == $2, \"number\": to_number(\"$1\") + 0}")
	printf '%-7s expected {"equal":true,"number":%s}, seen %s; with + 0: %s\n' "\"$1\"" "$2" "$answer" "$sum"
	[[ $answer == *"invalid number literal"* ]] || failed=1
	[ "$sum" = "{\"equal\":true,\"number\":$2}" ] || failed=1
}
check 007 7
check +7 7
check 1_000 1000
exit "$failed"
