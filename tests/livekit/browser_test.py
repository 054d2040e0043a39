#!/usr/bin/env python3
"""LiveKit's stock browser client, `livekit-client` of npm in headless Chromium, with our agent in a
room of the real server: first with a tone, then in a conversation that begins with POST /calls.

usage: browser_test.py [of unittest]
STUDIO_ROOM_AGENT names the program room_agent, STUDIO_BINARY the server.
"""

import http.server
import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
from production import Production  # noqa: E402  Also makes tests/e2e known.
import browser  # noqa: E402
import servers as real  # noqa: E402
import speech  # noqa: E402
import studio  # noqa: E402
from token_of_room import make_token  # noqa: E402

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER / "browser"
INSTALLED = studio.ROOT / "build/livekit_browser"
ROOM_AGENT = os.environ.get("STUDIO_ROOM_AGENT",
                            studio.ROOT / "build/asan/tests/livekit/room_agent")
# A steady tone is noise to the client's noise suppression.
AS_IT_IS = {"echoCancellation": False, "noiseSuppression": False, "autoGainControl": False}
WORDS = """return [...document.querySelectorAll('.%s[data-final=true]')]
  .map(({textContent}) => textContent)"""


def install_client():
    """The versions of package-lock.json, once per lock file."""
    if not shutil.which("npm"):
        sys.exit("error: 'npm' is missing; install it: apt-get install nodejs npm")
    lock = (PAGE / "package-lock.json").read_text()
    stamp = INSTALLED / "installed.json"
    if stamp.exists() and stamp.read_text() == lock:
        return
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PAGE / name, INSTALLED)
    done = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                          cwd=INSTALLED, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        sys.exit(f"error: npm ci failed:\n{done.stdout}{done.stderr}")
    stamp.write_text(lock)


class FrontEnd(http.server.BaseHTTPRequestHandler):
    """The page, its script and the client; nothing else."""

    files = {
        "/": (PAGE / "index.html", "text/html"),
        "/page.js": (PAGE / "page.js", "text/javascript"),
        "/livekit-client.umd.js": (
            INSTALLED / "node_modules/livekit-client/dist/livekit-client.umd.js",
            "text/javascript"),
    }

    def do_GET(self):
        path, kind = self.files.get(self.path, (None, None))
        if path is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.end_headers()
        self.wfile.write(path.read_bytes())

    def log_message(self, *_):
        pass


class LivekitClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        install_client()
        cls.web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), FrontEnd)
        threading.Thread(target=cls.web.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.web.shutdown()
        cls.web.server_close()

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="studio-livekit-client-")
        self.addCleanup(folder.cleanup)
        self.microphone = Path(folder.name) / "caller.wav"

    def enter(self, page, url, token, capture=None):
        page.open(f"http://127.0.0.1:{self.web.server_address[1]}/")
        page.run("window.entered = enter(...arguments).then(() => 'in', String)", url, token,
                 capture)
        self.assertEqual(page.run("return window.entered"), "in")

    def check_log(self, page):
        """Nothing failed but what every page lacks: an icon."""
        lines = [line for line in page.log() if "favicon.ico" not in line]
        self.assertFalse([line for line in lines if "error" in line.lower()], lines)

    def test_audio_keys_state_and_transcripts_in_a_room(self):
        subprocess.run(["sox", "-n", "-r", "48000", "-c", "1", "-b", "16", self.microphone, "synth",
                        "60", "sine", "400", "gain", "-9"], check=True)
        with real.Servers(["livekit"]) as servers, browser.Browser(self.microphone) as page:
            room, keys = secrets.token_hex(8), servers["livekit"]
            tokens = [make_token(keys.key, keys.secret, room, *who)
                      for who in (("agent", "agent"), ("person", "standard"))]
            agent = studio.Process([ROOM_AGENT, room, tokens[0]],
                                   env={**os.environ, **servers.environment})
            self.addCleanup(agent.process.stdout.close)
            self.addCleanup(agent.process.kill)
            self.enter(page, f"ws://127.0.0.1:{keys.port}", tokens[1], AS_IT_IS)
            agent.wait_for('"event":"heard"', 30)
            # Half a second of the agent's tone.
            page.wait_for("return seen.loudTicks >= 10", 30)
            self.assertAlmostEqual(page.run("return seen.pitch"), 700, delta=20)
            page.wait_for("return seen.states.includes('listening')", 10)
            page.run("return room.localParticipant.publishDtmf(7, '7')")
            self.assertEqual(json.loads(agent.wait_for('.*"event":"digit".*', 10).group())["digit"],
                             "7")
            page.wait_for("return seen.keys.join() === '7'", 10)
            page.wait_for("return seen.states.at(-1) === 'thinking'", 10)
            page.wait_for(f"return ({{f() {{ {WORDS % 'agent'} }}}}).f().join() ==="
                          " 'You pressed 7'", 10)
            page.run("return room.disconnect()")
            agent.wait_for('"event":"closed"', 30)
            code, _ = agent.finish(20)
            self.assertEqual(code, 0)
            self.check_log(page)

    def test_a_conversation_with_the_restaurant(self):
        lines = studio.caller_lines()[:2]
        # The agent greets when the caller is in the room, and then waits for the microphone's file.
        speech.speak_lines(lines, self.microphone, lead_seconds=8.0, pause_seconds=7.0)
        with Production() as production, browser.Browser(self.microphone) as page:
            studio.install_restaurant(production)
            status, call = production.request("POST", "/api/v1/calls",
                                              {"agent_name": "restaurant", "call_type": "voip"})
            self.assertEqual((status, call["status"]), (201, "pending"), call)
            self.enter(page, call["url"], call["token"])
            page.wait_for("return seen.states.includes('speaking')", 20)
            page.wait_for("return seen.loudTicks >= 20", 20)
            page.wait_for(f"return ({{f() {{ {WORDS % 'user'} }}}}).f().length >= 2", 60)
            page.wait_for(f"return ({{f() {{ {WORDS % 'agent'} }}}}).f().length >= 3", 30)
            shown = page.run(WORDS % "user")
            studio.assert_understood(self, lines, shown)
            page.wait_for("return seen.states.at(-1) === 'listening'", 20)
            page.run("return room.disconnect()")
            record = production.call_record(call["call_id"], until=lambda found: found["ended_at"])
            self.assertEqual(record["status"], "completed", record)
            entries = production.transcript(call["call_id"])
            self.assertEqual(shown, [entry["content"] for entry in entries
                                     if entry["role"] == "user"])
            self.assertEqual(page.run(WORDS % "agent"), [entry["content"] for entry in entries
                                                         if entry["role"] == "assistant"])
            self.check_log(page)

    def test_the_agent_ends_the_call(self):
        speech.speak_lines(["goodbye", "yes please"], self.microphone, lead_seconds=8.0,
                           pause_seconds=6.0)
        with Production() as production, browser.Browser(self.microphone) as page:
            studio.install_restaurant(production)
            status, call = production.request("POST", "/api/v1/calls",
                                              {"agent_name": "restaurant", "call_type": "voip"})
            self.assertEqual(status, 201, call)
            self.enter(page, call["url"], call["token"])
            page.wait_for("return seen.disconnected", 60)
            self.assertIn("goodbye", page.run(WORDS % "agent")[-1].lower())
            record = production.call_record(call["call_id"], until=lambda found: found["ended_at"])
            self.assertEqual(record["status"], "completed", record)


if __name__ == "__main__":
    unittest.main(verbosity=2)
