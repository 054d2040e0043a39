"""A server that webhooks are sent to: keeps what it got, and can be down, slow, broken or gone."""

import hashlib
import hmac
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def is_signed(secret, header, body, tolerance=300.0):
    """The verifier of docs/webhooks.md: whether one `v1` is right and the time is not long ago."""
    moment = re.match(r"t=(\d+),", header)
    if not moment or abs(time.time() - int(moment.group(1))) > tolerance:
        return False
    text = moment.group(1).encode() + b"." + body
    expected = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return any(hmac.compare_digest(expected, given)
               for given in re.findall(r"v1=([0-9a-f]{64})", header))


class Request:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body, self.at = path, headers, body, time.monotonic()
        self.event = json.loads(body)
        self.id = self.event["id"]
        self.taken = False


class Receiver:
    """`behave[path](handler, request, tries)` answers and returns whether the event is taken; what
    has none is answered with 204. `tries` is how often the event came there, this time included."""

    def __init__(self, port=0, behave=None):
        self.behave = behave or {}
        self.requests = []
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                receiver.take(self)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # Who was killed leaves its connections.

        self.server = Server(("127.0.0.1", port), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def take(self, handler):
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        request = Request(handler.path, dict(handler.headers), body)
        with self.lock:
            self.requests.append(request)
            tries = sum(1 for other in self.requests
                        if (other.path, other.id) == (request.path, request.id))
        request.taken = self.behave.get(handler.path, answer(204))(handler, request, tries)

    def at(self, path):
        with self.lock:
            return [request for request in self.requests if request.path == path]

    def taken(self, path):
        """The ids of the events that were taken there, each once, in their order."""
        return list(dict.fromkeys(request.id for request in self.at(path) if request.taken))

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def answer(status, headers=(), body=b""):
    def behave(handler, _request, _tries):
        handler.send_response(status)
        for name, value in headers:
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return 200 <= status < 300
    return behave


def slowly(seconds):
    def behave(handler, request, tries):
        time.sleep(seconds)
        return answer(200)(handler, request, tries)
    return behave


def broken(times):
    """500 for the first tries of each event."""
    def behave(handler, request, tries):
        return answer(500 if tries <= times else 200, body=b"no" * 400)(handler, request, tries)
    return behave


def cut(times):
    """The answer breaks off in its middle."""
    def behave(handler, request, tries):
        if tries > times:
            return answer(200)(handler, request, tries)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of")
        handler.close_connection = True
        return False
    return behave
