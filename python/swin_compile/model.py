"""A compiled model: its library, and the session that it is called through."""
import os
import shutil
import tempfile
import threading
import weakref

from .cache import ENTRY
from .errors import Error
from .library import Library, Session, library_in


class Model(Session):
    """Made by compile() or load(). Call it like the module that it was; see Session.__call__.

    info: what NAME_info says, a dict. outputs: their names. path: of the library. notes: what the compiler remarked.
    cached: whether it was compiled before.
    """

    def __init__(self, folder, threads=None, notes=(), cached=False, scratch=None, recompile=None):
        """scratch: a folder that goes with the model. recompile: makes the Model of other outputs."""
        if scratch is not None:
            weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        super().__init__(Library(library_in(folder)), threads)
        self.info, self.outputs = self._library.description, list(self._library.outputs)
        self.path, self.notes, self.cached = self._library.path, list(notes), cached
        self._recompile, self._features = recompile, None
        self._given_threads, self._features_lock = threads, threading.Lock()

    def __repr__(self):
        return f"<swin_compile.Model {self._library.name}: {', '.join(self.outputs)}>"

    def session(self, threads=None, isa=None):
        """Another Session of the same library, which runs beside this one; weights are there once.

        threads: None = one for each core that the process may use. isa: of info["isas"]; None = the best.
        """
        return Session(self._library, threads, isa)

    def features(self, x):
        """{name: map or vector}: stage1 .. and, if the model has them, the pooled features.

        They come from a second library, compiled at the first call from what compile() was given.
        """
        with self._features_lock:
            if self._features is None:
                self._check()
                if self._recompile is None:
                    raise Error("a loaded library has the outputs that it was compiled with, "
                                f"{', '.join(self.outputs)}; for others, compile() the model")  # fmt: skip
                self._features = self._recompile(self._given_threads)
        found = self._features(x)
        return found if isinstance(found, dict) else {self._features.outputs[0]: found}

    def output_shapes(self, n, h, w):
        """{output: shape} for n images of h x w pixels."""
        return self._sized(self._library.shapes(n, h, w), n, h, w)

    def workspace_bytes(self, n, h, w):
        """Memory that a run needs for intermediate results."""
        return self._sized(self._library.workspace_size(n, h, w), n, h, w)

    def _sized(self, found, n, h, w):
        if not found:
            raise ValueError(f"the model cannot work on {n} images of {h}x{w} pixels")
        return found

    def save(self, folder):
        """Copies the library, its C header and what pkg-config and CMake need; load(folder) opens it again."""
        os.makedirs(folder, exist_ok=True)
        source = os.path.dirname(self.path)
        with tempfile.TemporaryDirectory(prefix=".saving-", dir=folder) as scratch:
            for name in os.listdir(source):
                if name != ENTRY:
                    # Whoever has an old file open keeps it.
                    whole = shutil.copyfile(os.path.join(source, name), os.path.join(scratch, name))
                    os.replace(whole, os.path.join(folder, name))
        return os.path.join(os.fspath(folder), os.path.basename(self.path))

    def close(self):
        super().close()
        with self._features_lock:
            if self._features is not None:
                self._features.close()


def load(path, threads=None):
    """The Model of a library libNAME.so, or of the folder that has it, which swin-compile or Model.save wrote."""
    path = os.fspath(path)
    folder = path if os.path.isdir(path) else os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(path) and os.path.abspath(path) != os.path.abspath(library_in(folder)):
        raise FileNotFoundError(f"{path} is not there")
    return Model(folder, threads)
