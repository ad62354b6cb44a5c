"""A bug of the compiler, such as a crash, leaves a folder to report it with."""
import os
import re
import resource
import signal
import stat
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase

FILES = {"README.txt", "command.txt", "error.txt", "versions.txt"}


# Loaded into the compiler: it crashes when it opens a file whose name ends as SWIN_CRASH_AT says.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
static int opened(const char *name, const char *path, int flags, int mode) {
  const char *end = getenv("SWIN_CRASH_AT");
  if (end && strlen(path) >= strlen(end) && strcmp(path + strlen(path) - strlen(end), end) == 0)
    raise(atoi(getenv("SWIN_CRASH_SIGNAL")));
  return ((int (*)(const char *, int, int))dlsym(RTLD_NEXT, name))(path, flags, mode);
}
#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    return opened(#name, path, flags, mode); }
OPEN(open)
OPEN(open64)
"""


class Bundles(CompileCase):
    def crashed(self, at, number=signal.SIGSEGV, arguments=(DIGITS, "--weights", WEIGHTS, "-o", "out")):
        """The bundle of a run that gets a signal when it opens a file whose name ends as `at`."""
        shim = os.path.join(os.path.dirname(self.folder), "shim.so")
        if not os.path.exists(shim):
            subprocess.run(["cc", "-shared", "-fPIC", "-xc", "-", "-o", shim], input=SHIM, text=True, check=True)
        done = self.compile(*arguments, environment=self.environment(
            LD_PRELOAD=shim, SWIN_CRASH_AT=at, SWIN_CRASH_SIGNAL=str(int(number)), SECRET="hidden"))  # fmt: skip
        self.assertEqual((done.returncode, done.stdout), (3, ""), done.stderr)
        return self.bundle(done.stderr.splitlines(True)[-1])

    def bundle(self, last):
        said = re.fullmatch(r"swin-compile: error: this is a bug of the compiler; please report it with the folder "
                            r"(\S+)\n", last)  # fmt: skip
        self.assertTrue(said, last)
        self.assertEqual(os.listdir(self.tmp), [os.path.basename(said[1])])
        self.assertTrue(said[1].startswith(os.path.join(self.tmp, "swin-compile-")))
        self.assertEqual(stat.S_IMODE(os.stat(said[1]).st_mode), 0o700)
        files = {}
        for name in os.listdir(said[1]):
            with open(os.path.join(said[1], name)) as file:
                files[name] = file.read()
        self.assertLessEqual(FILES, set(files))
        self.assertFalse([name for name, text in files.items() if "hidden" in text])
        return files

    def test_crash(self):
        files = self.crashed("digits_swin_weights.o")
        self.assertEqual(self.left(), [], "nothing is left of what was being made")
        self.assertEqual(files["command.txt"].splitlines(), [DIGITS, "--weights", WEIGHTS, "-o", "out"])
        spec = self.compile(DIGITS, "--weights", WEIGHTS, "--emit", "spec").stdout
        self.assertEqual(files["model.json"], spec)
        for word in "swin-compile ", "LLVM ", "Halide ", "sources ", "cpu ", "os Linux":
            self.assertIn("\n" + word, "\n" + files["versions.txt"])
        self.assertIn("the compiler crashed (stage weights): ", files["error.txt"])
        self.assertIn("signal 11 (Segmentation fault)", files["error.txt"])
        self.assertRegex(files["error.txt"], r"\n\S*swin-compile\(.*\) \[0x", "where it was")
        self.assertIn("failing.mlir", files)
        self.assertIn("swin.", files["failing.mlir"])
        self.assertNotIn("dense<", files["failing.mlir"], "no weights")

    def test_every_signal_of_a_crash(self):
        for number in signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGILL:
            with self.subTest(number=number):
                self.assertIn(f"signal {int(number)} ", self.crashed("digits_swin_weights.o", number)["error.txt"])
                subprocess.run(["rm", "-r", *[os.path.join(self.tmp, name) for name in os.listdir(self.tmp)]])

    def test_crash_before_the_model_is_known(self):
        files = self.crashed(".safetensors")
        with open(DIGITS) as file:
            self.assertEqual(files["model.json"], file.read())
        self.assertNotIn("failing.mlir", files)

    def test_out_of_memory(self):
        """A limit that the program itself fits into, but no more."""
        for megabytes in range(300, 2000, 50):
            limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20,) * 2)  # noqa: B023, E731
            done = subprocess.run([os.path.join(BIN, "swin-compile"), "--arch", "swin_b", "--weights", "synthetic"],
                                  cwd=self.folder, env=self.environment(), preexec_fn=limit, capture_output=True,
                                  text=True)  # fmt: skip
            if done.returncode == 3:
                self.assertIn("out of memory", done.stderr)
                return self.assertIn("out of memory", self.bundle(done.stderr.splitlines(True)[-1])["error.txt"])
            self.assertIn(done.returncode, (0, 1, 2, 127), done.stderr)
        self.fail("it never ran out of memory")


if __name__ == "__main__":
    unittest.main(verbosity=2)
