"""docker-compose.prod.yml on a real engine: up from nothing, calls through the front door, killed
replicas, scaling, and an upgrade during calls. Started by `./dev deploy-test`, which makes the
engine, the images and .env first.

usage: deploy_test.py VERSION_A VERSION_B
"""

import json
import re
import socket
import sys
import time
import urllib.error
import urllib.request

import production
from production import Call, Client, Steady, compose, replicas, run, wait_healthy

AGENT = json.loads((production.ROOT / "tests/deploy/agent.json").read_text())
# Of the table in deploy/README.md; `sip` is in the host's network.
PORTS = {(80, "tcp"), (443, "tcp"), (443, "udp"), (7880, "tcp"), (7881, "tcp"), (7882, "udp")}
INNER_PORTS = {(6379, "tcp"), (9090, "tcp"), (9093, "tcp"), (3000, "tcp")}
# What the monitoring checklist asks for, by the job that reports it.
CHECKLIST = {
    "api": ["studio_http_request_seconds_bucket", "studio_queue_waiting",
            "studio_queue_oldest_age_seconds", "studio_database_connections_used",
            "studio_database_wait_seconds_bucket", "studio_redis_memory_bytes",
            "process_cpu_seconds_total", "process_resident_memory_bytes", "studio_livekit_rooms",
            "studio_livekit_participants"],
    "worker": ["studio_calls_active", "studio_database_connections_used",
               "process_cpu_seconds_total", "process_resident_memory_bytes",
               "studio_rtp_loss_ratio_bucket", "studio_rtp_jitter_seconds_bucket",
               "studio_turn_latency_seconds_bucket", "studio_turn_stage_seconds_bucket",
               "studio_queue_leases_expired_total", "studio_handovers_total",
               "studio_takeovers_total", "studio_sip_calls_total", "studio_spool_entries"],
    "livekit": ["livekit_room_total", "livekit_participant_total", "livekit_packet_total"],
}
# What shows itself only once it has happened, or where the kernel or a service knows it.
SHOWN_LATER = re.compile(r"studio_(bugs|calls_refused|provider_failures|stt_refused_streams)_total"
                         r"|studio_cgroup_\w+|livekit_sip_\w+")
LINES = AGENT["config"]["stt"]["options"]["phrases"][:2]


def up_from_nothing():
    started = time.monotonic()
    compose("up", "-d", "--wait", "--no-build", timeout=600)
    print(f"   up and healthy after {time.monotonic() - started:.0f} s")
    assert len(replicas("api")) == 2 and len(replicas("worker")) == 3
    limits = {service: production.inspect(replicas(service)[0])["HostConfig"]
              for service in ("api", "worker")}
    assert limits["api"]["NanoCpus"] == 10**9 and limits["api"]["Memory"] == 2**30
    assert limits["worker"]["NanoCpus"] == 2 * 10**9 and limits["worker"]["Memory"] == 2**31
    for service in ("api", "worker"):
        container = replicas(service)[0]
        assert run("docker", "exec", container, "id", "-u").strip() == "10001"
        refused = run("docker", "exec", container, "touch", "/etc/x", check=False)
        assert "Read-only" in refused or "Permission" in refused, refused
    # A second `up` changes nothing: migrations and containers are as they should be.
    before = replicas("api") + replicas("worker")
    compose("up", "-d", "--wait", "--no-build", timeout=300)
    assert replicas("api") + replicas("worker") == before


