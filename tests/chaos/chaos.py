#!/usr/bin/env python3
"""Whole production under faults that a seed draws: real PostgreSQL, Redis and LiveKit, 2 APIs,
3 workers, and callers that know what they said. Fails where a promise is broken.

scenario chaos: kills, hand-overs and short outages, one after the other.
scenario outages: the database, then Redis, away for so long that people notice; calls go on.
"""

import argparse
import json
import math
import os
import platform
import sys
import threading
import time
from pathlib import Path

import checks
from callers import GREETING_PATIENCE, Crew
from schedule import Fault, make_schedule
from world import BUILD, ROOT, Sampler, World, slots

CHAOS_FOLDER = ROOT / "build/chaos/logs"


def say(text):
    print(text, flush=True)


class Faults:
    """Does what the schedule says, on the thread that started the servers, and notes when."""

    def __init__(self, world, crew):
        self.world, self.crew = world, crew
        self.done, self.wrong, self.leaving = [], [], []

    def run(self, fault, started):
        note = {"kind": fault.kind, "from": time.monotonic()}
        held = getattr(self, fault.kind)(fault)
        note["to"] = time.monotonic()
        note.update(held or {})
        self.done.append(note)
        say(f"  {note['from'] - started:6.1f} s  {fault.kind}"
            + (f" {fault.seconds:.1f} s" if fault.seconds else "")
            + (f", {len(note['calls'])} calls of it" if "calls" in note else ""))

    def victim(self, fault):
        """(index, calls) of one of the workers that hold calls; of any where none does."""
        held = [(index, self.world.calls_of(worker))
                for index, worker in enumerate(self.world.workers)]
        busy = [item for item in held if item[1]] or held
        return busy[fault.victim % len(busy)]

    def kill_worker(self, fault):
        index, calls = self.victim(fault)
        worker = self.world.workers[index]
        at = time.monotonic()
        worker.kill()
        time.sleep(1.0)
        worker.start(wait=False)
        return {"calls": calls, "at": at}

    def hand_over(self, fault):
        """As a deploy: a new one comes, then an old one is told to go."""
        index, calls = self.victim(fault)
        old = self.world.workers[index]
        new = self.world.new_worker()
        new.start()
        self.world.workers[index] = new
        self.world.retired.append(old)
        at = time.monotonic()
        old.process.terminate()
        note = {"calls": calls, "at": at}

        def wait_for_end():
            try:
                note["exit_code"] = old.process.wait(60)
                note["took"] = time.monotonic() - at
            except Exception as error:
                note["exit_code"] = repr(error)
            if note["exit_code"] != 0:
                self.wrong.append(f"{old.name} ended with {note['exit_code']} after SIGTERM")
        thread = threading.Thread(target=wait_for_end, daemon=True)
        thread.start()
        self.leaving.append(thread)
        return note

    def kill_api(self, fault):
        api = self.world.apis[fault.victim % len(self.world.apis)]
        api.kill()
        time.sleep(1.0)
        api.start(wait=False)

    def away(self, name, seconds, gone, back):
        server = self.world.servers[name]
        getattr(server, gone)()
        time.sleep(seconds)
        getattr(server, back)()

    def redis_hangs(self, fault):
        self.away("redis", fault.seconds, "pause", "resume")

    def redis_dies(self, fault):
        self.away("redis", fault.seconds, "kill", "start")

    def postgres_hangs(self, fault):
        self.away("postgres", fault.seconds, "pause", "resume")

    def postgres_dies(self, fault):
        self.away("postgres", fault.seconds, "kill", "start")

    def signalling_cut(self, fault):
        self.world.relay.refuse(True)
        self.world.relay.cut()
        time.sleep(fault.seconds)
        self.world.relay.refuse(False)

    def watch(self):
        for program in [*self.world.apis, *self.world.workers]:
            code = program.died()
            if code is not None:
                self.wrong.append(f"{program.name} ended by itself with {code}")
                program.process = None
                program.start(wait=False)

    def close(self):
        for thread in self.leaving:
            thread.join(70)


def wait_for(condition, seconds):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return True
        except (OSError, RuntimeError):
            pass  # Still coming back.
        time.sleep(0.25)
    return False


