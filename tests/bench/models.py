"""The models that speed is measured on, and their files.

A model is a folder as timm saves it for the Hub: config.json and, where timm is installed (scripts/peers),
model.safetensors with seeded values, which our compiler and the peers then share. Without timm our compiler makes up
its weights; the time of a run does not depend on them.
"""
import array
import collections
import json
import math
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/digits"))
from digits import write_npy  # noqa: E402

# label: as tables write it; architecture: timm's name; size: (height, width) that it is built for.
Model = collections.namedtuple("Model", "label architecture size arguments")


def model(label, architecture, size, **arguments):
    return Model(label, architecture, (size, size), arguments)


MODELS = {
    "swin_t": model("Swin-T", "swin_tiny_patch4_window7_224", 224),
    "swin_s": model("Swin-S", "swin_small_patch4_window7_224", 224),
    "swin_b": model("Swin-B", "swin_base_patch4_window7_224", 224),
    "swin_l": model("Swin-L", "swin_large_patch4_window7_224", 224),
    "swin_b_384": model("Swin-B 384", "swin_base_patch4_window12_384", 384),
    "swinv2_t": model("SwinV2-T", "swinv2_tiny_window8_256", 256),
    # For a quick look at bench itself.
    "small": model("small", "swin_tiny_patch4_window7_224", 56, embed_dim=16, depths=[2, 2], num_heads=[1, 2]),
}
STANDARD = [name for name in MODELS if name != "small"]


def config(model):
    """config.json of timm. Not strict: images of other sizes run, with the windows of the size it is built for."""
    arguments = {"img_size": list(model.size), "strict_img_size": False, **model.arguments}
    return {"architecture": model.architecture, "num_classes": 1000, "model_args": arguments}


def describe(model, folder):
    """Writes config.json, all that our compiler needs for made-up weights; returns its path."""
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "config.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(config(model), file)
    return path


def write_image(path, shape):
    """A .npy file of values in -1 .. 1 that do not repeat."""
    values = (math.sin(0.1 * (n + 1) + 1e-5 * n * n) for n in range(math.prod(shape)))
    write_npy(path, shape, array.array("f", values))
