"""What can go wrong behind a good command line: exit status 2, one located sentence each, nothing left behind."""
import os
import signal
import subprocess
import time
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase


class Failures(CompileCase):
    def fails(self, *arguments, environment=None):
        """Error lines of a run that must fail and leave everything as it was."""
        before = self.left()
        done = self.compile(*arguments, environment=environment)
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(self.left(), before)
        self.assertEqual(os.listdir(self.tmp), [])
        return done.stderr

    def test_no_such_model(self):
        self.assertIn("missing.json", self.fails("missing.json"))

    def test_folder_without_description(self):
        os.mkdir(self.path("empty"))
        self.assertIn("empty", self.fails("empty"))

    def test_description_that_is_no_json(self):
        self.write("m.json", '{"architecture": "swin_tiny_patch4_window7_224",\n  "model_args": [}\n')
        self.assertIn("m.json:2:", self.fails("m.json", "--weights", "synthetic"))

    def test_no_such_weights(self):
        self.assertIn("missing.safetensors", self.fails(DIGITS, "--weights", "missing.safetensors"))

    def test_unknown_preset(self):
        text = self.fails("--arch", "swin_xxl", "--weights", "synthetic")
        self.assertIn("swin_xxl", text)
        self.assertIn("swin_t", text)

    def test_graph_that_fits_no_kernel(self):
        self.write("g.json", """{"format": "swin-model", "image": {"size": 32}, "graph": [
  {"name": "map", "op": "channels_last"},
  {"name": "cut", "op": "window_partition", "window": 4},
  {"name": "lonely", "op": "relu"},
  {"name": "back", "op": "window_reverse", "window": 4}], "outputs": {"map": "back"}}
""")
        text = self.fails("g.json", "--weights", "synthetic")
        self.assertIn('g.json:4:3: error: node "lonely": ', text)
        self.assertIn("fits no kernel", text)
        self.assertNotIn("bug", text)

    def test_folder_that_is_a_file(self):
        self.write("file", "")
        for folder in ["file", "file/out"]:
            text = self.fails(DIGITS, "--weights", WEIGHTS, "-o", folder)
            self.assertEqual(text, f"swin-compile: error: '{folder}': Not a directory\n")

    def test_target_that_is_a_folder(self):
        os.makedirs(self.path("out/libd.a"))
        self.write("out/d.h", "mine")
        text = self.fails(DIGITS, "--weights", WEIGHTS, "--name", "d", "-o", "out", "--target", "x86-64-v3")
        self.assertEqual(text, f"swin-compile: error: '{self.path('out/libd.a')}': Is a directory\n")
        with open(self.path("out/d.h")) as file:
            self.assertEqual(file.read(), "mine")

    def test_no_linker(self):
        text = self.fails(DIGITS, "--weights", WEIGHTS, "--emit", "shared,exe",
                          environment=self.environment(PATH=self.tmp))  # fmt: skip
        self.assertEqual(
            text.splitlines(),
            ["swin-compile: error: --emit shared needs a C compiler to link with, but none of cc, gcc, clang is on "
             "PATH; --emit lib needs none",
             "swin-compile: error: --emit exe needs a C++ compiler to link with, but none of c++, g++, clang++ is on "
             "PATH; --emit lib needs none"],
        )  # fmt: skip

    def test_report_that_cannot_be_written(self):
        text = self.fails(DIGITS, "--weights", WEIGHTS, "--emit", "graph", "--report", "missing/report.json")
        self.assertEqual(text, "swin-compile: error: 'missing/report.json': No such file or directory\n")

    def test_name_that_follows_from_the_model(self):
        with open(DIGITS) as file:
            self.write("3digits.json", file.read())
        text = self.fails("3digits.json", "--weights", WEIGHTS)
        self.assertIn("give --name", text)

    def test_interrupted(self):
        process = subprocess.Popen(
            [os.path.join(BIN, "swin-compile"), DIGITS, "--weights", WEIGHTS, "-o", "out", "-v"],
            cwd=self.folder, env=self.environment(SWIN_CACHE_DIR="off"), stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        for line in process.stderr:
            if "kernel 1 of" in line:
                break
        self.assertTrue(self.left(), "the temporary folder is there")
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        process.communicate()
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assertLess(time.monotonic() - begin, 20)
        self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
