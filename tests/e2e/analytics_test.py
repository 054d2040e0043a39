"""Figures of real calls: what analytics, usage and exports tell equals what the calls' own records
say; an erased call is gone and stays counted. STUDIO_BINARY names the program."""

import csv
import io
import json
import math
import unittest

import handoff_test
import studio

PRICES = {"currency": "EUR", "prices": [
    {"stage": "stt", "provider": "pocketsphinx", "per_audio_minute": 0.6, "per_request": 0.25},
    {"stage": "tts", "provider": "flite", "per_million_characters": 15}]}
PERIOD = "?period=24h"


def start_call(server, lines, user):
    return studio.Process(
        [studio.BINARY, "call", "--server", server.url, "--agent", "front-desk", "--json",
         "--context", json.dumps({"note": user}),
         *(part for line in lines for part in ("--say", line))],
        env=studio.caller_environment(server))


class AnalyticsTest(unittest.TestCase):
    def get(self, path):
        status, body = self.server.request("GET", "/api/v1/" + path)
        self.assertEqual(status, 200, (path, body))
        return body

    def hold(self, *calls):
        """Records of calls that are held at once."""
        callers = [start_call(self.server, lines, f"guest {number}")
                   for number, lines in enumerate(calls)]
        records = []
        for caller in callers:
            code, output = caller.finish(60)
            caller.process.stdout.close()
            self.assertEqual(code, 0, output[-5:])
            records.append(self.server.call_record(json.loads(output[-1])["call_id"],
                                                   until=lambda found: found["ended_at"]))
        return records

    def cancel(self):
        """A call that nobody took: failed before it began."""
        _, made = self.server.request("POST", "/api/v1/calls", {
            "agent_name": "front-desk", "user_id": "guest 3", "metadata": {"order": "7"}})
        self.server.request("POST", f"/api/v1/calls/{made['call_id']}/end")
        return self.server.call_record(made["call_id"])

    def test_figures_equal_what_the_calls_say(self):
        with studio.Server() as self.server:
            handoff_test.install(self.server)
            status, _ = self.server.request("PUT", "/api/v1/prices", PRICES)
            self.assertEqual(status, 200)
            records = self.hold(handoff_test.LINES, handoff_test.LINES[:1]) + [self.cancel()]
            self.check_summary(records)
            self.check_providers(records)
            self.check_usage(records)
            self.check_export(records)
            self.check_erasure(records)

    def check_summary(self, records):
        summary = self.get("analytics/summary" + PERIOD)
        by_status = {name: sum(record["status"] == name for record in records)
                     for name in ("completed", "failed", "disconnected", "timeout")}
        self.assertEqual({name: summary[f"{name}_calls"] for name in by_status}, by_status)
        self.assertEqual(summary["total_calls"], len(records))
        self.assertEqual(summary["active_calls"], 0)
        self.assertAlmostEqual(summary["success_rate"],
                               100 * by_status["completed"] / len(records))
        begun = [record for record in records if record["started_at"]]
        self.assertEqual(len(begun), 2)
        self.assertAlmostEqual(summary["avg_duration_seconds"],
                               sum(record["duration_seconds"] for record in begun) / len(begun))
        for name, metric in (("total_turns", "turns"), ("interruptions", "interruptions"),
                             ("agent_handoffs", "agent_handoffs"),
                             ("total_tokens", "total_tokens")):
            self.assertEqual(summary[name], sum(record["metrics"][metric] for record in records),
                             name)
        self.assertGreater(summary["total_turns"], 2)
        volume = self.get("analytics/call-volume" + PERIOD)["data"]
        self.assertEqual(sum(step["total"] for step in volume), len(records))
        outcomes = self.get("analytics/outcomes" + PERIOD)["data"]
        self.assertEqual(sum(line["calls"] for line in outcomes), len(records))
        self.assertIn(("completed", "finished"),
                      [(line["status"], line["status_reason"]) for line in outcomes])

    def lines(self, records):
        """Lines of usage of all records, by stage, provider and agent."""
        sums = {}
        for record in records:
            for line in record["usage"]:
                key = (line["stage"], line["provider"], line["agent_name"])
                total = sums.setdefault(key, dict.fromkeys(
                    ("requests", "characters", "audio_seconds", "waits", "waited"), 0))
                for name in ("requests", "characters", "audio_seconds", "waits"):
                    total[name] += line[name]
                total["waited"] += line["waits"] * (line["avg_latency_ms"] or 0)
        return sums

    def check_providers(self, records):
        sums = self.lines(records)
        turns = {}
        for record in records:
            for entry in self.server.transcript(record["id"]):
                if entry["latency"] and entry["latency"]["packet_ms"] is not None:
                    turns.setdefault("turn", []).append(entry["latency"]["packet_ms"])
        told = {(line["stage"], line["provider"]): line
                for line in self.get("analytics/provider-latency" + PERIOD)["data"]}
        for stage, provider in (("stt", "pocketsphinx"), ("llm", "scripted"), ("tts", "flite"),
                                ("turn", None)):
            waits = sum(total["waits"] for key, total in sums.items()
                        if key[:2] == (stage, provider))
            self.assertGreater(waits, 0, stage)
            self.assertEqual(told[stage, provider]["count"], waits)
        # The quantiles are those of the turns in the transcripts, by nearest rank.
        waited = sorted(turns["turn"])
        self.assertEqual(told["turn", None]["count"], len(waited))
        for name, share in (("p50_ms", 0.5), ("p95_ms", 0.95), ("p99_ms", 0.99)):
            true = waited[max(1, math.ceil(share * len(waited))) - 1]
            self.assertAlmostEqual(told["turn", None][name], true, delta=max(true / 32, 0.05))
        summary = self.get("analytics/summary" + PERIOD)
        self.assertAlmostEqual(summary["avg_turn_latency_ms"], sum(waited) / len(waited), places=2)

    def check_usage(self, records):
        sums = self.lines(records)
        report = self.get("usage" + PERIOD)
        self.assertEqual(report["currency"], "EUR")
        told = {(line["stage"], line["provider"], line["agent_name"]): line
                for line in report["data"]}
        self.assertEqual(set(told), {key for key in sums if key[0] != "turn"})
        for key, line in told.items():
            for name in ("requests", "characters", "audio_seconds"):
                self.assertAlmostEqual(line[name], sums[key][name], msg=(key, name))
        ears = told["stt", "pocketsphinx", "front-desk"]
        self.assertGreaterEqual(ears["requests"], 2)
        self.assertGreater(ears["audio_seconds"], 1.0)
        self.assertAlmostEqual(ears["cost"],
                               ears["audio_seconds"] * 0.01 + ears["requests"] * 0.25, places=5)
        voice = told["tts", "flite", "kitchen"]
        self.assertGreater(voice["characters"], 40)
        self.assertAlmostEqual(voice["cost"], voice["characters"] * 15e-6, places=5)
        self.assertIsNone(told["llm", "scripted", "front-desk"]["cost"])
        self.assertAlmostEqual(report["total_cost"],
                               sum(line["cost"] or 0 for line in report["data"]), places=5)
        rows = list(csv.DictReader(io.StringIO(self.get("usage" + PERIOD + "&format=csv"))))
        self.assertEqual(len(rows), len(report["data"]))
        self.assertEqual({row["currency"] for row in rows}, {"EUR"})

    def check_export(self, records):
        rows = list(csv.DictReader(io.StringIO(self.get("calls/export"))))
        self.assertEqual({row["id"]: row["status"] for row in rows},
                         {record["id"]: record["status"] for record in records})
        found = self.get("calls/export?format=jsonl&metadata=order=7")
        found = [json.loads(line) for line in found.splitlines()] if isinstance(found, str) \
            else [found]
        self.assertEqual([call["id"] for call in found], [records[2]["id"]])

    def check_erasure(self, records):
        gone = f"/api/v1/calls/{records[0]['id']}"
        status, receipt = self.server.request("DELETE", gone)
        self.assertEqual(status, 200, receipt)
        self.assertEqual(receipt["calls"], 1)
        self.assertGreater(receipt["transcript_entries"], 5)
        self.assertEqual(self.server.request("GET", gone)[0], 404)
        self.assertEqual(self.server.request("GET", gone + "/transcript")[0], 404)
        status, receipt = self.server.request("DELETE", "/api/v1/callers/guest%203/data")
        self.assertEqual((status, receipt["calls"]), (200, 1))
        self.assertEqual(self.get("calls")["total"], 1)
        self.assertEqual(self.get("analytics/summary")["total_calls"], len(records))


if __name__ == "__main__":
    unittest.main()
