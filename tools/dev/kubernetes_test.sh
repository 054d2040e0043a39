#!/usr/bin/env bash
# deploy/kubernetes on a real control plane with KEDA (tests/kubernetes), in a network namespace of
# its own. Needs root: for the namespace, the addresses of pods and the user of PostgreSQL. Logs are
# in build/kubernetes/run. The first time builds Kubernetes and KEDA for half an hour; with
# --without-keda, which shows less, for ten minutes.
set -euo pipefail
source tools/dev/common.sh
[ "$(id -u)" -eq 0 ] || die "run it as root: it makes a network namespace"
[ -x /usr/bin/etcd ] || install_packages etcd-server
build_preset release agent-studio chaos_callers
tools/livekit-server/build.sh
case " $* " in
    *" --without-keda "*)
        tools/kubernetes/build.sh chart kube-apiserver kube-controller-manager kube-scheduler ;;
    *) tools/kubernetes/build.sh ;;
esac
[ -x build/venv/bin/python ] || python3 -m venv build/venv
build/venv/bin/pip install -q -r tests/chaos/requirements.txt
exec unshare --net --mount build/venv/bin/python -B tests/kubernetes/kubernetes_test.py "$@"
