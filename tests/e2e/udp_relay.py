"""A UDP relay between callers and a server that loses, delays and reorders datagrams, by a seed."""

import heapq
import random
import select
import socket
import threading
import time


class UdpRelay:
    """Listens on `address`; what callers send goes to `target`, and back. One socket per caller."""

    def __init__(self, target, loss=0.0, jitter_seconds=0.0, seed=1, address=("127.0.0.1", 0)):
        self.target = target
        self.loss = loss
        self.jitter_seconds = jitter_seconds
        self.random = random.Random(seed)
        self.front = self._socket(address)
        self.port = self.front.getsockname()[1]
        self.passed = 0
        self.lost = 0
        self._backs = {}
        self._callers = {}
        self._queue = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @staticmethod
    def _socket(address=("127.0.0.1", 0)):
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(address)
        made.setblocking(False)
        return made

    def _schedule(self, outgoing, destination, data):
        if self.random.random() < self.loss:
            self.lost += 1
            return
        self.passed += 1
        due = time.monotonic() + self.random.random() * self.jitter_seconds
        heapq.heappush(self._queue, (due, self.passed, outgoing, destination, data))

    def _receive(self, ready):
        while True:
            try:
                data, source = ready.recvfrom(2048)
            except (BlockingIOError, ConnectionError):
                return
            if ready is self.front:
                if source not in self._backs:
                    self._backs[source] = self._socket()
                    self._callers[self._backs[source]] = source
                self._schedule(self._backs[source], self.target, data)
            else:
                self._schedule(self.front, self._callers[ready], data)

    def _run(self):
        while not self._stop.is_set():
            wait = 0.05
            if self._queue:
                wait = min(wait, max(0.0, self._queue[0][0] - time.monotonic()))
            ready, _, _ = select.select([self.front, *self._callers], [], [], wait)
            for one in ready:
                self._receive(one)
            while self._queue and self._queue[0][0] <= time.monotonic():
                _, _, outgoing, destination, data = heapq.heappop(self._queue)
                try:
                    outgoing.sendto(data, destination)
                except OSError:
                    pass  # The other end is gone; so is the datagram.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()
        for one in (self.front, *self._callers):
            one.close()
