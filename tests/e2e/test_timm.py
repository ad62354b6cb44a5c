"""Swin-T against timm itself: weights saved by timm, every parameter random, logits and four stage maps.

At 224 x 224 and built for 256 x 320; then one library for any size, against the float64 reference.
"""
import json
import os
import unittest

import timm
import torch
from safetensors.torch import save_file

import harness
from swin_config import Config
from swin_reference import Swin

LIMIT = 1e-4
OUTPUTS = ["logits", "stage1", "stage2", "stage3", "stage4"]
SWIN_T = "swin_tiny_patch4_window7_224"


def randomise(model, seed):
    """Every parameter counts: gains around 1, biases and tables well away from 0."""
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        values = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim == 1 and name.endswith("weight"):
            parameter.data = 1 + 0.3 * values
        elif parameter.ndim == 1 or name.endswith("bias_table"):
            parameter.data = 0.3 * values
        else:
            parameter.data = values / parameter[0].numel() ** 0.5
    return model.eval()


def save(folder, model, img_size):
    """As on the Hub: config.json beside model.safetensors."""
    os.makedirs(folder)
    save_file({name: value.contiguous() for name, value in model.state_dict().items()},
              os.path.join(folder, "model.safetensors"))  # fmt: skip
    config = {"architecture": SWIN_T, "num_classes": 1000, "model_args": {"img_size": img_size}}
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)


def by_timm(model, image):
    """timm's own outputs; its maps made channels last, as features_only gives them."""
    with torch.inference_mode():
        logits = model(image)
        maps = model.forward_intermediates(image, intermediates_only=True, output_fmt="NCHW")
    return dict(zip(OUTPUTS, [logits] + [each.permute(0, 2, 3, 1) for each in maps]))


def canonical(state):
    """timm's names to Microsoft's: merging belongs to the stage before it, the head has no fc."""
    result = {}
    for name, value in state.items():
        parts = name.split(".")
        if len(parts) > 2 and parts[2] == "downsample":
            parts[1] = str(int(parts[1]) - 1)
        result[".".join(parts).replace("head.fc.", "head.")] = value.double()
    return result


class SwinT(unittest.TestCase):
    def check(self, found, expected, what):
        errors = {output: harness.difference(found[output], expected[output]) for output in OUTPUTS}
        print(f"{what}: " + ", ".join(f"{output} {error:.1e}" for output, error in errors.items()), flush=True)
        self.assertLessEqual(max(errors.values()), LIMIT, what)

    def test_as_built(self):
        for size in [(224, 224), (256, 320)]:
            model = randomise(timm.create_model(SWIN_T, img_size=size), seed=size[1])
            image = torch.randn((2, 3) + size, generator=torch.Generator().manual_seed(1))
            with self.subTest(size), harness.scratch() as folder:
                saved = os.path.join(folder, "saved")
                save(saved, model, list(size))
                library = harness.compile_model(folder, "swin_t", [saved], "--target", "host",
                                                "--outputs", ",".join(OUTPUTS))  # fmt: skip
                self.check(library.run(image), by_timm(model, image), f"timm at {size[0]}x{size[1]}")

    def test_any_size(self):
        model = randomise(timm.create_model(SWIN_T), seed=3)
        config = Config("timm", (224, 224), embedding=96, depths=(2, 2, 6, 2), heads=(3, 6, 12, 24), window=7,
                        classes=1000)  # fmt: skip
        reference = Swin(config, canonical(model.state_dict()))
        with harness.scratch() as folder:
            saved = os.path.join(folder, "saved")
            save(saved, model, 224)
            wanted = ",".join(OUTPUTS)
            library = harness.compile_model(folder, "swin_t", [saved], "--target", "host", "--outputs", wanted)
            for shape in [(1, 3, 224, 224), (3, 3, 256, 320), (1, 3, 500, 333)]:
                image = torch.randn(shape, generator=torch.Generator().manual_seed(shape[2]))
                with self.subTest(shape):
                    self.check(library.run(image), reference(image.double()), f"any size at {shape}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
