"""The two workers that are compared: each registers with LiveKit by name and takes its rooms."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / "build/peers/venv"
API_KEY = "as_live_" + "b" * 32
GREETING = "Hello, how can I help you today?"
ENDPOINTING_S = 0.3
# Each worker has one core of the machine; what surrounds it runs where the system puts it.
ONE_CORE = ["taskset", "-c", str(os.cpu_count() - 1)]


def wait_until(condition, what, seconds):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what} within {seconds} s")
        time.sleep(0.1)


def is_ready(url):
    try:
        with urllib.request.urlopen(url + "/health/ready", timeout=5) as response:
            return response.status == 200
    except OSError:  # 503, too.
        return False


class Side:
    """One worker with what it needs, from `with` to its end. `pid` is the worker's."""

    name = ""
    title = ""
    agent_name = ""

    def __init__(self, livekit, mocks, folder):
        self.livekit = livekit
        self.mocks = mocks
        self.folder = Path(folder)
        self.log = self.folder / f"{self.name}.log"
        self.processes = []

    def spawn(self, arguments, environment):
        with open(self.log, "ab") as log:
            process = subprocess.Popen([str(part) for part in arguments],
                                       env={**os.environ, **environment}, cwd=self.folder,
                                       stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def log_text(self):
        return self.log.read_text(errors="replace")

    def wait_for_log(self, pattern, count, seconds):
        wait_until(lambda: len(re.findall(pattern, self.log_text())) >= count,
                   f"{self.name} did not write /{pattern}/", seconds)

    def start(self):
        raise NotImplementedError

    def __enter__(self):
        try:
            self.pid = self.start().pid
        except BaseException:
            if self.log.exists():
                sys.stderr.write(self.log_text()[-3000:])
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []


class Peer(Side):
    name = "livekit-agents"
    title = "livekit-agents 1.8.9"
    agent_name = "bench-peer"

    def start(self):
        process = self.spawn(
            [*ONE_CORE, VENV / "bin/python", "-m", "livekit.agents", "start",
             ROOT / "bench/peers/peer_worker.py", "--url", f"ws://127.0.0.1:{self.livekit.port}",
             "--api-key", self.livekit.key, "--api-secret", self.livekit.secret],
            {"PEER_AGENT_NAME": self.agent_name, "PEER_ENDPOINTING_S": str(ENDPOINTING_S),
             "PEER_DEEPGRAM_URL": self.mocks.deepgram.replace("ws:", "http:") + "/v1/listen",
             "PEER_OPENAI_URL": self.mocks.openai})
        self.wait_for_log('"registered worker"', 1, 60)
        # The processes that it keeps warm for the next calls, one for each core.
        self.wait_for_log('"process initialized"', min(4, os.cpu_count()), 60)
        return process


class Ours(Side):
    name = "agent-studio"
    title = "agent-studio"
    agent_name = "bench-ours"

    def __init__(self, livekit, mocks, folder, servers, binary):
        super().__init__(livekit, mocks, folder)
        self.servers = servers
        self.binary = binary

    def start(self):
        environment = {
            "DATABASE_URL": self.servers["postgres"].create_database("bench"),
            "REDIS_URL": self.servers["redis"].url(),
            "LIVEKIT_URL": f"ws://127.0.0.1:{self.livekit.port}",
            "LIVEKIT_API_KEY": self.livekit.key, "LIVEKIT_API_SECRET": self.livekit.secret,
            "LIVEKIT_AGENT_NAME": self.agent_name, "STUDIO_API_KEY": API_KEY,
            "DEEPGRAM_URL": self.mocks.deepgram, "DEEPGRAM_API_KEY": "bench",
            "OPENAI_BASE_URL": self.mocks.openai, "OPENAI_API_KEY": "bench",
            "STUDIO_LOG_LEVEL": "warning"}
        subprocess.run([self.binary, "migrate"], env={**os.environ, **environment}, check=True,
                       stdout=subprocess.DEVNULL)
        api = self.spawn([self.binary, "api", "--host", "127.0.0.1", "--port", "0", "--spool",
                          self.folder / "api-spool"], environment)
        self.wait_for_log(r"API\s+http://\S+", 1, 30)
        url = re.search(r"API\s+(http://[^/\s]+)", self.log_text()).group(1)
        wait_until(lambda: is_ready(url), "the API was not ready", 30)
        self.make_agent(url)
        # The agent's row is all that the call needs of the API.
        api.terminate()
        api.wait(30)
        self.processes.remove(api)
        worker = self.spawn(
            [*ONE_CORE, self.binary, "worker", "--health-host", "127.0.0.1", "--health-port", "0",
             "--spool", self.folder / "spool", "--max-calls", "1000",
             "--media-address", "127.0.0.1"], environment)
        self.wait_for_log(r"health\s+http://\S+", 1, 30)
        time.sleep(1.0)  # It registers with LiveKit.
        self.health = re.search(r"health\s+(http://[^/\s]+)", self.log_text()).group(1)
        return worker

    def metrics(self):
        with urllib.request.urlopen(self.health + "/metrics", timeout=10) as response:
            return response.read().decode()

    def make_agent(self, url):
        body = {
            "name": "bench", "display_name": "Bench",
            "config": {
                "prompt": {"system": "You answer briefly.", "greeting": GREETING},
                "stt": {"provider": "deepgram", "model": "nova-3"},
                "llm": {"provider": "openai", "model": "mock"},
                "tts": {"provider": "openai", "model": "mock", "voice_id": "mock"},
                # The mock transcript may sound unfinished, for which a turn waits longer.
                "session": {"min_endpointing_delay": ENDPOINTING_S,
                            "max_endpointing_delay": ENDPOINTING_S},
            }}
        request = urllib.request.Request(
            url + "/api/v1/agents", data=json.dumps(body).encode(), method="POST",
            headers={"Content-Type": "application/json", "X-API-Key": API_KEY})
        with urllib.request.urlopen(request, timeout=20) as response:
            assert response.status == 201, response.read()
