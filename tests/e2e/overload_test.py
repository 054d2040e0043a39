#!/usr/bin/env python3
"""Overload: three times the calls that a worker holds are offered for a bounded time, half of them
by the API and half as rooms of others. Those taken are unharmed, the others wait, are refused with
503 or 429, or hear a sentence; nobody is left in silence; then it recovers by itself. And the same
worker beside processes of real-time priority that take half of every processor.

    build/venv/bin/python tests/e2e/overload_test.py [--seconds 40] [--places 4]

The proof is --seconds 300. Needs the Python of build/venv and build/release/chaos_callers;
STUDIO_BINARY names the program."""

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time

import speech
from production_test import World, wait_until
from room_people import Lobby
from rooms_test import install_clerk
from studio import ROOT

CROWD_BINARY = ROOT / "build/release/chaos_callers"
AGENT_NAME = "studio-overload"
# Of the frames of all calls, in percent.
LATE_MAX = 0.1
# From the moment at which somebody is in the room until something is heard: the patience of the
# queue (20 s), and what a machine that is full needs for a sentence.
HEARD_WITHIN = 35.0
CALL_SECONDS = 12.0
SPIN = """
import time
while True:
    until = time.monotonic() + 0.005
    while time.monotonic() < until:
        pass
    time.sleep(0.005)
"""


class Figures:
    def __init__(self):
        self.offered = self.greeted = self.refused = self.told = 0
        self.silent = []
        self.waits = []


class Person:
    """One of a crowd, in a room or on the way there."""

    def __init__(self, name, crowd):
        self.name, self.crowd = name, crowd
        self.heard = asyncio.Event()
        self.gone = asyncio.Event()

    def on_event(self, kind):
        if kind == "sound":
            self.heard.set()
        elif kind == "closed":
            self.gone.set()

    async def hears(self, seconds):
        """Whether anything is heard before that."""
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.heard.wait(), seconds)
        return self.heard.is_set()

    async def stay(self, seconds):
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self.gone.wait(), seconds)

    async def leave(self):
        if not self.gone.is_set():
            self.crowd.order("leave", self.name)
            await asyncio.wait_for(self.gone.wait(), 10)


class Crowd:
    """Many people as one process of little cost: tests/chaos/chaos_callers.cpp. A client that a
    machine under load keeps from hearing would prove nothing of whom it listens to."""

    def __init__(self, process):
        self.process = process
        self.people = {}
        self.reading = asyncio.create_task(self.read())

    @classmethod
    @contextlib.asynccontextmanager
    async def gathered(cls, wav):
        process = await asyncio.create_subprocess_exec(
            str(CROWD_BINARY), "--wav", str(wav), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE)
        crowd = cls(process)
        try:
            yield crowd
        finally:
            process.stdin.write(b'{"op": "quit"}\n')
            await process.wait()
            await crowd.reading

    def order(self, op, name, **fields):
        line = json.dumps({"op": op, "call": name, **fields})
        self.process.stdin.write(line.encode() + b"\n")

    def enter(self, name, url, token):
        person = self.people[name] = Person(name, self)
        self.order("join", name, url=url, token=token)
        return person

    async def read(self):
        while line := await self.process.stdout.readline():
            event = json.loads(line)
            self.people[event["call"]].on_event(event["event"])


class Load:
    """Keeps so many callers at it: whoever is done is followed by the next."""

    def __init__(self, api, lobby, crowd, figures, until):
        self.api, self.lobby, self.crowd, self.figures = api, lobby, crowd, figures
        self.until = until

    async def caller(self, index):
        turn = index
        while time.monotonic() < self.until:
            self.figures.offered += 1
            await (self.by_api() if turn % 2 == 0 else self.by_room())
            turn += 1

    async def by_api(self):
        status, call, _ = await asyncio.to_thread(
            self.api.request, "POST", "/api/v1/calls", {"agent_name": "clerk"})
        if status in (429, 503):
            self.figures.refused += 1
            await asyncio.sleep(1)
            return
        assert status == 201, (status, call)
        await self.stay(self.crowd.enter(call["call_id"], call["url"], call["token"]))

    async def by_room(self):
        room = self.lobby.new_room()
        token = self.lobby.token(room, "person", "clerk")
        await self.stay(self.crowd.enter(room, self.lobby.url, token))

    async def stay(self, person):
        entered = time.monotonic()
        if await person.hears(HEARD_WITHIN):
            self.figures.waits.append(time.monotonic() - entered)
            self.figures.greeted += 1
            await person.stay(CALL_SECONDS)
        else:
            self.figures.silent.append(person.name)
        await person.leave()


