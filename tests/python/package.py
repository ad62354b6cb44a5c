"""What tests of the package share: the package as it lies in the repository, with the compiler of this build."""
import os
import shutil
import sys
import tempfile
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
BIN = os.environ["SWIN_BIN"]
os.environ["SWIN_COMPILE"] = os.path.join(BIN, "swin-compile")
sys.path.insert(0, os.path.join(ROOT, "python"))

import numpy as np  # noqa: E402
import swin_compile  # noqa: E402

DIGITS = os.path.join(ROOT, "examples/digits/digits_swin.json")
WEIGHTS = os.path.join(ROOT, "examples/digits/digits_swin.safetensors")
SCANS = os.path.join(ROOT, "examples/digits/digits_test.safetensors")


class Case(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.shared = tempfile.mkdtemp(prefix="swin-python-")
        cls.addClassCleanup(shutil.rmtree, cls.shared)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="swin-python-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def compiled(self, model=DIGITS, **options):
        """Libraries of the class are kept together; kernels where all tests keep theirs."""
        return swin_compile.compile(model, **{"cache": self.shared, "threads": 1, **options})

    def fails(self, kind, call, *arguments, **options):
        """The text of the exception."""
        with self.assertRaises(kind) as caught:
            call(*arguments, **options)
        self.assertEqual(type(caught.exception), kind)
        return str(caught.exception)


def images(n=2, h=32, w=32, channels=1):
    values = np.random.default_rng(n * 1000 + h + w).standard_normal((n, channels, h, w), dtype=np.float32)
    return np.ascontiguousarray(values)
