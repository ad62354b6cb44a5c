"""A compiled library through its C interface (NAME.h). ctypes gives Python's lock back while a function runs."""
import ctypes
import glob
import json
import os
import tempfile
import threading
import weakref

from . import arrays
from .errors import RunError

E_MACHINE, E_SIZE = -4, -12
LARGEST = (1 << 31) - 1


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


INT, VOID, TEXT = ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p
SIGNATURES = {
    "open": (INT, [ctypes.POINTER(VOID), ctypes.POINTER(Options)]),
    "workspace_size": (ctypes.c_size_t, [INT] * 3),
    "num_outputs": (INT, []),
    "output_shape": (INT, [INT] * 4 + [ctypes.c_longlong * 6]),
    "run": (INT, [VOID, VOID, INT, INT, INT, VOID]),
    "error": (TEXT, [VOID]),
    "isa": (TEXT, [VOID]),
    "threads": (INT, [VOID]),
    "info": (TEXT, []),
    "selftest": (INT, [VOID, ctypes.c_char_p, ctypes.c_size_t]),
    "close": (None, [VOID]),
}


def library_in(folder):
    """The path of the only libNAME.so there."""
    found = glob.glob(os.path.join(glob.escape(folder), "lib*.so"))
    if len(found) != 1:
        raise FileNotFoundError(f"{folder} holds {len(found)} files lib*.so; expected one")
    return found[0]


opened = {}  # {path: which file of that name this process has open}


def open_shared(path):
    """The ctypes library. The system's loader knows files by their names, and would give an old one for a new one."""
    status = os.stat(path)
    file = status.st_dev, status.st_ino, status.st_mtime_ns
    if opened.setdefault(path, file) == file:
        return ctypes.CDLL(path)
    with tempfile.TemporaryDirectory(prefix="swin-compile-") as scratch:
        link = os.path.join(scratch, os.path.basename(path))
        os.symlink(path, link)
        return ctypes.CDLL(link)


class Library:
    """libNAME.so, which stays in the process."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.name = os.path.basename(path)[len("lib") : -len(".so")]
        try:
            dll = open_shared(self.path)
            for name, (result, arguments) in SIGNATURES.items():
                function = getattr(dll, f"{self.name}_{name}")
                function.restype, function.argtypes = result, arguments
                setattr(self, name, function)
        except (OSError, AttributeError) as error:
            raise RunError(0, f"{self.path} is no library of swin-compile for this machine: {error}") from None
        self.text = self.info().decode()
        self.description = json.loads(self.text)
        # What a library without its weights wants lies beside it.
        beside = self.description.get("weights_file")
        self.weights = os.path.join(os.path.dirname(self.path), beside["name"]) if beside else None
        self.channels = self.description["inputs"][0]["channels"]
        self.outputs = [output["name"] for output in self.description["outputs"]]

    def shapes(self, n, h, w):
        """{output: shape}, {} = the size is not possible."""
        result, shape = {}, (ctypes.c_longlong * 6)()
        for index, name in enumerate(self.outputs):
            rank = self.output_shape(index, n, h, w, shape)
            if rank < 0:
                return {}
            result[name] = tuple(shape[:rank])
        return result


class Session:
    """What runs a model: threads and memory of its own. Calls from several threads follow one another; sessions run
    beside each other.
    """

    def __init__(self, library, threads=None, isa=None):
        self._library, self._lock = library, threading.Lock()
        self._handle = handle = ctypes.c_void_p()
        options = Options(threads=threads or 0, isa=isa.encode() if isa else None,
                          weights_file=library.weights and os.fsencode(library.weights))  # fmt: skip
        status = library.open(ctypes.byref(handle), ctypes.byref(options))
        if status != 0:
            sentence = library.error(handle).decode()
            raise RunError(status, sentence.replace("options.weights_file", library.weights or "options.weights_file"))
        self._end = weakref.finalize(self, library.close, handle)
        self._end.atexit = False  # a thread of the user's may still be in a run

    def __call__(self, x, out=None):
        """Runs the model on x: float32, N x C x H x W, in C order, which is read where it lies.

        Returns the output, of several {name: output}: new arrays, or `out`, to which the library writes itself.
        PyTorch's tensors give tensors.
        """
        library = self._library
        image = arrays.image_of(x, library.channels)
        n, _, h, w = image.shape
        shapes = library.shapes(n, h, w) if max(n, h, w) <= LARGEST else {}
        if not shapes:
            self._refuse(image)
        found, given = arrays.results_for(shapes, out)
        self._run(image, found)
        if out is None and arrays.is_tensor(x):
            given = arrays.tensors_of(given)
        return given[0] if len(given) == 1 else dict(zip(shapes, given))

    def _run(self, image, found):
        n, _, h, w = image.shape
        pointers = (ctypes.c_void_p * len(found))(*(array.ctypes.data for array in found))
        with self._lock:
            self._check()
            status = self._library.run(self._handle, image.ctypes.data, n, h, w, pointers)
            if status != 0:
                raise RunError(status, self._library.error(self._handle).decode())

    def _refuse(self, image):
        """Says why a size is not possible: run refuses it before it looks at outputs' values."""
        n, _, h, w = image.shape
        if max(n, h, w) <= LARGEST:
            some = (ctypes.c_float * 1)()
            pointers = (ctypes.c_void_p * len(self._library.outputs))(*[ctypes.addressof(some)] * len(
                self._library.outputs))  # fmt: skip
            with self._lock:
                self._check()
                status = self._library.run(self._handle, image.ctypes.data or ctypes.addressof(some), n, h, w, pointers)
                if status != 0:
                    raise RunError(status, self._library.error(self._handle).decode())
        raise RunError(E_SIZE, f"x has shape {image.shape}, which the model cannot work on")

    def _check(self):
        if not self._end.alive:
            raise ValueError("the session is closed")

    @property
    def isa(self):
        """The instruction set that is used."""
        self._check()
        return self._library.isa(self._handle).decode()

    @property
    def threads(self):
        """How many threads work in a run, the calling one included."""
        self._check()
        return self._library.threads(self._handle)

    def selftest(self):
        """Says what was compared, a sentence; RunError: this machine computes something else."""
        message = ctypes.create_string_buffer(1024)
        with self._lock:
            self._check()
            status = self._library.selftest(self._handle, message, len(message))
        text = message.value.decode(errors="replace")
        if status != 0:
            raise RunError(status, text)
        return text

    def close(self):
        """Ends its threads and gives its memory back, behind a run that is going on."""
        with self._lock:
            self._end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __reduce__(self):
        raise TypeError("a session cannot be pickled or copied: it is threads and memory of this process; "
                        "Model.save(folder) keeps the library, and load(folder) opens it again")  # fmt: skip
