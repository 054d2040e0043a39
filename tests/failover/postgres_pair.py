"""PostgreSQL as replicated installations have it: a primary and a standby that streams from it and
confirms every commit, reached by TLS alone (`sslmode=verify-full`)."""

import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

from redis_group import real
from certificates import Authority

PASSWORD = "p@/:#%$ w"


class Node(real.Postgres):
    password = PASSWORD

    def __init__(self, pair, name):
        self.name = name
        super().__init__({})
        self.pair = pair
        self.certificate, self.key = pair.authority.issue("server", ["127.0.0.1"],
                                                          folder=self.folder)

    def prepare(self):
        super().prepare()
        self.restrict()

    def restrict(self):
        (self.folder / "data/pg_hba.conf").write_text(
            "hostssl all,replication all 127.0.0.1/32 scram-sha-256\n")

    def copy(self, primary):
        """A standby of it."""
        self.program, self.psql = primary.program, primary.psql
        program = real.find_program("pg_basebackup", "postgresql", real.POSTGRES_FOLDERS)
        # Of no certificate of its own: else libpq looks for one in a home that is somebody else's.
        source = primary.url("replication").replace("/replication?", "/?") + (
            f"&application_name={self.name}&sslcert={self.folder}/none")
        done = subprocess.run(
            [program, "-D", self.folder / "data", "-d", source, "-R", "-X", "stream", "-c", "fast"],
            capture_output=True, text=True, cwd=self.folder, timeout=60, **self.as_user())
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def command(self):
        return [*super().command(), "-c", "ssl=on", "-c", f"ssl_cert_file={self.certificate}",
                "-c", f"ssl_key_file={self.key}", "-c", "wal_receiver_status_interval=1"]

    def url(self, database="studio"):
        return self.pair.url(database, [self], "")

    def is_standby(self):
        return self.query("SELECT pg_is_in_recovery()").stdout.strip() == "t"


class PostgresPair:
    """In the place of the server `postgres` of tests/chaos."""

    name, needs = "postgres", ()

    def __init__(self, _others):
        self.folder = Path(tempfile.mkdtemp(prefix="studio-postgres-pair-"))
        self.folder.chmod(0o755)
        self.authority = Authority(self.folder)
        self.first, self.second = Node(self, "first"), Node(self, "second")

    def prepare(self):
        self.first.prepare()

    def start(self):
        self.first.start()
        self.second.copy(self.first)
        self.second.start()
        # A commit that was answered is on both.
        self.tell(self.first, "ALTER SYSTEM SET synchronous_standby_names = 'second'")
        self.tell(self.first, "SELECT pg_reload_conf()")
        real.wait_until(
            lambda: self.first.query("SELECT sync_state FROM pg_stat_replication").stdout.strip()
            == "sync", "the standby")

    @staticmethod
    def tell(node, sql):
        done = node.query(sql)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)

    def promote(self):
        self.tell(self.second, "SELECT pg_promote()")

    def url(self, database="studio", nodes=None, more="&target_session_attrs=read-write"):
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in nodes or (self.first, self.second))
        return (f"postgresql://studio:{quote(PASSWORD, safe='')}@{hosts}/{database}?sslmode="
                f"verify-full&sslrootcert={self.authority.certificate}{more}")

    def query(self, sql, database="postgres"):
        return subprocess.run(
            [self.first.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d",
             self.url(database), "-c", sql], capture_output=True, text=True, timeout=30,
            env={**real.os.environ, "PGCONNECT_TIMEOUT": "2"})

    def environment(self):
        if self.query("SELECT 1", "studio").returncode != 0:
            self.tell(self.first, "CREATE DATABASE studio")
        return {}

    def clean(self):
        for node in (self.second, self.first):
            node.clean()
        shutil.rmtree(self.folder, ignore_errors=True)
