"""Lines as tones, so that callers, recogniser and voice of the test understand each other exactly.

Line N is marked by a tone of its own, above the band in which the agent's detector looks for
speech; the agent answers line N in the same tone."""

import numpy

NUMBER_MAX = 40
GREETING_HZ, OTHER_HZ, UNSURE_HZ = 500, 700, 900
FIRST_HZ, STEP_HZ = 2000, 100
FRAME_MS = 20


def tone_hz(number):
    assert 1 <= number <= NUMBER_MAX, number
    return FIRST_HZ + STEP_HZ * number


def meaning_of(hz):
    """A line's number, "greeting", "other", "unsure", or None for no tone of ours."""
    number = round((hz - FIRST_HZ) / STEP_HZ)
    if 1 <= number <= NUMBER_MAX and abs(hz - tone_hz(number)) <= 30:
        return number
    for known, name in ((GREETING_HZ, "greeting"), (OTHER_HZ, "other"), (UNSURE_HZ, "unsure")):
        if abs(hz - known) <= 30:
            return name
    return None


def make_tone(hz, seconds, rate):
    time = numpy.arange(int(seconds * rate)) / rate
    return (6000 * numpy.sin(2 * numpy.pi * hz * time)).astype("<i2").tobytes()


def lines_in(samples, rate=16000, pause_ms=400, shortest_ms=200):
    """The numbers of the lines in what was heard, in order: each stretch of sound is one."""
    frame = rate * FRAME_MS // 1000
    count = len(samples) // frame
    if count == 0:
        return []
    frames = samples[:count * frame].reshape(count, frame).astype(numpy.float32)
    loud = numpy.flatnonzero(numpy.abs(frames).mean(axis=1) > 600)
    numbers = []
    for stretch in numpy.split(loud, numpy.flatnonzero(numpy.diff(loud) > pause_ms / FRAME_MS) + 1):
        if len(stretch) * FRAME_MS < shortest_ms:
            continue
        heard = frames[stretch[0]:stretch[-1] + 1].reshape(-1)
        spectrum = numpy.abs(numpy.fft.rfft(heard * numpy.hanning(len(heard))))
        hertz = numpy.fft.rfftfreq(len(heard), 1 / rate)
        high = hertz > FIRST_HZ - STEP_HZ
        meaning = meaning_of(hertz[high][numpy.argmax(spectrum[high])])
        if isinstance(meaning, int):
            numbers.append(meaning)
    return numbers
