"""Reads deploy/runbooks: sections, and the commands that stand in their fenced blocks."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy/runbooks"
# ```sh look: changes nothing. ```sh repair: mends. ```sh: part of an operation.
BLOCK = re.compile(r"^```sh(?: (\w+))?\n(.*?)^```$", re.M | re.S)


@dataclass
class Block:
    kind: str
    text: str


def anchor_of(title):
    """As GitHub makes it of a heading."""
    kept = re.sub(r"[^\w\- ]", "", title.lower())
    return kept.strip().replace(" ", "-")


def sections(page):
    """{anchor: text} of a page; what stands before the first section is under ''."""
    parts = re.split(r"^## +(.*)$", page.read_text(), flags=re.M)
    found = {"": parts[0]}
    for title, text in zip(parts[1::2], parts[2::2]):
        found[anchor_of(title)] = text
    return found


def blocks(text):
    return [Block(kind or "", body) for kind, body in BLOCK.findall(text)]


def section_of(reference):
    """The text that an alert's `runbook` names: page.md#section."""
    page, _, anchor = reference.partition("#")
    return sections(FOLDER / page)[anchor]


def repair_of(reference):
    """The commands that the section of an alert has for mending it."""
    return "".join(block.text for block in blocks(section_of(reference)) if block.kind == "repair")
