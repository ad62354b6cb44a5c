"""Values of layers as timm, transformers and torchvision give them, against the compiler's graph, by name.

    test_layers.py timm|hf|torchvision|others

Models are those of tests/e2e/source_*.py: random, small, at sizes that do and do not divide.
"""
import importlib
import json
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../e2e"))

import numpy as np  # noqa: E402
import timm  # noqa: E402
import torch  # noqa: E402
from safetensors import safe_open  # noqa: E402
from safetensors.numpy import load_file  # noqa: E402

from package import BIN, ROOT, Case, swin_compile  # noqa: E402
from swin_compile import layers  # noqa: E402

SMALL = {"embed_dim": 16, "depths": (2, 2), "num_heads": (2, 4), "num_classes": 5, "img_size": 40, "window_size": 4}
ROWS = {
    "timm": ["divides", "divides not", "maps below the window", "windows of S3", "trained with other windows",
             "norms of stages", "no classes", "GELU by tanh"],
    "hf": ["divides", "divides not", "last window covers", "bare", "all maps", "one map", "small maps",
           "GELU by sigmoid", "ReLU, another epsilon", "no final norm", "encoder of a pair"],
    "torchvision": ["divides", "divides not", "maps below the window", "by shapes"],
}  # fmt: skip
# What moves values about between two that are recorded, and what is read of an input for its size alone.
MOVES = re.compile(r".*\.attn:(pad|crop|window_reverse|cyclic_shift(\.2)?)|layers\.\d+(:check_size)?")
source = None


