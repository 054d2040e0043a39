#!/usr/bin/env python3
"""clang-tidy over every source of the tree, or over the files named.

usage: clang_tidy.py [FILE ...]

Most of the time that clang-tidy takes for one file is for the headers of Boost and of the standard
library. So the sources that are compiled alike are checked in batches: one translation unit that
includes them all. What two files may both have (a function of the same name in an unnamed
namespace) cannot stand in one unit: the names are looked at before, and a file that does not
compile in its batch is checked in another, at last alone. A finding is a failure.

The tree must have been configured, and its generated headers built, in build/asan.
"""

import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES_OF_A_BATCH = 24
# What CMake and GCC know and clang does not: precompiled headers, where the object goes, warnings.
WITH_VALUE = {"-o", "-include", "-c"}
DROPPED = re.compile(r"-W.*|-fpch-preprocess|-f(no-)?sanitize.*|-g\d?|-O\d|--param=.*")
DIAGNOSTIC = re.compile(r"^(/[^:\n]+):\d+:\d+: (warning|error): .*\[([\w.,-]+)\]$", re.M)


def flags_of(command):
    """What a source's meaning depends on in a compiler's command: (options, what may be added for
    other sources without harm: folders to look into and macros, by their names)."""
    options, settings, parts = [], {}, shlex.split(command)[1:]
    while parts:
        part = parts.pop(0)
        if part in WITH_VALUE:
            parts.pop(0)
        elif part == "-isystem":
            settings["-isystem" + parts[0]] = [part, parts.pop(0)]
        elif part.startswith("-I"):
            settings[part] = [part]
        elif part.startswith("-D"):
            settings[part.partition("=")[0]] = [part]
        elif not DROPPED.fullmatch(part):
            options.append(part)
    return tuple(options), settings


def names_of(text):
    """The names that a source may define for itself alone: what begins at the left margin and is
    no member of a class."""
    names = set()
    for line in text.splitlines():
        if line[:1].isalpha() and not line.startswith(("namespace", "return", "TEST")):
            found = re.search(r"(::)?(\w+)\s*(?:\(|=|\{|;|final\b|:\s|$)", line)
            if found and not found.group(1):
                names.add(found.group(2))
    return names


class Batch:
    """Sources that can stand in one translation unit."""

    def __init__(self, options):
        self.options, self.settings, self.names, self.sources = options, {}, set(), []

    def has_room_for(self, options, settings, names):
        return (len(self.sources) < FILES_OF_A_BATCH and options == self.options
                and not names & self.names
                and all(self.settings.get(name, value) == value
                        for name, value in settings.items()))

    def add(self, source, settings, names):
        self.sources.append(source)
        self.settings.update(settings)
        self.names |= names

    def flags(self):
        return [*self.options, *(part for parts in self.settings.values() for part in parts)]


class Checker:
    def __init__(self, root, tool):
        self.root, self.tool = root, tool
        self.folder = root / "build/asan/clang_tidy"
        self.folder.mkdir(parents=True, exist_ok=True)
        entries = json.loads((root / "build/asan/compile_commands.json").read_text())
        self.flags = {}
        for entry in entries:
            path = pathlib.Path(entry["file"])
            if path.is_relative_to(root) and not path.is_relative_to(root / "build"):
                self.flags[str(path.relative_to(root))] = flags_of(entry["command"])

    def batches_of(self, sources):
        batches = []
        for source in sources:
            options, settings = self.flags[source]
            names = names_of((self.root / source).read_text())
            fitting = [batch for batch in batches if batch.has_room_for(options, settings, names)]
            batch = fitting[0] if fitting else Batch(options)
            batch.add(source, settings, names)
            if not fitting:
                batches.append(batch)
        return batches

    def check(self, sources):
        """(what was found, the sources that did not compile together with the others)."""
        unit = self.folder / f"{sources[0].replace('/', '.')}.{len(sources)}.cpp"
        unit.write_text("".join(f'#include "{self.root / source}"  // NOLINT\n'
                                for source in sources))
        batch = Batch(self.flags[sources[0]][0])
        for source in sources:
            batch.add(source, self.flags[source][1], set())
        done = subprocess.run(
            [self.tool, "--quiet", f"--config-file={self.root / '.clang-tidy'}", str(unit), "--",
             *batch.flags()], cwd=self.root, capture_output=True, text=True)
        found = list(DIAGNOSTIC.finditer(done.stdout))
        unclear = {diagnostic.group(1) for diagnostic in found
                   if diagnostic.group(3).startswith("clang-diagnostic-error")}
        if len(sources) > 1 and (unclear or (done.returncode != 0 and not found)):
            apart = [source for source in sources if str(self.root / source) in unclear]
            return "", apart or sources[len(sources) // 2:]
        # A failure without a finding is one, too: the tool itself broke off.
        return done.stdout.strip() or (done.stderr if done.returncode != 0 else ""), []


def run(checker, sources):
    """Checks the sources and prints what is found; how many findings there were."""
    batches = [batch.sources for batch in checker.batches_of(sources)]
    print(f"clang-tidy: {len(sources)} files in {len(batches)} batches", flush=True)
    findings, began = set(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        running = {pool.submit(checker.check, batch): batch for batch in batches}
        while running:
            done, _ = concurrent.futures.wait(running, return_when="FIRST_COMPLETED")
            for task in done:
                batch = running.pop(task)
                text, apart = task.result()
                if apart:
                    rest = [source for source in batch if source not in apart]
                    again = [rest, apart] if rest else [[source] for source in apart]
                    running.update((pool.submit(checker.check, part), part) for part in again)
                # A header is read with many batches, and its finding said once.
                for piece in re.split(r"^(?=/)", text, flags=re.M):
                    if piece.strip() and piece.strip() not in findings:
                        findings.add(piece.strip())
                        print(piece.strip(), flush=True)
    print(f"clang-tidy: {len(findings)} findings, {time.monotonic() - began:.0f} s", flush=True)
    return len(findings)


def main():
    checker = Checker(ROOT, str(ROOT / "build/tidy/bin/clang-tidy"))
    named = [str(pathlib.Path(name).resolve().relative_to(ROOT)) for name in sys.argv[1:]]
    missing = [name for name in named if name not in checker.flags]
    if missing:
        sys.exit(f"error: not compiled in build/asan: {' '.join(missing)}")
    return 1 if run(checker, named or sorted(checker.flags)) else 0


if __name__ == "__main__":
    sys.exit(main())
