#!/usr/bin/env python3
"""The restaurant's own back end: keeps bookings in memory, for the example and its tests.

POST /bookings {"people", "day", "time", "name"} -> 201 {"id", "confirmation", ...}
POST /messages {"text"}                          -> 201 {"id", "text"}
GET  /bookings, /messages                        -> 200 [...]

It listens on 127.0.0.1 and prints its address when it is ready.
"""

import argparse
import http.server
import json
import random
import threading

BODY_BYTES_MAX = 16 * 1024
ITEMS_MAX = 1000
# Words that a voice says clearly and a caller writes down easily.
COLOURS = ("red", "green", "blue", "golden", "silver", "white")
THINGS = ("river", "garden", "mountain", "island", "table", "window")


def check(booking):
    """The errors of a booking by field; empty where it is well."""
    if not isinstance(booking, dict):
        return {"body": "must be an object"}
    errors = {}
    people = booking.get("people")
    if not isinstance(people, int) or isinstance(people, bool) or not 1 <= people <= 12:
        errors["people"] = "must be a whole number from 1 to 12"
    for field in ("day", "time", "name"):
        value = booking.get(field)
        if not isinstance(value, str) or not 1 <= len(value.strip()) <= 100:
            errors[field] = "must be a text of 1 to 100 characters"
    return errors


def check_message(message):
    """The same of a message."""
    text = message.get("text") if isinstance(message, dict) else None
    if not isinstance(text, str) or not 1 <= len(text.strip()) <= 500:
        return {"text": "must be a text of 1 to 500 characters"}
    return {}


def confirm(item):
    """Adds the words by which a caller will know their booking."""
    item["confirmation"] = f"{random.choice(COLOURS)} {random.choice(THINGS)} {item['id']}"


class Items:
    """The bookings or the messages of this process; any thread."""

    def __init__(self, fields):
        self._fields = fields
        self._lock = threading.Lock()
        self._items = []

    def add(self, values):
        with self._lock:
            if len(self._items) >= ITEMS_MAX:
                return None
            item = {field: values[field] for field in self._fields}
            item["id"] = len(self._items) + 1
            self._items.append(item)
            return item

    def all(self):
        with self._lock:
            return list(self._items)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    shelves = {"/bookings": (Items(("people", "day", "time", "name")), check),
               "/messages": (Items(("text",)), check_message)}

    def do_GET(self):
        if self.path not in self.shelves:
            return self._answer(404, {"error": "not found"})
        return self._answer(200, self.shelves[self.path][0].all())

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not length.isdigit() or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            return self._answer(413, {"error": "a body of at most 16 KiB is needed"})
        body = self.rfile.read(int(length))
        if self.path not in self.shelves:
            return self._answer(404, {"error": "not found"})
        items, find_errors = self.shelves[self.path]
        try:
            values = json.loads(body)
        except (ValueError, RecursionError):
            return self._answer(400, {"error": "not JSON"})
        errors = find_errors(values)
        if errors:
            return self._answer(422, {"error": "wrong fields", "fields": errors})
        item = items.add(values)
        if item is None:
            return self._answer(503, {"error": "full"})
        if self.path == "/bookings":
            confirm(item)
        return self._answer(201, item)

    def _answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: bookings carry names."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8090, help="0 takes a free one")
    arguments = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), Handler)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
