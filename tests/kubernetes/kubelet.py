"""A node whose pods are real processes: what a kubelet does for the chart's workers, as far as
their life goes. It starts `agent-studio` with the environment that the pod's spec says, asks the
probes that it names, tells SIGTERM when the pod is to go, and lets the pod be gone when the process
is."""

import base64
import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from cluster import ApiError
from control_plane import API_PORT, now


def ask(address, probe, ports):
    """Whether an httpGet probe succeeds."""
    get = probe["httpGet"]
    port = ports.get(get["port"], get["port"])
    try:
        with urllib.request.urlopen(f"http://{address}:{port}{get['path']}",
                                    timeout=probe.get("timeoutSeconds", 1)) as answer:
            return 200 <= answer.status < 400
    except (OSError, urllib.error.HTTPError):
        return False


class PodProcess:
    """One pod and its process."""

    def __init__(self, kubelet, pod, address):
        self.kubelet, self.pod, self.address = kubelet, pod, address
        self.name = pod["metadata"]["name"]
        self.namespace = pod["metadata"]["namespace"]
        self.spec = pod["spec"]["containers"][0]
        self.folder = kubelet.folder / self.name
        (self.folder / "credentials").mkdir(parents=True, exist_ok=True)
        (self.folder / "spool").mkdir(exist_ok=True)
        self.log = self.folder / "worker.log"
        self.restarts = self.liveness_failures = 0
        self.is_ready = self.told_to_go = False
        self.last_readiness = self.last_liveness = 0.0
        self.told_at = self.process = None
        self.started_at = now()
        self.shown = None
        self.start()

    def value_of(self, variable):
        if "value" in variable:
            return variable["value"]
        source = variable["valueFrom"]
        if "fieldRef" in source:
            value = self.pod
            for part in source["fieldRef"]["fieldPath"].split("."):
                value = value[part]
            return value
        reference = source["secretKeyRef"]
        data = self.kubelet.secret(self.namespace, reference["name"])
        if reference["key"] not in data:
            assert reference.get("optional"), f"the secret lacks {reference['key']}"
            return None
        return base64.b64decode(data[reference["key"]]).decode()

    def environment(self):
        """That of the image, of Kubernetes, and of the pod's spec."""
        found = {"PATH": os.environ["PATH"], "WORKER_HEALTH_HOST": self.address,
                 "WORKER_HEALTH_PORT": "8081", "STUDIO_SPOOL": str(self.folder / "spool"),
                 "KUBERNETES_SERVICE_HOST": "127.0.0.1", "KUBERNETES_SERVICE_PORT": str(API_PORT),
                 "STUDIO_KUBERNETES_CREDENTIALS": str(self.folder / "credentials")}
        for variable in self.spec["env"]:
            value = self.value_of(variable)
            if value is not None:
                found[variable["name"]] = value
        return found

    def start(self):
        account = self.pod["spec"]["serviceAccountName"]
        if self.pod["spec"].get("automountServiceAccountToken", True):
            token = self.kubelet.cluster.token_for(self.namespace, account, self.pod)
            (self.folder / "credentials/token").write_text(token)
            (self.folder / "credentials/ca.crt").write_bytes(self.kubelet.authority.read_bytes())
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(self.kubelet.binary), *self.spec["args"]], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, cwd=self.folder, env=self.environment())

    def look(self, pod):
        """Once a round; False where the pod is gone for good."""
        self.pod = pod
        code = self.process.poll()
        if pod["metadata"].get("deletionTimestamp"):
            return self.end(code)
        if code is not None:
            self.kubelet.wrong.append(f"{self.name} ended by itself with {code}")
            self.restarts += 1
            self.start()
        self.probe()
        self.show()
        return True

    def end(self, code):
        if self.told_at is None:
            self.told_at = time.monotonic()
            self.kubelet.note_end(self)
            if code is None:
                self.process.send_signal(signal.SIGTERM)
        grace = self.pod["metadata"].get("deletionGracePeriodSeconds", 30)
        if code is None and time.monotonic() - self.told_at > grace:
            self.kubelet.wrong.append(f"{self.name} was killed after its grace of {grace} s")
            self.process.kill()
            code = self.process.wait()
        if code is None:
            self.probe()
            self.show()
            return True
        self.kubelet.note_ended(self, code)
        return False

    def probe(self):
        moment = time.monotonic()
        ports = {port["name"]: port["containerPort"] for port in self.spec["ports"]}
        readiness, liveness = self.spec["readinessProbe"], self.spec["livenessProbe"]
        # A pod that just started is asked more often, as by its startup probe.
        if moment - self.last_readiness >= (readiness["periodSeconds"] if self.is_ready else 0.5):
            self.last_readiness = moment
            self.is_ready = ask(self.address, readiness, ports)
        if moment - self.last_liveness >= liveness["periodSeconds"]:
            self.last_liveness = moment
            alive = ask(self.address, liveness, ports)
            self.liveness_failures = 0 if alive else self.liveness_failures + 1
            if self.liveness_failures >= liveness["failureThreshold"]:
                self.kubelet.wrong.append(f"{self.name} would have been restarted: not alive")

    def show(self):
        if self.shown == (self.is_ready, self.restarts):
            return
        self.shown = (self.is_ready, self.restarts)
        truth = "True" if self.is_ready else "False"
        conditions = [{"type": kind, "status": status, "lastTransitionTime": now()}
                      for kind, status in (("Initialized", "True"), ("PodScheduled", "True"),
                                           ("Ready", truth), ("ContainersReady", truth))]
        self.kubelet.cluster.patch(
            f"/api/v1/namespaces/{self.namespace}/pods/{self.name}/status",
            {"status": {"phase": "Running", "hostIP": "10.244.255.254", "podIP": self.address,
                        "podIPs": [{"ip": self.address}], "startTime": self.started_at,
                        "conditions": conditions, "containerStatuses": [{
                            "name": self.spec["name"], "image": self.spec["image"],
                            "imageID": "process", "ready": self.is_ready,
                            "started": True, "restartCount": self.restarts,
                            "state": {"running": {"startedAt": self.started_at}}}]}})


