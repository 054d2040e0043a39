#!/usr/bin/env python3
"""Runs a command with real servers beside it:

    with_servers.py postgres redis -- build/asan/tests/contract/postgres_store_test

The command finds them by STUDIO_TEST_DATABASE_URL, STUDIO_TEST_PGBOUNCER_URL,
STUDIO_TEST_REDIS_URL … It may also disturb them, by one line to STUDIO_TEST_CONTROL (host:port):
`kill postgres`, `stop …`, `start …`, `pause …` or `resume …`; the answer is `ok` or an error.
"""

import os
import signal
import socketserver
import subprocess
import sys
import threading
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from servers import Servers  # noqa: E402


class Control(socketserver.StreamRequestHandler):
    """One order of the test. Handled on one thread that lives as long as the servers do: the
    kernel ends a server with the thread that started it."""

    servers = None

    def handle(self):
        try:
            order, name = self.rfile.readline(200).decode().split()
            if order not in ("kill", "stop", "start", "pause", "resume"):
                raise ValueError(f"unknown order '{order}'")
            getattr(self.servers[name], order)()
            self.wfile.write(b"ok\n")
        except Exception as error:  # The test reads why, whatever it is.
            self.wfile.write(f"error: {error!r}\n".encode())


def main():
    if "--" not in sys.argv:
        sys.exit(__doc__)
    cut = sys.argv.index("--")
    names, command = sys.argv[1:cut], sys.argv[cut + 1:]
    # A test that is told to end must end its servers, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with Servers(names) as servers:
        Control.servers = servers
        with socketserver.TCPServer(("127.0.0.1", 0), Control) as control:
            threading.Thread(target=control.serve_forever, daemon=True).start()
            environment = {**os.environ, **servers.environment,
                           "STUDIO_TEST_CONTROL": f"127.0.0.1:{control.server_address[1]}"}
            process = subprocess.Popen(command, env=environment)
            try:
                code = process.wait()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
                control.shutdown()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
