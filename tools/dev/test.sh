#!/usr/bin/env bash
# Everything that must pass, from nothing: unit, contract and simulation tests under ASan and UBSan,
# threads under TSan, fuzz targets for a bounded time, and whole calls with the release binary.
# usage: test.sh [seconds of each fuzz target, default 10]
set -euo pipefail
source tools/dev/common.sh
source tools/dev/idle.sh
fuzz_seconds="${1:-10}"
passed=0
failed=()

# stage NAME COMMAND…: runs on after a failure, so that one run shows everything that is wrong.
stage() {
    local name="$1" started="$SECONDS"
    shift
    say "$name"
    if "$@"; then
        passed=$((passed + 1))
        say "$name: passed in $((SECONDS - started)) s"
    else
        failed+=("$name")
        say "$name: FAILED after $((SECONDS - started)) s"
    fi
}

check_format() { source_files | xargs -0 clang-format-16 --dry-run --Werror; }

sanitized_tests() {
    build_preset asan && ctest --test-dir build/asan --output-on-failure --no-tests=error -j 2
}

# What crosses threads: the loops, pools and mailboxes themselves, a call's media, the REST port
# with its database, the stores and the providers. Few, for everything is compiled once more.
threaded=(runtime_test webrtc_loopback_test http_server_test store_contract_test providers_test)
threaded_tests() {
    end_idle_builds
    build_preset tsan "${threaded[@]}" &&
        ctest --test-dir build/tsan --output-on-failure --no-tests=error \
            -R "^($(IFS='|' && printf '%s' "${threaded[*]}"))\$"
}

# A whole server under the sanitizers: hostile bytes on both ports, then a call, then SIGTERM.
# Without the neural models, which take a minute to be loaded there.
hostile_input() {
    build_preset asan agent-studio &&
        STUDIO_SPEECH_MODELS=build/none STUDIO_SERVER_BINARY=build/asan/agent-studio \
            python3 tests/e2e/hostile_test.py
}

# The short form of `./dev bench memory`.
memory_over_calls() {
    python3 bench/memory/run.py --calls 60 --every 20 --agents 6 --output build/memory
}

# GCC, optimised, all that there is but tests: what ships, and the programs of tests and benches.
release_build() { build_preset release; }

# Whole calls leave the processors idle for the most part. STUDIO_IDLE_BUILDS=no: the builds come
# in their turn.
other_builds() {
    build_preset tsan "$@"
    build_preset fuzz fuzz_targets
}
all_builds() {
    build_preset asan
    other_builds "$@"
}
export -f other_builds all_builds
start_idle_builds() {
    [ "${STUDIO_IDLE_BUILDS:-yes}" = yes ] || return 0
    in_idle_time "$1" "${threaded[@]}"
}
sanitized_build() {
    end_idle_builds
    build_preset asan
}
simulated_calls() { build/release/studio_sim --seeds 1000; }

# A virtual environment with the independent WebRTC implementation.
interop_call() {
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    build/venv/bin/pip install -q -r tests/e2e/requirements.txt &&
        build/venv/bin/python tests/e2e/interop_aiortc_test.py
}

# LiveKit's own Python client with our agent, in a room of the real server; its calls are heard by
# PocketSphinx, which knows the sentences.
livekit_client() {
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    build/venv/bin/pip install -q -r tests/e2e/requirements.txt && build_preset asan room_agent &&
        python3 tests/support/with_servers.py livekit -- build/venv/bin/python \
            tests/livekit/client_test.py build/asan/tests/livekit/room_agent &&
        STUDIO_SPEECH_MODELS=build/none build/venv/bin/python tests/livekit/conversation_test.py
}

# The same with the stock browser client. A Node that is there already brings its own npm, which
# Debian's package would not go together with.
livekit_browser() {
    command -v npm >/dev/null || install_packages nodejs npm || return 1
    build_preset asan room_agent && python3 tests/livekit/browser_test.py
}

# Who is in a room and what becomes of jobs.
rooms_of_others() {
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    build/venv/bin/pip install -q -r tests/e2e/requirements.txt &&
        build/venv/bin/python tests/e2e/rooms_test.py
}

