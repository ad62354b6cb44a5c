"""Seeded random descriptions of every kind of model there is, sound or with one mistake."""
import copy
import dataclasses
import random

import harness
import random_models

KINDS = ["swin", "swinv2", "swinv2_cr", "swin_mlp", "swinir", "swin2sr", "upernet", "upernet v2"]
UPSAMPLERS = {"swinir": ["none", "pixelshuffle", "pixelshuffledirect", "nearest+conv"]}
UPSAMPLERS["swin2sr"] = UPSAMPLERS["swinir"] + ["pixelshuffle_aux", "pixelshuffle_hf"]


@dataclasses.dataclass
class Case:
    seed: int
    kind: str
    description: dict
    batch: int
    size: tuple

    def __str__(self):
        return f"seed {self.seed}: {self.kind}, {self.batch} of {self.size[0]}x{self.size[1]}"

    @property
    def channels(self):
        return self.description["image"]["channels"]


def classifier(random_, kind, seed):
    """A model of a family, of any source that has it."""
    rows = [row for row, (family, _) in enumerate(random_models.KINDS) if family == kind]
    case = random_models.case(random_.choice(rows) + len(random_models.KINDS) * seed)
    description = {**harness.description(case.config), "semantics": case.config.semantics}
    description["outputs"] = random_.sample(case.config.outputs, random_.randint(1, len(case.config.outputs)))
    return Case(seed, kind, description, case.batch, case.size)


def segmentation(random_, kind, seed):
    """UPerNet on a backbone of Hugging Face or, without position MLPs, of mm."""
    family = "swinv2" if kind == "upernet v2" else "swin"
    semantics = random_.choice(["hf-backbone", "mm"]) if family == "swin" else "hf-backbone"
    case = random_models.case(random_models.KINDS.index((family, semantics)) + len(random_models.KINDS) * seed)
    description = {**harness.description(case.config), "semantics": semantics}
    description["classes"] = random_.randint(1, 20)
    scales = [random_.randint(1, 6) for _ in range(random_.randint(1, 4))]
    description["segmentation"] = {"hidden": random_.choice([4, 8, 12, 20]), "pool_scales": scales}
    return Case(seed, kind, description, min(case.batch, 2), case.size)


def restoration(random_, kind, seed):
    upsampler = random_.choice(UPSAMPLERS[kind])
    scale = random_.choice([2, 3, 4])
    if upsampler == "none":
        scale = 1
    elif upsampler == "nearest+conv":
        scale = 4 if kind == "swin2sr" else random_.choice([2, 4])
    channels = 3 if upsampler == "pixelshuffle_aux" else random_.choice([1, 3])
    window = random_.choice([2, 3, 4, 5, 7, 8])
    heads = random_.choice([1, 2, 3])
    description = {
        "format": "swin-model",
        "family": "swin" if kind == "swinir" else "swinv2",
        "image": {"size": window * random_.randint(1, 4), "channels": channels},
        "patch": 1,
        "embedding": heads * random_.choice([4, 8, 10, 16]),
        "stages": [{"depth": random_.randint(1, 2), "heads": heads, "window": window}
                   for _ in range(random_.randint(1, 3))],  # fmt: skip
        "mlp_ratio": random_.choice([1, 2, 2.5]),
        "classes": 0,
        "restoration": {"upscale": scale, "upsampler": upsampler, "residual": random_.choice(["1conv", "3conv"]),
                        "range": random_.choice([1, 255]), "output_channels": channels},  # fmt: skip
    }
    size = (random_.randint(2 * window, 30), random_.randint(2 * window, 30))
    return Case(seed, kind, description, random_.randint(1, 2), size)


def case(seed):
    """The case of a seed, whose kind changes with the seed."""
    random_ = random.Random(seed)
    kind = KINDS[seed % len(KINDS)]
    draw = restoration if kind in UPSAMPLERS else segmentation if kind.startswith("upernet") else classifier
    return draw(random_, kind, seed)


def put(*keys, value):
    def change(description):
        for key in keys[:-1]:
            description = description[key]
        description[keys[-1]] = value

    return change


# Each is wrong in every model.
MISTAKES = {
    "a key that nobody knows": put("colour", value=1),
    "a key in the wrong place": put("image", "window", value=7),
    "no list of stages": put("stages", value={"depth": 2}),
    "a stage without blocks": put("stages", 0, "depth", value=0),
    "a window of text": put("stages", 0, "window", value="7"),
    "a window that is too large": put("stages", 0, "window", value=65),
    "half a head": put("stages", 0, "heads", value=1.5),
    "heads that divide nothing": put("stages", 0, "heads", value=4093),
    "no channels": put("image", "channels", value=0),
    "an image of one side": put("image", "size", value=[64]),
    "a negative size": put("image", "size", value=-64),
    "an embedding that is no number": put("embedding", value=None),
    "a family of another planet": put("family", value="swin3"),
    "semantics of another planet": put("semantics", value="keras"),
    "a format of another planet": put("format", value="onnx"),
    "an activation that is none": put("activation", value="tanh"),
    "an MLP of nothing": put("mlp_ratio", value=0),
    "an output that there is not": put("outputs", value=["stage9"]),
    "a batch below zero": put("batch", value=-1),
    "an epsilon that is too large": put("layer_norm_epsilon", value=2),
}


def mistaken(seed):
    """A case and the name of its one mistake."""
    found = case(seed)
    names = list(MISTAKES)
    name = names[(seed // len(KINDS) + seed) % len(names)]
    found.description = copy.deepcopy(found.description)
    MISTAKES[name](found.description)
    return found, name
