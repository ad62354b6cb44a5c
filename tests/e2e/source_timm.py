"""timm: config.json and model.safetensors as timm itself writes them for the Hub."""
import json
import os

import timm
import torch
from timm.models import save_for_hf, swin_transformer, swin_transformer_v2, swin_transformer_v2_cr

from sources import Row, randomise
from swin_config import Config

V1 = "swin_tiny_patch4_window7_224"
S3 = "swin_s3_tiny_224"
V2 = "swinv2_tiny_window8_256"
CR = "swinv2_cr_tiny_224"
CR_NORMS = "swinv2_cr_tiny_ns_224"


def rows():
    def row(name, kind, size, run=(), outputs=(), batch=2, extra=None, **config):
        family = {V1: "swin", S3: "swin", V2: "swinv2"}.get(kind, "swinv2_cr")
        config = {"embedding": 16, "heads": (2, 4), "classes": 5, "window": 4, "family": family, **config}
        return Row(name, kind, Config("timm", size, **config), run, batch, outputs, extra or {})

    one = {"depths": (2,), "heads": (2,)}  # where more would show no more
    three = {"depths": (2, 2, 1), "heads": (1, 2, 4)}
    return [
        row("divides", V1, (32, 32)),
        row("divides not", V1, (44, 60), batch=3, window=5),
        row("another size at run time", V1, (48, 32), (36, 60), extra={"dynamic_img_size": True}),
        row("not strict", V1, (32, 48), (40, 32), extra={"strict_img_size": False}),
        row("maps below the window", V1, (24, 56), window=7),
        row("three stages", V1, (52, 36), batch=1, **three),
        row("always partition", V1, (32, 40), window=6, always_partition=True),
        row("window of two sides", V1, (40, 48), window=((3, 5), (3, 5))),
        row("window of two sides, said once", V1, (48, 48), window=((4, 6), (4, 6)), extra={"window_size": [4, 6]}),
        row("no qkv bias", V1, (32, 32), qkv_bias=False, **one),
        row("patch 2, gray", V1, (22, 26), patch=2, image_channels=1, mlp_ratio=2.5),
        row("no classes", V1, (32, 32), outputs=("features", "stage1"), classes=0, **one),
        row("maps alone", V1, (36, 44), outputs=("stage1", "stage2"), extra={"features_only": True}),
        row("one map alone", V1, (32, 32), outputs=("stage2",),
            extra={"features_only": True, "out_indices": [1]}),  # fmt: skip
        row("from window 4 to 2", V1, (16, 16), window=4, extra={"saved_for": (32, 32)}),
        row("from window 4 to 7", V1, (56, 56), window=7, extra={"saved_for": (56, 56), "saved_window": 4}),
        row("from window 7 to 5 by 6", V1, (20, 24), window=7, extra={"saved_for": (56, 56)}),
        row("windows of S3", S3, (56, 64), window=(4, 4, 7), batch=1, **three),
        row("divides", V2, (64, 64), window=8),
        row("divides not", V2, (44, 60), batch=3, window=5),
        row("another size at run time", V2, (48, 32), (36, 60), extra={"dynamic_img_size": True}),
        row("maps below the window", V2, (24, 56), window=7),
        row("trained with other windows", V2, (64, 64), window=8, pretrained_window=(6, 3)),
        row("trained with some", V2, (44, 36), window=4, pretrained_window=(3, 0)),
        row("always partition", V2, (32, 40), window=6, always_partition=True),
        row("window of two sides", V2, (40, 48), window=((3, 5),), **one),
        row("no qkv bias", V2, (36, 32), qkv_bias=False, **one),
        row("SiLU", V2, (32, 32), activation="silu", **one),
        row("ReLU", V2, (32, 32), activation="relu", **one),
        row("GELU by tanh", V2, (32, 32), activation="gelu_tanh", **one),
        row("GELU by sigmoid", V2, (32, 32), activation="quick_gelu", **one),
        row("maps alone", V2, (36, 44), outputs=("stage1", "stage2"), extra={"features_only": True}),
        row("three stages, other window", V2, (48, 64), window=8, extra={"saved_for": (64, 64)}, **three),
        row("divides", CR, (64, 64), window=4),
        row("divides not", CR, (44, 60), batch=3, window=5),
        row("window by ratio", CR, (96, 64), window=((6, 4), (6, 4)), extra={"window_ratio": 4}),
        row("window by the default ratio", CR, (96, 128), window=((3, 4), (3, 4)), extra={"window_ratio": None}),
        row("another size at run time", CR, (48, 32), (37, 58), extra={"dynamic_img_size": True}),
        row("norms of stages", CR_NORMS, (40, 32), extra_norm_stage=True),
        row("norms of blocks", CR, (40, 32), depths=(3, 3), extra_norm_period=2),
        row("always partition", CR, (32, 40), window=6, always_partition=True),
        row("maps alone", CR, (36, 44), outputs=("stage1", "stage2"), extra={"features_only": True}),
        row("no classes", CR, (32, 32), outputs=("features", "stage1"), classes=0, **one),
        row("as registered", V2, (256, 256), batch=1, embedding=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24), window=8,
            classes=1000, extra={"whole": True}),  # fmt: skip
        row("as registered", CR_NORMS, (224, 224), batch=1, embedding=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24),
            window=7, classes=1000, extra_norm_stage=True, extra={"whole": True}),  # fmt: skip
    ]


