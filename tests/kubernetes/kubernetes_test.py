#!/usr/bin/env python3
"""deploy/kubernetes on a real control plane with KEDA, in a network namespace of its own; started
by `./dev kubernetes-test`. What it proves is printed as it goes.

1. Every object of every example is taken by the API server (server-side apply, strict fields), and
   the namespace of the programs is held to the Pod Security Standard `restricted`.
2. ADR-010's manifests as they are: a real Redis list drives 2 -> 20 -> 2.
3. The chart's own scaling over a pool of real `agent-studio worker` processes in real calls: it
   follows calls that the queue does not show, goes back by idle pods first and by one that hands
   its calls over, survives a Redis that comes back empty, and a rolling update. No call is lost;
   the silence of each that moved is told.

--parts 1,2 leaves 3 out. --without-keda leaves 2 out, and in 3 the test itself says how many
replicas there are to be, as the formula does: it needs neither KEDA nor kwok, which take most of
the time to build.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster import ApiError, Cluster
from control_plane import POD_NETWORK, ROOT, ControlPlane, chart, objects_of, wait_for
from kubelet import Kubelet, costs, describe

sys.path.insert(0, str(ROOT / "tests/chaos"))
import chaos  # noqa: E402
import checks  # noqa: E402
from callers import Crew  # noqa: E402
from world import BUILD, Sampler, World  # noqa: E402

CHART = ROOT / "deploy/kubernetes/chart"
MANIFESTS = ROOT / "deploy/kubernetes/manifests"
FAKE_NODES = 4
LABEL = "app.kubernetes.io/component=worker"
# The pool of processes: calls that one holds, also in the eyes of the scaler; calls kept free.
NAMESPACE, PER_WORKER, WARM, MOST = "studio", 2, 1, 6
# Seconds in which the pool stays as it is: longer than calls take to end and pods to say so.
WINDOW = 20


def say(text):
    print(text, flush=True)


def step(title):
    say(f"== {title}")


def prepare_network():
    """Loopback, every pod's address, and the names that a cluster's DNS would know."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "route", "add", "local", POD_NETWORK, "dev", "lo"], check=True)
    hosts = tempfile.NamedTemporaryFile("w", suffix=".hosts", delete=False)
    hosts.write(f"127.0.0.1 localhost redis api.{NAMESPACE}.svc.cluster.local\n")
    hosts.close()
    os.chmod(hosts.name, 0o644)
    subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)


def namespace(cluster, name, standard):
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": name, "labels": {"pod-security.kubernetes.io/enforce": standard}}})


def install_resources(plane):
    """The kinds of Prometheus' operator: accepted objects are all that is wanted of it here."""
    done = subprocess.run(
        ["bash", "-c", "source ../../dev/common.sh; source ../../dev/go.sh;"
         " go_tool list -mod=mod -m -f '{{.Dir}}'"
         " github.com/prometheus-operator/prometheus-operator"],
        cwd=ROOT / "tools/kubernetes/resources", capture_output=True, text=True, check=True,
        env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/local/go/bin"})
    folder = Path(done.stdout.strip()) / "example/prometheus-operator-crd"
    for name in ("servicemonitors", "prometheusrules"):
        for thing in objects_of(folder / f"monitoring.coreos.com_{name}.yaml"):
            plane.cluster.apply(thing)
    wait_for(lambda: plane.cluster.get("/apis/monitoring.coreos.com/v1"), 20)


def every_object_is_accepted(cluster):
    step("every object is accepted")
    count = 0
    for example in sorted((CHART / "examples").glob("*.yaml")):
        where = f"try-{example.stem}"
        is_restricted = example.stem == "programs-only"
        namespace(cluster, where, "restricted" if is_restricted else "privileged")
        things = chart("template", CHART, "-namespace", where, "-values", example,
                       "-set", "monitoring.serviceMonitor=true",
                       "-set", "monitoring.prometheusRule=true")
        for thing in things:
            # Nothing is to run here: only whether it may be.
            if thing["kind"] in ("Deployment", "StatefulSet"):
                thing["spec"]["replicas"] = 0
            if thing["kind"] == "ScaledObject":
                # Else KEDA is busy with stores that are nowhere.
                thing["metadata"].setdefault("annotations", {})[
                    "autoscaling.keda.sh/paused"] = "true"
            cluster.apply(thing, where)
        count += len(things)
        if is_restricted:
            pods_may_run(cluster, where, things)
        cluster.request("DELETE", f"/api/v1/namespaces/{where}")
    say(f"   {count} objects of {len(list((CHART / 'examples').glob('*.yaml')))} examples")
    thing = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"},
             "spec": {"replicaz": 1}}
    try:
        cluster.apply(thing, "default")
        raise AssertionError("an unknown field was accepted")
    except ApiError as error:
        assert error.status in (400, 422, 500), error


