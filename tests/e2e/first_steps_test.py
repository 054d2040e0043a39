"""What a newcomer does first, as README "Use it" says it, with the policy that everybody has: the
example books by speech, `call` finds the key, and what is not allowed says so and why."""

import json
import os
import stat
import unittest
import urllib.request
from pathlib import Path

import studio

# An empty variable counts as absent.
PLAIN = {"STUDIO_ALLOW_PRIVATE_TOOL_ADDRESSES": ""}
WITHOUT_KEY = {name: value for name, value in os.environ.items() if name != "STUDIO_API_KEY"}


def call(server, *arguments, lines):
    """(exit code, parsed output) of a caller that knows no key."""
    caller = studio.Process(
        studio.call_arguments(server, "--json", "--database", server.folder.name + "/studio.db",
                              *arguments, lines=lines), env=WITHOUT_KEY)
    code, output = caller.finish(180)
    caller.process.stdout.close()
    return code, [json.loads(line) for line in output]


def bookings_of(server):
    return server.process.wait_for(r"bookings: (http://\S+)", 10).group(1)


class FirstSteps(unittest.TestCase):
    def test_the_example_books_and_the_caller_finds_the_key(self):
        with studio.Server("--example", environment=PLAIN) as server:
            url = bookings_of(server)
            key_file = Path(server.folder.name) / "studio.db.key"
            self.assertEqual(stat.S_IMODE(key_file.stat().st_mode), 0o600)
            self.assertEqual(key_file.read_text().strip(), server.key)
            code, output = call(server, lines=studio.caller_lines())
            self.assertEqual(code, 0, output[-3:])
            with urllib.request.urlopen(url, timeout=5) as response:
                bookings = json.load(response)
            self.assertEqual([booking["people"] for booking in bookings], [2], bookings)
            record = server.call_record(output[-1]["call_id"],
                                        until=lambda found: found["ended_at"])
            self.assertEqual(record["status"], "completed", record)
            # What somebody has made of the agent is theirs; only the tools follow the back end.
            status, _ = server.request("PATCH", "/api/v1/agents/restaurant",
                                       {"display_name": "Mine"})
            self.assertEqual(status, 200)
            self._start_again(server)

    def _start_again(self, first):
        first.process.stop()
        again = studio.Process(
            [studio.BINARY, "serve", "--port", "0", "--database",
             first.folder.name + "/studio.db", "--media-address", "127.0.0.1", "--example"],
            stderr=first.log_file, env={**WITHOUT_KEY, **PLAIN})
        try:
            first.url = again.wait_for(r"page\s+(http://\S+?)/?$", 60).group(1)
            place = again.wait_for(r"bookings: http://(\S+)/bookings", 10).group(1)
            status, agent = first.request("GET", "/api/v1/agents/restaurant")
            self.assertEqual((status, agent["display_name"]), (200, "Mine"))
            status, tool = first.request("GET", "/api/v1/tools/book_table")
            self.assertIn(place, json.dumps(tool))
        finally:
            self.assertEqual(again.stop(), 0)

    def test_a_tool_that_may_not_go_there_says_why(self):
        with studio.Bookings() as bookings, studio.Server(environment=PLAIN) as server:
            studio.install_restaurant(server)
            code, output = call(server, "--context",
                                json.dumps({"bookings_url": bookings.url + "/?token=sesame&x="}),
                                lines=studio.caller_lines()[:4])
            self.assertEqual(code, 0, output[-3:])
            self.assertEqual(bookings.bookings(), [])
            transcript = server.transcript(output[-1]["call_id"])
            results = [entry["tool"]["result"] for entry in transcript if entry.get("tool")]
            self.assertIn("address_not_allowed", json.dumps(results))
            lines = [line for line in server.log().splitlines() if "address_not_allowed" in line]
            self.assertEqual(len(lines), 1, lines)
            self.assertIn('"host":"127.0.0.1"', lines[0].replace('": "', '":"'))
            self.assertIn("--allow-addresses", lines[0])
            self.assertNotIn("sesame", server.log())

    def test_a_model_server_inside_is_reached_only_where_it_is_allowed(self):
        with studio.Bookings() as inside, studio.Server(environment=PLAIN) as server:
            agent = json.loads((studio.EXAMPLE / "agent.json").read_text())
            agent["config"]["llm"] = {"provider": "openai", "model": "m",
                                      "options": {"base_url": inside.url}}
            agent["config"]["tools"] = []
            status, body = server.request("POST", "/api/v1/agents", agent)
            self.assertEqual(status, 201, body)
            call(server, "--timeout", "60", lines=studio.caller_lines()[:1])
            self.assertIn("address_not_allowed", server.log())


if __name__ == "__main__":
    unittest.main(verbosity=2)
