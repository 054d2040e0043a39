#!/usr/bin/env python3
"""The test that reads the source tree: what ARCHITECTURE.md and CONTRIBUTING.md ask for, checked.

Usage: tidy.py [root]. One line per violation, `path:line: rule: message (what to do)`; exit code 1
where there is any. Exceptions stand in tools/tidy/exceptions.txt, one per line, `path: rule:
reason`; a path that ends in / is a folder. An exception that nothing needs any more is a
violation, too.
"""
import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from banned import banned_words  # noqa: E402
from classes import check_classes  # noqa: E402
from cpp_text import blocks, code_of  # noqa: E402
from layers import Layers  # noqa: E402

EXCEPTIONS = "tools/tidy/exceptions.txt"
IGNORED_FOLDERS = {"build", "node_modules", "__pycache__", "corpus", ".git", ".cache", ".dev",
                   ".schemathesis"}
TEXT = {".hpp", ".cpp", ".py", ".sh", ".md", ".cmake", ".txt", ".sql", ".yaml", ".json", ".html",
        ".css", ".js"}
COLUMNS = {".hpp": 100, ".cpp": 100, ".py": 100, ".sh": 100, ".md": 140}
FILE_LINES = {".hpp": 300, ".cpp": 500}
FUNCTION_LINES = 70
VENDOR = re.compile(r"<((?:boost|openssl|srtp2|opus|curl|speex|CLI|tl|pocketsphinx|flite|hiredis"
                    r"|google/protobuf)/[^>]*"
                    r"|(?:opus|usrsctp|sqlite3|pocketsphinx|flite|libpq)[-\w.]*)>")
VENDOR_ALLOWED = {"base": re.compile(r"boost/json|tl/expected"),
                  "runtime": re.compile(r"boost/asio")}
OUTSIDE = re.compile("redis|postgres|livekit|deepgram|openai|pocketsphinx|flite|espeak|sqlite|curl",
                     re.IGNORECASE)
INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|(<[^>]+>))')


class File:
    """One file of the tree, read once."""

    def __init__(self, root, path):
        self.path = path
        self.parts = path.split("/")
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.stem = pathlib.PurePosixPath(path).stem
        self.text = (root / path).read_text(encoding="utf-8", errors="replace")
        self.lines = self.text.split("\n")
        self.is_cpp = self.suffix in (".hpp", ".cpp")
        self.code = code_of(self.text) if self.is_cpp else ""
        self.in_src = self.is_cpp and self.parts[0] == "src" and len(self.parts) > 2
        self.layer = self.parts[1] if self.in_src else ""
        self.is_test = self.stem.endswith("_test")
        self.is_public_header = (self.in_src and self.suffix == ".hpp" and
                                 "internal" not in self.parts)

    def includes(self):
        """Yields (line, project path or None, <vendor path> or None)."""
        if not self.is_cpp:
            return
        for number, code in enumerate(self.code.split("\n"), 1):
            if code.lstrip().startswith("#"):
                if match := INCLUDE.match(self.lines[number - 1]):
                    yield number, match.group(1), match.group(2)


def prose(lines):
    """A document's lines, with code blocks and tables, which cannot be broken, made empty."""
    fenced = False
    for line in lines:
        fence = line.startswith("```")
        fenced ^= fence
        yield "" if fenced or fence or line.startswith("|") else line


def check_text(file):
    if "\t" in file.text:
        line = file.text.count("\n", 0, file.text.index("\t")) + 1
        yield line, "tab", "a tab (indent with spaces)"
    if file.text and not file.text.endswith("\n"):
        yield len(file.lines), "newline", "the last line has no end (add a newline)"
    limit = COLUMNS.get(file.suffix)
    lines = list(prose(file.lines)) if file.suffix == ".md" else file.lines
    for number, line in enumerate(lines, 1):
        if limit and len(line) > limit:
            yield number, "line", f"{len(line)} columns, {limit} allowed (break it)"
    if file.suffix == ".md":
        titles = sum(line.startswith("# ") for line in lines)
        if titles != 1:
            yield 1, "title", f"{titles} titles (a document has exactly one `# ` line)"


def check_sizes(file):
    count = len(file.text.splitlines())
    if count > FILE_LINES.get(file.suffix, count):
        limit = FILE_LINES[file.suffix]
        yield count, "size", f"{count} lines, {limit} allowed (it holds two things: split it)"
    for block in blocks(file.code) if file.is_cpp else ():
        length = block.end_line - block.head_line + 1
        if block.kind == "function" and length > FUNCTION_LINES:
            yield (block.head_line, "function",
                   f"{length} lines, {FUNCTION_LINES} allowed (name a part of it)")


def check_words(file):
    if file.is_cpp or file.suffix in (".py", ".sh", ".js"):
        for_people = not file.in_src or file.layer == "apps" or file.is_test
        yield from banned_words(file.suffix, file.text, file.code, for_people)
    if file.layer in ("core", "services"):
        for number, line in enumerate(file.lines, 1):
            if match := OUTSIDE.search(line):
                yield (number, "name",
                       f"'{match.group()}' (name the role; systems are named in adapters and apps)")