def pods_may_run(cluster, where, things):
    """Admission looks at pods, not at what makes them: each pod is tried itself."""
    for thing in things:
        if thing["kind"] not in ("Deployment", "StatefulSet", "Job"):
            continue
        template = thing["spec"]["template"]
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": template["spec"],
               "metadata": {**template["metadata"], "name": thing["metadata"]["name"]}}
        path = f"/api/v1/namespaces/{where}/pods?dryRun=All"
        # The namespace's default account takes a moment to be made.
        wait_for(lambda: cluster.request("POST", path, pod), 15)
        pod["spec"] = {**pod["spec"], "hostNetwork": True}
        try:
            cluster.request("POST", path, pod)
            raise AssertionError("a pod on the node's network was accepted")
        except ApiError as error:
            assert error.status == 403, error


def replicas(cluster, where, name="worker"):
    status = cluster.get(f"/apis/apps/v1/namespaces/{where}/deployments/{name}").get("status", {})
    return status.get("readyReplicas", 0)


def wait_for_replicas(cluster, where, count, seconds, name="worker"):
    started = time.monotonic()
    seen = []

    def reached():
        found = replicas(cluster, where, name)
        if not seen or seen[-1] != found:
            seen.append(found)
        return found == count
    try:
        wait_for(reached, seconds)
    except AssertionError:
        raise AssertionError(f"{where}/{name}: {seen} and not {count} within {seconds} s:"
                             f" {conditions(cluster, where)}") from None
    say(f"   {name}: {' -> '.join(map(str, seen))} in {time.monotonic() - started:.1f} s")


def conditions(cluster, where):
    path = f"/apis/autoscaling/v2/namespaces/{where}/horizontalpodautoscalers"
    return [(item["metadata"]["name"], item["status"].get("desiredReplicas"),
             [(each["type"], each["status"], each["message"])
              for each in item["status"].get("conditions", [])])
            for item in cluster.get(path)["items"]]


class PlainRedis:
    """`redis:6379` of ADR-010, without a password."""

    def __enter__(self):
        from servers import find_program, is_listening, wait_until
        self.process = subprocess.Popen(
            [find_program("redis-server", "redis-server"), "--port", "6379", "--save", ""],
            stdout=subprocess.DEVNULL)
        wait_until(lambda: is_listening(6379), "redis", self.process)
        return self

    def __call__(self, *words):
        done = subprocess.run(["redis-cli", "-p", "6379", *map(str, words)], capture_output=True,
                              text=True, check=True)
        return done.stdout.strip()

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)


def job(number):
    """As docs/queue.md writes one."""
    return json.dumps({"call_id": f"00000000-0000-4000-8000-{number:012}",
                       "tenant_id": "00000000-0000-4000-8000-000000000000",
                       "agent_name": "support", "room_name": f"call-{number}", "attempt": 1,
                       "queued_at_ms": int(time.time() * 1000)}, separators=(",", ":"))


def the_decision_scales(cluster):
    step("ADR-010's own manifests: a list in Redis drives 2 -> 20 -> 2")
    where = "agent-studio"
    namespace(cluster, where, "privileged")
    # KEDA reads the environment of the pods, and makes no HPA before it can.
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "agent-studio"},
                   "stringData": {"DATABASE_URL": "postgresql://db/studio",
                                  "REDIS_URL": "redis://redis:6379", "LIVEKIT_API_KEY": "studio",
                                  "LIVEKIT_API_SECRET": "a-secret-of-32-bytes-and-more-than"}},
                  where)
    with PlainRedis() as redis:
        for file in sorted((MANIFESTS / "adr-010").glob("*.yaml")):
            for thing in objects_of(file):
                cluster.apply(thing, where)
        wait_for_replicas(cluster, where, 2, 60)
        wait_for_replicas(cluster, where, 3, 20, "worker-meal-agent")
        redis("RPUSH", "call-queue", *(job(number) for number in range(100)))
        wait_for_replicas(cluster, where, 20, 60)
        redis("DEL", "call-queue")
        wait_for_replicas(cluster, where, 2, 60)
        assert replicas(cluster, where, "worker-meal-agent") == 3
        cluster.request("DELETE", f"/apis/keda.sh/v1alpha1/namespaces/{where}/scaledobjects/"
                                  "worker-scaler")
    cluster.request("DELETE", f"/api/v1/namespaces/{where}")


