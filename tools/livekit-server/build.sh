#!/usr/bin/env bash
# Builds the LiveKit server that go.mod pins, once, into build/tools/livekit-server (some 90 s; the
# modules come through Go's own proxy and are checked against go.sum).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ../dev/common.sh
source ../dev/go.sh
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
echo "building livekit-server ($(grep -o 'livekit-server v[^ ]*' go.mod)), once" >&2
go_tool build -trimpath -buildvcs=false -ldflags "-s -w" -o "$program.new" \
    github.com/livekit/livekit-server/cmd/server
mv "$program.new" "$program"
