"""tools/dev/clang_tidy.py with a stand-in for clang-tidy: what is checked again, and what fails."""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/dev"))
from clang_tidy import Tree, run, without_precompiled  # noqa: E402

# Notes each file that it is given, and finds fault with the word "planted".
TOOL = """#!/bin/sh
if [ "$1" = --version ]; then cat {root}/version; exit; fi
for file; do :; done
echo "$file" >> {root}/checked
if grep -q planted "$file"; then echo "$file:1: error: planted"; exit 1; fi
"""


class ClangTidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.tool = self.root / "tool"
        self.flags = "-O1"
        self.write("tool", TOOL.format(root=self.root))
        self.tool.chmod(0o755)
        self.write("version", "16")
        self.write(".clang-tidy", "Checks: all")
        self.write("src/base/a.cpp", '#include "base/a.hpp"\n')
        self.write("src/base/a.hpp", '#include "base/deep.hpp"\n')
        self.write("src/base/deep.hpp", "int deep;\n")
        self.write("src/base/b.cpp", "int b;\n")
        self.write("src/base/b_test.cpp", "int planted;\n")
        self.write("src/adapters/c.cpp", "int c;\n")

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, *arguments):
        """(sources that were checked, sources with findings)."""
        sources = [str(path.relative_to(self.root)) for path in self.root.rglob("*.cpp")]
        self.write("build/asan/compile_commands.json", json.dumps(
            [{"file": str(self.root / source), "command": f"c++ {self.flags} {source}"}
             for source in sources]))
        (self.root / "checked").unlink(missing_ok=True)
        tree = Tree(self.root, str(self.tool))
        with contextlib.redirect_stdout(io.StringIO()):
            found = run(tree, tree.chosen(list(arguments)), self.root / "cache")
        checked = self.root / "checked"
        return sorted(checked.read_text().split()) if checked.exists() else [], found

    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@example.org", *arguments],
                       cwd=self.root, check=True, capture_output=True)

    def commit(self, branch="main"):
        self.git("init", "-q", "-b", branch)
        self.write(".gitignore", "build/\ncache/\nchecked\ntool\nversion\n")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "all")

    def test_checks_everything_but_tests_where_there_is_no_history(self):
        everything = ["src/adapters/c.cpp", "src/base/a.cpp", "src/base/b.cpp"]
        self.assertEqual(self.check(), (everything, []))
        self.assertEqual(self.check("--all"), ([], []))

    def test_checks_what_differs_from_the_branch_that_it_began_at(self):
        self.commit()
        self.git("switch", "-q", "-c", "change")
        self.write("src/base/b.cpp", "int changed;\n")
        self.git("commit", "-q", "-a", "-m", "b")
        self.write("src/adapters/d.cpp", "int d;\n")
        self.assertEqual(self.check(), (["src/adapters/d.cpp", "src/base/b.cpp"], []))
        self.assertEqual(self.check("--all")[0], ["src/adapters/c.cpp", "src/base/a.cpp"])

    def test_checks_the_last_commit_on_that_branch_itself(self):
        self.commit()
        self.write("src/base/b.cpp", "int changed;\n")
        self.git("commit", "-q", "-a", "-m", "b")
        self.assertEqual(self.check(), (["src/base/b.cpp"], []))

    def test_a_header_stands_for_the_source_beside_it_or_for_one_that_includes_it(self):
        self.commit()
        self.git("switch", "-q", "-c", "change")
        self.write("src/base/a.hpp", '#include "base/deep.hpp"\nint changed;\n')
        self.write("src/adapters/c.cpp", '#include "base/lone.hpp"\n')
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "c")
        self.assertEqual(self.check()[0], ["src/adapters/c.cpp", "src/base/a.cpp"])
        self.git("branch", "-f", "main")
        self.write("src/base/lone.hpp", "int lone;\n")
        self.assertEqual(self.check()[0], ["src/adapters/c.cpp"])

    def test_reads_sources_without_the_precompiled_headers_of_the_build(self):
        self.assertEqual(
            without_precompiled("c++ -fpch-preprocess -Winvalid-pch -include /x/cmake_pch.hxx "
                                "-include own.hpp -c a.cpp"),
            "c++ -include own.hpp -c a.cpp")
        self.assertEqual(
            without_precompiled("clang++ -Winvalid-pch -Xclang -fno-pch-timestamp "
                                "-Xclang -include-pch -Xclang /x.pch "
                                "-Xclang -include -Xclang /x.hxx -c a.cpp"),
            "clang++ -Xclang -fno-pch-timestamp -c a.cpp")

    def test_a_clean_file_is_not_checked_again(self):
        self.check()
        self.assertEqual(self.check(), ([], []))

    def test_a_finding_fails_until_it_is_gone(self):
        self.write("src/base/b.cpp", "int planted;\n")
        self.assertEqual(self.check()[1], ["src/base/b.cpp"])
        self.assertEqual(self.check(), (["src/base/b.cpp"], ["src/base/b.cpp"]))
        self.write("src/base/b.cpp", "int b;\n")
        self.assertEqual(self.check(), (["src/base/b.cpp"], []))

    def test_a_file_is_checked_again_when_a_header_that_it_reaches_changes(self):
        self.check()
        self.write("src/base/deep.hpp", "int deeper;\n")
        self.assertEqual(self.check()[0], ["src/base/a.cpp"])

    def test_everything_is_checked_again_by_other_rules_another_tool_or_other_flags(self):
        everything = ["src/adapters/c.cpp", "src/base/a.cpp", "src/base/b.cpp"]
        self.check()
        self.write(".clang-tidy", "Checks: others")
        self.assertEqual(self.check()[0], everything)
        self.write("version", "17")
        self.assertEqual(self.check()[0], everything)
        self.flags = "-O2"
        self.assertEqual(self.check()[0], everything)
        self.assertEqual(self.check()[0], [])


if __name__ == "__main__":
    unittest.main()
