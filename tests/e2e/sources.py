"""What the modules source_*.py share: a small model in a library that people train with, saved by that library.

A row of such a module's table ROWS is one case. The module builds the library's model from the row's Config, saves it
as its users do, and runs it. Config is also what our own float64 reference (swin_reference.py) takes, so that the
reference, the library and the compiler all see one model.
"""
import dataclasses

import numpy as np
import torch

import harness
import swin_config
from swin_weights import random_values


@dataclasses.dataclass
class Row:
    name: str
    kind: str  # of the source's kinds: a class, a builder, a layout of files
    config: swin_config.Config
    size: tuple = ()  # of the image; (): config.built_for
    batch: int = 2
    outputs: tuple = ()  # (): all
    extra: dict = dataclasses.field(default_factory=dict)  # what only this source knows

    def __post_init__(self):
        self.size = self.size or self.config.built_for

    @property
    def whole(self):
        """Whether it is a model of a published size, which takes long."""
        return sum(self.config.depths) > 8

    def image(self):
        generator = torch.Generator().manual_seed(len(self.name))
        return torch.randn((self.batch, self.config.image_channels) + tuple(self.size), generator=generator)

    def wanted(self):
        """Names of the outputs to compare."""
        return list(self.outputs) or self.config.outputs


def seed_of(name):
    return sum(name.encode()) * 7919 + len(name)


def randomise(model, name):
    """Every parameter counts; values depend on the name alone."""
    generator = torch.Generator().manual_seed(seed_of(name))
    for parameter_name, parameter in model.named_parameters():
        parameter.data = random_values(parameter_name, tuple(parameter.shape), generator).to(parameter.dtype)
    return model.eval()


def tap_maps(model, blocks, image):
    """Runs a model; its result, and what these modules gave (a layer that gives several things: the first)."""
    found = {}
    hooks = []
    for name, module in blocks.items():

        def keep(_module, _inputs, output, name=name):
            found[name] = output[0] if isinstance(output, tuple) else output

        hooks.append(module.register_forward_hook(keep))
    with torch.inference_mode():
        result = model(image)
    for hook in hooks:
        hook.remove()
    return result, found


def arrays(outputs, wanted):
    return {name: np.asarray(outputs[name].detach()) for name in wanted}


def errors(found, expected):
    """{output: largest difference as a part of the magnitude}; inf for one that is missing or too many."""
    names = set(found) | set(expected)
    return {
        name: harness.difference(found[name], expected[name]) if name in found and name in expected else float("inf")
        for name in sorted(names)
    }