def command(*arguments):
    done = subprocess.run([os.path.join(BIN, arguments[0]), *arguments[1:]], capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


class Rows(Case):
    def test_every_layer(self):
        for index, row in enumerate(source.ROWS):
            if row.name not in ROWS[source.__name__.removeprefix("source_")] or row.whole:
                continue
            with self.subTest(f"{row.kind}, {row.name}"):
                model = source.build(row)
                arguments = source.save(model, row, self.path(str(index)))
                if hasattr(model, "saved"):
                    del model.saved
                path = self.path("reference.safetensors")
                names = layers.record(model.double(), row.image().numpy(), path)
                arguments += ["--outputs", ",".join(row.wanted())]
                status, found, error = command("swin-compile", *arguments, "--compare", path, "--json")
                self.assertIn(status, (0, 4), error)
                found = json.loads(found)
                compared = [layer for layer in found["layers"] if not layer.get("skipped")]
                print(f"{row.kind}, {row.name}: {len(compared)} values, "
                      f"{max(layer['largest'] for layer in compared):.1e}", flush=True)  # fmt: skip
                self.assertEqual((status, found["first_wrong"]), (0, None))
                self.assertEqual(sorted(layer["name"] for layer in compared), sorted(names))
                self.assertEqual(self.not_recorded(arguments, row, names), [])

    def not_recorded(self, arguments, row, names):
        """Values of the graph that are neither recorded nor moves nor outputs, which are the value of a layer, too."""
        path = self.path("graph.safetensors")
        size = "x".join(map(str, row.size))
        self.assertEqual(command("swin-compile", *arguments, "--dump-layers", path, "--size", size)[0], 0)
        known = {*names, "input", *row.wanted()}
        return sorted(name for name in load_file(path) if name not in known and not MOVES.fullmatch(name))


class Others(Case):
    def setUp(self):
        super().setUp()
        torch.manual_seed(2)
        self.model = timm.create_model("swin_tiny_patch4_window7_224", **SMALL)
        self.image = torch.randn(2, 3, 40, 40)

    def test_file(self):
        self.model.train()
        names = layers.record(self.model, self.image, self.path("a.safetensors"))
        self.assertTrue(self.model.training and self.model.layers[0].blocks[1].training)
        with safe_open(self.path("a.safetensors"), "numpy") as file:
            self.assertEqual(file.metadata()["source"], f"SwinTransformer of timm {timm.__version__}")
            self.assertEqual(sorted(file.keys()), sorted(["input", *names]))
            np.testing.assert_array_equal(file.get_tensor("input"), self.image.numpy())
            with torch.no_grad():
                expected = self.model.eval()(self.image).numpy()
            np.testing.assert_array_equal(file.get_tensor("head"), expected)
            self.assertEqual(file.get_tensor("layers.0.blocks.1.attn:window_attention").shape, (18, 16, 16))
            self.assertEqual(file.get_tensor("layers.0.blocks.1.mlp.fc1").shape[-1], 64)
        self.assertEqual(names[:3], ["patch_embed.proj", "patch_embed.norm", "layers.0.blocks.0.norm1"])
        self.assertEqual(layers.record(torch.nn.DataParallel(self.model), self.image, self.path("a.npz")), names)
        with np.load(self.path("a.npz")) as arrays:
            np.testing.assert_array_equal(arrays["head"], expected)
        self.assertFalse([part for part in self.model.modules() if part._forward_hooks])

    def test_some(self):
        path = self.path("a.safetensors")
        self.assertEqual(layers.record(self.model, self.image, path, ["head", "layers.1.blocks.0.attn.*"]),
                         [f"layers.1.blocks.0.attn.{part}" for part in ("qkv", "proj")] + ["head"])  # fmt: skip
        self.assertEqual(sorted(load_file(path)), ["head", "input", "layers.1.blocks.0.attn.proj",
                                                   "layers.1.blocks.0.attn.qkv"])  # fmt: skip
        text = self.fails(swin_compile.Error, layers.record, self.model, self.image, path, ["haed"])
        self.assertIn("'haed' is the name of no value of the model; expected some of: patch_embed.proj", text)

    def test_what_is_not_known(self):
        text = self.fails(swin_compile.Error, layers.record, torch.nn.Linear(2, 2), self.image, self.path("a.npz"))
        self.assertIn("found a Linear of torch.nn.modules.linear; expected a Swin Transformer of timm", text)
        text = self.fails(swin_compile.Error, layers.record, self.model, self.image[0], self.path("a.npz"))
        self.assertIn("(3, 40, 40); expected N x C x H x W", text)

    def called(self, *arguments, **environment):
        environment = {**os.environ, "PYTHONPATH": os.path.join(ROOT, "python"), **environment}
        done = subprocess.run([sys.executable, "-m", "swin_compile.layers", *arguments], cwd=self.folder,
                              env=environment, capture_output=True, text=True)  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def test_command(self):
        timm.models.save_for_hf(self.model, self.path("timm"), safe_serialization=True,
                                model_args=SMALL)  # fmt: skip
        status, out, err = self.called("timm", "-o", "a.safetensors", "--seed", "3", "--save", "again")
        self.assertEqual((status, err), (0, ""))
        self.assertRegex(out, r"^52 values of timm are in a\.safetensors\n$")
        path = self.path("a.safetensors")
        for model in "timm", "again":
            status, out, err = command("swin-compile", self.path(model), "--compare", path)
            self.assertEqual(status, 0, out + err)
        np.save(self.path("image.npy"), load_file(path)["input"])
        for given in "image.npy", "a.safetensors":
            self.assertEqual(self.called("timm", "-o", "b.safetensors", "--input", given)[0], 0)
            np.testing.assert_array_equal(load_file(self.path("b.safetensors"))["head"], load_file(path)["head"])
        status, _, err = self.called("swin_tinny", "-o", "a.npz")
        self.assertEqual(status, 2)
        self.assertRegex(err, r"^error: 'swin_tinny' is no folder and no model of timm \S+ or torchvision; there are ")

    def test_pictures(self):
        # The digits have one channel, a picture three.
        path, picture = self.path("a.safetensors"), os.path.join(ROOT, "docs/digits.png")
        status, _, err = self.called("swin_t", "-o", path, "--input", picture, "--names", "patch_embed.proj")
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(load_file(path)["input"].shape, (1, 3, 224, 224))

    def test_without_torch(self):
        os.mkdir(self.path("torch"))
        with open(self.path("torch", "__init__.py"), "w") as file:
            file.write("raise ImportError('none')\n")
        places = os.pathsep.join([self.folder, os.path.join(ROOT, "python")])
        status, _, err = self.called("swin_t", "-o", "a.npz", PYTHONPATH=places)
        self.assertEqual((status, err), (2, "error: values of layers are recorded with PyTorch, which is not "
                                            "installed: pip install torch\n"))  # fmt: skip


if __name__ == "__main__":
    only = sys.argv.pop(1)
    if only != "others":
        source = importlib.import_module("source_" + only)
    unittest.main(verbosity=2, defaultTest="Others" if only == "others" else "Rows")
