"""Same bits: for any number of threads, place in the batch and repetition, on every instruction set of the machine."""
import unittest

import numpy as np
import torch

import harness
from swin_config import Config
from swin_reference import Swin
from swin_weights import parameters, random_weights

# Odd sizes, a shifted and padded map, heads of 16 and 32, two kinds of outputs.
CONFIG = Config("torchvision", (61, 83), embedding=32, depths=(2, 2), heads=(2, 2), window=4, classes=10)
OUTPUTS = ["logits", "stage1", "stage2"]


# Wide enough for --fast-matmul in both stages, with odd numbers of tokens.
WIDE = Config("torchvision", (61, 83), embedding=96, depths=(2, 2), heads=(3, 6), window=4, classes=10)


class Bits(unittest.TestCase):
    config, options = CONFIG, []

    @classmethod
    def setUpClass(cls):
        generator = torch.Generator().manual_seed(5)
        weights = random_weights(parameters(cls.config), generator)
        cls.images = torch.randn((3, 3, 61, 83), generator=generator).numpy()
        cls.expected = Swin(cls.config, weights)(torch.from_numpy(cls.images).double())
        cls.folder = cls.enterClassContext(harness.scratch())
        cls.model = harness.write_model(cls.folder, "bits", cls.config, weights)
        cls.library = cls.compile("bits", *cls.options)

    @classmethod
    def compile(cls, name, *options):
        return harness.compile_model(cls.folder, name, cls.model, "--outputs", ",".join(OUTPUTS), *options)

    def check_same(self, found, expected, what):
        for output in OUTPUTS:
            self.assertTrue(np.array_equal(found[output].view(np.uint32), expected[output].view(np.uint32)),
                            f"{output} differs: {what}")  # fmt: skip

    def test_every_isa(self):
        self.assertGreaterEqual(len(self.library.isas), 1)
        print("instruction sets:", ", ".join(self.library.isas))
        for isa in self.library.isas:
            with self.subTest(isa):
                one = self.library.run(self.images, threads=1, isa=isa)
                for output in OUTPUTS:
                    self.assertLessEqual(harness.difference(one[output], self.expected[output]), 1e-4)
                self.check_same(self.library.run(self.images, threads=2, isa=isa), one, "2 threads")
                self.check_same(self.library.run(self.images, threads=7, isa=isa), one, "7 threads")
                with self.library.session(threads=2, isa=isa) as session:
                    # Other sizes in between leave other values in the arena.
                    session.run(np.ones((1, 3, 40, 70), dtype=np.float32))
                    self.check_same(session.run(self.images), one, "after another size")
                    self.check_same(session.run(self.images), one, "second run")
                self.check_batch(one, isa)

    def check_batch(self, together, isa):
        for place in range(len(self.images)):
            alone = self.library.run(self.images[place : place + 1], isa=isa)
            self.check_same(alone, {name: value[place : place + 1] for name, value in together.items()},
                            f"image {place} alone")  # fmt: skip
        turned = self.library.run(self.images[::-1], threads=2, isa=isa)
        self.check_same({name: value[::-1].copy() for name, value in turned.items()}, together, "batch turned round")

    def test_unknown_isa(self):
        with self.assertRaises(harness.Failure):
            self.library.run(self.images, isa="z80")


class FastMatmul(Bits):
    config, options = WIDE, ["--fast-matmul"]

    def test_errors_are_not_much_larger(self):
        self.assertIs(self.library.info["fast_matmul"], True)
        plain = self.compile("plain")
        self.assertNotIn("fast_matmul", plain.info)
        for isa in self.library.isas:
            found, usual = (library.run(self.images, isa=isa) for library in (self.library, plain))
            for output in OUTPUTS:
                error, direct = (harness.difference(x[output], self.expected[output]) for x in (found, usual))
                print(f"{isa} {output}: {error:.1e}, without --fast-matmul {direct:.1e}")
                self.assertLessEqual(error, 3 * direct)


if __name__ == "__main__":
    unittest.main(verbosity=2)
