#!/usr/bin/env python3
"""Makes day.csv and history.csv: a restaurant chain's day with a campaign, and the week before it.
The same files each time. Calls come by chance around a curve of the day; on Mondays at 11:00 a
message goes to customers, and many of them call within the next half hour.

usage: make_days.py            writes both beside itself
       make_days.py --check    says whether they are as it makes them"""

import math
import random
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
HOLDING = 150
# Calls a minute at each full hour of a day; between them the line is straight.
USUAL = [0.2, 0.1, 0.1, 0, 0, 0.1, 0.3, 0.8, 1.5, 2.5, 4, 6, 8, 6, 4, 3.5, 4, 6, 9, 8, 6, 4, 2, 0.8]
# The days from a Monday on.
OF_DAY = [1.0, 0.9, 0.95, 1.0, 1.3, 1.4, 1.1]


def rate(minute):
    hour, part = divmod(minute, 60)
    return USUAL[hour] + (USUAL[(hour + 1) % 24] - USUAL[hour]) * part / 60


def campaign(minute, calls):
    """`calls` in all, most of them in the first ten minutes after 11:00."""
    since = minute - 660
    return calls * math.exp(-since / 10) / 10 if 0 <= since < 60 else 0.0


def count(chance, mean):
    """A Poisson number (Knuth, The Art of Computer Programming, 3.4.1)."""
    limit, product, number = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number


def line(minute, calls):
    return f"{minute},{calls},{HOLDING}\n"


def days(chance):
    """{name: text} of both files."""
    history = "minute,arrivals,holding_seconds\n"
    for day, weight in enumerate(OF_DAY):
        for minute in range(1440):
            mean = rate(minute) * weight + (campaign(minute, 560) if day == 0 else 0)
            if calls := count(chance, mean):
                history += line(day * 1440 + minute, calls)
    today = "minute,arrivals,holding_seconds\n"
    for minute in range(1440):
        if calls := count(chance, rate(minute) + campaign(minute, 640)):
            today += f"{minute // 60:02}:{minute % 60:02},{calls},{HOLDING}\n"
    return {"history.csv": history, "day.csv": today}


def main():
    stale = []
    for name, text in days(random.Random(2026)).items():
        path = FOLDER / name
        if "--check" in sys.argv:
            if not path.is_file() or path.read_text() != text:
                stale.append(name)
        else:
            path.write_text(text)
    if stale:
        sys.exit(f"not as make_days.py makes them: {', '.join(stale)}")


if __name__ == "__main__":
    main()
