#!/usr/bin/env python3
"""The demo: a caller rings a restaurant's agent and books a table by speech.

It starts `agent-studio serve --example`, places a call by `agent-studio call` (a process of its
own, over real UDP), shows it live, and then asks the restaurant's booking service what was really
booked. Exit code 0 only if that is what the caller said.
"""

import argparse
import json
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/e2e"))
import studio  # noqa: E402

STAGES = [("endpoint_ms", "endpoint"), ("transcript_ms", "transcript"),
          ("token_ms", "model"), ("sentence_ms", "sentence"),
          ("audio_ms", "voice"), ("packet_ms", "packet")]


NUMBERS = dict(zip(map(str, range(1, 13)), (
    "one two three four five six seven eight nine ten eleven twelve").split()))

# The example has to work with the policy that everybody has.
NO_PRIVATE_TOOLS = {"STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": "false"}


def booked_at(url):
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


def say(text=""):
    print(text, flush=True)


def show_latencies(transcript):
    say("  latency of each turn, in ms after the caller's last sound")
    say("  turn " + "".join(f"{name:>12}" for _, name in STAGES))
    turns = [entry["latency"] for entry in transcript
             if entry["role"] == "assistant" and entry.get("latency")]
    for number, latency in enumerate(turns, 1):
        cells = (latency.get(field) for field, _ in STAGES)
        say(f"  {number:>4} " + "".join(
            f"{'-' if cell is None else round(cell):>12}" for cell in cells))


def check_booking(bookings, transcript):
    """Complaints about the booking, empty where it is what the caller was understood to say."""
    if len(bookings) != 1:
        return [f"expected one booking, found {len(bookings)}"]
    heard = " ".join(entry["content"] for entry in transcript if entry["role"] == "user")
    # Recognisers write capitals, punctuation and digits, or none of them.
    words = set(re.sub(r"[^a-z0-9']+", " ", heard.lower()).split())
    words |= {word for digit, word in NUMBERS.items() if digit in words}
    booking = bookings[0]
    complaints = []
    if booking.get("people") != 2 or "two" not in words:
        complaints.append(f"booked for {booking.get('people')} people, heard: {heard}")
    for field in ("day", "time", "name"):
        value = str(booking.get(field, "")).lower()
        if not value or not all(word in words for word in value.split()):
            complaints.append(f"{field} '{value}' is not in what was heard: {heard}")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--stay", action="store_true",
                        help="leave the server running for the page, until Ctrl-C")
    parser.add_argument("--port", default="8000", help="port of the page with --stay [8000]")
    arguments = parser.parse_args()
    port = ["--port", arguments.port] if arguments.stay else []

    # As anybody starts it, so that the page books at the same place as this caller.
    with studio.Server("--example", *port, environment=NO_PRIVATE_TOOLS) as server:
        bookings_url = server.process.wait_for(r"bookings: (http://\S+)", 10).group(1)
        page = f"{server.url}/?agent=restaurant#key={server.key}"
        say()
        say("  A caller rings the restaurant. Both sides are synthetic voices; "
            "the recogniser is real.")
        say(f"  page      {page}")
        say()
        caller = subprocess.run(
            studio.call_arguments(server, lines=studio.caller_lines()),
            env=studio.caller_environment(server), timeout=180, check=False)
        status, calls = server.request("GET", "/api/v1/calls?limit=1")
        assert status == 200 and calls["items"], (status, calls)
        call = server.call_record(calls["items"][0]["id"], until=lambda found: found["ended_at"])
        transcript = server.transcript(call["id"])
        say()
        show_latencies(transcript)
        say()
        bookings = booked_at(bookings_url)
        complaints = check_booking(bookings, transcript)
        if caller.returncode != 0:
            complaints.append(f"the caller ended with exit code {caller.returncode}")
        if call["status"] != "completed":
            complaints.append(f"the call ended as {call['status']} ({call['status_reason']})")
        for booking in bookings:
            say("  booked    " + ", ".join(f"{key}: {value}" for key, value in booking.items()))
        for complaint in complaints:
            say(f"  WRONG     {complaint}")
        say(f"  {'the demo FAILED' if complaints else 'the booking is what the caller said'}")
        if arguments.stay and not complaints:
            say(f"\n  Talk to the agent yourself: {page}\n  What it books: {bookings_url}"
                "\n  Ctrl-C ends the server.")
            try:
                while True:
                    time.sleep(3600)
            except KeyboardInterrupt:
                pass
        elif not complaints:
            say("  To talk to the agent yourself: ./dev demo --stay")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
