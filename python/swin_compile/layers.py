"""What every layer of a model of timm, transformers or torchvision gives for an image, as a file to compare with.

    python -m swin_compile.layers MODEL -o REF.safetensors [--input PICTURE|.npy | --size HxW --seed S] [--save FOLDER]

The module is run as it is, watched from outside. Values have the names that the compiler gives them
(`layers.2.blocks.3.attn.proj`), channels last, windows one after the other, so that `swin-compile MODEL --compare REF`
and `swin-run LIBRARY --compare REF` say where numbers begin to differ. Needs PyTorch.
"""
import argparse
import contextlib
import fnmatch
import re
import sys

import numpy as np

from . import from_timm, from_torchvision, from_transformers, modules, safetensors
from .errors import Error

# Paths of modules to the names of layers: (pattern, replacement), all of them, one after the other.
RENAMES = {
    "timm": [
        (r"^stages\.", "layers."),
        # Merging belongs to the stage in front of it.
        (r"^layers\.(\d+)\.downsample\b", lambda found: f"layers.{int(found[1]) - 1}.downsample"),
        (r"^head\.global_pool$", "avgpool"),
        (r"^head\.fc$", "head"),
    ],
    "torchvision": [
        (r"^features\.0\.0$", "patch_embed.proj"),
        (r"^features\.0\.2$", "patch_embed.norm"),
        (r"^features\.(\d*[13579])\.", lambda found: f"layers.{int(found[1]) // 2}.blocks."),
        (r"^features\.(\d+)\.(norm|reduction)$",
         lambda found: f"layers.{int(found[1]) // 2 - 1}.downsample.{found[2]}"),
        (r"\.mlp\.0$", ".mlp.fc1"),
        (r"\.mlp\.1$", ".mlp.act"),
        (r"\.mlp\.3$", ".mlp.fc2"),
    ],
    "transformers": [
        (r"^embeddings\.patch_embeddings\.projection$", "patch_embed.proj"),
        (r"^embeddings\.norm$", "patch_embed.norm"),
        (r"^embeddings\.dropout$", "absolute_pos_embed"),
        (r"^encoder\.layers\.", "layers."),
        (r"\.layernorm_before$", ".norm1"),
        (r"\.layernorm_after$", ".norm2"),
        (r"\.attention\.self\.(query|key|value)$", r".attn.qkv.\1"),
        (r"\.attention\.output\.dense$", ".attn.proj"),
        (r"\.intermediate\.dense$", ".mlp.fc1"),
        (r"\.intermediate\.intermediate_act_fn$", ".mlp.act"),
        (r"\.output\.dense$", ".mlp.fc2"),
        (r"^layernorm$", "norm"),
        (r"^pooler$", "avgpool"),
        (r"^classifier$", "head"),
        (r"^(.*\.)?hidden_states_norms\.(stage\d+)$", r"hidden_states_norms.\2"),
        (r"^(.*\.)?hidden_states_norms\.(\d+)$", lambda found: f"hidden_states_norms.stage{int(found[2]) + 1}"),
    ],
}
BLOCK = r"layers\.\d+\.blocks\.\d+"
# Modules whose results are the value of the layer.
RESULTS = re.compile(
    rf"patch_embed\.(proj|norm)|absolute_pos_embed|norm|avgpool|head|{BLOCK}\.norm[123]|layers\.\d+\.downsample\.norm|"
    r"hidden_states_norms\.stage\d+"
)
# The same of linear maps, which some models compute without calling their module.
PRODUCTS = re.compile(
    rf"head|{BLOCK}\.(attn\.(qkv(\.(query|key|value))?|proj)|mlp\.fc[12])|layers\.\d+\.downsample\.reduction"
)
# Modules that read a value, which no module gives. Where two read one, or what was made of it, the first one counts.
READERS = [
    (re.compile(rf"({BLOCK}\.attn)\.qkv(\.query)?"), r"\1:window_partition"),
    (re.compile(rf"({BLOCK}\.attn)\.proj"), r"\1:window_attention"),
    (re.compile(rf"({BLOCK})\.(norm2|mlp\.fc1)"), r"\1.attn"),
    (re.compile(rf"({BLOCK}\.mlp)\.fc2"), r"\1:{activation}"),
    (re.compile(rf"({BLOCK})\.norm3"), r"\1.mlp"),
    (re.compile(r"(layers\.\d+\.downsample)\.(norm|reduction)"), r"\1"),
]
ACTIVATIONS = {
    "GELU": "gelu", "GELUActivation": "gelu", "GELUTanh": "gelu_tanh", "NewGELUActivation": "gelu_tanh",
    "PytorchGELUTanh": "gelu_tanh", "FastGELUActivation": "gelu_tanh", "QuickGELU": "quick_gelu",
    "QuickGELUActivation": "quick_gelu", "SiLU": "silu", "SiLUActivation": "silu", "ReLU": "relu",
}  # fmt: skip


