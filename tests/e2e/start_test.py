"""How the program starts, is told what to do, and lives with what goes wrong around it: files,
variables and flags; keys; a second server; closed pipes; a full disk; secrets in addresses.
STUDIO_SERVER_BINARY names the server where it is another one than the caller."""

import json
import os
import re
import resource
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import studio
from servers import Servers, free_port

SERVER = Path(os.environ.get("STUDIO_SERVER_BINARY", studio.BINARY))
KEY = "as_live_0123456789abcdefghijABCDEFGHIJ01"
# What tests find in the environment of whoever runs them is not theirs.
CLEAN = {name: value for name, value in os.environ.items()
         if not name.startswith(("STUDIO_", "DATABASE_", "REDIS_", "LIVEKIT_", "OPENAI_",
                                 "DEEPGRAM_"))}


def run(*arguments, environment=None, seconds=60, **options):
    """(exit code, standard output, standard error) of the program."""
    done = subprocess.run([str(SERVER), *map(str, arguments)], capture_output=True, text=True,
                          timeout=seconds, env={**CLEAN, **(environment or {})}, **options)
    return done.returncode, done.stdout, done.stderr


def status_of(url, key=None):
    request = urllib.request.Request(url, headers={"X-API-Key": key} if key else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def wait_for(condition, what, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


class Folder(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="studio-start-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, *arguments, environment=None, stderr=None, command="serve", **options):
        """A server that is killed at the end of the test."""
        log = stderr if stderr is not None else open(self.folder / "server.log", "ab")
        process = studio.Process([SERVER, command, *arguments], stderr=log,
                                 env={**CLEAN, **(environment or {})}, cwd=self.folder, **options)
        if stderr is None:
            log.close()
        self.addCleanup(process.process.stdout.close)
        self.addCleanup(process.process.wait)
        self.addCleanup(process.process.kill)
        return process

    def serve(self, *arguments, **options):
        """(process, URL, key or None) of a server that is ready."""
        process = self.start("--media-address", "127.0.0.1", "--media-loops", "1", *arguments,
                             **options)
        url = process.wait_for(r"page\s+(http://\S+?)/?$", 60).group(1)
        process.wait_for(r"media\s+udp port", 20)
        key = re.search(r"API key\s+(as_live_\w+)", "\n".join(process.lines))
        return process, url, key and key.group(1)


class ConfigurationTest(Folder):
    def test_a_file_is_read_and_what_is_stronger_wins(self):
        ports = [free_port() for _ in range(3)]
        config = self.write("studio.toml", f'# ours\nport = {ports[0]}\nhost = "127.0.0.1"\n'
                                           'database = "named.db"\nlog-level = "error"\n')
        for expected, flags, environment in [
                (ports[0], [], {}),
                (ports[1], [], {"STUDIO_PORT": str(ports[1])}),
                (ports[2], ["--port", ports[2]], {"STUDIO_PORT": str(ports[1])})]:
            with self.subTest(expected):
                process, url, _ = self.serve("--config", config, *flags, environment=environment)
                self.assertEqual(url, f"http://127.0.0.1:{expected}")
                self.assertEqual(status_of(url + "/health/ready"), 200)
                self.assertEqual(process.stop(), 0)
        self.assertTrue((self.folder / "named.db").exists())
        self.assertEqual((self.folder / "server.log").read_text(), "")

    def test_the_production_commands_read_it_too(self):
        port = free_port()
        config = self.write("api.toml", f'port = {port}\nhost = "127.0.0.1"\n'
                                        'livekit-url = "ws://127.0.0.1:1"\n'
                                        'livekit-api-key = "devkey"\n')
        environment = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x",
                       "REDIS_URL": "redis://127.0.0.1:1", "LIVEKIT_API_SECRET": "x" * 32}
        process = self.start("--config", config, environment=environment, command="api")
        process.wait_for(rf"API\s+http://127.0.0.1:{port}/", 60)
        self.assertEqual(status_of(f"http://127.0.0.1:{port}/health/live"), 200)
        self.assertEqual(process.stop(), 0)

    def test_a_file_that_is_wrong_is_one_sentence(self):
        wrong = {
            "unknown.toml": ("prot = 8001\n", "'prot'"),
            "value.toml": ("port = 99999\n", "whole number"),
            "text.toml": ("port = eight\n", "line 1"),
            "broken.toml": ("port 8001\n", "line 1"),
            "section.toml": ("[serve]\nport = 1\n", "line 1"),
            "level.toml": ('log-level = "loud"\n', "debug, info"),
            "address.toml": ('media-address = ["127.0.0.1", "bogus"]\n', "IP address"),
        }
        for name, (text, words) in wrong.items():
            path = self.write(name, text)
            # The last is an option of `serve` alone, and so unknown to the others.
            all_commands = ["serve", "api", "worker", "migrate"]
            commands = all_commands if name != "address.toml" else ["serve"]
            for command in commands:
                if command in ("worker", "migrate") and name in ("value.toml", "text.toml"):
                    continue  # They listen on no such port.
                with self.subTest(f"{command} {name}"):
                    self.check_refused(path, words, command, "--config", path)
        missing = self.folder / "missing.toml"
        for path in (missing, self.folder):
            for arguments in (["--config", path], [f"--config={path}"]):
                with self.subTest(str(arguments)):
                    self.check_refused(path, "", "serve", *arguments)

    def check_refused(self, path, words, *arguments):
        code, output, errors = run(*arguments)
        self.assertEqual(code, 2, errors)
        self.assertEqual(output, "")
        self.assertEqual(errors.count("\n"), 1, errors)
        self.assertTrue(errors.startswith("error: "), errors)
        self.assertIn(str(path), errors)
        self.assertIn(words, errors)


class MessagesTest(Folder):
    def test_what_is_wrong_and_what_would_be_right(self):
        call = ["call", "--agent", "a", "--say", "hi"]
        cases = [
            (["--port", "1"], ["agent-studio", "--port"]), ([], ["serve", "keys", "call"]),
            (["frobnicate"], ["'frobnicate'", "serve"]), (["sevre"], ["did you mean serve?"]),
            (["sip"], ["setup"]), (["sip", "frob"], ["setup"]), (["keys"], ["create", "revoke"]),
            (["serve", "--prot", "1"], ["--prot", "did you mean --port?"]),
            (["serve", "extra"], ["takes no further words"]),
            (["serve", "--port"], ["--port needs a value"]),
            (["serve", "--allow-private-tool-addresses=maybe"], ["true or false"]),
            (["keys", "revoke"], ["keys list"]),
            (["serve", "--record-inputs", "/nowhere"], ["--record-inputs", "no folder"]),
            (["serve", "--media-port", "65535", "--media-loops", "9"], ["--media-port"]),
            ([*call, "--timeout", "soon"], ["--timeout", "whole number"]),
            ([*call, "--timeout", "0"], ["--timeout", "whole number"]),
            ([*call, "--server", "bogus"], ["--server", "http://"]),
            ([*call, "--via", "bogus"], ["--via"]), ([*call, "--context", "["], ["--context"]),
            ([*call, "--context", "[1]"], ["--context", "object"]),
            ([*call, "--record", "/nowhere/x.wav"], ["--record", "/nowhere/x.wav"]),
            (["call", "--agent", "a", "--wav", "/nowhere.wav"], ["/nowhere.wav"]),
            (["call", "--agent", "a"], ["--say"]), (["call", "--say", "hi"], ["--agent"]),
        ]
        whole = "must be a whole number from"
        for command, flag, value, words in [
                ("serve", "--port", "99999", f"{whole} 0 to 65535"),
                ("serve", "--port", "-1", whole),
                ("serve", "--port", "http", whole), ("serve", "--host", "bogus", "IP address"),
                ("serve", "--log-level", "loud", "debug, info, warning, error or off"),
                ("serve", "--media-address", "bogus", "IP addresses"),
                ("serve", "--media-address", "127.0.0.1,bogus", "IP addresses"),
                ("serve", "--media-port", "65536", whole), ("serve", "--media-loops", "257", whole),
                ("serve", "--calls-per-loop", "many", whole),
                ("serve", "--calls-per-loop", "0", "1"),
                ("serve", "--drain-timeout", "1.5", whole),
                ("serve", "--blocking-threads", "65", "64"),
                ("serve", "--openai-base-url", "bogus", "https://"),
                ("serve", "--deepgram-url", "http://x", "wss://"),
                ("serve", "--database", "", "empty"), ("api", "--queue-age-max", "x", whole),
                ("api", "--database-connections", "0", whole),
                ("api", "--port", "70000", whole), ("api", "--log-level", "loud", "debug"),
                ("worker", "--max-calls", "100001", whole), ("worker", "--health-port", "x", whole),
                ("worker", "--health-host", "bogus", "IP address"),
                ("worker", "--media-address", "bogus", "IP addresses"),
                ("migrate", "--wait", "x", whole), ("migrate", "--log-level", "loud", "debug"),
                ("keys list", "--log-level", "loud", "debug")]:
            cases.append(([*command.split(), flag, value], [flag, words]))
        for arguments, words in cases:
            with self.subTest(" ".join(arguments)):
                code, _, errors = run(*arguments, environment={"STUDIO_API_KEY": KEY},
                                      cwd=self.folder)
                self.assertEqual(code, 2, errors)
                self.assertEqual(errors.count("\n"), 1, errors)
                for word in words:
                    self.assertIn(word, errors)
        self.assertEqual(list(self.folder.iterdir()), [], "a refused start left something")

    def test_help_and_version_are_no_errors(self):
        for arguments in (["--help"], ["--version"], ["serve", "--help"], ["keys", "create", "-h"],
                          ["sip", "--help"], ["sip", "setup", "--help"]):
            code, output, errors = run(*arguments)
            self.assertEqual((code, errors), (0, ""), arguments)
            self.assertTrue(output.strip(), arguments)


class KeysTest(Folder):
    def test_on_sqlite(self):
        database = self.folder / "studio.db"
        _, url, _ = self.serve("--port", "0", "--database", database)
        self.check(url, ["--database", database], {})
        code, _, errors = run("keys", "list", "--database", self.folder / "none.db")
        self.assertEqual(code, 1, errors)
        self.assertFalse((self.folder / "none.db").exists())

    def test_on_postgresql(self):
        with Servers(["postgres"]) as servers:
            environment = {"DATABASE_URL": servers.environment["STUDIO_TEST_DATABASE_URL"],
                           "REDIS_URL": "redis://127.0.0.1:1", "LIVEKIT_URL": "ws://127.0.0.1:1",
                           "LIVEKIT_API_KEY": "devkey", "LIVEKIT_API_SECRET": "x" * 32}
            self.assertEqual(run("migrate", environment=environment)[0], 0)
            process = self.start("--port", "0", "--host", "127.0.0.1", environment=environment,
                                 command="api")
            url = process.wait_for(r"API\s+(http://\S+)/api", 60).group(1)
            process.wait_for(r"API key\s+as_live_", 60)
            self.check(url, [], environment)
            process.stop()

    def check(self, url, arguments, environment):
        agents = url + "/api/v1/agents"

        def keys(*words):
            return run("keys", *words, *arguments, environment=environment)

        code, output, errors = keys("create", "--name", "for tests")
        self.assertEqual(code, 0, errors)
        key = output.strip()
        self.assertRegex(key, r"^as_live_\w{32}$")
        self.assertEqual(status_of(agents, key), 200)
        code, output, errors = keys("create", "--scopes", "calls:read")
        self.assertEqual(code, 0, errors)
        narrow = output.strip()
        self.assertEqual(status_of(agents, narrow), 403)
        self.assertEqual(status_of(url + "/api/v1/calls", narrow), 200)
        self.assertEqual(keys("create", "--scopes", "bogus")[0], 1)
        code, output, _ = keys("list")
        self.assertEqual(code, 0)
        self.assertEqual(len(output.splitlines()), 3)  # Beside the two the first one.
        line = next(line for line in output.splitlines() if "for tests" in line)
        self.assertNotIn(key, output)
        self.assertEqual(keys("revoke", line.split()[0])[0], 0)
        self.assertEqual(status_of(agents, key), 401)
        self.assertIn("revoked", next(line for line in keys("list")[1].splitlines()
                                      if "for tests" in line))
        self.assertEqual(keys("revoke", "no-such-key")[0], 1)


class FirstKeyTest(Folder):
    def test_a_start_that_fails_takes_no_key_with_it(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            code, output, errors = run("serve", "--port", taken.getsockname()[1], cwd=self.folder)
            self.assertEqual(code, 1)
            self.assertIn("cannot listen", errors)
            self.assertNotIn("API key", output)
        _, url, key = self.serve("--port", "0")
        self.assertIsNotNone(key)
        self.assertEqual(status_of(url + "/api/v1/agents", key), 200)

    def test_the_operator_may_choose_it(self):
        _, url, shown = self.serve("--port", "0", environment={"STUDIO_API_KEY": KEY})
        self.assertIsNone(shown)
        self.assertEqual(status_of(url + "/api/v1/agents", KEY), 200)
        code, _, errors = run("serve", environment={"STUDIO_API_KEY": "as_live_s3cret"})
        self.assertEqual(code, 2)
        self.assertNotIn("s3cret", errors)


class SecondServerTest(Folder):
    def test_it_changes_nothing_of_the_first(self):
        database = self.folder / "studio.db"
        process, url, key = self.serve("--port", "0", "--database", database)
        server = studio.Server.__new__(studio.Server)
        server.url, server.key = url, key
        studio.install_restaurant(server)
        status, call = server.request("POST", "/api/v1/calls", {"agent_name": "restaurant"})
        self.assertEqual(status, 201, call)
        link = self.folder / "link.db"
        link.symlink_to(database)
        port = url.rsplit(":", 1)[1]
        for arguments in (["--port", port, "--database", database],
                          ["--port", "0", "--database", database],
                          ["--port", "0", "--database", link]):
            code, output, errors = run("serve", *arguments, cwd=self.folder)
            self.assertEqual(code, 1, output)
            self.assertIn("in use", errors)
            self.assertIn(str(process.process.pid), errors)
            self.assertEqual(errors.count("error: "), 1, errors)
        self.assertEqual(server.call_record(call["call_id"])["status"], "pending")
        self.assertEqual(process.stop(), 0)
        # Free again, also after a death without a goodbye.
        process, _, _ = self.serve("--port", "0", "--database", database)
        process.process.kill()
        process.process.wait()
        self.serve("--port", "0", "--database", database)


class SignalsTest(Folder):
    def test_a_log_that_nobody_reads_any_more_ends_nothing(self):
        reader, writer = os.pipe()
        process, url, key = self.serve("--port", "0", stderr=writer)
        os.close(writer)
        os.close(reader)
        process.process.stdout.close()
        for _ in range(5):
            self.assertEqual(status_of(url + "/api/v1/agents", key), 200)
        process.process.send_signal(signal.SIGHUP)
        process.process.send_signal(signal.SIGPIPE)
        time.sleep(0.5)
        self.assertEqual(status_of(url + "/api/v1/agents", key), 200)
        process.process.send_signal(signal.SIGTERM)
        self.assertEqual(process.process.wait(30), 0)

    def test_closed_descriptors_are_no_databases(self):
        process, url, key = self.serve("--port", "0", stderr=subprocess.DEVNULL,
                                       preexec_fn=lambda: (os.close(0), os.close(2)))
        for _ in range(20):
            self.assertEqual(status_of(url + "/api/v1/agents", key), 200)
        self.assertTrue(os.readlink(f"/proc/{process.process.pid}/fd/2").endswith("/dev/null"))
        self.assertEqual(process.stop(), 0)
        self.assertEqual(sqlite3.connect(self.folder / "agent-studio.db")
                         .execute("PRAGMA integrity_check").fetchone(), ("ok",))


class FilesTest(Folder):
    def test_what_people_said_is_for_nobody_else(self):
        os.umask(0o022)
        # An earlier release made it so.
        self.write("agent-studio.db", "").chmod(0o644)
        _, url, key = self.serve("--port", "0")
        self.assertEqual(status_of(url + "/api/v1/agents", key), 200)
        files = [path for path in self.folder.iterdir() if path.name.startswith("agent-studio.db")]
        self.assertLessEqual({f"agent-studio.db{part}" for part in ("", "-wal", "-shm", ".lock")},
                             {path.name for path in files})
        for path in files:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path.name)


class FullDiskTest(Folder):
    def test_readiness_writes(self):
        process, url, key = self.serve("--port", "0")
        self.assertEqual(status_of(url + "/health/ready"), 200)
        # No file may grow any more, as on a disk that is full.
        size = max(path.stat().st_size for path in self.folder.glob("agent-studio.db*"))
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE,
                         (size, resource.RLIM_INFINITY))
        wait_for(lambda: status_of(url + "/health/ready") == 503, "it stays ready on a full disk")
        self.assertEqual(status_of(url + "/api/v1/agents", key), 200, "what is there can be read")
        resource.prlimit(process.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_for(lambda: status_of(url + "/health/ready") == 200, "it is not ready again")
        self.assertEqual(process.stop(), 0)


class SecretsTest(Folder):
    GOOD = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1",
            "LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "devkey",
            "LIVEKIT_API_SECRET": "x" * 32}

    def test_no_piece_of_one_is_printed_and_what_cannot_work_ends(self):
        pieces = ("s3c", "cr3t")
        cases = [("DATABASE_URL", f"postgresql://u:s3c{mark}cr3t@127.0.0.1:1/x")
                 for mark in ("@", "/", "%", "@x/", "/y@")]
        cases += [("DATABASE_URL", "postgresql://u:s3ccr3t"), ("DATABASE_URL", "s3ccr3t"),
                  ("DATABASE_URL", "mysql://u:s3ccr3t@h/x"),
                  ("REDIS_URL", "redis://:s3c%cr3t@127.0.0.1:1"), ("REDIS_URL", "redis://s3c:cr3t"),
                  ("REDIS_URL", "redis+sentinel://:s3ccr3t@h"),
                  ("REDIS_URL", "redisx://:s3ccr3t@h"), ("REDIS_URL", "s3ccr3t"),
                  ("LIVEKIT_URL", "http://s3c:cr3t@h"), ("STUDIO_API_KEY", "as_live_s3ccr3t")]
        for name, value in cases:
            for command in ("api", "worker", "migrate"):
                if (command == "migrate" and name != "DATABASE_URL") or \
                        (command == "worker" and name == "STUDIO_API_KEY"):
                    continue
                with self.subTest(f"{command} {name}={value}"):
                    code, output, errors = run(command, cwd=self.folder,
                                               environment={**self.GOOD, name: value})
                    self.assertIn(code, (1, 2))
                    self.assertIn(name, errors)
                    for piece in pieces:
                        self.assertNotIn(piece, output + errors)

    def test_secrets_in_the_wrong_place_are_not_repeated(self):
        for arguments in (["--openai-api-key=sk-s3cret"], ["--openai-api-key", "sk-s3cret"],
                          ["sk-s3cret"], ["--port", "sk-s3cret"]):
            code, output, errors = run("serve", *arguments, cwd=self.folder)
            self.assertEqual(code, 2)
            self.assertNotIn("s3cret", output + errors)

    def test_the_log_shows_none_and_tries_with_pauses(self):
        environment = {**self.GOOD, "DATABASE_URL": "postgresql://u:s3cret@127.0.0.1:1/x",
                       "REDIS_URL": "redis://:s3cret@127.0.0.1:1", "OPENAI_API_KEY": "sk-s3cret",
                       "DEEPGRAM_API_KEY": "s3cret", "STUDIO_METRICS_TOKEN": "s3cret",
                       "LIVEKIT_API_SECRET": "s3cret" * 6,
                       "OPENAI_BASE_URL": "https://s3cret@127.0.0.1:1/v1",
                       "DEEPGRAM_URL": "wss://user:s3cret@127.0.0.1:1",
                       "STUDIO_API_KEY": "as_live_s3cret7890abcdefghijABCDEFGHIJ01"}
        process = self.start("--port", "0", "--host", "127.0.0.1", "--log-level", "debug",
                             environment=environment, command="api")
        process.wait_for(r"API\s+http", 60)
        time.sleep(10)
        process.stop()
        log = (self.folder / "server.log").read_text()
        self.assertIn("database_not_reached", log)
        self.assertNotIn("s3cret", log + "\n".join(process.lines))
        # 50, 100, 200, 400, 800 ms, and then one a second.
        self.assertLess(log.count("database_not_reached"), 25)


class WorkerTest(Folder):
    def test_a_wrong_password_of_redis_is_not_ready(self):
        with Servers(["postgres", "redis"]) as servers:
            redis = servers.environment["STUDIO_TEST_REDIS_URL"]
            environment = {"DATABASE_URL": servers.environment["STUDIO_TEST_DATABASE_URL"],
                           "REDIS_URL": re.sub(r":[^:@/]+@", ":wr0ng@", redis),
                           "LIVEKIT_URL": "ws://127.0.0.1:1", "LIVEKIT_API_KEY": "devkey",
                           "LIVEKIT_API_SECRET": "x" * 32, "WORKER_HEALTH_PORT": "0",
                           "WORKER_HEALTH_HOST": "127.0.0.1", "STUDIO_DRAIN_TIMEOUT": "1"}
            self.assertEqual(run("migrate", environment=environment)[0], 0)
            for address, ready in ((environment["REDIS_URL"], False), (redis, True)):
                process = self.start(environment={**environment, "REDIS_URL": address},
                                     command="worker")
                url = process.wait_for(r"health\s+(http://\S+)/health", 60).group(1)
                if ready:
                    wait_for(lambda: status_of(url + "/health/ready") == 200, "it is never ready")
                    # What is away later is no reason to send work elsewhere: calls go on.
                    servers["redis"].kill()
                    time.sleep(3)
                    self.assertEqual(status_of(url + "/health/ready"), 200)
                else:
                    time.sleep(3)
                    self.assertEqual(status_of(url + "/health/ready"), 503)
                    log = (self.folder / "server.log").read_text()
                    self.assertIn("WRONGPASS", log)
                    self.assertNotIn("wr0ng", log)
                process.process.kill()
                process.process.wait()


class CallerTest(Folder):
    def test_a_server_that_died_is_no_success(self):
        process, url, key = self.serve("--port", "0", "--log-level", "debug")
        server = studio.Server.__new__(studio.Server)
        server.url, server.key = url, key
        studio.install_restaurant(server)
        caller = studio.Process(
            [studio.BINARY, "call", "--json", "--server", url, "--agent", "restaurant", "--say",
             "hello", "--say", "hello"], env={**CLEAN, "STUDIO_API_KEY": key},
            stderr=open(self.folder / "caller.log", "wb"))
        caller.wait_for(r'"type":"(say|answer|transcript)"', 60)
        process.process.kill()
        code, lines = caller.finish(120)
        self.assertEqual(code, 1, lines[-3:])
        self.assertIn("error: ", (self.folder / "caller.log").read_text())
        # Beside that: the debug level tells what the lower ones do not.
        log = [json.loads(line) for line in
               (self.folder / "server.log").read_text().splitlines() if line.startswith("{")]
        self.assertTrue({line["event"] for line in log if line["level"] == "debug"}, "nothing more")


if __name__ == "__main__":
    unittest.main(verbosity=2)