def as_promised():
    """The ports, limits, health checks and restarts that deploy/README.md lists."""
    text = compose("--profile", "monitoring", "config", "--format", "json")
    services = json.loads(text)["services"]
    published = {(port["target"], port["protocol"]): port.get("host_ip", "")
                 for service in services.values() for port in service.get("ports", [])}
    assert set(published) == PORTS | INNER_PORTS, published
    assert all(published[port] == "127.0.0.1" for port in INNER_PORTS), published
    sip = services["sip"]
    assert sip["network_mode"] == "host"
    for line in ("sip_port: 5060", "rtp_port: 10000-20000"):
        assert line in sip["environment"]["SIP_CONFIG_BODY"], line
    for port in (7880, 7881):
        socket.create_connection((production.environment()["PUBLIC_IP"], port), 5).close()
    for name in services.keys() - {"migrate"}:
        service = services[name]
        assert service["restart"] == "unless-stopped", name
        assert {"cpus", "memory"} <= service["deploy"]["resources"]["limits"].keys(), name
        assert service.get("profiles") == ["monitoring"] or "test" in service["healthcheck"], name
    for image, megabytes in (("api", 160), ("worker", 220)):
        size = production.inspect(services[image]["image"])["Size"]
        assert size < megabytes * 10**6, f"agent-studio-{image} has {size} bytes"


def front_door(client):
    assert client.request("GET", "/health/ready")[0] == 200
    assert client.request("GET", "/api/v1/agents")[0] == 200
    for hidden in ("/metrics", "/api/v1/livekit/webhook"):
        assert client.request("GET", hidden)[0] == 404, hidden
    # LiveKit's signalling answers under the same name, and a WebSocket gets through.
    assert client.request("GET", "/rtc/validate")[0] == 401
    request = urllib.request.Request(client.url + "/api/v1/agents")
    try:
        urllib.request.urlopen(request, timeout=5)
        raise AssertionError("the API answered without a key")
    except urllib.error.HTTPError as error:
        assert error.code == 401, error.code


def with_certificate():
    """The same front door with TLS, by Caddy's own authority: for a public domain it would ask a
    public one, which no test can do."""
    caddy = production.inspect(compose("ps", "-q", "caddy").strip())
    networks = caddy["NetworkSettings"]["Networks"]
    edge = next(name for name in networks if name.endswith("_edge"))
    container = run("docker", "run", "-d", "--network", edge,
                    "-e", "SITE_ADDRESS=https://localhost",
                    "-e", f"EDGE_PREFIX={production.environment()['EDGE_PREFIX']}",
                    "-v", f"{production.ROOT}/deploy/Caddyfile:/etc/caddy/Caddyfile:ro",
                    "caddy:2").strip()
    try:
        address = production.inspect(container)["NetworkSettings"]["Networks"][edge]["IPAddress"]
        def answers():
            return run("curl", "-sk", "--resolve", f"localhost:443:{address}", "-o", "/dev/null",
                       "-w", "%{http_code}", "https://localhost/health/ready", check=False) == "200"
        production.wait_until("the front door answers with TLS", answers, 20)
    finally:
        run("docker", "rm", "-f", container)


def one_call(client):
    call = Call(client, AGENT["name"])
    call.greeting()
    for line in LINES:
        call.say(line)
    call.hang_up()
    entries = call.check_whole()
    print(f"   {len(entries)} entries; the agent was told: {entries[1]['content'][:70]!r}")


def api_dies(client):
    call = Call(client, AGENT["name"])
    call.greeting()
    with Steady(client) as steady:
        victim = replicas("api")[0]
        production.kill_process(victim)
        call.say(LINES[0])
        seconds = wait_healthy("api", 2)
    call.hang_up()
    call.check_whole()
    assert not steady.failed, steady.failed[:5]
    print(f"   {steady.asked} requests meanwhile, all answered, slowest {steady.slowest:.2f} s; two"
          f" healthy replicas again after {seconds:.0f} s")


