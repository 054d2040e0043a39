"""Webhooks: what the events of a real call become at servers that are well, down, slow, broken, cut
and gone; then two APIs on PostgreSQL, of which one is killed. STUDIO_BINARY names the program."""

import json
import re
import shutil
import socket
import subprocess
import time
import unittest
from pathlib import Path

import handoff_test
import studio
import webhook_receiver as receivers
from webhook_world import KEY, OTHER_KEY, World

CALL = ["call.started", "call.connected", "call.agent.changed", "call.completed", "call.ended"]


def wait_until(condition, what, seconds=30.0):
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def documented(language):
    """The verifier as docs/webhooks.md has it."""
    text = (studio.ROOT / "docs/webhooks.md").read_text()
    return re.search(rf"```{language}\n(.*?)```", text, re.S).group(1)


NODE = """
import { readFileSync } from 'node:fs';
const { secret, wrong, header, body } = JSON.parse(readFileSync(0, 'utf8'));
const bytes = Buffer.from(body);
console.log(JSON.stringify([isGenuine(secret, header, bytes), isGenuine(wrong, header, bytes),
  isGenuine(secret, header, Buffer.from(body + ' ')), isGenuine(secret, header, bytes, -1)]));
"""


class Embedded(unittest.TestCase):
    def setUp(self):
        self.receiver = receivers.Receiver(behave={
            "/slow": receivers.slowly(3), "/broken": receivers.broken(2),
            "/cut": receivers.cut(1), "/gone": receivers.answer(410),
            "/moved": receivers.answer(302, [("Location", "/after-moved")])})
        self.addCleanup(self.receiver.close)

    def create(self, server, path, **fields):
        status, made = server.request("POST", "/api/v1/webhooks",
                                      {"url": self.receiver.url + path, **fields})
        self.assertEqual(status, 201, made)
        return made

    def log(self, server, made, query=""):
        status, page = server.request("GET", f"/api/v1/webhooks/{made['id']}/deliveries{query}")
        self.assertEqual(status, 200, page)
        return page["items"]

    def hold_call(self, server):
        handoff_test.install(server)
        lines = handoff_test.LINES
        caller = studio.Process(
            [studio.BINARY, "call", "--server", server.url, "--agent", "front-desk", "--json",
             *(part for line in lines for part in ("--say", line))],
            env=studio.caller_environment(server))
        code, output = caller.finish(120)
        caller.process.stdout.close()
        self.assertEqual(code, 0, output[-5:])
        return json.loads(output[-1])["call_id"]

    def check_call(self, path, made, call_id):
        """Every event arrived, in order, the same at each try, and signed."""
        first = {}
        for request in self.receiver.at(path):
            self.assertTrue(receivers.is_signed(made["secret"],
                                                request.headers["X-Webhook-Signature"],
                                                request.body), path)
            self.assertFalse(receivers.is_signed("whsec_" + "x" * 32,
                                                 request.headers["X-Webhook-Signature"],
                                                 request.body))
            self.assertEqual(request.headers["X-Webhook-Id"], request.id)
            self.assertEqual(first.setdefault(request.id, request.body), request.body)
            self.assertEqual(request.event["data"]["call_id"], call_id)
        types = [json.loads(first[key])["type"] for key in self.receiver.taken(path)]
        self.assertEqual(types, made["wanted"], path)
        return first

    def test_the_events_of_a_call_reach_servers_of_every_kind(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            down_port = probe.getsockname()[1]
        key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
        with studio.Server(environment={"STUDIO_ENCRYPTION_KEY": key}) as server:
            made = {path: self.create(server, path)
                    for path in ("/ok", "/slow", "/broken", "/cut")}
            for one in made.values():
                one["wanted"] = CALL
            made["/end"] = self.create(server, "/end", events=["call.ended"])
            made["/end"]["wanted"] = ["call.ended"]
            gone = self.create(server, "/gone")
            moved = self.create(server, "/moved", max_attempts=1, events=["call.ended"])
            status, down = server.request("POST", "/api/v1/webhooks", {
                "url": f"http://127.0.0.1:{down_port}/down"})
            self.assertEqual(status, 201, down)
            call_id = self.hold_call(server)
            late = receivers.Receiver(port=down_port)
            self.addCleanup(late.close)
            # Nobody was held up by the others.
            wait_until(lambda: len(self.receiver.taken("/ok")) == 5, "all events at /ok", 3)
            for path, one in made.items():
                wait_until(lambda: len(self.receiver.taken(path)) == len(one["wanted"]), path, 40)
            bodies = [self.check_call(path, one, call_id) for path, one in made.items()]
            for other in bodies[1:4]:
                self.assertEqual(set(bodies[0]), set(other), "the ids are those of the events")
            self.assertEqual([len([1 for seen in self.receiver.at("/broken") if seen.id == key])
                              for key in bodies[0]], [3] * 5)
            self.check_verifiers(made["/end"], self.receiver.at("/end")[-1])
            self.check_end(json.loads(bodies[-1].popitem()[1]), server, call_id)
            # What was down gets everything once it is there.
            wait_until(lambda: len(late.taken("/down")) == 5, "all events, late", 75)
            self.assertEqual(late.taken("/down"), self.receiver.taken("/ok"))
            self.check_log(server, gone, moved, made["/broken"])
            self.check_secrets(server, made["/ok"])
            self.assertNotIn("whsec_", server.log())
            stored = b"".join(path.read_bytes()
                              for path in Path(server.folder.name).glob("studio.db*"))
            self.assertIn(b"gAAAA", stored, "sealed secrets")
            self.assertNotIn(b"whsec_", stored)

    def check_verifiers(self, made, request):
        header, body = request.headers["X-Webhook-Signature"], request.body
        wrong = "whsec_" + "x" * 32
        names = {}
        exec(documented("python"), names)  # pylint: disable=exec-used
        is_genuine = names["is_genuine"]
        self.assertEqual(
            [is_genuine(made["secret"], header, body), is_genuine(wrong, header, body),
             is_genuine(made["secret"], header, body + b" "),
             is_genuine(made["secret"], header, body, -1)], [True, False, False, False])
        if not shutil.which("node"):
            return
        done = subprocess.run(
            ["node", "--input-type=module", "-e", documented("js") + NODE], text=True, check=True,
            timeout=30, capture_output=True, input=json.dumps(
                {"secret": made["secret"], "wrong": wrong, "header": header,
                 "body": body.decode()}))
        self.assertEqual(json.loads(done.stdout), [True, False, False, False])

    def check_end(self, event, server, call_id):
        self.assertEqual(event["object"], "event")
        self.assertEqual(event["api_version"], "2026-01-19")
        self.assertIs(event["livemode"], True)
        self.assertLess(abs(event["created"] - time.time()), 120)
        data, record = event["data"], server.call_record(call_id)
        self.assertEqual(data["status"], "completed")
        self.assertEqual(data["agent_history"], ["front-desk", "kitchen"])
        self.assertEqual([line["content"] for line in data["transcript"]],
                         [line["content"] for line in server.transcript(call_id)])
        self.assertEqual(data["metrics"]["turns"], record["metrics"]["turns"])
        self.assertAlmostEqual(data["duration_seconds"], record["duration_seconds"], places=3)
        self.assertEqual(data["links"]["call"], f"/api/v1/calls/{call_id}")

    def check_log(self, server, gone, moved, broken):
        status, shown = server.request("GET", f"/api/v1/webhooks/{gone['id']}")
        self.assertEqual((status, shown["active"], shown["disabled_reason"]), (200, False, "gone"))
        self.assertEqual({one["status"] for one in self.log(server, gone)}, {"failed"})
        self.assertEqual([one["error"] for one in self.log(server, moved)], ["http_302"])
        self.assertEqual(self.receiver.at("/after-moved"), [])
        delivered = self.log(server, broken, "?status=delivered&limit=2")
        self.assertEqual([one["event_type"] for one in delivered],
                         ["call.ended", "call.completed"])
        self.assertEqual([one["attempts"] for one in delivered], [3, 3])
        self.assertEqual(self.log(server, broken, "?status=pending"), [])

    def check_secrets(self, server, made):
        place = f"/api/v1/webhooks/{made['id']}"
        before = len(self.receiver.at("/ok"))
        status, rotated = server.request("POST", place + "/rotate-secret")
        self.assertEqual(status, 200, rotated)
        status, sent = server.request("POST", place + "/test")
        self.assertEqual(status, 202, sent)
        wait_until(lambda: len(self.receiver.at("/ok")) > before, "the test event", 5)
        request = self.receiver.at("/ok")[-1]
        self.assertEqual((request.event["type"], request.event["livemode"]),
                         ("webhook.test", False))
        for secret in (made["secret"], rotated["secret"]):
            self.assertTrue(receivers.is_signed(secret, request.headers["X-Webhook-Signature"],
                                                request.body))
        wait_until(lambda: self.log(server, made)[0]["status"] == "delivered", "the log", 5)
        status, _ = server.request("POST", f"{place}/deliveries/{sent['id']}/redeliver")
        self.assertEqual(status, 202)
        wait_until(lambda: len(self.receiver.at("/ok")) > before + 1, "the test event again", 5)
        self.assertEqual(self.receiver.at("/ok")[-1].id, sent["event_id"])

    def test_private_addresses_are_refused_where_tools_may_not_call_them(self):
        closed = {"STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": "false"}
        with studio.Server(environment=closed) as server:
            for host in ("127.0.0.1", "localhost", "169.254.169.254"):
                status, body = server.request("POST", "/api/v1/webhooks",
                                              {"url": f"http://{host}:{self.receiver.port}/ok"})
                self.assertEqual((status, body["error"]["details"][0]["field"]), (422, "url"))
            # A name of this machine, which says nothing before it is looked up.
            status, made = server.request("POST", "/api/v1/webhooks", {
                "url": f"http://{socket.gethostname()}:{self.receiver.port}/ok"})
            self.assertEqual(status, 201, made)
            server.request("POST", f"/api/v1/webhooks/{made['id']}/test")
            wait_until(lambda: self.log(server, made)[0]["status"] != "pending"
                       or self.log(server, made)[0]["attempts"] > 0, "an attempt", 10)
            wait_until(lambda: self.log(server, made)[0]["error"], "its failure", 10)
            self.assertIn(self.log(server, made)[0]["error"],
                          ("address_not_allowed", "unavailable"))
            self.assertEqual(self.receiver.requests, [])


class TwoApis(unittest.TestCase):
    """Calls that are made and cancelled, with a tenant beside, while an API is killed."""

    def test_nothing_is_lost_or_told_to_others_when_an_api_dies(self):
        receiver = receivers.Receiver(behave={"/mine": receivers.slowly(0.05)})
        self.addCleanup(receiver.close)
        with World() as world:
            first, second = world.api(), world.api()
            made = world.create_webhook(second, receiver.url + "/mine", KEY)
            world.create_webhook(second, receiver.url + "/theirs", OTHER_KEY)
            status, _ = second.request("GET", f"/api/v1/webhooks/{made['id']}", key=OTHER_KEY)
            self.assertEqual(status, 404)
            calls = [world.cancelled_call([first, second][number % 2]) for number in range(15)]
            wait_until(lambda: len(receiver.at("/mine")) > 5, "the first events", 10)
            first.kill()
            calls += [world.cancelled_call(second) for _ in range(10)]
            wait_until(lambda: len(receiver.taken("/mine")) == 3 * len(calls), "every event", 60)
            world.check(self, receiver, "/mine", made["secret"], calls)
            self.assertEqual(receiver.at("/theirs"), [])
            self.assertIn('studio_webhook_deliveries_total{outcome="delivered"}',
                          second.request("GET", "/metrics")[1])


if __name__ == "__main__":
    unittest.main(verbosity=1)
