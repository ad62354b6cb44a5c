"""The command swin-compile: where it is, what identifies it, and a run of it."""
import hashlib
import os
import re
import shutil
import subprocess
import tempfile

from . import progress as progress_line
from .errors import BugError, CompileError, CompilerNotFound

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRESS = re.compile(r"^ *\d+\.\d\d s  (.*)")
OPTION = re.compile(r"^swin-compile: error: argument \d+ '--([a-z-]+)(?:=[^']*)?': (.*)")
PREFIX = "swin-compile: error: "
REPRODUCER = re.compile(r"please report it with the folder (.+)$")


def usable(path):
    return os.path.isfile(path) and os.access(path, os.X_OK)


def find(given=None):
    """The path of swin-compile: what was given, $SWIN_COMPILE, the PATH's, or that of the clone this file lies in."""
    for place, path in [("compiler", given), ("$SWIN_COMPILE", os.environ.get("SWIN_COMPILE"))]:
        if path:
            path = os.fspath(path)
            if not usable(path):
                raise CompilerNotFound(f"{place} is {path!r}, which is no program; expected the path of swin-compile")
            return os.path.abspath(path)
    found = shutil.which("swin-compile")
    if found:
        return os.path.abspath(found)
    built = os.path.normpath(os.path.join(HERE, "../../build/release/bin/swin-compile"))
    if usable(built):
        return built
    raise CompilerNotFound(
        "there is no swin-compile on PATH; install it, or build it with scripts/demo in a clone of its repository and "
        "set SWIN_COMPILE to build/release/bin/swin-compile there, or pass compiler="
    )


class Compiler:
    def __init__(self, given=None):
        self.path = find(given)

    def identity(self):
        """What decides which bytes it makes: a hash of it and of what it puts into libraries."""
        digest = hashlib.sha256()
        real = os.path.realpath(self.path)
        parts = os.path.normpath(os.path.join(os.path.dirname(real), "../lib/swin"))
        hash_file(digest, real)
        for folder, folders, files in os.walk(parts):
            folders[:] = sorted(set(folders) - {"halide"})  # of an installed compiler; nothing of it is in a library
            for name in sorted(files):
                hash_file(digest, os.path.join(folder, name))
        return digest.hexdigest()

    def run(self, arguments, *, shown=None, hidden="", description=None):
        """Runs it; returns (what it printed, its notes).

        hidden: the beginning of paths that the user does not know and that is taken out of messages.
        """
        with tempfile.TemporaryFile("w+", encoding="utf-8") as printed:
            try:
                process = subprocess.Popen(
                    [self.path, *arguments, "-v"], stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.PIPE,
                    encoding="utf-8", errors="replace",
                )  # fmt: skip
            except OSError as error:
                raise CompilerNotFound(f"{self.path}: {error.strerror or error}") from None
            lines = []
            try:
                with progress_line.Line(progress_line.wanted(shown)) as say:
                    for line in process.stderr:
                        step = PROGRESS.match(line)
                        if step:
                            say(step[1])
                        else:
                            lines.append(line.rstrip("\n").replace(hidden, "") if hidden else line.rstrip("\n"))
                status = process.wait()
            except BaseException:
                # It takes away what it has written.
                process.terminate()
                process.wait()
                raise
            finally:
                process.stderr.close()
            if status != 0:
                raise failure(status, lines, description)
            printed.seek(0)
            return printed.read(), [line for line in lines if ": note: " in line]


def failure(status, lines, description):
    """The exception of an exit status; of a signal it is negative."""
    lines = [line for line in lines if not line.startswith(" ")]  # what shows the place in a file
    if status in (1, 2):
        lines = [line for line in lines if ": note: " not in line and not line.endswith("lists what can be given")]
        return CompileError([readable(line) for line in lines if "error: " in line] or lines, status, description)
    found = [REPRODUCER.search(line) for line in lines]
    reproducer = next((match[1] for match in found if match), None)
    lines = lines or [f"swin-compile ended with status {status} and said nothing"]
    return BugError([line.removeprefix(PREFIX) for line in lines], status, reproducer)


def readable(line):
    """A wrong option by the name that it has here."""
    option = OPTION.match(line)
    return f"{option[1].replace('-', '_')}: {option[2]}" if option else line.removeprefix(PREFIX)


def hash_file(digest, path):
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
