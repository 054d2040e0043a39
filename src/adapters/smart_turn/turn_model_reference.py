#!/usr/bin/env python3
"""Writes turn_model_reference.txt: what onnxruntime's own package makes of the model, to be
compared with ours (turn_model_test.cpp).

    python3 -m venv build/venv
    build/venv/bin/pip install numpy==2.4.6 onnxruntime==1.32.0
    build/venv/bin/python src/adapters/smart_turn/turn_model_reference.py build/speech \\
        > src/adapters/smart_turn/turn_model_reference.txt

A line a piece of sound: its name, its number of samples, and how likely it is a turn that is over.
"""
import array
import pathlib
import sys
import wave

import numpy as np
import onnxruntime

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "audio/log_mel"))
import log_mel_reference  # noqa: E402


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


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    session = onnxruntime.InferenceSession(str(folder / "smart-turn-v3.2/model.onnx"),
                                           providers=["CPUExecutionProvider"])
    pieces = [("buzz", log_mel_reference.buzz(count)) for count in (30_000, 128_000, 150_000)]
    for name in ("beckett", "two_cities"):
        whole = recording(folder / "recordings" / f"{name}.wav")
        pieces += [(name, whole[:end]) for end in range(24_000, len(whole), 40_000)]
    for name, sound in pieces:
        features = log_mel_reference.features(sound).astype(np.float32)[None]
        print(name, len(sound), f"{session.run(None, {'input_features': features})[0].item():.6f}")
