"""Random descriptions of all kinds of models: what is sound compiles and equals the interpreter, what is wrong fails
with one located error.

    test_random_descriptions.py [PART/PARTS] [--seeds A..B]

`SWIN_SEED=17 test_random_descriptions.py` repeats one seed alone.
"""
import json
import os
import re
import subprocess
import unittest

import numpy as np

import harness
import random_descriptions
import seeds

SEEDS = seeds.chosen(range(2 * len(random_descriptions.KINDS)))
LIMIT = 1e-4


def write(folder, case):
    path = os.path.join(folder, f"random{case.seed}.json")
    with open(path, "w") as file:
        json.dump(case.description, file, indent=1)
    return path


class RandomDescriptions(unittest.TestCase):
    def test_sound(self):
        with harness.scratch() as folder:
            for seed in SEEDS:
                case = random_descriptions.case(seed)
                with self.subTest(str(case)), harness.Stopwatch(str(case)):
                    self.check(folder, case)

    def check(self, folder, case):
        model = [write(folder, case), "--weights", "synthetic"]
        library = harness.compile_model(folder, f"random{case.seed}", model, "--target",
                                        "x86-64-v3" if case.seed % 3 == 2 else "host")  # fmt: skip
        generator = np.random.default_rng(case.seed)
        image = generator.random((case.batch, case.channels) + case.size)
        expected = harness.interpret(folder, model, image, "graph")
        found = library.run(image)
        self.assertEqual(set(found), set(expected))
        errors = {output: harness.difference(found[output], expected[output]) for output in found}
        print("  " + ", ".join(f"{output} {error:.1e}" for output, error in errors.items()), flush=True)
        self.assertLessEqual(max(errors.values()), LIMIT)

    def test_mistakes(self):
        with harness.scratch() as folder:
            for seed in SEEDS:
                for case, mistake in [random_descriptions.mistaken(seed + of * len(SEEDS)) for of in range(3)]:
                    with self.subTest(f"{case}: {mistake}"):
                        self.refuses(write(folder, case))

    def refuses(self, path):
        words = [os.path.join(harness.BIN, "swin-compile"), path, "--weights", "synthetic", "-o", path + ".out"]
        done = subprocess.run(words, capture_output=True, text=True)
        errors = [line for line in done.stderr.splitlines() if ": error: " in line]
        self.assertEqual((done.returncode, len(errors)), (2, 1), done.stderr)
        self.assertRegex(errors[0], "^" + re.escape(path) + r":[0-9]+:[0-9]+: error: .+ \(at /")
        self.assertFalse(os.path.exists(path + ".out"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
