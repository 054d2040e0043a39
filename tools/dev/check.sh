#!/usr/bin/env bash
# The quick checks: format, source rules, unit and contract tests, 100 simulated calls.
set -euo pipefail
source tools/dev/common.sh
setup
say "checking the format"
source_files | xargs -0 clang-format-16 --dry-run --Werror ||
    die "run ./dev format"
build_preset asan
ctest --test-dir build/asan --output-on-failure -j "$(nproc)" "$@"
