#!/usr/bin/env python3
"""People whom the example does not know: three voices, each with sentences of their own that are
written nowhere in the example, book a table with the local recogniser; and recordings of real
people are understood.

    python3 tests/e2e/strangers_test.py

Needs the models of tools/speech/install.sh, without which it says so and is skipped, and
build/release/bench/speech/speech_bench."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

import studio

SPEECH = studio.ROOT / "build/speech"
EARS = SPEECH / "moonshine-tiny-en"
RECORDINGS = SPEECH / "recordings"


SPEAKER = studio.ROOT / "build/release/bench/speech/speech_bench"


def flite(voice):
    def speak(text, path):
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True,
                       stdout=subprocess.DEVNULL)
    return speak


def neural(text, path):
    """The voice that comes with the models."""
    phonemes = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", text], check=True,
                              capture_output=True, text=True).stdout
    subprocess.run([SPEAKER, "say", SPEECH, path.parent], check=True, text=True,
                   input=f"{path.stem}\t{' '.join(phonemes.split())}.\n")


# What is understood differently in each conversation, and what has to be booked in the end.
STRANGERS = [
    ("a man's voice", flite("rms"), [
        "Hi there, have you got a table free on Saturday?",
        "There will be five of us.",
        "Could we come at half past eight?",
        "Put it under the name Simon Miller.",
        "Yes, that is right.",
        "No, we are happy with that. Goodbye.",
    ], {"people": 5, "day": "saturday", "time": "half past eight|8:30|eight thirty",
        "name": "simon miller"}),
    ("a woman's voice", flite("slt"), [
        "Good evening. I was hoping to reserve something for tomorrow.",
        "We are a party of six.",
        "Around seven, please.",
        "The name is Helen Carter.",
        "Yes please, book it.",
        "That would be all, thank you. Bye.",
    ], {"people": 6, "day": "tomorrow", "time": "seven|7", "name": "helen carter"}),
    ("a neural voice", neural, [
        "I need a table for three people on Monday.",
        "At eight o'clock.",
        "My name is Peter Brown.",
        "Correct.",
        "No thanks. Goodbye.",
    ], {"people": 3, "day": "monday", "time": "eight|8", "name": "peter brown"}),
]

# What two people said, in recordings that come with the model.
REAL = {
    "beckett.wav": "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
    "two_cities.wav": "It was the best of times, it was the worst of times, it was the age of "
                      "wisdom, it was the age of foolishness",
}


@unittest.skipUnless(EARS.is_dir(), f"the local recogniser is not installed ({EARS})")
class StrangersTest(unittest.TestCase):
    def call(self, server, bookings, recordings, *arguments):
        wavs = [part for path in recordings for part in ("--wav", str(path))]
        caller = studio.Process(
            [*studio.call_arguments(server, "--json", "--context",
                                    json.dumps({"bookings_url": bookings.url}), *arguments),
             *wavs], env=studio.caller_environment(server))
        code, output = caller.finish(180)
        caller.process.stdout.close()
        self.assertEqual(code, 0, output[-3:])
        summary = json.loads(output[-1])
        return server.call_record(summary["call_id"], until=lambda found: found["ended_at"])

    def test_strangers_book_a_table(self):
        for who, voice, lines, wanted in STRANGERS:
            with self.subTest(who), tempfile.TemporaryDirectory() as folder, \
                    studio.Bookings() as bookings, studio.Server() as server:
                studio.install_restaurant(server)
                paths = []
                for index, line in enumerate(lines):
                    paths.append(Path(folder) / f"line{index}.wav")
                    voice(line, paths[-1])
                record = self.call(server, bookings, paths)
                heard = [f"{entry['role']}: {entry['content']}"
                         for entry in server.transcript(record["id"])]
                told = f"{who}:\n  " + "\n  ".join(heard)
                print(told, flush=True)
                booked = bookings.bookings()
                self.assertEqual(len(booked), 1, told)
                for field, value in wanted.items():
                    found = str(booked[0].get(field, "")).lower()
                    self.assertRegex(found, f"^.*({value}).*$", f"{field}: {told}")
                self.assertEqual(record["status"], "completed", told)

    def test_real_people_are_understood(self):
        for name, said in REAL.items():
            with self.subTest(name), studio.Bookings() as bookings, studio.Server() as server:
                studio.install_restaurant(server)
                record = self.call(server, bookings, [RECORDINGS / name])
                heard = " ".join(entry["content"] for entry in server.transcript(record["id"])
                                 if entry["role"] == "user")
                print(f"{name}: {heard}", flush=True)
                # Of the longer one the beginning is compared.
                heard = " ".join(studio.words_of([heard])[:len(studio.words_of([said]))])
                studio.assert_understood(self, [said], [heard])


if __name__ == "__main__":
    unittest.main()
