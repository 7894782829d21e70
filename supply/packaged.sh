#!/bin/sh
# Writes what packages hold beside the program into packaged/: manual pages, completions and licences. Beside them is the program
# for this machine, which writes them and signs the checksums. goreleaser calls this before it builds.
set -eu
version=$1
umask 022
rm -rf packaged
mkdir -p packaged/man packaged/completions

CGO_ENABLED=0 GOOS='' GOARCH='' go build -trimpath -buildvcs=false \
	-ldflags "-buildid= -s -w -X github.com/raci-check/raci-check/internal/cli.Version=$version" -o packaged/raci-check ./cmd/raci-check
packaged/raci-check man packaged/man
gzip -9 -n packaged/man/*
packaged/raci-check completion bash >packaged/completions/raci-check.bash
packaged/raci-check completion zsh >packaged/completions/_raci-check
packaged/raci-check completion fish >packaged/completions/raci-check.fish
go run -tags developer ./supply/notices >packaged/THIRD_PARTY_LICENSES
