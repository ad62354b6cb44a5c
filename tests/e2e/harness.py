"""Compiles models with swin-compile and runs their shared libraries in this process, through the C interface.

SWIN_BIN is the folder of the built commands.
"""
import contextlib
import ctypes
import json
import os
import subprocess
import tempfile
import time

import numpy as np
from safetensors.numpy import save_file

BIN = os.environ["SWIN_BIN"]


class Options(ctypes.Structure):
    _fields_ = [
        ("threads", ctypes.c_int),
        ("isa", ctypes.c_char_p),
        ("workspace", ctypes.c_void_p),
        ("workspace_bytes", ctypes.c_size_t),
        ("weights_file", ctypes.c_char_p),
        ("parallel_for", ctypes.c_void_p),
        ("parallel_ctx", ctypes.c_void_p),
    ]


class Failure(Exception):
    pass


def command(arguments):
    """Runs a built command; a failure carries what it printed."""
    words = [os.path.join(BIN, arguments[0])] + list(map(str, arguments[1:]))
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, arguments))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def description(config):
    """A model in our own form; what is as usual is left out."""
    stages = []
    for stage, (depth, heads) in enumerate(zip(config.depths, config.heads)):
        stages.append({"depth": depth, "heads": heads, "window": list(config.window_of(stage))})
        if config.pretrained_of(stage):
            stages[-1]["pretrained_window"] = config.pretrained_of(stage)
    result = {
        "format": "swin-model",
        "family": config.family,
        "image": {"size": list(config.built_for), "channels": config.image_channels},
        "patch": config.patch,
        "embedding": config.embedding,
        "stages": stages,
        "mlp_ratio": config.mlp_ratio,
        "classes": config.classes,
    }
    usual = type(config)(config.semantics, config.built_for)
    keys = ["activation", "qkv_bias", "patch_norm", "final_norm", "position_embedding", "always_partition",
            "extra_norm_period", "extra_norm_stage"]  # fmt: skip
    changed = {key: getattr(config, key) for key in keys if getattr(config, key) != getattr(usual, key)}
    if config.epsilon != usual.epsilon:
        changed["layer_norm_epsilon"] = config.epsilon
    return {**result, **changed}


def write_description(path, config):
    with open(path, "w") as file:
        json.dump({**description(config), "semantics": config.semantics}, file, indent=2)
    return path


def write_model(folder, name, config, weights):
    """Writes NAME.json and NAME.safetensors; returns the arguments of swin-compile for them."""
    checkpoint = os.path.join(folder, name + ".safetensors")
    arrays = {key: np.ascontiguousarray(np.asarray(value, dtype=np.float32)) for key, value in weights.items()}
    save_file(arrays, checkpoint)
    return [write_description(os.path.join(folder, name + ".json"), config), "--weights", checkpoint]


def compile_model(folder, name, model, *options, emit="shared"):
    """Compiles to libNAME.so, which has to pass its self-test. `model`: arguments that say what to compile; `emit` has
    `shared`."""
    out = os.path.join(folder, name)
    command(["swin-compile", *model, "--name", name, "-o", out, "--emit", emit, *options])
    library = Library(os.path.join(out, f"lib{name}.so"), name)
    library.selftest()
    return library


EMULATORS = {"aarch64": ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]}


def compile_program(folder, name, model, target, *options, emulator=()):
    """Compiles to an executable for these instruction sets, which `emulator` runs, or that of its architecture."""
    out = os.path.join(folder, name)
    command(["swin-compile", *model, "--name", name, "-o", out, "--emit", "exe", "--target", target, *options])
    return Program([*(emulator or EMULATORS.get(target, [])), os.path.join(out, name)])


