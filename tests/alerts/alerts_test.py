#!/usr/bin/env python3
"""The rules of deploy/prometheus/alerts.yml, run by promtool: each alert fires in its trouble, not
before its time, and is quiet before and after; and each has a runbook with a section of its name.
`./dev alerts-check` runs it."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

import cases

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "deploy/prometheus/alerts.yml"
RUNBOOKS = ROOT / "deploy/runbooks"
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def rules():
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def seconds_of(text):
    return sum(int(number) * UNITS[unit] for number, unit in re.findall(r"(\d+)([smhd])", text))


def values_of(series, phases):
    """promtool's notation of a gauge's values, or of a counter's, over the three times."""
    parts, value = [], 0
    for step, count in zip((series.good, series.bad, series.good), phases):
        if series.counts:
            parts.append(f"{value:g}+{step:g}x{count - 1}")
            value += step * count
        else:
            parts.append(f"{step:.17g}+0x{count - 1}")
    return " ".join(parts)


def input_of(case):
    return [{"series": series.name, "values": values_of(series, case.phases)}
            for series in [*case.series, *case.constants]]


def test_of(case, rule):
    """promtool's test of one case."""
    begin = case.phases[0] * case.interval
    end = begin + case.phases[1] * case.interval
    patience = seconds_of(rule.get("for", "0s"))
    fires = [{"exp_labels": {**case.labels, **rule["labels"]},
              "exp_annotations": {"summary": case.summary,
                                  "runbook": rule["annotations"]["runbook"]}}]
    expected = {begin - case.interval: [], end - case.interval: fires,
                end + (case.phases[2] - 1) * case.interval: []}
    if patience:
        expected[begin + patience - case.interval] = []
    if case.at_once:
        # The summary may have a figure that changes: what is checked is that it fires.
        at = begin + patience
        expected[at] = fires if case.alert != "CertificateEnds" else None
    if case.alert == "CertificateEnds":
        expected[end - case.interval] = None
        expected[660] = fires
    return {"interval": f"{case.interval}s", "input_series": input_of(case),
            "alert_rule_test": [{"eval_time": f"{at}s", "alertname": case.alert,
                                 "exp_alerts": alerts}
                                for at, alerts in sorted(expected.items()) if alerts is not None]}


def still_test(series, alert):
    case = cases.Case(alert, series, {}, "")
    return {"interval": "15s", "input_series": input_of(case),
            "alert_rule_test": [{"eval_time": f"{minute}m", "alertname": alert, "exp_alerts": []}
                                for minute in (5, 15, 25, 45)]}


def run_promtool(tests, interval, rule):
    """(exit code, output) of `promtool test rules` on one rule: all of them each time is slow."""
    with tempfile.TemporaryDirectory() as folder:
        # JSON is YAML.
        (Path(folder) / "rule.yml").write_text(json.dumps(
            {"groups": [{"name": "one", "rules": [rule]}]}))
        (Path(folder) / "test.yml").write_text(json.dumps(
            {"rule_files": ["rule.yml"], "evaluation_interval": f"{interval}s", "tests": tests}))
        done = subprocess.run(["promtool", "test", "rules", "test.yml"], cwd=folder, text=True,
                              capture_output=True, timeout=120)
        return done.returncode, done.stdout + done.stderr


class Rules(unittest.TestCase):
    def test_every_alert_is_tried(self):
        self.assertEqual({case.alert for case in cases.CASES}, set(rules()))

    def test_each_fires_in_its_trouble_and_only_then(self):
        for case in cases.CASES:
            rule = rules()[case.alert]
            code, output = run_promtool([test_of(case, rule)], case.interval, rule)
            self.assertEqual(code, 0, output)

    def test_what_is_no_trouble_wakes_nobody(self):
        for what, series, alert in cases.STILL:
            code, output = run_promtool([still_test(series, alert)], 15, rules()[alert])
            self.assertEqual(code, 0, f"{what}:\n{output}")

    def test_a_rule_that_never_fires_is_seen(self):
        for case in cases.CASES:
            # It asks for nothing that a series has.
            never = {**rules()[case.alert], "expr": "vector(0) > 1"}
            code, output = run_promtool([test_of(case, rules()[case.alert])], case.interval, never)
            self.assertNotEqual(code, 0, case.alert)
            self.assertIn(case.alert, output)

    def test_the_files_are_what_prometheus_reads(self):
        for arguments in (["rules", RULES], ["config", "--syntax-only",
                                             ROOT / "deploy/prometheus/prometheus.yml"]):
            done = subprocess.run(["promtool", "check", *arguments], capture_output=True, text=True,
                                  timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=1))
