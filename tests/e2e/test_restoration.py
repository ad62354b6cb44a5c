"""Models that make pictures, compiled, against the code that people run them with: spandrel's SwinIR and Swin2SR (the
original repositories' networks) and transformers' Swin2SR, each at three sizes with one library.

    test_restoration.py swinir|swin2sr|hf

Each case also goes once round by `--emit spec`. SWIN_ROW="name" runs the case of that name alone.
"""
import dataclasses
import json
import os
import sys
import unittest

import numpy as np
import torch
import torch.nn.functional as functional
import transformers as hf
from safetensors.torch import save_file
from spandrel.architectures.Swin2SR import Swin2SR
from spandrel.architectures.SwinIR import SwinIR

import harness
from sources import randomise

LIMIT = 1e-4
# Whole windows, one window and a bit, and sizes that windows do not divide.
SIZES = [(16, 24), (9, 13), (22, 31)]
source = None


@dataclasses.dataclass
class Row:
    name: str
    arguments: dict
    outputs: tuple = ("image",)
    built_for: int = 16
    sizes: tuple = tuple(SIZES)

    def image(self, size):
        generator = torch.Generator().manual_seed(len(self.name) + size[0])
        return torch.rand((2, self.arguments.get("in_chans", 3)) + tuple(size), generator=generator)


def small(**arguments):
    return {"embed_dim": 24, "depths": [2, 2], "num_heads": [2, 4], "window_size": 8, "mlp_ratio": 2, **arguments}


def upsamplers(*more):
    return [
        Row("x2", small(upscale=2, upsampler="pixelshuffle")),
        Row("x4, three convolutions", small(upscale=4, upsampler="pixelshuffle", resi_connection="3conv")),
        Row("light x3", small(upscale=3, upsampler="pixelshuffledirect", window_size=4)),
        Row("real x4", small(upscale=4, upsampler="nearest+conv", img_range=255.0)),
        Row("same size, gray", small(upscale=1, upsampler="", in_chans=1, img_range=255.0, window_size=7),
            built_for=14),
        *more,
    ]


ROWS = {
    "swinir": upsamplers(
        Row("x3", small(upscale=3, upsampler="pixelshuffle")),
        Row("real x2", small(upscale=2, upsampler="nearest+conv")),
        Row("window clipped to the size trained with", small(upscale=2, upsampler="pixelshuffledirect"), built_for=4),
        Row("no window divides the channels",
            small(embed_dim=60, num_heads=[6, 6], upscale=2, upsampler="pixelshuffle")),
    ),
    "swin2sr": upsamplers(
        Row("compressed x4", small(upscale=4, upsampler="pixelshuffle_aux")),
        Row("high frequencies", small(upscale=2, upsampler="pixelshuffle_hf"),
            outputs=("image_first", "image", "image_residual")),
    ),
    # What transformers interpolates there is the picture as given, so that padding it here would be another model.
    "hf": upsamplers(Row("compressed x4", small(upscale=4, upsampler="pixelshuffle_aux"),
                         sizes=((16, 24), (32, 8), (24, 24)))),
}  # fmt: skip


def original(row, folder):
    """A model and the constructor's arguments as JSON beside its tensors."""
    kind = {"swinir": SwinIR, "swin2sr": Swin2SR}[source]
    arguments = {"img_size": row.built_for, **row.arguments}
    model = randomise(kind(**arguments), row.name)
    buffers = ("attn_mask", "relative_position_index", "relative_coords_table")
    tensors = {name: value.contiguous() for name, value in model.state_dict().items() if not name.endswith(buffers)}
    save_file(tensors, os.path.join(folder, "model.safetensors"))
    with open(os.path.join(folder, "model.json"), "w") as file:
        json.dump({"family": source, **arguments}, file)

    def run(image):
        found = model(image)
        return found if isinstance(found, tuple) else (found,)

    return run


def transformers(row, folder):
    names = {"in_chans": "num_channels"}
    arguments = {names.get(key, key): value for key, value in row.arguments.items()}
    model = hf.Swin2SRForImageSuperResolution(hf.Swin2SRConfig(image_size=row.built_for, **arguments))
    randomise(model, row.name).save_pretrained(folder)
    window, scale = arguments["window_size"], arguments["upscale"]

    def run(image):
        # transformers takes whole windows only; what is added around is that of the original.
        height, width = image.shape[2:]
        padded = functional.pad(image, (0, -width % window, 0, -height % window), mode="reflect")
        return (model(padded).reconstruction[:, :, : height * scale, : width * scale],)

    return run


class Restoration(unittest.TestCase):
    def test_rows(self):
        rows = [row for row in ROWS[source] if os.environ.get("SWIN_ROW", row.name) == row.name]
        self.assertTrue(rows)
        for index, row in enumerate(rows):
            with self.subTest(row.name), harness.scratch() as folder, harness.Stopwatch(row.name):
                saved = os.path.join(folder, "saved")
                os.mkdir(saved)
                run = transformers(row, saved) if source == "hf" else original(row, saved)
                self.check(row, f"{source}{index}", folder, saved, run)

    def check(self, row, name, folder, saved, run):
        wanted = ["--target", "host", "--outputs", ",".join(row.outputs)]
        library = harness.compile_model(folder, name, [saved], *wanted, emit="lib,shared")
        self.assertEqual(library.outputs, list(row.outputs))
        for size in row.sizes:
            image = row.image(size)
            with torch.inference_mode():
                expected = run(image)
            found = library.run(image, threads=2)
            for output, values in zip(row.outputs, expected):
                error = harness.difference(found[output], np.asarray(values))
                print(f"{row.name}, {size[0]}x{size[1]}, {output}: {error:.1e}", flush=True)
                with self.subTest(output, size=size):
                    self.assertLessEqual(error, LIMIT)
        with self.subTest("round by --emit spec"):
            spec = os.path.join(folder, "spec.json")
            with open(spec, "w") as file:
                file.write(harness.command(["swin-compile", saved, "--emit", "spec", *wanted[2:]]))
            arguments = [spec, "--weights", os.path.join(saved, "model.safetensors")]
            again = harness.compile_model(folder, "again", arguments, "--target", "host", emit="lib,shared")
            image = row.image(row.sizes[-1])
            for output, values in library.run(image).items():
                np.testing.assert_array_equal(again.run(image)[output], values)


if __name__ == "__main__":
    source = sys.argv.pop(1)
    unittest.main(verbosity=2)
