#!/usr/bin/env python3
"""The measuring of the conversation bench finds what was planted: in sound, in times, in words."""

import os
import socket
import sys
import unittest
from pathlib import Path

import numpy as np

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests/e2e")]
import caller  # noqa: E402
import cases  # noqa: E402
import judge  # noqa: E402
import lossy_line  # noqa: E402
import noises  # noqa: E402
import report  # noqa: E402
import sound  # noqa: E402
import words  # noqa: E402

RATE = sound.RATE


def tone(seconds, db=-20.0, hertz=440.0):
    time = np.arange(round(seconds * RATE)) / RATE
    return (np.sqrt(2) * sound.gain(db) * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def planted(length, *stretches, floor_db=-70.0):
    """Tones from and to these seconds over a codec's hiss."""
    track = np.random.default_rng(1).standard_normal(round(length * RATE)) * sound.gain(floor_db)
    for start, end in stretches:
        sound.mix(track, tone(end - start), round(start * RATE))
    return track.astype(np.float32)


class FakeVoices:
    """Each text a tone that is as long as the text."""

    recordings = []

    def names(self):
        return ["a", "b", "c"]

    def speak(self, voice, text):
        return tone(0.05 * len(text), sound.SPEECH_DB, 200 + 50 * self.names().index(voice))

    def say(self, voice, parts):
        return np.concatenate([sound.silence(part) if isinstance(part, float)
                               else self.speak(voice, part) for part in parts])


class Sound(unittest.TestCase):
    def assert_segments(self, found, *expected):
        self.assertEqual(len(found), len(expected), found)
        for one, other in zip(found, expected):
            np.testing.assert_allclose(one, other, atol=0.011)

    def test_beginning_and_end_are_found_within_a_window(self):
        track = planted(5, (0.503, 1.207), (3.118, 4.002))
        self.assert_segments(sound.segments(track, gap=0.4), (0.503, 1.207), (3.118, 4.002))

    def test_short_pauses_belong_to_what_is_said_and_long_ones_do_not(self):
        track = planted(4, (0.5, 1.0), (1.3, 2.0), (2.5, 3.0))
        self.assert_segments(sound.segments(track, gap=0.4), (0.5, 2.0), (2.5, 3.0))

    def test_a_click_is_no_speech_and_what_is_quiet_is_not_heard(self):
        track = planted(3, (1.0, 1.015))
        sound.mix(track, tone(0.5, db=-50.0), 2 * RATE)
        self.assertEqual(sound.segments(track, gap=0.4), [])

    def test_trimmed_speech_begins_and_ends_with_an_audible_sample(self):
        trimmed = sound.trim(planted(3, (0.7, 1.9)))
        self.assertAlmostEqual(len(trimmed) / RATE, 1.2, delta=0.021)
        for edge in (trimmed[:sound.WINDOW], trimmed[-sound.WINDOW:]):
            self.assertGreaterEqual(sound.level(edge), sound.AUDIBLE_DB)

    def test_the_level_of_speech_is_not_lowered_by_its_pauses(self):
        speech = np.concatenate([tone(0.5, -12), sound.silence(2), tone(0.5, -12)])
        self.assertAlmostEqual(sound.speech_level(speech), -12, delta=0.1)
        self.assertAlmostEqual(sound.speech_level(sound.at_level(speech, -24)), -24, delta=0.1)

    def test_another_rate_keeps_pitch_and_level(self):
        time = np.arange(22_050) / 22_050
        made = sound.resample(np.sin(2 * np.pi * 1000 * time) * 0.5, 22_050)
        self.assertEqual(len(made), RATE)
        self.assertEqual(np.argmax(np.abs(np.fft.rfft(made))), 1000)
        self.assertAlmostEqual(sound.level(made), sound.level(np.array([0.5]) / np.sqrt(2)),
                               delta=0.1)

    def test_a_telephone_passes_its_band_alone_and_is_late_by_what_it_says(self):
        for hertz, passes in ((100, False), (1000, True), (3000, True), (5000, False)):
            line = sound.Telephone()
            sent = tone(0.5, -20, hertz)
            heard = np.concatenate([line.pass_through(sent[at:at + 160])
                                    for at in range(0, len(sent), 160)])
            self.assertEqual(sound.level(heard[2000:]) > -23, passes, hertz)
        line = sound.Telephone()
        track = planted(1, (0.3, 0.6), floor_db=-120)
        heard = np.concatenate([line.pass_through(track[at:at + 160])
                                for at in range(0, len(track), 160)])
        (start, end), = sound.segments(heard, gap=0.2)
        self.assertAlmostEqual(start, 0.3 + line.delay, delta=0.011)
        self.assertAlmostEqual(end, 0.6 + line.delay, delta=0.011)

    def test_noise_has_the_level_that_its_condition_says_and_is_the_same_again(self):
        for name, make in noises.BEDS.items():
            bed = make(FakeVoices(), np.random.default_rng(3), seconds=6)
            speech = sound.at_level(tone(1.0, -3), sound.SPEECH_DB)
            below = sound.speech_level(speech) - sound.level(noises.below_speech(bed, 10))
            self.assertAlmostEqual(below, 10.0, delta=0.05, msg=name)
            again = make(FakeVoices(), np.random.default_rng(3), seconds=6)
            np.testing.assert_array_equal(bed, again)


class HeardTrack(unittest.TestCase):
    """What comes in pieces lies where it was spoken, whenever we looked."""

    def track(self, delays, breaks=()):
        track, clock = caller.Track(), 1.0
        for index, delay in enumerate(delays):
            clock += breaks[index] if index < len(breaks) else 0.0
            piece = tone(0.01) if index % 10 == 0 else sound.silence(0.01)
            track.add(piece, clock + 0.01 * (index + 1) + delay)
        return [start for start, _ in track.pieces]

    def test_pieces_that_wait_for_us_keep_their_places(self):
        # 50 ms of not looking, then all at once.
        delays = [0.0] * 10 + [0.05, 0.04, 0.03, 0.02, 0.01] + [0.0] * 5
        np.testing.assert_allclose(self.track(delays), 1.0 + 0.01 * np.arange(20), atol=1e-9)

    def test_the_earliest_arrival_says_when_it_was(self):
        starts = self.track([0.04] * 5 + [0.0] * 5)
        np.testing.assert_allclose(starts[5:], 1.05 + 0.01 * np.arange(5), atol=1e-9)

    def test_a_break_of_the_stream_stays_one(self):
        starts = self.track([0.0] * 10, breaks=[0.0] * 5 + [0.5])
        self.assertAlmostEqual(starts[5] - starts[4], 0.51)

    def test_the_whole_and_its_pieces_are_the_same(self):
        track = caller.Track()
        made = planted(1, (0.2, 0.7))
        for at in range(0, len(made), 160):
            track.add(made[at:at + 160], (at + 160) / RATE)
        np.testing.assert_allclose(track.until(1.0), made, atol=1e-6)
        np.testing.assert_allclose(track.piece(0.205, 160), made[3280:3440], atol=1e-6)


class Answers(unittest.TestCase):
    def test_the_answer_counts_from_the_last_to_the_first_sample(self):
        heard = sound.segments(planted(8, (0.2, 0.8), (4.7, 6.0)), gap=judge.PAUSE)
        found = judge.answer(heard, 2.0, 4.0)
        self.assertEqual((found["cut_off"], found["missed"]), (False, False))
        self.assertAlmostEqual(found["after"], 0.7, delta=0.011)

    def test_who_begins_in_a_pause_of_the_caller_cut_them_off(self):
        self.assertTrue(judge.answer([(2.9, 3.4)], 2.0, 4.0)["cut_off"])
        # Nobody who heard the end answers within 50 ms of it.
        self.assertTrue(judge.answer([(4.05, 5.0)], 2.0, 4.0)["cut_off"])
        self.assertFalse(judge.answer([(4.2, 5.0)], 2.0, 4.0)["cut_off"])

    def test_an_answer_after_four_seconds_is_a_missed_end(self):
        self.assertTrue(judge.answer([(8.1, 9.0)], 2.0, 4.0)["missed"])
        self.assertTrue(judge.answer([], 2.0, 4.0)["missed"])
        self.assertFalse(judge.answer([(7.9, 9.0)], 2.0, 4.0)["missed"])

    def test_a_turn_into_the_words_of_the_agent_is_not_judged(self):
        self.assertIn("unusable", judge.answer([(1.0, 2.5)], 2.0, 4.0))


class Over(unittest.TestCase):
    def test_an_answer_to_its_end_was_not_stopped(self):
        self.assertFalse(judge.talked_over([(5.0, 11.4)], 4.0, 6.5, 15.0)["stopped"])

    def test_a_shorter_one_was_and_so_was_one_with_a_gap(self):
        found = judge.talked_over([(5.0, 7.0)], 4.0, 6.5, 15.0)
        self.assertEqual((found["stopped"], found["resumed"]), (True, False))
        track = planted(13, (5.0, 7.0), (7.6, 12.1))
        heard = sound.segments(track, gap=judge.PAUSE)
        found = judge.talked_over(heard, 4.0, 6.5, 15.0)
        self.assertEqual((found["stopped"], found["resumed"]), (True, True))

    def test_another_answer_is_not_the_rest_of_the_first(self):
        found = judge.talked_over([(5.0, 7.0), (8.0, 14.5)], 4.0, 6.5, 15.0)
        self.assertEqual((found["stopped"], found["resumed"]), (True, False))

    def test_the_stop_counts_from_the_first_sample_of_the_interruption(self):
        found = judge.interrupted([(5.0, 7.2), (8.5, 14.0)], 4.0, 6.5, 6.6)
        self.assertFalse(found["missed"])
        self.assertAlmostEqual(found["after"], 0.6)

    def test_who_speaks_on_missed_it(self):
        self.assertTrue(judge.interrupted([(5.0, 11.5)], 4.0, 6.5, 6.6)["missed"])

    def test_what_tells_nothing_is_not_judged(self):
        self.assertIn("unusable", judge.interrupted([(5.0, 6.0)], 4.0, 6.5, 6.6))
        self.assertIn("unusable", judge.interrupted([(5.0, 11.0)], 4.0, 6.5, 9.8))
        self.assertIn("unusable", judge.talked_over([], 4.0, 6.5, 9.0))

    def test_steps_are_judged_by_what_they_are(self):
        heard = [(0.2, 0.8), (5.0, 11.4), (12.0, 18.0)]
        took = {"from": 1.5, "start": 2.0, "end": 4.2, "over_start": 6.5, "over_end": 6.9,
                "until": 19.0}
        step = cases.Step("over", "backchannel", over_kind="backchannel")
        found = judge.judge_step(step, took, heard, 6.5, [])
        self.assertEqual((found["over"]["stopped"], found["unasked"]), (False, 1))
        self.assertIn("unusable", judge.judge_step(step, took, heard, 6.5, [3.0]))
        idle = judge.judge_step(cases.Step("idle", "idle"), {"from": 1.5, "until": 6.0}, heard,
                                6.5, [])
        self.assertEqual(idle["unasked"], 1)


class Words(unittest.TestCase):
    def test_case_punctuation_and_the_way_of_writing_numbers_do_not_matter(self):
        self.assertEqual(words.compare("A table for two, please.", "a table for 2 please"), (0, 5))
        self.assertEqual(words.compare("at half past seven", "At half past 7."), (0, 4))
        self.assertEqual(words.compare("it is twenty one", "It's 21"), (0, 4))
        self.assertEqual(words.compare("Okay, um, mister Miller", "OK Mr. Miller"), (0, 3))

    def test_dictated_digits_are_digits_however_they_are_grouped(self):
        said = "four one five five five five"
        for understood in ("415-555", "41 55 55", "4 1 5 5 5 5", "four one five, 555"):
            self.assertEqual(words.compare(said, understood, True), (0, 6), understood)

    def test_each_wrong_word_counts_once(self):
        said = "one two three four"
        self.assertEqual(words.compare(said, "one two three")[0], 1)
        self.assertEqual(words.compare(said, "one two too three four")[0], 1)
        self.assertEqual(words.compare(said, "one do three four")[0], 1)
        self.assertEqual(words.compare(said, "")[0], 4)


class Plans(unittest.TestCase):
    def plan(self, seed, quick=False):
        calls = cases.Plan(FakeVoices(), seed, quick).make(cases.CONDITIONS.values())
        return [(call.name, call.voice, [(step.behaviour, step.text) for step in call.steps])
                for call in calls]

    def test_a_seed_is_a_plan(self):
        self.assertEqual(self.plan(1), self.plan(1))
        self.assertNotEqual(self.plan(1), self.plan(2))

    def test_pauses_of_hesitations_are_silent_and_as_long_as_they_say(self):
        said = FakeVoices().say("a", ("one two three", 0.9, "four five."))
        self.assertAlmostEqual(len(said) / RATE, 0.05 * 23 + 0.9, delta=0.001)
        self.assertEqual(len(sound.segments(said, gap=0.8)), 2)
        for lines in (cases.HESITATIONS, cases.DICTATIONS):
            for line in lines:
                self.assertTrue(all(0.5 < part < 2 for part in line if isinstance(part, float)))

    def test_the_answers_have_no_pause_of_their_own(self):
        for text in (cases.LONG, cases.BRIEF, cases.GREETING):
            self.assertFalse(set(",;:!?") & set(text))
            self.assertEqual(text.count("."), 1)


class Lines(unittest.TestCase):
    def test_only_what_the_callers_send_is_lost(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            for one in (server, client):
                one.bind(("127.0.0.1", 0))
                one.settimeout(0.3)
            for pid, arrives in ((os.getppid(), True), (os.getpid(), False)):
                with lossy_line.LossyLine(pid, target=server.getsockname(), seed=1) as line:
                    line.loss = 1.0
                    client.sendto(b"x", ("127.0.0.1", line.port))
                    try:
                        arrived = server.recv(10) == b"x"
                    except TimeoutError:
                        arrived = False
                    self.assertEqual(arrived, arrives)


class Figures(unittest.TestCase):
    def rows(self):
        def turn(**answer):
            return {"condition": "clean", "behaviour": "plain", "words": (1, 10),
                    "answer": {"cut_off": False, "missed": False, "after": None, **answer}}
        return [turn(after=0.5), turn(after=0.7), turn(cut_off=True), turn(missed=True),
                {"condition": "clean", "behaviour": "plain", "unusable": "late"},
                {"condition": "clean", "behaviour": "x",
                 "over": {"stopped": True, "resumed": False}},
                {"condition": "clean", "behaviour": "x", "over": {"unusable": "no answer"}},
                {"condition": "clean", "behaviour": "x",
                 "interruption": {"missed": False, "after": 0.4}}]

    def test_everything_is_counted_once_and_what_was_not_judged_is_said(self):
        found = report.figures(self.rows())
        self.assertEqual((found["turns"], found["cut_off"], found["missed"]), (4, 1, 1))
        self.assertEqual(found["answer_ms"], {"p50": 700, "p90": 700, "p95": 700, "n": 2})
        self.assertEqual((found["talked_over"], found["false_barge_ins"]), (1, 1))
        self.assertEqual(found["stop_ms"]["p50"], 400)
        self.assertEqual(found["words"], {"wrong": 4, "said": 40})
        self.assertEqual(found["unusable"], 2)

    def test_the_page_shows_shares_with_their_counts(self):
        text = report.table("condition", [("clean", self.rows()), ("none", [])])
        self.assertIn("1 of 4 (25 %)", text)
        self.assertIn("10.0 % of 40", text)
        self.assertEqual(len(text.splitlines()), 3)


if __name__ == "__main__":
    unittest.main()
