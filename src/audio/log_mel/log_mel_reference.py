#!/usr/bin/env python3
"""Writes log_mel_reference.txt: features of synthetic sounds by numpy, in double precision and from
the definition alone, to be compared with ours (log_mel_test.cpp).

    python3 -m venv build/venv
    build/venv/bin/pip install numpy==2.4.6
    build/venv/bin/python src/audio/log_mel/log_mel_reference.py > log_mel_reference.txt

A line a sound: its name, its number of samples, and every 997th of the 64,000 features.
"""
import numpy as np

SAMPLES, FFT, HOP, BANDS, RATE = 128_000, 400, 160, 80, 16_000


def buzz(count):
    """Buzzing syllables and noise, of whole numbers only, so that the test makes the same ones."""
    samples, state, phase = [], 1, 0
    for index in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        noise = (state >> 16) % 401 - 200
        phase = (phase + 300 + index // 50 % 320) % 40_000
        loudness = index % 4_000 if index % 32_000 < 20_000 else 0
        # Towards zero, as in C++.
        samples.append(int((phase - 20_000) * loudness / 8_000) + noise)
    return samples


def mel(hz):
    return np.where(hz < 1000, 3 * hz / 200,
                    15 + np.log(np.maximum(hz, 1) / 1000) * 27 / np.log(6.4))


def hz(mels):
    return np.where(mels < 15, 200 * mels / 3, 1000 * np.exp((mels - 15) * np.log(6.4) / 27))


def triangles():
    corners = hz(np.linspace(0, mel(np.array(RATE / 2)), BANDS + 2))
    at = np.arange(FFT // 2 + 1) * RATE / FFT
    rows = []
    for low, middle, high in zip(corners, corners[1:], corners[2:]):
        heights = np.minimum((at - low) / (middle - low), (high - at) / (high - middle))
        rows.append(np.maximum(heights, 0) * 2 / (high - low))
    return np.array(rows)


def features(samples):
    sound = np.zeros(SAMPLES)
    last = np.array(samples[-SAMPLES:], dtype=np.float64) / 32768
    if len(last):
        sound[-len(last):] = last
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)
    padded = np.pad(sound, FFT // 2, mode="reflect")
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)
    # The definition of the transform, so that no other implementation is leant on.
    exponents = np.outer(np.arange(FFT // 2 + 1), np.arange(FFT)) % FFT
    transform = np.exp(-2j * np.pi * exponents / FFT)
    frames = np.stack([padded[at:at + FFT] for at in range(0, SAMPLES, HOP)])
    powers = np.abs(transform @ (frames * window).T) ** 2
    logs = np.log10(np.maximum(triangles() @ powers, 1e-10))
    return (np.maximum(logs, logs.max() - 8) + 4) / 4


if __name__ == "__main__":
    for name, count in (("silence", 0), ("short", 30_000), ("whole", 128_000), ("long", 150_000)):
        values = features(buzz(count)).reshape(-1)[::997]
        print(name, count, *(f"{value:.6f}" for value in values))
