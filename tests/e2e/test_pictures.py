"""As a user: a folder that a library saved, `swin-compile FOLDER`, and the executable on a picture.

The numbers must be those of the library's own preprocessing and model. Both resize with PIL's arithmetic on bytes, so
that resized pictures are the same, and nothing has to be allowed for them.
"""
import os
import unittest

import numpy as np
import timm
import torch
import transformers as hf
from PIL import Image
from timm.data import create_transform, resolve_data_config

import harness
import source_hf
import source_timm
from sources import Row
from swin_config import Config

LIMIT = 1e-4
MODEL = {"embedding": 32, "heads": (2, 4), "window": 4, "classes": 7}


def picture(path, width, height):
    """Waves in three colours with a hard edge, and some noise."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / 9 + y / 31), np.cos(x / 23 - y / 7), np.sin((x + y) / 15)]
    values = 128 + 80 * np.stack(waves, axis=-1) + np.random.default_rng(1).normal(0, 8, (height, width, 3))
    values[height // 3 : height // 2, width // 4 : width // 2] = (250, 10, 30)
    Image.fromarray(values.clip(0, 255).astype(np.uint8)).save(path)
    return path


def by_transformers(folder, family):
    """Saves a model and its processor; returns what they make of a picture, together."""
    kind = {"swin": "SwinForImageClassification", "swinv2": "Swinv2ForImageClassification"}[family]
    model = source_hf.build(Row("picture", kind, Config("hf", (64, 64), family=family, **MODEL)))
    model.save_pretrained(folder)
    processor = hf.ViTImageProcessor(size={"height": 64, "width": 64}, resample=3, image_mean=[0.485, 0.456, 0.406],
                                     image_std=[0.229, 0.224, 0.225])  # fmt: skip
    processor.save_pretrained(folder)
    # As someone else would: from the folder.
    processor = hf.AutoImageProcessor.from_pretrained(folder)
    model = hf.AutoModelForImageClassification.from_pretrained(folder).eval()
    return lambda path: model(**processor(Image.open(path), return_tensors="pt")).logits


def by_timm(folder, family):
    kind = {"swin": source_timm.V1, "swinv2": source_timm.V2, "swinv2_cr": source_timm.CR}[family]
    row = Row("picture", kind, Config("timm", (64, 64), family=family, **MODEL))
    source_timm.save(source_timm.build(row), row, folder)
    model = timm.create_model(f"local-dir:{folder}", pretrained=True).eval()
    transform = create_transform(**resolve_data_config({}, model=model))
    return lambda path: model(transform(Image.open(path).convert("RGB"))[None])


class Pictures(unittest.TestCase):
    def check(self, make, family):
        with harness.scratch() as folder:
            saved = os.path.join(folder, "small-model")
            library = make(saved, family)
            out = os.path.join(folder, "out")
            harness.command(["swin-compile", saved, "-o", out, "--target", "host"])
            # As it is, smaller, larger, and far from square.
            for width, height in [(64, 64), (201, 147), (40, 50), (97, 333)]:
                what = f"{make.__name__}, {family}, {width}x{height}"
                with self.subTest(what):
                    path = picture(os.path.join(folder, f"{width}.png"), width, height)
                    logits = os.path.join(folder, f"{width}.npy")
                    harness.command([os.path.join(out, "small_model"), path, "-o", logits])
                    with torch.inference_mode():
                        expected = library(path)
                    error = harness.difference(np.load(logits), expected)
                    print(f"{what}: {error:.1e}", flush=True)
                    self.assertLessEqual(error, LIMIT)

    def test_transformers(self):
        self.check(by_transformers, "swin")
        self.check(by_transformers, "swinv2")

    def test_timm(self):
        self.check(by_timm, "swin")
        self.check(by_timm, "swinv2")


if __name__ == "__main__":
    unittest.main(verbosity=2)
