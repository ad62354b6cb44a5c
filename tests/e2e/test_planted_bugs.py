"""Bugs, planted one at a time, are found where they are: in weights, in descriptions, in compiled libraries.

The reference of weights and descriptions is what timm computes, recorded by its layers; `swin-compile --compare` has to
name the very layer, `swin-run --compare` the call of a kernel that holds it. A bug in a library is planted behind what
its self-test expects (swin-planted-bug); both the comparison and the self-test have to name the call.
"""
import dataclasses
import json
import os
import subprocess
import sys
import unittest

import numpy as np
import timm
import torch
from safetensors.numpy import load_file, save_file

import harness
from sources import randomise

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python"))

from swin_compile import layers, named_models  # noqa: E402

DIGITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/digits/digits_swin.json")
V1, V2 = "swin_tiny_patch4_window7_224", "swinv2_tiny_window8_256"
# Maps of 11 x 13 and 6 x 7 tokens, which windows of 4 do not divide.
SIZE = (44, 52)


@dataclasses.dataclass
class Bug:
    name: str
    model: str
    plant: object  # (weights, description) -> None, changes one of them
    layer: str  # the first that is off in the graph
    call: str  # the first that is off in the library
    pattern: str = ""  # a part of what is said of the layer's values


def changed(change, *names):
    return lambda weights, _: weights.update({name: np.ascontiguousarray(change(weights[name])) for name in names})


def scaled(factor, *names):
    return changed(lambda values: values * np.float32(factor), *names)


def both(layer):
    return f"{layer}.weight", f"{layer}.bias"


def described(**values):
    return lambda _, description: description.update(values)


def keys_for_values(weight):
    query, key, value = np.split(weight, 3)
    return np.concatenate([query, value, key])


def transposed_table(table):
    return table.reshape(7, 7, -1).transpose(1, 0, 2).reshape(table.shape)


def rows_before_columns(weight):
    """Of patch merging's four neighbours."""
    parts = np.split(weight, 4, axis=1)
    return np.concatenate([parts[0], parts[2], parts[1], parts[3]], axis=1)


def hotter(scales):
    """One head's temperature."""
    scales = scales.copy()
    scales[1] += 0.5
    return scales


BLOCKS = [f"layers.{stage}.blocks.{block}" for stage in (0, 1) for block in (0, 1)]
BUGS = [
    Bug("a bias that is missing", V1, scaled(0, BLOCKS[1] + ".attn.proj.bias"), BLOCKS[1] + ".attn.proj",
        BLOCKS[1] + ".attn", "a constant of each channel"),
    Bug("keys for values", V1, changed(keys_for_values, *both(BLOCKS[2] + ".attn.qkv")), BLOCKS[2] + ".attn.qkv",
        BLOCKS[2] + ".attn", "of a qkv map: query, value, key"),
    Bug("a transposed table", V1, changed(transposed_table, BLOCKS[0] + ".attn.relative_position_bias_table"),
        BLOCKS[0] + ".attn:window_attention", BLOCKS[0] + ".attn"),
    Bug("neighbours in another order", V1, changed(rows_before_columns, "layers.1.downsample.reduction.weight"),
        "layers.0.downsample.reduction", "layers.0.downsample.reduction"),
    Bug("another norm's weight", V1, scaled(1.5, BLOCKS[3] + ".norm2.weight"), BLOCKS[3] + ".norm2", BLOCKS[3] + ".mlp",
        "a norm that is another one"),
    Bug("half of a layer", V1, scaled(0.5, *both(BLOCKS[0] + ".mlp.fc2")), BLOCKS[0] + ".mlp.fc2", BLOCKS[0] + ".mlp",
        "ours = 0.5 * theirs"),
    Bug("blue for red", V1, changed(lambda weight: weight[:, ::-1], "patch_embed.proj.weight"), "patch_embed.proj",
        "patch_embed.norm"),
    Bug("pixels of a patch transposed", V1, changed(lambda weight: weight.swapaxes(2, 3), "patch_embed.proj.weight"),
        "patch_embed.proj", "patch_embed.norm"),
    Bug("classes in reverse", V1, changed(lambda values: values[::-1], *both("head.fc")), "head", "head",
        "channels are in reverse order"),
    Bug("a temperature", V2, changed(hotter, BLOCKS[3] + ".attn.logit_scale"), BLOCKS[3] + ".attn:window_attention",
        BLOCKS[3] + ".attn", "channels 8 to 15 of 32"),
    Bug("another epsilon", V1, described(layer_norm_epsilon=0.05), BLOCKS[0] + ".norm1", BLOCKS[0] + ".attn"),
    Bug("padded, then shifted", V1, described(semantics="torchvision"), BLOCKS[1] + ".attn:window_partition",
        BLOCKS[1] + ".attn", "only at the edges"),
    Bug("another activation", V1, described(activation="quick_gelu"), BLOCKS[0] + ".mlp.fc2", BLOCKS[0] + ".mlp"),
]  # fmt: skip
# In a library: what swin-planted-bug calls it, the call that shows it, a part of what is said of its values.
IN_LIBRARIES = [
    ("mask-edge", BLOCKS[3] + ".attn", "only at the edges"),
    ("shift-sign", BLOCKS[1] + ".attn", ""),
    ("epsilon", BLOCKS[2] + ".mlp", ""),
    ("scale", BLOCKS[2] + ".attn", ""),
    ("activation", BLOCKS[0] + ".mlp", ""),
    ("wrong-constant", BLOCKS[3] + ".mlp", "a constant of each channel"),
    ("wrong-table", BLOCKS[1] + ".attn", ""),
    ("stale-value", BLOCKS[3] + ".attn", ""),
    ("swapped-norm", "head", ""),
]
# Whose first map is read again at the end.
RESTORATION = {"family": "swinir", "upscale": 2, "in_chans": 1, "img_size": 16, "window_size": 8, "depths": [2],
               "num_heads": [2], "embed_dim": 16, "mlp_ratio": 2, "upsampler": "pixelshuffledirect"}  # fmt: skip


