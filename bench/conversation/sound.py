"""Sound as the bench handles it: mono, 16 kHz, floating point, full scale 1.0. Levels are in dB of
full scale (dBFS), times in seconds."""

import wave

import numpy as np

RATE = 16_000
# What counts as heard, in windows of 10 ms. Speech in this bench lies around -24 dBFS, what a codec
# makes of silence below -60.
AUDIBLE_DB = -45.0
WINDOW = RATE // 100
# Shorter sounds are clicks of a codec, not speech.
SHORTEST_SOUND = 0.03
SPEECH_DB = -24.0


def silence(seconds):
    return np.zeros(round(seconds * RATE), dtype=np.float32)


def gain(db):
    return 10.0 ** (db / 20.0)


def level(samples):
    """The mean level, in dBFS."""
    return 10.0 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12)


def levels(samples):
    """The level of each whole window of 10 ms."""
    count = len(samples) // WINDOW
    windows = np.asarray(samples[:count * WINDOW], dtype=np.float64).reshape(count, WINDOW)
    return 10.0 * np.log10(np.mean(windows * windows, axis=1) + 1e-12)


def speech_level(samples):
    """The level of the speech alone: of the windows within 30 dB of the loudest one."""
    found = levels(samples)
    loud = found[found > found.max() - 30.0]
    return 10.0 * np.log10(np.mean(10.0 ** (loud / 10.0)))


def at_level(samples, db):
    """The same speech at this level; never louder than full scale."""
    louder = samples * gain(db - speech_level(samples))
    return (louder / max(1.0, np.abs(louder).max())).astype(np.float32)


def segments(samples, gap, threshold=AUDIBLE_DB, shortest=SHORTEST_SOUND):
    """[(start, end), …] in seconds of what is audible. Pauses shorter than `gap` are part of it."""
    audible = levels(samples) >= threshold
    edges = np.flatnonzero(np.diff(np.concatenate([[False], audible, [False]]).astype(int)))
    found = []
    for start, end in zip(edges[::2], edges[1::2]):
        if found and (start - found[-1][1]) * WINDOW < gap * RATE:
            found[-1][1] = end
        else:
            found.append([start, end])
    # After they were joined: the first sound of a word may be short and stand alone.
    return [(int(start) * WINDOW / RATE, int(end) * WINDOW / RATE) for start, end in found
            if (end - start) * WINDOW >= shortest * RATE]


def trim(samples):
    """Without the silence around it, so that its first and last samples are heard."""
    found = segments(samples, gap=10.0)
    if not found:
        raise ValueError("nothing audible")
    return samples[round(found[0][0] * RATE):round(found[-1][1] * RATE)]


def mix(base, added, at=0):
    """Adds to `base`, in place, from the sample `at`; what goes beyond its end is cut off."""
    end = min(len(base), at + len(added))
    if end > at:
        base[at:end] += added[:end - at]
    return base


def low_pass(cutoff_hz, taps=129):
    """A windowed sinc."""
    n = np.arange(taps) - (taps - 1) / 2
    kernel = np.sinc(2 * cutoff_hz / RATE * n) * np.hamming(taps)
    return kernel / kernel.sum()


def band(samples, low_hz, high_hz):
    """What lies between the two frequencies, without delay."""
    kernel = low_pass(high_hz, 401) - low_pass(low_hz, 401)
    return np.convolve(samples, kernel, mode="same").astype(np.float32)


def resample(samples, rate, to=RATE):
    """From `rate` to another, by cutting the spectrum."""
    if rate == to:
        return samples.astype(np.float32)
    count = round(len(samples) * to / rate)
    spectrum = np.fft.rfft(samples)
    wanted = np.zeros(count // 2 + 1, dtype=complex)
    kept = min(len(spectrum), len(wanted))
    wanted[:kept] = spectrum[:kept]
    return (np.fft.irfft(wanted, count) * (count / len(samples))).astype(np.float32)


def mu_law(samples):
    """There and back through the 8 bits of G.711 (μ = 255)."""
    clipped = np.clip(samples, -1.0, 1.0)
    packed = np.round(np.sign(clipped) * np.log1p(255 * np.abs(clipped)) / np.log(256) * 127) / 127
    return (np.sign(packed) * np.expm1(np.abs(packed) * np.log(256)) / 255).astype(np.float32)


class Telephone:
    """The band and the coding of a telephone line, piece by piece as it is spoken."""

    def __init__(self):
        self.kernel = low_pass(3400.0) - low_pass(300.0)
        self.past = np.zeros(len(self.kernel) - 1)

    def pass_through(self, samples):
        heard = np.concatenate([self.past, samples])
        self.past = heard[-len(self.past):]
        return mu_law(np.convolve(heard, self.kernel, mode="valid"))

    # How much later a sound leaves than it came in.
    delay = 64 / RATE


def read_wav(path):
    with wave.open(str(path)) as file:
        assert file.getsampwidth() == 2, path
        rate, channels = file.getframerate(), file.getnchannels()
        data = np.frombuffer(file.readframes(file.getnframes()), dtype=np.int16)
    return resample(data.reshape(-1, channels)[:, 0].astype(np.float32) / 32768.0, rate)


def to_pcm(samples):
    return (np.clip(samples, -1.0, 1.0) * 32767.0).astype(np.int16)


def write_wav(path, samples, rate=RATE):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(to_pcm(samples).tobytes())