def record(module, images, path, names=None):
    """Runs `module` on `images` and writes the values of its layers; returns their names, in the order of the run.

    images: float32, N x C x H x W, an array or tensor. path: of a safetensors file, or .npz. names: only values of
    these names, in which * stands for anything. A value of a layer of several steps (`layers.0.blocks.0.attn`) is that
    of the last, `attn:window_attention` that of the one step. What the module does not have is left out.
    """
    module = modules.unwrapped(module)
    found = values(module, images)
    if names is not None:
        wanted = [names] if isinstance(names, str) else list(names)
        for each in wanted:
            if not fnmatch.filter(found, each):
                raise Error(f"{each!r} is the name of no value of the model; expected some of: "
                            f"{' '.join(name for name in found if name != 'input')}")  # fmt: skip
        found = {name: value for name, value in found.items()
                 if name == "input" or any(fnmatch.fnmatchcase(name, each) for each in wanted)}  # fmt: skip
    if str(path).endswith(".npz"):
        np.savez(path, **found)
    else:
        safetensors.write(path, found, {"format": "pt", "source": source_text(module)})
    return [name for name in found if name != "input"]


def values(module, images):
    """{name: float32 array} of `input` and every value, in the order of the run."""
    torch = needed()
    module = modules.unwrapped(module)
    if type(module).__name__.endswith("EncoderDecoderModel"):
        module = module.encoder
    paths = named(module)
    parameter = next(module.parameters())
    given = torch.as_tensor(images).detach().to(device=parameter.device, dtype=parameter.dtype)
    if given.ndim != 4:
        raise Error(f"images are of shape {tuple(given.shape)}; expected N x C x H x W")
    taps = Taps(torch, module, paths)
    modes = [(part, part.training) for part in module.modules()]
    try:
        with taps, torch.no_grad():
            module.eval()(given)
    finally:
        for part, training in modes:
            part.training = training
    return {"input": plain(given), **settled(taps.found, module)}


def needed():
    try:
        import torch
    except ImportError:
        raise Error("values of layers are recorded with PyTorch, which is not installed: pip install torch") from None
    return torch


def source_text(module):
    kind = type(module)
    library = sys.modules[kind.__module__.partition(".")[0]]
    return f"{kind.__name__} of {library.__name__} {getattr(library, '__version__', '')}".strip()


def named(module):
    """{path in it: name of the layer} for all parts that have one."""
    readers = {"timm": from_timm, "transformers": from_transformers, "torchvision": from_torchvision}
    source = next((name for name, each in readers.items() if any(map(each.reads, type(module).__mro__))), None)
    if source is None:
        raise Error(f"found a {type(module).__name__} of {type(module).__module__}; expected a Swin Transformer of "
                    f"{', '.join(readers)}")  # fmt: skip
    paths = [path for path, _ in module.named_modules()]
    # What stands around the Swin Transformer of transformers has no layers' names, but for the classifier behind it.
    first = "embeddings.patch_embeddings.projection" if source == "transformers" else ""
    prefix = next((path.removesuffix(first) for path in paths if path.endswith(first)), None)
    if prefix is None:
        raise Error(f"{type(module).__name__} has no {first}; expected a Swin Transformer")
    result = {}
    for path in paths:
        if path.startswith(prefix) or path == "classifier" or "hidden_states_norms." in path:
            result[path] = renamed(path.removeprefix(prefix), source)
    return result


def renamed(path, source):
    for pattern, replacement in RENAMES[source]:
        path = re.sub(pattern, replacement, path)
    return path


class Taps:
    """A context in which the module's values are kept as they come."""

    def __init__(self, torch, module, paths):
        self.torch, self.found, self.opened = torch, {}, contextlib.ExitStack()
        parts = dict(module.named_modules())
        named = {name: parts[path] for path, name in paths.items()}
        self.products = {id(part.weight): name for name, part in named.items()
                         if PRODUCTS.fullmatch(name) and hasattr(part, "weight")}  # fmt: skip
        self.hooked = [(name, part) for name, part in named.items()
                       if RESULTS.fullmatch(name) or re.fullmatch(BLOCK, name)]
        self.activations = {name.removesuffix(".act"): activation(part) for name, part in named.items()
                            if re.fullmatch(rf"{BLOCK}\.mlp\.act", name)}  # fmt: skip
        # The position embedding has no module: it is what comes behind it.
        embedded = any(path.endswith("position_embeddings") for path, _ in module.named_parameters())
        self.silent = set() if embedded else {"absolute_pos_embed"}

    def __enter__(self):
        for name, part in self.hooked:
            handle = part.register_forward_hook(
                lambda part, inputs, result, name=name: self.called(name, part, inputs, result))
            self.opened.callback(handle.remove)
        self.opened.enter_context(self.watch())

    def __exit__(self, *_):
        self.opened.close()

    def watch(self):
        torch, taps = self.torch, self

        class Products(torch.overrides.TorchFunctionMode):
            def __torch_function__(self, function, types, args=(), kwargs=None):
                kwargs = kwargs or {}
                result = function(*args, **kwargs)
                if function is torch.nn.functional.linear:
                    given = dict(zip(("input", "weight", "bias"), args), **kwargs)
                    taps.multiplied(id(given["weight"]), given["input"], result)
                return result

        return Products()

    def multiplied(self, weight, given, result):
        if weight in self.products:
            self.read(self.products[weight], given)
            self.keep(self.products[weight], result)

    def called(self, name, part, inputs, result):
        self.read(name, inputs[0])
        if re.fullmatch(BLOCK, name):
            self.keep(name + ".mlp", result[0] if isinstance(result, tuple) else result)
        elif type(part).__name__ != "Identity" and name not in self.silent:
            self.keep(name, channels_last(result) if name == "patch_embed.proj" else result)

    def read(self, name, value):
        for pattern, reads in READERS:
            match = pattern.fullmatch(name)
            if match:
                self.keep(match.expand(reads).format(activation=self.activations.get(match[1])), value)

    def keep(self, name, value):
        if name not in self.found:
            self.found[name] = plain(value)


