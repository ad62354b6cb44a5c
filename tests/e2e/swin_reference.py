"""Swin Transformer v1 in float64, straight from its definition: what compiled libraries are compared with.

Written from docs/Numbers.md only, with torch for arithmetic. It shares no code with the compiler or its interpreter.
Parameters have Microsoft's names. The golden vectors at the end of docs/Numbers.md tie it to the real libraries.
"""
import dataclasses
import math

import torch
import torch.nn.functional as F

EPSILON = 1e-5


@dataclasses.dataclass
class Config:
    """Sizes are (height, width). `built_for` is the image size that timm and Microsoft decide from."""

    semantics: str
    built_for: tuple
    patch: int = 4
    image_channels: int = 3
    embedding: int = 8
    depths: tuple = (2, 2)
    heads: tuple = (2, 4)
    window: int = 4
    mlp_ratio: float = 4.0
    classes: int = 3
    qkv_bias: bool = True

    def channels(self, stage):
        return self.embedding * 2**stage

    @property
    def rules(self):
        return RULES[self.semantics]


# ---- what the sources of weights do differently ------------------------------------------------------------------


def timm_window(config, stage, _, block_shift):
    built = built_map(config, stage)
    window = tuple(min(size, config.window) for size in built)
    return window, tuple(block_shift if size > side else 0 for size, side in zip(built, window))


def microsoft_window(config, stage, _, block_shift):
    smaller = min(built_map(config, stage))
    if smaller <= config.window:
        return (smaller, smaller), (0, 0)
    return (config.window,) * 2, (block_shift,) * 2


