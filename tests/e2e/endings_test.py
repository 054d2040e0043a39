"""How calls in rooms end: by LiveKit's reports, by the API, by a worker's death or end, each on a
real PostgreSQL, Redis and LiveKit. STUDIO_BINARY names the program."""

import base64
import hashlib
import http.server
import json
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import production_test as production
import servers

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "livekit"))
from token_of_room import sign  # noqa: E402

WEBHOOK = "/api/v1/livekit/webhook"


class Wiretap(http.server.BaseHTTPRequestHandler):
    """Between LiveKit and the API: remembers the reports and passes them on."""

    target = ""
    reports = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        authorization = self.headers["Authorization"]
        status = post(self.target, body, authorization)
        Wiretap.reports.append((body, authorization, status))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def post(url, body, authorization):
    request = urllib.request.Request(
        url, data=body, headers={"Authorization": authorization,
                                 "Content-Type": "application/webhook+json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 503


class Ending(unittest.TestCase):
    call = production.Production.call
    create = production.Production.create
    enter = production.Production.enter
    transcript = production.Production.transcript
    wait_for_status = production.Production.wait_for_status

    @classmethod
    def setUpClass(cls):
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Wiretap)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        cls.addClassCleanup(web.server_close)
        cls.addClassCleanup(web.shutdown)
        servers.LiveKit.settings = {
            "webhook": {"api_key": servers.LiveKit.key,
                        "urls": [f"http://127.0.0.1:{web.server_address[1]}/"]}}
        cls.addClassCleanup(setattr, servers.LiveKit, "settings", {})
        cls.world = production.World().__enter__()
        cls.addClassCleanup(cls.world.__exit__, None, None, None)
        cls.world.migrate(1)
        cls.api = cls.world.api()
        Wiretap.target = cls.api.url + WEBHOOK
        production.wait_until(lambda: cls.api.request("GET", "/api/v1/agents")[0] == 200, "a key")
        production.install_restaurant(cls.api)
        cls.livekit = cls.world.servers["livekit"]

    def start_worker(self, **environment):
        worker = self.world.worker(**environment)
        production.wait_until(worker.is_ready, "a worker")
        self.addCleanup(lambda: worker.is_alive() and worker.kill())
        return worker

    def tearDown(self):
        calls = self.api.request("GET", "/api/v1/calls?status=pending")[1]["items"]
        for call in calls:
            self.api.request("POST", f"/api/v1/calls/{call['id']}/end")

    def begin(self):
        """A call with a caller who listens."""
        created = self.create()
        caller = self.enter(created)
        self.addCleanup(caller.process.stdout.close)
        self.addCleanup(caller.process.wait)
        self.addCleanup(caller.process.kill)
        return created, caller

    def begin_active(self):
        created, caller = self.begin()
        self.wait_for_status(created["call_id"], "active", 15)
        production.wait_until(lambda: self.transcript(created["call_id"]), "the greeting", 15)
        return created["call_id"], caller

    def wait_for_end(self, call_id, status, reason, seconds=30):
        production.wait_until(lambda: self.call(call_id)["ended_at"],
                              f"the end: {self.call(call_id)}", seconds)
        record = self.call(call_id)
        self.assertEqual((record["status"], record["status_reason"]), (status, reason))

    def end(self, call_id):
        status, body, _ = self.api.request("POST", f"/api/v1/calls/{call_id}/end")
        self.assertIn(status, (200, 202), body)

    def room_service(self, method, of_room, **body):
        token = sign(self.livekit.key, self.livekit.secret,
                     video={"roomCreate": True, "roomList": True, "roomAdmin": True,
                            "room": of_room})
        with urllib.request.urlopen(urllib.request.Request(
                f"http://127.0.0.1:{self.livekit.port}/twirp/livekit.RoomService/{method}",
                data=json.dumps(body).encode(),
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"}),
                timeout=10) as response:
            return json.load(response)

    def delete_room(self, room):
        self.room_service("DeleteRoom", room, room=room)

    def room_exists(self, room):
        return bool(self.room_service("ListRooms", room, names=[room]).get("rooms"))

    def people_in(self, room):
        found = self.room_service("ListParticipants", room, room=room).get("participants", [])
        return [person["identity"] for person in found]

    def wait_for_report(self, event, room):
        def find():
            return next(((body, authorization, status)
                         for body, authorization, status in Wiretap.reports
                         if json.loads(body)["event"] == event and
                         json.loads(body).get("room", {}).get("name") == room), None)
        production.wait_until(find, f"{event} of {room}")
        return find()

    def test_a_caller_who_leaves_a_waiting_call_ends_it(self):
        created, caller = self.begin()
        self.wait_for_report("participant_joined", created["room_name"])
        self.assertEqual(self.call(created["call_id"])["status"], "pending")
        caller.stop(20)
        self.assertEqual(self.wait_for_report("participant_left", created["room_name"])[2], 200)
        self.wait_for_end(created["call_id"], "failed", "caller_left", 10)

    def test_a_closed_room_ends_its_call_and_reports_are_believed_once(self):
        created = self.create()
        self.wait_for_report("room_started", created["room_name"])
        self.delete_room(created["room_name"])
        body, authorization, status = self.wait_for_report("room_finished", created["room_name"])
        self.assertEqual(status, 200)
        self.wait_for_end(created["call_id"], "failed", "room_closed", 10)
        ended_at = self.call(created["call_id"])["ended_at"]
        # Again, as it was: no second effect.
        self.assertEqual(post(Wiretap.target, body, authorization), 200)
        self.assertEqual(self.call(created["call_id"])["ended_at"], ended_at)
        # For another call, signed by another, not signed, signed long ago: refused.
        victim = self.create()
        forged = body.replace(created["room_name"].encode(), victim["room_name"].encode())
        forged = forged.replace(b'"id"', b'"was"')
        digest = base64.b64encode(hashlib.sha256(forged).digest()).decode()
        key, secret = self.livekit.key, self.livekit.secret
        for token in (authorization, "", "Bearer x.y.z", victim["token"],
                      sign(key, "another-secret-of-32-bytes-and-more", sha256=digest),
                      sign("another-key", secret, sha256=digest),
                      sign(key, secret, sha256=digest, nbf=1, exp=2),
                      sign(key, secret)):
            self.assertEqual(post(Wiretap.target, forged, token), 401, token)
        self.assertEqual(self.call(victim["call_id"])["status"], "pending")
        self.assertEqual(post(Wiretap.target, forged, sign(key, secret, sha256=digest)), 200)
        self.wait_for_end(victim["call_id"], "failed", "room_closed", 10)

    def test_a_caller_who_leaves_when_the_worker_is_dead_ends_the_call(self):
        worker = self.start_worker()
        call_id, caller = self.begin_active()
        worker.kill()
        caller.stop(20)
        self.wait_for_end(call_id, "disconnected", "caller_left", 60)

    def test_the_api_ends_a_call_whose_worker_is_dead(self):
        worker = self.start_worker()
        call_id, caller = self.begin_active()
        worker.kill()
        self.end(call_id)
        self.wait_for_end(call_id, "completed", "ended_by_api", 20)
        # The room is closed under the caller.
        caller.finish(20)
        status, again, _ = self.api.request("POST", f"/api/v1/calls/{call_id}/end")
        self.assertEqual((status, again["status"], again["status_reason"]),
                         (200, "completed", "ended_by_api"), "asking again is harmless")

    def test_how_the_caller_of_a_live_call_went_is_told(self):
        self.start_worker()
        call_id, caller = self.begin_active()
        room = self.call(call_id)["room_name"]
        [person] = [one for one in self.people_in(room) if one.startswith("caller-")]
        self.room_service("RemoveParticipant", room, room=room, identity=person)
        self.wait_for_end(call_id, "disconnected", "caller_removed", 20)
        caller.process.kill()

        call_id, caller = self.begin_active()
        caller.process.kill()
        self.wait_for_end(call_id, "disconnected", "connection_lost", 60)

    def test_a_deleted_room_stays_deleted(self):
        self.start_worker()
        for _ in range(6):
            # While the greeting is being said.
            created, caller = self.begin()
            call_id, room = created["call_id"], created["room_name"]
            self.wait_for_status(call_id, "active", 15)
            self.delete_room(room)
            self.wait_for_end(call_id, "disconnected", "room_closed", 20)
            caller.process.kill()
            # The server tells them first and clears away then; who came back would stay.
            production.wait_until(lambda: not (self.room_exists(room) and self.people_in(room)),
                                  "it is cleared away", 10)
            until = time.monotonic() + 3
            while time.monotonic() < until:
                self.assertFalse(self.room_exists(room) and self.people_in(room),
                                 "nobody comes back to it")
                time.sleep(0.3)

    def test_a_caller_who_never_came_is_told_so_whatever_ends_the_waiting(self):
        self.start_worker()
        created = self.create()
        self.wait_for_status(created["call_id"], "connecting", 15)
        self.delete_room(created["room_name"])
        self.wait_for_end(created["call_id"], "failed", "room_closed", 30)

    def test_the_api_ends_a_waiting_call_and_its_place_is_free(self):
        created = [self.create()["call_id"] for _ in range(6)]
        body = {"agent_name": "restaurant"}
        self.assertEqual(self.api.request("POST", "/api/v1/calls", body)[0], 429)
        for call_id in created:
            self.end(call_id)
            self.assertEqual(self.call(call_id)["status_reason"], "cancelled")
        production.wait_until(lambda: self.api.metric("studio_queue_waiting") == 0,
                              "the queue is empty")
        again = self.create()["call_id"]
        self.end(again)

    def test_a_lone_worker_says_goodbye_within_its_time(self):
        worker = self.start_worker(STUDIO_DRAIN_TIMEOUT="14")
        call_id, caller = self.begin_active()
        started = time.monotonic()
        self.assertEqual(worker.stop(60), 0)
        self.assertLess(time.monotonic() - started, 18)
        self.wait_for_end(call_id, "completed", "shutdown", 5)
        self.assertIn("goodbye", self.transcript(call_id)[-1]["content"].lower())
        caller.finish(20)

    def test_a_call_that_only_its_row_knows_comes_back(self):
        redis = self.world.servers["redis"]
        worker = self.start_worker()
        call_id, _ = self.begin_active()
        worker.kill()
        redis.kill()  # And everything that it knew.
        redis.start()
        other = self.start_worker()
        deadline = time.monotonic() + 30
        while other.metric("studio_takeovers_total") < 1:
            self.assertLess(time.monotonic(), deadline, "the call is carried on")
            time.sleep(0.5)
        self.assertEqual(self.call(call_id)["status"], "active")
        self.assertGreaterEqual(self.api.metric("studio_calls_restored_total"), 1)
        self.end(call_id)
        self.wait_for_end(call_id, "completed", "ended_by_api")
        self.assertIn("goodbye", self.transcript(call_id)[-1]["content"].lower())


if __name__ == "__main__":
    unittest.main(verbosity=2)
