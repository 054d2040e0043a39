"""The whole of production on one machine: real servers, APIs, workers, and mock providers."""

import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from redis_client import RedisClient
from relay import Relay

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "bench")]
import servers as real  # noqa: E402
import speech  # noqa: E402

BUILD = Path(os.environ.get("STUDIO_CHAOS_BUILD", ROOT / "build/release"))
BINARY = BUILD / "agent-studio"
AGENT = "chaos"
WORKFLOW = "chaos-shifts"
SCRIPT_FOLDER = Path(__file__).parent


class Program:
    """One process of ours, which is killed and started again under the same name."""

    def __init__(self, name, arguments, environment, folder, ready):
        self.name, self.arguments, self.environment = name, arguments, environment
        self.log = folder / f"{name}.log"
        self.ready = ready
        self.process = None
        self.port = real.free_port()

    def start(self, wait=True):
        assert self.process is None, f"{self.name} runs"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(BINARY), *self.arguments, str(self.port)], stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, env={**os.environ, **self.environment})
        if wait:
            real.wait_until(self.is_ready, self.name, self.process, self.log)

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{self.ready}",
                                        timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def stop(self, seconds=60.0):
        """SIGTERM; its exit code, or None where it had to be killed."""
        process, self.process = self.process, None
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return None

    def died(self):
        """The exit code of one that ended by itself."""
        return self.process.poll() if self.process else None


