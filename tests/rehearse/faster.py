"""The rules and settings of production with every time divided by one factor, so that a rehearsal
takes minutes: `for`, ranges, intervals. Nothing else is changed; the rules have one source."""

import json
import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
UNITS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds_of(text):
    return sum(float(number) * UNITS[unit]
               for number, unit in re.findall(r"(\d+)(ms|[smhd])", text))


def shorter(text, factor):
    """`5m` with a factor of 10 is `30000ms`; never less than a millisecond."""
    return f"{max(1, round(seconds_of(text) / factor * 1000))}ms"


def rules(factor):
    """alerts.yml as JSON, which is YAML."""
    document = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    for group in document["groups"]:
        for rule in group["rules"]:
            if "for" in rule:
                rule["for"] = shorter(rule["for"], factor)
            rule["expr"] = re.sub(
                r"\[([0-9smhd:]+)\]",
                lambda found: "[" + ":".join(shorter(part, factor)
                                             for part in found.group(1).split(":")) + "]",
                rule["expr"])
    return json.dumps(document, indent=1)


def patience_of(alert, factor):
    """Seconds between the trouble in the metrics and the alert's firing."""
    document = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    rule = next(rule for group in document["groups"] for rule in group["rules"]
                if rule["alert"] == alert)
    ranges = [seconds_of(part) for part in re.findall(r"\[(\w+)\]", rule["expr"])]
    return (seconds_of(rule.get("for", "0s")) + max(ranges, default=0)) / factor


def prometheus(factor, folder, alertmanager, jobs, blackbox):
    """prometheus.yml with the jobs that there are, their targets read from files of `folder`, and
    the address of what looks at the front door."""
    document = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    for name in ("scrape_interval", "evaluation_interval"):
        document["global"][name] = shorter(document["global"][name], factor)
    document["global"]["scrape_timeout"] = document["global"]["scrape_interval"]
    document["rule_files"] = [f"{folder}/alerts.yml"]
    document["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] = [alertmanager]
    configs = []
    for job in document["scrape_configs"]:
        if job["job_name"] in jobs:
            kept = {name: job[name] for name in ("job_name", "metrics_path", "params",
                                                 "relabel_configs") if name in job}
            configs.append({**kept, "file_sd_configs": [{
                "files": [f"{folder}/{job['job_name']}.json"], "refresh_interval": "1s"}]})
    document["scrape_configs"] = configs
    return json.dumps(document, indent=1).replace("blackbox-exporter:9115", blackbox)


def alertmanager(factor, url):
    text = (ROOT / "deploy/alertmanager/alertmanager.yml").read_text()
    document = yaml.safe_load(text.replace("http://alert-webhook.invalid/", url))
    for part in (document["global"], document["route"], *document["route"]["routes"]):
        for name in ("resolve_timeout", "group_wait", "group_interval"):
            if name in part:
                part[name] = shorter(part[name], factor)
    return json.dumps(document, indent=1)
