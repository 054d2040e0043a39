#!/usr/bin/env python3
"""A million generated calls over a year, and how long each question about them takes.

    bench/analytics/run.py [--calls N] [--rounds N] build/release/bench/analytics/analytics_bench

SQLite is filled through the call store, call by call; PostgreSQL (started for it, with 32 MB of
shared buffers) gets the same rows by COPY.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/e2e"))
import servers  # noqa: E402

TABLES = ("tenants", "analytics_heads", "analytics_calls", "analytics_usage", "analytics_latency",
          "analytics_errors")


def cell(value):
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def copy(path, postgres, url):
    source = sqlite3.connect(path)
    for table in TABLES:
        rows = source.execute(f"SELECT * FROM {table}")
        columns = ", ".join(column[0] for column in rows.description)
        psql = subprocess.Popen(
            [postgres.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c",
             f"COPY {table} ({columns}) FROM STDIN"], stdin=subprocess.PIPE, text=True)
        count = 0
        for row in rows:
            psql.stdin.write("\t".join("\\N" if value is None else cell(value) for value in row)
                             + "\n")
            count += 1
        psql.stdin.close()
        assert psql.wait() == 0, table
        print(f"{table}: {count} rows")
    subprocess.run([postgres.psql, "-X", "-q", "-d", url, "-c", "ANALYZE"], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--folder", default=None, help="where the SQLite file is made")
    parser.add_argument("bench")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        path = os.path.join(folder, "year.db")
        subprocess.run([options.bench, "fill", path, str(options.calls)], check=True)
        with servers.Servers(["postgres"]) as started:
            url = started.environment["STUDIO_TEST_DATABASE_URL"]
            # It makes the tables.
            subprocess.run([options.bench, "ask", url, "1"], check=True, capture_output=True)
            copy(path, started["postgres"], url)
            for name, place in (("SQLite", path), ("PostgreSQL", url)):
                print(f"{name}:", flush=True)
                subprocess.run([options.bench, "ask", place, str(options.rounds)], check=True)


if __name__ == "__main__":
    main()
