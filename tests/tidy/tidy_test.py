"""The rules of tools/tidy on tiny trees: for each a sample it must refuse, and one it must pass."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools/tidy"))
from classes import public_methods  # noqa: E402
from cpp_text import blocks, code_of  # noqa: E402
from layers import Layers  # noqa: E402
from tidy import violations  # noqa: E402

MODULE_CMAKE = """set(STUDIO_LAYER_base "")
set(STUDIO_LAYER_core base core)
set(STUDIO_LAYER_services base core)
set(STUDIO_LAYER_adapters base core)
set(STUDIO_LAYER_apps base core services adapters)
set(STUDIO_EXCEPTION_adapters/http services)
"""
SOURCE = "src/core/x/a.cpp"
HEADER = "src/core/x/a.hpp"


def check(files):
    """(path, line, rule) of a tree of these files; each .cpp of it is built, each .hpp included."""
    files = {"cmake/module.cmake": MODULE_CMAKE, **files}
    sources = [path for path in files if path.endswith(".cpp")]
    files.setdefault("src/CMakeLists.txt", "".join(p.split("/", 1)[1] + "\n" for p in sources))
    headers = [path for path in files if path.endswith(".hpp")]
    if headers:
        files["tests/CMakeLists.txt"] = "every_test.cpp\n"
        files["tests/every_test.cpp"] = "".join(f'#include "{path}"\n' for path in headers)
    with tempfile.TemporaryDirectory() as root:
        for name, text in files.items():
            path = pathlib.Path(root, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return [item[:3] for item in violations(root)[0]]


def header(body):
    return check({HEADER: "#pragma once\n" + body})


class Rules(unittest.TestCase):
    def refuse(self, rule, text, path=SOURCE, line=1):
        self.assertEqual(check({path: text}), [(path, line, rule)], text)

    def accept(self, text, path=SOURCE):
        self.assertEqual(check({path: text}), [], text)

    def test_layers(self):
        self.refuse("layer", '#include "services/y/y.hpp"\n')
        self.refuse("layer", '#include "base/internal/y.hpp"\n')
        self.refuse("layer", '#include "y.hpp"\n')
        self.refuse("layer", '#include <openssl/ssl.h>\n')
        self.refuse("layer", '#include "adapters/b/b.hpp"\n', "src/adapters/a/a.cpp")
        self.refuse("layer", '#include "services/y/y.hpp"\n', "src/adapters/a/a.cpp")
        self.refuse("layer", "int a;\n#include \"core/x/a.hpp\"\n", "src/base/a_fuzz.cpp", 2)
        self.accept('#include "base/a.hpp"\n#include "core/x/internal/a.hpp"\n#include <vector>\n')
        self.accept('// #include "services/y/y.hpp"\n')
        self.accept('#include "services/y/y.hpp"\n', "src/adapters/http/a.cpp")
        self.accept('#include "services/y/y.hpp"\n', "src/core/x/a_test.cpp")

    def test_the_table_is_that_of_cmake(self):
        layers = Layers((ROOT / "cmake/module.cmake").read_text(encoding="utf-8"))
        self.assertIn("core", layers.table)
        self.assertEqual(layers.table["base"], [])
        self.assertIn("services", layers.exceptions["adapters/http"])
        self.assertIsNotNone(layers.refusal("core/turn", "runtime/loop.hpp"))

    def test_banned_words(self):
        for rule, text in [
                ("thread", "std::mutex m;"), ("thread", "std::shared_mutex m;"),
                ("thread", "std::thread t;"), ("thread", "std::jthread t;"),
                ("thread", "std::atomic<int> a;"), ("thread", "std::atomic_flag a;"),
                ("sleep", "std::this_thread::sleep_for(1s);"),
                ("sleep", "std::this_thread::sleep_until(at);"),
                ("clock", "auto t = std::chrono::steady_clock::now();"),
                ("clock", "auto t = std::chrono::system_clock::now();"),
                ("rand", "int r = rand();"), ("rand", "int r = std::rand();"),
                ("await", "co_await write(row, {id, token});"),
                ("await", "while (is_open && co_await read(row)) {"),
                ("await", "if (!is_open ||\n    !co_await read(row)) {"),
                ("skip", "GTEST_SKIP();"), ("stdout", "std::cout << 1;"),
                ("stdout", "printf(text);"), ("stdout", "std::fprintf(stderr, text);")]:
            self.refuse(rule, text + "\n")
        for text in ('auto s = "std::mutex";', "// no std::mutex here", 'R"(std::mutex)";',
                     "/* a\nstd::thread */", "std::this_thread::get_id();", "std::thread::id id;",
                     "auto n = std::thread::hardware_concurrency();",
                     "co_await sleep_for(loop, 1s);", "if (co_await run()) { stop(); }",
                     "steady_clock::time_point now;",
                     "operand(1);", "std::snprintf(out, 3, text);", "int n = 1'000; f('\"');"):
            self.accept(text + "\n")

    def test_output_is_for_apps_tests_and_benches(self):
        self.accept("std::cout << 1;\n", "src/apps/call/a.cpp")
        self.accept("std::cout << 1;\n", "src/core/x/a_test.cpp")

    def test_leftovers(self):
        self.refuse("leftover", "// FIXME: later\n")
        self.refuse("leftover", "# FIXME\n", "tools/a.py")
        self.refuse("leftover", "// TODO: later\n")
        self.refuse("leftover", "// TODO(ann): later\n")
        self.accept("// TODO(ann): later (#12)\n")

    def test_nolint_has_a_reason(self):
        self.refuse("nolint", "f();  // NOLINT\n")
        self.refuse("nolint", "f();  // NOLINT(bugprone-x)\n")
        self.refuse("nolint", "// NOLINTNEXTLINE(bugprone-x)\nf();\n")
        self.accept("f();  // NOLINT(bugprone-x): the vendor's macro casts.\n")
        self.accept("// NOLINTBEGIN(a, b): the table is aligned.\n// NOLINTEND(a, b)\n")

    def test_sizes(self):
        self.refuse("size", "int a;\n" * 501, line=501)
        self.accept("int a;\n" * 500)
        self.assertEqual(header("int a;\n" * 300), [(HEADER, 301, "size")])
        self.assertEqual(header("int a;\n" * 299), [])
        self.refuse("line", "x" * 101 + "\n")
        self.accept("x" * 100 + "\n")
        self.accept("//" + "é" * 98 + "\n")
        self.refuse("line", "x" * 101 + "\n", "tools/a.sh")
        self.refuse("line", "# A\n" + "x" * 141 + "\n", "docs/a.md", 2)
        self.accept("# A\n" + "x" * 140 + "\n", "docs/a.md")
        self.accept("# A\n|" + "x" * 140 + "\n```\n" + "x" * 141 + "\n```\n", "docs/a.md")

    def test_long_functions(self):
        for head in ("void f() {", "namespace {\nvoid f() {", "struct S {\nvoid f() const {",
                     "TEST(A, B) {", "const auto f = [](int a) {", "template <class T>\nT f() {",
                     "S::S(int a) : a_{a}, b_(a) {", "bool operator==(A a, B b) {",
                     "bool A::operator()(B b) {",
                     "auto operator<=>(A a, B b) {", "void f(std::function<void(int)> g) {",
                     'auto f(std::string a = "}", int b = {}) -> int {'):
            for length, found in ((70, []), (71, ["function"])):
                inner = length - 2 - head.count("template")
                closing = head.count("namespace") + head.count("struct")
                text = head + "\n" + "    a();  // }\n" * inner + "}\n" * (1 + closing)
                self.assertEqual([rule for _, _, rule in check({SOURCE: text})], found, head)
        self.accept("namespace a {\n" + "int a;\n" * 200 + "}\n")
        self.accept("struct A final : B {\n" + "void f() { g(); }\n" * 200 + "};\n")
        self.accept("const int table[] = {\n" + "1,\n" * 200 + "};\n")

    def test_large_classes(self):
        folder = "src/services/y/"
        definition = "#pragma once\n/// Why.\nclass A {\n" + "    int a;\n" * 98 + "};\n"
        function = "std::map<int, B> A::f(B b) {\n" + "    a();\n" * 48 + "}\n"

        def found(count, more, owner="A", layer="services", test=""):
            files = {folder + "a.hpp": definition,
                     folder + "a.cpp": function * count,
                     folder + f"b{test}.cpp": "A::~A() {\n" + "    a();\n" * more + "}\n"}
            return check({path.replace("services", layer): text.replace("A::", owner + "::")
                          for path, text in files.items()})
        refused = [(folder + "a.hpp", 3, "class")]
        self.assertEqual(found(5, 48), [])
        self.assertEqual(found(5, 49), refused)
        self.assertEqual(found(5, 49, test="_test"), [])
        self.assertEqual(found(5, 49, owner="A::B"), [])
        self.assertEqual(found(5, 49, owner="std"), [])
        self.assertEqual(found(5, 49, layer="core"), [])
        nested = {folder + "a.cpp": "struct A::B {\n" + "int a;\n" * 350 + "};\n" +
                  "A::B::B(int a) : a(A::c()) {\n" + "    a();\n" * 48 + "}\n"}
        self.assertEqual(check(nested), [(folder + "a.cpp", 1, "class")])
        listing = {"tools/tidy/exceptions.txt": folder + "a.cpp: class: it has a reason\n"}
        self.assertEqual(check({**nested, **listing}), [])

    def test_classes_that_offer_much(self):
        path, methods = "src/services/y/a.hpp", "    int f(int a) const;\n" * 12

        def found(more, where=path, kind="class"):
            text = f"#pragma once\n/// Why.\n{kind} A {{\npublic:\n{methods}{more}}};\n"
            return check({where: text})
        self.assertEqual(found(""), [])
        self.assertEqual(found("    void g();\n"), [(path, 3, "methods")])
        self.assertEqual(found("    void g();\n", kind="struct"), [(path, 3, "methods")])
        self.assertEqual(found("    void g();\n", "src/services/y/internal/a.hpp"), [])
        self.assertEqual(found("    void g();\n", "src/core/y/a.hpp"), [])
        self.assertEqual(found("private:\n    void g();\n"), [])

    def test_header_begins_with_pragma_once(self):
        self.refuse("pragma", "#include <vector>\n#pragma once\n", "src/base/internal/a.hpp")
        self.assertEqual(check({HEADER: "// Why.\n#pragma once\n"}), [])
        self.assertEqual(header("using namespace std;\n"), [(HEADER, 2, "using")])
        self.accept("using namespace std::literals;\n")

    def test_vendors_stay_out_of_public_headers(self):
        for name in ("openssl/ssl.h", "opus.h", "opus/opus.h", "usrsctp.h", "sqlite3.h",
                     "boost/asio.hpp", "CLI/CLI.hpp", "srtp2/srtp.h", "speex/speex_jitter.h"):
            path = "src/adapters/a/a.hpp"
            text = f"#pragma once\n#include <{name}>\n"
            self.refuse("vendor", text, path, 2)
            self.assertEqual(check({"src/adapters/a/internal/a.hpp": text}), [])
        self.assertEqual(check({"src/base/a.hpp": "#pragma once\n#include <boost/json.hpp>\n"}), [])

    def test_public_types_have_a_comment(self):
        self.assertEqual(header("class A {\n};\n"), [(HEADER, 2, "comment")])
        self.assertEqual(header("enum class A { a };\n"), [(HEADER, 2, "comment")])
        self.assertEqual(header("struct A {\nint a;\n};\n"), [(HEADER, 2, "comment")])
        self.assertEqual(header("/// A.\nstruct A {\n};\nclass B {\n};\n"),
                         [(HEADER, 5, "comment")])
        self.assertEqual(header("class A;\n/// B.\ntemplate <class T>\nclass B {\n};\n"), [])
        self.assertEqual(header("struct A {\n/// In ms.\nint a;\n};\n"), [])

    def test_names_of_outside_systems(self):
        self.refuse("name", "int redis_port;\n")
        self.refuse("name", "// as PostgreSQL does\n", "src/services/y/a.cpp")
        self.accept("int redis_port;\n", "src/adapters/redis/a.cpp")

    def test_dead_files(self):
        self.assertEqual(check({SOURCE: "int a;\n", "src/CMakeLists.txt": "b.cpp\n"}),
                         [(SOURCE, 1, "dead")])
        listing = "src/core/x/CMakeLists.txt"
        self.assertEqual(check({SOURCE: "", listing: "SOURCES a.cpp", "src/CMakeLists.txt": ""}),
                         [(listing, 1, "newline")])
        self.assertEqual(check({SOURCE: "", listing: "b_a.cpp\n", "src/CMakeLists.txt": ""}),
                         [(SOURCE, 1, "dead")])
        with tempfile.TemporaryDirectory() as root:
            path = pathlib.Path(root, "tests/a.hpp")
            path.parent.mkdir()
            path.write_text("#pragma once\n#include \"a.hpp\"\n", encoding="utf-8")
            self.assertEqual([item[2] for item in violations(root)[0]], ["dead"])

    def test_text(self):
        self.refuse("tab", "int a;\n\tint b;\n", line=2)
        self.refuse("newline", "int a;")
        self.accept("")

    def test_one_title_per_document(self):
        self.refuse("title", "# A\n\n# B\n", "docs/a.md")
        self.refuse("title", "text\n", "bench/a.md")
        self.accept("# A\n\n## B\n```\n# a comment\n```\n", "README.md")

    def test_exceptions(self):
        listing = "tools/tidy/exceptions.txt"
        bad = {SOURCE: "std::mutex m;\n"}
        both = [(SOURCE, 1, "thread"), (listing, 1, "exception")]
        for line, found in [
                (f"{SOURCE}: thread: it has a reason", []),
                ("src/core/: thread: it has a reason", []),
                (f"{SOURCE}: clock: another rule", both),
                (f"{SOURCE}: thread:", both),
                ("src/core: thread: a file", both)]:
            self.assertEqual(check({**bad, listing: line + "\n"}), found, line)


class CppText(unittest.TestCase):
    def test_public_methods(self):
        for body, names in [
                ("void f();", []), ("public: void f(); void f(int a);", ["f", "f"]),
                ("public: [[nodiscard]] Task<Result<A, B>> f(C c = {}) const { g(); } int h();",
                 ["f", "h"]),
                ("public: static bool f() noexcept { return a; } protected: void g();", ["f"]),
                ("public: A(); explicit A(int a) : a_{a}, b_(a) {} ~A(); A(const A&) = delete;",
                 []),
                ("public: A& operator=(const A&) = delete; bool operator==(const A&) const;", []),
                ("public: using F = std::function<void()>; int a = g(); std::function<F> b;", []),
                ("public: struct S { void f(); }; S s{f()}; friend void g();", [])]:
            self.assertEqual(public_methods("class", "A", body), names, body)
        self.assertEqual(public_methods("struct", "B::A", "A(); int f(); private: F g();"), ["f"])

    def test_code_keeps_its_lines(self):
        text = 'a /* {\n{ */ b "{\\"" R"x({\n)")x" c // {\n1\'000\'0 \'{\'\n'
        code = code_of(text)
        self.assertEqual(code.count("\n"), text.count("\n"))
        self.assertNotIn("{", code)
        self.assertEqual(code.split(), ["a", "b", "c", "1'000'0"])

    def test_blocks(self):
        code = code_of("#define F() {\nnamespace a::b {\nstruct [[x]] A : B<C> {\nA() : a{1} {\n}\n"
                       "int b{2};\n};\nenum class E { a };\n"
                       "int f(int x = int{3}) { return [] {}; }\n"
                       "constexpr std::array<A, f(1)> t{{1}, {2}};\n"
                       "extern \"C\" {\nvoid g() {}\n}\n}\n")
        self.assertEqual([(b.kind, b.head_line, b.end_line, b.at_namespace) for b in blocks(code)],
                         [("function", 4, 5, False), ("type", 3, 7, True), ("type", 8, 8, True),
                          ("function", 9, 9, True), ("function", 12, 12, True)])


if __name__ == "__main__":
    unittest.main()