def worker_dies(client):
    """Every call of the worker goes on elsewhere; those of others notice nothing."""
    calls = [Call(client, AGENT["name"]) for _ in range(3)]
    for call in calls:
        call.greeting()
    for call in calls:
        call.say(LINES[0])
    victim = calls[0].worker()
    moving = [call for call in calls if call.worker() == victim]
    marks, killed_at = [len(call.events) for call in moving], time.time()
    # As an operator's kill: the engine does not bring it back, so others have to take the calls.
    run("docker", "kill", victim)
    for call, since in zip(moving, marks):
        since = call.wait("agent", since, 30, speaking=True)
        print(f"   the agent spoke again {call.events[since - 1]['at'] - killed_at:.2f} s after"
              " the kill")
        call.wait("agent", since, 30, speaking=False)
    for call in calls:
        call.say(LINES[1])
        assert call.worker() != victim, "the call did not move"
        call.hang_up()
        call.check_whole()
    compose("up", "-d", "--wait", "--no-build", "--no-recreate", timeout=300)
    wait_healthy("worker", 3)
    print(f"   {len(moving)} of {len(calls)} calls moved")


def scale(client):
    for service, count in (("api", 3), ("worker", 5)):
        compose("up", "-d", "--wait", "--no-build", "--no-recreate", "--no-deps", "--scale",
                f"{service}={count}", service, timeout=300)
    assert len(replicas("api")) == 3 and len(replicas("worker")) == 5
    wait_healthy("api", 3)
    # The front door finds the new replica by itself.
    def served(container):
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in production.metrics_of(container, 8000).splitlines()
                   if line.startswith("studio_http_requests_total{") and "/agents" in line)
    def all_serve():
        for _ in range(12):
            client.must("GET", "/api/v1/agents")
        return all(served(container) > 0 for container in replicas("api"))
    production.wait_until("every API replica serves", all_serve, 20)
    one_call(client)


def upgrade(client, old, new):
    calls = [Call(client, AGENT["name"]) for _ in range(2)]
    for call in calls:
        call.greeting()
        call.say(LINES[0])
    started = time.monotonic()
    with Steady(client) as steady:
        print(run("deploy/upgrade.sh", new, timeout=600).strip().splitlines()[-1])
        took = time.monotonic() - started
        for call in calls:
            call.say(LINES[1])
            call.hang_up()
    for call in calls:
        call.check_whole()
    for service in ("api", "worker"):
        for container in replicas(service):
            assert production.inspect(container)["Config"]["Image"].endswith(f":{new}"), container
    assert len(replicas("api")) == 3 and len(replicas("worker")) == 5
    assert not steady.failed, steady.failed[:5]
    assert production.environment()["VERSION"] == new
    # What runs is what the file says: nothing is made anew by the next `up`.
    before = set(replicas("worker"))
    compose("up", "-d", "--no-build", "--no-recreate", "--scale", "api=3", "--scale", "worker=5")
    assert set(replicas("worker")) == before
    print(f"   {old} to {new} in {took:.0f} s during {len(calls)} calls; {steady.asked} requests"
          f" meanwhile, all answered, slowest {steady.slowest:.2f} s")


def monitoring(client):
    """Prometheus accepts the rules, finds every replica, and each metric of a rule exists."""
    compose("--profile", "monitoring", "up", "-d", "--no-build", "--no-deps", "prometheus",
            timeout=120)
    def ask(path):
        with urllib.request.urlopen("http://localhost:9090" + path, timeout=5) as response:
            return json.load(response)["data"]
    def targets_up():
        try:
            targets = ask("/api/v1/targets")["activeTargets"]
        except OSError:
            return False
        # Those of the exporters, which are not started here, are down.
        states = [t["health"] for t in targets
                  if t["labels"]["job"] in ("api", "worker", "livekit")]
        return len(states) >= 9 and set(states) == {"up"}
    production.wait_until("every target is up", targets_up, 60)
    rules = [rule for group in ask("/api/v1/rules")["groups"] for rule in group["rules"]]
    assert rules
    known = set(ask("/api/v1/label/__name__/values"))
    for rule in rules:
        for name in re.findall(r"\b(?:studio|livekit|process)_\w+", rule["query"]):
            assert name in known or SHOWN_LATER.fullmatch(name), \
                f"the rule {rule['name']} asks for {name}, which nobody reports"
    missing = [f"{name} of {job}" for job, names in CHECKLIST.items() for name in names
               if not ask(f"/api/v1/query?query=count({name}%7Bjob=%22{job}%22%7D)")["result"]]
    assert not missing, f"the monitoring checklist lacks {missing}"
    webhooks = ask('/api/v1/query?query=sum(livekit_webhook_dispatch_total{status="success"})')
    assert webhooks["result"], "no webhook of LiveKit arrived"
    print(f"   {len(rules)} rules; {webhooks['result'][0]['value'][1]} webhooks of LiveKit arrived")


