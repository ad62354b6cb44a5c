"""The trained upscaling model: what PyTorch made of a part of a photograph, through interpreter and library."""
import os
import unittest

from safetensors.numpy import load_file

import harness

UPSCALE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/upscale")


MODEL = [os.path.join(UPSCALE, "swinir_x2.json")]  # the weights lie beside it


class Upscale(unittest.TestCase):
    def test_interpreter(self):
        test = load_file(os.path.join(UPSCALE, "swinir_test.safetensors"))
        with harness.scratch() as folder:
            for stage in ("graph", "kernels"):
                picture = harness.interpret(folder, MODEL, test["input"], stage)["image"]
                # PyTorch computed in float32.
                error = harness.difference(picture, test["output"])
                print(f"{stage}: largest difference from PyTorch {error:.1e} of the magnitude")
                self.assertLessEqual(error, 1e-5)

    def test_library(self):
        test = load_file(os.path.join(UPSCALE, "swinir_test.safetensors"))
        with harness.scratch() as folder:
            library = harness.compile_model(folder, "upscale", MODEL)
            for isa in library.isas:
                with self.subTest(isa):
                    picture = library.run(test["input"], threads=2, isa=isa)["image"]
                    error = harness.difference(picture, test["output"])
                    print(f"{isa}: largest difference from PyTorch {error:.1e} of the magnitude")
                    self.assertLessEqual(error, 1e-4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
