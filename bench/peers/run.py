#!/usr/bin/env python3
"""The same calls on a livekit-agents worker and on ours, in one run, on one machine.

Rooms of one LiveKit server, the same callers, the same mock providers over real sockets. LiveKit
itself hands each room to the worker that registered under the name which the caller's token asks
for. Each side is stepped up until a step does not hold, then takes a burst of 10 and one of 50.
Writes bench/results/peers.json and peers.md.
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "bench")]
import servers  # noqa: E402
import sides  # noqa: E402
import speech  # noqa: E402
import studio  # noqa: E402
from measure import percentile, thread_seconds, tree_cpu_seconds, tree_pss_kib  # noqa: E402

BUILD = Path(os.environ.get("STUDIO_BUILD", ROOT / "build/release"))
# What the mock providers and the end of a turn take together when one waits for the other, in ms.
STT_MS, LLM_MS, TTS_MS, ENDPOINTING_MS = 100, 200, 100, 300
FLOOR_MS = STT_MS + LLM_MS + TTS_MS + ENDPOINTING_MS
LINE = "i would like to book a table for two people"
BROKEN_SHARE_MAX = 0.001
OVERHEAD_P95_MAX_MS = 500
RULE = (f"A number of calls holds when every caller was connected and greeted, no line stayed "
        f"unanswered for 8 s, at most {100 * BROKEN_SHARE_MAX:g} % of the voice came more than "
        f"10 ms late or was missing amid an answer, and the overhead of 95 % of the turns stayed "
        f"within {OVERHEAD_P95_MAX_MS} ms.")


class Mocks:
    def __enter__(self):
        self.process = studio.Process(
            [BUILD / "provider_mocks", "--stt-delay-ms", STT_MS, "--llm-delay-ms", LLM_MS,
             "--tts-delay-ms", TTS_MS], stderr=subprocess.DEVNULL)
        self.deepgram = self.process.wait_for(r"deepgram (\S+)", 10).group(1)
        self.openai = self.process.wait_for(r"openai (\S+)", 10).group(1)
        self.pid = self.process.process.pid
        return self

    def __exit__(self, *_):
        self.process.process.kill()
        self.process.finish(5)
        self.process.process.stdout.close()


class Bench:
    """One side with everything around it that the figures need."""

    def __init__(self, side, livekit, mocks, wav):
        self.side, self.livekit, self.mocks, self.wav = side, livekit, mocks, wav
        self.idle_kib = tree_pss_kib(side.pid)

    def callers(self, calls, *arguments):
        return studio.Process(
            [BUILD / "room_callers", "--url", f"ws://127.0.0.1:{self.livekit.port}",
             "--api-key", self.livekit.key, "--agent-name", self.side.agent_name,
             "--metadata", "bench", "--wav", self.wav, "--calls", calls, *arguments],
            env={**os.environ, "LIVEKIT_API_SECRET": self.livekit.secret})

    def processes(self, callers):
        return {"worker": self.side.pid, "livekit": self.livekit.process.pid,
                "mocks": self.mocks.pid, "callers": callers.process.pid}

    def step(self, calls, seconds, starts_per_second):
        callers = self.callers(calls, "--starts-per-second", starts_per_second, "--measure",
                               seconds)
        processes = self.processes(callers)
        callers.wait_for("measuring", calls / starts_per_second + 60)
        began = time.monotonic()
        before = {name: tree_cpu_seconds(pid) for name, pid in processes.items()}
        threads = thread_seconds(self.side.pid)
        time.sleep(seconds - 2)
        elapsed = time.monotonic() - began
        cores = {name: round((tree_cpu_seconds(pid) - before[name]) / elapsed, 3)
                 for name, pid in processes.items()}
        threads = {name: round((value - threads.get(name, 0)) / elapsed, 3)
                   for name, value in thread_seconds(self.side.pid).items()}
        kib = tree_pss_kib(self.side.pid)
        figures = json.loads(callers.wait_for(r"^(\{.*)$", 60).group(1))
        callers.finish(60)
        callers.process.stdout.close()
        return self.row(calls, figures, cores, threads, kib)

    def row(self, calls, figures, cores, threads, kib):
        overhead = [value - FLOOR_MS for value in figures["mouth_to_ear_ms"]]
        broken = ((figures["packets_late"] + figures["packets_missing"])
                  / max(1, figures["packets_received"] + figures["packets_missing"]))
        p95 = percentile(overhead, .95)
        row = {
            "calls": calls,
            "connected": figures["connected"], "greeted": len(figures["greeting_ms"]),
            "lost": figures["lost"], "unanswered": figures["unanswered"],
            "turns": len(overhead),
            "overhead_ms": {"p50": percentile(overhead, .5), "p95": p95,
                            "p99": percentile(overhead, .99)},
            "packets": figures["packets_received"],
            "late_percent": share(figures["packets_late"], figures["packets_received"]),
            "missing_percent": share(figures["packets_missing"], figures["packets_received"]),
            "cores": cores,
            "calls_per_core": round(calls / cores["worker"], 1) if cores["worker"] else None,
            "pss_per_call_mib": round((kib - self.idle_kib) / 1024 / calls, 3),
            "pss_idle_mib": round(self.idle_kib / 1024, 1),
            "threads_core": threads if self.side.name == "agent-studio" else None,
        }
        row["holds"] = (figures["connected"] == row["greeted"] == calls and not figures["lost"]
                        and not figures["unanswered"] and broken <= BROKEN_SHARE_MAX
                        and p95 is not None and p95 <= OVERHEAD_P95_MAX_MS)
        return row

    def burst(self, calls, seconds):
        callers = self.callers(calls, "--burst", "--warm-up", 0, "--measure", seconds)
        processes = self.processes(callers)
        before = {name: tree_cpu_seconds(pid) for name, pid in processes.items()}
        time.sleep(1.0)
        first_second = {name: round(tree_cpu_seconds(pid) - before[name], 2)
                        for name, pid in processes.items()}
        figures = json.loads(callers.wait_for(r"^(\{.*)$", seconds + 60).group(1))
        callers.finish(60)
        callers.process.stdout.close()
        late = calls - len(figures["greeting_ms"])
        greetings = figures["greeting_ms"] + [math.inf] * late
        return {"calls": calls, "not_greeted": late, "waited_s": seconds,
                "cores_in_first_second": first_second,
                **{f"{what}_ms": {"p50": finite(percentile(values, .5)),
                                  "p95": finite(percentile(values, .95))}
                   for what, values in (("greeting", greetings),
                                        ("connected", figures["connected_ms"]),
                                        ("agent", figures["agent_ms"]))}}


def share(part, whole):
    return round(100 * part / max(1, whole), 3)


def finite(value):
    """None for what never came."""
    return None if value is None or math.isinf(value) else value


def measure(side, livekit, mocks, wav, steps, bursts, arguments):
    with side:
        bench = Bench(side, livekit, mocks, wav)
        rows, burst_rows = [], []
        for calls, seconds in bursts[:1]:
            burst_rows.append(bench.burst(calls, seconds))
            print(json.dumps({"side": side.name, "burst": burst_rows[-1]}), flush=True)
            time.sleep(3)
        for calls in steps:
            print(f"{side.name}: {calls} calls", file=sys.stderr, flush=True)
            rate = max(1.0, calls / arguments.ramp)
            rows.append(bench.step(calls, arguments.seconds, rate))
            print(json.dumps({"side": side.name, "step": rows[-1]}), flush=True)
            time.sleep(3)  # Its calls end.
            if not rows[-1]["holds"]:
                break
        for calls, seconds in bursts[1:]:
            burst_rows.append(bench.burst(calls, seconds))
            print(json.dumps({"side": side.name, "burst": burst_rows[-1]}), flush=True)
    return {"title": side.title, "steps": rows, "bursts": burst_rows,
            "held": next((row for row in reversed(rows) if row["holds"]), None)}


def ms(figures, names=("p50", "p95", "p99")):
    return " / ".join("never" if figures[name] is None else f"{figures[name]:.0f}"
                      for name in names) + " ms"


def comparison(report):
    peer, ours = report["peer"]["held"], report["ours"]["held"]
    if not peer or not ours:
        return ""
    lines = ["| | livekit-agents | agent-studio | ratio |", "|---|---|---|---|"]
    for title, value in (("calls held", lambda row: row["calls"]),
                         ("calls per core of the worker", lambda row: row["calls_per_core"]),
                         ("memory per call (PSS), MiB", lambda row: row["pss_per_call_mib"])):
        a, b = value(peer), value(ours)
        ratio = (b / a if b >= a else -a / b) if a and b else math.nan
        lines.append(f"| {title} | {a} | {b} |"
                     f" {f'{ratio:.1f} ×' if ratio > 0 else f'1 / {-ratio:.0f}'} |")
    for a, b in zip(report["peer"]["bursts"], report["ours"]["bursts"]):
        names = ("p50", "p95")
        lines.append(f"| greeting in a burst of {a['calls']}, p50 / p95 |"
                     f" {ms(a['greeting_ms'], names)} ({a['not_greeted']} not within"
                     f" {a['waited_s']} s) | {ms(b['greeting_ms'], names)}"
                     f" ({b['not_greeted']} not) | |")
    return "\n".join(lines) + "\n"


def table(report):
    lines = ["| worker | calls | holds | worker's cores | calls per core | MiB per call |"
             " overhead p50 / p95 / p99 | late | missing | greeted | unanswered | turns |"
             " LiveKit + callers + mocks |", "|" + "---|" * 13]
    for side in ("peer", "ours"):
        for row in report[side]["steps"]:
            cores = row["cores"]
            others = "+".join(f"{cores[name]:.2f}" for name in ("livekit", "callers", "mocks"))
            lines.append(
                f"| {report[side]['title']} | {row['calls']} | {'yes' if row['holds'] else 'no'} |"
                f" {cores['worker']} | {row['calls_per_core']} | {row['pss_per_call_mib']} |"
                f" {ms(row['overhead_ms'])} | {row['late_percent']} % |"
                f" {row['missing_percent']} % | {row['greeted']} | {row['unanswered']} |"
                f" {row['turns']} | {others} cores |")
    return "\n".join(lines) + "\n"


def burst_table(report):
    lines = ["Where the time of a burst goes: core seconds within its first second.", "",
             "| worker | burst | worker | LiveKit | callers | the caller is in, p50 / p95 |"
             " the agent is in | greeting |", "|" + "---|" * 8]
    for side in ("peer", "ours"):
        for row in report[side]["bursts"]:
            cores = row["cores_in_first_second"]
            times = " | ".join(ms(row[f"{what}_ms"], ("p50", "p95"))
                               for what in ("connected", "agent", "greeting"))
            lines.append(f"| {report[side]['title']} | {row['calls']} | {cores['worker']} |"
                         f" {cores['livekit']} | {cores['callers']} | {times} |")
    return "\n".join(lines) + "\n"


def write(report, output):
    output.mkdir(parents=True, exist_ok=True)
    (output / "peers.json").write_text(json.dumps(report, indent=1) + "\n")
    about = (f"`{report['command']}`, {report['machine']}. {RULE} The overhead is what a turn"
             f" takes beyond {FLOOR_MS} ms of mocks and endpointing.")
    (output / "peers.md").write_text(
        f"# Against livekit-agents\n\n{textwrap.fill(about, 138)}\n\n"
        f"{comparison(report)}\n{table(report)}\n{burst_table(report)}")
    print((output / "peers.md").read_text())


def run_sides(arguments, folder, report):
    wav = Path(folder) / "line.wav"
    speech.speak(LINE, wav, rate=16_000)
    bursts = [(10, arguments.burst_seconds), (50, arguments.burst_seconds)]
    # LiveKit first: alone, as one node without Redis.
    with servers.Servers(["livekit", "postgres", "redis"]) as running, Mocks() as mocks:
        livekit = running["livekit"]
        if "peer" in arguments.sides:
            report["peer"] = measure(sides.Peer(livekit, mocks, folder), livekit, mocks, wav,
                                     arguments.peer_calls, bursts, arguments)
        if "ours" in arguments.sides:
            ours = sides.Ours(livekit, mocks, folder, running, BUILD / "agent-studio")
            report["ours"] = measure(ours, livekit, mocks, wav, arguments.calls,
                                     [(calls, 8) for calls, _ in bursts], arguments)


def command_of(arguments):
    """What makes these figures again; where they and the logs are written is no matter."""
    words = ["./dev bench peers"]
    for name in ("peer_calls", "calls", "seconds", "ramp", "burst_seconds", "sides"):
        value = getattr(arguments, name)
        values = value if isinstance(value, list) else [value]
        words.append(" ".join([f"--{name.replace('_', '-')}", *map(str, values)]))
    return " ".join(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-calls", type=int, nargs="*", default=[6, 8, 10, 12, 14, 16])
    parser.add_argument("--calls", type=int, nargs="*", default=[50, 75, 100, 125, 150, 200])
    parser.add_argument("--seconds", type=int, default=15, help="measured time of each step [15]")
    parser.add_argument("--ramp", type=float, default=10.0,
                        help="seconds in which a step's calls start, at least one a second [10]")
    parser.add_argument("--burst-seconds", type=int, default=30,
                        help="how long the peer's bursts may take [30]")
    parser.add_argument("--sides", nargs="*", default=["peer", "ours"], choices=["peer", "ours"])
    parser.add_argument("--output", default=str(ROOT / "bench/results"))
    parser.add_argument("--logs", default=None, help="keeps the workers' logs in this folder")
    arguments = parser.parse_args()
    report = {"machine": f"{platform.machine()}, {os.cpu_count()} cores",
              "command": command_of(arguments),
              "rule": RULE, "floor_ms": FLOOR_MS,
              "peer": {"title": "", "steps": [], "bursts": [], "held": None},
              "ours": {"title": "", "steps": [], "bursts": [], "held": None}}
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.logs:
            Path(arguments.logs).mkdir(parents=True, exist_ok=True)
            folder = arguments.logs
        run_sides(arguments, folder, report)
    report["took_s"] = round(time.monotonic() - began)
    write(report, Path(arguments.output))


if __name__ == "__main__":
    main()