# Three times the calls that fit; then half of every processor for others. The machine may be
# shared: the bound of late frames (0.1 %) is for the run by hand.
overload() {
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    build/venv/bin/pip install -q -r tests/e2e/requirements.txt &&
        build_preset release chaos_callers &&
        STUDIO_LATE_MAX=1 build/venv/bin/python tests/e2e/overload_test.py
}

# By three voices and recordings, where the models are installed.
strangers() { build_preset release speech_bench && python3 tests/e2e/strangers_test.py; }

# The measuring of ./dev bench conversation, on planted sound; no call is held.
conversation_measuring() {
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    build/venv/bin/pip install -q -r tests/e2e/requirements.txt &&
        build/venv/bin/python bench/conversation/measure_test.py
}

# Telephone calls: a stand-in of the SIP service, then the real one where LIVEKIT_SIP_BIN names it.
telephone_calls() {
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    build/venv/bin/pip install -q -r tests/e2e/requirements.txt &&
        build/venv/bin/python tests/e2e/phones_test.py &&
        build/venv/bin/python tests/e2e/real_sip_test.py
}

# The running server against its contract, and the page that shows it.
contract_kept() {
    [ -x build/venv/bin/python ] || python3 -m venv build/venv
    build/venv/bin/pip install -q --require-hashes -r tests/e2e/contract_requirements.txt &&
        build/venv/bin/python tests/docs/contract_page_test.py &&
        build/venv/bin/python tests/e2e/contract_test.py
}

trap end_idle_builds EXIT
setup
stage "format" check_format
stage "source rules" python3 tools/tidy/tidy.py
stage "alerts, runbooks, dashboards" tools/dev/alerts_check.sh
stage "release build" release_build
stage "first steps" python3 tests/e2e/first_steps_test.py
stage "whole calls" python3 tests/e2e/call_test.py
stage "strangers and real people" strangers
stage "start, keys, signals, disk, secrets" python3 tests/e2e/start_test.py
stage "keys, people, tenants, limits" python3 tests/e2e/accounts_test.py
stage "doctor" python3 tests/e2e/doctor_test.py
stage "memory over 60 calls" memory_over_calls
# From here on, where no neural recogniser has to keep up with several voices.
start_idle_builds all_builds
stage "contract" contract_kept
stage "chart and manifests of Kubernetes" tools/dev/kubernetes_check.sh
stage "hand-off between agents" python3 tests/e2e/handoff_test.py
stage "workflow of three agents" python3 tests/e2e/workflow_test.py
stage "agents tried in text" python3 tests/e2e/chat_test.py
stage "webhooks" python3 tests/e2e/webhooks_test.py
stage "calls are watched live" python3 tests/e2e/live_test.py
stage "figures of real calls" python3 tests/e2e/analytics_test.py
stage "production" python3 tests/e2e/production_test.py
stage "nginx and systemd" python3 tests/e2e/host_test.py
stage "ends of calls in rooms" python3 tests/e2e/endings_test.py
stage "workers that stood still" python3 tests/e2e/stale_worker_test.py
stage "stores that fail over" without_idle_builds tools/dev/failover_test.sh
stage "chaos, short" without_idle_builds tools/dev/chaos.sh --calls 6 --seconds 45
stage "phones" telephone_calls
stage "rooms" rooms_of_others
stage "three times the calls that fit" without_idle_builds overload
stage "what the conversation bench measures" conversation_measuring
stage "browser" python3 tests/e2e/browser_test.py
stage "page" python3 tests/e2e/page_test.py
stage "interoperability with aiortc" interop_call
stage "build under ASan and UBSan" sanitized_build
start_idle_builds other_builds
stage "the Python client of LiveKit" livekit_client
stage "the browser client of LiveKit" livekit_browser
stage "1,000 simulated calls" simulated_calls
stage "tests under ASan and UBSan" sanitized_tests
stage "hostile input under ASan" hostile_input
stage "tests under TSan" threaded_tests
stage "fuzz targets" tools/dev/fuzz.sh "$fuzz_seconds"

for name in "${failed[@]}"; do
    printf 'failed: %s\n' "$name"
done
printf '%s passed, %s failed\n' "$passed" "${#failed[@]}"
[ ${#failed[@]} -eq 0 ]
