"""Who calls: synthetic voices, and two recordings of people where they are installed."""

import os
import subprocess
import tempfile
import unicodedata
from pathlib import Path

import numpy as np

import sound

ROOT = Path(__file__).resolve().parents[2]
SPEECH = Path(os.environ.get("STUDIO_SPEECH", ROOT / "build/speech"))


def flite(name):
    return lambda text, path: ["flite", "-voice", name, "-t", text, "-o", path]


def espeak(name, words_per_minute=160):
    return lambda text, path: ["espeak-ng", "-v", name, "-s", str(words_per_minute), "-w", path,
                               "--", text]


# Name to the command that speaks a text into a WAV file.
SYNTHETIC = {
    "slt": flite("slt"), "rms": flite("rms"), "awb": flite("awb"), "kal16": flite("kal16"),
    "en-us": espeak("en-us"), "en-gb": espeak("en-gb"), "en-us+f3": espeak("en-us+f3"),
}

# What the people read (moonshine-voice's recordings): Beckett's six short sentences, and the
# beginning of "A Tale of Two Cities".
RECORDINGS = {
    "beckett": "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
    "two_cities": """It was the best of times, it was the worst of times, it was the age of wisdom,
        it was the age of foolishness, it was the epoch of belief, it was the epoch of incredulity,
        it was the season of light, it was the season of darkness, it was the spring of hope, it
        was the winter of despair, we had everything before us, we had nothing before us, we were
        all going direct to heaven, we were all going direct the other way. In short, the period
        was so far like the present period that some of its noisiest authorities insisted on its
        being received, for good or for evil, in the superlative degree of comparison only.""",
}


class PiperJoe:
    """The Piper voice that tools/speech/install.sh lays out, by sherpa-onnx and espeak-ng's
    phonemes."""

    def __init__(self):
        import sherpa_onnx
        folder = SPEECH / "piper-en-us-joe"
        self.library = sherpa_onnx
        self.voice = sherpa_onnx.OfflineTts(sherpa_onnx.OfflineTtsConfig(
            model=sherpa_onnx.OfflineTtsModelConfig(vits=sherpa_onnx.OfflineTtsVitsModelConfig(
                model=str(folder / "model.onnx"), tokens=str(folder / "tokens.txt")))))

    def speak(self, text):
        phonemes = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", "--", text],
                                  check=True, capture_output=True, text=True).stdout
        config = self.library.GenerationConfig()
        config.phoneme_codepoints = [
            [ord(sign) for sign in unicodedata.normalize("NFD", line.strip())]
            for line in phonemes.splitlines() if line.strip()]
        made = self.voice.generate(text, config)
        return sound.resample(np.asarray(made.samples, dtype=np.float32), made.sample_rate)


class Voices:
    """Speaks; keeps what was spoken, for the cases say the same words in many conditions."""

    def __init__(self):
        self.spoken = {}
        self.joe = None
        self.missing = []
        try:
            self.joe = PiperJoe() if (SPEECH / "piper-en-us-joe/model.onnx").exists() else None
        except ImportError:
            pass
        if self.joe is None:
            self.missing.append("the Piper voice joe")
        self.recordings = [name for name in RECORDINGS
                           if (SPEECH / f"recordings/{name}.wav").exists()]
        if len(self.recordings) < len(RECORDINGS):
            self.missing.append("the recordings of people")

    def names(self):
        return [*SYNTHETIC, *(["joe"] if self.joe else [])]

    def speak(self, voice, text):
        """The text at the level of speech, from its first audible sample to its last."""
        key = (voice, text)
        if key not in self.spoken:
            made = self.joe.speak(text) if voice == "joe" else self._run(SYNTHETIC[voice], text)
            self.spoken[key] = sound.trim(sound.at_level(made, sound.SPEECH_DB))
        return self.spoken[key]

    @staticmethod
    def _run(command, text):
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "said.wav")
            subprocess.run(command(text, path), check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            return sound.read_wav(path)

    def say(self, voice, parts):
        """Texts, and between them pauses as numbers of seconds."""
        return np.concatenate([sound.silence(part) if isinstance(part, (int, float))
                               else self.speak(voice, part) for part in parts])

    def recording(self, name):
        """The whole recording at the level of speech."""
        whole = sound.read_wav(SPEECH / f"recordings/{name}.wav")
        return sound.trim(sound.at_level(whole, sound.SPEECH_DB))

    @staticmethod
    def recording_text(name):
        return RECORDINGS[name]

    def phrases(self, name, pause=0.35):
        """The recording cut at the pauses of its reader."""
        whole = self.recording(name)
        return [whole[round(start * sound.RATE):round(end * sound.RATE)]
                for start, end in sound.segments(whole, gap=pause, shortest=0.2)]