class World:
    """Limits are those of the tenant, which has one agent; each worker may hold `worker_calls`."""

    def __init__(self, calls, worker_calls, apis=2, workers=3, logs=None):
        self.calls, self.worker_calls = calls, worker_calls
        self.counts = {"api": apis, "worker": workers}
        self.folder = Path(logs) if logs else Path(tempfile.mkdtemp(prefix="studio-chaos-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.apis, self.workers, self.retired = [], [], []
        self.key = "as_test_" + secrets.token_hex(16)
        self.servers = self.relay = self.providers = None
        self.made = 0
        self.next_api = 0

    def __enter__(self):
        try:
            # LiveKit before Redis: so it stands alone, and does not feel what Redis is put through.
            self.servers = real.Servers([])
            self.servers.names = ["postgres", "livekit", "redis"]
            self.api_ports = self.choose_api_ports()
            real.LiveKit.settings = {
                "logging": {"level": "warn"},
                "webhook": {"api_key": real.LiveKit.key, "urls": [
                    f"http://127.0.0.1:{port}/api/v1/livekit/webhook" for port in self.api_ports]}}
            self.servers.__enter__()
            self.relay = Relay(self.servers["livekit"].port)
            self.start_providers()
            self.start_programs()
            self.make_agent()
        except BaseException:
            self.close()
            raise
        return self

    def choose_api_ports(self):
        return [real.free_port() for _ in range(self.counts["api"])]

    def __exit__(self, *_):
        self.close()

    def close(self):
        for program in [*self.workers, *self.apis, *self.retired]:
            if program.process is not None:
                program.kill()
        if self.providers is not None:
            self.providers.kill()
            self.providers.wait()
            self.providers.stdout.close()
        if self.relay is not None:
            self.relay.close()
        if self.servers is not None:
            self.servers.clean()

    def start_providers(self):
        with open(self.folder / "providers.log", "w") as log:
            self.providers = subprocess.Popen(
                [sys.executable, "-B", SCRIPT_FOLDER / "providers.py"], stdout=subprocess.PIPE,
                stderr=log, text=True)
        self.provider_port = int(self.providers.stdout.readline().split()[1])
        self.wav = self.folder / "line.wav"
        speech.speak("could i have the next one", self.wav, rate=16_000)

    def environment(self, relayed):
        livekit = self.servers["livekit"]
        return {
            "DATABASE_URL": self.servers["postgres"].url(),
            "REDIS_URL": self.servers["redis"].url(),
            "LIVEKIT_URL": f"ws://127.0.0.1:{self.relay.port if relayed else livekit.port}",
            "LIVEKIT_PUBLIC_URL": f"ws://127.0.0.1:{livekit.port}",
            "LIVEKIT_API_KEY": livekit.key, "LIVEKIT_API_SECRET": livekit.secret,
            "STUDIO_HOST": "127.0.0.1", "WORKER_HEALTH_HOST": "127.0.0.1",
            "STUDIO_MEDIA_ADDRESS": "127.0.0.1", "STUDIO_API_KEY": self.key,
            "STUDIO_TENANT_CALLS_MAX": str(self.calls), "STUDIO_AGENT_CALLS_MAX": str(self.calls),
            "STUDIO_RATE_LIMIT": "0",
            "WORKER_MAX_CALLS": str(self.worker_calls),
            "STUDIO_SPOOL": str(self.folder / "spool"),
            "STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": "true", "STUDIO_DATABASE_CONNECTIONS": "4",
            "DEEPGRAM_URL": f"ws://127.0.0.1:{self.provider_port}", "DEEPGRAM_API_KEY": "chaos",
            "OPENAI_BASE_URL": f"http://127.0.0.1:{self.provider_port}/v1",
            "OPENAI_API_KEY": "chaos", "STUDIO_LOG_LEVEL": "info"}

    def start_programs(self):
        self.servers["postgres"].environment()  # Makes the database.
        done = subprocess.run([BINARY, "migrate"], env={**os.environ, **self.environment(False)},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"migrate: {done.stdout}{done.stderr}"
        for index in range(self.counts["api"]):
            api = Program(f"api{index}", ["api", "--port"], self.environment(True), self.folder,
                          "/health/ready")
            api.port = self.api_ports[index]
            self.apis.append(api)
        for _ in range(self.counts["worker"]):
            self.workers.append(self.new_worker())
        for program in [*self.apis, *self.workers]:
            program.start()

    def new_worker(self):
        self.made += 1
        return Program(f"worker{self.made}", ["worker", "--health-port"],
                       self.environment(True), self.folder, "/health/ready")

    def make_agent(self):
        tool = {"name": "note", "display_name": "Note", "description": "Notes one.", "config": {
            "parameters": [{"name": "number", "type": "integer", "required": True,
                            "description": "The number."}],
            "actions": [{"type": "api_call", "method": "POST", "url": "{{user.effects_url}}",
                         "body": {"call": "{{user.key}}", "number": "{{params.number}}"},
                         "timeout": 5, "save_as": "workflow.noted"}]}}
        agent = {"name": AGENT, "display_name": "Chaos", "config": {
            "prompt": {"system": "You note numbers.", "greeting": "Hello, which number?"},
            "stt": {"provider": "deepgram", "model": "nova-3"},
            "llm": {"provider": "openai", "model": "mock"},
            "tts": {"provider": "openai", "model": "mock", "voice_id": "mock"},
            "session": {"min_endpointing_delay": 0.3, "max_endpointing_delay": 0.3},
            "tools": ["note", "to_day"]}}
        resources = [("tools", tool)]
        for other in ("day", "night"):
            action = {"type": "handoff", "target_agent": f"chaos-{other}"}
            resources.append(("tools", {"name": f"to_{other}", "description": "Hands over.",
                                        "config": {"parameters": [], "actions": [action]}}))
        # They speak first with the model's words: what the one who handed over had to say.
        for name, other in (("day", "night"), ("night", "day")):
            config = {**agent["config"], "tools": ["note", f"to_{other}"],
                      "prompt": {"system": "You note numbers."}}
            resources.append(("agents", {"name": f"chaos-{name}", "display_name": name,
                                         "config": config}))
        # The same agents where a graph says who goes on: by an edge of each and, for the way back,
        # by a hand-over that anybody may take.
        names = (AGENT, "chaos-day", "chaos-night")
        flow = {"slug": WORKFLOW, "name": "Shifts", "config": {
            "nodes": [{"id": name, "agent_name": name, "is_entry": name == AGENT,
                       "is_exit": name == names[-1]} for name in names],
            "connections": [{"source_id": source, "target_id": target}
                            for source, target in zip(names, names[1:])],
            "global_handoffs": [{"target_id": "chaos-day", "description": "By day."}]}}
        for path, body in [*resources, ("agents", agent), ("workflows", flow)]:
            status, answer = self.request("POST", f"/api/v1/{path}", body)
            assert status == 201, (path, status, answer)

    def request(self, method, path, body=None, headers=None, timeout=5.0):
        """(status, parsed body) from one replica after the other; status 0: nobody answered."""
        status, answer = 0, None
        for _ in range(len(self.apis)):
            api = self.apis[self.next_api % len(self.apis)]
            self.next_api += 1
            request = urllib.request.Request(
                f"http://127.0.0.1:{api.port}{path}", method=method,
                data=None if body is None else json.dumps(body).encode(),
                headers={"Content-Type": "application/json", "X-API-Key": self.key,
                         **(headers or {})})
            try:
                with urllib.request.urlopen(request, timeout=timeout) as response:
                    return response.status, json.loads(response.read())
            except urllib.error.HTTPError as error:
                status, answer = error.code, error.read().decode(errors="replace")
                if status < 500:
                    return status, answer
            except (OSError, ValueError) as error:
                answer = repr(error)  # Killed or about to be: the other one is asked.
        return status, answer

    def place(self, key, idempotency_key):
        # Every second call is one of the workflow.
        whom = {"workflow_slug": WORKFLOW} if key[-1] in "13579" else {"agent_name": AGENT}
        body = {**whom, "user_context": {
            "key": key, "effects_url": f"http://127.0.0.1:{self.provider_port}/effects"}}
        return self.request("POST", "/api/v1/calls", body, {"Idempotency-Key": idempotency_key})

    def query(self, sql):
        """Rows as dictionaries."""
        done = self.servers["postgres"].query(
            f"SELECT coalesce(json_agg(t), '[]') FROM ({sql}) t", "studio")
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return json.loads(done.stdout)

    def effects(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.provider_port}/effects",
                                    timeout=5) as answer:
            return json.load(answer)

    def spool_bytes(self):
        """What waits, without the 8 bytes with which each file begins."""
        return sum(max(0, path.stat().st_size - 8)
                   for path in (self.folder / "spool").rglob("*") if path.is_file())

    def redis(self):
        return RedisClient(self.servers["redis"].url())

    def calls_of(self, worker):
        """The calls that a worker holds now, by the queue's word; which of the queue's workers it
        is, is known from a call that it logged."""
        redis = self.redis()
        try:
            for line in reversed(worker.log.read_text(errors="replace").splitlines()):
                if '"call_started"' not in line and "call_started" not in line:
                    continue
                call_id = json.loads(line)["call_id"]
                name = redis("HGET", f"call-job:{call_id}", "worker")
                if name:
                    return redis("SMEMBERS", f"call-worker:{name}")
        finally:
            redis.close()
        return []


class Sampler:
    """Watches the limits while the run goes on."""

    INTERVAL = 0.2
    DATABASE_EVERY = 15

    def __init__(self, world):
        self.world = world
        self.samples = []
        self.over = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        redis, active, turn = self.world.redis(), 0, 0
        while not self.over.wait(self.INTERVAL):
            turn += 1
            try:
                if turn % self.DATABASE_EVERY == 0:
                    active = self.world.query(
                        "SELECT count(*) AS n FROM calls WHERE status = 'active'")[0]["n"]
            except (RuntimeError, OSError, subprocess.TimeoutExpired):
                pass  # It is away, as it should be.
            try:
                self.samples.append({**sample(redis), "active": active, "at": time.monotonic()})
            except OSError:
                pass
        redis.close()

    def close(self):
        self.over.set()
        self.thread.join(40)


def sample(redis):
    def cards(pattern):
        return {key.split(":", 1)[1]: redis("SCARD", key) for key in redis("KEYS", pattern)}
    return {"tenant": max(cards("call-tenant:*").values(), default=0),
            "agent": max(cards("call-agent:*").values(), default=0),
            "workers": cards("call-worker:*")}


def slots(redis):
    """What should be empty when no call is left."""
    found = {"call-waiting": redis("ZCARD", "call-waiting"),
             "call-leases": redis("ZCARD", "call-leases"),
             "call-dead": redis("LLEN", "call-dead"),
             "call-corrupt": redis("LLEN", "call-corrupt")}
    for key in redis("KEYS", "call-queue*"):
        found[key] = redis("LLEN", key)
    for pattern in ("call-tenant:*", "call-agent:*", "call-worker:*"):
        for key in redis("KEYS", pattern):
            found[key] = redis("SCARD", key)
    for key in redis("KEYS", "call-journal:*"):
        found[f"{key} snapshot"] = redis("HEXISTS", key, "snapshot")
    return found
