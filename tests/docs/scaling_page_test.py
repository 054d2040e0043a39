#!/usr/bin/env python3
"""docs/scaling.md shows what the command beside it prints, word by word; the example's files are
as their source makes them. STUDIO_BINARY names the program, or the first argument.
With --write the page gets the report that the command prints."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/scaling.md"
BINARY = os.environ.get("STUDIO_BINARY", ROOT / "build/release/agent-studio")
EXAMPLE = re.compile(r"```sh\nagent-studio (scale-advisor .*?)\n```\n\n```\n(.*?)```\n", re.S)


def printed(command):
    words = command.replace("\\\n", " ").split()
    return subprocess.run([BINARY, *words], cwd=ROOT, text=True, capture_output=True, timeout=60)


class ScalingPage(unittest.TestCase):
    def test_shows_what_the_command_prints(self):
        command, shown = EXAMPLE.search(PAGE.read_text()[PAGE.read_text().index("## An example"):]
                                        ).groups()
        done = printed(command)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, shown)

    def test_the_example_is_as_its_source_makes_it(self):
        done = subprocess.run([sys.executable, ROOT / "examples/campaign-day/make_days.py",
                               "--check"], text=True, capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_is_wrong_is_told_with_exit_code_2(self):
        for arguments, part in (("", "either --day or --url"),
                                ("--day no-such-file", "cannot be read"),
                                # Its first line is a comment to the advisor, its second is empty.
                                (f"--day {ROOT}/README.md", "line 3"),
                                ("--day x --at 7", "")):
            done = printed(f"scale-advisor {arguments}")
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(part, done.stderr)

    def test_a_server_that_is_away_is_told_with_exit_code_1(self):
        done = printed("scale-advisor --url http://127.0.0.1:9 --for 1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("http://127.0.0.1:9: does not answer", done.stderr)


def write():
    text = PAGE.read_text()
    begin = text.index("## An example")
    found = EXAMPLE.search(text, begin)
    report = printed(found.group(1)).stdout
    PAGE.write_text(text[:found.start(2)] + report + text[found.end(2):])


if __name__ == "__main__":
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        BINARY = sys.argv.pop(1)
    if "--write" in sys.argv:
        write()
    else:
        unittest.main(verbosity=1)
