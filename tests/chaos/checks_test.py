"""Each promise's check finds a planted violation, and nothing in a good run."""

import copy
import sys
import threading
import unittest
from pathlib import Path
from socket import create_connection, create_server

import numpy

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))
import checks  # noqa: E402
import providers  # noqa: E402
import tones  # noqa: E402
from relay import Relay  # noqa: E402
from schedule import KINDS, make_schedule  # noqa: E402


def good_run():
    transcript = [
        ("assistant", "Hello."), ("user", "Number 1 please."), ("tool", ""),
        ("assistant", "Number 1 is noted."), ("user", "Number 3 please."), ("tool", ""),
        ("assistant", "Number 3 is noted.")]
    return {
        "calls": [{"key": "a", "call_id": "A", "joined": True, "greeted": True, "left": True,
                   "closed": "local", "left_at": 60.0,
                   "said": [{"number": 1, "outcome": "answered", "answered_at": 10.0},
                            {"number": 2, "outcome": "unanswered"},
                            {"number": 3, "outcome": "answered", "answered_at": 30.0}]}],
        "rows": [{"id": "A", "status": "completed", "status_reason": "", "started_at": 1,
                  "ended_at": 2, "agent_name": "chaos", "agent_history": '["chaos", "night"]',
                  "metrics": '{"agent_handoffs": 1}'}],
        "transcript": [{"call_id": "A", "sequence": index, "role": role, "content": content,
                        "agent": "chaos" if index < 6 else "night"}
                       for index, (role, content) in enumerate(transcript)],
        "outbox": [{"call_id": "A", "sequence": index, "type": kind} for index, kind in
                   enumerate(("call.created", "call.started", "call.completed"), 1)],
        "effects": {"a:1": 1, "a:3": 1},
        "slots": {"call-queue": 0, "call-leases": 0},
        "samples": [{"tenant": 2, "agent": 2, "workers": {"w": 1}, "active": 1}],
        "limits": {"tenant": 2, "agent": 2, "worker": 1},
        "spool": 0, "faults": [],
    }


def killed(run, at, change):
    run["faults"].append({"kind": "kill_worker", "at": at, "calls": ["A"]})
    change(run)


def lose_answer(run):
    run["transcript"][6]["content"] = "Sorry, one moment."


def lose_caller(run):
    run["rows"][0]["status"] = "disconnected"


def plant(change):
    run = copy.deepcopy(good_run())
    change(run)
    return run


def set_in(container, key, value):
    container[key] = value


PLANTED = {
    "ends: call a: the API answered it": lambda run: run["rows"].clear(),
    "is still active": lambda run: set_in(run["rows"][0], "status", "active"),
    "it is failed": lambda run: set_in(run["rows"][0], "status", "failed"),
    "2 events of its end": lambda run: run["outbox"].append(
        {"call_id": "A", "sequence": 4, "type": "call.failed"}),
    "0 events of its end": lambda run: run["outbox"].pop(),
    "2 events call.started": lambda run: run["outbox"].append(
        {"call_id": "A", "sequence": 4, "type": "call.started"}),
    "events are numbered": lambda run: set_in(run["outbox"][2], "sequence", 7),
    "the caller lost it": lambda run: set_in(run["calls"][0], "closed", "connection_lost"),
    "the caller never got in": lambda run: set_in(run["calls"][0], "joined", False),
    "the agent never spoke": lambda run: set_in(run["calls"][0], "greeted", False),
    "lines are numbered": lambda run: run["transcript"].pop(2),
    "line 1 is there 2 times": lambda run: set_in(run["transcript"][4], "content",
                                                  "Number 1 please."),
    "line 9 is there and was never said": lambda run: set_in(
        run["transcript"][4], "content", "Number 3 please. Number 9 please."),
    "line 3 was answered and is not there": lambda run: set_in(run["transcript"][4], "content", ""),
    "lines are in the order": lambda run: (set_in(run["transcript"][1], "content",
                                                  "Number 3 please."),
                                           set_in(run["transcript"][4], "content",
                                                  "Number 1 please.")),
    "the answer to line 3 is there 2 times": lambda run: set_in(
        run["transcript"][6], "content", "Number 3 is noted. Number 3 is noted."),
    "the answer to line 3 was heard and is not there": lambda run: set_in(
        run["transcript"][6], "content", "Pardon me?"),
    "answer to line 3 was heard": lambda run: killed(run, 31.5, lose_answer),
    "it is disconnected": lambda run: killed(run, 55.0, lose_caller),
    "hung up; it is disconnected": lambda run: killed(run, 60.5, lose_caller),
    "effect a:1 happened 2 times": lambda run: set_in(run["effects"], "a:1", 2),
    "effect z:1 belongs to no call": lambda run: set_in(run["effects"], "z:1", 1),
    "effect a:3 never happened": lambda run: run["effects"].pop("a:3"),
    "are not the hand-overs that it counts": lambda run: set_in(
        run["rows"][0], "metrics", '{"agent_handoffs": 2}'),
    "is of day, who was not there": lambda run: set_in(run["transcript"][6], "agent", "day"),
    "call-leases holds 1": lambda run: set_in(run["slots"], "call-leases", 1),
    "bytes wait in the spool": lambda run: set_in(run, "spool", 10),
    "3 calls of the tenant": lambda run: set_in(run["samples"][0], "tenant", 3),
    "3 calls of the agent": lambda run: set_in(run["samples"][0], "agent", 3),
    "3 active rows": lambda run: set_in(run["samples"][0], "active", 3),
    "2 calls of worker w": lambda run: set_in(run["samples"][0]["workers"], "w", 2),
    "no sample saw a call": lambda run: run["samples"].clear(),
    "lines were not answered": lambda run: run["calls"][0]["said"].extend(
        {"number": number, "outcome": "unanswered"} for number in range(10, 14)),
}


