#!/usr/bin/env bash
# From the running version to another without losing a call: the new replicas are up and healthy
# before the old ones are told to go; old workers hand their calls over to new ones.
# usage: deploy/upgrade.sh VERSION      (also backwards, as long as the migrations allow it)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
say() { printf '==> %s\n' "$*"; }

[ $# -eq 1 ] && [[ "$1" =~ ^[A-Za-z0-9_.-]+$ ]] || fail "usage: deploy/upgrade.sh VERSION"
[ -f .env ] || fail "there is no .env: nothing runs here"
new="$1"
old="$(sed -n 's/^VERSION=//p' .env)"
[ "$new" != "$old" ] || fail "version $new is already in .env"
export VERSION="$new" # wins over .env

compose() { docker compose -f docker-compose.prod.yml "$@"; }

for image in agent-studio-api agent-studio-worker; do
    docker image inspect "$image:$new" >/dev/null 2>&1 ||
        fail "there is no image $image:$new. Build or pull it first:
  VERSION=$new docker compose -f docker-compose.prod.yml build"
done

# The words of every version before and after fit the schema between them, so calls go on meanwhile.
say "migrations of $new"
compose run --rm --no-deps migrate

# roll SERVICE: as many new replicas beside the old ones; then the old ones end, all together, so
# that no call moves twice.
roll() {
    local service="$1" replicas
    mapfile -t replicas < <(compose ps -q "$service")
    local count="${#replicas[@]}"
    [ "$count" -gt 0 ] || fail "no $service runs; start with: docker compose … up -d --wait"
    say "$service: $count new beside $count old"
    compose up -d --no-deps --no-recreate --no-build --wait \
        --scale "$service=$((2 * count))" "$service" ||
        fail "the new $service is not healthy. The old ones still run; remove the new ones with:
  docker compose -f docker-compose.prod.yml up -d --no-recreate --no-deps \\
      --scale $service=$count $service"
    say "$service: the old ones end"
    # Each in its grace period (stop_grace_period): a worker needs the time to hand over.
    docker stop --time "$2" "${replicas[@]}" >/dev/null
    docker rm "${replicas[@]}" >/dev/null
}

roll worker 120
roll api 40
sed -i "s/^VERSION=.*/VERSION=$new/" .env
say "$old -> $new: done"
compose ps
