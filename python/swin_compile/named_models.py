"""Models of PyTorch by what people call them, and images for them. Needs PyTorch and the model's library."""
import json
import math
import os
import re

import numpy as np

from . import modules, safetensors
from .errors import Error

TORCHVISION = re.compile(r"swin_(v2_)?[tsb]")


def load(name, seed=0):
    """(module, what makes a picture its input, or None): of a folder that timm or transformers wrote, with its weights;
    of a name of timm or torchvision, with weights that `seed` says.
    """
    if os.path.isdir(name):
        return of_folder(name)
    if TORCHVISION.fullmatch(name):
        torchvision = library("torchvision")
        module = getattr(torchvision.models, name)()
        prepare = torchvision.models.get_model_weights(name).DEFAULT.transforms()
    else:
        timm = library("timm")
        if not timm.is_model(name):
            close = ", ".join(timm.list_models(f"*{name}*")[:3] or timm.list_models("swin*")[:3])
            raise Error(f"{name!r} is no folder and no model of timm {timm.__version__} or torchvision; there are "
                        f"{close}, ...")  # fmt: skip
        module = timm.create_model(name)
        prepare = of_timm(timm, module)
    return randomise(module, seed), prepare


def library(name):
    try:
        return __import__(name)
    except ImportError:
        raise Error(f"the model is one of {name}, which is not installed: pip install {name}") from None


def of_folder(folder):
    path = os.path.join(folder, "config.json")
    try:
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    except FileNotFoundError:
        raise Error(f"{folder} has no config.json; expected a folder that timm or transformers wrote") from None
    if "architecture" in config:
        timm = library("timm")
        module = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
        return module, of_timm(timm, module)
    transformers = library("transformers")
    (kind,) = config.get("architectures") or [None]
    if not hasattr(transformers, str(kind)):
        raise Error(f"{path} says architectures: {kind}, which transformers {transformers.__version__} does not have")
    module = getattr(transformers, kind).from_pretrained(folder).eval()
    if not os.path.exists(os.path.join(folder, "preprocessor_config.json")):
        return module, None
    processor = transformers.AutoImageProcessor.from_pretrained(folder)
    return module, lambda picture: processor(picture, return_tensors="pt")["pixel_values"][0]


def of_timm(timm, module):
    return timm.data.create_transform(**timm.data.resolve_data_config({}, model=module), is_training=False)


def randomise(module, seed):
    """Weights with which every parameter counts: gains around 1, shifts well away from 0."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    for name, parameter in module.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if name.endswith("logit_scale"):
            parameter.data = 2 + 0.3 * values
        elif parameter.ndim == 1 and name.endswith("weight"):
            parameter.data = 1 + 0.3 * values
        elif parameter.ndim == 1 or name.endswith("bias_table"):
            parameter.data = 0.3 * values
        else:
            parameter.data = values / math.sqrt(parameter[0].numel())
    return module.eval()


def image(module, prepare, path=None, size=None, seed=0):
    """float32, N x C x H x W: of a file, or random, of `size` "HxW", or of the model's own."""
    import torch

    if path is None:
        channels, height, width = shape_of(module)
        if size is not None:
            found = re.fullmatch(r"(\d+)x(\d+)", size)
            if not found:
                raise Error(f"--size is {size!r}; expected HxW, like 224x224")
            height, width = int(found[1]), int(found[2])
        return torch.randn((1, channels, height, width), generator=torch.Generator().manual_seed(seed))
    if path.endswith((".npy", ".npz", ".safetensors")):
        return array_of(path)
    if prepare is None:
        raise Error(f"how {path} becomes an image is not known without preprocessor_config.json; give a .npy file")
    return prepare(library("PIL.Image").Image.open(path).convert("RGB"))[None]


def array_of(path):
    if path.endswith(".npy"):
        return np.load(path)
    if path.endswith(".npz"):
        return np.load(path)["input"]
    return safetensors.read(path, "input")


def shape_of(module):
    """(channels, height, width) that the model was made for."""
    part = next(part for part in module.modules() if type(part).__name__ == "Conv2d")
    config = getattr(module, "config", None)
    if config is not None and hasattr(config, "image_size"):
        return (part.in_channels, *modules.pair(config.image_size))
    side = getattr(getattr(module, "patch_embed", None), "img_size", None)
    return (part.in_channels, *modules.pair(side if side is not None else 224))


def save(module, folder):
    """Description and weights as swin-compile takes them: `swin-compile FOLDER`."""
    export = modules.export(module)
    os.makedirs(folder, exist_ok=True)
    for name, text in export.files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
    safetensors.write(os.path.join(folder, "model.safetensors"), export.tensors)
