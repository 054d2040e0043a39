"""Telephone calls of `agent-studio api` and `agent-studio worker` with a real livekit-server and a
stand-in of its SIP service. Needs the Python of build/venv; STUDIO_BINARY names the program."""

import json
import subprocess
import unittest

import studio
from production_test import World, wait_until
from servers import Servers
from sip_stand_in import TRUNK, SipStandIn

WORKER_NAME = "studio-phones"
KEY_RULES = {
    "1": ("tell_number", [{"type": "respond", "message": "Your number is "
                           "{{user.call.phone_number}}, you called {{user.call.called_number}}."}]),
    "2": ("press_keys", [{"type": "send_digits", "digits": "12w#"},
                         {"type": "respond", "message": "Done."}]),
    "3": ("transfer_call", [{"type": "transfer", "to": "+14155550199", "message": "One moment."}]),
    "4": ("transfer_busy", [{"type": "transfer", "to": "+14155550198"}]),
    "9": ("finish", [{"type": "end_call", "reason": "finished", "message": "Bye."}]),
}


def install_desk(api):
    rules = []
    for key, (name, actions) in KEY_RULES.items():
        rules.append({"when": {"said": key}, "call": {"tool": name}})
        config = {"parameters": [], "actions": actions}
        if name == "transfer_busy":
            config["on_failure"] = [{"type": "respond", "message": "They are busy."}]
        status, body, _ = api.request("POST", "/api/v1/tools",
                                      {"name": name, "description": "d", "config": config})
        assert status == 201, body
    status, body, _ = api.request("POST", "/api/v1/agents", {"name": "desk", "config": {
        "prompt": {"system": "s", "greeting": "Hello there."},
        "stt": {"provider": "pocketsphinx", "language": "en", "options": {"phrases": ["yes"]}},
        "tts": {"provider": "flite", "voice_id": "slt"},
        "llm": {"provider": "scripted",
                "options": {"rules": rules, "otherwise": ["Press a key."]}},
        "session": {"reprompt_delay": 60},
        "tools": [name for name, _ in KEY_RULES.values()]}})
    assert status == 201, body


def is_registered(world):
    """Whether livekit-server knows of a worker that takes rooms of others: it tells its log."""
    return WORKER_NAME in world.servers["livekit"].log.read_text(errors="replace")


class PhoneWorld(World):
    """Redis first, so that LiveKit uses it: its trunks and rules live there."""

    def __init__(self):
        super().__init__()
        self.servers = Servers(["postgres", "redis", "livekit"])

    def __enter__(self):
        super().__enter__()
        livekit = self.servers["livekit"]
        self.sip = SipStandIn(livekit.port, livekit.key, livekit.secret)
        self.environment.update(LIVEKIT_URL=self.sip.url, SIP_OUTBOUND_TRUNK_ID=TRUNK,
                                LIVEKIT_AGENT_NAME=WORKER_NAME, STUDIO_TENANT_CALLS_MAX="50",
                                WORKER_MAX_CALLS="20")
        return self

    def __exit__(self, *_):
        self.sip.close()
        super().__exit__(*_)


