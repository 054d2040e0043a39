#!/usr/bin/env python3
"""A fixed set of spoken calls in rooms of a real LiveKit server: who is cut off, who is not
answered, how long an answer takes, what stops the agent, and how much is understood.

Ours with its embedded providers, and livekit-agents with the same recogniser, voice and answers.
Writes bench/results/conversation.json and conversation.md.
"""

import argparse
import asyncio
import contextlib
import json
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
import judge  # noqa: E402
import noises  # noqa: E402
import outside  # noqa: E402
import recogniser  # noqa: E402
import report as page  # noqa: E402
import sound  # noqa: E402
import voices  # noqa: E402
import words  # noqa: E402
import workers  # noqa: E402
from caller import Caller, NoAgent, hold  # noqa: E402
from measure import tree_cpu_seconds  # noqa: E402
from path import measure_path  # noqa: E402
from room_people import Lobby  # noqa: E402

# What is understood may be written down a little before its last sound, by another clock.
EARLY = 0.3


def say(*text):
    print(*text, file=sys.stderr, flush=True)


class Offline:
    """What the recogniser understands of the words as they are, without a line; once for each."""

    def __init__(self):
        self.model = recogniser.Recogniser() if recogniser.is_installed() else None
        self.known = {}

    def words(self, call, step):
        if self.model is None or not step.text:
            return {}
        key = (call.voice, step.text, len(step.words))
        if key not in self.known:
            heard = self.model.understand(step.words)
            self.known[key] = words.compare(step.text, heard, step.dictated)
        return {"words_offline": self.known[key]}

    def whole(self, call):
        if self.model is None:
            return {}
        heard = " ".join(self.model.understand(step.words) for step in call.steps)
        return {"words_offline": words.compare(call.text, heard)}


class Bench:
    """The calls of one worker."""

    def __init__(self, side, livekit, beds, offline, arguments, line):
        self.side, self.beds, self.offline, self.arguments = side, beds, offline, arguments
        self.lobby = Lobby(livekit, side.agent_name)
        if line:
            self.lobby.url = line.url
        self.rows, self.calls, self.lost, self.finished = [], 0, 0, 0
        self.usual = None
        self.seconds = 0.0  # That all callers spent in their calls.

    def bed(self, condition):
        if not condition.bed:
            return None
        return noises.below_speech(self.beds[condition.bed], condition.snr_db)

    async def call(self, call):
        """(the caller, what was done, when it ended, the record)."""
        room = self.lobby.new_room()
        caller = Caller(call, self.bed(call.condition), self.arguments.late / 1000)
        token = self.lobby.token(room, "caller", call.agent)
        began = time.time() - time.monotonic()
        done, ended = await hold(caller, self.lobby.url, token)
        record = await asyncio.to_thread(self.side.record, room)
        if record is None:
            record = [(at, "user", text, {}) for at, text in caller.understood]
        else:  # On the caller's clock.
            record = [(at - began - caller.began, *rest) for at, *rest in record]
        return caller, done, ended, record

    async def learn_usual(self, voice, words_of_a_question):
        """How long the long answer takes where nothing disturbs it."""
        step = cases.Step("over", "", words_of_a_question, over_kind="nothing")
        for _ in range(3):
            with contextlib.suppress(NoAgent):
                caller, done, ended, _ = await self.call(cases.Call(
                    "learning", cases.CONDITIONS["clean"], voice, "long", [step]))
                heard = sound.segments(caller.agent.until(ended), gap=judge.PAUSE)
                found = judge.stretch(heard, done[0]["end"])
                if found and found[1] - found[0] > 4.0:
                    self.usual = found[1] - found[0]
                    return
        raise RuntimeError(f"{self.side.name} did not give its long answer")

    def judge(self, call, caller, done, ended, record):
        verdicts, heard = judge.judge_call(call, done, ended, caller.agent, self.usual,
                                           caller.late)
        for step, took, verdict in zip(call.steps, done, verdicts):
            verdict |= {"call": call.name, "condition": call.condition.name, "voice": call.voice,
                        "times": took}
            if step.kind == "idle":
                continue
            until = took["until"]
            stages = [latency["endpoint_ms"] for at, role, _, latency in record
                      if role == "assistant" and took["start"] <= at < until
                      and latency.get("endpoint_ms") is not None]
            verdict["end_of_turn"] = stages[0] / 1000 if stages else None
            limit = took.get("over_start", until) if step.over is not None else until
            verdict["understood"] = " ".join(text for at, role, text, _ in record if role == "user"
                                             and took["start"] - EARLY <= at < limit)
            if step.text and "unusable" not in verdict:
                verdict["words"] = words.compare(step.text, verdict["understood"], step.dictated)
                verdict |= self.offline.words(call, step)
        if call.text and verdicts:
            text = " ".join(text for _, role, text, _ in record if role == "user")
            verdicts[-1]["words"] = words.compare(call.text, text)
            verdicts[-1] |= self.offline.whole(call)
        self.keep(call, caller, ended, {"heard": heard, "verdicts": verdicts, "record": record})
        return verdicts

    def keep(self, call, caller, ended, found):
        """Two channels, the caller's and the agent's, for those who want to listen."""
        if not self.arguments.keep:
            return
        folder = Path(self.arguments.keep) / self.side.name
        folder.mkdir(parents=True, exist_ok=True)
        name = call.name.replace("/", "-")
        sound.write_wav(folder / f"{name}.caller.wav", np.concatenate(caller.sent))
        sound.write_wav(folder / f"{name}.agent.wav", caller.agent.until(ended))
        (folder / f"{name}.json").write_text(json.dumps(found, indent=1, default=float))

    async def hold_all(self, calls, total):
        places = asyncio.Semaphore(self.arguments.parallel)

        async def one(call):
            async with places:
                self.calls += 1
                try:
                    held = await self.call(call)
                    self.seconds += held[2]
                    self.rows += await asyncio.to_thread(self.judge, call, *held)
                except NoAgent as error:
                    self.lost += 1
                    say(f"{self.side.name}: {error}")
                except Exception as error:  # One call that broke is no reason to lose the others.
                    self.lost += 1
                    say(f"{self.side.name}: {call.name}: {error!r}")
                self.finished += 1
                say(f"{self.side.name}: {self.finished} of {total} calls ({call.name})")

        # The longest first, so that none is left over at the end.
        calls = sorted(calls, key=lambda call: -length(call))
        await asyncio.gather(*(one(call) for call in calls))


def idle_seconds():
    """Of all cores, since the machine began."""
    return float(Path("/proc/uptime").read_text().split()[1])


def length(call):
    """About how many seconds it takes."""
    return sum({"idle": step.seconds, "say": 4.0, "over": 9.0}[step.kind]
               + (0 if step.words is None else len(step.words) / sound.RATE)
               for step in call.steps)


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
