"""The promises, each as a function of what a run left behind; a list of sentences, empty where the
promise held. What a run left is a dictionary:

    calls       what each caller knows: key, call_id, joined, left, closed,
                said: [{number, outcome}]
    rows        of the database: id, status, status_reason, started_at, ended_at, agent_name,
                agent_history, metrics
    transcript  of the database: call_id, sequence, role, content, agent
    outbox      of the database: call_id, sequence, type
    effects     "key:number" -> how often the tool's back end was asked
    slots       what is left in Redis: name -> count
    samples     during the run: [{tenant, agent, workers: {id: count}, active}]
    limits      tenant, agent, worker
    faults      what was done: kind, at, calls: ids of the calls that the worker held
    spool       bytes that wait on disk at the end
"""

import json
import re
from collections import Counter, defaultdict

ENDINGS = ("call.completed", "call.failed", "call.disconnected", "call.timeout")
FINAL = ("completed", "failed", "disconnected", "timeout")


def by_call(entries, name="call_id"):
    groups = defaultdict(list)
    for entry in entries:
        groups[entry[name]].append(entry)
    return groups


def numbers_in(text):
    return [int(number) for number in re.findall(r"[Nn]umber (\d+) please", text)]


# A worker's end is noticed when its lease ends (2 s); the next one joins a second or two later.
TAKEOVER_S = 4.0
# An answer of the chaos agent takes less; it is known for one after a moment of its sound.
ANSWER_S, KNOWN_S = 1.2, 0.3


def was_killed(run, call, since, until):
    """Whether the worker of the call was killed between two moments."""
    return any(since <= fault["at"] <= until for fault in run["faults"]
               if fault["kind"] == "kill_worker" and call["call_id"] in fault["calls"])


# A worker that offers a call stands still until another is there, so long at most.
HANDED_OVER_S = 3.0
# After a cut a worker asks for its signalling again and again, less often each time.
RESUMED_S = 2.5


def nobody_saw(run, call):
    """Whether the caller went while no worker was there, one offered the call to another, or the
    worker was cut off from the room: how they went is known to nobody."""
    left = call["left_at"]
    return was_killed(run, call, left - TAKEOVER_S, left) or any(
        fault["from"] <= left <= fault["to"] + RESUMED_S for fault in run["faults"]
        if fault["kind"] == "signalling_cut") or any(
        fault["from"] <= left <= fault["to"] + HANDED_OVER_S for fault in run["faults"]
        if fault["kind"] == "hand_over" and call["call_id"] in fault["calls"])


# Of a line, beyond the shortest of the run.
TORN_S = 0.25


def torn_lines(run):
    """Key and number of each line that its caller, standing still on a machine that was full, said
    in two pieces: whoever hears it hears it twice."""
    lines = [(call["key"], line) for call in run["calls"] for line in call["said"]
             if "from" in line and "to" in line]
    shortest = min((line["to"] - line["from"] for _, line in lines), default=0.0)
    return {(key, line["number"]) for key, line in lines
            if line["to"] - line["from"] > shortest + TORN_S}


def ends_once(run):
    """Every call that was answered ended once, completed where its caller hung up. Where nobody was
    there to see the caller go, disconnected is the truth, too."""
    wrong = []
    rows = {row["id"]: row for row in run["rows"]}
    events = by_call(run["outbox"])
    for call in run["calls"]:
        row = rows.get(call["call_id"])
        if row is None:
            wrong.append(f"call {call['key']}: the API answered it, and it is in no row")
            continue
        what = f"call {call['key']} ({row['id']})"
        if row["status"] not in FINAL or row["ended_at"] is None:
            wrong.append(f"{what}: is still {row['status']}")
        elif (call["left"] and row["status"] != "completed"
              and not (row["status"] == "disconnected" and nobody_saw(run, call))):
            wrong.append(f"{what}: the caller hung up; it is {row['status']},"
                         f" {row['status_reason']}")
        types = Counter(event["type"] for event in events[row["id"]])
        endings = sum(types[ending] for ending in ENDINGS)
        if endings != 1:
            wrong.append(f"{what}: {endings} events of its end: {dict(types)}")
        for kind in ("call.created", "call.started"):
            if types[kind] > 1:
                wrong.append(f"{what}: {types[kind]} events {kind}")
        sequences = sorted(event["sequence"] for event in events[row["id"]])
        if sequences and sequences != list(range(sequences[0], sequences[0] + len(sequences))):
            wrong.append(f"{what}: events are numbered {sequences}")
    for row in run["rows"]:
        if row["status"] not in FINAL:
            wrong.append(f"row {row['id']}: is still {row['status']}")
    return sorted(set(wrong))


def callers_stay(run):
    """No caller was thrown out, and everybody was greeted."""
    wrong = []
    for call in run["calls"]:
        if call["closed"] not in (None, "local"):
            wrong.append(f"call {call['key']} ({call['call_id']}): the caller lost it:"
                         f" {call['closed']}")
        if not call["joined"]:
            wrong.append(f"call {call['key']} ({call['call_id']}): the caller never got in")
        elif not call["greeted"]:
            wrong.append(f"call {call['key']} ({call['call_id']}): the agent never spoke")
    return wrong


