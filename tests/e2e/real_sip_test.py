"""Telephone calls through the real livekit-sip, with SIPp as the telephone network: outbound, not
reached, inbound. LIVEKIT_SIP_BIN names the livekit-sip program; without it everything is skipped.
Needs sipp (Debian: sip-tester); STUDIO_BINARY names our program."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import unittest

import studio
from phones_test import WORKER_NAME, install_desk, is_registered
from production_test import World, wait_until
from servers import Servers, free_port

SIP_PROGRAM = os.environ.get("LIVEKIT_SIP_BIN", "")
OUR_NUMBER = "+14155550100"

BUSY = """<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="busy">
  <recv request="INVITE"/>
  <send><![CDATA[
    SIP/2.0 486 Busy Here
    [last_Via:]
    [last_From:]
    [last_To:];tag=[pid]SIPp[call_number]
    [last_Call-ID:]
    [last_CSeq:]
    Content-Length: 0

  ]]></send>
  <recv request="ACK"/>
</scenario>
"""


def why_skipped():
    if not SIP_PROGRAM:
        return "LIVEKIT_SIP_BIN is not set: it names a livekit-sip program (github.com/livekit/sip)"
    if not os.access(SIP_PROGRAM, os.X_OK):
        return f"LIVEKIT_SIP_BIN is '{SIP_PROGRAM}', which is no program"
    if not shutil.which("sipp"):
        return "sipp is missing: apt-get install sip-tester"
    return ""


class SipWorld(World):
    """With Redis for LiveKit, and livekit-sip beside it."""

    def __init__(self):
        super().__init__()
        self.servers = Servers(["postgres", "redis", "livekit"])
        self.sip_port = free_port(socket.SOCK_DGRAM)
        self.network_port = free_port(socket.SOCK_DGRAM)
        self.bridge = None

    def __enter__(self):
        super().__enter__()
        livekit, redis = self.servers["livekit"], self.servers["redis"]
        config = self.folder / "sip.yaml"
        config.write_text(json.dumps({  # JSON is YAML.
            "api_key": livekit.key, "api_secret": livekit.secret,
            "ws_url": f"ws://127.0.0.1:{livekit.port}",
            "redis": {"address": f"127.0.0.1:{redis.port}", "password": redis.password},
            "sip_port": self.sip_port, "rtp_port": "30000-30200", "use_external_ip": False,
            "nat_1_to_1_ip": "127.0.0.1", "listen_ip": "127.0.0.1",
            "logging": {"level": "info"}}))
        self.bridge_log = open(self.folder / "sip.log", "wb")
        self.bridge = subprocess.Popen([SIP_PROGRAM, "--config", config], stdout=self.bridge_log,
                                       stderr=subprocess.STDOUT)
        self.environment["LIVEKIT_AGENT_NAME"] = WORKER_NAME
        return self

    def __exit__(self, *_):
        if self.bridge is not None:
            self.bridge.kill()
            self.bridge.wait()
            self.bridge_log.close()
        super().__exit__(*_)

    def sipp(self, *arguments):
        return subprocess.Popen(
            ["sipp", "-i", "127.0.0.1", "-m", "1", "-nostdin", "-timeout", "40",
             *map(str, arguments)], cwd=self.folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    def set_up_trunks(self):
        """The outbound trunk's id."""
        file = self.folder / "phones.json"
        file.write_text(json.dumps({
            "worker_name": WORKER_NAME,
            "inbound": [{"name": "in", "numbers": [OUR_NUMBER],
                         "allowed_addresses": ["127.0.0.1/32"]}],
            "outbound": [{"name": "out", "address": f"127.0.0.1:{self.network_port}",
                          "transport": "udp", "numbers": [OUR_NUMBER]}],
            "rules": [{"name": "desk", "trunk": "in", "numbers": [OUR_NUMBER],
                       "agent": "desk"}]}))
        run = subprocess.run([studio.BINARY, "sip", "setup", "--file", file], timeout=30,
                             capture_output=True, text=True, env=self.environment)
        assert run.returncode == 0, run.stderr
        return re.search(r"outbound trunk out (\S+)", run.stdout).group(1)


@unittest.skipIf(why_skipped(), f"SKIPPED: {why_skipped()}")
class RealSip(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = SipWorld().__enter__()
        cls.addClassCleanup(cls.world.__exit__, None, None, None)
        cls.world.environment["SIP_OUTBOUND_TRUNK_ID"] = cls.world.set_up_trunks()
        assert all(code == 0 for code, _ in cls.world.migrate(1))
        cls.api = cls.world.api()
        wait_until(lambda: cls.api.request("GET", "/api/v1/agents")[0] == 200, "the API")
        install_desk(cls.api)
        cls.worker = cls.world.worker()
        wait_until(cls.worker.is_ready, "a worker")
        wait_until(lambda: is_registered(cls.world), "a worker is registered")

    def call(self):
        status, body, _ = self.api.request("POST", "/api/v1/calls", {
            "agent_name": "desk", "call_type": "sip", "phone_number": "+14155550123"})
        self.assertEqual(status, 201, body)
        return body["call_id"]

    def record(self, call_id):
        return self.api.request("GET", f"/api/v1/calls/{call_id}")[1]

    def test_outbound_is_answered_and_hung_up_by_us(self):
        network = self.world.sipp("-sn", "uas", "-p", self.world.network_port)
        call_id = self.call()
        wait_until(lambda: self.record(call_id)["status"] == "active", "it is answered", 20)
        time.sleep(2)
        self.api.request("POST", f"/api/v1/calls/{call_id}/end")
        wait_until(lambda: self.record(call_id)["ended_at"], "the call ends")
        self.assertEqual(self.record(call_id)["status"], "completed")
        self.assertEqual(network.wait(30), 0, "SIPp saw the whole call, its BYE too")

    def test_busy(self):
        scenario = self.world.folder / "busy.xml"
        scenario.write_text(BUSY)
        network = self.world.sipp("-sf", scenario, "-p", self.world.network_port)
        call_id = self.call()
        wait_until(lambda: self.record(call_id)["ended_at"], "the call ends", 40)
        record = self.record(call_id)
        self.assertEqual((record["status"], record["status_reason"]), ("failed", "busy"))
        self.assertEqual(network.wait(30), 0)

    def test_inbound_and_the_phone_hangs_up(self):
        caller = self.world.sipp("-sn", "uac", f"127.0.0.1:{self.world.sip_port}", "-s",
                                 OUR_NUMBER, "-d", "5000", "-p", free_port(socket.SOCK_DGRAM))
        self.assertEqual(caller.wait(60), 0, "SIPp was answered and hung up")
        rows = self.api.request("GET", "/api/v1/calls?limit=50")[1]["items"]
        row = next(row for row in rows if row["direction"] == "inbound")
        wait_until(lambda: self.record(row["id"])["ended_at"], "the call ends")
        record = self.record(row["id"])
        self.assertEqual((record["status"], record["status_reason"]),
                         ("completed", "caller_hung_up"))
        self.assertEqual(record["user_context"]["call"]["called_number"], OUR_NUMBER)


if __name__ == "__main__":
    unittest.main(verbosity=2)
