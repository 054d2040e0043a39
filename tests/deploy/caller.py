"""A caller in a LiveKit room, with LiveKit's own client: says what standard input tells it to.

usage: caller.py URL TOKEN
Standard input, one command a line: `say FILE.wav` (16 kHz mono), `leave`.
Standard output, one JSON object a line: joined, agent (speaking or silent), said, text, gone.
"""

import asyncio
import json
import sys
import time
import wave

import numpy
from livekit import rtc

RATE = 16000
FRAME = RATE // 50
LOUD = 300        # RMS of 16-bit samples; flite speaks at 2,000 and more, an idle track is below 20
QUIET_FRAMES = 60  # 1.2 s without sound ends what the agent says


def report(event, **fields):
    print(json.dumps({"event": event, "at": time.time(), **fields}), flush=True)


class Caller:
    def __init__(self):
        self.room = rtc.Room()
        self.source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
        self.samples = numpy.zeros(0, dtype=numpy.int16)
        self.saying = None
        self.left = asyncio.Event()
        self.tasks = []

    async def listen(self, track):
        """Reports when the agent begins to be heard and when it has been silent for a while."""
        speaking, quiet, loud_at = False, 0, 0.0
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1,
                                           frame_size_ms=20):
            samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16).astype(numpy.float64)
            loud = float(numpy.sqrt(numpy.mean(samples * samples))) > LOUD
            quiet = 0 if loud else quiet + 1
            loud_at = time.time() if loud else loud_at
            if loud and not speaking:
                speaking = True
                report("agent", speaking=True)
            elif speaking and quiet >= QUIET_FRAMES:
                speaking = False
                report("agent", speaking=False, last_sound=loud_at)
        if speaking:
            report("agent", speaking=False, last_sound=loud_at)

    async def microphone(self):
        """A frame every 20 ms, as a real microphone: speech or silence, paced by the source."""
        while not self.left.is_set():
            piece, self.samples = self.samples[:FRAME], self.samples[FRAME:]
            if len(piece) < FRAME:
                piece = numpy.concatenate([piece, numpy.zeros(FRAME - len(piece), numpy.int16)])
            await self.source.capture_frame(
                rtc.AudioFrame(piece.tobytes(), RATE, 1, FRAME))
            if self.saying and len(self.samples) == 0:
                report("said", line=self.saying)
                self.saying = None

    async def commands(self):
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := (await reader.readline()).decode().strip():
            word, _, rest = line.partition(" ")
            if word == "leave":
                break
            with wave.open(rest) as file:
                assert (file.getframerate(), file.getnchannels()) == (RATE, 1), rest
                self.samples = numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)
            self.saying = rest
        self.left.set()

    def on_text(self, reader, identity):
        async def read():
            text = await reader.read_all()
            report("text", identity=identity, text=text,
                   final=reader.info.attributes.get("lk.transcription_final"))
        self.tasks.append(asyncio.ensure_future(read()))

    async def run(self, url, token):
        @self.room.on("track_subscribed")
        def subscribed(track, publication, participant):
            report("track", identity=participant.identity)
            if track.kind == rtc.TrackKind.KIND_AUDIO:
                self.tasks.append(asyncio.ensure_future(self.listen(track)))

        @self.room.on("disconnected")
        def disconnected(reason):
            report("gone", reason=str(reason))
            self.left.set()

        self.room.register_text_stream_handler("lk.transcription", self.on_text)
        await self.room.connect(url, token)
        track = rtc.LocalAudioTrack.create_audio_track("microphone", self.source)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        report("joined", room=self.room.name)
        speaking = asyncio.ensure_future(self.microphone())
        await asyncio.wait([asyncio.ensure_future(self.commands()),
                            asyncio.ensure_future(self.left.wait())],
                           return_when=asyncio.FIRST_COMPLETED)
        self.left.set()
        await speaking
        await self.room.disconnect()


async def main():
    # LiveKit's objects belong to the loop that runs when they are made.
    await Caller().run(*sys.argv[1:3])


if __name__ == "__main__":
    asyncio.run(main())
