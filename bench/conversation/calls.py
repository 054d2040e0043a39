"""The calls of one worker: held, and judged by their sound and by what was understood."""

import asyncio
import contextlib
import json
import sys
import time
from pathlib import Path

import numpy as np
from room_people import Lobby

import cases
import judge
import noises
import recogniser
import sound
import words
from caller import Caller, NoAgent, hold

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


def length(call):
    """About how many seconds it takes."""
    return sum({"idle": step.seconds, "say": 4.0, "over": 9.0}[step.kind]
               + (0 if step.words is None else len(step.words) / sound.RATE)
               for step in call.steps)
