#!/usr/bin/env python3
"""Who is in a room: who is its caller, who else is heard, who writes; one agent a room; and what
becomes of a job that cannot be held. Two workers with a real PostgreSQL, Redis and LiveKit, and
LiveKit's own Python client. Needs the Python of build/venv; STUDIO_BINARY names the program."""

import asyncio
import json
import threading
import time
import unittest

from production_test import World, wait_until
from room_people import Lobby, Person

AGENT_NAME = "studio-rooms"
STORY = "Let me tell you. " + "The river is long and wide and quiet in the evening. " * 6


def install_clerk(api):
    status, body, _ = api.request("POST", "/api/v1/agents", {"name": "clerk", "config": {
        "prompt": {"system": "s", "greeting": "Hello, this is the clerk."},
        "stt": {"provider": "pocketsphinx", "language": "en",
                "options": {"phrases": ["yes please", "no thank you"]}},
        "tts": {"provider": "flite", "voice_id": "slt"},
        "llm": {"provider": "scripted", "options": {
            "rules": [{"when": {"said": "story"}, "say": STORY},
                      {"when": {"said": "stop"}, "say": "I stop."},
                      {"when": {"said": "yes please"}, "say": "You are welcome."}],
            "otherwise": ["We are open until ten."]}},
        "session": {"reprompt_delay": 60}}})
    assert status == 201, body


