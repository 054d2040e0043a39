#!/usr/bin/env python3
"""usage: run.py [--output FOLDER]

How well and at what cost the recognisers `local` and `pocketsphinx` understand the same audio:
two recordings of people, and the sentences beside this file by every synthetic voice that is here.
Writes speech.json and speech.md. Called by ./dev bench speech, which builds what it runs.
"""

import argparse
import json
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
from measure import percentile  # noqa: E402

PROGRAM = ROOT / "build/release/bench/speech/speech_bench"
SPEECH = ROOT / "build/speech"
PROVIDERS = ("local", "pocketsphinx")
FLITE_VOICES = ("slt", "rms", "awb", "kal16")
# What the people of the recordings say.
RECORDINGS = {
    "beckett": "ever tried ever failed no matter try again fail again fail better",
    "two_cities": (
        "it was the best of times it was the worst of times it was the age of wisdom it was the "
        "age of foolishness it was the epoch of belief it was the epoch of incredulity it was the "
        "season of light it was the season of darkness it was the spring of hope it was the "
        "winter of despair we had everything before us we had nothing before us we were all going "
        "direct to heaven we were all going direct the other way in short the period was so far "
        "like the present period that some of its noisiest authorities insisted on its being "
        "received for good or for evil in the superlative degree of comparison only"),
}
SMALL = ("zero one two three four five six seven eight nine ten eleven twelve").split()


def words_of(text):
    """Small letters, no punctuation, small numbers as words: what is compared."""
    words = re.sub(r"[^a-z0-9' ]+", " ", text.lower().replace("’", "'")).split()
    return [SMALL[int(word)] if word.isdigit() and int(word) < len(SMALL) else word
            for word in words]


def errors_between(wanted, heard):
    """Words to insert, delete and exchange (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(wanted, 1):
        previous, row[0] = row[0], number
        for at, other in enumerate(heard, 1):
            previous, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1,
                                             previous + (word != other))
    return row[-1]


def speak_all(sentences, folder):
    """(voice, text, file) of every sentence by every voice."""
    spoken = []

    def add(voice, number, command, text):
        path = folder / f"{voice}_{number}.wav"
        subprocess.run([*command, str(path)], check=True, stdout=subprocess.DEVNULL)
        spoken.append((voice, text, path))

    for number, text in enumerate(sentences):
        for voice in FLITE_VOICES:
            add(f"flite {voice}", number, ["flite", "-voice", voice, "-t", text, "-o"], text)
        add("espeak-ng", number, ["espeak-ng", "-v", "en-us", text, "-w"], text)
    lines = []
    for number, text in enumerate(sentences):
        phonemes = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", text],
                                  check=True, capture_output=True, text=True).stdout
        lines.append(f"piper joe_{number}\t{' '.join(phonemes.split())}.\n")
    if subprocess.run([PROGRAM, "say", SPEECH, folder], input="".join(lines), text=True,
                      check=False).returncode == 0:
        spoken += [("piper joe", text, folder / f"piper joe_{number}.wav")
                   for number, text in enumerate(sentences)]
    return spoken


def hear(provider, files):
    output = subprocess.run([PROGRAM, "hear", provider, SPEECH, *files], check=True,
                            capture_output=True, text=True).stdout
    lines = [json.loads(line) for line in output.splitlines() if line.startswith('{"')]
    return [line for line in lines if "file" in line], {
        key: value for line in lines if "file" not in line for key, value in line.items()}


def summary(rows):
    audio = sum(row["audio_ms"] for row in rows)
    return {
        "utterances": len(rows),
        "word_error_rate": round(sum(row["errors"] for row in rows) /
                                 sum(row["words"] for row in rows), 3),
        "whole": sum(row["errors"] == 0 for row in rows),
        "audio_s": round(audio / 1e3, 1),
        "cpu_per_audio": round(sum(row["cpu_ms"] for row in rows) / audio, 3),
        "final_ms_p50": percentile([row["final_ms"] for row in rows], .5),
        "final_ms_p95": percentile([row["final_ms"] for row in rows], .95),
        "partials_per_s": round(sum(row["partials"] for row in rows) / audio * 1e3, 2),
    }


def table(results):
    lines = ["| voice | recogniser | utterances | word error rate | word for word | CPU per second "
             "of audio | endpoint to transcript, p50 / p95 |", "|---|---|---|---|---|---|---|"]
    for voice, of_voice in results["voices"].items():
        for provider, each in of_voice.items():
            lines.append(
                f"| {voice} | {provider} | {each['utterances']} | "
                f"{each['word_error_rate'] * 100:.1f} % | {each['whole']} | "
                f"{each['cpu_per_audio']:.3f} s | "
                f"{each['final_ms_p50']} / {each['final_ms_p95']} ms |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2])
    parser.add_argument("--output", type=Path, default=ROOT / "bench/results")
    arguments = parser.parse_args()
    if not (SPEECH / "INSTALLED").exists():
        sys.exit("error: neural speech is not installed: tools/speech/install.sh")
    folder = Path(tempfile.mkdtemp(prefix="speech_bench."))
    try:
        sentences = (Path(__file__).parent / "sentences.txt").read_text().splitlines()
        spoken = [(f"a person ({name})", text, SPEECH / f"recordings/{name}.wav")
                  for name, text in RECORDINGS.items()]
        spoken += speak_all(sentences, folder)
        results = {"machine": platform.machine(), "voices": {}, "providers": {}, "rows": []}
        files = [path for _, _, path in spoken]
        # Side by side: what counts is CPU time.
        with ThreadPoolExecutor() as pool:
            both = list(pool.map(lambda provider: hear(provider, files), PROVIDERS))
        for provider, (heard, totals) in zip(PROVIDERS, both):
            results["providers"][provider] = totals
            for (voice, text, _), row in zip(spoken, heard):
                wanted = words_of(text)
                row |= {"voice": voice, "provider": provider, "wanted": text,
                        "words": len(wanted),
                        "errors": errors_between(wanted, words_of(row["text"]))}
                del row["file"]
                results["rows"].append(row)
    finally:
        shutil.rmtree(folder)
    synthetic = [row for row in results["rows"] if "person" not in row["voice"]]
    for voice in dict.fromkeys(row["voice"] for row in results["rows"]):
        results["voices"][voice] = {
            provider: summary([row for row in results["rows"]
                               if (row["voice"], row["provider"]) == (voice, provider)])
            for provider in results["providers"]}
    results["voices"]["all synthetic voices"] = {
        provider: summary([row for row in synthetic if row["provider"] == provider])
        for provider in results["providers"]}
    write(results, arguments.output)


def write(results, folder):
    loaded = "; ".join(
        f"{provider}: {of['load_cpu_ms'] / 1e3:.2f} s of CPU to load, "
        f"{of['rss_max_kib'] / 1024:.0f} MiB of memory at most"
        for provider, of in results["providers"].items())
    text = ["# Recognisers of this machine", "",
            f"`./dev bench speech`, {results['machine']}. One utterance each, 300 ms of quiet "
            "before it and 400 ms after it, without hints.",
            "All times are CPU time of one thread: what a free core would take. Partial "
            "transcripts are wanted, as in calls.", "",
            f"{loaded}.", "", *table(results), ""]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "speech.md").write_text("\n".join(text))
    (folder / "speech.json").write_text(json.dumps(results, indent=1) + "\n")
    print("\n".join(text))


if __name__ == "__main__":
    main()
