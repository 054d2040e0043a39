"""Readers of live events: Server-Sent Events and WebSockets, over sockets of our own, so that a
test can break off, stop reading, and see every byte."""

import base64
import json
import os
import socket
import struct
import threading
import time
import urllib.parse


def connect(url, receive_bytes=None):
    parts = urllib.parse.urlsplit(url)
    made = socket.socket()
    if receive_bytes:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    made.settimeout(20)
    made.connect((parts.hostname, parts.port))
    return made


def read_head(stream):
    """(status, headers) of a reply."""
    status = int(stream.readline().split()[1])
    headers = {}
    while (line := stream.readline().strip()):
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    return status, headers


class Reader:
    """Collects what a thread reads; `items` grows."""

    def __init__(self):
        self.items = []
        self.ended_at = None
        self.changed = threading.Condition()

    def start(self):
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            self.read()
        except (OSError, ValueError):
            pass
        with self.changed:
            self.ended_at = time.monotonic()
            self.changed.notify_all()

    def add(self, item):
        with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    def wait_for(self, condition, what, seconds=20.0):
        """The first item that meets the condition."""
        deadline = time.monotonic() + seconds
        with self.changed:
            while True:
                for item in self.items:
                    if condition(item):
                        return item
                left = deadline - time.monotonic()
                if left <= 0 or self.ended_at is not None:
                    raise AssertionError(f"no {what} in {self.items[-8:]}")
                self.changed.wait(left)

    def wait_for_end(self, seconds=20.0):
        with self.changed:
            assert self.changed.wait_for(lambda: self.ended_at is not None, seconds), \
                f"the stream goes on: {self.items[-5:]}"

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


class EventStream(Reader):
    """One stream of Server-Sent Events: items {event, data, id, at}."""

    def __init__(self, url, path, key, last_id=None, reads=True, receive_bytes=None):
        super().__init__()
        self.socket = connect(url, receive_bytes)
        request = f"GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer {key}\r\n"
        if last_id:
            request += f"Last-Event-ID: {last_id}\r\n"
        self.socket.sendall((request + "\r\n").encode())
        self.stream = self.socket.makefile("rb")
        self.status, self.headers = read_head(self.stream)
        if self.status == 200 and reads:
            self.socket.settimeout(None)
            self.start()

    def read(self):
        text = b""
        while (size := int(self.stream.readline(), 16)) > 0:
            text += self.stream.read(size)
            self.stream.readline()
            while b"\n\n" in text:
                event, text = text.split(b"\n\n", 1)
                self.add(self.parse(event.decode()))

    @staticmethod
    def parse(text):
        fields = dict(line.split(": ", 1) for line in text.split("\n"))
        return {"event": fields["event"], "id": fields.get("id"),
                "data": json.loads(fields["data"]), "at": time.monotonic()}

    def named(self, *events):
        return [item for item in self.items if item["event"] in events]

    def wait_for_event(self, event, seconds=20.0, condition=lambda data: True):
        return self.wait_for(lambda item: item["event"] == event and condition(item["data"]),
                             event, seconds)


class WebSocket(Reader):
    """A WebSocket of text messages: items are what they hold as JSON."""

    def __init__(self, url, path, headers=None):
        super().__init__()
        self.socket = connect(url)
        request = (f"GET {path} HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\n"
                   "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                   + base64.b64encode(os.urandom(16)).decode() + "\r\n")
        request += "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self.socket.sendall((request + "\r\n").encode())
        self.stream = self.socket.makefile("rb")
        self.status, _ = read_head(self.stream)
        self.close_code = None
        if self.status == 101:
            self.socket.settimeout(None)
            self.start()

    def read(self):
        while True:
            kind, length = struct.unpack("!BB", self.stream.read(2))
            if length == 126:
                length = struct.unpack("!H", self.stream.read(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self.stream.read(8))[0]
            payload = self.stream.read(length)
            if kind & 15 == 8:
                self.close_code = struct.unpack("!H", payload[:2])[0] if payload else None
                self.send_frame(8, payload)
                return
            if kind & 15 == 9:
                self.send_frame(10, payload)
            elif kind & 15 == 1:
                self.add(json.loads(payload))

    def send_frame(self, kind, payload):
        mask = os.urandom(4)
        head = bytes([0x80 | kind])
        head += (bytes([0x80 | len(payload)]) if len(payload) < 126
                 else struct.pack("!BH", 0x80 | 126, len(payload)))
        self.socket.sendall(head + mask + bytes(byte ^ mask[index % 4]
                                                for index, byte in enumerate(payload)))

    def send(self, message):
        text = message if isinstance(message, str) else json.dumps(message)
        self.send_frame(1, text.encode())

    def wait_for_type(self, kind, seconds=20.0, condition=lambda item: True):
        return self.wait_for(lambda item: item["type"] == kind and condition(item), kind, seconds)
