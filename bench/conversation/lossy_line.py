#!/usr/bin/env python3
"""A relay in front of LiveKit's media port that loses datagrams of the callers, both ways; those of
the agents' workers pass. A process of its own, so that it does not disturb who measures.

    lossy_line.py MEDIA_PORT SIGNAL_PORT CALLERS_PID SEED     (standard input: the share to lose)

LiveKit listens on 127.0.0.1 and tells everybody that it is 127.0.0.2 (`node_ip`), where this is.
Callers enter through a SignalFilter, so that LiveKit knows no other way to them.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/e2e"))
from signal_filter import SignalFilter  # noqa: E402
from udp_relay import UdpRelay  # noqa: E402

ADDRESS = "127.0.0.2"


def sockets_of(pid):
    """The inodes of what the process has open."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = os.readlink(entry)
        except OSError:
            continue  # Closed meanwhile.
        if target.startswith("socket:["):
            found.add(target[8:-1])
    return found


def inode_of(port):
    """Of the socket that has the UDP port."""
    for table in ("udp", "udp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rsplit(":", 1)[1], 16) == port:
                return fields[9]
    return None


class LossyLine(UdpRelay):
    def __init__(self, pid, **options):
        self.pid = pid
        self.is_caller = {}
        self.seen = 0  # Of the callers.
        super().__init__(**options)

    def _schedule(self, outgoing, destination, data):
        source = self._callers.get(outgoing, destination)
        if source not in self.is_caller:
            self.is_caller[source] = inode_of(source[1]) in sockets_of(self.pid)
        loss, self.loss = self.loss, self.loss if self.is_caller[source] else 0.0
        self.seen += self.is_caller[source]
        super()._schedule(outgoing, destination, data)
        self.loss = loss


def main():
    port, signal_port, pid, seed = (int(word) for word in sys.argv[1:])
    with LossyLine(pid, target=("127.0.0.1", port), seed=seed, address=(ADDRESS, port)) as line:
        print(f"ready {SignalFilter(signal_port).port}", flush=True)
        for text in sys.stdin:
            line.loss = float(text)
            print(f"passed {line.seen - line.lost} lost {line.lost}", flush=True)


if __name__ == "__main__":
    main()
