#!/usr/bin/env python3
"""web/yaml.js reads api/openapi.yaml as a whole YAML library does, so that /docs shows all of it.
Passes with a word where there is no Node or no library: the page itself is tried in tests/e2e."""

import importlib.util
import json
import shutil
import subprocess
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import { readFileSync } from 'node:fs';
import { parseYaml } from '%s';
console.log(JSON.stringify(parseYaml(readFileSync('%s', 'utf8'))));
"""


@unittest.skipUnless(shutil.which("node") and importlib.util.find_spec("yaml"), "no node or yaml")
class ContractPage(unittest.TestCase):
    def test_its_reader_reads_all_of_the_contract(self):
        import yaml

        contract = ROOT / "api/openapi.yaml"
        read = subprocess.run(
            ["node", "--input-type=module", "-e", PROGRAM % (ROOT / "web/yaml.js", contract)],
            capture_output=True, text=True, check=True, timeout=30)
        self.assertEqual(json.loads(read.stdout), yaml.safe_load(contract.read_text()))


if __name__ == "__main__":
    unittest.main(verbosity=1)
