"""What else is heard: made by a seed, the same on every machine that has the same voices."""

import numpy as np

import sound
from sound import RATE

SECONDS = 20  # of a bed before it begins again
BABBLE_LINES = (
    "and then we went down to the river and stayed until it was dark",
    "she said the train was late again so they took a taxi from the station",
    "no I think the other one was better but it costs twice as much",
    "have you seen what they have done with the old market hall",
    "we should call them before noon and ask whether it is ready",
    "it rained the whole week and on the last day the sun came out",
)


def normalised(samples):
    """At 0 dB, which a condition then brings to its own level."""
    return (samples / np.sqrt(np.mean(np.square(samples, dtype=np.float64)))).astype(np.float32)


def babble(voices, generator, seconds=SECONDS):
    """Every voice three times over, each from a place of its own."""
    bed = sound.silence(seconds)
    for voice in voices.names() * 3:
        at = int(generator.integers(0, RATE))
        while at < len(bed):
            line = voices.speak(voice, BABBLE_LINES[generator.integers(len(BABBLE_LINES))])
            sound.mix(bed, line * sound.gain(generator.uniform(-6, 0)), at)
            at += len(line) + int(generator.uniform(0.1, 0.6) * RATE)
    return normalised(bed)


def music(_, generator, seconds=SECONDS):
    """Chords that change each bar, with a bass and a beat: 100 beats a minute."""
    bed = sound.silence(seconds)
    beat = int(0.6 * RATE)
    time = np.arange(4 * beat) / RATE
    for bar, start in enumerate(range(0, len(bed), 4 * beat)):
        root = 220.0 * 2.0 ** ((0, 5, 7, 3)[bar % 4] / 12)
        chord = sum(np.sin(2 * np.pi * root * ratio * overtone * time) / overtone ** 1.5
                    for ratio in (0.5, 1.0, 1.26, 1.5) for overtone in (1, 2, 3, 4))
        sound.mix(bed, (0.2 * chord * np.exp(-0.5 * time)).astype(np.float32), start)
        for step in range(8):
            hit = generator.standard_normal(RATE // 12) * np.exp(-np.arange(RATE // 12) / 200)
            sound.mix(bed, (0.5 * hit).astype(np.float32), start + step * beat // 2)
    return normalised(bed)


def street(_, generator, seconds=SECONDS):
    """Traffic: noise that falls with frequency and swells, with bursts of higher bands."""
    count = seconds * RATE
    spectrum = np.fft.rfft(generator.standard_normal(count))
    frequency = np.fft.rfftfreq(count, 1 / RATE)
    rumble = np.fft.irfft(spectrum / np.maximum(frequency, 60.0) ** 0.8, count)
    swell = 1.0 + 0.6 * np.sin(2 * np.pi * np.arange(count) / RATE / 5.3)
    bed = normalised(rumble * swell)
    for _ in range(seconds // 2):
        length = int(generator.uniform(0.15, 0.6) * RATE)
        low = generator.uniform(300, 1500)
        burst = sound.band(generator.standard_normal(length), low, 2.5 * low)
        burst = normalised(burst) * np.hanning(length) * generator.uniform(1.0, 2.0)
        sound.mix(bed, burst.astype(np.float32), int(generator.integers(0, count - length)))
    return normalised(bed)


def below_speech(bed, db):
    """The bed at so many dB below the callers' speech."""
    return bed * np.float32(sound.gain(sound.SPEECH_DB - db))


BEDS = {"babble": babble, "music": music, "street": street}


def cough(generator):
    """A burst through the mouth's resonances, then a shorter one."""
    parts = []
    for seconds in (0.22, 0.16):
        count = int(seconds * RATE)
        puff = generator.standard_normal(count) * np.exp(-np.arange(count) / (0.07 * RATE))
        parts += [sound.band(puff, 400, 900) + 0.6 * sound.band(puff, 1200, 3000),
                  sound.silence(0.09)]
    return sound.at_level(np.concatenate(parts), sound.SPEECH_DB)


def click(generator):
    """A knock on the microphone."""
    count = int(0.04 * RATE)
    knock = generator.standard_normal(count) * np.exp(-np.arange(count) / (0.006 * RATE))
    return sound.at_level(knock.astype(np.float32), sound.SPEECH_DB)


def keyboard(generator):
    """1.5 s of typing, 6 dB below speech."""
    typing = sound.silence(1.5)
    at = 0.0
    while at < 1.4:
        count = int(0.03 * RATE)
        key = generator.standard_normal(count) * np.exp(-np.arange(count) / (0.004 * RATE))
        sound.mix(typing, key.astype(np.float32), int(at * RATE))
        at += generator.uniform(0.07, 0.22)
    return sound.at_level(typing, sound.SPEECH_DB - 6)


NOISES = {"cough": cough, "click": click, "keyboard": keyboard}
