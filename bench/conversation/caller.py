"""One caller in a room, with LiveKit's own client: speaks on a clock, keeps what is heard of the
agent with its times, and what lies between the two on the way (noise, echo, a telephone line)."""

import asyncio
import time

import numpy as np
from livekit import rtc

import cases
import sound
from sound import RATE

FRAME = RATE // 100
FRAME_SECONDS = FRAME / RATE
ECHO_DELAY = 0.15
# A frame that leaves later than this disturbs what is measured; such a step is not judged.
LATE = 0.05
# The agent is done when it was silent for so long.
QUIET = 0.8
# Where it may still answer something that it should not have: a cut-off, a sound over its words.
QUIET_AFTER_TROUBLE = 2.5
# Nobody waits longer for an answer.
PATIENCE = 4.0


class NoAgent(Exception):
    """No agent came, or none greeted."""


class Track:
    """Sound that came in pieces, on the caller's clock. It comes faster or slower than it is
    spoken for moments only; the earliest arrivals say when it was."""

    # A longer break than this is a break of the stream, not of our own attention.
    BREAK = 0.15

    def __init__(self):
        self.pieces = []
        self.heard_at = -1.0
        self._next = None

    def add(self, samples, now):
        start = now - len(samples) / RATE
        if self._next is None or start < self._next or start > self._next + self.BREAK:
            self._next = start
        self.pieces.append((self._next, samples))
        self._next += len(samples) / RATE
        if sound.level(samples) >= sound.AUDIBLE_DB:
            self.heard_at = now

    def until(self, seconds):
        """All of it from 0 on, silent where nothing came."""
        whole = sound.silence(seconds)
        for start, samples in self.pieces:
            at = round(start * RATE)
            if 0 <= at < len(whole):
                whole[at:at + len(samples)] = samples[:len(whole) - at]
        return whole

    def piece(self, start, count):
        """A short stretch of what came lately."""
        out = np.zeros(count, dtype=np.float32)
        first = round(start * RATE)
        for begin, samples in reversed(self.pieces):
            at = round(begin * RATE) - first
            if at + len(samples) <= 0:
                break
            if at < count:
                source = samples[max(0, -at):count - at]
                out[max(0, at):max(0, at) + len(source)] = source
        return out


