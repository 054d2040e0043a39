"""How the page looks in a long call, on a phone and on a desktop, light and dark.

Headless Chromium loads the page's real files; only the call is played to it (PLAYED_CALL), so that
twelve turns take no time. STUDIO_SCREENSHOTS=folder keeps pictures.
"""

import http.server
import os
import threading
import unittest
import wave
from pathlib import Path
from tempfile import TemporaryDirectory

import browser
import studio

SIZES = {"phone": (390, 844, True), "desktop": (1280, 800, False)}
TURNS = 12
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}

# In place of web/call.js: a call that does what the test tells it.
PLAYED_CALL = """
export class ApiError extends Error {
  constructor(status, message) { super(message); this.status = status; }
}
export const isKey = (text) => /^[\\x21-\\x7e]+$/.test(text);
window.agents = [{ name: 'cook', display_name: 'The cook' },
  { name: 'waiter', display_name: 'Restaurant Bella Vista' }];
export async function ask(key) {
  if (key === 'wrong') throw new ApiError(401, 'no');
  return { json: async () => ({ items: key === 'new' ? [] : window.agents }) };
}
export class Call {
  constructor(key, agent, listener) { this.listener = window.played = listener; this.id = '1'; }
  async start() { this.listener.onConnecting(); this.listener.onConnected(); }
  hangUp() { this.finalStatus = { status: 'completed' }; this.listener.onEnded('', true); }
  setMuted(muted) { window.muted = muted; }
  release() {}
  finish() {}
}
"""
TALK = """
const say = (role, content, turn, final = true) =>
  played.onEvent({ type: 'transcript', role, content, final, turn });
const speaking = (who, on) => played.onEvent({ type: 'speaking', who, on });
const agent = 'Your booking is kept under https://bellavista.example/b/' + '4f7a9c2e1b8d'.repeat(6);
for (let turn = arguments[0]; turn <= arguments[1]; ++turn) {
  speaking('user', true);
  say('user', 'i would like a table for four people by the window please', turn);
  speaking('user', false);
  const end = turn % 5 === 0 ? 1800 : 300;
  played.onEvent({ type: 'latency', turn, endpoint_ms: end, transcript_ms: end + 40,
    token_ms: end + 45, sentence_ms: end + 80, audio_ms: end + 120, packet_ms: end + 135 });
  speaking('agent', true);
  say('assistant', agent, turn, turn % 4 !== 0);
  if (turn % 4 === 0) played.onEvent({ type: 'interrupted' });
}
"""
# Each text that is seen with less contrast than WCAG 2.1 asks of small text (4.5 to 1).
FAINT_TEXTS = """
const paint = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
const over = (colour, below) => {
  for (const each of [`rgb(${below})`, colour]) {
    paint.fillStyle = each;
    paint.fillRect(0, 0, 1, 1);
  }
  return [...paint.getImageData(0, 0, 1, 1).data].slice(0, 3);
};
const light = (colour) => colour.map((value) => value / 255)
  .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
  .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
const faint = [];
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes]
    .some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!element.offsetParent || !own) continue;
  const chain = [];
  for (let node = element; node; node = node.parentElement) chain.unshift(getComputedStyle(node));
  const white = [255, 255, 255];
  const ground = chain.reduce((below, style) => over(style.backgroundColor, below), white);
  const opacity = chain.reduce((product, style) => product * style.opacity, 1);
  const text = over(chain.at(-1).color, ground)
    .map((value, index) => value * opacity + ground[index] * (1 - opacity));
  const [dark, bright] = [light(text), light(ground)].sort((left, right) => left - right);
  const ratio = (bright + 0.05) / (dark + 0.05);
  if (ratio < 4.5) faint.push(`${element.className}: ${ratio.toFixed(2)}: ${element.textContent}`);
}
return faint;
"""
WIDER_THAN_ITS_BOX = """
return [...document.querySelectorAll('body, body *')].filter((element) => element.offsetParent
    && getComputedStyle(element).display !== 'inline'
    && element.scrollWidth > element.clientWidth + 1)
  .map((element) => `${element.tagName} ${element.id} ${element.className}`);
"""
LAST_LINE_IS_SEEN = """
const line = document.querySelector('.line:last-child').getBoundingClientRect();
const list = document.getElementById('conversation').getBoundingClientRect();
return line.bottom <= list.bottom + 1 && line.bottom <= innerHeight
  && line.top >= list.top - line.height;
"""


