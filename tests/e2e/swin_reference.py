"""The Swin family in float64, straight from its definition: what compiled libraries are compared with.

Written from docs/Numbers.md only, with torch for arithmetic. It shares no code with the compiler or its interpreter.
Parameters have Microsoft's names. test_reference.py compares it with the real libraries in float64, and the golden
vectors at the end of docs/Numbers.md tie it to them without one.
"""
import math

import torch
import torch.nn.functional as F

EPSILON = 1e-5
LARGEST_TEMPERATURE = 100.0
ACTIVATIONS = {
    "gelu": lambda x: x * 0.5 * (1 + torch.erf(x / math.sqrt(2))),
    "gelu_tanh": lambda x: x * 0.5 * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))),
    "quick_gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "silu": lambda x: x * torch.sigmoid(x),
    "relu": lambda x: x.clamp(min=0),
}


class Swin:
    def __init__(self, config, weights):
        self.config, self.form, self.weights = config, config.form, weights

    def norm(self, x, name, epsilon=EPSILON):
        return F.layer_norm(x, x.shape[-1:], self.weights[name + ".weight"], self.weights[name + ".bias"], epsilon)

    def linear(self, x, name):
        return F.linear(x, self.weights[name + ".weight"], self.weights.get(name + ".bias"))

    def __call__(self, image):
        """{output name: tensor}: stage1.., and features and logits where the source has a head."""
        config, outputs = self.config, {}
        x = self.embed(image)
        for stage, depth in enumerate(config.depths):
            for block in range(depth):
                x = self.block(x, stage, block)
            norm = config.stage_norm_name(stage) if config.stage_norm else ""
            # A backbone has norms only for the maps that it gives.
            if not norm or norm + ".weight" in self.weights:
                tap = self.norm(x, norm) if norm else x
                outputs[f"stage{stage + 1}"] = tap.permute(0, 3, 1, 2) if config.channels_first else tap
            if stage + 1 < len(config.depths):
                x = self.merge(x, f"layers.{stage}.downsample")
        if config.has_head:
            x = self.norm(x, "norm", config.epsilon) if config.ends_in_norm else x
            outputs["features"] = x.mean(dim=(1, 2))
            if config.classes:
                outputs["logits"] = self.linear(outputs["features"], "head")
        return outputs

    def embed(self, image):
        config = self.config
        if config.rules.pad_image:
            image = F.pad(image, (0, -image.shape[3] % config.patch, 0, -image.shape[2] % config.patch))
        kernel, bias = self.weights["patch_embed.proj.weight"], self.weights["patch_embed.proj.bias"]
        x = F.conv2d(image, kernel, bias, stride=config.patch).permute(0, 2, 3, 1)
        if config.patch_norm:
            x = self.norm(x, "patch_embed.norm")
        if config.position_embedding:
            x = x + self.weights["absolute_pos_embed"].reshape(1, *x.shape[1:])
        return x

    def block(self, x, stage, block):
        name = f"layers.{stage}.blocks.{block}"
        for part, norm in ((self.mix, name + ".norm1"), (self.mlp, name + ".norm2")):
            if self.form.norms_behind:
                x = x + self.norm(part(x, name, stage, block), norm, self.config.epsilon)
            else:
                x = x + part(self.norm(x, norm, self.config.epsilon), name, stage, block)
        if self.config.extra_norm(stage, block):
            x = self.norm(x, name + ".norm3")
        return x

    def mlp(self, x, name, _stage, _block):
        hidden = ACTIVATIONS[self.config.activation](self.linear(x, name + ".mlp.fc1"))
        return self.linear(hidden, name + ".mlp.fc2")

    def merge(self, x, name):
        x = F.pad(x, (0, 0, 0, x.shape[2] % 2, 0, x.shape[1] % 2))
        x = torch.cat([x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)], dim=-1)
        if self.form.reduces_first:
            return self.norm(self.linear(x, name + ".reduction"), name + ".norm")
        return self.linear(self.norm(x, name + ".norm"), name + ".reduction")

    def mix(self, x, name, stage, block):
        """What tokens of a window tell each other: one gather by coordinates, each window alone, one scatter back.

        Rolls and pads are not carried out; `coordinates` says for every place of the padded, moved map which token
        stands there, or that it is padding.
        """
        height, width = x.shape[1:3]
        window, shift = self.config.window_and_shift(stage, (height, width), block)
        heads, cyclic = self.config.heads[stage], self.form.mixing != "tokens"
        rows = self.coordinates(height, window[0], shift[0])
        columns = self.coordinates(width, window[1], shift[1])
        row_regions = regions(len(rows), window[0], shift[0])
        column_regions = regions(len(columns), window[1], shift[1])
        bias = self.bias(name + ".attn", stage, window) if self.form.bias else None
        result = torch.empty_like(x)
        for top in range(0, len(rows), window[0]):
            for left in range(0, len(columns), window[1]):
                down, across = slice(top, top + window[0]), slice(left, left + window[1])
                r, c = torch.meshgrid(rows[down], columns[across], indexing="ij")
                r, c = r.reshape(-1), c.reshape(-1)
                real = (r >= 0) & (c >= 0)
                tokens = x[:, r.clamp(min=0), c.clamp(min=0)] * real[:, None]
                if cyclic:
                    region = (3 * row_regions[down][:, None] + column_regions[across]).reshape(-1)
                    mask = torch.where(region[:, None] == region, 0.0, -100.0) if any(shift) else 0.0
                    mixed = self.attention(tokens, name + ".attn", heads, bias + mask)
                else:
                    mixed = self.token_mlp(tokens, name + ".spatial_mlp", heads)
                result[:, r[real], c[real]] = mixed[:, real]
        return result

    def coordinates(self, size, window, shift):
        """Which token of an axis stands at each place once moved and padded; -1: padding."""
        if self.form.mixing == "tokens":
            # Nothing is rolled: a shifted block has padding on both sides.
            before = window - shift if shift else 0
            token = torch.arange(-(-(size + before) // window) * window) - before
            return torch.where((token >= 0) & (token < size), token, -1)
        padded = -(-size // window) * window
        place = torch.arange(padded)
        if self.config.rules.roll_before_pad:
            return torch.where(place < size, (place + shift) % size, -1)
        token = (place + shift) % padded
        return torch.where(token < size, token, -1)

    def bias(self, name, stage, window):
        """heads x query x key"""
        place = torch.arange(window[0] * window[1])
        row, column = place // window[1], place % window[1]
        down = row[:, None] - row + window[0] - 1
        across = column[:, None] - column + window[1] - 1
        table = self.table(name, stage, window)
        return table[down * (2 * window[1] - 1) + across].permute(2, 0, 1)

    def table(self, name, stage, window):
        """(2 wh - 1)(2 ww - 1) steps x heads"""
        if self.form.bias == "table":
            return self.weights[name + ".relative_position_bias_table"]
        steps = [torch.arange(1 - side, side, dtype=torch.float64) for side in window]
        if self.form.bias == "squashed":
            trained = self.config.pretrained_of(stage)
            sides = (trained, trained) if trained else window
            steps = [8 * step / max(side - 1, 1) for step, side in zip(steps, sides)]
        base = 8.0 if self.form.bias == "squashed" else math.e
        logs = [torch.sign(step) * torch.log1p(step.abs()) / math.log(base) for step in steps]
        pairs = torch.cartesian_prod(*logs).reshape(-1, 2)
        if self.form.bias == "squashed":
            hidden = self.linear(pairs, name + ".cpb_mlp.0").clamp(min=0)
            return 16 * torch.sigmoid(self.linear(hidden, name + ".cpb_mlp.2"))
        return self.linear(self.linear(pairs, name + ".meta_mlp.fc1").clamp(min=0), name + ".meta_mlp.fc2")

    def attention(self, tokens, name, heads, bias):
        batch, count, channels = tokens.shape
        qkv = self.linear(tokens, name + ".qkv")
        if name + ".q_bias" in self.weights:
            q, v = self.weights[name + ".q_bias"], self.weights[name + ".v_bias"]
            qkv = qkv + torch.cat([q, torch.zeros_like(q), v])
        q, k, v = qkv.reshape(batch, count, 3, heads, channels // heads).permute(2, 0, 3, 1, 4)
        if self.form.mixing == "cosines":
            temperature = self.weights[name + ".logit_scale"].reshape(heads, 1, 1).exp().clamp(max=LARGEST_TEMPERATURE)
            scores = temperature * (unit(q) @ unit(k).transpose(-1, -2))
        else:
            scores = q @ k.transpose(-1, -2) / math.sqrt(channels // heads)
        mixed = (scores + bias).softmax(dim=-1) @ v
        return self.linear(mixed.transpose(1, 2).reshape(batch, count, channels), name + ".proj")

    def token_mlp(self, tokens, name, heads):
        """Each head has its own matrix across the tokens of a window."""
        batch, count, channels = tokens.shape
        matrices = self.weights[name + ".weight"].reshape(heads, count, count)
        shifts = self.weights[name + ".bias"].reshape(1, heads, count, 1)
        apart = tokens.reshape(batch, count, heads, channels // heads).transpose(1, 2)
        return (matrices @ apart + shifts).transpose(1, 2).reshape(batch, count, channels)


def unit(vectors):
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=1e-12)


def regions(size, window, shift):
    """Region of each place of a padded axis: what a roll brought together has different ones."""
    place = torch.arange(size)
    if shift == 0:
        return torch.zeros(size, dtype=torch.long)
    return (place >= size - window).long() + (place >= size - shift).long()
