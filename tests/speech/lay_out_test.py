#!/usr/bin/env python3
"""tools/speech: what is made out of the archives of models, and that damaged ones are refused."""
import base64
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "tools/speech"))
import lay_out  # noqa: E402
import onnx_metadata  # noqa: E402

# A model of one field, its graph (7).
MODEL = bytes([7 << 3 | 2, 3]) + b"abc"


class OnnxMetadata(unittest.TestCase):
    def test_what_is_written_is_read_and_the_rest_stays(self):
        entries = {"model_type": "vits", "comment": "p" * 300, "language": "日本"}
        model = onnx_metadata.with_metadata(MODEL, entries)
        self.assertTrue(model.startswith(MODEL))
        self.assertEqual(onnx_metadata.metadata(model), entries)

    def test_an_entry_is_not_written_twice(self):
        model = onnx_metadata.with_metadata(MODEL, {"a": "1"})
        with self.assertRaises(ValueError):
            onnx_metadata.with_metadata(model, {"a": "2"})

    def test_what_is_no_model_is_refused(self):
        for bad in (MODEL[:-1], b"\xff", b"\x3b", b"\xff" * 12, bytes([7 << 3 | 2, 255, 255, 3])):
            with self.assertRaises(ValueError, msg=bad):
                onnx_metadata.metadata(bad)


class Tokens(unittest.TestCase):
    def test_a_row_of_tokens_becomes_numbered_lines(self):
        long = b"x" * 300
        packed = b"\x05<unk>" + bytes([300 % 128 | 128, 300 // 128]) + long + b"\x00" * 32_766
        lines = lay_out.moonshine_tokens(packed).splitlines()
        self.assertEqual(lines[0], base64.b64encode(b"<unk>").decode() + "\t0")
        self.assertEqual(lines[1], base64.b64encode(long).decode() + "\t1")
        self.assertEqual(lines[-1], "\t32767")

    def test_a_file_that_is_cut_off_is_refused(self):
        for bad in (b"", b"\x05<un", b"\x01a"):
            with self.assertRaises(ValueError):
                lay_out.moonshine_tokens(bad)

    def test_phonemes_keep_their_numbers(self):
        config = {"phoneme_id_map": {"_": [0], " ": [3], "ð": [41]}}
        self.assertEqual(lay_out.voice_tokens(config), "_ 0\n  3\nð 41\n")


if __name__ == "__main__":
    unittest.main()
