"""APIs as processes on a real PostgreSQL and Redis, with two tenants, for tests of webhooks.
There is no media server: calls are made and cancelled before anybody takes them."""

import hashlib
import json
import os
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import studio
import webhook_receiver as receivers
from servers import Servers, free_port

KEY = "as_live_" + "k" * 32
OTHER_KEY = "as_live_" + "o" * 32
EVENTS = ["call.started", "call.failed", "call.ended"]
AGENT = {"name": "desk", "config": {"prompt": {"system": "x"}, "llm": {
    "provider": "scripted", "options": {
        "rules": [{"when": {"said": "hello"}, "say": "Yes."}], "otherwise": ["Yes."]}}}}


class Api:
    def __init__(self, world):
        self.log_file = open(world.folder / f"api-{len(world.apis)}.log", "wb")
        self.process = studio.Process([studio.BINARY, "api"], stderr=self.log_file,
                                      env=world.environment)
        self.url = self.process.wait_for(r"(http://[\d.]+:\d+)", 30).group(1)
        world.apis.append(self)
        deadline = time.monotonic() + 30
        while self.request("GET", "/health/ready")[0] != 200:
            assert time.monotonic() < deadline, "an API did not become ready"
            time.sleep(0.05)

    def request(self, method, path, body=None, key=KEY, headers=None):
        """(status, parsed body); status 0 where no answer came."""
        request = urllib.request.Request(self.url + path, method=method,
                                         data=None if body is None else json.dumps(body).encode())
        request.add_header("X-API-Key", key)
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                status, content = response.status, response.read()
        except urllib.error.HTTPError as error:
            status, content = error.code, error.read()
        except OSError:
            return 0, None
        try:
            return status, json.loads(content)
        except ValueError:
            return status, content.decode(errors="replace")

    def is_alive(self):
        return self.process.process.poll() is None

    def kill(self):
        self.process.process.kill()
        self.process.process.wait()
        self.process.process.stdout.close()
        self.log_file.close()


class World:
    def __init__(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="studio-webhooks-")
        self.folder = Path(self.scratch.name)
        self.servers = Servers(["postgres", "redis"])
        self.apis = []

    def __enter__(self):
        self.servers.__enter__()
        self.environment = {
            **os.environ, "DATABASE_URL": self.servers["postgres"].url(),
            "REDIS_URL": self.servers["redis"].url(),
            "LIVEKIT_URL": f"ws://127.0.0.1:{free_port()}", "LIVEKIT_API_KEY": "k",
            "LIVEKIT_API_SECRET": "s" * 32, "STUDIO_API_KEY": KEY, "STUDIO_HOST": "127.0.0.1",
            "STUDIO_PORT": "0", "STUDIO_API_DRAIN_TIMEOUT": "1",
            "STUDIO_SPOOL": str(self.folder / "spool"), "STUDIO_QUEUE_WAITING_MAX": "0",
            "STUDIO_QUEUE_AGE_MAX": "0", "STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": "true"}
        subprocess.run([studio.BINARY, "migrate"], env=self.environment, check=True,
                       capture_output=True, timeout=60)
        return self

    def __exit__(self, *_):
        for api in self.apis:
            if api.is_alive():
                api.kill()
        self.servers.__exit__(None, None, None)
        self.scratch.cleanup()

    def api(self):
        api = Api(self)
        if len(self.apis) == 1:
            self.add_tenant()
            status, body = api.request("POST", "/api/v1/agents", AGENT)
            assert status == 201, body
        return api

    def query(self, sql):
        done = self.servers["postgres"].query(sql, "studio")
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def add_tenant(self):
        digest = hashlib.sha256(OTHER_KEY.encode()).hexdigest()
        self.query("INSERT INTO tenants (id, slug, name, created_at) VALUES"
                   " ('other', 'other', 'Other', 0);"
                   "INSERT INTO api_keys (id, tenant_id, name, digest, prefix, scopes, created_at)"
                   f" VALUES ('other', 'other', 'o', '{digest}', 'as_live_o', '[\"*\"]', 0)")

    def create_webhook(self, api, url, key, **fields):
        status, made = api.request("POST", "/api/v1/webhooks",
                                   {"url": url, "timeout_seconds": 5, **fields}, key)
        assert status == 201, made
        return made

    def cancelled_call(self, api):
        """The id of a call that was made and ended, at whichever API answers."""
        key = {"Idempotency-Key": os.urandom(16).hex()}
        call_id = self.insist(api, "POST", "/api/v1/calls", {"agent_name": "desk"}, key)["call_id"]
        self.insist(api, "POST", f"/api/v1/calls/{call_id}/end")
        return call_id

    def insist(self, api, method, path, body=None, headers=None):
        deadline = time.monotonic() + 60
        while True:
            for one in [api, *self.apis]:
                if one.is_alive():
                    status, answer = one.request(method, path, body, headers=headers)
                    if status in (200, 201, 202):
                        return answer
            assert time.monotonic() < deadline, (status, answer)
            time.sleep(0.1)

    def check(self, test, receiver, path, secret, calls):
        """Each event of these calls came, in order, always the same, and signed; none other did."""
        bodies, order = {}, {}
        for request in receiver.at(path):
            test.assertTrue(receivers.is_signed(
                secret, request.headers["X-Webhook-Signature"], request.body))
            test.assertEqual(bodies.setdefault(request.id, request.body), request.body)
            if request.taken:
                types = order.setdefault(request.event["data"]["call_id"], [])
                if request.event["type"] not in types:
                    types.append(request.event["type"])
        test.assertEqual(set(order), set(calls))
        for call_id, types in order.items():
            test.assertEqual(types, EVENTS, call_id)
        test.assertEqual(len(bodies), len(EVENTS) * len(calls))
