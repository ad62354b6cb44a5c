"""The upscaling example as a user runs it: PSNR of the photograph, and tiles against the whole picture.

The photograph in its full size is what is upscaled in tiles: 300 x 451 pixels, which windows of 8 do not divide.
"""
import os
import subprocess
import sys
import unittest

import numpy as np
from PIL import Image

import harness

UPSCALE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/upscale")
MODEL = [os.path.join(UPSCALE, "swinir_x2.json"), "--weights", os.path.join(UPSCALE, "swinir_x2.safetensors")]
PHOTO = os.path.join(UPSCALE, "chelsea.png")

# What tiles change, values being 0 to 1: what the model sees further away than a quarter of the overlap. Another
# implementation in float32 has 7.3e-3, 1.5e-3 and 6e-5 with tiles of 64 on a part of the photograph. A step of 8 bits
# is 3.9e-3.
LIMITS = {8: 2e-2, 16: 4e-3, 32: 5e-4}


class Tiles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = harness.scratch()
        cls.folder = cls.scratch.__enter__()
        cls.addClassCleanup(cls.scratch.__exit__, None, None, None)
        cls.library = harness.compile_model(cls.folder, "x2", MODEL, "--target", "host", emit="shared,exe")
        cls.whole = cls.run_model(PHOTO)

    @classmethod
    def run_model(cls, image, *options):
        out = os.path.join(cls.folder, "out.npy")
        harness.command([os.path.join(cls.folder, "x2", "x2"), image, "-o", out, *options])
        return np.load(out)

    def test_example(self):
        script, half, large = os.path.join(UPSCALE, "upscale.py"), *self.paths("half.npy", "large.npy")
        subprocess.run([sys.executable, script, "halve", PHOTO, half], check=True)
        np.save(large, self.run_model(half))
        done = subprocess.run([sys.executable, script, "compare", PHOTO, half, large, "--expect", "34.947"],
                              capture_output=True, text=True)  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertIn("34.947 dB, bicubic interpolation 34.064 dB", done.stdout)

    def paths(self, *names):
        return [os.path.join(self.folder, name) for name in names]

    def test_windows_are_told(self):
        self.assertEqual(self.library.info["inputs"][0]["multiple"], [8, 8])
        self.assertEqual(self.library.info["outputs"][0]["kind"], "image")

    def test_tiles_are_nearly_the_whole(self):
        self.assertEqual(self.whole.shape, (1, 3, 600, 902))
        for overlap, limit in LIMITS.items():
            tiled = self.run_model(PHOTO, "--tile", "64", "--overlap", str(overlap))
            error = float(np.abs(tiled - self.whole).max())
            print(f"tiles of 64 with {overlap} in common: largest difference {error:.1e}", flush=True)
            self.assertLessEqual(error, limit)
            # That this is not for want of tiles.
            self.assertGreater(error, 0)
        tiled = self.run_model(PHOTO, "--tile", "64x128")
        self.assertLessEqual(float(np.abs(tiled - self.whole).max()), LIMITS[32], "the usual overlap")
        # Side by side they are seen to be tiles.
        tiled = self.run_model(PHOTO, "--tile", "64", "--overlap", "0")
        self.assertGreater(float(np.abs(tiled - self.whole).max()), LIMITS[8])

    def test_one_tile_is_the_whole(self):
        self.assertTrue(np.array_equal(self.run_model(PHOTO, "--tile", "512"), self.whole))

    def test_odd_sizes(self):
        photo = Image.open(PHOTO)
        # Along the last axis a tile of 9 pixels is left, of which 7 are mirrored.
        for size in [(65, 73), (121, 41), (9, 129)]:
            path = os.path.join(self.folder, "part.png")
            photo.crop((100, 80, 100 + size[0], 80 + size[1])).save(path)
            error = float(np.abs(self.run_model(path, "--tile", "64") - self.run_model(path)).max())
            print(f"{size[1]} x {size[0]}: largest difference {error:.1e}", flush=True)
            self.assertLessEqual(error, LIMITS[32])

    def test_memory(self):
        """1200 x 1804 pixels become four times as many within 150 MB; at once they would need 1 GB of workspace."""
        path, out = self.paths("large.png", "larger.png")
        Image.open(PHOTO).resize((1804, 1200), Image.BICUBIC).save(path)
        program = os.path.join(self.folder, "x2", "x2")
        script = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
                  "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")  # fmt: skip
        done = subprocess.run([sys.executable, "-c", script, program, path, "-o", out, "--tile", "256"],
                              capture_output=True, text=True)  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        print(f"{int(done.stdout) / 1024:.0f} MB resident", flush=True)
        self.assertLess(int(done.stdout), 150 * 1024)
        self.assertGreater(self.library.function("workspace_size")(1, 1200, 1804), 1 << 30)
        with Image.open(out) as made:
            self.assertEqual(made.size, (3608, 2400))


if __name__ == "__main__":
    unittest.main(verbosity=2)
