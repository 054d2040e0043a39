#!/usr/bin/env python3
"""deploy/grafana: the JSON is what dashboards.py makes, has the fields that Grafana documents, and
every query of every panel is one that Prometheus parses and asks for metrics that exist. Part of
./dev alerts-check."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/grafana"
BOARDS = {path.name: json.loads(path.read_text())
          for path in sorted((FOLDER / "dashboards").glob("*.json"))}
PARTS = r"_(?:bucket|sum|count)$"
# https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
DASHBOARD_FIELDS = {
    "id": (int, type(None)), "uid": str, "title": str, "description": str, "tags": list,
    "timezone": str, "editable": bool, "graphTooltip": int, "time": dict, "timepicker": dict,
    "templating": dict, "annotations": dict, "refresh": str, "schemaVersion": int, "version": int,
    "links": list, "panels": list, "style": str, "fiscalYearStartMonth": int, "liveNow": bool,
    "weekStart": str}
PANEL_FIELDS = {
    "id": int, "type": str, "title": str, "description": str, "gridPos": dict, "datasource": dict,
    "targets": list, "fieldConfig": dict, "options": dict, "links": list, "transparent": bool,
    "collapsed": bool, "panels": list, "transformations": list, "maxDataPoints": int,
    "interval": str}
TARGET_FIELDS = {"datasource", "refId", "expr", "legendFormat", "range", "instant", "interval",
                 "format", "exemplar", "editorMode", "hide"}
# packages/grafana-data/src/valueFormats/categories.ts
UNITS = {"s", "ns", "µs", "bytes", "percentunit", "short", "reqps", "pps", "ops"}


def panels():
    for name, board in BOARDS.items():
        for panel in board["panels"]:
            yield f"{name}: {panel['title']}", panel


def queries():
    for where, panel in panels():
        for target in panel.get("targets", []):
            yield where, target["expr"]


def names_of(expression):
    """Metrics that an expression asks for."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    bare = re.sub(r"\b(?:by|on|without|ignoring|unless on)\s*\([^)]*\)", "", bare)
    bare = re.sub(r"\{[^}]*\}", "", bare)
    words = set(re.findall(r"\b[A-Za-z_][A-Za-z0-9_]*\b", bare))
    functions = set(re.findall(r"\b([a-z_0-9]+)\s*\(", bare))
    keywords = {"and", "or", "unless", "on", "by", "m", "s", "h", "d", "le", "bool"}
    ours, others = known_metrics()
    return {word if word in ours | others else re.sub(PARTS, "", word)
            for word in words - functions - keywords if not re.fullmatch(r"\d+\w", word)}


def known_metrics():
    ours = set(re.findall(r"`((?:studio|process)_\w+)`", (ROOT / "docs/metrics.md").read_text()))
    text = (Path(__file__).parent / "foreign_metrics.txt").read_text()
    others = {line for line in text.split("\n") if line and not line.startswith("#")}
    return ours, others


class Dashboards(unittest.TestCase):
    def test_they_are_as_their_source_makes_them(self):
        done = subprocess.run([sys.executable, FOLDER / "dashboards.py", "--check"], text=True,
                              capture_output=True, timeout=30)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(BOARDS), 4)

    def test_dashboards_have_the_documented_fields(self):
        for name, board in BOARDS.items():
            for field, value in board.items():
                self.assertIn(field, DASHBOARD_FIELDS, name)
                self.assertIsInstance(value, DASHBOARD_FIELDS[field], f"{name}: {field}")
            for field in ("uid", "title", "schemaVersion", "time", "panels", "templating"):
                self.assertIn(field, board, name)
            self.assertLessEqual(len(board["uid"]), 40)
            self.assertIn("list", board["templating"])
            self.assertIn("list", board["annotations"])
        uids = [board["uid"] for board in BOARDS.values()]
        self.assertEqual(len(set(uids)), len(uids))

    def test_panels_have_the_documented_fields_and_a_place_of_their_own(self):
        for name, board in BOARDS.items():
            taken, numbers = set(), set()
            for panel in board["panels"]:
                where = f"{name}: {panel['title']}"
                for field, value in panel.items():
                    self.assertIn(field, PANEL_FIELDS, where)
                    self.assertIsInstance(value, PANEL_FIELDS[field], f"{where}: {field}")
                self.assertNotIn(panel["id"], numbers, where)
                numbers.add(panel["id"])
                place = panel["gridPos"]
                self.assertEqual(set(place), {"x", "y", "w", "h"}, where)
                self.assertLessEqual(place["x"] + place["w"], 24, where)
                cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                         for y in range(place["y"], place["y"] + place["h"])}
                self.assertFalse(cells & taken, f"{where} covers another")
                taken |= cells
                if panel["type"] == "row":
                    continue
                self.assertIn(panel["type"], {"timeseries", "stat"}, where)
                self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS, where)
                self.assertEqual(panel["datasource"], {"type": "prometheus", "uid": "prometheus"})
                references = [target["refId"] for target in panel["targets"]]
                self.assertTrue(references, where)
                self.assertEqual(len(set(references)), len(references), where)
                for target in panel["targets"]:
                    self.assertLessEqual(set(target), TARGET_FIELDS, where)

    def test_the_datasource_is_the_provisioned_one(self):
        source = yaml.safe_load(
            (FOLDER / "provisioning/datasources/prometheus.yml").read_text())["datasources"][0]
        self.assertEqual((source["uid"], source["type"]), ("prometheus", "prometheus"))
        provider = yaml.safe_load(
            (FOLDER / "provisioning/dashboards/agent_studio.yml").read_text())["providers"][0]
        compose = yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())
        mounts = compose["services"]["grafana"]["volumes"]
        self.assertIn(f"./deploy/grafana/dashboards:{provider['options']['path']}:ro", mounts)

    def test_prometheus_parses_every_query(self):
        rules = [{"record": f"q:{number}", "expr": expression}
                 for number, (_, expression) in enumerate(queries())]
        self.assertGreater(len(rules), 90)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "queries.yml"
            path.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
            done = subprocess.run(["promtool", "check", "rules", path], text=True,
                                  capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_metric_exists(self):
        ours, others = known_metrics()
        rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
        asked = {name: f"alert {rule['alert']}" for group in rules["groups"]
                 for rule in group["rules"] for name in names_of(rule["expr"])}
        asked.update({name: where for where, expression in queries()
                      for name in names_of(expression)})
        self.assertGreater(len(asked), 80)
        unknown = {name: where for name, where in asked.items() if name not in ours | others}
        self.assertEqual(unknown, {})
        self.assertEqual(others - set(asked), set(),
                         "foreign_metrics.txt lists what nobody asks for")

    def test_the_nine_lines_of_the_checklist_are_there(self):
        titles = [panel["title"] for panel in BOARDS["checklist.json"]["panels"]
                  if panel["type"] == "row"]
        self.assertEqual([title.split(".")[0] for title in titles], [str(n) for n in range(1, 10)])


if __name__ == "__main__":
    unittest.main(verbosity=1)
