"""Production without containers: nginx in front of two API servers (deploy/nginx), with a real
PostgreSQL and Redis, and the units of deploy/systemd. STUDIO_BINARY names the program."""

import http.client
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
from pathlib import Path

import studio
from production_test import KEY, World, install_restaurant, wait_until

CONFIGURATION = studio.ROOT / "deploy/nginx/agent-studio.conf"
UNITS = studio.ROOT / "deploy/systemd"
FOLDER = studio.ROOT / "build/tools/nginx"
MAIN = """daemon off; pid {folder}/pid; error_log stderr warn; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    include {folder}/agent-studio.conf;
}}
"""


def nginx_program():
    """Debian's nginx, unpacked and not installed: that would start a server on port 80."""
    found = shutil.which("nginx")
    if found:
        return found
    program = FOLDER / "usr/sbin/nginx"
    if not program.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "-qq", "nginx"], cwd=FOLDER, check=True,
                       stderr=subprocess.DEVNULL)
        package, = FOLDER.glob("nginx_*.deb")
        subprocess.run(["dpkg", "-x", package, FOLDER], check=True)
    return program


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Nginx:
    """The configuration as it is shipped, but for ports, addresses and certificates."""

    def __init__(self, apis, livekit):
        self.folder = tempfile.TemporaryDirectory(prefix="studio-nginx-")
        folder = Path(self.folder.name)
        self.port = free_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
                        "-subj", "/CN=voice.example.org", "-keyout", folder / "privkey.pem",
                        "-out", folder / "fullchain.pem"], check=True, capture_output=True)
        text = CONFIGURATION.read_text()
        for port, api in zip((8000, 8001), apis):
            text = text.replace(f"127.0.0.1:{port}", api.url.removeprefix("http://"))
        text = text.replace("127.0.0.1:7880", livekit.removeprefix("ws://"))
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.port};")
        text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{free_port()} ssl")
        text = text.replace("/etc/ssl/agent-studio", str(folder))
        (folder / "agent-studio.conf").write_text(text)
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(
            [nginx_program(), "-p", folder, "-c", folder / "nginx.conf"], stderr=self.log)

    def request(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, {"X-API-Key": KEY, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.log.close()
        self.folder.cleanup()


class NginxTest(unittest.TestCase):
    def test_the_door_stays_open_while_servers_die(self):
        with World() as world:
            self.assertEqual(world.migrate(1)[0][0], 0)
            apis = [world.api(), world.api()]
            for api in apis:
                wait_until(api.is_ready, "an API server")
            wait_until(lambda: apis[0].request("GET", "/api/v1/agents")[0] == 200, "the first key")
            install_restaurant(apis[0])
            nginx = Nginx(apis, world.environment["LIVEKIT_URL"])
            self.addCleanup(nginx.close)
            wait_until(lambda: self.is_open(nginx.port), "nginx")
            self.assertEqual(nginx.request("GET", "/api/v1/agents/restaurant")[0], 200)
            for hidden in ("/metrics", "/api/v1/livekit/webhook"):
                self.assertEqual(nginx.request("GET", hidden)[0], 404, hidden)
            self.assertEqual(nginx.request("POST", "/api/v1/agents",
                                           {"Content-Type": "application/json"},
                                           b" " * (3 << 20))[0], 413)
            # LiveKit's signalling: it answers itself that there is no token.
            self.assertEqual(nginx.request("GET", "/rtc/validate")[0], 401)

            outcomes, over = [], threading.Event()

            def ask():
                while not over.is_set():
                    try:
                        outcomes.append(nginx.request("GET", "/api/v1/agents/restaurant")[0])
                    except OSError as error:
                        outcomes.append(repr(error))
            askers = [threading.Thread(target=ask) for _ in range(4)]
            for asker in askers:
                asker.start()
            time.sleep(1)
            apis[1].kill()
            time.sleep(2)
            over.set()
            for asker in askers:
                asker.join()
            self.assertGreater(len(outcomes), 100)
            self.assertEqual(set(outcomes), {200}, "nobody saw that a server was killed")
            # The same where one is told to go: it answers while nginx learns of it.
            apis[1] = world.api(STUDIO_PORT=apis[1].url.rsplit(":", 1)[1])
            wait_until(apis[1].is_ready, "the API server is back")

    @staticmethod
    def is_open(port):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


class SystemdTest(unittest.TestCase):
    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd is not installed")
    def test_the_units_are_sound(self):
        with tempfile.TemporaryDirectory(prefix="studio-units-") as name:
            folder = Path(name)
            for unit in UNITS.glob("*.service"):
                (folder / unit.name).write_text(
                    re.sub(r"(?<=ExecStart=)\S+", str(studio.BINARY), unit.read_text()))
            done = subprocess.run(
                ["systemd-analyze", "verify", folder / "agent-studio-migrate.service",
                 folder / "agent-studio-api@8000.service",
                 folder / "agent-studio-worker@8081.service"],
                capture_output=True, text=True, env={"SYSTEMD_UNIT_PATH": f"{folder}:"})
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            for unit in folder.glob("*.service"):
                command = unit.read_text().split("ExecStart=")[1].split("\n")[0].split()
                known = subprocess.run([*command, "--help"], capture_output=True)
                self.assertEqual(known.returncode, 0, command)


if __name__ == "__main__":
    unittest.main()