class PodWorld(World):
    """The chaos test's production, whose workers are pods."""

    def __init__(self, calls, worker_calls, logs):
        super().__init__(calls, worker_calls, apis=1, workers=0, logs=logs)

    def choose_api_ports(self):
        return [8000]  # Of the Service `api`.

    def values(self):
        """Of the chart: what the programs would be told in a cluster."""
        environment = self.environment(False)
        secret = {name: environment[name] for name in (
            "DATABASE_URL", "REDIS_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET",
            "OPENAI_API_KEY", "DEEPGRAM_API_KEY")}
        redis = self.servers["redis"]
        secret["REDIS_PASSWORD"] = redis.password
        plain = {name: environment[name] for name in (
            "OPENAI_BASE_URL", "DEEPGRAM_URL", "STUDIO_MEDIA_ADDRESS", "STUDIO_LOG_LEVEL",
            "STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES", "STUDIO_DATABASE_CONNECTIONS",
            "STUDIO_TENANT_CALLS_MAX", "STUDIO_AGENT_CALLS_MAX", "STUDIO_RATE_LIMIT")}
        # Providers are stand-ins, so no pod loads models.
        plain["STUDIO_SPEECH_MODELS"] = "/none"
        return secret, {
            "secret": {"existingSecret": "agent-studio"},
            "redis": {"address": f"127.0.0.1:{redis.port}"},
            "livekit": {"enabled": False, "url": environment["LIVEKIT_URL"], "agentName": ""},
            "env": plain,
            "migrate": {"enabled": False},
            "worker": {
                "callsMax": self.worker_calls, "drainTimeoutSeconds": 30,
                "terminationGracePeriodSeconds": 60,
                "nodeSelector": {"agent-studio/test": "real"},
                "tolerations": [{"key": "agent-studio/test", "operator": "Exists"}],
                "scaling": {"enabled": True, "minReplicas": 2, "maxReplicas": MOST,
                            "callsPerWorker": PER_WORKER, "warmCalls": WARM, "pollingSeconds": 2,
                            "scaleDownWindowSeconds": WINDOW, "scaleDownPodsPerMinute": 10}}}


class Pool:
    """The pool of real processes and its calls."""

    def __init__(self, plane, world, folder):
        self.plane, self.world, self.cluster = plane, world, plane.cluster
        secret, values = world.values()
        file = folder / "values.json"
        file.write_text(json.dumps(values))
        namespace(self.cluster, NAMESPACE, "restricted")
        self.cluster.apply({"apiVersion": "v1", "kind": "Secret",
                            "metadata": {"name": "agent-studio"}, "stringData": secret}, NAMESPACE)
        for thing in chart("template", CHART, "-namespace", NAMESPACE, "-values", file):
            self.cluster.apply(thing, NAMESPACE)
        self.kubelet = Kubelet("real-0", self.cluster,
                               plane.certificates.certificate("cluster"), folder, BUILD /
                               "agent-studio", world.calls_of)

    def wait_for(self, count, seconds):
        """Until so many are ready, whom KEDA asked for; or else the test."""
        if not self.plane.with_keda:
            self.cluster.patch(
                f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/worker/scale",
                {"spec": {"replicas": count}})
        wait_for_replicas(self.cluster, NAMESPACE, count, seconds)

    def leased(self):
        redis = self.world.redis()
        try:
            return redis("ZCARD", "call-leases"), redis("LLEN", "call-queue")
        finally:
            redis.close()

    def costs(self):
        return costs(self.cluster, NAMESPACE, LABEL)


def wait_for_calls(crew, count, seconds=60):
    wait_for(lambda: sum(each.greeted for each in crew.live()) >= count, seconds,
             f"{count} callers are greeted")


