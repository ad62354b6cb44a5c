#!/usr/bin/env python3
"""Converts a PyTorch checkpoint (.pth, .pt, .bin) to .safetensors without running what is in it.

A checkpoint is a pickle, and a pickle is a program. Here its only instructions with an effect are those that make
tensors, dictionaries and plain values; everything else it names becomes a placeholder that does nothing, and is left
out. Needs Python 3.9 and nothing else.
"""
import argparse
import collections
import io
import itertools
import json
import os
import pickle
import pickletools
import struct
import sys
import tempfile
import zipfile

# What a type is called in a checkpoint and in a safetensors file, and its bytes an element.
TYPES = {
    "FloatStorage": ("F32", 4),
    "DoubleStorage": ("F64", 8),
    "HalfStorage": ("F16", 2),
    "BFloat16Storage": ("BF16", 2),
    "ByteStorage": ("U8", 1),
    "CharStorage": ("I8", 1),
    "ShortStorage": ("I16", 2),
    "IntStorage": ("I32", 4),
    "LongStorage": ("I64", 8),
    "BoolStorage": ("BOOL", 1),
}
CONTAINERS = ("state_dict", "model_state_dict", "model", "params_ema", "params", "module")
LARGEST_REPEATED = 1 << 26  # bytes of a tensor that shows elements of its storage several times


class Wrong(Exception):
    """What is wrong with a file, a sentence."""


class Placeholder:
    """Whatever a checkpoint names that is no part of tensors: may be called and filled, and does nothing."""

    __slots__ = ()

    def __new__(cls, *_, **__):
        return object.__new__(cls)

    def __call__(self, *_, **__):
        return Placeholder()

    def __setstate__(self, _):
        pass

    def append(self, _):
        pass

    def extend(self, _):
        pass

    def add(self, _):
        pass

    def __setitem__(self, _, __):
        pass


class Maker:
    """A function that a checkpoint may call. Nothing about it can be changed from there."""

    __slots__ = ("call",)

    def __init__(self, call):
        object.__setattr__(self, "call", call)

    def __call__(self, *arguments):
        return self.call(*arguments)

    def __setattr__(self, name, _):
        raise Wrong(f"it sets {name!r} of a function")

    def __setstate__(self, _):
        raise Wrong("it changes a function")


class StorageType:
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


class Storage:
    """Numbers in the file: `read` gives their bytes."""

    __slots__ = ("name", "count", "read")

    def __init__(self, name, count, read):
        self.name, self.count, self.read = name, count, read


class Tensor:
    """A view of a storage; sizes in elements."""

    __slots__ = ("storage", "offset", "shape", "strides")

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset = storage, offset
        self.shape, self.strides = tuple(shape), tuple(strides)

    def __setstate__(self, _):
        pass

    def size(self):
        """Bytes of an element."""
        return TYPES[self.storage.name][1]

    def data(self):
        """The elements in order, as bytes."""
        numbers = (self.offset, *self.shape, *self.strides)
        if not all(type(n) is int and 0 <= n < 1 << 48 for n in numbers) or len(self.shape) != len(self.strides):
            raise Wrong("its sizes are no sizes")
        if len(self.shape) > 8:
            raise Wrong(f"it has {len(self.shape)} dimensions; at most 8 are possible")
        count, dense = 1, True
        for n, step in zip(reversed(self.shape), reversed(self.strides)):
            dense &= n == 1 or step == count
            count *= n
        if count == 0:
            return b""
        last = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.strides))
        if last >= self.storage.count:
            raise Wrong(f"it ends at element {last + 1} of a storage of {self.storage.count}")
        if count > self.storage.count and count * self.size() > LARGEST_REPEATED:
            raise Wrong(f"it repeats {self.storage.count} elements to {count}")
        data = self.storage.read()
        whole = self.storage.count * self.size()
        if len(data) < whole:
            raise Wrong(f"its storage has {len(data)} bytes instead of {whole}")
        if dense:
            return data[self.offset * self.size() : (last + 1) * self.size()]
        return self.gathered(memoryview(data)[:whole].cast({1: "B", 2: "H", 4: "I", 8: "Q"}[self.size()]))

    def gathered(self, elements):
        """One row after the other."""
        result = bytearray()
        *rows, length = self.shape
        *steps, step = self.strides
        for row in itertools.product(*map(range, rows)):
            start = self.offset + sum(i * each for i, each in zip(row, steps))
            if step == 0:
                result += elements[start : start + 1].tobytes() * length
            else:
                result += elements[start : start + (length - 1) * step + 1 : step].tobytes()
        return bytes(result)


