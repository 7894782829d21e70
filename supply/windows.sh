#!/bin/bash
# Runs the program for Windows under wine, in a folder with raci-check.exe, the same raci-check for Linux, and the examples in evidence
# and examples. It prints what is not as expected, and fails then.
set -u
export WINEPREFIX=${WINEPREFIX:-$HOME/wine} WINEDEBUG=-all XDG_RUNTIME_DIR=/tmp
PATH=$PATH:/usr/lib/wine
failed=0
fail() {
	printf '%s\n' "$*"
	failed=1
}

# expect CODE TEXT ARGUMENTS runs the program, which must end with the code and print the text.
expect() {
	local code=$1 text=$2 out actual=0
	shift 2
	out=$(timeout 60 wine64 raci-check.exe "$@" 2>&1 </dev/null) || actual=$?
	out=${out//$'\r'/}
	if [ "$actual" != "$code" ] || [[ $out != *"$text"* ]]; then
		fail "\$ raci-check.exe $*"$'\n'"exit code $actual, expected is $code and: $text"$'\n'"${out:0:2000}"
	fi
}

# The first start makes the folder C: and leaves services running, so it is not the program's.
mkdir -p "$WINEPREFIX"
wineserver64 -p
wine64 wineboot --init >/dev/null 2>&1 </dev/null || fail 'wine does not start'

at=(--at 2026-11-20 --allow-past-at)
service=7d0c0f2e-9a41-4a5e-8f0a-3b1b6a1f5c21
expect 0 windows/amd64 version
expect 0 'Usage:' --help
expect 2 'unknown command "nonsense"' nonsense
expect 2 'no evidence at C:\none\here: there is no such file or folder' assess 'C:\none\here'
expect 2 'write json report: there is no folder C:\none: make it first' assess "${at[@]}" -o 'json=C:\none\r.json' 'evidence\compliant'
expect 0 '30 files written to C:\new' init --service-id $service 'C:\new'
expect 0 '0 files written to C:\new, 30 existing files unchanged' init --service-id $service 'C:\new'
expect 1 FAIL assess 'C:\new'
expect 0 PASS assess "${at[@]}" "Z:${PWD//\//\\}\\evidence\\compliant"
expect 0 PASS assess "${at[@]}" --policies 'examples\acme' 'evidence\compliant'
printf 'keys: [' >broken.yaml
expect 2 'broken.yaml:1:1: a value was expected here' assess broken.yaml

# Both systems write the same bytes, in each format and in what collect writes.
mkdir windows linux
windows=() linux=()
for format in ciso-assistant csv defectdojo gemara github gitlab hdf html ics json junit markdown ndjson oscal oscal-plan oscal-ssp sarif \
	ssrm text; do
	windows+=(-o "$format=windows\\$format") linux+=(-o "$format=linux/$format")
done
expect 1 FAIL assess "${at[@]}" --forecast 90 "${windows[@]}" 'evidence\gaps'
./raci-check assess "${at[@]}" --forecast 90 "${linux[@]}" evidence/gaps >linux.out 2>&1
[ $? = 1 ] || fail "$(cat linux.out)"
expect 0 'files written to windows\collected' collect --config 'examples\collect\collect.yaml' --at 2026-11-20 'windows\collected'
./raci-check collect --config examples/collect/collect.yaml --at 2026-11-20 linux/collected >linux.out 2>&1 || fail "$(cat linux.out)"
diff -r linux windows >differences || fail "Linux and Windows write other bytes:"$'\n'"$(head -c 2000 differences)"
[ "$(find windows -type f | wc -l)" -gt 60 ] || fail 'too few files were compared'

# What is signed on one system is verified on the other.
expect 0 'keys\release.pub: give it to the verifier' keygen -o 'keys\release'
expect 2 'already exists' keygen -o 'keys\release'
expect 0 'windows\json.dsse.json: signed with key' sign --key 'keys\release.key' 'windows\json'
expect 0 'next: raci-check verify' archive -o archive.tar.gz 'windows\json'
expect 0 'repeated from the evidence, the report is the same' verify --key 'keys\release.pub' --reassess archive.tar.gz
./raci-check verify --key keys/release.pub --reassess archive.tar.gz >linux.out 2>&1 || fail "$(cat linux.out)"
sha256sum raci-check.exe >checksums.txt
expect 0 'checksums.txt.dsse.json: signed with key' sign --key 'keys\release.key' --checksums checksums.txt
expect 0 PASSES self-check --key 'keys\release.pub' checksums.txt
printf 'x' >>raci-check.exe
expect 1 FAILS self-check --key 'keys\release.pub' checksums.txt

expect 0 '36 manual pages are in C:\man' man 'C:\man'
expect 0 'powershell completion for raci-check' completion powershell
wineserver64 -k
exit $failed
