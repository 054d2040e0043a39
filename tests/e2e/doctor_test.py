"""`agent-studio doctor` on real servers: what is right is called right, what is wrong is named with
what to do, and nothing that is secret is shown. STUDIO_BINARY names the program."""

import http.server
import json
import os
import re
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

import studio
from certificates import Authority
from servers import Redis, Servers, free_port, wait_until

SECRETS = ("s3cret-of-openai", "s3cret-of-deepgram", "wrong-passw0rd", "wrong-s3cret")


class Doctor:
    """One run: its lines by topic, its exit code and its bundle."""

    def __init__(self, environment, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            bundle = Path(folder) / "bundle.json"
            clean = {name: value for name, value in os.environ.items()
                     if not name.startswith(("STUDIO_", "DATABASE_", "REDIS_", "LIVEKIT_"))}
            done = subprocess.run(
                [studio.BINARY, "doctor", "--bundle", bundle, "--spool", folder,
                 "--log-level", "error", *arguments],
                env={**clean, **environment}, capture_output=True, text=True, timeout=120)
            self.output = done.stdout + done.stderr
            self.code = done.returncode
            self.bundle_text = bundle.read_text()
        self.bundle = json.loads(self.bundle_text)

    def grades(self, topic):
        return [finding["grade"] for finding in self.bundle["findings"]
                if finding["topic"] == topic]

    def find(self, topic, text):
        for finding in self.bundle["findings"]:
            if finding["topic"] == topic and re.search(text, finding["found"]):
                return finding
        raise AssertionError(f"nothing of {topic} like {text!r} in\n{self.output}")


class Vendor(http.server.BaseHTTPRequestHandler):
    """Knows one key."""

    def do_GET(self):
        asked = self.headers.get("Authorization", "")
        is_known = asked.endswith("s3cret-of-openai") and self.path == "/v1/models"
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class DoctorTest(unittest.TestCase):
    def assert_keeps_secrets(self, doctor, *more):
        for secret in (*SECRETS, *more):
            self.assertNotIn(secret, doctor.output)
            self.assertNotIn(secret, doctor.bundle_text)

    def test_a_machine_alone(self):
        doctor = Doctor({})
        self.assertEqual(doctor.code, 0, doctor.output)
        for topic in ("files", "clock", "disk", "memory", "processor", "priority", "addresses",
                      "database", "redis", "livekit", "speech", "providers"):
            self.assertTrue(doctor.grades(topic), topic)
            self.assertNotIn("FAILED", doctor.grades(topic))
        self.assertIn("DATABASE_URL is not set", doctor.output)
        self.assertTrue(any(option.startswith("spool=") for option in doctor.bundle["options"]))

    def test_an_installation(self):
        Redis.options = ("--save", "", "--appendonly", "yes")
        self.addCleanup(setattr, Redis, "options", ("--save", "", "--appendonly", "no"))
        with Servers(["postgres", "redis", "livekit"]) as servers, \
                studio.Server("--log-level", "warning") as server:
            livekit = servers["livekit"]
            environment = {
                "DATABASE_URL": servers["postgres"].url(), "REDIS_URL": servers["redis"].url(),
                "LIVEKIT_URL": f"ws://127.0.0.1:{livekit.port}", "LIVEKIT_API_KEY": livekit.key,
                "LIVEKIT_API_SECRET": livekit.secret}
            secrets = (livekit.secret, servers["redis"].password)

            with self.subTest("before the schema is there"):
                doctor = Doctor(environment)
                self.assertEqual(doctor.code, 1)
                self.assertEqual(doctor.find("database", r"schema 0 of \d+")["advice"],
                                 "run `agent-studio migrate`")

            subprocess.run([studio.BINARY, "migrate"], env={**os.environ, **environment},
                           check=True, capture_output=True, timeout=60)
            with self.subTest("all is well"):
                doctor = Doctor(environment, "--url", server.url)
                self.assertEqual(doctor.code, 0, doctor.output)
                self.assertEqual(doctor.grades("database"), ["ok", "ok"])
                self.assertEqual(doctor.grades("redis"), ["ok"])
                self.assertEqual(doctor.grades("livekit"), ["ok"])
                self.assertEqual(doctor.grades("server")[0], "ok", doctor.output)
                self.assert_keeps_secrets(doctor, *secrets)

            with self.subTest("a line that is not there"):
                doctor = Doctor({**environment, "SIP_OUTBOUND_TRUNK_ID": "ST_none"})
                self.assertEqual(doctor.code, 1)
                self.assertIn("sip setup", doctor.find("phones", "none of them")["advice"])

            with self.subTest("wrong passwords and keys"):
                doctor = Doctor({
                    "DATABASE_URL": "postgresql://studio:wrong-passw0rd@127.0.0.1:"
                                    f"{servers['postgres'].port}/absent",
                    "REDIS_URL": f"redis://:wrong-passw0rd@127.0.0.1:{servers['redis'].port}",
                    "LIVEKIT_URL": environment["LIVEKIT_URL"], "LIVEKIT_API_KEY": livekit.key,
                    "LIVEKIT_API_SECRET": "wrong-s3cret-of-32-bytes-and-some-more"})
                self.assertEqual(doctor.code, 1)
                doctor.find("database", "cannot be reached")
                doctor.find("redis", "refuses our password")
                doctor.find("livekit", "refuses our key")
                self.assert_keeps_secrets(doctor, *secrets)

            with self.subTest("a Redis by TLS"), tempfile.TemporaryDirectory() as folder:
                authority = Authority(Path(folder))
                certificate, key = authority.issue("redis", ["127.0.0.1"])
                port = free_port()
                servers["redis"].stop()
                Redis.options = ("--save", "", "--appendonly", "yes", "--tls-port", port,
                                 "--tls-cert-file", certificate, "--tls-key-file", key,
                                 "--tls-ca-cert-file", authority.certificate,
                                 "--tls-auth-clients", "no")
                servers["redis"].start()
                url = f"rediss://:{servers['redis'].password}@127.0.0.1:{port}"
                doctor = Doctor({"REDIS_URL": url, "REDIS_CA_FILE": str(authority.certificate)})
                self.assertEqual(doctor.grades("redis"), ["ok"], doctor.output)
                self.assertEqual(Doctor({"REDIS_URL": url}).grades("redis"), ["FAILED"])

            with self.subTest("a Redis that forgets"):
                servers["redis"].stop()
                Redis.options = ("--save", "", "--appendonly", "no", "--maxmemory-policy",
                                 "allkeys-lru")
                servers["redis"].start()
                doctor = Doctor({"REDIS_URL": servers["redis"].url()})
                self.assertEqual(doctor.grades("redis"), ["ok", "FAILED", "warning"])

        with self.subTest("nobody is there any more"):
            doctor = Doctor(environment, "--url", server.url)
            self.assertEqual(doctor.code, 1)
            for topic in ("database", "redis", "livekit", "server"):
                self.assertEqual(doctor.grades(topic), ["FAILED"], doctor.output)

    def test_keys_of_vendors(self):
        vendor = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor)
        threading.Thread(target=vendor.serve_forever, daemon=True).start()
        self.addCleanup(vendor.server_close)
        self.addCleanup(vendor.shutdown)
        where = f"127.0.0.1:{vendor.server_port}"
        doctor = Doctor({"OPENAI_API_KEY": "s3cret-of-openai",
                         "DEEPGRAM_API_KEY": "s3cret-of-deepgram"},
                        "--openai-base-url", f"http://{where}/v1",
                        "--deepgram-url", f"ws://{where}")
        self.assertEqual(doctor.code, 1)
        self.assertEqual(doctor.grades("providers"), ["ok", "FAILED"])
        self.assertIn("DEEPGRAM_API_KEY", doctor.find("providers", "refuses the key")["advice"])
        self.assert_keeps_secrets(doctor)

    def test_certificates(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(Path(folder))
            certificate, key = authority.issue("server", ["localhost"], days=5)
            port = free_port()
            server = subprocess.Popen(
                ["openssl", "s_server", "-accept", str(port), "-key", key, "-cert", certificate,
                 "-cert_chain", authority.certificate, "-www", "-quiet"],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(server.wait)
            self.addCleanup(server.kill)
            url = f"https://localhost:{port}"

            def certificate_is(pattern, trusted):
                doctor = Doctor({"SSL_CERT_FILE": str(authority.certificate)} if trusted else {},
                                "--url", url)
                return any(re.search(pattern, finding["found"])
                           for finding in doctor.bundle["findings"])
            wait_until(lambda: certificate_is("self-signed", False), "openssl", server)
            self.assertTrue(certificate_is(r"valid for [45] days more", True))

    def test_wrong_words(self):
        done = subprocess.run([studio.BINARY, "doctor", "--url", "example.com"],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--url: each begins with http", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
