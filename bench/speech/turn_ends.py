#!/usr/bin/env python3
"""usage: turn_ends.py [--output FOLDER]

What the model of turn ends (Smart Turn) makes of pauses at the end of sentences and within them:
two recordings of people, and every synthetic voice that is here. Writes smart_turn.md and .json.
Called by ./dev bench turns, which builds what it runs.
"""

import argparse
import array
import json
import platform
import random
import shutil
import subprocess
import sys
import tempfile
import wave
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "bench/conversation")]
import said  # noqa: E402
from measure import percentile  # noqa: E402

TURN_ENDS = ROOT / "build/release/bench/speech/turn_ends"
SPEECH_BENCH = ROOT / "build/release/bench/speech/speech_bench"
SPEECH = ROOT / "build/speech"
VOICES = {
    **{f"flite {name}": ["flite", "-voice", name, "-o"] for name in ("slt", "rms", "awb", "kal16")},
    **{f"espeak-ng {name}": ["espeak-ng", "-v", name, "-s", "160", "-w"]
       for name in ("en-us", "en-gb")},
}
# Of two words is no sentence that could go on.
SENTENCES = tuple(line for line in said.SENTENCES if len(line.split()) > 2)
BEGINNINGS = tuple(parts[0] for parts in said.HESITATIONS if " " in parts[0])
DIGITS = tuple(parts[0] for parts in said.DICTATIONS)
# Where the readers' sentences end, in seconds of the recording: after "the other way" and at the
# end; everywhere.
ENDS = {"two_cities": (28.3, 43.1), "beckett": None}
QUIET = 0.2
# core::TurnOptions: pause_over_from, pause_goes_on_below.
YES_FROM, NO_BELOW = 0.5, 0.25


class Sound:
    def __init__(self, path):
        with wave.open(str(path), "rb") as file:
            self.rate = file.getframerate()
            self.samples = array.array("h", file.readframes(file.getnframes()))

    def levels(self, step=0.02):
        """Of each 20 ms, the mean of what is positive and negative."""
        size = round(self.rate * step)
        return [sum(map(abs, self.samples[at:at + size])) / size
                for at in range(0, len(self.samples) - size, size)]

    def trimmed(self):
        """Without the silence around it."""
        levels = self.levels()
        loud = [at for at, level in enumerate(levels) if level > max(levels) / 50]
        size = round(self.rate * 0.02)
        self.samples = self.samples[loud[0] * size:(loud[-1] + 1) * size]
        return self

    def quietest(self, least, most):
        """The place, in samples, between two parts of the whole with the least sound."""
        levels = self.levels()
        places = range(round(len(levels) * least), round(len(levels) * most))
        best = min(places, key=lambda at: sum(levels[at:at + 2]))
        return (best + 1) * round(self.rate * 0.02)

    def pauses(self, least=0.25):
        """Where readers pause: the beginnings of at least so many seconds of quiet, in samples."""
        levels = self.levels()
        is_quiet = [level < max(levels) / 40 for level in levels] + [True] * 13
        found, run = [], 0
        for at, quiet in enumerate(is_quiet):
            run = run + 1 if quiet else 0
            if run == round(least / 0.02) and at > run:
                found.append((at + 1 - run) * round(self.rate * 0.02))
        return found

    def write(self, path, end, own_quiet=False):
        """The beginning, up to `end`, and then 200 ms of quiet: the recording's own, or faint
        noise."""
        quiet = round(self.rate * QUIET)
        noise = random.Random(7)
        tail = array.array("h", self.samples[end:end + quiet] if own_quiet else [])
        tail.extend(noise.randint(-4, 4) for _ in range(quiet - len(tail)))
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self.rate)
            file.writeframes((self.samples[:end] + tail).tobytes())


def speak(texts, folder):
    """(voice, text): the file."""
    spoken = {}
    for voice, command in VOICES.items():
        for number, text in enumerate(texts):
            path = folder / f"{voice} {number}.wav"
            words = ["-t", text] if command[0] == "flite" else ["--", text]
            order = [*command[:-1], *words, command[-1], str(path)] if command[0] == "flite" \
                else [*command, str(path), *words]
            subprocess.run(order, check=True, stdout=subprocess.DEVNULL)
            spoken[voice, text] = path
    lines = []
    for number, text in enumerate(texts):
        phonemes = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", text],
                                  check=True, capture_output=True, text=True).stdout
        mark = text[-1] if text[-1] in ".?" else ""
        lines.append(f"piper joe {number}\t{' '.join(phonemes.split())}{mark}\n")
    if subprocess.run([SPEECH_BENCH, "say", SPEECH, folder], input="".join(lines), text=True,
                      check=False).returncode == 0:
        spoken |= {("piper joe", text): folder / f"piper joe {number}.wav"
                   for number, text in enumerate(texts)}
    return spoken


