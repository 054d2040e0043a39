#!/usr/bin/env bash
# The source rules, then clang-tidy: over what was changed, over the files named, or
# with --all over every source. See tools/dev/clang_tidy.py.
set -euo pipefail
source tools/dev/common.sh
python3 tools/tidy/tidy.py
# Headers that the build makes are read, too.
build_preset asan studio_livekit_wire studio_livekit_agent_wire
python3 tools/dev/clang_tidy.py "$@"
