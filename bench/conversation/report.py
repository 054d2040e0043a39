"""Figures of many turns, and the page that shows them."""

import json
import textwrap

import cases

ABOUT = """A false cut-off: the agent was heard before the caller had finished. A missed end: no
answer within 4 s. The answer: from the caller's last audible sample to the agent's first, at the
caller, without the cut-off and missed ones. The end of turn: from the caller's last speech to the
decision that they had finished, of the agent's own record. A false barge-in: the agent stopped or
fell silent for 0.4 s where nobody interrupted it, and of these how many then went on. A missed
barge-in: it spoke on for over 2.5 s. The stop: from the interruption's first audible sample to the
agent's last. Unasked: how often the agent began to speak where nothing was said to it. Wrong words:
of those that the callers said, how many the record has otherwise; in brackets Moonshine tiny on the
clean words offline."""


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else None


def milliseconds(values, shares):
    return {f"p{round(100 * share)}": None if (value := percentile(values, share)) is None
            else round(value * 1000) for share in shares} | {"n": len(values)}


def usable(rows, part):
    return [row[part] for row in rows if part in row and "unusable" not in row[part]]


def figures(rows):
    """Of these turns, whatever they were."""
    answers = usable(rows, "answer")
    overs, interruptions = usable(rows, "over"), usable(rows, "interruption")

    def words(part):
        found = [row[part] for row in rows if part in row]
        return {"wrong": sum(wrong for wrong, _ in found), "said": sum(said for _, said in found)}

    return {
        "turns": len(answers),
        "cut_off": sum(one["cut_off"] for one in answers),
        "missed": sum(one["missed"] for one in answers),
        "answer_ms": milliseconds([one["after"] for one in answers if one["after"] is not None],
                                  (.5, .9, .95)),
        "end_of_turn_ms": milliseconds([row["end_of_turn"] for row in rows
                                        if row.get("end_of_turn") is not None], (.5, .95)),
        "talked_over": len(overs), "false_barge_ins": sum(one["stopped"] for one in overs),
        "resumed": sum(one["resumed"] for one in overs),
        "interruptions": len(interruptions),
        "missed_barge_ins": sum(one["missed"] for one in interruptions),
        "stop_ms": milliseconds([one["after"] for one in interruptions
                                 if one["after"] is not None], (.5, .95)),
        "unasked": sum(row.get("unasked", 0) for row in rows),
        "words": words("words"), "words_offline": words("words_offline"),
        "unusable": sum("unusable" in row or any(
            "unusable" in row.get(part, {}) for part in ("answer", "over", "interruption"))
            for row in rows),
    }


def share(part, whole):
    return f"{part} of {whole} ({100 * part / whole:.0f} %)" if whole else "–"


def times(found):
    values = [found[name] for name in found if name != "n"]
    return f"{' / '.join(map(str, values))} ms" if found["n"] else "–"


def wrong(words, offline):
    if not words["said"]:
        return "–"
    text = f"{100 * words['wrong'] / words['said']:.1f} % of {words['said']}"
    if offline["said"]:
        text += f" ({100 * offline['wrong'] / offline['said']:.1f} %)"
    return text


COLUMNS = (
    ("turns", lambda one: str(one["turns"])),
    ("false cut-offs", lambda one: share(one["cut_off"], one["turns"])),
    ("missed ends", lambda one: share(one["missed"], one["turns"])),
    ("answer p50 / p90 / p95", lambda one: times(one["answer_ms"])),
    ("end of turn p50 / p95", lambda one: times(one["end_of_turn_ms"])),
    ("false barge-ins", lambda one: share(one["false_barge_ins"], one["talked_over"])
     + (f", {one['resumed']} went on" if one["resumed"] else "")),
    ("missed barge-ins", lambda one: share(one["missed_barge_ins"], one["interruptions"])),
    ("stop p50 / p95", lambda one: times(one["stop_ms"])),
    ("unasked", lambda one: str(one["unasked"])),
    ("wrong words", lambda one: wrong(one["words"], one["words_offline"])),
)


