"""Production on this machine as processes, watched: PostgreSQL, Redis, LiveKit, APIs, workers, a
real Prometheus with the rules of deploy/prometheus, a real Alertmanager, and who it tells."""

import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import production_test as production  # noqa: E402
import servers as real  # noqa: E402
import studio  # noqa: E402
from faster import alertmanager, prometheus, rules  # noqa: E402
from front_door import BlackBox, FrontDoor  # noqa: E402

wait_until = production.wait_until
KEY = production.KEY


class Receiver(http.server.ThreadingHTTPServer):
    """Who Alertmanager tells: notes when each alert was fired and resolved."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), ReceiverHandler)
        self.told = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def has(self, alert, status, since):
        """The first message of it after `since`, on time.monotonic()."""
        return next((entry for entry in list(self.told)
                     if entry["name"] == alert and entry["status"] == status
                     and entry["at"] >= since), None)


class ReceiverHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in message["alerts"]:
            self.server.told.append({"name": alert["labels"]["alertname"], "at": time.monotonic(),
                                     "status": alert["status"], "labels": alert["labels"],
                                     "annotations": alert["annotations"]})
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


class Outside:
    """A server of others as a service of the engine."""

    def __init__(self, server, environment=None):
        self.server = server
        self.environment = environment or {}

    def up(self, _count, recreate):
        if self.server.process is not None and self.server.process.poll() is not None:
            self.server.process = None
        if self.server.process is None:
            self.server.start()

    def restart(self):
        self.server.stop()
        self.server.start()

    def ids(self):
        return [self.server.name] if self.server.process else []

    def kill_one(self, _id):
        self.server.kill()

    def restart_one(self, _id):
        self.restart()

    def describe(self):
        return f"{self.server.name} {'running' if self.server.process else 'exited'}"

    def log(self):
        return self.server.log.read_text(errors="replace")

    def run(self, command, _id=None):
        done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=30, env={**os.environ, **self.environment})
        return done.returncode, done.stdout


class Ours:
    """API or worker: replicas, as many as were asked for last."""

    def __init__(self, world, command, count, port, **settings):
        self.world, self.command, self.count, self.port = world, command, count, port
        self.settings = settings
        self.programs = []
        self.started_with = None

    def alive(self):
        return [program for program in self.programs if program.is_alive()]

    def up(self, count, recreate):
        self.count = count or self.count
        self.programs = self.alive()
        if recreate and self.started_with != self.settings:
            for program in self.programs:
                program.stop()
            self.programs = []
        while len(self.programs) < self.count:
            self.programs.append(production.Program(self.world, self.command, **self.settings))
        for program in self.programs[self.count:]:
            program.stop()
        self.programs = self.programs[:self.count]
        self.started_with = dict(self.settings)

    def restart(self):
        for program in self.alive():
            program.stop()
        self.up(0, False)

    def ids(self):
        return [f"{self.command}-{program.process.process.pid}" for program in self.alive()]

    def program(self, each):
        return next(program for program in self.programs
                    if each == f"{self.command}-{program.process.process.pid}")

    def kill_one(self, each):
        self.program(each).process.process.kill()
        self.program(each).process.process.wait()

    def restart_one(self, each):
        self.program(each).stop()
        self.up(0, recreate=False)

    def describe(self):
        return f"{self.command}: {len(self.alive())} of {self.count} run"

    def log(self):
        return "".join(program.log_path.read_text(errors="replace")[-2000:]
                       for program in self.programs)

    def run(self, command, each=None):
        """In the container each has the same port; here it is told which one it is."""
        program = self.program(each) if each else self.alive()[0]
        address = program.url.removeprefix("http://")
        told = [re.sub(rf"localhost:{self.port}", address, word) for word in command]
        done = subprocess.run(told, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=30, env={**os.environ, **self.settings})
        return done.returncode, done.stdout

    def run_once(self, words, environment):
        """As `docker compose run`: what this service would be started with, and more."""
        done = subprocess.run([studio.BINARY, *words], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60,
                              env={**self.world.environment, **self.settings, **environment})
        return done.returncode, done.stdout

    def addresses(self):
        return [program.url.removeprefix("http://") for program in self.alive()]


class Monitor(real.Server):
    """Prometheus or Alertmanager of Debian's package."""

    def __init__(self, name, package, arguments):
        self.name = name
        super().__init__({})
        self.program = real.find_program(name, package)
        self.arguments = arguments

    def command(self):
        return [self.program, *self.arguments(self)]


def exporter(name, *arguments):
    """One of Debian's exporters."""
    return Monitor(name, name, lambda server: [
        f"--web.listen-address=127.0.0.1:{server.port}", *arguments])


