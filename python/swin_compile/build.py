"""compile(): from what the user has to a Model, through the cache."""
import hashlib
import json
import os
import platform
import shutil
import tempfile
import warnings

from . import cache as entries
from .compiler import Compiler
from .errors import Error
from .model import Model
from .sources import source_of

VERSION_OF_KEYS = 1


def compile(model=None, *, outputs=None, target=None, size=None, batch=None, semantics=None, fast_matmul=False,
            schedules=None, weights=None, arch=None, name=None, threads=None, compiler=None, cache=True,
            progress=None):  # fmt: skip
    """Compiles a Swin Transformer to a native library and opens it.

    model: a module of timm, transformers or torchvision; the path of a folder or description that swin-compile reads;
        or a description as a dict. A module is read, not run or changed; what is compiled is inference, whether it is
        in training mode or not: dropout and drop path do nothing. Its values are copied: later training does not
        change the compiled model.
    outputs: names, as ["logits", "stage3"]; None = logits, or what a model without them gives.
    target: instruction sets, as "x86-64-v3"; None = this machine's best.
    size: height and width if they are fixed, a number or a pair; batch: likewise. None = any.
    semantics: whose arithmetic, as "timm"; None = that of the weights.
    fast_matmul: wide matrices by Strassen's algorithm.
    schedules: a database that swin-tune has made on this CPU, or "off": the default rule alone; None = the compiler's.
    weights: a .safetensors file, a state_dict, or "synthetic"; None = the model's own.
    arch: in place of model, an architecture's name for weights alone, as "swin_v2_t".
    name: begins the library's symbols. threads: of the model's session; None = one for each core that may be used.
    compiler: the path of swin-compile; None = $SWIN_COMPILE, the PATH's, or the one built in this file's clone.
    cache: whether a library that was compiled before is used again, or the folder to keep them in. What is hashed:
        description, weights, options, compiler. True: $SWIN_CACHE_DIR or ~/.cache/swin-compile, at most 4 GB.
    progress: whether a line on stderr says what is done; None = if that is a terminal or a notebook.

    Raises CompileError (the compiler refuses), BugError (a bug of it), CompilerNotFound, RunError (the library does
    not open), TypeError (arguments that do not go together).
    """
    options = {"target": listed("host" if target is None else target), "outputs": listed(outputs), "size": sized(size),
               "batch": batch, "semantics": semantics, "name": name,
               "schedules": located(schedules)}  # fmt: skip
    arguments = [word for key, value in options.items() if value is not None for word in (f"--{key}", str(value))]
    arguments += ["--fast-matmul"] if fast_matmul else []
    source = source_of(model, weights, arch)
    return Build(source, arguments, Compiler(compiler), entries.folder_of(cache), progress).model(threads)


def listed(value):
    return value if value is None or isinstance(value, str) else ",".join(value)


def located(schedules):
    return schedules if schedules in (None, "off") else os.path.abspath(os.fspath(schedules))


def sized(value):
    if value is None or isinstance(value, str):
        return value
    height, width = (value, value) if isinstance(value, int) else value
    return f"{height}x{width}"


class Build:
    def __init__(self, source, arguments, compiler, cache, progress):
        self.source, self.arguments, self.compiler = source, arguments, compiler
        self.cache, self.progress = cache, progress
        self.digest = source.digest()

    def model(self, threads):
        if self.cache is None:
            folder = scratch = tempfile.mkdtemp(prefix="swin-compile-")
            try:
                notes, cached = self.make(folder), False
            except BaseException:
                shutil.rmtree(folder)
                raise
        else:
            scratch = None
            folder, notes, cached = entries.get(self.cache, self.key(), self.make)
        for note in notes:
            warnings.warn(note, stacklevel=3)
        return Model(folder, threads, notes, cached, scratch, self.features)

    def key(self):
        target = self.arguments[self.arguments.index("--target") + 1]
        machine = machine_of() if "host" in target else ""
        parts = [VERSION_OF_KEYS, self.digest, self.arguments, self.compiler.identity(), machine, self.known()]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def known(self):
        """What decides which schedules a database gives."""
        path = self.arguments[self.arguments.index("--schedules") + 1] if "--schedules" in self.arguments else "off"
        if path == "off":
            return ""
        # What was written last may still stand in SQLite's log.
        files = [entries.digest_of(each) for each in (path, path + "-wal") if os.path.isfile(each)]
        return [files, cpu_of("vendor_id", "cpu family", "model", "model name")]

    def make(self, folder):
        """Compiles into a folder; returns notes."""
        named = [] if "--name" in self.arguments or not isinstance(self.source.model, dict) else [
            "--name", self.source.name]  # fmt: skip
        return self.run([*self.arguments, *named, "--emit", "shared", "-o", folder])[1]

    def run(self, arguments):
        with self.source.arguments() as (model, hidden):
            return self.compiler.run([*model, *arguments], shown=self.progress, hidden=hidden,
                                     description=self.source.description)  # fmt: skip

    def features(self, threads):
        """The Model of the same source with its maps and features as outputs."""
        if self.source.digest() != self.digest:
            raise Error("the model or its weights have changed since they were compiled; compile() them again")
        spec = json.loads(self.run([*without(self.arguments, "--target"), "--emit", "spec"])[0])
        if "graph" in spec or "restoration" in spec:
            raise Error(f"the model has no features; its outputs are {', '.join(spec['outputs'])}")
        names = [f"stage{stage}" for stage in range(1, len(spec["stages"]) + 1)]
        names += [] if "segmentation" in spec else ["features"]
        arguments = [*without(self.arguments, "--outputs"), "--outputs", ",".join(names)]
        return Build(self.source, arguments, self.compiler, self.cache, self.progress).model(threads)


def without(arguments, option):
    if option not in arguments:
        return arguments
    at = arguments.index(option)
    return arguments[:at] + arguments[at + 2 :]


def machine_of():
    """What decides which instruction set is this machine's best; caches may be shared between machines."""
    return " ".join(sorted(cpu_of("flags", "Features").split())) or platform.machine()


def cpu_of(*fields):
    """What the system says in these fields of its first CPU."""
    found = {}
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for name, _, value in (line.partition(":") for line in file):
                found.setdefault(name.strip(), value.strip())
    except OSError:
        pass
    return " ".join(found[field] for field in fields if field in found)
