#!/usr/bin/env python3
"""Thousands of events of webhooks while API servers are killed: each must arrive at least once, in
order within its call, always the same, and signed.

    tests/e2e/webhooks_kills.py [--events 10000] [--apis 3] [--kill-every 5]

Calls are made and cancelled over the API, three events each. Now and then one of the APIs is killed
(SIGKILL) and another started. STUDIO_BINARY names the program."""

import argparse
import collections
import threading
import time
import unittest

import webhook_receiver as receivers
from webhook_world import EVENTS, KEY, OTHER_KEY, World


class Killer(threading.Thread):
    """Kills the oldest API and starts another, again and again."""

    def __init__(self, world, every):
        super().__init__(daemon=True)
        self.world, self.every, self.kills = world, every, 0
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.wait(self.every):
            next(api for api in self.world.apis if api.is_alive()).kill()
            self.kills += 1
            self.world.api()


def make_calls(world, count, threads):
    calls, lock = [], threading.Lock()

    def work(share):
        for _ in range(share):
            api = next(one for one in reversed(world.apis) if one.is_alive())
            call_id = world.cancelled_call(api)
            with lock:
                calls.append(call_id)

    workers = [threading.Thread(target=work, args=(len(range(index, count, threads)),))
               for index in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return calls


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--apis", type=int, default=3)
    parser.add_argument("--kill-every", type=float, default=5.0)
    options = parser.parse_args()
    count = -(-options.events // len(EVENTS))
    receiver = receivers.Receiver(behave={"/mine": receivers.slowly(0.02)})
    with World() as world:
        for _ in range(options.apis):
            world.api()
        made = world.create_webhook(world.apis[0], receiver.url + "/mine", KEY)
        world.create_webhook(world.apis[0], receiver.url + "/theirs", OTHER_KEY)
        killer = Killer(world, options.kill_every)
        started = time.monotonic()
        killer.start()
        calls = make_calls(world, count, 4)
        made_in = time.monotonic() - started
        expected = len(EVENTS) * count
        while len(receiver.taken("/mine")) < expected:
            assert time.monotonic() - started < 1_800, len(receiver.taken("/mine"))
            time.sleep(1)
        taken_in = time.monotonic() - started
        killer.is_over.set()
        killer.join()
        world.check(unittest.TestCase(), receiver, "/mine", made["secret"], calls)
        assert not receiver.at("/theirs")
        tries = collections.Counter(request.id for request in receiver.at("/mine"))
        print(f"{expected} events of {count} calls, {killer.kills} API servers killed: all arrived,"
              f" {sum(1 for times in tries.values() if times > 1)} more than once; calls made in"
              f" {made_in:.0f} s, the last event {taken_in - made_in:.1f} s later")
    receiver.close()


if __name__ == "__main__":
    main()