def torchvision_window(config, _, size, block_shift):
    side = config.window
    return (side, side), tuple(block_shift if -(-n // side) * side > side else 0 for n in size)


def huggingface_window(config, _, size, block_shift):
    side = config.window
    if min(size) < side:
        raise ValueError(f"a map of {size[0]}x{size[1]} is smaller than the window {side}")
    return (side, side), (0, 0) if min(size) == side else (block_shift, block_shift)


def backbone_window(config, _stage, _size, block_shift):
    return (config.window,) * 2, (block_shift,) * 2


@dataclasses.dataclass
class Rules:
    window: object  # (config, stage, run-time map, shift of the block) -> ((wh, ww), (sh, sw))
    pad_image: bool = False
    roll_before_pad: bool = False
    built_maps_round_up: bool = False
    stage_norm: str = ""  # prefix of a norm's name on each stage's map, which is then channels first

    def norm_name(self, stage):
        return self.stage_norm.format(stage, stage + 1)


RULES = {
    "timm": Rules(timm_window, roll_before_pad=True, built_maps_round_up=True),
    "microsoft": Rules(microsoft_window),
    "torchvision": Rules(torchvision_window),
    "hf": Rules(huggingface_window, pad_image=True),
    "hf-backbone": Rules(backbone_window, pad_image=True, stage_norm="hidden_states_norms.stage{1}"),
    "mm": Rules(backbone_window, pad_image=True, stage_norm="norm{0}"),
}


def built_map(config, stage):
    """The map of a stage for the image size the model was built for."""
    size = [n // config.patch for n in config.built_for]
    for _ in range(stage):
        size = [(n + 1) // 2 if config.rules.built_maps_round_up else n // 2 for n in size]
    return tuple(size)


# ---- parameters ------------------------------------------------------------------------------------------------


def parameters(config):
    """{name: shape} of all parameters."""
    shapes = {}

    def norm(name, channels):
        shapes[name + ".weight"] = shapes[name + ".bias"] = (channels,)

    def linear(name, outputs, inputs, bias=True):
        shapes[name + ".weight"] = (outputs, inputs)
        if bias:
            shapes[name + ".bias"] = (outputs,)

    shapes["patch_embed.proj.weight"] = (config.embedding, config.image_channels, config.patch, config.patch)
    shapes["patch_embed.proj.bias"] = (config.embedding,)
    norm("patch_embed.norm", config.embedding)
    for stage, depth in enumerate(config.depths):
        channels = config.channels(stage)
        hidden = int(channels * config.mlp_ratio)
        # Only the kinds that decide when built change a table's size; the others always have the full window.
        decided = config.semantics in ("timm", "microsoft")
        rows, columns = config.rules.window(config, stage, None, 0)[0] if decided else (config.window,) * 2
        for block in range(depth):
            name = f"layers.{stage}.blocks.{block}"
            norm(name + ".norm1", channels)
            linear(name + ".attn.qkv", 3 * channels, channels, config.qkv_bias)
            table = ((2 * rows - 1) * (2 * columns - 1), config.heads[stage])
            shapes[name + ".attn.relative_position_bias_table"] = table
            linear(name + ".attn.proj", channels, channels)
            norm(name + ".norm2", channels)
            linear(name + ".mlp.fc1", hidden, channels)
            linear(name + ".mlp.fc2", channels, hidden)
        if stage + 1 < len(config.depths):
            norm(f"layers.{stage}.downsample.norm", 4 * channels)
            linear(f"layers.{stage}.downsample.reduction", 2 * channels, 4 * channels, bias=False)
        if config.rules.stage_norm:
            norm(config.rules.norm_name(stage), channels)
    if not config.rules.stage_norm:
        norm("norm", channels)
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
        elif len(shape) == 1 or name.endswith("bias_table"):
            weights[name] = 0.2 * u
        else:
            weights[name] = u * math.sqrt(3 / math.prod(shape[1:]))
    return weights


def random_weights(shapes, generator):
    """Values that make every term count: no norm near the identity, no bias near zero."""
    weights = {}
    for name, shape in shapes.items():
        values = torch.randn(shape, generator=generator, dtype=torch.float64)
        if len(shape) == 1 and name.endswith("weight"):
            weights[name] = 1 + 0.3 * values
        elif len(shape) == 1 or name.endswith("bias_table"):
            weights[name] = 0.3 * values
        else:
            weights[name] = values / math.sqrt(math.prod(shape[1:]))
    # Values that float32 holds exactly, so that both sides start from the same model.
    return {name: values.float().double() for name, values in weights.items()}


def sine_image(shape):
    return torch.sin(0.1 * torch.arange(1, math.prod(shape) + 1, dtype=torch.float64)).reshape(shape)


# ---- the network -------------------------------------------------------------------------------------------------


class Swin:
    def __init__(self, config, weights):
        self.config, self.weights = config, weights

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"], EPSILON)

    def linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"], self.weights.get(name + ".bias"))

    def __call__(self, image):
        """{output name: tensor}: stage1.., and features and logits where the source has a head."""
        config, rules, outputs = self.config, self.config.rules, {}
        if rules.pad_image:
            image = F.pad(image, (0, -image.shape[3] % config.patch, 0, -image.shape[2] % config.patch))
        kernel, bias = self.weights["patch_embed.proj.weight"], self.weights["patch_embed.proj.bias"]
        x = F.conv2d(image, kernel, bias, stride=config.patch).permute(0, 2, 3, 1)
        x = self.norm(x, "patch_embed.norm")
        for stage, depth in enumerate(config.depths):
            for block in range(depth):
                x = self.block(x, stage, block)
            tap = x
            if rules.stage_norm:
                tap = self.norm(x, rules.norm_name(stage)).permute(0, 3, 1, 2)
            outputs[f"stage{stage + 1}"] = tap
            if stage + 1 < len(config.depths):
                x = self.merge(x, f"layers.{stage}.downsample")
        if not rules.stage_norm:
            outputs["features"] = self.norm(x, "norm").mean(dim=(1, 2))
            outputs["logits"] = self.linear(outputs["features"], "head")
        return outputs

    def block(self, x, stage, block):
        name = f"layers.{stage}.blocks.{block}"
        shift = self.config.window // 2 if block % 2 else 0
        window, shift = self.config.rules.window(self.config, stage, x.shape[1:3], shift)
        x = x + self.windows(self.norm(x, name + ".norm1"), name + ".attn", self.config.heads[stage], window, shift)
        hidden = F.gelu(self.linear(self.norm(x, name + ".norm2"), name + ".mlp.fc1"))
        return x + self.linear(hidden, name + ".mlp.fc2")

    def merge(self, x, name):
        x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        neighbours = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.linear(self.norm(torch.cat(neighbours, dim=-1), name + ".norm"), name + ".reduction")

    def windows(self, x, name, heads, window, shift):
        """Attention of a map: one gather by coordinates, attention of each window, one scatter back.

        Rolls and pads are not carried out; `coordinates` says for every place of the padded, rolled map which token
        stands there, or that it is padding.
        """
        height, width = x.shape[1:3]
        rows = self.coordinates(height, window[0], shift[0])
        columns = self.coordinates(width, window[1], shift[1])
        row_regions = regions(len(rows), window[0], shift[0])
        column_regions = regions(len(columns), window[1], shift[1])
        bias = self.bias(name, window)
        result = torch.empty_like(x)
        for top in range(0, len(rows), window[0]):
            for left in range(0, len(columns), window[1]):
                down, across = slice(top, top + window[0]), slice(left, left + window[1])
                r, c = torch.meshgrid(rows[down], columns[across], indexing="ij")
                r, c = r.reshape(-1), c.reshape(-1)
                real = (r >= 0) & (c >= 0)
                tokens = x[:, r.clamp(min=0), c.clamp(min=0)] * real[:, None]
                region = (3 * row_regions[down][:, None] + column_regions[across]).reshape(-1)
                mask = torch.where(region[:, None] == region, 0.0, -100.0) if any(shift) else 0.0
                attended = self.attention(tokens, name, heads, bias + mask)
                result[:, r[real], c[real]] = attended[:, real]
        return result

    def coordinates(self, size, window, shift):
        """Which token of an axis stands at each place once rolled and padded; -1: padding."""
        padded = -(-size // window) * window
        place = torch.arange(padded)
        if self.config.rules.roll_before_pad:
            return torch.where(place < size, (place + shift) % size, -1)
        token = (place + shift) % padded
        return torch.where(token < size, token, -1)

    def bias(self, name, window):
        """heads x query x key"""
        place = torch.arange(window[0] * window[1])
        row, column = place // window[1], place % window[1]
        down = row[:, None] - row + window[0] - 1
        across = column[:, None] - column + window[1] - 1
        table = self.weights[name + ".relative_position_bias_table"]
        return table[down * (2 * window[1] - 1) + across].permute(2, 0, 1)

    def attention(self, tokens, name, heads, bias):
        batch, count, channels = tokens.shape
        qkv = self.linear(tokens, name + ".qkv").reshape(batch, count, 3, heads, channels // heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / math.sqrt(channels // heads) + bias
        mixed = scores.softmax(dim=-1) @ v
        return self.linear(mixed.transpose(1, 2).reshape(batch, count, channels), name + ".proj")


def regions(size, window, shift):
    """Region of each place of a padded axis: what a roll brought together has different ones."""
    place = torch.arange(size)
    if shift == 0:
        return torch.zeros(size, dtype=torch.long)
    return (place >= size - window).long() + (place >= size - shift).long()
