"""Runs swin-compile as a user does. SWIN_BIN is the folder of the built commands."""
import json
import os
import re
import struct
import subprocess
import tempfile
import unittest

BIN = os.environ["SWIN_BIN"]
ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
DIGITS = os.path.join(ROOT, "examples/digits/digits_swin.json")
WEIGHTS = os.path.join(ROOT, "examples/digits/digits_swin.safetensors")


def tree(folder):
    """Everything below a folder, as relative paths."""
    found = []
    for path, folders, files in os.walk(folder):
        found += [os.path.relpath(os.path.join(path, name), folder) for name in folders + files]
    return sorted(found)


def headlines(text):
    """The lines of errors and notes without the excerpts below them, which begin with a blank."""
    return [line for line in text.splitlines() if not line.startswith(" ")]


def checkpoint(path, shapes):
    """Writes a safetensors file of zeros, name to shape."""
    header, end = {}, 0
    for name, shape in shapes.items():
        size = 4
        for n in shape:
            size *= n
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + bytes(end))


class CompileCase(unittest.TestCase):
    """Each test has a folder of its own, which is the working directory of what it runs; so is TMPDIR."""

    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="swin-tools-")
        self.addCleanup(scratch.cleanup)
        self.folder = os.path.join(scratch.name, "work")
        self.tmp = os.path.join(scratch.name, "tmp")
        os.mkdir(self.folder)
        os.mkdir(self.tmp)

    def environment(self, **changes):
        cache = os.environ.get("SWIN_CACHE_DIR", "off")
        return {"PATH": os.environ["PATH"], "TMPDIR": self.tmp, "HOME": self.tmp, "SWIN_CACHE_DIR": cache, **changes}

    def compile(self, *arguments, environment=None):
        done = subprocess.run(
            [os.path.join(BIN, "swin-compile"), *arguments],
            cwd=self.folder, env=environment or self.environment(), capture_output=True, text=True,
        )  # fmt: skip
        # Of builds with sanitizers, about the stack that Halide makes for itself.
        done.stderr = re.sub(r"^==\d+==WARNING: ASan doesn't fully support .*\n", "", done.stderr, flags=re.M)
        return done

    def good(self, *arguments):
        """Standard output of a run that must succeed."""
        done = self.compile(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout[-2000:])
        return done.stdout

    def system(self, *words, **options):
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, **options)
        self.assertEqual(done.returncode, 0, f"{' '.join(words)}\n{done.stdout}{done.stderr}")
        return done.stdout

    def left(self):
        return tree(self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w") as file:
            file.write(text)
