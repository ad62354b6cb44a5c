"""What a model is, for the float64 reference: its family, and whose arithmetic decides at sizes that do not divide.

Written from docs/Numbers.md only; it shares no code with the compiler.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Form:
    """A family's block."""

    mixing: str = "products"  # of queries and keys; "cosines" of them; "tokens": a linear map, no attention
    bias: str = "table"  # position bias: "table", "squashed" (16 sigmoid of an MLP), "plain" (an MLP), ""
    key_bias: bool = True
    norms_behind: bool = False  # what a block adds is normed, else what it reads
    reduces_first: bool = False  # merging: linear map, then norm
    final_norm: bool = True
    extra_norms: bool = False  # blocks may end in a norm of their own


FORMS = {
    "swin": Form(),
    "swinv2": Form("cosines", "squashed", key_bias=False, norms_behind=True, reduces_first=True),
    "swinv2_cr": Form("cosines", "plain", norms_behind=True, final_norm=False, extra_norms=True),
    "swin_mlp": Form("tokens", ""),
}


@dataclasses.dataclass
class Config:
    """Sizes are (height, width). `built_for` is the image size that timm and Microsoft decide from."""

    semantics: str
    built_for: tuple
    family: str = "swin"
    patch: int = 4
    image_channels: int = 3
    embedding: int = 8
    depths: tuple = (2, 2)
    heads: tuple = (2, 4)
    window: object = 4  # of all stages, or a tuple with one per stage; each a number or (height, width)
    pretrained_window: tuple = ()  # one per stage; 0 or none: the block's own
    mlp_ratio: float = 4.0
    classes: int = 3
    qkv_bias: bool = True
    activation: str = "gelu"
    epsilon: float = 1e-5  # of blocks and of the final norm; all others have 1e-5
    patch_norm: bool = True
    final_norm: bool = True
    position_embedding: bool = False
    always_partition: bool = False
    extra_norm_period: int = 0
    extra_norm_stage: bool = False

    def channels(self, stage):
        return self.embedding * 2**stage

    def window_of(self, stage):
        window = self.window[stage] if isinstance(self.window, (tuple, list)) else self.window
        return tuple(window) if isinstance(window, (tuple, list)) else (window, window)

    def pretrained_of(self, stage):
        return self.pretrained_window[stage] if self.pretrained_window else 0

    def extra_norm(self, stage, block):
        """Whether this block ends in a norm of its own."""
        last = block + 1 == self.depths[stage]
        due = self.extra_norm_period and (block + 1) % self.extra_norm_period == 0
        ends = last and (self.extra_norm_stage or stage + 1 == len(self.depths))
        return self.form.extra_norms and bool(due or ends)

    @property
    def form(self):
        return FORMS[self.family]

    @property
    def rules(self):
        return RULES[self.semantics]

    @property
    def has_head(self):
        return not self.rules.is_backbone

    @property
    def outputs(self):
        """Names of all that the model gives."""
        stages = [f"stage{stage + 1}" for stage in range(len(self.depths))]
        return ["logits", "features"][0 if self.classes else 1 :] + stages if self.has_head else stages

    @property
    def stage_norm(self):
        """Prefix of the name of a norm on each stage's map, "": none."""
        return self.rules.stage_norm if self.family == "swin" else ""

    @property
    def channels_first(self):
        return self.rules.is_backbone or self.family == "swinv2_cr"

    @property
    def ends_in_norm(self):
        return self.has_head and self.form.final_norm and self.final_norm

    def stage_norm_name(self, stage):
        return self.stage_norm.format(stage, stage + 1)

    def built_map(self, stage):
        """The map of a stage for the image size the model was built for."""
        size = [n // self.patch for n in self.built_for]
        for _ in range(stage):
            size = [(n + 1) // 2 if self.rules.built_maps_round_up else n // 2 for n in size]
        return tuple(size)

    def window_and_shift(self, stage, size, block):
        """Of a block whose map has this size at run time (None: only the window counts)."""
        window = self.window_of(stage)
        shift = tuple(side // 2 for side in window) if block % 2 else (0, 0)
        rule = self.rules.window
        if self.family == "swinv2" and self.semantics.startswith("hf"):
            rule = height_window
        if self.always_partition:
            rule = fixed_window
        return rule(self, stage, size, window, shift)


# ---- window and shift: (config, stage, run-time map, window and shift as configured) -> both as used ---------------


def timm_window(config, stage, _, window, shift):
    built = config.built_map(stage)
    used = tuple(min(size, side) for size, side in zip(built, window))
    return used, tuple(by if size > side else 0 for size, side, by in zip(built, used, shift))


def microsoft_window(config, stage, _, window, shift):
    smaller = min(config.built_map(stage))
    return ((smaller, smaller), (0, 0)) if smaller <= window[0] else (window, shift)


def torchvision_window(_config, _stage, size, window, shift):
    if size is None:
        return window, shift
    return window, tuple(by if -(-n // side) * side > side else 0 for n, side, by in zip(size, window, shift))


def huggingface_window(_config, _stage, size, window, shift):
    if size is None:
        return window, shift
    if min(size) < window[0]:
        raise ValueError(f"a map of {size[0]}x{size[1]} is smaller than the window {window[0]}")
    return window, (0, 0) if min(size) == window[0] else shift


def height_window(config, stage, _, window, shift):
    height = config.built_map(stage)[0]
    side = min(height, window[0])
    return (side, side), (0, 0) if height <= side else shift


def fixed_window(_config, _stage, _size, window, shift):
    return window, shift


@dataclasses.dataclass(frozen=True)
class Rules:
    window: object
    pad_image: bool = False
    roll_before_pad: bool = False
    built_maps_round_up: bool = False
    is_backbone: bool = False  # outputs are maps of stages, channels first; there is no head
    stage_norm: str = ""


RULES = {
    "timm": Rules(timm_window, roll_before_pad=True, built_maps_round_up=True),
    "microsoft": Rules(microsoft_window),
    "torchvision": Rules(torchvision_window),
    "hf": Rules(huggingface_window, pad_image=True),
    "hf-backbone": Rules(fixed_window, pad_image=True, is_backbone=True, stage_norm="hidden_states_norms.stage{1}"),
    "mm": Rules(fixed_window, pad_image=True, is_backbone=True, stage_norm="norm{0}"),
}
