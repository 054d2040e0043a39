"""Production on one machine: two APIs and two workers as processes, with a real PostgreSQL, Redis
and LiveKit. STUDIO_BINARY names the program."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request
import wave
from pathlib import Path

import studio
from servers import Servers

KEY = "as_live_" + "k" * 32
DOCS_TEST = studio.ROOT / "tests/docs/docs_test.py"


class Program:
    """One `agent-studio api` or `agent-studio worker`."""

    def __init__(self, world, command, *arguments, **environment):
        self.log_path = world.folder / f"{command}-{world.count}.log"
        world.count += 1
        self.log_file = open(self.log_path, "wb")
        self.process = studio.Process([studio.BINARY, command, *arguments], stderr=self.log_file,
                                      env={**world.environment, **environment})
        self.url = self.process.wait_for(r"(http://[\d.]+:\d+)", 30).group(1)
        world.programs.append(self)

    def request(self, method, path, body=None, headers=None):
        """(status, parsed body, headers) of one request."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("X-API-Key", KEY)
        if data is not None:
            request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                status, content, fields = response.status, response.read(), response.headers
        except urllib.error.HTTPError as error:
            status, content, fields = error.code, error.read(), error.headers
        try:
            return status, json.loads(content), fields
        except ValueError:
            return status, content.decode(errors="replace"), fields

    def is_ready(self):
        return self.request("GET", "/health/ready")[0] == 200

    def metric(self, name):
        """The sum of a metric over its labels."""
        text = self.request("GET", "/metrics")[1]
        values = [float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                  if line.split("{")[0].split(" ")[0] == name]
        return sum(values)

    def is_alive(self):
        return self.process.process.poll() is None

    def kill(self):
        self.process.process.kill()
        self.process.process.wait()
        self.close()

    def close(self):
        self.process.process.stdout.close()
        self.log_file.close()

    def stop(self, seconds=90):
        code = self.process.stop(seconds)
        self.log_file.close()
        return code

    def tail(self):
        return self.log_path.read_text(errors="replace")[-3000:]


def wait_until(condition, what, seconds=30.0):
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - started


