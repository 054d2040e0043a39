#!/usr/bin/env bash
# Production on a real Docker engine: makes the engine, compose, the images and .env where they are
# missing, then runs tests/deploy/deploy_test.py, and takes everything down again.
# usage: deploy_test.sh [--full-build] [--keep]
#   --full-build: compile inside the images as production does (long); otherwise the release binary
#                 of this machine goes into them
#   --keep:       leave it running, to look around
# STUDIO_BINARY names another program to put into the images than build/release/agent-studio.
set -euo pipefail
source tools/dev/common.sh
source tools/deploy/engine.sh
version_a=1.0.0-test-a
version_b=1.0.0-test-b
binary=prebuilt
keep=
for argument in "$@"; do
    case "$argument" in
        --full-build) binary=built ;;
        --keep) keep=yes ;;
        *) die "unknown argument '$argument'" ;;
    esac
done
log_folder=build/deploy/logs
[ ! -e .env ] ||
    die "there is an .env here already, of a deployment that may run: use another clone"

clean_up() {
    local code=$?
    trap - EXIT
    if [ "$code" -ne 0 ] && [ -n "${compose_ready:-}" ]; then
        mkdir -p "$log_folder"
        compose ps -a >"$log_folder/ps.txt" 2>&1 || true
        local service
        for service in caddy api worker migrate db redis livekit sip; do
            compose logs --no-color "$service" >"$log_folder/$service.txt" 2>&1 || true
        done
        say "failed; the containers' logs are in $log_folder"
    fi
    if [ -n "$keep" ]; then
        say "kept: DOCKER_HOST=${DOCKER_HOST:-} DOCKER_CONFIG=${DOCKER_CONFIG:-}"
        exit "$code"
    fi
    if [ -n "${compose_ready:-}" ]; then
        compose --profile monitoring down -v --remove-orphans --timeout 5 >/dev/null 2>&1 || true
        rm -f .env
    fi
    stop_engine
    exit "$code"
}

compose() { docker compose -f docker-compose.prod.yml "$@"; }

make_images() {
    if [ "$binary" = prebuilt ]; then
        [ -n "${STUDIO_BINARY:-}" ] || build_release
        mkdir -p build/image
        strip -o build/image/agent-studio "${STUDIO_BINARY:-build/release/agent-studio}"
    fi
    local name version
    for name in api worker; do
        for version in "$version_a" "$version_b"; do
            say "agent-studio-$name:$version"
            docker build -q -f deploy/Dockerfile --target "$name" --build-arg "BINARY=$binary" \
                --build-arg "VERSION=$version" -t "agent-studio-$name:$version" . >/dev/null ||
                die "the image agent-studio-$name does not build"
        done
    done
    docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}' | grep '^agent-studio-' >&2
}

unknown="$(comm -23 tools/packages/build.txt tools/packages/debian.txt)"
[ -z "$unknown" ] || die "tools/packages/build.txt names what debian.txt lacks: $unknown"

trap clean_up EXIT
mkdir -p build/deploy
start_engine
find_compose
make_base
[ -x build/tools/livekit-server ] || {
    say "building livekit-server"
    go_tool -C tools/livekit-server build -trimpath -o "$PWD/build/tools/livekit-server" \
        github.com/livekit/livekit-server/cmd/server
}
make_stand_in postgres postgres:15
make_stand_in redis redis:7
make_stand_in caddy caddy:2
make_stand_in livekit livekit/livekit-server:v1.13.5
make_stand_in sip livekit/sip:v1.11.0
make_stand_in prometheus prom/prometheus:v2.53.4
make_images

[ -x build/venv/bin/python ] || python3 -m venv build/venv
build/venv/bin/pip install -q -r tests/deploy/requirements.txt
deploy/make_env.sh
sed -i "s/^VERSION=.*/VERSION=$version_a/" .env
compose_ready=yes
say "the deployment"
timeout 1800 python3 tests/deploy/deploy_test.py "$version_a" "$version_b"
say "all of it passed"
