"""The API and a worker as in production, on real PostgreSQL, Redis and LiveKit of their own."""

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
import servers as real  # noqa: E402
import studio  # noqa: E402


class Production(studio.Server):
    """One API replica and one worker. Speaks like the server of one process, and ends like it."""

    def __init__(self, **environment):
        """`environment`: settings of both programs."""
        self.extra = environment
        self.folder = tempfile.TemporaryDirectory(prefix="studio-production-")
        self.log_path = Path(self.folder.name) / "production.log"
        self.log_file = open(self.log_path, "wb")
        self.worker = self.process = None
        self.servers = real.Servers(["postgres", "redis", "livekit"])
        self.servers.__enter__()
        try:
            self._start()
        except BaseException:
            self._kill()
            raise

    def _start(self):
        livekit = self.servers["livekit"]
        environment = {
            **os.environ, "DATABASE_URL": self.servers["postgres"].url(),
            "REDIS_URL": self.servers["redis"].url(),
            "LIVEKIT_URL": f"ws://127.0.0.1:{livekit.port}",
            "LIVEKIT_API_KEY": livekit.key, "LIVEKIT_API_SECRET": livekit.secret,
            "STUDIO_MEDIA_ADDRESS": "127.0.0.1", "STUDIO_SPOOL": f"{self.folder.name}/spool",
            "STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": "true", **self.extra}

        def run(*arguments):
            return studio.Process([studio.BINARY, *arguments], stderr=self.log_file,
                                  env=environment)

        self.run = run
        code, lines = run("migrate").finish(60)
        assert code == 0, (lines, self.log())
        self.process = run("api", "--host", "127.0.0.1", "--port", "0")
        self.url = self.process.wait_for(r"API\s+(http://\S+)/api/v1$", 60).group(1)
        self.key = self.process.wait_for(r"API key\s+(as_live_\w+)", 30).group(1)
        self.worker = self.start_worker()

    def start_worker(self):
        worker = self.run("worker", "--health-host", "127.0.0.1", "--health-port", "0")
        worker.wait_for(r"health\s+(http://\S+)/health$", 60)
        return worker

    def _kill(self):
        for process in (self.worker, self.process):
            if process is not None and process.process.poll() is None:
                process.process.kill()
                process.process.wait()
        self.servers.clean()
        self.log_file.close()

    def stop(self, seconds=30.0):
        """The first exit code that is not 0, of the worker and the API."""
        try:
            return self.worker.stop(seconds) or self.process.stop(seconds)
        finally:
            self._kill()
