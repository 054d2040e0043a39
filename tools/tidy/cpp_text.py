"""Reads C++ just well enough for the rules: what is code, and where functions and types begin."""
import re
from typing import NamedTuple

# In this order: a raw string may hold quotes, a string may hold //, and 1'000 is no character.
LITERAL = re.compile(
    r'R"(?P<mark>[^()\\\s"]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])*'"
    r"|//[^\n]*"
    r"|/\*.*?\*/", re.DOTALL)
PREPROCESSOR = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
TEMPLATE = re.compile(r"^\s*template\s*<")
ACCESS = re.compile(r"^\s*(?:public|protected|private)\s*:(?!:)")
ATTRIBUTES = re.compile(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", re.DOTALL)
TYPE = re.compile(r"^\s*(?:class|struct|union|enum)\b")
LAMBDA = re.compile(r"=\s*\[")
OPERATOR = re.compile(r"\boperator\s*(?:\(\s*\)|[^\s\w(]+)")
ARGUMENTS = re.compile(r"<[^<>]*>")
MEMBER_LIST = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)")


class Block(NamedTuple):
    """A function's or a type's braces; lines count from 1."""
    kind: str        # function | type
    head_line: int   # where its declaration begins, the template line included
    open_line: int   # the line of the opening brace
    end_line: int    # the line of the closing brace
    at_namespace: bool


def _blank(match):
    return "".join(c if c == "\n" else " " for c in match.group())


def code_of(text):
    """The text with comments and literals turned into spaces; every line keeps its number."""
    return LITERAL.sub(_blank, text)


def _without_templates(head):
    while TEMPLATE.match(head):
        start = head.index("<")
        depth = 0
        for at in range(start, len(head)):
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            if depth == 0:
                break
        head = head[at + 1:]
    return head


def _outside_parentheses(head):
    depth, kept = 0, []
    for char in head:
        depth -= char == ")"
        if depth == 0:
            kept.append(char)
        depth += char == "("
    return "".join(kept)


def kind_of(head):
    """What the brace after `head` opens: namespace | type | function | value."""
    head = _without_templates(ATTRIBUTES.sub("", head))
    if re.search(r"\bnamespace\b|\bextern\s*$", head):
        return "namespace"
    if TYPE.match(head) and "(" not in head and "=" not in head:
        return "type"
    head = OPERATOR.sub("operator", head).replace("->", "  ")
    while (shorter := ARGUMENTS.sub("", head)) != head:
        head = shorter
    if "(" not in head and not LAMBDA.search(head):
        return "value"
    plain = _outside_parentheses(head)
    if "=" in plain:
        return "function" if LAMBDA.search(plain) else "value"
    # `Name::Name() : member_` goes on with `{value}`; the body's brace follows `)` or `}`.
    if MEMBER_LIST.search(plain) and re.search(r"[\w>]\s*$", head):
        return "value"
    return "function"


def blocks(code):
    """The functions and types outside of functions, from text that code_of() made."""
    code = PREPROCESSOR.sub(_blank, code)
    found, open_blocks = [], []   # open_blocks: (kind, head's offset, brace's offset)
    head_start, parentheses, inside = 0, 0, 0

    def line_at(offset):
        return code.count("\n", 0, offset) + 1

    for token in re.finditer(r"[{}();]", code):
        char, at = token.group(), token.start()
        if inside:   # within a function or a value only braces count
            inside += (char == "{") - (char == "}")
            if inside:
                continue
            kind, head, brace = open_blocks.pop()
            if kind == "function":
                outer = all(k == "namespace" for k, _, _ in open_blocks)
                found.append(Block(kind, line_at(head), line_at(brace), line_at(at), outer))
                head_start = at + 1
        elif char in "()":
            parentheses += 1 if char == "(" else -1
        elif char == ";":
            head_start, parentheses = at + 1, 0
        elif char == "}":
            if open_blocks:
                kind, head, brace = open_blocks.pop()
                if kind == "type":
                    outer = all(k == "namespace" for k, _, _ in open_blocks)
                    found.append(Block(kind, line_at(head), line_at(brace), line_at(at), outer))
            head_start, parentheses = at + 1, 0
        else:
            head_text = code[head_start:at]
            while access := ACCESS.match(head_text):
                head_start += access.end()
                head_text = head_text[access.end():]
            kind = "value" if parentheses else kind_of(head_text)
            head = head_start + len(head_text) - len(head_text.lstrip())
            open_blocks.append((kind, head, at))
            if kind in ("namespace", "type"):
                head_start = at + 1
            else:
                inside = 1
    return found
