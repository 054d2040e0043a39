"""An independent WebRTC implementation, aiortc, calls the agent: it offers, sends Opus, opens the
events channel, and is understood."""

import array
import asyncio
import json
import tempfile
import unittest
from pathlib import Path

import aioice.ice
import speech
import studio
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.contrib.media import MediaPlayer
from aiortc.mediastreams import MediaStreamError

# aioice offers every address but loopback, where this test's traffic has to stay.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

LINE = "i would like to book a table for two people tomorrow evening"


async def hold_call(server, wav, context):
    """Calls, speaks, and returns (call id, events, seconds of loud audio heard)."""
    status, call = server.request("POST", "/api/v1/calls",
                                  {"agent_name": "restaurant", "user_context": context})
    assert status == 201, (status, call)
    peer = RTCPeerConnection()
    events = []
    understood = asyncio.Event()
    heard = 0.0

    channel = peer.createDataChannel("events")

    @channel.on("message")
    def on_message(message):
        event = json.loads(message)
        events.append(event)
        if event.get("type") == "transcript" and event.get("role") == "user" and event.get("final"):
            understood.set()

    async def listen(track):
        nonlocal heard
        try:
            while True:
                frame = await track.recv()
                samples = array.array("h", bytes(frame.planes[0]))
                if sum(map(abs, samples)) > 300 * len(samples):
                    heard += frame.samples / frame.sample_rate
        except MediaStreamError:
            pass

    peer.on("track", lambda track: asyncio.ensure_future(listen(track)))
    peer.addTrack(MediaPlayer(str(wav)).audio)
    await peer.setLocalDescription(await peer.createOffer())
    status, answer = server.request("POST", f"/api/v1/calls/{call['call_id']}/sdp",
                                    peer.localDescription.sdp.encode(),
                                    headers={"Content-Type": "application/sdp"})
    assert status == 201, (status, answer)
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.wait_for(understood.wait(), 40)
    await asyncio.sleep(3)  # The agent's answer is heard meanwhile.
    await peer.close()
    return call["call_id"], events, heard


class AiortcTest(unittest.TestCase):
    def test_a_call_is_held_and_understood(self):
        with tempfile.TemporaryDirectory() as folder, studio.Bookings() as bookings, \
                studio.Server() as server:
            studio.install_restaurant(server)
            wav = Path(folder) / "line.wav"
            # The caller is silent until the greeting is over.
            speech.speak(LINE, wav, lead_seconds=6.0, tail_seconds=30.0)
            call_id, events, heard = asyncio.run(
                hold_call(server, wav, {"bookings_url": bookings.url}))
            said = [event["content"] for event in events if event.get("type") == "transcript"
                    and event.get("role") == "user" and event.get("final")]
            studio.assert_understood(self, [LINE], said[:1])
            self.assertGreater(heard, 1.0)
            record = server.call_record(call_id, until=lambda found: found["ended_at"])
            self.assertEqual(record["status"], "completed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
