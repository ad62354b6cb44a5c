"""Golden vectors of restoration models and of UPerNet's head, compiled and through the interpreter.

The printed numbers come from the original repositories and from transformers, for weights and images by the fill rule
of docs/Numbers.md. A compiled library must give them to 1e-4 of the magnitude, the interpreter to all printed digits
as far as float32 weights and images allow.
"""
import json
import math
import os
import unittest

import numpy as np
from safetensors.numpy import save_file

import harness

LIMIT = 1e-4
INTERPRETER_LIMIT = 2e-6
COMMON = {"img_size": 16, "window_size": 4, "depths": [2, 2], "embed_dim": 8, "num_heads": [2, 2], "mlp_ratio": 2}
# name: family, size of the image, the constructor's arguments, first three values, sum of absolute values
PICTURES = {
    "g11": ("swinir", (8, 10), {"upscale": 2, "upsampler": "pixelshuffle"},
            (0.6652549, 0.6685137, 0.6636922), 574.389067),
    "g12": ("swinir", (8, 8), {"upscale": 4, "upsampler": "nearest+conv", "resi_connection": "3conv"},
            (0.3645589, 0.3573179, 0.3563082), 1272.991022),
    "g13": ("swinir", (6, 8), {"upscale": 3, "upsampler": "pixelshuffledirect"},
            (1.4472690, 0.7316265, -0.1804802), 1053.907334),
    "g14": ("swinir", (8, 11), {"upscale": 1, "upsampler": "", "in_chans": 1, "img_range": 255.0},
            (4.2825068, 6.3540213, 7.3279387), 415.468139),
    "g15": ("swin2sr", (7, 8), {"upscale": 2, "upsampler": "pixelshuffle_aux"},
            (0.4449003, 0.4644399, 0.4693601), 285.335966),
}  # fmt: skip
G17 = ((-0.4411111, -0.4598259, -0.4631119), 324.190356)
CHANNELS, SIZES = (8, 16, 32, 64), ((17, 20), (9, 10), (5, 5), (3, 3))


def sine(shape):
    return np.sin(0.1 * (np.arange(math.prod(shape), dtype=np.float64) + 1)).reshape(shape)


def filled(shapes):
    """Weights by the fill rule, which numbers parameters by name."""
    values = {}
    for t, name in enumerate(sorted(shapes)):
        shape = shapes[name]
        u = np.sin(12.9898 * (np.arange(math.prod(shape)) + 1) + 78.233 * (t + 1)).reshape(shape)
        if name.endswith("running_var"):
            values[name] = 1 + 0.5 * u
        elif len(shape) == 1:
            values[name] = 1 + 0.2 * u if name.endswith("weight") else 0.2 * u
        else:
            values[name] = u * math.sqrt(3 * shape[0] / math.prod(shape))
    return values


