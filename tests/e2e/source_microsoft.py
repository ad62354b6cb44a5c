"""Microsoft's and OpenMMLab's files, whose code is not installed: names, buffers and containers as theirs.

The expected values are our own reference's, which the other sources tie to the real libraries.
"""
import os
import subprocess
import sys

import torch
from safetensors.torch import save_file

import harness
from sources import Row, seed_of
from swin_config import Config
from swin_reference import Swin, regions
from swin_weights import parameters, random_weights

YAML, BY_FAMILY, MM = "yaml", "--arch family", "mm"
CONVERTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python/pth_to_safetensors.py")
SECTIONS = {"swin": "SWIN", "swinv2": "SWINV2", "swin_mlp": "SWIN_MLP"}


def rows():
    def row(name, kind, size, run=(), outputs=(), batch=2, extra=None, **config):
        semantics = "mm" if kind == MM else "microsoft"
        config = {"embedding": 16, "heads": (2, 4), "window": 4, "classes": 5, **config}
        return Row(name, kind, Config(semantics, size, **config), run, batch, outputs, extra or {})

    three = {"depths": (2, 2, 1), "heads": (1, 2, 4)}
    return [
        row("Swin", YAML, (32, 32), batch=3),
        row("Swin, last window covers", YAML, (56, 56), window=7),
        row("Swin, position embedding", YAML, (32, 32), position_embedding=True),
        row("Swin, no norm of patches, no bias", YAML, (64, 64), patch_norm=False, qkv_bias=False, **three),
        row("Swin, by shapes", BY_FAMILY, (64, 64), extra={"size": "64x64"}),
        row("Swin V2", YAML, (32, 32), batch=3, family="swinv2"),
        row("Swin V2, trained with other windows", YAML, (64, 64), window=8, pretrained_window=(6, 3),
            family="swinv2"),  # fmt: skip
        row("Swin V2, position embedding", YAML, (64, 64), position_embedding=True, family="swinv2", **three),
        row("Swin V2, by shapes", BY_FAMILY, (64, 64), family="swinv2", extra={"size": "64x64"}),
        row("Swin MLP", YAML, (64, 64), batch=3, family="swin_mlp"),
        row("Swin MLP, three stages", YAML, (64, 64), family="swin_mlp", **three),
        row("Swin MLP, window 7", YAML, (56, 56), window=7, family="swin_mlp", position_embedding=True),
        row("maps", MM, (224, 224), (44, 60)),
        row("small maps", MM, (224, 224), (20, 37), window=7),
    ]


ROWS = rows()


def build(row):
    generator = torch.Generator().manual_seed(seed_of(row.name))
    return Swin(row.config, random_weights(parameters(row.config), generator))


def save(model, row, folder):
    """Returns arguments for swin-compile."""
    os.makedirs(folder)
    config, weights = row.config, os.path.join(folder, "model.safetensors")
    state = {name: value.float().contiguous() for name, value in model.weights.items()}
    if row.kind == MM:
        save_file(mm_names(state), weights)
        return [harness.write_description(os.path.join(folder, "model.json"), config), "--weights", weights]
    checkpoint = os.path.join(folder, "model.pth")
    torch.save({"model": {**state, **buffers(config)}, "epoch": 299, "optimizer": {"lr": [1e-3]}}, checkpoint)
    subprocess.run([sys.executable, CONVERTER, checkpoint, weights], check=True, capture_output=True)
    if row.kind == BY_FAMILY:
        return ["--arch", config.family, "--weights", weights, "--size", row.extra["size"]]
    path = os.path.join(folder, "model.yaml")
    with open(path, "w") as file:
        file.write(yaml(config))
    return [path, "--weights", weights]


def yaml(config):
    """As in Microsoft's configs/: what differs from the defaults of its config.py."""
    lines = ["DATA:", f"  IMG_SIZE: {config.built_for[0]}", "MODEL:", f"  TYPE: {config.family}",
             "  NAME: small", "  DROP_PATH_RATE: 0.2", f"  NUM_CLASSES: {config.classes}",
             f"  {SECTIONS[config.family]}:", f"    EMBED_DIM: {config.embedding}",
             f"    DEPTHS: {list(config.depths)}", f"    NUM_HEADS: {list(config.heads)}",
             f"    WINDOW_SIZE: {config.window}"]  # fmt: skip
    if not config.qkv_bias:
        lines.append("    QKV_BIAS: False")
    if not config.patch_norm:
        lines.append("    PATCH_NORM: False")
    if config.position_embedding:
        lines.append("    APE: True")
    if config.pretrained_window:
        lines.append(f"    PRETRAINED_WINDOW_SIZES: {list(config.pretrained_window)}")
    return "\n".join(lines + ["TRAIN:", "  EPOCHS: 300", ""])


def buffers(config):
    """What Microsoft's modules register beside their parameters."""
    result = {}
    for stage, depth in enumerate(config.depths):
        size = config.built_map(stage)
        for block in range(depth):
            window, shift = config.window_and_shift(stage, size, block)
            name = f"layers.{stage}.blocks.{block}"
            if config.family == "swin_mlp":
                continue
            row, column = (place.reshape(-1) for place in torch.meshgrid(*map(torch.arange, window), indexing="ij"))
            down = row[:, None] - row + window[0] - 1
            across = column[:, None] - column + window[1] - 1
            result[name + ".attn.relative_position_index"] = down * (2 * window[1] - 1) + across
            if config.family == "swinv2":
                result[name + ".attn.relative_coords_table"] = coordinates(window, config.pretrained_of(stage))
            if any(shift):
                result[name + ".attn_mask"] = mask(size, window, shift)
    return result


def coordinates(window, trained):
    axes = [torch.arange(1.0 - side, side) * 8 / ((trained or side) - 1) for side in window]
    axes = [torch.sign(axis) * torch.log2(axis.abs() + 1) / 3 for axis in axes]
    return torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)[None]


def mask(size, window, shift):
    """windows x tokens x tokens"""
    down, across = (regions(n, side, by) for n, side, by in zip(size, window, shift))
    region = (3 * down[:, None] + across).reshape(size[0] // window[0], window[0], size[1] // window[1], window[1])
    region = region.transpose(1, 2).reshape(-1, window[0] * window[1])
    return torch.where(region[:, :, None] == region[:, None], 0.0, -100.0)


MM_NAMES = [("layers.", "stages."), ("patch_embed.proj", "patch_embed.projection"), (".attn.", ".attn.w_msa."),
            (".mlp.fc1", ".ffn.layers.0.0"), (".mlp.fc2", ".ffn.layers.1")]  # fmt: skip


def mm_names(state):
    """OpenMMLab's names; merging there has its four neighbours as the fast index of a channel, columns first."""
    result = {}
    for name, value in state.items():
        if name.startswith("layers.") and ".downsample." in name:
            outer = value.shape[0] if value.ndim == 2 else 1
            value = value.reshape(outer, 4, -1)[:, [0, 2, 1, 3]].transpose(1, 2).reshape(value.shape)
        for old, new in MM_NAMES:
            name = name.replace(old, new)
        result["backbone." + name] = value.contiguous()
    return result


def run(model, row, image):
    return model(image.double())