def check_header(file):
    if file.suffix != ".hpp" or file.parts[0] not in ("src", "tests", "bench"):
        return
    if not file.code.lstrip().startswith("#pragma once"):
        yield 1, "pragma", "does not begin with #pragma once (make it the first line of code)"
    if not file.is_public_header:
        return
    allowed = VENDOR_ALLOWED.get(file.layer)
    for number, _, vendor in file.includes():
        match = VENDOR.match(vendor or "")
        if match and not (allowed and allowed.match(match.group(1))):
            yield number, "vendor", f"{vendor} in a public header (move it to internal/ or a .cpp)"
    yield from check_comments(file)


def check_comments(file):
    """A class says what it is; a first type that is plain data may leave that to its members."""
    types = sorted(b for b in blocks(file.code) if b.kind == "type" and b.at_namespace)
    for index, block in enumerate(types):
        if file.lines[block.head_line - 2].lstrip().startswith("///"):
            continue
        within = "///" in "".join(file.lines[block.open_line:block.end_line])
        if file.lines[block.open_line - 1].startswith("class ") or index == 0 and not within:
            yield block.head_line, "comment", "a public type without /// (say what it is)"


def check_layers(file, layers):
    if not file.in_src or file.is_test:
        return
    module = layers.module_of(file.parts[1:])
    for number, project, vendor in file.includes():
        if project and (refusal := layers.refusal(module, project)):
            yield number, "layer", refusal
        if vendor and file.layer in ("core", "ports", "services") and VENDOR.match(vendor):
            yield number, "layer", f"{vendor} in {file.layer} (only its adapter names a library)"


def check_alive(files):
    """Every source is built, and every header included: yields (file, line, rule, message)."""
    listings = {f.path[:-len("CMakeLists.txt")]: set(re.findall(r"[\w./-]+", f.text))
                for f in files if f.parts[-1] == "CMakeLists.txt"}
    included = {}
    for file in files:
        for _, target, _ in file.includes():
            if target:
                included.setdefault(target.split("/")[-1], set()).add((target, file.path))
    for file in files:
        if not file.is_cpp or file.parts[0] not in ("src", "tests", "bench"):
            continue
        if file.suffix == ".cpp":
            folders = ["/".join(file.parts[:n]) + "/" for n in range(1, len(file.parts))]
            if not any(file.path[len(folder):] in listings.get(folder, ()) for folder in folders):
                yield file, 1, "dead", "no CMakeLists.txt names it (add it, or delete the file)"
        elif not any(("/" + file.path).endswith("/" + target) and source != file.path
                     for target, source in included.get(file.parts[-1], ())):
            yield file, 1, "dead", "nothing includes it (use it, or delete the file)"


class Exceptions:
    """The lines of exceptions.txt, and which of them were needed."""

    def __init__(self, text):
        self.lines, self.malformed, self.used = {}, [], set()
        for number, line in enumerate(text.split("\n"), 1):
            parts = [part.strip() for part in line.split(":", 2)]
            if not line.strip() or line.startswith("#"):
                continue
            if len(parts) == 3 and all(parts):
                self.lines[parts[0], parts[1]] = number
            else:
                self.malformed.append(number)

    def allow(self, path, rule):
        for key in self.lines:
            covers = path == key[0] or key[0].endswith("/") and path.startswith(key[0])
            if covers and key[1] == rule:
                self.used.add(key)
                return True
        return False

    def problems(self):
        for number in self.malformed:
            yield number, "exception", "malformed (write `path: rule: reason`)"
        for key, number in self.lines.items():
            if key not in self.used:
                yield number, "exception", f"nothing needs `{key[0]}: {key[1]}` (delete the line)"


def tree(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - IGNORED_FOLDERS)
        for name in sorted(names):
            path = pathlib.Path(folder, name).relative_to(root).as_posix()
            if pathlib.PurePosixPath(name).suffix in TEXT or path == "dev":
                yield File(root, path)


def violations(root):
    """The tree's violations as (path, line, rule, message); how many files, and exceptions used."""
    root = pathlib.Path(root)
    files = list(tree(root))
    texts = {file.path: file.text for file in files}
    layers = Layers(texts.get("cmake/module.cmake", ""))
    exceptions = Exceptions(texts.get(EXCEPTIONS, ""))
    found = [(file, *item) for file in files
             for check in (check_text, check_sizes, check_words, check_header)
             for item in check(file)]
    found += [(file, *item) for file in files for item in check_layers(file, layers)]
    found += check_alive(files)
    found += check_classes(files)
    left = [(file.path, line, rule, message) for file, line, rule, message in found
            if not exceptions.allow(file.path, rule)]
    left += [(EXCEPTIONS, *item) for item in exceptions.problems()]
    return sorted(left), len(files), len(exceptions.used)


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
    found, files, exceptions = violations(root)
    for path, line, rule, message in found:
        print(f"{path}:{line}: {rule}: {message}")
    print(f"tidy: {files} files, {len(found)} violations, {exceptions} exceptions in use")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
