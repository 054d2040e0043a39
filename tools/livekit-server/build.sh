#!/usr/bin/env bash
# Builds the LiveKit server that go.mod pins, once, into build/tools/livekit-server (some 90 s; the
# modules come through Go's own proxy and are checked against go.sum).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
folder=../../build/tools
program="$folder/livekit-server"
mkdir -p "$folder"
# Tests that start at the same time wait for one build.
exec 9>"$folder/.livekit-server.lock"
flock 9
if [ "$program" -nt go.mod ] && [ "$program" -nt go.sum ]; then
    exit 0
fi
export PATH="$PATH:/usr/local/go/bin"
if ! command -v go >/dev/null || ! [[ "$(go env GOVERSION)" =~ ^go1\.(2[1-9]|[3-9][0-9]) ]]; then
    echo "error: building livekit-server needs Go 1.21 or newer (it then fetches the 1.26 that" \
        "go.mod asks for). Debian 12's golang-go is 1.19: install Go from https://go.dev/dl/ into" \
        "/usr/local/go, or golang-1.2x-go from bookworm-backports." >&2
    exit 1
fi
echo "building livekit-server ($(grep -o 'livekit-server v[^ ]*' go.mod)), once" >&2
go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$program.new" \
    github.com/livekit/livekit-server/cmd/server
mv "$program.new" "$program"
