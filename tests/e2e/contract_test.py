#!/usr/bin/env python3
"""A running server keeps to api/openapi.yaml: schemathesis, with all its checks, over every
operation. What it may generate is bounded so that it takes some two minutes.

Needs tests/e2e/contract_requirements.txt: tools/dev/test.sh runs it in build/venv."""

import subprocess
import sys
import unittest
from pathlib import Path

from studio import ROOT, Server, install_restaurant

SECONDS = 110
EXAMPLES = 15


class Contract(unittest.TestCase):
    def test_schemathesis_finds_nothing(self):
        with Server("--log-level", "warning") as server:
            install_restaurant(server)
            for number in range(3):
                body = {"agent_name": "restaurant", "metadata": {"n": number}}
                status, body = server.request("POST", "/api/v1/calls", body)
                self.assertEqual(status, 201, body)
            command = [Path(sys.executable).parent / "schemathesis",
                       "--config-file", ROOT / "schemathesis.toml",
                       "run", ROOT / "api/openapi.yaml",
                       "--url", server.url, "--header", f"Authorization: Bearer {server.key}",
                       # Rooms and telephones are no part of `serve`.
                       "--exclude-path", "/api/v1/livekit/webhook",
                       "--exclude-path", "/api/v1/webhooks/ingest",
                       # Streams have no end to wait for; live_test.py reads them.
                       "--exclude-tag", "live",
                       "--checks", "all", "--max-examples", str(EXAMPLES),
                       "--max-time", str(SECONDS), "--seed", "20261128", "--no-color",
                       "--continue-on-failure", "--generation-database", "none"]
            done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                                  timeout=SECONDS + 120, cwd=ROOT)
            self.assertEqual(done.returncode, 0, done.stdout[-12000:] + done.stderr[-2000:])
            print(done.stdout[-800:])
            # After all that the lists can be read, and every row in them.
            for path in ("/api/v1/agents", "/api/v1/tools", "/api/v1/workflows", "/api/v1/calls"):
                status, page = server.request("GET", path + "?limit=200")
                self.assertEqual(status, 200, page)
                self.assertEqual(len(page["items"]), min(200, page["total"]), path)
            self.assertNotIn("stored_row_unreadable", server.log())


if __name__ == "__main__":
    unittest.main(verbosity=1)
