"""Recogniser, model, voice and a tool's back end for the chaos run, over real sockets in one small
process: Deepgram's WebSocket, OpenAI's chat and speech, and `/effects`, which counts. Prints
`port N`, then serves until it is ended."""

import asyncio
import base64
import hashlib
import json
import random
import re
import struct
import sys
import time
from collections import Counter

import numpy

import tones

STT_DELAY, LLM_DELAY, TTS_DELAY = 0.05, 0.15, 0.05
EFFECT_DELAYS = (0.02, 0.3)  # Long enough that a kill finds some of them under way.
HEARD_BYTES_MAX = 60 * 32000
RATE = 24000
HANDOVER_EACH = 3  # Of the numbers noted, every third is followed by another agent.
effects = Counter()


def log(*words):
    print(f"{time.monotonic():.2f}", *words, file=sys.stderr, flush=True)


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    fields = {name.strip().lower(): value.strip()
              for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(fields.get("content-length", 0)))
    return method, target, fields, body


def whole(body, status="200 OK", kind="application/json"):
    return (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
            "\r\n").encode() + body


def chunk(data):
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def frame(opcode, payload):
    size = len(payload)
    head = bytes([0x80 | opcode]) + (bytes([size]) if size < 126 else
                                     bytes([126]) + struct.pack(">H", size))
    return head + payload


