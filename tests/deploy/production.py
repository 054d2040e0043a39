"""The deployment under test: the compose file in the root, driven as an operator drives it."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Stronger than what .env says: everything here is asked by one key.
os.environ.setdefault("STUDIO_RATE_LIMIT", "0")
# Every call that was placed.
CALLS = []
COMPOSE = ["docker", "compose", "-f", "docker-compose.prod.yml"]


def run(*command, timeout=300, check=True, **options):
    """The standard output of a command; with `check`, its whole output where it fails."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, timeout=timeout, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    assert not check or done.returncode == 0, \
        f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def environment():
    """What .env says."""
    lines = (ROOT / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


def compose(*arguments, **options):
    return run(*COMPOSE, *arguments, **options)


def replicas(service):
    """Ids of the running containers."""
    return compose("ps", "-q", "--status", "running", service).split()


def inspect(container):
    return json.loads(run("docker", "inspect", container))[0]


def is_healthy(container):
    return inspect(container)["State"].get("Health", {}).get("Status") == "healthy"


def kill_process(container):
    """kill -9 of the program, as a crash: `docker kill` would count as the operator's wish, after
    which an engine does not restart the container."""
    os.kill(inspect(container)["State"]["Pid"], signal.SIGKILL)


def wait_until(what, holds, seconds, interval=0.2):
    """Seconds until it held."""
    started = time.monotonic()
    while not holds():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(interval)
    return time.monotonic() - started


def wait_healthy(service, count, seconds=120):
    return wait_until(f"{count} healthy {service}",
                      lambda: (ids := replicas(service)) and len(ids) == count
                      and all(is_healthy(each) for each in ids), seconds)


def metrics_of(container, port):
    return run("docker", "exec", container, "curl", "-s", f"http://localhost:{port}/metrics")


def query(sql):
    """Rows of an SQL query, as lists of text."""
    answer = compose("exec", "-T", "db", "psql", "-U", "studio", "-d", "studio", "-At", "-c", sql)
    return [line.split("|") for line in answer.splitlines()]


class Client:
    """A client of the API, outside, through the front door."""

    def __init__(self):
        values = environment()
        self.url = f"http://localhost:{values['HTTP_PORT']}"
        self.key = values["STUDIO_API_KEY"]

    def request(self, method, path, body=None, timeout=20):
        """(status, parsed body); status 0 where no answer came."""
        request = urllib.request.Request(
            self.url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "X-API-Key": self.key})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        except OSError as error:
            return 0, str(error)
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode(errors="replace")

    def must(self, method, path, body=None):
        status, answer = self.request(method, path, body)
        assert status in (200, 201), f"{method} {path}: {status} {answer}"
        return answer


class Steady:
    """Asks the API again and again while something happens, and remembers what was not answered."""

    def __init__(self, client, path="/api/v1/agents"):
        self.client, self.path = client, path
        self.asked, self.failed, self.slowest = 0, [], 0.0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.ask, daemon=True)

    def ask(self):
        while not self.stop.wait(0.05):
            started = time.monotonic()
            status, answer = self.client.request("GET", self.path)
            self.asked += 1
            self.slowest = max(self.slowest, time.monotonic() - started)
            if status != 200:
                self.failed.append((status, str(answer)[:100]))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()


class Call:
    """One call: placed over REST, held by a caller outside the containers."""

    def __init__(self, client, agent, python=ROOT / "build/venv/bin/python"):
        self.client = client
        answer = client.must("POST", "/api/v1/calls", {"agent_name": agent, "call_type": "voip"})
        self.id, self.token = answer.get("call_id") or answer["id"], answer["token"]
        CALLS.append(self)
        self.folder = tempfile.TemporaryDirectory(prefix="studio-caller-")
        self.events, self.changed = [], threading.Condition()
        self.lines = []
        self.process = subprocess.Popen(
            [str(python), str(ROOT / "tests/deploy/caller.py"), answer["url"], answer["token"]],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            with self.changed:
                self.events.append(json.loads(line))
                self.changed.notify_all()
        with self.changed:
            self.events.append({"event": "ended", "at": time.time()})
            self.changed.notify_all()

    def wait(self, wanted, since=0, seconds=60, **fields):
        """Index after the first such event from index `since` on."""
        def find():
            for index, event in enumerate(self.events[since:], since):
                if event["event"] == wanted and all(event.get(k) == v for k, v in fields.items()):
                    return index + 1
            return 0
        with self.changed:
            assert self.changed.wait_for(find, seconds), \
                f"call {self.id}: no {wanted} {fields} within {seconds} s; {self.events[-8:]}"
            return find()

    def greeting(self):
        """The agent spoke and is silent now."""
        return self.wait("agent", self.wait("agent", speaking=True), speaking=False)

    def say(self, line, answered=True, seconds=60):
        """Says a line; with `answered`, waits until the agent answered it and is silent again."""
        self.lines.append(line)
        file = Path(self.folder.name) / f"{len(self.lines)}.wav"
        run("flite", "-voice", "slt", "-t", line, "-o", file)
        since = len(self.events)
        self.process.stdin.write(f"say {file}\n")
        self.process.stdin.flush()
        since = self.wait("said", since, seconds)
        if answered:
            since = self.wait("agent", since, seconds, speaking=True)
            since = self.wait("agent", since, seconds, speaking=False)
        return since

    def record(self):
        return self.client.must("GET", f"/api/v1/calls/{self.id}")

    def transcript(self):
        answer = self.client.must("GET", f"/api/v1/calls/{self.id}/transcript")
        return answer if isinstance(answer, list) else answer.get("entries", answer.get("items"))

    def worker(self):
        """The replica that wrote last about this call."""
        latest = ("", None)
        for container in replicas("worker"):
            for line in run("docker", "logs", container).splitlines():
                if self.id in line:
                    time_of = json.loads(line)["time"] if line.startswith("{") else ""
                    latest = max(latest, (time_of, container))
        assert latest[1], f"no worker knows the call {self.id}"
        return latest[1]

    def hang_up(self):
        self.process.stdin.write("leave\n")
        self.process.stdin.close()
        self.process.wait(30)
        self.folder.cleanup()

    def check_whole(self):
        """The call ended once and well, and its transcript holds each line once, in order."""
        wait_until(f"call {self.id} is over",
                   lambda: self.record()["status"] in ("completed", "failed"), 60)
        assert self.record()["status"] == "completed", self.record()
        entries = self.transcript()
        keys = [entry.get("sequence", entry.get("id", index))
                for index, entry in enumerate(entries)]
        assert len(set(keys)) == len(keys), f"doubled entries: {entries}"
        heard = [entry for entry in entries if entry["role"] == "user"]
        assert len(heard) == len(self.lines), \
            f"{len(self.lines)} lines were said, {len(heard)} are in the transcript: {entries}"
        assert entries[0]["role"] == "assistant", entries[0]
        return entries