class Rooms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World().__enter__()
        cls.addClassCleanup(cls.world.__exit__, None, None, None)
        cls.world.environment.update(LIVEKIT_AGENT_NAME=AGENT_NAME, STUDIO_TENANT_CALLS_MAX="50")
        assert all(code == 0 for code, _ in cls.world.migrate(1))
        cls.api = cls.world.api()
        wait_until(lambda: cls.api.request("GET", "/api/v1/agents")[0] == 200, "the API")
        install_clerk(cls.api)
        cls.workers = [cls.world.worker() for _ in range(2)]
        for worker in cls.workers:
            wait_until(worker.is_ready, "a worker")
        cls.lobby = Lobby(cls.world.servers["livekit"], AGENT_NAME)
        log = cls.world.servers["livekit"].log
        wait_until(lambda: log.read_text(errors="replace").count(AGENT_NAME) >= 2,
                   "LiveKit knows of the workers")

    def calls_in(self, room):
        items = self.api.request("GET", "/api/v1/calls?limit=100")[1]["items"]
        return [call for call in items if call["room_name"] == room]

    def call_in(self, room):
        return next(iter(self.calls_in(room)), None)

    def record(self, call_id):
        return self.api.request("GET", f"/api/v1/calls/{call_id}")[1]

    def entries(self, call_id, role):
        transcript = self.api.request("GET", f"/api/v1/calls/{call_id}/transcript")[1]
        return [entry["content"] for entry in transcript if entry["role"] == role]

    def create(self):
        status, body, _ = self.api.request("POST", "/api/v1/calls", {"agent_name": "clerk"})
        self.assertEqual(status, 201, body)
        return body

    def end_of(self, call_id, seconds=20):
        wait_until(lambda: self.record(call_id)["ended_at"],
                   f"the end: {self.record(call_id)}", seconds)
        record = self.record(call_id)
        return record["status"], record["status_reason"]

    async def off_loop(self, function, *arguments):
        return await asyncio.to_thread(function, *arguments)

    def logs(self):
        return "".join(worker.log_path.read_text(errors="replace") for worker in self.workers)

    def test_the_caller_is_whom_the_call_was_made_for(self):
        asyncio.run(self.guests_before_the_caller())

    async def guests_before_the_caller(self):
        call = self.create()
        room, call_id = call["room_name"], call["call_id"]
        viewer = await Person().enter(self.lobby.url, self.lobby.viewer_token(room, "viewer"),
                                      microphone=False)
        guest = await Person().enter(self.lobby.url, self.lobby.token(room, "guest"))
        await guest.until(guest.agents, "the agent is there")
        await asyncio.sleep(3)
        self.assertEqual(guest.loud_frames, 0, "nobody greets a guest")
        self.assertEqual(self.record(call_id)["status"], "connecting")
        caller = await Person().enter(call["url"], call["token"])
        await caller.until(lambda: caller.loud_frames > 10, "the caller is greeted")
        await caller.until_quiet()
        await viewer.leave()
        await guest.leave()
        await asyncio.sleep(2)
        self.assertEqual(self.record(call_id)["status"], "active", "the caller is still there")
        before = caller.loud_frames
        await caller.write("when do you close")
        await caller.until(lambda: caller.loud_frames > before + 10, "an answer")
        await caller.leave()
        self.assertEqual(await self.off_loop(self.end_of, call_id),
                         ("completed", "caller_hung_up"))

    def test_others_are_heard_and_go_on_without_the_caller(self):
        asyncio.run(self.others_go_on())

    async def others_go_on(self):
        call = self.create()
        room, call_id = call["room_name"], call["call_id"]
        caller = await Person().enter(call["url"], call["token"])
        colleague = await Person().enter(self.lobby.url, self.lobby.token(room, "colleague"))
        await caller.until(lambda: caller.loud_frames > 10, "the caller is greeted")
        await caller.until_quiet()
        colleague.say("yes please", self.world.folder)
        await colleague.until(lambda: "yes please" in self.entries(call_id, "user"),
                              "the second person is understood")
        await colleague.until_quiet()
        await caller.leave()
        await asyncio.sleep(2)
        self.assertEqual(self.record(call_id)["status"], "active")
        before = colleague.loud_frames
        await colleague.write("when do you close")
        await colleague.until(lambda: colleague.loud_frames > before + 10, "an answer")
        await colleague.leave()
        self.assertEqual((await self.off_loop(self.end_of, call_id))[0], "completed")

    def test_in_a_room_of_others_the_first_microphone_is_the_caller(self):
        asyncio.run(self.first_microphone())

    async def first_microphone(self):
        room = self.lobby.new_room()
        silent = await Person().enter(self.lobby.url, self.lobby.token(room, "silent", "clerk"),
                                      microphone=False)
        await silent.until(silent.agents, "the agent is there")
        await asyncio.sleep(2)
        self.assertEqual(silent.loud_frames, 0)
        person = await Person().enter(self.lobby.url, self.lobby.token(room, "person"))
        await person.until(lambda: person.loud_frames > 10, "the greeting")
        await silent.leave()
        await asyncio.sleep(1)
        call = self.call_in(room)
        self.assertEqual(call["status"], "active")
        await person.leave()
        self.assertEqual((await self.off_loop(self.end_of, call["id"]))[0], "completed")

    def test_text_is_a_turn_also_without_a_microphone(self):
        asyncio.run(self.text())

    async def text(self):
        room = self.lobby.new_room()
        writer = await Person().enter(self.lobby.url, self.lobby.token(room, "writer", "clerk"),
                                      microphone=False)
        await writer.until(writer.agents, "the agent is there")
        await asyncio.sleep(0.5)
        await writer.write("tell me a story")
        await writer.until(lambda: writer.loud_frames > 100, "the story")
        call_id = self.call_in(room)["id"]
        self.assertIn("tell me a story", self.entries(call_id, "user"))
        # It stops the agent as a spoken turn does; so does a packet of older clients.
        await writer.write("stop")
        await writer.until(lambda: "I stop." in self.entries(call_id, "assistant"), "it stops", 20)
        self.assertLess(len(" ".join(self.entries(call_id, "assistant"))), len(STORY))
        await writer.room.local_participant.publish_data(
            json.dumps({"message": "old and well"}), topic="lk-chat-topic")
        await writer.until(lambda: "old and well" in self.entries(call_id, "user"), "an old chat")
        # Whatever is written is taken in bounds, and the call lives.
        await writer.write("x" * 60_000)
        await writer.write("\x00\x1b[31m \ud7ff")
        for _ in range(200):
            await writer.write("flood")
        await asyncio.sleep(2)
        before = writer.loud_frames
        await writer.write("when do you close")
        await writer.until(lambda: writer.loud_frames > before + 10, "an answer after the flood")
        self.assertLessEqual(max(map(len, self.entries(call_id, "user"))), 8_192)
        self.assertLess(len(self.entries(call_id, "user")), 40)
        await writer.leave()
        self.assertEqual((await self.off_loop(self.end_of, call_id))[0], "completed")

    def test_two_dispatches_bring_one_agent(self):
        asyncio.run(self.two_dispatches())

    async def two_dispatches(self):
        for round_number in range(4):
            room = self.lobby.new_room()
            with_token = round_number % 2 == 1
            person = await Person().enter(
                self.lobby.url,
                self.lobby.token(room, "person", "clerk" if with_token else None))

            def dispatch():
                self.lobby.dispatch(room, "clerk")

            threads = [threading.Thread(target=dispatch) for _ in range(1 if with_token else 2)]
            for thread in threads:
                thread.start()
                await asyncio.sleep(0.05)
            for thread in threads:
                await self.off_loop(thread.join)
            await person.until(lambda: person.loud_frames > 10, "the greeting")
            await person.until_quiet()
            await asyncio.sleep(1.5)
            self.assertEqual(len(person.agents()), 1, "one agent is there")
            self.assertEqual(len(person.loud), 1, "one agent was heard")
            self.assertEqual(len(self.calls_in(room)), 1, "the other left no trace")
            await person.leave()

    def test_a_room_whose_agent_was_sent_away_gets_another(self):
        asyncio.run(self.agent_again())

    async def agent_again(self):
        room = self.lobby.new_room()
        person = await Person().enter(self.lobby.url, self.lobby.token(room, "person"))
        first = await self.off_loop(self.lobby.dispatch, room, "clerk")
        await person.until(lambda: person.loud_frames > 10, "the greeting")
        await self.off_loop(self.lobby.dismiss, room, first["id"])
        await person.until(lambda: not person.agents(), "the agent leaves", 20)
        await self.off_loop(self.lobby.dispatch, room, "clerk")
        await person.until(lambda: len(person.loud) == 2, "another agent greets", 20)
        await person.leave()

    def test_who_cannot_be_served_is_told_so(self):
        asyncio.run(self.not_served())

    async def not_served(self):
        cases = {"unknown": ({"agent_name": "nobody-by-this-name"}, "agent_not_valid"),
                 "no JSON": ("{", "no_agent"), "empty": ("", "no_agent"),
                 "too long": ("x" * 70_000, "no_agent")}
        for name, (metadata, reason) in cases.items():
            with self.subTest(name):
                room = self.lobby.new_room()
                person = await Person().enter(self.lobby.url, self.lobby.token(room, "person"))
                await self.off_loop(self.lobby.dispatch, room, metadata)
                await person.until(lambda: person.loud_frames > 50, f"{name}: a sentence", 20)
                await person.until(lambda: not person.agents(), "the agent leaves", 20)
                call = self.call_in(room)
                self.assertEqual((call["status"], call["status_reason"]), ("failed", reason))
                self.assertEqual(len(self.calls_in(room)), 1)
                await person.leave()
        for line in ("metadata_not_json", "metadata_too_long", "no_agent", "agent_not_valid"):
            self.assertIn(line, self.logs())

    def test_what_is_too_much_is_left_out_and_told(self):
        asyncio.run(self.too_much_context())

    async def too_much_context(self):
        room = self.lobby.new_room()
        person = await Person().enter(self.lobby.url, self.lobby.token(room, "person"))
        await self.off_loop(self.lobby.dispatch, room, {
            "agent_name": "clerk", "user_context": {"x": "y" * 20_000}})
        await person.until(lambda: person.loud_frames > 10, "the greeting")
        call = self.record(self.call_in(room)["id"])
        self.assertEqual(call["metadata"]["dropped"], ["user_context_too_long"])
        self.assertIn("user_context_too_long", self.logs())
        await person.leave()


