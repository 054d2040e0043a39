"""The outside judge: voicebench (PyPI, Apache-2.0) dispatches the agent into a room of its own,
talks with it by a scenario and measures with code of its own."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import noises
import numpy as np
import sound

VOICE = "slt"
# (id, what is said or the noise that is made, when it starts, what it should do)
ROUND = (
    ("question", "What can you tell me about the kitchen?", ("agent_speech_end", 800), "respond"),
    ("cough", "cough", ("agent_speech_start", 1500), "ignore"),
    ("second", "When are you open and what is on the menu?", ("agent_speech_end", 1500), "respond"),
    ("interrupt", "No, that is wrong.", ("agent_speech_start", 1500), "stop"),
    ("third", "What do you serve in the evening?", ("agent_speech_end", 1500), "respond"),
    ("backchannel", "Uh huh.", ("agent_speech_start", 1500), "ignore"),
)
ROUNDS = 2
LONGEST = 300  # Seconds; its scenario ends after 240.


def scenario(folder, voices, rounds):
    generator = np.random.default_rng(1)
    turns = []
    for number in range(rounds):
        for name, what, (after, delay), expect in ROUND:
            path = Path(folder) / f"{name}{number}.wav"
            made = (noises.NOISES[what](generator) if what in noises.NOISES
                    else voices.speak(VOICE, what))
            sound.write_wav(path, made)
            turns.append({"id": f"{name}{number}", "audio": {"file": str(path)}, "expect": expect,
                          "start": {"after": after, "delay_ms": delay, "timeout_ms": 15000},
                          "max_stop_ms": 2500, "response_timeout_ms": 4000,
                          **({"text": what} if expect == "respond" else {})})
    # JSON is YAML.
    path = Path(folder) / "scenario.yaml"
    path.write_text(json.dumps({"name": "restaurant", "sample_rate": sound.RATE, "turns": turns,
                                "max_duration_ms": 240_000}))
    return path


def judge(livekit, side, voices, arguments):
    """Its summary; {"error": …} where it could not."""
    with tempfile.TemporaryDirectory() as folder:
        path = scenario(folder, voices, 1 if arguments.quick else ROUNDS)
        try:
            result = subprocess.run(
                [sys.executable, "-m", "voicebench", "run", path, "-a", "livekit",
                 "--url", f"ws://127.0.0.1:{livekit.port}", "-o", f"agent_name={side.agent_name}",
                 "--format", "json", "--out", Path(folder) / "out", "-q"],
                env={**os.environ, "LIVEKIT_API_KEY": livekit.key,
                     "LIVEKIT_API_SECRET": livekit.secret},
                capture_output=True, text=True, timeout=LONGEST)
        except subprocess.TimeoutExpired:
            return {"error": f"voicebench did not end within {LONGEST} s"}
        path = Path(folder) / "out/report.json"
        if not path.exists():
            return {"error": f"voicebench could not: {result.stderr.strip()[-300:]}"}
        found = json.loads(path.read_text())
        if arguments.keep:
            (Path(arguments.keep) / f"voicebench.{side.name}.json").write_text(path.read_text())
        return found["summary"]
