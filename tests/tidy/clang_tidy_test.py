"""tools/dev/clang_tidy.py with a stand-in for clang-tidy: what stands together, and what fails."""
import contextlib
import io
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/dev"))
from clang_tidy import Checker, flags_of, names_of, run  # noqa: E402

# Notes the sources of each unit and its flags, finds fault with "planted" and "broken" as the tool
# would, and does not compile "apart" beside anything else.
TOOL = '''#!/usr/bin/env python3
import pathlib, re, sys
root = pathlib.Path(__file__).parent
unit = pathlib.Path(sys.argv[3])
sources = re.findall('#include "(.*)"', unit.read_text())
with open(root / "checked", "a") as file:
    print(*[pathlib.Path(source).relative_to(root) for source in sources], *sys.argv[5:],
          sep=" ", file=file)
failed = False
for source in sources:
    text = open(source).read()
    if "planted" in text:
        print(f"{source}:1:1: error: a fault [bugprone-planted,-warnings-as-errors]")
        failed = True
    if "broken" in text or "apart" in text and len(sources) > 1:
        print(f"{source}:1:1: error: redefinition [clang-diagnostic-error]")
        failed = True
    if "crash" in text:
        sys.exit("stack dump")
sys.exit(failed)
'''


class ClangTidy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.write("tool", TOOL)
        (self.root / "tool").chmod(0o755)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self, sources):
        """sources: {name: (text, flags)}. (units as the tool saw them, what was printed)."""
        for name, (text, _) in sources.items():
            self.write(name, text)
        self.write("build/asan/compile_commands.json", json.dumps(
            [{"file": str(self.root / name), "command": f"c++ {flags} -o x.o -c {name}"}
             for name, (_, flags) in sources.items()]))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            self.found = run(Checker(self.root, str(self.root / "tool")), sorted(sources))
        return sorted((self.root / "checked").read_text().splitlines()), printed.getvalue()

    def test_sources_stand_together_where_their_names_and_options_let_them(self):
        units, _ = self.check({"src/a.cpp": ("int one() {}\n", "-std=c++20 -DA=1"),
                               "src/b.cpp": ("int two() {}\n", "-std=c++20 -DB"),
                               "src/c.cpp": ("int one() {}\n", "-std=c++20"),
                               "src/d.cpp": ("int four() {}\n", "-std=c++20 -mavx2"),
                               "src/e.cpp": ("int five() {}\n", "-std=c++20 -DA=2")})
        self.assertEqual(units, ["src/a.cpp src/b.cpp -std=c++20 -DA=1 -DB",
                                 "src/c.cpp src/e.cpp -std=c++20 -DA=2",
                                 "src/d.cpp -std=c++20 -mavx2"])
        self.assertEqual(self.found, 0)

    def test_a_finding_fails(self):
        _, printed = self.check({"src/a.cpp": ("planted\n", ""), "src/b.cpp": ("fine\n", "")})
        self.assertEqual(self.found, 1)
        self.assertIn("src/a.cpp:1:1: error: a fault", printed)

    def test_what_does_not_compile_together_is_checked_apart(self):
        units, _ = self.check({"src/a.cpp": ("apart\n", ""), "src/b.cpp": ("// planted\n", "")})
        self.assertEqual(units, ["src/a.cpp", "src/a.cpp src/b.cpp", "src/b.cpp"])
        self.assertEqual(self.found, 1)

    def test_what_never_compiles_is_a_finding(self):
        _, printed = self.check({"src/a.cpp": ("broken\n", ""), "src/b.cpp": ("broken too\n", "")})
        self.assertEqual(self.found, 2)
        self.assertIn("redefinition", printed)

    def test_a_tool_that_breaks_off_is_a_finding(self):
        _, printed = self.check({"src/a.cpp": ("crash\n", ""), "src/b.cpp": ("fine\n", "")})
        self.assertEqual(self.found, 1)
        self.assertIn("stack dump", printed)

    def test_flags_without_what_only_gcc_knows(self):
        options, settings = flags_of(
            "c++ -I/a -isystem /b -DX=1 -O2 -g1 -Wall -Werror -fpch-preprocess -Winvalid-pch "
            "-include /p/cmake_pch.hxx -fsanitize=address -std=c++20 -o a.o -c a.cpp")
        self.assertEqual(options, ("-std=c++20",))
        self.assertEqual(sorted(part for parts in settings.values() for part in parts),
                         ["-DX=1", "-I/a", "-isystem", "/b"])

    def test_names_are_of_what_a_file_has_for_itself(self):
        self.assertEqual(names_of("namespace a {\nconstexpr int most = 3;\nbool is(int x) {\n"
                                  "    int inner = 1;\nvoid Class::member() {\nTEST(A, B) {\n"
                                  "struct Row {\nclass Way final : public Road {\n"),
                         {"most", "is", "Row", "Way"})


if __name__ == "__main__":
    unittest.main()