class Stack(production.World):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def __enter__(self):
        livekit_port = real.free_port()
        real.LiveKit.settings = {"prometheus": {"port": livekit_port}}
        super().__enter__()
        try:
            self.environment["STUDIO_TENANT_CALLS_MAX"] = "0"
            self.settle(livekit_port)
        except BaseException:
            self.__exit__()
            raise
        return self

    def settle(self, livekit_port):
        redis, postgres = self.servers["redis"], self.servers["postgres"]
        # A provider of voices that is never there.
        self.environment.update(OPENAI_API_KEY="none", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
        self.migrate(1)
        # A disk of its own for the spool, so that it can be full.
        self.spool_disk = self.folder / "spool"
        self.spool_disk.mkdir()
        self.is_mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", self.spool_disk]).returncode == 0
        self.front_door = FrontDoor()
        self.front_door.start()
        self.services = {
            "db": Outside(postgres, {"PGPASSWORD": postgres.password, "PGHOST": "127.0.0.1",
                                     "PGPORT": str(postgres.port), "PGDATABASE": "studio"}),
            "redis": Outside(redis, {"REDISCLI_AUTH": redis.password}),
            "livekit": Outside(self.servers["livekit"]),
            "caddy": Outside(self.front_door, {"SITE_ADDRESS": "localhost"}),
            "api": Ours(self, "api", 2, 8000),
            "worker": Ours(self, "worker", 2, 8081),
        }
        # In its container redis-cli finds it at the usual port.
        run = self.services["redis"].run
        self.services["redis"].run = lambda command, _id=None: run(
            [command[0], "-p", str(redis.port), *command[1:]])
        for name in ("api", "worker"):
            self.services[name].up(0, False)
        for program in self.programs:
            wait_until(program.is_ready, "the stack", 60)
        self.api = self.services["api"].programs[0]
        wait_until(lambda: self.api.request("GET", "/api/v1/agents")[0] == 200, "the first key")
        production.install_restaurant(self.api)
        self.targets = {"livekit": [f"127.0.0.1:{livekit_port}"]}
        self.watch()

    def watch(self):
        self.receiver = Receiver()
        self.make_exporters()
        self.monitor = Path(tempfile.mkdtemp(prefix="studio-monitor-"))
        self.following = True
        self.follow_once()
        threading.Thread(target=self.follow, daemon=True).start()
        self.alertmanager = Monitor("prometheus-alertmanager", "prometheus-alertmanager",
                                    self.alertmanager_arguments)
        self.prometheus = Monitor("prometheus", "prometheus", self.prometheus_arguments)
        (self.monitor / "alertmanager.yml").write_text(
            alertmanager(self.factor, self.receiver.url))
        (self.monitor / "alerts.yml").write_text(rules(self.factor))
        (self.monitor / "prometheus.yml").write_text(
            prometheus(self.factor, self.monitor, f"127.0.0.1:{self.alertmanager.port}",
                       set(self.targets), f"127.0.0.1:{self.black_box.port}"))
        for server in self.watchers():
            server.start()

    def watchers(self):
        names = ("alertmanager", "prometheus", "redis_exporter", "postgres_exporter", "black_box")
        return [getattr(self, name) for name in names if hasattr(self, name)]

    def make_exporters(self):
        redis, postgres = self.servers["redis"], self.servers["postgres"]
        os.environ["DATA_SOURCE_NAME"] = postgres.url() + "?sslmode=disable"
        self.redis_exporter = exporter(
            "prometheus-redis-exporter", f"--redis.addr=redis://127.0.0.1:{redis.port}",
            f"--redis.password={redis.password}", "--check-single-keys=db0=call-queue")
        self.postgres_exporter = exporter("prometheus-postgres-exporter")
        self.targets["redis"] = [f"127.0.0.1:{self.redis_exporter.port}"]
        self.black_box = BlackBox(self.front_door.authority.certificate)
        self.targets["postgres"] = [f"127.0.0.1:{self.postgres_exporter.port}"]
        self.targets["front-door"] = [f"https://localhost:{self.front_door.port}/health/live"]

    def alertmanager_arguments(self, server):
        return [f"--config.file={self.monitor}/alertmanager.yml",
                f"--storage.path={server.folder}/data", "--cluster.listen-address=",
                f"--web.listen-address=127.0.0.1:{server.port}"]

    def prometheus_arguments(self, server):
        return [f"--config.file={self.monitor}/prometheus.yml",
                f"--storage.tsdb.path={server.folder}/data",
                f"--web.listen-address=127.0.0.1:{server.port}"]

    def follow_once(self):
        """The replicas that there are, as the engine's DNS tells them: who ended is gone."""
        for name in ("api", "worker"):
            self.targets[name] = self.services[name].addresses()
        for job, targets in self.targets.items():
            path = self.monitor / f"{job}.json"
            text = json.dumps([{"targets": targets}])
            if not path.exists() or path.read_text() != text:
                (self.monitor / f"{job}.new").write_text(text)
                (self.monitor / f"{job}.new").replace(path)

    def follow(self):
        while self.following:
            self.follow_once()
            time.sleep(0.3)

    def ask(self, expression):
        """The result of a query, as Prometheus gives it."""
        import urllib.parse
        import urllib.request
        url = (f"http://127.0.0.1:{self.prometheus.port}/api/v1/query?"
               + urllib.parse.urlencode({"query": expression}))
        with urllib.request.urlopen(url, timeout=10) as answer:
            body = json.load(answer)
        assert body["status"] == "success", body
        return body["data"]["result"]

    def firing(self):
        firing = self.ask('ALERTS{alertstate="firing"}')
        return sorted(each["metric"]["alertname"] for each in firing)

    def __exit__(self, *_):
        self.following = False
        for server in self.watchers():
            server.clean()
        if hasattr(self, "front_door"):
            self.front_door.clean()
        if hasattr(self, "receiver"):
            self.receiver.shutdown()
            self.receiver.server_close()
        for program in self.programs:
            if program.is_alive():
                os.kill(program.process.process.pid, signal.SIGCONT)
        for program in self.programs:
            if program.is_alive():
                program.kill()
        if getattr(self, "is_mounted", False):
            subprocess.run(["umount", self.spool_disk], check=False)
        super().__exit__()
        if hasattr(self, "monitor"):
            shutil.rmtree(self.monitor, ignore_errors=True)