def activation(part):
    """The compiler's name of it; None if it has none."""
    name = type(part).__name__
    if name == "GELU" and getattr(part, "approximate", "none") != "none":
        name = "GELUTanh"
    return ACTIVATIONS.get(name)


def channels_last(value):
    return value.permute(0, 2, 3, 1)


def plain(value):
    """A copy as a float32 array."""
    return np.array(value.detach().cpu().float().numpy(), order="C")


def settled(found, module):
    """Values of transformers' parts put together as ours are; what the compiler's graph does not have is left out."""
    result = {}
    for name, value in found.items():
        base, _, part = name.rpartition(".")
        if part == "value":
            result[base] = np.concatenate([found[f"{base}.{each}"] for each in ("query", "key", "value")], axis=-1)
        elif part not in ("query", "key") and not name.endswith(":None"):
            result[name] = value
    for part in module.modules():
        if re.fullmatch("(MaskFormer)?Swin(v2)?Backbone", type(part).__name__):
            maps = max(int(name.removeprefix("stage")) for name in part.out_features)
            # In front of a decode head, maps stay as they are.
            return of_backbone(result, maps, type(module).__name__.startswith("UperNet"))
    return result


def of_backbone(found, maps, last):
    """A backbone ends with the last of its maps, which are normed and given channels first, or else channels last."""
    result = {}
    for name, value in found.items():
        stage = re.match(r"layers\.(\d+)\.(blocks)?", name)
        if stage and int(stage[1]) >= maps - (stage[2] is None) or name in ("norm", "avgpool"):
            continue
        if name.startswith("hidden_states_norms.") and int(name.rpartition("stage")[2]) > maps:
            continue
        if name.startswith("hidden_states_norms.") and not last:
            result[name + ":layer_norm"] = value
            value = np.ascontiguousarray(np.moveaxis(value, -1, 1))
        result[name] = value
    return result


def options_of(arguments):
    parser = argparse.ArgumentParser(prog="python -m swin_compile.layers", allow_abbrev=False,
                                     description="Writes what every layer of a model gives for an image.")  # fmt: skip
    parser.add_argument("model", metavar="MODEL", help="folder of a model of timm or transformers, with its weights; "
                        "or a name of timm (swin_tiny_patch4_window7_224) or torchvision (swin_v2_t), with random "
                        "weights")  # fmt: skip
    parser.add_argument("-o", dest="out", required=True, metavar="FILE", help=".safetensors, or .npz")
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--input", metavar="FILE", help="a picture, prepared as the model's library does; .npy: "
                       "float32, N x C x H x W; or a file of layers, whose image is taken")  # fmt: skip
    given.add_argument("--size", metavar="HxW", help="of a random image; default: the model's own size")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of what is random; default: 0")
    parser.add_argument("--double", action="store_true", help="compute in float64, which is nearer to the truth")
    parser.add_argument("--names", metavar="LIST", help="only these values; * stands for anything")
    parser.add_argument("--save", metavar="FOLDER", help="write description and weights there, for swin-compile")
    return parser.parse_args(arguments)


def main(arguments):
    """Exit status as of the commands: 1 the command line, 2 the input."""
    from . import named_models

    options = options_of(arguments)
    try:
        torch = needed()
        module, prepare = named_models.load(options.model, options.seed)
        image = named_models.image(module, prepare, options.input, options.size, options.seed)
        if options.save:
            named_models.save(module, options.save)
        names = options.names.split(",") if options.names else None
        written = record(module.to(torch.float64) if options.double else module, image, options.out, names)
    except (Error, OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(written)} values of {options.model} are in {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
