"""What both ways to install have in common: the files there, and that they work wherever they lie."""
import os
import re
import subprocess
import tempfile
import unittest

BUILD = os.environ["SWIN_BUILD"]
HELP2MAN = os.environ.get("SWIN_HELP2MAN", "")
ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
DOCUMENTS = "share/doc/swin-compile"
PROGRAMS = ["swin-compile", "swin-run", "swin-opt", "swin-tune"]
FILES = [
    "lib/swin/halide/libHalide.so", "lib/swin/libswin_runtime.a", "lib/swin/libswin_runner.a", "lib/swin/NAME.h.in",
    "lib/swin/schedules.jsonl",
    "share/swin-compile/swin-model.schema.json", "share/swin-compile/swin-graph.schema.json",
    "share/swin-compile/python/pth_to_safetensors.py", f"{DOCUMENTS}/README.md",
    f"{DOCUMENTS}/copyright", f"{DOCUMENTS}/docs/Contract.md", "share/man/man1/swin-opt.1",
    "share/bash-completion/completions/swin-compile", "share/bash-completion/completions/swin-run",
    "share/bash-completion/completions/swin-tune",
]  # fmt: skip


class InstalledCase(unittest.TestCase):
    """A class has a scratch folder; `prefix` is where its files were installed."""

    prefix = None

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="swin-install-")
        cls.addClassCleanup(scratch.cleanup)
        cls.scratch = scratch.name

    @classmethod
    def system(cls, *words, **environment):
        """Output of a command that must succeed, which sees nothing of the caller's environment but PATH."""
        done = subprocess.run(words, cwd=cls.scratch, capture_output=True, text=True,
                              env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "SWIN_CACHE_DIR": "off",
                                   "HOME": cls.scratch, **environment})  # fmt: skip
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def path(self, name):
        return os.path.join(self.prefix, name)

    def check_files(self):
        for name in FILES + [f"bin/{program}" for program in PROGRAMS]:
            self.assertTrue(os.path.isfile(self.path(name)), name)
        for folder, _, names in os.walk(self.prefix):
            for name in names:
                self.assertNotRegex(os.path.join(folder, name), r"__pycache__|\.pyc$|\.egg-info")

    def check_programs_know_no_build(self):
        """Nothing is looked for in the build tree, Halide is the one that was installed."""
        for program in PROGRAMS:
            dynamic = self.system("readelf", "-d", self.path(f"bin/{program}"))
            found = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", dynamic)
            for folder in ":".join(found).split(":"):
                self.assertRegex(folder, r"^$|^\$ORIGIN/|^/usr/lib/llvm-\d+/lib$", program)
            with open(self.path(f"bin/{program}"), "rb") as file:
                self.assertNotIn(os.path.join(BUILD, "lib").encode(), file.read())
        linked = self.system("ldd", self.path("bin/swin-compile"))
        halide = re.search(r"libHalide\.so => (.+) \(0x", linked)[1]
        self.assertEqual(os.path.realpath(halide), os.path.realpath(self.path("lib/swin/halide/libHalide.so")))

    def check_compiles(self, compiler):
        """The digits are compiled, by `compiler`, and what was made reads them."""
        digits = self.path(f"{DOCUMENTS}/examples/digits")
        out = tempfile.mkdtemp(dir=self.scratch)
        self.system(compiler, f"{digits}/digits_swin.json", "--weights", f"{digits}/digits_swin.safetensors", "--name",
                    "digits", "--emit", "lib,shared,exe", "--target", "host", "-o", out, "-q")  # fmt: skip
        self.assertLessEqual({"libdigits.a", "digits.h", "libdigits.so", "digits"}, set(os.listdir(out)))
        scans, counted = os.path.join(out, "scans.npy"), []
        self.system("python3", "-B", f"{digits}/digits.py", "images", f"{digits}/digits_test.safetensors", scans)
        for program in [[f"{out}/digits"], [self.path("bin/swin-run"), f"{out}/libdigits.so"]]:
            logits = os.path.join(out, f"{len(counted)}.npy")
            self.system(*program, scans, "-o", logits)
            counted.append(self.system("python3", "-B", f"{digits}/digits.py", "count",
                                       f"{digits}/digits_test.safetensors", logits, "--expect", "391"))  # fmt: skip
        self.assertIn("391 of 397", counted[1])
