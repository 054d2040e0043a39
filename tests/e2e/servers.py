"""Starts the real servers that a test needs, each on a free port of the loopback, in a temporary
folder, and stops them by their process id, also when the test fails or is killed.

    with Servers(["postgres", "redis"]) as servers:
        environment = servers.environment     # STUDIO_TEST_DATABASE_URL, STUDIO_TEST_REDIS_URL
        servers["postgres"].kill()            # and start() again: same port, same data
"""

import ctypes
import json
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from certificates import Authority

# What runs beside these servers is asked by one key, as fast as a test can.
os.environ.setdefault("STUDIO_RATE_LIMIT", "0")

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
POSTGRES_FOLDERS = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"),
                                                 key=lambda path: -int(path.parent.name))]


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(type=kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_program(name, package, folders=()):
    """The program's path; leaves with the command that installs it where it is missing."""
    # The folders first: a wrapper on the PATH may be another version.
    found = shutil.which(name, path=os.pathsep.join([*folders, os.environ.get("PATH", ""),
                                                     "/usr/sbin"]))
    if not found:
        sys.exit(f"error: '{name}' is missing; install it: apt-get install {package}")
    return found


def wait_until(condition, what, process=None, log=None, timeout=30.0):
    deadline = time.monotonic() + timeout
    while not condition():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > deadline:
            text = log.read_text(errors="replace")[-3000:] if log and log.exists() else ""
            raise RuntimeError(f"{what} did not start{' and ended' if ended else ''}:\n{text}")
        time.sleep(0.02)


def is_listening(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """One server process. Subclasses give its command, environment and readiness."""

    name = ""
    # Servers that must run first, by name.
    needs = ()
    # Some servers refuse to run as root; they get this user instead, where there is one.
    unprivileged_user = None
    stop_signal = signal.SIGTERM

    def __init__(self, others):
        self.others = others
        self.process = None
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix=f"studio-{self.name}-"))
        self.log = self.folder / "server.log"
        self.user = self.unprivileged_user if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user, self.user)

    def prepare(self):
        """Once, before the first start."""

    def command(self):
        raise NotImplementedError

    def environment(self):
        """The variables by which tests find the server."""
        return {}

    def is_ready(self):
        return is_listening(self.port)

    def as_user(self):
        return {"user": self.user, "group": self.user, "extra_groups": []} if self.user else {}

    def start(self):
        """Starts it, also again after kill() or stop(): on the same port with the same data."""
        assert self.process is None, f"{self.name} runs"
        # Whatever becomes of us, the server goes with us.
        log = open(self.log, "ab")
        self.process = subprocess.Popen(
            [str(part) for part in self.command()], stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True,
            preexec_fn=lambda: LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGQUIT), **self.as_user())
        log.close()
        wait_until(self.is_ready, self.name, self.process, self.log)

    def stop(self, number=None, timeout=15.0):
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(number or self.stop_signal)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def kill(self):
        """As a crash: no goodbye to anybody."""
        self.stop(signal.SIGKILL)

    def pause(self):
        """Keeps its connections and answers nothing, as a host that hangs."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.killpg(self.process.pid, signal.SIGCONT)

    def clean(self):
        if self.process is not None:
            try:
                self.resume()
            except OSError:
                pass  # It ended already.
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


class Postgres(Server):
    name = "postgres"
    unprivileged_user = "postgres"
    stop_signal = signal.SIGINT  # Fast: sessions are cut, the data is written.
    password = "studio"

    def prepare(self):
        initdb = find_program("initdb", "postgresql", POSTGRES_FOLDERS)
        self.program = find_program("postgres", "postgresql", POSTGRES_FOLDERS)
        self.psql = find_program("psql", "postgresql", POSTGRES_FOLDERS)
        password_file = self.folder / "password"
        password_file.write_text(self.password)
        if self.user:
            shutil.chown(password_file, self.user, self.user)
        made = subprocess.run(
            [initdb, "--pgdata", self.folder / "data", "--username", "studio", "--auth",
             "scram-sha-256", "--pwfile", password_file, "--encoding", "UTF8", "--locale", "C",
             "--no-sync"], capture_output=True, text=True, cwd=self.folder, **self.as_user())
        if made.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{made.stdout}{made.stderr}")

    def command(self):
        # Durable against a crash of the process, which is all that a test can do to it.
        return [self.program, "-D", self.folder / "data", "-p", self.port, "-c",
                "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}",
                "-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=32MB"]

    def query(self, sql, database="postgres"):
        return subprocess.run(
            [self.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
             self.url(database), "-c", sql], capture_output=True, text=True, timeout=30,
            env={**os.environ, "PGCONNECT_TIMEOUT": "5"})

    def is_ready(self):
        return is_listening(self.port) and self.query("SELECT 1").returncode == 0

    def start(self):
        # A killed postmaster leaves workers that must see its end before a new one may start.
        deadline = time.monotonic() + 20.0
        while True:
            try:
                return super().start()
            except RuntimeError:
                self.stop()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def pause(self):
        # Sessions are processes with groups of their own, unlike other servers' threads.
        self._tell_all(signal.SIGSTOP)

    def resume(self):
        self._tell_all(signal.SIGCONT)

    def _tell_all(self, number):
        for pid in self._processes():
            with contextlib.suppress(ProcessLookupError):  # A session may end meanwhile.
                os.kill(pid, number)

    def _processes(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [self.process.pid, *(int(pid) for pid in children.split())]

    def url(self, database="studio"):
        return f"postgresql://studio:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name):
        made = self.query(f"CREATE DATABASE {name}")
        if made.returncode != 0:
            raise RuntimeError(made.stderr)
        return self.url(name)

    def environment(self):
        if self.query("SELECT 1", "studio").returncode != 0:
            self.create_database("studio")
        return {"STUDIO_TEST_DATABASE_URL": self.url()}


class PgBouncer(Server):
    """A pooler in transaction mode, in front of every database of `postgres`."""

    name = "pgbouncer"
    needs = ("postgres",)
    unprivileged_user = "postgres"

    def prepare(self):
        self.program = find_program("pgbouncer", "pgbouncer")
        password = self.others["postgres"].password
        (self.folder / "users.txt").write_text(f'"studio" "{password}"\n')
        (self.folder / "pgbouncer.ini").write_text("\n".join([
            "[databases]", f"* = host=127.0.0.1 port={self.others['postgres'].port}",
            "[pgbouncer]", "listen_addr = 127.0.0.1", f"listen_port = {self.port}",
            "unix_socket_dir =", "auth_type = scram-sha-256",
            f"auth_file = {self.folder / 'users.txt'}", "pool_mode = transaction",
            "max_client_conn = 500", "default_pool_size = 20", "server_login_retry = 1", ""]))

    def command(self):
        return [self.program, "-q", self.folder / "pgbouncer.ini"]

    def url(self, database="studio"):
        password = self.others["postgres"].password
        return f"postgresql://studio:{password}@127.0.0.1:{self.port}/{database}"

    def environment(self):
        return {"STUDIO_TEST_PGBOUNCER_URL": self.url()}


class Redis(Server):
    """Without persistence: what it knew is gone after a kill, as in the worst case."""

    name = "redis"
    # Settings that are not the default, as arguments of redis-server.
    options = ("--save", "", "--appendonly", "no")

    def prepare(self):
        self.program = find_program("redis-server", "redis-server")
        self.password = secrets.token_hex(8)

    def command(self):
        return [self.program, "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder,
                "--requirepass", self.password, *self.options]

    def is_ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while b"+PONG" not in answer:
                    if not (piece := connection.recv(64)):
                        return False
                    answer += piece
                return True
        except OSError:
            return False

    def url(self):
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def environment(self):
        return {"STUDIO_TEST_REDIS_URL": self.url()}


class RedisTls(Redis):
    """By TLS alone, under the name `localhost`, for the ACL user `app`; nobody else may do
    anything. The password has what URLs must escape."""

    name = "redis_tls"
    user_name, password = "app", "p@/:#%$w"

    def prepare(self):
        self.program = find_program("redis-server", "redis-server")
        self.authority = Authority(self.folder)
        self.pair = self.authority.issue("redis", ["localhost"])
        (self.folder / "users.acl").write_text(
            f"user default off\nuser {self.user_name} on >{self.password} ~* &* +@all\n")

    def command(self):
        certificate, key = self.pair
        return [self.program, "--port", "0", "--tls-port", self.port, "--bind", "127.0.0.1",
                "--dir", self.folder, "--aclfile", self.folder / "users.acl", "--tls-cert-file",
                certificate, "--tls-key-file", key, "--tls-ca-cert-file",
                self.authority.certificate, "--tls-auth-clients", "no", *self.options]

    def is_ready(self):
        return is_listening(self.port)

    def url(self):
        password = urllib.parse.quote(self.password, safe="")
        return f"rediss://{self.user_name}:{password}@localhost:{self.port}/0"

    def environment(self):
        return {"STUDIO_TEST_REDIS_TLS_URL": self.url(),
                "STUDIO_TEST_REDIS_CA": str(self.authority.certificate)}


class Sentinel(Server):
    """One Sentinel with a password of its own, which watches `redis` under the name `mine`."""

    name = "sentinel"
    needs = ("redis",)
    password = "sentinel's"

    def prepare(self):
        self.program = find_program("redis-server", "redis-server")
        redis = self.others["redis"]
        # It writes what it learns into the file.
        (self.folder / "sentinel.conf").write_text("\n".join([
            f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}",
            f'requirepass "{self.password}"', f"sentinel monitor mine 127.0.0.1 {redis.port} 1",
            f"sentinel auth-pass mine {redis.password}", ""]))

    def command(self):
        return [self.program, self.folder / "sentinel.conf", "--sentinel"]

    def environment(self):
        redis = self.others["redis"]
        return {"STUDIO_TEST_SENTINEL_URL": f"redis+sentinel://:{redis.password}@127.0.0.1:"
                                            f"{self.port}/mine/0",
                "STUDIO_TEST_SENTINEL_PASSWORD": self.password}


class LiveKit(Server):
    """The media server, built once from the module that tools/livekit-server pins. It uses redis
    where that was started before it (`redis livekit`). STUDIO_TEST_WEBHOOK_URL names who is told of
    rooms."""

    name = "livekit"
    key = "studio-test"
    secret = "a-secret-for-tests-of-32-bytes-and-more"
    # Merged over the configuration; tests change it before prepare().
    settings = {}

    def prepare(self):
        folder = Path(__file__).resolve().parents[2]
        subprocess.run([folder / "tools/livekit-server/build.sh"], check=True)
        self.program = folder / "build/tools/livekit-server"
        config = {
            "port": self.port,
            "bind_addresses": ["127.0.0.1"],
            "keys": {self.key: self.secret},
            "logging": {"level": "info"},
            "rtc": {"tcp_port": free_port(), "udp_port": free_port(socket.SOCK_DGRAM),
                    "node_ip": "127.0.0.1", "use_external_ip": False,
                    "enable_loopback_candidate": True, "allow_tcp_fallback": False},
            "room": {"auto_create": True, "empty_timeout": 30, "departure_timeout": 5},
        }
        if "redis" in self.others:
            redis = self.others["redis"]
            config["redis"] = {"address": f"127.0.0.1:{redis.port}", "password": redis.password}
        webhook = os.environ.get("STUDIO_TEST_WEBHOOK_URL")
        if webhook:
            config["webhook"] = {"api_key": self.key, "urls": [webhook]}
        # JSON is YAML.
        (self.folder / "livekit.yaml").write_text(json.dumps({**config, **self.settings}))

    def command(self):
        return [self.program, "--config", self.folder / "livekit.yaml"]

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=1.0) as answer:
                return answer.status == 200
        except OSError:
            return False

    def environment(self):
        return {"STUDIO_TEST_LIVEKIT_URL": f"ws://127.0.0.1:{self.port}",
                "STUDIO_TEST_LIVEKIT_KEY": self.key, "STUDIO_TEST_LIVEKIT_SECRET": self.secret}


KINDS = {kind.name: kind for kind in (Postgres, PgBouncer, Redis, RedisTls, Sentinel,
                                    LiveKit)}


class Servers:
    """Several servers for the length of a `with`; what they need is started with them."""

    def __init__(self, names):
        self.names = []
        for name in names:
            self._add(name)
        self.servers = {}
        self.environment = {}

    def _add(self, name):
        if name not in KINDS:
            sys.exit(f"error: unknown server '{name}'; known are: {' '.join(sorted(KINDS))}")
        for needed in KINDS[name].needs:
            self._add(needed)
        if name not in self.names:
            self.names.append(name)

    def __getitem__(self, name):
        return self.servers[name]

    def __enter__(self):
        try:
            for name in self.names:
                server = self.servers[name] = KINDS[name](self.servers)
                server.prepare()
                server.start()
                self.environment.update(server.environment())
        except BaseException:
            self.clean()
            raise
        return self

    def __exit__(self, *_):
        self.clean()

    def clean(self):
        for name in reversed(self.names):
            if name in self.servers:
                self.servers.pop(name).clean()