def collect(world, crew, faults, sampler):
    """What the run left behind, once it has come to rest or clearly will not."""
    redis = world.redis()
    wait_for(lambda: not world.query(
        "SELECT id FROM calls WHERE status IN ('pending', 'connecting', 'active')"), 45)
    wait_for(lambda: not any(slots(redis).values()) and world.spool_bytes() == 0, 20)
    left = slots(redis)
    redis.close()
    return {
        "calls": [each.summary() for each in crew.conversations.values()],
        "rows": world.query("SELECT id, status, status_reason, started_at, ended_at, agent_name,"
                            " workflow_slug, agent_history, metrics FROM calls"),
        "transcript": world.query("SELECT call_id, sequence, role, content, agent"
                                  " FROM transcript_entries ORDER BY call_id, sequence"),
        "outbox": world.query("SELECT call_id, sequence, type FROM outbox"),
        "effects": world.effects(), "slots": left, "samples": sampler.samples,
        "limits": {"tenant": world.calls, "agent": world.calls, "worker": world.worker_calls},
        "spool": world.spool_bytes(), "faults": faults.done,
    }


def silences(run, kind):
    """Seconds of silence at each caller whose worker went away; None where the agent never spoke
    again."""
    callers = {call["call_id"]: call for call in run["calls"]}
    found = []
    for fault in run["faults"]:
        for call_id in fault.get("calls", ()) if fault["kind"] == kind else ():
            call = callers.get(call_id)
            if call is None or (call["left_at"] or fault["at"] + 1e9) <= fault["at"]:
                continue  # Not a caller any more at that moment.
            silence = checks.silence_after(call["sounds"], fault["at"], call["left_at"])
            if silence != 0.0:
                found.append({"call": call["key"], "seconds": silence, "at": fault["at"]})
    return found


def answer_times(run):
    """(all, after a hand-over): seconds from the end of a line to its answer; of the latter the
    first line of each call that was not answered when its worker was told to go."""
    calls = {call["call_id"]: call for call in run["calls"]}
    def took(line):
        return line["answered_at"] - line["to"]
    everything = [took(line) for call in run["calls"] for line in call["said"]
                  if "answered_at" in line]
    after = []
    for fault in run["faults"]:
        for call_id in fault.get("calls", ()) if fault["kind"] == "hand_over" else ():
            later = [line for line in calls.get(call_id, {"said": []})["said"]
                     if line.get("answered_at", 0) > fault["at"]]
            after += [took(line) for line in later[:1]]
    return everything, after


def hand_offs(run, in_workflows):
    return sum(json.loads(row["metrics"])["agent_handoffs"] for row in run["rows"]
               if bool(row["workflow_slug"]) == in_workflows)


def figures_of(run):
    lines = [line for call in run["calls"] for line in call["said"]]
    outcomes = {name: sum(line["outcome"] == name for line in lines)
                for name in ("answered", "unsure", "unanswered", "hung_up")}
    return {"calls": len(run["calls"]), "lines": len(lines), **outcomes,
            "hand_offs": hand_offs(run, False), "hand_offs_in_workflows": hand_offs(run, True),
            "faults": len(run["faults"]), "torn": len(checks.torn_lines(run)),
            "takeover_silence_s": [item["seconds"] for item in silences(run, "kill_worker")],
            "answer_s": answer_times(run)[0], "hand_over_answer_s": answer_times(run)[1]}


def summary(values):
    """What never came counts as longer than everything: its percentile is None."""
    ordered = sorted(math.inf if value is None else value for value in values)
    def rounded(share):
        value = ordered[min(len(ordered) - 1, int(share * len(ordered)))]
        return None if math.isinf(value) else round(value, 2)
    return {"count": len(values), "never": sum(math.isinf(value) for value in ordered),
            **({"p50": rounded(.5), "p95": rounded(.95), "max": rounded(1)} if values else {})}


