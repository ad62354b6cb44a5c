"""torchvision's swin_t .. swin_v2_b and its class SwinTransformer: a description of our own (docs/ModelFormat.md)."""
from .modules import Export, Parts, pair, text_of

FAMILIES = {"SwinTransformerBlock": "swin", "SwinTransformerBlockV2": "swinv2"}
MERGING = {"swin": "PatchMerging", "swinv2": "PatchMergingV2"}


def reads(kind):
    return kind.__name__ == "SwinTransformer" and kind.__module__ == "torchvision.models.swin_transformer"


def export(module):
    parts = Parts(module)
    parts.check("torchvision.")
    stages = [list(stage) for stage in module.features[1::2]]
    blocks = [block for stage in stages for block in stage]
    family = parts.same("block", (FAMILIES.get(type(block).__name__) for block in blocks))
    if family is None or any(type(layer).__name__ != MERGING[family] for layer in module.features[2::2]):
        parts.refuse("features", f"has other blocks or patch merging than {' and '.join(FAMILIES)} with theirs")
    for block in blocks:
        parts.activation("mlp", block.mlp[1], {"GELU": "gelu"})
    conv = module.features[0][0]
    description = {
        "format": "swin-model",
        "family": family,
        "image": {"size": 256 if family == "swinv2" else 224, "channels": conv.in_channels},
        "patch": pair(conv.kernel_size),
        "embedding": conv.out_channels,
        "stages": [described(parts, stage) for stage in stages],
        "mlp_ratio": parts.mlp_ratio((block.mlp[0].in_features, block.mlp[0].out_features) for block in blocks),
        "qkv_bias": parts.same("attn.qkv.bias", (block.attn.qkv.bias is not None for block in blocks)),
        "classes": parts.classes("head", module.head),
        "semantics": "torchvision",
    }
    return Export("swin_v2" if family == "swinv2" else "swin", {"model.json": text_of(description)},
                  module.state_dict(), "model.json")  # fmt: skip


def described(parts, stage):
    window = parts.same("attn.window_size", (pair(block.attn.window_size) for block in stage))
    for index, block in enumerate(stage):
        expected = [side // 2 * (index % 2) for side in window]
        if pair(block.attn.shift_size) != expected:
            parts.refuse("attn.shift_size", f"is {pair(block.attn.shift_size)}; expected {expected}")
    heads = parts.same("attn.num_heads", (block.attn.num_heads for block in stage))
    return {"depth": len(stage), "heads": heads, "window": window}