def head():
    """UPerNet's head alone, as a graph: nodes, weights, and an image that holds its four maps.

    Each map is some channels of the image, in its corner; a map of the size to cut it to comes from a pooling.
    """
    shapes, nodes, selected = {}, [{"name": "pixels", "op": "channels_last"}], {}

    def conv_norm(name, source, inputs, outputs, kernel):
        layer = "decode_head." + name
        shapes[layer + ".conv.weight"] = (outputs, inputs, kernel, kernel)
        for part in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{layer}.batch_norm.{part}"] = (outputs,)
        nodes.extend([
            {"name": layer + ".conv", "op": "conv2d", "input": source, "channels": outputs, "kernel": kernel,
             "padding": "same", "bias": False},
            {"name": layer + ".batch_norm", "op": "batch_norm"},
            {"name": layer, "op": "relu"},
        ])  # fmt: skip
        return layer

    def node(name, op, **keys):
        nodes.append({"name": name, "op": op, **keys})
        return name

    def resized(name, source, like):
        return node(name, "resize", input=source, like=like, interpolation="bilinear")

    image = np.zeros((1, sum(CHANNELS), *SIZES[0]))
    maps, first = [], 0
    for k, (channels, (height, width)) in enumerate(zip(CHANNELS, SIZES)):
        image[:, first : first + channels, :height, :width] = sine((1, channels, height, width))
        selected[f"map{k}.weight"] = np.eye(sum(CHANNELS))[first : first + channels]
        chosen = node(f"map{k}", "linear", input="pixels", channels=channels, bias=False)
        size = node(f"size{k}", "adaptive_pool", input="pixels", to=[height, width])
        maps.append(node(f"cut{k}", "crop", input=chosen, like=size))
        first += channels
    parts = [maps[3]]
    for i, scale in enumerate((1, 2, 3, 6)):
        pooled = node(f"pool{i}", "adaptive_pool", input=maps[3], to=scale)
        parts.append(resized(f"pooled{i}", conv_norm(f"psp_modules.{i}.1", pooled, 64, 8, 1), maps[3]))
    wide = node("pyramid", "concat", inputs=parts)
    levels = [conv_norm(f"lateral_convs.{k}", maps[k], CHANNELS[k], 8, 1) for k in range(3)]
    levels.append(conv_norm("bottleneck", wide, 64 + 4 * 8, 8, 3))
    for k in (2, 1, 0):
        up = resized(f"up{k}", levels[k + 1], levels[k])
        levels[k] = node(f"level{k}", "add", inputs=[levels[k], up])
    outs = [conv_norm(f"fpn_convs.{k}", levels[k], 8, 8, 3) for k in range(3)] + [levels[3]]
    outs[1:] = [resized(f"out{k}", outs[k], outs[0]) for k in (1, 2, 3)]
    conv_norm("fpn_bottleneck", node("all", "concat", inputs=outs), 32, 8, 3)
    shapes.update({"decode_head.classifier.weight": (3, 8, 1, 1), "decode_head.classifier.bias": (3,)})
    node("decode_head.classifier", "conv2d", channels=3, kernel=1)
    node("logits", "channels_first")
    return nodes, {**filled(shapes), **selected}, image


def models(folder):
    """Writes each model; yields its name, an output, image, arguments for the model, first values and sum."""
    for name, (family, size, arguments, first, total) in PICTURES.items():
        path = os.path.join(folder, name + ".json")
        with open(path, "w") as file:
            json.dump({"family": family, **COMMON, **arguments}, file)
        image = (sine((1, arguments.get("in_chans", 3), *size)) + 1) / 2
        yield name, "image", image, [path, "--weights", "synthetic"], first, total
    nodes, weights, image = head()
    path, checkpoint = os.path.join(folder, "g17.json"), os.path.join(folder, "g17.safetensors")
    with open(path, "w") as file:
        json.dump({"format": "swin-model", "image": {"size": list(SIZES[0]), "channels": sum(CHANNELS)},
                   "graph": nodes, "outputs": {"logits": "logits"}}, file)  # fmt: skip
    save_file({name: value.astype(np.float32) for name, value in weights.items()}, checkpoint)
    yield "g17", "logits", image, [path, "--weights", checkpoint], *G17


class GoldenPictures(unittest.TestCase):
    def check(self, what, found, output, first, total, limit):
        self.assertEqual(list(found), [output])
        flat = np.asarray(found[output], dtype=np.float64).reshape(-1)
        magnitude = np.abs(flat).max()
        errors = np.append(np.abs(flat[:3] - first) / magnitude, abs(np.abs(flat).sum() / total - 1))
        print(f"{what}: {errors.max():.1e}", flush=True)
        self.assertLessEqual(errors.max(), limit)

    def test_numbers(self):
        with harness.scratch() as folder:
            for name, output, image, model, first, total in models(folder):
                for stage in ("graph", "kernels"):
                    with self.subTest(f"{name} {stage}"):
                        found = harness.interpret(folder, model, image, stage)
                        self.check(f"{name} {stage}", found, output, first, total, INTERPRETER_LIMIT)
                with self.subTest(f"{name} compiled"):
                    library = harness.compile_model(folder, name, model)
                    for isa in library.isas:
                        self.check(f"{name} {isa}", library.run(image, isa=isa), output, first, total, LIMIT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
