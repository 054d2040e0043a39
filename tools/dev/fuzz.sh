#!/usr/bin/env bash
# Builds every libFuzzer target and runs each for some seconds from its kept corpus.
# usage: fuzz.sh [seconds] [target…]
set -euo pipefail
source tools/dev/common.sh
seconds="${1:-30}"
[ $# -gt 0 ] && shift
build_preset fuzz fuzz_targets
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    mapfile -t targets < <(
        find build/fuzz/src -name '*_fuzz' -type f -perm -u+x -printf '%f\n' | sort)
fi
[ ${#targets[@]} -gt 0 ] || die "no fuzz target was built"

run_target() {
    local target="$1" seconds="$2" binary log corpus found
    binary=$(find build/fuzz/src -name "$target" -type f)
    found="build/fuzz/found/$target"
    corpus="tests/fuzz/corpus/$target"
    log="build/fuzz/$target.log"
    mkdir -p "$found" "$corpus"
    # New inputs go to the build folder; the kept corpus is only read.
    if "$binary" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="build/fuzz/crash-$target-" "$found" "$corpus" >"$log" 2>&1; then
        printf '  %-28s ok, %s runs\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: //p' "$log")"
    else
        printf '  %-28s FAILED; see %s\n' "$target" "$log"
        tail -n 30 "$log"
        return 1
    fi
}
export -f run_target
say "fuzzing ${#targets[@]} targets, $seconds s each"
failed=0
printf '%s\n' "${targets[@]}" |
    xargs -P "$(nproc)" -I{} bash -c "run_target {} $seconds" || failed=1
find tests/fuzz/corpus -type d -empty -delete 2>/dev/null || true
[ "$failed" -eq 0 ] || die "a fuzz target found a fault"
say "fuzz: ${#targets[@]} passed, 0 failed"
