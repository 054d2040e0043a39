#!/usr/bin/env python3
"""Writes reference.txt: what onnxruntime makes of the voice detector's model, to be compared with
our own computation of it (voice_activity_test.cpp).

    python3 -m venv build/venv
    build/venv/bin/pip install -r tests/voice_activity/requirements.txt
    build/venv/bin/python tests/voice_activity/reference.py build/speech/silero-vad RECORDINGS

RECORDINGS is the folder of beckett.wav and two_cities.wav (tools/speech). They are not ours to hand
on, so that only a hash of their samples stands in the file, and a probability for each window.
"""
import array
import pathlib
import sys
import wave

import numpy
import onnxruntime

WINDOW, CONTEXT = 512, 64


def hash_of(samples):
    """FNV-1a, 64 bits, over the samples' bytes."""
    value = 14695981039346656037
    for byte in array.array("h", samples).tobytes():
        value = ((value ^ byte) * 1099511628211) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def synthetic():
    """Ten seconds that need no file: buzzing syllables and noise, of whole numbers only, so that
    the test makes the same ones."""
    samples, state, phase = [], 1, 0
    for index in range(160_000):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        noise = (state >> 16) % 401 - 200
        phase = (phase + 300 + index // 50 % 320) % 40_000
        loudness = index % 4_000 if index % 32_000 < 20_000 else 0
        samples.append((phase - 20_000) * loudness // 8_000 + noise)
    return samples


def recording(path):
    """At 16 kHz; from 48 kHz by the mean of three samples, towards zero."""
    with wave.open(str(path), "rb") as file:
        rate = file.getframerate()
        if file.getnchannels() != 1 or file.getsampwidth() != 2 or rate not in (16_000, 48_000):
            sys.exit(f"error: {path} is no recording that was expected")
        samples = array.array("h", file.readframes(file.getnframes()))
    if rate == 16_000:
        return list(samples)
    return [int(sum(samples[at:at + 3]) / 3) for at in range(0, len(samples) - 2, 3)]


def judge(session, samples):
    state = numpy.zeros((2, 1, 128), dtype=numpy.float32)
    context = numpy.zeros(CONTEXT, dtype=numpy.float32)
    for at in range(0, len(samples) - WINDOW + 1, WINDOW):
        window = numpy.array(samples[at:at + WINDOW], dtype=numpy.float32) / 32768.0
        heard = numpy.concatenate([context, window])[None, :]
        output, state = session.run(None, {"input": heard, "state": state,
                                           "sr": numpy.array(16_000, dtype=numpy.int64)})
        context = window[-CONTEXT:]
        yield float(output[0][0])


def main():
    model, recordings = map(pathlib.Path, sys.argv[1:])
    session = onnxruntime.InferenceSession(str(model / "silero_vad_16k_op15.onnx"),
                                           providers=["CPUExecutionProvider"])
    lines = []
    for name in ("synthetic", "beckett", "two_cities"):
        samples = synthetic() if name == "synthetic" else recording(recordings / f"{name}.wav")
        probabilities = list(judge(session, samples))
        lines.append(f"{name} {hash_of(samples)} {len(probabilities)}")
        lines += [f"{probability:.9g}" for probability in probabilities]
    target = pathlib.Path(__file__).with_name("reference.txt")
    target.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
