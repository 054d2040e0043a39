"""A person at the page: headless Chromium speaks through a fake microphone to the real server."""

import os
import signal
import tempfile
import time
import unittest
from pathlib import Path

import browser
import speech
import studio

# The recording starts with the call, and the greeting must be over before its first word; right
# after the start the voice is still being loaded.
GREETING_SECONDS = 13.0
PAUSE_SECONDS = 6.0

# Notes each thing that the page says of who is speaking, from before the call on.
WATCH_STATE = """
window.states = [];
new MutationObserver(() => states.push(document.getElementById('state').textContent))
  .observe(document.getElementById('state'), {childList: true});
"""
WORDS = """return [...document.querySelectorAll('.line.%s:not(.partial) .words')]
  .map(({textContent}) => textContent)"""
# True once the element is there for the eye.
SHOWN = "return document.getElementById('%s').offsetParent !== null"


def record_caller(path, lines):
    """The caller's side as one recording: quiet for the greeting, then lines with pauses."""
    speech.speak_lines(lines, path, GREETING_SECONDS, PAUSE_SECONDS)


class BrowserTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="studio-browser-")
        self.addCleanup(folder.cleanup)
        self.microphone = Path(folder.name) / "caller.wav"

    def open_page(self, page, server):
        page.open(f"{server.url}/#key={server.key}")
        page.wait_for("return !document.getElementById('call').disabled", 15)

    def only_call(self, server):
        status, calls = server.request("GET", "/api/v1/calls")
        self.assertEqual((status, calls["total"]), (200, 1), calls)
        return calls["items"][0]["id"]

    def picture(self, page, name):
        """Keeps a picture where the person who runs the test asked for them."""
        if folder := os.environ.get("STUDIO_SCREENSHOTS"):
            page.screenshot(Path(folder) / f"{name}.png")

    def test_a_person_talks_to_the_agent_and_hangs_up(self):
        lines = studio.caller_lines()[:2]
        record_caller(self.microphone, lines)
        with studio.Server() as server, browser.Browser(self.microphone) as page:
            studio.install_restaurant(server)
            self.open_page(page, server)
            self.assertNotIn(server.key, page.run("return location.href"),
                             "the key stayed in the address")
            page.run(WATCH_STATE)
            page.click("call")
            page.wait_for("return states.includes('The agent is speaking')", 25)
            page.wait_for("return document.querySelectorAll('.turn').length >= 2", 60)
            page.wait_for(f"return ({{f() {{ {WORDS % 'assistant'} }}}}).f().length >= 3", 15)
            self.picture(page, "call")

            shown = page.run(WORDS % "user")
            studio.assert_understood(self, lines, shown)
            call_id = self.only_call(server)
            latencies = page.run("return [...document.querySelectorAll('.turn strong')]"
                                 ".map(({textContent}) => textContent)")
            for latency in latencies:
                self.assertRegex(latency, r"^\d+ ms$")
            bars = page.run("return [...document.querySelectorAll('.turn svg')]"
                            ".map((bar) => bar.querySelectorAll('rect').length)")
            self.assertTrue(all(count >= 3 for count in bars), bars)

            page.click("hang-up")
            page.wait_for("return document.getElementById('state').textContent === 'Call ended'",
                          10)
            record = server.call_record(call_id, until=lambda found: found["ended_at"])
            self.assertEqual(record["status"], "completed", record)
            self._check_states(page.run("return states"))
            kept = server.transcript(call_id)
            for who in ("user", "assistant"):
                self.assertEqual(page.run(WORDS % who),
                                 [entry["content"] for entry in kept if entry["role"] == who])
            self.assertEqual(page.log(), [])

    def _check_states(self, states):
        """The agent greets, then each speaks in turn; a state comes once until it changes."""
        turns = [state for state in states
                 if state in ("You are speaking", "The agent is speaking")]
        changes = [state for index, state in enumerate(turns)
                   if index == 0 or turns[index - 1] != state]
        self.assertEqual(changes, ["The agent is speaking", "You are speaking"] * 2
                         + ["The agent is speaking"], states)

    def test_the_agent_ends_the_call_and_a_second_one_follows(self):
        # The agent asks whether a goodbye before any booking is meant.
        record_caller(self.microphone, ["goodbye", "yes please"])
        with studio.Server() as server, \
                browser.Browser(self.microphone, 390, 844, mobile=True) as page:
            studio.install_restaurant(server)
            self.open_page(page, server)
            page.click("call")
            page.wait_for(SHOWN % "hang-up", 5)
            page.wait_for(SHOWN % "call", 70)
            self.assertIn("goodbye", page.run(WORDS % "assistant")[-1].lower())
            page.wait_for("return document.getElementById('state').textContent"
                          " === 'The agent ended the call'", 5)
            self.assertTrue(page.run("return document.getElementById('notice').hidden"))
            record = server.call_record(self.only_call(server),
                                        until=lambda found: found["ended_at"])
            self.assertEqual(record["status"], "completed")

            page.click("call")
            # What the first call left must be gone, and the second one must be heard.
            page.wait_for(f"return ({{f() {{ {WORDS % 'assistant'} }}}}).f().length === 1", 20)
            self.picture(page, "second call on a phone")
            self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), 390)
            page.click("hang-up")
            page.wait_for(SHOWN % "call", 10)
            self.assertEqual(page.log(), [])

    def test_a_server_that_stops_says_goodbye(self):
        record_caller(self.microphone, ["hello"])
        with studio.Server() as server, browser.Browser(self.microphone) as page:
            studio.install_restaurant(server)
            self.open_page(page, server)
            page.click("call")
            page.wait_for("return document.getElementById('state').textContent"
                          " === 'The agent is speaking'", 25)
            server.process.process.send_signal(signal.SIGTERM)
            page.wait_for(SHOWN % "call", 20)
            self.assertIn("goodbye", page.run(WORDS % "assistant")[-1].lower())
            page.wait_for("return document.getElementById('notice').textContent"
                          " === 'The server has stopped taking calls."
                          " Please call again in a moment.'", 5)
            self.assertEqual(server.process.process.wait(20), 0)
            page.click("call")
            page.wait_for("return document.getElementById('notice').textContent"
                          ".startsWith('The server does not answer.')", 10)
            page.wait_for(SHOWN % "call", 5)

    def test_a_server_that_dies_is_noticed(self):
        record_caller(self.microphone, ["hello"])
        with studio.Server() as server, browser.Browser(self.microphone) as page:
            studio.install_restaurant(server)
            self.open_page(page, server)
            page.click("call")
            page.wait_for("return document.getElementById('state').textContent"
                          " === 'The agent is speaking'", 25)
            killed = time.monotonic()
            server.kill()
            page.wait_for("return document.getElementById('notice').textContent"
                          ".startsWith('The server does not answer any more')", 10)
            self.assertLess(time.monotonic() - killed, 6.0)
            self.assertEqual(page.run("return document.getElementById('state').textContent"),
                             "Call ended")
            server.process.process.wait(5)

    def test_a_refused_microphone_and_a_wrong_key_are_explained(self):
        speech.speak("hello", self.microphone)
        with studio.Server() as server, \
                browser.Browser(self.microphone, microphone=False) as page:
            studio.install_restaurant(server)
            page.open(server.url)
            page.wait_for(SHOWN % "key", 5)
            page.type("key", "as_live_wrong")
            page.click("key-continue")
            page.wait_for("return document.getElementById('notice').textContent"
                          " === 'This key is not accepted. Check it and enter it again.'", 5)
            page.type("key", server.key)
            page.click("key-continue")
            page.wait_for("return !document.getElementById('call').disabled", 5)
            page.click("call")
            page.wait_for("return document.getElementById('notice').textContent"
                          ".startsWith('The microphone is blocked.')", 5)
            page.wait_for(SHOWN % "call", 5)
            self.assertEqual(server.request("GET", "/api/v1/calls")[1]["total"], 0,
                             "a call without a microphone was placed")


if __name__ == "__main__":
    unittest.main(verbosity=2)
