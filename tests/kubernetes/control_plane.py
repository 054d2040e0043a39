"""A whole control plane on the loopback of a network namespace of its own: etcd, API server,
controllers, scheduler, kwok for nodes whose pods are only said to run, and KEDA. No container runs
anywhere. The programs are built by tools/kubernetes/build.sh."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from cluster import ApiError, Cluster

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from servers import LIBC, PR_SET_PDEATHSIG, find_program, wait_until  # noqa: E402

PROGRAMS = ROOT / "build/kubernetes"
API_PORT, ETCD_PORT, ADAPTER_PORT = 6443, 2379, 16444
KEDA_NAMESPACE = "keda"
# Pods have addresses of this network; the namespace's loopback has all of them.
POD_NETWORK = "10.244.0.0/16"


class Certificates:
    """EC keys by openssl: three authorities, and what each process shows."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        for name in ("cluster", "front-proxy", "keda"):
            self._openssl("-x509", name=name, subject=f"/CN={name}")
        self._signed("cluster", "apiserver", "/CN=kube-apiserver",
                     "DNS:localhost,DNS:kubernetes.default.svc,IP:127.0.0.1")
        self._signed("cluster", "admin", "/O=system:masters/CN=admin")
        for name in ("kube-controller-manager", "kube-scheduler"):
            self._signed("cluster", name, f"/CN=system:{name}")
        self._signed("front-proxy", "front-proxy-client", "/CN=front-proxy-client")
        self._signed("keda", "tls", "/CN=keda", "IP:127.0.0.1,DNS:localhost,"
                     "DNS:keda-metrics-apiserver.keda.svc,DNS:keda-operator.keda.svc")
        shutil.copy(self.certificate("keda"), folder / "ca.crt")
        subprocess.run(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out",
                        self.key("service-account")], check=True)
        subprocess.run(["openssl", "ec", "-in", self.key("service-account"), "-pubout", "-out",
                        self.certificate("service-account")], check=True, capture_output=True)

    def certificate(self, name):
        return self.folder / f"{name}.crt"

    def key(self, name):
        return self.folder / f"{name}.key"

    def _openssl(self, *arguments, name, subject):
        subprocess.run(
            ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-days", "2", "-subj", subject, "-keyout", self.key(name), "-out",
             self.certificate(name), *arguments], check=True, capture_output=True)

    def _signed(self, authority, name, subject, names=None):
        extensions = ["basicConstraints=critical,CA:FALSE",
                      "extendedKeyUsage=clientAuth,serverAuth"]
        if names:
            extensions.append(f"subjectAltName={names}")
        self._openssl("-x509", "-CA", self.certificate(authority), "-CAkey", self.key(authority),
                      *(part for each in extensions for part in ("-addext", each)),
                      name=name, subject=subject)