def compared(program, *arguments):
    """(exit status, what --compare --json says)"""
    words = [os.path.join(harness.BIN, program), *arguments, "--json"]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode not in (0, 4):
        raise harness.Failure(f"{' '.join(words)}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    found = json.loads(done.stdout)
    return done.returncode, found["first_wrong"], {layer["name"]: layer for layer in found["layers"]}


class Planted(unittest.TestCase):
    def check(self, found, layer, pattern):
        status, first, values = found
        self.assertEqual((status, first), (4, layer))
        self.assertIn(pattern, values[layer]["pattern"])
        return values[layer]["pattern"]

    def recorded(self, folder, name):
        """The description and weights of a model of timm, and what it computes."""
        model = timm.create_model(name, embed_dim=16, depths=(2, 2), num_heads=(2, 4), num_classes=5, img_size=SIZE,
                                  window_size=4)  # fmt: skip
        named_models.save(randomise(model, name), folder)
        reference = os.path.join(folder, "reference.safetensors")
        image = torch.randn((2, 3) + SIZE, generator=torch.Generator().manual_seed(4))
        layers.record(model.double(), image, reference)
        description = json.loads(harness.command(["swin-compile", folder, "--emit", "spec"]))
        weights = load_file(os.path.join(folder, "model.safetensors"))
        return reference, description, weights


class InModels(Planted):
    def test_all(self):
        with harness.scratch() as folder:
            models = {name: self.recorded(os.path.join(folder, name), name) for name in (V1, V2)}
            for bug in [Bug("none", V1, lambda *_: None, "", ""), Bug("none", V2, lambda *_: None, "", ""), *BUGS]:
                with self.subTest(bug.name):
                    reference, description, weights = models[bug.model]
                    description, weights = dict(description), {name: each.copy() for name, each in weights.items()}
                    bug.plant(weights, description)
                    files = [os.path.join(folder, "model" + end) for end in (".json", ".safetensors")]
                    with open(files[0], "w") as file:
                        json.dump(description, file)
                    save_file(weights, files[1])
                    model = [files[0], "--weights", files[1]]
                    in_graph = compared("swin-compile", *model, "--compare", reference)
                    library = harness.compile_model(folder, "model", model, "--target", "host")
                    in_library = compared("swin-run", library.path, "--compare", reference)
                    if not bug.layer:
                        self.assertEqual([in_graph[:2], in_library[:2]], [(0, None)] * 2)
                        continue
                    pattern = self.check(in_graph, bug.layer, bug.pattern)
                    self.check(in_library, bug.call, "")
                    print(f"{bug.name}: {bug.layer}, {bug.call}: {pattern or 'no pattern'}", flush=True)


class InLibraries(Planted):
    def planted(self, folder, bug, model):
        """The library's path, and what else was printed."""
        out = os.path.join(folder, bug)
        printed = harness.command(["swin-planted-bug", bug, *model, "--name", "model", "-o", out, "--target", "host"])
        return os.path.join(out, "libmodel.so"), printed.strip()

    def check_library(self, path, reference, call, pattern):
        found = self.check(compared("swin-run", path, "--compare", reference), call, pattern)
        words = [os.path.join(harness.BIN, "swin-run"), path, "--selftest"]
        done = subprocess.run(words, capture_output=True, text=True)
        self.assertEqual(done.returncode, 3, done.stdout)
        self.assertIn(f"self-test failed: {call}: ", done.stderr)
        return found

    def test_all(self):
        model = [DIGITS, "--weights", DIGITS.replace(".json", ".safetensors")]
        with harness.scratch() as folder:
            reference = os.path.join(folder, "reference.safetensors")
            harness.command(["swin-compile", *model, "--dump-layers", reference, "--size", "36x28"])
            for bug, call, pattern in IN_LIBRARIES:
                with self.subTest(bug):
                    path, _ = self.planted(folder, bug, model)
                    found = self.check_library(path, reference, call, pattern)
                    print(f"{bug}: {call}: {found or 'no pattern'}", flush=True)

    def test_two_values_in_one_place(self):
        with harness.scratch() as folder:
            path = os.path.join(folder, "model.json")
            with open(path, "w") as file:
                json.dump(RESTORATION, file)
            model = [path, "--weights", "synthetic"]
            reference = os.path.join(folder, "reference.safetensors")
            harness.command(["swin-compile", *model, "--dump-layers", reference, "--size", "20x27"])
            library, call = self.planted(folder, "shared-slot", model)
            # The last reader: it adds what went past all blocks.
            self.assertEqual(call, "conv_after_body")
            self.check_library(library, reference, call, "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