class Kubelet:
    """Looks after the pods of one node, on a thread of its own."""

    INTERVAL = 0.2
    LEASE_EVERY = 10.0

    def __init__(self, node, cluster, authority, folder, binary, calls_of):
        self.node, self.cluster, self.authority = node, cluster, authority
        self.folder, self.binary, self.calls_of = folder, binary, calls_of
        self.pods = {}      # uid -> PodProcess
        self.wrong = []     # What no pod may do.
        self.done = []      # The ends of pods, as tests/chaos/checks.py reads faults.
        self.secrets = {}
        self.addresses = 0
        self.renewed_at = 0.0
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def secret(self, namespace, name):
        if (namespace, name) not in self.secrets:
            self.secrets[namespace, name] = self.cluster.get(
                f"/api/v1/namespaces/{namespace}/secrets/{name}")["data"]
        return self.secrets[namespace, name]

    def note_end(self, process):
        """Before it is told: which calls it holds."""
        annotations = process.pod["metadata"].get("annotations", {})
        process.note = {
            "kind": "hand_over", "pod": process.name, "at": time.monotonic(),
            "from": time.monotonic(), "calls": self.calls_of(process),
            "cost": annotations.get("controller.kubernetes.io/pod-deletion-cost")}

    def note_ended(self, process, code):
        note = process.note
        note.update({"to": time.monotonic(), "took": time.monotonic() - note["at"]})
        self.done.append(note)
        if code != 0:
            self.wrong.append(f"{process.name} ended with {code} after SIGTERM")
        self.forget(process.pod)

    def forget(self, pod):
        """The pod's last word: nothing of it runs any more."""
        meta = pod["metadata"]
        try:
            self.cluster.request(
                "DELETE", f"/api/v1/namespaces/{meta['namespace']}/pods/{meta['name']}",
                {"gracePeriodSeconds": 0, "preconditions": {"uid": meta["uid"]}})
        except ApiError as error:
            if error.status not in (404, 409):
                raise

    def _run(self):
        while not self.over.is_set():
            try:
                self._round()
            except (ApiError, OSError) as error:
                # The API server may refuse a write of an object that changed meanwhile.
                self.last_error = error
            except Exception as error:
                self.wrong.append(f"the kubelet: {error!r}")
                raise
            self.over.wait(self.INTERVAL)

    def _round(self):
        if time.monotonic() - self.renewed_at > self.LEASE_EVERY:
            self.renewed_at = time.monotonic()
            self.cluster.apply({
                "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": self.node, "namespace": "kube-node-lease"},
                "spec": {"holderIdentity": self.node, "leaseDurationSeconds": 40,
                         "renewTime": time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime())}})
        found = self.cluster.get(f"/api/v1/pods?fieldSelector=spec.nodeName={self.node}")["items"]
        for pod in found:
            uid = pod["metadata"]["uid"]
            if uid in self.pods:
                if not self.pods[uid].look(pod):
                    del self.pods[uid]
            elif pod["metadata"].get("deletionTimestamp"):
                self.forget(pod)  # It never began.
            else:
                self.addresses += 1
                address = f"10.244.250.{self.addresses}"
                self.pods[uid] = PodProcess(self, pod, address)

    def ready(self):
        return [process for process in list(self.pods.values())
                if process.is_ready and process.told_at is None]

    def close(self):
        self.over.set()
        self.thread.join(20)
        for process in self.pods.values():
            if process.process.poll() is None:
                process.process.kill()
                process.process.wait()


def costs(cluster, namespace, selector):
    """pod -> what it wrote."""
    return {pod["metadata"]["name"]: pod["metadata"].get("annotations", {}).get(
        "controller.kubernetes.io/pod-deletion-cost")
        for pod in cluster.pods(namespace, selector)}


def describe(notes):
    return json.dumps([{key: note[key] for key in ("pod", "cost")} | {
        "calls": len(note["calls"]), "took_s": round(note.get("took", -1), 1)}
        for note in notes])
