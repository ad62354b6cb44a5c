"""Our float64 reference against the real libraries in float64: the same to rounding, for every row of source_*.py.

    test_reference.py timm|hf|torchvision
"""
import dataclasses
import fractions
import importlib
import sys
import unittest

import torch

import sources
from swin_reference import Swin

LIMIT = 1e-10
source = None


def exact_positions(model):
    """The libraries round the steps of v2's position MLP to float32; here they are made anew in float64."""

    def fraction(value):
        return float(fractions.Fraction(value).limit_denominator(64))

    for module in model.modules():
        for name, buffer in module.named_buffers(recurse=False):
            values = buffer.double()
            if name == "relative_coords_table":
                steps = 2 ** (3 * values.abs()) - 1  # 8 steps / (side - 1)
                steps = torch.tensor([8 * fraction(step / 8) for step in steps.flatten().tolist()])
                setattr(module, name, torch.sign(values) * torch.log2(1 + steps.reshape(values.shape)) / 3)
            elif name == "relative_coordinates_log":
                setattr(module, name, torch.sign(values) * torch.log1p(torch.expm1(values.abs()).round()))
    return model


class Reference(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        torch.set_default_dtype(torch.float64)

    def both(self, row, config):
        """What the library gives, and what the reference gives for this config and the library's weights."""
        model = source.build(row).double()
        exact_positions(model)
        image = row.image().double()
        weights = {name: value.double() for name, value in source.microsoft_names(model, row).items()}
        return source.run(model, row, image), Swin(config, weights)(image)

    def difference(self, row, config):
        expected, found = self.both(row, config)
        names = row.wanted()
        return max(sources.errors(sources.arrays(found, names), sources.arrays(expected, names)).values())

    def test_rows(self):
        for row in source.ROWS:
            if row.whole:
                continue
            with self.subTest(f"{row.kind}, {row.name}"):
                error = self.difference(row, row.config)
                print(f"{row.kind}, {row.name}: {error:.1e}", flush=True)
                self.assertLessEqual(error, LIMIT)

    def test_rules_count(self):
        """The comparison can fail: where sizes do not divide, another source's rules give other numbers."""
        other = {"timm": "torchvision", "torchvision": "timm", "hf": "timm"}
        rows = [row for row in source.ROWS if row.name == "divides not"]
        self.assertGreater(len(rows), 1)
        for row in rows:
            with self.subTest(row.kind):
                config = dataclasses.replace(row.config, semantics=other[row.config.semantics])
                self.assertGreater(self.difference(row, config), 1e-4)


if __name__ == "__main__":
    source = importlib.import_module("source_" + sys.argv.pop(1))
    unittest.main(verbosity=2)
