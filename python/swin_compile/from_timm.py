"""timm's swin, swinv2, swinv2_cr and S3: the config.json that timm saves, all arguments read from the module."""
from .modules import Export, Parts, pair, text_of

PACKAGE = "timm.models."
# The class: the module that has it, and an architecture of that class, for models without a registered name.
CLASSES = {
    "SwinTransformer": ("swin_transformer", "swin_tiny_patch4_window7_224"),
    "SwinTransformerV2": ("swin_transformer_v2", "swinv2_tiny_window8_256"),
    "SwinTransformerV2Cr": ("swin_transformer_v2_cr", "swinv2_cr_tiny_224"),
}
ACTIVATIONS = {"GELU": "gelu", "GELUTanh": "gelu_tanh", "QuickGELU": "quick_gelu", "SiLU": "silu", "ReLU": "relu"}
PICTURES = ("mean", "std", "interpolation", "crop_pct", "crop_mode")


def reads(kind):
    return kind.__name__ in CLASSES and kind.__module__ == PACKAGE + CLASSES[kind.__name__][0]


def export(module):
    parts = Parts(module)
    parts.check("timm.")
    pretrained = dict(getattr(module, "pretrained_cfg", None) or {})
    architecture = pretrained.get("architecture") or CLASSES[parts.kind.__name__][1]
    classes = parts.classes("head.fc", module.head.fc)
    config = {
        "architecture": architecture,
        "num_classes": classes,
        "model_args": arguments(parts),
        "global_pool": module.head.global_pool.pool_type,
        "pretrained_cfg": pictures(pretrained, module.patch_embed.proj.in_channels),
    }
    labels = pretrained.get("label_names")
    if labels and len(labels) == classes:
        config["label_names"] = list(labels)
    return Export(architecture, {"config.json": text_of(config)}, module.state_dict(), "config.json")


def pictures(pretrained, channels):
    """How pictures are prepared, if that is known for images of so many channels."""
    known = len(pretrained.get("mean") or ()) == channels
    return {key: pretrained[key] for key in PICTURES if pretrained.get(key) is not None} if known else {}


def arguments(parts):
    """What the class's constructor would be called with."""
    module, kind = parts.module, parts.kind.__name__
    stages = [list(stage.blocks) for stage in (module.stages if kind == "SwinTransformerV2Cr" else module.layers)]
    blocks = [block for stage in stages for block in stage]
    first = [stage[0] for stage in stages]
    embed = module.patch_embed
    always = parts.same("always_partition", (getattr(block, "always_partition", False) for block in blocks))
    result = {
        "patch_size": pair(embed.patch_size),
        "in_chans": embed.proj.in_channels,
        "embed_dim": embed.proj.out_channels,
        "depths": [len(stage) for stage in stages],
        "num_heads": [heads(parts, stage) for stage in stages],
        "window_size": [window(parts, stage, always) for stage in stages],
        "mlp_ratio": parts.mlp_ratio((block.mlp.fc1.in_features, block.mlp.fc1.out_features) for block in blocks),
        "always_partition": always,
    }
    if embed.img_size is not None:
        result["img_size"] = pair(embed.img_size)
    activation = parts.same("mlp.act", (parts.activation("mlp.act", block.mlp.act, ACTIVATIONS) for block in blocks))
    if kind == "SwinTransformerV2":
        result["act_layer"] = activation
        result["qkv_bias"] = parts.same("attn.q_bias", (block.attn.q_bias is not None for block in blocks))
        result["pretrained_window_sizes"] = [pair(block.attn.pretrained_window_size) for block in first]
        return result
    if activation != "gelu":
        parts.refuse("mlp.act", f"is {activation}; expected gelu")
    if kind == "SwinTransformer":
        result["qkv_bias"] = parts.same("attn.qkv.bias", (block.attn.qkv.bias is not None for block in blocks))
        if any(block.attn.proj.in_features != block.attn.dim for block in blocks):
            parts.refuse("attn.proj", "takes other channels than a token has (head_dim), which is not supported")
        return result
    if any(getattr(block.attn, "sequential_attn", False) for block in blocks):
        parts.refuse("attn", "is sequential (sequential_attn), which is not supported")
    result["extra_norm_period"], result["extra_norm_stage"] = extra_norms(parts, stages)
    return result


def window(parts, stage, always):
    """Of a stage, as it is now: cut to its map, whose size may have been set after the module was made."""
    result = parts.same("window_size", (pair(block.window_size) for block in stage))
    for index, block in enumerate(stage):
        size = pair(block.feat_size if hasattr(block, "feat_size") else block.input_resolution)
        expected = [side // 2 * (index % 2) * (always or n > side) for n, side in zip(size, result)]
        if pair(block.shift_size) != expected:
            parts.refuse("shift_size", f"is {pair(block.shift_size)}; expected {expected}")
    return result


def heads(parts, stage):
    return parts.same("attn.num_heads", (block.attn.num_heads for block in stage))


def extra_norms(parts, stages):
    """The period and whether each stage ends with one, from where norms are; the last stage always does."""
    found = [[type(block.norm3).__name__ != "Identity" for block in stage] for stage in stages]
    for at_end in False, True:
        for period in range(max(map(len, stages)) + 1):
            expected = [
                [period > 0 and i % period == 0 or i == len(stage) and (at_end or stage is stages[-1])
                 for i in range(1, len(stage) + 1)]
                for stage in stages
            ]  # fmt: skip
            if expected == found:
                return period, at_end
    parts.refuse("norm3", "stands where no extra_norm_period and extra_norm_stage put it")
