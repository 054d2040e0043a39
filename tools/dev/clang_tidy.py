#!/usr/bin/env python3
"""clang-tidy, of which a file that was clean once costs nothing until something of it changes.

usage: clang_tidy.py [--all | FILE ...]

Without arguments it checks the product sources that were changed since the merge base with
STUDIO_BASE (default: origin/main, else main); on that branch itself, by its last commit or merge.
A header that was changed stands for the source beside it, or else for one that includes it. Where
there is no history to ask, and with `--all`, it checks every source of src. A finding is a failure.

Sources are read without the precompiled headers of the build, so that a forgotten include is found.

A clean file leaves an empty file in the cache (STUDIO_TIDY_CACHE, default
~/.cache/agent-studio/tidy), named by everything that the outcome depends on: clang-tidy's version,
.clang-tidy, how the file is compiled, and the text of the file and of all headers of ours that it
includes. Headers of the system are not in it: after an upgrade of packages, delete the folder to
check anew.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# GCC's names of warnings are not clang's.
ARGUMENTS = ["--quiet", "--warnings-as-errors=*", "--extra-arg=-Wno-unknown-warning-option"]
INCLUDE = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', re.M)
UNUSED_AFTER_S = 30 * 24 * 3600


def without_precompiled(command):
    """A command without what CMake adds for precompiled headers of GCC or of clang."""
    kept, parts = [], shlex.split(command)
    while parts:
        if parts[0] == "-Xclang" and parts[1] in ("-include", "-include-pch"):
            del parts[:4]
        elif parts[0] == "-include" and "cmake_pch" in parts[1]:
            del parts[:2]
        elif parts[0] in ("-Winvalid-pch", "-fpch-preprocess"):
            del parts[:1]
        else:
            kept.append(parts.pop(0))
    return shlex.join(kept)


def is_product(source):
    return source.startswith("src/") and not source.endswith(("_test.cpp", "_fuzz.cpp"))


class Tree:
    """A tree of sources that was configured in build/asan."""

    def __init__(self, root, tool="clang-tidy-16"):
        self.root = root
        self.tool = tool
        self.build = root / "build/asan/clang_tidy"
        version = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)
        self.setting = [version.stdout, (root / ".clang-tidy").read_text(), *ARGUMENTS]
        self.files = {}
        self.commands = {}
        entries = json.loads((root / "build/asan/compile_commands.json").read_text())
        for entry in entries:
            entry["command"] = without_precompiled(entry["command"])
            path = pathlib.Path(entry["file"])
            if path.is_relative_to(root):
                self.commands[str(path.relative_to(root))] = entry["command"]
        self.build.mkdir(exist_ok=True)
        (self.build / "compile_commands.json").write_text(json.dumps(entries))

    def read(self, path):
        """The digest of a file, and the headers of ours that it names."""
        if path not in self.files:
            text = path.read_bytes()
            headers = []
            for name in INCLUDE.findall(text):
                folders = (self.root / "src", self.root / "tests", path.parent)
                found = [folder / name.decode() for folder in folders
                         if (folder / name.decode()).is_file()]
                headers.extend(found[:1])
            self.files[path] = hashlib.sha256(text).hexdigest(), headers
        return self.files[path]

    def closure(self, path):
        """The file and all headers of ours that it includes by whatever way."""
        seen, waiting = set(), [path]
        while waiting:
            present = waiting.pop()
            if present not in seen:
                seen.add(present)
                waiting.extend(self.read(present)[1])
        return sorted(seen)

    def key(self, source):
        """What the outcome depends on; the same in every clone of one state."""
        flags = [part.replace(str(self.root), "") for part in shlex.split(self.commands[source])]
        texts = [f"{path.relative_to(self.root)} {self.read(path)[0]}"
                 for path in self.closure(self.root / source)]
        return hashlib.sha256("\n".join([*self.setting, *flags, *texts]).encode()).hexdigest()

    def git(self, *arguments):
        return subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True)

    def changed(self):
        """Files that differ from the merge base; None where there is no base to be found."""
        wanted = os.environ.get("STUDIO_BASE")
        head = self.git("rev-parse", "HEAD").stdout.strip()
        for base in [wanted] if wanted else ["origin/main", "main"]:
            found = self.git("merge-base", base, "HEAD")
            if found.returncode == 0 and found.stdout.strip() == head:
                found = self.git("rev-parse", "--verify", "--quiet", "HEAD^1")
            if found.returncode == 0:
                against = self.git("diff", "--name-only", found.stdout.strip()).stdout.split()
                new = self.git("ls-files", "--others", "--exclude-standard").stdout.split()
                return set(against + new)
        return None

    def stands_for(self, name, products):
        """The sources to check for a file that was changed."""
        source = str(pathlib.Path(name).with_suffix(".cpp"))
        if source in products or not name.endswith(".hpp"):
            return [source]
        header = self.root / name
        return [product for product in products
                if header in self.read(self.root / product)[1]][:1]

    def chosen(self, arguments):
        """The sources to check."""
        if arguments and arguments != ["--all"]:
            named = [str(pathlib.Path(name).resolve().relative_to(self.root)) for name in arguments]
            missing = [name for name in named if name not in self.commands]
            if missing:
                sys.exit(f"error: not compiled in build/asan: {' '.join(missing)}")
            return named
        products = sorted(filter(is_product, self.commands))
        changed = None if arguments else self.changed()
        if changed is None:
            return products
        touched = {source for name in changed if name.endswith((".cpp", ".hpp"))
                   for source in self.stands_for(name, products)}
        return [source for source in products if source in touched]

    def check(self, source):
        """Whether the file is clean, and what was found in it."""
        done = subprocess.run(["nice", self.tool, "-p", str(self.build), *ARGUMENTS, source],
                              cwd=self.root, capture_output=True, text=True)
        # The rest of the standard error counts warnings of the system's headers.
        trouble = [line for line in done.stderr.splitlines()
                   if line.startswith(("error:", "Error"))]
        return done.returncode == 0, done.stdout + "\n".join(trouble)


def run(tree, sources, cache):
    """The sources that are not clean."""
    cache.mkdir(parents=True, exist_ok=True)
    for old in cache.iterdir():
        if time.time() - old.stat().st_mtime > UNUSED_AFTER_S:
            old.unlink()
    keys = {source: tree.key(source) for source in sources}
    waiting = []
    for source in sources:
        if (cache / keys[source]).exists():
            (cache / keys[source]).touch()
        else:
            waiting.append(source)
    print(f"clang-tidy: {len(sources)} files, {len(sources) - len(waiting)} known to be clean",
          flush=True)
    found = []
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        running = {pool.submit(tree.check, source): source for source in waiting}
        for done in concurrent.futures.as_completed(running):
            source = running[done]
            is_clean, text = done.result()
            if is_clean:
                (cache / keys[source]).touch()
            else:
                found.append(source)
                print(f"{source}:\n{text}", flush=True)
    print(f"clang-tidy: {len(found)} files with findings", flush=True)
    return found


def main():
    named = os.environ.get("STUDIO_TIDY_CACHE")
    cache = pathlib.Path(named) if named else pathlib.Path.home() / ".cache/agent-studio/tidy"
    tree = Tree(ROOT)
    return 1 if run(tree, tree.chosen(sys.argv[1:]), cache) else 0


if __name__ == "__main__":
    sys.exit(main())
