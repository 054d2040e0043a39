#!/usr/bin/env python3
"""deploy/runbooks has a section for every alert, links that lead somewhere, and commands that a
shell understands and that name services and files which exist. Part of ./dev alerts-check; ./dev
rehearse runs the commands for real."""

import re
import shlex
import subprocess
import unittest

import yaml

import alerts_test
import runbooks

ROOT = runbooks.ROOT
PAGES = sorted(runbooks.FOLDER.glob("*.md"))
COMPOSE = yaml.safe_load((ROOT / "docker-compose.prod.yml").read_text())
# Commands of compose that are followed by services, and their options that take a value.
TAKE_SERVICES = {"up", "ps", "logs", "restart", "stop", "exec", "run", "top"}
WITH_VALUE = {"--tail", "--since", "--timeout", "--scale", "-v", "-e", "--filter", "-f",
              "--profile", "--status"}
OPERATIONS = {"scale.md", "upgrade.md", "rotate_keys.md", "restore_backup.md", "add_region.md",
              "move_to_kubernetes.md"}


def compose_commands(text):
    """The words after `docker compose -f docker-compose.prod.yml` of each command of a block."""
    for line in text.splitlines():
        for part in re.findall(r"docker compose -f docker-compose\.prod\.yml([^|;&<>)]*)", line):
            # A quoted script may hold what ends a command for us: only its beginning is read.
            words = part.split("'")[0].split('"')[0]
            yield shlex.split(words)


def services_of(words):
    """Those that a command of compose names; of exec and run only the first word is one."""
    profiled = "--profile" in words
    plain, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in WITH_VALUE:
            skip = True
        elif not word.startswith("-"):
            plain.append(word)
    command, names = plain[0], plain[1:]
    assert command in TAKE_SERVICES | {"build", "down"}, words
    if command in ("exec", "run"):
        names = names[:1]
    return command, names, profiled


class Runbooks(unittest.TestCase):
    def test_every_alert_has_a_section_with_its_name(self):
        for name, rule in alerts_test.rules().items():
            page, _, anchor = rule["annotations"]["runbook"].partition("#")
            self.assertEqual(anchor, name.lower(), name)
            self.assertTrue((runbooks.FOLDER / page).is_file(), page)
            self.assertIn(anchor, runbooks.sections(runbooks.FOLDER / page), name)
            self.assertGreater(len(runbooks.section_of(f"{page}#{anchor}").strip()), 40, name)

    def test_the_index_lists_every_page_and_every_alert(self):
        index = (runbooks.FOLDER / "README.md").read_text()
        for page in PAGES:
            if page.name != "README.md":
                self.assertIn(f"]({page.name})", index)
        self.assertEqual(set(re.findall(r"`([A-Z]\w+)`", index)), set(alerts_test.rules()))
        for page, alerts in re.findall(r"\]\((\w+\.md)\) \| (.*) \|", index):
            for alert in re.findall(r"`([A-Z]\w+)`", alerts):
                self.assertTrue(
                    alerts_test.rules()[alert]["annotations"]["runbook"].startswith(page), alert)

    def test_every_link_leads_somewhere(self):
        pages = [*PAGES, ROOT / "deploy/README.md", *sorted((ROOT / "docs").glob("*.md"))]
        count = 0
        for page in pages:
            for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
                if re.match(r"[a-z]+:", target):
                    continue
                name, _, anchor = target.partition("#")
                path = (page.parent / name).resolve() if name else page
                self.assertTrue(path.exists(), f"{page.name}: {target}")
                if anchor:
                    anchors = {runbooks.anchor_of(title) for title in
                               re.findall(r"^#+ +(.*)$", path.read_text(), re.M)}
                    self.assertIn(anchor, anchors, f"{page.name}: {target}")
                count += 1
        self.assertGreater(count, 40)

    def test_a_shell_understands_every_command(self):
        for page in PAGES:
            for block in runbooks.blocks(page.read_text()):
                done = subprocess.run(["bash", "-n"], input=block.text, text=True,
                                      capture_output=True, timeout=10)
                self.assertEqual(done.returncode, 0, f"{page.name}:\n{block.text}{done.stderr}")

    def test_commands_name_services_and_files_that_exist(self):
        count = 0
        for page in PAGES:
            for block in runbooks.blocks(page.read_text()):
                for words in compose_commands(block.text):
                    _, names, profiled = services_of(words)
                    for name in names:
                        self.assertIn(name, list(COMPOSE["services"]), f"{page.name}: {words}")
                        # Of a profile nothing is known unless it is named.
                        needs = COMPOSE["services"][name].get("profiles")
                        self.assertTrue(profiled or not needs, f"{page.name}: {words}")
                    count += 1
                for script in re.findall(r"^(deploy/\w+\.sh)", block.text, re.M):
                    self.assertTrue((ROOT / script).is_file(), script)
        self.assertGreater(count, 60)

    def test_common_operations_have_commands(self):
        for name in OPERATIONS:
            self.assertTrue(runbooks.blocks((runbooks.FOLDER / name).read_text()), name)
        rotations = runbooks.sections(runbooks.FOLDER / "rotate_keys.md")
        secrets = set(re.findall(r"^(\w*(?:PASSWORD|SECRET|API_KEY))=",
                                 (ROOT / ".env.example").read_text(), re.M))
        for secret in secrets:
            told = "".join(f"{name} {text}" for name, text in rotations.items())
            self.assertIn(secret if secret != "LIVEKIT_API_SECRET" else "`LIVEKIT_API_SECRET`",
                          told, secret)

    def test_blocks_look_repair_or_belong_to_an_operation(self):
        for page in PAGES:
            kinds = {block.kind for block in runbooks.blocks(page.read_text())}
            self.assertLessEqual(kinds, {"", "look", "repair"}, page.name)


class Monitoring(unittest.TestCase):
    def test_every_job_of_the_rules_is_scraped(self):
        prometheus = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
        jobs = {job["job_name"] for job in prometheus["scrape_configs"]}
        asked = set(re.findall(r'job="(\w+)"', alerts_test.RULES.read_text()))
        self.assertEqual(asked - jobs - {"serve"}, set())

    def test_what_is_scraped_runs_in_the_profile(self):
        prometheus = (ROOT / "deploy/prometheus/prometheus.yml").read_text()
        for name in re.findall(r'["\s]([a-z-]+):(?:9\d{3}|6789)"', prometheus):
            self.assertIn(name, COMPOSE["services"])

    def test_every_image_of_the_profile_has_a_version(self):
        for name, service in COMPOSE["services"].items():
            if service.get("profiles") == ["monitoring"]:
                self.assertRegex(service["image"], r":\$\{\w+:-v?\d+\.\d+\.\d+\}$", name)


if __name__ == "__main__":
    unittest.main(verbosity=1)
