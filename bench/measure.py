"""What the benches read from /proc and compute from samples."""

import os
import re
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def percentile(values, share):
    """The value below which `share` (0..1) of the values lie; None for no values."""
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 1) if ordered else None


def percentiles(values):
    return {name: percentile(values, share)
            for name, share in (("p50", .5), ("p95", .95), ("p99", .99))}


def stat_fields(path):
    """The fields of a stat file after the name: state is 0, utime 11, stime 12."""
    return Path(path).read_text().rsplit(")", 1)[1].split()


def process_tree(pid):
    """The process and all that descend from it."""
    children = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                children.setdefault(int(stat_fields(entry / "stat")[1]), []).append(int(entry.name))
            except OSError:
                pass  # It ended meanwhile.
    tree = [pid]
    for known in tree:
        tree += children.get(known, [])
    return tree


def cpu_seconds(pid):
    """Of the process, with those of its children that ended and were waited for."""
    fields = stat_fields(f"/proc/{pid}/stat")
    return sum(int(fields[index]) for index in (11, 12, 13, 14)) / TICKS


def tree_cpu_seconds(pid):
    total = 0.0
    for member in process_tree(pid):
        try:
            total += cpu_seconds(member)
        except OSError:
            pass
    return total


def thread_seconds(pid):
    """CPU seconds by thread name."""
    seconds = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        text = (task / "stat").read_text()
        name = text[text.index("(") + 1:text.rindex(")")]
        fields = stat_fields(task / "stat")
        seconds[name] = seconds.get(name, 0.0) + (int(fields[11]) + int(fields[12])) / TICKS
    return seconds


def pss_kib(pid):
    """The process's memory with its share of what it shares (proportional set size)."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss:\s+(\d+)", rollup, re.M).group(1))


def tree_pss_kib(pid):
    total = 0
    for member in process_tree(pid):
        try:
            total += pss_kib(member)
        except OSError:
            pass
    return total
