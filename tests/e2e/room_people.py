"""People in rooms with LiveKit's own Python client: who hears which agent, who writes."""

import asyncio
import json
import secrets
import sys
import time
import urllib.request
import wave
from pathlib import Path

import numpy
from livekit import rtc

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "livekit"))
import speech  # noqa: E402
from token_of_room import make_token, sign  # noqa: E402

RATE = 48_000
FRAME = RATE // 50
# Of 32,768: speech lies far above, comfort noise below.
LOUD = 300


class Person:
    """One participant: with a microphone or without; notes how much is heard of each agent."""

    def __init__(self):
        self.room = rtc.Room()
        self.tasks = []
        self.loud = {}
        self.heard_at = 0.0
        self.waiting = []
        self.room.on("track_subscribed", self._on_track)

    async def enter(self, url, token, microphone=True):
        await self.room.connect(url, token)
        if microphone:
            self.source = rtc.AudioSource(RATE, 1)
            track = rtc.LocalAudioTrack.create_audio_track("voice", self.source)
            await self.room.local_participant.publish_track(
                track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
            self.tasks.append(asyncio.create_task(self._speak_on()))
        return self

    async def leave(self):
        for task in self.tasks:
            task.cancel()
        await self.room.disconnect()

    @property
    def loud_frames(self):
        return sum(self.loud.values())

    def agents(self):
        return [one.identity for one in self.room.remote_participants.values()
                if one.identity.startswith("agent-")]

    async def write(self, text, topic="lk.chat"):
        await self.room.local_participant.send_text(text, topic=topic)

    def say(self, sentence, folder):
        path = Path(folder) / f"{secrets.token_hex(4)}.wav"
        speech.speak(sentence, path, rate=RATE)
        with wave.open(str(path)) as file:
            sound = file.readframes(file.getnframes())
        sound += bytes(-len(sound) % (2 * FRAME))
        self.waiting = [sound[at:at + 2 * FRAME] for at in range(0, len(sound), 2 * FRAME)]

    async def until(self, condition, what, seconds=30.0):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, (what, self.loud, self.agents())
            await asyncio.sleep(0.02)

    async def until_quiet(self, seconds=30.0):
        await self.until(lambda: self.loud_frames and time.monotonic() - self.heard_at > 0.8,
                         "the agent listens", seconds)

    def _on_track(self, track, _, participant):
        self.tasks.append(asyncio.create_task(self._listen(track, participant.identity)))

    async def _listen(self, track, identity):
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16).astype(float)
            if identity.startswith("agent-") and numpy.sqrt(numpy.mean(samples * samples)) > LOUD:
                self.loud[identity] = self.loud.get(identity, 0) + 1
                self.heard_at = time.monotonic()

    async def _speak_on(self):
        silence = bytes(2 * FRAME)
        while True:
            frame = self.waiting.pop(0) if self.waiting else silence
            await self.source.capture_frame(rtc.AudioFrame(frame, RATE, 1, FRAME))


class Lobby:
    """Rooms that others make on one LiveKit server, and dispatches of our agent into them."""

    def __init__(self, livekit, agent_name):
        self.livekit = livekit
        self.agent_name = agent_name
        self.url = f"ws://127.0.0.1:{livekit.port}"

    def new_room(self):
        return "lobby-" + secrets.token_hex(4)

    def token(self, room, identity, metadata=None, **claims):
        """`metadata` asks for our agent with the token; text, or what becomes JSON."""
        if metadata is not None:
            claims["roomConfig"] = {"agents": [{"agentName": self.agent_name,
                                                "metadata": self._text(metadata)}]}
        return make_token(self.livekit.key, self.livekit.secret, room, identity, "standard",
                          **claims)

    def viewer_token(self, room, identity):
        return sign(self.livekit.key, self.livekit.secret, sub=identity, kind="standard", video={
            "roomJoin": True, "room": room, "canPublish": False, "canSubscribe": True,
            "canPublishData": False})

    def dispatch(self, room, metadata):
        return self._twirp("AgentDispatchService", "CreateDispatch", room,
                           agent_name=self.agent_name, metadata=self._text(metadata))

    def dismiss(self, room, dispatch_id):
        self._twirp("AgentDispatchService", "DeleteDispatch", room, dispatch_id=dispatch_id)

    @staticmethod
    def _text(metadata):
        return metadata if isinstance(metadata, str) else json.dumps(metadata)

    def _twirp(self, service, method, room, **body):
        token = sign(self.livekit.key, self.livekit.secret,
                     video={"roomAdmin": True, "roomCreate": True, "room": room})
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.livekit.port}/twirp/livekit.{service}/{method}",
            data=json.dumps({"room": room, **body}).encode(),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)
