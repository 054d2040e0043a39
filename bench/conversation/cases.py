"""The calls of the bench: who says what under which condition. The same seed makes the same
calls."""

import random
from dataclasses import dataclass, field

import numpy as np

import noises
import sound
from said import (BACKCHANNELS, BESIDE, DICTATIONS, HESITATIONS, INTERRUPTIONS, QUESTIONS,
                  SENTENCES)

# What the agent says. Without a comma, so that no pause of its own looks as if it had stopped.
GREETING = "Hello."
BRIEF = "I have noted that."
LONG = ("Our kitchen is open every day from noon until late in the evening and we serve fresh pasta"
        " and pizza from the wood oven.")

# In the order of the report.
BEHAVIOURS = ("plain", "hesitation", "dictation", "recorded people", "listening", "backchannel",
              "cough", "click", "keyboard", "talker beside", "interruption")
BESIDE_DB = -15.0
# How far into the answer the caller makes a sound.
OVER_AT = 1.5


@dataclass(frozen=True)
class Condition:
    name: str
    title: str
    bed: str = ""
    snr_db: float = 0.0
    echo_db: float = 0.0  # Of the agent's own voice; 0: none.
    telephone: bool = False
    loss: float = 0.0
    # Whether a short run has it, and whether the other side takes it, too.
    quick: bool = False
    compared: bool = False


CONDITIONS = {one.name: one for one in (
    Condition("clean", "clean", quick=True, compared=True),
    *(Condition(f"{bed}{snr}", f"{bed}, {snr} dB", bed=bed, snr_db=snr,
                quick=(bed, snr) in (("babble", 10), ("street", 10)), compared=snr == 10)
      for bed in noises.BEDS for snr in (20, 10, 5)),
    Condition("echo30", "echo, -30 dB", echo_db=-30.0),
    Condition("echo20", "echo, -20 dB", echo_db=-20.0, quick=True, compared=True),
    Condition("phone", "telephone", telephone=True, quick=True, compared=True),
    Condition("loss3", "3 % lost", loss=0.03, quick=True, compared=True),
    Condition("loss10", "10 % lost", loss=0.10),
)}


@dataclass
class Step:
    """One thing that the caller does. `kind`: `idle` (is silent), `say` (an answer is due), `over`
    (says something; then makes the sound `over` while the agent answers)."""

    kind: str
    behaviour: str
    words: np.ndarray = None
    text: str = ""
    dictated: bool = False
    # What happens over the answer: `nothing`, `interruption`, or what must not stop the agent.
    over_kind: str = ""
    over: np.ndarray = None
    seconds: float = 0.0


@dataclass
class Call:
    name: str
    condition: Condition
    voice: str
    agent: str
    steps: list = field(default_factory=list)
    # Who talks beside the caller from now and then: (the sound, a pause in seconds).
    beside: tuple = ()
    # The whole of what is said, where only this is known.
    text: str = ""


class Plan:
    def __init__(self, voices, seed, quick):
        self.voices, self.quick = voices, quick
        self.random = random.Random(seed)
        self.noise = np.random.default_rng(seed)
        self.calls = []

    def _call(self, name, condition, voice, agent, **more):
        call = Call(f"{condition.name}/{name}/{len(self.calls)}", condition, voice, agent, **more)
        self.calls.append(call)
        return call

    def _some(self, of, count):
        """A random order; again from the start where more are wanted than there are."""
        chosen = []
        while len(chosen) < count:
            chosen += self.random.sample(of, len(of))
        return chosen[:count]

    def _say(self, call, behaviour, parts, **more):
        text = " ".join(part for part in parts if isinstance(part, str))
        call.steps.append(Step("say", behaviour, self.voices.say(call.voice, parts), text, **more))

    def _over(self, call, behaviour, over_kind, over):
        text = self.random.choice(QUESTIONS)
        call.steps.append(Step("over", behaviour, self.voices.say(call.voice, [text]), text,
                               over_kind=over_kind, over=over))

    def plain(self, condition, calls, turns):
        for voice in self._some(self.voices.names(), calls):
            call = self._call("plain", condition, voice, "brief")
            call.steps.append(Step("idle", "", seconds=4.0))
            for sentence in self._some(SENTENCES, turns):
                self._say(call, "plain", [sentence])

    def heard_to_the_end(self, condition, rounds):
        """The agent's answers with the condition alone, a backchannel, and an interruption."""
        voice = self.random.choice(self.voices.names())
        call = self._call("answers", condition, voice, "long")
        for _ in range(rounds):
            self._over(call, "listening", "nothing", None)
            self._over(call, "backchannel", "backchannel",
                       self.voices.speak(voice, self.random.choice(BACKCHANNELS)))
            self._over(call, "interruption", "interruption",
                       self.voices.speak(voice, self.random.choice(INTERRUPTIONS)))

    def spoken(self, condition, behaviour, lines, calls, turns, dictated=False):
        for voice in self._some(self.voices.names(), calls):
            call = self._call(behaviour, condition, voice, "brief")
            for parts in self._some(lines, turns):
                self._say(call, behaviour, parts, dictated=dictated)

    def over_answers(self, condition, behaviour, over_kind, lines, calls):
        for voice in self._some(self.voices.names(), calls):
            call = self._call(behaviour, condition, voice, "long")
            for line in lines:
                self._over(call, behaviour, over_kind, self.voices.speak(voice, line))

    def noises_over_answers(self, condition, calls):
        for voice in self._some(self.voices.names(), calls):
            call = self._call("noises", condition, voice, "long")
            for name, make in noises.NOISES.items():
                self._over(call, name, "noise", make(self.noise))

    def beside(self, condition, calls):
        for voice in self._some(self.voices.names(), calls):
            other = self.random.choice([name for name in self.voices.names() if name != voice])
            talk = np.concatenate([np.concatenate([self.voices.speak(other, line),
                                                   sound.silence(1.5)]) for line in BESIDE])
            call = self._call("beside", condition, voice, "long",
                              beside=(talk * np.float32(sound.gain(BESIDE_DB)),))
            for _ in range(2):
                self._over(call, "talker beside", "beside", None)

    def people(self, condition):
        for name in self.voices.recordings[:1 if self.quick else None]:
            call = self._call("people", condition, name, "brief",
                              text=self.voices.recording_text(name))
            for phrase in self.voices.phrases(name):
                call.steps.append(Step("say", "recorded people", phrase))

    def make(self, conditions):
        for condition in conditions:
            if self.quick:
                self.plain(condition, 1, 3)
                self.heard_to_the_end(condition, 1)
            else:
                self.plain(condition, 6 if condition.name == "clean" else 3, 4)
                self.heard_to_the_end(condition, 2)
            if condition.name == "clean":
                self._behaviours(condition)
        return self.calls

    def _behaviours(self, clean):
        calls = 1 if self.quick else 4
        self.spoken(clean, "hesitation", HESITATIONS, calls, 4)
        self.spoken(clean, "dictation", DICTATIONS, calls, 2 if self.quick else 4, dictated=True)
        self.over_answers(clean, "backchannel", "backchannel", BACKCHANNELS[:2 * calls], calls)
        self.over_answers(clean, "interruption", "interruption", INTERRUPTIONS[:2 * calls], calls)
        self.noises_over_answers(clean, calls)
        self.beside(clean, calls)
        self.people(clean)
