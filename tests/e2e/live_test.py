"""Calls are watched while they last, by Server-Sent Events and WebSockets: in one process, and over
Redis, where the watcher is at another API server than the call. STUDIO_BINARY names the program."""

import hashlib
import json
import secrets
import sqlite3
import time
import unittest
import wave
from pathlib import Path

import production_test
import studio
import workflow_test
from live_client import EventStream, WebSocket

ALL = "/api/v1/sse/calls/stream"
LINES = [workflow_test.LINES[0], "on friday"]


def one(call_id):
    return f"/api/v1/sse/calls/{call_id}/stream"


def as_number(event_id):
    return tuple(map(int, event_id.split("-")))


def make_key(server, scopes, tenant=None):
    """A key of the default tenant, or of another one, which is made."""
    key = "as_live_" + secrets.token_hex(16)
    with sqlite3.connect(Path(server.folder.name) / "studio.db", timeout=10) as database:
        owner = database.execute("SELECT id FROM tenants WHERE slug = 'default'").fetchone()[0]
        if tenant:
            owner = f"tenant-{tenant}"
            database.execute("INSERT INTO tenants (id, slug, name, created_at) VALUES (?, ?, ?, 0)",
                             (owner, tenant, tenant))
        database.execute("INSERT INTO api_keys (id, tenant_id, name, digest, prefix, scopes,"
                         " created_at) VALUES (?, ?, 'live', ?, ?, ?, 0)",
                         (key[-12:], owner, hashlib.sha256(key.encode()).hexdigest(), key[:12],
                          json.dumps(scopes)))
    database.close()
    return key


def revoke(server, key):
    with sqlite3.connect(Path(server.folder.name) / "studio.db", timeout=10) as database:
        database.execute("DELETE FROM api_keys WHERE prefix = ?", (key[:12],))
    database.close()


def write_silence(folder):
    path = folder / "silence.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 16_000 * 90))
    return path


