#!/usr/bin/env python3
"""Takes the voice detector's weights out of its ONNX file, for src/audio/silero.

Usage: silero_weights.py MODEL.onnx WEIGHTS.bin

The model is silero_vad_16k_op15.onnx of the package silero-vad 6.2.3. (Its .safetensors holds older
weights.) The file is taken apart here, with the standard library alone: ONNX is protocol buffers,
of which we need the tensors of the graph. Nothing that the file says is believed before it is
checked.

WEIGHTS.bin, all little-endian (src/audio/silero/weights.hpp reads it):
    8 bytes   "SVADW16K"
    u32       1, the version of this layout
    u32       how many floats follow
    u32       CRC-32 (ISO 3309, as zlib's) of the floats' bytes
    u32       0
    floats    the window of the spectrum (256), then for the layers below weight and bias
"""
import array
import math
import os
import struct
import sys
import zlib

MAGIC = b"SVADW16K"
VERSION = 1
FILE_BYTES_MAX = 16 << 20
BASIS = "model.stft.forward_basis_buffer"
WINDOW = 256
BINS = WINDOW // 2 + 1
# In the order of the file. Shapes as the model has them.
TENSORS = [
    ("model.encoder.0.reparam_conv.weight", (128, BINS, 3)),
    ("model.encoder.0.reparam_conv.bias", (128,)),
    ("model.encoder.1.reparam_conv.weight", (64, 128, 3)),
    ("model.encoder.1.reparam_conv.bias", (64,)),
    ("model.encoder.2.reparam_conv.weight", (64, 64, 3)),
    ("model.encoder.2.reparam_conv.bias", (64,)),
    ("model.encoder.3.reparam_conv.weight", (128, 64, 3)),
    ("model.encoder.3.reparam_conv.bias", (128,)),
    ("model.decoder.rnn.weight_ih", (512, 128)),
    ("model.decoder.rnn.weight_hh", (512, 128)),
    ("model.decoder.rnn.bias_ih", (512,)),
    ("model.decoder.rnn.bias_hh", (512,)),
    ("model.decoder.decoder.2.weight", (1, 128, 1)),
    ("model.decoder.decoder.2.bias", (1,)),
]
FLOAT = 1  # TensorProto.DataType


class Malformed(ValueError):
    """The file is not what is expected; the text says in what."""


def read_varint(data, at):
    """A base-128 varint of at most ten bytes: (value, where the next field begins)."""
    value = 0
    for index in range(10):
        if at + index >= len(data):
            raise Malformed("it ends within a number")
        byte = data[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, at + index + 1
    raise Malformed("a number is too long")


def fields(data):
    """Yields (field number, value): an int, or a memoryview of what the field holds."""
    at = 0
    while at < len(data):
        key, at = read_varint(data, at)
        wire = key & 7
        if wire == 0:
            value, at = read_varint(data, at)
        elif wire in (1, 2, 5):
            size = {1: 8, 5: 4}.get(wire)
            if size is None:
                size, at = read_varint(data, at)
            if size > len(data) - at:
                raise Malformed("a field is longer than the file")
            value = data[at:at + size]
            at += size
        else:
            raise Malformed(f"wire type {wire}")
        yield key >> 3, value


def is_bytes(value):
    return isinstance(value, memoryview)


def read_tensor(data):
    """A TensorProto: (name, shape, raw bytes); bytes are None for other kinds than raw floats."""
    name, shape, kind, raw = "", [], 0, None
    for number, value in fields(data):
        if number == 1 and is_bytes(value):  # packed dims
            at = 0
            while at < len(value):
                dim, at = read_varint(value, at)
                shape.append(dim)
        elif number == 1:
            shape.append(value)
        elif number == 2 and not is_bytes(value):
            kind = value
        elif number == 8 and is_bytes(value):
            name = bytes(value).decode("utf-8", "replace")
        elif number == 9 and is_bytes(value):
            raw = value
    return name, tuple(shape), raw if kind == FLOAT else None


def read_tensors(model):
    """ModelProto.graph (7).initializer (5), by name."""
    tensors = {}
    for number, graph in fields(model):
        if number == 7 and is_bytes(graph):
            for field, value in fields(graph):
                if field == 5 and is_bytes(value):
                    name, shape, raw = read_tensor(value)
                    tensors[name] = (shape, raw)
    return tensors


def floats_of(tensors, name, shape):
    found, raw = tensors.get(name, ((), None))
    if raw is None:
        raise Malformed(f"there is no tensor {name} of floats")
    if found != shape or len(raw) != 4 * math.prod(shape):
        raise Malformed(f"{name} has the shape {found}, not {shape}")
    values = array.array("f", raw.tobytes())
    if sys.byteorder == "big":
        values.byteswap()
    if not all(math.isfinite(value) and abs(value) < 1e6 for value in values):
        raise Malformed(f"{name} holds numbers that are none")
    return values


def window_of(basis):
    """The basis is a Fourier transform of a window (its row for 0 Hz): we use a fast one."""
    window = basis[:WINDOW]
    for row in range(BINS):
        for index in range(WINDOW):
            angle = 2.0 * math.pi * (row * index % WINDOW) / WINDOW
            real = window[index] * math.cos(angle)
            imaginary = -window[index] * math.sin(angle)
            if (abs(basis[row * WINDOW + index] - real) > 1e-6 or
                    abs(basis[(BINS + row) * WINDOW + index] - imaginary) > 1e-6):
                raise Malformed(f"the basis of its spectrum is no Fourier transform at {row}")
    return window


def convert(model):
    """The bytes of WEIGHTS.bin."""
    tensors = read_tensors(memoryview(model))
    payload = window_of(floats_of(tensors, BASIS, (2 * BINS, 1, WINDOW)))
    for name, shape in TENSORS:
        payload += floats_of(tensors, name, shape)
    if sys.byteorder == "big":
        payload.byteswap()
    body = payload.tobytes()
    return MAGIC + struct.pack("<4I", VERSION, len(payload), zlib.crc32(body), 0) + body


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__.split("\n\n", maxsplit=2)[1])
    source, target = sys.argv[1:]
    try:
        if os.path.getsize(source) > FILE_BYTES_MAX:
            raise Malformed("it is too large")
        with open(source, "rb") as file:
            weights = convert(file.read())
    except (OSError, Malformed) as error:
        sys.exit(f"error: {source}: {error}")
    os.makedirs(os.path.dirname(target) or ".", exist_ok=True)
    with open(target + ".new", "wb") as file:
        file.write(weights)
    os.replace(target + ".new", target)


if __name__ == "__main__":
    main()