def rebuild(storage=None, offset=0, shape=(), strides=(), *_):
    if not isinstance(storage, Storage) or not isinstance(shape, tuple) or not isinstance(strides, tuple):
        return Placeholder()
    return Tensor(storage, offset, shape, strides)


def first(value=None, *_):
    """A parameter is its tensor."""
    return value


def rebuild_subclass(function=None, _type=None, arguments=(), _state=None):
    known = isinstance(function, Maker) and isinstance(arguments, tuple)
    return function(*arguments) if known else Placeholder()


MAKERS = {
    ("torch._utils", "_rebuild_tensor"): Maker(rebuild),
    ("torch._utils", "_rebuild_tensor_v2"): Maker(rebuild),
    ("torch._utils", "_rebuild_parameter"): Maker(first),
    ("torch._utils", "_rebuild_parameter_with_state"): Maker(first),
    ("torch._tensor", "_rebuild_from_type_v2"): Maker(rebuild_subclass),
    ("torch", "Size"): Maker(lambda sizes=(): tuple(sizes) if isinstance(sizes, (tuple, list)) else ()),
    ("collections", "OrderedDict"): collections.OrderedDict,
}


class Reader(pickle.Unpickler):
    """`find` gives a Storage for what the pickle says of one."""

    def __init__(self, file, find):
        super().__init__(file, encoding="utf-8", errors="replace")
        self.file, self.find = file, find

    def load(self):
        # The unpickler makes room for as many values as a number in the pickle says.
        start = self.file.tell()
        for count, (code, argument, _) in enumerate(pickletools.genops(self.file)):
            if code.name in ("PUT", "BINPUT", "LONG_BINPUT") and not 0 <= argument <= count:
                raise Wrong(f"it numbers its values to {argument}")
        self.file.seek(start)
        return super().load()

    def find_class(self, module, name):
        if module == "torch" and name in TYPES:
            return StorageType(name)
        return MAKERS.get((module, name), Placeholder)

    def persistent_load(self, words):
        if not isinstance(words, tuple) or len(words) < 5 or words[0] != "storage":
            raise Wrong("it refers to something that is no storage")
        _, kind, key, _, count, *view = words
        if not isinstance(kind, StorageType):
            return Placeholder()  # of a type that a safetensors file cannot hold
        if type(count) is not int or count < 0 or not isinstance(key, str):
            raise Wrong("it refers to a storage without a size")
        return self.find(kind.name, key, count, view[0] if view else None)


def read_zip(file):
    """The value of a checkpoint in the zip format, which PyTorch has written since 1.6."""
    archive = zipfile.ZipFile(file)
    entries = {}
    for entry in archive.infolist():
        # Nothing is larger than the file, so sizes need no limit of their own.
        if entry.compress_type != zipfile.ZIP_STORED:
            raise Wrong(f"'{entry.filename}' in it is compressed, which PyTorch never does")
        entries[entry.filename.partition("/")[2]] = entry
    if "data.pkl" not in entries:
        raise Wrong("it is a zip file without a data.pkl, so no checkpoint")
    if "byteorder" in entries and archive.read(entries["byteorder"]) != b"little":
        raise Wrong("its numbers are not little-endian")

    def find(name, key, count, _):
        if f"data/{key}" not in entries:
            raise Wrong(f"storage {key!r} is missing")
        return Storage(name, count, lambda: archive.read(entries[f"data/{key}"]))

    return Reader(io.BytesIO(archive.read(entries["data.pkl"])), find).load()


