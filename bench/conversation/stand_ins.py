#!/usr/bin/env python3
"""What the peer has instead of its vendors: a server that speaks OpenAI's protocol, with the same
recogniser, the same voice and the same answers as our agent has in this process's own."""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
import cases  # noqa: E402
import recogniser  # noqa: E402
import sound  # noqa: E402
import voices  # noqa: E402

# Of OpenAI's `pcm`.
PCM_RATE = 24_000
ANSWERS = {"brief": cases.BRIEF, "long": cases.LONG}


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    voices = None
    voice = "slt"
    recogniser = None
    # The models take one at a time; each is quick.
    lock = threading.Lock()

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        routes = {"/chat/completions": self.chat, "/audio/speech": self.speech,
                  "/audio/transcriptions": self.transcription}
        for path, route in routes.items():
            if self.path.endswith(path):
                return route(body)
        return self.send_error(404)

    def answer(self, kind, content):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def chat(self, body):
        text = ANSWERS[json.loads(body)["model"]]
        deltas = [{"role": "assistant", "content": ""},
                  *({"content": word + " "} for word in text.split())]
        pieces = [(delta, None) for delta in deltas] + [({}, "stop")]
        events = [json.dumps({"id": "1", "object": "chat.completion.chunk", "created": 0,
                              "model": "stand-in", "choices": [{
                                  "index": 0, "delta": delta, "finish_reason": reason}]})
                  for delta, reason in pieces]
        self.answer("text/event-stream",
                    "".join(f"data: {event}\n\n" for event in [*events, "[DONE]"]).encode())

    def speech(self, body):
        with self.lock:
            said = self.voices.speak(self.voice, json.loads(body)["input"])
        self.answer("audio/pcm", sound.to_pcm(
            sound.resample(said, sound.RATE, PCM_RATE)).tobytes())

    def transcription(self, body):
        boundary = self.headers["Content-Type"].split("boundary=")[1].strip('"').encode()
        part = next(part for part in body.split(b"--" + boundary) if b'name="file"' in part)
        wav = part.split(b"\r\n\r\n", 1)[1]
        rate = int.from_bytes(wav[24:28], "little")
        data = wav[wav.index(b"data") + 8:]
        samples = np.frombuffer(data[:len(data) // 2 * 2], dtype=np.int16).astype(np.float32)
        with self.lock:
            text = self.recogniser.understand(sound.resample(samples / 32768.0, rate))
        self.answer("application/json", json.dumps({"text": text}).encode())


def main():
    Desk.voice = sys.argv[1]
    Desk.voices = voices.Voices()
    Desk.recogniser = recogniser.Recogniser()
    # Ready when it is asked for: a first synthesis loads what it needs.
    for text in (cases.GREETING, *ANSWERS.values()):
        Desk.voices.speak(Desk.voice, text)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    print(f"http://127.0.0.1:{server.server_address[1]}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