class Embedded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = studio.Server("--live-streams-max", "8")
        workflow_test.install(cls.server)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.server.folder.cleanup()

    def stream(self, path, key=None, **options):
        made = EventStream(self.server.url, path, key or self.server.key, **options)
        self.addCleanup(made.close)
        return made

    def socket(self, path, headers=None):
        made = WebSocket(self.server.url, path, headers)
        self.addCleanup(made.close)
        return made

    def call(self, lines=LINES):
        return studio.Process(
            [studio.BINARY, "call", "--server", self.server.url, "--workflow", "clinic", "--json",
             "--context", '{"skip_feedback": true}',
             *(part for line in lines for part in ("--say", line))],
            env=studio.caller_environment(self.server))

    def test_a_call_is_watched_from_its_beginning_to_its_end(self):
        server = self.server
        calls = self.stream(ALL)
        self.assertEqual(calls.headers["content-type"], "text/event-stream")
        connected = calls.wait_for_event("connected")
        self.assertFalse(connected["data"]["resumed"])
        self.assertTrue(calls.wait_for_event("calls_update")["data"]["snapshot"])
        self.assertEqual(calls.wait_for_event("active_count")["data"]["count"], 0)
        socket = self.socket(f"/ws/calls?token={server.key}")
        by_header = self.socket("/api/v1/ws/calls", {"X-API-Key": server.key})
        stranger = self.stream(ALL, make_key(server, ["*"], "other"))
        stranger_socket = self.socket("/ws/calls?token=" + make_key(server, ["*"], "third"))
        # It reads nothing at all, and nobody minds.
        stuck = self.stream(ALL, reads=False, receive_bytes=4096)
        caller = self.call()
        started = socket.wait_for_type("call.started")
        call_id = started["call_id"]
        self.assertEqual(started["data"]["workflow_slug"], "clinic")
        self.assertEqual(started["data"]["agent_name"], "reception")
        one_active = calls.wait_for_event("active_count", condition=lambda data: data["count"] == 1)
        active = calls.wait_for_event("calls_update", condition=lambda data: any(
            call["status"] == "active" for call in data["calls"]))
        self.assertLess(abs(one_active["at"] - active["at"]), 1.0)
        whole = self.stream(one(call_id))
        broken = self.stream(one(call_id))
        by_header.send({"type": "subscribe", "call_id": "another-call"})
        by_header.wait_for_type("subscribed")
        heard_before = len(by_header.items)
        # Breaks off in the middle, and goes on behind what it had.
        broken.wait_for_event("transcript", condition=lambda data: data["role"] == "user")
        broken.close()
        last = [item["id"] for item in broken.items if item["id"]][-1]
        socket.wait_for_type("call.agent_changed")
        resumed = self.stream(one(call_id), last_id=last)
        code, output = caller.finish(60)
        caller.process.stdout.close()
        self.assertEqual(code, 0, output[-3:])
        whole.wait_for_end()
        resumed.wait_for_end()
        self.assertEqual(whole.items[-1]["event"], "ended")
        record = server.call_record(call_id)
        self.assertEqual(record["status"], "completed")
        self.assertEqual(whole.items[-1]["data"]["status_reason"], record["status_reason"])
        lines = [entry for entry in server.transcript(call_id) if entry["role"] != "tool"]
        self.check_lines(whole, lines)
        changed = whole.named("agent_changed")
        self.assertEqual([(item["data"]["previous_agent"], item["data"]["agent"])
                          for item in changed], [("reception", "booking")])
        for event in ("status", "speaking", "tool", "latency"):
            self.assertTrue(whole.named(event), event)
        # Together they heard what the whole stream heard, each once.
        self.assertTrue(resumed.wait_for_event("connected")["data"]["resumed"])
        ids = [item["id"] for item in broken.items + resumed.items if item["id"]]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(ids, sorted(ids, key=as_number))
        after = [item["id"] for item in whole.items
                 if item["id"] and as_number(item["id"]) > as_number(last)]
        self.assertEqual([item["id"] for item in resumed.items if item["id"]], after)
        # The list: it is over there, too.
        calls.wait_for_event("calls_update", condition=lambda data: any(
            call["call_id"] == call_id and call["status"] == "completed" for call in data["calls"]))
        calls.wait_for(lambda item: item["event"] == "active_count" and item["data"]["count"] == 0
                       and item["at"] > one_active["at"], "active_count 0")
        ended = socket.wait_for_type("call.ended")
        self.assertEqual(ended["call_id"], call_id)
        self.assertEqual([item["data"]["content"] for item in socket.items
                          if item["type"] == "call.transcript"],
                         [line["content"] for line in lines])
        heard = [item for item in by_header.items if item["type"] != "ping"]
        self.assertEqual(len(heard), heard_before, heard[-3:])
        # Who reads nothing, whoever they are, changed nothing; and a stranger heard nothing.
        self.assertEqual(stuck.items, [])
        self.assertEqual([item["event"] for item in stranger.items if item["event"] != "heartbeat"],
                         ["connected", "calls_update", "active_count"])
        self.assertEqual(stranger.items[1]["data"]["calls"], [])
        self.assertEqual([item["type"] for item in stranger_socket.items
                          if item["type"] != "ping"], ["connected"])
        self.check_afterwards(call_id, whole, lines, stranger)

    def check_lines(self, stream, lines):
        told = [item["data"] for item in stream.named("transcript")]
        self.assertEqual([(line["sequence"], line["role"], line["content"], line["agent"])
                          for line in told],
                         [(line["sequence"], line["role"], line["content"], line["agent"])
                          for line in lines])

    def check_afterwards(self, call_id, whole, lines, stranger):
        # Whoever comes late gets all of it; whoever has it all is told to stay away.
        late = self.stream(one(call_id))
        late.wait_for_end()
        self.check_lines(late, lines)
        self.assertEqual([late.items[0]["event"], late.items[-1]["event"]], ["connected", "ended"])
        again = self.stream(one(call_id), last_id=whole.items[-1]["id"])
        self.assertEqual(again.status, 204)
        # An id of which nobody knows anything: told so, and everything anew.
        unknown = self.stream(one(call_id), last_id="12-7")
        unknown.wait_for_end()
        self.assertFalse(unknown.items[0]["data"]["resumed"])
        self.check_lines(unknown, lines)
        status, _ = self.server.request("GET", one(call_id), key=False)
        self.assertEqual(status, 401)
        stranger_key = make_key(self.server, ["*"], "fourth")
        self.assertEqual(self.stream(one(call_id), stranger_key).status, 404)

    def test_a_supervisor_speaks_tells_hands_over_and_mutes(self):
        server = self.server
        silence = write_silence(Path(server.folder.name))
        calls = self.stream(ALL)
        caller = studio.Process(
            [studio.BINARY, "call", "--server", server.url, "--workflow", "clinic", "--json",
             "--wav", silence], env=studio.caller_environment(server))
        active = calls.wait_for_event("calls_update", condition=lambda data: any(
            call["status"] == "active" for call in data["calls"]))
        call_id = next(call["call_id"] for call in active["data"]["calls"]
                       if call["status"] == "active")
        stream = self.stream(one(call_id))
        stream.wait_for_event("transcript")

        def order(what, body, key=None):
            headers = {"X-API-Key": key} if key else None
            return server.request("POST", f"/api/v1/calls/{call_id}/{what}", body,
                                  key=key is None, headers=headers)

        self.assertEqual(order("say", {"text": "a"}, make_key(server, ["calls:read"]))[0], 403)
        stranger = make_key(server, ["*"], "supervisor")
        self.assertEqual(order("say", {"text": "a"}, stranger)[0], 404)
        for what, body in (("say", {}), ("say", {"text": " "}), ("say", {"text": 7}),
                           ("say", {"text": "a", "loud": True}), ("inject", {}),
                           ("inject", {"message": "a", "context": {}}), ("transfer", {}),
                           ("transfer", {"number": "911"}), ("mute_agent", {"muted": "yes"})):
            self.assertEqual(order(what, body)[0], 422, (what, body))
        self.assertEqual(order("say", {"text": "The manager is here."}),
                         (200, {"status": "applied"}))
        stream.wait_for_event("transcript", condition=lambda data: data["content"]
                              == "The manager is here.")
        self.assertEqual(order("inject", {"context": {"regular": True}})[0], 200)
        self.assertEqual(order("mute_agent", {"muted": True})[0], 200)
        self.assertEqual(order("mute_agent", {"muted": False})[0], 200)
        status, body = order("transfer", {"number": "+14155550123"})
        self.assertEqual((status, body["error"]["code"]), (409, "conflict"))
        status, body = order("transfer", {"agent": "nobody"})
        self.assertEqual(status, 409)
        self.assertEqual(order("transfer", {"agent": "booking"}), (202, {"status": "accepted"}))
        changed = stream.wait_for_event("agent_changed")
        self.assertEqual(changed["data"]["agent"], "booking")
        server.request("POST", f"/api/v1/calls/{call_id}/end")
        stream.wait_for_end()
        self.assertEqual(order("say", {"text": "a"})[0], 409)
        done = [entry["tool"]["arguments"]["action"] for entry in server.transcript(call_id)
                if entry["role"] == "tool" and entry["content"] == "supervisor"]
        self.assertEqual(done, ["say", "inject", "mute_agent", "mute_agent", "transfer"])
        self.assertEqual([item["data"]["action"] for item in stream.named("control")], done)
        _, output = caller.finish(20)
        caller.process.stdout.close()
        self.assertNotIn('"control"', "".join(output))

    def test_keys_scopes_and_limits(self):
        server = self.server
        self.assertEqual(self.stream(ALL, "as_live_" + "x" * 32).status, 401)
        self.assertEqual(self.stream(ALL, make_key(server, ["agents:read"])).status, 403)
        self.assertEqual(self.stream(ALL + "?token=" + server.key).status, 422)
        self.assertEqual(self.socket("/ws/calls").status, 401)
        self.assertEqual(self.socket("/ws/calls?token=as_live_" + "y" * 32).status, 401)
        narrow = make_key(server, ["calls:create"])
        self.assertEqual(self.socket(f"/ws/calls?token={narrow}").status, 403)
        self.assertEqual(server.request("GET", "/ws/calls")[0], 426)
        reader = make_key(server, ["calls:read"], "limits")
        streams = [self.stream(ALL, reader) for _ in range(8)]
        self.assertEqual([stream.status for stream in streams], [200] * 8)
        refused = self.stream(ALL, reader)
        self.assertEqual(refused.status, 429)
        self.assertIn("retry-after", refused.headers)
        # Another tenant has places of its own, and one that is left is free again.
        self.assertEqual(self.stream(ALL, make_key(server, ["calls:read"], "more")).status, 200)
        streams[0].close()
        deadline = time.monotonic() + 5
        while (left := self.stream(ALL, reader)).status != 200:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual(left.status, 200)
        # A token in a query is in no log.
        log = server.log()
        for key in (server.key, reader, narrow, "y" * 32):
            self.assertNotIn(key, log)

    def test_a_socket_says_what_is_wrong_and_answers(self):
        socket = self.socket(f"/ws/calls?token={self.server.key}")
        socket.wait_for_type("connected")
        socket.send({"type": "ping"})
        socket.wait_for_type("pong")
        for message, code in (("{", "not_json"), ("[]", "not_json"),
                              ({"type": "shout"}, "unknown_type"),
                              ({"type": "subscribe", "call_id": 7}, "invalid_call_id"),
                              ({"type": "unsubscribe", "call_id": "c"}, "not_subscribed")):
            socket.send(message)
            socket.wait_for_type("error", condition=lambda item: item["data"]["code"] == code)
        socket.send({"type": "subscribe", "call_id": "c"})
        self.assertEqual(socket.wait_for_type("subscribed")["call_id"], "c")
        socket.send({"type": "unsubscribe", "data": {"call_id": "c"}})
        self.assertEqual(socket.wait_for_type("unsubscribed")["call_id"], "c")


