"""The callers of a chaos run: places calls over the API, holds a conversation in each, and keeps
what was said, heard and answered."""

import json
import random
import subprocess
import threading
import time
import uuid
from collections import Counter

import tones

GREETING_PATIENCE = 30.0
ANSWER_PATIENCE = 8.0
# The agent's turn is over when it is silent for so long.
SILENCE = 0.7
WINDOWS_MIN = 2


class Conversation:
    """One caller, told of what it hears on the crew's thread."""

    def __init__(self, key, lines, order, think, patience=GREETING_PATIENCE):
        self.key = key
        self.patience = patience  # Seconds for which it waits for the greeting.
        self.lines = lines
        self.order = order  # order(op, **fields) to the process that has the media.
        self.think = think
        self.call_id = None
        self.joined = self.greeted = self.left = False
        self.closed = None
        self.said = []      # [{number, outcome, from, to, answered_at}]
        self.sounds = []    # [[from, to]], seconds of the monotonic clock
        self.open_since = None
        self.connected_at = self.left_at = self.greeted_at = None
        self.is_saying = False
        self.finishing = False
        self.windows = Counter()
        self.next_at = None

    @property
    def over(self):
        return self.closed is not None

    def on_event(self, event):
        kind, at = event["event"], event.get("at", 0) / 1e9
        if kind == "connected":
            self.joined, self.connected_at = True, time.monotonic()
        elif kind == "sound":
            self.sounds.append([at, None])
            if not self.greeted:
                self.greeted, self.greeted_at = True, at
        elif kind == "quiet":
            self.sounds[-1][1] = at
            self.windows.clear()
        elif kind == "tone":
            self.on_meaning(tones.meaning_of(event["hz"]), at)
        elif kind == "said":
            self.is_saying = False
            self.said[-1].update({"from": event["from"] / 1e9, "to": at})
        elif kind == "closed":
            self.closed = event["reason"]
            if self.sounds and self.sounds[-1][1] is None:
                self.sounds[-1][1] = time.monotonic()

    def on_meaning(self, meaning, at):
        if meaning is None:
            return
        self.windows[meaning] += 1
        if self.windows[meaning] < WINDOWS_MIN:
            return
        for line in self.said:
            if line["number"] == meaning and line["outcome"] != "answered":
                line.update({"outcome": "answered", "answered_at": at})
        if meaning == "unsure" and self.said and self.said[-1]["outcome"] is None:
            self.said[-1].update({"outcome": "unsure", "answered_at": at})

    def quiet_since(self):
        if not self.sounds:
            return self.connected_at
        return self.sounds[-1][1]

    def tick(self, now):
        """Says the next line, waits, or leaves."""
        if not self.joined or self.left or self.is_saying or self.over:
            return
        if not self.greeted:
            if now - self.connected_at > self.patience:
                self.leave(now)
            return
        quiet = self.quiet_since()
        if quiet is None or now - quiet < SILENCE:
            return
        last = self.said[-1] if self.said else None
        if last and last["outcome"] is None:
            if now - last["to"] < ANSWER_PATIENCE:
                return
            last["outcome"] = "unanswered"
        if self.finishing or len(self.said) >= self.lines:
            return self.leave(now)
        if self.next_at is None:
            self.next_at = now + self.think()
        if now >= self.next_at:
            self.next_at = None
            self.say(len(self.said) + 1)

    def say(self, number):
        self.is_saying = True
        self.said.append({"number": number, "outcome": None})
        self.order("say", call=self.key, hz=tones.tone_hz(number))

    def leave(self, now):
        self.left, self.left_at = True, now
        self.order("leave", call=self.key)

    def summary(self):
        return {"key": self.key, "call_id": self.call_id, "joined": self.joined,
                "greeted": self.greeted, "left": self.left, "closed": self.closed,
                "said": [{**line, "outcome": line["outcome"] or "hung_up"} for line in self.said],
                "sounds": [[start, stop or start] for start, stop in self.sounds],
                "left_at": self.left_at}


class Crew:
    """Keeps so many conversations going until it is told to finish."""

    def __init__(self, binary, wav, place, count, seed, lines=(4, 14),
                 patience=GREETING_PATIENCE):
        self.patience = patience
        self.place = place  # place(key, idempotency key) -> answer of POST /calls, or None: later.
        self.count = count
        self.random = random.Random(seed)
        self.line_range = lines
        self.process = subprocess.Popen([str(binary), "--wav", str(wav)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.conversations = {}
        self.finishing = False
        self.refused = Counter()
        self.errors = []
        self.lock = threading.RLock()
        self.threads = [threading.Thread(target=target, daemon=True)
                        for target in (self._read, self._tick, self._place)]
        for thread in self.threads:
            thread.start()

    def _order(self, op, **fields):
        try:
            self.process.stdin.write(json.dumps({"op": op, **fields}).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # It ended; is_alive() says so.

    def is_alive(self):
        return self.process.poll() is None

    def live(self):
        with self.lock:
            return [each for each in self.conversations.values() if not each.over]

    def _read(self):
        for line in self.process.stdout:
            event = json.loads(line)
            with self.lock:
                self.conversations[event["call"]].on_event(event)

    def _tick(self):
        while self.is_alive():
            with self.lock:
                now = time.monotonic()
                for conversation in self.conversations.values():
                    conversation.finishing = self.finishing
                    conversation.tick(now)
            time.sleep(0.02)

    def _place(self):
        number, key, token = 0, None, None
        while not self.finishing:
            if len(self.live()) >= self.count:
                time.sleep(0.05)
                continue
            if key is None:
                number += 1
                key, token = f"c{number}", str(uuid.uuid4())
            try:
                status, answer = self.place(key, token)
            except Exception as error:  # Kept for the report, whatever it was.
                status, answer = "error", repr(error)
            if status != 201:
                self.refused[str(status)] += 1
                if status not in (429, 503, 0):
                    self.errors.append(f"POST /calls: {status} {answer}")
                if status == 429:
                    key = None  # That call is refused for good; a new one is tried.
                time.sleep(1.0 if status == 429 else 0.3)
                continue
            with self.lock:
                conversation = Conversation(
                    key, self.random.randint(*self.line_range), self._order,
                    lambda: self.random.uniform(0.2, 1.5),
                    patience=self.patience)
                conversation.call_id = answer["call_id"]
                self.conversations[key] = conversation
                self._order("join", call=key, url=answer["url"], token=answer["token"])
            key = None

    def finish(self, seconds=40.0):
        """Everybody hangs up after what is under way; True where all did."""
        self.finishing = True
        deadline = time.monotonic() + seconds
        while self.live() and time.monotonic() < deadline:
            time.sleep(0.1)
        return not self.live()

    def close(self):
        self._order("quit")
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for thread in self.threads:
            thread.join(10)
