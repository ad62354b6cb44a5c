"""Wrong command lines of swin-compile: every sentence, all of them at once, exit status 1, nothing written."""
import os
import unittest

from harness import BIN, DIGITS, CompileCase

EMITS = "spec graph fused kernels driver llvm lib shared exe"
SEMANTICS = "timm torchvision hf hf-backbone mm microsoft"
SIZE = "expected any or height x width, each from 1 to 65536, as in 256x320; found "
BATCH = "expected any or a whole number from 1 to 65536, found "
NAME = "expected a letter, then letters, digits and _, at most 64 in all; found "

# Arguments and what is wrong with them.
CASES = [
    ([], ["no MODEL: expected a model description (.json), a folder with one, or --arch NAME"]),
    ([""], ["argument 1 '': MODEL must not be empty",
            "no MODEL: expected a model description (.json), a folder with one, or --arch NAME"]),
    (["m.json", "n.json"], ["argument 2 'n.json': a second MODEL; the first is 'm.json'"]),
    (["m.json", "--arch", "swin_t"], ["argument 2 '--arch': takes the place of MODEL; there is one: 'm.json'"]),
    (["m.json", "--emti", "lib"], ["argument 2 '--emti': unknown option; did you mean --emit?",
                                   "argument 3 'lib': a second MODEL; the first is 'm.json'"]),
    (["m.json", "--debug-pass=x"], ["argument 2 '--debug-pass=x': unknown option"]),
    (["m.json", "-x"], ["argument 2 '-x': unknown option"]),
    (["m.json", "-o"], ["argument 2 '-o': needs DIR after it"]),
    (["m.json", "-o", ""], ["argument 2 '-o': DIR must not be empty"]),
    (["m.json", "--name", "3d"], [f"argument 2 '--name': {NAME}'3d'"]),
    (["m.json", "--name=a-b"], [f"argument 2 '--name=a-b': {NAME}'a-b'"]),
    (["m.json", "--name", "_x"], [f"argument 2 '--name': {NAME}'_x'"]),
    (["m.json", "--name", "x" * 65], [f"argument 2 '--name': {NAME}'{'x' * 65}'"]),
    (["m.json", "--emit", "lib,dll,"], [f"argument 2 '--emit': 'dll' is none of: {EMITS}",
                                        f"argument 2 '--emit': '' is none of: {EMITS}"]),
    (["m.json", "--target", "avx2"],
     ["argument 2 '--target': 'avx2' is none of: x86-64-v4 x86-64-v3 x86-64-v2 aarch64 host"]),
    (["m.json", "--target", "x86-64-v3,aarch64"],
     ["argument 2 '--target': a library is for one architecture: aarch64 does not go with instruction sets of x86-64"]),
    (["m.json", "--target", "aarch64", "--sanitize", "thread"],
     ["argument 4 '--sanitize': goes with instruction sets of x86-64 only"]),
    (["m.json", "--target", "x86-64-v4-vnni"],
     ["argument 2 '--target': x86-64-v4-vnni is for int8, which this build does not have"]),
    (["m.json", "--size", "224"], [f"argument 2 '--size': {SIZE}'224'"]),
    (["m.json", "--size", "0x224"], [f"argument 2 '--size': {SIZE}'0x224'"]),
    (["m.json", "--size", "224x65537"], [f"argument 2 '--size': {SIZE}'224x65537'"]),
    (["m.json", "--size", "224x224x3"], [f"argument 2 '--size': {SIZE}'224x224x3'"]),
    (["m.json", "--batch", "0"], [f"argument 2 '--batch': {BATCH}'0'"]),
    (["m.json", "--batch", "two"], [f"argument 2 '--batch': {BATCH}'two'"]),
    (["m.json", "--semantics", "pytorch"], [f"argument 2 '--semantics': 'pytorch' is none of: {SEMANTICS}"]),
    (["m.json", "--outputs", "logits,"],
     ["argument 2 '--outputs': expected names of outputs with a comma between two of them, found 'logits,'"]),
    (["m.json", "--outputs", "stage1,stage1"], ["argument 2 '--outputs': output stage1 is there twice"]),
    (["m.json", "--precision", "int8"], ["argument 2 '--precision': this build computes in f32 only"]),
    (["m.json", "--precision", "fp16"], ["argument 2 '--precision': 'fp16' is none of: f32 bf16 int8"]),
    (["m.json", "--calibrate", "images"],
     ["argument 2 '--calibrate': this build has no calibration, since it computes in f32 only"]),
    (["m.json", "--schedules="], ["argument 2 '--schedules=': DB|off must not be empty"]),
    (["m.json", "--schedules-cpu", "Zen"],
     ["argument 2 '--schedules-cpu': goes with --schedules DB: which of its CPUs is meant"]),
    (["m.json", "--schedules", "off", "--schedules-cpu", "Zen"],
     ["argument 4 '--schedules-cpu': goes with --schedules DB: which of its CPUs is meant"]),
    (["m.json", "--profile", "p.json"], ["argument 2 '--profile': goes with --report FILE, which shows it"]),
    (["m.json", "--weights-file=m.weights"], ["argument 2 '--weights-file=m.weights': takes no value"]),
    (["m.json", "--weights-file", "--emit", "graph,llvm"],
     ["argument 2 '--weights-file': nothing is written to DIR: --emit has none of lib shared exe"]),
    (["m.json", "--fast-matmul=1"], ["argument 2 '--fast-matmul=1': takes no value"]),
    (["m.json", "--batch", "2", "--batch", "3"], ["argument 4 '--batch': given for the second time",
                                                  "argument 5 '3': a second MODEL; the first is 'm.json'"]),
    (["m.json", "-q", "-v"], ["argument 2 '-q': does not go with -v"]),
    (["m.json", "-o", "out", "--emit", "graph"],
     ["argument 2 '-o': nothing is written to DIR: --emit has none of lib shared exe"]),
    (["--size", "1", "--emit", "x", "--", "-m", "-n"],
     [f"argument 1 '--size': {SIZE}'1'", f"argument 3 '--emit': 'x' is none of: {EMITS}",
      "argument 7 '-n': a second MODEL; the first is '-m'"]),
]  # fmt: skip


