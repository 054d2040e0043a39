# Sourced by test.sh: builds that take only the time which nobody else wants.

idle_group=

# in_idle_time COMMAND…: begins it in the background, in the scheduler's class for that, so that
# calls which are held meanwhile keep their time. What it says goes to build/idle.log.
in_idle_time() {
    mkdir -p build
    # A session of its own is a group that can be stopped as a whole. Where the kernel shares time
    # among sessions first (autogroup), this one's share is the least.
    setsid chrt --idle 0 bash -c \
        '{ echo 19 >/proc/self/autogroup; } 2>/dev/null || true
        set -euo pipefail
        source tools/dev/common.sh
        "$@"' idle "$@" >build/idle.log 2>&1 </dev/null &
    idle_group=$!
}

# without_idle_builds COMMAND…: for what measures, and for what has the machine full by itself.
without_idle_builds() {
    local ended=0
    [ -z "$idle_group" ] || kill -STOP -- "-$idle_group" 2>/dev/null || true
    "$@" || ended=$?
    [ -z "$idle_group" ] || kill -CONT -- "-$idle_group" 2>/dev/null || true
    return "$ended"
}

# Ends it, done or not: what is left is built in the ordinary way, from where it stood.
end_idle_builds() {
    [ -n "$idle_group" ] || return 0
    kill -CONT -- "-$idle_group" 2>/dev/null || true
    kill -TERM -- "-$idle_group" 2>/dev/null || true
    wait "$idle_group" 2>/dev/null || true
    # Its compilers end a little later; 10 s at most, for where nobody collects dead processes.
    local left=100
    while [ $((left--)) -gt 0 ] && kill -0 -- "-$idle_group" 2>/dev/null; do sleep 0.1; done
    idle_group=
}