class ServerThatStops(unittest.TestCase):
    def test_streams_end_with_a_reason_when_the_server_stops(self):
        server = studio.Server()
        stream = EventStream(server.url, ALL, server.key)
        socket = WebSocket(server.url, f"/ws/calls?token={server.key}")
        stream.wait_for_event("active_count")
        socket.wait_for_type("connected")
        started = time.monotonic()
        self.assertEqual(server.stop(), 0)
        self.assertLess(time.monotonic() - started, 10)
        stream.wait_for_end()
        socket.wait_for_end()
        self.assertEqual(stream.items[-1]["event"], "error")
        self.assertEqual(stream.items[-1]["data"]["code"], "shutting_down")
        self.assertEqual(socket.close_code, 1001)
        for reader in (stream, socket):
            reader.close()
        server.folder.cleanup()


class OverRedis(unittest.TestCase):
    """Two API servers and a worker: the watcher and the call have only Redis in common."""

    def test_a_call_is_watched_at_another_server(self):
        with production_test.World() as world:
            world.migrate(1)
            api = world.api()
            other = world.api()
            worker = world.worker()
            for program in (api, other, worker):
                production_test.wait_until(program.is_ready, "ready")
            production_test.wait_until(
                lambda: api.request("GET", "/api/v1/agents")[0] == 200, "the first key")
            production_test.install_restaurant(api)
            calls = EventStream(other.url, ALL, production_test.KEY)
            calls.wait_for_event("active_count")
            status, created, _ = api.request("POST", "/api/v1/calls", {"agent_name": "restaurant"})
            self.assertEqual(status, 201, created)
            # What changes within a moment is told as it stands then.
            calls.wait_for_event("calls_update", condition=lambda data: any(
                call["status"] in ("pending", "connecting") for call in data["calls"]))
            caller = self.enter(world, created)
            active = calls.wait_for_event("calls_update", 30, lambda data: any(
                call["status"] == "active" for call in data["calls"]))
            call_id = next(call["call_id"] for call in active["data"]["calls"]
                           if call["status"] == "active")
            calls.wait_for_event("active_count", condition=lambda data: data["count"] == 1)
            stream = EventStream(other.url, one(call_id), production_test.KEY)
            self.assertEqual(call_id, created["call_id"])
            stream.wait_for_event("speaking", 30)
            stream.close()
            last = [item["id"] for item in stream.items if item["id"]][-1]
            # At the first server now: what it missed is in Redis.
            resumed = EventStream(api.url, one(call_id), production_test.KEY, last_id=last)
            self.assertTrue(resumed.wait_for_event("connected")["data"]["resumed"])
            resumed.wait_for_event("transcript", 30)
            # A supervisor's sentence, ordered at the server that knows the call from Redis alone.
            status, body, _ = other.request("POST", f"/api/v1/calls/{call_id}/say",
                                            {"text": "The manager is here."})
            self.assertEqual((status, body), (200, {"status": "applied"}))
            resumed.wait_for_event("transcript", 20, lambda data: data["content"]
                                   == "The manager is here.")
            api.request("POST", f"/api/v1/calls/{call_id}/end")
            resumed.wait_for_end()
            self.assertEqual(resumed.items[-1]["event"], "ended")
            self.assertEqual(resumed.items[-1]["data"]["status"], "completed")
            status, body, _ = other.request("POST", f"/api/v1/calls/{call_id}/say", {"text": "a"})
            self.assertEqual(status, 409, body)
            caller.finish(20)
            caller.process.stdout.close()
            transcript = api.request("GET", f"/api/v1/calls/{call_id}/transcript")[1]
            told = {item["data"]["sequence"]: item["data"]["content"]
                    for item in stream.named("transcript") + resumed.named("transcript")}
            self.assertEqual(told, {entry["sequence"]: entry["content"] for entry in transcript
                                    if entry["role"] != "tool"})
            calls.wait_for(lambda item: item["event"] == "active_count"
                           and item["data"]["count"] == 0 and item["at"] > active["at"], "no call")
            self.assertEqual(worker.metric("studio_live_events_dropped_total"), 0)
            for reader in (calls, resumed):
                reader.close()

    def enter(self, world, created):
        """Somebody who only listens."""
        silence = write_silence(world.folder)
        return studio.Process([studio.BINARY, "call", "--url", created["url"], "--json", "--wav",
                               silence],
                              env={**world.environment, "STUDIO_CALL_TOKEN": created["token"]})


if __name__ == "__main__":
    unittest.main()