class CommandLine(CompileCase):
    def test_wrong(self):
        self.assertGreaterEqual(len(CASES), 15)
        for arguments, errors in CASES:
            with self.subTest(arguments):
                done = self.compile(*arguments)
                lines = [f"swin-compile: error: {error}" for error in errors]
                lines.append("swin-compile: --help lists what can be given")
                self.assertEqual(done.stderr.splitlines(), lines)
                self.assertEqual((done.returncode, done.stdout), (1, ""))
                self.assertEqual(self.left(), [])

    def test_help_says_everything(self):
        text = self.good("--help")
        for option in ["-o", "--name", "--arch", "--weights", "--emit", "--target", "--size", "--batch", "--semantics",
                       "--outputs", "--report", "--profile", "--dump-to", "--cache", "-v", "-q", "--precision",
                       "--calibrate", "--schedules", "--schedules-cpu", "--fast-matmul", "--weights-file",
                       *EMITS.split(), *SEMANTICS.split(), "logits", "stage1", "image"]:  # fmt: skip
            self.assertIn(option, text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)

    def test_version(self):
        version = r"\d+\.\d+\.\d+"
        self.assertRegex(self.good("--version"), rf"^swin-compile {version} \(LLVM {version}, Halide {version}\)\n"
                         r"sources [0-9a-f]{64}\n$")  # fmt: skip

    def test_architectures(self):
        names = self.good("--arch", "help").splitlines()
        self.assertEqual(len(set(names)), len(names))
        for name in ["swin_t", "swin_v2_t", "swin_tiny_patch4_window7_224", "upernet_swin_t", "swin", "swinir"]:
            self.assertIn(name, names)

    def test_defaults_that_are_said(self):
        self.good(DIGITS, "--emit", "spec", "--precision", "f32", "--size", "any", "--batch", "any", "--target", "host")

    def test_runs_in_place_without_an_environment(self):
        done = self.compile("--help", environment={})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(os.path.exists(os.path.join(BIN, "../lib/swin/libswin_runtime.a")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