class ChecksTest(unittest.TestCase):
    def test_a_good_run_violates_nothing(self):
        self.assertEqual(checks.violations(good_run()), [])

    def test_each_planted_violation_is_found(self):
        for sentence, change in PLANTED.items():
            with self.subTest(sentence):
                found = checks.violations(plant(change))
                self.assertTrue(any(sentence in each for each in found), found)

    def test_what_a_kill_hid_is_no_violation(self):
        for at in (29.8, 30.5):
            run = plant(lambda run, at=at: killed(run, at, lose_answer))
            self.assertEqual(checks.violations(run), [])
        self.assertEqual(checks.violations(plant(lambda run: killed(run, 59.0, lose_caller))), [])

    def test_who_goes_while_the_worker_is_cut_off_is_seen_by_nobody(self):
        for since, until, seen in ((58.0, 59.0, False), (59.5, 61.0, False), (50.0, 51.0, True),
                                   (60.5, 61.0, True)):
            def cut(run, since=since, until=until):
                run["faults"].append({"kind": "signalling_cut", "from": since, "to": until})
                lose_caller(run)
            with self.subTest(since=since):
                self.assertEqual(bool(checks.violations(plant(cut))), seen)

    def test_who_goes_while_the_call_is_handed_over_is_seen_by_nobody(self):
        for since, until, whose, seen in ((58.0, 59.0, "A", False), (50.0, 56.0, "A", True),
                                          (60.5, 61.0, "A", True), (58.0, 59.0, "B", True)):
            def offered(run, since=since, until=until, whose=whose):
                run["faults"].append({"kind": "hand_over", "at": until, "from": since,
                                      "to": until, "calls": [whose]})
                lose_caller(run)
            with self.subTest(since=since, whose=whose):
                self.assertEqual(bool(checks.violations(plant(offered))), seen)

    def test_a_line_that_was_torn_may_be_heard_twice(self):
        for length, found in ((1.8, 3), (2.1, 0)):
            def twice(run, length=length):
                said = run["calls"][0]["said"]
                said[0].update({"from": 5.0, "to": 6.8})
                said[2].update({"from": 25.0, "to": 25.0 + length})
                run["transcript"][4]["content"] *= 2
                run["transcript"][6]["content"] *= 2
                run["effects"]["a:3"] = 2
            with self.subTest(length=length):
                self.assertEqual(len(checks.violations(plant(twice))), found)

    def test_silence_is_from_the_last_sound_to_the_next(self):
        for sounds, moment, end, expected in (
                ([(0, 1), (5, 6)], 3, 9, 2.0),      # Silent at the moment.
                ([(0, 3.2), (5, 6)], 3, 9, 1.8),    # Speaking at the moment; its last packets come.
                ([(0, 1), (3.05, 3.5), (5, 6)], 3, 9, 1.5),  # Under way to the caller.
                ([(0, 1)], 3, 20, None),            # Never again.
                ([(0, 1)], 3, 4, 0.0)):             # Left before it could be noticed.
            with self.subTest(sounds=sounds, end=end):
                found = checks.silence_after(sounds, moment, end)
                self.assertAlmostEqual(found, expected) if expected is not None else \
                    self.assertIsNone(found)


