#!/usr/bin/env python3
"""Failovers of Redis and PostgreSQL during calls: three real Redis with three Sentinels, and a
PostgreSQL primary with a standby, by TLS with certificates that are checked and passwords that
URLs must escape; APIs, workers and callers that know what they said. Started by `./dev
failover-test`. What it proves is printed as it goes:

1. The master of Redis and a Sentinel are killed; they come back as followers.
2. The master hangs, so that its connections stay; it wakes up as a master that nobody wants.
3. An operator changes the master over, and nobody dies.
4. The primary of PostgreSQL is killed and the standby promoted.

More calls are wanted than workers hold, so that some wait in the queue all the time. Nothing that
was answered may be lost: no call, no line of a transcript, no effect of a tool.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).parent))

from postgres_pair import PostgresPair  # noqa: E402
from redis_group import NAME, ROOT, GroupClient, RedisGroup, real  # noqa: E402

import chaos  # noqa: E402
import checks  # noqa: E402
from callers import Crew  # noqa: E402
from world import BINARY, BUILD, Sampler, World  # noqa: E402

# Callers who talk or wait, and places: those of two workers. The tenant may have more.
CALLERS, WORKERS, PLACES, TENANT = 7, 2, 3, 16
# Seconds for which callers wait for a place and through a failover.
PATIENCE = 90.0
# Seconds in which what a failover does to calls would show.
AFTERMATH = 12.0
# Seconds that an answer may take.
ANSWERED = checks.ANSWER_S + checks.KNOWN_S


def say(text):
    print(text, flush=True)


class FailoverWorld(World):
    """The chaos test's production on replicated stores."""

    def environment(self, relayed):
        return {**super().environment(relayed), **self.servers["redis"].environment()}

    def redis(self):
        return GroupClient(self.servers["redis"])


class Faults:
    """What was done, as tests/chaos/checks.py reads it."""

    def __init__(self):
        self.done = []

    def note(self, kind, begun):
        self.done.append({"kind": kind, "from": begun, "at": begun, "to": time.monotonic()})


class Rehearsal:
    def __init__(self, world, crew):
        self.world, self.crew, self.faults = world, crew, Faults()
        self.redis, self.postgres = world.servers["redis"], world.servers["postgres"]

    def wait_for(self, what, condition, seconds):
        assert chaos.wait_for(condition, seconds), f"not within {seconds} s: {what}"

    def full(self):
        """Every place is taken, and callers wait."""
        client = self.world.redis()
        try:
            return (client("ZCARD", "call-leases") == WORKERS * PLACES
                    and client("LLEN", "call-queue") > 0)
        finally:
            client.close()

    def until_taken(self):
        """Seconds until a call that is asked for from now on is answered by the API and known to
        the queue of today's master."""
        started = time.monotonic()
        made = {}

        def is_known():
            if not made:
                status, body = self.world.place("probe", f"probe-{started}")
                if status != 201:
                    return False
                made["id"] = body["call_id"]
            client = self.world.redis()
            try:
                return client("EXISTS", f"call-job:{made['id']}") == 1
            finally:
                client.close()
        self.wait_for("a call is taken", is_known, 40)
        took = time.monotonic() - started
        status, _ = self.world.request("POST", f"/api/v1/calls/{made['id']}/end")
        assert status in (200, 202, 409), status
        return took

    def report(self, kind, begun, text):
        """After the aftermath: what the callers noticed."""
        while time.monotonic() < begun + AFTERMATH:
            time.sleep(0.1)
        with self.crew.lock:
            lines = [line for call in self.crew.conversations.values() for line in call.said
                     if begun < line.get("to", 0) < begun + AFTERMATH - ANSWERED]
        took = [line["answered_at"] - line["to"] for line in lines if "answered_at" in line]
        self.faults.note(kind, begun)
        say(f"   {text}\n   of {len(lines)} lines said in the {AFTERMATH:.0f} s after it"
            f" {sum(line['outcome'] in ('answered', 'unsure') for line in lines)} were answered,"
            f" after {chaos.summary(took)} s")

    def master_is_killed(self):
        say("== the master of Redis is killed, and the first Sentinel of our URL with it")
        self.wait_for("every place is taken", self.full, 60)
        old, watcher = self.redis.master(), self.redis.watchers[0]
        begun = time.monotonic()
        watcher.kill()
        old.kill()
        changed = self.redis.wait_for_another(old)
        taken = time.monotonic() - begun + self.until_taken()
        self.report("redis_master_killed", begun,
                    f"another master after {changed:.1f} s; calls are queued after {taken:.1f} s")
        old.start()
        watcher.start()
        self.wait_for("the old master follows", lambda: old.role() == "slave", 40)
        self.wait_for("the group is whole", self.redis.is_whole, 60)

    def master_hangs(self):
        say("== the master hangs, and wakes up when another has its place")
        self.wait_for("every place is taken", self.full, 60)
        old = self.redis.master()
        begun = time.monotonic()
        old.pause()
        changed = self.redis.wait_for_another(old)
        taken = time.monotonic() - begun + self.until_taken()
        old.resume()
        self.wait_for("the old master follows", lambda: old.role() == "slave", 40)
        self.report("redis_master_hung", begun,
                    f"another master after {changed:.1f} s; calls are queued after {taken:.1f} s")
        self.wait_for("the group is whole", self.redis.is_whole, 60)

    def master_is_changed(self):
        say("== an operator changes the master over: SENTINEL FAILOVER")
        self.wait_for("every place is taken", self.full, 60)
        old = self.redis.master()
        begun = time.monotonic()
        self.redis.watchers[1].ask("FAILOVER", NAME)
        changed = self.redis.wait_for_another(old)
        taken = time.monotonic() - begun + self.until_taken()
        self.report("redis_master_changed", begun,
                    f"another master after {changed:.1f} s; calls are queued after {taken:.1f} s")
        self.wait_for("the group is whole", self.redis.is_whole, 60)

    def primary_is_killed(self):
        say("== the primary of PostgreSQL is killed; its standby is promoted 3 s later")
        self.wait_for("every place is taken", self.full, 60)
        assert self.postgres.second.is_standby()
        begun = time.monotonic()
        self.postgres.first.kill()
        time.sleep(3)
        self.postgres.promote()
        promoted = time.monotonic() - begun
        taken = promoted + self.until_taken()
        self.wait_for("what waited on disk is written", lambda: self.world.spool_bytes() == 0, 30)
        written = time.monotonic() - begun
        assert not self.postgres.second.is_standby()
        self.report("postgres_primary_killed", begun,
                    f"calls are taken again after {taken:.1f} s; the spool is empty after"
                    f" {written:.1f} s")


