#!/usr/bin/env bash
# Writes deploy/kubernetes/manifests anew from the chart: for those who apply files without Helm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools/kubernetes/build.sh chart
for example in adr-010 production; do
    build/kubernetes/chart manifests deploy/kubernetes/chart "$example.yaml" \
        "deploy/kubernetes/manifests/$example"
done
