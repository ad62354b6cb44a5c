"""The trained digits model: 391 of 397 held-out scans, timm's logits, through interpreter, library and executable."""
import os
import unittest

import numpy as np
from safetensors.numpy import load_file

import harness

DIGITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../examples/digits")


MODEL = [os.path.join(DIGITS, "digits_swin.json"), "--weights", os.path.join(DIGITS, "digits_swin.safetensors")]


class Digits(unittest.TestCase):
    def test_interpreter(self):
        scans = load_file(os.path.join(DIGITS, "digits_test.safetensors"))
        with harness.scratch() as folder:
            for stage in ("graph", "kernels"):
                logits = harness.interpret(folder, MODEL, scans["images"], stage)["logits"]
                self.assertEqual(int((logits.argmax(1) == scans["labels"]).sum()), 391)
                # timm computed in float32.
                error = harness.difference(logits, scans["logits"])
                print(f"{stage}: largest difference from timm {error:.1e} of the magnitude")
                self.assertLessEqual(error, 1e-5)

    def test_held_out_scans(self):
        scans = load_file(os.path.join(DIGITS, "digits_test.safetensors"))
        with harness.scratch() as folder:
            library = harness.compile_model(folder, "digits", MODEL)
            for isa in library.isas:
                with self.subTest(isa):
                    logits = library.run(scans["images"], threads=2, isa=isa)["logits"]
                    self.assertEqual(int((logits.argmax(1) == scans["labels"]).sum()), 391)
                    self.assertTrue((logits.argmax(1) == scans["logits"].argmax(1)).all())
                    error = harness.difference(logits, scans["logits"])
                    print(f"{isa}: largest difference from timm {error:.1e} of the magnitude")
                    self.assertLessEqual(error, 1e-4)
            # The same through files.
            np.save(os.path.join(folder, "scans.npy"), scans["images"])
            out = os.path.join(folder, "logits.npy")
            harness.command(["swin-run", library.path, os.path.join(folder, "scans.npy"), "-o", out])
            best = library.run(scans["images"])["logits"]
            self.assertTrue(np.array_equal(np.load(out), best))


if __name__ == "__main__":
    unittest.main(verbosity=2)
