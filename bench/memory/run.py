#!/usr/bin/env python3
"""What `serve` keeps of calls that are over.

Short spoken calls of several agents, each with phrases and a voice of its own, a few at a time
against one server with the embedded recogniser and voices. Every hundred calls the server is left
alone for a moment, and its memory is read. It must be flat after the first hundred: what is kept is
bounded by the agents and loops that there are, not by the calls that there were. Writes
bench/results/memory.json and memory.md.
"""

import argparse
import concurrent.futures
import json
import os
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "bench")]
import studio  # noqa: E402

VOICES = ["slt", "rms", "awb", "kal16", "kal"]
TOPICS = ["table", "room", "taxi", "ticket", "doctor", "pizza", "flower", "garden", "boat", "train"]
# A call's last writes and the recogniser's last work are over by then.
QUIET_S = 4.0
# Of the memory after the first hundred calls: pages that the heap happens to hold.
GROWTH_MAX, GROWTH_KIB_MAX = 1.10, 16 * 1024


def memory(pid):
    """KiB, as the kernel counts them: resident, proportional, and not backed by a file."""
    fields = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        name, value = line.split()[:2]
        fields[name.rstrip(":")] = int(value)
    return {"rss_kib": fields["Rss"], "pss_kib": fields["Pss"],
            "anonymous_kib": fields["Anonymous"]}


def make_agent(server, index):
    topic = TOPICS[index % len(TOPICS)]
    name = f"soak-{index}"
    status, body = server.request("POST", "/api/v1/agents", {
        "name": name, "display_name": name,
        "config": {
            "prompt": {"system": "You answer briefly.", "greeting": "Hello."},
            "stt": {"provider": "pocketsphinx", "options": {"phrases": [
                f"i would like a {topic}", f"the {topic} please", f"no {topic}", "hello"]}},
            "llm": {"provider": "scripted", "options": {
                "rules": [{"when": {"said": [topic]}, "say": f"One {topic}."}],
                "otherwise": ["Pardon?"]}},
            "tts": {"provider": "flite", "voice_id": VOICES[index % len(VOICES)]},
        }})
    assert status == 201, (status, body)
    return name, f"the {topic} please"


def hold_call(server, agent):
    """Whether the call ended well."""
    name, line = agent
    caller = studio.Process(
        [studio.BINARY, "call", "--json", "--server", server.url, "--agent", name, "--timeout",
         "60", "--say", line], env=studio.caller_environment(server))
    try:
        return caller.finish(90)[0] == 0
    finally:
        caller.process.stdout.close()


def soak(server, arguments):
    pid = server.process.process.pid
    agents = [make_agent(server, index) for index in range(arguments.agents)]
    time.sleep(QUIET_S)
    points = [{"calls": 0, "failed": 0, **memory(pid)}]
    done = failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.parallel) as pool:
        while done < arguments.calls:
            batch = min(arguments.every, arguments.calls - done)
            wanted = [agents[(done + index) % len(agents)] for index in range(batch)]
            failed += sum(not ok for ok in pool.map(lambda each: hold_call(server, each), wanted))
            done += batch
            time.sleep(QUIET_S)
            points.append({"calls": done, "failed": failed, **memory(pid)})
            print(json.dumps(points[-1]), flush=True)
    return points


def is_flat(points):
    """Whether nothing grew after the first stretch."""
    first = points[1]["anonymous_kib"]
    last = max(point["anonymous_kib"] for point in points[1:])
    return last <= max(first * GROWTH_MAX, first + GROWTH_KIB_MAX)


def table(result):
    lines = [
        "# Memory of `serve` over calls", "",
        f"{result['calls']} short calls of {result['agents']} agents, {result['parallel']} at a "
        f"time, embedded recogniser and voices: anonymous memory is",
        f"**{'flat' if result['flat'] else 'NOT FLAT'}** after the first {result['every']} "
        f"(`{result['command']}`,", f"{result['machine']}, {result['binary']}).", "",
        "| calls | failed | RSS | PSS | anonymous |", "|---|---|---|---|---|"]
    for point in result["points"]:
        sizes = " | ".join(f"{point[name] / 1024:.0f} MiB"
                           for name in ("rss_kib", "pss_kib", "anonymous_kib"))
        lines.append(f"| {point['calls']} | {point['failed']} | {sizes} |")
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1000)
    parser.add_argument("--agents", type=int, default=10)
    parser.add_argument("--parallel", type=int, default=4)
    parser.add_argument("--every", type=int, default=100, help="calls between two readings")
    parser.add_argument("--output", type=Path, default=ROOT / "bench/results")
    arguments = parser.parse_args()
    binary = Path(os.environ.get("STUDIO_SERVER_BINARY", studio.BINARY))
    with studio.Server("--media-loops", "1", "--log-level", "warning", binary=binary) as server:
        points = soak(server, arguments)
    build = binary.parent.name
    result = {"command": "bench/memory/run.py " + " ".join(sys.argv[1:]), "binary": build,
              "machine": f"{platform.machine()}, {os.cpu_count()} cores", "calls": arguments.calls,
              "agents": arguments.agents, "parallel": arguments.parallel, "every": arguments.every,
              "flat": is_flat(points), "points": points}
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "memory.json").write_text(json.dumps(result, indent=2) + "\n")
    (arguments.output / "memory.md").write_text(table(result))
    failed = points[-1]["failed"]
    print(f"{failed} calls failed; {'flat' if result['flat'] else 'NOT FLAT'}")
    return 0 if result["flat"] and failed == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
