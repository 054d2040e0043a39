#!/usr/bin/env bash
# Makes tools/kubernetes/schemas anew, by which ./dev kubernetes-check judges objects: from the API
# description of Kubernetes and the resource definitions of KEDA and of Prometheus' operator, in the
# versions that the go.mod files here name. Only needed when one of these changes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ../dev/common.sh
source ../dev/go.sh
export PATH="$PATH:/usr/local/go/bin"

# folder_of MODULE-FOLDER MODULE: where its source is, fetched where it is missing.
folder_of() {
    (cd "$1" && go_tool mod download "$2" && go_tool list -mod=mod -m -f '{{.Dir}}' "$2")
}

./build.sh chart
chart=../../build/kubernetes/chart
kubernetes="$(folder_of control-plane k8s.io/kubernetes)"
keda="$(folder_of keda github.com/kedacore/keda/v2)"
operator="$(folder_of resources github.com/prometheus-operator/prometheus-operator)"
mkdir -p schemas
"$chart" schemas schemas/kubernetes.json swagger "k8s.io/kubernetes" \
    "$kubernetes/api/openapi-spec/swagger.json"
"$chart" schemas schemas/keda.json crds "github.com/kedacore/keda/v2 v2.17.2, Apache-2.0" \
    "$keda/config/crd/bases/keda.sh_scaledobjects.yaml" \
    "$keda/config/crd/bases/keda.sh_triggerauthentications.yaml"
resources="$operator/example/prometheus-operator-crd/monitoring.coreos.com"
"$chart" schemas schemas/prometheus.json crds \
    "github.com/prometheus-operator/prometheus-operator v0.80.1, Apache-2.0" \
    "${resources}_servicemonitors.yaml" "${resources}_prometheusrules.yaml"