class Caller:
    """From `enter` to `leave`. Times are seconds since the caller began to send sound."""

    def __init__(self, call, bed, late=LATE):
        self.call, self.bed, self.late_after = call, bed, late
        self.telephone = sound.Telephone() if call.condition.telephone else None
        self.room = rtc.Room()
        self.agent = Track()
        self.understood = []  # (time, text) that the agent tells of.
        self.says = []  # [at sample, sound]
        self.sent = []
        self.late = []  # When a frame left late.
        self.tasks = []
        self.began = None
        self.room.on("track_subscribed", self._on_track)
        self.room.register_text_stream_handler("lk.transcription", self._on_text)

    def now(self):
        return time.monotonic() - self.began

    async def enter(self, url, token):
        await self.room.connect(url, token)
        # Without a queue: what is given leaves at once, so our clock is that of the sound.
        self.source = rtc.AudioSource(RATE, 1, queue_size_ms=0)
        track = rtc.LocalAudioTrack.create_audio_track("voice", self.source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE, dtx=False)
        publication = await self.room.local_participant.publish_track(track, options)
        self.track_sid = publication.sid
        self.began = time.monotonic()
        self.speaking = asyncio.create_task(self._speak())
        self.tasks.append(self.speaking)

    async def leave(self):
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.room.disconnect()

    def say(self, samples, delay=0.05):
        """Speaks; returns when its first and its last sample leave."""
        at = round((self.now() + delay) * RATE)
        self.says.append((at, samples))
        way = self.telephone.delay if self.telephone else 0.0
        return at / RATE + way, (at + len(samples)) / RATE + way

    async def until(self, condition, seconds):
        """Whether it came to hold in time."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline or self.speaking.done():
                return False
            await asyncio.sleep(0.02)
        return True

    async def sleep_until(self, at):
        await asyncio.sleep(max(0.0, at - self.now()))

    def is_quiet(self, seconds=QUIET):
        return self.now() - self.agent.heard_at > seconds

    def _on_track(self, track, _, participant):
        if track.kind == rtc.TrackKind.KIND_AUDIO:
            self.tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track):
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            if self.began is not None:
                data = np.frombuffer(event.frame.data, dtype=np.int16)
                self.agent.add(data.astype(np.float32) / 32768.0, self.now())

    def _on_text(self, reader, _):
        self.tasks.append(asyncio.create_task(self._read(reader)))

    async def _read(self, reader):
        attributes = reader.info.attributes or {}
        try:
            text = await reader.read_all()
        except rtc.StreamError:
            return  # The call ended within it.
        if (attributes.get("lk.transcription_final") == "true"
                and attributes.get("lk.transcribed_track_id") == self.track_sid):
            self.understood.append((self.now(), text))

    def _frame(self, number):
        """What leaves as the frame of this number."""
        at = number * FRAME
        out = np.zeros(FRAME, dtype=np.float32)
        if self.bed is not None:
            out += np.take(self.bed, range(at, at + FRAME), mode="wrap")
        for beside in self.call.beside:
            out += np.take(beside, range(at, at + FRAME), mode="wrap")
        for start, samples in self.says[-3:]:
            first = max(at, start)
            last = min(at + FRAME, start + len(samples))
            if first < last:
                out[first - at:last - at] += samples[first - start:last - start]
        if self.call.condition.echo_db:
            out += (sound.gain(self.call.condition.echo_db)
                    * self.agent.piece(at / RATE - ECHO_DELAY, FRAME))
        return self.telephone.pass_through(out) if self.telephone else out

    async def _speak(self):
        number = 0
        leaving = set()
        while True:
            frame = self._frame(number)
            await asyncio.sleep(max(0.0, number * FRAME_SECONDS - self.now()))
            if self.now() - number * FRAME_SECONDS > self.late_after:
                self.late.append(number * FRAME_SECONDS)
            self.sent.append(frame)
            # It leaves at once, in the order of the tasks; only the answer takes its time.
            leaving.add(asyncio.create_task(self.source.capture_frame(
                rtc.AudioFrame(sound.to_pcm(frame).tobytes(), RATE, 1, FRAME))))
            leaving = {task for task in leaving if not task.done()}
            number += 1


async def hold(caller, url, token):
    """The whole call; returns what was done, in order, as dictionaries with times."""
    done = []
    await caller.enter(url, token)
    try:
        if not await caller.until(lambda: caller.agent.heard_at >= 0, 20.0):
            raise NoAgent(f"{caller.call.name}: nobody greeted within 20 s")
        for step in caller.call.steps:
            await caller.until(caller.is_quiet, 20.0)
            done.append(await _take(caller, step))
        # What is said now was not asked for either.
        await caller.until(lambda: caller.is_quiet(1.5), 15.0)
        ended = caller.now()
    finally:
        await caller.leave()
    for one, after in zip(done, [*done[1:], None]):
        one["until"] = after["from"] if after else ended
    return done, ended


async def _take(caller, step):
    took = {"from": caller.now()}
    if step.kind == "idle":
        await asyncio.sleep(step.seconds)
        return took
    took["start"], took["end"] = caller.say(step.words)
    await caller.sleep_until(took["end"] + 0.05)
    was_cut_off = caller.agent.heard_at > took["start"]
    answered = await caller.until(lambda: caller.agent.heard_at > took["end"], PATIENCE + 1.0)
    if step.kind == "over" and answered:
        answered_at = caller.now()
        if step.over is None:
            took["over_start"] = took["over_end"] = answered_at
        else:
            await caller.sleep_until(answered_at + cases.OVER_AT)
            took["over_start"], took["over_end"] = caller.say(step.over)
            await caller.sleep_until(took["over_end"] + 0.1)
            if step.over_kind == "interruption":  # It is a turn, too, and will be answered.
                await caller.until(caller.is_quiet, 20.0)
                quiet_since = caller.now()
                await caller.until(lambda: caller.agent.heard_at > quiet_since, PATIENCE)
    if was_cut_off or (step.kind == "over" and step.over_kind != "interruption"):
        await caller.until(lambda: caller.is_quiet(QUIET_AFTER_TROUBLE), 20.0)
    return took