class ScheduleTest(unittest.TestCase):
    def test_is_the_same_for_the_same_seed_and_has_every_fault(self):
        self.assertEqual(make_schedule(7, 90), make_schedule(7, 90))
        self.assertNotEqual(make_schedule(7, 90), make_schedule(8, 90))
        self.assertEqual({fault.kind for fault in make_schedule(7, 120)}, set(KINDS))

    def test_one_fault_is_over_before_the_next(self):
        for seed in range(50):
            faults = make_schedule(seed, 300)
            for first, second in zip(faults, faults[1:]):
                self.assertGreaterEqual(second.at - first.at - first.seconds, 3.9)
            self.assertLess(faults[-1].at + faults[-1].seconds, 300)


class TonesTest(unittest.TestCase):
    def test_every_line_is_understood(self):
        silence = numpy.zeros(16000, dtype="<i2")
        for number in range(1, tones.NUMBER_MAX + 1):
            tone = numpy.frombuffer(tones.make_tone(tones.tone_hz(number), 0.8, 16000), "<i2")
            self.assertEqual(tones.lines_in(numpy.concatenate([silence, tone, silence])), [number])
        other = numpy.frombuffer(tones.make_tone(tones.tone_hz(5), 0.8, 16000), "<i2")
        self.assertEqual(tones.lines_in(numpy.concatenate([tone, silence, other])), [40, 5])
        self.assertEqual(tones.lines_in(silence), [])
        click = numpy.frombuffer(tones.make_tone(tones.tone_hz(5), 0.1, 16000), "<i2")
        self.assertEqual(tones.lines_in(numpy.concatenate([silence, click])), [])


class ModelTest(unittest.TestCase):
    def test_asks_for_the_tool_then_says_how_it_went(self):
        messages = [{"role": "system", "content": "x"},
                    {"role": "user", "content": "Number 4 please."}]
        self.assertEqual(providers.answer_to(messages), ("", [4]))
        call = {"id": "c", "function": {"name": "note", "arguments": '{"number": 4}'}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        done = {"role": "tool", "tool_call_id": "c", "content": '{"ok": true}'}
        self.assertEqual(providers.answer_to([*messages, done])[0], "Number 4 is noted.")
        failed = {**done, "content": '{"ok": false}'}
        self.assertEqual(providers.answer_to([*messages, failed])[0], "Number 4 is uncertain.")
        over = [{"role": "assistant", "content": "..."},
                {"role": "user", "content": "[The call was handed over to you by 'chaos'.]"}]
        self.assertEqual(providers.answer_to([*messages, done, *over])[0], "Number 4 is noted.")
        self.assertEqual(providers.voice_of("Number 4 is noted."), tones.tone_hz(4))
        self.assertEqual(providers.voice_of("Number 4 is uncertain."), tones.UNSURE_HZ)


class RelayTest(unittest.TestCase):
    def test_passes_cuts_and_refuses(self):
        listener = create_server(("127.0.0.1", 0))

        def echo():
            while True:
                try:
                    far, _ = listener.accept()
                    far.sendall(far.recv(10))
                except OSError:
                    return  # The test is over.
        threading.Thread(target=echo, daemon=True).start()
        relay = Relay(listener.getsockname()[1])
        with create_connection(("127.0.0.1", relay.port), timeout=5) as near:
            near.sendall(b"hello")
            self.assertEqual(near.recv(10), b"hello")
            self.assertEqual(relay.cut(), 1)
            with self.assertRaises(ConnectionResetError):
                near.recv(10)
        relay.refuse(True)
        try:
            with create_connection(("127.0.0.1", relay.port), timeout=5) as near:
                self.assertEqual(near.recv(10), b"")
        except ConnectionResetError:
            pass  # As well.
        relay.refuse(False)
        with create_connection(("127.0.0.1", relay.port), timeout=5) as near:
            near.sendall(b"again")
            self.assertEqual(near.recv(10), b"again")
        relay.close()
        listener.close()


if __name__ == "__main__":
    unittest.main(verbosity=1)
