#!/usr/bin/env bash
# Troubles on a real stack: alerts fire, runbooks mend (tests/rehearse/rehearse_test.py).
# usage: rehearse.sh [TROUBLE…]
set -euo pipefail
source tools/dev/common.sh
programs=()
command -v prometheus >/dev/null || programs+=(prometheus)
for program in prometheus-alertmanager prometheus-redis-exporter prometheus-postgres-exporter \
    prometheus-blackbox-exporter caddy; do
    command -v "$program" >/dev/null || programs+=("$program")
done
[ ${#programs[@]} -eq 0 ] || install_packages "${programs[@]}"
python3 -c 'import yaml' 2>/dev/null || install_packages python3-yaml
[ -n "${STUDIO_BINARY:-}" ] || build_release
exec python3 tests/rehearse/rehearse_test.py "$@"
