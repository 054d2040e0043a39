#!/usr/bin/env python3
"""usage: piper_voice.py VOICE.onnx FOLDER

Lays out a voice of Piper's as the provider `local` wants it: FOLDER/model.onnx with the metadata
that sherpa-onnx reads, FOLDER/model.onnx.json and FOLDER/tokens.txt. Its description is looked for
beside it, as VOICE.onnx.json. Needs nothing but Python's own library. FOLDER must not exist.
"""

import json
import sys
from pathlib import Path

import lay_out
import onnx_metadata


def check(config):
    """ValueError where `local` could not use such a voice."""
    if config.get("phoneme_type", "espeak") != "espeak":
        raise ValueError("it was not taught phonemes of eSpeak NG")
    several = [phoneme for phoneme, numbers in config["phoneme_id_map"].items()
               if len(phoneme) != 1 or len(numbers) != 1]
    if several:
        raise ValueError(f"its phonemes {several} are not one character with one number")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    model, target = Path(sys.argv[1]), Path(sys.argv[2])
    try:
        description = Path(f"{model}.json").read_text(encoding="utf-8")
        config = json.loads(description)
        check(config)
        prepared = onnx_metadata.with_metadata(model.read_bytes(), lay_out.voice_metadata(config))
        tokens = lay_out.voice_tokens(config)
        target.mkdir(parents=True)
        (target / "model.onnx").write_bytes(prepared)
        (target / "model.onnx.json").write_text(description, encoding="utf-8")
        (target / "tokens.txt").write_text(tokens, encoding="utf-8")
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{model}: {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
