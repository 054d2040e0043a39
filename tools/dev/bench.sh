#!/usr/bin/env bash
# usage: bench.sh calls [arguments of bench/calls/run.py]
set -euo pipefail
source tools/dev/common.sh
case "${1:-}" in
    calls)
        shift
        build_preset release agent-studio provider_mocks bench_callers
        exec python3 bench/calls/run.py "$@"
        ;;
    *) die "which bench? There is: calls" ;;
esac
