#!/usr/bin/env bash
# clang-tidy over every source, or over the files named; see tools/dev/clang_tidy.py.
# usage: clang_tidy.sh [FILE...]
set -euo pipefail
source tools/dev/common.sh
if ! cmp -s tools/tidy/requirements.txt build/tidy/requirements.txt; then
    say "installing clang-tidy of tools/tidy/requirements.txt (once)"
    python3 -m venv build/tidy
    build/tidy/bin/pip install -q --require-hashes -r tools/tidy/requirements.txt
    cp tools/tidy/requirements.txt build/tidy/
fi
# Headers that the build makes are read, too.
build_preset asan studio_livekit_wire studio_livekit_agent_wire
python3 tools/dev/clang_tidy.py "$@"
