"""The two workers that are compared, with what each needs, and where each tells what it
understood."""

import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench/peers"), str(ROOT / "tests/e2e")]
import servers as real  # noqa: E402
import sides  # noqa: E402
import studio  # noqa: E402

import cases  # noqa: E402
import lossy_line  # noqa: E402

BINARY = Path(os.environ.get("STUDIO_BINARY", ROOT / "build/release/agent-studio"))
ANSWERS = {"brief": cases.BRIEF, "long": cases.LONG}
# Who answers where nobody says who: the outside judge's rooms.
DEFAULT_ANSWERS = "long"


class LossyLiveKit(real.LiveKit):
    """One that everybody reaches through a LossyLine."""

    name = "lossy-livekit"

    def prepare(self):
        super().prepare()
        path = self.folder / "livekit.yaml"
        config = json.loads(path.read_text())
        config["rtc"] |= {"node_ip": lossy_line.ADDRESS,
                          "ips": {"includes": ["127.0.0.1/32"]}}
        self.udp_port = config["rtc"]["udp_port"]
        path.write_text(json.dumps(config))


real.KINDS[LossyLiveKit.name] = LossyLiveKit


class Line:
    """The process that loses what callers send and get."""

    def __init__(self, livekit, seed):
        self.process = studio.Process(
            [sys.executable, "-B", lossy_line.__file__, livekit.udp_port, livekit.port,
             os.getpid(), seed], stdin=subprocess.PIPE)
        port = self.process.wait_for(r"ready (\d+)", 10).group(1)
        # Where its callers enter.
        self.url = f"ws://127.0.0.1:{port}"

    def lose(self, share):
        """From now on. Returns how many of the callers' datagrams passed and were lost so far."""
        self.process.process.stdin.write(f"{share}\n".encode())
        self.process.process.stdin.flush()
        found = self.process.wait_for(r"^passed (\d+) lost (\d+)$", 30)
        return int(found.group(1)), int(found.group(2))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.process.stdin.close()
        self.process.process.kill()
        self.process.finish(5)
        self.process.process.stdout.close()


def log_for(side, label):
    """A new one: what an earlier run wrote there must not be taken for this one's."""
    path = side.folder / f"{side.name}.{label}.log"
    path.unlink(missing_ok=True)
    return path


def ahead():
    """Sets the callers, and the servers that they start, before the workers that are measured,
    where the system allows it. Returns whether."""
    try:
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    except PermissionError:
        return False
    return True


# Puts a worker, which inherits our priority, back among all others.
BEHIND = ["nice", "-n", "10"]


class Ours(sides.Side):
    name = "agent-studio"
    title = "agent-studio"
    agent_name = "bench-ours"

    def __init__(self, livekit, running, folder, providers, label, before):
        super().__init__(livekit, None, folder)
        self.before = before
        self.running, self.providers, self.label = running, providers, label
        self.log = log_for(self, label)

    def start(self):
        environment = {
            "DATABASE_URL": self.running["postgres"].create_database(f"bench_{self.label}"),
            "REDIS_URL": self.running["redis"].url(),
            "LIVEKIT_URL": f"ws://127.0.0.1:{self.livekit.port}",
            "LIVEKIT_API_KEY": self.livekit.key, "LIVEKIT_API_SECRET": self.livekit.secret,
            "LIVEKIT_AGENT_NAME": self.agent_name, "STUDIO_DEFAULT_AGENT": DEFAULT_ANSWERS,
            "STUDIO_API_KEY": sides.API_KEY, "STUDIO_LOG_LEVEL": "warning"}
        subprocess.run([BINARY, "migrate"], env={**os.environ, **environment}, check=True,
                       stdout=subprocess.DEVNULL)
        self.spawn([*self.before, BINARY, "api", "--host", "127.0.0.1", "--port", "0", "--spool",
                    self.folder / "api-spool"], environment)
        self.wait_for_log(r"API\s+http://\S+", 1, 30)
        self.url = re.search(r"API\s+(http://[^/\s]+)", self.log_text()).group(1)
        sides.wait_until(lambda: sides.is_ready(self.url), "the API was not ready", 30)
        for name, text in ANSWERS.items():
            self.make_agent(name, text)
        worker = self.spawn(
            [*self.before, BINARY, "worker", "--health-host", "127.0.0.1", "--health-port", "0",
             "--spool", self.folder / "spool", "--max-calls", "100",
             "--media-address", "127.0.0.1"], environment)
        self.wait_for_log(r"health\s+http://\S+", 1, 30)
        time.sleep(1.0)  # It registers with LiveKit.
        return worker

    def make_agent(self, name, text):
        config = {"prompt": {"system": "You answer briefly.", "greeting": cases.GREETING},
                  "llm": {"provider": "scripted", "options": {
                      "rules": [{"when": {}, "say": text}], "otherwise": [text]}},
                  # A caller who only listens is not asked whether they are still there.
                  "session": {"reprompt_delay": 0}, **self.providers}
        self.request("POST", "/api/v1/agents", {"name": name, "config": config})

    def request(self, method, path, body=None):
        request = urllib.request.Request(
            self.url + path, data=None if body is None else json.dumps(body).encode(),
            method=method, headers={"Content-Type": "application/json",
                                    "X-API-Key": sides.API_KEY})
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()}") from None

    def record(self, room):
        """[(seconds since 1970, role, text, stages of the answer)] of the call in the room."""
        deadline = time.monotonic() + 20
        while True:
            calls = self.request("GET", "/api/v1/calls?limit=100")["items"]
            call = next((call for call in calls if call["room_name"] == room), None)
            if call and call["ended_at"]:
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"the call in {room} has no end: {call}")
            time.sleep(0.2)
        return [(datetime.fromisoformat(entry["timestamp"]).timestamp(), entry["role"],
                 entry["content"], entry["latency"] or {})
                for entry in self.request("GET", f"/api/v1/calls/{call['id']}/transcript")]


class Peer(sides.Peer):
    title = "livekit-agents 1.8.9"

    def __init__(self, livekit, folder, stand_ins, label, before):
        super().__init__(livekit, None, folder)
        self.before = before
        self.stand_ins = stand_ins
        self.log = log_for(self, label)

    def start(self):
        process = self.spawn(
            [*self.before, sides.VENV / "bin/python", "-m", "livekit.agents", "start",
             ROOT / "bench/conversation/peer_agent.py", "--url",
             f"ws://127.0.0.1:{self.livekit.port}", "--api-key", self.livekit.key,
             "--api-secret", self.livekit.secret],
            {"PEER_AGENT_NAME": self.agent_name, "PEER_OPENAI_URL": self.stand_ins.url,
             "PEER_DEFAULT_ANSWERS": DEFAULT_ANSWERS, "PEER_GREETING": cases.GREETING})
        self.wait_for_log('"registered worker"', 1, 90)
        self.wait_for_log('"process initialized"', min(4, os.cpu_count()), 90)
        return process

    def record(self, _):
        """It keeps none; what it understood it tells in the room."""
        return None


class StandIns:
    """The peer's recogniser, model and voice."""

    def __init__(self, voice, before):
        self.voice, self.before = voice, before

    def __enter__(self):
        self.process = studio.Process([*self.before, sys.executable, "-B",
                                       ROOT / "bench/conversation/stand_ins.py", self.voice])
        self.url = self.process.wait_for(r"(http://\S+)", 60).group(1)
        return self

    def __exit__(self, *_):
        self.process.process.kill()
        self.process.finish(5)
        self.process.process.stdout.close()
