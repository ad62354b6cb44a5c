"""Random small models of every semantics: interpreter and compiled library against the float64 reference, all outputs.

One seed is one model; `SWIN_SEED=17 test_random.py` repeats it alone.
"""
import os
import unittest

import torch

import harness
import random_models
from swin_reference import Swin, parameters, random_weights

SEEDS = [int(os.environ["SWIN_SEED"])] if "SWIN_SEED" in os.environ else range(20)
LIMIT = 1e-4
# Both start from the same weights and image and compute in float64, so that they differ by rounding of float64 alone;
# what the passes fold is rounded to float32 once.
INTERPRETER_LIMITS = {"graph": 1e-10, "kernels": 1e-6}


def outputs(config):
    stages = [f"stage{stage + 1}" for stage in range(len(config.depths))]
    return stages if config.rules.stage_norm else ["logits", "features"] + stages


class Random(unittest.TestCase):
    def test_cover(self):
        """The seeds are only worth something if they reach the corners."""
        cases = [random_models.case(seed) for seed in range(20)]
        maps = [size for case in cases for size in random_models.maps(case.config, case.size)]
        head_sizes = {case.config.channels(0) // case.config.heads[0] for case in cases}
        self.assertEqual({case.config.semantics for case in cases}, set(random_models.SEMANTICS))
        self.assertEqual({len(case.config.depths) for case in cases}, {1, 2, 3, 4})
        self.assertEqual({case.batch for case in cases}, {1, 2, 3, 4, 5})
        self.assertTrue({8, 12, 20, 32, 64} <= head_sizes, head_sizes)
        larger = [c for c in cases for size in random_models.maps(c.config, c.size) if min(size) < c.config.window]
        self.assertGreater(len(larger), 5)
        self.assertGreater(len([size for size in maps if size[0] % 2 and size[1] % 2]), 3)
        self.assertGreater(len([case for case in cases if case.config.built_for != case.size]), 3)

    def test_interpreter(self):
        with harness.scratch() as folder:
            for seed in SEEDS:
                case = random_models.case(seed)
                with self.subTest(str(case)), harness.Stopwatch(str(case)):
                    model, image, expected = self.prepare(folder, case)
                    wanted = ",".join(outputs(case.config))
                    for stage, limit in INTERPRETER_LIMITS.items():
                        found = harness.interpret(folder, model, image, stage, "--outputs", wanted)
                        self.check(case, stage, found, expected, limit)

    def test_compiled(self):
        with harness.scratch() as folder:
            for seed in SEEDS:
                case = random_models.case(seed)
                with self.subTest(str(case)), harness.Stopwatch(str(case)):
                    model, image, expected = self.prepare(folder, case)
                    options = ["--target", "host", "--outputs", ",".join(outputs(case.config))]
                    library = harness.compile_model(folder, f"random{seed}", model, *options)
                    self.check(case, "compiled", library.run(image), expected, LIMIT)

    def prepare(self, folder, case):
        """Arguments for the model, image and expected outputs."""
        generator = torch.Generator().manual_seed(case.seed)
        weights = random_weights(parameters(case.config), generator)
        image = torch.randn((case.batch, case.config.image_channels) + case.size, generator=generator)
        model = harness.write_model(folder, f"random{case.seed}", case.config, weights)
        return model, image, Swin(case.config, weights)(image.double())

    def check(self, case, what, found, expected, limit):
        self.assertEqual(set(found), set(outputs(case.config)))
        errors = {output: harness.difference(found[output], expected[output]) for output in outputs(case.config)}
        print(f"  {what}: " + ", ".join(f"{output} {error:.1e}" for output, error in errors.items()), flush=True)
        self.assertLessEqual(max(errors.values()), limit)


if __name__ == "__main__":
    unittest.main(verbosity=2)
