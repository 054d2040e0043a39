"""Speech files for tests, spoken by flite's voice `slt`, which PocketSphinx understands."""

import subprocess
import wave
from pathlib import Path


def speak(text, path, rate=48_000, lead_seconds=0.0, tail_seconds=0.0):
    """Writes `text` as a mono 16-bit WAV with silence around it; returns the speech's seconds."""
    raw = Path(str(path) + ".raw.wav")
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(raw)], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["sox", str(raw), "-r", str(rate), "-c", "1", "-b", "16", str(path), "pad",
                    str(lead_seconds), str(tail_seconds)], check=True)
    with wave.open(str(raw)) as file:
        seconds = file.getnframes() / file.getframerate()
    raw.unlink()
    return seconds


def join(parts, path):
    """Joins WAV files of one format."""
    subprocess.run(["sox", *map(str, parts), str(path)], check=True)


def speak_lines(lines, path, lead_seconds, pause_seconds):
    """One recording of several lines: quiet before the first and pauses between them."""
    parts = []
    for index, line in enumerate(lines):
        part = path.with_name(f"line{index}.wav")
        speak(line, part, lead_seconds=pause_seconds if index else lead_seconds)
        parts.append(part)
    join(parts, path)
