"""Compiled libraries against the libraries that people train with: files written by those, every output compared.

    test_sources.py timm|hf|torchvision|microsoft [PART/PARTS]

Each case also goes once round by `--emit spec`: the description that it prints must give the same library, byte for
byte. SWIN_ROW="name" runs the cases of that name alone.
"""
import glob
import hashlib
import importlib
import os
import sys
import unittest

import harness
import sources

LIMIT = 1e-4
source, part, parts = None, 1, 1


def selected():
    rows = list(enumerate(source.ROWS))
    if "SWIN_ROW" in os.environ:
        return [(index, row) for index, row in rows if row.name == os.environ["SWIN_ROW"]]
    return [(index, row) for index, row in rows if index % parts == part - 1]


def digest(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Sources(unittest.TestCase):
    def test_rows(self):
        self.assertTrue(selected())
        for index, row in selected():
            what = f"{row.kind}, {row.name}"
            with self.subTest(what), harness.scratch() as folder, harness.Stopwatch(what):
                model, image = source.build(row), row.image()
                arguments = source.save(model, row, os.path.join(folder, "saved"))
                expected = sources.arrays(source.run(model, row, image), row.wanted())
                name = f"case{index}"
                library = harness.compile_model(folder, name, arguments, "--target", "host",
                                                "--outputs", ",".join(row.wanted()), emit="lib,shared")  # fmt: skip
                errors = sources.errors(library.run(image, threads=2), expected)
                shown = ", ".join(f"{output} {error:.1e}" for output, error in errors.items())
                print(f"{what}: {shown}", flush=True)
                with self.subTest("numbers"):
                    self.assertLessEqual(max(errors.values()), LIMIT)
                with self.subTest("round by --emit spec"):
                    self.check_round(folder, name, arguments, row)

    def check_round(self, folder, name, arguments, row):
        spec = os.path.join(folder, "spec.json")
        with open(spec, "w") as file:
            file.write(harness.command(["swin-compile", *arguments, "--emit", "spec",
                                        "--outputs", ",".join(row.wanted())]))  # fmt: skip
        (weights,) = glob.glob(os.path.join(folder, "saved", "*.safetensors"))
        again = os.path.join(folder, "again")
        harness.command(["swin-compile", spec, "--weights", weights, "--name", name, "-o", again, "--emit", "lib",
                         "--target", "host"])  # fmt: skip
        first = digest(os.path.join(folder, name, f"lib{name}.a"))
        self.assertEqual(digest(os.path.join(again, f"lib{name}.a")), first)


if __name__ == "__main__":
    source = importlib.import_module("source_" + sys.argv.pop(1))
    if len(sys.argv) > 1 and "/" in sys.argv[1]:
        part, parts = map(int, sys.argv.pop(1).split("/"))
    unittest.main(verbosity=2)