class World:
    """The servers, and whatever of ours was started."""

    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="studio-production-")
        self.folder = Path(self.scratch.name)
        # LiveKit before Redis, so that it does not use it: here only ours is to be disturbed.
        self.servers = Servers(["postgres", "livekit", "redis"])
        self.programs = []
        self.count = 0

    def __enter__(self):
        self.servers.__enter__()
        self.environment = {
            **os.environ,
            "DATABASE_URL": self.servers["postgres"].url(),
            "REDIS_URL": self.servers["redis"].url(),
            "LIVEKIT_URL": self.servers.environment["STUDIO_TEST_LIVEKIT_URL"],
            "LIVEKIT_API_KEY": self.servers["livekit"].key,
            "LIVEKIT_API_SECRET": self.servers["livekit"].secret,
            "STUDIO_API_KEY": KEY,
            "STUDIO_HOST": "127.0.0.1", "STUDIO_PORT": "0", "STUDIO_API_DRAIN_TIMEOUT": "1",
            "WORKER_HEALTH_HOST": "127.0.0.1", "WORKER_HEALTH_PORT": "0",
            "STUDIO_MEDIA_ADDRESS": "127.0.0.1",
            "STUDIO_SPOOL": str(self.folder / "spool"),
            "STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": "true",
            "STUDIO_TENANT_CALLS_MAX": "6",
        }
        return self

    def __exit__(self, *_):
        for program in self.programs:
            if program.is_alive():
                program.kill()
        self.servers.__exit__(None, None, None)
        self.scratch.cleanup()

    def migrate(self, count):
        started = [subprocess.Popen([studio.BINARY, "migrate"], env=self.environment,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                   for _ in range(count)]
        return [(process.wait(60), process.communicate()[1][-500:]) for process in started]

    def api(self, **environment):
        return Program(self, "api", **environment)

    def worker(self, **environment):
        return Program(self, "worker", **environment)


def install_restaurant(api):
    for path in sorted((studio.EXAMPLE / "tools").glob("*.json")):
        status, body, _ = api.request("POST", "/api/v1/tools", json.loads(path.read_text()))
        assert status == 201, (path.name, status, body)
    status, body, _ = api.request("POST", "/api/v1/agents",
                                  json.loads((studio.EXAMPLE / "agent.json").read_text()))
    assert status == 201, (status, body)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Production(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().__enter__()
        cls.addClassCleanup(cls.world.__exit__, None, None, None)
        cls.api = cls.world.api()
        cls.not_migrated = cls.api.request("GET", "/health/ready")
        cls.migrated = cls.world.migrate(6)
        wait_until(cls.api.is_ready, "the API is ready after the migration")
        cls.other_api = cls.world.api()
        wait_until(cls.other_api.is_ready, "a second API")
        wait_until(lambda: cls.api.request("GET", "/api/v1/agents")[0] == 200, "the first key")
        install_restaurant(cls.api)
        cls.workers = [cls.world.worker(), cls.world.worker()]
        for worker in cls.workers:
            wait_until(worker.is_ready, "a worker")

    def call(self, call_id):
        status, record, _ = self.api.request("GET", f"/api/v1/calls/{call_id}")
        self.assertEqual(status, 200, record)
        return record

    def create(self, api=None, **headers):
        status, body, _ = (api or self.api).request("POST", "/api/v1/calls",
                                                    {"agent_name": "restaurant"}, headers)
        self.assertEqual(status, 201, body)
        return body

    def enter(self, created):
        """A caller in the room of the call, who only listens."""
        silence = self.world.folder / "silence.wav"
        with wave.open(str(silence), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(bytes(2 * 16_000 * 90))
        return studio.Process([studio.BINARY, "call", "--url", created["url"], "--json", "--wav",
                               silence],
                              env={**self.world.environment,
                                   "STUDIO_CALL_TOKEN": created["token"]})

    def transcript(self, call_id):
        return self.api.request("GET", f"/api/v1/calls/{call_id}/transcript")[1]

    def end(self, call_id):
        self.api.request("POST", f"/api/v1/calls/{call_id}/end")
        wait_until(lambda: self.call(call_id)["ended_at"], "the call ends")

    def wait_for_status(self, call_id, status, seconds=30.0):
        return wait_until(lambda: self.call(call_id)["status"] == status,
                          f"{call_id} is {status}, not {self.call(call_id)['status']}", seconds)

    def test_migrations_at_once_and_readiness_before_them(self):
        self.assertEqual(self.not_migrated[0], 503)
        self.assertEqual([code for code, _ in self.migrated], [0] * 6, self.migrated)

    def test_a_table_is_booked_in_a_room(self):
        with studio.Bookings() as bookings:
            caller = studio.Process(
                [studio.BINARY, "call", "--server", self.other_api.url, "--agent", "restaurant",
                 "--json", "--context", json.dumps({"bookings_url": bookings.url}),
                 *(part for line in studio.caller_lines() for part in ("--say", line))],
                env={**self.world.environment, "STUDIO_API_KEY": KEY})
            code, output = caller.finish(150)
            caller.process.stdout.close()
            self.assertEqual(code, 0, output[-5:])
            summary = json.loads(output[-1])
            call_id = summary["call_id"]
            wait_until(lambda: self.call(call_id)["ended_at"], "the call ends")
            record = self.call(call_id)
            self.assertEqual(record["status"], "completed", record)
            transcript = self.api.request("GET", f"/api/v1/calls/{call_id}/transcript")[1]
            said = [entry["content"] for entry in transcript if entry["role"] == "user"]
            studio.assert_understood(self, studio.caller_lines(), said)
            self.assertEqual(record["metrics"]["turns"], len(said))
            self.assertEqual(len(bookings.bookings()), 1)
        held = sum(worker.metric("studio_turn_stage_seconds_count") for worker in self.workers)
        self.assertGreaterEqual(held, 6 * len(said) - 6)
        for name in ("studio_rtp_packets_received_total", "studio_rtp_jitter_seconds_count",
                     "studio_calls_total"):
            self.assertGreater(sum(worker.metric(name) for worker in self.workers), 0, name)
        wait_until(lambda: self.api.metric("studio_outbox_waiting") == 0, "events are published")

    def test_a_call_is_answered_and_not_lost_while_redis_is_away(self):
        self.world.servers["redis"].kill()
        try:
            created = self.create()
            wait_until(lambda: self.api.request("GET", "/health")[1]["status"] == "degraded",
                       "degraded", 5)
            self.assertTrue(self.api.is_ready())
        finally:
            self.world.servers["redis"].start()
        self.wait_for_status(created["call_id"], "connecting", 15)
        self.end(created["call_id"])

    def test_readiness_follows_the_database(self):
        postgres = self.world.servers["postgres"]
        postgres.stop()
        try:
            for program in (self.api, self.other_api, *self.workers):
                wait_until(lambda: not program.is_ready(), "not ready", 5)
                self.assertEqual(program.request("GET", "/health")[1]["status"], "unhealthy")
                self.assertEqual(program.request("GET", "/health/live")[0], 200)
        finally:
            postgres.start()
        for program in (self.api, self.other_api, *self.workers):
            wait_until(program.is_ready, "ready again", 15)

    def test_limits_hold_over_replicas_and_are_free_again(self):
        wait_until(lambda: self.api.metric("studio_queue_leased") == 0, "no call is left")
        answers = []

        def ask(api):
            answers.append(api.request("POST", "/api/v1/calls", {"agent_name": "restaurant"}))

        threads = [threading.Thread(target=ask, args=(api,))
                   for api in (self.api, self.other_api) * 8]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        statuses = [status for status, _, _ in answers]
        self.assertEqual((statuses.count(201), statuses.count(429)), (6, 10), statuses)
        refused = next(answer for answer in answers if answer[0] == 429)
        self.assertEqual(refused[1]["error"]["code"], "rate_limit_exceeded")
        self.assertIn("Retry-After", refused[2])
        for status, body, _ in answers:
            if status == 201:
                self.wait_for_status(body["call_id"], "connecting")
                self.end(body["call_id"])
        self.end(self.create()["call_id"])

    def test_an_idempotency_key_is_one_call_over_replicas(self):
        headers = {"Idempotency-Key": f"key-{time.time()}"}
        first = self.create(self.api, **headers)
        second = self.create(self.other_api, **headers)
        self.assertEqual(first["call_id"], second["call_id"])
        self.end(first["call_id"])

    def test_a_worker_that_is_told_to_stop_hands_its_calls_over(self):
        created = [self.create() for _ in range(4)]
        calls = [call["call_id"] for call in created]
        # Two callers are there; the others are awaited still.
        callers = [self.enter(call) for call in created[:2]]
        statuses = ["active"] * 2 + ["connecting"] * 2
        for call_id, status in zip(calls, statuses):
            self.wait_for_status(call_id, status)
        leaving = max(self.workers, key=lambda worker: worker.metric("studio_calls_active"))
        held = leaving.metric("studio_calls_active")
        self.assertGreater(held, 0)
        taken_before = sum(worker.metric("studio_takeovers_total") for worker in self.workers)
        self.workers.remove(leaving)
        self.workers.append(self.world.worker())
        self.assertEqual(leaving.stop(60), 0, leaving.tail())
        self.assertEqual([self.call(call_id)["status"] for call_id in calls], statuses,
                         leaving.tail())
        # The new worker greets who comes now.
        callers.append(self.enter(created[2]))
        self.wait_for_status(calls[2], "active")
        wait_until(lambda: any("Riverside" in entry["content"]
                               for entry in self.transcript(calls[2])), "the greeting is heard")
        taken = sum(worker.metric("studio_takeovers_total") for worker in self.workers)
        self.assertGreaterEqual(taken, held if taken_before == 0 else 1)
        for call_id in calls:
            self.end(call_id)
        self.assertEqual([self.call(call_id)["status"] for call_id in calls],
                         ["completed"] * 3 + ["failed"])
        for caller in callers:
            caller.finish(20)
            caller.process.stdout.close()

    def test_a_call_begins_with_its_caller(self):
        created = self.create()
        call_id = created["call_id"]
        self.wait_for_status(call_id, "connecting")
        time.sleep(2)
        record = self.call(call_id)
        self.assertEqual((record["status"], record["started_at"]), ("connecting", None))
        self.assertEqual(self.transcript(call_id), [])
        started = time.monotonic()
        caller = self.enter(created)
        self.wait_for_status(call_id, "active", 10)
        wait_until(lambda: self.transcript(call_id), "the greeting was heard", 15)
        self.assertIn("Riverside", self.transcript(call_id)[0]["content"])
        self.assertLess(time.monotonic() - started, 12)
        self.end(call_id)
        caller.finish(20)
        caller.process.stdout.close()
        # Who never comes is not waited for when the call is ended.
        nobody = self.create()["call_id"]
        self.wait_for_status(nobody, "connecting")
        self.end(nobody)
        record = self.call(nobody)
        self.assertEqual((record["status"], record["status_reason"]), ("failed", "cancelled"))

    def test_an_api_that_is_killed_or_stopped_loses_nothing(self):
        doomed = self.world.api()
        wait_until(doomed.is_ready, "a third API")
        self.world.servers["redis"].kill()
        created = self.create(doomed)
        doomed.kill()
        self.world.servers["redis"].start()
        self.wait_for_status(created["call_id"], "connecting", 15)
        self.end(created["call_id"])
        orderly = self.world.api()
        wait_until(orderly.is_ready, "a fourth API")
        self.assertEqual(orderly.stop(30), 0, orderly.tail())

    def test_metrics_are_those_of_the_documentation(self):
        urls = [program.url + "/metrics" for program in (self.api, *self.workers)]
        found = subprocess.run([sys.executable, DOCS_TEST, *urls], capture_output=True, text=True)
        self.assertEqual(found.returncode, 0, found.stderr)


class ConfigurationErrors(unittest.TestCase):
    def test_nothing_half_starts_and_errors_name_what_to_do(self):
        good = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x",
                "REDIS_URL": "redis://127.0.0.1:1", "LIVEKIT_URL": "ws://127.0.0.1:1",
                "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s" * 32}
        bare = {name: value for name, value in os.environ.items() if name not in good}
        for command in ("api", "worker"):
            for missing in good:
                environment = {**bare, **good, missing: ""}
                run = subprocess.run([studio.BINARY, command], env=environment, timeout=20,
                                     capture_output=True, text=True)
                self.assertEqual(run.returncode, 2, (command, missing, run.stderr))
                self.assertIn(missing, run.stderr)
            run = subprocess.run([studio.BINARY, command, "--prot", "1"], env={**bare, **good},
                                 timeout=20, capture_output=True, text=True)
            self.assertEqual(run.returncode, 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