ROWS = rows()


def arguments(row, config):
    """What timm's constructor is called with, apart from what the registered name says."""
    if row.extra.get("whole"):
        return {}
    result = {
        "img_size": list(config.built_for),
        "patch_size": config.patch,
        "in_chans": config.image_channels,
        "embed_dim": config.embedding,
        "depths": list(config.depths),
        "num_heads": list(config.heads),
        "window_size": config.window,
        "mlp_ratio": config.mlp_ratio,
    }
    if isinstance(config.window, tuple):
        result["window_size"] = [list(window) if isinstance(window, tuple) else window for window in config.window]
    if config.family == "swinv2":
        result["pretrained_window_sizes"] = list(config.pretrained_window or [0] * len(config.depths))
        if config.activation != "gelu":
            result["act_layer"] = config.activation
    if config.family != "swinv2_cr" and not config.qkv_bias:
        result["qkv_bias"] = False
    if config.always_partition:
        result["always_partition"] = True
    if config.extra_norm_period:
        result["extra_norm_period"] = config.extra_norm_period
    if config.extra_norm_stage:
        result["extra_norm_stage"] = True
    for name in ("dynamic_img_size", "strict_img_size", "window_size"):
        if name in row.extra:
            result[name] = row.extra[name]
    if "window_ratio" in row.extra:
        del result["window_size"]
        if row.extra["window_ratio"]:
            result["window_ratio"] = row.extra["window_ratio"]
    return result


def create(row, config):
    return timm.create_model(row.kind, num_classes=config.classes, **arguments(row, config))


def build(row):
    """The model that runs: the saved one, which may be for another size, loaded as timm loads checkpoints."""
    model = create(row, row.config).eval()
    saved = randomise(create(row, saved_config(row)), row.name)
    module = {"swin": swin_transformer, "swinv2": swin_transformer_v2}.get(row.config.family, swin_transformer_v2_cr)
    model.load_state_dict(module.checkpoint_filter_fn(saved.state_dict(), model))
    model.saved = saved
    return model


def saved_config(row):
    changes = {"built_for": row.extra.get("saved_for", row.config.built_for)}
    if "saved_window" in row.extra:
        changes["window"] = row.extra["saved_window"]
    return type(row.config)(**{**vars(row.config), **changes})


def save(model, row, folder):
    """Returns arguments for swin-compile."""
    save_for_hf(model.saved, folder, safe_serialization=True)
    changes = {key: row.extra[key] for key in ("features_only", "out_indices") if key in row.extra}
    if "saved_for" in row.extra:
        changes.update(arguments(row, row.config))
    if changes:
        # What a user writes who wants maps, or another size than the checkpoint's.
        path = os.path.join(folder, "config.json")
        with open(path) as file:
            config = json.load(file)
        config["model_args"].update(changes)
        with open(path, "w") as file:
            json.dump(config, file, indent=2)
    return [folder]


def run(model, row, image):
    """All outputs; maps channels last except in CR, as features_only gives them."""
    with torch.inference_mode():
        maps = model.forward_intermediates(image, intermediates_only=True, output_fmt="NCHW")
        if row.config.family != "swinv2_cr":
            maps = [each.permute(0, 2, 3, 1) for each in maps]
        features = model.forward_features(image)
        outputs = {f"stage{i + 1}": each for i, each in enumerate(maps)}
        outputs["features"] = model.forward_head(features, pre_logits=True)
        outputs["logits"] = model.forward_head(features)
    return outputs


def microsoft_names(model, row):
    """The state under our reference's names."""
    result = {}
    for name, value in model.state_dict().items():
        parts = name.replace("stages.", "layers.").split(".")
        if len(parts) > 2 and parts[2] == "downsample":
            parts[1] = str(int(parts[1]) - 1)
        result[".".join(parts).replace("head.fc.", "head.")] = value
    return result
