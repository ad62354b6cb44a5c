"""Descriptions that say a graph: the examples against the same networks in torch, random ones against the interpreter.

    test_graphs.py [PART/PARTS] [--seeds A..B]

`SWIN_SEED=17 test_graphs.py Random` repeats one random graph alone.
"""
import json
import os
import unittest

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

import harness
import random_graphs
import seeds

# The last one has a Swin block that reads a shifted map.
SEEDS = [*range(20), 108]
LIMIT = 1e-4
EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/conv-swin/conv_swin.json")
CHOSEN = seeds.chosen(SEEDS)


class ConvNorm(nn.Module):
    def __init__(self, inputs, outputs, size, stride=1, groups=1):
        super().__init__()
        padding = size // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, size, stride, padding, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        return self.norm(self.conv(x))


class Shifted(nn.Module):
    def __init__(self, inputs, hidden, outputs, size, shift):
        super().__init__()
        self.reduce = ConvNorm(inputs, hidden, 1)
        self.spatial = ConvNorm(hidden, hidden, size, groups=hidden)
        self.expand = ConvNorm(hidden, outputs, 1)
        if inputs != outputs:
            self.shortcut = nn.ModuleDict({"path": ConvNorm(inputs, outputs, 1)})
        self.shift = shift

    def forward(self, x):
        kept = self.shortcut["path"](x) if hasattr(self, "shortcut") else x
        x = torch.relu(self.reduce(x))
        x = torch.roll(x, (-self.shift, -self.shift), (2, 3))
        x = self.expand(torch.relu(self.spatial(x)))
        return torch.relu(x + kept)


class ConvSwin(nn.Module):
    """examples/conv-swin."""

    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, 32, 4, stride=4)
        widths, sizes = [32, 32, 48, 48, 64], [7, 3, 3, 3]
        self.blocks = nn.ModuleList(Shifted(widths[i], 64, widths[i + 1], sizes[i], shift=i) for i in range(4))
        self.position = nn.Parameter(torch.zeros(1, 16 * 16, 64))
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.stem(x))
        for block in self.blocks:
            x = block(x)
        x = x.flatten(2).transpose(1, 2) + self.position
        return self.head(x.mean(1))


def randomise(model, seed):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.state_dict().items():
            if not value.is_floating_point():
                continue
            noise = torch.randn(value.shape, generator=generator)
            if name.endswith("running_var") or name.endswith("norm.weight"):
                value.copy_(1 + 0.3 * noise.clamp(-2, 2))
            elif value.dim() > 1 and name != "position":
                value.copy_(noise * (2 / value[0].numel()) ** 0.5)
            else:
                value.copy_(0.3 * noise)
    return model.eval()


class Examples(unittest.TestCase):
    def test_conv_swin(self):
        model = randomise(ConvSwin(), 1)
        with harness.scratch() as folder:
            weights = os.path.join(folder, "w.safetensors")
            save_file(model.state_dict(), weights)
            library = harness.compile_model(folder, "conv_swin", [EXAMPLE, "--weights", weights], "--target",
                                            "x86-64-v3,x86-64-v4")  # fmt: skip
            generator = torch.Generator().manual_seed(2)
            for batch in (1, 2, 5):
                image = torch.randn((batch, 3, 64, 64), generator=generator)
                with torch.no_grad():
                    expected = model.double()(image.double())
                for isa in library.isas:
                    for threads in (1, 2):
                        found = library.run(image, threads, isa)["logits"]
                        error = harness.difference(found, expected)
                        print(f"  batch {batch}, {isa}, {threads} threads: {error:.1e}", flush=True)
                        self.assertLessEqual(error, LIMIT)
            with self.assertRaisesRegex(harness.Failure, "no size for 1x68x64"):
                library.run(torch.zeros((1, 3, 68, 64)))

    def test_weights_that_do_not_fit(self):
        state = randomise(ConvSwin(), 1).state_dict()
        state["head.weigth"] = state.pop("head.weight")
        state["head.bias"] = state["head.bias"][:9].contiguous()
        state["stem.norm.running_var"][3] = -1
        state["position"][0, 7, 1] = float("nan")
        state["stem.conv.weight"] = state["stem.conv.weight"].to(torch.int32)
        with harness.scratch() as folder:
            weights = os.path.join(folder, "w.safetensors")
            save_file(state, weights)
            with self.assertRaises(harness.Failure) as failure:
                harness.command(["swin-compile", EXAMPLE, "--weights", weights, "--emit", "kernels"])
        lines = str(failure.exception).replace(weights, "w").split("\n")[1:]
        self.assertEqual(
            [line for line in lines if line],
            ["w: error: 'head.bias' is 9; the model needs 10",
             "w: error: tensor 'head.weight' (10x64) is missing; is 'head.weigth' meant?",
             "w: error: 'position' holds nan as value 449; weights are finite numbers",
             "w: error: 'stem.conv.weight' is of type I32; weights are F32, F16, BF16 or F64",
             "w: error: 'stem.norm.running_var' holds -1 as value 3; a variance is not below 0"])  # fmt: skip


class Random(unittest.TestCase):
    def test_cover(self):
        """The seeds are only worth something if they reach the ops."""
        ops = {op for seed in SEEDS for op in random_graphs.case(seed).ops}
        wanted = {"conv2d", "depthwise_conv2d", "batch_norm", "affine", "layer_norm", "linear", "add", "concat", "pad",
                  "reflect_pad", "crop", "cyclic_shift", "patch_embed", "patch_merging", "pixel_shuffle", "resize",
                  "adaptive_pool", "mean_pool", "channels_first", "channels_last", "window_attention",
                  "token_mixing"}  # fmt: skip
        self.assertEqual(wanted - ops, set())

    def test_compiled(self):
        with harness.scratch() as folder:
            for seed in CHOSEN:
                case = random_graphs.case(seed)
                what = f"seed {seed}: {case.batch} x {case.size}, {' '.join(case.ops)}"
                with self.subTest(what), harness.Stopwatch(what):
                    self.check(folder, seed, case)

    def check(self, folder, seed, case):
        path = os.path.join(folder, f"graph{seed}.json")
        with open(path, "w") as file:
            json.dump(case.description(), file, indent=1)
        model = [path, "--weights", "synthetic"]
        library = harness.compile_model(folder, f"graph{seed}", model, "--target",
                                        "x86-64-v3" if seed % 3 == 2 else "host")  # fmt: skip
        image = np.random.default_rng(seed).standard_normal((case.batch, case.channels) + case.size)
        expected = harness.interpret(folder, model, image, "graph")
        found = library.run(image)
        self.assertEqual(set(found), set(case.outputs))
        errors = {output: harness.difference(found[output], expected[output]) for output in case.outputs}
        print("  " + ", ".join(f"{output} {error:.1e}" for output, error in errors.items()), flush=True)
        self.assertLessEqual(max(errors.values()), LIMIT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
