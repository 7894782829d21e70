#!/usr/bin/env bash
# A program that imports santhosh-tekuri/jsonschema compiles the schemas of five drafts in each start, also where it validates nothing.
#
# Expected: what a library compiles is compiled when somebody asks for it, as google/jsonschema-go does; Uber's style guide for Go asks for no
# such work before main (https://github.com/uber-go/guide/blob/master/style.md, "Avoid init()").
# Seen: before main, the package allocates 1.7 MB in 21,000 pieces, some milliseconds of each start. The others of the program stay below 100. A
# command-line tool pays that for `--version` too, and nothing outside the package can put it off.
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"
go mod init example.com/finding >/dev/null 2>&1

# allocations is how many pieces of memory a package takes before the main function of a program that only imports it.
allocations() { # package, version
	printf 'package main\n\nimport _ "%s"\n\nfunc main() {}\n' "$1" >main.go
	go get "$1@$2" >/dev/null 2>&1
	go mod tidy >/dev/null 2>&1
	go build -o program .
	GODEBUG=inittrace=1 ./program 2>&1 | awk -v name="$1" '$2 == name { n = $(NF - 1) } END { print n + 0 }'
}
for library in github.com/santhosh-tekuri/jsonschema/v6@v6.0.3 github.com/google/jsonschema-go/jsonschema@v0.4.3; do
	name=${library%@*} version=${library##*@}
	n=$(allocations "$name" "$version")
	printf '%s %s: %d allocations before main\n' "$name" "$version" "$n"
	case $name in
	*santhosh-tekuri*) [ "$n" -gt 10000 ] ;;
	*) [ "$n" -lt 1000 ] ;;
	esac
done
