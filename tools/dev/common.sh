# Sourced by ./dev and its parts: messages, set-up, builds.

say() { printf '\033[1m==> %s\033[0m\n' "$*" >&2; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

source_files() { find src tests bench -name '*.[ch]pp' -print0; }

# Installs what tools/packages/debian.txt names and the machine lacks.
setup() {
    command -v dpkg-query >/dev/null ||
        die "this is not Debian: install the packages of tools/packages/debian.txt by hand"
    local missing=() package
    while read -r package; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done < <(grep -v '^#' tools/packages/debian.txt)
    [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# install_packages PACKAGE…: by apt-get, as root or with sudo.
install_packages() {
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            die "these Debian packages are missing; install them as root, then try again:
  apt-get install --no-install-recommends $*"
        root=(sudo)
    fi
    say "installing $# Debian packages (once): $*"
    "${root[@]}" apt-get update -qq || die "apt-get update failed: is the package mirror reachable?"
    DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends \
        "$@" >/dev/null || die "apt-get could not install: $*"
}

# build_preset PRESET [TARGET…]: configures once, then builds.
build_preset() {
    local preset="$1"
    shift
    # The neural recogniser and voice: the build looks for their header.
    tools/speech/install.sh
    # Anew after a change of the presets, too: one may be of another compiler now.
    [ "build/$preset/build.ninja" -nt CMakePresets.json ] ||
        cmake --fresh --preset "$preset" >/dev/null ||
        die "cmake could not configure the preset '$preset'; see above"
    say "building $preset${*:+: $*}"
    ninja -C "build/$preset" --quiet "$@"
}

build_release() { build_preset release agent-studio; }
