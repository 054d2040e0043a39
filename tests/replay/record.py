#!/usr/bin/env python3
"""Records the example's call anew for replay_test, with the release binary:
python3 tests/replay/record.py"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import studio  # noqa: E402


def main():
    with tempfile.TemporaryDirectory() as folder, studio.Bookings() as bookings:
        with studio.Server("--record-inputs", folder) as server:
            studio.install_restaurant(server)
            caller = studio.Process(
                studio.call_arguments(server, "--json", "--context",
                                      json.dumps({"bookings_url": bookings.url}),
                                      lines=studio.caller_lines()),
                env=studio.caller_environment(server))
            code, output = caller.finish(120)
            caller.process.stdout.close()
            if code != 0:
                sys.exit(f"the call failed: {output[-3:]}")
            call_id = json.loads(output[-1])["call_id"]
            server.call_record(call_id, until=lambda found: found["ended_at"])
        shutil.copyfile(Path(folder) / f"{call_id}.calllog", HERE / "data/booking.calllog")


if __name__ == "__main__":
    main()
