#!/usr/bin/env bash
# usage: bench.sh calls [arguments of bench/calls/run.py]
#        bench.sh peers [arguments of bench/peers/run.py]
#        bench.sh memory [arguments of bench/memory/run.py]
#        bench.sh speech [arguments of bench/speech/run.py]
#        bench.sh turns [arguments of bench/speech/turn_ends.py]
#        bench.sh conversation [arguments of bench/conversation/run.py]
#        bench.sh queue        (push to taken on a real Redis, as JSON)
set -euo pipefail
source tools/dev/common.sh

# The peer of bench/peers/requirements.txt in build/peers/venv, once.
install_peer() {
    if ! cmp -s bench/peers/requirements.txt build/peers/venv/requirements.txt; then
        say "installing the peer of bench/peers/requirements.txt (once)"
        python3 -m venv build/peers/venv
        build/peers/venv/bin/pip install -q -r bench/peers/requirements.txt
        cp bench/peers/requirements.txt build/peers/venv/
    fi
}

case "${1:-}" in
    calls)
        shift
        build_preset release agent-studio provider_mocks bench_callers
        exec python3 bench/calls/run.py "$@"
        ;;
    peers)
        shift
        build_preset release agent-studio provider_mocks room_callers
        install_peer
        exec python3 bench/peers/run.py "$@"
        ;;
    memory)
        shift
        build_preset release agent-studio
        exec python3 bench/memory/run.py "$@"
        ;;
    speech)
        shift
        build_preset release speech_bench
        exec python3 bench/speech/run.py "$@"
        ;;
    turns)
        shift
        build_preset release speech_bench turn_ends
        exec python3 bench/speech/turn_ends.py "$@"
        ;;
    conversation)
        shift
        build_preset release agent-studio
        tools/livekit-server/build.sh
        here=bench/conversation venv=build/conversation/venv
        if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
            say "installing the callers of $here/requirements.txt (once)"
            python3 -m venv "$venv"
            "$venv/bin/pip" install -q --require-hashes -r "$here/requirements.txt"
            cp "$here/requirements.txt" "$venv/"
        fi
        "$venv/bin/python" -B "$here/measure_test.py"
        if "$venv/bin/python" -B "$here/run.py" --needs-peer "$@"; then
            install_peer
        fi
        exec "$venv/bin/python" -B "$here/run.py" "$@"
        ;;
    queue)
        build_preset release queue_bench
        exec python3 tests/support/with_servers.py redis -- build/release/bench/queue/queue_bench
        ;;
    *) die "which bench? There is: calls conversation memory peers queue speech turns" ;;
esac