class ControlPlane:
    """For the length of a `with`. `cluster` is its administrator. Without KEDA there is no kwok
    either: only KEDA's kinds are known, and nobody scales by them."""

    def __init__(self, folder, with_keda=True):
        self.folder, self.with_keda = folder, with_keda
        self.processes = []
        self.certificates = self.cluster = None

    def __enter__(self):
        try:
            self.certificates = Certificates(self.folder / "certificates")
            self.start_core()
            self.define_keda()
            if self.with_keda:
                self.start_kwok()
                self.start_keda()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """The newest first, so that nobody complains of what is gone."""
        for name, process, _ in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    def start(self, name, program, *arguments, environment=None, ready=None):
        log = self.folder / f"{name}.log"
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [str(part) for part in (program, *arguments)], stdout=output, stderr=output,
                stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})},
                preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL))
        self.processes.append((name, process, log))
        if ready:
            wait_until(ready, name, process, log, timeout=90)

    def died(self):
        """Names of those that ended by themselves, with the end of their logs."""
        return [f"{name}: {log.read_text(errors='replace')[-1500:]}"
                for name, process, log in self.processes if process.poll() is not None]

    def kubeconfig(self, name, token=None):
        user = {"token": token} if token else {
            "client-certificate": str(self.certificates.certificate(name)),
            "client-key": str(self.certificates.key(name))}
        path = self.folder / f"{name}.kubeconfig"
        path.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "test",
            "clusters": [{"name": "test", "cluster": {
                "server": f"https://127.0.0.1:{API_PORT}",
                "certificate-authority": str(self.certificates.certificate("cluster"))}}],
            "users": [{"name": "test", "user": user}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}]}))
        return path

    def start_core(self):
        keys = self.certificates
        etcd, peers = f"http://127.0.0.1:{ETCD_PORT}", "http://127.0.0.1:2380"
        self.start("etcd", find_program("etcd", "etcd-server"), "--data-dir", self.folder / "etcd",
                   "--listen-client-urls", etcd, "--advertise-client-urls", etcd,
                   "--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers,
                   "--initial-cluster", f"default={peers}", "--unsafe-no-fsync")
        self.cluster = Cluster(API_PORT, keys.certificate("cluster"),
                               (keys.certificate("admin"), keys.key("admin")))
        self.start(
            "kube-apiserver", PROGRAMS / "kube-apiserver", f"--etcd-servers={etcd}",
            "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            f"--secure-port={API_PORT}", "--endpoint-reconciler-type=none",
            "--anonymous-auth=false", "--authorization-mode=Node,RBAC",
            "--service-cluster-ip-range=10.96.0.0/16",
            f"--client-ca-file={keys.certificate('cluster')}",
            f"--tls-cert-file={keys.certificate('apiserver')}",
            f"--tls-private-key-file={keys.key('apiserver')}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={keys.certificate('service-account')}",
            f"--service-account-signing-key-file={keys.key('service-account')}",
            f"--requestheader-client-ca-file={keys.certificate('front-proxy')}",
            "--requestheader-allowed-names=front-proxy-client",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            f"--proxy-client-cert-file={keys.certificate('front-proxy-client')}",
            f"--proxy-client-key-file={keys.key('front-proxy-client')}", ready=self.is_ready)
        self.start("kube-controller-manager", PROGRAMS / "kube-controller-manager",
                   f"--kubeconfig={self.kubeconfig('kube-controller-manager')}",
                   "--bind-address=127.0.0.1", "--leader-elect=false",
                   "--use-service-account-credentials",
                   f"--service-account-private-key-file={keys.key('service-account')}",
                   f"--root-ca-file={keys.certificate('cluster')}",
                   # As in production but for the clock: 15 s and 5 minutes are its defaults.
                   "--horizontal-pod-autoscaler-sync-period=2s",
                   "--horizontal-pod-autoscaler-downscale-stabilization=5s")
        scheduler = self.kubeconfig("kube-scheduler")
        self.start("kube-scheduler", PROGRAMS / "kube-scheduler", f"--kubeconfig={scheduler}",
                   f"--authentication-kubeconfig={scheduler}",
                   f"--authorization-kubeconfig={scheduler}", "--bind-address=127.0.0.1",
                   "--leader-elect=false")

    def start_kwok(self):
        self.start("kwok", PROGRAMS / "kwok", f"--kubeconfig={self.kubeconfig('admin')}",
                   "--manage-all-nodes=false",
                   "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
                   "--node-lease-duration-seconds=40", "--node-ip=127.0.0.1",
                   "--server-address=127.0.0.1:10247")

    def is_ready(self):
        try:
            return self.cluster.get("/readyz") == "ok"
        except (OSError, ApiError):
            return False

    def add_node(self, name, pods, is_fake=True, taints=()):
        resources = {"cpu": "64", "memory": "256Gi", "pods": str(pods),
                     "ephemeral-storage": "1Ti"}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {
            "name": name, "labels": {"kubernetes.io/hostname": name},
            "annotations": {"kwok.x-k8s.io/node": "fake"} if is_fake else {}},
            "spec": {"taints": list(taints)}}
        if not is_fake:
            node["metadata"]["labels"]["agent-studio/test"] = "real"
        self.cluster.request("POST", "/api/v1/nodes", node)
        self.cluster.patch(f"/api/v1/nodes/{name}/status", {"status": {
            "capacity": resources, "allocatable": resources, "conditions": [
                {"type": "Ready", "status": "True", "reason": "Test", "message": "",
                 "lastHeartbeatTime": now(), "lastTransitionTime": now()}]}})

    def keda_folder(self):
        """Of the module, for its manifests."""
        done = subprocess.run(
            ["bash", "-c", "source ../../dev/common.sh; source ../../dev/go.sh;"
             " go_tool list -mod=mod -m -f '{{.Dir}}' github.com/kedacore/keda/v2"],
            cwd=ROOT / "tools/kubernetes/keda", capture_output=True, text=True, check=True,
            env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/local/go/bin"})
        return Path(done.stdout.strip())

    def define_keda(self):
        config = self.keda_folder() / "config"
        self.cluster.apply({"apiVersion": "v1", "kind": "Namespace",
                            "metadata": {"name": KEDA_NAMESPACE}})
        files = [*sorted((config / "crd/bases").glob("*.yaml")),
                 config / "service_account/service_account.yaml",
                 *sorted((config / "rbac").glob("role*.yaml")),
                 *sorted((config / "metrics-server").glob("role*.yaml"))]
        for thing in objects_of(*files):
            self.cluster.apply(thing, KEDA_NAMESPACE)

    def start_keda(self):
        token = wait_for(lambda: self.cluster.token_for(KEDA_NAMESPACE, "keda-operator"), 20)
        kubeconfig = self.kubeconfig("keda", token)
        environment = {"KUBECONFIG": str(kubeconfig), "POD_NAMESPACE": KEDA_NAMESPACE,
                       "KEDA_CLUSTER_OBJECT_NAMESPACE": KEDA_NAMESPACE, "WATCH_NAMESPACE": ""}
        certificates = self.certificates.folder
        self.start("keda-operator", PROGRAMS / "keda-operator",
                   "--metrics-bind-address=127.0.0.1:18080",
                   "--health-probe-bind-address=127.0.0.1:18081",
                   "--metrics-service-bind-address=127.0.0.1:9666", f"--cert-dir={certificates}",
                   "--enable-cert-rotation=false", "--enable-webhook-patching=false",
                   environment=environment)
        self.start("keda-adapter", PROGRAMS / "keda-adapter",
                   f"--lister-kubeconfig={kubeconfig}",
                   f"--authentication-kubeconfig={kubeconfig}",
                   f"--authorization-kubeconfig={kubeconfig}", "--bind-address=127.0.0.1",
                   f"--secure-port={ADAPTER_PORT}", "--port=18082",
                   "--metrics-service-address=127.0.0.1:9666", f"--cert-dir={certificates}",
                   f"--tls-cert-file={self.certificates.certificate('tls')}",
                   f"--tls-private-key-file={self.certificates.key('tls')}",
                   environment=environment)
        self.register_metrics()

    def register_metrics(self):
        """The API server finds the adapter under a name, since it is in no pod."""
        import base64
        authority = base64.b64encode(self.certificates.certificate("keda").read_bytes()).decode()
        name = "keda-metrics-apiserver"
        self.cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
                            "spec": {"type": "ExternalName", "externalName": "localhost"}},
                           KEDA_NAMESPACE)
        self.cluster.apply({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": "v1beta1.external.metrics.k8s.io"},
            "spec": {"group": "external.metrics.k8s.io", "version": "v1beta1",
                     "groupPriorityMinimum": 100, "versionPriority": 100, "caBundle": authority,
                     "service": {"name": name, "namespace": KEDA_NAMESPACE,
                                 "port": ADAPTER_PORT}}})
        wait_for(lambda: self.cluster.get("/apis/external.metrics.k8s.io/v1beta1"), 60)


def now():
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def wait_for(attempt, seconds, what=None):
    """The first answer of `attempt` that is true and no error."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            answer = attempt()
            if answer:
                return answer
            error = None
        except (ApiError, OSError, KeyError) as caught:
            error = caught
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or attempt} ({error})")
        time.sleep(0.25)


def chart(*arguments):
    """What tools/kubernetes/chart prints: objects, one a line."""
    done = subprocess.run([str(PROGRAMS / "chart"), *map(str, arguments)], capture_output=True,
                          text=True)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def objects_of(*files):
    return chart("objects", *files)
