#!/usr/bin/env bash
# The source rules, then clang-tidy over every source file, or over the files named.
set -euo pipefail
source tools/dev/common.sh
python3 tools/tidy/tidy.py
[ -f build/asan/compile_commands.json ] || cmake --preset asan >/dev/null
files=("$@")
if [ ${#files[@]} -eq 0 ]; then
    mapfile -t files < <(find src -name '*.cpp' ! -name '*_fuzz.cpp')
fi
say "clang-tidy over ${#files[@]} files"
printf '%s\0' "${files[@]}" |
    xargs -0 -P "$(nproc)" -n 4 \
        clang-tidy-16 -p build/asan --quiet --warnings-as-errors='*' 2>/dev/null
