"""How long sound takes from one caller to another in the same room: what of each answer is the
way, the codec and the buffers of LiveKit's client, and not the agent."""

import asyncio

import numpy as np
from livekit import rtc

import cases
import sound
from caller import Caller
from room_people import Lobby

BEEPS = 12


class Ear(Caller):
    def _on_track(self, track, _, participant):
        if participant.identity == "speaker" and track.kind == rtc.TrackKind.KIND_AUDIO:
            self.tasks.append(asyncio.create_task(self._listen(track)))


def beep():
    time = np.arange(sound.RATE // 5) / sound.RATE
    return (0.3 * np.sin(2 * np.pi * 500 * time)).astype(np.float32)


async def measure_path(livekit, url=None):
    """Seconds of each beep on its way. `url`: where callers enter, if not at LiveKit itself."""
    lobby = Lobby(livekit, "nobody")
    lobby.url = url or lobby.url
    room = lobby.new_room()
    clean = cases.Call("path", cases.CONDITIONS["clean"], "", "")
    speaker, ear = Caller(clean, None), Ear(clean, None)
    await ear.enter(lobby.url, lobby.token(room, "ear"))
    await speaker.enter(lobby.url, lobby.token(room, "speaker"))
    await asyncio.sleep(2.0)
    between = speaker.began - ear.began
    sent = []
    for _ in range(BEEPS):
        start, _ = speaker.say(beep())
        sent.append(start + between)
        await asyncio.sleep(0.5)
    await asyncio.sleep(0.5)
    heard = sound.segments(ear.agent.until(ear.now()), gap=0.1)
    await speaker.leave()
    await ear.leave()
    found = [start - at for at in sent for start, _ in heard if 0 <= start - at < 0.4]
    if len(found) < BEEPS // 2:
        raise RuntimeError(f"of {BEEPS} beeps {len(found)} were heard")
    return found