# Percent of the machine's time; with less, calls wait for a processor.
IDLE_LEAST = 20


def table(title, groups):
    """`groups`: [(name, rows), …]; those without rows are left out."""
    groups = [(name, figures(rows)) for name, rows in groups if rows]
    lines = [f"| {title} | " + " | ".join(name for name, _ in COLUMNS) + " |",
             "|" + "---|" * (1 + len(COLUMNS))]
    for name, found in groups:
        lines.append(f"| {name} | " + " | ".join(show(found) for _, show in COLUMNS) + " |")
    return "\n".join(lines) + "\n"


def behaviours(rows):
    """In the order of their plan."""
    return [name for name in cases.BEHAVIOURS if any(row["behaviour"] == name for row in rows)]


def side_text(side):
    rows = side["rows"]
    conditions = [(cases.CONDITIONS[name].title, [row for row in rows if row["condition"] == name])
                  for name in cases.CONDITIONS]
    clean = [row for row in rows if row["condition"] == "clean"]
    kinds = [(name, [row for row in clean if row["behaviour"] == name])
             for name in behaviours(clean)]
    whole = figures(rows)
    about = (f"{side['calls']} calls, {side['lost']} without an agent;"
            f" {whole['unusable']} of {len(rows)} steps could not be judged. The worker"
            f" used {side['worker_cores']} cores; {side['idle_percent']} % of the machine's time"
            f" was idle.")
    if side["idle_percent"] < IDLE_LEAST:
        about += (" That is too little: these figures are the machine's as much as the agent's;"
                  " with --parallel 1 they would be its own.")
    text = (f"## {side['title']}\n\n{textwrap.fill(about, 138)}\n\n"
            + table("condition", [*conditions, ("all", rows)]))
    if kinds:
        text += "\n" + table("clean line", kinds)
    for line in side.get("lines", []):
        text += (f"\nThe line lost {line['lost']} of {line['lost'] + line['passed']} datagrams"
                 f" where it should lose {100 * line['share']:g} %.\n")
    if side.get("outside"):
        said = f"voicebench: {outside_line(side['outside'])}"
        text += f"\n{textwrap.fill(said, 138)}\n"
    return text


def outside_line(one):
    if "error" in one:
        return one["error"]
    response, stop = one["response_latency_ms"], one["barge_in_stop_ms"]
    return (f"{one['turns_passed']} of {one['turns']} turns passed; response p50 / p90"
            f" {response['p50']} / {response['p90']} ms (n {response['count']}); barge-in stop"
            f" p50 / max {stop['p50']} / {stop['max']} ms of {one['barge_in_turns']};"
            f" false barge-ins"
            f" {one['false_barge_ins']} and spurious responses {one['spurious_responses']} of"
            f" {one['noise_turns']}; missed responses {one['missed_responses']}; talk-overs"
            f" {one['talk_overs']}")


def write(report, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for side in report["sides"]:
        side["figures"] = {
            "all": figures(side["rows"]),
            **{name: figures([row for row in side["rows"] if row["condition"] == name])
               for name in dict.fromkeys(row["condition"] for row in side["rows"])}}
    (folder / "conversation.json").write_text(json.dumps(report, indent=1) + "\n")
    path = report["path_ms"]
    about = (f"`{report['command']}`, {report['machine']}, {report['parallel']} calls at a time."
             f" Sound needs {path['p50']} ms (p95 {path['p95']} ms, n {path['n']}) from one caller"
             f" to another in the same room: so much of each answer is the way, not the agent. "
             + " ".join(ABOUT.split()))
    notes = "".join(f"\n- {note}" for note in report["notes"])
    text = "\n".join([f"# Conversations\n\n{textwrap.fill(about, 138)}\n{notes}\n",
                      *(side_text(side) for side in report["sides"])])
    (folder / "conversation.md").write_text(text)
    return text
