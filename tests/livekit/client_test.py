#!/usr/bin/env python3
"""LiveKit's own Python client in a room with our agent (room_agent): it hears the agent and is
heard, receives the agent's state and transcript, and keys go both ways.

    with_servers.py livekit -- build/venv/bin/python tests/livekit/client_test.py build/…/room_agent
"""

import asyncio
import json
import os
import secrets
import sys

import numpy
from livekit import rtc

import token_of_room

RATE = 48_000
TIMEOUT = 30.0


def make_token(room, identity, kind):
    return token_of_room.make_token(os.environ["STUDIO_TEST_LIVEKIT_KEY"],
                                    os.environ["STUDIO_TEST_LIVEKIT_SECRET"], room, identity, kind)


def share_of_tone(samples, hertz):
    """How much of the power lies at the frequency, 0..1."""
    values = samples.astype(float)
    angles = 2 * numpy.pi * hertz * numpy.arange(len(values)) / RATE
    spectrum = abs(numpy.dot(values, numpy.exp(-1j * angles))) ** 2
    return 2 * spectrum / (len(values) * (numpy.dot(values, values) + 1))


class Client:
    def __init__(self):
        self.room = rtc.Room()
        self.heard = asyncio.Event()
        self.key = asyncio.Event()
        self.transcript = asyncio.Event()
        self.thinks = asyncio.Event()
        self.tasks = []
        self.room.on("track_subscribed", self.on_track)
        self.room.on("sip_dtmf_received", self.on_key)
        self.room.on("participant_attributes_changed", self.on_attributes)
        self.room.register_text_stream_handler("lk.transcription", self.on_text)

    def on_track(self, track, *_):
        self.tasks.append(asyncio.create_task(self.listen(track)))

    def on_key(self, event):
        if event.digit == "7" and event.participant.identity == "agent":
            self.key.set()

    def on_attributes(self, changed, _):
        if changed.get("lk.agent.state") == "thinking":
            self.thinks.set()

    def on_text(self, reader, identity):
        self.tasks.append(asyncio.create_task(self.read(reader, identity)))

    async def read(self, reader, identity):
        text = await reader.read_all()
        attributes = reader.info.attributes
        if (text, identity) == ("You pressed 7", "agent") and \
                attributes["lk.transcription_final"] == "true" and attributes["lk.segment_id"]:
            self.transcript.set()

    async def listen(self, track):
        tones = 0
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16)
            tones += share_of_tone(samples, 700) > 0.8
            if tones == 50:
                self.heard.set()

    async def speak(self, source):
        at = 0
        while True:
            angles = 2 * numpy.pi * 400 * (at + numpy.arange(RATE // 50)) / RATE
            samples = (9000 * numpy.sin(angles)).astype(numpy.int16)
            await source.capture_frame(rtc.AudioFrame(samples.tobytes(), RATE, 1, RATE // 50))
            at += RATE // 50


async def expect(agent, event, **values):
    while True:
        line = await asyncio.wait_for(agent.stdout.readline(), TIMEOUT)
        assert line, f"the agent ended before '{event}'"
        told = json.loads(line)
        if told["event"] == event:
            assert all(told[name] == value for name, value in values.items()), told
            return


async def hold_call(program, agent_first):
    room_name = secrets.token_hex(8)
    client = Client()

    async def enter():
        await client.room.connect(os.environ["STUDIO_TEST_LIVEKIT_URL"],
                                  make_token(room_name, "person", "standard"))
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("voice", source)
        await client.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        client.tasks.append(asyncio.create_task(client.speak(source)))

    if not agent_first:
        await enter()
    agent = await asyncio.create_subprocess_exec(
        program, room_name, make_token(room_name, "agent", "agent"),
        stdout=asyncio.subprocess.PIPE)
    try:
        await expect(agent, "connected")
        if agent_first:
            await enter()
        await asyncio.wait_for(client.heard.wait(), TIMEOUT)
        await expect(agent, "heard")
        await client.room.local_participant.publish_dtmf(code=7, digit="7")
        await expect(agent, "digit", digit="7")
        for event in (client.key, client.transcript, client.thinks):
            await asyncio.wait_for(event.wait(), TIMEOUT)
        await client.room.disconnect()
        await expect(agent, "closed", reason=1)
        assert await asyncio.wait_for(agent.wait(), TIMEOUT) == 0
    finally:
        for task in client.tasks:
            task.cancel()
        if agent.returncode is None:
            agent.kill()
            await agent.wait()
    print(f"agent first: {agent_first}: heard both ways, key, transcript, state, goodbye")


async def main():
    await hold_call(sys.argv[1], agent_first=True)
    await hold_call(sys.argv[1], agent_first=False)


if __name__ == "__main__":
    asyncio.run(main())
