"""Whole calls with the real binary: the demo's dialogue, on a clean and on a bad network, a server
that is told to stop in the middle, and hostile bytes."""

import json
import random
import signal
import socket
import time
import unittest

import studio
import udp_relay


def run_caller(server, bookings, *arguments, lines=None, seconds=120):
    """(exit code, parsed output lines) of one `agent-studio call --json`."""
    caller = studio.Process(
        studio.call_arguments(server, "--json", "--context",
                              json.dumps({"bookings_url": bookings.url}), *arguments,
                              lines=lines if lines is not None else studio.caller_lines()),
        env=studio.caller_environment(server))
    code, output = caller.finish(seconds)
    caller.process.stdout.close()
    return code, [json.loads(line) for line in output]


def said_by(transcript, role):
    return [entry["content"] for entry in transcript if entry["role"] == role]


class BookingTest(unittest.TestCase):
    def test_a_table_is_booked_by_speech(self):
        with studio.Bookings() as bookings, studio.Server() as server:
            studio.install_restaurant(server)
            code, output = run_caller(server, bookings)
            self.assertEqual(code, 0, output[-3:])
            summary = output[-1]
            self.assertEqual(summary["type"], "summary")
            record = server.call_record(summary["call_id"], until=lambda found: found["ended_at"])
            self.assertEqual(record["status"], "completed")
            self.assertEqual(said_by(server.transcript(record["id"]), "user"),
                             studio.caller_lines())
            self.assertEqual(len(bookings.bookings()), 1)
            self.assertEqual(bookings.bookings()[0]["people"], 2)
            self._check_latency(server.transcript(record["id"]), summary["answers"])

    def _check_latency(self, transcript, answers):
        """What the server says of each turn agrees with what the caller measured."""
        turns = [entry["latency"]["first_packet_ms"] for entry in transcript
                 if entry["role"] == "assistant" and entry.get("latency")]
        measured = [answer["mouth_to_ear_ms"] - answer["jitter_buffer_ms"] for answer in answers]
        self.assertEqual(len(turns), len(measured), (turns, measured))
        for turn, ear in zip(turns, measured):
            # The caller's jitter buffer and one frame are not in the server's figure.
            self.assertLess(abs(ear - turn), 100, (turns, measured))

    def test_it_understands_through_loss_and_jitter(self):
        with studio.Bookings() as bookings, studio.Server() as server, \
                udp_relay.UdpRelay(("127.0.0.1", server.media_port), loss=0.05,
                                   jitter_seconds=0.04, seed=5) as relay:
            studio.install_restaurant(server)
            code, output = run_caller(server, bookings, "--via", f"127.0.0.1:{relay.port}")
            self.assertEqual(code, 0, output[-3:])
            record = server.call_record(output[-1]["call_id"],
                                        until=lambda found: found["ended_at"])
            self.assertEqual(said_by(server.transcript(record["id"]), "user"),
                             studio.caller_lines())
            self.assertEqual(len(bookings.bookings()), 1)
            self.assertGreater(relay.lost, relay.passed * 0.03)


class ShutdownTest(unittest.TestCase):
    def test_a_stopped_server_says_goodbye_and_keeps_the_transcript(self):
        with studio.Bookings() as bookings:
            server = studio.Server("--drain-timeout", "15")
            try:
                studio.install_restaurant(server)
                caller = studio.Process(
                    studio.call_arguments(server, "--json", "--context",
                                          json.dumps({"bookings_url": bookings.url}),
                                          lines=studio.caller_lines()[:1]),
                    env=studio.caller_environment(server))
                caller.wait_for(r'"role":"user".*"final":true', 60)
                call_id = json.loads(caller.lines[0])["call_id"]
                started = time.monotonic()
                server.process.process.send_signal(signal.SIGTERM)
                code, output = caller.finish(30)
                caller.process.stdout.close()
                self.assertEqual(code, 0, output[-3:])
                self.assertIn("goodbye", "\n".join(output).lower())
                self.assertEqual(server.process.finish(20)[0], 0, server.log()[-3000:])
                self.assertLess(time.monotonic() - started, 17)
                again = studio.Server("--database", f"{server.folder.name}/studio.db",
                                      key=server.key)
            finally:
                server.process.process.stdout.close()
                server.log_file.close()
            self.addCleanup(server.folder.cleanup)
            with again:
                record = again.call_record(call_id)
                self.assertEqual((record["status"], record["status_reason"]),
                                 ("completed", "shutdown"))
                transcript = again.transcript(call_id)
                self.assertEqual(said_by(transcript, "user"), studio.caller_lines()[:1])
                self.assertIn("goodbye", said_by(transcript, "assistant")[-1].lower())


class HostileDatagramTest(unittest.TestCase):
    def test_malformed_datagrams_change_nothing(self):
        with studio.Bookings() as bookings, studio.Server() as server:
            studio.install_restaurant(server)
            sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            for datagram in self._datagrams():
                sender.sendto(datagram, ("127.0.0.1", server.media_port))
            sender.close()
            code, output = run_caller(server, bookings, lines=studio.caller_lines()[:1])
            self.assertEqual(code, 0, output[-3:])
            self.assertIsNone(server.process.process.poll())

    @staticmethod
    def _datagrams():
        """Two hundred: broken STUN, DTLS, RTP and RTCP heads with lengths that lie, and noise."""
        source = random.Random(200)
        stun = bytes.fromhex("000100002112a442") + bytes(12)
        heads = [stun, bytes.fromhex("0001fffc2112a442"),
                 bytes.fromhex("16fefd0000000000000000ffff"),
                 bytes.fromhex("14fefd"), bytes.fromhex("806f0001"), bytes.fromhex("bf6f0001"),
                 bytes.fromhex("80c8ffff"), bytes.fromhex("81cd0003"), b"", b"\xff"]
        for index in range(200):
            head = heads[index % len(heads)]
            yield head + source.randbytes(source.choice([0, 1, 3, 20, 120, 1400]))


if __name__ == "__main__":
    unittest.main(verbosity=2)
