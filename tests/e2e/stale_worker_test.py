"""A worker that stands still past its lease while it holds a call, and wakes up again: the call
goes on with another worker, and nothing is written, done or said twice. Real PostgreSQL, Redis and
LiveKit. STUDIO_BINARY names the program."""

import http.server
import json
import os
import signal
import threading
import time
import unittest

import production_test as production
import studio

wait_until = production.wait_until
FINAL = ("call.completed", "call.failed", "call.disconnected", "call.timeout")


class Kitchen(http.server.ThreadingHTTPServer):
    """What the tool books at: notes each request, and answers when it is allowed to."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), KitchenHandler)
        self.requests = []
        self.arrived = threading.Event()
        self.may_answer = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.may_answer.set()
        self.shutdown()
        self.server_close()


class KitchenHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.headers["Idempotency-Key"],
                                     int(self.headers["Fencing-Token"])))
        self.server.arrived.set()
        self.server.may_answer.wait(20)
        body = json.dumps({"confirmation": "R 7 K"}).encode()
        try:
            self.send_response(201)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            pass  # Whoever asked is gone.

    def log_message(self, *_):
        pass


class StaleWorker(unittest.TestCase):
    call = production.Production.call
    transcript = production.Production.transcript

    @classmethod
    def setUpClass(cls):
        cls.world = production.World().__enter__()
        cls.addClassCleanup(cls.world.__exit__, None, None, None)
        cls.world.migrate(1)
        cls.api = cls.world.api()
        wait_until(cls.api.is_ready, "the API")
        wait_until(lambda: cls.api.request("GET", "/api/v1/agents")[0] == 200, "the first key")
        production.install_restaurant(cls.api)
        cls.workers = [cls.world.worker(), cls.world.worker()]
        for worker in cls.workers:
            wait_until(worker.is_ready, "a worker")

    def start_caller(self, kitchen):
        caller = studio.Process(
            [studio.BINARY, "call", "--server", self.api.url, "--agent", "restaurant", "--json",
             "--context", json.dumps({"bookings_url": kitchen.url}),
             *(part for line in studio.caller_lines() for part in ("--say", line))],
            env={**self.world.environment, "STUDIO_API_KEY": production.KEY})
        self.addCleanup(caller.process.stdout.close)
        return caller

    def newest_call(self):
        calls = self.api.request("GET", "/api/v1/calls?limit=1")[1]
        return calls["items"][0]["id"] if calls.get("items") else None

    def holder(self):
        return next((worker for worker in self.workers
                     if worker.metric("studio_calls_active") > 0), None)

    def stop_past_the_lease(self, holder):
        """Until another worker has the call; then it wakes up. Returns the other."""
        other = next(worker for worker in self.workers if worker is not holder)
        taken = other.metric("studio_takeovers_total")
        pid = holder.process.process.pid
        os.kill(pid, signal.SIGSTOP)
        try:
            wait_until(lambda: other.metric("studio_takeovers_total") > taken, "a takeover", 10)
            time.sleep(0.5)
        finally:
            os.kill(pid, signal.SIGCONT)
        return other

    def events(self, call_id):
        query = f"SELECT type FROM outbox WHERE call_id = '{call_id}' ORDER BY sequence"
        found = self.world.servers["postgres"].query(query, "studio")
        self.assertEqual(found.returncode, 0, found.stderr)
        return found.stdout.split()

    def check(self, call_id, stale):
        """One end, no line twice, and the stale one let go without a word."""
        record = self.call(call_id)
        events = self.events(call_id)
        self.assertEqual(len([one for one in events if one in FINAL]), 1, events)
        self.assertEqual(events.count("call.started"), 1, events)
        entries = self.transcript(call_id)
        lines = [(entry["role"], entry["content"]) for entry in entries
                 if entry["role"] in ("user", "assistant")]
        # The caller says each line once. An agent that does not understand twice says so twice, but
        # not without being spoken to in between.
        for line in lines:
            if line[0] == "user":
                self.assertEqual(lines.count(line), 1, lines)
        for line, following in zip(lines, lines[1:]):
            self.assertNotEqual(line, following, lines)
        wait_until(lambda: stale.metric("studio_calls_active") == 0, "it let go", 5)
        self.assertTrue(stale.is_alive() and stale.is_ready())
        ended = [line for line in stale.log_path.read_text(errors="replace").splitlines()
                 if '"call_ended"' in line and call_id in line]
        self.assertEqual(ended, [])
        wait_until(lambda: self.api.metric("studio_queue_leased") == 0, "the place is free", 10)
        return record, [content for role, content in lines if role == "assistant"]

    def test_in_a_tool(self):
        with Kitchen() as kitchen:
            caller = self.start_caller(kitchen)
            self.assertTrue(kitchen.arrived.wait(90), "nothing was booked")
            call_id = self.newest_call()
            stale = self.holder()
            # The answer waits in the socket of who cannot read it, and is there when it wakes up.
            threading.Timer(0.5, kitchen.may_answer.set).start()
            self.stop_past_the_lease(stale)
            caller.finish(90)
            wait_until(lambda: self.call(call_id)["ended_at"], "the call ends", 60)
            self.assertEqual(len(kitchen.requests), 1, kitchen.requests)
            self.assertTrue(kitchen.requests[0][0].startswith(call_id + ":"), kitchen.requests)
            record, said = self.check(call_id, stale)
            self.assertEqual(record["status"], "completed", record)
            # Whether it was booked nobody could know; the caller is told so, and not of a success.
            self.assertTrue(any("could not book" in line for line in said), said)

    def test_between_turns(self):
        with Kitchen() as kitchen:
            kitchen.may_answer.set()
            known = self.newest_call()
            caller = self.start_caller(kitchen)
            wait_until(lambda: self.newest_call() not in (None, known), "the call")
            call_id = self.newest_call()
            wait_until(lambda: any(entry["role"] == "assistant"
                                   for entry in self.transcript(call_id)), "the greeting")
            stale = self.holder()
            self.stop_past_the_lease(stale)
            caller.finish(150)
            wait_until(lambda: self.call(call_id)["ended_at"], "the call ends", 60)
            self.assertLessEqual(len(kitchen.requests), 1, kitchen.requests)
            record, _ = self.check(call_id, stale)
            self.assertEqual(record["status"], "completed", record)


if __name__ == "__main__":
    unittest.main(verbosity=2)
