"""Starts a real server, its example backend and callers, for the demo and the end-to-end tests."""

import difflib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("STUDIO_BINARY", ROOT / "build/release/agent-studio"))
EXAMPLE = ROOT / "examples/restaurant"


class Process:
    """A child process whose standard output is read line by line with a deadline."""

    def __init__(self, arguments, **options):
        self.arguments = [str(argument) for argument in arguments]
        self.lines = []
        self._rest = b""
        self.process = subprocess.Popen(self.arguments, stdout=subprocess.PIPE, **options)

    def read_line(self, deadline):
        """The next line without its end, or None when the output ended or the deadline passed."""
        stream = self.process.stdout
        while b"\n" not in self._rest:
            ready, _, _ = select.select([stream], [], [], max(0.0, deadline - time.monotonic()))
            piece = os.read(stream.fileno(), 65536) if ready else b""
            if not piece:
                return None
            self._rest += piece
        line, self._rest = self._rest.split(b"\n", 1)
        self.lines.append(line.decode(errors="replace"))
        return self.lines[-1]

    def wait_for(self, pattern, seconds):
        """The match of the first line that matches."""
        deadline = time.monotonic() + seconds
        while (line := self.read_line(deadline)) is not None:
            if match := re.search(pattern, line):
                return match
        raise AssertionError(f"{self.arguments[0]} did not print /{pattern}/ within {seconds} s;"
                             f" it printed: {self.lines[-10:]}; exit code {self.process.poll()}")

    def finish(self, seconds):
        """Waits for the end; returns (exit code, the lines of the whole output)."""
        deadline = time.monotonic() + seconds
        while self.read_line(deadline) is not None:
            pass
        try:
            return self.process.wait(max(0.1, deadline - time.monotonic())), self.lines
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.arguments[:2]} did not end within {seconds} s;"
                                 f" it printed: {self.lines[-10:]}") from None

    def stop(self, seconds=30.0):
        """Asks the process to end; returns its exit code, also where it was stopped before."""
        if self.process.stdout.closed:
            return self.process.returncode
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code, _ = self.finish(seconds)
        self.process.stdout.close()
        return code


class Server:
    """A server with a database of its own, on ports that the system chose."""

    def __init__(self, *arguments, binary=BINARY, environment=None, log=None, key=None):
        self.folder = tempfile.TemporaryDirectory(prefix="studio-")
        self.log_path = Path(log) if log else Path(self.folder.name) / "server.log"
        self.log_file = open(self.log_path, "wb")
        self.is_killed = False
        self.process = Process(
            [binary, "serve", "--port", "0", "--database", Path(self.folder.name) / "studio.db",
             "--media-address", "127.0.0.1", *arguments],
            stderr=self.log_file, env={**os.environ, "STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": "true",
                                      **(environment or {})})
        self.url = self.process.wait_for(r"page\s+(http://\S+?)/?$", 60).group(1)
        self.key = key or self.process.wait_for(r"API key\s+(as_live_\w+)", 10).group(1)
        self.media_port = int(self.process.wait_for(r"media\s+udp port (\d+)", 10).group(1))

    def request(self, method, path, body=None, key=True, headers=None):
        """(status, parsed body) of one request."""
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        request = urllib.request.Request(self.url + path, data=data, method=method)
        if isinstance(body, (dict, list)):
            request.add_header("Content-Type", "application/json")
        if key:
            request.add_header("X-API-Key", self.key)
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode(errors="replace")

    def call_record(self, call_id, until=None, seconds=20.0):
        """The call's record, once `until(record)` holds."""
        deadline = time.monotonic() + seconds
        while True:
            status, record = self.request("GET", f"/api/v1/calls/{call_id}")
            assert status == 200, (status, record)
            if until is None or until(record):
                return record
            assert time.monotonic() < deadline, f"the call stayed {record['status']}"
            time.sleep(0.1)

    def transcript(self, call_id):
        status, entries = self.request("GET", f"/api/v1/calls/{call_id}/transcript")
        assert status == 200, (status, entries)
        return entries

    def log(self):
        self.log_file.flush()
        return self.log_path.read_text(errors="replace")

    def kill(self):
        """Ends it as a crash does; that it did not end by itself is then no fault."""
        self.process.process.kill()
        self.is_killed = True

    def stop(self, seconds=30.0):
        try:
            code = self.process.stop(seconds)
        finally:
            self.log_file.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            code = self.stop()
            if kind is None:
                log = self.log_path.read_text()[-4000:]
                assert code == 0 or self.is_killed, f"the server ended with {code}:\n{log}"
            elif code != 0:
                sys.stderr.write(self.log_path.read_text(errors="replace")[-4000:])
        finally:
            self.folder.cleanup()


class Bookings:
    """The restaurant's own back end, which the agent's tool calls over HTTP."""

    def __init__(self):
        self.process = Process([sys.executable, EXAMPLE / "bookings.py", "--port", "0"],
                               stderr=subprocess.DEVNULL)
        self.url = self.process.wait_for(r"(http://\S+)", 10).group(1).rstrip("/")

    def bookings(self):
        with urllib.request.urlopen(self.url + "/bookings", timeout=5) as response:
            return json.load(response)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.process.kill()
        self.process.finish(5)
        self.process.process.stdout.close()


def install_restaurant(server):
    """Writes the example's tools and agent to the server over its API."""
    for path in sorted((EXAMPLE / "tools").glob("*.json")):
        status, body = server.request("POST", "/api/v1/tools", json.loads(path.read_text()))
        assert status == 201, (path.name, status, body)
    status, body = server.request("POST", "/api/v1/agents",
                                  json.loads((EXAMPLE / "agent.json").read_text()))
    assert status == 201, (status, body)


NUMBERS = dict(zip(map(str, range(13)), (
    "zero one two three four five six seven eight nine ten eleven twelve").split()))


def words_of(texts):
    """What was said, as words: recognisers write capitals, punctuation and digits, or none."""
    words = re.findall(r"[a-z0-9']+", " ".join(texts).lower())
    return [NUMBERS.get(word, word) for word in words]


# Of the words that were said. The local recogniser computes in integers of eight bits, which
# processors with and without VNNI round differently: a word at the edge may fall to either side.
ERRORS_MAX = 0.1


def share_of_errors(said, heard):
    """Of the words that were said, those that differ, are missing or too many."""
    said, heard = words_of(said), words_of(heard)
    wrong = sum(max(to - start, end - begin) for kind, start, to, begin, end
                in difflib.SequenceMatcher(None, said, heard, autojunk=False).get_opcodes()
                if kind != "equal")
    return wrong / len(said)


def assert_understood(test, said, heard):
    """Each line of `heard` answers one of `said`, and hardly a word is wrong."""
    test.assertEqual(len(said), len(heard), heard)
    test.assertLessEqual(share_of_errors(said, heard), ERRORS_MAX, heard)


def caller_lines():
    return [line for line in (EXAMPLE / "caller.txt").read_text().splitlines() if line.strip()]


def call_arguments(server, *arguments, lines=()):
    """The command line of one caller."""
    says = [part for line in lines for part in ("--say", line)]
    return [BINARY, "call", "--server", server.url, "--agent", "restaurant", *arguments, *says]


def caller_environment(server):
    return {**os.environ, "STUDIO_API_KEY": server.key}
