#!/usr/bin/env python3
"""How many two-way Opus calls one core holds.

The server (API, media and conversation) is pinned to one core; callers and mock providers,
processes of their own, share the other. Steps up the number of calls until more than 0.1 % of the
frames are late or a call is lost, and writes bench/results/calls.json and calls.md.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "bench")]
import speech  # noqa: E402
import studio  # noqa: E402
from measure import cpu_seconds, percentile, pss_kib, thread_seconds  # noqa: E402

BUILD = ROOT / "build/release"
LATE_SHARE_MAX = 0.001
# What the mock providers themselves take, in ms; the turn's overhead is what is beyond them.
STT_MS, LLM_MS, TTS_MS, ENDPOINTING_MS = 100, 200, 100, 300
LINE = "i would like to book a table for two people"


def metrics(server):
    request = urllib.request.Request(server.url + "/metrics", headers={"X-API-Key": server.key})
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.read().decode()


def histogram_quantile(before, after, name, labels, share):
    """The upper bound of the bucket in which the share of what came between two scrapes lies."""
    def buckets(text):
        found = {}
        for line in text.splitlines():
            match = re.match(rf'{name}_bucket{{(.*)le="([^"]+)"}} (\d+)', line)
            if match and labels in match.group(1):
                found[match.group(2)] = found.get(match.group(2), 0) + int(match.group(3))
        return found
    first, last = buckets(before), buckets(after)
    counts = {bound: count - first.get(bound, 0) for bound, count in last.items()}
    total = counts.get("+Inf", 0)
    for bound, count in counts.items():
        if total and count >= share * total:
            return bound
    return None


def make_agent(server, ports):
    agent = {
        "name": "bench", "display_name": "Bench",
        "config": {
            "prompt": {"system": "You answer briefly.",
                       "greeting": "Hello, how can I help you today?"},
            "stt": {"provider": "deepgram", "model": "nova-3"},
            "llm": {"provider": "openai", "model": "mock"},
            "tts": {"provider": "openai", "model": "mock", "voice_id": "mock"},
            # The mock transcript may sound unfinished, for which a turn waits longer.
            "session": {"min_endpointing_delay": ENDPOINTING_MS / 1000,
                        "max_endpointing_delay": ENDPOINTING_MS / 1000},
        }}
    status, body = server.request("POST", "/api/v1/agents", agent)
    assert status == 201, (status, body)


def pinned(core, arguments):
    return ["taskset", "-c", str(core), *map(str, arguments)]


def step(calls, arguments, wav):
    mocks = studio.Process(pinned(1, [
        BUILD / "provider_mocks", "--stt-delay-ms", STT_MS, "--llm-delay-ms", LLM_MS,
        "--tts-delay-ms", TTS_MS]), stderr=subprocess.DEVNULL)
    deepgram = mocks.wait_for(r"deepgram (\S+)", 10).group(1)
    openai = mocks.wait_for(r"openai (\S+)", 10).group(1)
    server = studio.Server(
        "--media-loops", "1", "--calls-per-loop", str(calls + 10), "--log-level", "warning",
        environment={"DEEPGRAM_URL": deepgram, "OPENAI_BASE_URL": openai,
                     "DEEPGRAM_API_KEY": "bench", "OPENAI_API_KEY": "bench"},
        log=arguments.log)
    pid = server.process.process.pid
    subprocess.run(["taskset", "-a", "-p", "-c", "0", str(pid)], check=True,
                   stdout=subprocess.DEVNULL)
    try:
        make_agent(server, None)
        idle_kib = pss_kib(pid)
        callers = studio.Process(pinned(1, [
            BUILD / "bench_callers", "--server", server.url, "--key", server.key,
            "--agent", "bench", "--wav", wav, "--calls", calls, "--measure", arguments.seconds]))
        callers.wait_for("measuring", calls / 20 + 30)
        scrape, before, threads = metrics(server), cpu_seconds(pid), thread_seconds(pid)
        time.sleep(arguments.seconds - 2)
        used = cpu_seconds(pid) - before
        threads = {name: round((value - threads.get(name, 0)) / (arguments.seconds - 2), 3)
                   for name, value in thread_seconds(pid).items()}
        kib, last_scrape = pss_kib(pid), metrics(server)
        figures = json.loads(callers.wait_for(r"^(\{.*)$", 30).group(1))
        callers.finish(30)
        callers.process.stdout.close()
    finally:
        server.stop(60)
        mocks.process.kill()
        mocks.finish(5)
        mocks.process.stdout.close()
    own = STT_MS + LLM_MS + TTS_MS + ENDPOINTING_MS
    overhead = [value - own for value in figures["mouth_to_ear_ms"]]
    late = figures["packets_late"] / max(1, figures["packets_received"])
    cores = used / (arguments.seconds - 2)
    return {
        "calls": calls,
        "holds": late <= LATE_SHARE_MAX and figures["lost"] == 0
                 and figures["connected"] == calls and figures["unanswered"] == 0,
        "core_used": round(cores, 3),
        "cpu_per_call_percent": round(100 * cores / calls, 3),
        "pss_per_call_kib": round((kib - idle_kib) / calls),
        "pss_idle_mib": round(idle_kib / 1024, 1),
        "late_percent": round(100 * late, 4),
        "packets": figures["packets_received"],
        "lost_calls": figures["lost"], "connected": figures["connected"],
        "unanswered": figures["unanswered"],
        "loop_lag_p99_s": histogram_quantile(scrape, last_scrape, "studio_loop_lag_seconds",
                                             'loop="media', 0.99),
        "turns": len(overhead),
        "overhead_ms": {"p50": percentile(overhead, .5), "p95": percentile(overhead, .95),
                        "p99": percentile(overhead, .99)},
        "greeting_ms": {"p50": percentile(figures["greeting_ms"], .5),
                        "p95": percentile(figures["greeting_ms"], .95)},
        "threads_core": threads,
    }


def table(results):
    lines = ["| calls | holds | core used | CPU per call | PSS per call | late frames |"
             " loop lag p99 | overhead p50 / p95 / p99 | turns |",
             "|---|---|---|---|---|---|---|---|---|"]
    for row in results:
        ms = row["overhead_ms"]
        lines.append(
            f"| {row['calls']} | {'yes' if row['holds'] else 'no'} | {row['core_used']} |"
            f" {row['cpu_per_call_percent']} % | {row['pss_per_call_kib']} KiB |"
            f" {row['late_percent']} % | <= {row['loop_lag_p99_s']} s |"
            f" {ms['p50']} / {ms['p95']} / {ms['p99']} ms | {row['turns']} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, nargs="*", default=[25, 50, 100, 150, 200, 250, 300])
    parser.add_argument("--seconds", type=int, default=30, help="measured time of each step [30]")
    parser.add_argument("--output", default=str(ROOT / "bench/results"))
    parser.add_argument("--log", default=None, help="where the server's log goes")
    arguments = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "line.wav"
        speech.speak(LINE, wav, rate=16_000)
        for calls in arguments.calls:
            print(f"{calls} calls for {arguments.seconds} s", file=sys.stderr, flush=True)
            results.append(step(calls, arguments, wav))
            print(json.dumps(results[-1]), flush=True)
            if not results[-1]["holds"]:
                break
    held = [row["calls"] for row in results if row["holds"]]
    report = {"machine": f"{platform.machine()}, {os.cpu_count()} cores",
              "command": "./dev bench calls " + " ".join(sys.argv[1:]),
              "mock_delays_ms": {"stt": STT_MS, "llm": LLM_MS, "tts": TTS_MS,
                                 "endpointing": ENDPOINTING_MS},
              "held": max(held, default=0), "steps": results}
    output = Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / "calls.json").write_text(json.dumps(report, indent=1) + "\n")
    (output / "calls.md").write_text(
        f"# Calls on one core\n\nLargest number that held: **{report['held']}** "
        f"(`{report['command'].strip()}`, {report['machine']}).\n\n{table(results)}")
    print(table(results))


if __name__ == "__main__":
    main()
