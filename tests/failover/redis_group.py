"""Redis as replicated installations have it: three servers and three Sentinels, each a process,
reached by TLS alone, each kind of client with a user of its own."""

import shutil
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/e2e"), str(ROOT / "tests/chaos")]
import servers as real  # noqa: E402
from certificates import Authority  # noqa: E402
from redis_client import RedisClient  # noqa: E402

NAME = "mine"
APP_PASSWORD, PASSWORD = "p@/:#%$w", "s3#cret"
# As docs/configuration.md tells: what our programs need, what replicas do, and what Sentinels do
# (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/). The test: `admin`.
WATCHER = ("allchannels +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info"
           " +client|setname +client|kill +script|kill")
USERS = f"""user default off
user app on >{APP_PASSWORD} ~call-* &call-* +@all -@admin -@dangerous +info
user replica on >{PASSWORD} +psync +replconf +ping
user watcher on >{PASSWORD} {WATCHER}
user admin on >{PASSWORD} ~* &* +@all
"""


class Node(real.Server):
    """A server, or a Sentinel: both speak TLS with the group's certificate."""

    def __init__(self, group, name):
        self.name = name
        super().__init__({})
        self.group = group
        self.program = real.find_program("redis-server", "redis-server")

    def common(self):
        certificate, key = self.group.pair
        return ["bind 127.0.0.1", "port 0", f"tls-port {self.port}", f"dir {self.folder}",
                f"tls-cert-file {certificate}", f"tls-key-file {key}",
                f"tls-ca-cert-file {self.group.authority.certificate}", "tls-auth-clients no",
                "tls-replication yes"]

    def write(self, *lines):
        # It is changed by the server, who notes there what it learns.
        (self.folder / "redis.conf").write_text("\n".join([*self.common(), *lines, ""]))

    def command(self):
        return [self.program, self.folder / "redis.conf"]


class Replica(Node):
    """One of those that hold the data; whoever is the master at present."""

    def prepare(self, master=None):
        (self.folder / "users.acl").write_text(USERS)
        self.write(f"aclfile {self.folder / 'users.acl'}", 'save ""', "appendonly yes",
                   "masteruser replica", f'masterauth "{PASSWORD}"', "repl-diskless-sync-delay 0",
                   # One that was cut off from the others takes nothing that would be lost.
                   "min-replicas-to-write 1", "min-replicas-max-lag 10",
                   *([f"replicaof 127.0.0.1 {master.port}"] if master else []))

    def client(self):
        return RedisClient(f"rediss://admin:{quote(PASSWORD)}@127.0.0.1:{self.port}",
                           ca=self.group.authority.certificate)

    def role(self):
        client = self.client()
        try:
            return client("ROLE")[0]
        except OSError:
            return None
        finally:
            client.close()


class Watcher(Node):
    """A Sentinel."""

    password = "of-the-watchers"

    def prepare(self, master):
        self.write(f'requirepass "{self.password}"', f'sentinel sentinel-pass "{self.password}"',
                   f"sentinel monitor {NAME} 127.0.0.1 {master.port} 2",
                   f"sentinel auth-user {NAME} watcher",
                   f'sentinel auth-pass {NAME} "{PASSWORD}"',
                   f"sentinel down-after-milliseconds {NAME} 2000",
                   f"sentinel failover-timeout {NAME} 10000",
                   f"sentinel parallel-syncs {NAME} 1")

    def command(self):
        return [*super().command(), "--sentinel"]

    def ask(self, *words):
        client = RedisClient(f"rediss://:{quote(self.password)}@127.0.0.1:{self.port}",
                             ca=self.group.authority.certificate)
        try:
            return client("SENTINEL", *words)
        finally:
            client.close()


class GroupClient:
    """At today's master, by the word of the Sentinels."""

    def __init__(self, group):
        self.group, self.client = group, None

    def __call__(self, *words):
        """The answer of one command; OSError where there is no master at present."""
        try:
            if self.client is None:
                self.client = self.group.master().client()
            return self.client(*words)
        except OSError:
            self.close()
            raise

    def close(self):
        if self.client is not None:
            self.client.close()
            self.client = None


class RedisGroup:
    """In the place of the server `redis` of tests/chaos."""

    name, needs = "redis", ()

    def __init__(self, _others):
        self.folder = Path(tempfile.mkdtemp(prefix="studio-redis-group-"))
        self.authority = Authority(self.folder)
        self.pair = self.authority.issue("redis", ["127.0.0.1", "localhost"])
        self.nodes = [Replica(self, f"redis{number}") for number in (1, 2, 3)]
        self.watchers = [Watcher(self, f"sentinel{number}") for number in (1, 2, 3)]

    def prepare(self):
        first = self.nodes[0]
        first.prepare()
        for node in self.nodes[1:]:
            node.prepare(first)
        for watcher in self.watchers:
            watcher.prepare(first)

    def start(self):
        for server in [*self.nodes, *self.watchers]:
            server.start()
        real.wait_until(self.is_whole, "the group of Redis", timeout=40)

    def is_whole(self):
        """Each Sentinel knows the others, and both replicas follow."""
        for watcher in self.watchers:
            try:
                told = watcher.ask("MASTER", NAME)
            except OSError:
                return False
            facts = dict(zip(told[::2], told[1::2]))
            if facts["num-other-sentinels"] != "2" or facts["num-slaves"] != "2":
                return False
        try:
            client = self.master().client()
            followers = client("ROLE")[2]
            client.close()
        except OSError:
            return False
        return len(followers) == 2

    def master(self):
        """Whom the Sentinels take for it."""
        for watcher in self.watchers:
            try:
                port = int(watcher.ask("GET-MASTER-ADDR-BY-NAME", NAME)[1])
            except OSError:
                continue
            return next(node for node in self.nodes if node.port == port)
        raise ConnectionError("no Sentinel answers")

    def wait_for_another(self, old, seconds=40):
        """Until the Sentinels name another master than `old`; how long that took."""
        started = time.monotonic()
        def has_changed():
            master = self.master()
            return master is not old and master.role() == "master"
        real.wait_until(has_changed, "another master", timeout=seconds)
        return time.monotonic() - started

    def url(self):
        hosts = ",".join(f"127.0.0.1:{watcher.port}" for watcher in self.watchers)
        return f"rediss+sentinel://app:{quote(APP_PASSWORD, safe='')}@{hosts}/{NAME}/0"

    def environment(self):
        return {"REDIS_URL": self.url(), "REDIS_CA_FILE": str(self.authority.certificate),
                "REDIS_SENTINEL_PASSWORD": Watcher.password}

    def clean(self):
        for server in [*self.watchers, *self.nodes]:
            server.clean()
        shutil.rmtree(self.folder, ignore_errors=True)