def nothing_lost():
    """After all of it: every call ended well, nothing waits, nothing is held, no room is left."""
    def sum_of(service, port, name):
        return sum(float(line.rsplit(" ", 1)[1]) for container in replicas(service)
                   for line in production.metrics_of(container, port).splitlines()
                   if re.match(rf"{name}(?:\{{|\s)", line))
    statuses = production.query("SELECT status, count(*) FROM calls GROUP BY status")
    assert [row[0] for row in statuses] == ["completed"], statuses
    assert int(statuses[0][1]) == len(production.CALLS), (statuses, len(production.CALLS))
    # Sampled every 5 s.
    for name in ("studio_queue_waiting", "studio_queue_leased", "studio_queue_dead",
                 "studio_livekit_rooms", "studio_outbox_waiting"):
        production.wait_until(f"{name} is 0", lambda: sum_of("api", 8000, name) == 0, 30, 1)
    for name in ("studio_calls_active", "studio_spool_entries", "studio_spool_dropped_total",
                 "studio_call_writes_refused_total"):
        assert sum_of("worker", 8081, name) == 0, name
    print(f"   {statuses[0][1]} calls, all completed; no slot, job, room or write is left")


def discreet_logs():
    """What was said, who may do what, and no log tells."""
    values = production.environment()
    secrets = [values[name] for name in ("POSTGRES_PASSWORD", "REDIS_PASSWORD",
                                         "LIVEKIT_API_SECRET", "STUDIO_API_KEY")]
    prompt = AGENT["config"]["prompt"]
    said = LINES + [prompt["greeting"], prompt["system"]]
    said += [rule["say"] for rule in AGENT["config"]["llm"]["options"]["rules"]]
    text = compose("logs", "--no-color").lower()
    ours = compose("logs", "--no-color", "api", "worker")
    for word in secrets + said + [call.token for call in production.CALLS]:
        assert word.lower() not in text, f"a log shows {word[:12]}..."
    entries = [json.loads(line.split("| ", 1)[1]) for line in ours.splitlines() if "| {" in line]
    of_calls = [entry for entry in entries if "call_id" in entry]
    assert of_calls, "no line of a log names its call"
    assert all({"time", "level", "event"} <= entry.keys() for entry in entries)
    print(f"   {len(text.splitlines())} lines of logs, {len(of_calls)} of them name their call")


def main():
    version_a, version_b = sys.argv[1:3]
    stage("up from nothing", up_from_nothing)
    stage("as promised", as_promised)
    client = Client()
    stage("front door", front_door, client)
    stage("front door with a certificate", with_certificate)
    client.must("POST", "/api/v1/agents", AGENT)
    stage("a call", one_call, client)
    stage("an API replica dies", api_dies, client)
    stage("a worker dies", worker_dies, client)
    stage("scaling", scale, client)
    # Before the upgrade removes the first containers, and once more after it.
    stage("logs", discreet_logs)
    stage("an upgrade during calls", upgrade, client, version_a, version_b)
    stage("logs", discreet_logs)
    stage("nothing lost", nothing_lost)
    stage("monitoring", monitoring, client)


def stage(name, function, *arguments):
    print(f"== {name}", flush=True)
    started = time.monotonic()
    function(*arguments)
    print(f"   passed in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
