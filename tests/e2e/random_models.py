"""Seeded random small models and image sizes that each source of weights accepts."""
import dataclasses
import random

from swin_reference import Config, built_map

SEMANTICS = ("timm", "torchvision", "hf", "hf-backbone", "mm", "microsoft")


@dataclasses.dataclass
class Case:
    seed: int
    config: Config
    batch: int
    size: tuple

    def __str__(self):
        c = self.config
        return (
            f"seed {self.seed}: {c.semantics}, image {self.batch}x{c.image_channels}x{self.size[0]}x{self.size[1]}, "
            f"built for {c.built_for[0]}x{c.built_for[1]}, patch {c.patch}, embedding {c.embedding}, "
            f"depths {c.depths}, heads {c.heads}, window {c.window}, mlp ratio {c.mlp_ratio}"
        )


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
    if config.semantics == "hf":
        return min(min(size) for size in found) >= config.window
    if config.semantics == "microsoft":
        for stage, size in enumerate(found):
            side = min(config.window, min(size))
            last = stage + 1 == len(found)
            if any(n % side for n in size) or (not last and any(n % 2 for n in size)):
                return False
        return all(n % config.patch == 0 for n in case.size)
    if config.semantics == "timm":
        # A window clipped when built may not be larger than a smaller run-time map: timm pads, which is fine.
        return min(min(built_map(config, stage)) for stage in range(len(found))) >= 1
    return True


def draw(random_, semantics):
    """One candidate; may be unacceptable to its source."""
    stages = random_.randint(1, 4)
    head_size = random_.choice([8, 8, 12, 16, 20, 32, 64])
    first_heads = random_.choice([1, 2, 3]) if head_size <= 20 else 1
    embedding = head_size * first_heads
    # Heads may stay few while channels double: the head size then grows, up to 64.
    heads = [first_heads]
    for stage in range(1, stages):
        channels = embedding * 2**stage
        options = [h for h in (heads[-1], 2 * heads[-1]) if channels % h == 0 and 8 <= channels // h <= 64]
        heads.append(random_.choice(options))
    window = random_.choice([2, 3, 4, 5, 7, 8])
    patch = random_.choice([1, 2, 3, 4])
    depths = tuple(random_.randint(1, 3 if stages < 3 else 2) for _ in range(stages))
    largest = 40 if patch == 1 else 26 * patch
    if semantics == "microsoft":
        side = patch * random_.choice([window, random_.randint(2, 6)]) * 2 ** (stages - 1)
        size = (side * random_.randint(1, 2), side * random_.randint(1, 2))
        if max(size) > 2 * largest:
            size = (side, side)
        built = size
    else:
        size = tuple(random_.randint(patch * 2 ** (stages - 1), largest) for _ in range(2))
        # timm decides when built; half of the time the image has another size than that.
        other = tuple(random_.randint(patch * 2 ** (stages - 1), largest) for _ in range(2))
        built = random_.choice([size, other])
    config = Config(
        semantics=semantics, built_for=built, patch=patch, image_channels=random_.choice([1, 3, 4]),
        embedding=embedding, depths=depths, heads=tuple(heads), window=window,
        mlp_ratio=random_.choice([1.0, 2.0, 3.5, 4.0]), classes=random_.choice([2, 7, 16, 33]),
    )  # fmt: skip
    return Case(0, config, random_.randint(1, 5), size)


def case(seed):
    """The case of a seed: the source changes with the seed, the rest is drawn until the source accepts it."""
    random_ = random.Random(seed)
    while True:
        found = draw(random_, SEMANTICS[seed % len(SEMANTICS)])
        if accepted(found) and found.batch * found.size[0] * found.size[1] <= 5 * 80 * 80:
            found.seed = seed
            return found
