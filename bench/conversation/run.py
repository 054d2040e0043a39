#!/usr/bin/env python3
"""A fixed set of spoken calls in rooms of a real LiveKit server: who is cut off, who is not
answered, how long an answer takes, what stops the agent, and how much is understood.

Ours with its embedded providers, and livekit-agents with the same recogniser, voice and answers.
Writes bench/results/conversation.json and conversation.md.
"""

import argparse
import asyncio
import contextlib
import os
import platform
import sys
import tempfile
import time
import traceback
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE), str(ROOT / "tests/e2e"), str(ROOT / "bench")]
import cases  # noqa: E402
import noises  # noqa: E402
import outside  # noqa: E402
import report as page  # noqa: E402
import voices  # noqa: E402
import workers  # noqa: E402
from calls import Bench, Offline, length, say  # noqa: E402
from measure import tree_cpu_seconds  # noqa: E402
from path import measure_path  # noqa: E402


def idle_seconds():
    """Of all cores, since the machine began."""
    return float(Path("/proc/uptime").read_text().split()[1])


def plan(voices_, arguments):
    conditions = [condition for condition in cases.CONDITIONS.values()
                  if (not arguments.only or condition.name in arguments.only)
                  and (arguments.only or not arguments.quick or condition.quick)]
    return cases.Plan(voices_, arguments.seed, arguments.quick).make(conditions)


def make_beds(voices_, calls, seed):
    wanted = sorted({call.condition.bed for call in calls} - {""})
    return {name: noises.BEDS[name](voices_, np.random.default_rng(seed)) for name in wanted}


class Side:
    """All the calls of one side, on the servers that they need."""

    def __init__(self, make_worker, voices_, beds, offline, arguments):
        self.make_worker, self.voices = make_worker, voices_
        self.beds, self.offline, self.arguments = beds, offline, arguments
        # Of the calls: how long, the worker's and the idle processor's seconds.
        self.took = self.cpu = self.idle = 0.0

    def run(self, running, calls):
        good = [call for call in calls if not call.condition.loss]
        lossy = [call for call in calls if call.condition.loss]
        out = {"rows": [], "calls": 0, "lost": 0}
        if good:
            with self.make_worker(running["livekit"], "good") as side:
                self._on(side, running["livekit"], [(good, None)], out, None)
                if self.arguments.outside:
                    out["outside"] = outside.judge(running["livekit"], side, self.voices,
                                                   self.arguments)
        if lossy:
            livekit = running["lossy-livekit"]
            with workers.Line(livekit, self.arguments.seed) as line:
                with self.make_worker(livekit, "lossy") as side:
                    shares = sorted({call.condition.loss for call in lossy})
                    self._on(side, livekit, [([call for call in lossy
                                               if call.condition.loss == share], share)
                                             for share in shares], out, line)
        out["worker_cores"] = round(self.cpu / self.took, 2)
        out["idle_percent"] = round(100 * self.idle / self.took / os.cpu_count())
        return out

    def _on(self, side, livekit, groups, out, line):
        bench = Bench(side, livekit, self.beds, self.offline, self.arguments, line)
        total = sum(len(calls) for calls, _ in groups)
        asyncio.run(bench.learn_usual("slt", self.voices.speak("slt", cases.QUESTIONS[0])))
        say(f"{side.name}: the long answer takes {bench.usual:.1f} s")
        began, cpu, idle = time.monotonic(), tree_cpu_seconds(side.pid), idle_seconds()
        for calls, share in groups:
            before, seconds = line.lose(share) if line else None, bench.seconds
            asyncio.run(bench.hold_all(calls, total))
            if line:
                self._check(share, before, line.lose(share), bench.seconds - seconds, out)
        self.took += time.monotonic() - began
        self.cpu += tree_cpu_seconds(side.pid) - cpu
        self.idle += idle_seconds() - idle
        out["title"] = side.title
        for name in ("rows", "calls", "lost"):
            out[name] += getattr(bench, name)

    @staticmethod
    def _check(share, before, after, seconds, out):
        """Whether the callers' sound went through the lossy line: 50 frames a second each way."""
        passed, lost = (now - then for now, then in zip(after, before))
        out["lines"] = [*out.get("lines", []), {"share": share, "passed": passed, "lost": lost}]
        say(f"the line lost {lost} of {passed + lost} datagrams, asked for {100 * share:g} %")
        if passed + lost < 60 * seconds:
            raise RuntimeError("LiveKit reached the callers past the lossy line")


def providers(arguments):
    """The `stt` and `tts` of our agent; what is not named is left to its defaults."""
    found = {}
    if arguments.stt:
        found["stt"] = {"provider": arguments.stt}
    if arguments.tts:
        name, _, voice = arguments.tts.partition(":")
        found["tts"] = {"provider": name, **({"voice_id": voice} if voice else {})}
    return found