class Phones(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = PhoneWorld().__enter__()
        cls.addClassCleanup(cls.world.__exit__, None, None, None)
        cls.sip = cls.world.sip
        assert all(code == 0 for code, _ in cls.world.migrate(1))
        cls.api = cls.world.api()
        wait_until(lambda: cls.api.request("GET", "/api/v1/agents")[0] == 200, "the API")
        install_desk(cls.api)
        cls.workers = [cls.world.worker()]
        wait_until(cls.workers[0].is_ready, "a worker")

    def record(self, call_id):
        return self.api.request("GET", f"/api/v1/calls/{call_id}")[1]

    def said(self, call_id):
        entries = self.api.request("GET", f"/api/v1/calls/{call_id}/transcript")[1]
        return " ".join(entry["content"] for entry in entries if entry["role"] == "assistant")

    def call(self, number, ringing=0.5, sip_status=200):
        self.sip.scripts[number] = (ringing, sip_status)
        status, body, _ = self.api.request("POST", "/api/v1/calls", {
            "agent_name": "desk", "call_type": "sip", "phone_number": number})
        self.assertEqual(status, 201, body)
        return body["call_id"]

    def wait_for(self, call_id, status, seconds=20.0):
        seen = []

        def is_there():
            now = self.record(call_id)["status"]
            if not seen or seen[-1] != now:
                seen.append(now)
            return now == status

        try:
            wait_until(is_there, f"{call_id} becomes {status}", seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}; it was {seen}: {self.record(call_id)}\n"
                                 f"{self.workers[-1].tail()}") from None
        return seen

    def end_of(self, call_id):
        wait_until(lambda: self.record(call_id)["ended_at"], "the call ends", 30)
        record = self.record(call_id)
        return record["status"], record["status_reason"]

    def answered(self, number):
        """A call that was answered and greeted, and its phone."""
        call_id = self.call(number)
        self.wait_for(call_id, "active")
        wait_until(lambda: "Hello" in self.said(call_id), "the greeting was heard")
        return call_id, self.sip.phones[f"phone-{call_id}"]

    def press(self, phone, digits):
        self.sip.run(phone.press(digits))

    def test_outbound_is_answered_and_the_phone_hangs_up(self):
        number = "+14155550101"
        call_id = self.call(number, ringing=1.5)
        self.assertEqual(self.record(call_id)["direction"], "outbound")
        seen = self.wait_for(call_id, "active")
        self.assertEqual(seen[-3:], ["dialing", "ringing", "active"])
        phone = self.sip.phones[f"phone-{call_id}"]
        wait_until(lambda: phone.loud_frames > 10, "the phone hears the greeting")
        wait_until(lambda: "Hello" in self.said(call_id), "the greeting was heard")
        self.press(phone, "1#")
        wait_until(lambda: f"number is {number}" in self.said(call_id), "the number is known")
        self.sip.run(phone.leave())
        self.assertEqual(self.end_of(call_id), ("completed", "caller_hung_up"))
        self.assertEqual(self.sip.calls_placed.count(number), 1)

    def test_who_is_not_reached_is_told_why(self):
        calls = {}
        for index, (status, reason) in enumerate(
                {486: "busy", 600: "busy", 480: "no_answer", 408: "no_answer", 603: "declined",
                 404: "number_unknown", 503: "trunk_failed"}.items()):
            calls[self.call(f"+1415555020{index}", 0.6, status)] = reason
        for call_id, reason in calls.items():
            self.assertEqual(self.end_of(call_id), ("failed", reason))
            self.assertIsNone(self.record(call_id)["started_at"])
            self.assertEqual(self.said(call_id), "")
        self.assertGreaterEqual(self.workers[0].metric("studio_sip_calls_total"), len(calls))

    def test_a_telephone_service_without_a_place_is_asked_again(self):
        number = "+14155550210"
        self.sip.full_for[number] = 3
        call_id = self.call(number, 0.6, 486)
        self.assertEqual(self.end_of(call_id), ("failed", "busy"))
        self.assertEqual(self.sip.calls_placed.count(number), 1)
        self.sip.full_for["+14155550211"] = 1_000
        call_id = self.call("+14155550211", 0.6, 486)
        self.assertEqual(self.end_of(call_id), ("failed", "phone_service_busy"))

    def test_a_number_that_is_none_is_refused(self):
        for number in ("4155550101", "+1", "+1 415 555 0101", "", None):
            status, body, _ = self.api.request("POST", "/api/v1/calls", {
                "agent_name": "desk", "call_type": "sip", "phone_number": number})
            self.assertEqual(status, 422, body)

    def test_cancel_while_it_rings(self):
        call_id = self.call("+14155550103", ringing=None)
        self.wait_for(call_id, "ringing")
        self.api.request("POST", f"/api/v1/calls/{call_id}/end")
        self.assertEqual(self.end_of(call_id), ("failed", "cancelled"))
        wait_until(lambda: self.sip.phones[f"phone-{call_id}"].is_gone, "it stops to ring")

    def test_the_agent_hangs_up(self):
        call_id, phone = self.answered("+14155550104")
        self.press(phone, "9#")
        self.assertEqual(self.end_of(call_id), ("completed", "finished"))
        wait_until(lambda: phone.is_gone, "the phone was hung up")

    def test_keys_to_the_phone(self):
        call_id, phone = self.answered("+14155550105")
        self.press(phone, "2#")
        wait_until(lambda: phone.digits == "12#", "the keys arrive")
        wait_until(lambda: "Done." in self.said(call_id), "the tool goes on")
        self.sip.run(phone.leave())
        self.assertEqual(self.end_of(call_id), ("completed", "caller_hung_up"))

    def test_transfer(self):
        self.sip.scripts["tel:+14155550198"] = 486
        call_id, phone = self.answered("+14155550106")
        self.press(phone, "4#")
        wait_until(lambda: "They are busy." in self.said(call_id), "a failure is told")
        self.press(phone, "3#")
        self.assertEqual(self.end_of(call_id), ("completed", "transferred"))
        self.assertIn((phone.identity, "tel:+14155550199"), self.sip.transfers)
        self.assertIn("One moment.", self.said(call_id))

    def test_inbound(self):
        number = "+14155550107"
        wait_until(lambda: is_registered(self.world), "a worker is registered")
        phone = self.sip.call_in("phone-inbound", number, WORKER_NAME, "desk")
        wait_until(lambda: phone.sees_track, "the agent publishes", 15)
        self.sip.run(phone.become("active"))
        wait_until(lambda: phone.loud_frames > 10, "the phone hears the greeting")
        rows = self.api.request("GET", "/api/v1/calls?limit=50")[1]["items"]
        row = next(row for row in rows if row["room_name"] == "phone-inbound")
        self.assertEqual((row["direction"], row["call_type"], row["phone_number"],
                          row["agent_name"]), ("inbound", "sip", number, "desk"))
        told = self.record(row["id"])["user_context"]["call"]
        self.assertEqual(told, {"phone_number": number, "called_number": "+14155550100",
                                "sip_call_id": "SCL_in", "headers": {"x-customer": "seven"}})
        wait_until(lambda: "Hello" in self.said(row["id"]), "the greeting was heard")
        self.press(phone, "9#")
        self.assertEqual(self.end_of(row["id"]), ("completed", "finished"))
        wait_until(lambda: phone.is_gone, "the phone was hung up")

    def test_a_worker_killed_while_it_rings_dials_nobody_twice(self):
        self.workers.append(self.world.worker())
        wait_until(self.workers[-1].is_ready, "a second worker")
        number = "+14155550108"
        wait_until(lambda: not sum(worker.metric("studio_calls_active")
                                   for worker in self.workers), "no call is left")
        call_id = self.call(number, ringing=8.0)
        self.wait_for(call_id, "ringing")
        holder = max(self.workers, key=lambda worker: worker.metric("studio_calls_active"))
        holder.kill()
        self.workers.remove(holder)
        self.wait_for(call_id, "active", 20)
        wait_until(lambda: "Hello" in self.said(call_id), "the greeting was heard")
        self.assertEqual(self.sip.calls_placed.count(number), 1)
        self.sip.run(self.sip.phones[f"phone-{call_id}"].leave())
        self.assertEqual(self.end_of(call_id), ("completed", "caller_hung_up"))

    def test_sip_setup_is_idempotent(self):
        file = self.world.folder / "phones.json"
        file.write_text(json.dumps({
            "worker_name": WORKER_NAME,
            "inbound": [{"name": "in", "numbers": ["+14155550100"],
                         "allowed_addresses": ["54.172.60.0/30"]}],
            "outbound": [{"name": "out", "address": "example.pstn.twilio.com", "transport": "tls",
                          "numbers": ["+14155550100"], "username": "studio",
                          "password_env": "PHONES_PASSWORD"}],
            "rules": [{"name": "desk", "trunk": "in", "numbers": ["+14155550100"],
                       "agent": "desk"}]}))

        def set_up():
            run = subprocess.run(
                [studio.BINARY, "sip", "setup", "--file", file], capture_output=True, text=True,
                timeout=30, env={**self.world.environment, "PHONES_PASSWORD": "hunter2"})
            self.assertEqual(run.returncode, 0, run.stderr)
            self.assertNotIn("hunter2", run.stdout + run.stderr)
            return [line.split() for line in run.stdout.splitlines()]

        first, second = set_up(), set_up()
        self.assertEqual([words[0] for words in first], ["created"] * 3, first)
        self.assertEqual([words[0] for words in second], ["unchanged"] * 3, second)
        self.assertEqual([words[-1] for words in first], [words[-1] for words in second])


if __name__ == "__main__":
    unittest.main(verbosity=2)
