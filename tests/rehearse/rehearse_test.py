"""Troubles made on a real stack: the alert fires in its time at a real Alertmanager's webhook, the
commands of its runbook's section are taken out of the document and run, and it resolves.

usage: rehearse_test.py [TROUBLE…]      (without: all of them)

Real are PostgreSQL, Redis, LiveKit, our processes, Prometheus and Alertmanager. Times of rules are
divided by FACTOR (faster.py), from the one source of the rules; what our programs sample keeps its
5 s. The container engine is a stand-in (engine.py): `docker compose up -d db` starts the process of
the database. STUDIO_BINARY names the program."""

import json
import re
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/rehearse"), str(ROOT / "tests/alerts")]

import runbooks  # noqa: E402
from engine import Engine, run_block  # noqa: E402
from faster import patience_of, rules, seconds_of  # noqa: E402
from stack import Stack, studio, wait_until  # noqa: E402
from troubles import TROUBLES, create, end  # noqa: E402

FACTOR = 10
# What lies between a trouble and the metrics: our sampler of 5 s and its probe of 1 s.
SAMPLING = 6.0
# Scrape, evaluation, grouping and sending, in production: 15 s + 15 s + 10 s; then the machine's
# own slowness, which is not divided.
DELIVERY = (15 + 15 + 10) / FACTOR
SLOWNESS = 10.0
RESOLVED_WITHIN = 120.0


def reference_of(alert):
    document = json.loads(rules(1))
    return next(rule["annotations"]["runbook"] for group in document["groups"]
                for rule in group["rules"] if rule["alert"] == alert)


def told(stack, trouble, status, since, within):
    """Seconds until Alertmanager has said so."""
    wait_until(lambda: stack.receiver.has(trouble.alert, status, since),
               f"{trouble.alert} {status}; firing are {stack.firing()}", within)
    return stack.receiver.has(trouble.alert, status, since)["at"] - since


def rehearse(stack, engine, name):
    trouble = TROUBLES[name](stack)
    reference = reference_of(trouble.alert)
    # The slowest scrape of a dead target ends with its time-out, one interval.
    allowed = patience_of(trouble.alert, FACTOR) + SAMPLING + DELIVERY + SLOWNESS
    wait_until(lambda: not stack.firing(), f"quiet before; firing are {stack.firing()}", 120)
    begun = time.monotonic()
    trouble.make()
    made = time.monotonic()
    fired = told(stack, trouble, "firing", begun, allowed + (made - begun))
    trouble.edit()
    mended = time.monotonic()
    commands = 0
    for block in runbooks.blocks(runbooks.section_of(reference)):
        if block.kind in ("look", "repair"):
            code, output = run_block(engine, block.text, ROOT, trouble.told())
            assert code == 0, f"{reference}: exit code {code}:\n{block.text}\n{output}"
            commands += len(block.text.strip().splitlines())
    assert runbooks.repair_of(reference), f"{reference} mends nothing"
    resolved = told(stack, trouble, "resolved", mended, RESOLVED_WITHIN)
    trouble.check()
    print(f"  {name:20} {trouble.alert:14} fired after {fired:5.1f} s (at most"
          f" {allowed + made - begun:5.1f} s), {commands} lines of {reference} run, resolved after"
          f" {resolved:5.1f} s", flush=True)


def panels_have_data(stack):
    """Every query of every panel is answered, and those on what is there bring something."""
    names, empty, count = set(), [], 0
    for path in sorted((ROOT / "deploy/grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                count += 1
                result = stack.ask(target["expr"])
                if not result:
                    empty.append((f"{path.stem}: {panel['title']}", target["expr"]))
    names = {each["metric"]["__name__"] for each in stack.ask('{__name__=~".+"}')}
    foreign = (ROOT / "tests/alerts/foreign_metrics.txt").read_text().splitlines()
    missing = {name for name in foreign if name.startswith(("pg_", "redis_"))
               and name != "redis_key_size"} - names
    assert not missing, f"the exporters do not know {missing}"
    # A metric that is there must be shown by the panels that ask for it alone.
    wrong = []
    for where, expression in empty:
        asked = {re.sub(r"_(bucket|sum|count)$", "", name)
                 for name in re.findall(r"\b(?:studio|process)_\w+", expression)}
        known = {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}
        if asked and asked <= known and "/" not in expression:
            wrong.append((where, expression))
    assert not wrong, wrong
    print(f"  {count} queries of panels answered by Prometheus, {count - len(empty)} of them with"
          " data; the others ask for exporters, phones and providers that are not here",
          flush=True)


def advisor_reads(stack):
    """`agent-studio scale-advisor` of the running APIs sees the calls that begin meanwhile."""
    urls = ",".join(program.url for program in stack.services["api"].alive())
    advisor = subprocess.Popen([studio.BINARY, "scale-advisor", "--url", urls, "--for", "8"],
                               text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(1)
    calls = [create(stack) for _ in range(4)]
    report, _ = advisor.communicate(timeout=30)
    for call in calls:
        end(stack, call)
    assert advisor.returncode == 0, report
    begun = float(re.search(r"calls begin +([\d.]+) a minute", report).group(1))
    # Four in eight seconds.
    assert 25 <= begun <= 31, report
    assert re.search(r"workers needed +[1-9]", report), report
    print(f"  scale-advisor: {begun} calls a minute begin", flush=True)


def main():
    names = sys.argv[1:] or list(TROUBLES)
    unknown = [name for name in names if name not in TROUBLES]
    if unknown:
        sys.exit(f"unknown: {' '.join(unknown)}; there are: {' '.join(TROUBLES)}")
    print(f"times of rules and monitoring divided by {FACTOR}", flush=True)
    assert seconds_of("1h30m") == 5400
    with Stack(FACTOR) as stack:
        engine = stack.engine = Engine(stack.monitor, stack.services)
        try:
            wait_until(lambda: stack.ask("count(up == 1) == 8"), "every target is scraped", 30)
            time.sleep(8)  # A range of `rate` is to have samples.
            panels_have_data(stack)
            advisor_reads(stack)
            engine.home = stack.folder
            for name in names:
                if name == "disk-full" and not stack.is_mounted:
                    print("  disk-full: not rehearsed, for want of the right to mount a disk")
                    continue
                rehearse(stack, engine, name)
        finally:
            engine.close()
    print(f"{len(names)} troubles rehearsed")


if __name__ == "__main__":
    main()
