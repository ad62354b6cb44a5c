"""swin-run with models that make pictures or find a class for each pixel (PictureStub.c): files, tiles, errors."""
import os
import pty
import subprocess
import unittest

from harness import BIN
from running import CLASSES, IMAGE, PIXELS, UPSCALE, RunCase, npy, png, read_png

HELP = "swin-run: --help lists what can be given"


def pixels(height, width):
    return [[(7 * x % 256, 5 * y % 256, (x * y + x) % 256) for x in range(width)] for y in range(height)]


def twice(rows):
    """Each pixel four times."""
    return [[pixel for pixel in row for _ in range(2)] for row in rows for _ in range(2)]


class Pictures(RunCase):
    def picture(self, name, rows):
        self.write_bytes(name, png(rows))

    def made(self, name):
        with open(self.path(name), "rb") as file:
            return read_png(file.read())

    def test_picture_out(self):
        self.picture("a.png", pixels(5, 7))
        self.output(UPSCALE, "a.png", "-o", "b.png")
        self.assertEqual(self.made("b.png"), twice(pixels(5, 7)))
        self.assertEqual(self.output(UPSCALE, "a.png"),
                         "a.png: image, 10 x 14 pixels, 3 channels, values 0 to 0.1647, mean 0.05229\n")  # fmt: skip
        self.output(UPSCALE, "a.png", "-o", "folder")
        self.assertEqual(self.read("folder/image.npy")[0], (1, 3, 10, 14))
        # What is no value of a picture is limited; halves are rounded up.
        self.write_bytes("c.npy", npy([1, 3, 1, 2], [-1, 2, 0.5 / 255, 0.4 / 255, float("nan"), 1]))
        self.output(UPSCALE, "c.npy", "-o", "c.png")
        self.assertEqual(self.made("c.png"), twice([[(0, 1, 0), (255, 0, 255)]]))

    def test_tiles_are_the_whole(self):
        for height, width in [(1, 1), (5, 7), (16, 16), (37, 50), (47, 24)]:
            rows = pixels(height, width)
            self.picture("a.png", rows)
            self.output(UPSCALE, "a.png", "-o", "whole.npy")
            for options in [["--tile", "16"], ["--tile=16x24"], ["--tile", "1000"], ["--tile", "12", "--overlap", "8"],
                            ["--tile", "8x20", "--overlap", "0"], ["--tile", "16", "--overlap", "12"]]:  # fmt: skip
                with self.subTest(f"{height} x {width} {options}"):
                    self.output(UPSCALE, "a.png", "-o", "b.png", *options)
                    self.assertEqual(self.made("b.png"), twice(rows))
                    self.output(UPSCALE, "a.png", "-o", "tiled.npy", *options)
                    (shape, whole), (tiled_shape, tiled) = self.read("whole.npy"), self.read("tiled.npy")
                    self.assertEqual(shape, tiled_shape)
                    self.assertLess(max(abs(a - b) for a, b in zip(whole, tiled)), 2e-7)

    def test_tiles_of_arrays_and_batches(self):
        values = [i % 251 / 250 for i in range(2 * 3 * 21 * 30)]
        self.write_bytes("a.npy", npy([2, 3, 21, 30], values))
        self.write_bytes("b.npy", npy([1, 3, 21, 30], values[: 3 * 21 * 30]))
        self.output(UPSCALE, "a.npy", "b.npy", "-o", "whole.npy")
        self.output(UPSCALE, "a.npy", "b.npy", "-o", "tiled.npy", "--tile", "12")
        (shape, whole), (tiled_shape, tiled) = self.read("whole.npy"), self.read("tiled.npy")
        self.assertEqual((shape, tiled_shape), ((3, 3, 42, 60),) * 2)
        self.assertLess(max(abs(a - b) for a, b in zip(whole, tiled)), 2e-7)
        mean = sum(values[: 3 * 21 * 30]) / (3 * 21 * 30)
        summary = f"b.npy: image, 42 x 60 pixels, 3 channels, values 0 to 1, mean {mean:.4g}\n"
        self.assertEqual(self.output(UPSCALE, "b.npy"), summary)
        self.assertEqual(self.output(UPSCALE, "b.npy", "--tile", "12"), summary)
        line = self.output(UPSCALE, "b.npy", "--tile", "12", "--json")
        self.assertIn('"h":21,"w":30,', line)
        self.assertIn('"runs":1,', line)
        self.assertEqual(self.fails(2, UPSCALE, "a.npy", "-o", "out.png", "--tile", "12"),
                         ["out.png: error: is for one gray or RGB image, the output is 2 x 3 x 42 x 60"])  # fmt: skip

    def test_larger_than_memory(self):
        self.picture("a.png", pixels(70, 9))
        hint = ": --tile N would run the model on tiles of N x N pixels"
        (line,) = self.fails(2, UPSCALE, "a.png", "-o", "b.png")
        self.assertIn("a.png: error: needs a workspace of 17592186044416 bytes, this machine has ", line)
        self.assertTrue(line.endswith(" of memory" + hint), line)
        (line,) = self.fails(2, UPSCALE, "a.png", "-o", "b.png", "--tile", "80")
        self.assertTrue(line.startswith("a.png: error: 1 x 70 x 9 (batch, height, width) needs a workspace of "), line)
        self.assertNotIn("--tile", line)
        self.output(UPSCALE, "a.png", "-o", "b.png", "--tile", "64")
        self.assertEqual(self.made("b.png"), twice(pixels(70, 9)))

    def test_larger_than_the_workspace(self):
        """With 2^31 bytes of address space a session has a quarter of that."""
        limits = "ulimit -v 2097152 && exec \"$@\""
        program = ["sh", "-c", limits, "sh", os.path.join(BIN, "swin-run"), UPSCALE]
        self.picture("a.png", pixels(50, 9))
        self.picture("small.png", pixels(9, 9))
        if subprocess.run([*program, "small.png"], cwd=self.folder, capture_output=True).returncode != 0:
            self.skipTest("this build needs more address space")
        done = subprocess.run([*program, "a.png"], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("a.png: error: 1 x 50 x 9 (batch, height, width) needs a workspace of 1073741824", done.stderr)
        self.assertTrue(done.stderr.endswith(": --tile N would run the model on tiles of N x N pixels\n"), done.stderr)

    def test_wrong_tiles(self):
        self.picture("a.png", pixels(9, 9))
        numbers = "HxW must be whole numbers from 1 to 1000000, found "
        windows = "4x4 pixels, the model's windows"
        cases = [
            (UPSCALE, ["--tile", "0"], [f"argument 3 '--tile': {numbers}'0'"]),
            (UPSCALE, ["--tile", "8x"], [f"argument 3 '--tile': {numbers}'8x'"]),
            (UPSCALE, ["--tile=8x8x8"], [f"argument 3 '--tile=8x8x8': {numbers}'8x8x8'"]),
            (UPSCALE, ["--threads", "2x2"],
             ["argument 3 '--threads': N must be a whole number from 0 to 1024, found '2x2'"]),
            (UPSCALE, ["--overlap", "8"], ["argument 3 '--overlap': does not go without --tile"]),
            (UPSCALE, ["--tile", "8", "--repeat", "2"], ["argument 5 '--repeat': does not go with --tile"]),
            (UPSCALE, ["--tile", "18"], [f"--tile: 18x18 is not a multiple of {windows}: expected 16x16, for example"]),
            (UPSCALE, ["--tile", "3x8"], [f"--tile: 3x8 is not a multiple of {windows}: expected 4x8, for example"]),
            (UPSCALE, ["--tile", "16", "--overlap", "6"], [f"--overlap: 6 is not a multiple of {windows}"]),
            (UPSCALE, ["--tile", "32x16", "--overlap", "16"], ["--overlap: 16 must be less than a tile, 32x16"]),
            (CLASSES, ["--tile", "16"],
             ["--tile: tiles are put together to pictures only, the model has the output 'logits'"]),
            (PIXELS, ["--tile", "16"],
             ["--tile: tiles are put together to pictures only, the model has the output 'logits'"]),
        ]  # fmt: skip
        for library, arguments, errors in cases:
            with self.subTest(arguments):
                expected = [f"swin-run: error: {error}" for error in errors] + [HELP]
                self.assertEqual(self.fails(1, library, "a.png", *arguments), expected)
        # A model that cannot work on what is left at the end.
        self.assertEqual(self.fails(2, IMAGE, "a.png", "--tile", "10", "-o", "b.png"),
                         ["a.png: error: one of its tiles cannot be run: 1 x 9 x 9 (batch, height, width): height and "
                          "width must be even"])  # fmt: skip
        self.picture("c.png", pixels(8, 8))
        self.assertEqual(self.fails(1, UPSCALE, "a.png", "c.png", "-o", "b.png"),
                         ["swin-run: error: -o 'b.png': a .png is for one picture, there are 2 INPUTs: expected a "
                          "folder", HELP])  # fmt: skip

    def test_failing_tile(self):
        self.write_bytes("a.npy", npy([1, 3, 8, 20], [0] * 12 + [1e30] + [0] * 467))
        for out in ["b.png", "b.npy", "folder/"]:
            self.assertEqual(self.fails(3, UPSCALE, "a.npy", "--tile", "8", "--overlap", "4", "-o", out),
                             ["a.npy: error: a kernel failed with status 7: a bug of the compiler"])  # fmt: skip
        self.write_bytes("c.npy", npy([1, 3, 8, 20], [0] * 480))
        self.assertEqual(self.fails(2, UPSCALE, "c.npy", "--tile", "8", "-o", "missing/b.png"),
                         ["missing/b.png: error: cannot be written: No such file or directory"])  # fmt: skip

    def test_progress_on_a_terminal(self):
        self.picture("a.png", pixels(8, 24))
        main, end = pty.openpty()
        done = subprocess.run([os.path.join(BIN, "swin-run"), UPSCALE, "a.png", "--tile", "8", "-o", "b.png"],
                              cwd=self.folder, stdout=subprocess.PIPE, stderr=end, env=self.environment())  # fmt: skip
        os.close(end)
        shown = os.read(main, 10000).decode()
        os.close(main)
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        bars = ["#" * n + "." * (40 - n) for n in range(8, 48, 8)]
        self.assertEqual(shown, "".join(f"\r{bar} tile {i + 1} of 5" for i, bar in enumerate(bars)) + "\r\x1b[K")

    def test_classes_of_pixels(self):
        # Left half red, right half dark, which is class 3 and has no label.
        self.picture("a.png", [[(200, 0, 0)] * 8 + [(20, 10, 0)] * 8] * 4)
        self.assertEqual(self.output(PIXELS, "a.png").splitlines(),
                         ["a.png: logits, 4 x 8 pixels, 2 classes", "   50.00 %  red (class 0)",
                          "   50.00 %  class 3"])  # fmt: skip
        self.output(PIXELS, "a.png", "-o", "b.png")
        # Of the picture's own size; class 0 is black, class 3 is (128, 128, 0). A quarter of the bright red is still
        # more than what is compared with it.
        self.assertEqual(self.made("b.png"), [[(100, 0, 0)] * 8 + [(10, 5, 0)] + [(74, 69, 0)] * 7] * 4)
        self.output(PIXELS, "a.png", "-o", "folder")
        self.assertEqual(self.left(), ["a.png", "b.png", "folder", "folder/classes.png", "folder/logits.npy"])
        self.assertEqual(self.made("folder/classes.png"), [[(0,)] * 9 + [(3,)] * 7] * 4)
        self.assertEqual(self.read("folder/logits.npy")[0], (1, 4, 4, 8))

    def test_classes_of_arrays(self):
        values = [0, 1, 1, 0, 0, 0] + [0] * 6
        self.write_bytes("a.npy", npy([1, 3, 2, 2], values))
        self.output(PIXELS, "a.npy", "-o", "a.png")
        # Without a picture the colours alone.
        self.assertEqual(self.made("a.png"), [[(128, 128, 0), (0, 0, 0)], [(0, 0, 0), (128, 128, 0)]])
        self.write_bytes("two.npy", npy([2, 3, 2, 2], values * 2))
        lines = self.output(PIXELS, "two.npy").splitlines()
        self.assertEqual(lines[:4], ["two.npy[0]: logits, 2 x 2 pixels, 2 classes", "   50.00 %  red (class 0)",
                                     "   50.00 %  class 3", "two.npy[1]: logits, 2 x 2 pixels, 2 classes"])  # fmt: skip
        self.assertEqual(self.fails(2, PIXELS, "two.npy", "-o", "b.png"),
                         ["b.png: error: is for one image, the output is 2 x 4 x 2 x 2"])  # fmt: skip
        self.output(PIXELS, "two.npy", "-o", "folder")
        self.assertEqual([name for name in self.left() if "/" in name], ["folder/logits.npy"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
