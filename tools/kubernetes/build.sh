#!/usr/bin/env bash
# Builds what ./dev kubernetes-test runs, once, into build/kubernetes: the control plane, KEDA and
# kwok, each from the Go module of its release (the versions are in the go.mod of each folder, and
# go.sum holds what is fetched). A build that was interrupted goes on from Go's own cache.
# usage: build.sh [PROGRAM…]     without: all of them, some 25 minutes on two cores, once
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ../dev/common.sh
source ../dev/go.sh
folder="$(cd ../.. && pwd)/build/kubernetes"
mkdir -p "$folder"
export PATH="$PATH:/usr/local/go/bin" CGO_ENABLED=0
kubernetes=1.31.4

# build FOLDER PACKAGE PROGRAM [LDFLAGS]
build() {
    local module="$1" package="$2" program="$folder/$3" flags="-s -w ${4:-}"
    if [ "$program" -nt "$module/go.mod" ] && [ "$program" -nt "$module/go.sum" ]; then
        return 0
    fi
    say "building $3"
    # Built to a name of its own, so that a build that was cut short leaves nothing half-made.
    (cd "$module" && go_tool build -p "${JOBS:-2}" -mod=mod -trimpath -buildvcs=false \
        -ldflags "$flags" -o "$program.new" "$package")
    mv "$program.new" "$program"
}

# Clients ask the server's version, and without these it says 0.0.0.
version="-X k8s.io/component-base/version.gitVersion=v$kubernetes"
version+=" -X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=31"

build_one() {
    case "$1" in
        # Ours, so it may have changed; with the flags of `go test`, which shares what is compiled.
        chart) (cd chart && go_tool build -buildvcs=false -o "$folder/chart" .) ;;
        kube-apiserver | kube-controller-manager | kube-scheduler)
            build control-plane "k8s.io/kubernetes/cmd/$1" "$1" "$version" ;;
        keda-operator) build keda github.com/kedacore/keda/v2/cmd/operator keda-operator ;;
        keda-adapter) build keda github.com/kedacore/keda/v2/cmd/adapter keda-adapter ;;
        kwok) build kwok sigs.k8s.io/kwok/cmd/kwok kwok ;;
        *) die "unknown program '$1'" ;;
    esac
}

[ $# -gt 0 ] || set -- chart kube-apiserver kube-controller-manager kube-scheduler keda-operator \
    keda-adapter kwok
for program in "$@"; do
    build_one "$program"
done