def make_pieces(folder):
    """(what it is, voice, file); the file ends with 200 ms of a pause."""
    spoken = speak([*SENTENCES, *BEGINNINGS, *DIGITS], folder)
    pieces = []

    def add(what, voice, whole, end, own_quiet=False):
        path = folder / f"piece {len(pieces)}.wav"
        whole.write(path, end, own_quiet)
        pieces.append((what, voice, path))

    for (voice, text), path in spoken.items():
        whole = Sound(path).trimmed()
        what = ("end of a sentence" if text in SENTENCES else
                "beginning, said alone" if text in BEGINNINGS else "digits, said alone")
        add(what, voice, whole, len(whole.samples))
        if text in SENTENCES:
            add("cut within a sentence", voice, whole, whole.quietest(0.35, 0.7))
    for name, ends in ENDS.items():
        whole = Sound(SPEECH / f"recordings/{name}.wav")
        for at in whole.pauses():
            if at < 2 * whole.rate:
                continue  # A breath before the first word.
            is_end = ends is None or any(abs(at / whole.rate - end) < 0.5 for end in ends)
            add("end of a sentence" if is_end else "pause of a reader", f"a person ({name})", whole,
                at, own_quiet=True)
    return pieces


def judge(files):
    output = subprocess.run([TURN_ENDS, SPEECH, *files], check=True, capture_output=True,
                            text=True).stdout
    lines = [json.loads(line) for line in output.splitlines()]
    return [line for line in lines if "file" in line], {
        key: value for line in lines if "file" not in line for key, value in line.items()}


def table(rows):
    whats = ("end of a sentence", "cut within a sentence", "pause of a reader",
             "beginning, said alone", "digits, said alone")
    lines = ["| voice | " + " | ".join(whats) + " |", "|---|" + "---|" * len(whats)]
    for voice in [*dict.fromkeys(row["voice"] for row in rows), "all"]:
        cells = []
        for what in whats:
            of_it = [row["is_over"] for row in rows
                     if row["what"] == what and voice in (row["voice"], "all")]
            yes = sum(is_over >= YES_FROM for is_over in of_it)
            no = sum(is_over < NO_BELOW for is_over in of_it)
            cells.append(f"{yes} / {len(of_it) - yes - no} / {no}" if of_it else "–")
        lines.append(f"| {voice} | " + " | ".join(cells) + " |")
    return lines


def page(rows, totals):
    cpu = sorted(row["cpu_ms"] for row in rows)
    features = sorted(row["features_ms"] for row in rows)
    return "\n".join([
        "# Where a turn ends: Smart Turn v3.2", "",
        "`./dev bench turns` writes this page. Each piece of sound ends with 200 ms of a pause,",
        "and the model says how likely the speaker has finished: from 0.5 on it is a *yes*, below",
        "0.25 a *no*, between them it says nothing. A cell counts pieces: yes / nothing / no. In",
        "the first column yes is right, in the others no.", "",
        *table(rows), "",
        "*Cut within a sentence*: a whole sentence broken off at its quietest place between 35",
        "and 70 %, mostly between two words, with the melody of speech that goes on. *Said alone*:",
        "what such voices make of the beginning of a sentence; its melody falls as at an end.", "",
        f"An answer takes {percentile(cpu, .5):.0f} ms of CPU (p95 {percentile(cpu, .95):.0f} ms), "
        f"of which {percentile(features, .5):.1f} ms are ours",
        f"(features of two seconds); loading {totals['load_cpu_ms']:.0f} ms and "
        f"{totals['load_kib'] / 1024:.0f} MiB, and {totals['all_kib'] / 1024:.0f} MiB at most",
        f"when it answers one at a time ({platform.machine()}, one thread, beside other work).",
        ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("--output", type=Path, default=ROOT / "bench/results")
    arguments = parser.parse_args()
    if not (SPEECH / "smart-turn-v3.2/model.onnx").exists():
        sys.exit("error: the model is not installed: tools/speech/install.sh")
    folder = Path(tempfile.mkdtemp(prefix="turn_ends."))
    try:
        pieces = make_pieces(folder)
        judged, totals = judge([path for _, _, path in pieces])
    finally:
        shutil.rmtree(folder)
    rows = [{"what": what, "voice": voice,
             **{key: round(line[key], 3) for key in line if key != "file"}}
            for (what, voice, _), line in zip(pieces, judged)]
    text = page(rows, totals)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "smart_turn.md").write_text(text)
    (arguments.output / "smart_turn.json").write_text(
        json.dumps({"totals": totals, "rows": rows}, indent=1) + "\n")
    print(text)


if __name__ == "__main__":
    main()
