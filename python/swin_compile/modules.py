"""PyTorch modules as what swin-compile reads: a description and tensors. Nothing is run.

What a module computes is read from its parts, not from how it was once made: a head that was exchanged, an image size
that was set later are seen. A part that these readers do not know is refused, since what it computes is not known.
"""
import collections
import json

from .errors import CompileError

# name: of the model, for people. files: {file name: text}. tensors: {name: tensor}. model: the file that says which
# model it is.
Export = collections.namedtuple("Export", "name files tensors model")

TORCH = ("torch.nn.modules.",)
WRAPPERS = {"DataParallel": "module", "DistributedDataParallel": "module", "OptimizedModule": "_orig_mod"}


def is_module(value):
    """Whether it is a torch.nn.Module, without importing torch."""
    return any(each.__module__ == "torch.nn.modules.module" for each in type(value).__mro__)


def unwrapped(module):
    while type(module).__name__ in WRAPPERS and type(module).__module__.startswith("torch."):
        module = getattr(module, WRAPPERS[type(module).__name__])
    return module


def export(module):
    """The Export of a model of timm, transformers or torchvision."""
    from . import from_timm, from_torchvision, from_transformers

    module = unwrapped(module)
    kind = type(module)
    for source in from_timm, from_torchvision, from_transformers:
        if source.reads(kind):
            return source.export(module)
    known = "timm, transformers or torchvision"
    if any(source.reads(each) for each in kind.__mro__ for source in (from_timm, from_torchvision, from_transformers)):
        raise refused(kind, "", f"is a class of its own; what it changes is not known; expected one of {known} itself")
    if kind.__module__.startswith("timm.models._features"):
        raise refused(kind, "", "gives maps only (features_only); expected the whole model, for compile(model, "
                                "outputs=['stage1', ...])")  # fmt: skip
    raise refused(kind, "", f"of {kind.__module__} is not known; expected a Swin Transformer of {known}, or a "
                            "description and weights=")  # fmt: skip


def refused(kind, place, what):
    name = kind.__name__ + (f".{place}" if place else "")
    return CompileError([f"{name}: error: {what}"])


def text_of(description):
    return json.dumps(description, indent=2, default=str) + "\n"


class Parts:
    """A module's parts; what is read must be the same wherever it is found."""

    def __init__(self, module):
        self.module, self.kind = module, type(module)

    def refuse(self, place, what):
        raise refused(self.kind, place, what)

    def check(self, package):
        """All classes are the library's or PyTorch's, and all norms have the usual epsilon."""
        for place, part in self.module.named_modules():
            kind = type(part)
            if not (kind.__module__ + ".").startswith((package, *TORCH)):
                self.refuse(place, f"is a {kind.__name__} of {kind.__module__}, whose arithmetic is not known")
            if "LayerNorm" in kind.__name__ and getattr(part, "eps", 1e-5) != 1e-5:
                self.refuse(place, f"has an epsilon of {part.eps}; expected 1e-5")

    def same(self, place, values):
        """The one value."""
        values = list(values)
        if any(value != values[0] for value in values):
            self.refuse(place, f"is {values[0]} and elsewhere {next(v for v in values if v != values[0])}; expected "
                               "one for all")  # fmt: skip
        return values[0]

    def classes(self, place, layer):
        """Of a head's last layer; 0 = there is none."""
        if type(layer).__name__ == "Identity":
            return 0
        if type(layer).__name__ != "Linear":
            self.refuse(place, f"is a {type(layer).__name__}; expected Linear, or Identity")
        return layer.out_features

    def mlp_ratio(self, mlps):
        """The least ratio that gives each its hidden channels, which are int(ratio * channels)."""
        return max(hidden / channels for channels, hidden in mlps) * (1 + 1e-12)

    def activation(self, place, layer, names):
        name = type(layer).__name__
        if name == "GELU" and getattr(layer, "approximate", "none") != "none":
            name = "GELUTanh"
        if name not in names:
            self.refuse(place, f"is a {name}; expected one of: {' '.join(names)}")
        return names[name]


def pair(value):
    return [int(side) for side in value] if isinstance(value, (tuple, list)) else [int(value)] * 2
