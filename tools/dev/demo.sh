#!/usr/bin/env bash
# A real spoken call against a real server, shown live. All is inside: no account, no network.
set -euo pipefail
exec python3 tools/demo/demo.py "$@"
