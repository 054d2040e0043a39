"""The troubles that are rehearsed: how each is made, and what must hold when it is mended."""

import json
import os
import re
import signal
import subprocess
import threading
import time
import wave

from carrier import Carrier
from stack import KEY, real, studio, wait_until


def create(stack, whole=False, agent="restaurant"):
    status, body, _ = stack.api.request("POST", "/api/v1/calls", {"agent_name": agent})
    assert status == 201, body
    return body if whole else body["call_id"]


def listen(stack, created):
    """A caller in the room of the call, who says nothing."""
    silence = stack.folder / "silence.wav"
    with wave.open(str(silence), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(bytes(2 * 16_000 * 180))
    return studio.Process([studio.BINARY, "call", "--url", created["url"], "--json", "--wav",
                           silence],
                          env={**stack.environment, "STUDIO_CALL_TOKEN": created["token"]},
                          stderr=subprocess.DEVNULL)


def leave(caller):
    caller.process.kill()
    caller.process.wait()
    caller.process.stdout.close()


def busiest(service):
    return max(service.alive(), key=lambda program: program.metric("studio_calls_active"))


def record(stack, call):
    return stack.api.request("GET", f"/api/v1/calls/{call}")[1]


def end(stack, call):
    stack.api.request("POST", f"/api/v1/calls/{call}/end")
    wait_until(lambda: record(stack, call)["ended_at"], "the call ends", 30)


class Trouble:
    """What is broken, the alert that must tell of it, and what must hold when it is mended."""

    alert = ""

    def __init__(self, stack):
        self.stack = stack

    def make(self):
        raise NotImplementedError

    def edit(self):
        """What the runbook has the operator write into .env."""

    def told(self):
        """Variables that the runbook has the operator set."""
        return {}

    def check(self):
        """After the alert is resolved."""


class DatabaseAway(Trouble):
    alert = "DatabaseDown"

    def make(self):
        self.stack.servers["postgres"].kill()

    def check(self):
        wait_until(self.stack.api.is_ready, "the API is ready again", 30)


class RedisAway(Trouble):
    alert = "RedisDown"

    def make(self):
        self.stack.servers["redis"].kill()

    def check(self):
        create(self.stack)


class RedisFull(Trouble):
    alert = "RedisFull"

    def make(self):
        # From now on it may use little more than it does.
        run = self.stack.services["redis"].run
        _, text = run(["redis-cli", "info", "memory"])
        used = int(re.search(r"used_memory:(\d+)", text).group(1))
        code, output = run(["redis-cli", "config", "set", "maxmemory", str(int(used / 0.9))])
        assert code == 0, output


class QueueGrows(Trouble):
    """Callers come, and the workers' places are taken."""

    alert = "QueueOld"

    def make(self):
        worker = self.stack.services["worker"]
        worker.settings["WORKER_MAX_CALLS"] = "1"
        worker.up(0, recreate=True)
        self.calls = [create(self.stack) for _ in range(5)]

    def check(self):
        assert len(self.stack.services["worker"].alive()) == 5
        for call in self.calls:
            end(self.stack, call)
        worker = self.stack.services["worker"]
        worker.settings.clear()
        worker.up(2, recreate=True)


class NoWorkers(Trouble):
    alert = "NoWorker"

    def make(self):
        worker = self.stack.services["worker"]
        for each in worker.ids():
            worker.kill_one(each)
        self.call = create(self.stack)

    def check(self):
        wait_until(lambda: record(self.stack, self.call)["status"] != "pending", "it is taken", 30)
        end(self.stack, self.call)


class PoolUnserved(Trouble):
    """Every worker has a filter, and the agent has no pool."""

    alert = "PoolUnserved"

    def make(self):
        worker = self.stack.services["worker"]
        worker.settings["AGENT_FILTER"] = "somebody-else"
        worker.up(0, recreate=True)
        self.call = create(self.stack)

    def edit(self):
        self.stack.services["worker"].settings.clear()

    def check(self):
        wait_until(lambda: record(self.stack, self.call)["status"] != "pending", "it is taken", 30)
        end(self.stack, self.call)


class LiveKitAway(Trouble):
    alert = "LiveKitDown"

    def make(self):
        self.stack.servers["livekit"].kill()

    def check(self):
        end(self.stack, create(self.stack))


class WorkerStandsStill(Trouble):
    """Its process is there and answers nothing, as on a machine that hangs."""

    alert = "WorkerDown"

    def make(self):
        self.still = self.stack.services["worker"].programs[0]
        os.kill(self.still.process.process.pid, signal.SIGSTOP)

    def check(self):
        assert not self.still.is_alive(), "the runbook ended it"
        assert len(self.stack.services["worker"].alive()) == 2


class ApiStandsStill(Trouble):
    alert = "ApiDown"

    def make(self):
        # Not the one that the rehearsal asks.
        self.still = self.stack.services["api"].programs[1]
        os.kill(self.still.process.process.pid, signal.SIGSTOP)

    def check(self):
        assert len(self.stack.services["api"].alive()) == 2


class WorkerStutters(Trouble):
    """One worker is held up for most of the time, while it holds calls of callers who listen."""

    alert = "WorkerStutters"

    def make(self):
        worker = self.stack.services["worker"]
        self.callers = []
        for _ in range(4):
            created = create(self.stack, whole=True)
            self.callers.append(listen(self.stack, created))
        wait_until(lambda: busiest(worker).metric("studio_calls_active") > 0, "calls", 20)
        self.bad = busiest(worker)
        threading.Thread(target=self.hold_up, daemon=True).start()

    def hold_up(self):
        # For longer than a frame may be late, and shorter than its lease lasts.
        pid = self.bad.process.process.pid
        try:
            while self.bad.is_alive():
                os.kill(pid, signal.SIGSTOP)
                time.sleep(0.25)
                os.kill(pid, signal.SIGCONT)
                time.sleep(0.1)
        except ProcessLookupError:
            pass  # It ended.

    def check(self):
        assert not self.bad.is_alive()
        for caller in self.callers:
            leave(caller)


class DiskFull(Trouble):
    alert = "DiskFull"

    def make(self):
        filler = self.stack.spool_disk / "images-that-nobody-uses"
        filler.write_bytes(bytes(15 * 2**20))
        self.stack.engine.prune = lambda: filler.unlink(missing_ok=True) or "removed"


class ProviderDown(Trouble):
    """The voice of an agent does not answer, and callers come."""

    alert = "ProviderDown"

    def make(self):
        agent = json.loads((studio.EXAMPLE / "agent.json").read_text())
        agent["name"] = "by-wire"
        agent["config"]["tts"] = {"provider": "openai", "model": "tts-1", "voice_id": "alloy"}
        status, body, _ = self.stack.api.request("POST", "/api/v1/agents", agent)
        assert status == 201, body
        self.callers, self.coming = [], True
        threading.Thread(target=self.come, daemon=True).start()

    def come(self):
        # Few at a time: the machine is to be busy with the trouble, not with callers.
        while self.coming:
            created = create(self.stack, whole=True, agent="by-wire")
            self.callers.append(listen(self.stack, created))
            time.sleep(1.5)
            if len(self.callers) > 4:
                leave(self.callers.pop(0))

    def told(self):
        return {"API": self.stack.api.url, "KEY": KEY, "AGENT": "by-wire"}

    def check(self):
        self.coming = False
        time.sleep(2)
        for caller in self.callers:
            leave(caller)


class CertificateEnds(Trouble):
    """It was not renewed for long; then what kept it from that is mended."""

    alert = "CertificateEnds"

    def make(self):
        door = self.stack.front_door
        door.renew(days=10)
        door.stop()
        door.start()

    def edit(self):
        self.stack.front_door.renew(days=90)

    def check(self):
        left = self.stack.ask("probe_ssl_earliest_cert_expiry - time()")[0]["value"][1]
        assert float(left) > 80 * 86400, left


class TrunkRefuses(Trouble):
    """The carrier has a new password, and the trunk the old one. Calls to phones go on being asked
    for. LiveKit keeps trunks in Redis, so it has one of its own here."""

    alert = "TrunkRefuses"

    def make(self):
        settings, real.LiveKit.settings = real.LiveKit.settings, {}
        self.servers = real.Servers(["redis", "livekit"]).__enter__()
        real.LiveKit.settings = settings
        self.carrier = Carrier(self.servers["livekit"], "new")
        (self.stack.folder / "phones.json").write_text(json.dumps({
            "worker_name": "studio", "inbound": [], "rules": [], "outbound": [{
                "name": "out", "address": "carrier.invalid", "numbers": ["+14155550100"],
                "transport": "udp", "username": "studio", "password_env": "SIP_PASSWORD"}]}))
        self.stack.services["sip"] = self.carrier
        self.services = [self.stack.services[name] for name in ("api", "worker")]
        code, output = self.services[0].run_once(
            ["sip", "setup", "--file", str(self.stack.folder / "phones.json")],
            {"SIP_PASSWORD": "old", "LIVEKIT_URL": self.carrier.url})
        assert code == 0, output
        trunk = re.search(r"outbound trunk out (\S+)", output).group(1)
        self.restart(LIVEKIT_URL=self.carrier.url, SIP_OUTBOUND_TRUNK_ID=trunk)
        self.coming = True
        threading.Thread(target=self.come, daemon=True).start()

    def restart(self, **settings):
        for service in self.services:
            service.settings.clear()
            service.settings.update(settings)
            service.up(0, recreate=True)
        self.stack.api = self.services[0].programs[0]
        for service in self.services:
            for program in service.programs:
                wait_until(program.is_ready, "the stack is ready", 60)

    def come(self):
        while self.coming:
            status, body, _ = self.stack.api.request("POST", "/api/v1/calls", {
                "agent_name": "restaurant", "call_type": "sip", "phone_number": "+14155550123"})
            if status == 201:
                time.sleep(1.5)
                self.stack.api.request("POST", f"/api/v1/calls/{body['call_id']}/end")

    def told(self):
        return {"SIP_PASSWORD": "new"}

    def check(self):
        self.coming = False
        time.sleep(3)
        assert self.carrier.refused and self.carrier.answered, vars(self.carrier)
        self.restart()
        del self.stack.services["sip"]
        self.carrier.close()
        self.servers.clean()


TROUBLES = {"database-away": DatabaseAway, "redis-away": RedisAway, "redis-full": RedisFull,
            "queue-grows": QueueGrows, "no-workers": NoWorkers, "pool-unserved": PoolUnserved,
            "livekit-away": LiveKitAway, "worker-stands-still": WorkerStandsStill,
            "api-stands-still": ApiStandsStill, "worker-stutters": WorkerStutters,
            "disk-full": DiskFull, "provider-down": ProviderDown,
            "certificate-ends": CertificateEnds, "trunk-refuses": TrunkRefuses}
