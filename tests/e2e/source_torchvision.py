"""torchvision: state_dict() in a safetensors file, with --arch or a description of our own beside it."""
import os

import torch
import torchvision
from safetensors.torch import save_file
from torchvision.models import swin_transformer

import harness
from sources import Row, randomise, tap_maps
from swin_config import Config

BY_FAMILY, BY_BUILDER, DESCRIBED = "--arch family", "--arch builder", "description"


def rows():
    def row(name, kind, size, run=(), outputs=(), batch=2, extra=None, **config):
        config = {"embedding": 16, "heads": (2, 4), "window": 4, "classes": 5, **config}
        return Row(name, kind, Config("torchvision", size, **config), run, batch, outputs, extra or {})

    three = {"depths": (2, 2, 1), "heads": (1, 2, 4)}
    whole = {"embedding": 96, "depths": (2, 2, 6, 2), "heads": (3, 6, 12, 24), "outputs": ("logits", "stage4")}
    return [
        row("divides", DESCRIBED, (32, 32)),
        row("divides not", DESCRIBED, (32, 32), (45, 63), batch=3, window=5),
        row("maps below the window", DESCRIBED, (12, 20), window=7),
        row("window of two sides", DESCRIBED, (40, 48), window=((3, 5), (3, 5))),
        row("by shapes", BY_FAMILY, (224, 224), (44, 52), **three),
        row("divides", DESCRIBED, (32, 32), family="swinv2"),
        row("divides not", DESCRIBED, (32, 32), (45, 63), batch=3, window=5, family="swinv2"),
        row("maps below the window", DESCRIBED, (12, 20), window=7, family="swinv2"),
        row("window of two sides", DESCRIBED, (40, 48), window=((3, 5), (3, 5)), family="swinv2"),
        row("by shapes", BY_FAMILY, (224, 224), (44, 52), family="swinv2", **three),
        row("swin_t", BY_BUILDER, (224, 224), batch=1, window=7, classes=1000, **whole),
        row("swin_v2_t", BY_BUILDER, (256, 256), batch=1, window=8, classes=1000, family="swinv2", **whole),
        row("swin_v2_t, ten classes", BY_BUILDER, (256, 256), (96, 130), batch=1, window=8, classes=10, family="swinv2",
            **whole),  # fmt: skip
    ]


ROWS = rows()


def build(row):
    config = row.config
    if row.kind == BY_BUILDER:
        builder = getattr(torchvision.models, row.name.split(",")[0])
        return randomise(builder(num_classes=config.classes), row.name)
    new = {}
    if config.family == "swinv2":
        new = {"block": swin_transformer.SwinTransformerBlockV2, "downsample_layer": swin_transformer.PatchMergingV2}
    model = torchvision.models.SwinTransformer(
        [config.patch] * 2, config.embedding, list(config.depths), list(config.heads), list(config.window_of(0)),
        mlp_ratio=config.mlp_ratio, num_classes=config.classes, **new)  # fmt: skip
    return randomise(model, row.name)


def save(model, row, folder):
    """Returns arguments for swin-compile."""
    os.makedirs(folder)
    path = os.path.join(folder, "model.safetensors")
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, path)
    if row.kind == DESCRIBED:
        return [harness.write_description(os.path.join(folder, "model.json"), row.config), "--weights", path]
    arch = row.name.split(",")[0] if row.kind == BY_BUILDER else row.config.family
    return ["--arch", arch, "--weights", path]


def run(model, row, image):
    """All outputs; maps channels last."""
    taps = {f"stage{stage + 1}": model.features[2 * stage + 1] for stage in range(len(row.config.depths))}
    # The last one: 0.14 has flatten behind the pooling, later ones a module for it.
    logits, outputs = tap_maps(model, taps, image)
    with torch.inference_mode():
        outputs["features"] = model.norm(model.features(image)).mean((1, 2))
    return {**outputs, "logits": logits}


def microsoft_names(model, row):
    """The state under our reference's names."""
    result = {}
    for name, value in model.state_dict().items():
        parts = name.split(".")
        if parts[0] == "features":
            place = int(parts[1])
            if place == 0:
                parts = ["patch_embed", {"0": "proj", "2": "norm"}[parts[2]], parts[3]]
            elif place % 2:
                parts = ["layers", str(place // 2), "blocks"] + parts[2:]
            else:
                parts = ["layers", str(place // 2 - 1), "downsample"] + parts[2:]
        name = ".".join(parts).replace(".mlp.0.", ".mlp.fc1.").replace(".mlp.3.", ".mlp.fc2.")
        if row.config.family == "swinv2" and name.endswith("qkv.bias"):
            third = len(value) // 3
            result[name.replace("qkv.bias", "q_bias")] = value[:third]
            result[name.replace("qkv.bias", "v_bias")] = value[-third:]
        else:
            result[name] = value
    return result
