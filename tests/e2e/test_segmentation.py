"""A class for every pixel: compiled libraries against UPerNet of transformers, and under mm's names.

SWIN_ROW="name" runs the model of that name alone.
"""
import json
import os
import types
import unittest

import numpy as np
import torch
import transformers as hf
from safetensors.torch import save_file

import harness
import source_hf
import source_microsoft
from sources import randomise, seed_of

LIMIT = 1e-4

# What differs from the usual model, and sizes at which it runs: that divide, that leave rests, smaller than windows.
MODELS = {
    "usual": ({}, {}, [(64, 96), (61, 83), (18, 10)]),
    "wide": ({"embed_dim": 24, "num_heads": [3, 3, 6, 6], "window_size": 7}, {"hidden_size": 40}, [(72, 52)]),
    "other means": ({"depths": [2, 1], "num_heads": [2, 4]}, {"pool_scales": [2, 5]}, [(48, 35)]),
    "one map": ({"depths": [2], "num_heads": [2]}, {"pool_scales": [1]}, [(33, 32)]),
    "swinv2": ({"depths": [1, 2, 1], "num_heads": [1, 2, 4], "window_size": 5}, {"hidden_size": 16},
               [(64, 64), (50, 70)]),  # fmt: skip
}


def build(name):
    of_backbone, of_head, _ = MODELS[name]
    kind = hf.Swinv2Config if name == "swinv2" else hf.SwinConfig
    usual = {"image_size": 64, "embed_dim": 16, "depths": [1, 2, 1, 1], "num_heads": [1, 2, 4, 4], "window_size": 4}
    backbone = {**usual, **of_backbone}
    stages = [f"stage{stage + 1}" for stage in range(len(backbone["depths"]))]
    head = {"hidden_size": 12, "num_labels": 5, "auxiliary_in_channels": backbone["embed_dim"] * 4, **of_head}
    head["use_auxiliary_head"] = len(stages) > 2  # it reads the third map
    torch.manual_seed(seed_of(name))
    model = hf.UperNetForSemanticSegmentation(
        hf.UperNetConfig(backbone_config=kind(**backbone, out_features=stages), **head)
    )
    generator = torch.Generator().manual_seed(seed_of(name) + 1)
    for buffer_name, buffer in model.named_buffers():
        if buffer_name.endswith("running_mean"):
            buffer.copy_(0.3 * torch.randn(buffer.shape, generator=generator))
        elif buffer_name.endswith("running_var"):
            buffer.copy_(0.3 + torch.rand(buffer.shape, generator=generator))
    return randomise(model, name)


def images(name):
    generator = torch.Generator().manual_seed(seed_of(name) + 2)
    return [torch.randn((2, 3) + size, generator=generator) for size in MODELS[name][2]]


def mm_checkpoint(model):
    """The same weights as mm saves them."""
    row = types.SimpleNamespace(kind="UperNetForSemanticSegmentation")
    state = {}
    for name, value in source_hf.microsoft_names(model, row).items():
        if name.startswith("hidden_states_norms.stage"):
            stage, rest = name.removeprefix("hidden_states_norms.stage").split(".")
            name = f"norm{int(stage) - 1}.{rest}"
        state[name] = value
    result = source_microsoft.mm_names(state)
    for name, value in model.state_dict().items():
        if name.startswith(("decode_head.", "auxiliary_head.")):
            result[name.replace("batch_norm", "bn").replace("classifier", "conv_seg")] = value
    return result


class Segmentation(unittest.TestCase):
    def compare(self, what, library, model, image):
        with torch.inference_mode():
            expected = model(image).logits.numpy()
        for isa in library.isas:
            found = library.run(image, threads=2, isa=isa)["logits"]
            error = harness.difference(found, expected)
            print(f"{what} {tuple(image.shape)} {isa}: {error:.1e}", flush=True)
            self.assertLessEqual(error, LIMIT)
            # The class with the largest logit, wherever it is larger than the others by more than that.
            first, second = np.sort(expected, axis=1)[:, [-1, -2]].transpose(1, 0, 2, 3)
            clear = first - second > 2 * LIMIT * np.abs(expected).max()
            self.assertGreater(clear.mean(), 0.9)
            np.testing.assert_array_equal(found.argmax(1)[clear], expected.argmax(1)[clear])

    def test_models(self):
        for number, name in enumerate(MODELS):
            if os.environ.get("SWIN_ROW", name) != name:
                continue
            with self.subTest(name), harness.scratch() as folder, harness.Stopwatch(name):
                model = build(name)
                saved = os.path.join(folder, "saved")
                model.save_pretrained(saved)
                library = harness.compile_model(folder, f"case{number}", [saved])
                (output,) = library.info["outputs"]
                self.assertEqual((output["name"], output["kind"], output["layout"]), ("logits", "segmentation", "NCHW"))
                self.assertEqual(len(library.info["labels"]), 5)
                for image in images(name):
                    self.compare(name, library, model, image)

    def test_mm(self):
        name = "usual"
        model = build(name)
        with harness.scratch() as folder:
            weights = os.path.join(folder, "upernet.safetensors")
            save_file(mm_checkpoint(model), weights)
            description = {
                "format": "swin-model", "image": {"size": 64}, "embedding": 16,
                "stages": [{"depth": depth, "heads": heads, "window": 4}
                           for depth, heads in zip(model.config.backbone_config.depths,
                                                   model.config.backbone_config.num_heads)],
                "classes": 5, "segmentation": {"hidden": 12},
            }  # fmt: skip
            with open(os.path.join(folder, "upernet.json"), "w") as file:
                json.dump(description, file)
            library = harness.compile_model(folder, "mm", [os.path.join(folder, "upernet.json")])
            self.assertEqual(library.info["semantics"], "mm")
            self.compare("mm", library, model, images(name)[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
