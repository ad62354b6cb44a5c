"""The kernel cache as users meet it: the same bytes with and without, several compilers at once, ends in the middle."""
import json
import os
import signal
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase, tree

MODEL = [DIGITS, "--weights", WEIGHTS, "--name", "d", "--emit", "lib,exe", "--target", "x86-64-v3"]


class Cache(CompileCase):
    def environment(self, **changes):
        return {**super().environment(), "SWIN_CACHE_DIR": self.path("cache"), **changes}

    def library(self, folder):
        """The library made into a folder."""
        with open(self.path(folder + "/libd.a"), "rb") as file:
            return file.read()

    def cached(self, folder, *options):
        """Compiles; for each object of a kernel, whether it came from the cache."""
        self.good(*MODEL, "-o", folder, "--report", folder + ".json", *options)
        with open(self.path(folder + ".json")) as file:
            report = json.load(file)
        self.assertEqual(tree(self.path(folder)), tree(self.path("off")))
        return [target["cached"] for kernel in report["kernels"] for target in kernel["objects"]]

    def start(self, folder):
        return subprocess.Popen(
            [os.path.join(BIN, "swin-compile"), *MODEL, "-o", folder, "-v"],
            cwd=self.folder, env=self.environment(), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def setUp(self):
        super().setUp()
        self.good(*MODEL, "-o", "off", "--cache", "off")
        self.assertFalse(os.path.exists(self.path("cache")))

    def test_same_bytes(self):
        self.assertNotIn(True, self.cached("cold"))
        warm = self.cached("warm")
        self.assertNotIn(False, warm)
        self.assertGreater(len(warm), 5)
        self.assertNotIn(True, self.cached("elsewhere", "--cache", self.path("other")))
        for folder in ["cold", "warm", "elsewhere"]:
            for file in tree(self.path("off")):
                with open(self.path("off/" + file), "rb") as one, open(self.path(f"{folder}/{file}"), "rb") as other:
                    self.assertEqual(one.read(), other.read(), f"{folder}/{file}")

    def test_home(self):
        done = self.compile(*MODEL, environment=self.environment(SWIN_CACHE_DIR=""))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(tree(os.path.join(self.tmp, ".cache/swin-compile")))

    def test_damaged_entries(self):
        self.cached("cold")
        entries = tree(self.path("cache"))
        for number, entry in enumerate(entries):
            with open(self.path("cache/" + entry), "r+b") as file:
                file.seek(number * 37 % 400)
                byte = file.read(1)
                file.seek(-1, os.SEEK_CUR)
                file.write(bytes([byte[0] ^ 16]))
        self.assertNotIn(True, self.cached("damaged"))
        self.assertNotIn(False, self.cached("warm"))
        self.assertEqual(self.library("damaged"), self.library("off"))

    def test_several_at_once(self):
        folders = [f"o{number}" for number in range(4)]
        for process in [self.start(folder) for folder in folders]:
            _, text = process.communicate()
            self.assertEqual(process.returncode, 0, text)
        for folder in folders:
            self.assertEqual(self.library(folder), self.library("off"))
        self.assertTrue(all(entry.endswith((".kernel", ".digests")) for entry in tree(self.path("cache"))))
        self.assertNotIn(False, self.cached("warm"))

    def test_killed(self):
        process = self.start("killed")
        for line in process.stderr:
            if "kernel 5 of" in line:
                break
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertFalse(os.path.exists(self.path("killed/libd.a")))
        again = self.cached("again")
        self.assertIn(True, again)
        self.assertIn(False, again)
        self.assertEqual(self.library("again"), self.library("off"))

    def test_cannot_be_written(self):
        self.write("file", "")
        done = self.compile(*MODEL, "--cache", "file/cache", "-v")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("kernels are not kept: 'file/cache': Not a directory"), 1, done.stderr)
        self.good(*MODEL, "--cache", "file/cache")


if __name__ == "__main__":
    unittest.main(verbosity=2)