async def read_frame(reader):
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        size, = struct.unpack(">H", await reader.readexactly(2))
    elif size == 127:
        size, = struct.unpack(">Q", await reader.readexactly(8))
    mask = await reader.readexactly(4) if second & 0x80 else bytes(4)
    data = await reader.readexactly(size)
    key = (mask * (size // 4 + 1))[:size]
    plain = int.from_bytes(data, "little") ^ int.from_bytes(key, "little")
    return first & 0x0F, plain.to_bytes(size, "little")


def results(text, start, seconds):
    words = [{"word": word, "start": start, "end": start + seconds, "confidence": 0.98}
             for word in text.split()]
    return json.dumps({
        "type": "Results", "channel_index": [0, 1], "start": start, "duration": seconds,
        "is_final": True, "speech_final": True, "from_finalize": True,
        "channel": {"alternatives": [{"transcript": text, "confidence": 0.98, "words": words}]},
    }).encode()


async def listen(reader, writer, fields):
    """Deepgram: each Finalize is answered with the lines that were heard since the last."""
    accept = base64.b64encode(hashlib.sha1(
        (fields["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
    writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade"
                 b"\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n")
    heard, start = bytearray(), 0.0
    while True:
        opcode, payload = await read_frame(reader)
        if opcode == 2:
            heard += payload
            excess = max(0, len(heard) - HEARD_BYTES_MAX)
            del heard[:excess]
            start += excess / 32000
        elif opcode == 8:
            writer.write(frame(8, payload[:2]))
            return
        elif opcode == 9:
            writer.write(frame(10, payload))
        elif opcode == 1 and (kind := json.loads(payload)["type"]) == "Finalize":
            await asyncio.sleep(STT_DELAY)
            numbers = tones.lines_in(numpy.frombuffer(bytes(heard), dtype="<i2"))
            log("heard", numbers, "in", len(heard) / 32000, "s")
            seconds = len(heard) / 32000
            heard.clear()
            text = " ".join(f"Number {number} please." for number in numbers)
            writer.write(frame(1, results(text, start, seconds)))
            start += seconds
        elif opcode == 1 and kind == "CloseStream":
            writer.write(frame(1, b'{"type":"Metadata","request_id":"mock"}'))
            writer.write(frame(8, struct.pack(">H", 1000)))
            return


def answer_to(messages):
    """(text, numbers): asks for the tool for each number said, then says how it went. Whoever was
    handed over to meanwhile says it in the other's place."""
    earlier = messages
    if "handed over to you" in str(messages[-1]["content"]):
        # Behind the results that the other agent had no time to tell.
        earlier = messages[:-1]
        if earlier and earlier[-1]["role"] == "assistant" and not earlier[-1].get("tool_calls"):
            earlier = earlier[:-1]
    tool_results = []
    for message in reversed(earlier):
        if message["role"] != "tool":
            break
        tool_results.insert(0, message)
    if tool_results:
        asked = {call["id"]: json.loads(call["function"]["arguments"]).get("number")
                 for message in messages for call in message.get("tool_calls") or []}
        parts = []
        for result in tool_results:
            number = asked.get(result["tool_call_id"])
            if number is None:
                continue  # Of the hand-over.
            sure = '"ok":true' in str(result["content"]).replace(" ", "")
            parts.append(f"Number {number} is {'noted' if sure else 'uncertain'}.")
        return " ".join(parts), []
    last = messages[-1]
    text = last["content"] if isinstance(last["content"], str) else json.dumps(last["content"])
    numbers = [int(number) for number in re.findall(r"[Nn]umber (\d+)", text)]
    if last["role"] != "user" or not numbers:
        return "Pardon me?", []
    return "", numbers


async def chat(writer, body):
    text, numbers = answer_to(body["messages"])
    log("model", body["messages"][-1], "->", text, numbers)
    await asyncio.sleep(LLM_DELAY)
    deltas = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in re.findall(r"\S+\s*", text)]
    for index, number in enumerate(numbers):
        deltas.append({"tool_calls": [{
            "index": index, "id": f"call_{number}_{random.getrandbits(40):x}", "type": "function",
            "function": {"name": "note", "arguments": json.dumps({"number": number})}}]})
    offered = [tool["function"]["name"] for tool in body.get("tools") or []]
    # By the edges of a workflow rather than by a tool of the agent's own.
    handovers = (sorted(name for name in offered if name.startswith("hand_over_to_"))
                 or [name for name in offered if name.startswith("to_")])
    if handovers and any(number % HANDOVER_EACH == 0 for number in numbers):
        deltas.append({"tool_calls": [{
            "index": len(numbers), "id": f"over_{random.getrandbits(40):x}", "type": "function",
            "function": {"name": handovers[-1], "arguments": "{}"}}]})
    out = (b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
           b"Transfer-Encoding: chunked\r\n\r\n")
    for index, delta in enumerate([*deltas, {}]):
        reason = None if index < len(deltas) else "tool_calls" if numbers else "stop"
        event = {"id": "1", "object": "chat.completion.chunk", "model": "mock",
                 "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        out += chunk(b"data: " + json.dumps(event).encode() + b"\n\n")
    usage = {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1,
                                      "total_tokens": 2}}
    out += chunk(b"data: " + json.dumps(usage).encode() + b"\n\n") + chunk(b"data: [DONE]\n\n")
    writer.write(out + b"0\r\n\r\n")


def voice_of(text):
    """Hertz of what a sentence sounds like."""
    if found := re.search(r"[Nn]umber (\d+) is noted", text):
        return tones.tone_hz(int(found.group(1)))
    if "uncertain" in text:
        return tones.UNSURE_HZ
    return tones.GREETING_HZ if "Hello" in text else tones.OTHER_HZ


async def speak(writer, body):
    await asyncio.sleep(TTS_DELAY)
    sound = tones.make_tone(voice_of(body["input"]), 0.9, RATE)
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/pcm\r\nTransfer-Encoding: chunked\r\n\r\n"
                 + chunk(sound) + b"0\r\n\r\n")


async def count_effect(writer, body):
    effects[f"{body['call']}:{int(body['number'])}"] += 1
    await asyncio.sleep(random.uniform(*EFFECT_DELAYS))
    writer.write(whole(b'{"noted":true}'))


async def serve(reader, writer):
    try:
        while True:
            method, target, fields, content = await read_request(reader)
            if fields.get("upgrade", "").lower() == "websocket":
                return await listen(reader, writer, fields)
            body = json.loads(content) if content else None
            if target == "/v1/chat/completions":
                await chat(writer, body)
            elif target == "/v1/audio/speech":
                await speak(writer, body)
            elif (method, target) == ("POST", "/effects"):
                await count_effect(writer, body)
            elif target == "/effects":
                writer.write(whole(json.dumps(effects).encode()))
            else:
                writer.write(whole(b"{}", "404 Not Found"))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # The client went away, as killed ones do.
    finally:
        writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
