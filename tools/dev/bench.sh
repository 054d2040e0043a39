#!/usr/bin/env bash
# usage: bench.sh calls [arguments of bench/calls/run.py]
#        bench.sh queue        (push to taken on a real Redis, as JSON)
set -euo pipefail
source tools/dev/common.sh
case "${1:-}" in
    calls)
        shift
        build_preset release agent-studio provider_mocks bench_callers
        exec python3 bench/calls/run.py "$@"
        ;;
    queue)
        build_preset release queue_bench
        exec python3 tests/support/with_servers.py redis -- build/release/bench/queue/queue_bench
        ;;
    *) die "which bench? There is: calls queue" ;;
esac
