"""Tensors to a safetensors file and to a digest, one at a time: a model is never in memory twice.

Values are numpy arrays or PyTorch's tensors; PyTorch is not imported for it. What is half or bfloat16 is widened to
float32, which holds every value of both.
"""
import json
import struct

import numpy as np

from .errors import CompileError

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


def header_of(tensors):
    """Its text, padded so that values can be used where they lie."""
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for name, value in tensors.items():
        kind, shape = kind_of(name, value), [int(side) for side in value.shape]
        begin, end = end, end + int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize
        header[name] = {"dtype": NAMES[kind], "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8)


def parts(tensors):
    """The file's bytes, part by part."""
    text = header_of(tensors)
    yield struct.pack("<Q", len(text)) + text
    for name, value in tensors.items():
        array = array_of(name, value)
        if array.size:  # an empty one has no bytes to view
            yield memoryview(array.reshape(-1)).cast("B")


def write(path, tensors):
    with open(path, "wb") as file:
        for part in parts(tensors):
            file.write(part)


def update(digest, tensors):
    """Adds what the file would be to a hash."""
    for part in parts(tensors):
        digest.update(part)
