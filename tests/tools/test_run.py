"""swin-run on libraries written by hand (RunnerStub.c): results, files, every wrong command line and input."""
import json
import math
import os
import struct
import subprocess
import unittest

from harness import BIN
from running import CLASSES, IMAGE, MAPS, RunCase, npy, png

HELP = "swin-run: --help lists what can be given"


class Run(RunCase):
    def test_readable_result(self):
        self.image("a.npy")
        part = [math.exp(x) for x in [0.75, 0.5, 0.25, 0, -0.25]]
        total = sum(math.exp(x / 4) for x in range(-3, 4))
        names = ["blue (class 2)", "green (class 1)", "red (class 0)", "class 6", "cyan (class 3)"]
        lines = [f"  {100 * p / total:6.2f} %  {name}" for p, name in zip(part, names)]
        self.assertEqual(self.output(CLASSES, "a.npy").splitlines(), ["a.npy: logits"] + lines)
        self.image("two.npy", n=2)
        text = self.output(MAPS, "two.npy").splitlines()
        self.assertEqual([text[0], text[6]], ["two.npy[0]: logits", "two.npy[1]: logits"])
        self.assertEqual(text[-1], "two.npy: stage1, 2 x 1 x 1 x 3 (NHWC), values 0.25 to 1.75, mean 1")
        self.image("many.npy", n=12)
        self.assertEqual(self.output(CLASSES, "many.npy").splitlines()[-1],
                         "many.npy: 2 more images; -o OUT.npy writes all")  # fmt: skip

    def test_files(self):
        self.image("a.npy")
        self.image("b.npy", n=2)
        self.assertEqual(self.output(CLASSES, "a.npy", "b.npy", "-o", "out.npy", "--threads", "1"), "")
        shape, values = self.read("out.npy")
        one = [0.25, 0.5, 0.75, -0.25, -0.5, -0.75, 0]
        self.assertEqual((shape, values[:14], values[14:17]), ((3, 7), one + one, [1.25, 1.5, 1.75]))
        self.output(MAPS, "b.npy", "-o", "folder")
        self.assertEqual(self.left(), ["a.npy", "b.npy", "folder", "folder/logits.npy", "folder/stage1.npy", "out.npy"])
        self.assertEqual(self.read("folder/stage1.npy"), ((2, 1, 1, 3), [0.25, 0.5, 0.75, 1.25, 1.5, 1.75]))
        self.output(MAPS, "a.npy", "-o", "folder/")
        self.assertEqual(self.read("folder/stage1.npy")[0], (1, 1, 1, 3), "what was there is replaced")
        self.output(CLASSES, "a.npy", "-o", "with.dot/")
        self.assertEqual(self.read("with.dot/logits.npy"), ((1, 7), one))

    def test_pictures(self):
        # 16 x 8 pixels of one colour stay that when resized to 16 x 8 and cropped to 6 x 4.
        self.write_bytes("a.png", png([[(255, 0, 51)] * 8] * 16))
        self.output(CLASSES, "a.png", "-o", "out.npy")
        shape, values = self.read("out.npy")
        self.assertEqual(shape, (1, 7))
        for value, expected in zip(values, [1, -1, (0.2 - 0.5) / 0.25, -1, 1, (0.5 - 0.2) / 0.25, 0]):
            self.assertAlmostEqual(value, expected, 6)
        self.assertEqual(self.output(CLASSES, "a.png").splitlines()[0], "a.png: logits")
        rows = [[(10 * x, 20 * y, 255) for x in range(4)] for y in range(6)]
        self.write_bytes("b.PNG", png(rows))
        self.output(IMAGE, "b.PNG", "-o", "b.npy")
        self.output(IMAGE, "b.npy", "-o", "copy.png")
        self.output(IMAGE, "copy.png", "-o", "again.npy")
        shape, values = self.read("again.npy")
        self.assertEqual(shape, (1, 3, 6, 4))
        self.assertEqual([round(255 * value) for value in values],
                         [rows[y][x][c] for c in range(3) for y in range(6) for x in range(4)])  # fmt: skip

    def test_json(self):
        self.image("a.npy", n=2, h=6, w=4)
        line = self.output(CLASSES, "a.npy", "a.npy", "--json", "--repeat", "5", "--threads", "2", "--isa", "x86-64")
        self.assertEqual(line.count("\n"), 1)
        found = json.loads(line)
        self.assertEqual(list(found), ["model", "n", "h", "w", "threads", "isa", "runs", "ms_min", "ms_median", "macs",
                                       "peak_workspace_bytes"])  # fmt: skip
        self.assertEqual([found[key] for key in ["model", "n", "h", "w", "threads", "isa", "runs", "macs"]],
                         ["stub", 2, 6, 4, 2, "x86-64", 10, 10 * 2 * 6 * 4])  # fmt: skip
        self.assertTrue(0 < found["ms_min"] <= found["ms_median"] < 10000)
        self.assertEqual(found["peak_workspace_bytes"], 640)
        self.image("b.npy")
        self.assertEqual(json.loads(self.output(CLASSES, "b.npy", "--json"))["macs"], 10 * 2 * 2)

    def test_info_selftest_help(self):
        self.assertEqual(json.loads(self.output(CLASSES, "--info"))["model"], "stub")
        self.assertIn("self-test passed: 1 x 6 x 4 (batch, height, width): the results of all 1 calls of kernels",
                      self.output(CLASSES, "--selftest", "--threads", "2"))  # fmt: skip
        text = self.output("--help")
        self.assertEqual(text, self.output(CLASSES, "--help"))
        for option in ["-o", "--threads", "--isa", "--repeat", "--tile", "--overlap", "--json", "--profile", "--info",
                       "--selftest"]:  # fmt: skip
            self.assertIn(f"\n  {option} ", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 88)

    def test_version(self):
        self.assertRegex(self.output("--version"), r"^swin-run \d+\.\d+\.\d+\n$")

    def test_wrong_command_lines(self):
        self.image("a.npy")
        threads = "N must be a whole number from 0 to 1024, found "
        cases = [
            ([], ["no INPUT: expected .npy, .png or .jpg files, or --info, --selftest or --compare"]),
            (["a.npy", "b.txt"], ["argument 3 'b.txt': expected an INPUT that ends in .npy, .png, .jpg or .jpeg"]),
            (["a.npy", "--thread", "2"],
             ["argument 3 '--thread': unknown option; did you mean --threads?",
              "argument 4 '2': expected an INPUT that ends in .npy, .png, .jpg or .jpeg"]),
            (["a.npy", "-x"], ["argument 3 '-x': unknown option"]),
            (["a.npy", "--threads"], ["argument 3 '--threads': needs N after it"]),
            (["a.npy", "--threads", "-1"], [f"argument 3 '--threads': {threads}'-1'"]),
            (["a.npy", "--threads=1025"], [f"argument 3 '--threads=1025': {threads}'1025'"]),
            (["a.npy", "--threads", "2x"], [f"argument 3 '--threads': {threads}'2x'"]),
            (["a.npy", "--repeat", "0"],
             ["argument 3 '--repeat': K must be a whole number from 1 to 1000000, found '0'"]),
            (["a.npy", "-o", ""], ["argument 3 '-o': OUT must not be empty"]),
            (["a.npy", "--json=1"], ["argument 3 '--json=1': takes no value"]),
            (["a.npy", "--json", "--json"], ["argument 4 '--json': given for the second time"]),
            (["a.npy", "--info"], ["argument 2 'a.npy': --info takes no INPUT"]),
            (["--info", "--threads", "1"], ["argument 3 '--threads': does not go with --info"]),
            (["--selftest", "--json"], ["argument 3 '--json': does not go with --selftest"]),
            (["a.npy", "-o", "x.npy", "--profile", "x.npy"], ["argument 5 '--profile': FILE is that of -o"]),
            (["a.npy", "--isa", "avx"], ["--isa 'avx' is not in this library; it has x86-64-v9, x86-64"]),
            (["a.npy", "-o", "out.png"],
             ["-o 'out.png': a .png is for images, the model's output is 'logits': expected a .npy file or a folder"]),
            (["a.npy", "-o", "out.jpg"],
             ["-o 'out.jpg': expected a .npy file, a .png file or a folder; to make a folder of that name, end it in "
              "'/'"]),
        ]  # fmt: skip
        for arguments, errors in cases:
            with self.subTest(arguments):
                expected = [f"swin-run: error: {error}" for error in errors] + [HELP]
                self.assertEqual(self.fails(1, CLASSES, *arguments), expected)
        several = "is for one output, the model has 2 (logits, stage1): expected a folder"
        self.assertEqual(self.fails(1, MAPS, "a.npy", "-o", "x.npy")[0], f"swin-run: error: -o 'x.npy': {several}")
        self.assertEqual(self.fails(1)[0],
                         "swin-run: error: the first argument must be the library: swin-run libNAME.so INPUT...")

    def test_wrong_inputs(self):
        self.image("good.npy")
        values, black = [0.5] * 12, png([[(0, 0, 0)] * 2] * 2)
        (compressed,) = struct.unpack(">I", black[33:37])
        files = {
            "text.npy": b"hello", "cut.npy": npy([1, 3, 2, 2], values)[:-4], "long.npy": npy([1, 3, 2, 2], [0] * 13),
            "double.npy": npy([1, 3, 2, 2], [0] * 24, "<f8"), "flat.npy": npy([3, 2, 2], values),
            "gray.npy": npy([1, 1, 2, 2], [0] * 4), "odd.npy": npy([1, 3, 2, 3], [0] * 18),
            "none.npy": npy([0, 3, 2, 2], []), "large.npy": npy([1, 3, 2, 66], [0] * 396),
            "huge.npy": npy([1, 3, 2**40, 2**40], values), "empty.npy": b"", "empty.png": b"", "text.jpg": b"hello",
            "more.npy": npy([0, 3, 2**31, 2], []),
            "cut.png": black[:-5], "lie.png": black[:41] + b"\0" * 40,
        }  # fmt: skip
        for name, data in files.items():
            self.write_bytes(name, data)
        os.mkdir(self.path("folder.npy"))
        os.mkfifo(self.path("pipe.npy"))
        size = "(batch, height, width)"
        cases = [
            ("text.npy", "it is not a .npy file: it does not begin with \\x93NUMPY"),
            ("cut.npy", "its shape 1 x 3 x 2 x 2 needs 48 bytes of values, it has 44"),
            ("long.npy", "its shape 1 x 3 x 2 x 2 needs 48 bytes of values, it has 52"),
            ("double.npy",
             "its values are '<f8': expected float32 ('<f4'); in NumPy, array.astype('float32') converts"),
            ("flat.npy", "its shape is 3 x 2 x 2: expected N x 3 x H x W"),
            ("gray.npy", "its shape is 1 x 1 x 2 x 2: expected N x 3 x H x W"),
            ("odd.npy", f"1 x 2 x 3 {size}: height and width must be even"),
            ("none.npy", f"0 x 2 x 2 {size}: no size may be 0"),
            ("large.npy", f"1 x 2 x 66 {size}: height and width must be at most 64"),
            ("huge.npy", "its shape 1 x 3 x 1099511627776 x 1099511627776 has more values than can be counted"),
            ("more.npy", "its shape is 0 x 3 x 2147483648 x 2: no size may be 2^31 or more"),
            ("empty.npy", "it is not a .npy file: it does not begin with \\x93NUMPY"),
            ("missing.npy", "cannot be read: No such file or directory"),
            ("folder.npy", "is a folder, expected a file"),
            ("pipe.npy", "is not a regular file"),
            ("empty.png", "is no PNG or JPEG that can be read: Image not of any known type, or corrupt"),
            ("text.jpg", "is no PNG or JPEG that can be read: Image not of any known type, or corrupt"),
            ("missing.png", "cannot be read: No such file or directory"),
            ("cut.png", "is damaged: it ends within the picture"),
            ("lie.png", f"is damaged: the checksum at byte {41 + compressed} is wrong"),
        ]  # fmt: skip
        for name, error in cases:
            with self.subTest(name):
                self.assertEqual(self.fails(2, CLASSES, name, "-o", "out.npy"), [f"{name}: error: {error}"])
        # All of them at once, and nothing is run or written if one is wrong.
        names = [name for name, _ in cases]
        self.assertEqual(self.fails(2, CLASSES, "good.npy", *names, "-o", "out/"),
                         [f"{name}: error: {error}" for name, error in cases])  # fmt: skip
        # Found when it is decoded only: what comes after it is not run either.
        self.write_bytes("short.png", png([[(0, 0, 0)] * 2] * 2, missing=1))
        self.assertEqual(self.fails(2, CLASSES, "short.png", "good.npy"),
                         ["short.png: error: is damaged: Corrupt PNG"])  # fmt: skip
        self.assertEqual(self.fails(2, MAPS, "cut.png"),
                         ["cut.png: error: the model's description does not say how pictures become its input: "
                          "expected a .npy file"])  # fmt: skip

    def test_inputs_that_do_not_go_together(self):
        self.image("a.npy")
        self.image("b.npy", h=4)
        self.assertEqual(self.fails(2, IMAGE, "a.npy", "b.npy", "-o", "o.npy"),
                         ["b.npy: error: its output image is 1 x 3 x 4 x 2, that of the inputs before is 1 x 3 x 2 x "
                          "2: one file cannot hold both, run them apart"])  # fmt: skip
        self.assertEqual(self.fails(2, CLASSES, "a.npy", "b.npy", "--json"),
                         ["b.npy: error: its shape is 1 x 3 x 4 x 2: with --json all inputs have one size, the first "
                          "has 1 x 3 x 2 x 2"])  # fmt: skip

    def test_outputs_that_cannot_be_written(self):
        self.image("a.npy")
        self.image("two.npy", n=2)
        os.makedirs(self.path("taken/logits.npy"))
        for out, error in [("missing/out.npy", "missing/out.npy: error: cannot be written: No such file or directory"),
                           ("missing/out/", "missing/out/: error: cannot be made: No such file or directory"),
                           ("a.npy/", "a.npy/: error: cannot be made: File exists"),
                           ("taken", "taken/logits.npy: error: cannot be written: it is a folder")]:  # fmt: skip
            with self.subTest(out):
                self.assertEqual(self.fails(2, MAPS if out == "taken" else CLASSES, "a.npy", "-o", out), [error])
        self.assertEqual(self.fails(2, CLASSES, "a.npy", "-o", "new/", "--profile", "missing/p"),
                         ["missing/p: error: cannot be written: No such file or directory"])  # fmt: skip
        self.assertEqual(self.fails(2, IMAGE, "two.npy", "-o", "out.png"),
                         ["out.png: error: is for one gray or RGB image, the output is 2 x 3 x 2 x 2"])  # fmt: skip
        with open("/dev/full", "w") as full:
            done = subprocess.run([os.path.join(BIN, "swin-run"), CLASSES, "a.npy"], cwd=self.folder, stdout=full,
                                  stderr=subprocess.PIPE, text=True)  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (2, "swin-run: error: stdout cannot be written\n"))

    def test_libraries_that_are_none(self):
        self.write("text.so", "hello")
        for path in ["missing.so", "text.so", "libm.so.6"]:
            self.assertTrue(self.fails(2, path, "--info")[0].startswith(f"{path}: error: cannot be loaded: "))
        self.system("cc", "-shared", "-x", "c", "/dev/null", "-o", "libother.so")
        self.assertEqual(self.fails(2, "libother.so", "--info"),
                         ["libother.so: error: is not a library that swin-compile made: it lacks NAME_open"])

    def test_what_the_library_refuses(self):
        self.image("a.npy")
        self.image("bad.npy", first=1e30)
        machine = ("swin-run: error: this machine does not have the instruction set of options.isa or, if that is "
                   "NULL, none of this library's; its info lists them as isas")  # fmt: skip
        self.assertEqual(self.fails(2, CLASSES, "a.npy", "--isa", "x86-64-v9"), [machine])
        self.assertEqual(self.fails(3, CLASSES, "bad.npy", "-o", "out.npy"),
                         ["bad.npy: error: a kernel failed with status 7: a bug of the compiler"])  # fmt: skip


if __name__ == "__main__":
    unittest.main(verbosity=2)