def hold(arguments, schedule, seconds, name, patience):
    """One run; returns (violations, figures). Callers wait `patience` seconds for the greeting."""
    logs = CHAOS_FOLDER / name
    for old in logs.glob("*.log"):
        old.unlink()
    worker_calls = max(2, arguments.calls // 2 + 1)
    # One place less than callers who want one: the limit is always at work.
    with World(max(2, arguments.calls - 1), worker_calls, logs=logs) as world:
        crew = Crew(BUILD / "chaos_callers", world.wav, world.place, arguments.calls, name,
                    patience=patience)
        sampler, faults = Sampler(world), Faults(world, crew)
        try:
            started = time.monotonic()
            for fault in schedule:
                while time.monotonic() - started < fault.at:
                    faults.watch()
                    time.sleep(0.05)
                faults.run(fault, started)
            while time.monotonic() - started < seconds:
                faults.watch()
                time.sleep(0.1)
            if not crew.is_alive():
                faults.wrong.append(f"the callers ended with {crew.process.poll()}")
            if not crew.finish():
                faults.wrong.append("calls did not come to an end: "
                                    + ", ".join(each.key for each in crew.live()))
            faults.close()
            run = collect(world, crew, faults, sampler)
        finally:
            crew.close()
            sampler.close()
    found = checks.violations(run) + faults.wrong + crew.errors
    if not hand_offs(run, True):
        found.append("no workflow handed a call over")
    (logs / "run.json").write_text(json.dumps(run, indent=1))
    figures = {**figures_of(run), "refused": dict(crew.refused)}
    return found, figures


def report(name, found, figures):
    silence = summary(figures["takeover_silence_s"])
    answers, handed = summary(figures["answer_s"]), summary(figures["hand_over_answer_s"])
    say(f"  {name}: {figures['calls']} calls, {figures['lines']} lines, {figures['answered']}"
        f" answered, {figures['unanswered']} not, {figures['unsure']} unsure,"
        f" {figures['torn']} torn by a full machine;"
        f" {figures['hand_offs']} hand-offs, {figures['hand_offs_in_workflows']} more in workflows;"
        f" refused {figures['refused']}\n  silence after kill -9 {silence}\n"
        f"  answer after {answers}, right after a hand-over {handed}")
    for sentence in found:
        say(f"  VIOLATED {sentence}")


def outages_schedule(seconds):
    return [Fault(8.0, "kill_api", 0, 0.0), Fault(14.0, "signalling_cut", 0, 4.0),
            Fault(28.0, "postgres_dies", 0, seconds),
            Fault(43.0 + seconds, "redis_dies", 0, seconds),
            Fault(58.0 + 2 * seconds, "redis_hangs", 0, min(seconds, 20.0))]


def command_of(arguments, seconds):
    words = [f"--scenario {arguments.scenario}", f"--first-seed {arguments.first_seed}",
             f"--seeds {arguments.seeds}", f"--calls {arguments.calls}", f"--seconds {seconds:g}"]
    return "./dev chaos " + " ".join(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scenario", choices=("chaos", "outages"), default="chaos")
    parser.add_argument("--seeds", type=int, default=1, help="how many seeds [1]")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--calls", type=int, default=20, help="callers at once [20]")
    parser.add_argument("--seconds", type=float, default=None,
                        help="length of each run [90]; of each outage [60]")
    parser.add_argument("--output", help="writes the silence after a kill as JSON to this file")
    arguments = parser.parse_args()
    seconds = arguments.seconds or (60.0 if arguments.scenario == "outages" else 90.0)
    all_figures, broken = [], 0
    patience = GREETING_PATIENCE
    if arguments.scenario == "outages":
        # A call that was accepted while the queue was away is held afterwards: wait for it.
        patience += seconds
        runs = [("outages", outages_schedule(seconds), 80.0 + 2 * seconds + min(seconds, 20.0))]
    else:
        seeds = range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        runs = [(f"seed{seed}", make_schedule(seed, seconds), seconds) for seed in seeds]
    for name, schedule, length in runs:
        say(f"{name}: {arguments.calls} callers, {length:.0f} s")
        for fault in schedule:
            say(f"  planned {fault}")
        found, figures = hold(arguments, schedule, length, name, patience)
        report(name, found, figures)
        all_figures.append({"name": name, "violations": len(found), **figures})
        broken += 1 if found else 0
    takeover = summary([value for each in all_figures for value in each["takeover_silence_s"]])
    handed = summary([value for each in all_figures for value in each["hand_over_answer_s"]])
    answers = summary([value for each in all_figures for value in each["answer_s"]])
    say(f"{len(runs) - broken} of {len(runs)} without a violation; silence after kill -9"
        f" {takeover}; answer after {answers}, right after a hand-over {handed}")
    if arguments.output:
        Path(arguments.output).write_text(json.dumps({
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "command": command_of(arguments, seconds),
            "takeover_silence_s": takeover, "answer_s": answers, "hand_over_answer_s": handed,
            "runs": [{key: value for key, value in each.items() if key != "answer_s"}
                     for each in all_figures]}, indent=1) + "\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
