"""The recogniser that tools/speech/install.sh lays out (Moonshine tiny), on whole recordings: what
can be understood of the words at best, and the ears of the peer."""

import numpy as np

import sound
from voices import SPEECH


def is_installed():
    if not (SPEECH / "moonshine-tiny-en/encoder_model.ort").exists():
        return False
    try:
        import sherpa_onnx  # noqa: F401
    except ImportError:
        return False
    return True


class Recogniser:
    def __init__(self):
        import sherpa_onnx
        folder = SPEECH / "moonshine-tiny-en"
        self.model = sherpa_onnx.OfflineRecognizer.from_moonshine_v2(
            encoder=str(folder / "encoder_model.ort"),
            decoder=str(folder / "decoder_model_merged.ort"), tokens=str(folder / "tokens.txt"))

    def understand(self, samples):
        stream = self.model.create_stream()
        quiet = sound.silence(0.2)
        stream.accept_waveform(sound.RATE, np.concatenate([quiet, samples, quiet]))
        self.model.decode_stream(stream)
        return stream.result.text
