"""Libraries with schedules from a database compute what others do: any legal schedule, whoever has found it."""
import filecmp
import json
import os
import unittest

import numpy as np

import harness
import test_digits
import test_upscale

TARGETS = "x86-64-v4,x86-64-v3"


class Tuned(unittest.TestCase):
    def setUp(self):
        self.folder = self.enterContext(harness.scratch())

    def path(self, name):
        return os.path.join(self.folder, name)

    def database(self, seed, model, *options):
        """Of schedules that chance has drawn."""
        path = self.path(f"{seed}.db")
        harness.command(["swin-random-schedules", seed, path, "host", *model, "--target", TARGETS, *options])
        return path

    def compile(self, name, model, *options):
        """The library, which has passed its self-test, and its report."""
        report = self.path(f"{name}.json")
        library = harness.compile_model(self.folder, name, model, "--target", TARGETS, "--report", report, *options)
        with open(report) as file:
            return library, json.load(file)

    def check(self, model, seed, image):
        expected = harness.interpret(self.folder, model, image, "graph")
        plain, usual = self.compile(f"plain{seed}", model, "--schedules", "off")
        tuned, report = self.compile(f"tuned{seed}", model, "--schedules", self.database(seed, model))
        objects = [[made for kernel in each["kernels"] for made in kernel["objects"]] for each in (usual, report)]
        changed = sum(one["schedule"] != other["schedule"] for one, other in zip(*objects))
        found = {source: sum(made["schedule_from"] == source for made in objects[1]) for source in ["tuned", "default"]}
        print(f"seed {seed}: {changed} of {len(objects[1])} kernels have another schedule")
        self.assertGreater(changed, len(objects[1]) // 2)
        self.assertEqual(found, {"tuned": changed, "default": len(objects[1]) - changed})
        self.assertEqual(tuned.info["schedules"], {**found, "nearest": 0})
        for isa in tuned.isas:
            one = tuned.run(image, threads=1, isa=isa)
            for threads in 2, 7:
                self.same(tuned.run(image, threads=threads, isa=isa), one)
            self.same(tuned.run(image[:1], isa=isa), {name: value[:1] for name, value in one.items()})
            for name, value in one.items():
                error = harness.difference(value, expected[name])
                direct = harness.difference(plain.run(image, isa=isa)[name], expected[name])
                print(f"{isa} {name}: {error:.1e}, by the default rule {direct:.1e}")
                self.assertLessEqual(error, 1e-4)

    def same(self, found, expected):
        for name in expected:
            np.testing.assert_array_equal(found[name].view(np.uint32), expected[name].view(np.uint32))

    def test_digits(self):
        image = np.random.default_rng(3).random((3, 1, 37, 45), np.float32)
        for seed in 1, 2, 3:
            self.check(test_digits.MODEL, seed, image)

    def test_restoration(self):
        image = np.random.default_rng(4).random((2, 3, 20, 27), np.float32)
        self.check(test_upscale.MODEL, 4, image)

    def test_same_bytes(self):
        database = os.path.relpath(self.database(5, test_digits.MODEL))
        files = []
        for folder, options in [("first", ["--schedules", database]), ("usual", ["--schedules", "off"]),
                                ("second", ["--schedules", os.path.abspath(database), "--cache", "off"])]:  # fmt: skip
            os.mkdir(self.path(folder))
            files.append(harness.compile_model(self.path(folder), "same", test_digits.MODEL, "--target", TARGETS,
                                               *options).path)  # fmt: skip
        first, usual, second = files
        self.assertTrue(filecmp.cmp(first, second, shallow=False))
        self.assertFalse(filecmp.cmp(first, usual, shallow=False))


if __name__ == "__main__":
    unittest.main(verbosity=2)
