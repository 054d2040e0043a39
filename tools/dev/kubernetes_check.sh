#!/usr/bin/env bash
# The chart and the plain manifests of deploy/kubernetes, without a cluster: Helm's lint and
# rendering of every example, kubeconform against the schemas of tools/kubernetes/schemas, wrong
# values, and that the manifests are the chart's.
set -euo pipefail
source tools/dev/common.sh
source tools/dev/go.sh
export PATH="$PATH:/usr/local/go/bin" CGO_ENABLED=0
cd tools/kubernetes/chart
# -count=1: the tests read files that Go's cache of results does not know of.
go_tool test -count=1 ./...
