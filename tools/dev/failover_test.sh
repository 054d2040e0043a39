#!/usr/bin/env bash
# Redis with Sentinels and PostgreSQL with a standby, all by TLS, fail over during calls
# (tests/failover). Logs are in build/failover/logs.
set -euo pipefail
source tools/dev/common.sh
build_preset release agent-studio chaos_callers
tools/livekit-server/build.sh
[ -x build/venv/bin/python ] || python3 -m venv build/venv
build/venv/bin/pip install -q -r tests/chaos/requirements.txt
exec build/venv/bin/python -B tests/failover/failover_test.py "$@"
