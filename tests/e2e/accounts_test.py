#!/usr/bin/env python3
"""Keys, people, tenants and limits of the real binary: embedded on SQLite, and two API servers on
one PostgreSQL and one Redis, whose limit is exact over both and which go on without Redis."""

import concurrent.futures
import json
import os
import secrets
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import studio
from servers import Servers

PASSWORD = "a long sentence"
AGENT = {"name": "waiter", "config": {
    "prompt": {"system": "You wait."},
    "llm": {"provider": "scripted", "options": {
        "rules": [{"when": {"said": "hello"}, "say": "Yes."}], "otherwise": ["Yes."]}}}}


def run(*arguments):
    return subprocess.run([str(word) for word in (studio.BINARY, *arguments)], timeout=60,
                          capture_output=True, text=True)


def ask(url, method, path, key, body=None):
    """(status, headers, parsed body)."""
    request = urllib.request.Request(
        url + path, method=method, data=None if body is None else json.dumps(body).encode(),
        headers={"X-API-Key": key, "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            status, headers, content = response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        status, headers, content = error.code, error.headers, error.read()
    return status, headers, json.loads(content) if content else None


class Embedded(unittest.TestCase):
    def test_keys_are_made_bounded_and_revoked_without_any_setting(self):
        with studio.Server("--log-level", "warning") as server:
            # The first key is not limited: `serve` needs no set-up, and nobody is choked.
            answers = [ask(server.url, "GET", "/api/v1/agents", server.key) for _ in range(150)]
            self.assertEqual({status for status, _, _ in answers}, {200})
            self.assertIsNone(answers[0][1]["X-RateLimit-Limit"])
            self.assertEqual(ask(server.url, "POST", "/api/v1/agents", server.key, AGENT)[0], 201)

            wish = {"name": "test", "environment": "test", "rate_limit": 5,
                    "scopes": ["calls:create", "calls:read"]}
            status, _, made = ask(server.url, "POST", "/api/v1/auth/api-keys", server.key, wish)
            self.assertEqual(status, 201, made)
            key = made["key"]
            self.assertRegex(key, r"^as_test_[A-Za-z0-9]{32}$")
            status, headers, me = ask(server.url, "GET", "/api/v1/auth/me", key)
            self.assertEqual((status, me["livemode"]), (200, False))
            self.assertEqual(me["tenant"]["slug"], "default")
            self.assertEqual(headers["X-RateLimit-Remaining"], "4")
            status, _, call = ask(server.url, "POST", "/api/v1/calls", key,
                                  {"agent_name": "waiter"})
            self.assertEqual((status, call["livemode"]), (201, False))
            self.assertEqual(ask(server.url, "POST", "/api/v1/agents", key, AGENT)[0], 403)
            for _ in range(2):
                self.assertEqual(
                    ask(server.url, "GET", "/api/v1/calls/" + call["call_id"], key)[0], 200)
            status, headers, refused = ask(server.url, "GET", "/api/v1/auth/me", key)
            self.assertEqual((status, refused["error"]["code"]), (429, "rate_limit_exceeded"))
            self.assertTrue(0 < int(headers["Retry-After"]) <= 60)

            path = "/api/v1/auth/api-keys/" + made["id"]
            self.assertEqual(ask(server.url, "DELETE", path, server.key)[0], 204)
            self.assertEqual(ask(server.url, "GET", "/api/v1/auth/me", key)[0], 401)
            self.assertNotIn(key, server.log())
            self.assertNotIn(key[8:], server.log())


    def test_people_sign_in_and_a_tenant_comes_and_goes(self):
        with studio.Server("--log-level", "info") as server:
            invited = self.answer(201, server, "POST", "/api/v1/users", server.key,
                                  {"email": "Ada@example.org", "role": "owner"})
            session = self.answer(200, server, "POST", "/api/v1/auth/invitations/accept", "none",
                                  {"token": invited["invitation_token"], "password": PASSWORD})
            login = {"email": "ada@example.org", "password": PASSWORD}
            session = self.answer(200, server, "POST", "/api/v1/auth/login", "none", login)
            me = self.answer(200, server, "GET", "/api/v1/auth/me", session["access_token"])
            self.assertEqual((me["type"], me["role"]), ("user", "owner"))
            self.answer(201, server, "POST", "/api/v1/agents", session["access_token"], AGENT)

            database = Path(server.folder.name) / "studio.db"
            made = run("tenant", "create", "acme", "--name", "Acme", "--database", database)
            self.assertEqual(made.returncode, 0, made.stderr)
            theirs = made.stdout.strip()
            agents = self.answer(200, server, "GET", "/api/v1/agents", theirs)
            self.assertEqual(agents["total"], 0)
            self.answer(404, server, "GET", "/api/v1/agents/waiter", theirs)
            self.answer(404, server, "GET", "/api/v1/users/" + invited["id"], theirs)
            self.assertIn("acme  Acme", run("tenant", "list", "--database", database).stdout)
            self.assertEqual(run("tenant", "delete", "acme", "--database", database).returncode, 2)
            self.answer(200, server, "GET", "/api/v1/agents", theirs)
            gone = run("tenant", "delete", "acme", "--yes", "--database", database)
            self.assertEqual(gone.returncode, 0, gone.stderr)
            self.answer(401, server, "GET", "/api/v1/agents", theirs)
            self.answer(200, server, "GET", "/api/v1/agents/waiter", server.key)
            log = server.log().lower()
            for secret in (PASSWORD, "ada@", session["access_token"], session["refresh_token"]):
                self.assertNotIn(secret.lower(), log)

    def answer(self, expected, server, method, path, key, body=None):
        status, _, answered = ask(server.url, method, path, key, body)
        self.assertEqual(status, expected, answered)
        return answered


class Production(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="studio-accounts-")
        self.addCleanup(self.folder.cleanup)
        self.servers = Servers(["postgres", "redis"])
        self.servers.__enter__()
        self.addCleanup(self.servers.__exit__, None, None, None)
        self.key = "as_live_" + secrets.token_hex(16)
        self.environment = {
            **os.environ, "DATABASE_URL": self.servers["postgres"].url(),
            "REDIS_URL": self.servers["redis"].url(), "LIVEKIT_URL": "ws://127.0.0.1:9",
            "LIVEKIT_API_KEY": "none", "LIVEKIT_API_SECRET": secrets.token_hex(16),
            "STUDIO_SPOOL": self.folder.name, "STUDIO_API_KEY": self.key,
            "STUDIO_JWT_SECRET": secrets.token_hex(32),
            "STUDIO_LOG_LEVEL": "warning"}
        # The default of production.
        del self.environment["STUDIO_RATE_LIMIT"]
        subprocess.run([studio.BINARY, "migrate"], env=self.environment, check=True, timeout=60,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.apis = [self.start_api() for _ in range(2)]
        for api in self.apis:
            self.wait_ready(api)

    def start_api(self):
        process = studio.Process(
            [studio.BINARY, "api", "--host", "127.0.0.1", "--port", "0", "--drain-timeout", "0"],
            env=self.environment, stderr=subprocess.DEVNULL)
        self.addCleanup(process.stop)
        return process.wait_for(r"API\s+(http://\S+)/api/v1$", 60).group(1)

    def wait_ready(self, url):
        for _ in range(200):
            if ask(url, "GET", "/api/v1/auth/me", self.key)[0] == 200:
                return
            time.sleep(0.1)
        self.fail("the API did not get ready")

    def test_a_limit_is_exact_over_two_servers_and_none_without_redis(self):
        status, _, made = ask(self.apis[0], "POST", "/api/v1/auth/api-keys", self.key,
                              {"name": "shared", "scopes": ["agents:read"]})
        self.assertEqual(status, 201, made)

        def one(number):
            return ask(self.apis[number % 2], "GET", "/api/v1/agents", made["key"])

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(one, range(150)))
        admitted = [headers for status, headers, _ in answers if status == 200]
        refused = [headers for status, headers, _ in answers if status == 429]
        self.assertEqual((len(admitted), len(refused)), (100, 50))
        self.assertEqual({headers["X-RateLimit-Limit"] for headers in admitted}, {"100"})
        self.assertEqual(sorted(int(headers["X-RateLimit-Remaining"]) for headers in admitted),
                         list(range(100)))
        self.assertEqual({headers["X-RateLimit-Remaining"] for headers in refused}, {"0"})

        self.servers["redis"].kill()
        for number in range(10):
            self.assertEqual(one(number)[0], 200)

        # People sign in at either server, and the same token opens both.
        status, _, invited = ask(self.apis[0], "POST", "/api/v1/users", self.key,
                                 {"email": "ada@example.org", "role": "viewer"})
        self.assertEqual(status, 201, invited)
        status, _, session = ask(self.apis[0], "POST", "/api/v1/auth/invitations/accept", "none",
                                 {"token": invited["invitation_token"], "password": PASSWORD})
        self.assertEqual(status, 200, session)
        self.assertEqual(ask(self.apis[1], "GET", "/api/v1/auth/me", session["access_token"])[0],
                         200)


if __name__ == "__main__":
    unittest.main(verbosity=1)
