"""The rules of tools/tidy/tidy.py on tiny trees: what it must find, and what it must leave alone."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tools/tidy"))
import tidy  # noqa: E402


def rules(files):
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return sorted((path, rule) for path, _, rule, _ in tidy.Tidy(root).run())


LISTED = {"src/core/x/CMakeLists.txt": "studio_module(core/x SOURCES a.cpp)"}


def source(text, path="src/core/x/a.cpp"):
    return rules({**LISTED, path: text})


class TidyTest(unittest.TestCase):
    def test_clean_source(self):
        self.assertEqual(source('#include "base/time.hpp"\nint f() {\n    return 1;\n}\n'), [])

    def test_layers(self):
        found = [("src/core/x/a.cpp", "layer")]
        self.assertEqual(source('#include "ports/call_media.hpp"\n'), found)
        self.assertEqual(source('#include "audio/frame.hpp"\n'), [])
        cmake = {"src/adapters/a/CMakeLists.txt": "a.cpp"}
        self.assertEqual(rules({**cmake, "src/adapters/a/a.cpp": '#include "adapters/b/b.hpp"\n'}),
                         [("src/adapters/a/a.cpp", "layer")])

    def test_banned_words(self):
        for text in ("std::mutex m;", "std::thread t;", "std::atomic<int> a;", "// FIXME later",
                     "auto t = std::chrono::steady_clock::now();"):
            self.assertEqual(source(text + "\n"), [("src/core/x/a.cpp", "banned")], text)
        for text in ('log("std::mutex");', "// why no std::mutex here", "std::thread::id id;"):
            self.assertEqual(source(text + "\n"), [], text)
        runtime = {"src/runtime/CMakeLists.txt": "a.cpp", "src/runtime/a.cpp": "std::mutex m;\n"}
        self.assertEqual(rules(runtime), [])

    def test_sizes(self):
        path = "src/core/x/a.cpp"
        self.assertEqual(source("int a;\n" * 500), [])
        self.assertEqual(source("int a;\n" * 501), [(path, "size")])
        self.assertEqual(source("x" * 100 + "\n"), [])
        self.assertEqual(source("x" * 101 + "\n"), [(path, "line")])
        self.assertEqual(source("void f() {\n" + "    a();\n" * 68 + "}\n"), [])
        self.assertEqual(source("void f() {\n" + "    a();\n" * 69 + "}\n"), [(path, "function")])
        self.assertEqual(source("int a;\n" * 301, "src/core/x/a.hpp"),
                         [("src/core/x/a.hpp", "pragma"), ("src/core/x/a.hpp", "size")])

    def test_headers(self):
        path = "src/core/x/a.hpp"
        self.assertEqual(source("#pragma once\nusing namespace std;\n", path), [(path, "banned")])
        self.assertEqual(source("#pragma once\n#include <opus/opus.h>\n", path),
                         [(path, "vendor")])

    def test_names_of_outside_systems(self):
        self.assertEqual(source("int redis_port;\n"), [("src/core/x/a.cpp", "name")])

    def test_dead_file(self):
        self.assertEqual(source("int a;\n", "src/core/x/b.cpp"), [("src/core/x/b.cpp", "dead")])

    def test_titles(self):
        self.assertEqual(rules({"README.md": "# A\n\n```\n# no title\n```\n"}), [])
        self.assertEqual(rules({"README.md": "# A\n\n# B\n"}), [("README.md", "title")])
        self.assertEqual(rules({"README.md": "text\n"}), [("README.md", "title")])

    def test_exceptions(self):
        listing = "tools/tidy/exceptions.txt"
        bad = {**LISTED, "src/core/x/a.cpp": "std::mutex m;\n"}
        self.assertEqual(rules({**bad, listing: "src/core/x/a.cpp: banned: it has a reason\n"}), [])
        self.assertEqual(rules({**bad, listing: "src/core/x/a.cpp: banned:\n"}),
                         [("src/core/x/a.cpp", "banned"), (listing, "exception")])
        self.assertEqual(rules({listing: "gone.cpp: banned: no more\n"}), [(listing, "exception")])


if __name__ == "__main__":
    unittest.main()