class FullWorker(unittest.TestCase):
    """One worker with two places: rooms of others wait for them."""

    def test_who_finds_no_place_waits_and_is_not_left_in_silence(self):
        with World() as world:
            world.environment.update(LIVEKIT_AGENT_NAME=AGENT_NAME, WORKER_MAX_CALLS="2",
                                     STUDIO_TENANT_CALLS_MAX="50")
            world.migrate(1)
            api = world.api()
            wait_until(lambda: api.request("GET", "/api/v1/agents")[0] == 200, "the API")
            install_clerk(api)
            worker = world.worker()
            wait_until(worker.is_ready, "a worker")
            log = world.servers["livekit"].log
            wait_until(lambda: AGENT_NAME in log.read_text(errors="replace"), "it is known")
            asyncio.run(self.wait_for_a_place(Lobby(world.servers["livekit"], AGENT_NAME)))

    async def wait_for_a_place(self, lobby):
        people = []
        for _ in range(4):
            person = await Person().enter(
                lobby.url, lobby.token(lobby.new_room(), "person", "clerk"))
            people.append(person)
            if len(people) <= 2:
                await person.until(lambda: person.loud_frames > 10, "the greeting")
        waiting = people[2:]
        await asyncio.sleep(3)
        self.assertEqual([person.loud_frames for person in waiting], [0, 0])
        await people[0].leave()
        started = time.monotonic()
        while not any(person.loud_frames > 10 for person in waiting):
            self.assertLess(time.monotonic() - started, 12, "the next one has the place")
            await asyncio.sleep(0.05)
        # The last one hears that nobody comes, although every place is taken.
        await asyncio.gather(*(person.until(lambda one=person: one.loud_frames > 10, "a sentence",
                                            40) for person in waiting))
        for person in people[1:]:
            await person.leave()


if __name__ == "__main__":
    unittest.main(verbosity=2)
