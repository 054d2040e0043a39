"""What goes wrong, and when: drawn from one seed. One fault at a time, with time to recover between
two; the promises are about each fault alone."""

import random
from dataclasses import dataclass

# kind -> how long it lasts, in seconds; None for what happens at one moment.
KINDS = {
    "kill_worker": None,
    "hand_over": None,
    "kill_api": None,
    "redis_hangs": (1.0, 4.0),
    "redis_dies": (0.5, 3.0),
    "postgres_hangs": (1.0, 5.0),
    "postgres_dies": (0.5, 4.0),
    "signalling_cut": (0.0, 2.0),
}
# Twice in each round, since the figure of the take-over comes from it.
ROUND = [*KINDS, "kill_worker"]
SETTLE = (4.0, 7.0)
FIRST_AT = 6.0


@dataclass(frozen=True)
class Fault:
    at: float
    kind: str
    victim: int  # Which of the replicas, modulo their number.
    seconds: float

    def __str__(self):
        lasts = f" for {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.at:6.1f} s  {self.kind}{lasts} (victim {self.victim})"


def make_schedule(seed, seconds):
    """Faults that begin and are over within so many seconds; the same for the same arguments."""
    random_numbers = random.Random(seed)
    faults, at, kinds = [], FIRST_AT, []
    while True:
        if not kinds:
            kinds = list(ROUND)
            random_numbers.shuffle(kinds)
        kind = kinds.pop()
        span = KINDS[kind]
        lasts = round(random_numbers.uniform(*span), 1) if span else 0.0
        if at + lasts + SETTLE[0] > seconds:
            return faults
        faults.append(Fault(round(at, 1), kind, random_numbers.randrange(6), lasts))
        at += lasts + random_numbers.uniform(*SETTLE)
