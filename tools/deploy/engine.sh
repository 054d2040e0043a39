# Sourced: a Docker engine, `docker compose`, and the images that the compose file names.
# Where no engine answers, one of our own is started with its own folders, and ended by its pid.
source tools/dev/go.sh

engine_folder="$PWD/build/deploy"
engine_pid_file=/run/agent-studio-engine/pid
export DOCKER_BUILDKIT=1

# Whether the client can build with BuildKit: since version 23 that needs the plugin buildx.
can_build() {
    local version
    version="$("$1" version --format '{{.Client.Version}}')"
    [ "${version%%.*}" -lt 23 ] || "$1" buildx version >/dev/null 2>&1
}

# Old engines refuse the newest clients: the first client that talks to this engine and can build is
# taken. From then on `docker` means that one, in every script.
find_client() {
    local client
    for client in /usr/bin/docker /usr/local/bin/docker; do
        if "$client" version >/dev/null 2>&1 && can_build "$client"; then
            mkdir -p "$engine_folder/bin"
            ln -sf "$client" "$engine_folder/bin/docker"
            export PATH="$engine_folder/bin:$PATH"
            hash -r
            return 0
        fi
    done
    return 1
}

start_engine() {
    find_client && return 0
    export DOCKER_HOST=unix:///run/agent-studio-engine/socket
    find_client && return 0
    [ "$(id -u)" -eq 0 ] || die "no Docker engine answers, and starting one needs root"
    say "starting a Docker engine of our own"
    install -d -m 0700 /run/agent-studio-engine "$engine_folder/data"
    setsid dockerd --host "$DOCKER_HOST" --pidfile "$engine_pid_file" \
        --data-root "$engine_folder/data" --exec-root /run/agent-studio-engine/exec \
        >"$engine_folder/dockerd.log" 2>&1 </dev/null &
    local waited=0
    until find_client; do
        sleep 0.5
        waited=$((waited + 1))
        [ "$waited" -lt 120 ] || die "the engine does not start; see $engine_folder/dockerd.log:
$(tail -n 5 "$engine_folder/dockerd.log")"
    done
}

# Only the engine that start_engine started.
stop_engine() {
    [ -f "$engine_pid_file" ] || return 0
    local pid
    pid="$(cat "$engine_pid_file")"
    say "stopping the engine"
    kill -TERM "$pid" 2>/dev/null || return 0
    local waited=0
    while kill -0 "$pid" 2>/dev/null && [ "$waited" -lt 60 ]; do
        sleep 0.5
        waited=$((waited + 1))
    done
}

# `docker compose`: the installed one, or one built from the pinned module.
find_compose() {
    export DOCKER_CONFIG="$engine_folder/client"
    mkdir -p "$DOCKER_CONFIG/cli-plugins"
    docker compose version >/dev/null 2>&1 && return 0
    local plugin="$PWD/build/tools/docker-compose"
    if [ ! -x "$plugin" ] || [ tools/deploy/compose/go.mod -nt "$plugin" ]; then
        say "building docker compose"
        go_tool -C tools/deploy/compose build -trimpath -o "$plugin" \
            -ldflags '-s -w -X github.com/docker/compose/v2/internal.Version=v2.40.3' \
            github.com/docker/compose/v2/cmd
    fi
    ln -sf "$plugin" "$DOCKER_CONFIG/cli-plugins/docker-compose"
    docker compose version >/dev/null || die "docker compose does not run"
}

# have_image NAME: here already, or pulled where the machine can.
have_image() {
    docker image inspect "$1" >/dev/null 2>&1 ||
        timeout 300 docker pull -q "$1" >/dev/null 2>&1
}

# Debian as the official slim image has it: no documents, no package lists.
make_base() {
    have_image debian:bookworm-slim && return 0
    say "making debian:bookworm-slim"
    local root
    root="$(mktemp -d "$engine_folder/root.XXXXXX")"
    debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >"$root.log" 2>&1 ||
        die "debootstrap failed; see $root.log"
    rm -rf "$root"/var/{lib/apt/lists,cache/apt,log}/* "$root"/usr/share/{doc,man,info,locale}/*
    tar -C "$root" -c . | docker import -c 'CMD ["bash"]' - debian:bookworm-slim >/dev/null
    rm -rf "$root" "$root.log"
}

# make_stand_in TARGET IMAGE
make_stand_in() {
    have_image "$2" && return 0
    say "a stand-in for $2"
    local context=tools/deploy/stand_in
    if [ "$1" = livekit ]; then
        context="$engine_folder/livekit"
        mkdir -p "$context"
        cp tools/deploy/stand_in/* "$context"
        cp build/tools/livekit-server "$context/livekit-server"
    fi
    docker build -q -f "$context/Dockerfile" --target "$1" -t "$2" "$context" >/dev/null ||
        die "the stand-in for $2 does not build"
}
