"""Random small models of every family and semantics: interpreter and compiled library against the float64 reference.

    test_random.py [PART/PARTS] [--seeds A..B]

One seed is one model, with all its outputs; `SWIN_SEED=17 test_random.py` repeats it alone.
"""
import unittest

import torch

import harness
import random_models
import seeds
from swin_reference import ACTIVATIONS, Swin
from swin_weights import parameters, random_weights

SEEDS = range(3 * len(random_models.KINDS))
LIMIT = 1e-4
# Both start from the same weights and image and compute in float64, so that they differ by rounding of float64 alone;
# what the passes fold is rounded to float32 once.
INTERPRETER_LIMITS = {"graph": 1e-10, "kernels": 1e-6}
CHOSEN = seeds.chosen(SEEDS)


class Random(unittest.TestCase):
    def test_cover(self):
        """The seeds are only worth something if they reach the corners."""
        cases = [random_models.case(seed) for seed in SEEDS]
        configs = [case.config for case in cases]
        maps = [size for case in cases for size in random_models.maps(case.config, case.size)]
        head_sizes = {config.channels(0) // config.heads[0] for config in configs}
        self.assertEqual({(config.family, config.semantics) for config in configs}, set(random_models.KINDS))
        self.assertEqual({len(config.depths) for config in configs}, {1, 2, 3, 4})
        self.assertEqual({case.batch for case in cases}, {1, 2, 3, 4, 5})
        self.assertEqual({config.activation for config in configs}, set(ACTIVATIONS))
        self.assertTrue({8, 12, 20, 32, 64} <= head_sizes, head_sizes)
        smaller = [c for c in cases for stage, size in enumerate(random_models.maps(c.config, c.size))
                   if min(size) < min(c.config.window_of(stage))]  # fmt: skip
        self.assertGreater(len(smaller), 5)
        self.assertGreater(len([size for size in maps if size[0] % 2 and size[1] % 2]), 3)
        self.assertGreater(len([case for case in cases if case.config.built_for != case.size]), 3)
        for what in ("position_embedding", "always_partition", "pretrained_window", "extra_norm_period",
                     "extra_norm_stage"):  # fmt: skip
            self.assertTrue([config for config in configs if getattr(config, what)], what)
        for what in ("qkv_bias", "patch_norm", "final_norm", "classes"):
            self.assertTrue([config for config in configs if not getattr(config, what)], what)
        self.assertTrue([c for c in configs if len({c.window_of(stage) for stage in range(len(c.depths))}) > 1])
        self.assertTrue([c for c in configs if c.window_of(0)[0] != c.window_of(0)[1]])

    def test_interpreter(self):
        with harness.scratch() as folder:
            for seed in CHOSEN:
                case = random_models.case(seed)
                with self.subTest(str(case)), harness.Stopwatch(str(case)):
                    model, image, expected = self.prepare(folder, case)
                    wanted = ",".join(case.config.outputs)
                    for stage, limit in INTERPRETER_LIMITS.items():
                        found = harness.interpret(folder, model, image, stage, "--outputs", wanted)
                        self.check(case, stage, found, expected, limit)

    def test_compiled(self):
        with harness.scratch() as folder:
            for seed in CHOSEN:
                case = random_models.case(seed)
                with self.subTest(str(case)), harness.Stopwatch(str(case)):
                    model, image, expected = self.prepare(folder, case)
                    options = ["--target", "host", "--outputs", ",".join(case.config.outputs)]
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
        self.assertEqual(set(found), set(case.config.outputs))
        errors = {output: harness.difference(found[output], expected[output]) for output in case.config.outputs}
        print(f"  {what}: " + ", ".join(f"{output} {error:.1e}" for output, error in errors.items()), flush=True)
        self.assertLessEqual(max(errors.values()), limit)


if __name__ == "__main__":
    unittest.main(verbosity=2)
