#!/usr/bin/env python3
"""Reads the source tree and reports what breaks the rules of ARCHITECTURE.md and CONTRIBUTING.md.

Usage: tidy.py [root]. One line per violation, `path:line: rule: message`; exit code 1 where there is
any. Exceptions: tools/tidy/exceptions.txt, one per line, `path: rule: reason`.
"""
import pathlib
import re
import sys

LAYERS = {
    "base": [], "audio": ["base"], "core": ["base", "audio", "core"],
    "protocol": ["base", "audio", "protocol"], "ports": ["base", "core", "audio"],
    "runtime": ["base"], "services": ["base", "core", "audio", "ports", "runtime"],
    "adapters": ["base", "audio", "core", "protocol", "ports", "runtime"],
    "apps": ["base", "audio", "core", "protocol", "ports", "runtime", "services", "adapters"],
}
BANNED = [
    (r"std::(recursive_|shared_)?mutex\b", "use a Mailbox, or post to the loop"),
    (r"std::j?thread\b(?!::id)", "use LoopThread or BlockingPool"),
    (r"std::atomic\b", "use a Mailbox, or a metric"),
    (r"\bsleep_for\s*\(\s*std::chrono|this_thread::sleep", "use runtime::sleep_for(loop, ...)"),
    (r"(steady|high_resolution)_clock::now", "take `now` from the loop"),
    (r"system_clock::now", "take wall_now() from the loop"),
    (r"\b(FIXME|XXX)\b", "finish it, or open an issue"),
]
VENDOR = r"(boost/(asio|beast)|openssl/|srtp2/|opus|usrsctp|speex/|curl/|sqlite3|pocketsphinx|flite)"
OUTSIDE = ["redis", "postgres", "livekit", "deepgram", "openai", "sqlite", "pocketsphinx",
           "flite", "espeak", "cartesia", "elevenlabs"]
LIMITS = {".hpp": 300, ".cpp": 500}


def code_of(line):
    """The line without strings and without a // comment: what the bans are about."""
    return re.sub(r"//.*", "", re.sub(r'"(\\.|[^"\\])*"', '""', line))


def functions(lines):
    """Yields (first line, length) of function bodies, by the formatter's layout: a signature's line
    that ends in ` {`, and the first closing brace with the same indentation."""
    for start, line in enumerate(lines):
        match = re.match(r"^( {0}| {4})(?! |namespace|class|struct|enum|union|extern|if|for|while|switch|do|"
                         r"else|return|case|default|try|[}#/])\S.*\) ?(const|noexcept|override|"
                         r"final| )*(-> .*)?\{$", line)
        if not match:
            continue
        for end in range(start + 1, len(lines)):
            if lines[end].startswith(match.group(1) + "}"):
                yield start + 1, end - start + 1
                break


class Tidy:
    def __init__(self, root):
        self.root = pathlib.Path(root)
        self.found = []

    def report(self, path, line, rule, message):
        self.found.append((path.relative_to(self.root).as_posix(), line, rule, message))

    def files(self, *suffixes):
        for top in ("src", "tests", "bench", "docs", "tools", "examples"):
            for path in sorted((self.root / top).rglob("*")):
                if path.suffix in suffixes and path.is_file() and "node_modules" not in path.parts:
                    yield path

    def check_source(self, path):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        relative = path.relative_to(self.root)
        if len(lines) > LIMITS[path.suffix]:
            self.report(path, len(lines), "size", f"{len(lines)} lines, {LIMITS[path.suffix]} allowed")
        if path.suffix == ".hpp" and "#pragma once" not in lines:
            self.report(path, 1, "pragma", "a header starts with #pragma once")
        for first, length in functions(lines):
            if length > 70:
                self.report(path, first, "function", f"{length} lines, 70 allowed")
        product = relative.parts[0] == "src"
        test = path.stem.endswith("_test")
        for number, line in enumerate(lines, 1):
            if len(line) > 100:
                self.report(path, number, "line", f"{len(line)} columns, 100 allowed")
            code = code_of(line)
            if path.suffix == ".hpp" and re.search(r"\busing namespace\b", code):
                self.report(path, number, "banned", "using namespace in a header")
            if product and not test and relative.parts[1] != "runtime":
                for pattern, instead in BANNED:
                    subject = line if "FIXME" in pattern else code
                    match = re.search(pattern, subject)
                    if match:
                        self.report(path, number, "banned", f"{match.group(0)}: {instead}")
            if product:
                self.check_include(path, relative.parts, number, line, test)
        if product and relative.parts[1] not in ("adapters", "apps", "protocol"):
            self.check_names(path, lines)

    def check_include(self, path, parts, number, line, test):
        match = re.match(r'#include ([<"])([^>"]+)', line)
        if not match:
            return
        layer, target = parts[1], match.group(2).split("/")
        if match.group(1) == '"' and target[0] in LAYERS and target[0] != layer:
            inbound = parts[1:3] == ("adapters", "http") and target[0] == "services"
            if target[0] not in LAYERS[layer] and not inbound and not test:
                self.report(path, number, "layer", f"{layer} must not include {target[0]}")
        if match.group(1) == '"' and layer == target[0] == "adapters" and target[1] != parts[2]:
            self.report(path, number, "layer", "an adapter must not include another adapter")
        public = path.suffix == ".hpp" and "internal" not in parts
        if public and layer not in ("runtime", "adapters") and re.match(VENDOR, match.group(2)):
            self.report(path, number, "vendor", f"{match.group(2)} in a public header")

    def check_names(self, path, lines):
        for number, line in enumerate(lines, 1):
            for name in OUTSIDE:
                if re.search(name, line, re.IGNORECASE):
                    self.report(path, number, "name", f"'{name}' belongs in its adapter and apps")

    def check_dead_files(self):
        for folder in ("src", "tests", "bench"):
            for path in sorted((self.root / folder).rglob("*.cpp")):
                named = False
                for parent in path.parents:
                    listing = parent / "CMakeLists.txt"
                    if listing.exists():
                        text = listing.read_text()
                        named = path.relative_to(parent).as_posix() in text or "GLOB" in text and \
                            path.suffix in text
                        break
                if not named:
                    self.report(path, 1, "dead", "no CMakeLists.txt names this file")

    def check_document(self, path):
        fenced, titles = False, 0
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("```"):
                fenced = not fenced
            titles += not fenced and line.startswith("# ")
        if titles != 1:
            self.report(path, 1, "title", f"{titles} titles (`# `), exactly one wanted")

    def exceptions(self):
        path, allowed = self.root / "tools/tidy/exceptions.txt", set()
        if path.exists():
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if not line.strip() or line.startswith("#"):
                    continue
                parts = [part.strip() for part in line.split(":", 2)]
                if len(parts) != 3 or not parts[2]:
                    self.report(path, number, "exception", "wanted: `path: rule: reason`")
                elif not (self.root / parts[0]).exists():
                    self.report(path, number, "exception", f"{parts[0]} is no longer there")
                else:
                    allowed.add((parts[0], parts[1]))
        return allowed

    def run(self):
        for path in self.files(".hpp", ".cpp"):
            self.check_source(path)
        self.check_dead_files()
        for path in [*self.files(".md"), *sorted(self.root.glob("*.md"))]:
            self.check_document(path)
        allowed = self.exceptions()
        return [item for item in self.found if (item[0], item[2]) not in allowed]


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found = Tidy(root).run()
    for path, line, rule, message in found:
        print(f"{path}:{line}: {rule}: {message}")
    print(f"tidy: {len(found)} violations" if found else "tidy: clean")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
