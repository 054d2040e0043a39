"""Hostile bytes against a whole server: 200 malformed requests and 200 malformed datagrams change
nothing for the call after them. STUDIO_SERVER_BINARY names the server, which `./dev test` builds
with the sanitizers; the caller is always the release binary."""

import json
import os
import random
import socket
import tempfile
import unittest
from pathlib import Path

import studio
from call_test import run_caller

SERVER = Path(os.environ.get("STUDIO_SERVER_BINARY", studio.BINARY))
# A report ends the server with this code, a leak at its end too.
SANITIZERS = {"ASAN_OPTIONS": "detect_leaks=1:exitcode=99",
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99"}
REPORTS = ("AddressSanitizer", "LeakSanitizer", "runtime error:")


def datagrams():
    """Two hundred: broken STUN, DTLS, RTP and RTCP heads with lengths that lie, and noise."""
    source = random.Random(200)
    stun = bytes.fromhex("000100002112a442") + bytes(12)
    heads = [stun, bytes.fromhex("0001fffc2112a442"), bytes.fromhex("16fefd0000000000000000ffff"),
             bytes.fromhex("14fefd"), bytes.fromhex("806f0001"), bytes.fromhex("bf6f0001"),
             bytes.fromhex("80c8ffff"), bytes.fromhex("81cd0003"), b"", b"\xff"]
    for index in range(200):
        yield heads[index % len(heads)] + source.randbytes(source.choice([0, 1, 3, 20, 120, 1400]))


def request(method, path, body=b"", headers=()):
    lines = [f"{method} {path} HTTP/1.1", "Host: t", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def requests(key):
    """Two hundred that must each be refused, in the request line, the headers or the body."""
    source = random.Random(100)
    auth = f"X-API-Key: {key}"

    def post(path, body, content_type="application/json"):
        return request("POST", path, body, [auth, f"Content-Type: {content_type}",
                                            f"Content-Length: {len(body)}"])

    broken_heads = [
        b"rubbish\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n", request("GET", "/api/v1/../../etc/passwd", headers=[auth]),
        request("GET", "/api/v1/agents/%zz", headers=[auth]),
        request("GET", "/api/v1/agents/%00", headers=[auth]),
        request("GET", "/" + "a" * 6_000), request("BREW", "/api/v1/agents", headers=[auth]),
        request("GET", "/api/v1/agents", headers=["X: " + "a" * 20_000]),
        request("GET", "/api/v1/agents", headers=["Bad Name: x"]),
        request("GET", "/api/v1/agents", headers=["X-API-Key: as_live_nobody"]),
        request("GET", "/api/v1/agents", headers=["Authorization: Bearer \xff"]),
        request("POST", "/api/v1/calls", headers=[auth, "Content-Length: -1"]),
        request("POST", "/api/v1/calls", headers=[auth, "Content-Length: 99999999999999999999"]),
        request("POST", "/api/v1/calls", b"zz\r\n", [auth, "Transfer-Encoding: chunked"]),
        request("POST", "/api/v1/calls", b"0\r\n\r\n",
                [auth, "Transfer-Encoding: gzip, chunked", "Content-Length: 5"]),
        request("GET", "/api/v1/calls?limit=-1", headers=[auth]),
        request("GET", "/api/v1/calls/" + "9" * 300, headers=[auth]),
    ]
    bodies = [
        b"", b"{", b"nul", b"[]", b'"text"', b"{'a':1}", b'{"a":1}x', b"[" * 20_000,
        b'{"name":"\xff\xfe"}', b'{"name":"\\ud800"}', b'{"name":1e999}', b'{"name":null}',
        b'{"name":{"a":[]}}', b'{"agent_name":[1]}', b'{"agent_name":"' + b"a" * 100_000 + b'"}',
        b'{"agent_name":"nobody","context":[[[[[[]]]]]]}', b'{"unknown":true}', b"\x00" * 64,
    ]
    sdp = [b"", b"v=0", b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=audio 99999 X 0\r\n", b"\r\n" * 500]
    seeds = broken_heads + [post(path, body) for path in
                            ("/api/v1/calls", "/api/v1/agents", "/api/v1/tools")
                            for body in bodies]
    seeds += [post("/api/v1/calls/nothing/sdp", body, "application/sdp") for body in sdp]
    yield from seeds
    for _ in range(200 - len(seeds)):
        body = source.randbytes(source.choice([1, 20, 400]))
        yield post(source.choice(["/api/v1/calls", "/api/v1/agents"]), body)


def exchange(port, data):
    """All that the server answers to some bytes."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        answer = b""
        try:
            connection.sendall(data)
            while piece := connection.recv(65_536):
                answer += piece
        except (BrokenPipeError, ConnectionResetError):
            pass
        return answer


class HostileInputTest(unittest.TestCase):
    def test_malformed_input_changes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "server.log"
            # Leaving the server asserts that SIGTERM ended it with 0: without a leak, that is.
            with studio.Bookings() as bookings, \
                    studio.Server(binary=SERVER, environment=SANITIZERS, log=log) as server:
                studio.install_restaurant(server)
                self._send_requests(server)
                self._send_datagrams(server)
                code, output = run_caller(server, bookings, lines=studio.caller_lines()[:1])
                self.assertEqual(code, 0, output[-3:])
            for report in REPORTS:
                self.assertNotIn(report, log.read_text(errors="replace"))

    def _send_requests(self, server):
        port = int(server.url.rsplit(":", 1)[1])
        count = 0
        for data in requests(server.key):
            head, _, body = exchange(port, data).partition(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1]) if head else None
            with self.subTest(data=data[:120]):
                self.assertIn(status, range(400, 500), head)
                error = json.loads(body)["error"]
                self.assertTrue(error["code"] and error["message"], error)
            count += 1
        self.assertEqual(count, 200)

    @staticmethod
    def _send_datagrams(server):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for datagram in datagrams():
                sender.sendto(datagram, ("127.0.0.1", server.media_port))


if __name__ == "__main__":
    unittest.main(verbosity=2)
