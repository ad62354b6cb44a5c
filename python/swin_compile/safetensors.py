"""Tensors to a safetensors file and to a digest, one at a time: a model is never in memory twice.

Values are numpy arrays or PyTorch's tensors; PyTorch is not imported for it. What is half or bfloat16 is widened to
float32, which holds every value of both.
"""
import json
import struct

import numpy as np

from .errors import CompileError, Error

NAMES = {
    "float64": "F64", "float32": "F32", "int64": "I64", "int32": "I32", "int16": "I16", "int8": "I8", "uint8": "U8",
    "bool": "BOOL",
}  # fmt: skip
WIDENED = ("float16", "bfloat16")


def kind_of(name, value):
    """numpy's name of the type that a value has in the file."""
    kind = str(getattr(value, "dtype", type(value).__name__)).replace("torch.", "")
    kind = "float32" if kind in WIDENED else kind
    if kind not in NAMES:
        raise CompileError([f"tensor {name!r} is of type {kind}; expected one of: {' '.join([*NAMES, *WIDENED])}"])
    return kind


def array_of(name, value):
    """The value as a little-endian array in C order; a view where it is one already."""
    kind = kind_of(name, value)
    if hasattr(value, "detach"):
        value = value.detach().cpu()
        value = (value.float() if str(value.dtype).replace("torch.", "") in WIDENED else value).numpy()
    return np.asarray(value, dtype=np.dtype(kind).newbyteorder("<"), order="C")


METADATA = {"format": "pt"}


def header_of(tensors, metadata):
    """Its text, padded so that values can be used where they lie."""
    header, end = {"__metadata__": metadata}, 0
    for name, value in tensors.items():
        kind, shape = kind_of(name, value), [int(side) for side in value.shape]
        begin, end = end, end + int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
        header[name] = {"dtype": NAMES[kind], "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8)


def parts(tensors, metadata):
    """The file's bytes, part by part."""
    text = header_of(tensors, metadata)
    yield struct.pack("<Q", len(text)) + text
    for name, value in tensors.items():
        array = array_of(name, value)
        if array.size:  # an empty one has no bytes to view
            yield memoryview(array.reshape(-1)).cast("B")


def write(path, tensors, metadata=METADATA):
    """metadata: {word: text}"""
    with open(path, "wb") as file:
        for part in parts(tensors, metadata):
            file.write(part)


def update(digest, tensors):
    """Adds what the file would be to a hash."""
    for part in parts(tensors, METADATA):
        digest.update(part)


def read(path, name):
    """The array of that name in a file."""
    with open(path, "rb") as file:
        try:
            (length,) = struct.unpack("<Q", file.read(8))
            entry = json.loads(file.read(length))[name]
            kind = next(kind for kind, short in NAMES.items() if short == entry["dtype"])
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            return np.frombuffer(file.read(end - begin), np.dtype(kind).newbyteorder("<")).reshape(entry["shape"])
        except (KeyError, ValueError, TypeError, StopIteration, OverflowError, struct.error):
            raise Error(f"{path} is no safetensors file that has {name!r}") from None
