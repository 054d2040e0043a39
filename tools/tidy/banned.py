"""Words that have no place in the tree, each with what to use instead."""
import re

HEADER, CPP = (".hpp",), (".hpp", ".cpp")

# (rule, pattern, suffixes or None for all, what to do); in code, not in comments or literals.
IN_CODE = [
    ("thread", r"std::(?:recursive_|shared_|timed_)?mutex\b", CPP,
     "post to the loop"),
    ("thread", r"std::j?thread\b(?!::(?:id|hardware_concurrency)\b)", CPP,
     "use LoopThread or BlockingPool"),
    ("thread", r"std::atomic\w*\b", CPP, "post to the loop, or a metric"),
    ("sleep", r"\bthis_thread::sleep_(?:for|until)\b", CPP, "use a timer of the loop"),
    ("clock", r"\b(?:steady|high_resolution)_clock::now\b", CPP, "take `now` from the caller"),
    ("clock", r"\bsystem_clock::now\b", CPP, "take `wall_now` from the caller"),
    ("rand", r"(?<![\w.>])(?:std::)?s?rand\s*\(", CPP, "use base/entropy.hpp, or a seeded engine"),
    ("using", r"\busing\s+namespace\b", HEADER, "name what is used"),
    ("await", r"\bco_await\b[^;]*[(,]\s*\{[^}\s]", CPP,
     "give the braced value a name: GCC 12 destroys such a temporary inside co_await twice"),
    ("await", r"(?:&&|\|\|)[^;{}]*?\bco_await\b", CPP,
     "await in a statement of its own: GCC 12 may await behind && and || although it must not"),
    ("skip", r"\bGTEST_SKIP\b", CPP, "make what the test needs part of the test"),
]
# Not in apps, tests and bench, whose output is for people.
OUTPUT = [
    ("stdout", r"\bstd::(?:cout|cerr|clog)\b|(?<![\w.>])(?:std::)?v?f?(?:printf|puts)\s*\(", CPP,
     "use STUDIO_LOG"),
]
# In comments, too.
ANYWHERE = [
    ("leftover", r"\bFIXME\b", None, "finish it, or open an issue"),
    ("leftover", r"\bTODO\b(?!\(\w[\w .-]*\): .*\(#\d+\))", None,
     "write `TODO(name): what (#issue)`"),
    ("nolint", r"\bNOLINT(?:NEXTLINE|BEGIN)?\b(?!\([\w.,* -]+\): *\S+ \S)", CPP,
     "name the check and say why: `NOLINT(check): reason`"),
]


def _compiled(rules):
    return [(rule, re.compile(pattern), suffixes, what) for rule, pattern, suffixes, what in rules]


IN_CODE, OUTPUT, ANYWHERE = _compiled(IN_CODE), _compiled(OUTPUT), _compiled(ANYWHERE)


def _search(rules, suffix, text):
    for rule, pattern, suffixes, what in rules:
        if suffixes is None or suffix in suffixes:
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                yield line, rule, f"{match.group().strip()} ({what})"


def banned_words(suffix, text, code, speaks_to_people):
    """Yields (line, rule, message); `code` is the text without comments and literals."""
    yield from _search(IN_CODE, suffix, code)
    if not speaks_to_people:
        yield from _search(OUTPUT, suffix, code)
    yield from _search(ANYWHERE, suffix, text)