@contextlib.contextmanager
def competitors():
    """One for each processor, of real-time priority, busy for half of the time."""
    started = []
    try:
        for _ in range(os.cpu_count() or 1):
            started.append(subprocess.Popen(["chrt", "-r", "3", sys.executable, "-c", SPIN]))
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


def has_real_time():
    return shutil.which("chrt") is not None and subprocess.run(
        ["chrt", "-r", "3", "true"], capture_output=True).returncode == 0


def frames(worker):
    return (worker.metric("studio_media_frames_total"),
            worker.metric("studio_media_frames_late_total"))


async def offer(api, lobby, wav, places, seconds):
    figures = Figures()
    async with Crowd.gathered(wav) as crowd:
        load = Load(api, lobby, crowd, figures, time.monotonic() + seconds)
        callers = []
        for index in range(3 * places):
            callers.append(asyncio.create_task(load.caller(index)))
            await asyncio.sleep(0.2)
        await asyncio.gather(*callers)
    return figures


async def greet_one(lobby, wav):
    room = lobby.new_room()
    async with Crowd.gathered(wav) as crowd:
        started = time.monotonic()
        person = crowd.enter(room, lobby.url, lobby.token(room, "person", "clerk"))
        assert await person.hears(15), "it has not recovered: nobody greets a call"
        waited = time.monotonic() - started
        await person.leave()
    return waited


def report(name, figures, late):
    waits = sorted(figures.waits) or [0.0]
    print(f"{name}: offered {figures.offered}, heard something {figures.greeted}, refused "
          f"{figures.refused}, silent {len(figures.silent)}; heard after "
          f"{waits[len(waits) // 2]:.1f} s (p50), {waits[-1]:.1f} s (max); "
          f"late frames {late:.3f} %", flush=True)


def stories_of(silent, api, worker):
    """What is known of the calls in which nothing was heard."""
    calls = api.request("GET", "/api/v1/calls?limit=100")[1]["items"]
    lines = worker.log_path.read_text(errors="replace").splitlines()
    stories = []
    for call in calls:
        if call["id"] in silent or call["room_name"] in silent:
            stories.append(json.dumps(call))
            stories += [line for line in lines if call["id"] in line]
    return "silent: " + ", ".join(silent) + "\n" + "\n".join(stories)


def run(name, api, worker, lobby, wav, places, seconds):
    before = frames(worker)
    figures = asyncio.run(offer(api, lobby, wav, places, seconds))
    total, late = (now - then for now, then in zip(frames(worker), before))
    share = 100.0 * late / max(1.0, total)
    report(name, figures, share)
    assert not figures.silent, stories_of(figures.silent, api, worker)
    assert figures.greeted >= places, "some were taken"
    # A test build, or a machine that others use, cannot hold this: STUDIO_LATE_MAX tells more.
    allowed = float(os.environ.get("STUDIO_LATE_MAX", LATE_MAX))
    assert share <= allowed, f"{share:.3f} % of the frames were late"
    wait_until(lambda: api.metric("studio_queue_leased") == 0 and
               api.metric("studio_queue_waiting") == 0, "no call is left", 60)
    greeted = asyncio.run(greet_one(lobby, wav))
    print(f"{name}: a call after it is greeted in {greeted:.1f} s", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--places", type=int, default=4)
    options = parser.parse_args()
    with World() as world:
        world.environment.update(
            LIVEKIT_AGENT_NAME=AGENT_NAME, WORKER_MAX_CALLS=str(options.places),
            STUDIO_TENANT_CALLS_MAX="0", STUDIO_QUEUE_WAITING_MAX=str(options.places))
        assert all(code == 0 for code, _ in world.migrate(1))
        api = world.api()
        wait_until(lambda: api.request("GET", "/api/v1/agents")[0] == 200, "the API")
        install_clerk(api)
        worker = world.worker()
        wait_until(worker.is_ready, "a worker")
        log = world.servers["livekit"].log
        wait_until(lambda: AGENT_NAME in log.read_text(errors="replace"), "it is known")
        lobby = Lobby(world.servers["livekit"], AGENT_NAME)
        wav = world.folder / "line.wav"
        speech.speak("hello", wav, rate=16_000)
        run("overload", api, worker, lobby, wav, options.places, options.seconds)
        text = worker.log_path.read_text(errors="replace")
        assert '"media_priority"' in text or "media_priority" in text, "the log says what it got"
        if not has_real_time():
            print("real-time competitors: skipped, this machine allows none", flush=True)
            return
        with competitors():
            run("real-time competitors", api, worker, lobby, wav, max(1, options.places // 2),
                options.seconds / 2)


if __name__ == "__main__":
    main()
