"""What is to be compiled, wherever it comes from: a digest of it, and arguments for swin-compile."""
import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Mapping

from . import modules, safetensors
from .compiler import hash_file

DESCRIPTIONS = (".json", ".yaml", ".yml")


def source_of(model, weights, arch):
    """The Source of what compile() was given; TypeError if that does not go together."""
    if model is None and arch is None:
        raise TypeError("compile() needs a model: a module, a path or a description; or arch=")
    if model is not None and arch is not None:
        raise TypeError("arch= takes the place of a model; pass one of them")
    if modules.is_module(model):
        if weights is not None:
            raise TypeError("a module has its own weights; load others into it and leave out weights=")
        export = modules.export(model)
        return Source(export.files, export.tensors, name=export.name)
    if isinstance(model, Mapping):
        if weights is None:
            raise TypeError("a description that is a dict needs weights=: a .safetensors file, a state_dict or "
                            "'synthetic'")  # fmt: skip
        return Source({"model.json": modules.text_of(model)}, weights)
    if model is not None and not isinstance(model, (str, os.PathLike)):
        raise TypeError(f"found a {type(model).__name__}; expected a torch.nn.Module, a path or a description's dict")
    return Source(model, weights, arch)


class Source:
    """model: a path, {file name: text} with the description first, or None with arch. weights: a path, "synthetic",
    {name: tensor}, or None = what lies beside the model. Tensors are written only while the compiler reads them.
    """

    def __init__(self, model, weights, arch=None, name="model"):
        self.model = model if model is None or isinstance(model, dict) else os.fspath(model)
        self.weights = weights if weights is None or isinstance(weights, Mapping) else os.fspath(weights)
        self.arch, self.name = arch, identifier(name)

    @property
    def description(self):
        """The text, if it was made here."""
        return next(iter(self.model.values())) if isinstance(self.model, dict) else None

    def digest(self):
        """Of every file that could matter: those beside a description may belong to it."""
        digest = hashlib.sha256(repr(self.arch).encode())
        if isinstance(self.model, dict):
            digest.update(json.dumps([self.name, self.model]).encode())
        elif self.model is not None:
            digest.update(os.path.basename(os.path.abspath(self.model)).encode())
        if isinstance(self.weights, Mapping):
            safetensors.update(digest, self.weights)
        for path in self.files():
            digest.update(b"\0" + os.path.basename(path).encode() + b"\0")
            if os.path.isfile(path):
                hash_file(digest, path)
        return digest.hexdigest()

    def files(self):
        given = [self.weights] if isinstance(self.weights, str) else []
        if not isinstance(self.model, str):
            return given
        whole = os.path.isdir(self.model)
        folder = self.model if whole else os.path.dirname(os.path.abspath(self.model))
        beside = [os.path.join(folder, name) for name in sorted(os.listdir(folder))] if os.path.isdir(folder) else []
        # How pictures are prepared stands in a file of its own.
        found = [path for path in beside if path.endswith(DESCRIPTIONS)
                 and (whole or os.path.basename(path) == "preprocessor_config.json")]  # fmt: skip
        found += [] if whole else [self.model]
        if self.weights is not None:
            return found + given
        named = [path for path in map(weights_named, found) if path]
        return found + named + [path for path in beside if path.endswith(".safetensors")]

    @contextlib.contextmanager
    def arguments(self):
        """(arguments, the beginning of paths that the user does not know)"""
        with tempfile.TemporaryDirectory(prefix="swin-compile-") as scratch:
            result = [] if self.arch is None else ["--arch", self.arch]
            if isinstance(self.model, dict):
                folder = os.path.join(scratch, self.name)
                os.mkdir(folder)
                for name, text in self.model.items():
                    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                        file.write(text)
                result.append(os.path.join(folder, next(iter(self.model))))
            elif self.model is not None:
                result.append(self.model)
            weights = self.weights
            if isinstance(weights, Mapping):
                weights = os.path.join(scratch, "weights.safetensors")
                safetensors.write(weights, self.weights)
            yield result + ([] if weights is None else ["--weights", weights]), scratch + os.sep


def weights_named(path):
    """The file of weights that a description of our own names, or None."""
    try:
        with open(path, encoding="utf-8") as file:
            description = json.load(file)
        name = description.get("weights") if isinstance(description, dict) else None
        return os.path.join(os.path.dirname(os.path.abspath(path)), name) if isinstance(name, str) else None
    except (OSError, ValueError):
        return None


def identifier(name):
    """A name that a C symbol may begin with."""
    word = "".join(c if c.isascii() and c.isalnum() else "_" for c in name)
    return (word if word[:1].isalpha() else f"model_{word}")[:64]
