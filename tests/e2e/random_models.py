"""Seeded random small models of every family and image sizes that each source of weights accepts."""
import dataclasses
import random

from swin_config import Config
from swin_reference import ACTIVATIONS

# Every family in every source that has it.
KINDS = [("swin", semantics) for semantics in ("timm", "torchvision", "hf", "hf-backbone", "mm", "microsoft")]
KINDS += [("swinv2", semantics) for semantics in ("timm", "torchvision", "hf", "hf-backbone", "microsoft")]
KINDS += [("swinv2_cr", "timm"), ("swin_mlp", "microsoft")]


@dataclasses.dataclass
class Case:
    seed: int
    config: Config
    batch: int
    size: tuple

    def __str__(self):
        c, usual = self.config, Config(self.config.semantics, self.config.built_for)
        shown = [f"{f.name} {getattr(c, f.name)}" for f in dataclasses.fields(c)[2:]
                 if getattr(c, f.name) != getattr(usual, f.name)]  # fmt: skip
        image = f"{self.batch}x{c.image_channels}x{self.size[0]}x{self.size[1]}"
        built = f"{c.built_for[0]}x{c.built_for[1]}"
        return f"seed {self.seed}: {c.semantics}, image {image}, built for {built}, " + ", ".join(shown)


def maps(config, size):
    """Run-time maps of all stages."""
    up = config.rules.pad_image
    size = [-(-n // config.patch) if up else n // config.patch for n in size]
    result = []
    for _ in config.depths:
        result.append(tuple(size))
        size = [(n + 1) // 2 for n in size]
    return result


def accepted(case):
    """Whether the source itself runs such a model on such an image."""
    config, found = case.config, maps(case.config, case.size)
    if min(min(size) for size in found) < 1:
        return False
    if config.position_embedding and found[0] != config.built_map(0):
        return False
    if config.semantics == "microsoft":
        for stage, size in enumerate(found):
            side = min(config.window_of(stage)[0], min(size))
            last = stage + 1 == len(found)
            if any(n % side for n in size) or (not last and any(n % 2 for n in size)):
                return False
            if side == 1 and config.family == "swinv2":
                return False  # its positions are 0 / 0
        return all(n % config.patch == 0 for n in case.size)
    if config.semantics == "hf" and config.family == "swin":
        return min(min(size) for size in found) >= config.window
    # timm decides when built, and so do all of Hugging Face's swinv2: there must be a map to decide from.
    decides = config.semantics == "timm" or config.family == "swinv2"
    return not decides or min(min(config.built_map(stage)) for stage in range(len(found))) >= 1


def draw_size(random_, config, stages, window):
    """The image's size at run time, and the one that the model is built for."""
    patch = config["patch"]
    largest = 40 if patch == 1 else 26 * patch
    if config["semantics"] == "microsoft":
        side = patch * random_.choice([window, random_.randint(2, 6)]) * 2 ** (stages - 1)
        size = (side * random_.randint(1, 2), side * random_.randint(1, 2))
        size = (side, side) if max(size) > 2 * largest else size
        return size, size
    size = tuple(random_.randint(patch * 2 ** (stages - 1), largest) for _ in range(2))
    if config.get("position_embedding"):
        size = tuple(-(-n // patch) * patch for n in size)
        return size, size
    # Half of the time the image has another size than the one that decides.
    other = tuple(random_.randint(patch * 2 ** (stages - 1), largest) for _ in range(2))
    return size, random_.choice([size, other])


def draw_heads(random_, stages):
    """Channels of the first stage and heads of all. Few heads may stay few while channels double, up to 64 each."""
    head_size = random_.choice([8, 8, 12, 16, 20, 32, 64])
    heads = [random_.choice([1, 2, 3]) if head_size <= 20 else 1]
    embedding = head_size * heads[0]
    for stage in range(1, stages):
        channels = embedding * 2**stage
        heads.append(random_.choice([h for h in (heads[-1], 2 * heads[-1]) if 8 <= channels // h <= 64]))
    return embedding, tuple(heads)


def draw_options(random_, family, semantics, stages):
    """What only some families and sources have."""

    def sometimes(value, otherwise):
        return value if random_.random() < 0.3 else otherwise

    result = {"activation": sometimes(random_.choice(sorted(ACTIVATIONS)), "gelu")}
    if family != "swinv2_cr":
        result["qkv_bias"] = sometimes(False, True) if family != "swin_mlp" else True
    if semantics in ("microsoft", "mm"):
        result["patch_norm"] = sometimes(False, True)
    if semantics in ("microsoft", "mm") or (semantics == "hf" and family == "swin"):
        result["position_embedding"] = sometimes(True, False)
    if semantics == "hf":
        result["epsilon"] = sometimes(1e-3, 1e-5)
        result["final_norm"] = sometimes(False, True) if family == "swin" else True
    if semantics == "timm":
        result["always_partition"] = sometimes(True, False)
    if family == "swinv2" and semantics != "torchvision":
        result["pretrained_window"] = sometimes(tuple(random_.choice([0, 3, 6, 12]) for _ in range(stages)), ())
    if family == "swinv2_cr":
        result["extra_norm_period"] = random_.choice([0, 1, 2])
        result["extra_norm_stage"] = random_.choice([False, True])
    return result


def draw(random_, family, semantics):
    """One candidate; may be unacceptable to its source."""
    stages = random_.randint(1, 4)
    embedding, heads = draw_heads(random_, stages)
    sides = [2, 3, 4, 5, 7, 8]
    window = side = random_.choice(sides)
    if semantics == "timm" and random_.random() < 0.4:
        window = tuple(random_.choice([random_.choice(sides), (random_.choice(sides), random_.choice(sides))])
                       for _ in range(stages))  # fmt: skip
    config = {
        "family": family,
        "semantics": semantics,
        "patch": random_.choice([1, 2, 3, 4]),
        "image_channels": random_.choice([1, 3, 4]),
        "embedding": embedding,
        "depths": tuple(random_.randint(1, 3 if stages < 3 else 2) for _ in range(stages)),
        "heads": heads,
        "window": window,
        "mlp_ratio": random_.choice([1.0, 2.0, 3.5, 4.0]),
        "classes": random_.choice([0, 2, 7, 16, 33]),
        **draw_options(random_, family, semantics, stages),
    }
    size, config["built_for"] = draw_size(random_, config, stages, side)
    return Case(0, Config(**config), random_.randint(1, 5), size)


def case(seed):
    """The case of a seed: its kind changes with the seed, the rest is drawn until the source accepts it."""
    random_ = random.Random(seed)
    while True:
        found = draw(random_, *KINDS[seed % len(KINDS)])
        if accepted(found) and found.batch * found.size[0] * found.size[1] <= 5 * 80 * 80:
            found.seed = seed
            return found
