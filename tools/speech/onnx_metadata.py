"""Writes the metadata of an ONNX file without the package onnx.

An ONNX file is one ModelProto in the wire format of protocol buffers; `metadata_props`, its field
14, is a repeated StringStringEntryProto {1: key, 2: value} (onnx.proto3). Entries of a repeated
field may stand anywhere, so new ones are appended.
"""

METADATA_PROPS = 14
LENGTH_DELIMITED = 2


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    """The number at `at`, and where it ends."""
    value = shift = 0
    while True:
        if at >= len(data) or shift > 63:
            raise ValueError("the model file is cut off or damaged")
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def fields(data):
    """Of each field of a message: its number, its wire type and the range of its content."""
    at = 0
    while at < len(data):
        tag, at = read_varint(data, at)
        kind = tag & 7
        if kind == LENGTH_DELIMITED:
            length, at = read_varint(data, at)
            end = at + length
        elif kind == 0:
            end = read_varint(data, at)[1]
        elif kind in (1, 5):
            end = at + (8 if kind == 1 else 4)
        else:
            raise ValueError(f"the model file has a field of the unknown kind {kind}")
        if end > len(data):
            raise ValueError("the model file is cut off or damaged")
        yield tag >> 3, kind, at, end
        at = end


def text_field(number, text):
    encoded = text.encode()
    return varint(number << 3 | LENGTH_DELIMITED) + varint(len(encoded)) + encoded


def metadata(model):
    """What the model has: a dictionary of texts."""
    found = {}
    for number, kind, begin, end in fields(model):
        if number == METADATA_PROPS and kind == LENGTH_DELIMITED:
            entry = model[begin:end]
            parts = {field: entry[first:last].decode() for field, _, first, last in fields(entry)}
            found[parts.get(1, "")] = parts.get(2, "")
    return found


def with_metadata(model, entries):
    """`model` with `entries` added. ValueError where it is no ONNX file, or has one of them."""
    known = metadata(model)
    out = bytearray(model)
    for key, value in entries.items():
        if key in known:
            raise ValueError(f"the model file has the metadata '{key}' already")
        entry = text_field(1, key) + text_field(2, value)
        out += varint(METADATA_PROPS << 3 | LENGTH_DELIMITED) + varint(len(entry)) + entry
    return bytes(out)
