"""What the recorded sound of a call says about each of its turns. Times in seconds."""

import sound

# Pauses within an answer: shorter ones belong to it.
PAUSE = 0.4
# Nobody who waited for the end of the words answers so soon after it.
SOONEST = 0.1
PATIENCE = 4.0
# An agent that speaks on for longer was not interrupted.
STOPS_WITHIN = 2.5
# How much shorter than usual an answer must be to count as cut off.
SHORTER = 0.5


def is_audible(heard, at):
    return any(start <= at < end for start, end in heard)


def first_start(heard, begin, end):
    """When the first sound begins that begins in this time; None for none."""
    return next((start for start, _ in heard if begin <= start < end), None)


def answer(heard, start, end):
    """How a turn was answered that the caller spoke from `start` to `end`: `cut_off` (began before
    the caller had finished), `missed` (not within 4 s), `after` (seconds, where neither)."""
    if is_audible(heard, start):
        return {"unusable": "the agent still spoke"}
    if first_start(heard, start, end + SOONEST) is not None:
        return {"cut_off": True, "missed": False, "after": None}
    began = first_start(heard, end + SOONEST, end + PATIENCE)
    return {"cut_off": False, "missed": began is None,
            "after": None if began is None else began - end}


def stretch(heard, begin):
    """The first stretch of speech that begins in or after this time: (start, end)."""
    return next(((start, end) for start, end in heard if start >= begin), None)


def talked_over(heard, end, usual, until):
    """Whether an answer, after words that ended at `end`, was broken off or fell silent on the
    way (`stopped`), where it should be heard for `usual` seconds; and whether the rest of it came
    after the silence (`resumed`: all in all as long as usual; another answer would be longer)."""
    found = stretch(heard, end)
    if found is None:
        return {"unusable": "no answer"}
    stopped = found[1] - found[0] < usual - SHORTER
    whole = sum(stop - start for start, stop in heard if found[0] <= start < until)
    return {"stopped": stopped, "heard": found[1] - found[0],
            "resumed": stopped and usual - 2 * SHORTER <= whole <= usual + 2 * SHORTER}


def interrupted(heard, end, usual, over):
    """How an answer was interrupted at the time `over`: `missed`, or stopped `after` seconds."""
    found = stretch(heard, end)
    if found is None:
        return {"unusable": "no answer"}
    start, stop = found
    if not start <= over < stop:
        return {"unusable": "the agent did not speak then"}
    after = stop - over
    # One that was soon to end anyhow tells nothing.
    if start + usual - over < STOPS_WITHIN:
        return {"unusable": "the answer was nearly over"}
    return {"missed": after > STOPS_WITHIN, "after": None if after > STOPS_WITHIN else after}


def unasked(heard, begin, end):
    """How often the agent began to speak in a time in which nothing was asked."""
    return sum(begin <= start < end for start, _ in heard)


def judge_step(step, took, heard, usual, late):
    """The verdict on one step, as a dictionary with its `kind` and `behaviour`."""
    verdict = {"kind": step.kind, "behaviour": step.behaviour, "over_kind": step.over_kind}
    if any(took["from"] <= at <= took["until"] for at in late):
        return {**verdict, "unusable": "the caller was late"}
    if step.kind == "idle":
        return {**verdict, "unasked": unasked(heard, took["from"], took["until"])}
    verdict["answer"] = answer(heard, took["start"], took["end"])
    if step.kind != "over" or "over_start" not in took:
        return verdict
    end = took["end"]
    if step.over_kind == "interruption":
        return {**verdict, "interruption": interrupted(heard, end, usual, took["over_start"])}
    verdict["over"] = talked_over(heard, end, usual, took["until"])
    found = stretch(heard, end)
    if found and not verdict["over"]["stopped"]:
        verdict["unasked"] = unasked(heard, found[1], took["until"])
    return verdict


def judge_call(call, done, ended, agent_track, usual, late):
    heard = sound.segments(agent_track.until(ended), gap=PAUSE)
    return [judge_step(step, took, heard, usual, late)
            for step, took in zip(call.steps, done)], heard
