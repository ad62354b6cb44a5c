"""Names, shapes and values of a model's parameters, under Microsoft's names."""
import math

import torch


def parameters(config):
    """{name: shape} of all parameters."""
    shapes, form = {}, config.form

    def norm(name, channels):
        shapes[name + ".weight"] = shapes[name + ".bias"] = (channels,)

    def linear(name, outputs, inputs, bias=True):
        shapes[name + ".weight"] = (outputs, inputs)
        if bias:
            shapes[name + ".bias"] = (outputs,)

    def attention(name, stage, window):
        channels, heads = config.channels(stage), config.heads[stage]
        linear(name + ".qkv", 3 * channels, channels, config.qkv_bias and form.key_bias)
        if config.qkv_bias and not form.key_bias:
            shapes[name + ".q_bias"] = shapes[name + ".v_bias"] = (channels,)
        if form.bias == "table":
            rows = (2 * window[0] - 1) * (2 * window[1] - 1)
            shapes[name + ".relative_position_bias_table"] = (rows, heads)
        elif form.bias == "squashed":
            linear(name + ".cpb_mlp.0", 512, 2)
            linear(name + ".cpb_mlp.2", heads, 512, bias=False)
            shapes[name + ".logit_scale"] = (heads, 1, 1)
        else:
            linear(name + ".meta_mlp.fc1", 384, 2)
            linear(name + ".meta_mlp.fc2", heads, 384)
            shapes[name + ".logit_scale"] = (heads,)
        linear(name + ".proj", channels, channels)

    shapes["patch_embed.proj.weight"] = (config.embedding, config.image_channels, config.patch, config.patch)
    shapes["patch_embed.proj.bias"] = (config.embedding,)
    if config.patch_norm:
        norm("patch_embed.norm", config.embedding)
    if config.position_embedding:
        shapes["absolute_pos_embed"] = (1, math.prod(config.built_map(0)), config.embedding)
    for stage, depth in enumerate(config.depths):
        channels = config.channels(stage)
        hidden = int(channels * config.mlp_ratio)
        window, _ = config.window_and_shift(stage, None, 0)
        for block in range(depth):
            name = f"layers.{stage}.blocks.{block}"
            norm(name + ".norm1", channels)
            if form.mixing == "tokens":
                tokens = math.prod(window)
                shapes[name + ".spatial_mlp.weight"] = (config.heads[stage] * tokens, tokens, 1)
                shapes[name + ".spatial_mlp.bias"] = (config.heads[stage] * tokens,)
            else:
                attention(name + ".attn", stage, window)
            norm(name + ".norm2", channels)
            linear(name + ".mlp.fc1", hidden, channels)
            linear(name + ".mlp.fc2", channels, hidden)
            if config.extra_norm(stage, block):
                norm(name + ".norm3", channels)
        if stage + 1 < len(config.depths):
            norm(f"layers.{stage}.downsample.norm", (2 if form.reduces_first else 4) * channels)
            linear(f"layers.{stage}.downsample.reduction", 2 * channels, 4 * channels, bias=False)
        if config.stage_norm:
            norm(config.stage_norm_name(stage), channels)
    if config.ends_in_norm:
        norm("norm", channels)
    if config.has_head and config.classes:
        linear("head", config.classes, channels)
    return shapes


def synthetic_weights(shapes):
    """The fill rule of docs/Numbers.md, float64."""
    weights = {}
    for t, name in enumerate(sorted(shapes, key=str.encode)):
        shape = shapes[name]
        n = torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)
        u = torch.sin(12.9898 * n + 78.233 * (t + 1)).reshape(shape)
        if len(shape) == 1 and name.endswith("weight"):
            weights[name] = 1 + 0.2 * u
        elif name.endswith("logit_scale"):
            weights[name] = 2 + u
        elif len(shape) == 1 or name.endswith("bias_table"):
            weights[name] = 0.2 * u
        else:
            weights[name] = u * math.sqrt(3 / math.prod(shape[1:]))
    return weights


def random_values(name, shape, generator):
    """Values that make every term count: no gain near 1, no bias near 0, temperatures on both sides of their bound."""
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    if name.endswith("logit_scale"):
        return 3 + values
    if len(shape) == 1 and name.endswith("weight"):
        return 1 + 0.3 * values
    if len(shape) == 1 or name.endswith(("bias_table", "absolute_pos_embed", "position_embeddings")):
        return 0.3 * values
    return values / math.sqrt(math.prod(shape[1:]))


def random_weights(shapes, generator):
    """Values that float32 holds exactly, so that both sides start from the same model."""
    return {name: random_values(name, shape, generator).float().double() for name, shape in shapes.items()}


def sine_image(shape):
    return torch.sin(0.1 * torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)).reshape(shape)
