"""A stand-in of LiveKit's SIP service in front of a real livekit-server: it answers the requests of
the server's API for SIP calls itself and passes everything else on, WebSockets too. The phones that
it calls, or that call, are participants of the kind `sip` with `sip.*` attributes, voice and
keys."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
import time

import numpy
from livekit import rtc

RATE = 48_000
TRUNK = "ST_test"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def sign(key, secret, claims):
    claims = {"iss": key, "nbf": int(time.time()) - 10, "exp": int(time.time()) + 600, **claims}
    text = b".".join(encode(json.dumps(part).encode())
                     for part in ({"alg": "HS256", "typ": "JWT"}, claims))
    return (text + b"." + encode(hmac.new(secret.encode(), text, hashlib.sha256).digest())).decode()


class Refused(Exception):
    """A Twirp error, with the SIP status that caused it."""

    def __init__(self, http_status, code, sip_status=0):
        super().__init__(code)
        self.http_status = http_status
        self.body = {"code": code, "msg": code, "meta": {}}
        if sip_status:
            self.body["meta"] = {"sip_status_code": str(sip_status), "sip_status": "as told"}


class Phone:
    """One telephone in a room."""

    def __init__(self, stand_in, room_name, identity, attributes, claims=None):
        self.stand_in = stand_in
        self.room_name = room_name
        self.identity = identity
        self.attributes = attributes
        self.claims = claims or {}
        self.digits = ""
        self.loud_frames = 0
        self.is_gone = False
        self.sees_track = False
        self.room = rtc.Room()
        self.tasks = []
        self.room.on("track_subscribed", self._on_track)
        self.room.on("sip_dtmf_received", self._on_key)
        self.room.on("disconnected", lambda *_: setattr(self, "is_gone", True))

    async def join(self):
        token = sign(self.stand_in.key, self.stand_in.secret, {
            "sub": self.identity, "kind": "sip", "attributes": self.attributes, **self.claims,
            "video": {"roomJoin": True, "room": self.room_name, "canPublish": True,
                      "canSubscribe": True, "canPublishData": True, "canUpdateOwnMetadata": True}})
        await self.room.connect(self.stand_in.livekit_url, token)
        source = rtc.AudioSource(RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("phone", source)
        await self.room.local_participant.publish_track(
            track, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE))
        self.tasks.append(asyncio.create_task(self._be_quiet(source)))

    async def become(self, status):
        self.attributes = {**self.attributes, "sip.callStatus": status}
        await self.room.local_participant.set_attributes({"sip.callStatus": status})

    async def press(self, digits):
        for digit in digits:
            code = "0123456789*#ABCD".index(digit)
            await self.room.local_participant.publish_dtmf(code=code, digit=digit)
            await asyncio.sleep(0.2)

    async def leave(self):
        self.is_gone = True
        for task in self.tasks:
            task.cancel()
        await self.room.disconnect()

    def _on_track(self, track, *_):
        self.sees_track = True
        self.tasks.append(asyncio.create_task(self._listen(track)))

    def _on_key(self, event):
        self.digits += event.digit

    async def _listen(self, track):
        async for event in rtc.AudioStream(track, sample_rate=RATE, num_channels=1):
            samples = numpy.frombuffer(event.frame.data, dtype=numpy.int16)
            self.loud_frames += bool(abs(samples.astype(float)).max() > 1000)

    async def _be_quiet(self, source):
        while True:
            await source.capture_frame(rtc.AudioFrame(bytes(2 * RATE // 50), RATE, 1, RATE // 50))


class SipStandIn:
    """Runs on a thread of its own. `scripts` says by number what becomes of a call: seconds of
    ringing (None: for ever), and the SIP status then, 200 for an answer."""

    def __init__(self, livekit_port, key, secret):
        self.key, self.secret = key, secret
        self.livekit_port = livekit_port
        self.livekit_url = f"ws://127.0.0.1:{livekit_port}"
        self.scripts = {}
        # Refusals for want of a place, by number, before it is called.
        self.full_for = {}
        self.phones = {}
        self.calls_placed = []
        self.transfers = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.server = self.run(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    def run(self, work, seconds=30):
        """The result of a coroutine on the stand-in's thread, from another."""
        async def bounded():
            return await asyncio.wait_for(work, seconds)
        return asyncio.run_coroutine_threadsafe(bounded(), self.loop).result(seconds + 5)

    def close(self):
        async def stop():
            self.server.close()
            for phone in list(self.phones.values()):
                if not phone.is_gone:
                    await phone.leave()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(stop(), self.loop).result(20)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def call_in(self, room_name, number, worker_name, agent):
        """A phone rings us: a dispatch rule has made its room, which wants an agent."""
        return self.run(self._call_in(room_name, number, worker_name, agent))

    async def _call_in(self, room_name, number, worker_name, agent):
        dispatch = {"agents": [{"agentName": worker_name,
                                "metadata": json.dumps({"agent_name": agent})}]}
        phone = Phone(self, room_name, f"sip_{number}", {
            "sip.callStatus": "ringing", "sip.phoneNumber": number,
            "sip.trunkPhoneNumber": "+14155550100", "sip.callID": "SCL_in",
            "sip.h.x-customer": "seven"}, {"roomConfig": dispatch})
        self.phones[phone.identity] = phone
        await phone.join()
        return phone

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.decode("latin-1").split("\r\n")
            path = lines[0].split(" ")[1]
            fields = {name.lower(): value.strip() for name, _, value in
                      (line.partition(":") for line in lines[1:] if line)}
            methods = {"/twirp/livekit.SIP/CreateSIPParticipant": self._create,
                       "/twirp/livekit.SIP/TransferSIPParticipant": self._transfer}
            if path in methods:
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                await self._answer(writer, methods[path], json.loads(body), fields)
            else:
                await self._pass_on(head, fields, reader, writer)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError, OSError):
            pass  # Either side went, or the test is over.
        finally:
            writer.close()

    async def _answer(self, writer, method, body, fields):
        try:
            status, reply = 200, await method(body, self._grants(fields))
        except Refused as refused:
            status, reply = refused.http_status, refused.body
        text = json.dumps(reply).encode()
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: "
                     f"{len(text)}\r\nConnection: close\r\n\r\n".encode() + text)
        await writer.drain()

    async def _pass_on(self, head, fields, reader, writer):
        """One request, or a WebSocket for its whole life."""
        if fields.get("upgrade", "").lower() != "websocket":
            first, rest = head.split(b"\r\n", 1)
            head = first + b"\r\nConnection: close\r\n" + rest
        there, back = await asyncio.open_connection("127.0.0.1", self.livekit_port)
        back.write(head)

        async def pump(source, sink):
            try:
                while piece := await source.read(65536):
                    sink.write(piece)
                    await sink.drain()
            except (ConnectionError, OSError):
                pass

        ways = [asyncio.create_task(pump(reader, back)), asyncio.create_task(pump(there, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            back.close()

    def _grants(self, fields):
        token = fields.get("authorization", "").removeprefix("Bearer ")
        text, _, signature = token.rpartition(".")
        expected = encode(hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).digest())
        if expected.decode() != signature:
            raise Refused(401, "unauthenticated")
        payload = text.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))

    async def _create(self, body, grants):
        if not grants.get("sip", {}).get("call"):
            raise Refused(403, "permission_denied")
        if body["sip_trunk_id"] != TRUNK:
            raise Refused(404, "not_found")
        number = body["sip_call_to"]
        if self.full_for.get(number, 0) > 0:
            # As livekit-sip: "cpu exhausted".
            self.full_for[number] -= 1
            raise Refused(503, "unavailable")
        self.calls_placed.append(number)
        ringing, sip_status = self.scripts[number]
        phone = Phone(self, body["room_name"], body["participant_identity"],
                      {"sip.callStatus": "dialing", "sip.phoneNumber": number,
                       "sip.trunkPhoneNumber": "+14155550100", "sip.callID": "SCL_out"})
        self.phones[phone.identity] = phone
        # The call goes its way also where whoever asked for it is gone.
        return await asyncio.shield(asyncio.create_task(self._ring(phone, ringing, sip_status)))

    async def _ring(self, phone, ringing, sip_status):
        await phone.join()
        await asyncio.sleep(0.4)
        await phone.become("ringing")
        ends_at = None if ringing is None else time.monotonic() + ringing
        while ends_at is None or time.monotonic() < ends_at:
            await asyncio.sleep(0.05)
            if phone.is_gone:
                raise Refused(408, "canceled")
        if sip_status != 200:
            await phone.leave()
            raise Refused(500, "unavailable", sip_status)
        await phone.become("active")
        return {"participant_identity": phone.identity, "room_name": phone.room_name,
                "participant_id": "PA_x", "sip_call_id": "SCL_out"}

    async def _transfer(self, body, grants):
        video = grants.get("video", {})
        if not grants.get("sip", {}).get("call") or not video.get("roomAdmin") or \
                video.get("room") != body["room_name"]:
            raise Refused(403, "permission_denied")
        phone = self.phones.get(body["participant_identity"])
        if phone is None or phone.is_gone:
            raise Refused(404, "not_found")
        target = body["transfer_to"]
        await asyncio.sleep(0.5)
        if target in self.scripts:
            raise Refused(500, "unavailable", self.scripts[target])
        self.transfers.append((phone.identity, target))
        # The bridge is gone before its answer arrives.
        await phone.leave()
        await asyncio.sleep(0.3)
        return {}
