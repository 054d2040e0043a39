"""A relay in front of LiveKit's signalling port that keeps the callers' own addresses to itself:
LiveKit then cannot reach them past a lossy line, and all of their media goes through it."""

import socket
import socketserver
import struct
import threading

# A SignalRequest (livekit_rtc.proto) holds one member; that of `trickle` has number 3.
TRICKLE = (3 << 3) | 2
BINARY = 0x82  # The only frame of its message, of bytes.
LARGEST = 1 << 20


class Filter(socketserver.StreamRequestHandler):
    target = None
    timeout = 3600
    # What a room's HTTP requests may look like.
    LINES_MAX = 100

    def handle(self):
        head, is_web_socket = self._head()
        with socket.create_connection(self.target) as server:
            server.sendall(head)
            back = threading.Thread(target=self._back, args=(server,), daemon=True)
            back.start()
            try:
                while piece := (self._frame() if is_web_socket else self._rest()):
                    server.sendall(piece)
                server.shutdown(socket.SHUT_WR)
            except OSError:
                pass  # One of them is gone; so is the other.
            back.join(5)

    def _head(self):
        """The request without compression, which would hide what a frame holds."""
        lines = []
        while len(lines) < self.LINES_MAX:
            line = self.rfile.readline(65536)
            if not line.lower().startswith(b"sec-websocket-extensions:"):
                lines.append(line)
            if line in (b"\r\n", b"\n", b""):
                break
        head = b"".join(lines)
        return head, b"upgrade: websocket" in head.lower()

    def _rest(self):
        return self.rfile.read1(65536)

    def _back(self, server):
        try:
            while piece := server.recv(65536):
                self.wfile.write(piece)
        except OSError:
            pass

    def _frame(self):
        """The next frame that the server may see (RFC 6455, 5.2); nothing at the end."""
        while len(header := self.rfile.read(2)) == 2:
            length = header[1] & 0x7f
            longer = self.rfile.read({126: 2, 127: 8}.get(length, 0))
            if longer:
                length = struct.unpack(">H" if len(longer) == 2 else ">Q", longer)[0]
            if length > LARGEST or not header[1] & 0x80:
                return b""
            mask, payload = self.rfile.read(4), self.rfile.read(length)
            is_trickle = (header[0] == BINARY and payload
                          and payload[0] ^ mask[0] == TRICKLE)
            if not is_trickle:
                return header + longer + mask + payload
        return b""


class SignalFilter(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port):
        handler = type("FilterTo", (Filter,), {"target": ("127.0.0.1", port)})
        super().__init__(("127.0.0.1", 0), handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()
