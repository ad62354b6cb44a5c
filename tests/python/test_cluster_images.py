"""Pictures on a cluster, a node of which is killed: what comes is what swin-run gives, each picture once."""
import json
import os
import shutil
import struct
import subprocess
import sys
import unittest
import zlib

import numpy as np

from local_cluster import TwoNodes, ray
from package import BIN, ROOT, Case, swin_compile
from swin_compile import cluster

RUNNER = os.path.join(BIN, "swin-run")
BATCH = 4


def write_png(path, pixels):
    """pixels: bytes, H x W."""
    height, width = pixels.shape

    def part(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + part(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)) +
                   part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b""))  # fmt: skip


class Images(TwoNodes):
    def setUp(self):
        super().setUp()
        os.makedirs(self.path("in/deep"))
        random = np.random.default_rng(3)
        for number in range(60):
            # A few sizes, and as many folders as a person would have.
            pixels = random.integers(0, 256, (40, 36 + number % 3), np.uint8)
            write_png(self.path("in", "deep" * (number % 2), f"{number:02}.PNG" if number == 7 else f"{number:02}.png"),
                      pixels)  # fmt: skip
        with open(self.path("in/notes.txt"), "w") as file:
            file.write("no picture")

    def alone(self, library, path):
        out = self.path("alone.npy")
        subprocess.run([RUNNER, library, path, "-o", out, "--threads", "1"], check=True)
        return np.load(out)[0]

    def test_killed(self):
        """A node; the last test."""
        library = self.compiled().path
        with open(self.path("in/bad.png"), "w") as file:
            file.write("damaged")
        ray.init(self.cluster.address, log_to_driver=False, logging_level="ERROR")
        ray.data.DataContext.get_current().enable_progress_bars = False
        found, killed = [], False
        for row in cluster.map_images(library, self.path("in"), batch=BATCH, runner=RUNNER).iter_rows():
            found.append(row)
            if not killed:
                self.kill(self.doomed)
                killed = True
        paths = sorted(os.path.join(folder, name) for folder, _, names in os.walk(self.path("in")) for name in names
                       if name != "notes.txt")  # fmt: skip
        self.assertEqual(sorted(row["path"] for row in found), paths)
        failed = [row for row in found if row["error"]]
        self.assertEqual([row["path"] for row in failed], [self.path("in/bad.png")])
        self.assertTrue(failed[0]["error"].startswith(f"{self.path('in/bad.png')}: error: is no PNG or JPEG"))
        self.assertTrue(np.isnan(failed[0]["logits"]).all())
        for row in found:
            self.assertEqual((row["logits"].shape, row["logits"].dtype), ((10,), np.float32))
            if not row["error"]:
                np.testing.assert_array_equal(row["logits"], self.alone(library, row["path"]))

    def test_commands(self):
        """Files of each kind; weights beside the library; a model that makes pictures."""
        subprocess.run([os.environ["SWIN_COMPILE"], os.path.join(ROOT, "examples/digits/digits_swin.json"), "--emit",
                        "shared", "--target", "host", "--weights-file", "--outputs", "logits,stage2", "-q", "-o",
                        self.path("two")], check=True)  # fmt: skip
        self.run_command(self.path("two"), self.path("in"), "-o", self.path("out"))
        self.assertEqual(len(os.listdir(self.path("out/deep"))), 60)
        some = np.load(self.path("out/deep/01.stage2.npy"))
        subprocess.run([RUNNER, self.path("two/libdigits_swin.so"), self.path("in/deep/01.png"), "-o",
                        self.path("alone/")], check=True)  # fmt: skip
        np.testing.assert_array_equal(some, np.load(self.path("alone/stage2.npy"))[0])

        model = self.compiled()
        first = [self.path("in/00.png"), self.path("in/02.png"), self.path("in/none.png")]
        done = self.run_command(model.path, *first, "-o", self.path("out.jsonl"), status=2)
        self.assertEqual((done.stdout, done.stderr), ("2 pictures done\n", f"error: {first[2]}: error: cannot be read: "
                         "No such file or directory\n"))  # fmt: skip
        with open(self.path("out.jsonl")) as file:
            lines = sorted(map(json.loads, file), key=lambda line: line["path"])
        self.assertEqual([line["path"] for line in lines], first[:2])
        logits = self.alone(model.path, first[0])
        self.assertEqual([top["class"] for top in lines[0]["top"]], list(np.argsort(-logits)[:5]))
        self.assertEqual(lines[0]["top"][0]["label"], str(logits.argmax()))

        with open(self.path("config.json"), "w") as file:
            json.dump({"family": "swinir", "upscale": 2, "in_chans": 1, "img_size": 16, "window_size": 8, "depths": [2],
                       "embed_dim": 16, "num_heads": [1], "mlp_ratio": 2, "upsampler": "pixelshuffledirect",
                       "resi_connection": "1conv"}, file)  # fmt: skip
        upscale = self.compiled(self.path("config.json"), weights="synthetic")
        self.run_command(upscale.path, *first[:2], "-o", self.path("large"))
        for name in "00.png", "02.png":
            subprocess.run([RUNNER, upscale.path, self.path("in", name), "-o", self.path("alone.png")], check=True)
            with open(self.path("alone.png"), "rb") as alone, open(self.path("large", name), "rb") as spread:
                self.assertEqual(alone.read(), spread.read())

    def run_command(self, *words, status=0):
        environment = {**os.environ, "PYTHONPATH": os.path.join(ROOT, "python")}
        done = subprocess.run([sys.executable, "-m", "swin_compile.cluster", "images", *words, "--runner", RUNNER,
                               "--address", self.cluster.address], capture_output=True, text=True,
                              env=environment)  # fmt: skip
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done


class Refused(Case):
    def test_arguments(self):
        library = self.compiled().path
        text = self.fails(swin_compile.Error, cluster.write_images, library, self.folder, self.path("out"))
        self.assertEqual(text, f"{self.folder} has no pictures; expected .png, .jpg, .jpeg")
        two = self.compiled(outputs="stage2").path
        text = self.fails(swin_compile.Error, cluster.write_images, two, self.folder, self.path("out.jsonl"))
        self.assertEqual(text, "a .jsonl is for logits, but the outputs are stage2; expected a folder")
        shutil.copy(library, self.path("libother.so"))
        self.fails(swin_compile.RunError, cluster.write_images, self.path("libother.so"), self.folder, self.path("o"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