def refuses_a_wrong_authority(world):
    """The programs do not talk to a server whose certificate they cannot check."""
    say("== a server with a certificate of somebody else is not talked to")
    stranger = world.servers["postgres"].authority.certificate
    environment = {**chaos.os.environ, **world.environment(False)}
    wrong = {**environment, "REDIS_CA_FILE": str(stranger), "WORKER_HEALTH_PORT": "0"}
    log = world.folder / "stranger.log"
    with open(log, "wb") as output:
        process = subprocess.Popen([BINARY, "worker", "--health-port", str(real.free_port())],
                                   env=wrong, stdout=output, stderr=output)
        try:
            assert chaos.wait_for(lambda: '"reason":"tls"' in log.read_text(), 15), log.read_text()
        finally:
            process.kill()
            process.wait()
    wrong = {**environment, "DATABASE_URL": environment["DATABASE_URL"].replace(
        str(world.servers["postgres"].authority.certificate),
        str(world.servers["redis"].authority.certificate))}
    done = subprocess.run([BINARY, "migrate", "--wait", "1"], env=wrong, capture_output=True,
                          text=True, timeout=30)
    assert done.returncode == 1 and "certificate verify failed" in done.stdout + done.stderr, done
    for secret in ("p@/:#%$", "p%40", "s3#cret"):
        assert secret not in done.stdout + done.stderr + log.read_text()


def settled(run):
    """The samples without those in which the queue may count what ended already: an end that only
    the old master knew is known again when its lease has run out. So places are counted too many
    for a while, never too few."""
    return [sample for sample in run["samples"]
            if not any(0 < sample["at"] - fault["from"] < 25.0 for fault in run["faults"]
                       if fault["kind"].startswith("redis"))]


def no_secret_is_logged(world):
    for path in world.folder.glob("*.log"):
        text = path.read_text(errors="replace")
        for secret in ("p@/:#%$", "p%40%2F", "of-the-watchers"):
            assert secret not in text, (path, secret)


def main():
    real.KINDS.update(redis=RedisGroup, postgres=PostgresPair)
    logs = ROOT / "build/failover/logs"
    subprocess.run(["rm", "-rf", str(logs)], check=True)
    started = time.monotonic()
    with FailoverWorld(TENANT, PLACES, apis=2, workers=WORKERS, logs=logs) as world:
        say(f"stores, APIs and workers after {time.monotonic() - started:.0f} s")
        refuses_a_wrong_authority(world)
        crew = Crew(BUILD / "chaos_callers", world.wav, world.place, CALLERS, "failover",
                    lines=(4, 8), patience=PATIENCE)
        sampler = Sampler(world)
        rehearsal = Rehearsal(world, crew)
        try:
            rehearsal.master_is_killed()
            rehearsal.master_hangs()
            rehearsal.master_is_changed()
            rehearsal.primary_is_killed()
            ended = [program.name for program in [*world.apis, *world.workers]
                     if program.died() is not None]
            assert crew.finish(90), [each.key for each in crew.live()]
            run = chaos.collect(world, crew, rehearsal.faults, sampler)
        finally:
            crew.close()
            sampler.close()
    run["samples"] = settled(run)
    (logs / "run.json").write_text(json.dumps(run, indent=1))
    figures = chaos.figures_of(run)
    say(f"== {figures['calls']} calls, {figures['lines']} lines, {figures['answered']} answered,"
        f" {figures['unsure']} unsure, {figures['unanswered']} not; answer after"
        f" {chaos.summary(figures['answer_s'])}; refused {dict(crew.refused)}")
    no_secret_is_logged(world)
    wrong = checks.violations(run) + crew.errors + [f"{name} ended by itself" for name in ended]
    # Stores that change over cost nobody a word.
    if figures["unanswered"]:
        wrong.append(f"{figures['unanswered']} lines were not answered")
    for sentence in wrong:
        say(f"   VIOLATED {sentence}")
    assert not wrong
    say(f"nothing was lost; passed in {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
