"""A library against the compiler's own reference, call by call: what --dump-layers has written, swin-run --compare
finds again, at sizes that do not divide; and a weight that is another one is found in its layer."""
import json
import math
import os
import struct
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase

STAGES = [{"depth": 2, "heads": 2, "window": 4}, {"depth": 2, "heads": 2, "window": 4},
          {"depth": 1, "heads": 4, "window": 4}, {"depth": 1, "heads": 4, "window": 4}]  # fmt: skip
USUAL = {"format": "swin-model", "image": {"size": 32}, "patch": 2, "embedding": 16, "classes": 5}
MODELS = {
    "v2": ({**USUAL, "family": "swinv2", "stages": STAGES[:2]}, "logits,stage1,stage2", (2, 3, 37, 51)),
    # Its feature pyramid adds a map in front of the convolution behind it: one layer in two kernels.
    "upernet": ({**USUAL, "stages": STAGES, "segmentation": {"hidden": 16}}, "logits", (1, 3, 61, 45)),
    "hf": ({**USUAL, "stages": STAGES[:3]}, "logits,features", (1, 3, 45, 70)),
}


def write_image(path, shape):
    """As numpy.save writes it: values from -1 to 1, none like its neighbours."""
    head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}"
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    values = [(i * 7919 % 2003) / 1001.5 - 1 for i in range(math.prod(shape))]
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
        file.write(struct.pack(f"<{len(values)}f", *values))


class CompareModels(CompileCase):
    def compare(self, name, model, options, shape, status=0):
        """The comparison as JSON: of the library with what the compiler's interpreter makes of an image."""
        write_image(self.path("image.npy"), shape)
        self.good(*model, "--dump-layers", "ref.safetensors", "--input", "image.npy", "-q", *options)
        return self.run_library(name, model, options, status)

    def run_library(self, name, model, options=(), status=0):
        self.good(*model, "--name", name, "-o", name, "--emit", "shared", "--target", "x86-64-v3", "-q", *options)
        found = json.loads(self.run_status(status, f"{name}/lib{name}.so", "--compare", "ref.safetensors", "--json"))
        self.assertEqual([layer for layer in found["layers"] if "skipped" in layer], [])
        return found

    def run_status(self, status, *arguments):
        done = subprocess.run([os.path.join(BIN, "swin-run"), *arguments], cwd=self.folder, capture_output=True,
                              text=True)  # fmt: skip
        self.assertEqual((done.returncode, done.stderr), (status, ""), done.stdout[-3000:])
        return done.stdout

    def check_same(self, found, most):
        self.assertLess(max(layer["largest"] for layer in found["layers"]), 1e-5, found["layers"])
        self.assertIsNone(found["first_wrong"])
        self.assertGreater(len(found["layers"]), most)

    def test_digits(self):
        found = self.compare("digits", [DIGITS, "--weights", WEIGHTS], ["--outputs", "logits,stage1"], (2, 1, 33, 45))
        self.check_same(found, 11)
        names = [layer["name"] for layer in found["layers"]]
        self.assertEqual([name for name in names if name.startswith("layers.1")],
                         [f"layers.1.blocks.{block}.{half}" for block in range(2) for half in ["attn", "mlp"]])
        self.assertEqual(names[-2:], ["logits", "stage1"])

    def test_synthetic(self):
        for name, (model, outputs, shape) in MODELS.items():
            with self.subTest(name):
                with open(self.path(name + ".json"), "w") as file:
                    json.dump(model, file)
                options = ["--semantics", "hf"] if name == "hf" else []
                found = self.compare(name, [name + ".json", "--weights", "synthetic"],
                                     ["--outputs", outputs, *options], shape)
                self.check_same(found, len(outputs.split(",")) + 2 * sum(stage["depth"] for stage in model["stages"]))

    def test_pictures(self):
        self.check_same(self.compare("upscale", self.upscale(), [], (1, 3, 22, 27)), 20)

    def upscale(self):
        folder = os.path.join(os.path.dirname(DIGITS), "..", "upscale")
        return [os.path.join(folder, "swinir_x2.json"), "--weights", os.path.join(folder, "swinir_x2.safetensors")]

    def test_other_weight(self):
        self.compare("right", [DIGITS, "--weights", WEIGHTS], [], (1, 1, 32, 32))
        with open(WEIGHTS, "rb") as file:
            data = bytearray(file.read())
        (size,) = struct.unpack("<Q", data[:8])
        place = json.loads(data[8:8 + size])["layers.1.blocks.0.mlp.fc2.bias"]["data_offsets"][0] + 8 + size
        data[place:place + 4] = struct.pack("<f", 3.0)
        with open(self.path("wrong.safetensors"), "wb") as file:
            file.write(data)
        found = self.run_library("wrong", [DIGITS, "--weights", "wrong.safetensors"], status=4)
        block = "layers.1.blocks.0"
        self.assertEqual((found["first_wrong"], found["last_right"]), (f"{block}.mlp", f"{block}.attn"))
        (wrong,) = [layer for layer in found["layers"] if layer["name"] == found["first_wrong"]]
        self.assertRegex(wrong["pattern"], r"^only in channel 0 of 64: ours = theirs \+ [0-9.]+$")


if __name__ == "__main__":
    unittest.main(verbosity=2)