class Files(http.server.BaseHTTPRequestHandler):
    """The page's files, with the played call among them."""

    def do_GET(self):
        name = self.path.split("?")[0].strip("/") or "index.html"
        file = studio.ROOT / "web" / name
        body = PLAYED_CALL.encode() if name == "call.js" else file.read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", TYPES[name.rsplit(".", 1)[1]])
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class PageTest(unittest.TestCase):
    def setUp(self):
        folder = TemporaryDirectory(prefix="studio-page-")
        self.addCleanup(folder.cleanup)
        self.microphone = Path(folder.name) / "silence.wav"
        with wave.open(str(self.microphone), "wb") as silence:
            silence.setparams((1, 2, 16000, 0, "NONE", ""))
            silence.writeframes(bytes(32000))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f"http://127.0.0.1:{server.server_port}"

    def browse(self, size):
        width, height, mobile = SIZES[size]
        return browser.Browser(self.microphone, width, height, mobile=mobile)

    def start_call(self, page):
        # A query of its own makes each call a page load.
        page.open(f"{self.url}/?{os.urandom(4).hex()}#key=any")
        page.wait_for("return !document.getElementById('call').disabled", 10)
        page.click("call")
        page.wait_for("return !!window.played", 5)

    def check_look(self, page, name):
        self.assertEqual(page.run(FAINT_TEXTS), [], name)
        self.assertEqual(page.run(WIDER_THAN_ITS_BOX), [], name)
        if folder := os.environ.get("STUDIO_SCREENSHOTS"):
            page.screenshot(Path(folder) / f"{name}.png")

    def test_a_long_call_is_readable_everywhere(self):
        for size in SIZES:
            with self.browse(size) as page:
                for scheme in ("light", "dark"):
                    page.prefer_colour_scheme(scheme)
                    self.start_call(page)
                    page.run(TALK, 1, TURNS)
                    name = f"{size} {scheme}"
                    self.assertTrue(page.run(LAST_LINE_IS_SEEN), name)
                    self.check_look(page, f"{name} call")
                    page.click("hang-up")
                    self.check_look(page, f"{name} ended")

    def notice(self, page):
        return page.run("const notice = document.getElementById('notice');"
                        "return [notice.hidden ? '' : notice.textContent, notice.role]")

    def test_the_agent_of_the_link_is_chosen(self):
        with self.browse("desktop") as page:
            page.open(f"{self.url}/?agent=waiter#key=any")
            page.wait_for("return !document.getElementById('call').disabled", 10)
            self.assertEqual(page.run("return document.getElementById('agent').value"), "waiter")
            self.assertEqual(page.run("return location.search + location.hash"), "?agent=waiter")

    def test_another_key_is_taken_only_when_it_is_accepted(self):
        with self.browse("desktop") as page:
            page.open(f"{self.url}/#key=good")
            page.wait_for("return !document.getElementById('call').disabled", 10)
            stored = "return sessionStorage.getItem('agent-studio-key')"
            page.click("key-open")
            self.assertEqual(page.run(stored), "good")
            for key, words in (("wrong", "not accepted"), ("schl\u00fcssel", "no API key"),
                               ("two words", "no API key"),
                               ("\u043a\u043b\u044e\u0447", "no API key")):
                page.type("key", key)
                page.click("key-continue")
                page.wait_for("return !document.getElementById('notice').hidden", 5)
                self.assertIn(words, self.notice(page)[0], key)
                self.assertEqual(page.run(stored), "good")
            page.click("key-keep")
            page.wait_for("return !document.getElementById('call').disabled"
                          " && document.getElementById('call').offsetParent !== null", 5)
            self.assertEqual(self.notice(page)[0], "")

    def test_no_agents_is_an_invitation_and_no_alarm(self):
        with self.browse("desktop") as page:
            page.open(f"{self.url}/#key=new")
            page.wait_for("return !document.getElementById('notice').hidden", 10)
            sentence, role = self.notice(page)
            self.assertIn("--example", sentence)
            self.assertEqual(role, "status")

    def test_new_lines_do_not_pull_away_who_reads_back(self):
        with self.browse("phone") as page:
            self.start_call(page)
            page.run(TALK, 1, TURNS)
            page.run("document.getElementById('conversation').scrollTop = 0")
            page.run(TALK, TURNS + 1, TURNS + 2)
            top = page.run("return document.getElementById('conversation').scrollTop")
            self.assertEqual(top, 0)
            page.run("const list = document.getElementById('conversation');"
                     "list.scrollTop = list.scrollHeight")
            page.run(TALK, TURNS + 3, TURNS + 4)
            self.assertTrue(page.run(LAST_LINE_IS_SEEN))

    def test_the_keyboard_reaches_everything_and_everything_has_a_name(self):
        with self.browse("desktop") as page:
            self.start_call(page)
            page.run(TALK, 1, TURNS)
            self.assertEqual(page.run("return document.activeElement.id"), "hang-up")
            page.press("\ue004")  # Tab
            self.assertEqual(page.run("return document.activeElement.id"), "conversation")
            page.press("\ue004")
            self.assertEqual(page.run("return document.activeElement.className"), "card times")
            page.run("document.getElementById('mute').focus()")
            page.press(" ")
            self.assertTrue(page.run("return window.muted"))
            self.assertEqual(page.run("return document.getElementById('mute').ariaPressed"), "true")
            page.run("document.getElementById('hang-up').focus()")
            page.press("\ue007")  # Enter
            self.assertEqual(page.run("return document.activeElement.id"), "call")
            nameless = [node for node in page.accessible_nodes()
                        if node[0] in ("button", "combobox", "textbox", "image", "list", "region")
                        and not node[1]]
            self.assertEqual(nameless, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