def arguments_of(words_):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true",
                        help="some conditions, few turns: a few minutes, ours alone")
    parser.add_argument("--seed", type=int, default=1, help="other voices and lines [1]")
    parser.add_argument("--only", nargs="+", metavar="CONDITION", choices=list(cases.CONDITIONS),
                        help=f"some of: {' '.join(cases.CONDITIONS)}")
    parser.add_argument("--sides", nargs="+", choices=["ours", "peer"],
                        help="[ours peer, with --quick ours]")
    parser.add_argument("--stt", help="our agent's recogniser; what an agent without one gets")
    parser.add_argument("--tts", metavar="PROVIDER[:VOICE]",
                        help="our agent's voice; what an agent without one gets")
    parser.add_argument("--peer-voice", default="slt",
                        help="the peer's voice, slt or joe: the one that ours has [slt]")
    parser.add_argument("--parallel", type=int, default=4, help="calls at a time [4]")
    parser.add_argument("--late", type=float, default=50.0, metavar="MS",
                        help="steps in which the machine held a caller up so long are not judged"
                             " [50]")
    parser.add_argument("--no-outside", dest="outside", action="store_false",
                        help="without voicebench")
    parser.add_argument("--needs-peer", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--keep", metavar="FOLDER", help="keeps the sound of every call and logs")
    parser.add_argument("--output", default=str(ROOT / "bench/results"))
    arguments = parser.parse_args(words_)
    arguments.sides = arguments.sides or (["ours"] if arguments.quick else ["ours", "peer"])
    return arguments


def command_of(words_):
    """What makes these figures again; where they and the sound are written is no matter."""
    kept = [word for at, word in enumerate(words_)
            if not {word, words_[at - 1] if at else ""} & {"--output", "--keep"}]
    return " ".join(["./dev bench conversation", *kept])


def run_side(name, side, running, calls, report):
    """What one side did; a side that broke is no reason to lose the other."""
    try:
        report["sides"].append(side.run(running, calls))
    except Exception as error:
        report["notes"].append(f"{name} broke: {error}")
        traceback.print_exc()


def run(arguments, folder, report):
    voices_ = voices.Voices()
    report["notes"] += [f"{name} are not installed (tools/speech/install.sh): left out"
                        for name in voices_.missing]
    say("speaking the callers' words")
    calls = plan(voices_, arguments)
    offline, beds = Offline(), make_beds(voices_, calls, arguments.seed)
    if offline.model is None and "peer" in arguments.sides:
        report["notes"].append("the recogniser is not installed: livekit-agents is left out")
        arguments.sides.remove("peer")
    say(f"{len(calls)} calls of about {sum(map(length, calls)) / 60:.0f} minutes")
    wanted = ["livekit", *(["lossy-livekit"] if any(call.condition.loss for call in calls) else []),
              "postgres", "redis"]
    before = workers.BEHIND if workers.ahead() else []
    if before:
        report["notes"].append("callers and servers ran before the workers (nice -10)")
    with contextlib.ExitStack() as stack:
        # LiveKit first: alone, as one node without Redis.
        running = stack.enter_context(workers.real.Servers(wanted))
        report["path_ms"] = page.milliseconds(asyncio.run(measure_path(running["livekit"])),
                                              (.5, .95))
        for name in arguments.sides:
            if name == "ours":
                side = Side(lambda livekit, label: workers.Ours(
                    livekit, running, folder, providers(arguments), label, before),
                    voices_, beds, offline, arguments)
                run_side(name, side, running, calls, report)
            else:
                desk = stack.enter_context(workers.StandIns(arguments.peer_voice, before))
                side = Side(lambda livekit, label: workers.Peer(
                    livekit, folder, desk, label, before),
                    voices_, beds, offline, arguments)
                run_side(name, side, running,
                         [call for call in calls if call.condition.compared], report)


def main():
    arguments = arguments_of(sys.argv[1:])
    if arguments.needs_peer:  # Asked by tools/dev/bench.sh before it installs it.
        sys.exit(0 if "peer" in arguments.sides else 1)
    report = {"command": command_of(sys.argv[1:]),
              "machine": f"{platform.machine()}, {os.cpu_count()} cores",
              "seed": arguments.seed, "parallel": arguments.parallel, "notes": [], "sides": []}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.keep:
            folder = arguments.keep
            Path(folder).mkdir(parents=True, exist_ok=True)
        run(arguments, folder, report)
    report["took_s"] = round(time.monotonic() - began)
    print(page.write(report, Path(arguments.output)))


if __name__ == "__main__":
    main()
