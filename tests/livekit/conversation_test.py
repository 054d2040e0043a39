#!/usr/bin/env python3
"""LiveKit's own Python client talks with our agent, in production as it is: the API, workers, and
real PostgreSQL, Redis and LiveKit. The call begins with POST /calls, or in a room of others to
which the server dispatches our agent.

    build/venv/bin/python tests/livekit/conversation_test.py     with STUDIO_BINARY
"""

import asyncio
import json
import secrets
import sys
import tempfile
import time
import unittest
import urllib.request
import wave
from pathlib import Path

import numpy
from livekit import rtc

sys.dont_write_bytecode = True
from production import Production  # noqa: E402  Also makes tests/e2e known.
import speech  # noqa: E402
import studio  # noqa: E402
from token_of_room import make_token, sign  # noqa: E402

RATE = 48_000
FRAME = RATE // 50
# Of 32,768: speech lies far above, comfort noise below.
LOUD = 300
AGENT_NAME = "studio-agent"


class Caller:
    """A person with the stock client: speaks sentences, and notes what is heard and shown."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.room = rtc.Room()
        self.tasks = []
        self.states = []
        # Final texts by segment, in the order in which the segments began.
        self.lines = {}
        self.loud_frames = 0
        self.heard_at = 0.0
        self.is_gone = False
        self.waiting = []
        self.room.on("track_subscribed", self.on_track)
        self.room.on("participant_attributes_changed", self.on_attributes)
        self.room.on("disconnected", self.on_disconnected)
        self.room.register_text_stream_handler("lk.transcription", self.on_text)

    async def enter(self, url, token):
        await self.room.connect(url, token)
        self.source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("voice", self.source)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        self.tasks.append(asyncio.create_task(self.speak_on()))

    async def leave(self):
        for task in self.tasks:
            task.cancel()
        await self.room.disconnect()

    def on_track(self, track, *_):
        self.tasks.append(asyncio.create_task(self.listen(track)))

    def on_attributes(self, changed, participant):
        state = changed.get("lk.agent.state")
        if state and participant.identity.startswith("agent-"):
            self.states.append(state)

    def on_disconnected(self, *_):
        self.is_gone = True

    def on_text(self, reader, identity):
        self.tasks.append(asyncio.create_task(self.read(reader, identity)))

    async def read(self, reader, identity):
        attributes = reader.info.attributes
        who = "agent" if identity.startswith("agent-") else "user"
        segment = (who, attributes["lk.segment_id"])
        self.lines.setdefault(segment, "")
        text = await reader.read_all()
        if attributes["lk.transcription_final"] == "true":
            self.lines[segment] = text

    def said(self, who):
        return [text for (speaker, _), text in self.lines.items() if speaker == who and text]

    async def listen(self, track):
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16).astype(float)
            if numpy.sqrt(numpy.mean(samples * samples)) > LOUD:
                self.loud_frames += 1
                self.heard_at = time.monotonic()

    async def speak_on(self):
        silence = bytes(2 * FRAME)
        while True:
            frame = self.waiting.pop(0) if self.waiting else silence
            await self.source.capture_frame(rtc.AudioFrame(frame, RATE, 1, FRAME))

    def say(self, sentence):
        path = self.folder / "sentence.wav"
        speech.speak(sentence, path, rate=RATE)
        with wave.open(str(path)) as file:
            sound = file.readframes(file.getnframes())
        sound += bytes(-len(sound) % (2 * FRAME))
        self.waiting = [sound[at:at + 2 * FRAME] for at in range(0, len(sound), 2 * FRAME)]

    async def until(self, condition, what, seconds=30.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (what, self.states, list(self.lines.values()),
                                                 self.loud_frames)
            await asyncio.sleep(0.02)

    async def converse(self, sentence):
        """Says it when the agent has ended, and waits for its answer to the end."""
        before = len(self.said("agent"))
        self.say(sentence)
        # One wrong word is a quarter of the shortest line; another line has hardly one in common.
        await self.until(lambda: any(studio.share_of_errors([sentence], [text]) <= 0.25
                                     for text in self.said("user")), f"heard: {sentence}")
        await self.until(lambda: len(self.said("agent")) > before, f"answered: {sentence}")
        await self.until_quiet()

    async def until_quiet(self):
        await self.until(lambda: self.loud_frames and self.states[-1:] == ["listening"] and
                         time.monotonic() - self.heard_at > 0.7, "the agent listens")


class Conversations(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.production = Production(LIVEKIT_AGENT_NAME=AGENT_NAME).__enter__()
        cls.addClassCleanup(cls.production.__exit__, None, None, None)
        cls.folder = tempfile.TemporaryDirectory(prefix="studio-conversation-")
        cls.addClassCleanup(cls.folder.cleanup)
        studio.install_restaurant(cls.production)
        livekit = cls.production.servers["livekit"]
        cls.livekit = livekit
        cls.url = f"ws://127.0.0.1:{livekit.port}"

    def twirp(self, service, method, room, **body):
        token = sign(self.livekit.key, self.livekit.secret,
                     video={"roomAdmin": True, "roomCreate": True, "room": room})
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.livekit.port}/twirp/livekit.{service}/{method}",
            data=json.dumps({"room": room, **body}).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def jobs(self, room):
        """(dispatch id, status) of each job of the room."""
        found = self.twirp("AgentDispatchService", "ListDispatch", room)
        return [(dispatch["id"], job.get("state", {}).get("status", "JS_PENDING"))
                for dispatch in found.get("agent_dispatches", [])
                for job in dispatch.get("state", {}).get("jobs", [])]

    async def enter_room_of_others(self, agent="restaurant"):
        """A room that the caller's app makes; the token asks for our agent."""
        room = "lobby-" + secrets.token_hex(4)
        caller = Caller(self.folder.name)
        await caller.enter(self.url, make_token(
            self.livekit.key, self.livekit.secret, room, "person", "standard",
            roomConfig={"agents": [{"agentName": AGENT_NAME,
                                    "metadata": json.dumps({"agent_name": agent,
                                                            "user_id": room})}]}))
        return room, caller

    def call_of(self, user_id):
        calls = self.production.request("GET", "/api/v1/calls")[1]["items"]
        return next((call for call in calls if call["user_id"] == user_id), None)

    def test_a_call_by_the_api(self):
        asyncio.run(self.call_by_the_api())

    async def call_by_the_api(self):
        status, call = self.production.request("POST", "/api/v1/calls",
                                               {"agent_name": "restaurant", "call_type": "voip"})
        self.assertEqual((status, call["status"]), (201, "pending"), call)
        caller = Caller(self.folder.name)
        await caller.enter(call["url"], call["token"])
        await caller.until(lambda: "speaking" in caller.states, "the greeting")
        await caller.until_quiet()
        for line in studio.caller_lines()[:2]:
            await caller.converse(line)
        studio.assert_understood(self, studio.caller_lines()[:2], caller.said("user"))
        self.assertGreater(caller.loud_frames, 100)
        for state in ("speaking", "thinking", "listening"):
            self.assertIn(state, caller.states)
        await caller.leave()
        record = self.production.call_record(call["call_id"], until=lambda one: one["ended_at"])
        self.assertEqual((record["status"], record["status_reason"]),
                         ("completed", "caller_hung_up"))
        stored = [(entry["role"], entry["content"])
                  for entry in self.production.transcript(call["call_id"])]
        self.assertEqual([text for role, text in stored if role == "user"], caller.said("user"))
        self.assertEqual([text for role, text in stored if role == "assistant"],
                         caller.said("agent"))

    def test_the_api_ends_a_call_with_the_farewell(self):
        asyncio.run(self.end_by_the_api())

    async def end_by_the_api(self):
        call = self.production.request("POST", "/api/v1/calls", {"agent_name": "restaurant"})[1]
        caller = Caller(self.folder.name)
        await caller.enter(call["url"], call["token"])
        await caller.until(lambda: "speaking" in caller.states, "the greeting")
        await caller.until_quiet()
        heard = caller.loud_frames
        status, _ = self.production.request("POST", f"/api/v1/calls/{call['call_id']}/end")
        self.assertEqual(status, 202)
        # It says goodbye to the end, and then the room is closed.
        await caller.until(lambda: caller.is_gone, "the room is closed", 15)
        self.assertGreater(caller.loud_frames - heard, 25)
        record = self.production.call_record(call["call_id"], until=lambda one: one["ended_at"])
        self.assertEqual((record["status"], record["status_reason"]),
                         ("completed", "ended_by_api"))
        farewell = self.production.transcript(call["call_id"])[-1]
        self.assertEqual(farewell["role"], "assistant")
        self.assertIn("goodbye", farewell["content"].lower())
        await caller.leave()

    def test_a_room_of_others_gets_our_agent(self):
        asyncio.run(self.room_of_others())

    async def room_of_others(self):
        room, caller = await self.enter_room_of_others()
        await caller.until(lambda: "speaking" in caller.states, "the greeting")
        await caller.until_quiet()
        [(dispatch, status)] = self.jobs(room)
        self.assertEqual(status, "JS_RUNNING")
        await caller.converse(studio.caller_lines()[0])
        call = self.call_of(room)
        self.assertEqual((call["status"], call["room_name"]), ("active", room))
        # Whoever asked for the agent sends it away; the room stays.
        self.twirp("AgentDispatchService", "DeleteDispatch", room, dispatch_id=dispatch)
        await caller.until(lambda: not caller.room.remote_participants, "the agent leaves", 15)
        self.assertFalse(caller.is_gone)
        record = self.production.call_record(call["id"], until=lambda one: one["ended_at"])
        self.assertEqual((record["status"], record["status_reason"]),
                         ("completed", "agent_dismissed"))
        await caller.leave()

    def test_of_an_agent_that_we_do_not_have_the_caller_is_told(self):
        asyncio.run(self.unknown_agent())

    async def unknown_agent(self):
        room, caller = await self.enter_room_of_others(agent="nobody-by-this-name")
        await caller.until(lambda: caller.loud_frames > 25, "a sentence, not silence")
        await caller.until(lambda: not caller.room.remote_participants, "the agent leaves", 20)
        await caller.until(lambda: self.call_of(room)["ended_at"], "an outcome", 15)
        call = self.call_of(room)
        self.assertEqual((call["status"], call["status_reason"]), ("failed", "agent_not_valid"))
        self.assertFalse(caller.is_gone, "the room is not ours to close")
        await caller.leave()

    def test_a_worker_that_is_told_to_stop_takes_no_room_and_hands_its_rooms_over(self):
        asyncio.run(self.drain())

    async def drain(self):
        room, caller = await self.enter_room_of_others()
        await caller.until(lambda: "speaking" in caller.states, "the greeting")
        await caller.until_quiet()
        leaving, self.production.worker = self.production.worker, self.production.start_worker()
        code = await asyncio.to_thread(leaving.stop, 40)
        self.assertEqual(code, 0)
        await caller.converse(studio.caller_lines()[0])
        self.assertEqual(self.call_of(room)["status"], "active")
        other_room, other = await self.enter_room_of_others()
        await other.until(lambda: "speaking" in other.states, "the new worker takes rooms")
        await other.leave()
        await caller.leave()
        record = self.production.call_record(self.call_of(room)["id"],
                                             until=lambda one: one["ended_at"])
        self.assertEqual(record["status"], "completed")
        self.assertIsNotNone(self.call_of(other_room))


if __name__ == "__main__":
    unittest.main(verbosity=2)
