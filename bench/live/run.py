#!/usr/bin/env python3
"""What watchers of live events cost one API server.

`agent-studio api` with a real PostgreSQL and Redis; WebSockets are opened step by step, and at each
step its memory is read, then its processor time while nothing happens and while events come, as
calls would publish them, and how late the last watcher has each. Watchers and publisher run in this
process, whose own time is not counted. Writes live.json and live.md to --output.

    python3 bench/live/run.py --sockets 2000
"""

import argparse
import json
import os
import platform
import resource
import selectors
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/chaos")]
import production_test  # noqa: E402
import studio  # noqa: E402
from live_client import WebSocket  # noqa: E402
from redis_client import RedisClient  # noqa: E402
from servers import Servers  # noqa: E402

KEY = production_test.KEY
CALL = "00000000-0000-4000-8000-0000000000aa"


class QuietSocket(WebSocket):
    """Without a thread: the loop below reads all of them."""

    def start(self):
        self.socket.setblocking(False)


def memory_kib(pid):
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]:
        if line.startswith("Pss:"):
            return int(line.split()[1])
    raise RuntimeError("no Pss")


def processor_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Watchers:
    def __init__(self, url):
        self.url = url
        self.sockets = []
        self.selector = selectors.DefaultSelector()
        self.seen = {}

    def grow_to(self, count):
        while len(self.sockets) < count:
            made = QuietSocket(self.url, "/ws/calls", {"X-API-Key": KEY})
            assert made.status == 101, made.status
            self.sockets.append(made)
            self.selector.register(made.socket, selectors.EVENT_READ)
        self.read(1.0)

    def read(self, seconds, until=None):
        """Reads what comes; counts each event's marks."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            for key, _ in self.selector.select(min(left, 0.05)):
                data = key.fileobj.recv(1 << 20)
                assert data, "a watcher was dropped"
                now = time.monotonic()
                for part in data.split(b'"mark":')[1:]:
                    mark = int(part.split(b"}")[0])
                    count, _ = self.seen.get(mark, (0, 0.0))
                    self.seen[mark] = (count + 1, now)
            if until and until():
                return

    def close(self):
        for socket in self.sockets:
            socket.close()


def measure(world, pid, watchers, count, seconds, events):
    watchers.grow_to(count)
    memory = memory_kib(pid)
    before = processor_seconds(pid)
    watchers.read(seconds)
    idle = processor_seconds(pid) - before
    redis = RedisClient(world["redis"].url(), timeout=10)
    channel = next(iter(redis("KEYS", "live-events:*")))
    script = ("local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', 1000, '*', 'e', ARGV[1])"
              " redis.call('PUBLISH', KEYS[1], id .. '\\n' .. ARGV[1])")
    line = "x" * 200
    lateness = []
    watchers.seen.clear()
    before = processor_seconds(pid)
    for mark in range(events):
        data = f'{{"call_id":"{CALL}","content":"{line}","mark":{mark}}}'
        started = time.monotonic()
        redis("EVAL", script, 1, channel, f"{CALL}\ntranscript\n2026-11-28T10:00:00.000Z\n{data}")
        watchers.read(10.0, lambda: watchers.seen.get(mark, (0, 0))[0] >= count)
        reached, at = watchers.seen[mark]
        assert reached == count, (mark, reached, count)
        lateness.append((at - started) * 1000)
    busy = processor_seconds(pid) - before
    redis.close()
    lateness.sort()
    return {"sockets": count, "pss_kib": memory, "idle_cpu_percent": 100 * idle / seconds,
            "cpu_us_per_delivery": 1e6 * busy / max(1, events * count),
            "last_watcher_ms_p50": lateness[len(lateness) // 2],
            "last_watcher_ms_p99": lateness[int(len(lateness) * 0.99)]}


def run(options):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with Servers(["postgres", "redis"]) as world:
        environment = {
            **os.environ, "DATABASE_URL": world["postgres"].url(),
            "REDIS_URL": world["redis"].url(), "LIVEKIT_URL": "ws://127.0.0.1:1",
            "LIVEKIT_API_KEY": "k", "LIVEKIT_API_SECRET": "s" * 32, "STUDIO_API_KEY": KEY,
            "STUDIO_HOST": "127.0.0.1", "STUDIO_PORT": "0", "STUDIO_API_DRAIN_TIMEOUT": "0",
            "STUDIO_CONNECTIONS_MAX": str(2 * options.sockets + 100),
            "STUDIO_LIVE_STREAMS_MAX": str(options.sockets + 10)}
        world["postgres"].environment()  # Makes the database.
        assert production_test.subprocess.run([studio.BINARY, "migrate"],
                                              env=environment).returncode == 0
        log = open(Path(options.output) / "api.log", "wb")
        api = studio.Process([studio.BINARY, "api"], stderr=log, env=environment)
        url = api.wait_for(r"(http://[\d.]+:\d+)", 30).group(1)
        watchers = Watchers(url)
        production_test.wait_until(lambda: is_let_in(url), "the first key")
        # A tenant's stream exists from its first event on.
        redis = RedisClient(world["redis"].url(), timeout=10)
        tenant = world["postgres"].query("SELECT id FROM tenants", "studio").stdout.strip()
        redis("XADD", f"live-events:{tenant}", "*", "e", f"{CALL}\nnone\nnone\n{{}}")
        redis.close()
        pid = api.process.pid
        steps = sorted({0, options.sockets // 4, options.sockets // 2, options.sockets})
        rows = []
        for count in steps:
            rows.append(measure(world, pid, watchers, count, options.seconds,
                                options.events if count else 0) if count
                        else {"sockets": 0, "pss_kib": memory_kib(pid)})
            print(json.dumps(rows[-1]), flush=True)
        watchers.close()
        api.stop()
        log.close()
    return rows


def is_let_in(url):
    try:
        socket = QuietSocket(url, "/ws/calls", {"X-API-Key": KEY})
    except OSError:
        return False
    socket.close()
    return socket.status == 101


def report(rows):
    base, last = rows[0], rows[-1]
    each = (last["pss_kib"] - base["pss_kib"]) / last["sockets"]
    text = ["# Watchers of live events on one API server", "",
            f"{platform.processor() or platform.machine()}, {os.cpu_count()} processors, which "
            "watchers, PostgreSQL and Redis share with it.", "",
            "| WebSockets | memory (PSS), MiB | CPU while idle | CPU for each event and watcher | "
            "until the last watcher had an event, p50 | p99 |", "|---|---|---|---|---|---|"]
    for row in rows[1:]:
        text.append(f"| {row['sockets']} | {row['pss_kib'] / 1024:.1f} | "
                    f"{row['idle_cpu_percent']:.1f} % | {row['cpu_us_per_delivery']:.1f} µs | "
                    f"{row['last_watcher_ms_p50']:.0f} ms | {row['last_watcher_ms_p99']:.0f} ms |")
    text += ["", f"Without any: {base['pss_kib'] / 1024:.1f} MiB. A WebSocket: {each:.1f} KiB.", ""]
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--sockets", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each idle measurement")
    parser.add_argument("--events", type=int, default=100, help="of each step")
    parser.add_argument("--output", default=str(ROOT / "build/live"))
    options = parser.parse_args()
    Path(options.output).mkdir(parents=True, exist_ok=True)
    rows = run(options)
    (Path(options.output) / "live.json").write_text(json.dumps(rows, indent=1) + "\n")
    (Path(options.output) / "live.md").write_text(report(rows))
    print(report(rows))


if __name__ == "__main__":
    main()