def transcripts_whole(run):
    """Each line that was answered is there once, none is there twice or was never said, and the
    sequence has no gap."""
    wrong = []
    lines = by_call(run["transcript"])
    torn = torn_lines(run)
    for call in run["calls"]:
        what = f"call {call['key']} ({call['call_id']})"
        entries = sorted(lines[call["call_id"]], key=lambda entry: entry["sequence"])
        sequences = [entry["sequence"] for entry in entries]
        if sequences != list(range(len(sequences))):
            wrong.append(f"{what}: lines are numbered {sequences}")
        heard = [number for entry in entries if entry["role"] == "user"
                 for number in numbers_in(entry["content"])]
        said = {line["number"]: line["outcome"] for line in call["said"]}
        # What a kill cut off was heard to its middle at most, and who heard it knows how far.
        cut_off = {line["number"] for line in call["said"] if line["outcome"] == "answered"
                   and was_killed(run, call, line["answered_at"] - KNOWN_S,
                                  line["answered_at"] + ANSWER_S)}
        for number, count in Counter(heard).items():
            if count > 1 and (call["key"], number) not in torn:
                wrong.append(f"{what}: line {number} is there {count} times")
            if number not in said:
                wrong.append(f"{what}: line {number} is there and was never said")
        for number, outcome in said.items():
            if outcome in ("answered", "unsure") and number not in heard:
                wrong.append(f"{what}: line {number} was {outcome} and is not there")
        if heard != sorted(heard):
            wrong.append(f"{what}: lines are in the order {heard}")
        spoken = " ".join(entry["content"] for entry in entries if entry["role"] == "assistant")
        for number, outcome in said.items():
            count = len(re.findall(rf"\b[Nn]umber {number} is noted", spoken))
            if count > 1 and (call["key"], number) not in torn:
                wrong.append(f"{what}: the answer to line {number} is there {count} times")
            # What is cut off in the middle is there as far as it was heard.
            if (outcome == "answered" and number not in cut_off
                    and not re.search(rf"\b[Nn]umber {number}\b", spoken)):
                wrong.append(f"{what}: the answer to line {number} was heard and is not there")
    return wrong


def effects_once(run):
    """No tool effect twice; one for each line that the agent called noted."""
    torn = {f"{key}:{number}" for key, number in torn_lines(run)}
    wrong = [f"effect {name} happened {count} times"
             for name, count in run["effects"].items() if count > 1 and name not in torn]
    known = {call["key"] for call in run["calls"]}
    wrong += [f"effect {name} belongs to no call" for name in run["effects"]
              if name.split(":")[0] not in known]
    for call in run["calls"]:
        for line in call["said"]:
            name = f"{call['key']}:{line['number']}"
            if line["outcome"] == "answered" and run["effects"].get(name, 0) == 0:
                wrong.append(f"effect {name} never happened, and the caller was told that it did")
    return wrong


def agents_follow(run):
    """Whoever spoke had been handed the call, in that order, and each hand-over is counted."""
    wrong = []
    transcripts = by_call(run["transcript"])
    for row in run["rows"]:
        history = json.loads(row["agent_history"])
        if history and json.loads(row["metrics"])["agent_handoffs"] != len(history) - 1:
            wrong.append(f"call {row['id']}: {history} are not the hand-overs that it counts")
        place = 0
        for entry in transcripts[row["id"]]:
            while place < len(history) and history[place] != entry["agent"]:
                place += 1
            if place == len(history):
                wrong.append(f"call {row['id']}: line {entry['sequence']} is of "
                             f"{entry['agent']}, who was not there: {history}")
                break
    return wrong


def nothing_leaks(run):
    wrong = [f"{name} holds {count} at the end" for name, count in run["slots"].items() if count]
    if run["spool"]:
        wrong.append(f"{run['spool']} bytes wait in the spool at the end")
    return wrong


def limits_hold(run):
    wrong, limits = set(), run["limits"]
    for sample in run["samples"]:
        for name in ("tenant", "agent"):
            if sample[name] > limits[name]:
                wrong.add(f"{sample[name]} calls of the {name}, where {limits[name]} are allowed")
        if sample["active"] > limits["tenant"]:
            wrong.add(f"{sample['active']} active rows, where {limits['tenant']} are allowed")
        for worker, count in sample["workers"].items():
            if count > limits["worker"]:
                wrong.add(f"{count} calls of worker {worker}, where {limits['worker']} are allowed")
    if not any(sample["tenant"] for sample in run["samples"]):
        wrong.add("no sample saw a call: the limits were not watched")
    return sorted(wrong)


def mostly_answered(run, unanswered_per_fault):
    """Chaos costs a turn now and then; more would be no conversation."""
    lines = [line for call in run["calls"] for line in call["said"]]
    lost = [line for line in lines if line["outcome"] not in ("answered", "unsure", "hung_up")]
    wrong = []
    if not lines:
        wrong.append("nobody said anything")
    # A fault may cost every live call one turn, and a slow machine some more.
    if len(lost) > unanswered_per_fault * max(1, len(run["faults"])):
        wrong.append(f"{len(lost)} of {len(lines)} lines were not answered")
    return wrong


def violations(run):
    found = []
    for name, check in (("ends", ends_once), ("callers", callers_stay),
                        ("transcript", transcripts_whole), ("effects", effects_once),
                        ("agents", agents_follow), ("slots", nothing_leaks),
                        ("limits", limits_hold)):
        found += [f"{name}: {sentence}" for sentence in check(run)]
    found += [f"answers: {sentence}"
              for sentence in mostly_answered(run, run["limits"]["tenant"])]
    return found


def silence_after(sounds, moment, end):
    """Seconds without a sound around a moment: from the last that was heard before the agent was
    heard again, or from the moment where it was silent then. None where it never spoke again.
    `sounds` are (from, to) of stretches, in order; `end` when the caller left."""
    earlier = [stop for start, stop in sounds if start < moment + 0.1]
    later = [start for start, _ in sounds if start >= moment + 0.1]
    if not later:
        return None if end is None or end > moment + 5.0 else 0.0
    last_sound = max([moment, *(stop for stop in earlier)])
    return max(0.0, later[0] - last_sound)
