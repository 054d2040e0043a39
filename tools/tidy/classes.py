"""How much one class of the services holds: the lines of its definition and of its functions, over
all its files, and how many functions it offers to others."""
import re

from cpp_text import ARGUMENTS, ATTRIBUTES, blocks

CLASS_LINES = 400
PUBLIC_METHODS = 12
DEFINITION = re.compile(r"\b(class|struct)\s+((?:\w+::)*\w+)")
MEMBER = re.compile(r"((?:\w+::)+)(?:~?\w+|operator\s*\S+)\s*$")
METHOD = re.compile(r"(?<![~\w])(\w+)\s*$")
NO_METHOD = re.compile(r"\s*(?:,|using\b|friend\b|typedef\b|static_assert\b|enum\b)")
SECTION = re.compile(r"\b(public|protected|private)\s*:(?!:)")


def _plain(text):
    """Without attributes and the arguments of templates."""
    text = ATTRIBUTES.sub("", text)
    while (shorter := ARGUMENTS.sub("", text)) != text:
        text = shorter
    return text


def _head(file, block):
    """What stands before the block's opening brace, as far as a name is in it."""
    return "\n".join(file.code.split("\n")[block.head_line - 1:block.open_line])


def _definition(file, block):
    """(class or struct, its name) of a type that is defined at the level of a namespace."""
    if block.kind != "type" or not block.at_namespace:
        return None
    head = ATTRIBUTES.sub("", _head(file, block)).split("{")[0]
    match = None if "enum" in head.split() else DEFINITION.search(head)
    return match.groups() if match else None


def _owner(head):
    """The class whose member function `head` begins, or None: `A::B` for `void A::B::f() {`."""
    match = MEMBER.search(_plain(head).split("(")[0])
    return match.group(1)[:-len("::")] if match else None


def _declarations(body):
    """The body of a class with the insides of all braces left out, cut at its semicolons."""
    depth, parentheses, kept = 0, 0, []
    for char in body:
        if char in "{}":
            depth += 1 if char == "{" else -1
            if depth == 0 and char == "}" and parentheses == 0:
                kept.append(";")
        elif depth == 0:
            parentheses += {"(": 1, ")": -1}.get(char, 0)
            kept.append(char)
    return "".join(kept).split(";")


def public_methods(kind, name, body):
    """The names of what others may call, one an overload; no constructor, destructor, operator."""
    section, found = "public" if kind == "struct" else "private", []
    for declaration in _declarations(body):
        while match := SECTION.search(declaration):
            section, declaration = match.group(1), declaration[match.end():]
        text = _plain(declaration)
        before = text.split("(")[0]
        if section != "public" or "(" not in text or "=" in before or NO_METHOD.match(text):
            continue
        match = METHOD.search(before)
        if match and "operator" not in before.split() and match.group(1) != name.split("::")[-1]:
            found.append(match.group(1))
    return found


def check_classes(files):
    """Yields (file, line, rule, message) for the classes of src/services, tests left out."""
    lines, defined = {}, {}
    for file in files:
        if not file.in_src or file.layer != "services" or file.is_test:
            continue
        module = "/".join(file.parts[:3])
        for block in blocks(file.code):
            length = block.end_line - block.head_line + 1
            if definition := _definition(file, block):
                kind, name = definition
                key = (module, name)
                defined[key] = (file, block.head_line)
                lines[key] = lines.get(key, 0) + length
                if file.is_public_header:
                    yield from _check_methods(file, block, kind, name)
            elif block.kind == "function" and block.at_namespace:
                if owner := _owner(_head(file, block)):
                    lines[module, owner] = lines.get((module, owner), 0) + length
    for key, (file, line) in defined.items():
        if lines[key] > CLASS_LINES:
            yield (file, line, "class", f"{key[1]} has {lines[key]} lines over all its files, "
                   f"{CLASS_LINES} allowed (it does two things: give one to a class of its own)")


def _check_methods(file, block, kind, name):
    text = "\n".join(file.code.split("\n")[block.head_line - 1:block.end_line])
    body = text[text.index("{") + 1:text.rindex("}")]
    count = len(public_methods(kind, name, body))
    if count > PUBLIC_METHODS:
        yield (file, block.head_line, "methods",
               f"{name} offers {count} functions, {PUBLIC_METHODS} allowed (give a part of them to "
               "a class of its own)")