def leave(crew, stay):
    """These calls go on; the others hang up when they may."""
    crew.count = len(stay)
    with crew.lock:
        for conversation in crew.live():
            if conversation.call_id not in stay:
                conversation.lines = 0
    wait_for(lambda: len(crew.live()) <= len(stay), 60, f"{len(stay)} calls are left")


def pool_follows_calls(pool, crew):
    step("a pool of real workers follows its calls, which the queue does not show")
    pool.wait_for(2, 90)
    # What the formula says of idle workers: max(0 / 5, (0 + 1) / 2), at least 2.
    wait_for(lambda: set(pool.costs().values()) == {"0"}, 20, "idle workers say so")
    crew.count = 8
    pool.wait_for(5, 60)  # ceil((8 + 1) / 2)
    wait_for_calls(crew, 8)
    leased, waiting = pool.leased()
    say(f"   {leased} calls are held, {waiting} wait: the queue alone would ask for"
        f" {max(2, -(-waiting // 5))} workers")
    assert waiting == 0 and leased >= 8
    found = pool.costs()
    say(f"   pod-deletion-cost: {found}")
    busy = {process.name for process in pool.kubelet.ready() if pool.world.calls_of(process)}
    assert len(busy) >= 4 and found == {
        name: "100" if name in busy else "0" for name in found}, (busy, found)


def only_its_own_pod(pool):
    step("a worker may write one annotation of its own pod, and nothing else")
    first, second = pool.cluster.pods(NAMESPACE, LABEL)[:2]
    token = pool.cluster.token_for(NAMESPACE, "worker", first)
    worker = Cluster(pool.cluster.port, pool.plane.certificates.certificate("cluster"),
                     token=token)
    path = f"/api/v1/namespaces/{NAMESPACE}/pods"
    own, other = (f"{path}/{pod['metadata']['name']}" for pod in (first, second))
    cost = {"metadata": {"annotations": {"controller.kubernetes.io/pod-deletion-cost": "7"}}}
    worker.patch(own + "?dryRun=All", cost)
    for what, target, body in (
            ("another pod", other, cost),
            ("a label", own, {"metadata": {"labels": {"agent": "x"}}}),
            ("another annotation", own, {"metadata": {"annotations": {"a": "b"}}}),
            ("its image", own, {"spec": {"containers": [
                {**first["spec"]["containers"][0], "image": "evil"}]}})):
        try:
            worker.patch(target + "?dryRun=All", body)
            raise AssertionError(f"a worker could change {what}")
        except ApiError as error:
            assert error.status in (403, 422) and "worker may change" in str(error), error
    try:
        worker.get(own)
        raise AssertionError("a worker could read pods")
    except ApiError as error:
        assert error.status == 403, error


def scale_in(pool, crew):
    step("scale-in during calls: three calls on three pods, of which two are to stay")
    before = len(pool.kubelet.done)
    held = [calls for calls in map(pool.world.calls_of, pool.kubelet.ready()) if calls]
    leave(crew, [calls[0] for calls in held[:3]])
    wait_for(lambda: sorted(pool.costs().values()) == ["0", "0", "100", "100", "100"], 20,
             "two pods say that they are idle")
    pool.wait_for(2, 90)  # ceil((3 + 1) / 2)
    wait_for(lambda: len(pool.kubelet.done) - before >= 3, 90, "three pods have gone")
    gone = pool.kubelet.done[before:]
    say(f"   gone: {describe(gone)}")
    # Both idle ones, and one of the three.
    assert sorted(len(note["calls"]) for note in gone) == [0, 0, 1], gone


def redis_comes_back_empty(pool, crew):
    step("Redis is away, and comes back without its memory, under a busy pool")
    crew.count = 8
    pool.wait_for(5, 60)
    wait_for_calls(crew, 8)
    redis, api = pool.world.servers["redis"], pool.world.apis[0].process
    # By the half second. While the API hangs no figure at all can be had.
    events = {0: redis.kill, 20: lambda: api.send_signal(signal.SIGSTOP),
              52: lambda: api.send_signal(signal.SIGCONT), 56: redis.start}
    least, most = MOST, 0
    for moment in range(56 + 2 * (WINDOW + 15)):
        if moment in events:
            events[moment]()
        found = replicas(pool.cluster, NAMESPACE)
        least, most = min(least, found), max(most, found)
        time.sleep(0.5)
    say(f"   Redis away for 28 s, the API too for 16 of them, then Redis empty for {WINDOW + 15} s:"
        f" {least} to {most} workers, {len(crew.live())} calls")
    assert least >= 5, "a busy pool was made smaller"
    assert most <= 5, "a pool grew for want of figures"


