#!/usr/bin/env python3
"""docs/metrics.md and docs/configuration.md say what the source says, and the alerts of production
ask for metrics that exist. With URLs as arguments, also that these servers show nothing else."""

import re
import sys
import unittest
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METRIC = r"\b(?:studio|process)_[a-z0-9]+(?:_[a-z0-9]+)*\b"
# Words of that form that are something else: a status reason, and a prefix of names.
NO_METRICS = {"process_died"}
HISTOGRAM_PARTS = r"_(?:bucket|sum|count)$"
URLS = []


def sources(*folders):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.[ch]pp")):
            if not path.name.endswith("_test.cpp"):
                yield path.read_text()


def metrics_in_source():
    found = set()
    for text in sources("src"):
        found.update(re.findall(rf'"({METRIC})"', text))
    return found - NO_METRICS


def metrics_in(path):
    return {name.rstrip("_") for name in re.findall(rf"`({METRIC})`", path.read_text())}


class EndingsPage(unittest.TestCase):
    def test_lists_every_reason_under_its_status_and_no_other(self):
        rows = re.findall(r'\{EndReason::\w+, "(\w+)", (?:CallStatus::)?(\w+)\}',
                          (ROOT / "src/core/call/end_reason.cpp").read_text())
        source = {}
        for reason, status in rows:
            source.setdefault(status, set()).add(reason)
        page = {}
        text = (ROOT / "docs/endings.md").read_text()
        for title, body in re.findall(r"^## (\w+)(.*?)(?=^## |\Z)", text, re.M | re.S):
            for cell in re.findall(r"^\| (`.*?) \|", body, re.M):
                page.setdefault(title.lower(), set()).update(
                    set(re.findall(r"`(\w+)`", cell)) - {"status_reason"})
        self.assertGreater(len(rows), 40)
        self.assertEqual(page, source)

    def test_the_contract_names_every_reason(self):
        reasons = set(re.findall(r'\{EndReason::(\w+),',
                                 (ROOT / "src/core/call/end_reason.cpp").read_text()))
        schema = re.search(r"^    EndReason:\n((?:      .*\n)+)",
                           (ROOT / "api/openapi.yaml").read_text(), re.M).group(1)
        self.assertEqual(reasons - set(re.findall(r"\w+", schema)), set())


class FuzzTargets(unittest.TestCase):
    def test_each_has_a_corpus(self):
        """CONTRIBUTING.md: a parser comes with a fuzz target and a corpus."""
        targets = sorted(path.stem for path in (ROOT / "src").rglob("*_fuzz.cpp"))
        self.assertGreater(len(targets), 20)
        corpora = ROOT / "tests/fuzz/corpus"
        self.assertEqual([target for target in targets
                          if not (corpora / target).is_dir()
                          or not any((corpora / target).iterdir())], [])


class MetricsPage(unittest.TestCase):
    documented = metrics_in(ROOT / "docs/metrics.md")

    def test_lists_every_metric_of_the_source_and_no_other(self):
        self.assertGreater(len(metrics_in_source()), 40)
        self.assertEqual(metrics_in_source() - self.documented, set(), "not documented")
        self.assertEqual(self.documented - metrics_in_source(), set(), "not in the source")

    def test_alerts_ask_for_metrics_that_exist(self):
        for path in (ROOT / "deploy/prometheus").glob("*.yml"):
            asked = {re.sub(HISTOGRAM_PARTS, "", name)
                     for name in re.findall(METRIC, path.read_text())}
            self.assertEqual(asked - self.documented, set(), path.name)

    def test_a_busy_pool_is_one_that_may_open_no_more(self):
        # Connections are opened as needed: each that is open may be in use, and all is well.
        alerts = (ROOT / "deploy/prometheus/alerts.yml").read_text()
        rule = re.search(r"alert: PoolBusy\n\s+expr: (.*)", alerts).group(1)
        self.assertEqual(
            rule, "studio_database_connections_used >= studio_database_connections_max")

    def test_servers_show_only_what_is_documented(self):
        for url in URLS:
            with urllib.request.urlopen(url, timeout=10) as answer:
                text = answer.read().decode()
            shown = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
            self.assertGreater(len(shown), 15, url)
            self.assertEqual(shown - self.documented, set(), url)


class ConfigurationPage(unittest.TestCase):
    page = (ROOT / "docs/configuration.md").read_text()

    def test_lists_every_option_and_no_other(self):
        options = set()
        for text in sources("src/apps"):
            options.update(re.findall(r'set\.add\(\s*"(--[a-z-]+)",\s*"([A-Z_]+)"', text))
            secrets = re.findall(r'set\.add_secret(?:_url)?\(\s*"([A-Z_]+)"', text)
            options.update(("", name) for name in secrets)
        self.assertGreater(len(options), 30)
        options.add(("--log-level", "STUDIO_LOG_LEVEL"))
        # Of `sip setup`, whose file docs/phones.md describes.
        options = {option for option in options if option[0] != "--file"}
        row = r"^\| (?:`(--[a-z-]+)`)? ?\| `([A-Z_]+)` \|"
        rows = set(re.findall(row, self.page, re.MULTILINE))
        self.assertEqual(options, rows)


if __name__ == "__main__":
    URLS = [argument for argument in sys.argv[1:] if argument.startswith("http")]
    sys.argv = sys.argv[:1]
    unittest.main(verbosity=1)