def read_legacy(file):
    """The value of a checkpoint in the older format: some pickles, then the storages one behind the other."""
    data, found = {}, {}

    def find(name, key, count, view):
        if view is not None:
            raise Wrong("it has storages that are views of others, which only PyTorch before 0.4 wrote")
        found.setdefault(key, name)
        return Storage(name, count, lambda: data.get(key, b""))

    for _ in ("magic", "version", "system"):
        Reader(file, find).load()
    value = Reader(file, find).load()
    keys = Reader(file, find).load()
    for key in keys if isinstance(keys, list) else []:
        count = struct.unpack("<q", file.read(8))[0]
        size = count * TYPES[found[key]][1] if key in found else -1
        if not 0 <= size <= os.fstat(file.fileno()).st_size - file.tell():
            raise Wrong(f"storage {key!r} is not in the file")
        data[key] = file.read(size)
    return value


def read(file):
    """The value of a checkpoint; its storages are read from the file when they are needed."""
    start = file.read(16)
    file.seek(0)
    if start.startswith(b"PK\x03\x04"):
        return read_zip(file)
    if start.startswith(b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"):
        return read_legacy(file)
    raise Wrong("it is no checkpoint of PyTorch")


def tensors_of(value, key):
    """The dictionary with tensors in it, and what of it is none."""
    for step in key.split(".") if key else []:
        if not isinstance(value, dict) or step not in value:
            raise Wrong(f"there is no {key!r} in it" + listed(value))
        value = value[step]
    # An optimizer's or a wrapper's dictionary holds the model's under a name.
    for _ in range(4):
        if key or not isinstance(value, dict) or any(isinstance(each, Tensor) for each in value.values()):
            break
        inner = [name for name in CONTAINERS if isinstance(value.get(name), dict)]
        if not inner:
            break
        value = value[inner[0]]
    named = value if isinstance(value, dict) else {}
    tensors = {name: each for name, each in named.items() if isinstance(name, str) and isinstance(each, Tensor)}
    if not tensors:
        raise Wrong("there are no tensors in it" + listed(value) + "; give --key NAME if they are further inside")
    return tensors, [str(name) for name in named if name not in tensors]


def listed(value):
    if not isinstance(value, dict):
        return ""
    names = [repr(name) for name in value]
    return ", only " + ", ".join(names[:8]) + (" ..." if len(names) > 8 else "") if names else ", it is empty"


def write(path, tensors):
    """A safetensors file; it is there whole or not at all."""
    parts, header, end = [], {"__metadata__": {"format": "pt"}}, 0
    for name, tensor in tensors.items():
        try:
            parts.append(tensor.data())
        except Wrong as error:
            raise Wrong(f"tensor {name!r}: {error}") from None
        kind = TYPES[tensor.storage.name][0]
        header[name] = {"dtype": kind, "shape": list(tensor.shape), "data_offsets": [end, end + len(parts[-1])]}
        end += len(parts[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    handle, scratch = tempfile.mkstemp(dir=os.path.dirname(os.path.abspath(path)))
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            file.writelines(parts)
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(scratch, 0o666 & ~mask)
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("input", help="a .pth, .pt or .bin file")
    parser.add_argument("output", nargs="?", help="default: the input's name with .safetensors")
    parser.add_argument("--key", help="where in the file the model is, as in state_dict or ema.module; default: found")
    options = parser.parse_args()
    output = options.output or os.path.splitext(options.input)[0] + ".safetensors"
    try:
        if os.path.exists(output) and os.path.samefile(options.input, output):
            raise Wrong("it is the output, too")
        with open(options.input, "rb") as file:
            tensors, others = tensors_of(read(file), options.key)
            write(output, tensors)
    except OSError as error:
        return f"{error.filename or options.input}: error: {error.strerror or error}"
    except Wrong as error:
        return f"{options.input}: error: {error}"
    except Exception as error:  # a pickle can be wrong in every way there is
        return f"{options.input}: error: it is damaged ({type(error).__name__}: {error})".split("\n")[0]
    if others:
        print(f"{options.input}: note: left out, as they are no tensors: " + ", ".join(others[:8]) +
              (f" and {len(others) - 8} more" if len(others) > 8 else ""), file=sys.stderr)  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