def rolling_update(pool, crew):
    step("rolling update during calls")
    before = len(pool.kubelet.done)
    old = set(pool.costs())
    pool.cluster.patch(
        f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/worker",
        {"spec": {"template": {"metadata": {"annotations": {"agent-studio/restarted": "1"}}}}})
    wait_for(lambda: not old & set(pool.costs()), 150, "every pod is a new one")
    gone = pool.kubelet.done[before:]
    say(f"   gone: {describe(gone)}")
    assert len(gone) == len(old)
    assert sum(len(note["calls"]) for note in gone) >= 5, "no calls were moved"


def report(run):
    step("what the callers noticed")
    for call in run["calls"]:
        moved = [note for note in run["faults"] if call["call_id"] in note["calls"]
                 and (call["left_at"] or 1e18) > note["at"]]
        if not moved:
            continue
        gaps = [checks.silence_after(call["sounds"], note["at"], call["left_at"])
                for note in moved]
        lines = [line["outcome"] for line in call["said"]]
        say(f"   {call['key']}: moved {len(moved)} times; silence until the agent was heard again"
            f" {[None if gap is None else round(gap, 1) for gap in gaps]} s;"
            f" {lines.count('answered')} of {len(lines)} lines answered")
    figures = chaos.figures_of(run)
    say(f"   {figures['calls']} calls, {figures['lines']} lines, {figures['answered']} answered,"
        f" {figures['unsure']} unsure, {figures['unanswered']} not; answer after"
        f" {chaos.summary(figures['answer_s'])}, right after a move"
        f" {chaos.summary(figures['hand_over_answer_s'])}")


def calls_in_pods(plane, folder):
    with PodWorld(12, PER_WORKER, folder / "world") as world:
        plane.add_node("real-0", 30, is_fake=False,
                       taints=[{"key": "agent-studio/test", "effect": "NoSchedule"}])
        pool = Pool(plane, world, folder / "pods")
        crew = Crew(BUILD / "chaos_callers", world.wav, world.place, 0, "kubernetes",
                    lines=(60, 90))
        sampler = Sampler(world)
        try:
            pool_follows_calls(pool, crew)
            only_its_own_pod(pool)
            scale_in(pool, crew)
            redis_comes_back_empty(pool, crew)
            rolling_update(pool, crew)
            assert crew.finish(60), [each.key for each in crew.live()]
            run = chaos.collect(world, crew, pool.kubelet, sampler)
        finally:
            crew.close()
            sampler.close()
            pool.kubelet.close()
    (folder / "run.json").write_text(json.dumps(run, indent=1))
    report(run)
    wrong = checks.violations(run) + pool.kubelet.wrong + crew.errors
    assert not wrong, "\n".join(wrong)
    say("   no call was lost, none ended early, no effect happened twice")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--without-keda", action="store_true")
    parser.add_argument("--parts", default="1,2,3", help="which of the three [1,2,3]")
    arguments = parser.parse_args()
    parts = set(arguments.parts.split(","))
    assert parts and parts <= {"1", "2", "3"}, arguments.parts
    prepare_network()
    folder = ROOT / "build/kubernetes/run"
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    folder.mkdir(parents=True)
    (folder / "pods").mkdir()
    started = time.monotonic()
    with ControlPlane(folder, not arguments.without_keda) as plane:
        say(f"control plane after {time.monotonic() - started:.0f} s")
        for index in range(FAKE_NODES if plane.with_keda else 0):
            plane.add_node(f"fake-{index}", 30)
        try:
            if "1" in parts:
                install_resources(plane)
                every_object_is_accepted(plane.cluster)
            if plane.with_keda and "2" in parts:
                the_decision_scales(plane.cluster)
            if "3" in parts:
                calls_in_pods(plane, folder)
        finally:
            for text in plane.died():
                say(f"ended by itself: {text}")
        assert not plane.died()
    say(f"passed in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
