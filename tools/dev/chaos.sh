#!/usr/bin/env bash
# Production under kills and outages (tests/chaos). Logs of each run are in build/chaos/logs.
# usage: chaos.sh [--seeds N] [--first-seed S] [--calls N] [--seconds S] [--scenario chaos|outages]
#                 [--output FILE]
set -euo pipefail
source tools/dev/common.sh
build_preset release agent-studio chaos_callers
tools/livekit-server/build.sh
[ -x build/venv/bin/python ] || python3 -m venv build/venv
build/venv/bin/pip install -q -r tests/chaos/requirements.txt
build/venv/bin/python -B tests/chaos/checks_test.py
exec build/venv/bin/python -B tests/chaos/chaos.py "$@"
