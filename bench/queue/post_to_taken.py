#!/usr/bin/env python3
"""From POST /calls, as its client sends it, to the job in a worker's hands: two real APIs on a real
PostgreSQL and Redis, and two takers, all on this machine. Prints JSON.

    STUDIO_BINARY=build/release/agent-studio \
        bench/queue/post_to_taken.py build/release/bench/queue/job_taker
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests/e2e"))
import production_test as production  # noqa: E402

RATE, SECONDS, CLIENTS = 100, 20, 16


def client(number, url, sent, answered, started):
    """Asks for every CLIENTS-th call at its time, on one connection that it keeps."""
    connection = http.client.HTTPConnection(url.split("//")[1], timeout=20)
    body = json.dumps({"agent_name": "restaurant"})
    for index in range(number, RATE * SECONDS, CLIENTS):
        time.sleep(max(0.0, started + index / RATE - time.monotonic()))
        before = time.monotonic_ns()
        connection.request("POST", "/api/v1/calls", body,
                           {"X-API-Key": production.KEY, "Content-Type": "application/json"})
        response = connection.getresponse()
        content = json.loads(response.read())
        if response.status == 201:
            sent[content["call_id"]] = before
            answered.append((time.monotonic_ns() - before) / 1e6)
    connection.close()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with production.World() as world:
        world.environment.update({"STUDIO_TENANT_CALLS_MAX": "0", "STUDIO_LOG_LEVEL": "warning",
                                  "STUDIO_QUEUE_WAITING_MAX": "0", "STUDIO_QUEUE_AGE_MAX": "0"})
        world.migrate(1)
        apis = [world.api(), world.api()]
        for api in apis:
            production.wait_until(api.is_ready, "an API")
        production.wait_until(lambda: apis[0].request("GET", "/api/v1/agents")[0] == 200, "a key")
        production.install_restaurant(apis[0])
        taker = subprocess.Popen([sys.argv[1]], env=world.environment, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        taken = {}

        def read():
            for line in taker.stdout:
                call_id, moment = line.split()
                taken[call_id] = int(moment)

        reader = threading.Thread(target=read)
        reader.start()
        time.sleep(1)
        sent, answered = {}, []
        threads = [threading.Thread(target=client, args=(number, apis[number % 2].url, sent,
                                                         answered, time.monotonic() + 1))
                   for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(2)
        taker.stdin.close()
        taker.wait(10)
        reader.join()
        waits = [(taken[call_id] - at) / 1e6 for call_id, at in sent.items() if call_id in taken]
        figures = {"calls_per_second": RATE, "asked": RATE * SECONDS, "answered": len(sent),
                   "taken": len(waits)}
        for name, values in (("post_to_taken_ms", waits), ("post_to_answer_ms", answered)):
            figures[name] = {label: round(production.percentile(values, share), 2)
                             for label, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99),
                                                  ("max", 1.0))}
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
