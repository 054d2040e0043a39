"""As much of a Redis client as watching it takes."""

import socket
import ssl
from urllib.parse import unquote, urlparse


class RedisClient:
    """`ca` is the file of the authority for rediss://."""

    def __init__(self, url, timeout=1.0, ca=None):
        parts = urlparse(url)
        self.address = (parts.hostname, parts.port)
        self.login = [unquote(part) for part in (parts.username, parts.password) if part]
        self.tls = ssl.create_default_context(cafile=ca) if parts.scheme == "rediss" else None
        self.timeout = timeout
        self.socket = self.stream = None

    def __call__(self, *words):
        """The answer of one command; OSError where Redis is away."""
        try:
            if self.socket is None:
                self.socket = socket.create_connection(self.address, timeout=self.timeout)
                if self.tls:
                    self.socket = self.tls.wrap_socket(self.socket,
                                                       server_hostname=self.address[0])
                self.stream = self.socket.makefile("rb")
                if self.login:
                    self._ask("AUTH", *self.login)
            return self._ask(*words)
        except OSError:
            self.close()
            raise

    def close(self):
        if self.socket is not None:
            if self.stream is not None:
                self.stream.close()
                self.stream = None
            self.socket.close()
            self.socket = None

    def _ask(self, *words):
        parts = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(parts) + b"".join(
            b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
        return self._read()

    def _read(self):
        line = self.stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("redis went away")
        kind, rest = line[:1], line[1:-2]
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.stream.read(size + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return [self._read() for _ in range(int(rest))]
        if kind == b"-":
            raise ConnectionError(rest.decode())  # Loading, for one: as good as away.
        return rest.decode()
