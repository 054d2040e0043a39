#!/usr/bin/env python3
"""usage: run.py VOICES_BENCH

Runs it three times, takes of each figure the middle one, and writes bench/results/voices.{md,json}.
"""

import json
import os
import platform
import statistics
import subprocess
import sys
from pathlib import Path

RESULTS = Path(__file__).parent.parent / "results"
RUNS = 3


def middle(runs):
    """One list of voices from several: of numbers the median."""
    return [{key: statistics.median(values) if isinstance(values[0], (int, float)) else values[0]
             for key in voice
             for values in [[run[index][key] for run in runs]]}
            for index, voice in enumerate(runs[0])]


def main():
    command = sys.argv[1]
    runs = [json.loads(subprocess.run([command], check=True, capture_output=True).stdout)
            for _ in range(RUNS)]
    voices = middle([run["voices"] for run in runs])
    machine = f"{platform.machine()}, {os.cpu_count()} processors"
    result = {"command": f"bench/voices/run.py {command}", "machine": machine, "runs": RUNS,
              "sentences": runs[0]["sentences"], "voices": voices}
    (RESULTS / "voices.json").write_text(json.dumps(result, indent=2) + "\n")
    rows = [
        "| {} | {:.1f} s | {:.3f} | {:.0f} / {:.0f} ms | {:.0f} / {:.0f} ms |".format(
            f"{voice['voice']} ({voice['name']})" if "name" in voice else voice["voice"],
            voice["audio_s"], voice["cpu_s_per_audio_s"],
            voice["first_audio_cpu_ms_p50"], voice["first_audio_cpu_ms_max"],
            voice["first_audio_ms_p50"], voice["first_audio_ms_max"])
        for voice in voices]
    load = "".join(f"\nLoading the voice {voice['name']} once takes {voice['load_cpu_s']:.1f} s "
                   "of a core.\n" for voice in voices if "load_cpu_s" in voice)
    (RESULTS / "voices.md").write_text(f"""# The voices of this machine

`{result['command']}`, {machine}: {result['sentences']} sentences of an agent, one after the other
on one thread; of {RUNS} runs the middle one of each figure. CPU is the process's and that of the
programs it starts (of the first audio the process's alone), and holds beside other work; the last
column is what the clock showed, which other work makes longer.

| voice | audio | CPU seconds per second of audio | CPU to the first audio, p50 / most | time |
|---|---|---|---|---|
{chr(10).join(rows)}
{load}""")


if __name__ == "__main__":
    main()