class Program:
    """A model's executable. Runs as Library does, through files."""

    def __init__(self, words):
        self.words = words
        self.info = json.loads(self.printed("--info"))

    def call(self, *arguments):
        return subprocess.run([*self.words, *map(str, arguments)], capture_output=True, text=True)

    def printed(self, *arguments):
        done = self.call(*arguments)
        if done.returncode != 0:
            raise Failure(f"{' '.join(self.words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def run(self, image, threads=1, isa=None):
        """{output: array}"""
        with scratch() as folder:
            given, found = os.path.join(folder, "image.npy"), os.path.join(folder, "found")
            os.mkdir(found)
            np.save(given, np.ascontiguousarray(image, dtype=np.float32))
            self.printed(given, "-o", found, "--threads", threads, *(["--isa", isa] if isa else []))
            return {name.removesuffix(".npy"): np.load(os.path.join(found, name)) for name in os.listdir(found)
                    if name.endswith(".npy")}  # fmt: skip


def interpret(folder, model, image, stage, *options):
    """{output: float64 array} as the interpreter computes it: at stage "graph", or "kernels" behind the passes."""
    out = tempfile.mkdtemp(dir=folder)
    np.save(os.path.join(out, "image.npy"), np.ascontiguousarray(image, dtype=np.float32))
    found = os.path.join(out, "found")
    command(["swin-reference", *model, *options, "--stage", stage, os.path.join(out, "image.npy"), found])
    return {name.removesuffix(".npy"): np.load(os.path.join(found, name)) for name in os.listdir(found)}


class Library:
    def __init__(self, path, name):
        self.path, self.name = path, name
        self.dll = ctypes.CDLL(path)
        self.function("info").restype = ctypes.c_char_p
        self.function("error").restype = ctypes.c_char_p
        self.function("error").argtypes = [ctypes.c_void_p]
        self.function("close").argtypes = [ctypes.c_void_p]
        self.function("close").restype = None
        self.function("workspace_size").restype = ctypes.c_size_t
        self.function("open").argtypes = [ctypes.POINTER(ctypes.c_void_p), ctypes.POINTER(Options)]
        self.function("run").argtypes = [ctypes.c_void_p, ctypes.c_void_p] + [ctypes.c_int] * 3 + [ctypes.c_void_p]
        self.info = json.loads(self.function("info")())
        self.outputs = [output["name"] for output in self.info["outputs"]]
        assert len(self.outputs) == self.function("num_outputs")()

    def function(self, name):
        return getattr(self.dll, f"{self.name}_{name}")

    @property
    def isas(self):
        """Names of the instruction sets in the library that this machine has."""
        usable = []
        for isa in self.info["isas"]:
            with contextlib.suppress(Failure), self.session(isa=isa):
                usable.append(isa)
        return usable

    @contextlib.contextmanager
    def session(self, threads=1, isa=None):
        options = Options(threads=threads, isa=isa.encode() if isa else None)
        handle = ctypes.c_void_p()
        status = self.function("open")(ctypes.byref(handle), ctypes.byref(options))
        try:
            if status != 0:
                raise Failure(f"{self.name}_open: status {status}: {self.error(handle)}")
            yield Session(self, handle)
        finally:
            if handle:
                self.function("close")(handle)

    def error(self, handle):
        text = self.function("error")(handle) if handle else None
        return text.decode() if text else "no message"

    def run(self, image, threads=1, isa=None):
        with self.session(threads, isa) as session:
            return session.run(image)

    def selftest(self):
        text = ctypes.create_string_buffer(400)
        with self.session() as session:
            status = self.function("selftest")(session.handle, text, ctypes.c_size_t(len(text)))
        if status != 0:
            raise Failure(f"{self.name}_selftest: status {status}: {text.value.decode()}")


class Session:
    def __init__(self, library, handle):
        self.library, self.handle = library, handle

    def run(self, image):
        """{output: array}"""
        image = np.ascontiguousarray(image, dtype=np.float32)
        n, _, h, w = image.shape
        library, arrays = self.library, {}
        for index, output in enumerate(library.outputs):
            shape = (ctypes.c_longlong * 6)()
            rank = library.function("output_shape")(index, n, h, w, shape)
            if rank < 0:
                raise Failure(f"{library.name}_output_shape: no size for {n}x{h}x{w}")
            # What is not written stays NaN, and is found.
            arrays[output] = np.full(shape[:rank], np.nan, dtype=np.float32)
        pointers = (ctypes.c_void_p * len(arrays))(*[array.ctypes.data for array in arrays.values()])
        status = library.function("run")(self.handle, image.ctypes.data, n, h, w, pointers)
        if status != 0:
            raise Failure(f"{library.name}_run: status {status}: {library.error(self.handle)}")
        return arrays


def difference(found, expected):
    """Largest difference as a part of the expected values' largest magnitude; inf where shapes differ or NaN."""
    expected = np.asarray(expected, dtype=np.float64)
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


@contextlib.contextmanager
def scratch():
    with tempfile.TemporaryDirectory(prefix="swin-e2e-") as folder:
        yield folder


class Stopwatch:
    """Prints how long a part took, so that slow tests are seen."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        self.start = time.monotonic()

    def __exit__(self, *_):
        print(f"{self.what}: {time.monotonic() - self.start:.1f} s", flush=True)
