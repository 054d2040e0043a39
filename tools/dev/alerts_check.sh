#!/usr/bin/env bash
# The alerts and what belongs to them: rules by promtool, runbooks, dashboards. Nothing is built.
set -euo pipefail
source tools/dev/common.sh
command -v promtool >/dev/null || install_packages prometheus
python3 -c 'import yaml' 2>/dev/null || install_packages python3-yaml
cd tests/alerts
export PYTHONDONTWRITEBYTECODE=1
python3 alerts_test.py
python3 runbooks_test.py
python3 dashboards_test.py
