"""Headless Chromium over the W3C WebDriver protocol, with a WAV file as its microphone."""

import base64
import json
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import studio

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--disable-features=WebRtcHideLocalIpsWithMdns",
         "--autoplay-policy=no-user-gesture-required", "--use-fake-device-for-media-stream",
         # The test's server is reached over loopback, which WebRTC leaves out by itself.
         "--allow-loopback-in-peer-connection"]


class Browser:
    """One browser with a fresh profile; closes with its context."""

    def __init__(self, microphone_wav, width=1280, height=800, mobile=False, microphone=True):
        """`mobile`: a phone of exactly this size; `microphone`: whether the person allows it."""
        self.profile = tempfile.mkdtemp(prefix="studio-chromium-")
        self.driver = studio.Process(["chromedriver", "--port=0"], stderr=subprocess.DEVNULL)
        port = self.driver.wait_for(r"started successfully on port (\d+)", 30).group(1)
        self.base = f"http://127.0.0.1:{port}"
        # `%noloop` lets the recording end in silence instead of starting again.
        arguments = [*FLAGS, f"--window-size={width},{height}", f"--user-data-dir={self.profile}",
                     f"--use-file-for-fake-audio-capture={microphone_wav}%noloop"]
        arguments.append("--use-fake-ui-for-media-stream" + ("" if microphone else "=deny"))
        options = {"args": arguments}
        if mobile:
            options["mobileEmulation"] = {
                "deviceMetrics": {"width": width, "height": height, "pixelRatio": 2}}
        created = self._send("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"}}}})
        self.base += "/session/" + created["sessionId"]

    def _send(self, method, path, body=None):
        request = urllib.request.Request(self.base + path, method=method,
                                         data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:1000]}") from None

    def open(self, url):
        self._send("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """The value that the script returns."""
        return self._send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait_for(self, script, seconds):
        """The first true value of the script, asked again and again."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if value := self.run(script):
                return value
            time.sleep(0.2)
        raise AssertionError(f"never true within {seconds} s: {script}; the page says:"
                             f" {self.run('return document.body.innerText')[:2000]};"
                             f" its log: {self.log()}")

    def click(self, identifier):
        """Clicks as a person does: fails where the element is hidden or covered."""
        found = self._send("POST", "/element", {"using": "css selector",
                                                "value": f"#{identifier}"})
        self._send("POST", f"/element/{next(iter(found.values()))}/click", {})

    def type(self, identifier, text):
        found = self._send("POST", "/element", {"using": "css selector",
                                                "value": f"#{identifier}"})
        self._send("POST", f"/element/{next(iter(found.values()))}/value", {"text": text})

    def press(self, key):
        """Presses one key where the focus is; a code of WebDriver's table, or a letter."""
        self._send("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": [
            {"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]}]})

    def _developer(self, command, **parameters):
        return self._send("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def prefer_colour_scheme(self, scheme):
        """`light` or `dark`, as the person's system would say."""
        self._developer("Emulation.setEmulatedMedia",
                        features=[{"name": "prefers-color-scheme", "value": scheme}])

    def accessible_nodes(self):
        """(role, name) of everything that a screen reader finds."""
        nodes = self._developer("Accessibility.getFullAXTree")["nodes"]
        return [(node.get("role", {}).get("value"), node.get("name", {}).get("value"))
                for node in nodes if not node["ignored"]]

    def resize(self, width, height):
        self._send("POST", "/window/rect", {"width": width, "height": height})

    def screenshot(self, path):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(base64.b64decode(self._send("GET", "/screenshot")))

    def log(self):
        return [entry["message"] for entry in self._send("POST", "/se/log", {"type": "browser"})]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._send("DELETE", "")
        finally:
            self.driver.process.terminate()
            self.driver.finish(10)
            self.driver.process.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)
